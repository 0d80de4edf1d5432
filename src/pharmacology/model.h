// SPDX-License-Identifier: Apache-2.0
//
// A population model as the guideline's pharmacology files describe it: structure, typical values
// as formulas of covariates, between-person and between-occasion variance, residual error, and the
// people it was built on. One, two or three compartments, linear; bolus, infusion, oral first order
// with or without one transit step; optional binding (unbound kinetics, total levels).
// Thread rule: immutable after load. Units: h, mg, L, L/h, mg/L.
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "pharmacology/formula.h"

namespace nidus::pharmacology {

enum class EtaKind { kNone, kLogNormal, kProportional };  // P = TV exp(eta), P = TV (1 + eta)

struct ModelCovariate {
  std::string id;
  Formula value;                 // of the inputs, by their position
  std::optional<double> assume;  // taken when the value is not known, and said
};

struct ModelParameter {
  std::string id;
  Formula value;  // of covariates, then earlier parameters
  EtaKind kind = EtaKind::kNone;
  int eta = -1;                 // position in the between-person effects
  int occasion_eta = -1;        // position in the between-occasion effects
  bool only_covariates = true;  // no random effect in its formula: computed once a segment
};

enum class ResidualKind { kCombined2, kCombined1, kLogAdditive };

struct Residual {
  ResidualKind kind = ResidualKind::kCombined2;
  double additive = 0;      // mg/L; of ln(mg/L) for kLogAdditive
  double proportional = 0;  // fraction
};

enum class Absorption { kNone, kFirstOrder, kTransit };

// What the kinetics need; each is a parameter of the model or absent.
enum class Role { kCl, kV1, kQ, kV2, kQ3, kV3, kKa, kF, kBmax, kKd, kNs };
inline constexpr std::size_t kRoles = 11;

// Who was studied. A value outside it refuses the model; an unknown one is said.
struct StudiedRange {
  std::string label;
  Formula value;  // of the inputs
  std::optional<double> low;
  std::optional<double> high;
};

struct Model {
  std::string id;
  std::string version;
  std::string drug;  // ATC
  std::string title;
  std::string population;
  std::string source;
  std::string mark;  // P C S D J U, see docs/guideline-format.md
  // Not empty: why there are no variances and no residual error. Such a model gives the typical
  // person alone; it is neither fitted nor averaged.
  std::string typical_only;
  // Why it takes no part in an average with others; empty where it does or stands alone.
  std::string not_averaged;
  std::vector<std::string>
      choices;  // where transcriptions of the paper differ, and what stands here
  int compartments = 1;
  Absorption absorption = Absorption::kNone;
  double lag_h = 0;      // line or absorption lag, a constant shift of every dose
  bool binding = false;  // kinetics of the unbound drug; levels are total unless said
  std::vector<ModelCovariate> covariates;
  std::vector<ModelParameter> parameters;
  std::vector<std::string> effects;  // names of the between-person effects, then the occasion's
  Eigen::MatrixXd omega;             // between persons
  Eigen::MatrixXd omega_occasion;    // between occasions; may be empty
  Residual residual;
  std::array<int, kRoles> role{};  // parameter by Role, -1 when absent
  std::vector<StudiedRange> ranges;

  std::size_t etas() const { return static_cast<std::size_t>(omega.rows()); }
  std::size_t occasion_etas() const { return static_cast<std::size_t>(omega_occasion.rows()); }
};

// Residual variance at a prediction, mg^2/L^2 (of the logarithm for kLogAdditive).
template <class T>
T variance(const Residual& residual, const T& prediction) {
  if (residual.kind == ResidualKind::kLogAdditive) {
    return T(prediction * 0.0 + residual.additive * residual.additive);
  }
  const T part = T(prediction * residual.proportional);
  if (residual.kind == ResidualKind::kCombined1) {
    const T sd = T(part + residual.additive);
    return T(sd * sd);
  }
  return T(part * part + residual.additive * residual.additive);
}

}  // namespace nidus::pharmacology
