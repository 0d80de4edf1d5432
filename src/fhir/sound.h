// SPDX-License-Identifier: Apache-2.0
//
// What door 2 has nothing to say about: the reader marks it on the way, and the checker looks at
// the rest. Internal to fhir/. Thread rule: pure functions; one thread a Units.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "fhir/names.h"
#include "fhir/record.h"

namespace nidus::fhir {

// What reader and checker both look for by name.
inline const NameId kResourceTypeName = name_id("resourceType");
inline const NameId kModifierName = name_id("modifierExtension");
inline const NameId kResourceName = name_id("resource");
inline const NameId kReferenceName = name_id("reference");
inline const TypeId kBundleEntry = type_id("Bundle.Entry");
inline const TypeId kQuantity = type_id("Quantity");
inline const TypeId kPeriod = type_id("Period");
inline const TypeId kResource = type_id("Resource");
inline const TypeId kDomainResource = type_id("DomainResource");

// Whether texts are UCUM units. The same few come again and again, so each is looked at once; what
// is remembered is bounded.
class Units {
 public:
  bool contains(std::string_view text);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return base::hash_of(text); }
  };
  std::unordered_map<std::string, bool, Hash, std::equal_to<>> known_;
};

// A unit as laboratories print it that UCUM does not know, or knows as something else (K is
// kelvin): a sender who writes it as a code of UCUM means what is printed.
bool is_usual_spelling(std::string_view unit);

// A primitive of this form: nothing to refuse and nothing to remark.
bool is_sound(const Node& node, JsonForm form);
// Of R4's Quantity. One that is not understood may turn a value into its opposite.
bool is_comparator(std::string_view text);
// Beside its elements, which are judged one by one: unit and comparator; start before end.
bool is_sound_quantity(const Node& node, Units& units);
bool is_sound_period(const Node& node);

}  // namespace nidus::fhir
