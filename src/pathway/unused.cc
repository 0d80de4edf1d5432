// SPDX-License-Identifier: Apache-2.0
//
// What the record holds and the guideline does not use: listed, never dropped.
#include "pathway/unused.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

namespace nidus::pathway {

namespace {

// Every word the guideline knows, as compiled: its lists of words are definitions of one library.
class KnownWords {
 public:
  KnownWords(const Guideline& guideline, Adviser& adviser) {
    const auto definitions = guideline.program().definitions();
    for (cql::DefinitionId id = 0; id < definitions.size(); ++id) {
      if (definitions[id].library != guideline.reading.words_library) continue;
      const cql::Value words = adviser.value(id);
      if (!words.is(cql::Kind::kList)) continue;
      for (const auto& word : words.as_list()) {
        if (word.is(cql::Kind::kString)) words_.insert(word.as_string());
      }
    }
  }

  bool any_of(const cql::Value& names) const {
    if (!names.is(cql::Kind::kList)) return false;
    return std::any_of(names.as_list().begin(), names.as_list().end(), [&](const auto& name) {
      return name.is(cql::Kind::kString) && words_.contains(name.as_string());
    });
  }

 private:
  std::unordered_set<std::string_view> words_;
};

bool any_code_known(const Guideline& guideline, const fhir::Node& holder) {
  const auto* concept_node = holder.find(fhir::name_id("code"));
  if (concept_node == nullptr) return false;
  const auto* codings = concept_node->find(fhir::name_id("coding"));
  if (codings == nullptr) return false;
  return std::any_of(
      codings->items().begin(), codings->items().end(), [&](const fhir::Node& coding) {
        const auto* code = coding.find(fhir::name_id("code"));
        return code != nullptr && guideline.reading.codes.contains(std::string(code->str()));
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

void list_unused(Plan& plan, const fhir::Record& record, Adviser& adviser) {
  const Guideline& guideline = *plan.guideline;
  const KnownWords known(guideline, adviser);
  for (const auto define : guideline.reading.rows) {
    each_row(record, adviser, define, [&](const fhir::Resource& resource, const cql::Tuple& row) {
      if (known.any_of(row.get("names")) || part_is_known(guideline, *resource.node)) return;
      plan.unused.push_back(resource.reference() + ": " + fhir::label(resource));
    });
  }
  if (guideline.reading.answers) {
    each_row(record, adviser, *guideline.reading.answers,
             [&](const fhir::Resource& resource, const cql::Tuple& row) {
               const bool is_known =
                   known.any_of(row.get("names")) || part_is_known(guideline, *resource.node);
               if (!is_known || known.any_of(row.get("said"))) return;
               plan.unreadable.push_back(resource.reference() + ": " + fhir::label(resource) +
                                         ": the answer is not one of the words that are read");
             });
  }
  std::map<std::string, std::size_t> others;
  for (const auto& resource : record.resources()) {
    if (resource.contained || resource.type == fhir::kNoType) continue;
    const std::string type(fhir::type_text(resource.type));
    if (!guideline.reading.types.contains(type)) ++others[type];
  }
  for (const auto& [type, count] : others) {
    plan.unused.push_back(type + ": " + std::to_string(count) + " not used");
  }
}

}  // namespace nidus::pathway
