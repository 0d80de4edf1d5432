// SPDX-License-Identifier: Apache-2.0
//
// Practical regimens and what they would do to one person: exposure by draw, at steady state and in
// the coming two days with the drug already on board; probability of target and of toxicity; order.
// Thread rule: functions of their arguments. Units: h, mg, mg/L, mg h/L.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pharmacology/course.h"
#include "pharmacology/library.h"

namespace nidus::pharmacology {

inline constexpr double kLongInfusion = 20;  // h: an infusion this long is a continuous one

struct Regimen {
  double amount_mg = 0;  // each dose; of 24 h when continuous
  double interval_h = 24;
  double duration_h = 0;
  Route route = Route::kIntravenous;
  bool continuous = false;

  double daily_mg() const { return continuous ? amount_mg : amount_mg * 24 / interval_h; }
  friend bool operator==(const Regimen&, const Regimen&) = default;
};
// "1250 mg every 12 h over 2.1 h", "3000 mg/24 h continuously", "600 mg by mouth every 12 h"
std::string words(const Regimen& regimen);
// Its doses from a time on, for as long.
std::vector<Dose> doses_of(const Regimen& regimen, double from_h, double for_h);

// By draw. Kinetic drug: unbound for a binding model.
struct Exposure {
  std::vector<double> auc24;  // at steady state
  std::vector<double> peak;
  std::vector<double> trough;
  std::vector<double> first_day;   // area of the 24 h from now
  std::vector<double> second_day;  // of the 24 h after
};
// Steady state needs linear kinetics with the parameters of `at_h`. REQUIRES: columns of `eta` a
// multiple of 8.
Exposure exposure(const Course& course, const Eigen::MatrixXd& eta, const Regimen& regimen,
                  double at_h);
// Several regimens share the history: `states` is made once.
class Outlook {
 public:
  Outlook(const Course& course, const Eigen::MatrixXd& eta, double now_h);
  Exposure operator()(const Regimen& regimen) const;

 private:
  const Course& course_;
  const Eigen::MatrixXd& eta_;
  double now_h_;
  std::vector<State<Batch>> states_;
  std::vector<Dose> running_;  // what is left of infusions that run now, but of a bag
};

// All practical regimens of a drug that its limits allow.
std::vector<Regimen> practical(const Drug& drug, bool oral_known, bool has_level);

}  // namespace nidus::pharmacology
