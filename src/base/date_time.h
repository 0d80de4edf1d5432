// SPDX-License-Identifier: Apache-2.0
//
// Date, DateTime and Time with the precision they were written with and, for DateTime, the offset
// they were written with. Eight bytes of fields and two of offset; no time-zone database, no clock.
// Thread rule: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nidus::base {

enum class Precision : std::uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMillisecond };

// A date, a date-time or a time of day. Fields beyond `precision` hold their lowest value.
// For a time of day, year/month/day are 1/1/1 and precision is kHour or finer.
struct DateTime {
  static constexpr std::int16_t kNoOffset = INT16_MIN;

  std::int16_t year = 1;
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  Precision precision = Precision::kYear;
  std::uint16_t millisecond = 0;
  std::int16_t offset_minutes = kNoOffset;

  bool has_offset() const { return offset_minutes != kNoOffset; }
  friend bool operator==(const DateTime&, const DateTime&) = default;  // field by field
};

// FHIR date / dateTime / instant and CQL literals ("2025", "2025-03-04T10:00+01:00", "...Z").
// Nullopt for anything impossible (month 13, 30 February, hour 24, offset beyond 14 h).
std::optional<DateTime> parse_date(std::string_view text);       // year..day
std::optional<DateTime> parse_date_time(std::string_view text);  // year..millisecond
std::optional<DateTime> parse_time(std::string_view text);       // "10:00", "T10:00:00.000"

std::string format_date(const DateTime& value);
std::string format_date_time(const DateTime& value);
std::string format_time(const DateTime& value);

int days_in_month(int year, int month);
// Days since 1970-01-01 (proleptic Gregorian).
std::int64_t days_from_civil(int year, int month, int day);
DateTime civil_from_days(std::int64_t days);  // precision kDay

// Milliseconds since 1970-01-01T00:00Z; missing fields at their lowest value; a missing offset is
// read as `default_offset_minutes`.
std::int64_t epoch_ms(const DateTime& value, int default_offset_minutes);
// Precision kMillisecond. REQUIRES: an instant in years -9999..9999 or so (the year is 16 bits).
DateTime from_epoch_ms(std::int64_t ms, int offset_minutes);
// Same instant in another offset (only meaningful from hour precision down; else unchanged). At the
// ends of the calendar the year can come out as 0 or 10000: fit to compare, not to show.
DateTime at_offset(const DateTime& value, int offset_minutes, int default_offset_minutes);

// Three-way comparison at `at_most` precision after normalising offsets; nullopt when one value
// runs out of precision before a decision (both ending at the same precision are equal so far: 0).
// Seconds and milliseconds are one decimal step.
std::optional<int> compare(const DateTime& a, const DateTime& b, int default_offset_minutes,
                           Precision at_most = Precision::kMillisecond);

// Adds a whole count of `unit`; months and years clamp to the end of the month; the value keeps its
// own precision (smaller units are first truncated to it, as CQL says). Nullopt outside years
// 1..9999.
std::optional<DateTime> add(const DateTime& value, std::int64_t count, Precision unit);

// Lowest / highest full-precision value this (possibly partial) value can mean.
DateTime lowest(const DateTime& value, Precision to = Precision::kMillisecond);
DateTime highest(const DateTime& value, Precision to = Precision::kMillisecond);

}  // namespace nidus::base
