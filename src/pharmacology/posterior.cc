// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/posterior.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "pharmacology/objective.h"

namespace nidus::pharmacology {

namespace {

constexpr int kLanes = 8;
constexpr int kDegrees = 5;           // of the multivariate t: tails heavier than the posterior's
constexpr double kInflation = 1.2;    // of its covariance
constexpr double kLeastShare = 0.05;  // of a peak that is found at all

// Normals of our own, as the standard library's differ between makers.
class Normals {
 public:
  explicit Normals(std::uint64_t seed) : engine_(seed) {}
  double uniform() {  // in (0, 1)
    return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53;
  }
  double operator()() {
    if (kept_) {
      kept_ = false;
      return second_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    second_ = radius * std::sin(angle);
    kept_ = true;
    return radius * std::cos(angle);
  }

 private:
  std::mt19937_64 engine_;
  double second_ = 0;
  bool kept_ = false;
};

// A multivariate t in z.
struct Component {
  Eigen::VectorXd centre;
  Eigen::MatrixXd root;  // lower
  Eigen::MatrixXd inverse_root;
  double log_share = 0;
  double log_scale = 0;  // - ln |root|

  double log_density(const Eigen::VectorXd& z) const {
    const double q = (inverse_root.triangularView<Eigen::Lower>() * (z - centre)).squaredNorm();
    const auto size = static_cast<double>(z.size());
    return log_scale - (kDegrees + size) / 2 * std::log1p(q / kDegrees);
  }
};

std::vector<Component> components(const Course& course, const Estimate& estimate) {
  const auto lower = course.omega_root().triangularView<Eigen::Lower>();
  const auto component = [&](const Eigen::VectorXd& eta, const Eigen::MatrixXd& covariance,
                             double objective) {
    Component out;
    out.centre = lower.solve(eta);
    // Covariance in z: L^-1 C L^-T.
    const Eigen::MatrixXd half = lower.solve(covariance);
    const Eigen::MatrixXd in_z = lower.solve(half.transpose()) * kInflation;
    const Eigen::LLT<Eigen::MatrixXd> cholesky(in_z);
    out.root = cholesky.matrixL();
    out.inverse_root = out.root.triangularView<Eigen::Lower>().solve(
        Eigen::MatrixXd::Identity(in_z.rows(), in_z.cols()));
    out.log_scale = -out.root.diagonal().array().log().sum();
    out.log_share = -objective / 2 - out.log_scale;
    return out;
  };
  std::vector<Component> out{component(estimate.eta, estimate.covariance, estimate.objective)};
  for (const Peak& peak : estimate.other_peaks) {
    out.push_back(component(peak.eta, peak.covariance, peak.objective));
  }
  const double most = std::max_element(out.begin(), out.end(), [](const auto& a, const auto& b) {
                        return a.log_share < b.log_share;
                      })->log_share;
  double sum = 0;
  for (Component& one : out) {
    one.log_share = std::max(std::exp(one.log_share - most), kLeastShare);
    sum += one.log_share;
  }
  for (Component& one : out) one.log_share = std::log(one.log_share / sum);
  return out;
}

// OFV of eight draws at once; eta by column.
Batch objectives(Predictor<Batch>& predict, std::vector<Batch>& eta, const Batch& prior) {
  const Course& course = predict.course();
  const Residual& residual = course.model().residual;
  const auto predictions = predict(eta);
  Batch sum = prior;
  const auto& levels = course.history().levels;
  for (std::size_t j = 0; j < levels.size(); ++j) {
    const Batch& f = predictions[j];
    const Batch v = variance(residual, f);
    const bool log_scale = residual.kind == ResidualKind::kLogAdditive;
    const Batch p = log_scale ? Batch(f.log()) : f;
    const double y = log_scale ? std::log(levels[j].mg_per_l) : levels[j].mg_per_l;
    Batch term;
    if (levels[j].below_limit) {
      for (int k = 0; k < kLanes; ++k) term[k] = -2 * log_normal_tail((y - p[k]) / std::sqrt(v[k]));
    } else {
      term = (y - p).square() / v + v.log();
    }
    sum += levels[j].weight * term;
  }
  return sum.isFinite().select(sum, kBroken);
}

}  // namespace

Draws draw(const Course& course, const Estimate& estimate, std::size_t count, std::uint64_t seed) {
  count = (count + kLanes - 1) / kLanes * kLanes;
  const auto size = static_cast<Eigen::Index>(course.effects());
  Draws out;
  out.eta.resize(size, static_cast<Eigen::Index>(count));
  out.weights.assign(count, 1.0 / static_cast<double>(count));
  out.effective = static_cast<double>(count);
  Normals normal(seed);
  const Eigen::MatrixXd& root = course.omega_root();
  Eigen::VectorXd z(size);
  if (course.history().levels.empty()) {  // the prior itself, without people who cannot be
    std::vector<double> one_person(course.effects());
    std::vector<double> parameters;
    const auto possible = [&](const Eigen::VectorXd& eta) {
      std::copy(eta.begin(), eta.end(), one_person.begin());
      course.parameters<double>(0, one_person, parameters);
      return std::all_of(
          parameters.begin() + static_cast<std::ptrdiff_t>(course.model().covariates.size()),
          parameters.end(), [](double value) { return std::isfinite(value); });
    };
    for (Eigen::Index i = 0; i < out.eta.cols(); ++i) {
      do {
        for (double& one : z) one = normal();
        out.eta.col(i) = root.triangularView<Eigen::Lower>() * z;
      } while (!possible(out.eta.col(i)));
    }
    return out;
  }
  const std::vector<Component> mixture = components(course, estimate);
  Predictor<Batch> predict(course);
  std::vector<Batch> eta(course.effects());
  std::vector<double> log_weights(count);
  Eigen::VectorXd noise(size);
  for (std::size_t first = 0; first < count; first += kLanes) {
    Batch prior;
    Batch log_proposal;
    for (int k = 0; k < kLanes; ++k) {
      std::size_t which = 0;
      double chance = mixture.size() == 1 ? 0 : normal.uniform();
      while (which + 1 < mixture.size() && chance > std::exp(mixture[which].log_share)) {
        chance -= std::exp(mixture[which].log_share);
        ++which;
      }
      for (double& one : noise) one = normal();
      const double last = normal();
      const double chi_squared =
          -2 * std::log(normal.uniform() * normal.uniform()) + last * last;  // 5 degrees
      noise *= std::sqrt(kDegrees / chi_squared);
      z.noalias() = mixture[which].root.triangularView<Eigen::Lower>() * noise;
      z += mixture[which].centre;
      if (mixture.size() == 1) {  // its density is known from the noise; constants do not count
        log_proposal[k] = -(kDegrees + static_cast<double>(size)) / 2 *
                          std::log1p(noise.squaredNorm() / kDegrees);
      } else {
        double density = 0;
        for (const Component& one : mixture) {
          density += std::exp(one.log_share + one.log_density(z));
        }
        log_proposal[k] = std::log(density);
      }
      prior[k] = z.squaredNorm();
      const auto column = static_cast<Eigen::Index>(first) + k;
      out.eta.col(column).noalias() = root.triangularView<Eigen::Lower>() * z;
      for (Eigen::Index i = 0; i < size; ++i)
        eta[static_cast<std::size_t>(i)][k] = out.eta(i, column);
    }
    const Batch objective = objectives(predict, eta, prior);
    for (int k = 0; k < kLanes; ++k) {
      log_weights[first + static_cast<std::size_t>(k)] = -objective[k] / 2 - log_proposal[k];
    }
  }
  const double most = *std::max_element(log_weights.begin(), log_weights.end());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += out.weights[i] = std::exp(log_weights[i] - most);
  double squares = 0;
  for (double& weight : out.weights) {
    weight /= sum;
    squares += weight * weight;
  }
  out.effective = 1 / squares;
  return out;
}

Draws resample(const Draws& draws, std::size_t count) {
  count = (count + kLanes - 1) / kLanes * kLanes;
  Draws out;
  out.eta.resize(draws.eta.rows(), static_cast<Eigen::Index>(count));
  out.weights.assign(count, 1.0 / static_cast<double>(count));
  out.effective = draws.effective;
  double reached = 0;
  Eigen::Index from = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double wanted = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    while (from + 1 < draws.eta.cols() &&
           reached + draws.weights[static_cast<std::size_t>(from)] < wanted) {
      reached += draws.weights[static_cast<std::size_t>(from)];
      ++from;
    }
    out.eta.col(static_cast<Eigen::Index>(i)) = draws.eta.col(from);
  }
  return out;
}

std::vector<double> quantiles(std::span<const double> values, std::span<const double> weights,
                              std::span<const double> fractions) {
  constexpr std::size_t kBins = 1024;
  std::vector<double> out(fractions.size(), std::nan(""));
  if (values.empty()) return out;
  const Eigen::Map<const Eigen::ArrayXd> all(values.data(),
                                             static_cast<Eigen::Index>(values.size()));
  if (!all.allFinite()) return out;
  const double low = all.minCoeff();
  const double width = all.maxCoeff() - low;
  if (width == 0) {
    std::fill(out.begin(), out.end(), low);
    return out;
  }
  // Only the bins that hold a quantile are sorted.
  const double scale = kBins / width;
  std::vector<std::uint16_t> bin_of(values.size());
  // Two sums, as neighbours often fall into one bin and would wait for each other.
  std::array<double, kBins> mass{};
  std::array<double, kBins> odd{};
  const auto put = [&](std::size_t i, std::array<double, kBins>& into) {
    const int bin =
        std::min(static_cast<int>((values[i] - low) * scale), static_cast<int>(kBins) - 1);
    bin_of[i] = static_cast<std::uint16_t>(bin);
    into[static_cast<std::size_t>(bin)] += weights[i];
  };
  std::size_t next = 0;
  for (; next + 1 < values.size(); next += 2) {
    put(next, mass);
    put(next + 1, odd);
  }
  if (next < values.size()) put(next, mass);
  for (std::size_t i = 0; i < kBins; ++i) mass[i] += odd[i];
  const double whole = std::accumulate(mass.begin(), mass.end(), 0.0);
  std::array<std::uint8_t, kBins> wanted_bin{};
  std::vector<std::size_t> bins;
  std::vector<double> mass_below;
  for (const double fraction : fractions) {
    double below = 0;
    std::size_t bin = 0;
    while (bin + 1 < kBins && below + mass[bin] < fraction * whole) below += mass[bin++];
    bins.push_back(bin);
    mass_below.push_back(below);
    wanted_bin[bin] = 1;
  }
  std::vector<std::pair<std::uint16_t, std::pair<double, double>>> inside;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (wanted_bin[bin_of[i]] != 0) inside.push_back({bin_of[i], {values[i], weights[i]}});
  }
  std::sort(inside.begin(), inside.end());
  for (std::size_t q = 0; q < fractions.size(); ++q) {
    double below = mass_below[q];
    out[q] = low;
    for (const auto& [bin, value] : inside) {
      if (bin != bins[q]) continue;
      out[q] = value.first;
      below += value.second;
      if (below >= fractions[q] * whole) break;
    }
  }
  return out;
}

