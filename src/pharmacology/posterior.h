// SPDX-License-Identifier: Apache-2.0
//
// What is still uncertain after the levels: weighted draws from the posterior (importance sampling
// around every peak; heavier tails than the posterior, so that weights stay bounded), quantiles and
// bands. The Laplace form is Estimate::covariance. Draws are made from a fixed seed: the same input
// gives the same bytes. Thread rule: functions of their arguments.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pharmacology/course.h"
#include "pharmacology/estimate.h"

namespace nidus::pharmacology {

struct Draws {
  Eigen::MatrixXd eta;          // one column a draw
  std::vector<double> weights;  // sum to 1
  double effective = 0;         // effective number of draws; few: do not trust the quantiles
};

// REQUIRES: an estimate of this course. `count` is rounded up to a multiple of 8.
Draws draw(const Course& course, const Estimate& estimate, std::size_t count,
           std::uint64_t seed = 1);
// `count` draws of equal weight, in a fixed order.
Draws resample(const Draws& draws, std::size_t count);

// Values below which these fractions of the weight lie. REQUIRES: as many weights as values.
std::vector<double> quantiles(std::span<const double> values, std::span<const double> weights,
                              std::span<const double> fractions);

inline constexpr std::array<double, 5> kBandFractions = {0.05, 0.25, 0.5, 0.75, 0.95};
using Band = std::array<double, 5>;

// Of the concentration (total where the model binds, when `total`) at each time.
std::vector<Band> band(const Course& course, const Draws& draws, std::span<const double> times_h,
                       std::span<const Dose> doses, bool total);

// Predictions of every draw: rows are draws, columns times. `areas`: mg h/L since the first event.
Eigen::MatrixXd concentrations(const Course& course, const Eigen::MatrixXd& eta,
                               std::span<const double> times_h, std::span<const Dose> doses,
                               bool total, Eigen::MatrixXd* areas = nullptr);

}  // namespace nidus::pharmacology
