// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_moments.h"

#include <algorithm>

namespace nidus::cql::ops {

using base::DateTime;
using base::Precision;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// Milliseconds on one scale for all that is compared: an instant shown on the clock of the request.
std::int64_t wall_ms(const Call& call, const DateTime& moment) {
  if (moment.precision >= Precision::kMinute) {
    return base::epoch_ms(moment, call.offset_minutes) + call.offset_minutes * 60'000LL;
  }
  DateTime wall = base::at_offset(moment, call.offset_minutes, call.offset_minutes);
  wall.offset_minutes = 0;
  return base::epoch_ms(wall, 0);
}

DateTime on_wall(const Call& call, const DateTime& moment) {
  return base::at_offset(moment, call.offset_minutes, call.offset_minutes);
}

std::int64_t months_of(const DateTime& moment) { return moment.year * 12LL + moment.month - 1; }

// Milliseconds since the first of the month.
std::int64_t within_month(const DateTime& moment) {
  return (moment.day - 1) * kDayMs + moment.hour * 3'600'000LL + moment.minute * 60'000LL +
         moment.second * 1'000LL + moment.millisecond;
}

std::int64_t unit_ms(Precision unit, bool weeks) {
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
      return weeks ? 7 * kDayMs : kDayMs;
  }
}

std::int64_t whole_periods(const Call& call, const DateTime& a, const DateTime& b, Precision unit,
                           bool weeks) {
  if (unit >= Precision::kDay) {
    return (wall_ms(call, b) - wall_ms(call, a)) / unit_ms(unit, weeks);
  }
  const DateTime x = on_wall(call, a);
  const DateTime y = on_wall(call, b);
  std::int64_t months = months_of(y) - months_of(x);
  if (months > 0 && within_month(y) < within_month(x)) --months;
  if (months < 0 && within_month(y) > within_month(x)) ++months;
  return unit == Precision::kYear ? months / 12 : months;
}

// By days and coarser, moments are taken as they are written, whatever their offsets (CQL,
// Difference); only from hours down they are shown on the clock of the request.
std::int64_t boundaries(const Call& call, const DateTime& a, const DateTime& b, Precision unit,
                        bool weeks) {
  if (unit == Precision::kYear) return b.year - a.year;
  if (unit == Precision::kMonth) return months_of(b) - months_of(a);
  // Weeks turn on Sundays; 1969-12-28 was one, four days before the epoch.
  const std::int64_t shift = weeks ? 4 * kDayMs : 0;
  const auto index = [&](DateTime moment) {
    if (unit == Precision::kDay) moment.offset_minutes = 0;
    const std::int64_t ms =
        unit == Precision::kDay ? base::epoch_ms(moment, 0) : wall_ms(call, moment);
    return floor_divide(ms + shift, unit_ms(unit, weeks));
  };
  return index(b) - index(a);
}

using Count = std::int64_t (*)(const Call&, const DateTime&, const DateTime&, Precision, bool);

Value count_over_range(Call& call, const DateTime& a, const DateTime& b, Precision unit, bool weeks,
                       Precision to, Count count) {
  const auto low = count(call, base::highest(a, to), base::lowest(b, to), unit, weeks);
  const auto high = count(call, base::lowest(a, to), base::highest(b, to), unit, weeks);
  return make_uncertainty(call, low, high);
}

bool comparable_kinds(const Value& a, const Value& b) {
  return is_moment(a) && is_moment(b) && a.is(Kind::kTime) == b.is(Kind::kTime);
}

}  // namespace

Value duration_between(Call& call, const Value& a, const Value& b, Precision unit, bool weeks) {
  if (a.is_null() || b.is_null()) return {};
  if (!comparable_kinds(a, b)) return fail(call, "a duration needs two dates or two times");
  const DateTime x = a.as_date_time();
  const DateTime y = b.as_date_time();
  if (x.precision < unit || y.precision < unit) {
    const bool dates = a.is(Kind::kDate) && b.is(Kind::kDate) && unit <= Precision::kDay;
    return count_over_range(call, x, y, unit, weeks,
                            dates ? Precision::kDay : Precision::kMillisecond, whole_periods);
  }
  // A year or a month against something finer: a birth date known to the year gives two possible
  // ages. From the day down the unwritten part is taken as its lowest.
  if (x.precision != y.precision && std::min(x.precision, y.precision) < Precision::kDay) {
    return count_over_range(call, x, y, unit, weeks, std::max(x.precision, y.precision),
                            whole_periods);
  }
  return integer_or_null(whole_periods(call, x, y, unit, weeks));
}

Value difference_between(Call& call, const Value& a, const Value& b, Precision unit, bool weeks) {
  if (a.is_null() || b.is_null()) return {};
  if (!comparable_kinds(a, b)) return fail(call, "a difference needs two dates or two times");
  const DateTime x = a.as_date_time();
  const DateTime y = b.as_date_time();
  if (x.precision < unit || y.precision < unit) {
    return count_over_range(call, x, y, unit, weeks, Precision::kMillisecond, boundaries);
  }
  return integer_or_null(boundaries(call, x, y, unit, weeks));
}

Value to_date(const Value& moment) {
  if (moment.is_null() || moment.is(Kind::kDate)) return moment;
  DateTime day = cut(moment.as_date_time(), Precision::kDay);
  day.offset_minutes = DateTime::kNoOffset;
  return Value::date(day);
}

Value to_date_time(Call& call, const Value& moment) {
  if (moment.is_null() || moment.is(Kind::kDateTime)) return moment;
  DateTime same = moment.as_date_time();
  same.offset_minutes = static_cast<std::int16_t>(call.offset_minutes);
  return Value::date_time(same);
}

}  // namespace nidus::cql::ops
