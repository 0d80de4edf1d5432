// SPDX-License-Identifier: Apache-2.0
#include "cli/cql_parameter.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/ucum.h"
#include "cql/operators.h"

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

// Split at the marks that stand in no text, list, interval or type.
std::vector<std::string_view> parts_of(std::string_view text, char mark = ',') {
  std::vector<std::string_view> out;
  int depth = 0;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
      continue;
    }
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[' || c == '(' || c == '<') ++depth;
    if (c == '}' || c == ']' || c == ')' || c == '>') --depth;
    if (c == mark && depth == 0) {
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

void add_utf8(std::uint32_t point, std::string& out) {
  const auto byte = [&](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

// What a text in quotes says, its escapes read as CQL has them; nullopt for one that is none.
std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::string_view kWritten = "'\"`\\/nrtf", kMeant = "'\"`\\/\n\r\t\f";
  constexpr std::size_t kHexDigits = 4;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') return std::nullopt;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == 'u') {
      const auto digits = text.substr(i + 1, kHexDigits);
      std::uint32_t point = 0;
      const auto [at, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), point, 16);
      const bool surrogate = point >= 0xD800 && point < 0xE000;
      if (error != std::errc() || at != digits.data() + kHexDigits || surrogate) {
        return std::nullopt;
      }
      add_utf8(point, out);
      i += kHexDigits;
      continue;
    }
    const auto known = kWritten.find(text[i]);
    if (known == std::string_view::npos) return std::nullopt;
    out += kMeant[known];
  }
  return out;
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
    const auto quoted = unquoted(text);
    if (!quoted) return Value::string(arena.copy(text));
    if (const auto said = unescaped(*quoted)) return Value::string(arena.copy(*said));
  } else if (type == "Quantity") {
    return quantity(text, arena);
  } else if (type == "Ratio") {
    const auto parts = parts_of(text, ':');
    if (parts.size() != 2) return std::nullopt;
    const auto above = quantity(parts[0], arena), below = quantity(parts[1], arena);
    if (!above || !below) return std::nullopt;
    return Value::of(arena.make<cql::Ratio>(above->as_quantity(), below->as_quantity()));
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
  std::string error;
  cql::Call call{arena, base::DateTime(), offset_minutes, &error};
  const Value out =
      cql::checked_interval(call, *low, rest.front() == '[', *high, rest.back() == ']');
  if (!error.empty()) return base::fail(base::ErrorCode::kBadArgument, error, "--parameter");
  return out;
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

base::Result<Value> tuple(std::string_view text, std::string_view type, std::string_view inner,
                          int offset_minutes, base::Arena& arena) {
  constexpr std::string_view kWord = "Tuple";
  std::string_view rest = text;
  if (rest.starts_with(kWord)) rest = trimmed(rest.substr(kWord.size()));
  if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') return refuse(text, type);
  const auto declared = parts_of(inner);
  const auto names = arena.make_array<std::string_view>(declared.size());
  const auto elements = arena.make_array<Value>(declared.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = arena.copy(declared[i].substr(0, declared[i].find(':')));
  }
  for (const auto part : parts_of(rest.substr(1, rest.size() - 2))) {
    const auto colon = part.find(':');
    std::string_view name = trimmed(part.substr(0, colon));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    const auto at = std::find(names.begin(), names.end(), name);
    if (colon == std::string_view::npos || at == names.end()) return refuse(text, type);
    const auto i = static_cast<std::size_t>(at - names.begin());
    auto value = parse_parameter(part.substr(colon + 1), declared[i].substr(names[i].size() + 1),
                                 offset_minutes, arena);
    if (!value) return value;
    elements[i] = *value;
  }
  const auto* shape = arena.make<cql::TupleShape>(std::span<const std::string_view>(names));
  return Value::of(arena.make<cql::Tuple>(shape, elements.data()));
}

// The type of a choice that the text is a literal of; what is none of the others is a text.
base::Result<Value> choice(std::string_view text, std::string_view type, std::string_view inner,
                           int offset_minutes, base::Arena& arena) {
  auto types = parts_of(inner);
  const auto rank = [&](std::string_view one) {
    if (one == "String") return unquoted(text) ? 0 : 4;
    if (one == "Date" || one == "DateTime" || one == "Time") return text.starts_with('@') ? 0 : 4;
    if (one == "Long" && !text.ends_with('L')) return 4;
    return one == "Decimal" ? 2 : one == "Quantity" ? 3 : 1;
  };
  std::stable_sort(types.begin(), types.end(), [&](auto a, auto b) { return rank(a) < rank(b); });
  for (const auto one : types) {
    auto value = parse_parameter(text, one, offset_minutes, arena);
    if (value) return value;
  }
  return refuse(text, type);
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
  if (const auto parts = inside(type, "Tuple")) {
    return tuple(text, type, *parts, offset_minutes, arena);
  }
  if (const auto types = inside(type, "Choice")) {
    return choice(text, type, *types, offset_minutes, arena);
  }
  if (const auto value = scalar(text, type, offset_minutes, arena)) return *value;
  return refuse(text, type);
}

}  // namespace nidus::cli
