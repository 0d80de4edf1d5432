// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <iterator>

namespace nidus::base {

namespace {

__extension__ typedef unsigned __int128 uint128;

constexpr int128 pow10(int exponent) {
  int128 out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

// 28 digits before the point and 8 after. CQL's own maximum has 20 before it, but the official
// suite also asks for 10^28 - 10^-8 exactly, and reaches it by a step back from a product of 10^28,
// which cannot be written.
constexpr int128 kLargest = pow10(36) - 1;
constexpr int128 kLargestProduct = kLargest + 1;

bool in_range(int128 coefficient) { return coefficient <= kLargest && coefficient >= -kLargest; }

uint128 magnitude(int128 value) {
  return value < 0 ? static_cast<uint128>(-(value + 1)) + 1 : static_cast<uint128>(value);
}

// A 256-bit unsigned number, only as wide as multiply and divide need it.
struct Wide {
  uint128 high = 0;
  uint128 low = 0;
};

Wide multiply_wide(uint128 a, uint128 b) {
  const uint128 mask = (static_cast<uint128>(1) << 64) - 1;
  const uint128 a0 = a & mask, a1 = a >> 64, b0 = b & mask, b1 = b >> 64;
  const uint128 low = a0 * b0;
  const uint128 mid = a1 * b0 + (low >> 64);
  const uint128 mid2 = a0 * b1 + (mid & mask);
  return {a1 * b1 + (mid >> 64) + (mid2 >> 64), (mid2 << 64) | (low & mask)};
}

// Schoolbook division by bits: at most 256 steps. Quotient must fit 128 bits.
bool divide_wide(const Wide& numerator, uint128 divisor, uint128& quotient, uint128& remainder) {
  if (numerator.high >= divisor) return false;
  if (numerator.high == 0) {
    quotient = numerator.low / divisor;
    remainder = numerator.low % divisor;
    return true;
  }
  remainder = numerator.high;
  quotient = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = (remainder >> 127) != 0;
    remainder = (remainder << 1) | ((numerator.low >> bit) & 1);
    if (carry || remainder >= divisor) {
      remainder -= divisor;
      quotient |= static_cast<uint128>(1) << bit;
    }
  }
  return true;
}

}  // namespace

std::optional<Decimal> Decimal::from_coefficient(int128 coefficient, int scale) {
  if (coefficient > kLargestProduct || coefficient < -kLargestProduct) return std::nullopt;
  return Decimal(coefficient, scale);
}

// Up to 17 digits with up to eight places and no exponent: what records hold.
std::optional<Decimal> Decimal::parse_plain(std::string_view text) {
  constexpr std::size_t kMostDigits = 17;
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kMostDigits + 1) return std::nullopt;
  std::int64_t digits = 0;
  std::size_t point = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      digits = digits * 10 + (text[i] - '0');
    } else if (text[i] == '.' && point == text.size() && i != 0) {
      point = i;
    } else {
      return std::nullopt;
    }
  }
  const std::size_t places = point == text.size() ? 0 : text.size() - point - 1;
  const bool ends_in_point = point != text.size() && places == 0;
  if (ends_in_point || places > kMaxScale || text.size() - (places != 0 ? 1 : 0) > kMostDigits) {
    return std::nullopt;
  }
  static constexpr std::int64_t kUnits[] = {100'000'000, 10'000'000, 1'000'000, 100'000, 10'000,
                                            1'000,       100,        10,        1};
  static_assert(std::size(kUnits) == kMaxScale + 1);
  const int128 coefficient = static_cast<int128>(digits) * kUnits[places];
  return Decimal(negative ? -coefficient : coefficient, static_cast<int>(places));
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  if (const auto plain = parse_plain(text)) return plain;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  // Collect significant digits and the position of the point; then scale.
  int128 digits = 0;
  int places = 0;
  int dropped = 0;       // digits beyond what fits, before the point
  int round_digit = -1;  // first digit not kept
  bool any = false, point = false, full = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      if (point || !any) return std::nullopt;
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (!full && digits > (kLargest - 9) / 10) full = true;
    if (full) {
      if (round_digit < 0) round_digit = c - '0';
      if (!point) ++dropped;
      continue;
    }
    digits = digits * 10 + (c - '0');
    if (point) ++places;
  }
  if (!any || text[i - 1] == '.') return std::nullopt;
  int exponent = 0;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    bool minus = false;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) minus = text[i++] == '-';
    if (i == text.size()) return std::nullopt;
    for (; i < text.size(); ++i) {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      exponent = std::min(exponent * 10 + (text[i] - '0'), 10'000);
    }
    if (minus) exponent = -exponent;
  }
  // value = digits * 10^(dropped + exponent - places); the coefficient counts 10^-8.
  const int written = std::max(places - exponent, 0);
  int shift = kMaxScale + dropped + exponent - places;
  if (digits == 0) return Decimal(0, std::min(written, kMaxScale));
  for (; shift > 0; --shift) {
    if (digits > kLargest / 10) return std::nullopt;
    digits *= 10;
  }
  if (shift < 0) {
    if (shift < -38) {
      digits = 0;
    } else {
      const int128 unit = pow10(-shift);
      const int128 rest = digits % unit;
      digits /= unit;
      if (rest * 2 >= unit) ++digits;
    }
  } else if (round_digit >= 5) {
    ++digits;
  }
  if (!in_range(digits)) return std::nullopt;
  return Decimal(negative ? -digits : digits, std::min(written, kMaxScale));
}

