// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_patterns.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cql/pattern_needs.h"
#include "cql/program.h"

namespace nidus::cql::ops {

namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeFound {
  void operator()(pcre2_match_data* found) const { pcre2_match_data_free(found); }
};
struct FreeLimits {
  void operator()(pcre2_match_context* limits) const { pcre2_match_context_free(limits); }
};

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

// Where a match is told, and its bound. The matcher keeps some 20 kB for itself in it: one for all
// patterns of a thread.
class Room {
 public:
  Room() : found_(pcre2_match_data_create(kMostGroups, nullptr)) {
    limits_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(limits_.get(), kMostMatchSteps);
  }
  pcre2_match_data* found() const { return found_.get(); }
  pcre2_match_context* limits() const { return limits_.get(); }

 private:
  // With the whole match; a group is at least its two brackets.
  static constexpr std::uint32_t kMostGroups = kLongestPattern / 2 + 1;
  std::unique_ptr<pcre2_match_data, FreeFound> found_;
  std::unique_ptr<pcre2_match_context, FreeLimits> limits_;
};

// By one thread.
class Pattern {
 public:
  explicit Pattern(std::string_view text) : Pattern(text, needs_of(text)) {}

  bool valid() const {
    if (!sound_) compile();
    return sound_ || code_ != nullptr;
  }
  // False: nothing in this text matches.
  bool may_match(std::string_view text) const { return needed_.may_match(text); }

  // The matches of one text, one after another; no match, an error or the end is nullopt. A match
  // lasts until the thread's next.
  struct Match {
    std::span<const PCRE2_SIZE> bounds;  // begin and end by group, the whole first

    std::string_view group(std::string_view text, std::size_t index) const {
      if (2 * index + 1 >= bounds.size() || bounds[2 * index] == PCRE2_UNSET) return {};
      return text.substr(bounds[2 * index], bounds[2 * index + 1] - bounds[2 * index]);
    }
  };
  std::optional<Match> find(std::string_view text, std::size_t from, std::uint32_t how,
                            bool& failed) const {
    compile();
    thread_local const Room room;
    const int groups =
        pcre2_match(code_.get(), units(text), text.size(), from, how, room.found(), room.limits());
    if (groups > 0) {
      return Match{{pcre2_get_ovector_pointer(room.found()), 2 * static_cast<std::size_t>(groups)}};
    }
    failed = groups != PCRE2_ERROR_NOMATCH;
    return std::nullopt;
  }

 private:
  Pattern(std::string_view text, const PatternNeeds& needs)
      : text_(text), sound_(needs.sound), needed_(needs) {}

  // Once, and only for a text that may match: most patterns of a guideline never meet one.
  void compile() const {
    if (tried_) return;
    tried_ = true;
    int error = 0;
    PCRE2_SIZE at = 0;
    code_.reset(pcre2_compile(
        units(text_), text_.size(),
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
        &error, &at, nullptr));
    assert(code_ != nullptr || !sound_);
  }

  std::string text_;
  bool sound_;  // for certain
  NeededPairs needed_;
  mutable bool tried_ = false;
  mutable std::unique_ptr<pcre2_code, FreeCode> code_;
};

// What was made of each pattern: a guideline holds some hundreds and uses them often. Patterns made
// of data are not kept for ever.
template <class Made>
class Kept {
 public:
  const Made& of(std::string_view text) {
    constexpr std::size_t kMost = 2048;
    // Nearly all patterns are literals, which stand where they stood.
    Met& met = met_[(reinterpret_cast<std::uintptr_t>(text.data()) >> 2U) % met_.size()];
    if (met.made != nullptr && met.text == text) return *met.made;
    auto at = made_.find(text);
    if (at == made_.end()) {
      if (made_.size() >= kMost) {
        made_.clear();
        met_.fill({});
      }
      at = made_.try_emplace(std::string(text), text).first;
    }
    met = {at->first, &at->second};
    return at->second;
  }

 private:
  struct Met {
    std::string_view text;
    const Made* made = nullptr;
  };
  std::map<std::string, Made, std::less<>> made_;
  std::array<Met, 1024> met_{};  // by the place of the text
};

// ".*X.*", with or without "^" and "$" around it, matches a whole line in which X is found: that is
// the same and takes a fraction of the steps. The X, when it stands by itself: without a choice
// between it and what is around it, without a group or an escape that could look beyond it.
std::optional<std::string_view> sought_in_line(std::string_view pattern) {
  if (pattern.starts_with('^')) pattern.remove_prefix(1);
  if (pattern.ends_with('$')) pattern.remove_suffix(1);
  if (pattern.size() < 5 || !pattern.starts_with(".*") || !pattern.ends_with(".*")) return {};
  pattern = pattern.substr(2, pattern.size() - 4);
  if (std::string_view("?+*{").find(pattern.front()) != std::string_view::npos) return {};
  int groups = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool opens = c == '(';
    if (c == '\\') return {};
    if (c == '[') {
      const auto close = pattern.find(']', i + 2);
      if (close == std::string_view::npos ||
          pattern.substr(i + 1, close - i - 1).find_first_of("[\\") != std::string_view::npos) {
        return {};
      }
      i = close;
      continue;
    }
    if (opens && i + 1 < pattern.size() && (pattern[i + 1] == '?' || pattern[i + 1] == '*')) {
      return {};
    }
    groups += opens ? 1 : c == ')' ? -1 : 0;
    if (groups < 0 || (groups == 0 && c == '|')) return {};
  }
  return groups == 0 ? std::optional(pattern) : std::nullopt;
}

constexpr std::uint32_t kWhole = PCRE2_ANCHORED | PCRE2_ENDANCHORED;

