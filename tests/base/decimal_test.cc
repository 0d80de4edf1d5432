// SPDX-License-Identifier: Apache-2.0
#include "base/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace nidus::base {
namespace {

constexpr std::string_view kMax = "9999999999999999999999999999.99999999";

Decimal d(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Decimal());
}

std::string shown(const std::optional<Decimal>& value) {
  return value ? value->to_short_string() : "none";
}

TEST(Decimal, ParseKeepsWhatWasWritten) {
  const struct {
    std::string_view text, shown;
    int scale;
  } kCases[] = {
      {"0", "0", 0},
      {"-0", "0", 0},
      {"1", "1", 0},
      {"+1", "1", 0},
      {"1.50", "1.50", 2},
      {"-1.50", "-1.50", 2},
      {"0.00000001", "0.00000001", 8},
      {"0.000000001", "0.00000000", 8},  // beyond 8 places: rounded
      {"0.000000005", "0.00000001", 8},  // half away from zero
      {"-0.000000005", "-0.00000001", 8},
      {"0.0000000049999", "0.00000000", 8},
      {"1e3", "1000", 0},
      {"1E+3", "1000", 0},
      {"1e-3", "0.001", 3},
      {"1.5e1", "15", 0},
      {"1.50e1", "15.0", 1},
      {"12.5e-2", "0.125", 3},
      {"0e9999999999", "0", 0},
      {"1e-9999999999", "0.00000000", 8},
      {"007", "7", 0},
      {"1e27", "1000000000000000000000000000", 0},
      {kMax, kMax, 8},
      {"-9999999999999999999999999999.99999999", "-9999999999999999999999999999.99999999", 8},
      {"3.14159265358979323846264338327950288419716939937510", "3.14159265", 8},
      {"2.99999999999999999999999999999999999999999999999999", "3.00000000", 8},
      // more digits than fit, brought back by the exponent: the first digit lost still rounds
      {"1111111111111111111111111111000000005e-9", "1111111111111111111111111111.00000001", 8},
      {"1111111111111111111111111111000000004e-9", "1111111111111111111111111111.00000000", 8},
      {"0.00000000000000000000000000000000000000000001e44", "1", 0},
  };
  for (const auto& c : kCases) {
    const auto value = Decimal::parse(c.text);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(value->to_string(), c.shown) << c.text;
    EXPECT_EQ(value->scale(), c.scale) << c.text;
  }
}

TEST(Decimal, ParseRefuses) {
  for (const std::string_view text : {"",
                                      "-",
                                      "+",
                                      ".",
                                      ".5",
                                      "1.",
                                      "1..2",
                                      "1.2.3",
                                      "--1",
                                      "1e",
                                      "1e+",
                                      "1e1.5",
                                      "e5",
                                      " 1",
                                      "1 ",
                                      "1,5",
                                      "0x10",
                                      "NaN",
                                      "Infinity",
                                      "1_000",
                                      "1e28",
                                      "1e9999999999",
                                      "10000000000000000000000000000",
                                      "9999999999999999999999999999.999999995",
                                      "-10000000000000000000000000000"}) {
    EXPECT_FALSE(Decimal::parse(text)) << text;
  }
}

TEST(Decimal, TextWithAndWithoutTrailingZeros) {
  EXPECT_EQ(d("1.500").to_string(), "1.500");
  EXPECT_EQ(d("1.500").to_short_string(), "1.5");
  EXPECT_EQ(d("100").to_short_string(), "100");
  EXPECT_EQ(d("-0.10").to_short_string(), "-0.1");
  EXPECT_EQ(d("5").with_scale(2).to_string(), "5.00");
  EXPECT_EQ(d("5.25").with_scale(0).to_string(), "5.25") << "never cuts digits that matter";
  EXPECT_EQ(Decimal::from_int(INT64_MIN).to_string(), "-9223372036854775808");
}

TEST(Decimal, ComparesByValue) {
  EXPECT_EQ(d("1.50"), d("1.5"));
  EXPECT_LT(d("-2"), d("-1.99999999"));
  EXPECT_GT(d("0.00000001"), d("0"));
  EXPECT_EQ(d("1").negate(), d("-1"));
}

