// SPDX-License-Identifier: Apache-2.0
// People the dossier does not print: the same questions asked of a second program. Equations are
// written here by hand from the dossier's table (PK-2), kinetics are matrix exponentials from event
// to event (no closed form), the objective is its own. What the search calls the most probable
// person must be a minimum of that objective, and no person drawn at random may be a better one.
#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <functional>
#include <random>
#include <set>
#include <unsupported/Eigen/MatrixFunctions>

#include "pharmacology/estimate.h"
#include "pharmacology/individual.h"
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

using Values = std::map<std::string, double>;

// cl v1 q v2 q3 v3 ka f
struct ByHand {
  const char* id;
  int compartments;
  std::function<std::vector<double>(const Values&, const Eigen::VectorXd&)> parameters;
  Eigen::MatrixXd omega;
  double additive;
  double proportional;
  bool oral;
};

Eigen::MatrixXd diagonal(std::vector<double> values) {
  return Eigen::Map<Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()))
      .asDiagonal();
}
double variance_of(double cv) { return std::log(1 + cv * cv); }

std::vector<ByHand> models_by_hand() {
  using std::exp;
  using std::pow;
  using V = const Values&;
  using E = const Eigen::VectorXd&;
  Eigen::MatrixXd hughes(3, 3);
  hughes << 0.0473154, 0.00271032, 0.0132618, 0.00271032, 0.0322236, 0.138593, 0.0132618, 0.138593,
      0.634656;
  return {
      {"vancomycin-goti-2018", 2,
       [](V v, E e) -> std::vector<double> {
         return {4.5 * pow(v.at("CRCL") / 120, 0.8) * pow(0.7, v.at("DIAL")) * exp(e[0]),
                 58.4 * v.at("WT") / 70 * pow(0.5, v.at("DIAL")) * exp(e[1]), 6.5,
                 38.4 * exp(e[2])};
       },
       diagonal({0.147, 0.510, 0.282}), 3.4, 0.227, false},
      {"vancomycin-thomson-2009", 2,
       [](V v, E e) -> std::vector<double> {
         return {2.99 * (1 + 0.0154 * (v.at("CRCL") - 66)) * exp(e[0]),
                 0.675 * v.at("WT") * exp(e[1]), 2.28 * exp(e[3]), 0.732 * v.at("WT") * exp(e[2])};
       },
       diagonal({0.0729, 0.0225, 1.69, 0.2401}), 1.6, 0.15, false},
      {"vancomycin-hughes-2024", 2,
       [](V v, E e) -> std::vector<double> {
         return {5.0627 * pow(v.at("CRCL") / 100, 0.8509) * exp(e[0]),
                 64.339 * v.at("FFM") / 70 * exp(e[1]), 6.2402,
                 59.019 * v.at("FFM") / 70 * exp(e[2])};
       },
       hughes, 0.001, 0.1334, false},
      {"vancomycin-revilla-2010", 1,
       [](V v, E e) -> std::vector<double> {
         const double weight = v.at("WT");
         return {
             (0.67 * v.at("CRCL") / weight + pow(v.at("AGE"), -0.24)) * weight * 0.06 * exp(e[0]),
             0.82 * (v.at("SCR") > 1 ? 2.49 : 1) * weight * exp(e[1])};
       },
       diagonal({variance_of(0.3013), variance_of(0.2283)}), 4.23, 0, false},
      {"gentamicin-xuan-2003", 2,
       [](V v, E e) -> std::vector<double> {
         const double v1 = 0.28 * v.at("WT") * exp(e[1]);
         const double q = 0.092 * exp(e[2]) * v1;
         return {0.047 * v.at("CRCL") * exp(e[0]), v1, q, q / (0.071 * exp(e[3]))};
       },
       diagonal({0.084, 0.003, 0.398, 0.342}), 0.230, 0.237, false},
      {"amikacin-delattre-2010", 2,
       [](V v, E e) -> std::vector<double> {
         return {(0.77 + 1.42 * v.at("CRCL") / 55.5) * exp(e[0]), 19.2 * exp(e[1]),
                 4.38 * exp(e[3]), 9.38 * exp(e[2])};
       },
       diagonal({variance_of(0.592), variance_of(0.391), variance_of(0.436), variance_of(0.167)}),
       1.03, 0.268, false},
      {"linezolid-tsuji-2017", 2,
       [](V v, E e) -> std::vector<double> {
         const double size = v.at("WT") / 70;
         const double kidney = v.at("CRCL") * pow(1 / size, 0.75) / 100;
         return {(1.86 * (1 - 0.021 * (v.at("AGE") - 69)) + 1.44 * kidney) * pow(size, 0.75) *
                     exp(e[0]),
                 22.9 * size * exp(e[1]),
                 10.9 * pow(size, 0.75) * exp(e[3]),
                 24.7 * size * exp(e[2]),
                 1,
                 1,
                 std::log(2) / 3.61,
                 0.922};
       },
       diagonal({0.369 * 0.369, 1.421 * 1.421, 0.050 * 0.050, 1.822 * 1.822}), 0.251, 0.318, true},
      {"teicoplanin-chen-2023", 2,
       [](V v, E e) -> std::vector<double> {
         return {1.03 * pow(v.at("EGFR") / 71.88, 0.437) * exp(e[0]), 20.1 * exp(e[1]),
                 3.12 * exp(e[2]), 101 * exp(e[3])};
       },
       diagonal({0.290, 0.368, 0.295, 0.103}), 0, 0.174, false},
  };
}

