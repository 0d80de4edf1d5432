// SPDX-License-Identifier: Apache-2.0
//
// Concentration over time as a picture: SVG for the page, characters for a terminal. Both are to be
// read in black and white. Internal to the room. Thread rule: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "pathway/dosing.h"

namespace nidus::pathway {

// REQUIRES: at least two points of the curve. With a text for those who do not see it.
std::string chart_svg(const DoseReport& report, const pharmacology::Assessment& drug);
// The whole course in small, when it is longer than the chart; else empty.
std::string course_svg(const DoseReport& report, const pharmacology::Assessment& drug);
std::vector<std::string> chart_lines(const DoseReport& report, const pharmacology::Assessment& drug,
                                     std::size_t width);

}  // namespace nidus::pathway
