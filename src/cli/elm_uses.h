// SPDX-License-Identifier: Apache-2.0
//
// Which value sets the definitions that are asked for can reach: libraries declare many more.
// Thread rule: all functions are pure.
#pragma once

#include <simdjson.h>

#include <map>
#include <string>
#include <vector>

#include "base/json_read.h"

namespace nidus::cli {

struct ValueSetUse {
  std::string name;        // as the library that refers to it calls it
  std::string definition;  // "Library.Name" of the first statement that refers to it
};

// By url. `elm` holds whole libraries (ELM JSON); `wanted` are statements as "Library.Name" or, of
// `library`, as "Name", each with all overloads of that name; none of them means all of `library`.
std::map<std::string, ValueSetUse> value_sets_used(const std::vector<std::string>& elm,
                                                   const std::string& library,
                                                   const std::vector<std::string>& wanted);

// Each entry of a section ("valueSets") of an ELM library.
template <class Visit>
void each_def(simdjson::dom::element library, const char* section, const Visit& visit) {
  simdjson::dom::element holder;
  if (library[section].get(holder) == simdjson::SUCCESS) base::for_each(holder, "def", visit);
}

}  // namespace nidus::cli
