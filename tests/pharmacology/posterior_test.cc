// SPDX-License-Identifier: Apache-2.0
// Draws from the posterior (PK-9) against the dossier's percentiles (400 000 draws there),
// quantiles, bands.
#include "pharmacology/posterior.h"

#include <random>

#include "pharmacology/individual.h"
#include "pharmacology/regimen.h"
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

History first_patient() {
  History history;
  history.covariates = {
      {0, covariates(model("vancomycin-goti-2018"), {{"CRCL", 74.54545}, {"WT", 82}})}};
  history.doses = repeated(1250, 1.5, 4, 12, 12);
  history.doses.insert(history.doses.begin(), {0, 2000, 2});
  history.levels = {{39, 31.2}, {47.5, 19.4}};
  return history;
}

// PK-8: P(400 to 600) and its neighbours of six regimens.
TEST(Regimens, HaveTheProbabilitiesOfTheExample) {
  const Course at = course(model("vancomycin-goti-2018"), first_patient());
  const Estimate map = estimate(at);
  const Draws draws = resample(draw(at, map, 40000), 20000);
  struct Example {
    Regimen regimen;
    double map, median, in, below, above, toxic, peak, trough;
  };
  const Example rows[] = {{{1750, 24, 1.75}, 504.89, 545, 0.550, 0.086, 0.364, 0.106, 35.45, 13.65},
                          {{750, 12, 1}, 432.76, 467, 0.543, 0.260, 0.197, 0.047, 23.86, 14.21},
                          {{1500, 24, 1.5}, 432.76, 467, 0.543, 0.260, 0.197, 0.047, 30.73, 11.66},
                          {{500, 8, 1}, 432.76, 467, 0.543, 0.260, 0.197, 0.047, 21.54, 15.35},
                          {{1000, 12, 1}, 577.02, 623, 0.421, 0.020, 0.560, 0.197, 31.81, 18.94}};
  for (const Example& row : rows) {
    const Exposure seen = exposure(at, draws.eta, row.regimen, 60);
    const auto share = [&](double low, double high) {
      double count = 0;
      for (const double value : seen.auc24) count += value >= low && value < high ? 1 : 0;
      return count / static_cast<double>(seen.auc24.size());
    };
    EXPECT_NEAR(share(400, 600), row.in, 0.012) << words(row.regimen);
    EXPECT_NEAR(share(0, 400), row.below, 0.012) << words(row.regimen);
    EXPECT_NEAR(share(600, 1e9), row.above, 0.012) << words(row.regimen);
    EXPECT_NEAR(share(800, 1e9), row.toxic, 0.012) << words(row.regimen);
    const Eigen::MatrixXd one = map.eta;
    const Exposure typical = exposure(at, one, row.regimen, 60);
    EXPECT_TRUE(close(typical.auc24[0], row.map, 2e-5));
    EXPECT_TRUE(close(typical.peak[0], row.peak, 3e-4)) << words(row.regimen);
    EXPECT_TRUE(close(typical.trough[0], row.trough, 4e-4)) << words(row.regimen);
  }
}

// The closed steady state against doses given for long enough, oral ones too.
TEST(Regimens, ReachTheirSteadyState) {
  for (const char* id :
       {"linezolid-tsuji-2017", "rifampicin-marsot-2017", "teicoplanin-kim-2024"}) {
    const Model& of = model(id);
    History history;
    history.covariates = {
        {0, covariates(of, {{"AGE", 74}, {"WT", 55}, {"CRCL", 38}, {"EGFR_ABS", 78}})}};
    const bool oral = of.absorption != Absorption::kNone;
    const Regimen regimen{600, 12, oral ? 0.0 : 0.5, oral ? Route::kOral : Route::kIntravenous};
    history.doses = doses_of(regimen, 0, 12 * 600);
    const Course at = course(of, history);
    const Eigen::MatrixXd typical =
        Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(at.effects()), 1);
    const Exposure closed = exposure(at, typical, regimen, 0);
    std::vector<double> times{12.0 * 599};
    for (int i = 1; i <= 24; ++i) times.push_back(12.0 * 599 + i * 0.5);
    const Curve long_given = curve(at, typical.col(0), times);
    EXPECT_TRUE(close(closed.trough[0], long_given.kinetic[0], 1e-6)) << id;
    const double most =
        oral ? *std::max_element(long_given.kinetic.begin(), long_given.kinetic.end())
             : long_given.kinetic[1];
    EXPECT_TRUE(close(closed.peak[0], most, 1e-6)) << id;
    EXPECT_TRUE(close(closed.auc24[0], 2 * (long_given.area.back() - long_given.area[0]), 1e-6))
        << id;
  }
}

