// SPDX-License-Identifier: Apache-2.0
#include "cli/cql_parameter.h"

#include <charconv>
#include <optional>
#include <vector>

#include "base/ucum.h"

namespace nidus::cli {

namespace {

using cql::Value;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "Interval<DateTime>" -> "DateTime" for "Interval"; nullopt for another type.
std::optional<std::string_view> inside(std::string_view type, std::string_view outer) {
  if (!type.starts_with(outer) || !type.ends_with('>')) return std::nullopt;
  type.remove_prefix(outer.size());
  if (!type.starts_with('<')) return std::nullopt;
  return type.substr(1, type.size() - 2);
}

// Split at the commas that stand in no text, list or interval.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[' || c == '(') ++depth;
    if (c == '}' || c == ']' || c == ')') --depth;
    if (c == ',' && depth == 0) {
      out.push_back(trimmed(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  const auto last = trimmed(text.substr(start));
  if (!last.empty() || !out.empty()) out.push_back(last);
  return out;
}

std::optional<std::string_view> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  return text.substr(1, text.size() - 2);
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number out = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Value> quantity(std::string_view text, base::Arena& arena) {
  const auto end = text.find_first_of(" '");
  const auto number = base::Decimal::parse(text.substr(0, end));
  if (!number) return std::nullopt;
  std::string_view unit = end == std::string_view::npos ? "1" : trimmed(text.substr(end));
  if (const auto bare = unquoted(unit)) unit = *bare;
  if (!base::ucum::validate(unit)) return std::nullopt;
  return Value::of(arena.make<cql::Quantity>(*number, arena.copy(unit)));
}

std::optional<Value> scalar(std::string_view text, std::string_view type, int offset_minutes,
                            base::Arena& arena) {
  if (type == "Boolean") {
    if (text == "true" || text == "false") return Value::boolean(text == "true");
  } else if (type == "Integer") {
    if (const auto number = whole<std::int32_t>(text)) return Value::integer(*number);
  } else if (type == "Long") {
    if (text.ends_with('L')) text.remove_suffix(1);
    if (const auto number = whole<std::int64_t>(text)) return Value::long_integer(*number);
  } else if (type == "Decimal") {
    if (const auto number = base::Decimal::parse(text)) return Value::decimal(arena, *number);
  } else if (type == "String") {
    return Value::string(arena.copy(unquoted(text).value_or(text)));
  } else if (type == "Quantity") {
    return quantity(text, arena);
  } else if (type == "Code" || type == "Concept") {
    const auto bar = text.rfind('|');
    if (bar == std::string_view::npos || bar + 1 == text.size()) return std::nullopt;
    const auto codes = arena.make_array<cql::Code>(1);
    codes[0].system = arena.copy(text.substr(0, bar));
    codes[0].code = arena.copy(text.substr(bar + 1));
    if (type == "Code") return Value::of(&codes[0]);
    return Value::of(arena.make<cql::Concept>(codes, std::string_view()));
  } else {
    if (text.starts_with('@')) text.remove_prefix(1);
    if (type == "Date") {
      if (const auto date = base::parse_date(text)) return Value::date(*date);
    } else if (type == "DateTime") {
      if (text.ends_with('T')) text.remove_suffix(1);
      if (auto moment = base::parse_date_time(text)) {
        if (!moment->has_offset()) {
          moment->offset_minutes = static_cast<std::int16_t>(offset_minutes);
        }
        return Value::date_time(*moment);
      }
    } else if (type == "Time") {
      if (const auto time = base::parse_time(text)) return Value::time(*time);
    }
  }
  return std::nullopt;
}

std::unexpected<base::Error> refuse(std::string_view text, std::string_view type) {
  return base::fail(
      base::ErrorCode::kBadArgument, "'" + std::string(text) + "' is no " + std::string(type),
      "--parameter", {},
      "a CQL literal, as 5, @2025-03-04, 5 'mg' or Interval[@2024-01-01, @2025-01-01); a code as "
      "SYSTEM|CODE");
}

base::Result<Value> interval(std::string_view text, std::string_view type, std::string_view point,
                             int offset_minutes, base::Arena& arena) {
  constexpr std::string_view kWord = "Interval";
  std::string_view rest = text;
  if (rest.starts_with(kWord)) rest = trimmed(rest.substr(kWord.size()));
  const bool bounded = rest.size() >= 2 && (rest.front() == '[' || rest.front() == '(') &&
                       (rest.back() == ']' || rest.back() == ')');
  if (!bounded) return refuse(text, type);
  const auto parts = parts_of(rest.substr(1, rest.size() - 2));
  if (parts.size() != 2) return refuse(text, type);
  auto low = parse_parameter(parts[0], point, offset_minutes, arena);
  if (!low) return low;
  auto high = parse_parameter(parts[1], point, offset_minutes, arena);
  if (!high) return high;
  return Value::of(arena.make<cql::Interval>(*low, *high, rest.front() == '[', rest.back() == ']'));
}

base::Result<Value> list(std::string_view text, std::string_view type, std::string_view item,
                         int offset_minutes, base::Arena& arena) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return refuse(text, type);
  const auto parts = parts_of(text.substr(1, text.size() - 2));
  const auto items = arena.make_array<Value>(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto one = parse_parameter(parts[i], item, offset_minutes, arena);
    if (!one) return one;
    items[i] = *one;
  }
  return Value::list(items);
}

}  // namespace

base::Result<Value> parse_parameter(std::string_view text, std::string_view type,
                                    int offset_minutes, base::Arena& arena) {
  text = trimmed(text);
  if (text == "null") return Value();
  if (const auto point = inside(type, "Interval")) {
    return interval(text, type, *point, offset_minutes, arena);
  }
  if (const auto item = inside(type, "List")) return list(text, type, *item, offset_minutes, arena);
  if (const auto value = scalar(text, type, offset_minutes, arena)) return *value;
  return refuse(text, type);
}

}  // namespace nidus::cli
