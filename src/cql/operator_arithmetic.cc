// SPDX-License-Identifier: Apache-2.0
//
// Numbers, quantities, and dates moved by a length of time. Overflow and division by zero are null;
// what has no result at all (logarithm of zero, past the end of a type) is an error.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/ucum.h"
#include "cql/operator_numbers.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using base::Decimal;
using ops::Arguments;

namespace ops {

namespace {

enum class Sum { kAdd, kSubtract };

std::optional<Decimal> sum_of(Sum which, const Decimal& a, const Decimal& b) {
  return which == Sum::kAdd ? base::add(a, b) : base::subtract(a, b);
}

// Quantities of one dimension are added in the finer of their two units.
Value sum_quantities(Call& call, Sum which, const Quantity& a, const Quantity& b) {
  if (a.unit == b.unit) return quantity_or_null(call, sum_of(which, a.value, b.value), a.unit);
  const Decimal one = Decimal::from_int(1);
  const auto order = compare_quantities({one, a.unit}, {one, b.unit});
  if (!order) return {};
  const auto unit = *order > 0 ? b.unit : a.unit;
  const auto x = convert_quantity(a.value, a.unit, unit);
  const auto y = convert_quantity(b.value, b.unit, unit);
  if (!x || !y) return {};
  return quantity_or_null(call, sum_of(which, *x, *y), unit);
}

struct Range {
  std::int64_t low;
  std::int64_t high;
};

Range range(const Value& value) {
  if (!value.is(Kind::kUncertainty)) return {whole_of(value), whole_of(value)};
  return {whole_of(value.as_interval().low), whole_of(value.as_interval().high)};
}

bool are_uncertain(const Value& a, const Value& b) {
  if (!a.is(Kind::kUncertainty) && !b.is(Kind::kUncertainty)) return false;
  return (a.is(Kind::kUncertainty) || is_whole(a)) && (b.is(Kind::kUncertainty) || is_whole(b));
}

Kind whole_kind(const Value& a, const Value& b) {
  const auto is_long = [](const Value& value) {
    return value.is(Kind::kLong) ||
           (value.is(Kind::kUncertainty) && value.as_interval().low.is(Kind::kLong));
  };
  return is_long(a) || is_long(b) ? Kind::kLong : Kind::kInteger;
}

Value sum_uncertain(Call& call, Sum which, const Value& a, const Value& b) {
  const Range x = range(a);
  const Range y = range(b);
  Range result{};
  const bool over = which == Sum::kAdd ? __builtin_add_overflow(x.low, y.low, &result.low) ||
                                             __builtin_add_overflow(x.high, y.high, &result.high)
                                       : __builtin_sub_overflow(x.low, y.high, &result.low) ||
                                             __builtin_sub_overflow(x.high, y.low, &result.high);
  return over ? Value() : make_uncertainty(call, result.low, result.high, whole_kind(a, b));
}

Value wrap_whole(Kind kind, std::int64_t number) {
  return kind == Kind::kLong ? Value::long_integer(number) : integer_or_null(number);
}

Value sum(Call& call, Sum which, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (is_whole(a) && is_whole(b)) {
    std::int64_t result = 0;
    const bool over = which == Sum::kAdd
                          ? __builtin_add_overflow(whole_of(a), whole_of(b), &result)
                          : __builtin_sub_overflow(whole_of(a), whole_of(b), &result);
    return over ? Value() : wrap_whole(whole_kind(a, b), result);
  }
  if (is_number(a) && is_number(b)) {
    return decimal_or_null(call, sum_of(which, number_of(a), number_of(b)));
  }
  if (a.is(Kind::kQuantity) && b.is(Kind::kQuantity)) {
    return sum_quantities(call, which, a.as_quantity(), b.as_quantity());
  }
  if (is_moment(a) && b.is(Kind::kQuantity)) {
    return shift_moment(call, a, b.as_quantity(), which == Sum::kAdd ? 1 : -1);
  }
  if (are_uncertain(a, b)) return sum_uncertain(call, which, a, b);
  return fail(call, "these values cannot be added or subtracted");
}

Value multiply_uncertain(Call& call, const Value& a, const Value& b) {
  const Range x = range(a);
  const Range y = range(b);
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  for (const auto p : {x.low, x.high}) {
    for (const auto q : {y.low, y.high}) {
      std::int64_t product = 0;
      if (__builtin_mul_overflow(p, q, &product)) return {};
      low = std::min(low, product);
      high = std::max(high, product);
    }
  }
  return make_uncertainty(call, low, high, whole_kind(a, b));
}

bool is_one(std::string_view unit) { return unit.empty() || unit == "1"; }

std::optional<std::string_view> combined_unit(Call& call, std::string_view a, std::string_view b,
                                              bool dividing) {
  if (is_one(b)) return a;
  if (!dividing && is_one(a)) return b;
  if (dividing && definite_unit(a) == definite_unit(b)) return std::string_view("1");
  const auto x = definite_unit(a);
  const auto y = definite_unit(b);
  const auto unit = dividing ? base::ucum::quotient(x, y) : base::ucum::product(x, y);
  if (!unit) return std::nullopt;
  return unit->empty() ? std::string_view("1") : call.arena.copy(*unit);
}

bool is_amount(const Value& value) { return value.is(Kind::kQuantity) || is_number(value); }

Quantity quantity_of(const Value& value) {
  return value.is(Kind::kQuantity) ? value.as_quantity() : Quantity{number_of(value), "1"};
}

std::optional<Decimal> truncated_quotient(const Decimal& a, const Decimal& b) {
  if (b.coefficient() == 0) return std::nullopt;
  const base::int128 quotient = a.coefficient() / b.coefficient();
  const base::int128 limit = std::numeric_limits<base::int128>::max() / Decimal::kOne;
  if (quotient > limit || quotient < -limit) return std::nullopt;
  return Decimal::from_coefficient(quotient * Decimal::kOne, 0);
}

// Both in the unit of `a`; null when they do not measure the same.
template <class Operation>
Value divide_alike(Call& call, const Quantity& a, const Quantity& b, Operation operation) {
  const auto other = convert_quantity(b.value, b.unit, a.unit);
  if (!other) return {};
  return quantity_or_null(call, operation(a.value, *other), a.unit);
}

std::optional<Decimal> exact_power(Decimal base_number, std::int64_t exponent) {
  Decimal result = Decimal::from_int(1);
  const bool inverse = exponent < 0;
  for (std::int64_t left = inverse ? -exponent : exponent; left > 0; left /= 2) {
    if (left % 2 == 1) {
      const auto next = base::multiply(result, base_number);
      if (!next) return std::nullopt;
      result = *next;
    }
    if (left == 1) break;
    const auto square = base::multiply(base_number, base_number);
    if (!square) return std::nullopt;
    base_number = *square;
  }
  if (!inverse) return result;
  return base::divide(Decimal::from_int(1), result);
}

Value whole_power(Kind kind, std::int64_t base_number, std::int64_t exponent) {
  // Only 0, 1 and -1 survive large exponents.
  if (base_number == 0 || base_number == 1)
    return wrap_whole(kind, exponent == 0 ? 1 : base_number);
  if (base_number == -1) return wrap_whole(kind, exponent % 2 == 0 ? 1 : -1);
  std::int64_t result = 1;
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(result, base_number, &result)) return {};
  }
  return wrap_whole(kind, result);
}

