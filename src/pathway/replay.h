// SPDX-License-Identifier: Apache-2.0
//
// A record walked in time: at each new fact, what would have been advised, beside what was done.
// Thread rule: pure. Errors: those of make_plan.
#pragma once

#include <string>
#include <vector>

#include "pathway/plan.h"

namespace nidus::pathway {

struct ReplayStep {
  base::DateTime at;                             // when the facts became known
  std::vector<Source> facts;                     // what became known
  std::string state;                             // where the person was
  std::vector<const Recommendation*> appeared;   // advised now, not before
  std::vector<std::string> appeared_what;        // their `do`, same order
  std::vector<const Recommendation*> withdrawn;  // advised before, not now
};

struct Replay {
  std::vector<ReplayStep> steps;  // in time
  std::vector<Source> undated;    // known from the start
};

// Facts after options.as_of are left out.
base::Result<Replay> replay(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options);

std::string write_replay_text(const Replay& replay, int width);
std::string write_replay_json(const Replay& replay);

}  // namespace nidus::pathway