struct Unseen {
  std::vector<std::pair<double, Values>> steps;
  std::vector<Dose> doses;
  std::vector<Level> levels;
};

std::vector<double> concentrations_of(const ByHand& model, const Unseen& who,
                                      const Eigen::VectorXd& eta,
                                      const std::vector<double>& times) {
  std::set<double> stops(times.begin(), times.end());
  for (const Dose& dose : who.doses) {
    stops.insert(dose.at_h);
    stops.insert(dose.at_h + dose.duration_h);
  }
  for (const auto& [from, values] : who.steps) stops.insert(from);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(4);  // centre, periphery, depot, one
  x[3] = 1;
  std::map<double, double> seen;
  double now = *stops.begin();
  for (const double stop : stops) {
    const auto parameters_of = [&](double time) {
      const Values* values = &who.steps.front().second;
      for (const auto& [from, step] : who.steps) {
        if (from <= time) values = &step;
      }
      std::vector<double> p = model.parameters(*values, eta);
      p.resize(8, 1.0);
      return p;
    };
    if (stop > now) {
      const std::vector<double> p = parameters_of(now);
      Eigen::MatrixXd a = Eigen::MatrixXd::Zero(4, 4);
      a(0, 0) = -p[0] / p[1];
      if (model.compartments > 1) {
        a(0, 0) -= p[2] / p[1];
        a(1, 0) = p[2] / p[1];
        a(0, 1) = p[2] / p[3];
        a(1, 1) = -p[2] / p[3];
      }
      if (model.oral) {
        a(2, 2) = -p[6];
        a(0, 2) = p[6];
      }
      for (const Dose& dose : who.doses) {
        if (dose.duration_h > 0 && dose.at_h <= now && now < dose.at_h + dose.duration_h) {
          a(0, 3) += dose.amount_mg / dose.duration_h;
        }
      }
      x = (a * (stop - now)).exp() * x;
      now = stop;
    }
    const std::vector<double> p = parameters_of(stop);
    seen[stop] = x[0] / p[1];
    for (const Dose& dose : who.doses) {
      if (dose.at_h != stop) continue;
      if (dose.route == Route::kOral) x[2] += dose.amount_mg * p[7];
    }
  }
  std::vector<double> out;
  for (const double time : times) out.push_back(seen.at(time));
  return out;
}

double objective_by_hand(const ByHand& model, const Unseen& who, const Eigen::VectorXd& eta) {
  std::vector<double> times;
  for (const Level& level : who.levels) times.push_back(level.at_h);
  const std::vector<double> seen = concentrations_of(model, who, eta, times);
  double out = eta.dot(model.omega.ldlt().solve(eta));
  for (std::size_t j = 0; j < seen.size(); ++j) {
    const double part = model.proportional * seen[j];
    const double spread = model.additive * model.additive + part * part;
    const double difference = who.levels[j].mg_per_l - seen[j];
    out += difference * difference / spread + std::log(spread);
  }
  return out;
}

Unseen someone(const ByHand& model, std::mt19937& random) {
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  Unseen out;
  const double age = between(20, 95);
  const double weight = between(45, 140);
  // Kidney function that changes twice in half of them.
  for (double from = 0; from < 120; from += between(30, 90)) {
    out.steps.push_back({from,
                         {{"CRCL", between(25, 130)},
                          {"WT", weight},
                          {"AGE", age},
                          {"SCR", between(0.6, 1.6)},
                          {"FFM", 0.7 * weight},
                          {"EGFR", between(20, 120)},
                          {"DIAL", 0}}});
    if (random() % 2 == 0) break;
  }
  double at = 0;
  const double usual = std::string_view(model.id).starts_with("vanco")      ? 1250
                       : std::string_view(model.id).starts_with("teico")    ? 800
                       : std::string_view(model.id).starts_with("linezo")   ? 600
                       : std::string_view(model.id).starts_with("amikacin") ? 1200
                                                                            : 380;
  for (int i = 0; i < 9; ++i) {
    if (model.oral && i > 3) {
      out.doses.push_back({at, usual, 0, Route::kOral});
    } else {
      out.doses.push_back({at, usual * between(0.6, 1.4), between(0.4, 3)});
    }
    at += between(7, 26);
  }
  // Levels of a person drawn from the model, with an error.
  Eigen::VectorXd truth(model.omega.rows());
  std::normal_distribution<double> normal;
  for (double& each : truth) each = normal(random);
  truth = model.omega.llt().matrixL() * truth;
  std::vector<double> times;
  for (int i = 0; i < 1 + static_cast<int>(random() % 4); ++i) {
    const Dose& dose = out.doses[2 + random() % 6];
    times.push_back(dose.at_h + dose.duration_h + between(1, 6.5));
  }
  std::sort(times.begin(), times.end());
  const auto seen = concentrations_of(model, out, truth, times);
  for (std::size_t j = 0; j < times.size(); ++j) {
    out.levels.push_back(
        {times[j], std::max(0.05, seen[j] * (1 + 0.1 * normal(random)) + 0.05 * normal(random))});
  }
  return out;
}

