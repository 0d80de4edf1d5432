// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_patterns.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace nidus::cql::ops {

namespace {

using Iterator = std::regex_iterator<std::string_view::const_iterator>;
using Match = std::match_results<std::string_view::const_iterator>;

// Counted repeats are copied out by the compiler of patterns: their product is its cost.
bool repeats_are_few(std::string_view pattern) {
  constexpr std::int64_t kMostCopies = 1000;
  std::int64_t copies = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      continue;
    }
    if (pattern[i] != '{') continue;
    std::int64_t largest = 1;
    std::int64_t number = 0;
    for (++i; i < pattern.size() && pattern[i] != '}'; ++i) {
      const bool digit = pattern[i] >= '0' && pattern[i] <= '9';
      number = digit ? number * 10 + (pattern[i] - '0') : 0;
      largest = std::max(largest, number);
      if (largest > kMostCopies) return false;
    }
    copies *= largest;
    if (copies > kMostCopies) return false;
  }
  return true;
}

// The matcher that visits every state at most once per character: no pattern makes it run away.
// The library's exceptions end here.
std::optional<Value> with_pattern(Call& call, std::string_view text, std::string_view pattern,
                                  const std::function<Value(const std::regex&)>& use) {
  if (pattern.size() > kLongestPattern || !repeats_are_few(pattern)) {
    return fail(call, "the regular expression is too large");
  }
  if (text.size() > kLongestMatchedText) {
    return fail(call, "the text is too long for a regular expression");
  }
  try {
    const std::regex compiled(pattern.begin(), pattern.end(),
                              std::regex::ECMAScript | std::regex_constants::__polynomial);
    return use(compiled);
  } catch (const std::regex_error&) {
    return fail(call, "the regular expression is not valid");
  }
}

bool all_text(Arguments arguments) {
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const Value& value) { return value.is(Kind::kString); });
}

}  // namespace

Value run_matches(Call& call, const NodeOptions&, Arguments a) {
  if (any_null(a)) return {};
  if (!all_text(a)) return fail(call, "Matches needs strings");
  const auto text = a[0].as_string();
  const auto result = with_pattern(call, text, a[1].as_string(), [&](const std::regex& pattern) {
    return Value::boolean(std::regex_match(text.begin(), text.end(), pattern));
  });
  return result.value_or(Value());
}

Value run_replace_matches(Call& call, const NodeOptions&, Arguments a) {
  if (any_null(a)) return {};
  if (!all_text(a)) return fail(call, "ReplaceMatches needs strings");
  const auto text = a[0].as_string();
  const auto result = with_pattern(call, text, a[1].as_string(), [&](const std::regex& pattern) {
    std::string replaced;
    std::regex_replace(std::back_inserter(replaced), text.begin(), text.end(), pattern,
                       std::string(a[2].as_string()));
    return Value::string(call.arena.copy(replaced));
  });
  return result.value_or(Value());
}

Value run_split_on_matches(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (a[1].is_null()) return make_list(call, a.first(1));
  if (!all_text(a)) return fail(call, "SplitOnMatches needs strings");
  const auto text = a[0].as_string();
  const auto result = with_pattern(call, text, a[1].as_string(), [&](const std::regex& pattern) {
    std::vector<Value> parts;
    std::size_t from = 0;
    for (Iterator it(text.begin(), text.end(), pattern); it != Iterator(); ++it) {
      const Match& match = *it;
      if (match.length() == 0) continue;
      const auto at = static_cast<std::size_t>(match.position());
      parts.push_back(Value::string(text.substr(from, at - from)));
      from = at + static_cast<std::size_t>(match.length());
    }
    parts.push_back(Value::string(text.substr(from)));
    return make_list(call, parts);
  });
  return result.value_or(Value());
}

}  // namespace nidus::cql::ops
