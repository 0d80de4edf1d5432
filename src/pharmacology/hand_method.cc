// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/hand_method.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace nidus::pharmacology {

std::variant<HandResult, std::string> hand_method(const HandInput& in, const Rail& limits) {
  if (!(in.infusion_h > 0)) return "it needs an infusion";
  // After a first dose the two levels say all; what stays open is the trough and the area of an
  // interval that nobody has chosen yet.
  const bool open = !(in.interval_h > 0);
  if (open && !in.first_dose) return "it needs the time of the next dose";
  if (!open && !(in.interval_h > in.infusion_h)) {
    return "the next dose began before the infusion was over";
  }
  if (!open && in.second_at_h > in.interval_h) return "a dose lies between the two levels";
  if (in.first_at_h < in.infusion_h + limits.limit("after_infusion_hours")) {
    return "the first level is taken during the infusion or too soon after it";
  }
  if (in.second_at_h - in.first_at_h < limits.limit("minimum_hours")) {
    return "the two levels are too close together";
  }
  if (!(in.second_mg_per_l < in.first_mg_per_l)) return "the second level is not below the first";
  if (std::abs(in.creatinine_change) > limits.limit("creatinine_change")) {
    return "kidney function changed between the levels";
  }
  HandResult out;
  out.ke = std::log(in.first_mg_per_l / in.second_mg_per_l) / (in.second_at_h - in.first_at_h);
  out.half_life = std::numbers::ln2 / out.ke;
  out.peak = in.first_mg_per_l * std::exp(out.ke * (in.first_at_h - in.infusion_h));
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  out.trough = open ? nothing : out.peak * std::exp(-out.ke * (in.interval_h - in.infusion_h));
  const double before = in.first_dose ? 0 : out.trough;  // at steady state it began as it ends
  const double decay = std::exp(-out.ke * in.infusion_h);
  out.volume = in.dose_mg / in.infusion_h * (1 - decay) / (out.ke * (out.peak - before * decay));
  out.clearance = out.ke * out.volume;
  const double area = in.infusion_h * (out.peak + before) / 2 + (out.peak - out.trough) / out.ke;
  out.auc24 = open ? nothing : area * 24 / in.interval_h;
  if (in.second_at_h - in.first_at_h < out.half_life) {
    out.flags.push_back("the levels are less than one half-life apart");
  }
  if (out.ke > limits.limit("ke_high") || out.half_life > limits.limit("half_life_high")) {
    out.flags.push_back("the half-life is implausible");
  }
  return out;
}

HandProjection project(const HandResult& person, double dose_mg, double infusion_h,
                       double interval_h) {
  HandProjection out;
  out.peak = dose_mg / infusion_h * -std::expm1(-person.ke * infusion_h) /
             (person.clearance * -std::expm1(-person.ke * interval_h));
  out.trough = out.peak * std::exp(-person.ke * (interval_h - infusion_h));
  out.auc24 = dose_mg * 24 / interval_h / person.clearance;
  return out;
}

}  // namespace nidus::pharmacology
