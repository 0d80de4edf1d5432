// SPDX-License-Identifier: Apache-2.0
// The closed forms against 30-digit values (PK-4) and against a stiff ODE
// solver.
#include <random>

#include "pharmacology/individual.h"
#include "pharmacology/stiff_solver.h"
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

// A model of constants, without a person: one covariate list of nothing.
struct Rig {
  Model model;
  History history;
  std::vector<std::vector<double>> steps;  // cl v1 q v2 q3 v3 ka f, by covariate step

  explicit Rig(int compartments, Absorption absorption = Absorption::kNone) {
    model.id = "rig";
    model.compartments = compartments;
    model.absorption = absorption;
    const char* names[] = {"CL", "V1", "Q", "V2", "Q3", "V3", "KA", "F"};
    std::vector<std::string> ids;
    for (const char* name : names) {
      const std::vector<std::string> inputs(names, names + 8);
      model.covariates.push_back({name, *Formula::compile(name, inputs, {}, name), {}});
      ids.emplace_back(name);
    }
    model.role.fill(-1);
    for (int i = 0; i < 8; ++i) {
      ModelParameter parameter;
      parameter.id = names[i];
      parameter.value = *Formula::compile(names[i], ids, {}, names[i]);
      if (i == 0) {
        parameter.kind = EtaKind::kLogNormal;
        parameter.eta = 0;
      }
      model.role[static_cast<std::size_t>(i)] = i;
      model.parameters.push_back(parameter);
    }
    model.omega = Eigen::MatrixXd::Identity(1, 1);
    model.residual.additive = 1;
  }
  Rig& at(double from_h, std::vector<double> values) {
    values.resize(8, 1.0);
    history.covariates.push_back({from_h, values});
    return *this;
  }
  Curve operator()(std::span<const double> times) const {
    return curve(course(model, history), Eigen::VectorXd::Zero(1), times);
  }
};

void expect_curve(const Rig& rig, const std::vector<double>& times,
                  const std::vector<double>& values, double relative = 5e-10) {
  const Curve got = rig(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_TRUE(close(got.kinetic[i], values[i], relative)) << times[i] << " h";
  }
}

// Enough doses before time 0 that the next would change nothing.
std::vector<Dose> long_since(double mg, double over_h, double interval_h, int count) {
  return repeated(mg, over_h, count, interval_h, -interval_h * (count - 1));
}

TEST(OneCompartment, HasTheCheckValues) {
  Rig rig(1);
  rig.at(0, {4.5, 52.5});
  rig.history.doses = {{0, 1000, 1}};
  expect_curve(rig, {0.5, 1, 1.5, 6, 12, 24},
               {9.322612372, 18.25412479, 17.4883322, 11.89144985, 7.110225274, 2.542028791});
  const double day[] = {24, 3000};
  EXPECT_TRUE(close(rig(day).area[0], 192.5652197, 5e-10));
  EXPECT_TRUE(close(rig(day).area[1], 222.2222222, 5e-10));
  rig.history.doses = long_since(1000, 1, 12, 60);
  expect_curve(rig, {0, 0.5, 1, 1.5, 6},
               {11.06679707, 19.92513787, 28.41185573, 27.2199285, 18.50859252});
}

TEST(TwoCompartments, HaveTheCheckValues) {
  Rig rig(2);
  rig.at(0, {4.5, 58.4, 6.5, 38.4});
  rig.history.doses = {{0, 1250, 1.5}};
  expect_curve(rig, {0.75, 1.5, 2, 6, 12, 24},
               {9.997582124, 18.76980549, 17.23952939, 10.21689749, 6.593546503, 3.82749544});
  const double day[] = {24, 3000};
  EXPECT_TRUE(close(rig(day).area[0], 185.0849113, 5e-10));
  EXPECT_TRUE(close(rig(day).area[1], 277.7777778, 5e-10));
  rig.history.doses = long_since(1250, 1.5, 12, 90);
  expect_curve(rig, {0, 0.75, 1.5, 2, 6},
               {16.39045276, 25.82825049, 34.07057338, 32.20181373, 22.8036389});
}

