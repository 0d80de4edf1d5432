// SPDX-License-Identifier: Apache-2.0
#include "fhir/names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <vector>

namespace nidus::fhir {

namespace {

struct ElementRow {
  std::string_view name;
  bool list;
  bool choice;
  std::uint16_t first_spelling;
  std::uint16_t spellings;
};
struct TypeRow {
  std::string_view name;
  TypeId base;
  bool resource;
  bool primitive;
  std::string_view primary_code_path;
  std::uint16_t first_element;
  std::uint16_t elements;
};

#include "model_r4.inc"

// "_birthDate" is the id of "birthDate" with this bit.
constexpr NameId kSibling = 0x8000;
constexpr std::size_t kNameCount = std::size(kNames);
constexpr std::size_t kTypeCount = std::size(kTypes);
static_assert(kNameCount < kSibling);

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

// Open addressing over a constant list of texts; built once, then only read.
template <std::size_t kSlots>
class TextTable {
 public:
  template <class TextAt>
  TextTable(std::size_t count, TextAt text_at) {
    for (std::size_t id = 1; id < count; ++id) {
      std::size_t slot = hash_of(text_at(id)) & (kSlots - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (kSlots - 1);
      slots_[slot] = static_cast<std::uint16_t>(id);
    }
  }
  template <class TextAt>
  std::uint16_t find(std::string_view text, TextAt text_at) const {
    std::size_t slot = hash_of(text) & (kSlots - 1);
    while (slots_[slot] != 0) {
      if (text_at(slots_[slot]) == text) return slots_[slot];
      slot = (slot + 1) & (kSlots - 1);
    }
    return 0;
  }

 private:
  std::array<std::uint16_t, kSlots> slots_{};
};

std::string_view name_at(std::size_t id) { return kNames[id]; }
std::string_view type_at(std::size_t id) { return kTypes[id].name; }

const ElementRow* row_of(TypeId type, std::string_view name) {
  for (; type != kNoType; type = kTypes[type].base) {
    const TypeRow& row = kTypes[type];
    for (std::size_t i = 0; i < row.elements; ++i) {
      const ElementRow& element = kElements[row.first_element + i];
      if (element.name == name) return &element;
    }
  }
  return nullptr;
}

// What a JSON member of a type is.
struct Member {
  TypeId type = kNoType;
  bool list = false;
};

Member member_of(TypeId type, NameId json_name) {
  json_name &= static_cast<NameId>(~kSibling);
  for (; type != kNoType; type = kTypes[type].base) {
    const TypeRow& row = kTypes[type];
    for (std::size_t i = 0; i < row.elements; ++i) {
      const ElementRow& element = kElements[row.first_element + i];
      for (std::size_t s = 0; s < element.spellings; ++s) {
        const Spelling& spelling = kSpellings[element.first_spelling + s];
        if (spelling.json_name == json_name) return {spelling.type, element.list};
      }
    }
  }
  return {};
}

}  // namespace

NameId name_id(std::string_view name) {
  static const TextTable<8192> table(kNameCount, name_at);
  if (!name.empty() && name.front() == '_') {
    const NameId id = table.find(name.substr(1), name_at);
    return id == kNoName ? kNoName : static_cast<NameId>(id | kSibling);
  }
  return table.find(name, name_at);
}

std::string_view name_text(NameId id) {
  const std::size_t index = id & static_cast<NameId>(~kSibling);
  return index < kNameCount ? kNames[index] : std::string_view();
}

bool is_sibling_name(NameId id) { return (id & kSibling) != 0; }

NameId sibling_name(NameId id) { return static_cast<NameId>(id | kSibling); }

TypeId type_id(std::string_view type) {
  static const TextTable<4096> table(kTypeCount, type_at);
  return table.find(type, type_at);
}

std::string_view type_text(TypeId id) {
  return id < kTypeCount ? kTypes[id].name : std::string_view();
}

bool is_resource_type(TypeId type) { return type < kTypeCount && kTypes[type].resource; }
bool is_primitive(TypeId type) { return type < kTypeCount && kTypes[type].primitive; }

bool is_subtype(TypeId type, TypeId of) {
  for (; type != kNoType; type = kTypes[type].base) {
    if (type == of) return true;
  }
  return false;
}

std::optional<ElementModel> element_of(TypeId type, std::string_view name) {
  const ElementRow* row = row_of(type, name);
  if (row == nullptr) return std::nullopt;
  return ElementModel{
      row->name, row->list, row->choice, {kSpellings + row->first_spelling, row->spellings}};
}

TypeId member_type(TypeId type, NameId json_name) { return member_of(type, json_name).type; }
bool member_is_list(TypeId type, NameId json_name) { return member_of(type, json_name).list; }

std::string_view primary_code_path(TypeId type) {
  return type < kTypeCount ? kTypes[type].primary_code_path : std::string_view();
}

}  // namespace nidus::fhir