constexpr std::int64_t kLargestExactExponent = 128;

}  // namespace

Value add(Call& call, const Value& a, const Value& b) { return sum(call, Sum::kAdd, a, b); }
Value subtract(Call& call, const Value& a, const Value& b) {
  return sum(call, Sum::kSubtract, a, b);
}

Value multiply(Call& call, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (is_whole(a) && is_whole(b)) {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(whole_of(a), whole_of(b), &result)) return {};
    return wrap_whole(whole_kind(a, b), result);
  }
  if (is_number(a) && is_number(b)) {
    return decimal_or_null(call, base::multiply(number_of(a), number_of(b)));
  }
  if (is_amount(a) && is_amount(b)) {
    const Quantity x = quantity_of(a);
    const Quantity y = quantity_of(b);
    const auto unit = combined_unit(call, x.unit, y.unit, false);
    if (!unit) return {};
    return quantity_or_null(call, base::multiply(x.value, y.value), *unit);
  }
  if (are_uncertain(a, b)) return multiply_uncertain(call, a, b);
  return fail(call, "these values cannot be multiplied");
}

Value divide(Call& call, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (is_number(a) && is_number(b)) {
    return decimal_or_null(call, base::divide(number_of(a), number_of(b)));
  }
  if (is_amount(a) && is_amount(b)) {
    const Quantity x = quantity_of(a);
    const Quantity y = quantity_of(b);
    const auto unit = combined_unit(call, x.unit, y.unit, true);
    if (!unit) return {};
    return quantity_or_null(call, base::divide(x.value, y.value), *unit);
  }
  return fail(call, "these values cannot be divided");
}

