// SPDX-License-Identifier: Apache-2.0
#include "base/date_time.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace nidus::base {

namespace {

constexpr std::int64_t kMsPerDay = 86'400'000;
constexpr int kMaxOffsetMinutes = 14 * 60;

// Reads exactly `count` digits, or nothing.
bool take_digits(std::string_view& text, int count, int& out) {
  if (text.size() < static_cast<std::size_t>(count)) return false;
  out = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<std::size_t>(count));
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text, DateTime& out) {
  int year = 0, month = 0, day = 0;
  if (!take_digits(text, 4, year) || year < 1) return false;
  out.year = static_cast<std::int16_t>(year);
  out.precision = Precision::kYear;
  if (!take(text, '-')) return true;
  if (!take_digits(text, 2, month) || month < 1 || month > 12) return false;
  out.month = static_cast<std::uint8_t>(month);
  out.precision = Precision::kMonth;
  if (!take(text, '-')) return true;
  if (!take_digits(text, 2, day) || day < 1 || day > days_in_month(year, month)) return false;
  out.day = static_cast<std::uint8_t>(day);
  out.precision = Precision::kDay;
  return true;
}

// What may follow a second.
bool take_fraction(std::string_view& text, DateTime& out) {
  if (!take(text, '.')) return true;
  int ms = 0, digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) ms = ms * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return false;
  for (int i = digits; i < 3; ++i) ms *= 10;
  out.millisecond = static_cast<std::uint16_t>(ms);
  out.precision = Precision::kMillisecond;
  return true;
}

bool take_clock(std::string_view& text, DateTime& out) {
  int number = 0;
  if (!take_digits(text, 2, number) || number > 23) return false;
  out.hour = static_cast<std::uint8_t>(number);
  out.precision = Precision::kHour;
  if (!take(text, ':')) return true;
  if (!take_digits(text, 2, number) || number > 59) return false;
  out.minute = static_cast<std::uint8_t>(number);
  out.precision = Precision::kMinute;
  if (!take(text, ':')) return true;
  if (!take_digits(text, 2, number) || number > 59) return false;
  out.second = static_cast<std::uint8_t>(number);
  out.precision = Precision::kSecond;
  return take_fraction(text, out);
}

// Eight bytes as a number, the first of them lowest.
std::uint64_t eight_bytes(const char* at) {
  std::uint64_t out = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&out, at, sizeof(out));
  } else {
    for (int i = 7; i >= 0; --i) out = out << 8 | static_cast<unsigned char>(at[i]);
  }
  return out;
}

// Eight bytes of digits ("0") and signs.
struct Pattern {
  std::uint64_t text = 0;
  std::uint64_t most = 0;  // how far each byte may differ from `text`

  consteval explicit Pattern(const char* at) {
    for (int i = 0; i < 8; ++i) {
      text |= static_cast<std::uint64_t>(at[i]) << (8 * i);
      most |= std::uint64_t{at[i] == '0' ? 9U : 0U} << (8 * i);
    }
  }
};

// For text of the pattern: byte i of the result is the number that the digits i and i + 1 are.
std::optional<std::uint64_t> pairs_of(std::uint64_t text, Pattern pattern) {
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  const std::uint64_t digits = text ^ pattern.text;
  // Byte by byte, as none borrows: the high bit stays where a digit is not above its most.
  if ((digits & kHigh) != 0 || (((pattern.most | kHigh) - digits) & kHigh) != kHigh) {
    return std::nullopt;
  }
  return digits * 10 + (digits >> 8);
}

int byte_of(std::uint64_t bytes, int i) { return static_cast<int>(bytes >> (8 * i) & 0xff); }

// "2025-03-04T10:00:00", which nearly every moment of a record begins with, in one step. Leaves all
// else, and what is impossible, to the long way.
bool take_to_second(std::string_view& text, DateTime& out) {
  constexpr std::size_t kSize = 19;
  const char* at = text.data();
  if (text.size() < kSize) return false;
  const auto date = pairs_of(eight_bytes(at), Pattern("0000-00-"));
  const auto hours = pairs_of(eight_bytes(at + 8), Pattern("00T00:00"));
  const auto clock = pairs_of(eight_bytes(at + 11), Pattern("00:00:00"));
  if (!date || !hours || !clock) return false;
  const int year = byte_of(*date, 0) * 100 + byte_of(*date, 2);
  const int month = byte_of(*date, 5), day = byte_of(*hours, 0);
  const int hour = byte_of(*clock, 0), minute = byte_of(*clock, 3), second = byte_of(*clock, 6);
  constexpr int kShortestMonth = 28;
  if (year < 1 || month < 1 || month > 12 || day < 1 ||
      (day > kShortestMonth && day > days_in_month(year, month)) || hour > 23 || minute > 59 ||
      second > 59) {
    return false;
  }
  out = {static_cast<std::int16_t>(year),
         static_cast<std::uint8_t>(month),
         static_cast<std::uint8_t>(day),
         static_cast<std::uint8_t>(hour),
         static_cast<std::uint8_t>(minute),
         static_cast<std::uint8_t>(second),
         Precision::kSecond};
  text.remove_prefix(kSize);
  return true;
}

