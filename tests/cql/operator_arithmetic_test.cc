// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

using base::Precision;
class Arithmetic : public testing::OperatorTest {};

constexpr std::int32_t kMost = 2147483647;
constexpr std::int32_t kLeast = -kMost - 1;

TEST_F(Arithmetic, OverflowIsNullAndNotAWrapAround) {
  EXPECT_TRUE(is(run("Add", {n(kMost), n(1)}), null()));
  EXPECT_TRUE(is(run("Subtract", {n(kLeast), n(1)}), null()));
  EXPECT_TRUE(is(run("Multiply", {n(65536), n(65536)}), null()));
  EXPECT_TRUE(is(run("Negate", {n(kLeast)}), null()));
  EXPECT_TRUE(is(run("Abs", {n(kLeast)}), null()));
  EXPECT_TRUE(is(run("TruncatedDivide", {n(kLeast), n(-1)}), null()));
  EXPECT_TRUE(is(run("Modulo", {n(kLeast), n(-1)}), n(0)));
  EXPECT_TRUE(is(run("Add", {l(INT64_MAX), l(1)}), null()));
  EXPECT_TRUE(is(run("TruncatedDivide", {l(INT64_MIN), l(-1)}), null()));
  EXPECT_TRUE(is(run("Power", {n(2), n(31)}), null()));
  EXPECT_TRUE(is(run("Power", {n(10), n(2000000000)}), null()));
  EXPECT_TRUE(is(run("Power", {n(-1), n(2000000001)}), n(-1)));
  EXPECT_TRUE(is(run("Ceiling", {d("2147483647.2")}), null()));
}

TEST_F(Arithmetic, DecimalsAreExact) {
  EXPECT_TRUE(is(run("Add", {d("0.1"), d("0.2")}), d("0.3")));
  EXPECT_TRUE(is(run("Subtract", {d("2"), d("1.1")}), d("0.9")));
  EXPECT_TRUE(is(run("Divide", {n(-10), n(3)}), d("-3.33333334")));
  EXPECT_TRUE(is(run("Divide", {n(23), n(7)}), d("3.28571428")));
  EXPECT_TRUE(is(run("Divide", {d("176"), d("2.54")}), d("69.29133858")));
  EXPECT_TRUE(is(run("Divide", {n(1), n(0)}), null()));
  EXPECT_TRUE(is(run("Modulo", {d("10.0"), d("3.0")}), d("1.0")));
  EXPECT_TRUE(is(run("TruncatedDivide", {d("-10.1"), d("3.1")}), d("-3")));
  EXPECT_TRUE(is(run("Power", {n(10), n(-8)}), d("0.00000001")));
  EXPECT_TRUE(is(run("Power", {d("1.1"), n(2)}), d("1.21")));
}

TEST_F(Arithmetic, MixedNumbersKeepTheWiderType) {
  EXPECT_TRUE(is(run("Add", {n(1), l(2)}), l(3)));
  EXPECT_TRUE(is(run("Add", {n(1), d("0.5")}), d("1.5")));
}

TEST_F(Arithmetic, RoundingOfHalvesGoesAwayFromZero) {
  EXPECT_TRUE(is(run("Round", {d("0.5")}), d("1")));
  EXPECT_TRUE(is(run("Round", {d("-0.5")}), d("-1")));
  EXPECT_TRUE(is(run("Round", {d("3.14159"), n(2)}), d("3.14")));
  EXPECT_TRUE(is(run("Round", {d("39.1375"), n(3)}), d("39.138")));
  EXPECT_TRUE(is(run("Floor", {d("-1.1")}), n(-2)));
  EXPECT_TRUE(is(run("Truncate", {d("-1.9")}), n(-1)));
}

TEST_F(Arithmetic, WhatHasNoResultIsAnError) {
  EXPECT_TRUE(failed(run("Exp", {d("1000")})));
  EXPECT_TRUE(failed(run("Ln", {d("0")})));
  EXPECT_TRUE(failed(run("Successor", {n(kMost)})));
  EXPECT_TRUE(failed(run("Predecessor", {clock("00:00:00.000")})));
  EXPECT_TRUE(failed(run("Add", {date("2005-10-10"), q("8000", "years")})));
  EXPECT_TRUE(is(run("Log", {d("1"), d("1")}), null()));
}

