// SPDX-License-Identifier: Apache-2.0
//
// What the record holds and the guideline does not use: listed, never dropped.
#include "pathway/unused.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace nidus::pathway {

namespace {

template <class Visit>
void each_text(const cql::Value& list, const Visit& visit) {
  if (!list.is(cql::Kind::kList)) return;
  for (const auto& item : list.as_list()) {
    if (item.is(cql::Kind::kString)) visit(item.as_string());
  }
}

// Which of the words of a record the guideline knows, as compiled: its lists of words are
// definitions of one library. The lists are long and a record says little: so they are searched for
// the record's words, not the other way round.
class KnownWords {
 public:
  KnownWords(const Guideline& guideline, Adviser& adviser) {
    const auto want = [&](cql::DefinitionId define) {
      const cql::Value rows = adviser.value(define);
      if (!rows.is(cql::Kind::kList)) return;
      for (const auto& row : rows.as_list()) {
        if (!row.is(cql::Kind::kTuple)) continue;
        for (const char* part : {"names", "said"}) {
          each_text(row.as_tuple().get(part), [&](std::string_view text) { known_[text]; });
        }
      }
    };
    for (const auto define : guideline.reading.rows) want(define);
    if (guideline.reading.answers) want(*guideline.reading.answers);
    const auto definitions = guideline.program().definitions();
    const std::string& parts = guideline.reading.parts;
    for (cql::DefinitionId id = 0; id < definitions.size(); ++id) {
      if (definitions[id].library != guideline.reading.words_library) continue;
      const bool only_parts = !parts.empty() && definitions[id].name.ends_with(parts);
      each_text(adviser.value(id), [&](std::string_view word) {
        const auto at = known_.find(word);
        if (at == known_.end()) return;
        at->second.anywhere = true;
        at->second.as_a_name |= !only_parts;
      });
    }
  }

  // REQUIRES of both: the lists of a row that was given at the start. "left" alone names nothing,
  // but it can be an answer.
  bool any_name(const cql::Value& names) const {
    bool any = false;
    each_text(names, [&](std::string_view text) { any |= known_.find(text)->second.as_a_name; });
    return any;
  }
  bool any_answer(const cql::Value& said) const {
    bool any = false;
    each_text(said, [&](std::string_view text) { any |= known_.find(text)->second.anywhere; });
    return any;
  }

 private:
  struct Known {
    bool anywhere = false;
    bool as_a_name = false;  // not only as a part of names
  };
  std::unordered_map<std::string_view, Known> known_;
};

bool any_code_known(const Guideline& guideline, const fhir::Node& holder) {
  const auto* concept_node = holder.find(fhir::name_id("code"));
  if (concept_node == nullptr) return false;
  const auto* codings = concept_node->find(fhir::name_id("coding"));
  if (codings == nullptr) return false;
  return std::any_of(
      codings->items().begin(), codings->items().end(), [&](const fhir::Node& coding) {
        const auto* code = coding.find(fhir::name_id("code"));
        const auto* system = coding.find(fhir::name_id("system"));
        if (code == nullptr || system == nullptr) return false;
        const auto [first, last] = guideline.reading.codes.equal_range(code->str());
        return std::any_of(first, last,
                           [&](const auto& known) { return known.second == system->str(); });
      });
}

bool part_is_known(const Guideline& guideline, const fhir::Node& node) {
  if (any_code_known(guideline, node)) return true;
  const auto* components = node.find(fhir::name_id("component"));
  return components != nullptr &&
         std::any_of(components->items().begin(), components->items().end(),
                     [&](const fhir::Node& part) { return any_code_known(guideline, part); });
}

// Rows of a definition: tuples with `res`, a resource, and a list of words.
template <class Visit>
void each_row(const fhir::Record& record, Adviser& adviser, cql::DefinitionId define,
              const Visit& visit) {
  const cql::Value rows = adviser.value(define);
  if (!rows.is(cql::Kind::kList)) return;
  for (const auto& row : rows.as_list()) {
    if (!row.is(cql::Kind::kTuple)) continue;
    const cql::Value element = row.as_tuple().get("res");
    if (!element.is(cql::Kind::kElement)) continue;
    if (const auto* resource = record.resource_of(element.as_node())) {
      visit(*resource, row.as_tuple());
    }
  }
}

}  // namespace

LeftOut left_out(const fhir::Resource& resource, const std::string& said, std::string reason) {
  const auto at = fhir::when(resource);
  return {.line = resource.reference() + ": " + said,
          .type = std::string(fhir::type_text(resource.type)),
          .name = fhir::title(resource),
          .reason = std::move(reason),
          .at = at ? base::format_date_time(*at) : std::string()};
}

void list_unused(Plan& plan, const fhir::Record& record, Adviser& adviser) {
  const Guideline& guideline = *plan.guideline;
  const KnownWords known(guideline, adviser);
  for (const auto define : guideline.reading.rows) {
    each_row(record, adviser, define, [&](const fhir::Resource& resource, const cql::Tuple& row) {
      if (known.any_name(row.get("names")) || part_is_known(guideline, *resource.node)) return;
      plan.unused.push_back(left_out(resource, fhir::label(resource), {}));
    });
  }
  if (guideline.reading.answers) {
    each_row(record, adviser, *guideline.reading.answers,
             [&](const fhir::Resource& resource, const cql::Tuple& row) {
               const bool is_known =
                   known.any_name(row.get("names")) || part_is_known(guideline, *resource.node);
               if (!is_known || known.any_answer(row.get("said"))) return;
               constexpr const char* kReason = "the answer is not one of the words that are read";
               plan.unreadable.push_back(
                   left_out(resource, fhir::label(resource) + ": " + kReason, kReason));
             });
  }
  std::map<std::string, std::size_t> others;
  for (const auto& resource : record.resources()) {
    if (resource.contained || resource.type == fhir::kNoType) continue;
    const std::string type(fhir::type_text(resource.type));
    if (!guideline.reading.types.contains(type)) ++others[type];
  }
  for (const auto& [type, count] : others) {
    plan.unused.push_back({.line = type + ": " + std::to_string(count) + " not used"});
  }
}

}  // namespace nidus::pathway
