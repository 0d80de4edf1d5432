// SPDX-License-Identifier: Apache-2.0
//
// The two ends of an interval as ranges of what they may be: a closed end without a value is the
// end of the type, an open end without a value is unknown but never beyond the other end.
// A single value is an interval that starts and ends at itself, so that one rule serves points and
// intervals alike. Internal to the operators; no state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

// A value, or beyond all values of the type (-1 below, +1 above) where the type's own end is not
// known.
struct Edge {
  Value value;
  int infinity = 0;
};

// Everything from `low` to `high` is possible; `known` when there is only one possibility.
struct Bound {
  Edge low;
  Edge high;
  bool known = true;
};

struct Bounds {
  Bound start;
  Bound end;
};

// REQUIRES: value is not null. Intervals, uncertainties and single points.
Bounds bounds_of(Call& call, const Value& value);
// A point, or the range of an uncertainty. REQUIRES: value is not null.
Bound range_of(const Value& value);
// The end as a value: null when unknown.
Value value_of(const Bound& bound);

std::optional<int> compare_edges(Call& call, const Edge& a, const Edge& b,
                                 const NodeOptions& options);
Truth less(Call& call, const Bound& a, const Bound& b, const NodeOptions& options);
Truth less_or_equal(Call& call, const Bound& a, const Bound& b, const NodeOptions& options);
Truth less_or_equal(Call& call, const Value& a, const Value& b, const NodeOptions& options);
Truth equal(Call& call, const Bound& a, const Bound& b, const NodeOptions& options);
// The bound moved by one step of its type (`meets`); unknown beyond the end of the type.
std::optional<Bound> stepped(Call& call, const Bound& bound, int direction);

}  // namespace nidus::cql::ops
