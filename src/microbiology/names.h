// SPDX-License-Identifier: Apache-2.0
//
// What a laboratory writes -> organism, agent, marker, S I R, MIC or zone. All words are the
// guideline's. What is not known is nullopt and never guessed: a caller lists it.
// Thread rule: pure functions of an immutable library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "microbiology/interpret.h"
#include "microbiology/library.h"

namespace nidus::microbiology {

struct NamedOrganism {
  OrganismId organism = 0;
  // Markers the name itself reports ("MRSA").
  std::vector<std::pair<std::size_t, Sign>> markers;
  bool genus_only = false;  // the species is not told apart here
};

// "heavy growth of MRSA", "S. aureus in 2/2 bottles", "Staphylococcus aureus subsp. aureus".
std::optional<NamedOrganism> organism_in(const Library& library, std::string_view text);

// "Cefoxitin 30 ug disk", "Vancomycin [Susceptibility]", "VANCOMYCIN (MIC)".
std::optional<AgentId> agent_in(const Library& library, std::string_view text);

std::optional<std::size_t> marker_in(const Library& library, std::string_view text);

// "positive", "not detected", "+".
Sign sign_in(const Library& library, std::string_view text);

// "Resistant", "S". `system`, `code` may be empty.
std::optional<Category> category_in(const Library& library, std::string_view text);
std::optional<Category> category_coded(const Library& library, std::string_view system,
                                       std::string_view code);
bool is_no_growth(const Library& library, std::string_view text);

// "<=0.5", "> 2 mg/L", "8/4 ug/mL", "0,5", "22 mm": comparator, first number, unit (may be empty).
struct WrittenValue {
  Comparator comparator = Comparator::kExact;
  double value = 0;
  std::string unit;
  bool pair = false;  // "8/4": of an agent and its partner
};
std::optional<WrittenValue> value_in(std::string_view text);

// True when one of `words` stands in `text` as a word.
bool has_word(std::string_view text, const std::vector<std::string>& words);

}  // namespace nidus::microbiology
