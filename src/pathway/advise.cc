// SPDX-License-Identifier: Apache-2.0
#include "pathway/advise.h"

#include <algorithm>

#include "pathway/barred.h"

namespace nidus::pathway {

namespace {

constexpr std::size_t kSourcesAtMost = 5;

cql::EvaluationOptions evaluation_options(const PlanOptions& options) {
  cql::EvaluationOptions out;
  out.as_of = options.as_of;
  out.trace = options.explain;
  return out;
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return text.starts_with(prefix); });
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Standing standing_of_values(const cql::Value& when, std::span<const cql::Value> unless) {
  // A contra-indication removes the advice on any one true condition, known or not otherwise.
  const bool blocked = std::any_of(unless.begin(), unless.end(),
                                   [](const cql::Value& value) { return value.is_true(); });
  if (when.is_false()) return Standing::kNotAdvised;
  if (blocked) return Standing::kBlocked;
  return when.is_true() ? Standing::kAdvised : Standing::kUndecided;
}

bool none_offered(const std::vector<ShownOption>& options) {
  return std::none_of(options.begin(), options.end(), [](const ShownOption& shown) {
    return shown.standing == OptionStanding::kOffered;
  });
}

// Every option was removed. No option at all says nothing: the row of the table is for somebody
// else.
bool none_left(const std::vector<ShownOption>& options) {
  return !options.empty() &&
         std::all_of(options.begin(), options.end(), [](const ShownOption& shown) {
           return shown.standing == OptionStanding::kRemoved;
         });
}

}  // namespace

const char* word(Standing standing) {
  switch (standing) {
    case Standing::kAdvised:
      return "advised";
    case Standing::kUndecided:
      return "undecided";
    case Standing::kNotAdvised:
      return "not-advised";
    case Standing::kBlocked:
      return "blocked";
    case Standing::kReplaced:
      return "replaced";
  }
  return "";
}

const char* word(OptionStanding standing) {
  switch (standing) {
    case OptionStanding::kOffered:
      return "offered";
    case OptionStanding::kUndecided:
      return "undecided";
    case OptionStanding::kRemoved:
      return "removed";
  }
  return "";
}

Adviser::Adviser(const Guideline& guideline, const fhir::Record& record, const PlanOptions& options)
    : guideline_(guideline),
      record_(record),
      options_(options),
      evaluation_(guideline.program(), record, evaluation_options(options)) {
  const std::size_t count = guideline.program().definitions().size();
  is_condition_.resize(count);
  walked_.resize(count);
  fact_at_.resize(count);
  for (const Fact& fact : guideline.facts) fact_at_[fact.define] = &fact;
  is_entries_.resize(count);
  is_words_.resize(count);
  const Reading& reading = guideline.reading;
  for (const auto id : reading.entries) is_entries_[id] = true;
  for (cql::DefinitionId id = 0; id < count; ++id) {
    const auto& definition = guideline.program().definitions()[id];
    is_words_[id] = definition.library == reading.words_library &&
                    (reading.parts.empty() || !definition.name.ends_with(reading.parts));
  }
  for (const auto& recommendation : guideline.recommendations) {
    is_condition_[recommendation.when] = true;
    for (const auto id : recommendation.unless) is_condition_[id] = true;
  }
}

cql::Value Adviser::value(cql::DefinitionId id) {
  auto result = evaluation_.value(id);
  if (result) return *result;
  if (failed_.insert(id).second) {
    const auto& definition = guideline_.program().definitions()[id];
    errors_.push_back(definition.full_name() + ": " + result.error().to_string());
  }
  return {};
}

std::vector<std::string> Adviser::blocks(const Recommendation& recommendation) {
  std::vector<std::string> out;
  for (const auto id : recommendation.unless) {
    if (!value(id).is_true()) continue;
    const Fact* fact = fact_at_[id];
    out.push_back(fact != nullptr ? fact->label + ": yes"
                                  : std::string(guideline_.program().definitions()[id].name));
  }
  return out;
}

