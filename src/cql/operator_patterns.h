// SPDX-License-Identifier: Apache-2.0
//
// Operators with regular expressions, in the dialect that CQL recommends: PCRE. Patterns, texts and
// the steps of a match are bounded; beyond the bound the answer is an error, so that no pattern can
// overflow the stack or run away. Internal to the operators; a thread keeps the patterns it
// compiled.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

inline constexpr std::size_t kLongestPattern = 256;
inline constexpr std::uint32_t kMostMatchSteps = 20'000'000;

Value run_matches(Call& call, const NodeOptions& options, Arguments arguments);
Value run_replace_matches(Call& call, const NodeOptions& options, Arguments arguments);
Value run_split_on_matches(Call& call, const NodeOptions& options, Arguments arguments);

}  // namespace nidus::cql::ops
