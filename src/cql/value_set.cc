// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "base/hash.h"
#include "cql/node.h"

namespace nidus::cql {
namespace {

std::uint64_t hash(std::string_view system, std::string_view code) {
  return base::hash_of(code, base::hash_of(system));
}

std::span<const std::uint32_t> table_of(base::Arena& arena, std::span<const Code> codes,
                                        bool with_system) {
  if (codes.empty()) return {};
  const std::size_t size = std::bit_ceil(codes.size() * 2);
  const std::span<std::uint32_t> table = arena.make_array<std::uint32_t>(size);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint64_t key =
        with_system ? hash(codes[i].system, codes[i].code) : base::hash_of(codes[i].code);
    std::size_t at = key & (size - 1);
    while (table[at] != 0) at = (at + 1) & (size - 1);
    table[at] = static_cast<std::uint32_t>(i + 1);
  }
  return table;
}

template <class Matches>
bool probe(std::span<const std::uint32_t> table, std::uint64_t key, const Matches& matches) {
  if (table.empty()) return false;
  for (std::size_t at = key & (table.size() - 1); table[at] != 0;
       at = (at + 1) & (table.size() - 1)) {
    if (matches(table[at] - 1)) return true;
  }
  return false;
}

}  // namespace

SoughtCode sought(std::string_view system, std::string_view code, bool any_system) {
  return {system, code, any_system ? base::hash_of(code) : hash(system, code), any_system};
}

bool holds(const ValueSet& set, const SoughtCode& wanted) {
  const auto table = wanted.any_system ? set.by_code : set.by_system_and_code;
  return probe(table, wanted.hash, [&](std::size_t i) {
    const Code& code = set.codes[i];
    return code.code == wanted.code && (wanted.any_system || code.system == wanted.system);
  });
}

void CodeIndexBuilder::add(std::uint32_t resource, std::string_view system, std::string_view code,
                           bool any_system) {
  Met& met = met_[(reinterpret_cast<std::uintptr_t>(code.data()) >> 3U) % met_.size()];
  const auto one = [](std::string_view a, std::string_view b) {
    return a.data() == b.data() && a.size() == b.size();
  };
  if (!one(met.code, code) || !one(met.system, system) || met.any_system != any_system) {
    met = {system, code, any_system, position_of(sought(system, code, any_system))};
  }
  entries_.push_back({resource, met.position});
}

std::uint32_t CodeIndexBuilder::position_of(const SoughtCode& code) {
  if (2 * codes_.size() >= slots_.size()) grow();
  const auto known = codes_.items();
  std::size_t at = code.hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const SoughtCode& other = known[slots_[at] - 1];
    if (other.code == code.code && other.system == code.system &&
        other.any_system == code.any_system) {
      return slots_[at] - 1;
    }
  }
  codes_.push_back(code);
  slots_[at] = static_cast<std::uint32_t>(codes_.size());
  return slots_[at] - 1;
}

void CodeIndexBuilder::grow() {
  constexpr std::size_t kFirstSize = 64;
  slots_.assign(std::max(kFirstSize, 4 * slots_.size()), 0);
  std::uint32_t place = 0;
  for (const SoughtCode& code : codes_.items()) {
    std::size_t at = code.hash & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = ++place;
  }
}

bool ValueSet::contains(std::string_view system, std::string_view code) const {
  return holds(*this, sought(system, code, false));
}

bool ValueSet::contains_code(std::string_view code) const {
  return holds(*this, sought({}, code, true));
}

ValueSet make_value_set(base::Arena& arena, std::string_view url, std::string_view name,
                        std::span<const Code> codes) {
  ValueSet out;
  out.url = url;
  out.name = name;
  out.codes = codes;
  out.by_system_and_code = table_of(arena, codes, true);
  out.by_code = table_of(arena, codes, false);
  return out;
}

}  // namespace nidus::cql
