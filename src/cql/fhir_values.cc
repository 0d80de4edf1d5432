// SPDX-License-Identifier: Apache-2.0
//
// FHIR elements as CQL values: steps into elements, primitives, and FHIRHelpers.
#include <algorithm>

#include "cql/node.h"

namespace nidus::cql {

namespace {

using fhir::Node;

const Node* child(const Value& value, const char* name) {
  return value.as_node()->find(fhir::name_id(name));
}

std::string_view text_of(const Node* node) {
  return node == nullptr ? std::string_view() : node->str();
}

Value primitive_value(Run& run, const Node& node, fhir::TypeId type) {
  // An object stands for a primitive that has extensions and no value.
  if (node.kind == Node::Kind::kObject || node.kind == Node::Kind::kNull) return {};
  const std::string_view name = fhir::type_text(type);
  const std::string_view text = node.str();
  if (node.kind == Node::Kind::kBoolean) return Value::boolean(text == "true");
  if (name == "integer" || name == "positiveInt" || name == "unsignedInt") {
    const auto number = base::Decimal::parse(text);
    const auto whole = number ? number->truncate_to_int64() : std::nullopt;
    return whole ? Value::integer(static_cast<std::int32_t>(*whole)) : Value();
  }
  if (name == "decimal" || node.kind == Node::Kind::kNumber) {
    const auto number = base::Decimal::parse(text);
    return number ? Value::decimal(*run.arena, *number) : Value();
  }
  if (name == "date") {
    const auto date = base::parse_date(text);
    return date ? Value::date(*date) : Value();
  }
  if (name == "dateTime" || name == "instant") {
    const auto date = base::parse_date_time(text);
    return date ? Value::date_time(*date) : Value();
  }
  if (name == "time") {
    const auto time = base::parse_time(text);
    return time ? Value::time(*time) : Value();
  }
  return Value::string(text);
}

Value list_of(Run& run, const Node& array, fhir::TypeId type) {
  const auto items = array.items();
  auto out = run.arena->make_array<Value>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) out[i] = Value::element(&items[i], type);
  return Value::list(out);
}

Value element_member(Run& run, const Value& source, fhir::NameId name) {
  const Node* node = source.as_node();
  const Node* found = node->find(name);
  if (found == nullptr) found = node->find(fhir::sibling_name(name));  // extensions, no value
  if (found == nullptr) return {};
  fhir::TypeId type = fhir::member_type(source.element_type(), name);
  if (fhir::type_text(type) == "Resource" || fhir::type_text(type) == "DomainResource") {
    if (found->kind == Node::Kind::kArray) {
      auto out = run.arena->make_array<Value>(found->items().size());
      std::size_t i = 0;
      for (const auto& item : found->items()) {
        const Node* inner = item.find(fhir::name_id("resourceType"));
        out[i++] = Value::element(&item, fhir::type_id(text_of(inner)));
      }
      return Value::list(out);
    }
    if (const Node* inner = found->find(fhir::name_id("resourceType"))) {
      type = fhir::type_id(inner->str());
    }
  }
  if (found->kind == Node::Kind::kArray) return list_of(run, *found, type);
  return Value::element(found, type);
}

Value part_of_system(Run& run, const Value& source, std::string_view name) {
  const auto text = [](std::string_view value) {
    return value.empty() ? Value() : Value::string(value);
  };
  switch (source.kind()) {
    case Kind::kTuple:
      return source.as_tuple().get(name);
    case Kind::kQuantity:
      if (name == "value") return Value::decimal(*run.arena, source.as_quantity().value);
      if (name == "unit") return text(source.as_quantity().unit);
      return {};
    case Kind::kCode:
      if (name == "code") return text(source.as_code().code);
      if (name == "system") return text(source.as_code().system);
      if (name == "version") return text(source.as_code().version);
      if (name == "display") return text(source.as_code().display);
      return {};
    case Kind::kConcept: {
      if (name == "display") return text(source.as_concept().display);
      if (name != "codes") return {};
      const auto codes = source.as_concept().codes;
      auto out = run.arena->make_array<Value>(codes.size());
      for (std::size_t i = 0; i < codes.size(); ++i) out[i] = Value::of(&codes[i]);
      return Value::list(out);
    }
    case Kind::kRatio:
      if (name == "numerator") return Value::of(&source.as_ratio().numerator);
      if (name == "denominator") return Value::of(&source.as_ratio().denominator);
      return {};
    case Kind::kInterval: {
      const auto& interval = source.as_interval();
      if (name == "low") return interval.low;
      if (name == "high") return interval.high;
      if (name == "lowClosed") return Value::boolean(interval.low_closed);
      if (name == "highClosed") return Value::boolean(interval.high_closed);
      return {};
    }
    default:
      return {};
  }
}

}  // namespace

