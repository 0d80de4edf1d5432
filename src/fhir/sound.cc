// SPDX-License-Identifier: Apache-2.0
#include "fhir/sound.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/date_time.h"
#include "base/decimal.h"
#include "base/ucum.h"

namespace nidus::fhir {

namespace {

using base::Precision;

const NameId kStart = name_id("start");
const NameId kEnd = name_id("end");
const NameId kSystem = name_id("system");
const NameId kCode = name_id("code");
const NameId kUnit = name_id("unit");
const NameId kComparator = name_id("comparator");

bool is_whole(const Node& node, std::int64_t least) {
  if (node.kind != Node::Kind::kNumber) return false;
  std::int64_t number = 0;
  const char* end = node.text + node.size;
  const auto [at, error] = std::from_chars(node.text, end, number);
  return error == std::errc() && at == end && number >= least && number <= INT32_MAX;
}

bool is_sound_text(const Node& node) {
  if (node.kind != Node::Kind::kString || node.size == 0) return false;
  if (!node.escaped) return true;  // JSON has control characters as escapes only
  const auto text = node.str();
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
}

bool is_sound_moment(const Node& node, bool instant) {
  const auto parsed = base::parse_date_time(node.str());
  if (!parsed || parsed->precision == Precision::kHour) return false;
  if (parsed->precision < Precision::kHour) return !instant;
  return parsed->has_offset();
}

std::string_view text_of(const Node* node) {
  return node == nullptr ? std::string_view() : node->str();
}

}  // namespace

bool Units::contains(std::string_view text) {
  if (const auto at = known_.find(text); at != known_.end()) return at->second;
  constexpr std::size_t kMost = 4096, kLongest = 64;
  const bool valid = base::ucum::validate(text).has_value();
  if (known_.size() < kMost && text.size() <= kLongest) known_.emplace(text, valid);
  return valid;
}

bool is_usual_spelling(std::string_view unit) {
  static constexpr std::string_view kUsual[] = {"/HPF",
                                                "/hpf",
                                                "/LPF",
                                                "10^3/uL",
                                                "10^6/uL",
                                                "10^9/L",
                                                "10^12/L",
                                                "10^3/mm3",
                                                "IU/L",
                                                "IU/l",
                                                "IU/mL",
                                                "K/cumm",
                                                "K/mcL",
                                                "K/mm3",
                                                "K/uL",
                                                "K/ul",
                                                "K/µL",
                                                "M/mcL",
                                                "M/uL",
                                                "M/ul",
                                                "M/µL",
                                                "bpm",
                                                "beats/min",
                                                "breaths/min",
                                                "cells/mcL",
                                                "cells/mm3",
                                                "cells/uL",
                                                "cells/µL",
                                                "gm/dL",
                                                "gm/dl",
                                                "mEq/L",
                                                "mEq/l",
                                                "mL/min/1.73m2",
                                                "mL/min/1.73m^2",
                                                "mL/min/1.73 m2",
                                                "mL/min/1.73m²",
                                                "mcg/L",
                                                "mcg/dL",
                                                "mcg/mL",
                                                "mm/hour",
                                                "mm/hr",
                                                "mmHg",
                                                "mmol/l",
                                                "thou/uL",
                                                "thou/mcL",
                                                "x10(3)/uL",
                                                "x10E3/uL",
                                                "x10E9/L",
                                                "x10^3/uL",
                                                "x10^6/uL",
                                                "x10^9/L",
                                                "°C",
                                                "°F",
                                                "µg/L",
                                                "µg/mL",
                                                "µmol/L",
                                                "µmol/l",
                                                "μg/L",
                                                "μg/mL",
                                                "μmol/L",
                                                "μmol/l"};
  return std::find(std::begin(kUsual), std::end(kUsual), unit) != std::end(kUsual);
}

bool is_sound(const Node& node, JsonForm form) {
  const bool string = node.kind == Node::Kind::kString;
  switch (form) {
    case JsonForm::kObject:
      return false;
    case JsonForm::kText:
      return is_sound_text(node);
    case JsonForm::kBoolean:
      return node.kind == Node::Kind::kBoolean;
    case JsonForm::kInteger:
      return is_whole(node, INT32_MIN);
    case JsonForm::kPositiveInt:
      return is_whole(node, 1);
    case JsonForm::kUnsignedInt:
      return is_whole(node, 0);
    case JsonForm::kDecimal:
      return node.kind == Node::Kind::kNumber && base::Decimal::parse(node.str()).has_value();
    case JsonForm::kDate:
      return string && base::parse_date(node.str()).has_value();
    case JsonForm::kTime:
      return string && base::parse_time(node.str()).has_value();
    case JsonForm::kDateTime:
    case JsonForm::kInstant:
      return string && is_sound_moment(node, form == JsonForm::kInstant);
  }
  return false;
}

bool is_comparator(std::string_view text) {
  return text == "<" || text == "<=" || text == ">=" || text == ">";
}

bool is_sound_quantity(const Node& node, Units& units) {
  const Node* code = nullptr;
  const Node* unit = nullptr;
  const Node* system = nullptr;
  for (const Node& child : node.items()) {
    if (child.kind == Node::Kind::kNull) continue;
    if (child.name == kCode) code = &child;
    if (child.name == kUnit) unit = &child;
    if (child.name == kSystem) system = &child;
    if (child.name == kComparator && !is_comparator(child.str())) return false;
  }
  if (code == nullptr) return unit == nullptr;
  return text_of(system) == "http://unitsofmeasure.org" && units.contains(code->str());
}

bool is_sound_period(const Node& node) {
  const auto start = base::parse_date_time(text_of(node.find(kStart)));
  const auto end = base::parse_date_time(text_of(node.find(kEnd)));
  if (!start || !end) return true;
  const auto order = base::compare(*start, *end, 0);
  return !order || *order <= 0;
}

}  // namespace nidus::fhir
