// SPDX-License-Identifier: Apache-2.0
//
// Doses and levels of one person, read through the guideline's definitions, judged by the
// pharmacology room: what `nidus dose` reports, and what is derived from it for the plan.
// Thread rule: pure. Errors: kNotFound for a drug that the guideline does not dose; kEvaluation
// when a definition fails.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fhir/record.h"
#include "pathway/guideline.h"
#include "pharmacology/assess.h"

namespace nidus::pathway {

struct DosePerson;  // dose_table.h

struct DoseRequest {
  base::DateTime as_of;  // REQUIRES: has_offset()
  std::string drug;      // name or ATC; empty: every drug with doses or levels
  // The same person's record with what became known later; what of it would be a dose or a level is
  // listed as not counted. May be nullptr.
  const fhir::Record* whole = nullptr;
};

// A row of tables/regimens.csv that is offered to this person.
struct IndicatedDose {
  const RegimenOption* option = nullptr;
  const RegimenComponent* component = nullptr;
};

// A row of tables/dosing.csv for this person.
struct DoseTableLine {
  const DoseRow* row = nullptr;  // nullptr: no row holds the agent
  std::string agent;             // as the row or the record names it
  bool given = false;            // else only offered by the plan, or asked for
  std::string for_kidney;        // the renal band, or the dose of the kind of dialysis
  std::string amounts;           // mg for this weight, when the row doses by weight
  std::string weight;            // which weight that is
  std::string liver;             // with what is recorded about the liver
  std::vector<IndicatedDose> indicated;
};

struct DoseReport {
  std::string patient;  // "Patient/p1"
  base::DateTime as_of;
  base::DateTime origin;  // hour 0
  std::string guideline;  // id and version
  std::string guideline_hash;
  std::string tables_version;
  std::string only_atc;              // of the one drug asked for; else empty
  std::vector<std::string> remarks;  // about the person and the record, to be read first
  pharmacology::KidneyReport kidney;
  std::shared_ptr<const DosePerson> person;
  std::vector<DoseTableLine> table;
  std::vector<pharmacology::Assessment> drugs;
  std::vector<std::string> not_dosed;  // drugs given that have no model here
};

// The assessments point into `guideline`, which must outlive them. The table holds what is given.
base::Result<DoseReport> dose_report(const Guideline& guideline, const fhir::Record& record,
                                     const DoseRequest& request);

// Adds the rows of what the plan offers, and to each row the doses by indication. Needs a whole
// plan: for `nidus dose`, not for the facts that a plan is made from.
base::Result<void> add_offered(const Guideline& guideline, const fhir::Record& record,
                               DoseReport& report);

// "2025-03-04T10:30:00+01:00" for an hour of a report.
std::string moment(const DoseReport& report, double hour);

std::string write_dose_text(const DoseReport& report, bool colour, int width);
std::string write_dose_json(const DoseReport& report);  // docs/schemas/dose.schema.json
std::string write_dose_html(const DoseReport& report);  // one self-contained page with charts
std::string write_dose_fhir(const DoseReport& report);  // R4 Bundle of derived Observations

// The derived Observations alone, one JSON object each; `areas_only`: of exposure, as the guideline
// reads it, without predicted peaks and troughs.
std::vector<std::string> dose_observations(const DoseReport& report, bool areas_only = false);

// Door 4: the record with what is derived from it as Observations: exposure from doses and levels,
// susceptibility from measured isolates. Nullopt when nothing is derived.
base::Result<std::optional<fhir::Record>> enrich(const Guideline& guideline,
                                                 const fhir::Record& record,
                                                 const base::DateTime& as_of);

}  // namespace nidus::pathway
