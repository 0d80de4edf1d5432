// SPDX-License-Identifier: Apache-2.0
//
// Different values in the order they came, for lists as sets. Values that are the same have the
// same rough hash; only those are compared, so that a thousand resources do not cost a million deep
// comparisons. Internal to the operators. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "cql/operators.h"

namespace nidus::cql::ops {

class ValueBag {
 public:
  explicit ValueBag(Call& call) : call_(call) {}

  bool contains(const Value& value) const;
  void add(const Value& value);  // unless it is there already
  std::span<const Value> items() const { return items_; }

 private:
  // Below this size looking at all of them is faster than hashing.
  static constexpr std::size_t kFew = 16;

  Call& call_;
  std::vector<Value> items_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> places_;  // empty while there are few
};

// Equal for values that are the same; often different for others.
std::uint64_t rough_hash(const Value& value);

}  // namespace nidus::cql::ops
