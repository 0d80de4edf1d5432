// SPDX-License-Identifier: Apache-2.0
//
// The part of Checker that looks at values: primitives, quantities, periods.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/date_time.h"
#include "base/decimal.h"
#include "base/ucum.h"
#include "fhir/check.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;
using base::Precision;

enum class Form : std::uint8_t {
  kText,
  kBoolean,
  kInteger,
  kPositiveInt,
  kUnsignedInt,
  kDecimal,
  kDate,
  kDateTime,
  kInstant,
  kTime
};

// The JSON form of a primitive; enumerations, uris and all others are texts.
Form form_of(TypeId type) {
  static const std::array<std::pair<TypeId, Form>, 9> forms = {{
      {type_id("boolean"), Form::kBoolean},
      {type_id("integer"), Form::kInteger},
      {type_id("positiveInt"), Form::kPositiveInt},
      {type_id("unsignedInt"), Form::kUnsignedInt},
      {type_id("decimal"), Form::kDecimal},
      {type_id("date"), Form::kDate},
      {type_id("dateTime"), Form::kDateTime},
      {type_id("instant"), Form::kInstant},
      {type_id("time"), Form::kTime},
  }};
  for (const auto& [id, form] : forms) {
    if (id == type) return form;
  }
  return Form::kText;
}

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

bool is_whole(const Node& node, std::int64_t least) {
  if (node.kind != Node::Kind::kNumber) return false;
  std::int64_t number = 0;
  const char* end = node.text + node.size;
  const auto [at, error] = std::from_chars(node.text, end, number);
  return error == std::errc() && at == end && number >= least && number <= INT32_MAX;
}

// False when no byte is below 0x20: eight at a time, as every text of a record is looked through.
bool may_hold_control(std::string_view text) {
  constexpr std::uint64_t kSpaces = 0x2020202020202020u, kHighBits = 0x8080808080808080u;
  std::size_t at = 0;
  std::uint64_t found = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    found |= (eight - kSpaces) & ~eight & kHighBits;
  }
  for (; at < text.size(); ++at) found |= static_cast<unsigned char>(text[at]) < 0x20 ? 1u : 0u;
  return found != 0;
}

std::string_view text_of(const Node* node) {
  return node == nullptr ? std::string_view() : node->str();
}

}  // namespace

bool Checker::text(const Node& node) {
  if (node.kind != Node::Kind::kString) {
    return refuse(ErrorCode::kBadValue, shown(node) + " is not a text", "a text in quotes");
  }
  if (node.size == 0) note("an empty text says nothing");
  const auto string = node.str();
  const bool control =
      may_hold_control(string) && std::any_of(string.begin(), string.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
      });
  if (control) warn("a control character in a text");
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
  if (with_time && !parsed->has_offset()) note("a time without a time zone");
  return true;
}

bool Checker::primitive(const Node& node, TypeId type) {
  const Form form = form_of(type);
  switch (form) {
    case Form::kText:
      return text(node);
    case Form::kBoolean:
      if (node.kind == Node::Kind::kBoolean) return true;
      return refuse(ErrorCode::kBadValue, shown(node) + " is not a boolean", "true or false");
    case Form::kInteger:
    case Form::kPositiveInt:
    case Form::kUnsignedInt: {
      const std::int64_t least = form == Form::kInteger       ? INT32_MIN
                                 : form == Form::kPositiveInt ? 1
                                                              : 0;
      if (is_whole(node, least)) return true;
      return refuse(ErrorCode::kBadValue,
                    shown(node) + " is not a possible " + std::string(type_text(type)),
                    "a whole number from " + std::to_string(least) + " to 2147483647");
    }
    case Form::kDecimal:
      if (node.kind == Node::Kind::kNumber && base::Decimal::parse(node.str())) return true;
      return refuse(ErrorCode::kBadValue, shown(node) + " is not a possible decimal",
                    "a number of at most 28 digits, without quotes");
    case Form::kDate:
      if (node.kind == Node::Kind::kString && base::parse_date(node.str())) return true;
      return refuse(ErrorCode::kBadDate, shown(node) + " is not a possible date",
                    "2025, 2025-03 or 2025-03-04");
    case Form::kTime:
      if (node.kind == Node::Kind::kString && base::parse_time(node.str())) return true;
      return refuse(ErrorCode::kBadDate, shown(node) + " is not a possible time of day",
                    "10:00:00");
    case Form::kDateTime:
    case Form::kInstant:
      return moment(node, form == Form::kInstant);
  }
  return true;
}

bool Checker::is_unit(std::string_view unit) {
  const auto [at, added] = units_.try_emplace(unit, false);
  if (added) at->second = base::ucum::validate(unit).has_value();
  return at->second;
}

bool Checker::quantity(const Node& node) {
  static const NameId value_name = name_id("value"), unit_name = name_id("unit");
  static const NameId system_name = name_id("system"), code_name = name_id("code");
  constexpr std::string_view kUcum = "http://unitsofmeasure.org";
  const Node* code = node.find(code_name);
  const Node* unit = node.find(unit_name);
  const auto system = text_of(node.find(system_name));
  if (system == kUcum) {
    if (code != nullptr && !is_unit(code->str())) {
      steps_.push_back({code_name, {}, -1});
      return refuse(ErrorCode::kBadUnit, shown(*code) + " is not a UCUM unit",
                    "a UCUM unit, as mg/L, 10*9/L or Cel");
    }
    if (code == nullptr && unit != nullptr) warn("a unit of UCUM without its code");
    return true;
  }
  const Node* named = code != nullptr ? code : unit;
  if (named == nullptr || node.find(value_name) == nullptr) return true;
  if (!system.empty()) {
    warn("the unit " + shown(*named) + " is not of UCUM: the value cannot be compared");
  } else if (is_unit(named->str())) {
    note("the unit " + shown(*named) + " names no system: taken as UCUM");
  } else {
    warn("the unit " + shown(*named) +
         " names no system and is not UCUM: the value cannot be compared");
  }
  return true;
}

void Checker::period(const Node& node) {
  static const NameId start_name = name_id("start"), end_name = name_id("end");
  const auto start = base::parse_date_time(text_of(node.find(start_name)));
  const auto end = base::parse_date_time(text_of(node.find(end_name)));
  if (!start || !end) return;
  const auto order = base::compare(*start, *end, 0);
  if (order && *order > 0) warn("the period ends before it starts");
}

}  // namespace nidus::fhir
