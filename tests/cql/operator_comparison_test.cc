// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_testing.h"

namespace nidus::cql {
namespace {

class Comparison : public testing::OperatorTest {
 protected:
  Value tuple(std::initializer_list<Value> elements) {
    static constexpr std::string_view kNames[] = {"Id", "Name"};
    static constexpr TupleShape kShape{kNames};
    auto copy = arena_.make_array<Value>(elements.size());
    std::copy(elements.begin(), elements.end(), copy.begin());
    return Value::of(arena_.make<Tuple>(&kShape, copy.data()));
  }
};

TEST_F(Comparison, EqualityIsUnknownWhereAValueIsMissing) {
  EXPECT_TRUE(is(run("Equal", {null(), null()}), null()));
  EXPECT_TRUE(is(run("Equal", {n(1), null()}), null()));
  EXPECT_TRUE(is(run("Equal", {list({null()}), list({null()})}), b(true)));
  EXPECT_TRUE(is(run("Equal", {list({n(1), null()}), list({n(1), n(2)})}), null()));
  EXPECT_TRUE(is(run("Equal", {list({null(), n(1)}), list({n(3), n(2)})}), b(false)));
  EXPECT_TRUE(is(run("Equal", {list({n(1)}), list({n(1), n(2)})}), b(false)));
  EXPECT_TRUE(is(run("Equal", {date("2014"), date("2014-02-15")}), null()));
  EXPECT_TRUE(is(run("Equal", {date("2013"), date("2014-02-15")}), b(false)));
  EXPECT_TRUE(is(run("NotEqual", {n(1), null()}), null()));
}

TEST_F(Comparison, OfTuplesTheFirstUndecidedElementDecides) {
  EXPECT_TRUE(is(run("Equal", {tuple({n(1), s("John")}), tuple({n(2), null()})}), b(false)));
  EXPECT_TRUE(is(run("Equal", {tuple({null(), s("John")}), tuple({n(1), s("James")})}), null()));
  EXPECT_TRUE(is(run("Equal", {tuple({null(), s("J")}), tuple({null(), s("J")})}), b(true)));
}

TEST_F(Comparison, EquivalenceAlwaysAnswers) {
  EXPECT_TRUE(is(run("Equivalent", {null(), null()}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {null(), n(1)}), b(false)));
  EXPECT_TRUE(is(run("Equivalent", {s("Abel  x"), s("abel\t x")}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {d("1.001"), d("1.000")}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {d("1.5"), d("1.55")}), b(false)));
  EXPECT_TRUE(is(run("Equivalent", {date("2014"), date("2014-01")}), b(false)));
  EXPECT_TRUE(is(run("Equivalent", {code("s", "1", "one"), code("s", "1", "One!")}), b(true)));
  EXPECT_TRUE(is(run("Equal", {code("s", "1", "one"), code("s", "1", "One!")}), b(false)));
  const Value concepts = run("ToConcept", {list({code("s", "1"), code("s", "2")})});
  EXPECT_TRUE(is(run("Equivalent", {concepts, code("s", "2")}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {concepts, code("t", "2")}), b(false)));
}

// CQL 1.5, Equivalent: of codes the code and the system alone.
TEST_F(Comparison, OfCodesTheVersionIsForTheReader) {
  const auto versioned = [&](std::string_view version) {
    return Value::of(arena_.make<Code>("1", "s", version, std::string_view()));
  };
  const Value old_one = versioned("2023"), new_one = versioned("2024");
  EXPECT_TRUE(is(run("Equivalent", {old_one, new_one}), b(true)));
  EXPECT_TRUE(is(run("Equal", {old_one, new_one}), b(false)));
  const Value old_concept = run("ToConcept", {list({old_one})});
  const Value new_concept = run("ToConcept", {list({new_one, code("s", "2")})});
  EXPECT_TRUE(is(run("Equivalent", {old_concept, new_concept}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {old_concept, new_one}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {new_one, old_concept}), b(true)));
  EXPECT_TRUE(is(run("Equal", {old_concept, run("ToConcept", {list({new_one})})}), b(false)));
}

TEST_F(Comparison, QuantitiesCompareAcrossUnitsExactly) {
  EXPECT_TRUE(is(run("Equal", {q("1", "cm"), q("0.01", "m")}), b(true)));
  EXPECT_TRUE(is(run("Greater", {q("1", "g/L"), q("99.99999999", "mg/dL")}), b(true)));
  EXPECT_TRUE(is(run("Equal", {q("1", "g"), q("1", "L")}), null()));
  EXPECT_TRUE(is(run("Less", {q("1", "g"), q("1", "L")}), null()));
  EXPECT_TRUE(is(run("Equivalent", {q("1", "g"), q("1", "L")}), b(false)));
}

TEST_F(Comparison, CalendarYearsAreNotYearsOfTheSun) {
  EXPECT_TRUE(is(run("Equal", {q("1", "year"), q("1", "a")}), null()));
  EXPECT_TRUE(is(run("Equivalent", {q("1", "year"), q("1", "a")}), b(true)));
  EXPECT_TRUE(is(run("Equal", {q("1", "year"), q("12", "months")}), b(true)));
  EXPECT_TRUE(is(run("Equivalent", {q("1", "year"), q("365", "days")}), b(true)));
  EXPECT_TRUE(is(run("Equal", {q("1", "month"), q("30", "days")}), null()));
  EXPECT_TRUE(is(run("Equal", {q("1", "week"), q("7", "d")}), b(true)));
  EXPECT_TRUE(is(run("Greater", {q("6", "weeks"), q("41", "days")}), b(true)));
}

TEST_F(Comparison, UncertainCountsAnswerOnlyWhenAllAgree) {
  EXPECT_TRUE(is(run("Greater", {range(4, 16), n(5)}), null()));
  EXPECT_TRUE(is(run("Less", {range(4, 16), n(24)}), b(true)));
  EXPECT_TRUE(is(run("LessOrEqual", {range(4, 16), n(16)}), b(true)));
  EXPECT_TRUE(is(run("GreaterOrEqual", {range(4, 16), n(4)}), b(true)));
  EXPECT_TRUE(is(run("Equal", {range(4, 16), n(5)}), null()));
  EXPECT_TRUE(is(run("Equal", {range(4, 16), n(17)}), b(false)));
}

TEST_F(Comparison, InstantsCompareAcrossOffsets) {
  EXPECT_TRUE(
      is(run("Less", {at("2024-03-31T09:30:00-05:00"), at("2024-03-31T10:00:00Z")}), b(false)));
  EXPECT_TRUE(
      is(run("Equal", {at("2024-03-31T12:00:00.000"), at("2024-03-31T11:00:00.000Z")}), b(true)));
}

TEST_F(Comparison, AMissingPartOfASecondIsZeroOrUnknown) {
  EXPECT_TRUE(is(run("Equal", {clock("12:00:00"), clock("12:00:00.000")}), b(true)));
  EXPECT_TRUE(is(run("Equal", {clock("12:00:00"), clock("12:00:00.500")}), null()));
  EXPECT_TRUE(is(run("Less", {clock("12:00:00"), clock("12:00:01.000")}), b(true)));
  EXPECT_TRUE(
      is(run("SameAs", {clock("12:00:00"), clock("12:00:00.500")}, to(base::Precision::kSecond)),
         b(true)));
}

TEST_F(Comparison, SortingOrdersWhatComparisonLeavesOpen) {
  EXPECT_EQ(sort_order(call_, null(), n(1)), -1);
  EXPECT_EQ(sort_order(call_, date("2012-10-05"), date("2012-10-05")), 0);
  EXPECT_EQ(sort_order(call_, at("2012-10-05"), at("2012-10-05T10:00")), -1);
  EXPECT_EQ(sort_order(call_, at("2012-10-06"), at("2012-10-05T10:00")), 1);
  EXPECT_EQ(sort_order(call_, date("2012"), date("2012-01")), -1);
}

TEST_F(Comparison, IsAntisymmetric) {
  const Value values[] = {n(1),   d("1.5"), q("1", "g"),  date("2024-01"), at("2024-01-05T10:00"),
                          s("a"), n(-1),    q("5", "mg"), date("2023"),    s("b")};
  for (const auto& x : values) {
    for (const auto& y : values) {
      const Value forth = compare(call_, x, y, {});
      const Value back = compare(call_, y, x, {});
      ASSERT_EQ(forth.is_null(), back.is_null());
      if (forth.is_null()) continue;
      EXPECT_EQ(forth.as_integer(), -back.as_integer());
    }
  }
}

}  // namespace
}  // namespace nidus::cql
