// SPDX-License-Identifier: Apache-2.0
#include "pathway/screen.h"

#include <simdjson.h>

#include <algorithm>

#include "base/json_read.h"
#include "pathway/advise.h"

namespace nidus::pathway {

namespace dom = simdjson::dom;
using base::ErrorCode;
using base::string_at;
using base::texts_at;

const char* word(ScreenStanding standing) {
  switch (standing) {
    case ScreenStanding::kPassed:
      return "passed";
    case ScreenStanding::kFlagged:
      return "flagged";
    case ScreenStanding::kUndecided:
      return "undecided";
  }
  return "";
}

namespace {

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(ErrorCode::kBadGuideline, std::move(message), "guideline", "screening");
}

// A fact that says there is nothing is no reason to look.
bool says_no(const cql::Value& value) {
  return value.is_false() || (value.is(cql::Kind::kList) && value.as_list().empty());
}

}  // namespace

base::Result<Screening> Screening::load(std::string_view json, const Guideline& guideline) {
  dom::parser parser;
  dom::element root, part;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return bad("not JSON");
  if (root["screening"].get(part) != simdjson::SUCCESS) {
    return bad("this guideline does not say whom to screen for");
  }
  Screening out;
  out.guideline = &guideline;
  std::string missing;
  const auto define = [&](const std::string& name) {
    const auto id = guideline.program().find(name);
    if (!id) missing += (missing.empty() ? "" : ", ") + name;
    return id.value_or(0);
  };
  out.flag = define(string_at(part, "flag"));
  if (const std::string score = string_at(part, "score"); !score.empty()) out.score = define(score);
  out.notes = texts_at(part, "notes");
  for (const auto& id : texts_at(part, "facts")) {
    const Fact* fact = guideline.find_fact(id);
    if (fact == nullptr) {
      missing += (missing.empty() ? "" : ", ") + id;
    } else {
      out.facts.push_back(fact);
    }
  }
  dom::array tiers;
  if (part["tiers"].get(tiers) == simdjson::SUCCESS) {
    for (dom::element tier : tiers) {
      out.tiers.push_back({string_at(tier, "id"), string_at(tier, "title"),
                           define(string_at(tier, "when")), texts_at(tier, "evidence")});
    }
  }
  if (!missing.empty()) return bad("names what is not there: " + missing);
  if (out.tiers.empty()) return bad("there is no tier");
  return out;
}

base::Result<Screened> screen(const Screening& screening, const fhir::Record& record,
                              const base::DateTime& as_of) {
  const Guideline& guideline = *screening.guideline;
  if (auto checked = refuse_wrong_units(guideline, record); !checked) {
    return std::unexpected(checked.error());
  }
  Screened out;
  if (record.patient() != nullptr) out.patient = record.patient()->reference();
  PlanOptions options;
  options.as_of = as_of;
  {
    // Without a trace, as most people are passed over.
    cql::EvaluationOptions quick;
    quick.as_of = as_of;
    cql::Evaluation evaluation(guideline.program(), record, quick);
    const auto flag = evaluation.value(screening.flag);
    if (flag && flag->is_false()) return out;
  }
  Adviser adviser(guideline, record, options);
  const cql::Value flag = adviser.value(screening.flag);
  out.standing = flag.is_true() ? ScreenStanding::kFlagged : ScreenStanding::kUndecided;
  if (out.standing == ScreenStanding::kFlagged) {
    // The last tier is for everybody whom no earlier one takes.
    while (out.tier + 1 < screening.tiers.size() &&
           !adviser.value(screening.tiers[out.tier].when).is_true()) {
      ++out.tier;
    }
    if (screening.score) {
      const cql::Value score = adviser.value(*screening.score);
      if (score.is(cql::Kind::kInteger)) out.score = score.as_integer();
    }
  }
  for (const Fact* fact : screening.facts) {
    const cql::Value value = adviser.value(fact->define);
    if (!value.is_null()) {
      if (!says_no(value)) out.because.push_back(adviser.show(*fact));
      continue;
    }
    if (out.standing != ScreenStanding::kUndecided) continue;
    const cql::DefinitionId ask[] = {screening.flag};
    for (const auto& alternative : adviser.alternatives_of(*fact)) {
      const auto instead = adviser.evaluation().what_if(fact->define, alternative, ask);
      if (!instead.front() || instead.front()->is_null()) continue;
      out.missing.push_back(fact);
      break;
    }
  }
  out.errors = adviser.errors();
  return out;
}

}  // namespace nidus::pathway