TEST_F(Arithmetic, StepsAreOfTheValuesOwnPrecision) {
  EXPECT_TRUE(is(run("Predecessor", {d("1.0")}), d("0.99999999")));
  EXPECT_TRUE(is(run("Successor", {date("2023-12")}), date("2024-01")));
  EXPECT_TRUE(is(run("Successor", {date("2024-02-28")}), date("2024-02-29")));
  EXPECT_TRUE(is(run("Predecessor", {q("1.0", "cm")}), q("0.99999999", "cm")));
}

TEST_F(Arithmetic, QuantitiesOfOneDimensionOnly) {
  EXPECT_TRUE(is(run("Add", {q("1", "g"), q("1", "mg")}), q("1001", "mg")));
  EXPECT_TRUE(is(run("Add", {q("1", "g"), q("1", "L")}), null()));
  EXPECT_TRUE(is(run("Multiply", {q("15", "mg/kg"), q("80", "kg")}), q("1200", "mg")));
  EXPECT_TRUE(is(run("Divide", {q("10", "mg"), q("4", "mg")}), q("2.5", "1")));
  EXPECT_TRUE(is(run("Modulo", {q("3.5", "cm"), q("3", "cm")}), q("0.5", "cm")));
}

TEST_F(Arithmetic, DatesMoveByCalendarAndByClock) {
  EXPECT_TRUE(is(run("Add", {date("2024-01-31"), q("1", "month")}), date("2024-02-29")));
  EXPECT_TRUE(is(run("Subtract", {date("2024-02-29"), q("1", "year")}), date("2023-02-28")));
  EXPECT_TRUE(is(run("Add", {date("2024-02-28"), q("6", "weeks")}), date("2024-04-10")));
  EXPECT_TRUE(is(run("Add", {date("2014-06"), q("33", "days")}), date("2014-07")));
  EXPECT_TRUE(is(run("Add", {at("2024-03-01T23:30"), q("45", "min")}), at("2024-03-02T00:15")));
  EXPECT_TRUE(is(run("Add", {at("2024-03-01T23:30:00.000"), q("1.5", "s")}),
                 at("2024-03-01T23:30:01.500")));
  EXPECT_TRUE(is(run("Add", {clock("23:30:00.000"), q("1", "hour")}), clock("00:30:00.000")));
  EXPECT_TRUE(is(run("Subtract", {clock("00:30"), q("1", "hour")}), clock("23:30")));
  EXPECT_TRUE(failed(run("Add", {date("2024-03-01"), q("1", "mg")})));
}

TEST_F(Arithmetic, UncertainCountsStayRanges) {
  EXPECT_TRUE(is(run("Subtract", {n(140), range(60, 61)}), range(79, 80)));
  EXPECT_TRUE(is(run("Subtract", {range(16, 44), range(4, 16)}), range(0, 40)));
  EXPECT_TRUE(is(run("Multiply", {range(16, 44), range(16, 44)}), range(256, 1936)));
  EXPECT_TRUE(is(run("Add", {range(1, 2), n(3)}), range(4, 5)));
  EXPECT_TRUE(failed(run("TruncatedDivide", {range(16, 44), range(4, 16)})));
}

TEST_F(Arithmetic, Boundaries) {
  EXPECT_TRUE(is(run("HighBoundary", {d("1.587"), n(8)}), d("1.58799999")));
  EXPECT_TRUE(is(run("LowBoundary", {d("1.587"), n(8)}), d("1.58700000")));
  EXPECT_TRUE(is(run("LowBoundary", {d("-1.5"), n(2)}), d("-1.59")));
  EXPECT_TRUE(is(run("HighBoundary", {date("2014"), n(6)}), date("2014-12")));
  EXPECT_TRUE(is(run("HighBoundary", {clock("10:30"), n(9)}), clock("10:30:59.999")));
  EXPECT_TRUE(is(run("Precision", {date("2014-01")}), n(6)));
  EXPECT_TRUE(is(run("Precision", {clock("10:30")}), n(4)));
}

}  // namespace
}  // namespace nidus::cql
