// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/estimate.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "pharmacology/objective.h"

namespace nidus::pharmacology {

double log_normal_tail(double x) {
  if (x > -30) return std::log(0.5 * std::erfc(-x / std::numbers::sqrt2));
  // Beyond it the tail is below the smallest number; its leading terms do.
  return -0.5 * x * x - std::log(-x) - 0.5 * std::log(2 * std::numbers::pi);
}

namespace {

// Where the search goes on from a start until it is told apart from others, and where it ends.
constexpr double kRoughStep = 1e-3;
constexpr double kFineStep = 1e-9;
constexpr int kRoughSteps = 60;
constexpr int kFineSteps = 40;
constexpr double kSamePeak = 0.05;  // distance in standard deviations of the prior
constexpr double kStartDistance = 1.5;
constexpr std::size_t kLeastStarts = 9;

// Everything the search needs to know at one point, in z (eta = L z, so the prior is |z|^2).
struct Point {
  double objective = kBroken;
  Eigen::VectorXd gradient;     // of OFV / 2
  Eigen::MatrixXd information;  // expected, of OFV / 2
};

template <int N>
class Search {
 public:
  using D = Dual<N>;

  explicit Search(const Course& course)
      : course_(course),
        size_(static_cast<Eigen::Index>(course.effects())),
        value_(course),
        slope_(course) {
    eta_.resize(course.effects());
    dual_.resize(course.effects());
  }

  double objective(const Eigen::VectorXd& z) {
    const Eigen::VectorXd eta = course_.omega_root() * z;
    for (Eigen::Index k = 0; k < size_; ++k) eta_[static_cast<std::size_t>(k)] = eta[k];
    const auto predictions = value_(eta_);
    double sum = z.squaredNorm();
    const auto& levels = course_.history().levels;
    for (std::size_t j = 0; j < levels.size(); ++j) {
      const double term = level_term(levels[j], predictions[j]);
      if (!std::isfinite(term)) return kBroken + z.squaredNorm();
      sum += levels[j].weight * term;
    }
    return sum;
  }

  Point point(const Eigen::VectorXd& z) {
    const Eigen::MatrixXd& root = course_.omega_root();
    const Eigen::VectorXd eta = root * z;
    for (Eigen::Index k = 0; k < size_; ++k) {
      D& one = dual_[static_cast<std::size_t>(k)];
      one.v = eta[k];
      one.d.setZero();
      for (Eigen::Index l = 0; l <= k; ++l) one.d[l] = root(k, l);
    }
    const auto predictions = slope_(dual_);
    Point out;
    out.objective = z.squaredNorm();
    out.gradient = z;
    out.information = Eigen::MatrixXd::Identity(size_, size_);
    const auto& levels = course_.history().levels;
    for (std::size_t j = 0; j < levels.size(); ++j) {
      if (!add(levels[j], predictions[j], out)) {
        out.objective = kBroken + z.squaredNorm();
        out.gradient = z;
        out.information = Eigen::MatrixXd::Identity(size_, size_);
        return out;
      }
    }
    return out;
  }

  // Damped steps on the expected information, until a step is below `enough`.
  Eigen::VectorXd descend(Eigen::VectorXd z, double enough, int most) {
    Point here = point(z);
    for (int count = 0; count < most; ++count) {
      const Eigen::VectorXd step = -here.information.llt().solve(here.gradient);
      double length = 1;
      const double promised = 2 * here.gradient.dot(step);
      Eigen::VectorXd next = z + step;
      double objective_there = objective(next);
      while (!(objective_there <= here.objective + 1e-4 * length * promised) && length > 1e-6) {
        length /= 2;
        next = z + length * step;
        objective_there = objective(next);
      }
      if (!(objective_there < here.objective)) return z;
      const double moved = (next - z).cwiseAbs().maxCoeff();
      z = next;
      if (moved < enough) return z;
      here = point(z);
    }
    return z;
  }

  // Hessian of OFV / 2 by central differences of the exact gradient.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& z) {
    constexpr double kStep = 1e-4;
    Eigen::MatrixXd out(size_, size_);
    for (Eigen::Index k = 0; k < size_; ++k) {
      Eigen::VectorXd there = z;
      there[k] = z[k] + kStep;
      const Eigen::VectorXd up = point(there).gradient;
      there[k] = z[k] - kStep;
      out.col(k) = (up - point(there).gradient) / (2 * kStep);
    }
    return (out + out.transpose()) / 2;
  }

