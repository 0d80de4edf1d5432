// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_parts.h"

#include <vector>

namespace nidus::cql::ops {

namespace {

void add(std::vector<Value>& parts, const Value& part) {
  if (!part.is_null()) parts.push_back(part);
}

void add_text(std::vector<Value>& parts, std::string_view text) {
  if (!text.empty()) parts.push_back(Value::string(text));
}

// The members of a FHIR element that the model knows; lists item by item.
void add_members(std::vector<Value>& parts, const Value& element) {
  for (const auto& member : element.as_node()->items()) {
    const auto type = fhir::member_type(element.element_type(), member.name);
    if (type == fhir::kNoType) continue;
    if (member.kind != fhir::Node::Kind::kArray) {
      parts.push_back(Value::element(&member, type));
      continue;
    }
    for (const auto& item : member.items()) parts.push_back(Value::element(&item, type));
  }
}

std::vector<Value> parts_of(Call& call, const Value& value) {
  std::vector<Value> parts;
  switch (value.kind()) {
    case Kind::kQuantity:
      add(parts, Value::decimal(call.arena, value.as_quantity().value));
      add_text(parts, value.as_quantity().unit);
      break;
    case Kind::kRatio:
      parts.push_back(Value::of(&value.as_ratio().numerator));
      parts.push_back(Value::of(&value.as_ratio().denominator));
      break;
    case Kind::kCode:
      add_text(parts, value.as_code().code);
      add_text(parts, value.as_code().system);
      add_text(parts, value.as_code().version);
      add_text(parts, value.as_code().display);
      break;
    case Kind::kConcept:
      for (const auto& code : value.as_concept().codes) parts.push_back(Value::of(&code));
      add_text(parts, value.as_concept().display);
      break;
    case Kind::kList:
      for (const auto& item : value.as_list()) add(parts, item);
      break;
    case Kind::kTuple:
      for (std::size_t i = 0; i < value.as_tuple().shape->names.size(); ++i) {
        add(parts, value.as_tuple().elements[i]);
      }
      break;
    case Kind::kElement:
      add_members(parts, value);
      break;
    default:
      break;
  }
  return parts;
}

// Each part before its own parts. FHIR input and written values are of limited depth.
void add_descendents(Call& call, const Value& value, std::vector<Value>& all) {
  for (const auto& part : parts_of(call, value)) {
    all.push_back(part);
    add_descendents(call, part, all);
  }
}

}  // namespace

Value run_children(Call& call, const NodeOptions&, Arguments a) {
  return a[0].is_null() ? Value() : make_list(call, parts_of(call, a[0]));
}

Value run_descendents(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  std::vector<Value> all;
  add_descendents(call, a[0], all);
  return make_list(call, all);
}

}  // namespace nidus::cql::ops
