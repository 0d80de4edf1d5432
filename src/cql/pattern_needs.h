// SPDX-License-Identifier: Apache-2.0
//
// What must stand in a text for a regular expression to match any of it: most texts that are held
// against a list of words hold none of them, and that is seen in a fraction of the steps a match
// takes. Internal to the operators. Thread rule: values. Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nidus::cql::ops {

struct PatternNeeds {
  // A text that matches holds at least one of these; empty when nothing is known to be needed. Of
  // the expressions: without escapes, without groups that begin with "(?" or "(*". They are parts
  // of it.
  std::vector<std::string_view> texts;
  // The expression is valid; false: it may be so.
  bool sound = false;
};
PatternNeeds needs_of(std::string_view pattern);

// Which pairs of bytes follow each other in a text; some that do not may be counted as well.
class Pairs {
 public:
  Pairs() = default;
  explicit Pairs(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      const auto at = place(text[i - 1], text[i]);
      bits_[at / 64] |= std::uint64_t{1} << (at % 64);
    }
  }
  bool has(std::uint16_t place) const { return (bits_[place / 64U] >> (place % 64U) & 1U) != 0; }

  static std::uint16_t place(char first, char second) {
    return static_cast<std::uint16_t>(
        (static_cast<unsigned char>(first) * 37U + static_cast<unsigned char>(second)) % kBits);
  }

 private:
  static constexpr std::size_t kBits = 1024;
  std::array<std::uint64_t, kBits / 64> bits_{};
};

// The pairs of bytes of what a pattern needs.
class NeededPairs {
 public:
  explicit NeededPairs(const PatternNeeds& needs);
  // False: nothing in the text matches. A thread's texts are best asked about one after another.
  bool may_match(std::string_view text) const;

 private:
  std::vector<std::uint16_t> places_;  // of each text: how many, and they
};

}  // namespace nidus::cql::ops