TEST(TwoCompartments, HaveTheCheckValuesOfAnuria) {
  Rig rig(2);
  rig.at(0, {0.35, 29.2, 6.5, 38.4});
  rig.history.doses = {{0, 1500, 1.5}};
  expect_curve(rig, {1.5, 6, 12, 24}, {43.87970845, 24.60490308, 20.57398249, 19.03619113});
  const double day[] = {24};
  EXPECT_TRUE(close(rig(day).area[0], 544.8418295, 5e-10));
  rig.history.doses = long_since(1500, 1.5, 48, 140);
  expect_curve(rig, {0, 1.5, 24}, {77.74134882, 121.0299995, 87.84119665});
}

TEST(ThreeCompartments, HaveTheCheckValues) {
  Rig rig(3);
  rig.at(0, {0.693, 3.96, 4.45, 8.24, 1.76, 69.8});
  rig.history.doses = {{0, 800, 0.5}};
  expect_curve(rig, {0.25, 0.5, 1, 6, 12, 24},
               {82.3862108, 138.0512131, 69.82442473, 18.08500403, 9.798798683, 5.490717296},
               5e-10);
  const double day[] = {24, 30000};
  EXPECT_TRUE(close(rig(day).area[0], 395.5316909, 5e-10));
  EXPECT_TRUE(close(rig(day).area[1], 1154.401154, 5e-10));
  rig.history.doses = long_since(800, 0.5, 24, 220);
  expect_curve(rig, {0, 0.25, 0.5, 1, 12},
               {34.5851194, 116.8916526, 172.4780909, 104.0973452, 41.32181942}, 5e-10);
}

TEST(OralDoses, HaveTheCheckValuesAndTheirLimit) {
  Rig rig(1, Absorption::kFirstOrder);
  rig.at(0, {5.25, 45, 1, 1, 1, 1, 0.9, 0.92});
  rig.history.doses = {{0, 600, 0, Route::kOral}};
  expect_curve(rig, {0.5, 1, 2, 4, 8, 12},
               {4.308521582, 6.811615798, 8.830929046, 8.452863326, 5.531662023, 3.475155666});
  Rig equal(1, Absorption::kFirstOrder);  // ka = k
  equal.at(0, {0.3 * 45, 45, 1, 1, 1, 1, 0.3, 1});
  equal.history.doses = {{0, 600, 0, Route::kOral}};
  expect_curve(equal, {0.5, 1, 2, 4, 8, 12},
               {1.721415953, 2.963272883, 4.390493089, 4.819107391, 2.902974505, 1.311538677});
}

struct ModeCase {
  const char* name;
  int compartments;
  std::vector<double> parameters;  // cl v1 q v2 q3 v3
  std::vector<double> lambda;
  std::vector<double> half_life;
  std::vector<double> share;  // empty: not printed
};

class Modes : public testing::TestWithParam<ModeCase> {};

