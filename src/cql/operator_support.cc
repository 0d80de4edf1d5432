// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_support.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ucum.h"

namespace nidus::cql::ops {

using base::DateTime;
using base::Decimal;
using base::Precision;

Truth both(Truth a, Truth b) {
  if ((a && !*a) || (b && !*b)) return false;
  if (a && b) return true;
  return std::nullopt;
}

Truth either(Truth a, Truth b) {
  if ((a && *a) || (b && *b)) return true;
  if (a && b) return false;
  return std::nullopt;
}

Truth opposite(Truth a) {
  if (!a) return std::nullopt;
  return !*a;
}

Value truth(Truth a) { return a ? Value::boolean(*a) : Value(); }

Truth truth_of(const Value& value) {
  if (!value.is(Kind::kBoolean)) return std::nullopt;
  return value.as_boolean();
}

Value fail(Call& call, std::string_view message) {
  if (call.error->empty()) call.error->assign(message);
  return {};
}

bool any_null(Arguments arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const Value& value) { return value.is_null(); });
}

Value integer_or_null(std::int64_t number) {
  if (number < std::numeric_limits<std::int32_t>::min() ||
      number > std::numeric_limits<std::int32_t>::max()) {
    return {};
  }
  return Value::integer(static_cast<std::int32_t>(number));
}

Value decimal_or_null(Call& call, const std::optional<Decimal>& number) {
  return number ? Value::decimal(call.arena, *number) : Value();
}

Value make_quantity(Call& call, const Decimal& value, std::string_view unit) {
  return Value::of(call.arena.make<Quantity>(value, unit));
}

Value quantity_or_null(Call& call, const std::optional<Decimal>& value, std::string_view unit) {
  return value ? make_quantity(call, *value, unit) : Value();
}

Value make_list(Call& call, std::span<const Value> items) {
  auto copy = call.arena.make_array<Value>(items.size());
  std::copy(items.begin(), items.end(), copy.begin());
  return Value::list(copy);
}

Value make_interval(Call& call, const Value& low, const Value& high, bool low_closed,
                    bool high_closed) {
  return Value::of(call.arena.make<Interval>(low, high, low_closed, high_closed));
}

Value make_uncertainty(Call& call, std::int64_t low, std::int64_t high, Kind kind) {
  const auto make = [kind](std::int64_t number) {
    return kind == Kind::kLong ? Value::long_integer(number) : integer_or_null(number);
  };
  const Value first = make(low);
  const Value last = make(high);
  if (first.is_null() || last.is_null()) return {};
  if (low == high) return first;
  return Value::uncertainty(call.arena.make<Interval>(first, last, true, true));
}

Value make_moment(const Value& like, const DateTime& moment) {
  if (like.is(Kind::kDate)) return Value::date(moment);
  if (like.is(Kind::kTime)) return Value::time(moment);
  return Value::date_time(moment);
}

bool is_moment(const Value& value) {
  return value.is(Kind::kDate) || value.is(Kind::kDateTime) || value.is(Kind::kTime);
}

bool is_number(const Value& value) {
  return value.is(Kind::kInteger) || value.is(Kind::kLong) || value.is(Kind::kDecimal);
}

bool is_whole(const Value& value) { return value.is(Kind::kInteger) || value.is(Kind::kLong); }

std::optional<std::int64_t> whole_or_nothing(const Value& value) {
  if (!is_whole(value)) return std::nullopt;
  return whole_of(value);
}

Decimal number_of(const Value& value) {
  if (value.is(Kind::kDecimal)) return value.as_decimal();
  return Decimal::from_int(whole_of(value));
}

std::int64_t whole_of(const Value& value) {
  return value.is(Kind::kLong) ? value.as_long() : value.as_integer();
}

