// SPDX-License-Identifier: Apache-2.0
//
// One person's doses, levels and covariates under one model: what an estimate is made from.
// Conventions: an infusion runs on [t, t+T); a level at the very start of a dose is taken before
// it; a covariate holds from its time until the next (last observation carried forward). Thread
// rule: immutable after make. Errors: kBadValue for what cannot be computed (a dose of no amount, a
// covariate that is missing), with what is missing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "pharmacology/kinetics.h"
#include "pharmacology/model.h"

namespace nidus::pharmacology {

enum class Route { kIntravenous, kOral };

struct Dose {
  double at_h = 0;
  double amount_mg = 0;
  double duration_h = 0;  // 0: bolus, or oral
  Route route = Route::kIntravenous;
};

struct Level {
  double at_h = 0;
  double mg_per_l = 0;
  bool below_limit = false;  // "< mg_per_l": the assay's limit, not a value
  bool unbound = false;
  double weight = 1;  // of the level in the objective; shown when it is not 1
};

// The model's covariates (in its order) from a time on.
struct CovariateStep {
  double from_h = 0;
  std::vector<double> values;
};

struct History {
  std::vector<Dose> doses;
  std::vector<Level> levels;
  std::vector<CovariateStep> covariates;  // at least one; the first also holds before its time
  // Where between-occasion effects change. Empty: one occasion for all.
  std::vector<double> occasions_from_h;
  double known_until_h = 1e9;  // after it occasion effects are zero, as nothing is known of them
};

// More random effects than this are refused: many occasions say little more than a few.
inline constexpr int kMostEffects = 32;

class Course {
 public:
  static base::Result<Course> make(const Model& model, const History& history);

  const Model& model() const { return *model_; }
  const History& history() const { return history_; }
  // Random effects in play: between persons, then one block an occasion.
  std::size_t effects() const { return effects_; }
  const Eigen::MatrixXd& omega_root() const { return root_; }  // lower triangle L, Omega = L L'
  const Eigen::MatrixXd& omega_inverse() const { return inverse_; }
  double omega_log_determinant() const { return log_determinant_; }

  // Events for observations at these times (any order; results come in this order), with other
  // doses than the history's own when `doses` is given.
  Timeline timeline(std::span<const double> times_h) const;
  Timeline timeline(std::span<const double> times_h, std::span<const Dose> doses) const;
  // Future doses from `from_h` on, starting from a state at that time.
  Timeline timeline_from(double from_h, std::span<const double> times_h,
                         std::span<const Dose> doses) const;

  std::size_t segments() const { return segments_.size(); }
  int segment_at(double time_h) const;

  // Parameters of a segment at random effects `eta` (T: double, Dual, Batch).
  template <class T>
  void parameters(std::size_t segment, std::span<const T> eta, std::vector<T>& out) const;
  template <class T>
  Constants<T> constants(std::size_t segment, std::span<const T> eta, std::vector<T>& out) const;
  // Total concentration from the unbound one, where the model binds; else the same.
  template <class T>
  T total(const T& unbound, const std::vector<T>& parameters) const;

 private:
  struct Segment {
    double from_h = 0;
    std::size_t covariates = 0;  // step of the history
    int occasion = -1;
    std::vector<double> typical;  // of parameters that need no random effect
  };
  Timeline build(std::span<const double> times_h, std::span<const Dose> doses, double from_h) const;

  const Model* model_ = nullptr;
  History history_;
  std::vector<Segment> segments_;
  std::size_t effects_ = 0;
  Eigen::MatrixXd root_;
  Eigen::MatrixXd inverse_;
  double log_determinant_ = 0;
};

template <class T>
void Course::parameters(std::size_t segment, std::span<const T> eta, std::vector<T>& out) const {
  using std::exp;
  const Model& model = *model_;
  const Segment& here = segments_[segment];
  const std::size_t covariates = model.covariates.size();
  const std::size_t count = model.parameters.size();
  // Covariates and parameters side by side, as formulas address them.
  out.resize(covariates + count);
  bool covariates_ready = false;
  for (std::size_t p = 0; p < count; ++p) {
    const ModelParameter& parameter = model.parameters[p];
    T value;
    if (parameter.only_covariates) {
      value = formula_detail::constant<T>(here.typical[p]);
    } else {
      if (!covariates_ready) {
        const auto& values = history_.covariates[here.covariates].values;
        for (std::size_t c = 0; c < covariates; ++c) {
          out[c] = formula_detail::constant<T>(values[c]);
        }
        covariates_ready = true;
      }
      value = parameter.value.evaluate<T>(out);
    }
    if (parameter.kind != EtaKind::kNone) {
      T effect = formula_detail::constant<T>(0);
      if (parameter.eta >= 0) effect = eta[static_cast<std::size_t>(parameter.eta)];
      if (parameter.occasion_eta >= 0 && here.occasion >= 0) {
        effect =
            T(effect +
              eta[model.etas() + static_cast<std::size_t>(here.occasion) * model.occasion_etas() +
                  static_cast<std::size_t>(parameter.occasion_eta)]);
      }
      if (parameter.kind == EtaKind::kLogNormal) {
        value = T(value * exp(effect));
      } else {
        // Nobody has a negative volume: beyond the edge it is not a number, and no draw.
        const T factor = T(effect + 1.0);
        value =
            T(value * formula_detail::choose(formula_detail::compare(formula_detail::constant<T>(0),
                                                                     factor, false, true),
                                             factor, formula_detail::constant<T>(std::nan(""))));
      }
    }
    out[covariates + p] = value;
  }
}

template <class T>
Constants<T> Course::constants(std::size_t segment, std::span<const T> eta,
                               std::vector<T>& out) const {
  parameters(segment, eta, out);
  const Model& model = *model_;
  const auto at = [&](Role role) {
    const int index = model.role[static_cast<std::size_t>(role)];
    return index < 0 ? formula_detail::constant<T>(role == Role::kF ? 1 : 0)
                     : out[model.covariates.size() + static_cast<std::size_t>(index)];
  };
  Constants<T> c = constants_of<T>(model.compartments, at(Role::kCl), at(Role::kV1), at(Role::kQ),
                                   at(Role::kV2), at(Role::kQ3), at(Role::kV3));
  c.ka = at(Role::kKa);
  c.f = at(Role::kF);
  return c;
}

template <class T>
T Course::total(const T& unbound, const std::vector<T>& values) const {
  const Model& model = *model_;
  if (!model.binding) return unbound;
  const auto at = [&](Role role) {
    const int index = model.role[static_cast<std::size_t>(role)];
    return index < 0 ? formula_detail::constant<T>(0)
                     : values[model.covariates.size() + static_cast<std::size_t>(index)];
  };
  T out = unbound;
  if (model.role[static_cast<std::size_t>(Role::kBmax)] >= 0) {
    out = T(out + at(Role::kBmax) * unbound / (at(Role::kKd) + unbound));
  }
  return T(out + at(Role::kNs) * unbound);
}

}  // namespace nidus::pharmacology