Value negate(Call& call, const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInteger:
      return integer_or_null(-std::int64_t{value.as_integer()});
    case Kind::kLong:
      if (value.as_long() == std::numeric_limits<std::int64_t>::min()) return {};
      return Value::long_integer(-value.as_long());
    case Kind::kDecimal:
      return Value::decimal(call.arena, value.as_decimal().negate());
    case Kind::kQuantity:
      return make_quantity(call, value.as_quantity().value.negate(), value.as_quantity().unit);
    case Kind::kUncertainty: {
      const Range negated = range(value);
      return make_uncertainty(call, -negated.high, -negated.low, whole_kind(value, value));
    }
    default:
      return fail(call, "this value has no negative");
  }
}

}  // namespace ops

namespace {

Value run_add(Call& call, const NodeOptions&, Arguments a) { return ops::add(call, a[0], a[1]); }
Value run_subtract(Call& call, const NodeOptions&, Arguments a) {
  return ops::subtract(call, a[0], a[1]);
}
Value run_multiply(Call& call, const NodeOptions&, Arguments a) {
  return ops::multiply(call, a[0], a[1]);
}
Value run_divide(Call& call, const NodeOptions&, Arguments a) {
  return ops::divide(call, a[0], a[1]);
}
Value run_negate(Call& call, const NodeOptions&, Arguments a) { return ops::negate(call, a[0]); }

Value run_truncated_divide(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (ops::is_whole(a[0]) && ops::is_whole(a[1])) {
    const auto x = ops::whole_of(a[0]);
    const auto y = ops::whole_of(a[1]);
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min())) return {};
    return ops::wrap_whole(ops::whole_kind(a[0], a[1]), x / y);
  }
  if (ops::is_number(a[0]) && ops::is_number(a[1])) {
    return ops::decimal_or_null(
        call, ops::truncated_quotient(ops::number_of(a[0]), ops::number_of(a[1])));
  }
  if (ops::is_amount(a[0]) && ops::is_amount(a[1])) {
    return ops::divide_alike(call, ops::quantity_of(a[0]), ops::quantity_of(a[1]),
                             ops::truncated_quotient);
  }
  return ops::fail(call, "these values cannot be divided");
}

Value run_modulo(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (ops::is_whole(a[0]) && ops::is_whole(a[1])) {
    const auto x = ops::whole_of(a[0]);
    const auto y = ops::whole_of(a[1]);
    if (y == 0) return {};
    return ops::wrap_whole(ops::whole_kind(a[0], a[1]), y == -1 ? 0 : x % y);
  }
  const auto modulo = [](const Decimal& x, const Decimal& y) { return base::modulo(x, y); };
  if (ops::is_number(a[0]) && ops::is_number(a[1])) {
    return ops::decimal_or_null(call, modulo(ops::number_of(a[0]), ops::number_of(a[1])));
  }
  if (ops::is_amount(a[0]) && ops::is_amount(a[1])) {
    return ops::divide_alike(call, ops::quantity_of(a[0]), ops::quantity_of(a[1]), modulo);
  }
  return ops::fail(call, "these values have no remainder");
}

Value run_abs(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  const bool quantity = a[0].is(Kind::kQuantity);
  if (!quantity && !ops::is_number(a[0])) return ops::fail(call, "this value has no magnitude");
  const Decimal number = quantity ? a[0].as_quantity().value : ops::number_of(a[0]);
  return number.coefficient() < 0 ? ops::negate(call, a[0]) : a[0];
}

Value whole_part(Call& call, Arguments a, Decimal (*rounding)(const Decimal&)) {
  if (a[0].is_null()) return {};
  if (!ops::is_number(a[0])) return ops::fail(call, "this value cannot be rounded");
  const auto whole = rounding(ops::number_of(a[0])).truncate_to_int64();
  return whole ? ops::integer_or_null(*whole) : Value();
}

Value run_ceiling(Call& call, const NodeOptions&, Arguments a) {
  return whole_part(call, a, base::ceiling);
}
Value run_floor(Call& call, const NodeOptions&, Arguments a) {
  return whole_part(call, a, base::floor);
}
Value run_truncate(Call& call, const NodeOptions&, Arguments a) {
  return whole_part(call, a, base::truncate);
}

Value run_round(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!ops::is_number(a[0])) return ops::fail(call, "this value cannot be rounded");
  const auto places = a.size() < 2 ? 0 : ops::whole_or_nothing(a[1]).value_or(0);
  if (places < 0) return ops::fail(call, "Round needs a count of places of at least 0");
  if (places > Decimal::kMaxScale) return Value::decimal(call.arena, ops::number_of(a[0]));
  return Value::decimal(call.arena, base::round(ops::number_of(a[0]), static_cast<int>(places)));
}

