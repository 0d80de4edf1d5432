// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

using base::Precision;
class Intervals : public testing::OperatorTest {};

TEST_F(Intervals, AreRefusedWhenTheyEndBeforeTheyStart) {
  EXPECT_TRUE(failed(checked_interval(call_, n(5), true, n(3), true)));
  error_.clear();
  EXPECT_TRUE(failed(checked_interval(call_, n(5), true, n(5), false)));
  error_.clear();
  EXPECT_TRUE(failed(checked_interval(call_, n(5), false, n(6), false)));  // nothing between them
  error_.clear();
  EXPECT_TRUE(
      failed(checked_interval(call_, date("2024-01-01"), false, date("2024-01-02"), false)));
  error_.clear();
  EXPECT_FALSE(checked_interval(call_, n(5), false, n(7), false).is_null());
  EXPECT_FALSE(checked_interval(call_, n(5), false, n(6), true).is_null());
  EXPECT_FALSE(checked_interval(call_, d("5"), false, d("6"), false).is_null());
  EXPECT_FALSE(checked_interval(call_, n(5), true, n(5), true).is_null());
  EXPECT_FALSE(checked_interval(call_, date("2024"), true, date("2024-01"), true).is_null());
}

TEST_F(Intervals, EndsWithoutAValue) {
  EXPECT_TRUE(is(run("End", {iv(n(1), null())}), n(2147483647)));  // closed: the end of the type
  EXPECT_TRUE(is(run("End", {iv(n(1), null(), "[)")}), null()));   // open: unknown
  EXPECT_TRUE(is(run("Start", {iv(n(1), n(5), "(]")}), n(2)));
  EXPECT_TRUE(is(run("End", {iv(date("2024-01"), date("2024-03"), "[)")}), date("2024-02")));
  EXPECT_TRUE(is(run("Width", {iv(n(1), n(5))}), n(4)));
  EXPECT_TRUE(is(run("Size", {iv(n(1), n(5))}), n(5)));
  EXPECT_TRUE(failed(run("Width", {iv(date("2024-01-01"), date("2024-01-02"))})));
  EXPECT_TRUE(failed(run("PointFrom", {iv(n(1), n(2))})));
}

TEST_F(Intervals, AnUnknownEndIsNeverBeyondTheOther) {
  const Value until_5 = iv(null(), n(5), "(]");
  const Value from_11 = iv(n(11), null(), "[)");
  EXPECT_TRUE(is(run("Contains", {until_5, n(10)}), b(false)));
  EXPECT_TRUE(is(run("Contains", {until_5, n(3)}), null()));
  EXPECT_TRUE(is(run("Contains", {until_5, n(5)}), b(true)));
  EXPECT_TRUE(is(run("MeetsAfter", {until_5, from_11}), b(false)));
  EXPECT_TRUE(is(run("Overlaps", {until_5, from_11}), b(false)));
  EXPECT_TRUE(is(run("Overlaps", {iv(n(1), n(20)), from_11}), b(true)));
  EXPECT_TRUE(is(run("Before", {until_5, from_11}), b(true)));
  EXPECT_TRUE(is(run("After", {from_11, n(12)}), b(false)));
  EXPECT_TRUE(is(run("Before", {n(7), iv(null(), n(9), "(]")}), null()));
  EXPECT_TRUE(
      is(run("Intersect", {iv(n(1), n(10)), iv(n(5), null(), "[)")}), iv(n(5), null(), "[)")));
}

TEST_F(Intervals, MembershipAtAPrecision) {
  const Value stay = iv(at("2024-01-01T10:00:00.000"), at("2024-01-09T08:00:00.000"));
  EXPECT_TRUE(is(run("In", {at("2024-01-09T12:00:00.000"), stay}), b(false)));
  EXPECT_TRUE(is(run("In", {at("2024-01-09T12:00:00.000"), stay}, to(Precision::kDay)), b(true)));
  EXPECT_TRUE(is(run("In", {at("2024-01-09"), stay}), null()));
  EXPECT_TRUE(is(run("In", {null(), stay}), null()));
  EXPECT_TRUE(is(run("In", {at("2024-01-09"), null()}), b(false)));
  EXPECT_TRUE(is(run("ProperIn", {n(1), iv(n(1), n(5))}), b(false)));
  EXPECT_TRUE(is(run("ProperIncludes", {iv(n(1), n(5)), iv(n(1), n(5))}), b(false)));
  EXPECT_TRUE(is(run("ProperIncludes", {iv(n(1), n(5)), iv(n(2), n(5))}), b(true)));
}

