// SPDX-License-Identifier: Apache-2.0
//
// CQL/FHIR decimal: at most 28 digits before and 8 after the point, exact; never a double inside.
// A value is coefficient / 10^8; `scale` (0..8) remembers how many places were written, for output,
// `~` and precision(). Overflow is std::nullopt, never wrap-around. Thread rule: plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nidus::base {

__extension__ typedef __int128 int128;

class Decimal {
 public:
  static constexpr int kMaxScale = 8;
  static constexpr std::int64_t kOne = 100'000'000;  // 10^8

  constexpr Decimal() = default;
  static constexpr Decimal from_int(std::int64_t whole) {
    return Decimal(static_cast<int128>(whole) * kOne, 0);
  }
  // `coefficient` counts units of 10^-8. Nullopt beyond 10^28.
  static std::optional<Decimal> from_coefficient(int128 coefficient, int scale = kMaxScale);
  // JSON or CQL number text ("-1.50", "1e-3"). Nullopt when malformed or out of range; more than 8
  // places are rounded half away from zero.
  static std::optional<Decimal> parse(std::string_view text);
  // Nearest decimal with 8 places (ties away from zero). Nullopt for NaN, infinity, out of range.
  static std::optional<Decimal> from_double(double value);

  constexpr int128 coefficient() const { return coefficient_; }
  constexpr int scale() const { return scale_; }
  double to_double() const;  // nearest
  // Whole part when it fits, else nullopt.
  std::optional<std::int64_t> truncate_to_int64() const;
  bool is_integer() const { return coefficient_ % kOne == 0; }
  // Keeps at least the written places: "1.50". No exponent.
  std::string to_string() const;
  // Without trailing zeros: "1.5".
  std::string to_short_string() const;

  constexpr Decimal negate() const { return Decimal(-coefficient_, scale_); }
  Decimal with_scale(int scale) const { return Decimal(coefficient_, scale); }

  friend constexpr bool operator==(const Decimal& a, const Decimal& b) {
    return a.coefficient_ == b.coefficient_;
  }
  friend constexpr std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    return a.coefficient_ < b.coefficient_   ? std::strong_ordering::less
           : a.coefficient_ > b.coefficient_ ? std::strong_ordering::greater
                                             : std::strong_ordering::equal;
  }

 private:
  static std::optional<Decimal> parse_plain(std::string_view text);
  constexpr Decimal(int128 coefficient, int scale)
      : coefficient_(coefficient), scale_(static_cast<std::int8_t>(scale)) {}
  int128 coefficient_ = 0;
  std::int8_t scale_ = 0;
};

std::optional<Decimal> add(const Decimal& a, const Decimal& b);
std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
// Rounded half away from zero to 8 places.
std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
// Exact when it ends within 8 places, else 8 places toward minus infinity (reference engine).
// Nullopt on division by zero.
std::optional<Decimal> divide(const Decimal& a, const Decimal& b);
// Half away from zero to `places` (0..8). Within one unit of the largest value, where the rounded
// value would leave the range, the value is cut instead; floor and ceiling likewise.
Decimal round(const Decimal& a, int places);
Decimal truncate(const Decimal& a);
Decimal floor(const Decimal& a);
Decimal ceiling(const Decimal& a);
std::optional<Decimal> modulo(const Decimal& a, const Decimal& b);

}  // namespace nidus::base
