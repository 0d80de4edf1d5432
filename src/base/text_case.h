// SPDX-License-Identifier: Apache-2.0
//
// Letters without their case, for every script: the simple mappings of Unicode as the C library
// has them in C.UTF-8, whatever the locale of the environment. Bytes that are not UTF-8 stay as
// they are. Thread rule: all functions are pure.
#pragma once

#include <string>
#include <string_view>

namespace nidus::base {

std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);  // the sharp s, which has no capital, becomes SS

}  // namespace nidus::base