bool take_offset(std::string_view& text, DateTime& out) {
  if (text.empty()) return true;
  if (take(text, 'Z')) {
    out.offset_minutes = 0;
    return true;
  }
  const bool minus = text.front() == '-';
  if (!minus && text.front() != '+') return false;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_digits(text, 2, hours) || !take(text, ':') || !take_digits(text, 2, minutes)) {
    return false;
  }
  const int total = hours * 60 + minutes;
  if (minutes > 59 || total > kMaxOffsetMinutes) return false;
  out.offset_minutes = static_cast<std::int16_t>(minus ? -total : total);
  return true;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::int64_t civil_ms(const DateTime& value) {
  return days_from_civil(value.year, value.month, value.day) * kMsPerDay +
         ((value.hour * 60 + value.minute) * 60 + value.second) * 1000LL + value.millisecond;
}

DateTime from_civil_ms(std::int64_t ms) {
  const std::int64_t days = floor_div(ms, kMsPerDay);
  std::int64_t rest = ms - days * kMsPerDay;
  DateTime out = civil_from_days(days);
  out.millisecond = static_cast<std::uint16_t>(rest % 1000);
  rest /= 1000;
  out.second = static_cast<std::uint8_t>(rest % 60);
  rest /= 60;
  out.minute = static_cast<std::uint8_t>(rest % 60);
  out.hour = static_cast<std::uint8_t>(rest / 60);
  out.precision = Precision::kMillisecond;
  return out;
}

void truncate_to(DateTime& value, Precision precision) {
  value.precision = precision;
  if (precision < Precision::kMillisecond) value.millisecond = 0;
  if (precision < Precision::kSecond) value.second = 0;
  if (precision < Precision::kMinute) value.minute = 0;
  if (precision < Precision::kHour) value.hour = 0;
  if (precision < Precision::kDay) value.day = 1;
  if (precision < Precision::kMonth) value.month = 1;
}

int field(const DateTime& value, Precision which) {
  switch (which) {
    case Precision::kYear:
      return value.year;
    case Precision::kMonth:
      return value.month;
    case Precision::kDay:
      return value.day;
    case Precision::kHour:
      return value.hour;
    case Precision::kMinute:
      return value.minute;
    case Precision::kSecond:
    case Precision::kMillisecond:
      return value.second * 1000 + value.millisecond;
  }
  return 0;
}

std::optional<DateTime> add_months(DateTime value, std::int64_t months) {
  const std::int64_t total = value.year * 12LL + (value.month - 1) + months;
  const std::int64_t year = floor_div(total, 12);
  if (year < 1 || year > 9999) return std::nullopt;
  value.year = static_cast<std::int16_t>(year);
  value.month = static_cast<std::uint8_t>(total - year * 12 + 1);
  value.day =
      static_cast<std::uint8_t>(std::min<int>(value.day, days_in_month(value.year, value.month)));
  return value;
}

}  // namespace

int days_in_month(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  assert(month >= 1 && month <= 12);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Days of the proleptic Gregorian calendar by 400-year eras that begin on 1 March.
std::int64_t days_from_civil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}

DateTime civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = floor_div(days, 146097);
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  DateTime out;
  out.day = static_cast<std::uint8_t>(day_of_year - (153 * shifted + 2) / 5 + 1);
  out.month = static_cast<std::uint8_t>(shifted < 10 ? shifted + 3 : shifted - 9);
  out.year = static_cast<std::int16_t>(year_of_era + era * 400 + (out.month <= 2 ? 1 : 0));
  out.precision = Precision::kDay;
  return out;
}

std::optional<DateTime> parse_date(std::string_view text) {
  DateTime out;
  if (!take_date(text, out) || !text.empty()) return std::nullopt;
  return out;
}

