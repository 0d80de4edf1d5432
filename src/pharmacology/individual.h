// SPDX-License-Identifier: Apache-2.0
//
// What one person's parameters mean: concentrations, areas, exposure at steady state.
// Thread rule: functions of their arguments. Units: h, mg, mg/L, mg h/L.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "pharmacology/course.h"

namespace nidus::pharmacology {

struct Curve {
  std::vector<double> kinetic;  // mg/L: unbound for a binding model
  std::vector<double> total;    // mg/L
  std::vector<double> area;     // mg h/L from the first event or time, of `kinetic`
};

// At these times, with these doses.
Curve curve(const Course& course, const Eigen::VectorXd& eta, std::span<const double> times_h,
            std::span<const Dose> doses);
inline Curve curve(const Course& course, const Eigen::VectorXd& eta,
                   std::span<const double> times_h) {
  return curve(course, eta, times_h, course.history().doses);
}

// Area of `kinetic` between two times.
double area(const Course& course, const Eigen::VectorXd& eta, double from_h, double to_h,
            std::span<const Dose> doses);

// Individual parameters at a time, in the order of Model::parameters.
std::vector<double> parameters_at(const Course& course, const Eigen::VectorXd& eta, double time_h);

// L/h at a time; AUC24 at steady state of linear kinetics is daily dose (times F) / clearance.
double clearance_at(const Course& course, const Eigen::VectorXd& eta, double time_h);

}  // namespace nidus::pharmacology
