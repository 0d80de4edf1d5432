// SPDX-License-Identifier: Apache-2.0
//
// Intervals as sets: union, intersection, difference, and lists of intervals collapsed or expanded.
// Internal to the operators; no state.
#pragma once

#include "cql/operator_bounds.h"

namespace nidus::cql::ops {

Truth overlaps(Call& call, const Bounds& a, const Bounds& b, const NodeOptions& options);
// `b` starts one step after `a` ends.
Truth meets_before(Call& call, const Bounds& a, const Bounds& b, const NodeOptions& options);

// REQUIRES: neither is null. Null where the result is not one interval, or not known.
Value interval_union(Call& call, const Value& a, const Value& b);
Value interval_intersect(Call& call, const Value& a, const Value& b);
Value interval_except(Call& call, const Value& a, const Value& b);

Value collapse(Call& call, Arguments intervals, const Value& per);
Value run_collapse(Call& call, const NodeOptions& options, Arguments arguments);
Value run_expand(Call& call, const NodeOptions& options, Arguments arguments);

}  // namespace nidus::cql::ops
