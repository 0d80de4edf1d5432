// SPDX-License-Identifier: Apache-2.0
//
// Results of function calls within one evaluation. A function that looks at no definition of the
// patient gives the same for the same operands, and guidelines ask the same of a resource (when?
// named what?) from many places. Strings are compared by what they say, other operands by identity:
// what is equal but not the same is computed again.
// Thread rule: belongs to one evaluation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/arena.h"
#include "cql/value.h"

namespace nidus::cql {

// Alike in every respect, so that nothing computed from one can differ from what is computed from
// the other. May answer false for such values, never true for others.
bool alike(const Value& a, const Value& b);

class CallMemo {
 public:
  static constexpr std::size_t kMostOperands = 3;

  // `function` tells functions apart. REQUIRES: at most kMostOperands operands.
  struct Call {
    Call(const void* function, std::span<const Value> operands);
    const void* function;
    std::span<const Value> operands;
    std::uint64_t hash;
  };
  const Value* find(const Call& call) const;
  // What is kept lies in `arena`.
  void keep(const Call& call, const Value& result, base::Arena& arena);

 private:
  struct Entry {
    const void* function = nullptr;
    std::size_t count = 0;
    std::array<Value, kMostOperands> operands;
    Value result;
  };
  struct Place {
    std::uint64_t hash = 0;
    Entry* entry = nullptr;
  };
  std::size_t place_of(const Call& call) const;
  void grow();

  std::vector<Place> places_;  // open addressing; a power of two
  std::size_t used_ = 0;
};

}  // namespace nidus::cql
