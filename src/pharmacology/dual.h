// SPDX-License-Identifier: Apache-2.0
//
// Numbers the kinetics are computed in: double, Dual<N> (a value with N exact first derivatives,
// forward mode) and Batch (eight posterior draws at once). The same code runs on all three.
// Thread rule: plain values.
#pragma once

#include <Eigen/Core>
#include <cmath>

namespace nidus::pharmacology {

template <int N>
struct Dual {
  static constexpr int kSize = N;
  double v = 0;
  Eigen::Array<double, N, 1> d = Eigen::Array<double, N, 1>::Zero();

  Dual() = default;
  Dual(double value) : v(value) {}  // NOLINT(google-explicit-constructor): a constant is a Dual
  Dual(double value, const Eigen::Array<double, N, 1>& derivative) : v(value), d(derivative) {}

  Dual& operator+=(const Dual& o) {
    v += o.v;
    d += o.d;
    return *this;
  }
  Dual& operator-=(const Dual& o) {
    v -= o.v;
    d -= o.d;
    return *this;
  }
  Dual& operator*=(const Dual& o) {
    d = d * o.v + o.d * v;
    v *= o.v;
    return *this;
  }

  friend Dual operator-(const Dual& a) { return {-a.v, -a.d}; }
  friend Dual operator+(Dual a, const Dual& b) { return a += b; }
  friend Dual operator-(Dual a, const Dual& b) { return a -= b; }
  friend Dual operator*(Dual a, const Dual& b) { return a *= b; }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const double inverse = 1 / b.v;
    const double quotient = a.v * inverse;
    return {quotient, (a.d - b.d * quotient) * inverse};
  }
  friend Dual operator+(Dual a, double b) {
    a.v += b;
    return a;
  }
  friend Dual operator*(const Dual& a, double b) { return {a.v * b, a.d * b}; }
  friend Dual operator*(double b, const Dual& a) { return a * b; }
  friend Dual operator/(const Dual& a, double b) { return a * (1 / b); }
};

template <int N>
Dual<N> exp(const Dual<N>& a) {
  const double e = std::exp(a.v);
  return {e, a.d * e};
}
template <int N>
Dual<N> log(const Dual<N>& a) {
  return {std::log(a.v), a.d / a.v};
}
template <int N>
Dual<N> sqrt(const Dual<N>& a) {
  const double root = std::sqrt(a.v);
  return {root, a.d * (0.5 / root)};
}
template <int N>
Dual<N> pow(const Dual<N>& a, const Dual<N>& b) {
  const double power = std::pow(a.v, b.v);
  const double by_base = a.v == 0 ? 0 : b.v * power / a.v;
  const double by_exponent = a.v > 0 ? power * std::log(a.v) : 0;
  return {power, a.d * by_base + b.d * by_exponent};
}

using Batch = Eigen::Array<double, 8, 1>;

inline double value_of(double a) { return a; }
template <int N>
double value_of(const Dual<N>& a) {
  return a.v;
}

// (1 - exp(-x)) / x and its neighbours, exact for small x.
inline double decay_mean(double x) { return std::abs(x) < 1e-8 ? 1 - x / 2 : -std::expm1(-x) / x; }
// (1 - (1 + x) exp(-x)) / x^2
inline double decay_moment(double x) {
  if (std::abs(x) < 0.02) {  // series: the closed form cancels
    return 0.5 - x * (1.0 / 3 - x * (1.0 / 8 - x * (1.0 / 30 - x * (1.0 / 144 - x / 840))));
  }
  return (1 - (1 + x) * std::exp(-x)) / (x * x);
}
// (2 - (2 + 2x + x^2) exp(-x)) / x^3: minus the derivative of decay_moment.
inline double decay_second(double x) {
  if (std::abs(x) < 0.05) {
    return 1.0 / 3 - x * (1.0 / 4 - x * (1.0 / 10 - x * (1.0 / 36 - x * (1.0 / 168 - x / 960))));
  }
  return (2 - (2 + 2 * x + x * x) * std::exp(-x)) / (x * x * x);
}

template <int N>
Dual<N> decay_mean(const Dual<N>& x) {
  return {decay_mean(x.v), x.d * -decay_moment(x.v)};
}
template <int N>
Dual<N> decay_moment(const Dual<N>& x) {
  return {decay_moment(x.v), x.d * -decay_second(x.v)};
}
inline Batch decay_mean(const Batch& x) {
  return x.unaryExpr([](double one) { return decay_mean(one); });
}
inline Batch decay_moment(const Batch& x) {
  return x.unaryExpr([](double one) { return decay_moment(one); });
}

}  // namespace nidus::pharmacology