std::optional<Decimal> Decimal::from_double(double value) {
  if (!std::isfinite(value) || std::fabs(value) >= 1e28) return std::nullopt;
  // value = mantissa * 2^exponent with 53 bits; times 10^8 that is at most 80 bits, then a shift.
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  int128 scaled = static_cast<int128>(std::ldexp(fraction, 53)) * kOne;
  exponent -= 53;
  if (exponent >= 0) {
    scaled <<= exponent;
  } else if (exponent > -90) {
    scaled = (scaled + (static_cast<int128>(1) << (-exponent - 1))) >> -exponent;
  } else {
    scaled = 0;
  }
  return from_coefficient(value < 0 ? -scaled : scaled, kMaxScale);
}

double Decimal::to_double() const {
  constexpr int128 kExactInDouble = int128{1} << 53;
  if (coefficient_ <= kExactInDouble && coefficient_ >= -kExactInDouble) {
    return static_cast<double>(coefficient_) / static_cast<double>(kOne);  // rounded once
  }
  const std::string text = to_short_string();
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::optional<std::int64_t> Decimal::truncate_to_int64() const {
  const int128 whole = coefficient_ / kOne;
  if (whole > INT64_MAX || whole < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

namespace {

// Digits from the last to the first. `Whole` holds `size`: 64 bits are divided many times as fast
// as 128.
template <class Whole>
std::string written(Whole size, bool negative, int scale) {
  constexpr auto kUnits = static_cast<Whole>(Decimal::kOne);
  Whole fraction = size % kUnits;
  Whole whole = size / kUnits;
  int places = Decimal::kMaxScale;  // without trailing zeros, but for those that were written
  for (; places > scale && fraction % 10 == 0; fraction /= 10) --places;
  char text[64];
  char* at = std::end(text);
  for (int i = 0; i < places; ++i, fraction /= 10) *--at = static_cast<char>('0' + fraction % 10);
  if (places > 0) *--at = '.';
  do {
    *--at = static_cast<char>('0' + whole % 10);
    whole /= 10;
  } while (whole != 0);
  if (negative) *--at = '-';
  return {at, std::end(text)};
}

}  // namespace

std::string Decimal::to_string() const {
  const uint128 size = magnitude(coefficient_);
  const bool negative = coefficient_ < 0;
  return size <= UINT64_MAX ? written(static_cast<std::uint64_t>(size), negative, scale_)
                            : written(size, negative, scale_);
}

std::string Decimal::to_short_string() const { return Decimal(coefficient_, 0).to_string(); }

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  // Neither is above 10^36 in magnitude, so the sum cannot leave 128 bits.
  const int128 sum = a.coefficient() + b.coefficient();
  if (!in_range(sum)) return std::nullopt;
  return Decimal::from_coefficient(sum, std::max(a.scale(), b.scale()));
}

std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) { return add(a, b.negate()); }

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
  const Wide product = multiply_wide(magnitude(a.coefficient()), magnitude(b.coefficient()));
  uint128 quotient = 0, remainder = 0;
  if (!divide_wide(product, static_cast<uint128>(Decimal::kOne), quotient, remainder)) {
    return std::nullopt;
  }
  if (remainder * 2 >= static_cast<uint128>(Decimal::kOne)) ++quotient;
  if (quotient > static_cast<uint128>(kLargestProduct)) return std::nullopt;
  const bool negative = (a.coefficient() < 0) != (b.coefficient() < 0);
  const auto result = static_cast<int128>(quotient);
  return Decimal::from_coefficient(negative ? -result : result,
                                   std::min(a.scale() + b.scale(), Decimal::kMaxScale));
}

std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
  if (b.coefficient() == 0) return std::nullopt;
  const Wide scaled =
      multiply_wide(magnitude(a.coefficient()), static_cast<uint128>(Decimal::kOne));
  uint128 quotient = 0, remainder = 0;
  if (!divide_wide(scaled, magnitude(b.coefficient()), quotient, remainder)) return std::nullopt;
  if (quotient > static_cast<uint128>(kLargest)) return std::nullopt;
  auto result = static_cast<int128>(quotient);
  if ((a.coefficient() < 0) != (b.coefficient() < 0)) {
    result = -result;
    if (remainder != 0) --result;  // toward minus infinity
  }
  return Decimal::from_coefficient(result, 0);
}

Decimal round(const Decimal& a, int places) {
  assert(places >= 0 && places <= Decimal::kMaxScale);
  const int128 unit = pow10(Decimal::kMaxScale - places);
  const int128 rest = a.coefficient() % unit;
  int128 kept = a.coefficient() - rest;
  if (rest * 2 >= unit) kept += unit;
  if (-rest * 2 >= unit) kept -= unit;
  // Rounding can step over the largest value by less than one unit; stay inside.
  if (!in_range(kept)) kept = a.coefficient() - rest;
  const auto out = Decimal::from_coefficient(kept, std::min(a.scale(), places));
  assert(out);
  return *out;
}

Decimal truncate(const Decimal& a) {
  return *Decimal::from_coefficient(a.coefficient() - a.coefficient() % Decimal::kOne, 0);
}

Decimal floor(const Decimal& a) {
  const int128 rest = a.coefficient() % Decimal::kOne;
  int128 kept = a.coefficient() - rest;
  if (rest < 0 && in_range(kept - Decimal::kOne)) kept -= Decimal::kOne;
  return *Decimal::from_coefficient(kept, 0);
}

Decimal ceiling(const Decimal& a) { return floor(a.negate()).negate(); }

std::optional<Decimal> modulo(const Decimal& a, const Decimal& b) {
  if (b.coefficient() == 0) return std::nullopt;
  return Decimal::from_coefficient(a.coefficient() % b.coefficient(),
                                   std::max(a.scale(), b.scale()));
}

}  // namespace nidus::base
