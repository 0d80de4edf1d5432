// SPDX-License-Identifier: Apache-2.0
//
// List forms of the operators that lists share with intervals; the interval file dispatches to
// them. Internal to the operators; no state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

bool list_contains(Call& call, const Value& list, const Value& element);
Truth list_properly_contains(Call& call, Arguments list, const Value& element);
bool list_includes(Call& call, Arguments list, Arguments part);
bool list_properly_includes(Call& call, Arguments list, Arguments part);
Value list_distinct(Call& call, Arguments list);
Value list_union(Call& call, const Value& a, const Value& b);
Value list_intersect(Call& call, Arguments a, Arguments b);
Value list_except(Call& call, Arguments a, Arguments b);

}  // namespace nidus::cql::ops
