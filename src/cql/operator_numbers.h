// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic shared by the operator files (aggregates and intervals calculate too), and the
// operators about written precision. Internal to the operators; no state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

// Null when an operand is null, on overflow and on division by zero.
Value add(Call& call, const Value& a, const Value& b);
Value subtract(Call& call, const Value& a, const Value& b);
Value multiply(Call& call, const Value& a, const Value& b);
Value divide(Call& call, const Value& a, const Value& b);
Value negate(Call& call, const Value& value);

Value run_precision(Call& call, const NodeOptions& options, Arguments arguments);
Value run_low_boundary(Call& call, const NodeOptions& options, Arguments arguments);
Value run_high_boundary(Call& call, const NodeOptions& options, Arguments arguments);

}  // namespace nidus::cql::ops
