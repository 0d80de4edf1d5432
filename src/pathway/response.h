// SPDX-License-Identifier: Apache-2.0
//
// How CRP and ESR of one person answer the treatment: read through the guideline's definitions,
// judged by the pharmacology room; what `nidus response` reports.
// Thread rule: pure. Errors: kEvaluation when a definition fails; kBadGuideline when it has none.
#pragma once

#include <string>
#include <vector>

#include "fhir/record.h"
#include "pathway/guideline.h"
#include "pharmacology/marker_course.h"

namespace nidus::pathway {

struct ResponseReport {
  std::string patient;    // "Patient/p1"
  base::DateTime as_of;   // day 0 of the markers
  std::string guideline;  // id and version
  std::string guideline_hash;
  std::string tables_version;
  std::optional<double> start;  // day of the first effective dose
  std::optional<double> end;    // of the last dose, when treatment is over
  std::vector<double> operations;
  std::vector<pharmacology::MarkerReport> markers;
};

// REQUIRES: as_of.has_offset(). The markers point into `guideline`, which must outlive them.
base::Result<ResponseReport> response_report(const Guideline& guideline, const fhir::Record& record,
                                             const base::DateTime& as_of);

std::string write_response_text(const ResponseReport& report, bool colour, int width);
std::string write_response_json(const ResponseReport& report);  // docs/schemas/response.schema.json
std::string write_response_html(
    const ResponseReport& report);  // one self-contained page with charts
std::string write_response_fhir(const ResponseReport& report);  // R4 Bundle of derived Observations

// "4 Mar", for a day of a report; with the year when it is not that of the moment of judging.
std::string day_text(const ResponseReport& report, double day);
// "2025-03-04T10:30:00+01:00"
std::string moment(const ResponseReport& report, double day);
// Day of treatment, the first dose on day 1. REQUIRES: report.start.
int treatment_day(const ResponseReport& report, double day);
// "Day 9 of treatment, which began on 3 Feb."
std::string treatment_words(const ResponseReport& report);

// A marker in words, row by row: what text and page share.
struct ResponseWords {
  std::string name;
  std::string text;
  bool warns = false;
  bool faint = false;
};
std::vector<ResponseWords> marker_words(const ResponseReport& report,
                                        const pharmacology::MarkerReport& marker);
// A reading against what was expected of it, for a table: "45 to 112", "HIGHER".
std::string expected_words(const pharmacology::JudgedReading& one);
std::string place_words(const pharmacology::JudgedReading& one);
std::string number_words(double value);

// The course as a picture, to be read in black and white. REQUIRES: two points of the curve.
std::string response_svg(const ResponseReport& report, const pharmacology::MarkerReport& marker);
std::vector<std::string> response_lines(const ResponseReport& report,
                                        const pharmacology::MarkerReport& marker,
                                        std::size_t width);

}  // namespace nidus::pathway
