// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/regimen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nidus::pharmacology {

namespace {

constexpr int kLanes = 8;
constexpr int kPeakPoints = 24;  // looked at in an interval for the peak of an oral dose

std::string hours(double value) { return fmt::format("{:.3g} h", value); }

// The state just before a dose at steady state.
template <class T>
State<T> steady_state(const Model& model, const Constants<T>& c, const Regimen& regimen) {
  State<T> out = empty_state<T>();
  const auto one = formula_detail::constant<T>(1);
  if (regimen.continuous) {
    for (int i = 0; i < model.compartments; ++i) {
      out.mode[i] = T(formula_detail::constant<T>(regimen.amount_mg / 24) / c.lambda[i]);
    }
    out.rate = regimen.amount_mg / 24;
    return out;
  }
  typename StepTable<T>::Step whole;
  fill_step(model, c, regimen.interval_h, whole);
  if (regimen.route == Route::kOral) {
    const T given = T(c.f * regimen.amount_mg / (one - whole.depot));  // waiting after a dose
    const bool transit = model.absorption == Absorption::kTransit;
    const T depot = transit ? T(given * whole.moved / (one - whole.depot)) : given;
    for (int i = 0; i < model.compartments; ++i) {
      T gained = T(whole.oral[i] * depot);
      if (transit) gained = T(gained + whole.oral2[i] * given);
      out.mode[i] = T(gained / (one - whole.decay[i]));
    }
    const T before = T(given - c.f * regimen.amount_mg);
    out.depot = transit ? depot : before;
    if (transit) out.transit = before;
    return out;
  }
  if (regimen.duration_h <= 0) {
    for (int i = 0; i < model.compartments; ++i) {
      out.mode[i] = T(whole.decay[i] * regimen.amount_mg / (one - whole.decay[i]));
    }
    return out;
  }
  typename StepTable<T>::Step during;
  typename StepTable<T>::Step after;
  fill_step(model, c, regimen.duration_h, during);
  fill_step(model, c, regimen.interval_h - regimen.duration_h, after);
  for (int i = 0; i < model.compartments; ++i) {
    out.mode[i] = T(during.gain[i] * (regimen.amount_mg / regimen.duration_h) * after.decay[i] /
                    (one - whole.decay[i]));
  }
  return out;
}

void load(const Eigen::MatrixXd& eta, Eigen::Index first, std::vector<Batch>& effects) {
  for (std::size_t i = 0; i < effects.size(); ++i) {
    for (int k = 0; k < kLanes; ++k) {
      effects[i][k] =
          eta(static_cast<Eigen::Index>(i), std::min<Eigen::Index>(first + k, eta.cols() - 1));
    }
  }
}

void append(std::vector<double>& to, const Batch& values, Eigen::Index lanes) {
  to.insert(to.end(), values.data(), values.data() + lanes);
}

}  // namespace

std::string words(const Regimen& regimen) {
  if (regimen.continuous) return fmt::format("{:.0f} mg/24 h continuously", regimen.amount_mg);
  if (regimen.route == Route::kOral) {
    return fmt::format("{:.0f} mg by mouth every {:.0f} h", regimen.amount_mg, regimen.interval_h);
  }
  return fmt::format("{:.0f} mg every {:.0f} h over {}", regimen.amount_mg, regimen.interval_h,
                     hours(regimen.duration_h));
}

std::vector<Dose> doses_of(const Regimen& regimen, double from_h, double for_h) {
  std::vector<Dose> out;
  if (regimen.continuous) {
    out.push_back({from_h, regimen.amount_mg / 24 * for_h, for_h, regimen.route});
    return out;
  }
  for (double at = 0; at < for_h; at += regimen.interval_h) {
    out.push_back({from_h + at, regimen.amount_mg, regimen.duration_h, regimen.route});
  }
  return out;
}

Exposure exposure(const Course& course, const Eigen::MatrixXd& eta, const Regimen& regimen,
                  double at_h) {
  const Model& model = course.model();
  const auto segment = static_cast<std::size_t>(course.segment_at(at_h));
  std::vector<Batch> effects(course.effects());
  std::vector<Batch> parameters;
  Exposure out;
  for (Eigen::Index first = 0; first < eta.cols(); first += kLanes) {
    const Eigen::Index lanes = std::min<Eigen::Index>(kLanes, eta.cols() - first);
    load(eta, first, effects);
    const Constants<Batch> c = course.constants<Batch>(segment, effects, parameters);
    const auto centre = [&](const State<Batch>& state) {
      Batch sum = Batch::Zero();
      for (int i = 0; i < model.compartments; ++i) sum += state.mode[i] * c.share[i];
      return sum;
    };
    const Batch f = regimen.route == Route::kOral ? c.f : Batch::Constant(1);
    append(out.auc24, Batch(f * regimen.daily_mg() / c.clearance), lanes);
    const State<Batch> before = steady_state(model, c, regimen);
    const Batch trough = centre(before);
    append(out.trough, trough, lanes);
    if (regimen.continuous) {
      append(out.peak, trough, lanes);
      continue;
    }
    Batch peak = trough;
    const bool oral = regimen.route == Route::kOral;
    const int points = oral ? kPeakPoints : 1;
    for (int point = 1; point <= points; ++point) {
      const double h = oral ? regimen.interval_h * point / kPeakPoints : regimen.duration_h;
      typename StepTable<Batch>::Step step;
      fill_step(model, c, h, step);
      Batch sum = Batch::Zero();
      for (int i = 0; i < model.compartments; ++i) {
        Batch mode = before.mode[i] * step.decay[i];
        if (oral) {
          const Batch given = c.f * regimen.amount_mg;
          if (model.absorption == Absorption::kTransit) {
            mode += step.oral[i] * before.depot + step.oral2[i] * (before.transit + given);
          } else {
            mode += step.oral[i] * (before.depot + given);
          }
        } else if (h > 0) {
          mode += step.gain[i] * (regimen.amount_mg / regimen.duration_h);
        } else {
          mode += regimen.amount_mg;
        }
        sum += mode * c.share[i];
      }
      peak = peak.max(sum);
    }
    append(out.peak, peak, lanes);
  }
  return out;
}