Value system_value(Run& run, const Value& value) {
  if (!value.is(Kind::kElement) || !fhir::is_primitive(value.element_type())) return value;
  return primitive_value(run, *value.as_node(), value.element_type());
}

PathStep make_step(std::string_view name, base::Arena& arena) {
  PathStep step;
  step.name = arena.copy(name);
  step.is_value = name == "value";
  step.json_name = fhir::name_id(name);
  step.spellings = fhir::choice_spellings(name);
  return step;
}

Value step_into(Run& run, const Value& source, const PathStep& step) {
  if (source.is_null()) return {};
  if (source.is(Kind::kList)) {
    std::vector<Value> out;
    for (const auto& item : source.as_list()) {
      const Value inner = step_into(run, item, step);
      if (inner.is(Kind::kList)) {
        out.insert(out.end(), inner.as_list().begin(), inner.as_list().end());
      } else if (!inner.is_null()) {
        out.push_back(inner);
      }
    }
    auto kept = run.arena->make_array<Value>(out.size());
    std::copy(out.begin(), out.end(), kept.begin());
    return Value::list(kept);
  }
  if (!source.is(Kind::kElement)) {
    // A System value already taken out of its primitive: ".value" of it is itself.
    if (step.is_value && !source.is(Kind::kQuantity) && !source.is(Kind::kTuple)) return source;
    return part_of_system(run, source, step.name);
  }
  if (step.is_value && fhir::is_primitive(source.element_type())) return system_value(run, source);
  if (step.json_name != fhir::kNoName) {
    const Value found = element_member(run, source, step.json_name);
    if (!found.is_null()) return found;
  }
  if (step.spellings.empty()) return {};
  for (const auto& member : source.as_node()->items()) {
    if (std::find(step.spellings.begin(), step.spellings.end(), member.name) ==
        step.spellings.end()) {
      continue;
    }
    const fhir::TypeId type = fhir::member_type(source.element_type(), member.name);
    if (type == fhir::kNoType) continue;
    return Value::element(&member, type);
  }
  return {};
}

namespace {

Value to_system(Run& run, const Value& value) { return system_value(run, value); }

Value to_date_time(Run& run, const Value& value) {
  const Value inner = system_value(run, value);
  return inner.is(Kind::kDate) ? Value::date_time(inner.as_date_time()) : inner;
}

const Code* code_of(Run& run, const Value& coding) {
  return run.arena->make<Code>(text_of(child(coding, "code")), text_of(child(coding, "system")),
                               text_of(child(coding, "version")),
                               text_of(child(coding, "display")));
}

Value to_code(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  return Value::of(code_of(run, value));
}

Value to_concept(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  auto* out = run.arena->make<Concept>();
  if (fhir::type_text(value.element_type()) == "Coding") {
    out->codes = {code_of(run, value), 1};
    return Value::of(out);
  }
  out->display = text_of(child(value, "text"));
  if (const Node* codings = child(value, "coding")) {
    auto codes = run.arena->make_array<Code>(codings->items().size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      codes[i] = *code_of(run, Value::element(&codings->items()[i], fhir::type_id("Coding")));
    }
    out->codes = codes;
  }
  return Value::of(out);
}

// A quantity with a comparator ("< 4") is a range; as one number it is unknown.
Value to_quantity(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  if (child(value, "comparator") != nullptr) return {};
  const Node* number = child(value, "value");
  if (number == nullptr) return {};
  const auto decimal = base::Decimal::parse(number->str());
  if (!decimal) return {};
  std::string_view unit = text_of(child(value, "code"));
  if (unit.empty()) unit = text_of(child(value, "unit"));
  if (unit.empty()) unit = "1";
  return Value::of(run.arena->make<Quantity>(*decimal, unit));
}

Value to_ratio(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  const auto part = [&](const char* name) {
    const Node* node = child(value, name);
    return node == nullptr ? Value()
                           : to_quantity(run, Value::element(node, fhir::type_id("Quantity")));
  };
  const Value above = part("numerator"), below = part("denominator");
  if (above.is_null() || below.is_null()) return {};
  return Value::of(run.arena->make<Ratio>(above.as_quantity(), below.as_quantity()));
}

Value to_interval(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  auto* out = run.arena->make<Interval>();
  if (fhir::type_text(value.element_type()) == "Period") {
    const auto moment = [&](const char* name) {
      const Node* node = child(value, name);
      return node == nullptr ? Value() : primitive_value(run, *node, fhir::type_id("dateTime"));
    };
    out->low = moment("start");
    out->high = moment("end");
    // A period without a start began at an unknown time; without an end it goes on.
    out->low_closed = !out->low.is_null();
    return Value::of(out);
  }
  const auto bound = [&](const char* name) {
    const Node* node = child(value, name);
    return node == nullptr ? Value()
                           : to_quantity(run, Value::element(node, fhir::type_id("Quantity")));
  };
  out->low = bound("low");
  out->high = bound("high");
  return Value::of(out);
}

struct Named {
  std::string_view name;
  Intrinsic run;
};
constexpr Named kIntrinsics[] = {
    {"ToBoolean", to_system},     {"ToString", to_system}, {"ToInteger", to_system},
    {"ToDecimal", to_system},     {"ToDate", to_system},   {"ToTime", to_system},
    {"ToDateTime", to_date_time}, {"ToCode", to_code},     {"ToConcept", to_concept},
    {"ToQuantity", to_quantity},  {"ToRatio", to_ratio},   {"ToInterval", to_interval}};

}  // namespace

