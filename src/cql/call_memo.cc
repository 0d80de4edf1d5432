// SPDX-License-Identifier: Apache-2.0
#include "cql/call_memo.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nidus::cql {

namespace {

constexpr std::size_t kFirstSize = 256;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t bits) {
  hash = (hash ^ bits) * 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 32U);
}

}  // namespace

// Where the call stands, or the free place where it would.
std::size_t CallMemo::place_of(const void* function, std::span<const Value> operands) const {
  std::uint64_t hash = mixed(0, reinterpret_cast<std::uintptr_t>(function));
  for (const Value& operand : operands) hash = mixed(hash, operand.identity());
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (entry.function == nullptr) return at;
    if (entry.function == function &&
        std::equal(operands.begin(), operands.end(), entry.operands.begin(),
                   [](const Value& a, const Value& b) { return a.is_identical(b); })) {
      return at;
    }
  }
}

const Value* CallMemo::find(const void* function, std::span<const Value> operands) const {
  assert(operands.size() <= kMostOperands);
  if (entries_.empty()) return nullptr;
  const Entry& entry = entries_[place_of(function, operands)];
  return entry.function == nullptr ? nullptr : &entry.result;
}

void CallMemo::keep(const void* function, std::span<const Value> operands, const Value& result) {
  assert(operands.size() <= kMostOperands);
  if (2 * used_ >= entries_.size()) grow();
  Entry& entry = entries_[place_of(function, operands)];
  if (entry.function == nullptr) ++used_;
  entry.function = function;
  entry.count = operands.size();
  std::copy(operands.begin(), operands.end(), entry.operands.begin());
  entry.result = result;
}

void CallMemo::grow() {
  const auto before = std::exchange(entries_, {});
  entries_.resize(std::max(kFirstSize, 2 * before.size()));
  for (const Entry& entry : before) {
    if (entry.function == nullptr) continue;
    entries_[place_of(entry.function, std::span(entry.operands).first(entry.count))] = entry;
  }
}

}  // namespace nidus::cql
