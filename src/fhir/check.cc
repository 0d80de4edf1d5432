// SPDX-License-Identifier: Apache-2.0
#include "fhir/check.h"

#include <utility>
#include <vector>

namespace nidus::fhir {

using base::ErrorCode;

namespace {

const TypeId kElement = type_id("Element");

}  // namespace

std::string Checker::path() const {
  std::vector<const Step*> steps;
  for (const Step* step = step_; step != nullptr; step = step->above) steps.push_back(step);
  std::string out(type_text(root_));
  for (auto at = steps.rbegin(); at != steps.rend(); ++at) {
    const Step& step = **at;
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
  step_ = nullptr;
  if (object(node, type)) return {};
  return std::unexpected(std::move(error_));
}

base::Result<void> Checker::check(const Resource& resource) {
  if (resource.node->sound) return {};
  return run(*resource.node, resource.type, resource.reference());
}

base::Result<void> Checker::check_bundle(const Node& bundle, std::string_view source) {
  return run(bundle, type_id("Bundle"), std::string(source));
}

bool Checker::object(const Node& node, TypeId type) {
  if (node.sound) return true;
  bool choice_before = false;  // a first choice cannot stand beside another spelling of itself
  for (const auto& child : node.items()) {
    if (child.name == kResourceTypeName && is_resource_type(type)) continue;
    if (type == kBundleEntry && child.name == kResourceName) continue;
    const Member model = child.name == kNoName ? Member{} : member_of(type, child.name);
    const Down down(*this, child.name, child.extra_name());
    if (model.type == kNoType || (is_sibling_name(child.name) && model.form == JsonForm::kObject)) {
      warn("FHIR R4 has no such element here: kept, not read");
    } else {
      if (child.name == kModifierName) {
        warn("a modifier extension, which is not understood: what it changes is not seen");
      }
      if (model.choice) {
        if (choice_before && !one_choice(node, child, type, model)) return false;
        choice_before = true;
      }
      if (!member(node, child, model)) return false;
    }
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
  return value(node, model.type, model.form);
}

bool Checker::list(const Node& parent, const Node& node, const Member& model) {
  if (node.kind != Node::Kind::kArray) {
    return refuse(ErrorCode::kBadValue, "one value, where FHIR has a list",
                  "a list of " + std::string(type_text(model.type)));
  }
  const bool primitives = model.form != JsonForm::kObject;
  const Node* beside = primitives ? parent.find(sibling_name(node.name)) : nullptr;
  const auto items = node.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    step_->index = static_cast<std::int32_t>(i);
    if (items[i].kind == Node::Kind::kNull && primitives) {
      const bool explained = beside != nullptr && i < beside->items().size() &&
                             beside->items()[i].kind == Node::Kind::kObject;
      if (!explained) note("null says nothing: read as absent");
    } else if (!value(items[i], model.type, model.form)) {
      return false;
    }
  }
  step_->index = -1;
  return true;
}

bool Checker::sibling(const Node& node, const Member& model) {
  const auto one = [&](const Node& item) {
    if (item.kind == Node::Kind::kNull) return true;
    if (item.kind == Node::Kind::kObject) return object(item, kElement);
    return refuse(ErrorCode::kBadValue, "not an object with extensions",
                  "an object with id or extension");
  };
  if (!model.list) return one(node);
  if (node.kind != Node::Kind::kArray) return one(node);
  const auto items = node.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    step_->index = static_cast<std::int32_t>(i);
    if (!one(items[i])) return false;
  }
  step_->index = -1;
  return true;
}

bool Checker::value(const Node& node, TypeId type, JsonForm form) {
  if (form != JsonForm::kObject) return primitive(node, type, form);
  if (node.kind != Node::Kind::kObject) {
    return refuse(ErrorCode::kBadValue, "not an object", "one " + std::string(type_text(type)));
  }
  if (type == kResource) {
    const Node* named = node.find(kResourceTypeName);
    const TypeId inner = named == nullptr ? kNoType : type_id(named->str());
    if (!is_concrete_resource(inner)) {
      return refuse(ErrorCode::kNotFhir, "not a FHIR R4 resource", "a FHIR R4 resource");
    }
    return object(node, inner);
  }
  if (!object(node, type)) return false;
  if (type == kPeriod) period(node);
  return !is_subtype(type, kQuantity) || quantity(node);
}

}  // namespace nidus::fhir
