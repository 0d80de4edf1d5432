// SPDX-License-Identifier: Apache-2.0
//
// Element values that a thread has read before, by the bytes they were written with. Records repeat
// themselves: the category, the code, the reference range and the performer of one laboratory
// result are those of a hundred others. A JSON object or list is complete in itself, so the same
// bytes at the same element are the same value, judged and built once; later ones share its nodes.
// Kept is what is seen a second time, within bounds, beyond which all
// is forgotten; an element that never repeats is soon left
// alone. An element's last values are compared with the bytes as they stand, older ones by their
// hash. Internal to fhir/.
// Thread rule: one thread. What is handed out is immutable and lives as long as store().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "fhir/names.h"
#include "fhir/record.h"

namespace nidus::fhir {

// The tokens of a text that has not been read to its end: where each starts. REQUIRES: at least one
// is left; behind the last stands the size of the text.
struct Tokens {
  const char* data = nullptr;
  const std::uint32_t* next = nullptr;
  const std::uint32_t* end = nullptr;
};

struct alignas(64) KnownValue {
  std::uint32_t place = 0;  // the element that had it
  std::string_view text;
  Node node;  // without its name
  std::uint32_t tokens = 0;
  int height = 0;  // levels of nesting, its own counted
};

class KnownValues {
 public:
  // A text is about to be read. REQUIRES: nothing was found or added before the first of them.
  void begin();
  // What the member `name` of `type` has had in these bytes before; nullptr for anything else.
  const KnownValue* find(TypeId type, NameId name, const Tokens& tokens);
  // The value that find() did not know was read, from `start` on. REQUIRES: the checker has nothing
  // to say about it; no node in it is looked for by its address, as those of resources are.
  void add(TypeId type, NameId name, const Tokens& start, const std::uint32_t* behind,
           const Node& value);
  // Holds the nodes handed out since begin().
  std::shared_ptr<const base::Arena> store() const { return store_; }

 private:
  // How an element's values have looked, and whether it is worth asking.
  struct Habit {
    std::uint32_t place = 0;
    std::uint16_t misses = 0;
    std::uint16_t rest = 0;                  // not asked so many times more
    std::array<std::uint16_t, 4> lengths{};  // in tokens; 0: none
    std::array<std::uint16_t, 8> recent{};   // 1 + index into values_, the last first; 0: none
  };
  Habit& habit_of(std::uint32_t place);
  const KnownValue* find_recent(Habit& habit, const Tokens& tokens) const;
  const KnownValue* find_hashed(Habit& habit, const Tokens& tokens);
  const KnownValue* look_up(std::uint64_t hash, std::uint32_t place, std::string_view text) const;
  bool full() const;

  static constexpr std::size_t kHabits = 2048;
  static constexpr std::size_t kMostValues = 4096;
  static constexpr std::size_t kSlots = 2 * kMostValues;

  std::array<Habit, kHabits> habits_{};
  std::vector<KnownValue> values_;
  std::vector<std::uint16_t> slots_;      // by hash: 1 + index into values_; open addressing
  std::vector<std::uint32_t> seen_once_;  // by hash: the upper half of the last one
  std::shared_ptr<base::Arena> store_;
  // Of the last look: what add() need not hash again.
  std::uint32_t looked_tokens_ = 0;
  std::uint64_t looked_hash_ = 0;
};

}  // namespace nidus::fhir
