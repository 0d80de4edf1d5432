// SPDX-License-Identifier: Apache-2.0
//
// What is known about a person at a time, for the formulas; inside this room only.
// Thread rule: functions of their arguments.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pharmacology/assess.h"

namespace nidus::pharmacology {

// Labels of the inputs a formula looks at that are not known: "weight, height".
std::string missing_inputs(const Library& library, const Formula& formula,
                           std::span<const double> values);

struct RangeAnswer {
  enum Kind { kInside, kOutside, kUnknown };
  Kind kind = kInside;
  double value = 0;
};
RangeAnswer in_range(const StudiedRange& range, std::span<const double> values);

// The same level recorded twice counts once; what was taken out is said.
std::vector<Finding> take_out_repeats(const Library& library, DrugRecord& record);
// Guard rails that need no model: doses, levels and kidney function as recorded.
std::vector<Finding> check_record(const Library& library, const Drug& drug, const Person& person,
                                  const DrugRecord& record, const KidneyReport& kidney);
// Those that need the fitted model; may refuse.
void check_fit(const Library& library, const FittedModel& fit, Assessment& out);

}  // namespace nidus::pharmacology
