// SPDX-License-Identifier: Apache-2.0
//
// JSON bytes -> Node trees, in one pass. On the way resources are held against the R4 model: an
// object of which the checker would have nothing to say is marked sound, and need not be looked at
// again. All else is left to the checker, which has the words. Internal to fhir/.
// Thread rule: one thread an arena. Errors: kNotUtf8, kNotJson, kTooDeep, kTooLarge, kNotFhir (not
// an object), with line and column in `path`.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "fhir/record.h"

namespace nidus::fhir {

struct JsonDocument {
  const Node* root = nullptr;  // an object
  std::size_t offset = 0;      // where it starts in the text
};

// What must stand behind a text that is read where it lies.
inline constexpr std::size_t kZerosBehind = 64;

// The JSON objects of `text`: one, or several that each start on a line of their own (NDJSON).
// Nodes and their texts live in the arena. `source` names the input in messages.
base::Result<std::vector<JsonDocument>> read_json(std::string_view text, base::Arena& arena,
                                                  const Limits& limits, std::string_view source);
// Of a text that lives as long as the arena. REQUIRES: kZerosBehind bytes of 0 behind it.
base::Result<std::vector<JsonDocument>> read_json_in_place(std::string_view text,
                                                           base::Arena& arena, const Limits& limits,
                                                           std::string_view source);

}  // namespace nidus::fhir