std::optional<DateTime> parse_date_time(std::string_view text) {
  DateTime out;
  if (take_to_second(text, out)) {
    if (!take_fraction(text, out) || !take_offset(text, out) || !text.empty()) return std::nullopt;
    return out;
  }
  if (!take_date(text, out)) return std::nullopt;
  if (text.empty()) return out;
  if (!take(text, 'T')) return std::nullopt;
  if (text.empty()) return out;  // CQL writes "@2025T" for a DateTime of year precision
  if (out.precision != Precision::kDay) return std::nullopt;
  if (!take_clock(text, out) || !take_offset(text, out) || !text.empty()) return std::nullopt;
  return out;
}

std::optional<DateTime> parse_time(std::string_view text) {
  DateTime out;
  take(text, 'T');
  if (!take_clock(text, out) || !text.empty()) return std::nullopt;
  return out;
}

namespace {

// `number` in at least `width` digits.
void add_digits(std::string& out, int number, int width) {
  char text[16];
  char* at = std::end(text);
  unsigned rest = static_cast<unsigned>(number < 0 ? -number : number);
  for (; rest != 0 || width > 0; rest /= 10, --width) *--at = static_cast<char>('0' + rest % 10);
  if (number < 0) *--at = '-';
  out.append(at, std::end(text));
}

}  // namespace

std::string format_date(const DateTime& value) {
  std::string out;
  add_digits(out, value.year, 4);
  if (value.precision >= Precision::kMonth) add_digits(out += '-', value.month, 2);
  if (value.precision >= Precision::kDay) add_digits(out += '-', value.day, 2);
  return out;
}

std::string format_time(const DateTime& value) {
  std::string out;
  add_digits(out, value.hour, 2);
  if (value.precision >= Precision::kMinute) add_digits(out += ':', value.minute, 2);
  if (value.precision >= Precision::kSecond) add_digits(out += ':', value.second, 2);
  if (value.precision >= Precision::kMillisecond) add_digits(out += '.', value.millisecond, 3);
  return out;
}

std::string format_date_time(const DateTime& value) {
  std::string out = format_date(value);
  if (value.precision < Precision::kHour) return out;
  (out += 'T') += format_time(value);
  if (!value.has_offset()) return out;
  if (value.offset_minutes == 0) return out += 'Z';
  const int magnitude = value.offset_minutes < 0 ? -value.offset_minutes : value.offset_minutes;
  add_digits(out += value.offset_minutes < 0 ? '-' : '+', magnitude / 60, 2);
  add_digits(out += ':', magnitude % 60, 2);
  return out;
}

std::int64_t epoch_ms(const DateTime& value, int default_offset_minutes) {
  const int offset = value.has_offset() ? value.offset_minutes : default_offset_minutes;
  return civil_ms(value) - offset * 60'000LL;
}