// CQL reference, In (interval): for open boundaries, exclusive comparison is used.
TEST_F(Intervals, ADayLiesBeforeTheMidnightThatEndsIt) {
  const Value from = at("2024-02-28T00:00:00.000");
  const Value until = at("2024-03-01T00:00:00.000");
  EXPECT_TRUE(is(run("In", {at("2024-02-29"), iv(from, until, "[)")}), b(true)));
  EXPECT_TRUE(is(run("In", {at("2024-03-01"), iv(from, until, "[)")}), b(false)));
  EXPECT_TRUE(is(run("In", {at("2024-02"), iv(from, until, "[)")}), null()));
  EXPECT_TRUE(is(run("In", {from, iv(from, until, "()")}), b(false)));
  EXPECT_TRUE(is(run("In", {n(5), iv(n(1), n(5), "[)")}), b(false)));
  EXPECT_TRUE(is(run("In", {n(4), iv(n(1), n(5), "()")}), b(true)));
}

TEST_F(Intervals, MeetingIsOneStepApart) {
  EXPECT_TRUE(is(run("Meets", {iv(n(1), n(10)), iv(n(11), n(20))}), b(true)));
  EXPECT_TRUE(is(run("Meets", {iv(date("2024-01-01"), date("2024-01-31")),
                               iv(date("2024-02-01"), date("2024-02-05"))}),
                 b(true)));
  EXPECT_TRUE(is(run("MeetsBefore",
                     {iv(at("2024-01-01T08:00:00.000"), at("2024-01-31T08:00:00.000")),
                      iv(at("2024-02-01T20:00:00.000"), at("2024-02-05T08:00:00.000"))},
                     to(Precision::kDay)),
                 b(true)));
  EXPECT_TRUE(is(run("MeetsBefore", {iv(n(1), n(2147483647)), iv(n(-5), n(-1))}), b(false)));
}

TEST_F(Intervals, AsSets) {
  EXPECT_TRUE(is(run("Union", {iv(n(1), n(5)), iv(n(6), n(9))}), iv(n(1), n(9))));
  EXPECT_TRUE(is(run("Union", {iv(n(1), n(5)), iv(n(7), n(9))}), null()));
  EXPECT_TRUE(is(run("Except", {iv(n(1), n(9)), iv(n(7), n(12))}), iv(n(1), n(6))));
  EXPECT_TRUE(is(run("Except", {iv(n(1), n(9)), iv(n(3), n(4))}), null()));
  EXPECT_TRUE(is(run("Except", {iv(n(1), n(9)), iv(n(20), n(30))}), iv(n(1), n(9))));
}

// Whether "2024-02" reaches 14 February nobody can say: both stay, in whatever order they came.
TEST_F(Intervals, CollapseLosesNothingThatIsKnownToAnotherPrecision) {
  const Value month = iv(date("2024-02"), date("2024-02"));
  const Value second_week = iv(date("2024-02-14"), date("2024-02-21"));
  const Value last_days = iv(date("2024-02-24"), date("2024-03-02"));
  const Value all = list({month, second_week, last_days});
  EXPECT_TRUE(is(run("Collapse", {list({last_days, month, second_week}), null()}), all));
  EXPECT_TRUE(is(run("Collapse", {list({month, second_week, last_days}), null()}), all));
  EXPECT_TRUE(is(run("Collapse", {list({second_week, last_days, month}), null()}), all));
  const Value day = iv(at("2019-04-01"), at("2019-04-01"));
  const Value hours = iv(at("2019-04-01T10:00:00.0+01:00"), at("2019-04-01T12:00:00.0+01:00"));
  EXPECT_TRUE(is(run("Collapse", {list({hours, day}), null()}), list({day, hours})));
  // What certainly overlaps is one, also around such an interval.
  const Value on = iv(date("2024-02-20"), date("2024-02-28"));
  EXPECT_TRUE(is(run("Collapse", {list({second_week, month, on}), null()}),
                 list({month, iv(date("2024-02-14"), date("2024-02-28"))})));
  const Value year = iv(date("2024-01-01"), date("2024-12-31"));
  EXPECT_TRUE(is(run("Collapse", {list({month, second_week, year}), null()}), list({year})));
}

