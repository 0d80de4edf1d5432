// SPDX-License-Identifier: Apache-2.0
//
// A number for some bytes, the same on every machine and in every run; others may share it. Not for
// secrets. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace nidus::base {

// XXH3. Another seed gives another number.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace nidus::base
