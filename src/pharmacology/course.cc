// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/course.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace nidus::pharmacology {

namespace {

constexpr double kSameMoment = 1e-9;  // h: below the rounding of times that are sums of hours

Eigen::MatrixXd blocks(const Model& model, std::size_t occasions) {
  const Eigen::Index between = model.omega.rows();
  const Eigen::Index within = model.omega_occasion.rows();
  const Eigen::Index size = between + static_cast<Eigen::Index>(occasions) * within;
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(size, size);
  out.topLeftCorner(between, between) = model.omega;
  for (Eigen::Index at = between; at < size; at += within) {
    out.block(at, at, within, within) = model.omega_occasion;
  }
  return out;
}

}  // namespace

base::Result<Course> Course::make(const Model& model, const History& history) {
  const auto bad = [&](std::string what) {
    return base::fail(base::ErrorCode::kBadValue, std::move(what), model.id);
  };
  if (history.covariates.empty()) return bad("no covariates are given");
  for (const Dose& dose : history.doses) {
    if (!(dose.amount_mg > 0) || !(dose.duration_h >= 0) || !std::isfinite(dose.at_h) ||
        !std::isfinite(dose.amount_mg) || !std::isfinite(dose.duration_h)) {
      return bad("a dose needs a time, an amount above zero and a duration");
    }
    if (dose.route == Route::kOral && model.absorption == Absorption::kNone) {
      return bad("the model knows no oral doses");
    }
  }
  for (const Level& level : history.levels) {
    if (!(level.mg_per_l > 0) || !std::isfinite(level.mg_per_l) || !std::isfinite(level.at_h)) {
      return bad("a level needs a time and a value above zero");
    }
  }
  Course out;
  out.model_ = &model;
  out.history_ = history;
  std::sort(out.history_.covariates.begin(), out.history_.covariates.end(),
            [](const CovariateStep& a, const CovariateStep& b) { return a.from_h < b.from_h; });
  std::sort(out.history_.occasions_from_h.begin(), out.history_.occasions_from_h.end());
  for (const CovariateStep& step : out.history_.covariates) {
    for (std::size_t c = 0; c < model.covariates.size(); ++c) {
      if (c < step.values.size() && std::isfinite(step.values[c])) continue;
      return bad("covariate " + model.covariates[c].id + " is not known");
    }
  }
  const std::size_t occasions =
      model.occasion_etas() == 0 ? 0 : out.history_.occasions_from_h.size() + 1;
  out.effects_ = model.etas() + occasions * model.occasion_etas();
  if (out.effects_ > static_cast<std::size_t>(kMostEffects)) return bad("too many occasions");
  const Eigen::MatrixXd omega = blocks(model, occasions);
  const Eigen::LLT<Eigen::MatrixXd> cholesky(omega);
  if (cholesky.info() != Eigen::Success) return bad("the variances are not positive definite");
  out.root_ = cholesky.matrixL();
  out.inverse_ = cholesky.solve(Eigen::MatrixXd::Identity(omega.rows(), omega.cols()));
  out.log_determinant_ = 2 * out.root_.diagonal().array().log().sum();

  // Segments begin where covariates or the occasion change.
  std::vector<double> starts{-1e12};
  for (std::size_t i = 1; i < out.history_.covariates.size(); ++i) {
    starts.push_back(out.history_.covariates[i].from_h);
  }
  if (occasions > 0) {
    starts.insert(starts.end(), out.history_.occasions_from_h.begin(),
                  out.history_.occasions_from_h.end());
    if (out.history_.known_until_h < 1e9) starts.push_back(out.history_.known_until_h);
  }
  std::sort(starts.begin(), starts.end());
  std::vector<double> inputs;
  for (const double start : starts) {
    Segment segment;
    segment.from_h = start;
    for (std::size_t i = 0; i < out.history_.covariates.size(); ++i) {
      if (out.history_.covariates[i].from_h <= start) segment.covariates = i;
    }
    if (occasions > 0 && start < out.history_.known_until_h) {
      segment.occasion = static_cast<int>(
          std::count_if(out.history_.occasions_from_h.begin(), out.history_.occasions_from_h.end(),
                        [start](double from) { return from <= start; }));
    }
    const auto& values = out.history_.covariates[segment.covariates].values;
    if (!out.segments_.empty()) {
      const Segment& last = out.segments_.back();
      const bool same = last.occasion == segment.occasion &&
                        out.history_.covariates[last.covariates].values == values;
      if (same) continue;
      if (start - last.from_h < kSameMoment) out.segments_.pop_back();
    }
    inputs.assign(values.begin(), values.end());
    inputs.resize(model.covariates.size());
    for (const ModelParameter& parameter : model.parameters) {
      const double typical =
          parameter.only_covariates ? parameter.value.evaluate<double>(inputs) : 0;
      if (!std::isfinite(typical) || (parameter.only_covariates && typical < 0)) {
        return bad("parameter " + parameter.id + " cannot be computed from these covariates");
      }
      segment.typical.push_back(typical);
      inputs.push_back(typical);
    }
    out.segments_.push_back(std::move(segment));
  }
  return out;
}