// A pattern as it is sought in a text of one line, and how, to match the whole of it.
class LinePattern {
 public:
  explicit LinePattern(std::string_view text) : LinePattern(text, sought_in_line(text)) {}

  const Pattern pattern;
  const std::uint32_t how;

 private:
  LinePattern(std::string_view text, std::optional<std::string_view> sought)
      : pattern(sought.value_or(text)), how(sought ? 0 : kWhole) {}
};

const Pattern& pattern_of(std::string_view text) {
  thread_local Kept<Pattern> kept;
  return kept.of(text);
}

const LinePattern& line_pattern_of(std::string_view text) {
  thread_local Kept<LinePattern> kept;
  return kept.of(text);
}

bool is_one_line(std::string_view text) {
  return text.find('\n') == std::string_view::npos && text.find('\r') == std::string_view::npos;
}

// Strings, and within bounds; else the error is said.
bool usable(Call& call, Arguments a, const char* name) {
  if (!std::all_of(a.begin(), a.end(),
                   [](const Value& value) { return value.is(Kind::kString); })) {
    fail(call, std::string(name) + " needs strings");
  } else if (a[1].as_string().size() > kLongestPattern) {
    fail(call, "the regular expression is too large");
  } else if (a[0].as_string().size() > kLongestMatchedText) {
    fail(call, "the text is too long for a regular expression");
  } else {
    return true;
  }
  return false;
}

// When it is not valid, that is said.
bool is_valid(Call& call, const Pattern& pattern) {
  if (!pattern.valid()) fail(call, "the regular expression is not valid");
  return pattern.valid();
}

// Calls `use` with every match, from left to right. False when the matching failed.
template <class Use>
bool each_match(const Pattern& pattern, std::string_view text, const Use& use) {
  bool failed = false;
  std::size_t from = 0;
  std::uint32_t how = 0;
  while (from <= text.size()) {
    const auto match = pattern.find(text, from, how, failed);
    if (failed) return false;
    if (!match && how == 0) return true;
    if (!match) {  // nothing more here but the empty match that was found before
      ++from;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) {
        ++from;
      }
      how = 0;
      continue;
    }
    use(*match);
    from = match->bounds[1];
    how = match->bounds[0] == match->bounds[1] ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
  }
  return true;
}

Value too_many_steps(Call& call) {
  return fail(call, "the regular expression takes too many steps on this text");
}

// `$1` is a group, `$&` the whole match, `$$` and `\$` a dollar.
void append_replacement(std::string_view with, std::string_view text, const Pattern::Match& match,
                        std::string& out) {
  for (std::size_t i = 0; i < with.size(); ++i) {
    const char next = i + 1 < with.size() ? with[i + 1] : '\0';
    if (with[i] == '\\' && next != '\0') {
      out += next;
      ++i;
    } else if (with[i] != '$') {
      out += with[i];
    } else if (next >= '0' && next <= '9') {
      out += match.group(text, static_cast<std::size_t>(next - '0'));
      ++i;
    } else if (next == '&' || next == '$') {
      out += next == '&' ? match.group(text, 0) : std::string_view("$");
      ++i;
    } else {
      out += '$';
    }
  }
}

}  // namespace

Value run_matches(Call& call, const NodeOptions&, Arguments a) {
  if (any_null(a)) return {};
  if (!usable(call, a, "Matches")) return {};
  const auto text = a[0].as_string();
  const LinePattern* line = is_one_line(text) ? &line_pattern_of(a[1].as_string()) : nullptr;
  const Pattern& pattern = line != nullptr ? line->pattern : pattern_of(a[1].as_string());
  if (!is_valid(call, pattern)) return {};
  if (!pattern.may_match(text)) return Value::boolean(false);
  bool failed = false;
  const auto match = pattern.find(text, 0, line != nullptr ? line->how : kWhole, failed);
  if (failed) return too_many_steps(call);
  return Value::boolean(match.has_value());
}

Value run_replace_matches(Call& call, const NodeOptions&, Arguments a) {
  if (any_null(a)) return {};
  if (!usable(call, a, "ReplaceMatches")) return {};
  const Pattern& pattern = pattern_of(a[1].as_string());
  if (!is_valid(call, pattern)) return {};
  const auto text = a[0].as_string();
  if (!pattern.may_match(text)) return a[0];
  std::string replaced;
  std::size_t from = 0;
  const bool done = each_match(pattern, text, [&](const Pattern::Match& match) {
    replaced += text.substr(from, match.bounds[0] - from);
    append_replacement(a[2].as_string(), text, match, replaced);
    from = match.bounds[1];
  });
  if (!done) return too_many_steps(call);
  if (from == 0 && replaced.empty()) return a[0];
  replaced += text.substr(from);
  return Value::string(call.arena.copy(replaced));
}

Value run_split_on_matches(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (a[1].is_null()) return make_list(call, a.first(1));
  if (!usable(call, a, "SplitOnMatches")) return {};
  const Pattern& pattern = pattern_of(a[1].as_string());
  if (!is_valid(call, pattern)) return {};
  const auto text = a[0].as_string();
  std::vector<Value> parts;
  std::size_t from = 0;
  const bool done = each_match(pattern, text, [&](const Pattern::Match& match) {
    if (match.bounds[0] == match.bounds[1]) return;
    parts.push_back(Value::string(text.substr(from, match.bounds[0] - from)));
    from = match.bounds[1];
  });
  if (!done) return too_many_steps(call);
  parts.push_back(Value::string(text.substr(from)));
  return make_list(call, parts);
}

}  // namespace nidus::cql::ops
