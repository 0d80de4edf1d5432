// SPDX-License-Identifier: Apache-2.0
//
// A compiled guideline (guideline.json): the program, the recommendations, the named facts, the
// safety stops and the tables. Everything clinical in Nidus comes from here.
// Thread rule: immutable after load. Errors: kBadGuideline with what is wrong; kBadProgram for ELM.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/decimal.h"
#include "base/error.h"
#include "base/packed_json.h"
#include "cql/program.h"
#include "microbiology/library.h"
#include "pharmacology/library.h"

namespace nidus::pathway {

enum class Group { kNow, kNext, kWatch, kAvoid };
const char* word(Group group);  // "now", "next", "watch", "avoid"

// A text with `{Library.Definition}` places in it.
struct Template {
  struct Part {
    std::string text;                         // literal text, when there is no definition
    std::optional<cql::DefinitionId> define;  // replaced by its value
  };
  std::vector<Part> parts;
  bool empty() const { return parts.empty(); }
};

// A definition that means something to a person.
struct Fact {
  std::string id;
  cql::DefinitionId define = 0;
  std::string label;
  std::string unit;                       // shown behind a bare number
  std::string learn;                      // what to do when it is unknown
  std::string owner;                      // role id; may be empty
  std::string type;                       // CQL result type: "Boolean", "Decimal", ...
  std::vector<std::string> alternatives;  // CQL literals to try for "would flip"; empty for Boolean
};

struct Due {
  std::optional<std::int64_t> within_minutes;
  std::string text;                       // "before the first dose"
  std::optional<cql::DefinitionId> from;  // DateTime the time counts from; else the as-of instant
};

struct Coding {
  std::string system;
  std::string code;
  std::string display;
};

struct OptionFilter {
  std::vector<std::string> organism_groups;
  std::vector<std::string> option_ids;
  std::vector<std::string> phases;
  bool any() const { return !organism_groups.empty() || !option_ids.empty() || !phases.empty(); }
};

struct Recommendation {
  std::string id;
  std::string title;
  std::string stage;
  std::string category;
  Group group = Group::kNext;
  std::string action;
  cql::DefinitionId when = 0;
  std::vector<cql::DefinitionId> unless;
  std::vector<std::string> because;  // fact ids
  Template what;                     // `do`
  std::string reason;
  std::string not_advised;
  std::string no_option;  // not advised, with this reason, once every option is removed
  std::string owner;
  Due due;
  OptionFilter options;
  std::vector<std::string> evidence;
  std::string strength;
  std::string certainty;
  int priority = 13;
  std::vector<std::string> replaces;
  std::vector<std::string> conflicts;
  std::optional<Coding> code;
};

struct Stop {
  std::string id;
  std::string title;
  cql::DefinitionId when = 0;
  std::vector<std::string> remove_atc;  // prefixes
  std::vector<std::string> except_atc;
  // ATC codes that depend on the person: removes an option of which every drug is among them; a
  // caution warns on an option with any of them.
  std::optional<cql::DefinitionId> remove_agents;
  bool caution = false;  // warns on the options it hits, and removes none
  bool behind = false;   // a caution: the options it hits stand behind the others
  std::string text;      // as written
  Template filled;       // the same with its places for values
  std::vector<std::string> evidence;
};

// A pair of drugs that must not, or only with care, be given together.
struct Interaction {
  std::string id;
  std::string severity;             // "contraindicated", "major", "moderate"
  std::vector<std::string> agents;  // ATC prefixes
  std::string agent_route;          // "PO" or "IV" where the pair matters by that route alone
  std::vector<std::string> partners;
  std::string partner_route;
  std::string text;
  bool forbids() const { return severity == "contraindicated"; }
};

struct RegimenComponent {
  std::string reg_id;
  std::string agent;
  std::string atc;
  std::string route;
  std::string dose;
  std::string interval;
  std::string dose_id;
  std::string notes;
  std::string verification;
};

struct RegimenOption {
  std::string id;
  std::string organism_group;
  std::string organism_detail;
  std::string condition;
  std::string setting;
  std::string phase;
  std::string role;
  std::string note;  // what a clinician decides when no recorded fact can
  std::string duration_default;
  std::string strength_evidence;
  int rank = 0;
  cql::DefinitionId when = 0;
  std::vector<RegimenComponent> components;
};

// A renal band of a dose row: creatinine clearance in mL/min, lower end closed, upper end open.
struct DoseBand {
  base::Decimal from;
  std::optional<base::Decimal> to;  // none: no upper end
  std::string text;
};

struct DoseRow {
  std::string id;
  std::string agent;
  std::string atc;
  std::string route;
  std::vector<DoseBand> bands;
  std::string haemodialysis;
  std::string continuous_replacement;
  std::string target;  // of levels
  std::string standard;
  std::string loading;
  std::string weight_basis;
  std::string highest;
  std::string high_for_increased;  // what category I asks for; empty when there is none
  std::string hepatic;
  std::string monitoring;
  std::string renal_conflict;
  std::string verification;

