// SPDX-License-Identifier: Apache-2.0
//
// Which of the resources that came in are facts: a resource that stands twice is read once, an
// older version, a deleted one and one entered in error are not read. Each has its issue.
// Internal to fhir/. Errors: kTwoPatients, when one Patient stands with different contents.
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "fhir/issue_list.h"
#include "fhir/record.h"

namespace nidus::fhir {

struct Candidate {
  Resource resource;
  bool left_out = false;
  const Candidate* same_as = nullptr;  // of a copy that is left out: what is read in its place
};

struct Deletion {
  std::string_view url;      // "Observation/5"
  std::string_view deleted;  // when, may be empty
};

// Appends what is to be read to `resources`, each followed by what it contains. The order of
// `candidates` decides nothing but the order of the result. `keep_retracted`: see Limits. What has
// to be named apart (links.h) is written anew in `arena`.
base::Result<void> choose_versions(std::vector<Candidate>& candidates,
                                   const std::vector<Deletion>& deletions, bool keep_retracted,
                                   base::Arena& arena, IssueList& issues,
                                   std::vector<Resource>& resources);

// Whether two resources say the same, whatever the order of members; `meta` and `text` apart.
bool same_content(const Node& one, const Node& other);

bool entered_in_error(const Node& resource);

}  // namespace nidus::fhir
