// SPDX-License-Identifier: Apache-2.0
//
// What a hospital says of itself (`--local FILE`, docs/local.md): resistance among its isolates and
// what its pharmacy holds. It becomes Observations that stand beside the person's own; what they
// mean, also which names and figures can be used, is the guideline's.
// Thread rule: plain values. Errors: kNotJson, and kBadValue with the place of what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pathway/guideline.h"

namespace nidus::pathway {

struct Local {
  std::string name;       // "Saint Example Hospital"
  std::string version;    // the hospital's own
  std::string published;  // a FHIR date
  // JSON objects, undated: known at every moment. The id is that of the row: local-resistance-3.
  std::vector<std::string> observations;

  // "Saint Example Hospital, version 2026-1 (2026-01-20)"
  std::string title() const;
};

// `json`: the bytes of a file of docs/schemas/local.schema.json. `source` names it in messages,
// `codes` mark the Observations for the guideline.
base::Result<Local> read_local(std::string_view json, std::string_view source,
                               const LocalCodes& codes);

}  // namespace nidus::pathway