  const DoseBand* band_at(const base::Decimal& clearance) const;  // mL/min; null: none
};

struct Evidence {
  std::string id;
  std::string text;
  std::string file;
  std::string mark;  // P C S D J U, see docs/guideline-format.md; empty when none was given
  std::vector<std::string> sources;
  std::string
      conflict;  // how the sources disagree, what was chosen and why; empty when they do not
};

// Facts that are there but cannot be read, e.g. a CRP without a unit.
struct Unreadable {
  cql::DefinitionId define = 0;
  std::string what;
};

// How what the record holds is found again in what the guideline knows.
struct Reading {
  std::string words_library;                 // its definitions are lists of known words
  std::string parts;                         // the names of those that hold parts of names end so
  std::vector<cql::DefinitionId> rows;       // lists of tuples {res, names}
  std::optional<cql::DefinitionId> answers;  // tuples {res, names, said}
  // Lists of tuples {res, names, denied} that many facts look through: one is a reason for a fact
  // that asks for one of its words.
  std::vector<cql::DefinitionId> entries;
  // Lists of words that a function of the entries' library holds ("no", "normal", "back pain"),
  // with the definitions that name one themselves: who calls the function does not ask for the
  // words.
  std::map<cql::DefinitionId, std::set<cql::DefinitionId>> common;
  std::set<std::string, std::less<>> types;  // resource types that are read
  std::unordered_multimap<std::string_view, std::string_view> codes;  // of all value sets: systems
};

// A measured value set and the UCUM units its values may come in.
struct Measure {
  std::string name;
  std::vector<std::string> units;
  std::vector<cql::ValueSetCode> codes;
};

struct ScreeningTier {
  std::string id;
  std::string title;
  cql::DefinitionId when = 0;
  std::vector<std::string> evidence;
};

// Whom to look for among many people, in which order and with which reasons.
struct Screening {
  cql::DefinitionId flag = 0;              // true: shown, null: undecided
  std::optional<cql::DefinitionId> score;  // Integer: more comes first inside a tier
  std::vector<std::string> notes;          // for whoever reads a result
  std::vector<const Fact*> facts;          // shown as reasons, or as missing
  std::vector<ScreeningTier> tiers;        // most urgent first, at least one
};

// How a sentence of a plan marks a drug that a stop bars, and what is said when no option is left.
struct BarredWords {
  struct Named {
    std::string name;               // lower case, one word or several
    std::vector<std::string> atcs;  // codes, or beginnings of codes of a class
  };
  std::string mark;       // "{1}" stands for what bars it
  std::string no_option;  // said before the rest
  std::vector<Named> names;
  std::string
      none_sure{};  // said first when a drug is marked and no option is offered; may be empty
};

// What marks the Observations of a hospital about itself (local.h).
struct LocalCodes {
  Coding resistance;
  Coding formulary;
};

struct Headline {
  cql::DefinitionId when = 0;
  Template text;
};

class Guideline {
 public:
  // `json`: the bytes of a guideline.json. `source` names it in messages.
  static base::Result<Guideline> load(std::string_view json, std::string_view source);
  // What pack() made of one; the bytes begin at a multiple of 8 and outlive the guideline.
  static base::Result<Guideline> load_packed(std::span<const std::uint8_t> packed,
                                             std::string_view source);
  // A form of `json` that is read several times as fast. Only that it is JSON is checked.
  // `findings`: of the program of the same guideline.
  static base::Result<std::vector<std::uint8_t>> pack(std::string_view json,
                                                      const cql::Findings& findings,
                                                      std::string_view source);

