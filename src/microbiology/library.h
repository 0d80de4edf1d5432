// SPDX-License-Identifier: Apache-2.0
//
// The microbiology part of a guideline: organisms with what stands above them, agents, sites,
// breakpoint tables, expected resistance, expert rules. No breakpoint, organism or agent stands in
// C++. Thread rule: immutable after load. Errors: kBadGuideline, all problems in one message.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace nidus::microbiology {

using OrganismId = std::uint16_t;
using AgentId = std::uint16_t;

// Names are looked up by parts of a text, without copies.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

struct Step {
  OrganismId organism = 0;
  std::uint8_t distance = 0;  // 0: itself
};

struct Organism {
  std::string name;
  std::string rank;      // species complex genus group order gram none
  std::vector<Step> up;  // itself and all above, nearest first
  std::string snomed;    // first code, may be empty
  bool snomed_checked = false;
};

struct Agent {
  std::string code;  // as the tables write it
  std::string name;
  std::string atc;       // may be empty
  std::string loinc;     // first "[Susceptibility]" code, may be empty
  std::string note;      // to be said with every result
  bool offered = false;  // a regimen of the guideline holds it
};

// Something about the person that decides which rows count ("meningitis").
struct Condition {
  std::string id;
  std::string label;
  std::string define;           // CQL definition that says it; empty: never at hand
  bool unknown_counts = false;  // when not known, the stricter row is used as well
};

enum class Route : std::uint8_t { kAny, kIntravenous, kOral };

struct Site {
  std::string name;          // as the table writes it
  std::uint32_t any_of = 0;  // bits of conditions
  std::uint32_t none_of = 0;
  Route route = Route::kAny;
  bool screen = false;
};

// One row. Values in mg/L and mm; see canonical_mic.
struct Row {
  std::string id;
  OrganismId organism = 0;
  AgentId agent = 0;
  std::uint16_t site = 0;
  bool has_mic = false;
  bool has_zone = false;
  double mic_s = 0;       // S up to and including
  double mic_r = 0;       // R above
  double zone_s = 0;      // S from this on
  double zone_r = 0;      // R below
  std::string mic_text;   // "0.064/0.064" as the table writes it
  std::string zone_text;  // "26/26"
  std::string disk;
  std::string disk_content;  // see disk_content()
  bool has_i = false;
  bool wild_type_is_i = false;  // the S of this row lies off the scale
  std::string bracketed;        // empty: not in brackets; else how that is known
  std::string version;
  std::string newer_check;  // what a newer version of the table was seen to say
  std::string older_value;
  std::string note;
  std::string source;
};

// Resistance by nature.
struct ExpectedRow {
  std::string id;
  OrganismId organism = 0;
  std::vector<AgentId> agents;
  std::string agents_text;
  std::string table;
  bool verified = false;  // stands in the published table
};

// Resistant by nature, yet given on purpose together with another agent.
struct InCombination {
  OrganismId organism = 0;
  std::vector<AgentId> agents;
  std::string say;
};

struct Candidate {
  std::uint32_t row = 0;
  std::uint8_t distance = 0;
};

struct Table {
  std::string id;
  std::string name;
  std::vector<std::string> methods;  // words by which a laboratory says that it follows this table
  std::optional<OrganismId> unspecific;
  std::vector<Row> rows;
  std::string expected_name;
  std::vector<ExpectedRow> expected;
  std::vector<InCombination> in_combination;

  // Rows of the organism and all above it for the agent, nearest first.
  std::span<const Candidate> candidates(OrganismId organism, AgentId agent) const;
  const ExpectedRow* expected_resistant(OrganismId organism, AgentId agent) const;  // or nullptr

 private:
  friend class LibraryLoader;
  struct Cell {
    std::uint32_t begin = 0;
    std::uint16_t count = 0;
    std::uint16_t expected = 0;  // 0: none, else index + 1
  };
  std::vector<Cell> cells_;  // organism * agents + agent
  std::vector<Candidate> pool_;
  std::size_t agents_ = 0;
};

struct Marker {
  std::string id;
  std::string label;
};

enum class Sign : std::uint8_t { kUnknown, kPositive, kNegative };

