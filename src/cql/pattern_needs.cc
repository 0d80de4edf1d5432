// SPDX-License-Identifier: Apache-2.0
#include "cql/pattern_needs.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <optional>

#include "cql/operator_patterns.h"

namespace nidus::cql::ops {

namespace {

constexpr std::size_t kMostNeeds = 64;  // to look for more costs as much as the match

using Needs = std::vector<std::string>;

// Longer texts are rarer, and so are fewer of them.
bool is_better(const Needs& a, const Needs& b) {
  const auto shortest = [](const Needs& needs) {
    std::size_t out = needs.empty() ? 0 : needs.front().size();
    for (const auto& one : needs) out = std::min(out, one.size());
    return out;
  };
  const std::size_t of_a = shortest(a), of_b = shortest(b);
  return of_a != of_b ? of_a > of_b : a.size() < b.size();
}

// Reads one expression; nullopt when it holds what is not understood here.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  // Of the choices up to the end or the closing bracket: one of them matches.
  std::optional<Needs> choices() {
    Needs all;
    bool known = true;
    while (true) {
      auto one = sequence();
      if (!one) return std::nullopt;
      known = known && !one->empty() && all.size() + one->size() <= kMostNeeds;
      if (known) all.insert(all.end(), one->begin(), one->end());
      if (rest_.empty() || rest_.front() != '|') break;
      rest_.remove_prefix(1);
    }
    return known ? all : Needs{};
  }
  bool at_end() const { return rest_.empty(); }
  // What was read is plain enough to be valid for certain.
  bool is_sound() const { return sound_; }

 private:
  // Of what stands one after another all must match: the best of their needs.
  std::optional<Needs> sequence() {
    Needs best;
    std::string run;
    const auto offer = [&best](Needs needs) {
      if (is_better(needs, best)) best = std::move(needs);
    };
    const auto end_run = [&] {
      if (run.size() > 1) offer({run});
      run.clear();
    };
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') return std::nullopt;
      if (c == '(') {
        end_run();
        if (!rest_.empty() && (rest_.front() == '?' || rest_.front() == '*')) return std::nullopt;
        sound_ = ++depth_ <= kDeepest && sound_;
        auto inner = choices();
        if (!inner || rest_.empty()) return std::nullopt;
        rest_.remove_prefix(1);  // ')'
        --depth_;
        if (!take_repeat().may_be_absent) offer(std::move(*inner));
      } else if (c == '[') {
        end_run();
        const auto close = rest_.find(']', rest_.starts_with('^') ? 2 : 1);
        if (close == std::string_view::npos) return std::nullopt;
        if (rest_.substr(0, close).find_first_of("[\\") != std::string_view::npos) {
          return std::nullopt;
        }
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
        std::string letter(1, c);
        while (!rest_.empty() && (static_cast<unsigned char>(rest_.front()) & 0xC0U) == 0x80U) {
          letter += rest_.front();
          rest_.remove_prefix(1);
        }
        const auto repeat = take_repeat();
        if (!repeat.may_be_absent) run += letter;
        if (repeat.given) end_run();
      }
      if (strange_) return std::nullopt;
    }
    end_run();
    return best;
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
  auto needs = reader.choices();
  if (!needs || !reader.at_end()) return {};
  return {*std::move(needs),
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