DateTime from_epoch_ms(std::int64_t ms, int offset_minutes) {
  DateTime out = from_civil_ms(ms + offset_minutes * 60'000LL);
  out.offset_minutes = static_cast<std::int16_t>(offset_minutes);
  return out;
}

DateTime at_offset(const DateTime& value, int offset_minutes, int default_offset_minutes) {
  if (value.precision < Precision::kHour) return value;
  DateTime out = from_epoch_ms(epoch_ms(value, default_offset_minutes), offset_minutes);
  truncate_to(out, value.precision);
  return out;
}

namespace {

// Larger for a later day; days that are next to each other differ by up to four.
int day_in_order(const DateTime& value) { return (value.year * 12 + value.month) * 31 + value.day; }

std::int64_t clock_ms(const DateTime& value) {
  return ((value.hour * 60 + value.minute) * 60 + value.second) * std::int64_t{1000} +
         value.millisecond;
}

// Of moments written to the second or finer.
int compare_instants(const DateTime& a, const DateTime& b, int a_offset, int b_offset) {
  const int days = day_in_order(a) - day_in_order(b);
  // No offsets make up for more than two days.
  constexpr int kClear = 8;
  if (days >= kClear) return 1;
  if (days <= -kClear) return -1;
  std::int64_t difference = 0;
  if (a_offset == b_offset) {
    difference = days != 0 ? days : clock_ms(a) - clock_ms(b);
  } else {
    difference = epoch_ms(a, a_offset) - epoch_ms(b, b_offset);
  }
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

}  // namespace

std::optional<int> compare(const DateTime& a, const DateTime& b, int default_offset_minutes,
                           Precision at_most) {
  const int left_offset = a.has_offset() ? a.offset_minutes : default_offset_minutes;
  const int right_offset = b.has_offset() ? b.offset_minutes : default_offset_minutes;
  // Both to the second or finer: the instants decide.
  if (std::min(a.precision, b.precision) >= Precision::kSecond &&
      at_most == Precision::kMillisecond) {
    return compare_instants(a, b, left_offset, right_offset);
  }
  DateTime left = a, right = b;
  // By days and coarser, moments are compared as they are written (CQL, Same As and its kin).
  if (left_offset != right_offset && at_most > Precision::kDay) {
    left = at_offset(a, default_offset_minutes, default_offset_minutes);
    right = at_offset(b, default_offset_minutes, default_offset_minutes);
  }
  for (int step = 0; step <= static_cast<int>(Precision::kSecond); ++step) {
    const auto which = static_cast<Precision>(step);
    if (which > at_most) break;
    if (left.precision < which || right.precision < which) {
      if (left.precision < which && right.precision < which && left.precision == right.precision) {
        return 0;  // both end here, equal so far
      }
      return std::nullopt;
    }
    // Seconds and milliseconds are one decimal step, unless the caller stops at seconds.
    const bool whole_seconds = which == Precision::kSecond && at_most == Precision::kSecond;
    const int x = whole_seconds ? left.second : field(left, which);
    const int y = whole_seconds ? right.second : field(right, which);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

std::optional<DateTime> add(const DateTime& value, std::int64_t count, Precision unit) {
  constexpr std::int64_t kTooMany = 400'000'000'000'000;  // ms in more than 10,000 years
  if (count > kTooMany || count < -kTooMany) return std::nullopt;
  // A unit finer than the value is first cut down to the value's precision.
  if (unit > value.precision) {
    static constexpr std::int64_t kToCoarser[] = {1, 12, 30, 24, 60, 60, 1000};
    if (value.precision == Precision::kYear && unit > Precision::kMonth) {
      std::int64_t days = count;
      for (int step = static_cast<int>(unit); step > static_cast<int>(Precision::kDay); --step) {
        days /= kToCoarser[step];
      }
      return add(value, days / 365, Precision::kYear);
    }
    for (int step = static_cast<int>(unit); step > static_cast<int>(value.precision); --step) {
      count /= kToCoarser[step];
    }
    unit = value.precision;
  }
  if (unit == Precision::kYear) {
    if (count > 10'000 || count < -10'000) return std::nullopt;
    return add_months(value, count * 12);
  }
  if (unit == Precision::kMonth) {
    if (count > 120'000 || count < -120'000) return std::nullopt;
    return add_months(value, count);
  }
  static constexpr std::int64_t kMs[] = {0, 0, kMsPerDay, 3'600'000, 60'000, 1000, 1};
  const std::int64_t step = kMs[static_cast<std::size_t>(unit)];
  if (count > kTooMany / step || count < -kTooMany / step) return std::nullopt;
  DateTime out = from_civil_ms(civil_ms(value) + count * step);
  if (civil_ms(value) + count * step < days_from_civil(1, 1, 1) * kMsPerDay ||
      civil_ms(value) + count * step >= days_from_civil(10000, 1, 1) * kMsPerDay) {
    return std::nullopt;
  }
  truncate_to(out, value.precision);
  out.offset_minutes = value.offset_minutes;
  return out;
}

DateTime lowest(const DateTime& value, Precision to) {
  DateTime out = value;
  if (to > out.precision) out.precision = to;
  return out;
}

DateTime highest(const DateTime& value, Precision to) {
  DateTime out = value;
  if (value.precision < Precision::kMonth && to >= Precision::kMonth) out.month = 12;
  if (value.precision < Precision::kDay && to >= Precision::kDay) {
    out.day = static_cast<std::uint8_t>(days_in_month(out.year, out.month));
  }
  if (value.precision < Precision::kHour && to >= Precision::kHour) out.hour = 23;
  if (value.precision < Precision::kMinute && to >= Precision::kMinute) out.minute = 59;
  if (value.precision < Precision::kSecond && to >= Precision::kSecond) out.second = 59;
  if (value.precision < Precision::kMillisecond && to >= Precision::kMillisecond) {
    out.millisecond = 999;
  }
  if (to > out.precision) out.precision = to;
  return out;
}

}  // namespace nidus::base
