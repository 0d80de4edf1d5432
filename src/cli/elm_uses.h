// SPDX-License-Identifier: Apache-2.0
//
// Which value sets the definitions that are asked for can reach: libraries declare many more.
// Thread rule: all functions are pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace nidus::cli {

struct ValueSetUse {
  std::string name;        // as the library that refers to it calls it
  std::string definition;  // "Library.Name" of the first statement that refers to it
};

// By url. `elm` holds whole libraries (ELM JSON); `wanted` are statements as "Library.Name", each
// with all overloads of that name.
std::map<std::string, ValueSetUse> value_sets_used(const std::vector<std::string>& elm,
                                                   const std::vector<std::string>& wanted);

// All statements of `library` as "Library.Name".
std::vector<std::string> statements_of(const std::vector<std::string>& elm,
                                       const std::string& library);

}  // namespace nidus::cli
