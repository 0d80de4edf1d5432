// SPDX-License-Identifier: Apache-2.0
//
// From texts to positions in a list, several for one text if need be; looked up for every reference
// of a record. It keeps no texts: who asks says what stands at a position. Internal to fhir/.
// Thread rule: immutable once filled; any number of readers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace nidus::fhir {

class TextIndex {
 public:
  // Forgets all and makes room for `count` texts.
  void clear(std::size_t count) { slots_.assign(std::bit_ceil(2 * count + 1), Slot{}); }

  // REQUIRES: no more calls than the count given to clear().
  void add(std::string_view text, std::uint32_t position) {
    const std::uint32_t hash = hash_of(text);
    std::size_t slot = hash & mask();
    while (slots_[slot].place != 0) slot = (slot + 1) & mask();
    slots_[slot] = {hash, position + 1};
  }

  // The positions at which `text` may stand, in the order in which they were added, until
  // `accept(position)`, which compares, says that one is meant; else `none`.
  template <class Accept>
  std::uint32_t find(std::string_view text, const Accept& accept) const {
    if (slots_.empty()) return none;
    const std::uint32_t hash = hash_of(text);
    for (std::size_t slot = hash & mask(); slots_[slot].place != 0; slot = (slot + 1) & mask()) {
      const std::uint32_t position = slots_[slot].place - 1;
      if (slots_[slot].hash == hash && accept(position)) return position;
    }
    return none;
  }

  static constexpr std::uint32_t none = UINT32_MAX;

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t place = 0;  // the position and one more; 0: free
  };
  static std::uint32_t hash_of(std::string_view text) {
    const std::uint64_t hash = base::hash_of(text);
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }
  std::size_t mask() const { return slots_.size() - 1; }

  std::vector<Slot> slots_;
};

}  // namespace nidus::fhir
