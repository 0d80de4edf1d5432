// SPDX-License-Identifier: Apache-2.0
//
// Results of function calls within one evaluation. A function that looks at no definition of the
// patient gives the same for the same operands, and guidelines ask the same of a resource (when?
// named what?) from many places. Operands are compared by identity: what is equal but not the same
// is computed again.
// Thread rule: belongs to one evaluation.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "cql/value.h"

namespace nidus::cql {

class CallMemo {
 public:
  static constexpr std::size_t kMostOperands = 3;

  // REQUIRES of both: at most kMostOperands operands. `function` tells functions apart.
  const Value* find(const void* function, std::span<const Value> operands) const;
  void keep(const void* function, std::span<const Value> operands, const Value& result);

 private:
  struct Entry {
    const void* function = nullptr;
    std::size_t count = 0;  // of operands
    std::array<Value, kMostOperands> operands;
    Value result;
  };
  std::size_t place_of(const void* function, std::span<const Value> operands) const;
  void grow();

  std::vector<Entry> entries_;  // open addressing; a power of two
  std::size_t used_ = 0;
};

}  // namespace nidus::cql