enum class Category : std::uint8_t { kS, kI, kR, kUnknown, kNoBreakpoint };
const char* word(Category category);  // "S" "I" "R" "unknown" "no breakpoint"

enum class Method : std::uint8_t { kMic, kZone };

struct RuleCondition {
  std::vector<AgentId> agents;
  std::optional<std::size_t> marker;
  std::vector<std::string> is;
  std::optional<Method> by;
  bool screen = false;
  std::optional<double> mic_over;
};

enum class Report : std::uint8_t { kS, kI, kR, kUnknown, kWithdrawn };

struct RuleAction {
  std::vector<AgentId> agents;
  bool only_with_breakpoint = false;
  std::optional<Method> by;
  Report report = Report::kUnknown;
};

struct Rule {
  std::string id;
  std::string evidence;
  std::vector<OrganismId> organisms;
  std::vector<RuleCondition> when;
  std::vector<RuleAction> then;
  std::string say;
  std::string mark;  // P C S D J U
};

// Words that say an answer.
struct Answer {
  ByText<bool> codes;  // "system|code"
  ByText<bool> names;
};

struct Qualifier {
  std::string phrase;
  std::size_t marker = 0;
  bool positive = false;
};

struct Reading {
  double tolerance = 0;
  std::string mic_unit;
  std::string zone_unit;
  double disk_diameter = 0;  // in zone_unit: no zone is smaller
  Answer s, i, r, no_growth;
  std::vector<std::string> other_methods;
  std::vector<std::string> positive;
  std::vector<std::string> negative;
  std::vector<std::string> marker_headings;
  std::vector<std::string> organism_passing;
  std::vector<std::string> agent_passing;
  std::vector<std::string> never;
  std::vector<std::string> cut_at;
  std::vector<std::pair<std::string, std::string>> rewrites;
  std::vector<Qualifier> qualifiers;
};

class Library {
 public:
  // `json`: the text of the "microbiology" member of a guideline.json; `version` its version.
  static base::Result<Library> load(std::string_view json, std::string_view version);

  std::string version;
  std::vector<Organism> organisms;
  std::vector<Agent> agents;
  std::vector<Condition> conditions;
  std::vector<Site> sites;
  std::vector<Table> tables;  // the first is used unless another is asked for
  std::vector<Marker> markers;
  std::vector<Rule> rules;
  Reading reading;

  // Lower case words without punctuation: as names are compared.
  std::optional<OrganismId> organism_named(std::string_view plain) const;
  std::optional<AgentId> agent_named(std::string_view plain) const;
  // Written in another language: "vancomicina", "cefazoline".
  std::optional<AgentId> agent_sounding(std::string_view plain) const;
  std::optional<std::size_t> marker_named(std::string_view plain) const;
  std::optional<OrganismId> organism_coded(std::string_view snomed) const;
  std::optional<AgentId> agent_coded(std::string_view system, std::string_view code) const;
  std::optional<std::size_t> marker_coded(std::string_view system, std::string_view code) const;

  const Table* find_table(std::string_view id) const;
  bool is_below(OrganismId organism, OrganismId above) const;  // reflexive

 private:
  friend class LibraryLoader;
  ByText<OrganismId> organism_names_;
  ByText<OrganismId> organism_codes_;
  ByText<AgentId> agent_names_;
  ByText<AgentId> agent_sounds_;
  ByText<AgentId> agent_codes_;  // "system|code"
  ByText<std::size_t> marker_names_;
  ByText<std::size_t> marker_codes_;
};

// "Cefazolin [Susceptibility]" -> "cefazolin susceptibility".
std::string plain_words(std::string_view text);

// A name without what languages write differently: double letters, y, ph, th, k, a last vowel.
std::string name_sound(std::string_view plain);

// "30 mcg", "30 ug disk" -> "30"; "1.25/23.75 mcg" -> "1.25/23.75".
std::string disk_content(std::string_view text);

// The dilution a value in mg/L means: a value within `tolerance` (relative) of a power of two is
// that power, any other stays. Monotone for tolerances below 1/3.
double canonical_mic(double mg_per_l, double tolerance);

}  // namespace nidus::microbiology
