// SPDX-License-Identifier: Apache-2.0
#include "fhir/names.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <utility>

namespace nidus::fhir {

namespace {

constexpr std::uint8_t kList = 1, kChoice = 2;             // ElementRow::flags
constexpr std::uint8_t kIsResource = 1, kIsPrimitive = 2;  // TypeRow::flags

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

constexpr std::size_t kWord = sizeof(std::uint64_t);

// The first `count` bytes as a number, the first of them lowest; at most eight.
constexpr std::uint64_t word_of(std::string_view bytes) {
  const std::size_t count = bytes.size();
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      out |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return out;
  }
  std::uint64_t out = 0;
  if (count == kWord) {
    std::memcpy(&out, bytes.begin(), kWord);
  } else if (count >= 4) {  // two halves that overlap
    std::uint32_t low = 0, high = 0;
    std::memcpy(&low, bytes.begin(), 4);
    std::memcpy(&high, bytes.end() - 4, 4);
    out = low | static_cast<std::uint64_t>(high) << (8 * (count - 4));
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      out |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
  }
  return out;
}

// The first eight bytes, the last eight and the length: a name is hashed and compared in a few
// steps, as it is done for every member of every resource.
struct Ends {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  constexpr explicit Ends(std::string_view text)
      : first(word_of(text.substr(0, kWord))),
        last(text.size() <= kWord ? 0 : word_of(text.substr(text.size() - kWord))) {}
  constexpr std::uint32_t hash(std::size_t size) const {
    std::uint64_t hash = size + first * 0x9e3779b97f4a7c15u;
    hash ^= last * 0xc2b2ae3d27d4eb4fu;
    hash *= 0xff51afd7ed558ccdu;
    return static_cast<std::uint32_t>(hash >> 32);
  }
};

// The texts have the same ends and the same size; what lies between is looked at when there is any.
bool same_middle(std::string_view a, std::string_view b) {
  return a.size() <= 2 * kWord ||
         std::memcmp(a.data() + kWord, b.data() + kWord, a.size() - 2 * kWord) == 0;
}

// Open addressing, made by the compiler: names are looked up for every member of every resource.
template <std::size_t kSlots>
struct TextTable {
  std::array<std::uint16_t, kSlots> slots{};

  template <class TextAt>
  constexpr TextTable(std::size_t count, TextAt text_at) {
    for (std::size_t id = 1; id < count; ++id) {
      const std::string_view text = text_at(id);
      std::size_t slot = Ends(text).hash(text.size()) & (kSlots - 1);
      while (slots[slot] != 0) slot = (slot + 1) & (kSlots - 1);
      slots[slot] = static_cast<std::uint16_t>(id);
    }
  }
  template <class TextAt>
  std::uint16_t find(std::string_view text, TextAt text_at) const {
    const Ends ends(text);
    std::size_t slot = ends.hash(text.size()) & (kSlots - 1);
    for (; slots[slot] != 0; slot = (slot + 1) & (kSlots - 1)) {
      const std::string_view at = text_at(slots[slot]);
      if (at.size() != text.size()) continue;
      const Ends other(at);
      if (other.first == ends.first && other.last == ends.last && same_middle(at, text)) {
        return slots[slot];
      }
    }
    return 0;
  }
};

constexpr std::string_view name_at(std::size_t id) { return kNames[id]; }
constexpr std::string_view type_at(std::size_t id) { return kTypes[id].name; }

constexpr TextTable<8192> kNameTable(kNameCount, name_at);
constexpr TextTable<4096> kTypeTable(kTypeCount, type_at);

constexpr std::uint16_t end_of(const ElementRow& row) { return (&row + 1)->first_spelling; }

constexpr JsonForm form_named(std::string_view type) {
  constexpr std::pair<std::string_view, JsonForm> kForms[] = {
      {"boolean", JsonForm::kBoolean},
      {"integer", JsonForm::kInteger},
      {"positiveInt", JsonForm::kPositiveInt},
      {"unsignedInt", JsonForm::kUnsignedInt},
      {"decimal", JsonForm::kDecimal},
      {"date", JsonForm::kDate},
      {"dateTime", JsonForm::kDateTime},
      {"instant", JsonForm::kInstant},
      {"time", JsonForm::kTime},
  };
  for (const auto& [name, form] : kForms) {
    if (name == type) return form;
  }
  return JsonForm::kText;
}

constexpr auto kForms = [] {
  std::array<JsonForm, kTypeCount> out{};
  for (std::size_t type = 1; type < kTypeCount; ++type) {
    if ((kTypes[type].flags & kIsPrimitive) != 0) out[type] = form_named(kTypes[type].name);
  }
  return out;
}();

// The JSON members of every type, those of its base types with them, by type and name.
struct MemberRow {
  TypeId of = kNoType;  // kNoType: a free slot
  NameId name = kNoName;
  Member member;
};

struct MemberTable {
  static constexpr int kBits = 14;
  static constexpr std::size_t kSlots = std::size_t{1} << kBits;
  std::array<MemberRow, kSlots> slots{};

