// SPDX-License-Identifier: Apache-2.0
//
// The objective of estimate.h on any number type; inside this room only.
// Thread rule: one evaluator, one thread (it keeps its scratch memory).
#pragma once

#include <vector>

#include "pharmacology/course.h"

namespace nidus::pharmacology {

// Stands for an objective that cannot be computed: worse than any real one, and finite.
inline constexpr double kBroken = 1e12;

// Upper tail of the standard normal and ln of the lower one, far out as well.
double log_normal_tail(double x);  // ln Phi(x)

// Predictions of the levels at eta: total or unbound as each was measured.
template <class T>
class Predictor {
 public:
  explicit Predictor(const Course& course) : course_(course) {
    std::vector<double> times;
    for (const Level& level : course.history().levels) times.push_back(level.at_h);
    timeline_ = course.timeline(times);
    for (const double time : times) segment_.push_back(segment_before(time));
    constants_.resize(course.segments());
    parameters_.resize(course.segments());
    out_.resize(times.size());
  }

  std::span<const T> operator()(std::span<const T> eta) {
    for (std::size_t s = 0; s < constants_.size(); ++s) {
      constants_[s] = course_.constants<T>(s, eta, parameters_[s]);
    }
    State<T> state = empty_state<T>();
    run<T>(course_.model(), timeline_, constants_, state, out_, {}, scratch_);
    const auto& levels = course_.history().levels;
    if (course_.model().binding) {
      for (std::size_t j = 0; j < levels.size(); ++j) {
        if (levels[j].unbound) continue;
        out_[j] = course_.total(out_[j], parameters_[segment_[j]]);
      }
    }
    return out_;
  }
  const Course& course() const { return course_; }

 private:
  std::size_t segment_before(double time) const {
    // A level at a change of covariates is still of the segment before it.
    return static_cast<std::size_t>(course_.segment_at(time - 1e-9));
  }

  const Course& course_;
  Timeline timeline_;
  std::vector<std::size_t> segment_;
  std::vector<Constants<T>> constants_;
  std::vector<std::vector<T>> parameters_;
  std::vector<T> out_;
  Workspace<T> scratch_;
};

}  // namespace nidus::pharmacology
