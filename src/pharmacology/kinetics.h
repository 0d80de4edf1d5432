// SPDX-License-Identifier: Apache-2.0
//
// Linear mammillary kinetics in closed form. The state is kept by mode (one number an exponential),
// so a step costs one multiplication and one addition a mode; steps of equal length share their
// exponentials. When parameters change in time the state is carried through the compartments, as
// superposition would be wrong then. Runs on double, Dual and Batch.
// Thread rule: functions of their arguments. Units: h, mg, L, mg/L, mg h/L.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pharmacology/dual.h"
#include "pharmacology/model.h"

namespace nidus::pharmacology {

// One individual's constants over one segment of constant covariates.
template <class T>
struct Constants {
  std::array<T, 3> lambda;       // 1/h, fast to slow
  std::array<T, 3> share;        // A_i: mg/L in the centre for 1 mg in mode i
  std::array<T, 3> to_second;    // mg in compartment 2 for 1 mg in mode i
  std::array<T, 3> to_third;     // mg in compartment 3
  std::array<T, 3> from_second;  // mg in mode i for 1 mg in compartment 2
  std::array<T, 3> from_third;
  T ka{};
  T f{};
  T clearance{};
};

struct Event {
  enum class Kind : std::uint8_t { kObserve, kSegment, kRate, kBolus, kOral };
  Kind kind = Kind::kObserve;
  std::int32_t interval = -1;  // of the segment's lengths; -1: at the moment of the event before
  std::int32_t index = 0;      // observation or segment
  double value = 0;            // mg or mg/h
};

// What happens in what order, for one person and one list of observation times.
struct Timeline {
  std::vector<Event> events;
  std::vector<std::vector<double>> lengths;  // h, by segment: the distinct step lengths
  std::size_t observations = 0;
  int first_segment = 0;
};

// The state between two events, by mode, and the drug still to be absorbed.
template <class T>
struct State {
  std::array<T, 3> mode;
  T depot{};
  T transit{};
  T area{};  // mg h/L since the start
  double rate = 0;
};

template <class T>
State<T> empty_state() {
  const T zero = formula_detail::constant<T>(0);
  State<T> out;
  out.mode = {zero, zero, zero};
  out.depot = out.transit = out.area = zero;
  return out;
}

template <class T>
Constants<T> constants_of(int compartments, const T& cl, const T& v1, const T& q, const T& v2,
                          const T& q3, const T& v3) {
  using std::sqrt;
  const auto number = [](double value) { return formula_detail::constant<T>(value); };
  Constants<T> out;
  out.clearance = cl;
  const T k10 = T(cl / v1);
  if (compartments == 1) {
    out.lambda[0] = k10;
    out.share[0] = T(number(1) / v1);
    return out;
  }
  const T k12 = T(q / v1);
  const T k21 = T(q / v2);
  if (compartments == 2) {
    const T s = T(k10 + k12 + k21);
    const T root = T(sqrt(T(s * s - k10 * k21 * 4.0)));
    out.lambda[0] = T((s + root) * 0.5);
    out.lambda[1] = T(k10 * k21 / out.lambda[0]);  // the difference of s and root would cancel
    const T gap = T(out.lambda[1] - out.lambda[0]);
    out.share[0] = T((k21 - out.lambda[0]) / (gap * v1));
    out.share[1] = T((out.lambda[1] - k21) / (gap * v1));
    out.to_second[0] = T(k12 / gap);
    out.to_second[1] = T(-k12 / gap);
    for (int i = 0; i < 2; ++i) out.from_second[i] = T(k21 / (k21 - out.lambda[i]));
    return out;
  }
  const T k13 = T(q3 / v1);
  const T k31 = T(q3 / v3);
  const T a0 = T(k10 * k21 * k31);
  const T a1 = T(k10 * k31 + k21 * k31 + k21 * k13 + k10 * k21 + k31 * k12);
  const T a2 = T(k10 + k12 + k13 + k21 + k31);
  for (int i = 0; i < 3; ++i) {
    // The root in plain numbers, sharpened; then one Newton step in T gives its exact derivatives.
    const auto root_at = [i](double c0, double c1, double c2) {
      const double p = c1 - c2 * c2 / 3;
      const double q_half = (2 * c2 * c2 * c2 / 27 - c1 * c2 / 3 + c0) / 2;
      const double r = std::sqrt(-p * p * p / 27);
      const double angle = std::acos(std::clamp(-q_half / r, -1.0, 1.0)) / 3;
      constexpr double kTurn = 2 * 3.14159265358979323846 / 3;
      // Largest, middle and smallest root.
      const int k = i == 2 ? 0 : i + 1;
      double x = c2 / 3 - 2 * std::cbrt(r) * std::cos(angle + k * kTurn);
      for (int step = 0; step < 3; ++step) {
        const double slope = (3 * x - 2 * c2) * x + c1;
        if (slope == 0) break;
        x -= (((x - c2) * x + c1) * x - c0) / slope;
      }
      return x;
    };
    if constexpr (std::is_same_v<T, Batch>) {
      for (int k = 0; k < 8; ++k) out.lambda[i][k] = root_at(a0[k], a1[k], a2[k]);
    } else {
      const double x = root_at(value_of(a0), value_of(a1), value_of(a2));
      const double slope = (3 * x - 2 * value_of(a2)) * x + value_of(a1);
      out.lambda[i] = T(number(x) - (((number(x) - a2) * x + a1) * x - a0) / slope);
    }
  }
  for (int i = 0; i < 3; ++i) {
    const T& x = out.lambda[i];
    const T& y = out.lambda[(i + 1) % 3];
    const T& z = out.lambda[(i + 2) % 3];
    const T product = T((y - x) * (z - x));
    out.share[i] = T((k21 - x) * (k31 - x) / (product * v1));
    out.to_second[i] = T(k12 * (k31 - x) / product);
    out.to_third[i] = T(k13 * (k21 - x) / product);
    out.from_second[i] = T(k21 / (k21 - x));
    out.from_third[i] = T(k31 / (k31 - x));
  }
  return out;
}

// Exponentials of the steps of one segment.
template <class T>
struct StepTable {
  struct Step {
    std::array<T, 3> decay;  // exp(-lambda h)
    std::array<T, 3> gain;   // (1 - decay) / lambda
    std::array<T, 3> oral;   // mode i gained for 1 mg waiting in the last absorption step
    std::array<T, 3> oral2;  // the same for 1 mg one step further back (transit)
    T depot{};               // exp(-ka h)
    T moved{};               // ka h exp(-ka h)
  };
  std::vector<Step> steps;
};

// What reaches a mode of rate `lambda` in `h` from a step that empties at rate `ka`:
// first: integral of exp(-lambda (h - s)) exp(-ka s) ds, second: the same times s. Neither side of
// lambda = ka overflows, however fast.
template <class T>
struct Absorbed {
  T first;
  T second;
};

template <class T>
Absorbed<T> absorbed_slower(const T& lambda, const T& ka, double h) {  // lambda <= ka or near it
  using std::exp;
  const T y = T((ka - lambda) * h);
  const T decay = T(exp(T(lambda * -h)));
  return {T(decay * decay_mean(y) * h), T(decay * decay_moment(y) * (h * h))};
}

template <class T>
Absorbed<T> absorbed_faster(const T& lambda, const T& ka, double h) {  // lambda well above ka
  using std::exp;
  const T y = T((lambda - ka) * h);
  const T depot = T(exp(T(ka * -h)));
  const T decay = T(exp(T(lambda * -h)));
  return {T(depot * decay_mean(y) * h), T((decay - depot + depot * y) / (y * y) * (h * h))};
}

template <class T>
Absorbed<T> absorbed_by(const T& lambda, const T& ka, double h) {
  if constexpr (std::is_same_v<T, Batch>) {
    const Absorbed<T> slower = absorbed_slower(lambda, ka, h);
    const Absorbed<T> faster = absorbed_faster(lambda, ka, h);
    const auto near = (lambda - ka) * h < 1.0;
    return {near.select(slower.first, faster.first), near.select(slower.second, faster.second)};
  } else {
    return (value_of(lambda) - value_of(ka)) * h < 1 ? absorbed_slower(lambda, ka, h)
                                                     : absorbed_faster(lambda, ka, h);
  }
}

template <class T>
void fill_step(const Model& model, const Constants<T>& c, double h,
               typename StepTable<T>::Step& step) {
  using std::exp;
  for (int i = 0; i < model.compartments; ++i) {
    const T x = T(c.lambda[i] * h);
    step.decay[i] = T(exp(T(-x)));
    if constexpr (std::is_same_v<T, Batch>) {
      step.gain[i] = T((1.0 - step.decay[i]) / c.lambda[i]);
    } else {
      step.gain[i] = T(decay_mean(x) * h);
    }
    if (model.absorption == Absorption::kNone) continue;
    const Absorbed<T> absorbed = absorbed_by(c.lambda[i], c.ka, h);
    step.oral[i] = T(c.ka * absorbed.first);
    if (model.absorption == Absorption::kTransit) {
      step.oral2[i] = T(c.ka * c.ka * absorbed.second);
    }
  }
  if (model.absorption != Absorption::kNone) {
    const T x = T(c.ka * h);
    step.depot = T(exp(T(-x)));
    step.moved = T(x * step.depot);
  }
}

// Scratch of run(), kept between calls so that a fit does not allocate.
template <class T>
struct Workspace {
  std::vector<StepTable<T>> tables;
};

// Runs the timeline from `state`; writes the concentration (unbound for a binding model) at each
// observation and, when `areas` is not empty, the area under it since the start of `state`.
template <class T>
void run(const Model& model, const Timeline& timeline, std::span<const Constants<T>> constants,
         State<T>& state, std::span<T> concentrations, std::span<T> areas, Workspace<T>& scratch) {
  const int n = model.compartments;
  const bool oral = model.absorption != Absorption::kNone;
  scratch.tables.resize(timeline.lengths.size());
  for (std::size_t s = 0; s < timeline.lengths.size(); ++s) {
    auto& steps = scratch.tables[s].steps;
    steps.resize(timeline.lengths[s].size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
      fill_step(model, constants[s], timeline.lengths[s][k], steps[k]);
    }
  }
  auto segment = static_cast<std::size_t>(timeline.first_segment);
  const Constants<T>* now = &constants[segment];
  for (const Event& event : timeline.events) {
    if (event.interval >= 0) {
      const auto index = static_cast<std::size_t>(event.interval);
      const auto& step = scratch.tables[segment].steps[index];
      const double h = timeline.lengths[segment][index];
      const T waiting = T(state.depot + state.transit);
      T left = waiting;
      if (oral) left = T(state.depot * step.depot + state.transit * (step.depot + step.moved));
      for (int i = 0; i < n; ++i) {
        const T before = state.mode[i];
        T after = T(before * step.decay[i]);
        if (state.rate != 0) after = T(after + step.gain[i] * state.rate);
        if (oral) {
          after = T(after + step.oral[i] * state.depot);
          if (model.absorption == Absorption::kTransit) {
            after = T(after + step.oral2[i] * state.transit);
          }
        }
        if (!areas.empty()) {
          T in = T(before - after);
          in = T(in + state.rate * h);
          if (oral) in = T(in + (waiting - left));
          state.area = T(state.area + now->share[i] * in / now->lambda[i]);
        }
        state.mode[i] = after;
      }
      if (oral) {
        state.depot = T(state.depot * step.depot + state.transit * step.moved);
        state.transit = T(state.transit * step.depot);
      }
    }
    switch (event.kind) {
      case Event::Kind::kObserve: {
        const auto at = static_cast<std::size_t>(event.index);
        T sum = T(state.mode[0] * now->share[0]);
        for (int i = 1; i < n; ++i) sum = T(sum + state.mode[i] * now->share[i]);
        concentrations[at] = sum;
        if (!areas.empty()) areas[at] = state.area;
        break;
      }
      case Event::Kind::kRate:
        state.rate = event.value;
        break;
      case Event::Kind::kBolus:
        for (int i = 0; i < n; ++i) {
          state.mode[i] = T(state.mode[i] + formula_detail::constant<T>(event.value));
        }
        break;
      case Event::Kind::kOral: {
        const T amount = T(now->f * event.value);
        T& into = model.absorption == Absorption::kTransit ? state.transit : state.depot;
        into = T(into + amount);
        break;
      }
      case Event::Kind::kSegment: {
        segment = static_cast<std::size_t>(event.index);
        const Constants<T>* next = &constants[segment];
        std::array<T, 3> mass;  // mg in each compartment
        for (T& one : mass) one = formula_detail::constant<T>(0);
        // The centre's volume cancels: V1 times the sum of shares of a mode's mass.
        if (n == 1) {
          mass[0] = state.mode[0];
        } else {
          for (int i = 0; i < n; ++i) {
            mass[1] = T(mass[1] + now->to_second[i] * state.mode[i]);
            if (n == 3) mass[2] = T(mass[2] + now->to_third[i] * state.mode[i]);
          }
          T centre = formula_detail::constant<T>(0);
          T whole = formula_detail::constant<T>(0);
          for (int i = 0; i < n; ++i) {
            centre = T(centre + now->share[i] * state.mode[i]);
            whole = T(whole + now->share[i]);  // 1 / V1
          }
          mass[0] = T(centre / whole);
        }
        for (int i = 0; i < n; ++i) {
          T in_mode = mass[0];
          if (n > 1) in_mode = T(in_mode + mass[1] * next->from_second[i]);
          if (n > 2) in_mode = T(in_mode + mass[2] * next->from_third[i]);
          state.mode[i] = in_mode;
        }
        now = next;
        break;
      }
    }
  }
}

}  // namespace nidus::pharmacology