TEST(Outlook, CarriesTheDrugOnBoardForward) {
  const Course at = course(model("vancomycin-goti-2018"), first_patient());
  const Estimate map = estimate(at);
  const Eigen::MatrixXd one = map.eta;
  const Regimen regimen{1000, 12, 1};
  const double now = 48.75;  // while the last infusion (48 h, 1.5 h long) runs
  const Exposure seen = Outlook(at, one, now)(regimen);
  std::vector<Dose> doses = at.history().doses;
  const auto more = doses_of(regimen, now, 48);
  doses.insert(doses.end(), more.begin(), more.end());
  EXPECT_TRUE(close(seen.first_day[0], area(at, map.eta, now, now + 24, doses), 1e-9));
  EXPECT_TRUE(close(seen.second_day[0], area(at, map.eta, now + 24, now + 48, doses), 1e-9));
}

TEST(Draws, AreTheSameForTheSameSeedAndOthersForAnother) {
  const Course at = course(model("vancomycin-goti-2018"), first_patient());
  const Estimate map = estimate(at);
  const Draws a = draw(at, map, 1000, 3);
  const Draws b = draw(at, map, 1000, 3);
  const Draws c = draw(at, map, 1000, 4);
  EXPECT_EQ(a.eta, b.eta);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_NE(a.eta, c.eta);
}

TEST(Draws, WithoutALevelAreThePrior) {
  History history = first_patient();
  history.levels.clear();
  const Course at = course(model("vancomycin-goti-2018"), history);
  const Estimate map = estimate(at);
  EXPECT_EQ(map.eta.norm(), 0);
  const Draws draws = draw(at, map, 40000);
  for (Eigen::Index k = 0; k < 3; ++k) {
    EXPECT_NEAR(draws.eta.row(k).squaredNorm() / static_cast<double>(draws.eta.cols()),
                at.model().omega(k, k), 0.03 * at.model().omega(k, k));
  }
}

TEST(Quantiles, AreThoseOfTheSortedWeights) {
  std::mt19937 random(5);
  std::vector<double> values;
  std::vector<double> weights;
  for (int i = 0; i < 3000; ++i) {
    values.push_back(std::exp(std::normal_distribution<double>(0, 2)(random)));
    weights.push_back(std::uniform_real_distribution<double>()(random));
  }
  std::vector<std::pair<double, double>> sorted;
  for (std::size_t i = 0; i < values.size(); ++i) sorted.emplace_back(values[i], weights[i]);
  std::sort(sorted.begin(), sorted.end());
  double whole = 0;
  for (const double weight : weights) whole += weight;
  const auto got = quantiles(values, weights, kBandFractions);
  for (std::size_t q = 0; q < got.size(); ++q) {
    double reached = 0;
    double expected = 0;
    for (const auto& [value, weight] : sorted) {
      reached += weight;
      expected = value;
      if (reached >= kBandFractions[q] * whole * (1 - 1e-12)) break;
    }
    EXPECT_EQ(got[q], expected);
  }
  const double same[] = {2, 2, 2};
  const double each[] = {1, 1, 1};
  EXPECT_EQ(quantiles(same, each, kBandFractions)[2], 2);
}

TEST(BandOfTime, HoldsTheMostProbableCurve) {
  const Course at = course(model("vancomycin-goti-2018"), first_patient());
  const Estimate map = estimate(at);
  const Draws draws = draw(at, map, 8000);
  const std::vector<double> times = {20, 37.5, 47.5, 60};
  const auto bands = band(at, draws, times, at.history().doses, true);
  const Curve best = curve(at, map.eta, times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_LT(bands[i][0], best.total[i]);
    EXPECT_GT(bands[i][4], best.total[i]);
    EXPECT_TRUE(std::is_sorted(bands[i].begin(), bands[i].end()));
  }
}

}  // namespace
}  // namespace nidus::pharmacology
