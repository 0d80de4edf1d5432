// SPDX-License-Identifier: Apache-2.0
#include "base/date_time.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace nidus::base {
namespace {

// Reads a date-time, or a date when the text has no time.
DateTime at(std::string_view text) {
  const auto parsed = parse_date_time(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(DateTime());
}

std::string shown(const std::optional<DateTime>& value) {
  return value ? format_date_time(*value) : "none";
}

TEST(DateTime, ReadsAndWritesItsOwnPrecision) {
  const struct {
    std::string_view text;
    Precision precision;
    std::string_view again;  // "" when the text comes back unchanged
  } kCases[] = {
      {"2025", Precision::kYear, ""},
      {"2025-03", Precision::kMonth, ""},
      {"2025-03-04", Precision::kDay, ""},
      {"0001-01-01", Precision::kDay, ""},
      {"9999-12-31T23:59:59.999Z", Precision::kMillisecond, ""},
      {"2025T", Precision::kYear, "2025"},
      {"2025-03-04T", Precision::kDay, "2025-03-04"},
      {"2025-03-04T10", Precision::kHour, ""},
      {"2025-03-04T10:05", Precision::kMinute, ""},
      {"2025-03-04T10:00Z", Precision::kMinute, ""},
      {"2025-03-04T10:05:06", Precision::kSecond, ""},
      {"2025-03-04T10:05:06.7", Precision::kMillisecond, "2025-03-04T10:05:06.700"},
      {"2025-03-04T10:05:06.78", Precision::kMillisecond, "2025-03-04T10:05:06.780"},
      {"2025-03-04T10:05:06.789", Precision::kMillisecond, ""},
      {"2025-03-04T10:05:06.7899999999999999+01:00", Precision::kMillisecond,
       "2025-03-04T10:05:06.789+01:00"},
      {"2025-03-04T10:05:06+14:00", Precision::kSecond, ""},
      {"2025-03-04T10:05:06-14:00", Precision::kSecond, ""},
      {"2025-03-04T10:05:06-05:30", Precision::kSecond, ""},
      {"2025-03-04T10:05:06+00:00", Precision::kSecond, "2025-03-04T10:05:06Z"},
      {"2025-03-04T10:05:06-00:00", Precision::kSecond, "2025-03-04T10:05:06Z"},
      {"2024-02-29", Precision::kDay, ""},
      {"2000-02-29", Precision::kDay, ""},
  };
  for (const auto& c : kCases) {
    const auto value = parse_date_time(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(value->precision, c.precision) << c.text;
    EXPECT_EQ(format_date_time(*value), c.again.empty() ? c.text : c.again);
  }
  EXPECT_EQ(at("2025-03-04T10:05:06-05:30").offset_minutes, -330);
  EXPECT_FALSE(at("2025-03-04T10:05:06").has_offset());
}

TEST(DateTime, RefusesTheImpossible) {
  for (const std::string_view text : {"",
                                      "T",
                                      "25",
                                      "202",
                                      "20255",
                                      "0000",
                                      "-001",
                                      "2025-",
                                      "2025-1",
                                      "2025-00",
                                      "2025-13",
                                      "2025-03-",
                                      "2025-03-4",
                                      "2025-03-00",
                                      "2025-03-32",
                                      "2025-04-31",
                                      "2025-02-29",
                                      "1900-02-29",
                                      "2025-02-30",
                                      "2025-03T10",
                                      "2025T10:00",
                                      "2025-03-04 10:00",
                                      "2025-03-04t10:00",
                                      "2025-03-04T1",
                                      "2025-03-04T24:00",
                                      "2025-03-04T24:00:00",
                                      "2025-03-04T10:",
                                      "2025-03-04T10:60",
                                      "2025-03-04T10:00:60",
                                      "2025-03-04T10:00:61Z",
                                      "2025-03-04T10:00:00.",
                                      "2025-03-04T10:00:00.Z",
                                      "2025-03-04T10:00:00,5",
                                      "2025-03-04T10:00:00z",
                                      "2025-03-04T10:00:00+1:00",
                                      "2025-03-04T10:00:00+0100",
                                      "2025-03-04T10:00:00+01",
                                      "2025-03-04T10:00:00+01:60",
                                      "2025-03-04T10:00:00+14:01",
                                      "2025-03-04T10:00:00-15:00",
                                      "2025-03-04T10:00:00Z ",
                                      "2025-03-04T10:00:00ZZ",
                                      " 2025-03-04",
                                      "2025-03-04Z",
                                      "2025/03/04",
                                      "04-03-2025",
                                      "2o25",
                                      "2025-03-04T10:00:00+\xff\xff:00"}) {
    EXPECT_FALSE(parse_date_time(text)) << text;
  }
}

TEST(DateTime, DatesHaveNoTimeAndTimesNoDate) {
  EXPECT_EQ(format_date(*parse_date("2025-03")), "2025-03");
  EXPECT_FALSE(parse_date("2025-03-04T"));
  EXPECT_FALSE(parse_date("2025-03-04T10:00:00Z"));
  const struct {
    std::string_view text, shown;
  } kTimes[] = {{"10", "10"},
                {"T10:00", "10:00"},
                {"10:00", "10:00"},
                {"23:59:59", "23:59:59"},
                {"T10:00:00.5", "10:00:00.500"}};
  for (const auto& c : kTimes) {
    const auto value = parse_time(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(format_time(*value), c.shown);
    EXPECT_EQ(value->year, 1);
    EXPECT_EQ(value->month, 1);
    EXPECT_EQ(value->day, 1);
  }
  for (const std::string_view text :
       {"", "T", "24:00", "10:60", "10:00:60", "10:00Z", "1:00", "10:0"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(DateTime, Calendar) {
  EXPECT_EQ(days_in_month(2025, 2), 28);
  EXPECT_EQ(days_in_month(2024, 2), 29);
  EXPECT_EQ(days_in_month(1900, 2), 28);
  EXPECT_EQ(days_in_month(2000, 2), 29);
  EXPECT_EQ(days_in_month(2025, 4), 30);
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(1969, 12, 31), -1);
  EXPECT_EQ(days_from_civil(2000, 3, 1), 11017);
  EXPECT_EQ(days_from_civil(1, 1, 1), -719162);
  EXPECT_EQ(days_from_civil(9999, 12, 31), 2932896);
}

TEST(DateTime, EveryDayOfTheCalendarComesBack) {
  std::int64_t expected = days_from_civil(1, 1, 1);
  for (int year = 1; year <= 9999; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= days_in_month(year, month); ++day, ++expected) {
        ASSERT_EQ(days_from_civil(year, month, day), expected);
        const DateTime back = civil_from_days(expected);
        ASSERT_TRUE(back.year == year && back.month == month && back.day == day) << expected;
      }
    }
  }
}

TEST(DateTime, Instants) {
  EXPECT_EQ(epoch_ms(at("1970-01-01T00:00:00Z"), 0), 0);
  EXPECT_EQ(epoch_ms(at("1970-01-01T01:00:00+01:00"), 0), 0);
  EXPECT_EQ(epoch_ms(at("1969-12-31T23:59:59.999Z"), 0), -1);
  EXPECT_EQ(epoch_ms(at("2025-03-04T10:05:06.789Z"), 0), 1741082706789);
  EXPECT_EQ(epoch_ms(at("2025-03-04T10:05:06.789"), 60), 1741082706789 - 3'600'000)
      << "a missing offset is the default";
  EXPECT_EQ(epoch_ms(at("2025"), 0), epoch_ms(at("2025-01-01T00:00:00.000Z"), 0));
  EXPECT_EQ(shown(from_epoch_ms(-1, 0)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(shown(from_epoch_ms(1741082706789, -330)), "2025-03-04T04:35:06.789-05:30");
  std::mt19937_64 random(7);
  const std::int64_t first = epoch_ms(at("0001-01-02T00:00:00Z"), 0);
  const std::int64_t last = epoch_ms(at("9999-12-30T00:00:00Z"), 0);
  std::uniform_int_distribution<std::int64_t> any(first, last);
  std::uniform_int_distribution<int> offset(-840, 840);
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t ms = any(random);
    const DateTime value = from_epoch_ms(ms, offset(random));
    ASSERT_EQ(epoch_ms(value, 0), ms);
    ASSERT_EQ(parse_date_time(format_date_time(value)), value);
  }
}

TEST(DateTime, AtOffset) {
  EXPECT_EQ(shown(at_offset(at("2025-03-04T23:30:00-05:00"), 60, 0)), "2025-03-05T05:30:00+01:00");
  EXPECT_EQ(shown(at_offset(at("2025-03-04T23:30"), 60, 0)), "2025-03-05T00:30+01:00");
  EXPECT_EQ(shown(at_offset(at("2025-03-04"), 60, 0)), "2025-03-04") << "a day has no clock";
}

TEST(DateTime, Compare) {
  constexpr int kNone = 9;
  const struct {
    std::string_view a, b;
    int order;
    Precision at_most = Precision::kMillisecond;
  } kCases[] = {
      {"2025", "2025", 0},
      {"2024", "2025", -1},
      {"2025-03", "2025", kNone},
      {"2025-03", "2026", -1},
      {"2025-03-04", "2025-03-05", -1},
      {"2025-03-04", "2025-03-04T10:00", kNone},
      {"2025-03-04", "2025-03-03T10:00", 1},
      {"2025-03-04T10:00:05", "2025-03-04T10:00:05.000", 0},
      {"2025-03-04T10:00:05", "2025-03-04T10:00:05.500", -1},
      {"2025-03-04T10:00:05.1", "2025-03-04T10:00:05.100", 0},
      {"2025-03-04T10:00", "2025-03-04T10:00:00", kNone},
      // offsets
      {"2025-03-04T10:00:00Z", "2025-03-04T11:00:00+01:00", 0},
      {"2025-03-04T09:30:00-05:00", "2025-03-04T10:00:00Z", 1},
      {"2025-03-04T10:00:00", "2025-03-04T10:00:00Z", 0},
      {"2025-03-04T10:00:00", "2025-03-04T10:00:00+01:00", 1},
      {"2025-03-04T23:30:00-05:00", "2025-03-05", kNone},
      {"2025-03-04T23:30:00-05:00", "2025-03-04", 1},
      // cut at a precision
      {"2025-03-04T10:00", "2025-03-04T22:00", 0, Precision::kDay},
      {"2025-03-04", "2025-03-09", 0, Precision::kMonth},
      {"2025-03", "2025-03-09", kNone, Precision::kDay},
      {"2025-03-04T10:00:05.1", "2025-03-04T10:00:05.9", 0, Precision::kSecond},
      // by days as written, from hours down on one clock
      {"2025-03-04T23:30:00-05:00", "2025-03-05T04:00:00Z", -1, Precision::kDay},
      {"2025-03-04T23:30:00-05:00", "2025-03-05T04:00:00Z", 0, Precision::kHour},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(compare(at(c.a), at(c.b), 0, c.at_most).value_or(kNone), c.order)
        << c.a << " " << c.b;
    const int mirrored = c.order == kNone ? kNone : -c.order;
    EXPECT_EQ(compare(at(c.b), at(c.a), 0, c.at_most).value_or(kNone), mirrored)
        << c.b << " " << c.a;
  }
  EXPECT_EQ(compare(*parse_time("10:00"), *parse_time("10:01"), 0), -1);
  EXPECT_EQ(compare(at("0001-01-01T00:00:00+14:00"), at("0001-01-01T00:00:00Z"), 0), -1)
      << "before year 1 in UTC, and still in order";
  EXPECT_EQ(compare(at("9999-12-31T23:00:00-14:00"), at("9999-12-31T23:59:00Z"), 0), 1);
}

// Around the ends of months, where calendars and offsets meet; seconds with and without
// milliseconds.
TEST(DateTime, WholeMomentsCompareAsTheirInstants) {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<std::int64_t> month(0, 12 * 400), apart(-200'000'000, 200'000'000);
  std::uniform_int_distribution<int> offset(-14 * 60, 14 * 60), three(0, 2);
  int earlier = 0, same = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t at_month = month(random);
    const auto first = days_from_civil(static_cast<int>(1800 + at_month / 12),
                                       static_cast<int>(1 + at_month % 12), 1);
    const std::int64_t ms = first * 86'400'000 + apart(random) / 1000 * 1000;
    const std::int64_t other = three(random) == 0 ? ms : ms + apart(random);
    const int here = offset(random);
    DateTime a = from_epoch_ms(ms, here);
    const DateTime b = from_epoch_ms(other, three(random) == 0 ? here : offset(random));
    if (three(random) == 0) a.precision = Precision::kSecond;
    const int order = ms < other ? -1 : ms > other ? 1 : 0;
    ASSERT_EQ(compare(a, b, 0).value_or(9), order) << shown(a) << " " << shown(b);
    ASSERT_EQ(compare(b, a, 0).value_or(9), -order) << shown(a) << " " << shown(b);
    earlier += order < 0 ? 1 : 0;
    same += order == 0 ? 1 : 0;
  }
  EXPECT_GT(earlier, 20'000);
  EXPECT_GT(same, 20'000);
}

TEST(DateTime, Add) {
  const struct {
    std::string_view from;
    std::int64_t count;
    Precision unit;
    std::string_view to;
  } kCases[] = {
      {"2025-03-04", 1, Precision::kDay, "2025-03-05"},
      {"2025-03-04", -63, Precision::kDay, "2024-12-31"},
      {"2024-02-28", 1, Precision::kDay, "2024-02-29"},
      {"2025-01-31", 1, Precision::kMonth, "2025-02-28"},
      {"2024-01-31", 1, Precision::kMonth, "2024-02-29"},
      {"2025-03-31", -1, Precision::kMonth, "2025-02-28"},
      {"2025-01-15", -1, Precision::kMonth, "2024-12-15"},
      {"2024-02-29", 1, Precision::kYear, "2025-02-28"},
      {"2024-02-29", 4, Precision::kYear, "2028-02-29"},
      {"2024-02-29T10:00:00.000+01:00", 1, Precision::kYear, "2025-02-28T10:00:00.000+01:00"},
      {"2025-03-04T23:30", 45, Precision::kMinute, "2025-03-05T00:15"},
      {"2025-03-04T23:30:00-05:00", 1, Precision::kHour, "2025-03-05T00:30:00-05:00"},
      {"2025-03-04T10:00:00.000Z", -1, Precision::kMillisecond, "2025-03-04T09:59:59.999Z"},
      // a unit finer than the value is first cut to the value's precision, toward zero
      {"2025-03-04", 47, Precision::kHour, "2025-03-05"},
      {"2025-03-04", -23, Precision::kHour, "2025-03-04"},
      {"2025-03", 59, Precision::kDay, "2025-04"},
      {"2025", 24, Precision::kMonth, "2027"},
      {"2025", 23, Precision::kMonth, "2026"},
      {"2014", 735, Precision::kDay, "2016"},
      {"2014", 364, Precision::kDay, "2014"},
      {"2025-03-04T10", 119, Precision::kMinute, "2025-03-04T11"},
      // the ends of the calendar
      {"9999-12-31", 1, Precision::kDay, "none"},
      {"0001-01-01", -1, Precision::kDay, "none"},
      {"9999-12-31T23:59:59.999", 1, Precision::kMillisecond, "none"},
      {"9999", 1, Precision::kYear, "none"},
      {"0001-01", -1, Precision::kMonth, "none"},
      {"2025", INT64_MAX, Precision::kYear, "none"},
      {"2025", INT64_MIN, Precision::kMillisecond, "none"},
      {"2025-03-04", INT64_MAX, Precision::kDay, "none"},
      {"2025-03-04T10:00:00.000", 400'000'000'000'000, Precision::kMillisecond, "none"},
      {"0001-01-01", 3652058, Precision::kDay, "9999-12-31"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(shown(add(at(c.from), c.count, c.unit)), c.to) << c.from << " + " << c.count;
  }
}

TEST(DateTime, LowestAndHighest) {
  EXPECT_EQ(shown(lowest(at("2025"))), "2025-01-01T00:00:00.000");
  EXPECT_EQ(shown(highest(at("2025"))), "2025-12-31T23:59:59.999");
  EXPECT_EQ(shown(highest(at("2024-02"))), "2024-02-29T23:59:59.999");
  EXPECT_EQ(shown(highest(at("2025-02"), Precision::kDay)), "2025-02-28");
  EXPECT_EQ(shown(highest(at("2025-03-04T10:00+01:00"))), "2025-03-04T10:00:59.999+01:00");
  EXPECT_EQ(shown(highest(at("2025-03-04T10:00:05.123"))), "2025-03-04T10:00:05.123");
  EXPECT_EQ(shown(highest(at("2025-03-04T10:00"), Precision::kDay)), "2025-03-04T10:00")
      << "never loses precision";
}

// Whole moments are read in one step; a date and a time of day are read piece by piece.
TEST(DateTime, WholeMomentsAreReadAsTheirPieces) {
  const std::string whole = "2024-02-29T23:59:08.125";
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char c : std::string_view("0123456789-:.TZ+ x")) {
      std::string text = whole;
      text[at] = c;
      const auto day = parse_date(text.substr(0, 10));
      const auto clock = parse_time(text.substr(11));
      const auto moment = parse_date_time(text);
      const bool possible =
          day && day->precision == Precision::kDay && text[10] == 'T' && clock && text[11] != 'T';
      if (possible) {
        ASSERT_TRUE(moment) << text;
        DateTime expected = *clock;
        expected.year = day->year;
        expected.month = day->month;
        expected.day = day->day;
        EXPECT_EQ(*moment, expected) << text;
      } else if (moment) {
        EXPECT_TRUE(moment->has_offset()) << text;  // what follows the clock became an offset
      }
    }
  }
}

TEST(DateTime, InstantsOfDifferentOffsetsCompareByTheInstant) {
  const auto order = [](std::string_view a, std::string_view b) {
    return compare(*parse_date_time(a), *parse_date_time(b), 0);
  };
  EXPECT_EQ(order("2025-03-04T10:00:00+01:00", "2025-03-04T09:00:00Z"), 0);
  EXPECT_EQ(order("2025-03-04T10:00:00+01:00", "2025-03-04T09:00:00.001Z"), -1);
  EXPECT_EQ(order("2025-01-01T00:30:00+01:00", "2024-12-31T23:29:59.999Z"), 1);
  // To the minute, the seconds are not known.
  EXPECT_EQ(order("2025-03-04T10:00+01:00", "2025-03-04T09:00:00Z"), std::nullopt);
  EXPECT_EQ(order("2025-03-04T10:01+01:00", "2025-03-04T09:00:59Z"), 1);
}

// Any byte in any place of a moment: the numbers that stand there, or nothing.
TEST(DateTime, EveryByteOfAMomentCounts) {
  const std::string whole = "2024-02-19T13:45:28";
  const std::string pattern = "0000-00-00T00:00:00";
  const auto number = [](const std::string& text, std::size_t at, std::size_t size) {
    return std::stoi(text.substr(at, size));
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = whole;
      text[at] = static_cast<char>(byte);
      const bool digit = byte >= '0' && byte <= '9';
      bool right = pattern[at] == '0' ? digit : text[at] == whole[at];
      if (right) {
        const int month = number(text, 5, 2), day = number(text, 8, 2);
        const bool leap = number(text, 0, 4) % 4 == 0;  // no century stands here
        const int last = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 9 ? 30 : 31;
        right = month >= 1 && month <= 12 && day >= 1 && day <= last && number(text, 11, 2) < 24 &&
                number(text, 14, 2) < 60 && number(text, 17, 2) < 60;
      }
      for (const std::string end : {"", "Z", ".250+01:00", "-05:00"}) {
        const auto parsed = parse_date_time(text + end);
        ASSERT_EQ(parsed.has_value(), right) << text << end;
        if (!right) continue;
        EXPECT_EQ(parsed->year, number(text, 0, 4)) << text;
        EXPECT_EQ(parsed->month, number(text, 5, 2)) << text;
        EXPECT_EQ(parsed->day, number(text, 8, 2)) << text;
        EXPECT_EQ(parsed->hour, number(text, 11, 2)) << text;
        EXPECT_EQ(parsed->minute, number(text, 14, 2)) << text;
        EXPECT_EQ(parsed->second, number(text, 17, 2)) << text;
        EXPECT_EQ(parsed->millisecond, end == ".250+01:00" ? 250 : 0) << text;
      }
    }
  }
}

}  // namespace
}  // namespace nidus::base
