// SPDX-License-Identifier: Apache-2.0
#include "fhir/names.h"

#include <array>
#include <bit>
#include <cstddef>
#include <iterator>

namespace nidus::fhir {

namespace {

constexpr std::uint8_t kList = 1, kChoice = 2;         // ElementRow::flags
constexpr std::uint8_t kResource = 1, kPrimitive = 2;  // TypeRow::flags

struct ElementRow {
  NameId name;
  std::uint8_t flags;
  std::uint16_t first_spelling;  // up to that of the next row
};
struct TypeRow {
  std::string_view name;
  TypeId base;
  std::uint8_t flags;
  std::uint16_t first_element;  // up to that of the next row
  std::string_view primary_code_path;
};

#include "model_r4.inc"

// "_birthDate" is the id of "birthDate" with this bit.
constexpr NameId kSibling = 0x8000;
constexpr std::size_t kNameCount = std::size(kNames);
constexpr std::size_t kTypeCount = std::size(kTypes) - 1;  // the last row only closes the list
static_assert(kNameCount < kSibling);

constexpr std::uint64_t bytes_of(std::string_view few) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < few.size(); ++i) {
    out |= static_cast<std::uint64_t>(static_cast<unsigned char>(few[i])) << (8 * i);
  }
  return out;
}

// From the first eight bytes, the last eight and the length: a name is hashed in a few steps.
constexpr std::uint32_t hash_of(std::string_view text) {
  constexpr std::size_t kWord = 8;
  std::uint64_t hash = text.size();
  if (text.size() <= kWord) {
    hash += bytes_of(text);
  } else {
    hash += bytes_of(text.substr(0, kWord)) * 0x9e3779b97f4a7c15u;
    hash ^= bytes_of(text.substr(text.size() - kWord)) * 0xc2b2ae3d27d4eb4fu;
  }
  hash *= 0xff51afd7ed558ccdu;
  return static_cast<std::uint32_t>(hash >> 32);
}

// Open addressing, made by the compiler: names are looked up for every member of every resource.
template <std::size_t kSlots>
struct TextTable {
  std::array<std::uint16_t, kSlots> slots{};

  template <class TextAt>
  constexpr TextTable(std::size_t count, TextAt text_at) {
    for (std::size_t id = 1; id < count; ++id) {
      std::size_t slot = hash_of(text_at(id)) & (kSlots - 1);
      while (slots[slot] != 0) slot = (slot + 1) & (kSlots - 1);
      slots[slot] = static_cast<std::uint16_t>(id);
    }
  }
  template <class TextAt>
  std::uint16_t find(std::string_view text, TextAt text_at) const {
    std::size_t slot = hash_of(text) & (kSlots - 1);
    while (slots[slot] != 0) {
      if (text_at(slots[slot]) == text) return slots[slot];
      slot = (slot + 1) & (kSlots - 1);
    }
    return 0;
  }
};

constexpr std::string_view name_at(std::size_t id) { return kNames[id]; }
constexpr std::string_view type_at(std::size_t id) { return kTypes[id].name; }

constexpr TextTable<8192> kNameTable(kNameCount, name_at);
constexpr TextTable<4096> kTypeTable(kTypeCount, type_at);

constexpr std::uint16_t end_of(const ElementRow& row) { return (&row + 1)->first_spelling; }

// The JSON members of every type, by type and name.
struct MemberRow {
  TypeId type = kNoType;  // kNoType: a free slot
  NameId name = kNoName;
  std::uint16_t element = 0;
  std::uint16_t spelling = 0;
};

struct MemberTable {
  static constexpr std::size_t kSlots = std::bit_ceil(2 * std::size(kSpellings));
  std::array<MemberRow, kSlots> slots{};

