// SPDX-License-Identifier: Apache-2.0
//
// Conversions. What cannot be converted is null, never an error; ConvertsTo asks first.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/ucum.h"
#include "cql/operator_moments.h"
#include "cql/operator_support.h"
#include "cql/program.h"

namespace nidus::cql {

using base::DateTime;
using base::Decimal;
using ops::Arguments;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Sign and digits; a plus sign is allowed and dropped.
std::optional<std::int64_t> parse_whole(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text) {
    const std::int64_t next = negative ? -(digit - '0') : digit - '0';
    if (__builtin_mul_overflow(number, std::int64_t{10}, &number) ||
        __builtin_add_overflow(number, next, &number)) {
      return std::nullopt;
    }
  }
  return number;
}

// (+|-)?digits(.digits)? with at most 8 places.
std::optional<Decimal> parse_decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const auto point = digits.find('.');
  const auto whole = digits.substr(0, point);
  const auto places = point == std::string_view::npos ? "0" : digits.substr(point + 1);
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  if (!all_digits(whole) || !all_digits(places) || places.size() > Decimal::kMaxScale) {
    return std::nullopt;
  }
  return Decimal::parse(text);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// 5.5 'cm', 5.5 cm is not allowed, 5 days is; a bare number has the unit 1.
std::optional<Quantity> parse_quantity(Call& call, std::string_view text) {
  text = trimmed(text);
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return is_digit(c) || c == '.' || c == '-' || c == '+';
  });
  const auto length = static_cast<std::size_t>(end - text.begin());
  const auto number = parse_decimal(text.substr(0, length));
  auto unit = trimmed(text.substr(length));
  if (!number) return std::nullopt;
  if (unit.empty()) return Quantity{*number, "1"};
  if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') {
    unit = unit.substr(1, unit.size() - 2);
    if (!base::ucum::validate(unit)) return std::nullopt;
    return Quantity{*number, call.arena.copy(unit)};
  }
  const auto word = base::ucum::calendar_unit(unit);
  if (word.empty()) return std::nullopt;
  return Quantity{*number, word};
}

constexpr std::string_view kTrueWords[] = {"true", "t", "yes", "y", "1"};
constexpr std::string_view kFalseWords[] = {"false", "f", "no", "n", "0"};

Value to_boolean(Call&, const Value& from) {
  if (from.is(Kind::kBoolean)) return from;
  if (ops::is_number(from)) {
    const Decimal number = ops::number_of(from);
    if (number == Decimal::from_int(1)) return Value::boolean(true);
    if (number == Decimal::from_int(0)) return Value::boolean(false);
    return {};
  }
  if (!from.is(Kind::kString)) return {};
  std::string text(from.as_string());
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto is_one_of = [&](const auto& words) {
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
  };
  if (is_one_of(kTrueWords)) return Value::boolean(true);
  if (is_one_of(kFalseWords)) return Value::boolean(false);
  return {};
}

Value to_integer(Call&, const Value& from) {
  if (from.is(Kind::kInteger)) return from;
  if (from.is(Kind::kLong)) return ops::integer_or_null(from.as_long());
  if (from.is(Kind::kBoolean)) return Value::integer(from.as_boolean() ? 1 : 0);
  if (!from.is(Kind::kString)) return {};
  const auto number = parse_whole(from.as_string());
  return number ? ops::integer_or_null(*number) : Value();
}

Value to_long(Call&, const Value& from) {
  if (from.is(Kind::kLong)) return from;
  if (from.is(Kind::kInteger)) return Value::long_integer(from.as_integer());
  if (from.is(Kind::kBoolean)) return Value::long_integer(from.as_boolean() ? 1 : 0);
  if (!from.is(Kind::kString)) return {};
  auto text = from.as_string();
  if (text.ends_with('L')) text.remove_suffix(1);
  const auto number = parse_whole(text);
  return number ? Value::long_integer(*number) : Value();
}

Value to_decimal(Call& call, const Value& from) {
  if (from.is(Kind::kDecimal)) return from;
  if (ops::is_number(from)) return Value::decimal(call.arena, ops::number_of(from));
  if (from.is(Kind::kBoolean)) {
    return Value::decimal(call.arena, Decimal::from_int(from.as_boolean() ? 1 : 0).with_scale(1));
  }
  if (!from.is(Kind::kString)) return {};
  return ops::decimal_or_null(call, parse_decimal(from.as_string()));
}

std::string text_of(const Quantity& quantity) {
  const auto word = base::ucum::calendar_unit(quantity.unit);
  const std::string number = quantity.value.to_string();
  if (!word.empty()) return number + ' ' + std::string(quantity.unit);
  return number + " '" + std::string(quantity.unit) + '\'';
}

std::string text_of(const Value& moment) {
  const DateTime when = moment.as_date_time();
  if (moment.is(Kind::kTime)) {
    std::string text = base::format_time(when);
    return text.starts_with('T') ? text.substr(1) : text;
  }
  std::string text =
      moment.is(Kind::kDate) ? base::format_date(when) : base::format_date_time(when);
  if (text.ends_with('T')) text.pop_back();
  if (text.ends_with('Z')) text.replace(text.size() - 1, 1, "+00:00");  // as CQL writes it
  return text;
}

