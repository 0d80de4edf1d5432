// SPDX-License-Identifier: Apache-2.0
//
// Door 2: every element of a resource against the R4 model. What cannot be right is refused with
// its path; what is merely unknown is kept and listed.
#include <algorithm>
#include <string>

#include "base/decimal.h"
#include "base/ucum.h"
#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;

class Checker {
 public:
  Checker(const Resource& resource, std::vector<Issue>& issues)
      : resource_(resource), issues_(issues) {}

  base::Result<void> object(const Node& node, TypeId type, const std::string& path);

 private:
  base::Result<void> member(const Node& node, TypeId type, const std::string& path);
  base::Result<void> value(const Node& node, TypeId type, const std::string& path);
  base::Result<void> primitive(const Node& node, TypeId type, const std::string& path);
  base::Result<void> quantity(const Node& node, const std::string& path);
  base::Result<void> bad(ErrorCode code, std::string message, const std::string& path,
                         std::string expected) {
    return base::fail(code, std::move(message), resource_.reference(), path, std::move(expected));
  }
  void issue(const std::string& path, std::string message) {
    issues_.push_back({Issue::Severity::kWarning, resource_.reference(), path, std::move(message)});
  }

  const Resource& resource_;
  std::vector<Issue>& issues_;
};

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, kMost)) + "...'";
}

base::Result<void> Checker::object(const Node& node, TypeId type, const std::string& path) {
  static const NameId resource_type_name = name_id("resourceType");
  static const NameId modifier_name = name_id("modifierExtension");
  for (const auto& child : node.items()) {
    if (child.name == resource_type_name) continue;
    std::string name(child.extra_name.empty() ? name_text(child.name) : child.extra_name);
    if (is_sibling_name(child.name)) name.insert(0, "_");
    const std::string child_path = path + "." + name;
    if (child.name == kNoName || member_type(type, child.name) == kNoType) {
      issue(child_path, "FHIR R4 has no such element here: kept, not read");
      continue;
    }
    if (is_sibling_name(child.name)) continue;
    if (child.name == modifier_name) {
      issue(child_path, "a modifier extension that is not understood: read with care");
    }
    if (auto checked = member(child, type, child_path); !checked) return checked;
  }
  return {};
}

base::Result<void> Checker::member(const Node& node, TypeId type, const std::string& path) {
  const TypeId wanted = member_type(type, node.name);
  const bool list = member_is_list(type, node.name);
  if (list != (node.kind == Node::Kind::kArray)) {
    return bad(ErrorCode::kBadValue,
               list ? "a list was expected here" : "one value was expected here", path,
               list ? "an array" : "one " + std::string(type_text(wanted)));
  }
  if (!list) return value(node, wanted, path);
  std::size_t index = 0;
  for (const auto& item : node.items()) {
    if (auto checked = value(item, wanted, path + "[" + std::to_string(index++) + "]"); !checked) {
      return checked;
    }
  }
  return {};
}

base::Result<void> Checker::value(const Node& node, TypeId type, const std::string& path) {
  static const TypeId quantity_type = type_id("Quantity");
  static const TypeId base_resource = type_id("Resource");
  if (is_primitive(type)) return primitive(node, type, path);
  if (node.kind != Node::Kind::kObject) {
    return bad(ErrorCode::kBadValue, "an object was expected here", path,
               "a " + std::string(type_text(type)));
  }
  if (type == base_resource) {
    const Node* inner = node.find(name_id("resourceType"));
    const TypeId inner_type = inner == nullptr ? kNoType : type_id(inner->str());
    if (!is_resource_type(inner_type)) {
      return bad(ErrorCode::kNotFhir, "not a FHIR R4 resource", path, "a resource");
    }
    return object(node, inner_type, path);
  }
  if (is_subtype(type, quantity_type)) {
    if (auto checked = quantity(node, path); !checked) return checked;
  }
  return object(node, type, path);
}

base::Result<void> Checker::quantity(const Node& node, const std::string& path) {
  constexpr std::string_view kUcum = "http://unitsofmeasure.org";
  const Node* system = node.find(name_id("system"));
  const Node* code = node.find(name_id("code"));
  if (code == nullptr || code->kind != Node::Kind::kString) return {};
  if (system == nullptr || system->str() != kUcum) return {};
  if (auto valid = base::ucum::validate(code->str()); !valid) {
    return bad(ErrorCode::kBadUnit, shown(code->str()) + " is not a UCUM unit", path + ".code",
               "a UCUM unit such as mg/L");
  }
  return {};
}

base::Result<void> Checker::primitive(const Node& node, TypeId type, const std::string& path) {
  if (node.kind == Node::Kind::kNull) return {};  // its sibling "_name" may say why
  const std::string_view name = type_text(type);
  const std::string_view text = node.str();
  if (name == "boolean") {
    if (node.kind == Node::Kind::kBoolean) return {};
    return bad(ErrorCode::kBadValue, "not a boolean", path, "true or false");
  }
  if (name == "integer" || name == "positiveInt" || name == "unsignedInt") {
    const auto number = base::Decimal::parse(text);
    const bool whole = node.kind == Node::Kind::kNumber && number && number->is_integer();
    const auto count = whole ? number->truncate_to_int64() : std::nullopt;
    if (count && *count <= INT32_MAX && *count >= INT32_MIN &&
        (name == "integer" || *count >= (name == "positiveInt" ? 1 : 0))) {
      return {};
    }
    return bad(ErrorCode::kBadValue, shown(text) + " is not a " + std::string(name), path,
               "a whole number");
  }
  if (name == "decimal") {
    if (node.kind == Node::Kind::kNumber && base::Decimal::parse(text)) return {};
    return bad(ErrorCode::kBadValue,
               node.kind == Node::Kind::kNumber ? shown(text) + " is out of range"
                                                : shown(text) + " is not a number",
               path, "a number of at most 28 digits");
  }
  if (node.kind != Node::Kind::kString) {
    return bad(ErrorCode::kBadValue, "text was expected here", path, "a " + std::string(name));
  }
  if (name == "date") {
    if (base::parse_date(text)) return {};
    return bad(ErrorCode::kBadDate, shown(text) + " is not a possible date", path,
               "YYYY, YYYY-MM or YYYY-MM-DD");
  }
  if (name == "dateTime" || name == "instant") {
    const auto parsed = base::parse_date_time(text);
    const bool possible =
        parsed && (name == "dateTime" || parsed->precision >= base::Precision::kSecond);
    if (!possible) {
      return bad(ErrorCode::kBadDate, shown(text) + " is not a possible date and time", path,
                 "for example 2025-03-04T10:00:00+01:00");
    }
    if (parsed->precision >= base::Precision::kHour && !parsed->has_offset()) {
      issue(path, "a time without a time zone: read in the zone of the as-of time");
    }
    return {};
  }
  if (name == "time") {
    if (base::parse_time(text)) return {};
    return bad(ErrorCode::kBadDate, shown(text) + " is not a possible time", path, "hh:mm:ss");
  }
  return {};
}

}  // namespace

base::Result<void> check_resource(const Resource& resource, std::vector<Issue>& issues) {
  return Checker(resource, issues)
      .object(*resource.node, resource.type, std::string(type_text(resource.type)));
}

}  // namespace nidus::fhir
