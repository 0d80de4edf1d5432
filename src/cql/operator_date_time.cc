// SPDX-License-Identifier: Apache-2.0
//
// Making and taking apart dates and times, and the order of dates, times and intervals.
#include <cmath>
#include <optional>

#include "cql/operator_bounds.h"
#include "cql/operator_moments.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using base::DateTime;
using base::Decimal;
using base::Precision;
using ops::Arguments;

namespace {

// --- constructors -------------------------------------------------------------------------------

struct Component {
  Precision precision;
  int least;
  int most;
};
constexpr Component kDateTimeParts[] = {
    {Precision::kYear, 1, 9999},       {Precision::kMonth, 1, 12},  {Precision::kDay, 1, 31},
    {Precision::kHour, 0, 23},         {Precision::kMinute, 0, 59}, {Precision::kSecond, 0, 59},
    {Precision::kMillisecond, 0, 999},
};

void set_part(DateTime& moment, Precision precision, int number) {
  switch (precision) {
    case Precision::kYear:
      moment.year = static_cast<std::int16_t>(number);
      break;
    case Precision::kMonth:
      moment.month = static_cast<std::uint8_t>(number);
      break;
    case Precision::kDay:
      moment.day = static_cast<std::uint8_t>(number);
      break;
    case Precision::kHour:
      moment.hour = static_cast<std::uint8_t>(number);
      break;
    case Precision::kMinute:
      moment.minute = static_cast<std::uint8_t>(number);
      break;
    case Precision::kSecond:
      moment.second = static_cast<std::uint8_t>(number);
      break;
    case Precision::kMillisecond:
      moment.millisecond = static_cast<std::uint16_t>(number);
      break;
  }
}

int part_of(const DateTime& moment, Precision precision) {
  switch (precision) {
    case Precision::kYear:
      return moment.year;
    case Precision::kMonth:
      return moment.month;
    case Precision::kDay:
      return moment.day;
    case Precision::kHour:
      return moment.hour;
    case Precision::kMinute:
      return moment.minute;
    case Precision::kSecond:
      return moment.second;
    case Precision::kMillisecond:
      return moment.millisecond;
  }
  return 0;
}

// Fills `moment` from `parts`, coarsest first, up to the first that is null. False: nothing to make
// (null, or an error was written).
bool fill(Call& call, DateTime& moment, Arguments parts, std::span<const Component> components) {
  bool ended = false;
  bool any = false;
  for (std::size_t i = 0; i < parts.size() && i < components.size(); ++i) {
    if (parts[i].is_null()) {
      ended = true;
      continue;
    }
    if (ended) {
      ops::fail(call, "a date or time has a finer part without the coarser one");
      return false;
    }
    const auto number = parts[i].is(Kind::kInteger) ? parts[i].as_integer() : -1;
    if (number < components[i].least || number > components[i].most) {
      ops::fail(call, "a part of a date or time is out of range");
      return false;
    }
    set_part(moment, components[i].precision, number);
    moment.precision = components[i].precision;
    any = true;
  }
  if (any && moment.precision >= Precision::kDay &&
      moment.day > base::days_in_month(moment.year, moment.month)) {
    ops::fail(call, "the month has no such day");
    return false;
  }
  return any;
}

Value run_date(Call& call, const NodeOptions&, Arguments a) {
  DateTime moment;
  const auto parts = std::span(kDateTimeParts).first(3);
  return fill(call, moment, a, parts) ? Value::date(moment) : Value();
}

constexpr std::size_t kOffsetAt = 7;

Value run_date_time(Call& call, const NodeOptions&, Arguments a) {
  DateTime moment;
  const auto parts = a.first(std::min(a.size(), kOffsetAt));
  if (!fill(call, moment, parts, kDateTimeParts)) return {};
  moment.offset_minutes = static_cast<std::int16_t>(call.offset_minutes);
  if (a.size() > kOffsetAt && !a[kOffsetAt].is_null()) {
    const auto minutes = ops::is_number(a[kOffsetAt])
                             ? base::multiply(ops::number_of(a[kOffsetAt]), Decimal::from_int(60))
                             : std::nullopt;
    const auto whole = minutes ? base::round(*minutes, 0).truncate_to_int64() : std::nullopt;
    if (!whole || *whole < -14 * 60 || *whole > 14 * 60) {
      return ops::fail(call, "a time-zone offset is out of range");
    }
    moment.offset_minutes = static_cast<std::int16_t>(*whole);
  }
  return Value::date_time(moment);
}

Value run_time(Call& call, const NodeOptions&, Arguments a) {
  DateTime moment;
  moment.precision = Precision::kHour;
  const auto parts = std::span(kDateTimeParts).subspan(3);
  return fill(call, moment, a, parts) ? Value::time(moment) : Value();
}

Value run_now(Call& call, const NodeOptions&, Arguments) { return Value::date_time(call.as_of); }

Value run_today(Call& call, const NodeOptions&, Arguments) {
  return ops::to_date(Value::date_time(call.as_of));
}

Value run_time_of_day(Call& call, const NodeOptions&, Arguments) {
  DateTime clock = call.as_of;
  clock.year = 1;
  clock.month = clock.day = 1;
  clock.offset_minutes = DateTime::kNoOffset;
  return Value::time(clock);
}

// --- parts --------------------------------------------------------------------------------------

Value run_date_from(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kDate) && !a[0].is(Kind::kDateTime)) {
    return ops::fail(call, "date from needs a date");
  }
  return ops::to_date(a[0]);
}