Eigen::MatrixXd concentrations(const Course& course, const Eigen::MatrixXd& eta,
                               std::span<const double> times_h, std::span<const Dose> doses,
                               bool total, Eigen::MatrixXd* areas) {
  const Timeline timeline = course.timeline(times_h, doses);
  const auto columns = static_cast<Eigen::Index>(times_h.size());
  Eigen::MatrixXd out(eta.cols(), columns);
  if (areas != nullptr) areas->resize(eta.cols(), columns);
  std::vector<Constants<Batch>> constants(course.segments());
  std::vector<std::vector<Batch>> parameters(course.segments());
  std::vector<Batch> effects(course.effects());
  std::vector<Batch> values(times_h.size());
  std::vector<Batch> sums(areas != nullptr ? times_h.size() : 0);
  std::vector<std::size_t> segments;
  for (const double time : times_h) {
    segments.push_back(static_cast<std::size_t>(course.segment_at(time)));
  }
  Workspace<Batch> scratch;
  // A tile of draws at a time: column by column, every write would go to another page of memory.
  constexpr Eigen::Index kTile = 32 * kLanes;
  Eigen::MatrixXd tile(kTile, columns);
  Eigen::MatrixXd area_tile(areas != nullptr ? kTile : 0, areas != nullptr ? columns : 0);
  for (Eigen::Index first = 0; first < eta.cols(); first += kLanes) {
    for (std::size_t i = 0; i < effects.size(); ++i) {
      for (int k = 0; k < kLanes; ++k) {
        // The last batch repeats its last draw.
        effects[i][k] = eta(static_cast<Eigen::Index>(i), std::min(first + k, eta.cols() - 1));
      }
    }
    for (std::size_t s = 0; s < constants.size(); ++s) {
      constants[s] = course.constants<Batch>(s, effects, parameters[s]);
    }
    State<Batch> state = empty_state<Batch>();
    run<Batch>(course.model(), timeline, constants, state, values, sums, scratch);
    const Eigen::Index row = first % kTile;
    for (Eigen::Index column = 0; column < columns; ++column) {
      const auto at = static_cast<std::size_t>(column);
      if (total && course.model().binding) {
        values[at] = course.total(values[at], parameters[segments[at]]);
      }
      tile.col(column).segment<kLanes>(row) = values[at].matrix();
      if (areas != nullptr) area_tile.col(column).segment<kLanes>(row) = sums[at].matrix();
    }
    if (row + kLanes < kTile && first + kLanes < eta.cols()) continue;
    const Eigen::Index begin = first - row;
    const Eigen::Index count = std::min(kTile, eta.cols() - begin);
    out.middleRows(begin, count) = tile.topRows(count);
    if (areas != nullptr) areas->middleRows(begin, count) = area_tile.topRows(count);
  }
  return out;
}

std::vector<Band> band(const Course& course, const Draws& draws, std::span<const double> times_h,
                       std::span<const Dose> doses, bool total) {
  const Eigen::MatrixXd by_time = concentrations(course, draws.eta, times_h, doses, total);
  std::vector<Band> out;
  for (Eigen::Index time = 0; time < by_time.cols(); ++time) {
    const auto found =
        quantiles({by_time.col(time).data(), static_cast<std::size_t>(by_time.rows())},
                  draws.weights, kBandFractions);
    Band one{};
    std::copy(found.begin(), found.end(), one.begin());
    out.push_back(one);
  }
  return out;
}

}  // namespace nidus::pharmacology
