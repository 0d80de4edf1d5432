// SPDX-License-Identifier: Apache-2.0
//
// Two levels in the elimination phase of one dosing interval, reckoned by hand (Sawchuk-Zaske,
// ABX-910): a check beside the model's estimate that needs no model.
// Thread rule: a function of its arguments. Units: h, mg, mg/L, L, L/h.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "pharmacology/library.h"

namespace nidus::pharmacology {

struct HandInput {
  double dose_mg = 0;
  double infusion_h = 0;
  double interval_h = 0;    // to the next dose; 0: none is known, then it is a first dose
  bool first_dose = false;  // nothing was on board
  double first_at_h = 0;    // from the start of the infusion
  double first_mg_per_l = 0;
  double second_at_h = 0;
  double second_mg_per_l = 0;
  double creatinine_change = 0;  // between the levels, as a fraction
};

struct HandResult {
  double ke = 0;         // 1/h
  double half_life = 0;  // h
  double peak = 0;       // at the end of the infusion
  double trough = 0;     // at the end of the interval; no number without one
  double volume = 0;
  double clearance = 0;
  double auc24 = 0;  // of this interval, times 24 / interval, by trapezoids
  std::vector<std::string> flags;
};

// The result, or why it is refused.
std::variant<HandResult, std::string> hand_method(const HandInput& input, const Rail& limits);

struct HandProjection {
  double peak = 0;
  double trough = 0;
  double auc24 = 0;
};
HandProjection project(const HandResult& person, double dose_mg, double infusion_h,
                       double interval_h);

}  // namespace nidus::pharmacology
