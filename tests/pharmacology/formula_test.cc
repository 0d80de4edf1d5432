// SPDX-License-Identifier: Apache-2.0
// Formulas: what they mean, what is refused, and that their derivatives are right.
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

double value(const std::string& text, double x = 2, double y = 3) {
  const std::vector<std::string> names{"x", "y"};
  const NamedFormulas functions{{"twice", {{"a"}, "2 * a"}}, {"sum", {{"a", "b"}, "a + twice(b)"}}};
  const auto formula = Formula::compile(text, names, functions, "test");
  EXPECT_TRUE(formula.has_value()) << formula.error().to_string();
  const double values[] = {x, y};
  return formula ? formula->evaluate<double>(values) : 0;
}

TEST(Formula, ReckonsInTheUsualOrder) {
  const std::pair<const char*, double> rows[] = {
      {"1 + 2 * 3", 7},
      {"(1 + 2) * 3", 9},
      {"2^3^2", 512},
      {"-x^2", -4},
      {"x^-1", 0.5},
      {"10 - 2 - 3", 5},
      {"12 / 2 / 3", 2},
      {"min(x, y)", 2},
      {"max(x, y)", 3},
      {"if(x < y, 10, 20)", 10},
      {"if(x > y, 10, 20)", 20},
      {"if(x >= 2, 1, 0)", 1},
      {"if(x <= 1.9, 1, 0)", 0},
      {"if(x == 2, 1, 0)", 1},
      {"twice(y)", 6},
      {"sum(x, y)", 8},
      {"log10(1000)", 3},
      {"sqrt(16)", 4},
  };
  for (const auto& [text, expected] : rows) EXPECT_NEAR(value(text), expected, 1e-12) << text;
  EXPECT_NEAR(value("exp(ln(7))"), 7, 1e-12);
}

TEST(Formula, KeepsTheUnknownUnknown) {
  const double unknown = std::nan("");
  EXPECT_TRUE(std::isnan(value("x + 1", unknown)));
  EXPECT_TRUE(std::isnan(value("min(x, 1)", unknown)));
  EXPECT_TRUE(std::isnan(value("if(x > 1, 5, 6)", unknown)));
  EXPECT_EQ(value("if(y > 1, 5, x)", unknown), 5);  // the other side is not needed
}

TEST(Formula, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::string> names{"x"};
  for (const char* text : {"x +", "x ) 1", "z", "min(x)", "nosuch(x)", "2 x", "", "(x", "x $ 1"}) {
    const auto formula = Formula::compile(text, names, {}, "here");
    ASSERT_FALSE(formula.has_value()) << text;
    EXPECT_EQ(formula.error().code, base::ErrorCode::kBadGuideline);
    EXPECT_EQ(formula.error().resource, "here");
    EXPECT_NE(formula.error().message.find("character"), std::string::npos) << text;
  }
  const NamedFormulas endless{{"f", {{"a"}, "f(a)"}}};
  EXPECT_FALSE(Formula::compile("f(x)", names, endless, "here").has_value());
}

TEST(Formula, HasExactDerivatives) {
  const std::vector<std::string> names{"x", "y"};
  for (const char* text : {"x^y", "exp(x) / y", "ln(x) * sqrt(y)", "max(x, y)^2 - min(x, y)",
                           "if(x < y, x * y, y)", "log10(x + y^3)", "-x^-0.5"}) {
    const Formula formula = *Formula::compile(text, names, {}, text);
    Dual<2> values[] = {Dual<2>(1.7, Eigen::Array2d(1, 0)), Dual<2>(2.4, Eigen::Array2d(0, 1))};
    const Dual<2> exact = formula.evaluate<Dual<2>>(values);
    const double h = 1e-6;
    for (int k = 0; k < 2; ++k) {
      double up[] = {1.7, 2.4};
      double down[] = {1.7, 2.4};
      up[k] += h;
      down[k] -= h;
      const double slope =
          (formula.evaluate<double>(up) - formula.evaluate<double>(down)) / (2 * h);
      EXPECT_NEAR(exact.d[k], slope, 1e-7 * (1 + std::abs(slope)))
          << text << " by " << names[static_cast<std::size_t>(k)];
    }
  }
}

// ---------------------------------------------------------------- kidney function (PK-1)

struct KidneyRow {
  const char* formula;
  double age, female, weight, height, creatinine, expected, relative;
};

class Kidney : public testing::TestWithParam<KidneyRow> {};

TEST_P(Kidney, HasTheWorkedNumber) {
  const KidneyRow& row = GetParam();
  const auto formula = library().formula(row.formula);
  ASSERT_TRUE(formula.has_value()) << formula.error().to_string();
  std::vector<double> values(library().inputs.size(), std::nan(""));
  values[*library().input("AGE")] = row.age;
  values[*library().input("FEMALE")] = row.female;
  values[*library().input("WT")] = row.weight;
  values[*library().input("HT")] = row.height;
  values[*library().input("SCR")] = row.creatinine;
  EXPECT_TRUE(close(formula->evaluate<double>(values), row.expected, row.relative));
}

INSTANTIATE_TEST_SUITE_P(
    Dossier, Kidney,
    testing::Values(
        // D1, D2, D3: what the models were fed
        KidneyRow{"cockcroft_gault(AGE, FEMALE, WT, SCR)", 68, 0, 82, 180, 1.1, 74.54545, 1e-6},
        KidneyRow{"cockcroft_gault(AGE, FEMALE, WT, SCR)", 54, 1, 64, 165, 0.7, 92.8254, 1e-6},
        KidneyRow{"cockcroft_gault(AGE, FEMALE, WT, SCR)", 45, 0, 75, 180, 0.9, 109.9537, 1e-6},
        // ABX-XB: 81 years, woman, 158 cm, 54 kg, creatinine 1.100 mg/dL
        KidneyRow{"ideal_weight(FEMALE, HT)", 81, 1, 54, 158, 1.1, 50.57, 1e-4},
        KidneyRow{"adjusted_weight(FEMALE, HT, WT)", 81, 1, 54, 158, 1.1, 51.94, 1e-4},
        KidneyRow{"dose_weight(FEMALE, HT, WT)", 81, 1, 54, 158, 1.1, 50.57, 1e-4},
        KidneyRow{"cockcroft_gault(AGE, FEMALE, dose_weight(FEMALE, HT, WT), SCR)", 81, 1, 54, 158,
                  1.1, 32.0, 1e-3},
        KidneyRow{"ckd_epi_2021(AGE, FEMALE, SCR)", 81, 1, 54, 158, 1.1, 50.5, 1e-3},
        KidneyRow{"ckd_epi_2021(AGE, FEMALE, SCR) * body_surface(WT, HT) / 1.73", 81, 1, 54, 158,
                  1.1, 44.9, 2e-3},
        // a light person keeps the own weight, a heavy one the adjusted
        KidneyRow{"dose_weight(FEMALE, HT, WT)", 50, 0, 55, 180, 1, 55, 1e-12},
        KidneyRow{"dose_weight(FEMALE, HT, WT)", 50, 0, 120, 180, 1, 92.995276, 1e-6},
        KidneyRow{"schwartz(HT, SCR)", 8, 1, 25, 128, 0.5, 105.728, 1e-9}),
    [](const auto& which) { return "Row" + std::to_string(which.index); });

}  // namespace
}  // namespace nidus::pharmacology
