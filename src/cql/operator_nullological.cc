// SPDX-License-Identifier: Apache-2.0
//
// Questions about null, and the first value of one list that is not null.
#include "cql/operator_support.h"

namespace nidus::cql {

using ops::Arguments;

namespace {

Value run_is_null(Call&, const NodeOptions&, Arguments a) { return Value::boolean(a[0].is_null()); }
Value run_is_true(Call&, const NodeOptions&, Arguments a) { return Value::boolean(a[0].is_true()); }
Value run_is_false(Call&, const NodeOptions&, Arguments a) {
  return Value::boolean(a[0].is_false());
}

Value run_coalesce(Call&, const NodeOptions&, Arguments a) {
  const auto candidates = a.size() == 1 && a[0].is(Kind::kList) ? a[0].as_list() : a;
  for (const auto& candidate : candidates) {
    if (!candidate.is_null()) return candidate;
  }
  return {};
}

constexpr int kAnyCount = 1 << 16;

constexpr OperatorEntry kNullologicalOperators[] = {
    {"IsNull", 1, 1, run_is_null},
    {"IsTrue", 1, 1, run_is_true},
    {"IsFalse", 1, 1, run_is_false},
    {"Coalesce", 1, kAnyCount, run_coalesce},
};

}  // namespace

std::span<const OperatorEntry> nullological_operators() { return kNullologicalOperators; }

}  // namespace nidus::cql
