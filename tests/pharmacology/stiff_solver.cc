// SPDX-License-Identifier: Apache-2.0
// Compiled as C++17: this Boost's uBLAS uses allocator members that C++20 took away.
#include "pharmacology/stiff_solver.h"

#include <boost/numeric/odeint.hpp>
#include <utility>

namespace nidus::pharmacology {

void solve_stiff(const std::vector<double>& a, const std::vector<double>& b, double h,
                 std::vector<double>& x) {
  namespace odeint = boost::numeric::odeint;
  namespace ublas = boost::numeric::ublas;
  using Vector = ublas::vector<double>;
  using Matrix = ublas::matrix<double>;
  const std::size_t n = x.size();
  Matrix matrix(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) matrix(i, j) = a[i * n + j];
  }
  Vector state(n);
  for (std::size_t i = 0; i < n; ++i) state[i] = x[i];
  const auto system = [&](const Vector& y, Vector& slope, double) {
    slope = ublas::prod(matrix, y);
    for (std::size_t i = 0; i < n; ++i) slope[i] += b[i];
  };
  const auto jacobian = [&](const Vector&, Matrix& j, const double&, Vector& by_time) {
    j = matrix;
    by_time = ublas::zero_vector<double>(n);
  };
  odeint::integrate_adaptive(odeint::make_controlled(1e-10, 1e-10, odeint::rosenbrock4<double>()),
                             std::make_pair(system, jacobian), state, 0.0, h, h / 100);
  for (std::size_t i = 0; i < n; ++i) x[i] = state[i];
}

}  // namespace nidus::pharmacology
