// SPDX-License-Identifier: Apache-2.0
//
// Isolates of one person, read from FHIR and judged by the microbiology room: what `nidus
// interpret` reports, and what is derived from it for the plan. Thread rule: pure. Errors:
// kBadArgument for a table that the guideline does not hold; kEvaluation when a definition fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fhir/record.h"
#include "microbiology/interpret.h"
#include "pathway/guideline.h"

namespace nidus::pathway {

struct ReadIsolate {
  microbiology::Isolate isolate;
  std::string resource;       // "Observation/culture-1"
  std::string organism_text;  // as the laboratory writes it
  std::string effective;      // when it was taken, as recorded
  bool genus_only = false;    // its species is not told apart here
  bool measured = false;      // has an MIC or a zone
  microbiology::IsolateReport report;
};

// What was not read, with its place. Nothing of a tested isolate is dropped unlisted.
struct NotRead {
  std::string resource;
  std::string path;
  std::string what;  // as recorded
  std::string why;
};

enum class AtHand { kNo, kUnknown, kYes };

struct InterpretReport {
  std::string patient;
  base::DateTime as_of;
  std::string guideline;  // id and version
  std::string guideline_hash;
  std::string tables_version;
  const microbiology::Library* library = nullptr;
  const microbiology::Table* table = nullptr;
  std::vector<AtHand> conditions;  // by Library::conditions; empty: no row asks for them
  std::vector<ReadIsolate> isolates;
  std::vector<NotRead> not_read;
};

struct InterpretRequest {
  base::DateTime as_of;  // REQUIRES: has_offset()
  std::string table;     // id; empty: the guideline's first
};

// Isolates and their results as they stand in the record, without judging them.
void read_isolates(const microbiology::Library& library, const microbiology::Table& table,
                   const fhir::Record& record, InterpretReport& into);

// The report points into `guideline`, which must outlive it.
base::Result<InterpretReport> interpret_report(const Guideline& guideline,
                                               const fhir::Record& record,
                                               const InterpretRequest& request);

std::string write_interpret_text(const InterpretReport& report, bool colour, int width);
std::string write_interpret_json(
    const InterpretReport& report);  // docs/schemas/interpret.schema.json
std::string write_interpret_fhir(
    const InterpretReport& report);  // R4 Bundle of derived Observations

// "laboratory S, EUCAST clinical breakpoints R"; empty when they agree.
std::string disagreement(const InterpretReport& report, const microbiology::AgentReport& agent);
// Why ours is what it is, one sentence each: row, rule, what is said of it.
std::vector<std::string> reasons(const InterpretReport& report, const ReadIsolate& isolate,
                                 const microbiology::AgentReport& agent);

// The derived Observations, one JSON object each; `for_plan`: only what the record does not say
// itself and the guideline reads.
std::vector<std::string> interpret_observations(const InterpretReport& report,
                                                bool for_plan = false);

// Door 4: what the isolates add to the record. Empty without a tested isolate.
base::Result<std::vector<std::string>> derived_susceptibility(const Guideline& guideline,
                                                              const fhir::Record& record,
                                                              const base::DateTime& as_of);

}  // namespace nidus::pathway