TEST_P(Modes, HaveTheExponentsThatWerePrinted) {
  const ModeCase& want = GetParam();
  std::vector<double> p = want.parameters;
  p.resize(6, 1);
  const Constants<double> got =
      constants_of<double>(want.compartments, p[0], p[1], p[2], p[3], p[4], p[5]);
  for (std::size_t i = 0; i < want.lambda.size(); ++i) {
    EXPECT_TRUE(close(got.lambda[i], want.lambda[i], 5e-10)) << i;
    EXPECT_TRUE(close(std::log(2) / got.lambda[i], want.half_life[i], 5e-7)) << i;
  }
  for (std::size_t i = 0; i < want.share.size(); ++i) {
    EXPECT_TRUE(close(got.share[i], want.share[i], 5e-10)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Dossier, Modes,
    testing::Values(ModeCase{"One", 1, {4.5, 52.5}, {0.08571428571}, {8.086717}, {}},
                    ModeCase{"Two",
                             2,
                             {4.5, 58.4, 6.5, 38.4},
                             {0.3164039713, 0.04122302647},
                             {2.190703, 16.81456},
                             {0.009155441517, 0.007967846154}},
                    ModeCase{"Anuric",
                             2,
                             {0.35, 29.2, 6.5, 38.4},
                             {0.3987719254, 0.005087949006},
                             {1.738205, 136.2331},
                             {}},
                    ModeCase{"Three",
                             3,
                             {0.693, 3.96, 4.45, 8.24, 1.76, 69.8},
                             {2.130159983, 0.171772564, 0.006512714991},
                             {0.3253968, 4.035261, 106.4298},
                             {0.2032320285, 0.04211344607, 0.007179777908}}),
    [](const auto& which) { return std::string(which.param.name); });

// ---------------------------------------------------------------- an ODE solver

// transit, depot, three compartments, area; rates of one covariate step, row by row.
std::vector<double> rate_matrix(const Rig& rig, const std::vector<double>& p) {
  std::vector<double> a(36, 0.0);
  const auto at = [&](int i, int j) -> double& { return a[static_cast<std::size_t>(6 * i + j)]; };
  const double ka = p[6];
  at(0, 0) = -ka;
  at(1, 0) = ka;
  at(1, 1) = -ka;
  at(2, 1) = ka;
  at(2, 2) = -p[0] / p[1];
  if (rig.model.compartments > 1) {
    at(2, 2) -= p[2] / p[1];
    at(3, 2) = p[2] / p[1];
    at(2, 3) = p[2] / p[3];
    at(3, 3) = -p[2] / p[3];
  }
  if (rig.model.compartments > 2) {
    at(2, 2) -= p[4] / p[1];
    at(4, 2) = p[4] / p[1];
    at(2, 4) = p[4] / p[5];
    at(4, 4) = -p[4] / p[5];
  }
  at(5, 2) = 1 / p[1];
  return a;
}

// Concentration and area at `times`, stepping exactly from event to event.
std::pair<std::vector<double>, std::vector<double>> solve(const Rig& rig,
                                                          const std::vector<double>& times) {
  std::vector<double> stops = times;
  for (const Dose& dose : rig.history.doses) {
    stops.push_back(dose.at_h);
    stops.push_back(dose.at_h + dose.duration_h);
  }
  for (const CovariateStep& step : rig.history.covariates) stops.push_back(step.from_h);
  std::sort(stops.begin(), stops.end());
  std::vector<double> x(6, 0.0);
  std::map<double, std::pair<double, double>> seen;
  double now = stops.front();
  const auto values_at = [&](double time) -> const std::vector<double>& {
    std::size_t at = 0;
    for (std::size_t i = 0; i < rig.history.covariates.size(); ++i) {
      if (rig.history.covariates[i].from_h <= time) at = i;
    }
    return rig.history.covariates[at].values;
  };
  for (const double stop : stops) {
    if (stop > now) {
      const auto& p = values_at(now);
      std::vector<double> rate(6, 0.0);
      for (const Dose& dose : rig.history.doses) {
        if (dose.duration_h > 0 && dose.at_h <= now && now < dose.at_h + dose.duration_h) {
          rate[2] += dose.amount_mg / dose.duration_h;
        }
      }
      solve_stiff(rate_matrix(rig, p), rate, stop - now, x);
      now = stop;
    }
    if (!seen.contains(stop)) {  // before the doses of this moment
      const double v1_before = values_at(std::nextafter(stop, -1e9))[1];
      seen[stop] = {x[2] / v1_before, x[5]};
      for (const Dose& dose : rig.history.doses) {
        if (dose.at_h != stop) continue;
        const double f = values_at(stop)[7];
        if (dose.route == Route::kOral) {
          x[rig.model.absorption == Absorption::kTransit ? 0 : 1] += dose.amount_mg * f;
        } else if (dose.duration_h == 0) {
          x[2] += dose.amount_mg;
        }
      }
    }
  }
  std::pair<std::vector<double>, std::vector<double>> out;
  for (const double time : times) {
    out.first.push_back(seen.at(time).first);
    out.second.push_back(seen.at(time).second);
  }
  return out;
}

struct OdeCase {
  int compartments;
  Absorption absorption;
  unsigned seed;
};

class AgainstOde : public testing::TestWithParam<OdeCase> {};

// Random people whose parameters change twice, with doses of every kind at irregular times.
TEST_P(AgainstOde, GivesTheSameConcentrationsAndAreas) {
  const auto [compartments, absorption, seed] = GetParam();
  std::mt19937 random(seed);
  const auto between = [&](double low, double high) {
    return low * std::pow(high / low, std::uniform_real_distribution<double>()(random));
  };
  for (int person = 0; person < 4; ++person) {
    Rig rig(compartments, absorption);
    for (const double from : {0.0, 31.0, 64.5}) {
      rig.at(from, {between(0.3, 20), between(3, 90), between(0.5, 20), between(5, 150),
                    between(0.3, 3), between(20, 200), between(0.1, 2), between(0.3, 1)});
    }
    double at = 0;
    for (int i = 0; i < 9; ++i) {
      const int kind = absorption == Absorption::kNone ? i % 2 : i % 3;
      if (kind == 2) {
        rig.history.doses.push_back({at, between(300, 900), 0, Route::kOral});
      } else {
        rig.history.doses.push_back({at, between(200, 3000), kind == 0 ? between(0.3, 14) : 0.0});
      }
      at += between(3, 20);
    }
    const std::vector<double> times = {0.4, 3, 11.7, 30.9, 31, 33, 52, 64.5, 70, 96, 120};
    const Curve mine = rig(times);
    const auto [concentrations, areas] = solve(rig, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      // At a change of volume our curve shows the side after it: compare amounts by area there.
      if (times[i] != 31 && times[i] != 64.5) {
        // The solver itself is good to 1e-10 mg a step.
        EXPECT_NEAR(mine.kinetic[i], concentrations[i], 1e-6 * concentrations[i] + 1e-9)
            << times[i] << " h";
      }
      EXPECT_TRUE(close(mine.area[i], areas[i], 1e-6)) << times[i] << " h";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Structures, AgainstOde,
    testing::Values(OdeCase{1, Absorption::kNone, 1}, OdeCase{2, Absorption::kNone, 2},
                    OdeCase{3, Absorption::kNone, 3}, OdeCase{1, Absorption::kFirstOrder, 4},
                    OdeCase{2, Absorption::kFirstOrder, 5}, OdeCase{3, Absorption::kFirstOrder, 6},
                    OdeCase{1, Absorption::kTransit, 7}, OdeCase{2, Absorption::kTransit, 8}));

// Twelve weeks: doses at any minute, some running for a day, some on each other, parameters that
// change every few days.
class TwelveWeeks : public testing::TestWithParam<OdeCase> {};

TEST_P(TwelveWeeks, AreThoseOfTheSolver) {
  const auto [compartments, absorption, seed] = GetParam();
  std::mt19937 random(seed + 100);
  const auto between = [&](double low, double high) {
    return low * std::pow(high / low, std::uniform_real_distribution<double>()(random));
  };
  Rig rig(compartments, absorption);
  std::vector<double> changes;
  for (double from = 0; from < 84 * 24; from += between(60, 200)) {
    changes.push_back(from);
    rig.at(from, {between(1, 8), between(20, 70), between(2, 9), between(20, 90), between(1, 3),
                  between(30, 90), between(0.3, 1.5), between(0.5, 1)});
  }
  double at = 0;
  for (int i = 0; at < 84 * 24; ++i) {
    const int kind = i % 5;
    if (kind == 4 && absorption != Absorption::kNone) {
      rig.history.doses.push_back({at, between(300, 900), 0, Route::kOral});
    } else {
      // Of a day and more, so that the next ones run beside it.
      const double hours = kind == 3 ? between(20, 40) : kind == 2 ? 0 : between(0.5, 3);
      rig.history.doses.push_back({at, between(400, 2500), hours});
    }
    at += between(5, 30);
  }
  std::vector<double> times;
  for (double time = 3.3; time < 86 * 24; time += between(30, 130)) times.push_back(time);
  const Curve mine = rig(times);
  const auto [concentrations, areas] = solve(rig, times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(mine.kinetic[i], concentrations[i], 1e-5 * concentrations[i] + 1e-8)
        << times[i] << " h";
    EXPECT_TRUE(close(mine.area[i], areas[i], 1e-5)) << times[i] << " h";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Structures, TwelveWeeks,
    testing::Values(OdeCase{1, Absorption::kNone, 1}, OdeCase{2, Absorption::kNone, 2},
                    OdeCase{3, Absorption::kNone, 3}, OdeCase{1, Absorption::kFirstOrder, 4},
                    OdeCase{2, Absorption::kFirstOrder, 5}, OdeCase{1, Absorption::kTransit, 6}));

// ---------------------------------------------------------------- properties

TEST(OralDoses, StayFiniteHoweverFastAModeIs) {
  Rig rig(2, Absorption::kTransit);
  rig.at(0, {900, 0.2, 4, 40, 1, 1, 0.3, 0.9});
  rig.history.doses = {{0, 600, 0, Route::kOral}};
  const double times[] = {1, 12, 400};
  const Curve got = rig(times);
  for (const double value : got.kinetic) EXPECT_TRUE(std::isfinite(value) && value >= 0) << value;
  EXPECT_TRUE(close(got.area[2], 600 * 0.9 / 900, 1e-9));
}

TEST(Kinetics, AreLinearInTheDose) {
  Rig rig(3);
  rig.at(0, {1.2, 5, 4, 9, 1.5, 60}).at(40, {0.6, 5, 4, 9, 1.5, 60});
  rig.history.doses = {{0, 800, 0.5}, {13, 400, 1}, {30, 600, 0}};
  const std::vector<double> times = {1, 14, 39, 60, 200};
  const Curve once = rig(times);
  for (Dose& dose : rig.history.doses) dose.amount_mg *= 3;
  const Curve thrice = rig(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_TRUE(close(thrice.kinetic[i], 3 * once.kinetic[i], 1e-13));
  }
}

TEST(Kinetics, ASplitInfusionIsTheSameInfusion) {
  Rig rig(2);
  rig.at(0, {4, 50, 6, 40});
  rig.history.doses = {{0, 1000, 4}};
  const std::vector<double> times = {1, 2, 4, 9, 30};
  const Curve whole = rig(times);
  rig.history.doses = {{0, 250, 1}, {1, 500, 2}, {3, 250, 1}};
  const Curve parts = rig(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_TRUE(close(parts.kinetic[i], whole.kinetic[i], 1e-12));
    EXPECT_TRUE(close(parts.area[i], whole.area[i], 1e-12));
  }
}

TEST(Kinetics, ACovariateStepOfTheSameValueChangesNothing) {
  Rig rig(3);
  rig.at(0, {1, 4, 4, 8, 2, 70});
  rig.history.doses = {{0, 800, 0.5}, {24, 800, 0.5}};
  const std::vector<double> times = {5, 24, 30, 100};
  const Curve without = rig(times);
  rig.at(12, {1.0000000001, 4, 4, 8, 2, 70});  // a change too small to matter runs the other path
  const Curve with = rig(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_TRUE(close(with.kinetic[i], without.kinetic[i], 1e-8));
  }
}

TEST(Kinetics, ALevelAtTheStartOfADoseIsTakenBeforeIt) {
  Rig rig(1);
  rig.at(0, {4, 50});
  rig.history.doses = {{0, 1000, 0}, {12, 1000, 0}};
  const double times[] = {12, 12 + 1e-7};
  const Curve got = rig(times);
  EXPECT_TRUE(close(got.kinetic[0], 20 * std::exp(-12 * 4.0 / 50), 1e-12));
  EXPECT_TRUE(close(got.kinetic[1], got.kinetic[0] + 20, 1e-6));
}

TEST(Kinetics, DosesOfEightyFourDaysKeepTheirMassBalance) {
  Rig rig(2);
  rig.at(0, {4.5, 58.4, 6.5, 38.4});
  std::mt19937 random(11);
  double given = 0;
  for (double at = 0; at < 84 * 24;) {
    const double mg = 500 + 250 * static_cast<double>(random() % 5);
    rig.history.doses.push_back({at, mg, 0.5 + 0.25 * static_cast<double>(random() % 7)});
    given += mg;
    at += 6 + static_cast<double>(random() % 37) / 2;
  }
  const double late[] = {84 * 24 + 2000.0};
  EXPECT_TRUE(close(rig(late).area[0], given / 4.5, 1e-10));
}

}  // namespace
}  // namespace nidus::pharmacology
