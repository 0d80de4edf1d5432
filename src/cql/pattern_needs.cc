// SPDX-License-Identifier: Apache-2.0
#include "cql/pattern_needs.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>

#include "cql/operator_patterns.h"

namespace nidus::cql::ops {

namespace {

constexpr std::size_t kMostNeeds = 64;  // to look for more costs as much as the match

// Reads one expression. What it finds to be needed lies in it one behind the other: what a choice
// or a sequence needs is what stands there from its begin on when it has been read. All are parts
// of the expression.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  // Of the choices up to the end or the closing bracket: one of them matches. False when it holds
  // what is not understood here.
  bool choices() {
    const std::size_t begin = found_.size();
    bool known = true;
    while (true) {
      const std::size_t before = found_.size();
      if (!sequence()) return false;
      known = known && found_.size() > before && found_.size() - begin <= kMostNeeds;
      if (!known) found_.resize(begin);
      if (rest_.empty() || rest_.front() != '|') return true;
      rest_.remove_prefix(1);
    }
  }
  bool at_end() const { return rest_.empty(); }
  // What was read is plain enough to be valid for certain.
  bool is_sound() const { return sound_; }
  const std::vector<std::string_view>& found() const { return found_; }

 private:
  // Longer texts are rarer, and so are fewer of them.
  bool is_better(std::size_t begin, std::size_t middle) const {
    const auto shortest = [this](std::size_t from, std::size_t to) {
      std::size_t out = from == to ? 0 : found_[from].size();
      for (std::size_t i = from; i < to; ++i) out = std::min(out, found_[i].size());
      return out;
    };
    const std::size_t of_new = shortest(middle, found_.size()), of_old = shortest(begin, middle);
    return of_new != of_old ? of_new > of_old : found_.size() - middle < middle - begin;
  }
  // What was found from `middle` on, or what stands before it from `begin` on.
  void keep_better(std::size_t begin, std::size_t middle) {
    if (is_better(begin, middle)) {
      found_.erase(found_.begin() + static_cast<std::ptrdiff_t>(begin),
                   found_.begin() + static_cast<std::ptrdiff_t>(middle));
    } else {
      found_.resize(middle);
    }
  }

  // Of what stands one after another all must match: the best of their needs.
  bool sequence() {
    const std::size_t begin = found_.size();
    std::string_view run;
    const auto end_run = [&] {
      if (run.size() > 1) {
        const std::size_t middle = found_.size();
        found_.push_back(run);
        keep_better(begin, middle);
      }
      run = {};
    };
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const std::string_view at = rest_;
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') return false;
      if (c == '(') {
        end_run();
        if (!rest_.empty() && (rest_.front() == '?' || rest_.front() == '*')) return false;
        sound_ = ++depth_ <= kDeepest && sound_;
        const std::size_t middle = found_.size();
        if (!choices() || rest_.empty()) return false;
        rest_.remove_prefix(1);  // ')'
        --depth_;
        if (take_repeat().may_be_absent) found_.resize(middle);
        keep_better(begin, middle);
      } else if (c == '[') {
        end_run();
        const auto close = rest_.find(']', rest_.starts_with('^') ? 2 : 1);
        if (close == std::string_view::npos) return false;
        if (rest_.substr(0, close).find_first_of("[\\") != std::string_view::npos) return false;
        // A range may run backwards, and what stands between colons is no class.
        sound_ = sound_ && rest_.substr(0, close).find_first_of("-:.=") == std::string_view::npos;
        rest_.remove_prefix(close + 1);
        take_repeat();
      } else if (c == '.' || c == '^' || c == '$') {
        end_run();
        const bool repeated = take_repeat().given;
        sound_ = sound_ && (c == '.' || !repeated);
      } else {
        sound_ = sound_ && std::string_view("?*+{").find(c) == std::string_view::npos;
        while (!rest_.empty() && (static_cast<unsigned char>(rest_.front()) & 0xC0U) == 0x80U) {
          rest_.remove_prefix(1);
        }
        const std::size_t letter = at.size() - rest_.size();
        const auto repeat = take_repeat();
        // Letters of a run stand side by side in the expression.
        if (!repeat.may_be_absent) {
          run = run.empty() ? at.substr(0, letter)
                            : std::string_view(run.data(), run.size() + letter);
        }
        if (repeat.given) end_run();
      }
      if (strange_) return false;
    }
    end_run();
    return true;
  }

  struct Repeat {
    bool given = false;
    bool may_be_absent = false;
  };
  // "?", "*", "+", "{2,3}", each with "?" or "+" behind it or not.
  Repeat take_repeat() {
    Repeat out;
    for (int count = 0; !rest_.empty(); ++count) {
      const char c = rest_.front();
      if (c != '?' && c != '*' && c != '+' && c != '{') break;
      if (!out.given) out.may_be_absent = c != '+';
      out.given = true;
      sound_ = sound_ && c != '{' && (count == 0 || (count == 1 && c != '*'));
      if (c == '{') {
        const auto close = rest_.find_first_not_of("0123456789,", 1);
        strange_ = strange_ || close == std::string_view::npos || rest_[close] != '}';
        if (strange_) return out;  // a brace that is itself
        rest_.remove_prefix(close);
      }
      rest_.remove_prefix(1);
    }
    return out;
  }

  static constexpr int kDeepest = 100;  // brackets in brackets; the matcher takes more
  std::string_view rest_;
  std::vector<std::string_view> found_;
  bool strange_ = false;
  bool sound_ = true;
  int depth_ = 0;
};

// Of the text that was asked for last: one text is held against many patterns.
const Pairs& pairs_of(std::string_view text) {
  thread_local std::string last;
  thread_local Pairs pairs;
  if (text != last) {
    last = text;
    pairs = Pairs(text);
  }
  return pairs;
}

}  // namespace

PatternNeeds needs_of(std::string_view pattern) {
  Reader reader(pattern);
  if (!reader.choices() || !reader.at_end()) return {};
  return {reader.found(),
          reader.is_sound() && simdjson::validate_utf8(pattern.data(), pattern.size())};
}

NeededPairs::NeededPairs(const PatternNeeds& needs) {
  for (const auto& text : needs.texts) {
    assert(text.size() > 1 && text.size() <= kLongestPattern);
    places_.push_back(static_cast<std::uint16_t>(text.size() - 1));
    for (std::size_t i = 1; i < text.size(); ++i) {
      places_.push_back(Pairs::place(text[i - 1], text[i]));
    }
  }
}

bool NeededPairs::may_match(std::string_view text) const {
  if (places_.empty()) return true;
  const Pairs& pairs = pairs_of(text);
  for (auto at = places_.begin(); at != places_.end();) {
    const auto first = at + 1;
    at = first + *at;
    if (std::all_of(first, at, [&](std::uint16_t place) { return pairs.has(place); })) return true;
  }
  return false;
}

}  // namespace nidus::cql::ops
