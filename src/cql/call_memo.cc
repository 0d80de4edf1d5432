// SPDX-License-Identifier: Apache-2.0
#include "cql/call_memo.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace nidus::cql {

namespace {

constexpr std::size_t kFirstSize = 1024;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t bits) {
  hash = (hash ^ bits) * 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 32U);
}

// To compare longer strings could take longer than to compute a result again.
constexpr std::size_t kLongestCompared = 256;

bool compared_by_text(const Value& value) {
  return value.is(Kind::kString) && value.as_string().size() <= kLongestCompared;
}

std::uint64_t mixed_text(std::uint64_t hash, std::string_view text) {
  hash = mixed(hash, text.size());
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    hash = mixed(hash, bytes);
  }
  if (text.empty()) return hash;
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return mixed(hash, rest);
}

std::uint64_t hash_of(const void* function, std::span<const Value> operands) {
  std::uint64_t hash = mixed(0, reinterpret_cast<std::uintptr_t>(function));
  for (const Value& operand : operands) {
    hash = compared_by_text(operand) ? mixed_text(hash, operand.as_string())
                                     : mixed(hash, operand.identity());
  }
  return hash;
}

}  // namespace

bool alike(const Value& a, const Value& b) {
  if (compared_by_text(a) && compared_by_text(b)) return a.as_string() == b.as_string();
  return a.is_identical(b);
}

CallMemo::Call::Call(const void* called, std::span<const Value> given)
    : function(called), operands(given), hash(hash_of(called, given)) {
  assert(operands.size() <= kMostOperands);
}

// Where the call stands, or the free place where it would.
std::size_t CallMemo::place_of(const Call& call) const {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = call.hash & mask;; at = (at + 1) & mask) {
    const Place& place = places_[at];
    if (place.entry == nullptr) return at;
    if (place.hash == call.hash && place.entry->function == call.function &&
        place.entry->count == call.operands.size() &&
        std::equal(call.operands.begin(), call.operands.end(), place.entry->operands.begin(),
                   alike)) {
      return at;
    }
  }
}

const Value* CallMemo::find(const Call& call) const {
  if (places_.empty()) return nullptr;
  const Place& place = places_[place_of(call)];
  return place.entry == nullptr ? nullptr : &place.entry->result;
}

void CallMemo::keep(const Call& call, const Value& result, base::Arena& arena) {
  if (2 * used_ >= places_.size()) grow();
  Place& place = places_[place_of(call)];
  if (place.entry != nullptr) return;
  auto* kept = arena.make<Entry>();
  kept->function = call.function;
  kept->count = call.operands.size();
  std::copy(call.operands.begin(), call.operands.end(), kept->operands.begin());
  kept->result = result;
  place = {call.hash, kept};
  ++used_;
}

void CallMemo::grow() {
  const auto before = std::exchange(places_, {});
  places_.resize(std::max(kFirstSize, 4 * before.size()));
  const std::size_t mask = places_.size() - 1;
  for (const Place& place : before) {
    if (place.entry == nullptr) continue;
    std::size_t at = place.hash & mask;
    while (places_[at].entry != nullptr) at = (at + 1) & mask;
    places_[at] = place;
  }
}

}  // namespace nidus::cql
