// SPDX-License-Identifier: Apache-2.0
//
// Makes "Type/id" name one resource: two of different servers that share an id are told apart, one
// that only its fullUrl names gets that as its id, and each reference is written so that it names
// what FHIR's rules for references in a Bundle say it means. What it means is no part of the record
// when only the id is the same and the server is another. Internal to fhir/.
#pragma once

#include <vector>

#include "base/arena.h"
#include "fhir/issue_list.h"
#include "fhir/versions.h"

namespace nidus::fhir {

// Rewrites the nodes of `candidates` that are read, in `arena`. The order of `candidates` decides
// nothing. `twice`: whether two of them may have one type and id, or one may be deleted.
void tell_apart(std::vector<Candidate>& candidates, bool twice, base::Arena& arena,
                IssueList& issues);

// Two resources of the same content whose references, each on its own server, lead to resources of
// different content say different things.
bool lead_apart(const Candidate& one, const Candidate& other,
                const std::vector<Candidate>& candidates);

}  // namespace nidus::fhir
