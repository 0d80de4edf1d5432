// SPDX-License-Identifier: Apache-2.0
//
// Door 6: from evaluated definitions to advice with its reasons. Internal to the room.
// "Would flip" and "missing" are found by evaluating again with one fact changed, never by prose.
// Thread rule: one Adviser, one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cql/program.h"
#include "pathway/interactions.h"
#include "pathway/plan.h"

namespace nidus::pathway {

class Adviser {
 public:
  Adviser(const Guideline& guideline, const fhir::Record& record, const PlanOptions& options);

  // One item per recommendation, in guideline order, `replaces` and `conflicts` not yet applied.
  std::vector<Item> items();
  // Stops that hold now.
  std::vector<ActiveStop> active_stops();
  // Gives an item its reasons: because, missing, flips, options, note. REQUIRES: items() was
  // called.
  void explain(Item& item);

  // Names of the `unless` conditions that hold.
  std::vector<std::string> blocks(const Recommendation& recommendation);

  std::string fill(const Template& text);
  // `do` for this person: its values filled in, drugs that are barred marked, and said first when
  // no option is left. REQUIRES: explain() was called, when options are to count.
  std::string what_of(const Item& item);
  // A fact with its value and the resources it was read from.
  const ShownFact& show(const Fact& fact);
  // The values tried for "would flip", nearest first.
  std::vector<cql::Value> alternatives_of(const Fact& fact);
  cql::Value value(cql::DefinitionId id);  // null when the definition fails; see errors()
  const std::vector<std::string>& errors() const { return errors_; }
  cql::Evaluation& evaluation() { return evaluation_; }

 private:
  struct Change {  // a fact set to another value
    const Fact* fact;
    std::string to;
    // Of the conditions that depend on it, by ascending id.
    std::vector<std::pair<cql::DefinitionId, cql::Value>> results;
  };

  struct Search {  // for the resources a fact was read from
    cql::DefinitionId root;
    bool through_facts;  // also below other facts
    bool root_is_true;
    bool met_entries = false;                   // looks through Reading::entries
    std::vector<cql::DefinitionId> words = {};  // lists of words that were asked for
  };
  using EntriesByWord = std::unordered_map<std::string_view, std::vector<const fhir::Resource*>>;

  Standing standing_of(const Recommendation& recommendation);
  Standing standing_with(const Recommendation& recommendation, const Change& change);
  std::vector<const Fact*> facts_under(const std::vector<cql::DefinitionId>& roots);
  void collect_facts(cql::DefinitionId id, std::vector<const Fact*>& out);
  void collect_sources(cql::DefinitionId id, Search& search, std::vector<Source>& out);
  void add_source(const fhir::Resource& resource, std::vector<Source>& out);
  void add_entries(const Search& search, std::vector<Source>& out);
  const EntriesByWord& entries_by_word();
  // A walk visits a definition once: begin_walk, then is_new for each that is met.
  void begin_walk() { ++walk_; }
  bool is_new(cql::DefinitionId id) { return std::exchange(walked_[id], walk_) != walk_; }
  const std::vector<Change>& changes_of(const Fact& fact);
  std::vector<ShownOption> options_of(const Recommendation& recommendation);
  void judge(ShownOption& shown);
  bool hits(const Stop& stop, const RegimenOption& option);
  std::vector<std::string> why_barred(const BarredWords::Named& named);
  std::optional<base::Decimal> number_of(std::optional<cql::DefinitionId> id);
  const std::vector<std::string>& texts_of(cql::DefinitionId list);
  bool needs_increased_exposure(std::string_view atc);
  const std::vector<TakenDrug>& taken();
  ShownComponent component_of(const RegimenComponent& component);

  const Guideline& guideline_;
  const fhir::Record& record_;
  const PlanOptions& options_;
  cql::Evaluation evaluation_;
  std::vector<bool> is_condition_;     // by definition: a `when` or an `unless`
  std::vector<bool> is_entries_;       // by definition: of Reading::entries
  std::vector<bool> is_words_;         // by definition: a list of whole names
  std::vector<const Fact*> fact_at_;   // by definition, or nullptr
  std::vector<std::uint32_t> walked_;  // by definition: the last walk that met it
  std::uint32_t walk_ = 0;
  std::map<const Fact*, std::vector<Change>> changes_;
  std::map<const Fact*, ShownFact> shown_;
  std::map<cql::DefinitionId, std::vector<std::string>> texts_;
  std::optional<std::vector<TakenDrug>> taken_;
  std::optional<EntriesByWord> entries_by_word_;
  std::vector<std::string> errors_;
  std::set<cql::DefinitionId> failed_;
};

}  // namespace nidus::pathway
