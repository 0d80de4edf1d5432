// SPDX-License-Identifier: Apache-2.0
//
// Screening: of many people those with a suspicion that nobody has named. Whom, in which order and
// with which reasons is said by `screening` of guideline.json.
// Thread rule: Screening is immutable after load; one person at a time a thread. Errors: load:
// kBadGuideline; screen: kBadUnit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/plan.h"

namespace nidus::pathway {

struct ScreeningTier {
  std::string id;
  std::string title;
  cql::DefinitionId when = 0;
  std::vector<std::string> evidence;
};

class Screening {
 public:
  // `json`: the bytes `guideline` was loaded from. REQUIRES: `guideline` outlives this.
  static base::Result<Screening> load(std::string_view json, const Guideline& guideline);

  const Guideline* guideline = nullptr;
  cql::DefinitionId flag = 0;              // true: shown, null: undecided
  std::optional<cql::DefinitionId> score;  // Integer: more comes first inside a tier
  std::vector<std::string> notes;          // for whoever reads a result
  std::vector<const Fact*> facts;          // shown as reasons, or as missing
  std::vector<ScreeningTier> tiers;        // most urgent first
};

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
base::Result<Screened> screen(const Screening& screening, const fhir::Record& record,
                              const base::DateTime& as_of);

}  // namespace nidus::pathway