TEST(Decimal, AddAndSubtract) {
  const struct {
    std::string_view a, b, sum, difference;
  } kCases[] = {
      {"0.1", "0.2", "0.3", "-0.1"},
      {"2", "1.1", "3.1", "0.9"},
      {"1.50", "0.5", "2", "1"},
      {kMax, "0.00000001", "none", "9999999999999999999999999999.99999998"},
      {kMax, kMax, "none", "0"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(shown(add(d(c.a), d(c.b))), c.sum);
    EXPECT_EQ(shown(subtract(d(c.a), d(c.b))), c.difference);
  }
  EXPECT_EQ(add(d("1.50"), d("0.5"))->to_string(), "2.00") << "keeps the longer writing";
}

TEST(Decimal, Multiply) {
  const struct {
    std::string_view a, b, product;
  } kCases[] = {
      {"2", "3", "6"},
      {"-2", "3.5", "-7"},
      {"0.00000001", "0.5", "0.00000001"},  // half away from zero
      {"-0.00000001", "0.5", "-0.00000001"},
      {"0.00000001", "0.49999999", "0"},
      {"88.42", "1.1", "97.262"},
      {"99999999999999", "99999999999999", "9999999999999800000000000001"},
      {"99999999999999.9", "100000000000000.1", "9999999999999999999999999999.99"},
      {"99999999999999.9", "100000000000001", "none"},
      {kMax, "1", kMax},
      {kMax, kMax, "none"},
      {kMax, "0.00000001", "100000000000000000000"},
      {kMax, "0", "0"},
      {"1234567890123456789.12345678", "12345678.87654321", "15241578722755679137174209.88736473"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(shown(multiply(d(c.a), d(c.b))), c.product) << c.a << " * " << c.b;
    EXPECT_EQ(shown(multiply(d(c.b), d(c.a))), c.product) << c.b << " * " << c.a;
  }
  EXPECT_EQ(multiply(d("1.50"), d("2.0"))->to_string(), "3.000");
}

TEST(Decimal, DivideIsExactOrTowardMinusInfinity) {
  const struct {
    std::string_view a, b, quotient;
  } kCases[] = {
      {"10", "4", "2.5"},
      {"10", "3", "3.33333333"},
      {"-10", "3", "-3.33333334"},
      {"10", "-3", "-3.33333334"},
      {"-10", "-3", "3.33333333"},
      {"2", "3", "0.66666666"},
      {"-2", "3", "-0.66666667"},
      {"1", "1024", "0.00097656"},
      {"-0.00000001", "3", "-0.00000001"},
      {"1", "0", "none"},
      {"0", "0", "none"},
      {"0", "7", "0"},
      {kMax, "0.5", "none"},
      {kMax, kMax, "1"},
      {kMax, "0.00000001", "none"},
      {kMax, "3", "3333333333333333333333333333.33333333"},
      {"1", kMax, "0"},
      {"-1", kMax, "-0.00000001"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(shown(divide(d(c.a), d(c.b))), c.quotient) << c.a << " / " << c.b;
  }
}

TEST(Decimal, RoundHalfAwayFromZero) {
  const struct {
    std::string_view a;
    int places;
    std::string_view rounded;
  } kCases[] = {
      {"0.5", 0, "1"},         {"-0.5", 0, "-1"},
      {"1.4999", 0, "1"},      {"2.5", 0, "3"},
      {"3.14159", 3, "3.142"}, {"-3.14159", 2, "-3.14"},
      {"1.005", 2, "1.01"},    {"-1.005", 2, "-1.01"},
      {"9.99", 1, "10"},       {"1.23456789", 8, "1.23456789"},
      {"0.00000004", 7, "0"},  {"0.00000005", 7, "0.0000001"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(round(d(c.a), c.places).to_short_string(), c.rounded) << c.a;
  }
  EXPECT_EQ(round(d("1.50"), 1).to_string(), "1.5");
  EXPECT_EQ(round(d(kMax), 0).to_short_string(), "9999999999999999999999999999");
}

TEST(Decimal, WholeParts) {
  const struct {
    std::string_view a, cut, down, up;
  } kCases[] = {
      {"1.9", "1", "1", "2"},   {"-1.9", "-1", "-2", "-1"},    {"2", "2", "2", "2"},
      {"-2", "-2", "-2", "-2"}, {"0.00000001", "0", "0", "1"}, {"-0.00000001", "0", "-1", "0"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(truncate(d(c.a)).to_string(), c.cut) << c.a;
    EXPECT_EQ(floor(d(c.a)).to_string(), c.down) << c.a;
    EXPECT_EQ(ceiling(d(c.a)).to_string(), c.up) << c.a;
  }
  EXPECT_TRUE(d("2.000").is_integer());
  EXPECT_FALSE(d("2.001").is_integer());
  EXPECT_EQ(d("-7.9").truncate_to_int64(), -7);
  EXPECT_EQ(d("9223372036854775807.5").truncate_to_int64(), INT64_MAX);
  EXPECT_EQ(d("9223372036854775808").truncate_to_int64(), std::nullopt);
  EXPECT_EQ(d("-9223372036854775808.5").truncate_to_int64(), INT64_MIN);
}

TEST(Decimal, ModuloHasTheSignOfTheDividend) {
  EXPECT_EQ(shown(modulo(d("7"), d("3"))), "1");
  EXPECT_EQ(shown(modulo(d("-7"), d("3"))), "-1");
  EXPECT_EQ(shown(modulo(d("7"), d("-3"))), "1");
  EXPECT_EQ(shown(modulo(d("4.5"), d("0.7"))), "0.3");
  EXPECT_EQ(shown(modulo(d("1"), d("0"))), "none");
}

TEST(Decimal, FromDoubleIsTheNearestDecimal) {
  const struct {
    double value;
    std::string_view shown;
  } kCases[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {0.1, "0.1"},
      {-0.1, "-0.1"},
      {1e-9, "0"},
      {5e-9, "0.00000001"},  // the double is a hair above 5e-9
      {std::ldexp(1.0, -200), "0"},
      {std::numeric_limits<double>::denorm_min(), "0"},
      {1.0 / 3, "0.33333333"},
      {std::ldexp(1.0, -9), "0.00195313"},  // 0.001953125, a tie
      {-std::ldexp(1.0, -9), "-0.00195313"},
      {9007199254740993.0, "9007199254740992"},
      {123456789012345678.0, "123456789012345680"},
      {1e27, "1000000000000000013287555072"},  // what the double really holds
      {std::nan(""), "none"},
      {std::numeric_limits<double>::infinity(), "none"},
      {1e28, "none"},
      {-1e300, "none"},
  };
  for (const auto& c : kCases) EXPECT_EQ(shown(Decimal::from_double(c.value)), c.shown) << c.value;
}

TEST(Decimal, ToDoubleIsTheNearestDouble) {
  for (const std::string_view text :
       {"0", "0.1", "-0.3", "98.6", "123456789.12345678", "90071992.54740993",
        "12345678901234567.89012345", "9999999999999999999999999999.99999999", "-0.00000001"}) {
    EXPECT_EQ(d(text).to_double(), std::strtod(std::string(text).c_str(), nullptr)) << text;
  }
}

TEST(Decimal, FromCoefficientChecksTheRange) {
  const int128 largest = d(kMax).coefficient();
  EXPECT_TRUE(Decimal::from_coefficient(largest));
  EXPECT_FALSE(Decimal::from_coefficient(largest + 2));
  EXPECT_TRUE(Decimal::from_coefficient(-largest));
  EXPECT_FALSE(Decimal::from_coefficient(-largest - 2));
}

TEST(Decimal, AProductMayReachTheNumberAfterTheLargest) {
  const auto product = multiply(d("10"), d("1000000000000000000000000000"));
  ASSERT_TRUE(product);
  EXPECT_EQ(shown(subtract(*product, d("0.00000001"))), kMax);
  EXPECT_EQ(shown(add(*product, d("0.00000001"))), "none");
  EXPECT_FALSE(Decimal::parse("10000000000000000000000000000"));
}

// Laws that must hold for any numbers; the seed is fixed, so a failure repeats.
TEST(Decimal, Laws) {
  std::mt19937_64 random(20260101);
  const auto any = [&] {
    int128 coefficient = static_cast<int128>(random()) << (random() % 50);
    coefficient >>= random() % 100;
    return *Decimal::from_coefficient((random() & 1) != 0 ? coefficient : -coefficient);
  };
  for (int i = 0; i < 20000; ++i) {
    const Decimal a = any(), b = any();
    EXPECT_EQ(Decimal::parse(a.to_string()), a);
    EXPECT_EQ(Decimal::parse(a.to_short_string()), a);
    const auto sum = add(a, b);
    if (sum) {
      EXPECT_EQ(subtract(*sum, b), a);
    }
    if (b.coefficient() == 0) continue;
    if (const auto quotient = divide(a, b)) {
      // quotient * b <= a < (quotient + 10^-8) * b, for positive b
      const Decimal x = b < Decimal() ? a.negate() : a;
      const Decimal y = b < Decimal() ? b.negate() : b;
      const auto below = multiply(*quotient, y);
      const auto step = Decimal::from_coefficient(quotient->coefficient() + 1);
      const auto above = step ? multiply(*step, y) : std::nullopt;
      if (below) {
        EXPECT_LE(*below, x);
      }
      if (above) {
        EXPECT_GE(*above, x);
      }
    }
    const auto rest = modulo(a, b);
    ASSERT_TRUE(rest);
    EXPECT_LT(rest->coefficient() < 0 ? -rest->coefficient() : rest->coefficient(),
              b.coefficient() < 0 ? -b.coefficient() : b.coefficient());
  }
}

// Short numbers are read by a way of their own; an exponent sends the same number the general way.
TEST(Decimal, ShortAndGeneralReadingAgree) {
  std::mt19937 random(20250304);
  const auto below = [&](int limit) {
    return std::uniform_int_distribution<>(0, limit - 1)(random);
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string text = below(4) == 0 ? "-" : "";
    for (int digits = below(19); digits >= 0; --digits) text += static_cast<char>('0' + below(10));
    if (below(2) == 0) {
      text += '.';
      for (int digits = below(10); digits > 0; --digits) text += static_cast<char>('0' + below(10));
    }
    const auto whole = Decimal::parse(text), general = Decimal::parse(text + "e0");
    const bool ends_in_point = text.back() == '.';
    ASSERT_EQ(whole.has_value(), !ends_in_point) << text;
    if (ends_in_point) continue;
    ASSERT_TRUE(general) << text;
    EXPECT_EQ(whole->coefficient(), general->coefficient()) << text;
    EXPECT_EQ(whole->scale(), general->scale()) << text;
  }
}

}  // namespace
}  // namespace nidus::base