Outlook::Outlook(const Course& course, const Eigen::MatrixXd& eta, double now_h)
    : course_(course), eta_(eta), now_h_(now_h) {
  for (const Dose& dose : course.history().doses) {
    const double end = dose.at_h + course.model().lag_h + dose.duration_h;
    // A new regimen takes the place of a bag that runs, it does not run beside it.
    if (dose.duration_h >= kLongInfusion) continue;
    if (dose.at_h < now_h && end > now_h) {
      running_.push_back({now_h - course.model().lag_h,
                          dose.amount_mg * (end - now_h) / dose.duration_h, end - now_h,
                          dose.route});
    }
  }
  const Timeline timeline = course.timeline(std::span(&now_h_, 1));
  std::vector<Constants<Batch>> constants(course.segments());
  std::vector<std::vector<Batch>> parameters(course.segments());
  std::vector<Batch> effects(course.effects());
  Batch out;
  Workspace<Batch> scratch;
  for (Eigen::Index first = 0; first < eta.cols(); first += kLanes) {
    load(eta, first, effects);
    for (std::size_t s = 0; s < constants.size(); ++s) {
      constants[s] = course.constants<Batch>(s, effects, parameters[s]);
    }
    State<Batch> state = empty_state<Batch>();
    run<Batch>(course.model(), timeline, constants, state, std::span(&out, 1), {}, scratch);
    state.rate = 0;
    state.area = Batch::Zero();
    states_.push_back(state);
  }
}

Exposure Outlook::operator()(const Regimen& regimen) const {
  Exposure out = exposure(course_, eta_, regimen, now_h_);
  std::vector<Dose> doses = doses_of(regimen, now_h_, 48);
  doses.insert(doses.end(), running_.begin(), running_.end());
  const double times[] = {now_h_ + 24, now_h_ + 48};
  const Timeline timeline = course_.timeline_from(now_h_, times, doses);
  std::vector<Constants<Batch>> constants(course_.segments());
  std::vector<std::vector<Batch>> parameters(course_.segments());
  std::vector<Batch> effects(course_.effects());
  Batch values[2];
  Batch areas[2];
  Workspace<Batch> scratch;
  for (std::size_t b = 0; b < states_.size(); ++b) {
    const auto first = static_cast<Eigen::Index>(b) * kLanes;
    load(eta_, first, effects);
    for (std::size_t s = 0; s < constants.size(); ++s) {
      constants[s] = course_.constants<Batch>(s, effects, parameters[s]);
    }
    State<Batch> state = states_[b];
    run<Batch>(course_.model(), timeline, constants, state, values, areas, scratch);
    const Eigen::Index lanes = std::min<Eigen::Index>(kLanes, eta_.cols() - first);
    append(out.first_day, areas[0], lanes);
    append(out.second_day, Batch(areas[1] - areas[0]), lanes);
  }
  return out;
}

std::vector<Regimen> practical(const Drug& drug, bool oral_known, bool has_level) {
  std::vector<Regimen> out;
  const auto allowed = [&](const Regimen& one) {
    const double daily = one.daily_mg();
    if (!one.continuous && drug.limits.single_mg && one.amount_mg > *drug.limits.single_mg) {
      return false;
    }
    if (drug.limits.daily_mg && daily > *drug.limits.daily_mg) return false;
    return has_level || !drug.limits.daily_without_level_mg ||
           daily <= *drug.limits.daily_without_level_mg;
  };
  const auto add = [&](const Amounts& amounts, Route route, double interval_h) {
    const int steps =
        static_cast<int>(std::floor((amounts.to - amounts.from) / amounts.step + 0.5));
    for (int i = 0; i <= steps; ++i) {
      Regimen one{amounts.from + i * amounts.step, interval_h, 0, route, false};
      if (route == Route::kIntravenous) {
        const double mg[] = {one.amount_mg};
        one.duration_h = drug.grid.infusion_h.evaluate<double>(mg);
      }
      if (allowed(one)) out.push_back(one);
    }
  };
  for (const double interval : drug.grid.intervals_h) {
    if (drug.grid.amounts) add(*drug.grid.amounts, Route::kIntravenous, interval);
    if (drug.grid.oral && oral_known) add(*drug.grid.oral, Route::kOral, interval);
  }
  if (drug.grid.continuous) {
    const Amounts& amounts = *drug.grid.continuous;
    for (double mg = amounts.from; mg <= amounts.to + amounts.step / 2; mg += amounts.step) {
      const Regimen one{mg, 24, 24, Route::kIntravenous, true};
      if (allowed(one)) out.push_back(one);
    }
  }
  return out;
}

}  // namespace nidus::pharmacology
