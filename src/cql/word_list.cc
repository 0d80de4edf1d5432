// SPDX-License-Identifier: Apache-2.0
#include "cql/word_list.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <new>

namespace nidus::cql {

namespace {

// Open addressing over the items. Words of another tag are not looked at.
struct Slot {
  std::uint16_t tag = 0;
  std::uint16_t item = 0;  // 1 + position, 0 where it is free
};
constexpr std::size_t kFewest = 8;  // to look at fewer is as quick
constexpr std::size_t kMost = 1U << 14U;

std::size_t slots_for(std::size_t items) { return std::bit_ceil(2 * items); }

template <class Word>
std::uint64_t load(const char* at) {
  Word out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

// Words are short, and a call for each would cost more than this.
std::uint64_t hash_of(std::string_view word) {
  constexpr std::size_t kWide = sizeof(std::uint64_t), kHalf = sizeof(std::uint32_t);
  const char* at = word.data();
  std::size_t left = word.size();
  std::uint64_t hash = left;
  const auto mix = [&hash](std::uint64_t bits) {
    hash = (hash ^ bits) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32U;
  };
  for (; left > 2 * kWide; left -= kWide, at += kWide) mix(load<std::uint64_t>(at));
  if (left >= kWide) {
    mix(load<std::uint64_t>(at));
    mix(load<std::uint64_t>(at + left - kWide));
  } else if (left >= kHalf) {
    mix(load<std::uint32_t>(at) << 32U | load<std::uint32_t>(at + left - kHalf));
  } else if (left > 0) {
    mix(load<std::uint8_t>(at) << 16U | load<std::uint8_t>(at + left / 2) << 8U |
        load<std::uint8_t>(at + left - 1));
  }
  return hash;
}

std::uint16_t tag_of(std::uint64_t hash) { return static_cast<std::uint16_t>(hash >> 48U); }

}  // namespace

Value constant_list(base::Arena& arena, std::span<const Value> items) {
  const bool indexed = items.size() >= kFewest && items.size() <= kMost &&
                       std::all_of(items.begin(), items.end(),
                                   [](const Value& item) { return item.is(Kind::kString); });
  const std::size_t slots = indexed ? slots_for(items.size()) : 0;
  auto* memory = static_cast<std::byte*>(
      arena.allocate(items.size() * sizeof(Value) + slots * sizeof(Slot), alignof(Value)));
  auto* kept = new (memory) Value[items.size()];
  std::copy(items.begin(), items.end(), kept);
  const std::span<const Value> list(kept, items.size());
  if (!indexed) return Value::list(list);
  auto* index = new (memory + items.size() * sizeof(Value)) Slot[slots]();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto hash = hash_of(list[i].as_string());
    std::size_t at = hash & (slots - 1);
    while (index[at].item != 0) at = (at + 1) & (slots - 1);
    index[at] = {tag_of(hash), static_cast<std::uint16_t>(i + 1)};
  }
  return Value::indexed_list(list);
}

bool indexed_list_holds(const Value& list, std::string_view word) {
  assert(list.is_indexed());
  const auto items = list.as_list();
  const auto* index = reinterpret_cast<const Slot*>(items.data() + items.size());
  const std::size_t mask = slots_for(items.size()) - 1;
  const auto hash = hash_of(word);
  for (std::size_t at = hash & mask; index[at].item != 0; at = (at + 1) & mask) {
    if (index[at].tag == tag_of(hash) && items[index[at].item - 1U].as_string() == word)
      return true;
  }
  return false;
}

}  // namespace nidus::cql
