// SPDX-License-Identifier: Apache-2.0
//
// One advice taken apart: its condition down through the definitions to the facts and resources.
// Thread rule: pure.
#pragma once

#include <string>

#include "pathway/plan.h"

namespace nidus::pathway {

// A tree of "name: value (Library.cql:line)", indented and wrapped to `width` columns, each
// definition once; of a long value that is no fact the beginning. REQUIRES: the plan's guideline
// holds `recommendation`.
std::string write_reasoning(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options, const Recommendation& recommendation,
                            int width);

// Every definition's value as one JSON object in a normal form two engines can be compared by:
// null, booleans, numbers as strings, dates as ISO text, codes as {code, system}, quantities as
// {value, unit}, resources as "Type/id". A definition that fails is {"error": "..."}.
std::string write_values(const Guideline& guideline, const fhir::Record& record,
                         const base::DateTime& as_of);

}  // namespace nidus::pathway