Intrinsic find_intrinsic(std::string_view name) {
  for (const auto& intrinsic : kIntrinsics) {
    if (intrinsic.name == name) return intrinsic.run;
  }
  return nullptr;
}

namespace {

// Visits (system, code) pairs of whatever holds codes; stops when `visit` answers true.
template <class Visit>
bool visit_codes(Run& run, const Value& holder, const Visit& visit) {
  switch (holder.kind()) {
    case Kind::kList:
      for (const auto& item : holder.as_list()) {
        if (visit_codes(run, item, visit)) return true;
      }
      return false;
    case Kind::kCode:
      return visit(holder.as_code().system, holder.as_code().code);
    case Kind::kConcept:
      for (const auto& code : holder.as_concept().codes) {
        if (visit(code.system, code.code)) return true;
      }
      return false;
    case Kind::kString:
      return visit(std::string_view(), holder.as_string());
    case Kind::kElement: {
      if (fhir::is_primitive(holder.element_type())) {
        return visit(std::string_view(), holder.as_node()->str());
      }
      static const fhir::NameId coding_name = fhir::name_id("coding");
      static const fhir::NameId system_name = fhir::name_id("system");
      static const fhir::NameId code_name = fhir::name_id("code");
      const Node* node = holder.as_node();
      if (const Node* codings = node->find(coding_name)) {
        for (const auto& coding : codings->items()) {
          // A code without its system says nothing.
          const std::string_view system = text_of(coding.find(system_name));
          if (!system.empty() && visit(system, text_of(coding.find(code_name)))) return true;
        }
        return false;
      }
      const Node* code = node->find(code_name);
      const std::string_view system = text_of(node->find(system_name));
      return code != nullptr && !system.empty() && visit(system, code->str());
    }
    default:
      return false;
  }
}

}  // namespace

bool any_code_in(Run& run, const Value& holder, const ValueSet& set) {
  return visit_codes(run, holder, [&](std::string_view system, std::string_view code) {
    if (code.empty()) return false;
    return system.empty() ? set.contains_code(code) : set.contains(system, code);
  });
}

bool any_code_equivalent(Run& run, const Value& holder, const Value& codes) {
  return visit_codes(run, holder, [&](std::string_view system, std::string_view code) {
    return visit_codes(run, codes, [&](std::string_view other_system, std::string_view other) {
      return !code.empty() && code == other && (system == other_system || system.empty());
    });
  });
}

bool TypeTest::matches(const Value& value) const {
  switch (what) {
    case What::kAny:
      return true;
    case What::kSystem:
      return value.is(kind) || (kind == Kind::kInteger && value.is(Kind::kUncertainty));
    case What::kFhir:
      return value.is(Kind::kElement) && fhir::is_subtype(value.element_type(), fhir);
    case What::kList:
      if (!value.is(Kind::kList)) return false;
      return choices.empty() ||
             std::all_of(value.as_list().begin(), value.as_list().end(), [&](const Value& item) {
               return item.is_null() || choices.front().matches(item);
             });
    case What::kInterval: {
      if (!value.is(Kind::kInterval)) return false;
      if (choices.empty()) return true;
      const auto& interval = value.as_interval();
      const auto& point = interval.low.is_null() ? interval.high : interval.low;
      return point.is_null() || choices.front().matches(point);
    }
    case What::kTuple:
      return value.is(Kind::kTuple);
    case What::kChoice:
      return std::any_of(choices.begin(), choices.end(),
                         [&](const TypeTest& choice) { return choice.matches(value); });
  }
  return false;
}

}  // namespace nidus::cql