Value to_text(Call& call, const Value& from) {
  switch (from.kind()) {
    case Kind::kString:
      return from;
    case Kind::kBoolean:
      return Value::string(from.as_boolean() ? "true" : "false");
    case Kind::kInteger:
    case Kind::kLong:
      return Value::string(call.arena.copy(std::to_string(ops::whole_of(from))));
    case Kind::kDecimal:
      return Value::string(call.arena.copy(from.as_decimal().to_string()));
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime:
      return Value::string(call.arena.copy(text_of(from)));
    case Kind::kQuantity:
      return Value::string(call.arena.copy(text_of(from.as_quantity())));
    case Kind::kRatio:
      return Value::string(call.arena.copy(text_of(from.as_ratio().numerator) + ':' +
                                           text_of(from.as_ratio().denominator)));
    default:
      return {};
  }
}

Value to_date(Call&, const Value& from) {
  if (from.is(Kind::kDate) || from.is(Kind::kDateTime)) return ops::to_date(from);
  if (!from.is(Kind::kString)) return {};
  const auto date = base::parse_date(from.as_string());
  return date ? Value::date(*date) : Value();
}

Value to_date_time(Call& call, const Value& from) {
  if (from.is(Kind::kDate) || from.is(Kind::kDateTime)) return ops::to_date_time(call, from);
  if (!from.is(Kind::kString)) return {};
  auto text = from.as_string();
  if (text.ends_with('T')) text.remove_suffix(1);
  auto moment = base::parse_date_time(text);
  if (!moment) return {};
  if (!moment->has_offset())
    moment->offset_minutes = static_cast<std::int16_t>(call.offset_minutes);
  return Value::date_time(*moment);
}

// An offset after the time of day is read and dropped: a time has none.
Value to_time(Call&, const Value& from) {
  if (from.is(Kind::kTime)) return from;
  if (from.is(Kind::kDateTime)) return {};
  if (!from.is(Kind::kString)) return {};
  auto text = from.as_string();
  const auto at = text.find_first_of("+-Z");
  if (at != std::string_view::npos) {
    const auto offset = text.substr(at);
    const bool zulu = offset == "Z";
    const bool clock = offset.size() == 6 && offset[3] == ':' && is_digit(offset[1]) &&
                       is_digit(offset[2]) && is_digit(offset[4]) && is_digit(offset[5]);
    if (!zulu && !clock) return {};
    text = text.substr(0, at);
  }
  const auto clock = base::parse_time(text);
  return clock ? Value::time(*clock) : Value();
}

Value to_quantity(Call& call, const Value& from) {
  if (from.is(Kind::kQuantity)) return from;
  if (ops::is_number(from)) return ops::make_quantity(call, ops::number_of(from), "1");
  if (from.is(Kind::kRatio)) {
    const auto& ratio = from.as_ratio();
    const auto value = base::divide(ratio.numerator.value, ratio.denominator.value);
    const auto unit = base::ucum::quotient(ops::definite_unit(ratio.numerator.unit),
                                           ops::definite_unit(ratio.denominator.unit));
    if (!value || !unit) return {};
    return ops::make_quantity(call, *value,
                              unit->empty() ? std::string_view("1") : call.arena.copy(*unit));
  }
  if (!from.is(Kind::kString)) return {};
  const auto quantity = parse_quantity(call, from.as_string());
  return quantity ? ops::make_quantity(call, quantity->value, quantity->unit) : Value();
}

Value to_ratio(Call& call, const Value& from) {
  if (from.is(Kind::kRatio)) return from;
  if (!from.is(Kind::kString)) return {};
  // The colon outside quotes: units may hold colons of their own.
  const auto text = from.as_string();
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (text[i] != ':' || quoted) continue;
    const auto numerator = parse_quantity(call, text.substr(0, i));
    const auto denominator = parse_quantity(call, text.substr(i + 1));
    if (!numerator || !denominator) return {};
    return Value::of(call.arena.make<Ratio>(*numerator, *denominator));
  }
  return {};
}

Value to_concept(Call& call, const Value& from) {
  if (from.is(Kind::kConcept)) return from;
  if (from.is(Kind::kCode)) {
    return Value::of(call.arena.make<Concept>(std::span(&from.as_code(), 1), std::string_view()));
  }
  if (!from.is(Kind::kList)) return {};
  const auto list = from.as_list();
  auto codes = call.arena.make_array<Code>(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is(Kind::kCode)) return {};
    codes[i] = list[i].as_code();
  }
  return Value::of(call.arena.make<Concept>(std::span<const Code>(codes), std::string_view()));
}

Value run_to_list(Call& call, const NodeOptions&, Arguments a) {
  return a[0].is_null() ? Value::list({}) : ops::make_list(call, a);
}

