// SPDX-License-Identifier: Apache-2.0
//
// dx/dt = A x + b by a stiff solver (Rosenbrock, Boost.Odeint): what the closed forms are held
// against.
#pragma once

#include <vector>

namespace nidus::pharmacology {

// Moves `x` on by `h`. `a` is row by row.
void solve_stiff(const std::vector<double>& a, const std::vector<double>& b, double h,
                 std::vector<double>& x);

}  // namespace nidus::pharmacology
