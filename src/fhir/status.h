// SPDX-License-Identifier: Apache-2.0
//
// The elements that decide whether and how a resource counts: status, intent, clinical and
// verification status, and sex. R4 fixes their codes; senders write "Entered in error" or
// "canceled". A code that is only spelled otherwise is read as R4 spells it, any other is kept;
// both are told. Internal to fhir/. Thread rule: one thread at a time. It decides nothing clinical.
#pragma once

#include "base/arena.h"
#include "fhir/issue_list.h"
#include "fhir/record.h"

namespace nidus::fhir {

class StatusReader {
 public:
  StatusReader(base::Arena& arena, IssueList& issues) : arena_(arena), issues_(issues) {}

  // The node of the resource, or, where a code was spelled otherwise, a copy with R4's in `arena`.
  // What it contains is read the same way.
  const Node* read(Resource resource);

 private:
  const Node* with_contained(const Resource& holder, const Node& contained);

  base::Arena& arena_;
  IssueList& issues_;
};

}  // namespace nidus::fhir