class UnseenPatients : public testing::TestWithParam<std::size_t> {};

TEST_P(UnseenPatients, AreWhatASecondProgramFinds) {
  static const std::vector<ByHand> kModels = models_by_hand();
  const ByHand& by_hand = kModels[GetParam()];
  const Model& of = model(by_hand.id);
  std::mt19937 random(static_cast<unsigned>(77 + GetParam()));
  for (int person = 0; person < 12; ++person) {
    const Unseen who = someone(by_hand, random);
    History history;
    for (const auto& [from, values] : who.steps) {
      history.covariates.push_back({from, covariates(of, values)});
    }
    history.doses = who.doses;
    history.levels = who.levels;
    const Course at = course(of, history);
    const Estimate map = estimate(at);
    EXPECT_TRUE(map.converged) << person;
    const auto f = [&](const Eigen::VectorXd& eta) { return objective_by_hand(by_hand, who, eta); };
    EXPECT_NEAR(f(map.eta), map.objective, 1e-6 * (1 + std::abs(map.objective))) << person;
    const Eigen::VectorXd origin = Eigen::VectorXd::Zero(map.eta.size());
    EXPECT_NEAR(f(origin), map.objective_at_prior, 1e-6 * (1 + std::abs(f(origin)))) << person;

    // The step Newton's method would still make, by differences of the second program.
    const Eigen::Index n = map.eta.size();
    Eigen::VectorXd slope(n);
    Eigen::MatrixXd curvature(n, n);
    const auto moved = [&](Eigen::Index i, double by_i, Eigen::Index j, double by_j) {
      Eigen::VectorXd eta = map.eta;
      eta[i] += by_i;
      eta[j] += by_j;
      return f(eta);
    };
    for (Eigen::Index i = 0; i < n; ++i) {
      const double h = 1e-3 * std::sqrt(by_hand.omega(i, i));
      slope[i] = (8 * (moved(i, h, i, 0) - moved(i, -h, i, 0)) -
                  (moved(i, 2 * h, i, 0) - moved(i, -2 * h, i, 0))) /
                 (12 * h);
      for (Eigen::Index j = 0; j < n; ++j) {
        const double k = 1e-3 * std::sqrt(by_hand.omega(j, j));
        curvature(i, j) =
            (moved(i, h, j, k) - moved(i, h, j, -k) - moved(i, -h, j, k) + moved(i, -h, j, -k)) /
            (4 * h * k);
      }
    }
    const Eigen::VectorXd step = curvature.partialPivLu().solve(slope);
    EXPECT_LT(step.cwiseAbs().maxCoeff(), 2e-6) << by_hand.id << " " << person;

    // Nobody of the population, and nobody near, is more probable.
    const Eigen::MatrixXd root = by_hand.omega.llt().matrixL();
    std::normal_distribution<double> normal;
    for (int i = 0; i < 60; ++i) {
      Eigen::VectorXd draw(n);
      for (double& each : draw) each = normal(random);
      const Eigen::VectorXd other = i % 2 == 0 ? Eigen::VectorXd(root * draw)
                                               : Eigen::VectorXd(map.eta + 0.1 * (root * draw));
      EXPECT_GE(f(other), map.objective - 1e-7) << by_hand.id << " " << person;
    }

    // And what is said of the person: concentrations, also far from the levels.
    const std::vector<double> times = {5.5, 31.25, 60, 100, 180};
    const auto seen = concentrations_of(by_hand, who, map.eta, times);
    const Curve mine = curve(at, map.eta, times);
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_NEAR(mine.total[i], seen[i], 1e-6 * seen[i] + 1e-9) << by_hand.id << " " << times[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, UnseenPatients, testing::Range<std::size_t>(0, 8),
                         [](const auto& which) {
                           std::string name = models_by_hand()[which.param].id;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nidus::pharmacology
