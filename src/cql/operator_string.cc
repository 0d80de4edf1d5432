// SPDX-License-Identifier: Apache-2.0
//
// Strings. Positions and lengths count characters (Unicode code points), not bytes. Upper and Lower
// know the letters of every script; no result depends on the locale of the environment.
#include <algorithm>
#include <string>
#include <vector>

#include "base/text_case.h"
#include "cql/operator_patterns.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using ops::Arguments;

namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), starts_character);
}

// Byte position of the character `index`; text.size() for the position after the last one.
std::size_t byte_of(std::string_view text, std::int64_t index) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!starts_character(text[at])) continue;
    if (index == 0) return at;
    --index;
  }
  return at;
}

Value not_text(Call& call) { return ops::fail(call, "this operator needs a string"); }

bool all_text(Arguments arguments) {
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const Value& value) { return value.is(Kind::kString); });
}

Value text_value(Call& call, std::string_view text) { return Value::string(call.arena.copy(text)); }

Value run_combine(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (a.size() > 1 && a[1].is_null()) return {};
  if (!a[0].is(Kind::kList)) return ops::fail(call, "Combine needs a list of strings");
  const auto separator =
      a.size() > 1 && a[1].is(Kind::kString) ? a[1].as_string() : std::string_view();
  std::string joined;
  bool any = false;
  for (const auto& part : a[0].as_list()) {
    if (part.is_null()) continue;
    if (!part.is(Kind::kString)) return not_text(call);
    if (any) joined += separator;
    joined += part.as_string();
    any = true;
  }
  return any ? text_value(call, joined) : Value();
}

Value run_concatenate(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!all_text(a)) return not_text(call);
  std::string joined;
  for (const auto& part : a) joined += part.as_string();
  return text_value(call, joined);
}

Value run_starts_with(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!all_text(a)) return not_text(call);
  return Value::boolean(a[0].as_string().starts_with(a[1].as_string()));
}

Value run_ends_with(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!all_text(a)) return not_text(call);
  return Value::boolean(a[0].as_string().ends_with(a[1].as_string()));
}

// Of strings and lists; an index outside is null.
Value run_indexer(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  const auto index = ops::whole_or_nothing(a[1]).value_or(-1);
  if (a[0].is(Kind::kList)) {
    const auto list = a[0].as_list();
    if (index < 0 || index >= static_cast<std::int64_t>(list.size())) return {};
    return list[static_cast<std::size_t>(index)];
  }
  if (!a[0].is(Kind::kString)) return not_text(call);
  const auto text = a[0].as_string();
  if (index < 0 || index >= characters(text)) return {};
  const auto from = byte_of(text, index);
  return Value::string(text.substr(from, byte_of(text, index + 1) - from));
}

// Of strings and lists. A missing list has no elements, a missing string no length.
Value run_length(Call& call, const NodeOptions& options, Arguments a) {
  if (a[0].is_null()) return options.operand == Kind::kList ? Value::integer(0) : Value();
  if (a[0].is(Kind::kList)) {
    return ops::integer_or_null(static_cast<std::int64_t>(a[0].as_list().size()));
  }
  if (!a[0].is(Kind::kString)) return not_text(call);
  return ops::integer_or_null(characters(a[0].as_string()));
}

Value run_lower(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kString)) return not_text(call);
  return text_value(call, base::lower_case(a[0].as_string()));
}
Value run_upper(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kString)) return not_text(call);
  return text_value(call, base::upper_case(a[0].as_string()));
}

Value position(Arguments a, std::size_t at, std::string_view text) {
  if (ops::any_null(a)) return {};
  if (at == std::string_view::npos) return Value::integer(-1);
  return ops::integer_or_null(characters(text.substr(0, at)));
}

Value run_position_of(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!all_text(a)) return not_text(call);
  const auto text = a[1].as_string();
  return position(a, text.find(a[0].as_string()), text);
}

Value run_last_position_of(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!all_text(a)) return not_text(call);
  const auto text = a[1].as_string();
  return position(a, text.rfind(a[0].as_string()), text);
}

Value run_split(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kString)) return not_text(call);
  const bool separated = a.size() > 1 && a[1].is(Kind::kString);
  return Value::list(
      ops::split(call.arena, a[0].as_string(), separated ? a[1].as_string() : std::string_view()));
}

Value run_substring(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null() || a[1].is_null()) return {};
  if (!a[0].is(Kind::kString)) return not_text(call);
  const auto text = a[0].as_string();
  const auto start = ops::whole_or_nothing(a[1]).value_or(-1);
  if (start < 0 || start >= characters(text)) return {};
  const auto rest = text.substr(byte_of(text, start));
  const auto length = a.size() < 3 ? std::nullopt : ops::whole_or_nothing(a[2]);
  if (!length) return Value::string(rest);
  return Value::string(rest.substr(0, byte_of(rest, std::max<std::int64_t>(*length, 0))));
}

constexpr OperatorEntry kStringOperators[] = {
    {"Combine", 1, 2, run_combine},
    {"Concatenate", 2, 2, run_concatenate},
    {"StartsWith", 2, 2, run_starts_with},
    {"EndsWith", 2, 2, run_ends_with},
    {"Indexer", 2, 2, run_indexer},
    {"Length", 1, 1, run_length},
    {"Lower", 1, 1, run_lower},
    {"Upper", 1, 1, run_upper},
    {"PositionOf", 2, 2, run_position_of},
    {"LastPositionOf", 2, 2, run_last_position_of},
    {"Split", 1, 2, run_split},
    {"Substring", 2, 3, run_substring},
    {"Matches", 2, 2, ops::run_matches},
    {"ReplaceMatches", 3, 3, ops::run_replace_matches},
    {"SplitOnMatches", 2, 2, ops::run_split_on_matches},
};

}  // namespace

std::span<const Value> ops::split(base::Arena& arena, std::string_view text,
                                  std::string_view separator) {
  std::vector<Value> parts;
  while (!separator.empty()) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) break;
    parts.push_back(Value::string(text.substr(0, at)));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(Value::string(text));
  const auto kept = arena.make_array<Value>(parts.size());
  std::copy(parts.begin(), parts.end(), kept.begin());
  return kept;
}

std::span<const OperatorEntry> string_operators() { return kStringOperators; }

}  // namespace nidus::cql
