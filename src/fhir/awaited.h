// SPDX-License-Identifier: Apache-2.0
//
// An examination that was done, or a culture that was drawn, before its result was there.
// Thread rule: pure functions.
#pragma once

#include "base/arena.h"
#include "fhir/record.h"

namespace nidus::fhir {

// Observations and DiagnosticReports have a result that comes later than what it is of.
bool has_result(const Resource& resource);
// The resource of before its result: what was examined, when and of what, with status "registered".
// REQUIRES: has_result(resource). Lives in `arena` and in the resource.
const Node* without_result(const Resource& resource, base::Arena& arena);

}  // namespace nidus::fhir
