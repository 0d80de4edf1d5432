// SPDX-License-Identifier: Apache-2.0
//
// The part of Checker that looks at values: primitives, quantities, periods.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/date_time.h"
#include "fhir/check.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;
using base::Precision;

// A value as it may be quoted in a message.
std::string shown(const Node& node) {
  constexpr std::size_t kMost = 60;
  if (node.kind == Node::Kind::kObject) return "an object";
  if (node.kind == Node::Kind::kArray) return "a list";
  if (node.kind == Node::Kind::kNull) return "null";
  std::string text(node.str().substr(0, kMost));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  // No half a character at the cut.
  if (node.size > kMost) {
    while (!text.empty() && (static_cast<unsigned char>(node.text[text.size()]) & 0xC0) == 0x80) {
      text.pop_back();
    }
    text += "...";
  }
  return "'" + text + "'";
}

std::string_view text_of(const Node* node) {
  return node == nullptr ? std::string_view() : node->str();
}

}  // namespace

bool Checker::text(const Node& node) {
  if (node.kind != Node::Kind::kString) {
    return refuse(ErrorCode::kBadValue, shown(node) + " is not a text", "a text in quotes");
  }
  if (node.size == 0) {
    note("an empty text says nothing");
  } else {
    warn("a control character in a text");
  }
  return true;
}

bool Checker::moment(const Node& node, bool instant) {
  const auto parsed = node.kind == Node::Kind::kString ? base::parse_date_time(node.str())
                                                       : std::optional<base::DateTime>();
  const bool with_time = parsed && parsed->precision >= Precision::kHour;
  const bool possible = parsed && parsed->precision != Precision::kHour && (!instant || with_time);
  if (!possible) {
    return refuse(ErrorCode::kBadDate,
                  shown(node) + (instant ? " is not a possible moment"
                                         : " is not a possible date or date and time"),
                  instant ? "2025-03-04T10:00:00+01:00"
                          : "2025, 2025-03, 2025-03-04 or 2025-03-04T10:00:00+01:00");
  }
  note("a time without a time zone");
  return true;
}

bool Checker::whole(const Node& node, TypeId type, std::int64_t least) {
  return refuse(ErrorCode::kBadValue,
                shown(node) + " is not a possible " + std::string(type_text(type)),
                "a whole number from " + std::to_string(least) + " to 2147483647");
}

// Says what is amiss with a value that is not sound.
bool Checker::primitive(const Node& node, TypeId type, JsonForm form) {
  if (is_sound(node, form)) return true;
  switch (form) {
    case JsonForm::kObject:
      break;
    case JsonForm::kText:
      return text(node);
    case JsonForm::kBoolean:
      return refuse(ErrorCode::kBadValue, shown(node) + " is not a boolean", "true or false");
    case JsonForm::kInteger:
      return whole(node, type, INT32_MIN);
    case JsonForm::kPositiveInt:
      return whole(node, type, 1);
    case JsonForm::kUnsignedInt:
      return whole(node, type, 0);
    case JsonForm::kDecimal:
      return refuse(ErrorCode::kBadValue, shown(node) + " is not a possible decimal",
                    "a number of at most 28 digits, without quotes");
    case JsonForm::kDate:
      return refuse(ErrorCode::kBadDate, shown(node) + " is not a possible date",
                    "2025, 2025-03 or 2025-03-04");
    case JsonForm::kTime:
      return refuse(ErrorCode::kBadDate, shown(node) + " is not a possible time of day",
                    "10:00:00");
    case JsonForm::kDateTime:
    case JsonForm::kInstant:
      return moment(node, form == JsonForm::kInstant);
  }
  return true;
}

bool Checker::quantity(const Node& node) {
  static const NameId value_name = name_id("value"), unit_name = name_id("unit");
  static const NameId system_name = name_id("system"), code_name = name_id("code");
  constexpr std::string_view kUcum = "http://unitsofmeasure.org";
  // "mm/hr" is such a one.
  const std::string kByWords = "it counts only where a rule knows it by these words";
  static const NameId comparator_name = name_id("comparator");
  const Node* comparator = node.find(comparator_name);
  if (comparator != nullptr && !is_comparator(comparator->str())) {
    const Down down(*this, comparator_name, {});
    return refuse(ErrorCode::kBadValue, shown(*comparator) + " is not a comparator",
                  "<, <=, >= or >");
  }
  const Node* code = node.find(code_name);
  const Node* unit = node.find(unit_name);
  const auto system = text_of(node.find(system_name));
  if (system == kUcum) {
    if (code != nullptr && is_usual_spelling(code->str())) {
      warn(shown(*code) + " is not a unit of UCUM: " + kByWords);
      return true;
    }
    if (code != nullptr && !units_.contains(code->str())) {
      const Down down(*this, code_name, {});
      return refuse(ErrorCode::kBadUnit, shown(*code) + " is not a UCUM unit",
                    "a UCUM unit, as mg/L, 10*9/L or Cel");
    }
    if (code == nullptr && unit != nullptr) warn("a unit of UCUM without its code");
    return true;
  }
  const Node* named = code != nullptr ? code : unit;
  if (named == nullptr || node.find(value_name) == nullptr) return true;
  if (!system.empty()) {
    warn("the unit " + shown(*named) + " is not of UCUM: " + kByWords);
  } else if (units_.contains(named->str())) {
    note("the unit " + shown(*named) + " names no system: taken as UCUM");
  } else {
    warn("the unit " + shown(*named) + " names no system and is not UCUM: " + kByWords);
  }
  return true;
}

void Checker::period(const Node& node) {
  if (!is_sound_period(node)) warn("the period ends before it starts");
}

}  // namespace nidus::fhir
