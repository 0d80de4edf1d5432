// SPDX-License-Identifier: Apache-2.0
// Units: hand-set values from the definitions in the UCUM specification, version 2.2.
#include "base/ucum.h"

#include <gtest/gtest.h>

namespace nidus::base::ucum {
namespace {

Decimal number(std::string_view text) { return *Decimal::parse(text); }

TEST(Ucum, AcceptsWhatLaboratoriesWrite) {
  for (const char* unit : {"mg/L",
                           "mg/dL",
                           "10*9/L",
                           "10*3/uL",
                           "mm/h",
                           "Cel",
                           "[degF]",
                           "mm[Hg]",
                           "kg/m2",
                           "%",
                           "1",
                           "{score}",
                           "mL/min/{1.73_m2}",
                           "U/L",
                           "[iU]/L",
                           "ug/mL",
                           "mmol/L",
                           "/min",
                           "10^6/mL",
                           "kg.m/s2",
                           "(mg.h)/L",
                           "m[IU]/mL",
                           "ng/mL{FEU}"}) {
    EXPECT_TRUE(validate(unit)) << unit;
  }
}

TEST(Ucum, RefusesWhatIsNoUnit) {
  for (const char* unit : {"", "mgs", "mg//L", "mg/", "mm/hr", "(mg", "mg)", "{open", "mg L",
                           "h100", "kkg", "x10^9/L", "[foo]"}) {
    const auto verdict = validate(unit);
    ASSERT_FALSE(verdict) << unit;
    EXPECT_FALSE(verdict.error().message.empty()) << unit;
  }
}

struct Conversion {
  const char* value;
  const char* from;
  const char* to;
  const char* result;
};

class Converts : public testing::TestWithParam<Conversion> {};

TEST_P(Converts, Exactly) {
  const auto& row = GetParam();
  const auto there = convert(number(row.value), row.from, row.to);
  ASSERT_TRUE(there);
  EXPECT_EQ(there->to_short_string(), row.result);
  EXPECT_EQ(compare(number(row.value), row.from, number(row.result), row.to), 0);
}

INSTANTIATE_TEST_SUITE_P(Rows, Converts,
                         testing::Values(Conversion{"14.8", "mg/dL", "mg/L", "148"},    //
                                         Conversion{"11200", "/uL", "10*9/L", "11.2"},  //
                                         Conversion{"1", "[in_i]", "cm", "2.54"},       //
                                         Conversion{"1", "[lb_av]", "g", "453.59237"},  //
                                         Conversion{"98.6", "[degF]", "Cel", "37"},     //
                                         Conversion{"310.15", "K", "Cel", "37"},        //
                                         Conversion{"2", "wk", "d", "14"},              //
                                         Conversion{"90", "min", "h", "1.5"},           //
                                         Conversion{"50", "%", "1", "0.5"},             //
                                         Conversion{"1", "mm[Hg]", "Pa", "133.322"},    //
                                         Conversion{"3", "ng/mL{FEU}", "ug/L", "3"}));

TEST(Ucum, OtherDimensionsDoNotConvert) {
  EXPECT_FALSE(comparable("mg/L", "mmol/L"));
  EXPECT_FALSE(comparable("mg/L", "mm/h"));
  EXPECT_FALSE(comparable("U/L", "[iU]/L"));
  EXPECT_EQ(convert(number("1"), "mg/dL", "umol/L"), std::nullopt);
  EXPECT_EQ(compare(number("1"), "mg/L", number("1"), "Cel"), std::nullopt);
}

TEST(Ucum, MultipliesAndDivides) {
  EXPECT_EQ(product("mg", "L"), "mg.L");
  EXPECT_EQ(quotient("mg", "mg"), "1");
  EXPECT_EQ(quotient("mg.h/L", "h"), "mg/L");
  EXPECT_EQ(product("Cel", "m"), std::nullopt);  // an affine scale has no products
}

// h66 times h66 is h132, beyond the two digits a power has.
TEST(Ucum, AProductThatIsNoUnitIsNone) {
  EXPECT_EQ(product("h66", "h66"), std::nullopt);
  EXPECT_EQ(quotient("h66", "/h66"), std::nullopt);
  EXPECT_TRUE(product("h66", "h33"));
}

// What stands in braces is no unit, however much it looks like one.
TEST(Ucum, AnnotationsAreNotTakenApart) {
  EXPECT_EQ(product("mL{m/n1666666666}", "L"), "(mL{m/n1666666666}).(L)");
  EXPECT_EQ(quotient("mg{a.b2}", "1"), "mg{a.b2}");
}

TEST(Ucum, CalendarWordsAreKnown) {
  EXPECT_EQ(calendar_unit("days"), "day");
  EXPECT_EQ(calendar_unit("year"), "year");
  EXPECT_EQ(calendar_unit("mg"), "");
}

}  // namespace
}  // namespace nidus::base::ucum
