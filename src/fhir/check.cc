// SPDX-License-Identifier: Apache-2.0
#include "fhir/check.h"

#include <utility>

namespace nidus::fhir {

using base::ErrorCode;

std::string Checker::path() const {
  std::string out(type_text(root_));
  for (const auto& step : steps_) {
    out += is_sibling_name(step.name) ? "._" : ".";
    out += step.name == kNoName ? step.extra_name.substr(0, 60) : name_text(step.name);
    if (step.index >= 0) out += "[" + std::to_string(step.index) + "]";
  }
  return out;
}

bool Checker::refuse(ErrorCode code, std::string message, std::string expected) {
  error_ = base::Error{code, std::move(message), reference_, path(), std::move(expected)};
  return false;
}

base::Result<void> Checker::run(const Node& node, TypeId type, std::string reference) {
  reference_ = std::move(reference);
  root_ = type;
  steps_.clear();
  if (object(node, type)) return {};
  return std::unexpected(std::move(error_));
}

base::Result<void> Checker::check(const Resource& resource) {
  return run(*resource.node, resource.type, resource.reference());
}

base::Result<void> Checker::check_bundle(const Node& bundle, std::string_view source) {
  return run(bundle, type_id("Bundle"), std::string(source));
}

bool Checker::object(const Node& node, TypeId type) {
  static const NameId resource_type_name = name_id("resourceType");
  static const NameId modifier_name = name_id("modifierExtension");
  static const NameId resource_name = name_id("resource");
  static const TypeId entry_type = type_id("Bundle.Entry");
  bool choice_before = false;  // a first choice cannot stand beside another spelling of itself
  for (const auto& child : node.items()) {
    if (child.name == resource_type_name && is_resource_type(type)) continue;
    if (type == entry_type && child.name == resource_name) continue;
    const Member model = child.name == kNoName ? Member{} : member_of(type, child.name);
    steps_.push_back({child.name, child.extra_name, -1});
    if (model.type == kNoType || (is_sibling_name(child.name) && !is_primitive(model.type))) {
      warn("FHIR R4 has no such element here: kept, not read");
    } else {
      if (child.name == modifier_name) {
        warn("a modifier extension, which is not understood: what it changes is not seen");
      }
      if (model.choice) {
        if (choice_before && !one_choice(node, child, type, model)) return false;
        choice_before = true;
      }
      if (!member(node, child, model)) return false;
    }
    steps_.pop_back();
  }
  return true;
}

// FHIR allows one spelling of a choice; with two there is no saying which one is meant.
bool Checker::one_choice(const Node& parent, const Node& node, TypeId type, const Member& model) {
  if (is_sibling_name(node.name)) return true;
  for (const auto& earlier : parent.items()) {
    if (&earlier == &node) return true;
    if (earlier.name == kNoName || is_sibling_name(earlier.name)) continue;
    const Member other = member_of(type, earlier.name);
    if (!other.choice || other.element != model.element) continue;
    return refuse(ErrorCode::kBadValue,
                  "stands beside " + std::string(name_text(earlier.name)) + ", and only one may be",
                  "one of the two");
  }
  return true;
}

bool Checker::member(const Node& parent, const Node& node, const Member& model) {
  if (is_sibling_name(node.name)) return sibling(node, model);
  if (node.kind == Node::Kind::kNull) {
    if (parent.find(sibling_name(node.name)) == nullptr) note("null says nothing: read as absent");
    return true;
  }
  if (model.list) return list(parent, node, model);
  if (node.kind == Node::Kind::kArray) {
    return refuse(ErrorCode::kBadValue, "a list, where FHIR has one value",
                  "one " + std::string(type_text(model.type)));
  }
  return value(node, model.type);
}

bool Checker::list(const Node& parent, const Node& node, const Member& model) {
  if (node.kind != Node::Kind::kArray) {
    return refuse(ErrorCode::kBadValue, "one value, where FHIR has a list",
                  "a list of " + std::string(type_text(model.type)));
  }
  const bool primitives = is_primitive(model.type);
  const Node* beside = primitives ? parent.find(sibling_name(node.name)) : nullptr;
  const auto items = node.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    steps_.back().index = static_cast<std::int32_t>(i);
    if (items[i].kind == Node::Kind::kNull && primitives) {
      const bool explained = beside != nullptr && i < beside->items().size() &&
                             beside->items()[i].kind == Node::Kind::kObject;
      if (!explained) note("null says nothing: read as absent");
    } else if (!value(items[i], model.type)) {
      return false;
    }
  }
  steps_.back().index = -1;
  return true;
}

bool Checker::sibling(const Node& node, const Member& model) {
  static const TypeId element_type = type_id("Element");
  const auto one = [&](const Node& item) {
    if (item.kind == Node::Kind::kNull) return true;
    if (item.kind == Node::Kind::kObject) return object(item, element_type);
    return refuse(ErrorCode::kBadValue, "not an object with extensions",
                  "an object with id or extension");
  };
  if (!model.list) return one(node);
  if (node.kind != Node::Kind::kArray) return one(node);
  const auto items = node.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    steps_.back().index = static_cast<std::int32_t>(i);
    if (!one(items[i])) return false;
  }
  steps_.back().index = -1;
  return true;
}

bool Checker::value(const Node& node, TypeId type) {
  static const TypeId quantity_type = type_id("Quantity");
  static const TypeId period_type = type_id("Period");
  static const TypeId resource_type = type_id("Resource");
  static const NameId resource_type_name = name_id("resourceType");
  if (is_primitive(type)) return primitive(node, type);
  if (node.kind != Node::Kind::kObject) {
    return refuse(ErrorCode::kBadValue, "not an object", "one " + std::string(type_text(type)));
  }
  if (type == resource_type) {
    const Node* named = node.find(resource_type_name);
    const TypeId inner = named == nullptr ? kNoType : type_id(named->str());
    if (!is_concrete_resource(inner)) {
      return refuse(ErrorCode::kNotFhir, "not a FHIR R4 resource", "a FHIR R4 resource");
    }
    return object(node, inner);
  }
  if (!object(node, type)) return false;
  if (type == period_type) period(node);
  return !is_subtype(type, quantity_type) || quantity(node);
}

}  // namespace nidus::fhir