  // Newton steps to the very minimum; leaves z where they do not help.
  Eigen::VectorXd sharpen(Eigen::VectorXd z) {
    for (int count = 0; count < kFineSteps; ++count) {
      const Point here = point(z);
      const Eigen::LLT<Eigen::MatrixXd> cholesky(hessian(z));
      if (cholesky.info() != Eigen::Success) return descend(z, kFineStep, kFineSteps);
      const Eigen::VectorXd step = -cholesky.solve(here.gradient);
      const Eigen::VectorXd next = z + step;
      // Near the minimum the objective no longer tells points apart; the gradient does.
      if (objective(next) > here.objective + 1e-9 * (1 + std::abs(here.objective))) {
        return descend(z, kFineStep, kFineSteps);
      }
      z = next;
      if (step.cwiseAbs().maxCoeff() < kFineStep) break;
    }
    return z;
  }

  std::vector<double> predictions(const Eigen::VectorXd& eta) {
    for (Eigen::Index k = 0; k < size_; ++k) eta_[static_cast<std::size_t>(k)] = eta[k];
    const auto out = value_(eta_);
    return {out.begin(), out.end()};
  }

 private:
  double level_term(const Level& level, double f) const {
    const Residual& residual = course_.model().residual;
    if (!(f > 0) && residual.kind == ResidualKind::kLogAdditive) return kBroken;
    const double v = variance(residual, f);
    if (!(v > 0) || !std::isfinite(f)) return kBroken;
    const bool log = residual.kind == ResidualKind::kLogAdditive;
    const double y = log ? std::log(level.mg_per_l) : level.mg_per_l;
    const double p = log ? std::log(f) : f;
    if (level.below_limit) return -2 * log_normal_tail((y - p) / std::sqrt(v));
    return (y - p) * (y - p) / v + std::log(v);
  }

  bool add(const Level& level, const D& prediction, Point& out) const {
    const Residual& residual = course_.model().residual;
    const bool log_scale = residual.kind == ResidualKind::kLogAdditive;
    if (!std::isfinite(prediction.v) || (log_scale && !(prediction.v > 0))) return false;
    const D f = log_scale ? log(prediction) : prediction;
    const D v = variance(residual, prediction);
    if (!(v.v > 0)) return false;
    const double y = log_scale ? std::log(level.mg_per_l) : level.mg_per_l;
    const double w = level.weight;
    const auto g = f.d.matrix().head(size_);
    const auto h = v.d.matrix().head(size_);
    if (level.below_limit) {
      const D x = (D(y) - f) / sqrt(v);
      const double tail = log_normal_tail(x.v);
      const double hazard =
          std::exp(-0.5 * x.v * x.v - 0.5 * std::log(2 * std::numbers::pi) - tail);
      const auto slope = x.d.matrix().head(size_);
      out.objective += w * -2 * tail;
      out.gradient -= w * hazard * slope;
      out.information += w * std::max(hazard * (hazard + x.v), 0.0) * slope * slope.transpose();
      return true;
    }
    const double r = y - f.v;
    out.objective += w * (r * r / v.v + std::log(v.v));
    out.gradient += w * (-r / v.v * g + 0.5 * (1 / v.v - r * r / (v.v * v.v)) * h);
    out.information += w * (g * g.transpose() / v.v + 0.5 * h * h.transpose() / (v.v * v.v));
    return std::isfinite(out.objective);
  }

