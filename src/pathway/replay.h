// SPDX-License-Identifier: Apache-2.0
//
// A record walked in time: at each new fact, what would have been advised, beside what was done.
// Thread rule: pure. Errors: those of make_plan.
#pragma once

#include <string>
#include <vector>

#include "pathway/plan.h"

namespace nidus::pathway {

// Something a person did, as the record holds it.
struct Act {
  std::string verb;  // "given", "ordered", "taken", "done", "ended" ...
  Source source;
};

struct Advice {
  const Recommendation* recommendation = nullptr;
  std::string what;      // its `do` when it appeared
  std::string due_at;    // instant, when there is one
  base::DateTime since;  // when it appeared
};

struct ReplayStep {
  base::DateTime at;              // when the facts became known
  std::string state;              // where the person was
  std::vector<Source> facts;      // what became known
  std::vector<Act> acts;          // what was done
  std::vector<Advice> appeared;   // advised now, not before
  std::vector<Advice> withdrawn;  // advised before, not now
  std::size_t standing = 0;       // advised before and still
};

struct Replay {
  base::DateTime as_of;
  std::vector<ReplayStep> steps;  // in time
  std::vector<Source> undated;    // known from the start
  std::vector<Advice> open;       // still advised at the last step, by group and time
};

// Facts after options.as_of are left out.
base::Result<Replay> replay(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options);

std::string write_replay_text(const Replay& replay, int width, bool colour = false);
std::string write_replay_json(const Replay& replay);  // docs/schemas/replay.schema.json

}  // namespace nidus::pathway
