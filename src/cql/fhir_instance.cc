// SPDX-License-Identifier: Apache-2.0
//
// FHIR elements written in CQL: `FHIR.Range { low: ..., high: ... }` becomes the nodes that its
// JSON would have given.
#include "cql/node.h"

namespace nidus::cql {
namespace {

using fhir::Node;

Node text_node(Node::Kind kind, std::string_view text) {
  Node out;
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(text.size());
  out.text = text.data();
  return out;
}

Node parent_node(Node::Kind kind, std::span<const Node> children) {
  Node out;
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(children.size());
  out.children = children.data();
  return out;
}

std::span<const Node> kept(base::Arena& arena, const std::vector<Node>& nodes) {
  const auto out = arena.make_array<Node>(nodes.size());
  std::copy(nodes.begin(), nodes.end(), out.begin());
  return out;
}

class MakeElement final : public Expression {
 public:
  MakeElement(Place place, fhir::TypeId type, std::vector<std::string_view> names,
              std::vector<ExpressionPtr> items)
      : Expression(place), type_(type), names_(std::move(names)), items_(std::move(items)) {}

  Value eval(Frame& frame) const override {
    base::Arena& arena = *frame.run.arena;
    std::vector<Node> members;
    if (fhir::is_resource_type(type_)) {
      members.push_back(text_node(Node::Kind::kString, fhir::type_text(type_)));
      members.back().name = fhir::name_id("resourceType");
    }
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Value value = items_[i]->eval(frame);
      if (value.is_null()) continue;
      members.push_back(node_of(arena, value));
      members.back().name = name_of(names_[i], value);
    }
    static const fhir::NameId kValueName = fhir::name_id("value");
    auto* out = arena.make<Node>();
    if (fhir::is_primitive(type_) && members.size() == 1 && members[0].name == kValueName) {
      *out = members[0];
    } else {
      *out = parent_node(Node::Kind::kObject, kept(arena, members));
    }
    return Value::element(out, type_);
  }

 private:
  // A choice element is spelled with the type of what stands in it.
  fhir::NameId name_of(std::string_view name, const Value& value) const {
    const auto model = fhir::element_of(type_, name);
    if (!model || !model->choice) return fhir::name_id(name);
    for (const fhir::Spelling& spelling : model->spellings) {
      if (value.is(Kind::kElement) && spelling.type == value.element_type()) {
        return spelling.json_name;
      }
    }
    fail("'" + std::string(name) + "' cannot hold a value of this type");
  }

  Node node_of(base::Arena& arena, const Value& value) const {
    const auto text = [&](Node::Kind kind, const std::string& written) {
      return text_node(kind, arena.copy(written));
    };
    switch (value.kind()) {
      case Kind::kElement:
        return *value.as_node();
      case Kind::kList: {
        std::vector<Node> items;
        for (const Value& item : value.as_list()) {
          items.push_back(item.is_null() ? Node() : node_of(arena, item));
        }
        return parent_node(Node::Kind::kArray, kept(arena, items));
      }
      case Kind::kBoolean:
        return text_node(Node::Kind::kBoolean, value.as_boolean() ? "true" : "false");
      case Kind::kInteger:
        return text(Node::Kind::kNumber, std::to_string(value.as_integer()));
      case Kind::kLong:
        return text(Node::Kind::kNumber, std::to_string(value.as_long()));
      case Kind::kDecimal:
        return text(Node::Kind::kNumber, value.as_decimal().to_string());
      case Kind::kString:
        return text_node(Node::Kind::kString, value.as_string());
      case Kind::kDate:
        return text(Node::Kind::kString, base::format_date(value.as_date_time()));
      case Kind::kDateTime:
        return text(Node::Kind::kString, base::format_date_time(value.as_date_time()));
      case Kind::kTime:
        return text(Node::Kind::kString, base::format_time(value.as_date_time()));
      default:
        fail("only FHIR elements and simple values can stand in a FHIR element");
    }
  }

  fhir::TypeId type_;
  std::vector<std::string_view> names_;
  std::vector<ExpressionPtr> items_;
};

}  // namespace

ExpressionPtr make_fhir_instance(base::Arena& arena, Place place, fhir::TypeId type,
                                 std::vector<std::string_view> names,
                                 std::vector<ExpressionPtr> items) {
  return make_node<MakeElement>(arena, place, type, std::move(names), std::move(items));
}

}  // namespace nidus::cql