  const Course& course_;
  Eigen::Index size_;
  Predictor<double> value_;
  Predictor<D> slope_;
  std::vector<double> eta_;
  std::vector<D> dual_;
};

std::vector<Eigen::VectorXd> starts(Eigen::Index size) {
  std::vector<Eigen::VectorXd> out{Eigen::VectorXd::Zero(size)};
  for (Eigen::Index k = 0; k < size; ++k) {
    for (const double side : {kStartDistance, -kStartDistance}) {
      out.emplace_back(Eigen::VectorXd::Zero(size));
      out.back()[k] = side;
    }
  }
  // Few effects have few sides: their corners and nearer points make up the number.
  for (double scale = 1; out.size() < kLeastStarts; scale /= 2) {
    out.emplace_back(Eigen::VectorXd::Constant(size, scale));
    out.emplace_back(Eigen::VectorXd::Constant(size, -scale));
  }
  return out;
}

template <int N>
Estimate search(const Course& course) {
  Search<N> search(course);
  const auto size = static_cast<Eigen::Index>(course.effects());
  struct Found {
    Eigen::VectorXd z;
    double objective;
  };
  std::vector<Found> found;
  const auto far = [&](const Eigen::VectorXd& z) {
    return std::none_of(found.begin(), found.end(), [&](const Found& one) {
      return (one.z - z).cwiseAbs().maxCoeff() < kSamePeak;
    });
  };
  if (course.history().levels.empty()) {
    found.push_back({Eigen::VectorXd::Zero(size), 0});
  } else {
    for (const Eigen::VectorXd& start : starts(size)) {
      const Eigen::VectorXd z = search.descend(start, kRoughStep, kRoughSteps);
      if (far(z)) found.push_back({z, search.objective(z)});
    }
  }
  std::vector<Found> rough;
  rough.swap(found);
  std::stable_sort(rough.begin(), rough.end(),
                   [](const Found& a, const Found& b) { return a.objective < b.objective; });
  for (const Found& one : rough) {
    const Eigen::VectorXd z = search.sharpen(one.z);
    if (far(z)) found.push_back({z, search.objective(z)});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.objective < b.objective; });

  const Eigen::MatrixXd& root = course.omega_root();
  const auto covariance_of = [&](const Eigen::MatrixXd& information) -> Eigen::MatrixXd {
    const Eigen::LLT<Eigen::MatrixXd> cholesky(information);
    if (cholesky.info() != Eigen::Success) return Eigen::MatrixXd();
    return root * cholesky.solve(Eigen::MatrixXd::Identity(size, size)) * root.transpose();
  };
  Estimate out;
  const Eigen::VectorXd& z = found.front().z;
  const Point best = search.point(z);
  out.eta = root * z;
  out.objective = best.objective;
  out.objective_at_prior = search.objective(Eigen::VectorXd::Zero(size));
  out.gradient = best.gradient.cwiseAbs().maxCoeff();
  out.covariance_expected = covariance_of(best.information);
  const Eigen::MatrixXd hessian = search.hessian(z);
  out.covariance = covariance_of(hessian);
  out.converged = out.gradient < 1e-6 && out.covariance.size() > 0 && best.objective < kBroken;
  if (out.covariance.size() == 0) out.covariance = out.covariance_expected;
  out.population = search.predictions(Eigen::VectorXd::Zero(size));
  out.predicted = search.predictions(out.eta);
  const auto& levels = course.history().levels;
  out.misfit = z.squaredNorm();
  const bool log_scale = course.model().residual.kind == ResidualKind::kLogAdditive;
  for (std::size_t j = 0; j < levels.size(); ++j) {
    const double f = out.predicted[j];
    const double v = variance(course.model().residual, f);
    out.residual_sd.push_back(std::sqrt(v));
    const double r =
        log_scale ? std::log(levels[j].mg_per_l) - std::log(f) : levels[j].mg_per_l - f;
    if (!levels[j].below_limit) out.misfit += r * r / v;
  }
  for (std::size_t i = 1; i < found.size(); ++i) {
    Peak peak{root * found[i].z, found[i].objective, covariance_of(search.hessian(found[i].z))};
    if (peak.covariance.size() > 0) out.other_peaks.push_back(std::move(peak));
  }
  // ln |Omega| + ln |C^-1| = ln |Hessian in z|.
  const double determinant = hessian.determinant();
  out.minus_two_log_marginal = out.objective +
                               static_cast<double>(levels.size()) * std::log(2 * std::numbers::pi) +
                               std::log(std::max(determinant, 1e-300));
  return out;
}

}  // namespace

double objective(const Course& course, const Eigen::VectorXd& eta) {
  Search<4> search(course);
  return search.objective(course.omega_root().triangularView<Eigen::Lower>().solve(eta));
}

Estimate estimate(const Course& course) {
  const std::size_t size = course.effects();
  if (size <= 4) return search<4>(course);
  if (size <= 12) return search<12>(course);
  return search<kMostEffects>(course);
}

}  // namespace nidus::pharmacology
