// SPDX-License-Identifier: Apache-2.0
#include "pathway/phrase.h"
#include "pathway/plan.h"

namespace nidus::pathway {

namespace {

constexpr std::size_t kListedAtMost = 4;

std::string with_unit(std::string number, std::string_view unit) {
  if (unit.empty() || unit == "1") return number;
  return number + " " + std::string(unit);
}

std::string display_list(std::span<const cql::Value> items, std::string_view unit,
                         const fhir::Record& record) {
  if (items.empty()) return "none";
  std::string out;
  std::size_t shown = 0;
  for (const auto& item : items) {
    if (shown == kListedAtMost) {
      out += ", and " + std::to_string(items.size() - shown) + " more";
      break;
    }
    if (shown > 0) out += ", ";
    out += display(item, unit, record);
    ++shown;
  }
  return out;
}

std::string display_interval(const cql::Interval& interval, std::string_view unit,
                             const fhir::Record& record) {
  if (interval.low.is_null() && interval.high.is_null()) return "unknown";
  if (interval.low.is_null()) return "up to " + display(interval.high, unit, record);
  if (interval.high.is_null()) return "from " + display(interval.low, unit, record);
  return display(interval.low, {}, record) + " to " + display(interval.high, unit, record);
}

// Words speak for themselves; a number or a truth needs its name.
std::string display_tuple(const cql::Tuple& tuple, const fhir::Record& record) {
  std::string out;
  for (std::size_t i = 0; i < tuple.shape->names.size(); ++i) {
    const cql::Value& element = tuple.elements[i];
    if (element.is_null()) continue;
    const bool words = element.is(cql::Kind::kString) || element.is(cql::Kind::kCode) ||
                       element.is(cql::Kind::kConcept);
    if (!out.empty()) out += " ";
    if (!words) out += std::string(tuple.shape->names[i]) + " ";
    out += display(element, {}, record);
  }
  return out.empty() ? "unknown" : out;
}

}  // namespace

std::string display(const cql::Value& value, std::string_view unit, const fhir::Record& record) {
  switch (value.kind()) {
    case cql::Kind::kNull:
      return "unknown";
    case cql::Kind::kBoolean:
      return value.is_true() ? "yes" : "no";
    case cql::Kind::kInteger:
      return with_unit(std::to_string(value.as_integer()), unit);
    case cql::Kind::kLong:
      return with_unit(std::to_string(value.as_long()), unit);
    case cql::Kind::kDecimal:
      return with_unit(base::round(value.as_decimal(), 2).to_short_string(), unit);
    case cql::Kind::kString:
      return std::string(value.as_string());
    case cql::Kind::kDate:
    case cql::Kind::kDateTime:
      return date_text(value.as_date_time());
    case cql::Kind::kTime:
      return base::format_time(value.as_date_time());
    case cql::Kind::kQuantity: {
      const auto& quantity = value.as_quantity();
      return with_unit(base::round(quantity.value, 2).to_short_string(), quantity.unit);
    }
    case cql::Kind::kCode: {
      const auto& code = value.as_code();
      return std::string(code.display.empty() ? code.code : code.display);
    }
    case cql::Kind::kConcept: {
      const auto& concept_value = value.as_concept();
      if (!concept_value.display.empty()) return std::string(concept_value.display);
      if (concept_value.codes.empty()) return "unnamed";
      return display(cql::Value::of(&concept_value.codes.front()), {}, record);
    }
    case cql::Kind::kInterval:
      return display_interval(value.as_interval(), unit, record);
    case cql::Kind::kList:
      return display_list(value.as_list(), unit, record);
    case cql::Kind::kTuple:
      return display_tuple(value.as_tuple(), record);
    case cql::Kind::kElement: {
      if (const auto* resource = record.resource_of(value.as_node())) {
        return fhir::label(*resource);
      }
      return cql::to_string(value);
    }
    case cql::Kind::kRatio:
    case cql::Kind::kValueSet:
    case cql::Kind::kCodeSystem:
    case cql::Kind::kUncertainty:
      return cql::to_string(value);
  }
  return {};
}

}  // namespace nidus::pathway