bool all_numbers(Call& call, Arguments a) {
  const bool numbers = std::all_of(a.begin(), a.end(), ops::is_number);
  if (!numbers) ops::fail(call, "this operator needs numbers");
  return numbers;
}

Value run_exp(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null() || !all_numbers(call, a)) return {};
  const auto result = Decimal::from_double(std::exp(ops::number_of(a[0]).to_double()));
  return result ? Value::decimal(call.arena, *result)
                : ops::fail(call, "Exp: the result is out of range");
}

Value run_ln(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null() || !all_numbers(call, a)) return {};
  const Decimal number = ops::number_of(a[0]);
  if (number.coefficient() == 0) return ops::fail(call, "Ln of zero");
  if (number.coefficient() < 0) return {};
  return ops::decimal_or_null(call, Decimal::from_double(std::log(number.to_double())));
}

Value run_log(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a) || !all_numbers(call, a)) return {};
  const Decimal number = ops::number_of(a[0]);
  const Decimal base_number = ops::number_of(a[1]);
  if (number.coefficient() <= 0 || base_number.coefficient() <= 0 ||
      base_number == Decimal::from_int(1)) {
    return {};
  }
  const double result = std::log(number.to_double()) / std::log(base_number.to_double());
  return ops::decimal_or_null(call, Decimal::from_double(result));
}

Value run_power(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a) || !all_numbers(call, a)) return {};
  if (ops::is_whole(a[0]) && ops::is_whole(a[1]) && ops::whole_of(a[1]) >= 0) {
    return ops::whole_power(ops::whole_kind(a[0], a[1]), ops::whole_of(a[0]), ops::whole_of(a[1]));
  }
  const Decimal number = ops::number_of(a[0]);
  const Decimal exponent = ops::number_of(a[1]);
  const auto whole = exponent.is_integer() ? exponent.truncate_to_int64() : std::nullopt;
  if (whole && *whole <= ops::kLargestExactExponent && *whole >= -ops::kLargestExactExponent) {
    if (const auto exact = ops::exact_power(number, *whole)) {
      return Value::decimal(call.arena, *exact);
    }
  }
  return ops::decimal_or_null(
      call, Decimal::from_double(std::pow(number.to_double(), exponent.to_double())));
}

Value neighbour(Call& call, Arguments a, int direction) {
  if (a[0].is_null()) return {};
  const auto next = ops::step(call, a[0], direction);
  if (next) return *next;
  return ops::fail(call, direction > 0 ? "there is no successor of the largest value"
                                       : "there is no predecessor of the smallest value");
}

Value run_successor(Call& call, const NodeOptions&, Arguments a) { return neighbour(call, a, +1); }
Value run_predecessor(Call& call, const NodeOptions&, Arguments a) {
  return neighbour(call, a, -1);
}

Value run_minimum(Call& call, const NodeOptions& options, Arguments) {
  const Value least = ops::minimum(call, options.point);
  return least.is_null() ? ops::fail(call, "this type has no smallest value") : least;
}
Value run_maximum(Call& call, const NodeOptions& options, Arguments) {
  const Value most = ops::maximum(call, options.point);
  return most.is_null() ? ops::fail(call, "this type has no largest value") : most;
}

constexpr OperatorEntry kArithmeticOperators[] = {
    {"Add", 2, 2, run_add},
    {"Subtract", 2, 2, run_subtract},
    {"Multiply", 2, 2, run_multiply},
    {"Divide", 2, 2, run_divide},
    {"TruncatedDivide", 2, 2, run_truncated_divide},
    {"Modulo", 2, 2, run_modulo},
    {"Negate", 1, 1, run_negate},
    {"Abs", 1, 1, run_abs},
    {"Ceiling", 1, 1, run_ceiling},
    {"Floor", 1, 1, run_floor},
    {"Truncate", 1, 1, run_truncate},
    {"Round", 1, 2, run_round},
    {"Exp", 1, 1, run_exp},
    {"Ln", 1, 1, run_ln},
    {"Log", 2, 2, run_log},
    {"Power", 2, 2, run_power},
    {"Successor", 1, 1, run_successor},
    {"Predecessor", 1, 1, run_predecessor},
    {"MinValue", 0, 0, run_minimum},
    {"MaxValue", 0, 0, run_maximum},
    {"Precision", 1, 1, ops::run_precision},
    {"LowBoundary", 1, 2, ops::run_low_boundary},
    {"HighBoundary", 1, 2, ops::run_high_boundary},
};

}  // namespace

std::span<const OperatorEntry> arithmetic_operators() { return kArithmeticOperators; }

}  // namespace nidus::cql
