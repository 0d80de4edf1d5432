// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pharmacology/assess.h"
#include "pharmacology/readings.h"

namespace nidus::pharmacology {

namespace {

constexpr double kRounding = 1e-9;  // of a quotient of two decimals

}  // namespace

std::vector<double> inputs_at(const Person& person, double at_h) {
  std::vector<double> out;
  for (const auto& readings : person.inputs) {
    double value = std::numeric_limits<double>::quiet_NaN();
    for (const Reading& one : readings) {
      if (!std::isfinite(one.value)) continue;
      // The first value also stands for the time before it.
      if (one.at_h <= at_h || !std::isfinite(value)) value = one.value;
    }
    out.push_back(value);
  }
  return out;
}

std::vector<double> plausible_inputs_at(const Library& library, const Person& person, double at_h) {
  std::vector<double> out = inputs_at(person, at_h);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Input& input = library.inputs[i];
    if ((input.low && out[i] < *input.low) || (input.high && out[i] > *input.high)) {
      out[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  return out;
}

std::string missing_inputs(const Library& library, const Formula& formula,
                           std::span<const double> values) {
  std::string out;
  for (std::size_t i = 0; i < library.inputs.size(); ++i) {
    if (!formula.uses(i) || std::isfinite(values[i])) continue;
    out += (out.empty() ? "" : ", ") + library.inputs[i].label;
  }
  return out;
}

RangeAnswer in_range(const StudiedRange& range, std::span<const double> values) {
  const double value = range.value.evaluate<double>(values);
  if (!std::isfinite(value)) return {RangeAnswer::kUnknown, value};
  const bool outside = (range.low && value < *range.low) || (range.high && value > *range.high);
  return {outside ? RangeAnswer::kOutside : RangeAnswer::kInside, value};
}

KidneyReport kidney_report(const Library& library, const Person& person) {
  KidneyReport out;
  const std::vector<double> values = plausible_inputs_at(library, person, person.now_h);
  for (const KidneyMeasure& measure : library.kidney) {
    const bool other_age =
        std::any_of(measure.when.begin(), measure.when.end(), [&](const StudiedRange& range) {
          const auto kind = in_range(range, values).kind;
          // A formula with a highest age is a child's: without an age nobody is taken for a child.
          return kind == RangeAnswer::kOutside || (kind == RangeAnswer::kUnknown && range.high);
        });
    if (other_age) continue;
    KidneyLine line;
    line.measure = &measure;
    const double value = measure.value.evaluate<double>(values);
    if (std::isfinite(value)) {
      line.value = value;
    } else {
      line.missing = missing_inputs(library, measure.value, values);
    }
    out.lines.push_back(std::move(line));
  }
  const auto creatinine = library.input("SCR");
  for (const char* id : {"SCR", "WT", "HT"}) {
    const auto input = library.input(id);
    if (!input || person.inputs[*input].empty()) continue;
    const std::string& resource = person.inputs[*input].back().resource;
    if (!resource.empty()) out.resources.push_back(resource);
  }
  if (!creatinine) return out;
  const Rail& rail = library.rail("unstable-creatinine");
  std::vector<Reading> series;
  for (const Reading& one : person.inputs[*creatinine]) {
    if (std::isfinite(one.value) && one.at_h <= person.now_h) series.push_back(one);
  }
  if (series.empty()) return out;
  const Reading& last = series.back();
  out.creatinine = last;
  for (const Reading& before : series) {
    const double hours = last.at_h - before.at_h;
    const double rise = last.value - before.value;
    // 1.4 - 1.1 is a little less than 0.3 to a processor, and 26.5 umol/L is too.
    const bool quick = hours > 0 && hours <= rail.limit("rise_hours") &&
                       std::abs(rise) >= rail.limit("rise_mg_per_dl") - rail.limit("rise_rounding");
    const double ratio = std::max(last.value / before.value, before.value / last.value);
    const bool large =
        hours > 0 && hours <= rail.limit("ratio_hours") && ratio >= rail.limit("ratio") - kRounding;
    if (!quick && !large) continue;
    out.unstable = true;
    out.unstable_text = fmt::format("creatinine went from {:.3g} to {:.3g} mg/dL in {:.0f} h",
                                    before.value, last.value, hours);
    break;
  }
  return out;
}

}  // namespace nidus::pharmacology
