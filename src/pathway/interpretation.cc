// SPDX-License-Identifier: Apache-2.0
#include "pathway/interpretation.h"

#include <fmt/format.h>

#include <algorithm>

namespace nidus::pathway {

namespace mb = microbiology;

namespace {

// Whether any row for what was tested asks where the infection is.
bool asks_for_conditions(const InterpretReport& report) {
  for (const ReadIsolate& isolate : report.isolates) {
    for (const mb::Test& test : isolate.isolate.tests) {
      if (!test.measured) continue;
      for (const auto& one : report.table->candidates(isolate.isolate.organism, test.agent)) {
        const mb::Site& site = report.library->sites[report.table->rows[one.row].site];
        if ((site.any_of | site.none_of) != 0) return true;
      }
    }
  }
  return false;
}

base::Result<void> find_conditions(const Guideline& guideline, const fhir::Record& record,
                                   const base::DateTime& as_of, InterpretReport& report) {
  cql::Evaluation evaluation(guideline.program(), record, {as_of, false, {}});
  for (const mb::Condition& condition : report.library->conditions) {
    if (condition.define.empty()) {
      report.conditions.push_back(AtHand::kNo);
      continue;
    }
    const auto id = guideline.program().find(condition.define);
    if (!id) {
      return base::fail(base::ErrorCode::kBadGuideline,
                        "no definition is named '" + condition.define + "'");
    }
    const auto value = evaluation.value(*id);
    if (!value) return std::unexpected(value.error());
    report.conditions.push_back(value->is_true()                 ? AtHand::kYes
                                : value->is(cql::Kind::kBoolean) ? AtHand::kNo
                                                                 : AtHand::kUnknown);
  }
  return {};
}

}  // namespace

base::Result<InterpretReport> interpret_report(const Guideline& guideline,
                                               const fhir::Record& record,
                                               const InterpretRequest& request) {
  const auto loaded = guideline.microbiology();
  if (!loaded) return std::unexpected(loaded.error());
  if (*loaded == nullptr) {
    return base::fail(base::ErrorCode::kNotFound, "this guideline holds no breakpoints",
                      guideline.id);
  }
  InterpretReport out;
  out.library = *loaded;
  out.table =
      request.table.empty() ? &out.library->tables.front() : out.library->find_table(request.table);
  if (out.table == nullptr) {
    std::string known;
    for (const mb::Table& one : out.library->tables) known += (known.empty() ? "" : ", ") + one.id;
    return base::fail(base::ErrorCode::kBadArgument,
                      "no breakpoint table is named '" + request.table + "'", "--table", {}, known);
  }
  out.patient = record.patient() != nullptr ? record.patient()->reference() : std::string();
  out.as_of = request.as_of;
  out.guideline = guideline.id + " " + guideline.version;
  out.guideline_hash = guideline.hash;
  out.tables_version = out.library->version;
  read_isolates(*out.library, *out.table, record, out);
  std::uint32_t conditions = 0;
  std::uint32_t possible = 0;
  if (asks_for_conditions(out)) {
    if (auto found = find_conditions(guideline, record, request.as_of, out); !found) {
      return std::unexpected(found.error());
    }
    for (std::size_t i = 0; i < out.conditions.size(); ++i) {
      if (out.conditions[i] == AtHand::kYes) conditions |= 1u << i;
      if (out.conditions[i] == AtHand::kUnknown && out.library->conditions[i].unknown_counts) {
        possible |= 1u << i;
      }
    }
  }
  for (ReadIsolate& isolate : out.isolates) {
    isolate.report = mb::assess(*out.library, *out.table, isolate.isolate, conditions, possible);
  }
  return out;
}

std::string disagreement(const InterpretReport& report, const mb::AgentReport& agent) {
  if (!agent.disagrees) return {};
  const std::string ours = agent.ground == mb::Ground::kExpected ? report.table->expected_name
                           : agent.ground == mb::Ground::kRule   ? "expert rule " + agent.rule->id
                           : agent.row != nullptr ? report.table->name + " " + agent.row->version
                                                  : report.table->name;
  return fmt::format("the laboratory says {}{}, {} says {}", mb::word(*agent.reported),
                     agent.reported_by_other_method ? " by another committee's method" : "", ours,
                     mb::word(agent.category));
}

std::vector<std::string> reasons(const InterpretReport& report, const ReadIsolate& isolate,
                                 const mb::AgentReport& agent) {
  std::vector<std::string> out;
  const mb::Library& library = *report.library;
  for (const mb::SiteVerdict& one : agent.verdicts) {
    const mb::Verdict& verdict = one.verdict;
    const mb::Test& test = isolate.isolate.tests[one.test];
    std::string where;
    if (one.screen) where += "screen, ";
    if (one.route == mb::Route::kOral) where += "by mouth, ";
    if (one.condition) where += "in " + library.conditions[*one.condition].label + ", ";
    if (one.condition && one.in_use) where += "which is not excluded, ";
    std::string line =
        fmt::format("{}{}: {}", where, test.measured_text, mb::word(verdict.category));
    if (verdict.why != mb::Why::kRow) line += ", " + mb::sentence(verdict.why);
    if (verdict.row != nullptr) {
      const mb::Row& row = *verdict.row;
      const bool zone = test.measured->method == mb::Method::kZone;
      if (verdict.why != mb::Why::kNotByMethod) {
        line +=
            zone ? fmt::format("; S >= {} mm, R < {} mm, disk {}", row.zone_s, row.zone_r, row.disk)
                 : fmt::format("; S <=/R > {} mg/L", row.mic_text);
      }
      line += fmt::format("; {} {}, {}, {}, {}", report.table->name, row.version, row.id,
                          library.organisms[row.organism].name, library.sites[row.site].name);
      if (row.wild_type_is_i && verdict.category == mb::Category::kI) {
        line += "; wild type is I by design: high dose (ABX-1103)";
      }
      if (!row.bracketed.empty()) {
        line += "; breakpoint in brackets, never alone (ABX-1104; " + row.bracketed + ")";
      }
      if (!row.older_value.empty()) line += "; changed in this version, before: " + row.older_value;
      if (row.newer_check == "not_checked") line += "; not checked against v16.1";
      if (!row.note.empty()) line += "; " + row.note;
    }
    out.push_back(std::move(line));
  }
  if (agent.verdicts.size() == 1 && agent.verdicts.front().verdict.why == mb::Why::kNoRow &&
      report.table->unspecific) {
    for (const auto& one : report.table->candidates(*report.table->unspecific, agent.agent)) {
      const mb::Row& row = report.table->rows[one.row];
      if (!row.has_mic) continue;
      out.push_back(
          fmt::format("PK-PD breakpoint, of no species: {} mg/L ({} {}); not S, I or R "
                      "for this organism (ABX-1107)",
                      row.mic_text, row.id, row.version));
      break;
    }
  }
  if (agent.expected != nullptr) {
    // A row of our own is not called one of the published table.
    const mb::ExpectedRow& row = *agent.expected;
    out.push_back(fmt::format("resistant by nature: {} ({}, {})", row.agents_text, row.id,
                              row.verified
                                  ? report.table->expected_name + ", " + row.table
                                  : row.table + "; from general knowledge, mark U: not verified, "
                                                "shown only"));
  }
  if (agent.combination != nullptr) out.push_back(agent.combination->say);
  if (agent.identification_doubt) {
    out.push_back(
        "an answer other than R: check identification and test, ask the laboratory to "
        "confirm (ABX-1110)");
  }
  if (agent.rule != nullptr) {
    out.push_back(fmt::format("{} ({}, mark {}{})", agent.rule->say, agent.rule->id,
                              agent.rule->mark,
                              agent.unproven ? ": not verified, shown only" : ""));
  }
  if (const auto text = disagreement(report, agent); !text.empty()) out.push_back(text);
  if (agent.reported == mb::Category::kI && agent.reported_by_other_method) {
    out.push_back(
        "the laboratory's I or SDD is another committee's: not the same as increased "
        "exposure");
  }
  if (const auto& note = library.agents[agent.agent].note; !note.empty()) out.push_back(note);
  return out;
}

base::Result<std::vector<std::string>> derived_susceptibility(const Guideline& guideline,
                                                              const fhir::Record& record,
                                                              const base::DateTime& as_of) {
  if (!guideline.has_microbiology()) return std::vector<std::string>{};
  // A look that needs no table: a culture's results are components or hang on another resource.
  static const fhir::NameId component = fhir::name_id("component");
  static const fhir::NameId source = fhir::name_id("derivedFrom");
  static const fhir::NameId member = fhir::name_id("hasMember");
  static const fhir::NameId value = fhir::name_id("valueCodeableConcept");
  static const fhir::NameId text = fhir::name_id("valueString");
  bool holds = false;
  bool organism = false;
  for (const auto& resource : record.of_type(fhir::type_id("Observation"))) {
    holds = holds || resource.node->find(component) != nullptr ||
            resource.node->find(source) != nullptr || resource.node->find(member) != nullptr;
    organism =
        organism || resource.node->find(value) != nullptr || resource.node->find(text) != nullptr;
  }
  holds = holds || !record.of_type(fhir::type_id("DiagnosticReport")).empty();
  if (!holds || !organism) return std::vector<std::string>{};
  const auto report = interpret_report(guideline, record, {as_of, {}});
  if (!report) return std::unexpected(report.error());
  return interpret_observations(*report, true);
}

}  // namespace nidus::pathway
