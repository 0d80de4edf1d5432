// SPDX-License-Identifier: Apache-2.0
//
// Children and Descendents: the parts a value is made of. Internal to the operators; no state.
#pragma once

#include "cql/operator_support.h"

namespace nidus::cql::ops {

Value run_children(Call& call, const NodeOptions& options, Arguments arguments);
Value run_descendents(Call& call, const NodeOptions& options, Arguments arguments);

}  // namespace nidus::cql::ops