  const cql::Program& program() const { return *program_; }
  cql::Program& program() { return *program_; }
  // Many plans look at neither, so each is read when it is first asked for; any thread may ask.
  // Empty when the guideline holds none. Throws when a packed part is not what pack() had read.
  const pharmacology::Library& pharmacology() const;
  bool has_pharmacology() const { return !later_->pharmacology_text.is_null(); }
  // nullptr when the guideline holds none.
  base::Result<const microbiology::Library*> microbiology() const;
  bool has_microbiology() const { return !later_->microbiology_text.is_null(); }
  const Recommendation* find_recommendation(std::string_view id) const;
  const Fact* find_fact(std::string_view id) const;
  // The fact a definition is registered as, or nullptr.
  const Fact* fact_of(cql::DefinitionId define) const;
  const Evidence* find_evidence(std::string_view id) const;
  const DoseRow* find_dose(std::string_view id) const;
  const std::map<std::string, DoseRow, std::less<>>& doses() const { return doses_; }
  std::string role_name(std::string_view role) const;  // the id itself when unnamed

  std::string id;
  std::string version;
  std::string title;
  std::string hash;
  std::vector<Headline> headline;
  std::vector<Fact> facts;
  std::vector<Unreadable> unreadable;
  Reading reading;
  std::vector<Recommendation> recommendations;  // by id
  std::vector<Stop> stops;
  std::vector<Interaction> interactions;   // in the order of the table
  std::optional<cql::DefinitionId> taken;  // what is taken: tuples {atc, name, route}
  std::vector<RegimenOption> options;      // by rank, then as the compiler ordered them
  std::vector<Measure> measures;
  std::optional<Screening> screening;  // none: it does not say whom to screen for
  std::optional<cql::DefinitionId> creatinine_clearance;  // mL/min
  std::optional<cql::DefinitionId> haemodialysis;
  std::optional<cql::DefinitionId> continuous_replacement;
  std::optional<cql::DefinitionId> clearance_least, clearance_most;  // bounds, when not known
  std::optional<cql::DefinitionId> other_dialysis;                   // words; null: none
  std::optional<cql::DefinitionId> increased_exposure;  // ATC codes of agents in category I
  std::size_t options_shown = SIZE_MAX;                 // of what is offered, in the short forms
  std::optional<BarredWords> barred;                    // none: sentences are left as they are
  std::optional<LocalCodes> local;                      // none: it reads no local figures
  std::map<std::string, std::string, std::less<>> source_citations;  // "01:S01" -> citation

 private:
  std::vector<std::uint8_t>
      packed_;  // what program and reading look at, unless it was packed before
  std::unique_ptr<cql::Program> program_;
  struct Later {
    base::PackedJson pharmacology_text, microbiology_text;
    std::once_flag pharmacology_once, microbiology_once;
    std::optional<base::Result<pharmacology::Library>> pharmacology;
    std::optional<base::Result<microbiology::Library>> microbiology;
    std::jthread reading;  // of the embedded guideline; ends before what it reads into

    const base::Result<microbiology::Library>& read_microbiology();
  };
  const base::Result<pharmacology::Library>& pharmacology_or_error() const;
  std::unique_ptr<Later> later_ = std::make_unique<Later>();
  std::map<std::string, std::string, std::less<>> roles_;
  std::map<std::string, Evidence, std::less<>> evidence_;
  std::map<std::string, DoseRow, std::less<>> doses_;
  std::map<cql::DefinitionId, std::size_t> fact_by_define_;
  std::vector<std::size_t> facts_by_id_;  // positions
  friend class GuidelineLoader;
};

}  // namespace nidus::pathway
