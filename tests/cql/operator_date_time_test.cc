// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

using base::Precision;
class DateTimes : public testing::OperatorTest {};

// Days and hours are those of the evaluation's zone (+01:00 here), whatever the zones of the
// values.
// "Normalize to the timezone offset of the evaluation request, but only when the comparison
// precision is hours, minutes, seconds, or milliseconds": days are compared as they are written.
TEST_F(DateTimes, OddOffsetsAreReadInTheZoneOfTheEvaluationFromHoursDown) {
  const Value before = at("2025-10-01T02:30:00.000+05:45");  // 30 September, 21:45
  const Value after = at("2025-09-30T18:30:00.000-04:00");   // 30 September, 23:30
  const Value noon = at("2025-10-01T12:00:00.000+01:00");
  EXPECT_TRUE(is(run("SameAs", {before, noon}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(is(run("SameAs", {before, after}, to(Precision::kDay)), b(false)));
  EXPECT_TRUE(is(run("SameAs", {before, after}, to(Precision::kMonth)), b(false)));
  EXPECT_TRUE(is(run("SameAs", {before, at("2025-09-30T21:45:00.000+01:00")}, to(Precision::kHour)),
                 b(true)));
  EXPECT_TRUE(is(run("After", {before, after}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(is(run("After", {before, after}, to(Precision::kHour)), b(false)));
  EXPECT_TRUE(is(run("After", {before, after}), b(false)));
  EXPECT_TRUE(is(run("SameOrBefore", {after, before}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(is(run("In", {before, iv(noon, noon)}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(is(run("DifferenceBetween", {before, noon}, to(Precision::kDay)), n(0)));
  EXPECT_TRUE(is(run("DifferenceBetween", {after, before}, to(Precision::kDay)), n(1)));
  EXPECT_TRUE(is(run("DifferenceBetween", {after, noon}, to(Precision::kMonth)), n(1)));
  EXPECT_TRUE(is(run("DifferenceBetween", {before, noon}, to(Precision::kHour)), n(15)));
  EXPECT_TRUE(is(run("DifferenceBetween", {before, after}, to(Precision::kDay, true)), n(0)));
  EXPECT_TRUE(is(run("DurationBetween", {before, noon}, to(Precision::kDay)), n(0)));
}

// The clock of the evaluation (+01:00) reads the first as 28 February, 22:00; its own reads 1
// March.
TEST_F(DateTimes, WholeYearsAreCountedOnTheClockOfTheEvaluation) {
  const Value first = at("2023-03-01T02:30:00.000+05:30");
  EXPECT_TRUE(
      is(run("DurationBetween", {first, at("2024-02-29T00:30:00.000+01:00")}, to(Precision::kYear)),
         n(1)));
  EXPECT_TRUE(
      is(run("DurationBetween", {first, at("2024-02-28T21:30:00.000+01:00")}, to(Precision::kYear)),
         n(0)));
}

// As the reference engine has it: from the day down, what is not written counts from its first
// moment. A month of birth and the last day of a month: born on the 31st, the month is not yet
// full.
TEST_F(DateTimes, PartialDatesInDurations) {
  EXPECT_TRUE(is(run("DurationBetween", {at("2024-02-22"), at("2024-03-01T07:00:00.000")},
                     to(Precision::kDay)),
                 n(8)));
  EXPECT_TRUE(is(run("DurationBetween", {at("2024-02-22"), at("2024-03-07T07:00:00.000")},
                     to(Precision::kDay, true)),
                 n(2)));
  EXPECT_TRUE(
      is(run("CalculateAgeAt", {date("1961-05"), date("2025-04-30")}, to(Precision::kMonth)),
         range(766, 767)));
}

// A second without milliseconds counts as .000. Against others it is unknown, but never before the
// first nor after the last of its second: what begins or ends with a period is in it.
TEST_F(DateTimes, SecondsWithoutMilliseconds) {
  const Value second = at("2020-01-01T00:00:00"), zero = at("2020-01-01T00:00:00.000"),
              one = at("2020-01-01T00:00:00.001"), last = at("2020-01-01T00:00:00.999");
  const struct {
    const char* run;
    Value a, b, expected;
  } table[] = {{"Equal", second, zero, b(true)},
               {"Equivalent", second, zero, b(true)},
               {"Equal", second, one, null()},
               {"Equivalent", second, one, b(false)},
               {"Less", second, zero, b(false)},
               {"Less", second, one, null()},
               {"LessOrEqual", second, zero, b(true)},
               {"LessOrEqual", zero, second, b(true)},
               {"GreaterOrEqual", second, zero, b(true)},
               {"LessOrEqual", second, last, b(true)},
               {"GreaterOrEqual", last, second, b(true)},
               {"Less", second, last, null()},
               {"LessOrEqual", last, second, null()},
               {"SameAs", second, zero, b(true)},
               {"SameOrBefore", second, last, b(true)},
               {"SameOrAfter", last, second, b(true)},
               {"Before", second, zero, b(false)}};
  for (const auto& row : table)
    EXPECT_TRUE(is(run(row.run, {row.a, row.b}), row.expected)) << row.run;
  const Value year = iv(at("2020-01-01T00:00:00.000"), at("2020-12-31T23:59:59.999"));
  EXPECT_TRUE(is(run("In", {second, year}), b(true)));
  EXPECT_TRUE(is(run("In", {at("2020-12-31T23:59:59"), year}), b(true)));
  EXPECT_TRUE(is(run("In", {at("2021-01-01T00:00:00"), year}), b(false)));
  // The reference suite has whole intervals unknown (DateTimeIncludedInNull).
  EXPECT_TRUE(is(run("IncludedIn", {iv(second, at("2020-12-31T23:59:59")), year}), null()));
  EXPECT_TRUE(
      is(run("IncludedIn", {iv(at("2020-01-01T00:00:01"), at("2020-03-01T00:00:00")), year}),
         b(true)));
}

// A precision that neither has is where comparison stops; one that only one has is unknown.
TEST_F(DateTimes, WhatNeitherHasIsTheSame) {
  EXPECT_TRUE(is(run("SameAs", {date("2024-02"), date("2024-02")}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(
      is(run("SameOrBefore", {at("2024-02"), at("2024-02")}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(
      is(run("SameOrBefore", {at("2024-02"), at("2024-02-03")}, to(Precision::kDay)), null()));
}

// What goes on has no day after its end, what always was none before its start; a date that was
// moved out of the calendar is a mistake.
TEST_F(DateTimes, NothingIsBeyondTheEndOfWhatGoesOn) {
  EXPECT_TRUE(is(run("Add", {at("9999-12-31T23:59:59.999"), q("1", "day")}), null()));
  EXPECT_TRUE(is(run("Add", {date("9999-12-31"), q("1", "month")}), null()));
  EXPECT_TRUE(is(run("Subtract", {date("0001-01-01"), q("1", "day")}), null()));
  EXPECT_TRUE(is(run("Subtract", {date("9999-12-31"), q("1", "day")}), date("9999-12-30")));
  EXPECT_TRUE(failed(run("Add", {at("2005-10-10"), q("8000", "years")})));
  EXPECT_TRUE(failed(run("Subtract", {date("2005-10-10"), q("2005", "years")})));
}

TEST_F(DateTimes, AreMadeUpToTheirLastPart) {
  EXPECT_TRUE(is(run("Date", {n(2024), n(2), n(29)}), date("2024-02-29")));
  EXPECT_TRUE(is(run("Date", {n(2024), null(), null()}), date("2024")));
  EXPECT_TRUE(is(run("DateTime", {null()}), null()));
  EXPECT_TRUE(failed(run("Date", {n(2023), n(2), n(29)})));
  EXPECT_TRUE(failed(run("Date", {n(2023), null(), n(1)})));
  EXPECT_TRUE(failed(run("DateTime", {n(0), n(1), n(1)})));
  EXPECT_TRUE(failed(run("Time", {n(24)})));
  const Value made = run("DateTime", {n(2024), n(1), n(1), n(12), n(0), n(0), n(0), d("-7.0")});
  EXPECT_TRUE(is(made, at("2024-01-01T12:00:00.000-07:00")));
  EXPECT_TRUE(is(run("TimezoneOffsetFrom", {made}), d("-7")));
  EXPECT_TRUE(is(run("TimezoneOffsetFrom", {run("DateTime", {n(2024)})}), d("1")));
}

TEST_F(DateTimes, PartsBeyondThePrecisionAreUnknown) {
  NodeOptions hour;
  hour.component = "Hour";
  EXPECT_TRUE(is(run("DateTimeComponentFrom", {at("2024-01-01T12:30")}, hour), n(12)));
  EXPECT_TRUE(is(run("DateTimeComponentFrom", {date("2024-01-01")}, hour), null()));
  EXPECT_TRUE(is(run("DateFrom", {at("2024-01-01T12:30")}), date("2024-01-01")));
  EXPECT_TRUE(is(run("Today", {}), date("2025-03-04")));
  EXPECT_TRUE(is(run("TimeOfDay", {}), clock("10:00:00.000")));
}

TEST_F(DateTimes, DurationsCountWholePeriods) {
  const auto years = to(Precision::kYear);
  const auto months = to(Precision::kMonth);
  const auto days = to(Precision::kDay);
  EXPECT_TRUE(is(run("DurationBetween", {date("2000-02-29"), date("2001-02-28")}, years), n(0)));
  EXPECT_TRUE(is(run("DurationBetween", {date("2000-02-29"), date("2001-03-01")}, years), n(1)));
  EXPECT_TRUE(is(run("DurationBetween", {date("2001-03-01"), date("2000-02-29")}, years), n(-1)));
  EXPECT_TRUE(is(run("DurationBetween", {date("2014-01-31"), date("2014-02-01")}, months), n(0)));
  EXPECT_TRUE(is(
      run("DurationBetween", {at("2024-01-01T22:00:00"), at("2024-01-03T21:00:00")}, days), n(1)));
  EXPECT_TRUE(is(
      run("DurationBetween", {date("2024-01-01"), date("2024-02-11")}, to(Precision::kDay, true)),
      n(5)));
}

TEST_F(DateTimes, DifferencesCountBoundaries) {
  const auto days = to(Precision::kDay);
  EXPECT_TRUE(
      is(run("DifferenceBetween", {at("2024-01-01T22:00:00"), at("2024-01-03T21:00:00")}, days),
         n(2)));
  // 23:30Z is already the next day in the request's offset, but days are counted as written.
  EXPECT_TRUE(
      is(run("DifferenceBetween", {at("2024-01-01T22:30:00Z"), at("2024-01-01T23:30:00Z")}, days),
         n(0)));
  EXPECT_TRUE(is(
      run("DifferenceBetween", {date("2000-10-14"), date("2000-10-15")}, to(Precision::kDay, true)),
      n(1)));
}

TEST_F(DateTimes, PartialDatesGiveRanges) {
  EXPECT_TRUE(is(run("DurationBetween", {at("2014-01-15"), at("2014-02")}, to(Precision::kDay)),
                 range(16, 44)));
  EXPECT_TRUE(is(run("DurationBetween", {date("2005"), date("2006-05")}, to(Precision::kMonth)),
                 range(4, 16)));
  // A birth date known to the year: two possible ages.
  EXPECT_TRUE(is(run("CalculateAgeAt", {date("1950"), date("2025-03-04")}, to(Precision::kYear)),
                 range(74, 75)));
  EXPECT_TRUE(
      is(run("CalculateAgeAt", {date("1950-03-04"), date("2025-03-04")}, to(Precision::kYear)),
         n(75)));
  // From a moment whole periods are counted, as ever; from a day its time does not matter.
  const Value born = at("2019-03-01T22:00:00.000+01:00");
  EXPECT_TRUE(
      is(run("CalculateAgeAt", {born, at("2019-10-26T12:00:00.000+02:00")}, to(Precision::kDay)),
         n(238)));
  EXPECT_TRUE(
      is(run("CalculateAgeAt", {born, at("2020-03-01T12:00:00.000+01:00")}, to(Precision::kYear)),
         n(0)));
  EXPECT_TRUE(is(run("CalculateAgeAt",
                     {at("2019-03-01T23:30:00.000-05:00"), at("2019-03-03T05:00:00.000+01:00")},
                     to(Precision::kDay)),
                 n(0)));
  EXPECT_TRUE(is(run("CalculateAgeAt", {at("2019-03-01"), at("2020-03-01T12:00:00.000+01:00")},
                     to(Precision::kYear)),
                 n(1)));
  EXPECT_TRUE(is(run("CalculateAge", {date("1950-03-05")}, to(Precision::kYear)), n(74)));
}

TEST_F(DateTimes, OrderCutAtAPrecision) {
  const auto day = to(Precision::kDay);
  EXPECT_TRUE(is(run("SameAs", {at("2024-01-01T10:00"), at("2024-01-01T23:00")}, day), b(true)));
  EXPECT_TRUE(is(run("SameAs", {at("2024-01"), at("2024-01-12")}, day), null()));
  EXPECT_TRUE(is(run("Before", {at("2024-01-01T10:00"), at("2024-01-01T23:00")}, day), b(false)));
  EXPECT_TRUE(
      is(run("SameOrBefore", {at("2024-01-01T10:00"), at("2024-01-01T09:00")}, day), b(true)));
  EXPECT_TRUE(is(run("After", {date("2024-02"), date("2024-01-31")}), b(true)));
  EXPECT_TRUE(is(run("After", {date("2024-01"), date("2024-01-31")}), null()));
}

}  // namespace
}  // namespace nidus::cql
