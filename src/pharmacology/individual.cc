// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/individual.h"

namespace nidus::pharmacology {

Curve curve(const Course& course, const Eigen::VectorXd& eta, std::span<const double> times_h,
            std::span<const Dose> doses) {
  const std::vector<double> effects(eta.data(), eta.data() + eta.size());
  std::vector<Constants<double>> constants(course.segments());
  std::vector<std::vector<double>> parameters(course.segments());
  for (std::size_t s = 0; s < constants.size(); ++s) {
    constants[s] = course.constants<double>(s, effects, parameters[s]);
  }
  Curve out;
  out.kinetic.resize(times_h.size());
  out.area.resize(times_h.size());
  Workspace<double> scratch;
  State<double> state = empty_state<double>();
  run<double>(course.model(), course.timeline(times_h, doses), constants, state, out.kinetic,
              out.area, scratch);
  for (std::size_t i = 0; i < times_h.size(); ++i) {
    const auto segment = static_cast<std::size_t>(course.segment_at(times_h[i]));
    out.total.push_back(course.total(out.kinetic[i], parameters[segment]));
  }
  return out;
}

double area(const Course& course, const Eigen::VectorXd& eta, double from_h, double to_h,
            std::span<const Dose> doses) {
  const double times[] = {from_h, to_h};
  const Curve both = curve(course, eta, times, doses);
  return both.area[1] - both.area[0];
}

std::vector<double> parameters_at(const Course& course, const Eigen::VectorXd& eta, double time_h) {
  const std::vector<double> effects(eta.data(), eta.data() + eta.size());
  std::vector<double> values;
  course.parameters<double>(static_cast<std::size_t>(course.segment_at(time_h)), effects, values);
  return {values.begin() + static_cast<std::ptrdiff_t>(course.model().covariates.size()),
          values.end()};
}

double clearance_at(const Course& course, const Eigen::VectorXd& eta, double time_h) {
  const int index = course.model().role[static_cast<std::size_t>(Role::kCl)];
  return parameters_at(course, eta, time_h)[static_cast<std::size_t>(index)];
}

}  // namespace nidus::pharmacology