TEST_F(Intervals, CollapsePerReachesTheEndOfTheType) {
  const Value ongoing = iv(date("2019-11-29"), null());
  const Value january = iv(date("2020-01-01"), date("2020-01-31"));
  EXPECT_TRUE(is(run("Collapse", {list({january, ongoing}), q("1", "day")}), list({ongoing})));
  const Value to_the_end = iv(n(5), n(2147483647));
  EXPECT_TRUE(is(run("Collapse", {list({iv(n(1), n(9)), to_the_end}), q("3", "1")}),
                 list({iv(n(1), n(2147483647))})));
  EXPECT_TRUE(
      is(run("Collapse", {list({to_the_end, iv(n(7), n(8))}), q("3", "1")}), list({to_the_end})));
  const Value morning = iv(clock("10:00:00.000"), clock("23:59:59.999"));
  const Value noon = iv(clock("12:00:00.000"), clock("23:59:59.999"));
  EXPECT_TRUE(is(run("Collapse", {list({morning, noon}), q("1", "hour")}), list({morning})));
  // No distance between dates.
  EXPECT_TRUE(
      is(run("Collapse", {list({january, ongoing}), q("1", "mg")}), list({ongoing, january})));
}

TEST_F(Intervals, CollapseJoinsOverlappingAndAdjacent) {
  const Value courses = list({iv(date("2024-01-10"), date("2024-01-20")), null(),
                              iv(date("2024-01-01"), date("2024-01-09")),
                              iv(date("2024-01-23"), date("2024-01-25"))});
  const Value joined = list(
      {iv(date("2024-01-01"), date("2024-01-20")), iv(date("2024-01-23"), date("2024-01-25"))});
  EXPECT_TRUE(is(run("Collapse", {courses, null()}), joined));
  EXPECT_TRUE(is(run("Collapse", {joined, null()}), joined));  // nothing more to join
  EXPECT_TRUE(is(run("Collapse", {courses, q("3", "days")}),
                 list({iv(date("2024-01-01"), date("2024-01-25"))})));
  const Value open = list({iv(n(1), null()), iv(n(3), n(4))});
  EXPECT_TRUE(is(run("Collapse", {open, null()}), list({iv(n(1), null())})));
}

TEST_F(Intervals, ExpandLeavesOutTheBrokenLastPiece) {
  EXPECT_TRUE(
      is(run("Expand", {iv(n(1), n(10), "[)"), q("2", "1")}), list({n(1), n(3), n(5), n(7)})));
  EXPECT_TRUE(
      is(run("Expand", {list({iv(date("2018-01-01"), date("2018-01-04"))}), q("2", "days")}),
         list({iv(date("2018-01-01"), date("2018-01-02")),
               iv(date("2018-01-03"), date("2018-01-04"))})));
  EXPECT_TRUE(is(run("Expand", {iv(clock("22:00"), clock("23:30")), q("1", "hour")}),
                 list({clock("22"), clock("23")})));
  EXPECT_TRUE(
      is(run("Expand", {list({iv(date("2018-01"), date("2018-03"))}), q("1", "day")}), list({})));
  EXPECT_TRUE(failed(run("Expand", {iv(n(0), n(2147483647)), null()})));
}

}  // namespace
}  // namespace nidus::cql