Value run_to_chars(Call& call, const NodeOptions&, Arguments a) {
  if (!a[0].is(Kind::kString)) return {};
  const auto text = a[0].as_string();
  std::vector<Value> characters;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t to = from + 1;
    while (to < text.size() && (static_cast<unsigned char>(text[to]) & 0xC0u) == 0x80u) ++to;
    characters.push_back(Value::string(text.substr(from, to - from)));
    from = to;
  }
  return ops::make_list(call, characters);
}

using Conversion = Value (*)(Call&, const Value&);

template <Conversion conversion>
Value run_to(Call& call, const NodeOptions&, Arguments a) {
  return a[0].is_null() ? Value() : conversion(call, a[0]);
}
// The request's offset, which a moment written without one has, is not part of its text.
Value run_to_string(Call& call, const NodeOptions& options, Arguments a) {
  if (!options.without_offset || !a[0].is(Kind::kDateTime)) {
    return a[0].is_null() ? Value() : to_text(call, a[0]);
  }
  DateTime when = a[0].as_date_time();
  when.offset_minutes = DateTime::kNoOffset;
  return to_text(call, Value::date_time(when));
}
template <Conversion conversion>
Value run_converts(Call& call, const NodeOptions&, Arguments a) {
  return a[0].is_null() ? Value() : Value::boolean(!conversion(call, a[0]).is_null());
}

struct Target {
  std::string_view type;
  Conversion conversion;
};
constexpr Target kTargets[] = {
    {"Boolean", to_boolean}, {"Integer", to_integer},    {"Long", to_long},
    {"Decimal", to_decimal}, {"String", to_text},        {"Date", to_date},
    {"Time", to_time},       {"DateTime", to_date_time}, {"Quantity", to_quantity},
    {"Ratio", to_ratio},     {"Concept", to_concept},
};

const Target* target_of(std::string_view type) {
  const auto point = type.rfind('.');
  if (point != std::string_view::npos) type = type.substr(point + 1);
  const auto* found = std::find_if(std::begin(kTargets), std::end(kTargets),
                                   [&](const Target& target) { return target.type == type; });
  return found == std::end(kTargets) ? nullptr : found;
}

Value run_convert(Call& call, const NodeOptions& options, Arguments a) {
  const Target* target = target_of(options.as_type);
  if (target == nullptr) return ops::fail(call, "there is no conversion to this type");
  return a[0].is_null() ? Value() : target->conversion(call, a[0]);
}

Value run_can_convert(Call& call, const NodeOptions& options, Arguments a) {
  const Target* target = target_of(options.as_type);
  if (a[0].is_null()) return {};
  return Value::boolean(target != nullptr && !target->conversion(call, a[0]).is_null());
}

Value run_convert_quantity(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a) || !a[0].is(Kind::kQuantity) || !a[1].is(Kind::kString)) return {};
  const auto& quantity = a[0].as_quantity();
  const auto unit = a[1].as_string();
  return ops::quantity_or_null(call, ops::convert_quantity(quantity.value, quantity.unit, unit),
                               unit);
}

Value run_can_convert_quantity(Call& call, const NodeOptions& options, Arguments a) {
  if (ops::any_null(a)) return {};
  return Value::boolean(!run_convert_quantity(call, options, a).is_null());
}

constexpr OperatorEntry kTypeOperators[] = {
    {"ToBoolean", 1, 1, run_to<to_boolean>},
    {"ToInteger", 1, 1, run_to<to_integer>},
    {"ToLong", 1, 1, run_to<to_long>},
    {"ToDecimal", 1, 1, run_to<to_decimal>},
    {"ToString", 1, 1, run_to_string},
    {"ToDate", 1, 1, run_to<to_date>},
    {"ToDateTime", 1, 1, run_to<to_date_time>},
    {"ToTime", 1, 1, run_to<to_time>},
    {"ToQuantity", 1, 1, run_to<to_quantity>},
    {"ToRatio", 1, 1, run_to<to_ratio>},
    {"ToConcept", 1, 1, run_to<to_concept>},
    {"ToList", 1, 1, run_to_list},
    {"ToChars", 1, 1, run_to_chars},
    {"ConvertsToBoolean", 1, 1, run_converts<to_boolean>},
    {"ConvertsToInteger", 1, 1, run_converts<to_integer>},
    {"ConvertsToLong", 1, 1, run_converts<to_long>},
    {"ConvertsToDecimal", 1, 1, run_converts<to_decimal>},
    {"ConvertsToString", 1, 1, run_converts<to_text>},
    {"ConvertsToDate", 1, 1, run_converts<to_date>},
    {"ConvertsToDateTime", 1, 1, run_converts<to_date_time>},
    {"ConvertsToTime", 1, 1, run_converts<to_time>},
    {"ConvertsToQuantity", 1, 1, run_converts<to_quantity>},
    {"ConvertsToRatio", 1, 1, run_converts<to_ratio>},
    {"Convert", 1, 1, run_convert},
    {"CanConvert", 1, 1, run_can_convert},
    {"ConvertQuantity", 2, 2, run_convert_quantity},
    {"CanConvertQuantity", 2, 2, run_can_convert_quantity},
};

}  // namespace

std::span<const OperatorEntry> type_operators() { return kTypeOperators; }

}  // namespace nidus::cql
