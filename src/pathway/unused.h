// SPDX-License-Identifier: Apache-2.0
//
// What the record holds and the guideline does not use. Internal to the room.
#pragma once

#include <string>

#include "pathway/advise.h"

namespace nidus::pathway {

// Adds to plan.unused the resources whose names and codes no value set knows, and how many there
// are of types that are not read; to plan.unreadable those whose answer is not a known word.
void list_unused(Plan& plan, const fhir::Record& record, Adviser& adviser);

// `said` stands in the line behind the reference: what the resource is, or the reason itself.
LeftOut left_out(const fhir::Resource& resource, const std::string& said, std::string reason);

}  // namespace nidus::pathway
