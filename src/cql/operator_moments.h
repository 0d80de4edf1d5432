// SPDX-License-Identifier: Apache-2.0
//
// Calendar arithmetic shared by the date, interval and clinical operators. Internal; no state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

// Whole periods from `a` to `b` (DurationBetween) or boundaries crossed (DifferenceBetween); an
// uncertainty where a partial date leaves a choice. `unit` kDay with `weeks` counts weeks.
Value duration_between(Call& call, const Value& a, const Value& b, base::Precision unit,
                       bool weeks);
Value difference_between(Call& call, const Value& a, const Value& b, base::Precision unit,
                         bool weeks);

Value to_date(const Value& moment);                   // Date or DateTime to Date
Value to_date_time(Call& call, const Value& moment);  // Date or DateTime to DateTime

}  // namespace nidus::cql::ops