Value run_time_from(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (a[0].is(Kind::kTime)) return a[0];
  if (!a[0].is(Kind::kDateTime)) return ops::fail(call, "time from needs a date-time");
  DateTime clock = a[0].as_date_time();
  if (clock.precision < Precision::kHour) return {};
  clock.year = 1;
  clock.month = clock.day = 1;
  clock.offset_minutes = DateTime::kNoOffset;
  return Value::time(clock);
}

Value run_offset_from(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kDateTime)) return ops::fail(call, "timezoneoffset from needs a date-time");
  const DateTime moment = a[0].as_date_time();
  const int minutes = moment.has_offset() ? moment.offset_minutes : call.offset_minutes;
  return ops::decimal_or_null(call,
                              base::divide(Decimal::from_int(minutes), Decimal::from_int(60)));
}

std::optional<Precision> precision_named(std::string_view name) {
  constexpr std::pair<std::string_view, Precision> kNames[] = {
      {"Year", Precision::kYear},
      {"Month", Precision::kMonth},
      {"Day", Precision::kDay},
      {"Hour", Precision::kHour},
      {"Minute", Precision::kMinute},
      {"Second", Precision::kSecond},
      {"Millisecond", Precision::kMillisecond}};
  for (const auto& [known, precision] : kNames) {
    if (known == name) return precision;
  }
  return std::nullopt;
}

Value run_component_from(Call& call, const NodeOptions& options, Arguments a) {
  if (a[0].is_null()) return {};
  const auto named = precision_named(options.component);
  if (!ops::is_moment(a[0])) return ops::fail(call, "a part can only be taken from a date or time");
  if (!named && !options.has_precision) return ops::fail(call, "no part of the date was named");
  const auto precision = named.value_or(options.precision);
  const DateTime moment = a[0].as_date_time();
  if (moment.precision < precision) return {};
  if (a[0].is(Kind::kTime) && precision < Precision::kHour) return {};
  return Value::integer(part_of(moment, precision));
}

Value run_duration_between(Call& call, const NodeOptions& options, Arguments a) {
  return ops::duration_between(call, a[0], a[1], options.precision, options.is_week);
}

Value run_difference_between(Call& call, const NodeOptions& options, Arguments a) {
  return ops::difference_between(call, a[0], a[1], options.precision, options.is_week);
}

// --- order --------------------------------------------------------------------------------------

Value run_before(Call& call, const NodeOptions& options, Arguments a) {
  if (ops::any_null(a)) return {};
  const auto x = ops::bounds_of(call, a[0]);
  const auto y = ops::bounds_of(call, a[1]);
  return ops::truth(ops::less(call, x.end, y.start, options));
}

Value run_after(Call& call, const NodeOptions& options, Arguments a) {
  const Value swapped[] = {a[1], a[0]};
  return run_before(call, options, swapped);
}

Value run_same_or_before(Call& call, const NodeOptions& options, Arguments a) {
  if (ops::any_null(a)) return {};
  const auto x = ops::bounds_of(call, a[0]);
  const auto y = ops::bounds_of(call, a[1]);
  return ops::truth(ops::less_or_equal(call, x.end, y.start, options));
}

Value run_same_or_after(Call& call, const NodeOptions& options, Arguments a) {
  const Value swapped[] = {a[1], a[0]};
  return run_same_or_before(call, options, swapped);
}

Value run_same_as(Call& call, const NodeOptions& options, Arguments a) {
  if (ops::any_null(a)) return {};
  const auto x = ops::bounds_of(call, a[0]);
  const auto y = ops::bounds_of(call, a[1]);
  return ops::truth(ops::both(ops::equal(call, x.start, y.start, options),
                              ops::equal(call, x.end, y.end, options)));
}

constexpr OperatorEntry kDateTimeOperators[] = {
    {"Date", 1, 3, run_date},
    {"DateTime", 1, 8, run_date_time},
    {"Time", 1, 4, run_time},
    {"Now", 0, 0, run_now},
    {"Today", 0, 0, run_today},
    {"TimeOfDay", 0, 0, run_time_of_day},
    {"DateFrom", 1, 1, run_date_from},
    {"TimeFrom", 1, 1, run_time_from},
    {"TimezoneFrom", 1, 1, run_offset_from},
    {"TimezoneOffsetFrom", 1, 1, run_offset_from},
    {"DateTimeComponentFrom", 1, 1, run_component_from},
    {"DurationBetween", 2, 2, run_duration_between},
    {"DifferenceBetween", 2, 2, run_difference_between},
    {"Before", 2, 2, run_before},
    {"After", 2, 2, run_after},
    {"SameAs", 2, 2, run_same_as},
    {"SameOrBefore", 2, 2, run_same_or_before},
    {"SameOrAfter", 2, 2, run_same_or_after},
};

}  // namespace

std::span<const OperatorEntry> date_time_operators() { return kDateTimeOperators; }

}  // namespace nidus::cql
