// SPDX-License-Identifier: Apache-2.0
//
// Screening: of many people those with a suspicion that nobody has named. Whom, in which order and
// with which reasons is said by the guideline's Screening.
// Thread rule: one person at a time a thread. Errors: kBadUnit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/plan.h"

namespace nidus::pathway {

enum class ScreenStanding { kPassed, kFlagged, kUndecided };
const char* word(ScreenStanding standing);  // "passed", "flagged", "undecided"

struct Screened {
  ScreenStanding standing = ScreenStanding::kPassed;
  std::size_t tier = 0;  // index into Screening::tiers; flagged only
  int score = 0;
  std::string patient;               // "Patient/p1"; empty when the record holds none
  std::vector<ShownFact> because;    // known, and not "no"
  std::vector<const Fact*> missing;  // unknown, and each alone could decide; undecided only
  std::vector<std::string> errors;   // definitions that failed
};

// Only what screening needs is evaluated; reasons only for who is not passed over.
// REQUIRES: guideline.screening.
base::Result<Screened> screen(const Guideline& guideline, const fhir::Record& record,
                              const base::DateTime& as_of);

}  // namespace nidus::pathway
