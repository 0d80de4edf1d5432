// SPDX-License-Identifier: Apache-2.0
//
// Precision, LowBoundary and HighBoundary: what a value written to so many places may stand for.
// Precisions of dates and times are counted in digits: 4 year, 6 month, 8 day, 10 hour, 12 minute,
// 14 second, 17 millisecond; times of day 2, 4, 6, 9.
#include <algorithm>
#include <optional>

#include "cql/operator_numbers.h"

namespace nidus::cql::ops {

using base::DateTime;
using base::Decimal;
using base::Precision;

namespace {

struct Digits {
  Precision precision;
  int of_date;
  int of_clock;  // 0: not in a time of day
};
constexpr Digits kDigits[] = {
    {Precision::kYear, 4, 0},         {Precision::kMonth, 6, 0},   {Precision::kDay, 8, 0},
    {Precision::kHour, 10, 2},        {Precision::kMinute, 12, 4}, {Precision::kSecond, 14, 6},
    {Precision::kMillisecond, 17, 9},
};

int digits_of(const Value& value) {
  const auto precision = value.as_date_time().precision;
  for (const auto& row : kDigits) {
    if (row.precision == precision) return value.is(Kind::kTime) ? row.of_clock : row.of_date;
  }
  return 0;
}

std::optional<Precision> precision_of(const Value& value, std::int64_t digits) {
  for (const auto& row : kDigits) {
    if (value.is(Kind::kDate) && row.precision > Precision::kDay) break;
    const int own = value.is(Kind::kTime) ? row.of_clock : row.of_date;
    if (own != 0 && own == digits) return row.precision;
  }
  return std::nullopt;
}

Value boundary_of_moment(const Value& value, const Value& digits, bool high) {
  const auto finest = value.is(Kind::kDate) ? Precision::kDay : Precision::kMillisecond;
  const auto wanted = is_whole(digits) ? precision_of(value, whole_of(digits)) : finest;
  if (!wanted) return {};
  const DateTime moment = value.as_date_time();
  if (*wanted <= moment.precision) return make_moment(value, cut(moment, *wanted));
  return make_moment(value, high ? base::highest(moment, *wanted) : base::lowest(moment, *wanted));
}

base::int128 power_of_ten(int exponent) {
  base::int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// 1.587 is anything from 1.58700000 to 1.58799999.
std::optional<Decimal> boundary_of_number(const Decimal& number, const Value& digits, bool high) {
  const std::int64_t places = whole_or_nothing(digits).value_or(Decimal::kMaxScale);
  if (places < 0 || places > Decimal::kMaxScale) return std::nullopt;
  const auto unit = [](int scale) { return power_of_ten(Decimal::kMaxScale - scale); };
  const base::int128 own = unit(number.scale());
  const base::int128 wanted = unit(static_cast<int>(places));
  base::int128 coefficient = number.coefficient();
  // The written digits point away from zero: -1.5 is anything from -1.59999999 to -1.50000000.
  const bool outward = high == (coefficient >= 0);
  if (outward && own > wanted) coefficient += coefficient >= 0 ? own - wanted : wanted - own;
  coefficient = coefficient / wanted * wanted;
  return Decimal::from_coefficient(coefficient, static_cast<int>(places));
}

Value boundary(Call& call, Arguments a, bool high) {
  if (a[0].is_null()) return {};
  const Value digits = a.size() > 1 ? a[1] : Value();
  if (is_moment(a[0])) return boundary_of_moment(a[0], digits, high);
  if (is_number(a[0])) {
    return decimal_or_null(call, boundary_of_number(number_of(a[0]), digits, high));
  }
  if (a[0].is(Kind::kQuantity)) {
    const auto& quantity = a[0].as_quantity();
    return quantity_or_null(call, boundary_of_number(quantity.value, digits, high), quantity.unit);
  }
  return fail(call, "this value has no boundaries");
}

}  // namespace

Value run_precision(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (is_moment(a[0])) return Value::integer(digits_of(a[0]));
  if (is_number(a[0])) return Value::integer(number_of(a[0]).scale());
  return fail(call, "this value has no precision");
}

Value run_low_boundary(Call& call, const NodeOptions&, Arguments a) {
  return boundary(call, a, false);
}

Value run_high_boundary(Call& call, const NodeOptions&, Arguments a) {
  return boundary(call, a, true);
}

}  // namespace nidus::cql::ops
