// SPDX-License-Identifier: Apache-2.0
//
// Interpretations as FHIR R4 Observations: derivedFrom the culture and the measurement, the table's
// name, version and row in `method` and `note`.
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "pathway/interpretation.h"

namespace nidus::pathway {

namespace mb = microbiology;

namespace {

using base::JsonWriter;

constexpr const char* kNidus = "https://nidus.example/CodeSystem/finding";

void coding(JsonWriter& json, std::string_view system, std::string_view code,
            std::string_view display) {
  json.begin_object().member("system", system).member("code", code);
  json.member("display", display).end_object();
}

void remark(JsonWriter& json, std::string_view code, std::string_view display,
            std::string_view text) {
  json.begin_object().key("code").begin_object().key("coding").begin_array();
  coding(json, kNidus, code, display);
  json.end_array().member("text", display).end_object();
  json.member("valueString", text).end_object();
}

std::string method(const InterpretReport& report, const mb::AgentReport& agent) {
  switch (agent.ground) {
    case mb::Ground::kTable:
      return fmt::format("{} {}, row {}", report.table->name, agent.row->version, agent.row->id);
    case mb::Ground::kExpected:
      return fmt::format("{}, row {}", report.table->expected_name, agent.expected->id);
    case mb::Ground::kRule:
      return "Expert rule " + agent.rule->id;
    case mb::Ground::kNone:
      break;
  }
  return {};
}

const char* display(mb::Category category) {
  switch (category) {
    case mb::Category::kS:
      return "Susceptible";
    case mb::Category::kI:
      return "Susceptible, increased exposure";
    default:
      return "Resistant";
  }
}

std::string observation(const InterpretReport& report, const ReadIsolate& isolate,
                        const mb::AgentReport& agent, const std::string& id) {
  const mb::Agent& known = report.library->agents[agent.agent];
  JsonWriter json;
  json.begin_object().member("resourceType", "Observation").member("id", id);
  json.member("status", "preliminary");
  json.key("code").begin_object();
  if (!known.loinc.empty() || !known.atc.empty()) {
    json.key("coding").begin_array();
    if (!known.loinc.empty()) {
      coding(json, "http://loinc.org", known.loinc, known.name + " [Susceptibility]");
    }
    if (!known.atc.empty()) coding(json, "http://www.whocc.no/atc", known.atc, known.name);
    json.end_array();
  }
  json.member("text", known.name + " [Susceptibility]").end_object();
  if (!report.patient.empty()) {
    json.key("subject").begin_object().member("reference", report.patient).end_object();
  }
  const std::string as_of = base::format_date_time(report.as_of);
  json.member("effectiveDateTime", isolate.effective.empty() ? as_of : isolate.effective);
  json.member("issued", as_of);
  json.key("interpretation").begin_array().begin_object().key("coding").begin_array();
  coding(json, "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
         mb::word(agent.category), display(agent.category));
  json.end_array().end_object().end_array();
  json.key("note").begin_array().begin_object();
  std::string note = report.library->organisms[isolate.isolate.organism].name;
  for (const auto& text : reasons(report, isolate, agent)) note += ". " + text;
  note += fmt::format(
      ". Guideline {}, microbiology tables {}. Decision support; a clinician "
      "decides.",
      report.guideline, report.tables_version);
  json.member("text", note).end_object().end_array();
  json.key("method").begin_object().key("coding").begin_array();
  coding(json, kNidus, "susceptibility-interpretation", "Susceptibility interpretation");
  json.end_array().member("text", method(report, agent)).end_object();
  json.key("derivedFrom").begin_array();
  std::set<std::string> sources = {isolate.resource};
  json.begin_object().member("reference", isolate.resource).end_object();
  for (const std::size_t test : agent.tests) {
    const auto& source = isolate.isolate.tests[test].source;
    if (!sources.insert(source).second) continue;
    json.begin_object().member("reference", source).end_object();
  }
  json.end_array();
  const std::string differs = disagreement(report, agent);
  if (!differs.empty() || agent.identification_doubt) {
    json.key("component").begin_array();
    if (!differs.empty()) {
      remark(json, "susceptibility-disagreement", "Susceptibility disagreement",
             known.name + ": " + differs);
    }
    if (agent.identification_doubt) {
      remark(json, "identification-doubt", "Identification doubt",
             fmt::format("{}, {} by nature R{}", isolate.organism_text, known.name,
                         agent.expected->verified ? "" : " (not verified)"));
    }
    json.end_array();
  }
  json.end_object();
  return json.text();
}

// What the guideline reads and the record does not say by itself.
bool is_for_plan(const InterpretReport& report, const ReadIsolate& isolate,
                 const mb::AgentReport& agent) {
  if (agent.screen || agent.unproven || agent.combination != nullptr) return false;
  // What only a row that is not verified doubts is shown by `nidus interpret` and asks nothing of
  // the plan.
  if (agent.identification_doubt && !agent.expected->verified) return false;
  // Reports without a measurement speak for themselves, unless nature contradicts them.
  if (!isolate.measured) return agent.identification_doubt;
  if (agent.reported == agent.category) return false;
  return !agent.tests.empty() || report.library->agents[agent.agent].offered;
}

}  // namespace

std::vector<std::string> interpret_observations(const InterpretReport& report, bool for_plan) {
  std::vector<std::string> out;
  for (const ReadIsolate& isolate : report.isolates) {
    for (const mb::AgentReport& agent : isolate.report.agents) {
      if (agent.withdrawn || agent.ground == mb::Ground::kNone) continue;
      if (agent.category == mb::Category::kUnknown ||
          agent.category == mb::Category::kNoBreakpoint) {
        continue;
      }
      if (for_plan && !is_for_plan(report, isolate, agent)) continue;
      out.push_back(observation(report, isolate, agent,
                                fmt::format("derived-susceptibility-{}", out.size() + 1)));
    }
  }
  return out;
}

std::string write_interpret_fhir(const InterpretReport& report) {
  JsonWriter json;
  json.begin_object().member("resourceType", "Bundle").member("type", "collection");
  json.member("timestamp", base::format_date_time(report.as_of));
  const std::vector<std::string> observations = interpret_observations(report);
  if (!observations.empty()) json.key("entry").begin_array();  // R4 has no empty lists
  std::size_t count = 0;
  for (const std::string& one : observations) {
    json.begin_object();
    json.member("fullUrl", fmt::format("https://nidus.example/fhir/Observation/"
                                       "derived-susceptibility-{}",
                                       ++count));
    json.key("resource").raw(one).end_object();
  }
  if (!observations.empty()) json.end_array();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
