// SPDX-License-Identifier: Apache-2.0
//
// Operators with regular expressions. Patterns and texts are bounded; beyond the bound the answer
// is an error, so that no pattern can overflow the stack or run away. Internal to the operators; no
// state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

inline constexpr std::size_t kLongestPattern = 256;
inline constexpr std::size_t kLongestMatchedText = 4096;

Value run_matches(Call& call, const NodeOptions& options, Arguments arguments);
Value run_replace_matches(Call& call, const NodeOptions& options, Arguments arguments);
Value run_split_on_matches(Call& call, const NodeOptions& options, Arguments arguments);

}  // namespace nidus::cql::ops