int Course::segment_at(double time_h) const {
  int at = 0;
  for (std::size_t i = 1; i < segments_.size(); ++i) {
    if (segments_[i].from_h <= time_h) at = static_cast<int>(i);
  }
  return at;
}

Timeline Course::timeline(std::span<const double> times_h) const {
  return build(times_h, history_.doses, -1e12);
}
Timeline Course::timeline(std::span<const double> times_h, std::span<const Dose> doses) const {
  return build(times_h, doses, -1e12);
}
Timeline Course::timeline_from(double from_h, std::span<const double> times_h,
                               std::span<const Dose> doses) const {
  return build(times_h, doses, from_h);
}

Timeline Course::build(std::span<const double> times_h, std::span<const Dose> doses,
                       double from_h) const {
  struct Moment {
    double at_h;
    Event::Kind kind;
    int index;
    double value;  // mg; for kRate the change of rate
  };
  std::vector<Moment> moments;
  double first = from_h > -1e11 ? from_h : 1e12;
  for (std::size_t i = 0; i < times_h.size(); ++i) {
    moments.push_back({times_h[i], Event::Kind::kObserve, static_cast<int>(i), 0});
    first = std::min(first, times_h[i]);
  }
  for (const Dose& dose : doses) {
    const double at = dose.at_h + model_->lag_h;
    first = std::min(first, at);
    if (dose.route == Route::kOral) {
      moments.push_back({at, Event::Kind::kOral, 0, dose.amount_mg});
    } else if (dose.duration_h <= 0) {
      moments.push_back({at, Event::Kind::kBolus, 0, dose.amount_mg});
    } else {
      const double rate = dose.amount_mg / dose.duration_h;
      moments.push_back({at, Event::Kind::kRate, 1, rate});
      moments.push_back({at + dose.duration_h, Event::Kind::kRate, -1, rate});
    }
  }
  Timeline out;
  out.observations = times_h.size();
  out.first_segment = segment_at(first);
  for (std::size_t i = static_cast<std::size_t>(out.first_segment) + 1; i < segments_.size(); ++i) {
    if (segments_[i].from_h > first) {
      moments.push_back({segments_[i].from_h, Event::Kind::kSegment, static_cast<int>(i), 0});
    }
  }
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return a.at_h != b.at_h ? a.at_h < b.at_h : a.kind < b.kind;
  });
  // What happens after the last observation is not looked at.
  while (!moments.empty() && moments.back().kind != Event::Kind::kObserve) moments.pop_back();

  out.lengths.resize(segments_.size());
  auto segment = static_cast<std::size_t>(out.first_segment);
  std::vector<double> running;  // rates of infusions that run now
  double now = first;
  for (const Moment& moment : moments) {
    Event event;
    event.kind = moment.kind;
    event.index = moment.index;
    event.value = moment.value;
    const double length = moment.at_h - now;
    if (length > kSameMoment) {
      auto& lengths = out.lengths[segment];
      // Steps that differ by rounding only are one step.
      const auto same = std::find_if(lengths.begin(), lengths.end(), [length](double known) {
        return std::abs(known - length) < kSameMoment;
      });
      event.interval = static_cast<std::int32_t>(same - lengths.begin());
      if (same == lengths.end()) lengths.push_back(length);
      now = moment.at_h;
    }
    if (moment.kind == Event::Kind::kSegment) segment = static_cast<std::size_t>(moment.index);
    if (moment.kind == Event::Kind::kRate) {
      if (moment.index > 0) {
        running.push_back(moment.value);
      } else {
        running.erase(std::find(running.begin(), running.end(), moment.value));
      }
      event.value = std::accumulate(running.begin(), running.end(), 0.0);
    }
    out.events.push_back(event);
  }
  return out;
}

}  // namespace nidus::pharmacology