  static constexpr std::size_t slot_of(TypeId type, NameId name) {
    return (type * 2654435761u ^ name * 40503u) % kSlots;
  }
  constexpr MemberTable() {
    for (std::size_t type = 1; type < kTypeCount; ++type) {
      for (std::size_t i = kTypes[type].first_element; i < kTypes[type + 1].first_element; ++i) {
        for (std::size_t s = kElements[i].first_spelling; s < end_of(kElements[i]); ++s) {
          add({static_cast<TypeId>(type), kSpellings[s].json_name, static_cast<std::uint16_t>(i),
               static_cast<std::uint16_t>(s)});
        }
      }
    }
  }
  constexpr void add(const MemberRow& row) {
    std::size_t slot = slot_of(row.type, row.name);
    while (slots[slot].type != kNoType) {
      // The first of two is the one that a search in the model's order finds.
      if (slots[slot].type == row.type && slots[slot].name == row.name) return;
      slot = (slot + 1) % kSlots;
    }
    slots[slot] = row;
  }
  const MemberRow* find(TypeId type, NameId name) const {
    std::size_t slot = slot_of(type, name);
    for (; slots[slot].type != kNoType; slot = (slot + 1) % kSlots) {
      if (slots[slot].type == type && slots[slot].name == name) return &slots[slot];
    }
    return nullptr;
  }
};

constexpr MemberTable kMembers;

ElementModel model_of(const ElementRow& row) {
  return {kNames[row.name],
          (row.flags & kList) != 0,
          (row.flags & kChoice) != 0,
          {kSpellings + row.first_spelling, kSpellings + end_of(row)}};
}

}  // namespace

NameId name_id(std::string_view name) {
  if (!name.empty() && name.front() == '_') {
    const NameId id = kNameTable.find(name.substr(1), name_at);
    return id == kNoName ? kNoName : sibling_name(id);
  }
  return kNameTable.find(name, name_at);
}

std::string_view name_text(NameId id) {
  const std::size_t index = id & static_cast<NameId>(~kSibling);
  return index < kNameCount ? kNames[index] : std::string_view();
}

bool is_sibling_name(NameId id) { return (id & kSibling) != 0; }

NameId sibling_name(NameId id) { return static_cast<NameId>(id | kSibling); }

TypeId type_id(std::string_view type) { return kTypeTable.find(type, type_at); }

std::string_view type_text(TypeId id) {
  return id < kTypeCount ? kTypes[id].name : std::string_view();
}

bool is_resource_type(TypeId type) {
  return type < kTypeCount && (kTypes[type].flags & kResource) != 0;
}

bool is_concrete_resource(TypeId type) {
  static const TypeId resource = type_id("Resource"), domain_resource = type_id("DomainResource");
  return is_resource_type(type) && type != resource && type != domain_resource;
}

bool is_primitive(TypeId type) {
  return type < kTypeCount && (kTypes[type].flags & kPrimitive) != 0;
}

bool is_subtype(TypeId type, TypeId of) {
  for (; type != kNoType && type < kTypeCount; type = kTypes[type].base) {
    if (type == of) return true;
  }
  return false;
}

std::optional<ElementModel> element_of(TypeId type, std::string_view name) {
  const NameId id = kNameTable.find(name, name_at);
  if (id == kNoName) return std::nullopt;
  for (; type != kNoType && type < kTypeCount; type = kTypes[type].base) {
    for (std::size_t i = kTypes[type].first_element; i < kTypes[type + 1].first_element; ++i) {
      if (kElements[i].name == id) return model_of(kElements[i]);
    }
  }
  return std::nullopt;
}

Member member_of(TypeId type, NameId json_name) {
  json_name &= static_cast<NameId>(~kSibling);
  for (; type != kNoType && type < kTypeCount; type = kTypes[type].base) {
    const MemberRow* found = kMembers.find(type, json_name);
    if (found == nullptr) continue;
    const ElementRow& row = kElements[found->element];
    return {kSpellings[found->spelling].type, (row.flags & kList) != 0, (row.flags & kChoice) != 0,
            found->element};
  }
  return {};
}

TypeId member_type(TypeId type, NameId json_name) { return member_of(type, json_name).type; }
bool member_is_list(TypeId type, NameId json_name) { return member_of(type, json_name).list; }

std::string_view primary_code_path(TypeId type) {
  return type < kTypeCount ? kTypes[type].primary_code_path : std::string_view();
}

}  // namespace nidus::fhir
