// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"
#include "pathway/phrase.h"
#include "pathway/write.h"

namespace nidus::pathway {

namespace {

using base::JsonWriter;

void write_fact_head(JsonWriter& json, const Fact& fact) {
  json.member("fact", fact.id).member("label", fact.label);
}

void write_because(JsonWriter& json, const std::vector<ShownFact>& facts) {
  json.key("because").begin_array();
  for (const auto& shown : facts) {
    json.begin_object();
    write_fact_head(json, *shown.fact);
    json.member("value", shown.value).member("pivotal", shown.pivotal);
    json.key("sources").begin_array();
    for (const auto& source : shown.sources) {
      json.begin_object();
      json.member("reference", source.reference).member("label", source.label);
      if (!source.at.empty()) json.member("at", source.at);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_missing(JsonWriter& json, const Guideline& guideline,
                   const std::vector<Missing>& missing) {
  json.key("missing").begin_array();
  for (const auto& entry : missing) {
    json.begin_object();
    write_fact_head(json, *entry.fact);
    json.member("learn", entry.fact->learn);
    if (!entry.fact->owner.empty()) {
      json.member("owner", entry.fact->owner)
          .member("ownerName", guideline.role_name(entry.fact->owner));
    }
    json.member("decisive", entry.decisive).end_object();
  }
  json.end_array();
}

void write_options(JsonWriter& json, const Item& item) {
  json.key("options").begin_array();
  for (const auto& shown : item.options) {
    const RegimenOption& option = *shown.option;
    json.begin_object();
    json.member("id", option.id).member("standing", word(shown.standing));
    json.member("rank", option.rank).member("organismGroup", option.organism_group);
    json.member("setting", option.setting).member("condition", option.condition);
    json.member("phase", option.phase);
    if (!option.note.empty()) json.member("note", option.note);
    json.key("components").begin_array();
    for (const auto& part : shown.components) {
      const RegimenComponent& component = *part.component;
      json.begin_object();
      json.member("row", component.reg_id).member("agent", component.agent);
      json.member("atc", component.atc).member("route", component.route);
      json.member("dose", component.dose).member("interval", component.interval);
      if (!component.dose_id.empty()) json.member("doseRow", component.dose_id);
      if (!part.for_kidney.empty()) json.member("forKidney", part.for_kidney);
      if (!part.for_exposure.empty()) json.member("forExposure", part.for_exposure);
      json.member("text", component_text(part));
      json.member("verification", component.verification).end_object();
    }
    json.end_array();
    const auto stops = [&](std::string_view key, const std::vector<const Stop*>& list) {
      json.key(key).begin_array();
      for (const Stop* stop : list) {
        json.begin_object().member("id", stop->id).member("title", stop->title).end_object();
      }
      json.end_array();
    };
    stops("removedBy", shown.removed_by);
    stops("cautions", shown.cautions);
    json.key("warnings").begin_array();
    for (const auto& [stop, text] : shown.warnings) {
      json.begin_object().member("id", stop->id).member("title", stop->title);
      json.member("text", text).end_object();
    }
    json.end_array();
    json.key("interactions").begin_array();
    for (const auto& met : shown.interactions) {
      json.begin_object().member("row", met.row->id).member("severity", met.row->severity);
      json.key("agents").begin_array();
      for (const auto& name : met.agents) json.value(name);
      json.end_array().key("taken").begin_array();
      for (const auto& name : met.taken) json.value(name);
      json.end_array().member("text", met.row->text).end_object();
    }
    json.end_array();
    json.key("missing").begin_array();
    for (const Fact* fact : shown.missing) {
      json.begin_object();
      write_fact_head(json, *fact);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void write_evidence(JsonWriter& json, const Guideline& guideline,
                    const Recommendation& recommendation) {
  json.key("evidence").begin_object();
  json.member("strength", recommendation.strength);
  json.member("certainty", recommendation.certainty);
  json.key("rules").begin_array();
  for (const auto& id : recommendation.evidence) {
    json.begin_object().member("id", id);
    if (const Evidence* evidence = guideline.find_evidence(id)) {
      json.member("text", evidence->text);
      if (!evidence->mark.empty()) json.member("mark", evidence->mark);
      json.key("sources").begin_array();
      for (const auto& key : evidence->sources) json.value(key);
      json.end_array();
      if (!evidence->conflict.empty()) json.member("conflict", evidence->conflict);
    }
    json.end_object();
  }
  json.end_array().end_object();
}

void write_item(JsonWriter& json, const Guideline& guideline, const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  json.begin_object();
  json.member("id", recommendation.id).member("standing", word(item.standing));
  json.member("category", recommendation.category).member("group", word(recommendation.group));
  json.member("stage", recommendation.stage).member("action", recommendation.action);
  json.member("title", recommendation.title);
  if (!item.what.empty()) json.member("what", item.what);
  if (!item.note.empty()) json.member("note", item.note);
  json.member("reason", recommendation.reason);
  json.key("who").begin_object().member("role", recommendation.owner);
  json.member("name", guideline.role_name(recommendation.owner)).end_object();
  json.key("when").begin_object().member("text", item.due);
  if (recommendation.due.within_minutes) {
    json.member("withinMinutes", *recommendation.due.within_minutes);
  }
  if (!item.due_at.empty()) json.member("dueAt", item.due_at).member("overdue", item.overdue);
  json.end_object();
  json.member("priority", recommendation.priority);
  write_because(json, item.because);
  write_missing(json, guideline, item.missing);
  json.key("wouldFlip").begin_array();
  for (const auto& flip : item.flips) {
    json.begin_object();
    write_fact_head(json, *flip.fact);
    json.member("from", flip.from).member("to", flip.to);
    json.member("becomes", word(flip.becomes)).end_object();
  }
  json.end_array();
  write_options(json, item);
  json.key("conflicts").begin_array();
  for (const Recommendation* other : item.conflicts) json.value(other->id);
  json.end_array();
  write_evidence(json, guideline, recommendation);
  json.end_object();
}

void write_lines(JsonWriter& json, std::string_view key, const std::vector<LeftOut>& entries) {
  json.key(key).begin_array();
  for (const auto& entry : entries) json.value(entry.line);
  json.end_array();
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const auto& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

std::string write_json(const Plan& plan) {
  const Guideline& guideline = *plan.guideline;
  JsonWriter json(2);
  json.begin_object();
  json.member("format", "nidus-plan/1");
  json.key("guideline").begin_object();
  json.member("id", guideline.id).member("version", guideline.version);
  json.member("title", guideline.title).member("hash", guideline.hash).end_object();
  if (!plan.local.empty()) json.member("local", plan.local);
  json.member("asOf", base::format_date_time(plan.as_of));
  json.key("patient").begin_object();
  if (!plan.patient.empty()) json.member("reference", plan.patient);
  json.member("description", plan.description).end_object();
  json.key("headline").begin_object();
  json.member("state", plan.state).member("due", plan.due).end_object();
  const auto items = [&](std::string_view key, const std::vector<Item>& list) {
    json.key(key).begin_array();
    for (const auto& item : list) write_item(json, guideline, item);
    json.end_array();
  };
  items("items", plan.advised);
  items("undecided", plan.undecided);
  items("notAdvised", plan.not_advised);
  json.key("stops").begin_array();
  for (const auto& active : plan.stops) {
    json.begin_object();
    json.member("id", active.stop->id).member("title", active.stop->title);
    json.member("text", active.text);
    write_texts(json, "removesAtc", active.remove_atc);
    write_because(json, active.because);
    write_texts(json, "evidence", active.stop->evidence);
    json.end_object();
  }
  json.end_array();
  write_lines(json, "unreadable", plan.unreadable);
  write_lines(json, "unused", plan.unused);
  json.key("issues").begin_array();
  for (const auto& issue : plan.issues) {
    json.begin_object();
    json.member("severity",
                issue.severity == fhir::Issue::Severity::kWarning ? "warning" : "information");
    json.member("resource", issue.resource).member("path", issue.path);
    json.member("message", issue.message).end_object();
  }
  json.end_array();
  write_texts(json, "messages", plan.messages);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
