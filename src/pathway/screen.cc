// SPDX-License-Identifier: Apache-2.0
#include "pathway/screen.h"

#include <cassert>

#include "pathway/advise.h"
#include "pathway/readable.h"

namespace nidus::pathway {

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

// A fact that says there is nothing is no reason to look.
bool says_no(const cql::Value& value) {
  return value.is_false() || (value.is(cql::Kind::kList) && value.as_list().empty());
}

}  // namespace

base::Result<Screened> screen(const Guideline& guideline, const fhir::Record& record,
                              const base::DateTime& as_of) {
  assert(guideline.screening);
  const Screening& screening = *guideline.screening;
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
    // A text too long to be looked through is the one reason that can be taken away. Once: what is
    // left holds none.
    if (const auto readable = flag ? Readable() : readable_part(record); readable.record) {
      auto rest = screen(guideline, *readable.record, as_of);
      if (rest)
        rest->errors.insert(rest->errors.end(), readable.left_out.begin(), readable.left_out.end());
      return rest;
    }
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
