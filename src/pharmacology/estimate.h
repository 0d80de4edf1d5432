// SPDX-License-Identifier: Apache-2.0
//
// The most probable parameters of one person under one model, given the levels (MAP):
//   OFV(eta) = sum_j w_j [ (y_j - f_j)^2 / v_j + ln v_j ] + eta' Omega^-1 eta
// with v_j at the individual prediction; a level below the assay's limit enters by its probability.
// Exact first derivatives; several starts, as posteriors with more than one peak exist; the best is
// sharpened by Newton steps. Without levels it is the prior itself.
// Thread rule: a function of its argument. It cannot fail: what did not converge says so.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "pharmacology/course.h"

namespace nidus::pharmacology {

struct Peak {
  Eigen::VectorXd eta;
  double objective = 0;
  Eigen::MatrixXd covariance;  // of eta, from the Hessian
};

struct Estimate {
  Eigen::VectorXd eta;  // between-person effects, then one block an occasion
  double objective = 0;
  double objective_at_prior = 0;        // at eta = 0
  Eigen::MatrixXd covariance;           // of eta: 2 (Hessian of OFV)^-1
  Eigen::MatrixXd covariance_expected;  // from the expected information
  std::vector<double> predicted;        // individual, at each level, mg/L
  std::vector<double> population;       // at eta = 0
  std::vector<double> residual_sd;      // at the individual prediction
  double misfit = 0;                    // eta' Omega^-1 eta + sum (y - f)^2 / v, about chi-squared
  double gradient = 0;                  // largest component of the gradient of OFV / 2, by z
  bool converged = false;
  std::vector<Peak> other_peaks;      // other minima, nearest first
  double minus_two_log_marginal = 0;  // Laplace: OFV + n ln 2 pi + ln |Omega| + ln |C^-1|
};

Estimate estimate(const Course& course);

// The OFV at a vector of random effects (a large finite number where the model breaks down).
double objective(const Course& course, const Eigen::VectorXd& eta);

}  // namespace nidus::pharmacology
