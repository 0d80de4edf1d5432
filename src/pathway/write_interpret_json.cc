// SPDX-License-Identifier: Apache-2.0
// docs/schemas/interpret.schema.json says what each member means.
#include <algorithm>

#include "base/json_writer.h"
#include "pathway/interpretation.h"

namespace nidus::pathway {

namespace mb = microbiology;

namespace {

using base::JsonWriter;

const char* word(mb::Ground ground) {
  switch (ground) {
    case mb::Ground::kNone:
      return "none";
    case mb::Ground::kTable:
      return "table";
    case mb::Ground::kExpected:
      return "expected-resistance";
    case mb::Ground::kRule:
      return "expert-rule";
  }
  return "";
}

const char* word(AtHand at_hand) {
  switch (at_hand) {
    case AtHand::kNo:
      return "no";
    case AtHand::kUnknown:
      return "unknown";
    case AtHand::kYes:
      return "yes";
  }
  return "";
}

const char* word(mb::Sign sign) { return sign == mb::Sign::kPositive ? "positive" : "negative"; }

void write_row(JsonWriter& json, const InterpretReport& report, const mb::Row& row) {
  json.key("row").begin_object();
  json.member("id", row.id).member("table", report.table->name).member("version", row.version);
  json.member("organism", report.library->organisms[row.organism].name);
  json.member("site", report.library->sites[row.site].name);
  if (row.has_mic) json.member("mic_mg_per_l", row.mic_text);
  if (row.has_zone) json.member("zone_mm", row.zone_text).member("disk", row.disk);
  json.member("wild_type_is_i", row.wild_type_is_i);
  json.member("bracketed", !row.bracketed.empty());
  json.member("newer_version_check", row.newer_check).member("older_value", row.older_value);
  json.member("note", row.note).member("source", row.source);
  json.end_object();
}

void write_agent(JsonWriter& json, const InterpretReport& report, const ReadIsolate& isolate,
                 const mb::AgentReport& agent) {
  const mb::Agent& known = report.library->agents[agent.agent];
  json.begin_object();
  json.member("agent", known.name).member("code", known.code).member("atc", known.atc);
  json.member("category", mb::word(agent.category)).member("ground", word(agent.ground));
  json.member("screen", agent.screen).member("withdrawn", agent.withdrawn);
  json.member("inferred", agent.inferred).member("unproven", agent.unproven);
  if (agent.rule != nullptr) json.member("rule", agent.rule->id);
  if (agent.expected != nullptr) json.member("expected_resistance", agent.expected->id);
  if (agent.row != nullptr) write_row(json, report, *agent.row);
  if (agent.reported) json.member("laboratory", mb::word(*agent.reported));
  json.member("disagrees", agent.disagrees);
  json.member("identification_doubt", agent.identification_doubt);
  json.key("tests").begin_array();
  for (const std::size_t index : agent.tests) {
    const mb::Test& test = isolate.isolate.tests[index];
    json.begin_object().member("source", test.source).member("place", test.place);
    if (test.measured) {
      json.member("measured", test.measured_text);
      json.member("method", test.measured->method == mb::Method::kMic ? "mic" : "zone");
      if (!test.measured->disk.empty()) json.member("disk", test.measured->disk);
    }
    if (test.reported) {
      json.member("laboratory", mb::word(*test.reported));
      json.member("laboratory_text", test.reported_text);
    }
    json.member("other_committee", test.other_method).end_object();
  }
  json.end_array();
  json.key("verdicts").begin_array();
  for (const mb::SiteVerdict& one : agent.verdicts) {
    json.begin_object().member("category", mb::word(one.verdict.category));
    json.member("why", mb::sentence(one.verdict.why));
    json.member("route", one.route == mb::Route::kAny           ? "any"
                         : one.route == mb::Route::kIntravenous ? "iv"
                                                                : "oral");
    if (one.condition) json.member("condition", report.library->conditions[*one.condition].id);
    json.member("screen", one.screen).member("in_use", one.in_use);
    if (one.verdict.row != nullptr) json.member("row_id", one.verdict.row->id);
    json.end_object();
  }
  json.end_array();
  json.key("reasons").begin_array();
  for (const auto& text : reasons(report, isolate, agent)) json.value(text);
  json.end_array().end_object();
}

void write_isolate(JsonWriter& json, const InterpretReport& report, const ReadIsolate& isolate) {
  const mb::Organism& organism = report.library->organisms[isolate.isolate.organism];
  json.begin_object();
  json.member("source", isolate.resource).member("as_written", isolate.organism_text);
  json.member("organism", organism.name).member("rank", organism.rank);
  json.member("genus_only", isolate.genus_only).member("effective", isolate.effective);
  json.key("above").begin_array();
  for (const mb::Step& step : organism.up) {
    if (step.distance > 0) json.value(report.library->organisms[step.organism].name);
  }
  json.end_array();
  json.key("markers").begin_array();
  for (std::size_t i = 0; i < isolate.isolate.markers.size(); ++i) {
    if (isolate.isolate.markers[i] == mb::Sign::kUnknown) continue;
    json.begin_object().member("marker", report.library->markers[i].id);
    json.member("sign", word(isolate.isolate.markers[i])).end_object();
  }
  json.end_array();
  json.key("agents").begin_array();
  for (const mb::AgentReport& agent : isolate.report.agents) {
    write_agent(json, report, isolate, agent);
  }
  json.end_array();
  json.key("rules").begin_array();
  for (const mb::Said& said : isolate.report.said) {
    json.begin_object().member("id", said.rule->id).member("evidence", said.rule->evidence);
    json.member("mark", said.rule->mark).member("say", said.rule->say).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string write_interpret_json(const InterpretReport& report) {
  JsonWriter json(1);
  json.begin_object().member("format", "nidus-interpret/1");
  json.member("as_of", base::format_date_time(report.as_of)).member("patient", report.patient);
  json.member("guideline", report.guideline).member("guideline_hash", report.guideline_hash);
  json.member("tables_version", report.tables_version);
  json.member("table", report.table->name);
  json.key("conditions").begin_array();
  for (std::size_t i = 0; i < report.conditions.size(); ++i) {
    json.begin_object().member("id", report.library->conditions[i].id);
    json.member("at_hand", word(report.conditions[i])).end_object();
  }
  json.end_array();
  json.key("isolates").begin_array();
  for (const ReadIsolate& isolate : report.isolates) write_isolate(json, report, isolate);
  json.end_array();
  json.key("not_read").begin_array();
  for (const NotRead& one : report.not_read) {
    json.begin_object().member("resource", one.resource).member("path", one.path);
    json.member("what", one.what).member("why", one.why).end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