  static constexpr std::size_t slot_of(TypeId type, NameId name) {
    return ((static_cast<std::uint32_t>(type) << 16 | name) * 0x9e3779b1u) >> (32 - kBits);
  }
  constexpr MemberTable() {
    for (std::size_t type = 1; type < kTypeCount; ++type) {
      // From the type up: the first of two of one name is the one that holds.
      std::uint8_t ordinal = 1;
      for (std::size_t from = type; from != kNoType; from = kTypes[from].base) {
        for (std::size_t i = kTypes[from].first_element; i < kTypes[from + 1].first_element; ++i) {
          add_element(static_cast<TypeId>(type), static_cast<std::uint16_t>(i), ordinal);
        }
      }
    }
  }
  constexpr void add_element(TypeId type, std::uint16_t element, std::uint8_t& ordinal) {
    const ElementRow& row = kElements[element];
    for (std::size_t s = row.first_spelling; s < end_of(row); ++s) {
      add({type, kSpellings[s].json_name,
           Member{kSpellings[s].type, (row.flags & kList) != 0, (row.flags & kChoice) != 0, false,
                  kForms[kSpellings[s].type], ordinal++, element}});
    }
  }
  constexpr void add(const MemberRow& row) {
    std::size_t slot = slot_of(row.of, row.name);
    while (slots[slot].of != kNoType) {
      if (slots[slot].of == row.of && slots[slot].name == row.name) return;
      slot = (slot + 1) % kSlots;
    }
    slots[slot] = row;
  }
  Member find(TypeId type, NameId name) const {
    std::size_t slot = slot_of(type, name);
    for (; slots[slot].of != kNoType; slot = (slot + 1) % kSlots) {
      if (slots[slot].of == type && slots[slot].name == name) return slots[slot].member;
    }
    return {};
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
  return type < kTypeCount && (kTypes[type].flags & kIsResource) != 0;
}

bool is_concrete_resource(TypeId type) {
  static const TypeId resource = type_id("Resource"), domain_resource = type_id("DomainResource");
  return is_resource_type(type) && type != resource && type != domain_resource;
}

bool is_primitive(TypeId type) {
  return type < kTypeCount && (kTypes[type].flags & kIsPrimitive) != 0;
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
  return kMembers.find(type, json_name & static_cast<NameId>(~kSibling));
}

JsonForm json_form(TypeId type) { return type < kTypeCount ? kForms[type] : JsonForm::kObject; }

TypeId member_type(TypeId type, NameId json_name) { return member_of(type, json_name).type; }
bool member_is_list(TypeId type, NameId json_name) { return member_of(type, json_name).list; }

std::string_view primary_code_path(TypeId type) {
  return type < kTypeCount ? kTypes[type].primary_code_path : std::string_view();
}

}  // namespace nidus::fhir