namespace {

// 28 digits, 8 of them after the point.
Decimal largest_decimal() {
  base::int128 coefficient = 1;
  for (int i = 0; i < 28; ++i) coefficient *= 10;
  return Decimal::from_coefficient(coefficient - 1, Decimal::kMaxScale).value_or(Decimal());
}

std::string_view unit_like(const Value& like) {
  return like.is(Kind::kQuantity) ? like.as_quantity().unit : std::string_view("1");
}

DateTime first_moment(int offset) {
  DateTime moment;
  moment.precision = Precision::kMillisecond;
  moment.offset_minutes = static_cast<std::int16_t>(offset);
  return moment;
}

DateTime last_moment(int offset) {
  DateTime moment;
  moment.year = 9999;
  moment.month = 12;
  moment.day = 31;
  moment.hour = 23;
  moment.minute = 59;
  moment.second = 59;
  moment.millisecond = 999;
  moment.precision = Precision::kMillisecond;
  moment.offset_minutes = static_cast<std::int16_t>(offset);
  return moment;
}

DateTime as_day(DateTime moment) {
  moment.hour = moment.minute = moment.second = 0;
  moment.millisecond = 0;
  moment.precision = Precision::kDay;
  moment.offset_minutes = DateTime::kNoOffset;
  return moment;
}

DateTime as_clock(DateTime moment) {
  moment.year = 1;
  moment.month = moment.day = 1;
  moment.offset_minutes = DateTime::kNoOffset;
  return moment;
}

Value extreme(Call& call, Kind kind, const Value& like, bool highest) {
  const auto moment =
      highest ? last_moment(call.offset_minutes) : first_moment(call.offset_minutes);
  const auto number = highest ? largest_decimal() : largest_decimal().negate();
  switch (kind) {
    case Kind::kInteger:
      return Value::integer(highest ? std::numeric_limits<std::int32_t>::max()
                                    : std::numeric_limits<std::int32_t>::min());
    case Kind::kLong:
      return Value::long_integer(highest ? std::numeric_limits<std::int64_t>::max()
                                         : std::numeric_limits<std::int64_t>::min());
    case Kind::kDecimal:
      return Value::decimal(call.arena, number);
    case Kind::kQuantity:
      return make_quantity(call, number, unit_like(like));
    case Kind::kDate:
      return Value::date(as_day(moment));
    case Kind::kDateTime:
      return Value::date_time(moment);
    case Kind::kTime:
      return Value::time(as_clock(moment));
    default:
      return {};
  }
}

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

std::int64_t unit_ms(Precision unit) {
  switch (unit) {
    case Precision::kHour:
      return 3'600'000;
    case Precision::kMinute:
      return 60'000;
    case Precision::kSecond:
      return 1'000;
    case Precision::kMillisecond:
      return 1;
    default:
      return kDayMs;
  }
}

std::int64_t clock_ms(const DateTime& clock) {
  return clock.hour * 3'600'000LL + clock.minute * 60'000LL + clock.second * 1'000LL +
         clock.millisecond;
}

DateTime clock_from_ms(std::int64_t ms, Precision precision) {
  DateTime clock;
  clock.precision = precision;
  clock.hour = static_cast<std::uint8_t>(ms / 3'600'000);
  clock.minute = static_cast<std::uint8_t>(ms / 60'000 % 60);
  clock.second = static_cast<std::uint8_t>(ms / 1'000 % 60);
  clock.millisecond = static_cast<std::uint16_t>(ms % 1'000);
  return clock;
}

// A clock goes round at midnight; smaller units are first truncated to the clock's precision.
DateTime add_clock(const DateTime& clock, std::int64_t count, Precision unit) {
  const std::int64_t own = unit_ms(clock.precision);
  const std::int64_t size = unit_ms(unit);
  std::int64_t shift = 0;
  if (size >= own) {
    shift = count % (kDayMs / size) * size;
  } else {
    shift = count / (own / size) % (kDayMs / own) * own;
  }
  const std::int64_t ms = ((clock_ms(clock) + shift) % kDayMs + kDayMs) % kDayMs;
  return clock_from_ms(ms, clock.precision);
}

std::optional<Value> step_moment(const Value& value, int direction) {
  const DateTime moment = value.as_date_time();
  if (value.is(Kind::kTime)) {
    const std::int64_t ms = clock_ms(moment) + direction * unit_ms(moment.precision);
    if (ms < 0 || ms >= kDayMs) return std::nullopt;
    return Value::time(clock_from_ms(ms, moment.precision));
  }
  const auto next = base::add(moment, direction, moment.precision);
  if (!next) return std::nullopt;
  return make_moment(value, *next);
}

struct TimeUnit {
  std::string_view ucum;
  std::string_view word;
  Precision precision;
  int multiple;
};
constexpr TimeUnit kTimeUnits[] = {
    {"a", "year", Precision::kYear, 1},     {"mo", "month", Precision::kMonth, 1},
    {"wk", "week", Precision::kDay, 7},     {"d", "day", Precision::kDay, 1},
    {"h", "hour", Precision::kHour, 1},     {"min", "minute", Precision::kMinute, 1},
    {"s", "second", Precision::kSecond, 1}, {"ms", "millisecond", Precision::kMillisecond, 1},
};

const TimeUnit* time_unit(std::string_view unit) {
  const auto word = base::ucum::calendar_unit(unit);
  for (const auto& known : kTimeUnits) {
    if (unit == known.ucum || (!word.empty() && word == known.word)) return &known;
  }
  return nullptr;
}

bool is_long_calendar(std::string_view word) { return word == "year" || word == "month"; }

}  // namespace

Value minimum(Call& call, Kind kind, const Value& like) { return extreme(call, kind, like, false); }
Value maximum(Call& call, Kind kind, const Value& like) { return extreme(call, kind, like, true); }

std::optional<Value> step(Call& call, const Value& value, int direction) {
  switch (value.kind()) {
    case Kind::kInteger: {
      const auto next = integer_or_null(std::int64_t{value.as_integer()} + direction);
      if (next.is_null()) return std::nullopt;
      return next;
    }
    case Kind::kLong: {
      std::int64_t next = 0;
      if (__builtin_add_overflow(value.as_long(), std::int64_t{direction}, &next)) {
        return std::nullopt;
      }
      return Value::long_integer(next);
    }
    case Kind::kDecimal:
    case Kind::kQuantity: {
      const bool quantity = value.is(Kind::kQuantity);
      const Decimal from = quantity ? value.as_quantity().value : value.as_decimal();
      if (from == (direction > 0 ? largest_decimal() : largest_decimal().negate())) {
        return std::nullopt;
      }
      const auto next = Decimal::from_coefficient(from.coefficient() + direction);
      if (!next) return std::nullopt;
      return quantity ? make_quantity(call, *next, value.as_quantity().unit)
                      : Value::decimal(call.arena, *next);
    }
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime:
      return step_moment(value, direction);
    default:
      return std::nullopt;
  }
}

std::string_view definite_unit(std::string_view unit) {
  const auto word = base::ucum::calendar_unit(unit);
  if (word.empty()) return unit.empty() ? std::string_view("1") : unit;
  if (is_long_calendar(word)) return word;
  for (const auto& known : kTimeUnits) {
    if (word == known.word) return known.ucum;
  }
  return unit;
}

std::optional<Decimal> convert_quantity(const Decimal& value, std::string_view from,
                                        std::string_view to) {
  const auto a = definite_unit(from);
  const auto b = definite_unit(to);
  if (a == b) return value;
  if (a == "year" && b == "month") return base::multiply(value, Decimal::from_int(12));
  if (a == "month" && b == "year") return base::divide(value, Decimal::from_int(12));
  if (is_long_calendar(a) || is_long_calendar(b)) return std::nullopt;
  return base::ucum::convert(value, a, b);
}

std::optional<int> compare_quantities(const Quantity& a, const Quantity& b) {
  const auto order = [](const Decimal& x, const Decimal& y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.unit == b.unit) return order(a.value, b.value);
  const auto unit_a = definite_unit(a.unit);
  const auto unit_b = definite_unit(b.unit);
  if (unit_a == unit_b) return order(a.value, b.value);
  if (is_long_calendar(unit_a) || is_long_calendar(unit_b)) {
    if (!is_long_calendar(unit_a) || !is_long_calendar(unit_b)) return std::nullopt;
    const auto months_a = convert_quantity(a.value, unit_a, "month");
    const auto months_b = convert_quantity(b.value, unit_b, "month");
    if (!months_a || !months_b) return std::nullopt;
    return order(*months_a, *months_b);
  }
  return base::ucum::compare(a.value, unit_a, b.value, unit_b);
}

DateTime cut(DateTime moment, Precision to) {
  if (moment.precision <= to) return moment;
  moment.precision = to;
  if (to < Precision::kMillisecond) moment.millisecond = 0;
  if (to < Precision::kSecond) moment.second = 0;
  if (to < Precision::kMinute) moment.minute = 0;
  if (to < Precision::kHour) moment.hour = 0;
  if (to < Precision::kDay) moment.day = 1;
  if (to < Precision::kMonth) moment.month = 1;
  return moment;
}

std::optional<Precision> precision_of_unit(std::string_view unit) {
  const TimeUnit* known = time_unit(unit);
  if (known == nullptr) return std::nullopt;
  return known->precision;
}

Value shift_moment(Call& call, const Value& moment, const Quantity& by, int direction) {
  const TimeUnit* unit = time_unit(by.unit);
  if (unit == nullptr) return fail(call, "a date or time can only be moved by a length of time");
  Precision precision = unit->precision;
  std::optional<Decimal> amount = by.value;
  if (precision == Precision::kSecond && !by.value.is_integer()) {
    // Seconds carry the milliseconds as their fraction; other units count whole.
    precision = Precision::kMillisecond;
    amount = base::multiply(by.value, Decimal::from_int(1000));
  }
  const auto whole = amount ? amount->truncate_to_int64() : std::nullopt;
  std::int64_t count = 0;
  if (!whole || __builtin_mul_overflow(*whole, std::int64_t{unit->multiple} * direction, &count)) {
    return fail(call, "the length of time is too large");
  }
  const DateTime from = moment.as_date_time();
  if (moment.is(Kind::kTime)) {
    if (precision < Precision::kHour) return fail(call, "a time of day moves by hours or less");
    return Value::time(add_clock(from, count, precision));
  }
  const auto to = base::add(from, count, precision);
  if (!to) {
    // CQL has null for what cannot be represented, its official tests an error. An error finds what
    // is wrong; but the end of what goes on (9999-12-31) and the start of what always was are no
    // mistakes, and nothing is beyond them.
    const bool last = from.year == 9999 && from.month == 12 && from.day == 31;
    const bool first = from.year == 1 && from.month == 1 && from.day == 1;
    if (first || last) return {};
    return fail(call, "the date is outside the years 1 to 9999");
  }
  return make_moment(moment, *to);
}

namespace {

// A second without its milliseconds counts as .000 (CQL: "combined as .0"); against other
// milliseconds the reference suite leaves it unknown (12:00:00 and 12:00:00.001), as for every
// other missing part.
std::optional<int> compare_moments(const Call& call, const DateTime& a, const DateTime& b,
                                   Precision at_most) {
  const auto order = base::compare(a, b, call.offset_minutes, at_most);
  const bool half_written = std::min(a.precision, b.precision) == Precision::kSecond &&
                            a.precision != b.precision && at_most == Precision::kMillisecond;
  if (!order || !half_written) return order;
  const auto seconds = base::compare(a, b, call.offset_minutes, Precision::kSecond);
  const DateTime& whole = a.precision == Precision::kMillisecond ? a : b;
  return seconds == 0 && whole.millisecond != 0 ? std::nullopt : order;
}

}  // namespace

bool is_in_last_second(Call& call, const Value& a, const Value& b, const NodeOptions& options) {
  if (!is_moment(a) || a.kind() != b.kind() || options.has_precision) return false;
  const DateTime x = a.as_date_time();
  const DateTime y = b.as_date_time();
  constexpr int kLast = 999;
  return x.precision == Precision::kSecond && y.precision == Precision::kMillisecond &&
         y.millisecond == kLast &&
         base::compare(x, y, call.offset_minutes, Precision::kSecond) == 0;
}

std::optional<int> compare_points(Call& call, const Value& a, const Value& b,
                                  const NodeOptions& options) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (a.is(Kind::kInteger) && b.is(Kind::kInteger)) return order(a.as_integer(), b.as_integer());
  if (is_moment(a) && is_moment(b)) {
    if (a.is(Kind::kTime) != b.is(Kind::kTime)) return std::nullopt;
    return compare_moments(call, a.as_date_time(), b.as_date_time(),
                           options.has_precision ? options.precision : Precision::kMillisecond);
  }
  if (is_number(a) && is_number(b)) return order(number_of(a), number_of(b));
  if (a.is(Kind::kQuantity) && b.is(Kind::kQuantity)) {
    return compare_quantities(a.as_quantity(), b.as_quantity());
  }
  if (a.is(Kind::kString) && b.is(Kind::kString)) return order(a.as_string(), b.as_string());
  if (a.is(Kind::kUncertainty) || b.is(Kind::kUncertainty)) {
    const auto end = [](const Value& value, bool high) -> std::optional<Value> {
      if (!value.is(Kind::kUncertainty)) return value;
      return high ? value.as_interval().high : value.as_interval().low;
    };
    const auto low = compare_points(call, *end(a, true), *end(b, false), options);
    const auto high = compare_points(call, *end(a, false), *end(b, true), options);
    if (!low || !high) return std::nullopt;
    if (*low < 0) return -1;
    if (*high > 0) return 1;
    return *low == 0 && *high == 0 ? std::optional<int>(0) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace nidus::cql::ops
