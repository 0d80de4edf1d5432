// SPDX-License-Identifier: Apache-2.0
//
// What of a record the guideline is asked about. A text beyond what patterns are sought in would
// fail every definition that looks through texts; its resource is left out, and named.
// Internal to the room. Thread rule: a function of its arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fhir/record.h"

namespace nidus::pathway {

struct Readable {
  std::optional<fhir::Record> record;  // none: the whole record is
  std::vector<std::string> left_out;   // "DiagnosticReport/d1: a text of 12000 bytes ..."
};

Readable readable_part(const fhir::Record& record);

}  // namespace nidus::pathway
