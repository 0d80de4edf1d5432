// SPDX-License-Identifier: Apache-2.0
//
// A dose report in words, row by row: what text and page share. Internal to the room.
// Thread rule: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "pathway/dosing.h"

namespace nidus::pathway {

enum class Tone { kPlain, kFaint, kWarn, kRefuse };

struct DoseWords {
  std::string name;  // "level", "target"; empty: belongs to the row before
  std::string text;
  Tone tone = Tone::kPlain;
};

// What a person on dialysis is told beside the kidney's numbers; empty for others.
std::string dialysis_words(const DoseReport& report);

// A row of the dose table; the heading is `table_title`.
std::string table_title(const DoseTableLine& line);
std::vector<DoseWords> table_words(const DoseTableLine& line);
// One that is offered only, in one sentence.
std::string offered_words(const DoseTableLine& line);

// From the present regimen to the hand check, without chart and proposals.
std::vector<DoseWords> drug_words(const DoseReport& report, const pharmacology::Assessment& drug);
// "AUC24 in target 64 %, toxic 18 %"
std::string chances_words(const std::vector<pharmacology::TargetChance>& chances);
// "480.6 (355.9 to 756.6)": median, 5 to 95 %.
std::string band_words(const pharmacology::Band& band);
std::string percent_words(double share);
// "4 Mar 10:30"
std::string short_moment(const DoseReport& report, double hour);

}  // namespace nidus::pathway
