// SPDX-License-Identifier: Apache-2.0
// Units: hand-set values from the definitions in the UCUM specification, version 2.2.
#include "base/ucum.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

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

// Every unit that another implementation reckons, in base units.
struct Reckoned {
  const char* code;
  int amount;
  const char* base;
  double value;
};
const Reckoned kReckoned[] = {
#include "base/ucum_values.inc"
};

TEST(Ucum, EveryUnitIsWhatAnotherReckonerHasIt) {
  EXPECT_EQ(std::size(kReckoned), 258u);
  for (const auto& row : kReckoned) {
    ASSERT_TRUE(comparable(row.code, row.base)) << row.code;
    // Eight places are kept, of numbers below 10^28: a small unit is looked at from its base.
    const bool special = row.amount != 1;
    const bool from_base = !special && row.value < 1;
    double wanted = from_base ? 1 / row.value : row.value;
    Decimal amount = Decimal::from_int(row.amount);
    if (wanted > 1e26) {
      wanted /= 1e4;
      amount = number("0.0001");
    }
    const auto got =
        from_base ? convert(amount, row.base, row.code) : convert(amount, row.code, row.base);
    ASSERT_TRUE(got) << row.code;
    EXPECT_NEAR(std::stod(got->to_short_string()) / wanted, 1, special ? 1e-4 : 1e-8) << row.code;
  }
}

// What stands in the official table before the first unit of a definition: a number, pi, a stroke.
TEST(Ucum, ADefinitionIsReadFromItsStart) {
  EXPECT_EQ(convert(number("1000000"), "[mu_0]", "N/A2")->to_short_string(), "1.25663706");
  EXPECT_EQ(convert(number("10000000"), "[S]", "us")->to_short_string(), "1");
  EXPECT_EQ(convert(number("1"), "Oe", "A/m")->to_short_string(), "79.57747155");
  EXPECT_EQ(convert(number("1"), "Gb", "A")->to_short_string(), "0.79577472");
  EXPECT_EQ(convert(number("2"), "[diop]", "/m")->to_short_string(), "2");
  EXPECT_EQ(convert(number("2.54"), "[mesh_i]", "/cm")->to_short_string(), "1");
  EXPECT_EQ(convert(number("1"), "Bd", "/s")->to_short_string(), "1");
  EXPECT_EQ(convert(number("3"), "[LPF]", "1")->to_short_string(), "300");
  EXPECT_EQ(convert(number("1"), "eq", "mol")->to_short_string(), "1");
}

// The amount that a level is counted from is part of it.
TEST(Ucum, LevelsAreOfTheirReference) {
  EXPECT_EQ(convert(number("0"), "B[SPL]", "Pa")->to_short_string(), "0.00002");
  EXPECT_EQ(convert(number("20"), "dB[SPL]", "Pa")->to_short_string(), "0.0002");
  EXPECT_EQ(convert(number("2"), "B[10.nV]", "nV")->to_short_string(), "100");
  EXPECT_EQ(convert(number("25"), "[degRe]", "K")->to_short_string(), "304.4");
  EXPECT_EQ(convert(number("100"), "%[slope]", "deg")->to_short_string(), "45");
  EXPECT_EQ(convert(number("100"), "[p'diop]", "deg")->to_short_string(), "45");
  EXPECT_EQ(convert(number("2"), "[hp'_X]", "1")->to_short_string(), "0.01");
}

TEST(Ucum, AUnitOfTwoNamesIsOne) {
  EXPECT_EQ(convert(number("5"), "[IU]/mL", "[iU]/mL"), number("5"));
  EXPECT_EQ(compare(number("6"), "m[iU]/L", number("5"), "m[IU]/L"), 1);
  EXPECT_FALSE(comparable("[IU]", "U"));
}

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