std::string Adviser::fill(const Template& text) {
  std::string out;
  for (const auto& part : text.parts) {
    if (!part.define) {
      out += part.text;
      continue;
    }
    const Fact* fact = fact_at_[*part.define];
    out += display(value(*part.define), fact == nullptr ? std::string_view() : fact->unit, record_);
  }
  return out;
}

// Of a class of several codes each must be barred. A stop for a person's own list of agents is left
// to the options: it removes by what stands together. One that removes all drugs of a main group of
// the ATC (a child) says so itself and not at each name.
std::vector<std::string> Adviser::why_barred(const BarredWords::Named& named) {
  std::vector<std::string> out;
  for (const auto& atc : named.atcs) {
    const std::size_t before = out.size();
    for (const auto& stop : guideline_.stops) {
      const bool meets = std::any_of(
          stop.remove_atc.begin(), stop.remove_atc.end(),
          [&](const std::string& prefix) { return prefix.size() > 1 && atc.starts_with(prefix); });
      if (!stop.caution && meets && !starts_with_any(atc, stop.except_atc) &&
          value(stop.when).is_true()) {
        out.push_back(stop.id);
      }
    }
    RegimenOption alone;
    alone.components.emplace_back().atc = atc;
    for (const auto& met : interactions_of(alone, taken(), guideline_.interactions)) {
      if (met.row->forbids()) out.push_back(met.row->id);
    }
    if (out.size() == before) return {};
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string Adviser::what_of(const Item& item) {
  std::string text = fill(item.recommendation->what);
  if (!guideline_.barred) return text;
  bool marked = false;
  text = mark_barred(
      text, *guideline_.barred, [&](const auto& named) { return why_barred(named); }, &marked);
  const bool empty = item.options.empty() && item.recommendation->options.any() && marked;
  if (none_left(item.options) || empty) return guideline_.barred->no_option + " " + text;
  const bool unsure = marked && !item.options.empty() && none_offered(item.options);
  if (!unsure || guideline_.barred->none_sure.empty()) return text;
  return guideline_.barred->none_sure + " " + text;
}

Standing Adviser::standing_of(const Recommendation& recommendation) {
  std::vector<cql::Value> unless;
  for (const auto id : recommendation.unless) unless.push_back(value(id));
  return standing_of_values(value(recommendation.when), unless);
}

Standing Adviser::standing_with(const Recommendation& recommendation, const Change& change) {
  const auto look = [&](cql::DefinitionId id) {
    const auto at = std::lower_bound(
        change.results.begin(), change.results.end(), id,
        [](const auto& result, cql::DefinitionId wanted) { return result.first < wanted; });
    return at == change.results.end() || at->first != id ? value(id) : at->second;
  };
  std::vector<cql::Value> unless;
  for (const auto id : recommendation.unless) unless.push_back(look(id));
  return standing_of_values(look(recommendation.when), unless);
}

std::vector<Item> Adviser::items() {
  std::vector<Item> out;
  out.reserve(guideline_.recommendations.size());
  for (const auto& recommendation : guideline_.recommendations) {
    Item item;
    item.recommendation = &recommendation;
    item.standing = standing_of(recommendation);
    if (item.standing == Standing::kAdvised && !recommendation.no_option.empty() &&
        none_left(options_of(recommendation))) {
      item.standing = Standing::kNotAdvised;
      item.note = recommendation.no_option;
    }
    out.push_back(std::move(item));
  }
  return out;
}

void Adviser::collect_facts(cql::DefinitionId id, std::vector<const Fact*>& out) {
  if (!is_new(id)) return;
  if (const Fact* fact = fact_at_[id]) {
    out.push_back(fact);
    return;
  }
  for (const auto next : evaluation_.looked_at(id)) collect_facts(next, out);
}

std::vector<const Fact*> Adviser::facts_under(const std::vector<cql::DefinitionId>& roots) {
  for (const auto root : roots) value(root);
  begin_walk();
  std::vector<const Fact*> out;
  for (const auto root : roots) collect_facts(root, out);
  return out;
}

void Adviser::add_source(const fhir::Resource& resource, std::vector<Source>& out) {
  const std::string reference = resource.reference();
  if (std::any_of(out.begin(), out.end(),
                  [&](const Source& known) { return known.reference == reference; })) {
    return;
  }
  const auto at = fhir::when(resource);
  out.push_back({reference, fhir::label(resource), at ? base::format_date_time(*at) : ""});
}

const Adviser::EntriesByWord& Adviser::entries_by_word() {
  if (entries_by_word_) return *entries_by_word_;
  entries_by_word_.emplace();
  for (const auto id : guideline_.reading.entries) {
    const cql::Value entries = value(id);
    if (!entries.is(cql::Kind::kList)) continue;
    for (const auto& entry : entries.as_list()) {
      if (!entry.is(cql::Kind::kTuple)) continue;
      const cql::Value res = entry.as_tuple().get("res");
      const fhir::Resource* resource =
          res.is(cql::Kind::kElement) ? record_.resource_of(res.as_node()) : nullptr;
      if (resource == nullptr) continue;
      for (const char* part : {"names", "denied"}) {
        const cql::Value words = entry.as_tuple().get(part);
        if (!words.is(cql::Kind::kList)) continue;
        for (const auto& word : words.as_list()) {
          if (word.is(cql::Kind::kString)) {
            (*entries_by_word_)[word.as_string()].push_back(resource);
          }
        }
      }
    }
  }
  return *entries_by_word_;
}

// Of what many facts look through, the resources that hold a word which was asked for.
void Adviser::add_entries(const Search& search, std::vector<Source>& out) {
  if (!search.met_entries || entries_by_word().empty()) return;
  for (const auto id : search.words) {
    const cql::Value words = value(id);
    if (!words.is(cql::Kind::kList)) continue;
    for (const auto& word : words.as_list()) {
      if (!word.is(cql::Kind::kString)) continue;
      const auto at = entries_by_word().find(word.as_string());
      if (at == entries_by_word().end()) continue;
      for (const fhir::Resource* resource : at->second) add_source(*resource, out);
    }
  }
}

void Adviser::collect_sources(cql::DefinitionId id, Search& search, std::vector<Source>& out) {
  if (!is_new(id)) return;
  if (is_words_[id]) {
    search.words.push_back(id);
    return;
  }
  if (is_entries_[id]) {
    search.met_entries = true;
    return;
  }
  const cql::Value result = value(id);
  if (id != search.root && fact_at_[id] != nullptr) {
    if (!search.through_facts) return;  // that fact names its own sources
    // What is absent or not known did not make the fact true.
    if (search.root_is_true && (result.is_null() || result.is_false())) return;
  }
  // Nor is what an empty list was chosen from: a culture that is awaited is among those that could
  // have grown something.
  const bool is_empty = result.is(cql::Kind::kList) && result.as_list().empty();
  if (is_empty && id != search.root && search.root_is_true) return;
  bool is_resource = false;
  const auto add = [&](const cql::Value& item) {
    if (!item.is(cql::Kind::kElement)) return;
    const fhir::Resource* resource = record_.resource_of(item.as_node());
    if (resource == nullptr) return;
    is_resource = true;
    add_source(*resource, out);
  };
  if (result.is(cql::Kind::kList)) {
    // A whole compartment is no reason; a short list of chosen resources is.
    if (result.as_list().size() <= kSourcesAtMost) {
      for (const auto& item : result.as_list()) add(item);
    } else if (result.as_list().front().is(cql::Kind::kElement)) {
      is_resource = true;
    }
  } else {
    add(result);
  }
  if (is_resource) return;
  const auto& common = guideline_.reading.common;
  for (const auto next : evaluation_.looked_at(id)) {
    if (is_words_[next]) {
      const auto at = common.find(next);
      if (at != common.end() && !at->second.contains(id)) continue;
    }
    collect_sources(next, search, out);
  }
}

const ShownFact& Adviser::show(const Fact& fact) {
  const auto [at, is_new] = shown_.try_emplace(&fact);
  ShownFact& out = at->second;
  if (!is_new) return out;
  out.fact = &fact;
  const cql::Value result = value(fact.define);
  out.known = !result.is_null();
  out.value = display(result, fact.unit, record_);
  if (!out.known) return out;
  // A fact concluded from other facts rests on the resources of those.
  for (const bool through_facts : {false, true}) {
    begin_walk();
    Search search{fact.define, through_facts, result.is_true()};
    collect_sources(fact.define, search, out.sources);
    add_entries(search, out.sources);
    if (!out.sources.empty()) break;
  }
  return out;
}

std::vector<cql::Value> Adviser::alternatives_of(const Fact& fact) {
  const cql::Value now = value(fact.define);
  std::vector<cql::Value> out;
  if (fact.type == "Boolean") {
    if (!now.is_true()) out.push_back(cql::Value::boolean(true));
    if (!now.is_false()) out.push_back(cql::Value::boolean(false));
    return out;
  }
  auto& arena = evaluation_.arena();
  for (const auto& text : fact.alternatives) {
    const auto number = base::Decimal::parse(text);
    if (fact.type == "String") {
      out.push_back(cql::Value::string(text));
    } else if (!number) {
      continue;
    } else if (fact.type == "Decimal") {
      out.push_back(cql::Value::decimal(arena, *number));
    } else if (fact.type == "Integer") {
      if (const auto whole = number->truncate_to_int64()) {
        out.push_back(cql::Value::integer(static_cast<std::int32_t>(*whole)));
      }
    } else if (fact.type == "Quantity") {
      out.push_back(cql::Value::of(arena.make<cql::Quantity>(*number, fact.unit)));
    }
  }
  return out;
}

const std::vector<Adviser::Change>& Adviser::changes_of(const Fact& fact) {
  if (const auto at = changes_.find(&fact); at != changes_.end()) return at->second;
  // Once all conditions are computed, those that did not look at the fact cannot change with it.
  if (changes_.empty()) {
    for (const auto& recommendation : guideline_.recommendations) standing_of(recommendation);
  }
  std::vector<cql::DefinitionId> ask;
  for (const auto id : evaluation_.dependents(fact.define)) {
    if (is_condition_[id]) ask.push_back(id);
  }
  std::sort(ask.begin(), ask.end());
  std::vector<Change> out;
  for (const auto& alternative : alternatives_of(fact)) {
    Change change{&fact, display(alternative, fact.unit, record_), {}};
    const auto results = evaluation_.what_if(fact.define, alternative, ask);
    change.results.reserve(ask.size());
    for (std::size_t i = 0; i < ask.size(); ++i) {
      change.results.emplace_back(ask[i], results[i] ? *results[i] : cql::Value());
    }
    out.push_back(std::move(change));
  }
  return changes_.emplace(&fact, std::move(out)).first->second;
}

void Adviser::explain(Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  std::vector<cql::DefinitionId> roots{recommendation.when};
  roots.insert(roots.end(), recommendation.unless.begin(), recommendation.unless.end());
  auto facts = facts_under(roots);
  // The facts that the recommendation names come first, in its order.
  std::vector<const Fact*> ordered;
  for (const auto& id : recommendation.because) ordered.push_back(guideline_.find_fact(id));
  for (const Fact* fact : facts) {
    if (std::find(ordered.begin(), ordered.end(), fact) == ordered.end()) ordered.push_back(fact);
  }
  // What only the options hold back does not turn with the facts of its condition.
  const Standing by_facts = standing_of(recommendation);
  for (const Fact* fact : ordered) {
    ShownFact shown = show(*fact);
    for (const Change& change : changes_of(*fact)) {
      const Standing becomes = standing_with(recommendation, change);
      if (becomes == by_facts || by_facts != item.standing) continue;
      shown.pivotal = true;
      item.flips.push_back({fact, shown.value, change.to, becomes});
      break;  // alternatives are listed nearest first
    }
    const bool looked_at = std::find(facts.begin(), facts.end(), fact) != facts.end();
    if (!shown.known && looked_at) item.missing.push_back({fact, shown.pivotal});
    if (shown.known) item.because.push_back(std::move(shown));
  }
  std::stable_sort(item.missing.begin(), item.missing.end(),
                   [](const Missing& a, const Missing& b) { return a.decisive > b.decisive; });
  if (recommendation.options.any() && item.standing == Standing::kAdvised) {
    item.options = options_of(recommendation);
  }
}

ShownComponent Adviser::component_of(const RegimenComponent& component) {
  ShownComponent out;
  out.component = &component;
  out.dose = guideline_.find_dose(component.dose_id);
  if (out.dose == nullptr) return out;
  if (!out.dose->high_for_increased.empty() && needs_increased_exposure(component.atc)) {
    out.for_exposure = out.dose->high_for_increased;
  }
  // A band of the clearance is that of a kidney: on a machine it would be too high a dose.
  const auto without_dose = [](const std::string& words) {
    return words.empty() || words == "none" || words == "n/a" || words == "no data"
               ? std::string("the table has no dose, ask the pharmacist")
               : words;
  };
  if (guideline_.continuous_replacement && value(*guideline_.continuous_replacement).is_true()) {
    out.for_kidney =
        "on continuous renal replacement: " + without_dose(out.dose->continuous_replacement);
    return out;
  }
  if (guideline_.other_dialysis) {
    const cql::Value other = value(*guideline_.other_dialysis);
    if (other.is(cql::Kind::kString)) {
      out.for_kidney = "on " + std::string(other.as_string()) + ": " + without_dose({});
      return out;
    }
  }
  if (guideline_.haemodialysis && value(*guideline_.haemodialysis).is_true()) {
    out.for_kidney = "on haemodialysis: " + out.dose->haemodialysis;
    return out;
  }
  if (!guideline_.creatinine_clearance || out.dose->bands.size() < 2) return out;
  const auto number = number_of(guideline_.creatinine_clearance);
  const auto least = number ? number : number_of(guideline_.clearance_least);
  const auto most = number ? number : number_of(guideline_.clearance_most);
  const DoseBand* band = least && most ? out.dose->band_at(*least) : nullptr;
  if (band != nullptr && band == out.dose->band_at(*most)) {
    const std::string low = base::round(*least, 0).to_short_string();
    const std::string high = base::round(*most, 0).to_short_string();
    out.for_kidney = "at CrCl " + low + (number ? "" : " to " + high) + " mL/min: " + band->text;
  } else if (!number) {
    out.for_kidney = "dose band unknown: kidney function needed";
  }
  return out;
}

std::optional<base::Decimal> Adviser::number_of(std::optional<cql::DefinitionId> id) {
  if (!id) return std::nullopt;
  const cql::Value number = value(*id);
  if (number.is(cql::Kind::kDecimal)) return number.as_decimal();
  if (number.is(cql::Kind::kQuantity)) return number.as_quantity().value;
  return std::nullopt;
}

bool Adviser::needs_increased_exposure(std::string_view atc) {
  return guideline_.increased_exposure && contains(texts_of(*guideline_.increased_exposure), atc);
}

const std::vector<std::string>& Adviser::texts_of(cql::DefinitionId list) {
  const auto [at, is_new] = texts_.try_emplace(list);
  std::vector<std::string>& out = at->second;
  if (!is_new) return out;
  const cql::Value words = value(list);
  if (!words.is(cql::Kind::kList)) return out;
  for (const auto& word : words.as_list()) {
    if (word.is(cql::Kind::kString)) out.emplace_back(word.as_string());
  }
  return out;
}

bool Adviser::hits(const Stop& stop, const RegimenOption& option) {
  const auto& parts = option.components;
  const bool written = std::any_of(parts.begin(), parts.end(), [&](const RegimenComponent& part) {
    return starts_with_any(part.atc, stop.remove_atc) &&
           !starts_with_any(part.atc, stop.except_atc);
  });
  if (written || !stop.remove_agents) return written;
  const auto& agents = texts_of(*stop.remove_agents);
  const auto is_named = [&](const RegimenComponent& part) { return contains(agents, part.atc); };
  return stop.caution ? std::any_of(parts.begin(), parts.end(), is_named)
                      : std::all_of(parts.begin(), parts.end(), is_named);
}

std::vector<ShownOption> Adviser::options_of(const Recommendation& recommendation) {
  const OptionFilter& filter = recommendation.options;
  std::vector<ShownOption> out;
  for (const auto& option : guideline_.options) {
    if (!filter.organism_groups.empty() &&
        !contains(filter.organism_groups, option.organism_group)) {
      continue;
    }
    if (!filter.option_ids.empty() && !contains(filter.option_ids, option.id)) continue;
    if (!filter.phases.empty() && !contains(filter.phases, option.phase)) continue;
    const cql::Value applies = value(option.when);
    if (applies.is_false()) continue;
    ShownOption shown;
    shown.option = &option;
    for (const auto& component : option.components) {
      shown.components.push_back(component_of(component));
    }
    if (!applies.is_true()) {
      shown.standing = OptionStanding::kUndecided;
      for (const Fact* fact : facts_under({option.when})) {
        if (value(fact->define).is_null()) shown.missing.push_back(fact);
      }
    }
    judge(shown);
    out.push_back(std::move(shown));
  }
  // Offered first, then what cannot be decided, then what was removed; inside each what a caution
  // puts behind comes last, and else rank counts.
  const auto place = [](const ShownOption& shown) {
    const bool behind =
        std::any_of(shown.warnings.begin(), shown.warnings.end(),
                    [](const ShownWarning& warning) { return warning.stop->behind; });
    return std::pair(static_cast<int>(shown.standing), behind);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const ShownOption& a, const ShownOption& b) { return place(a) < place(b); });
  return out;
}

// Stops and pairs of drugs that remove an option, and what warns on it.
void Adviser::judge(ShownOption& shown) {
  const RegimenOption& option = *shown.option;
  for (const auto& stop : guideline_.stops) {
    if (!hits(stop, option)) continue;
    const cql::Value holds = value(stop.when);
    if (holds.is_true()) {
      if (stop.caution) {
        shown.warnings.push_back({&stop, fill(stop.filled)});
      } else {
        shown.removed_by.push_back(&stop);
        shown.standing = OptionStanding::kRemoved;
      }
    } else if (holds.is_null()) {
      shown.cautions.push_back(&stop);
    }
  }
  shown.interactions = interactions_of(option, taken(), guideline_.interactions);
  if (std::any_of(shown.interactions.begin(), shown.interactions.end(),
                  [](const ShownInteraction& met) { return met.row->forbids(); })) {
    shown.standing = OptionStanding::kRemoved;
  }
}

const std::vector<TakenDrug>& Adviser::taken() {
  if (taken_) return *taken_;
  taken_.emplace();
  if (!guideline_.taken) return *taken_;
  const cql::Value drugs = value(*guideline_.taken);
  if (!drugs.is(cql::Kind::kList)) return *taken_;
  const auto text = [](const cql::Value& word) {
    return word.is(cql::Kind::kString) ? std::string(word.as_string()) : std::string();
  };
  for (const auto& drug : drugs.as_list()) {
    if (!drug.is(cql::Kind::kTuple)) continue;
    const cql::Tuple& row = drug.as_tuple();
    taken_->push_back({text(row.get("atc")), text(row.get("name")), text(row.get("route"))});
  }
  return *taken_;
}

std::vector<ActiveStop> Adviser::active_stops() {
  std::vector<ActiveStop> out;
  for (const auto& stop : guideline_.stops) {
    if (stop.caution || !value(stop.when).is_true()) continue;
    ActiveStop active{&stop, fill(stop.filled), stop.remove_atc, {}};
    if (stop.remove_agents) {
      const auto& agents = texts_of(*stop.remove_agents);
      active.remove_atc.insert(active.remove_atc.end(), agents.begin(), agents.end());
    }
    if (options_.explain) {
      for (const Fact* fact : facts_under({stop.when})) {
        ShownFact shown = show(*fact);
        if (shown.known) active.because.push_back(std::move(shown));
      }
    }
    out.push_back(std::move(active));
  }
  return out;
}

}  // namespace nidus::pathway
