// SPDX-License-Identifier: Apache-2.0
#include "pathway/replay.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json_writer.h"

namespace nidus::pathway {

namespace {

Source source_of(const fhir::Resource& resource) {
  const auto at = fhir::known_at(resource);
  return {resource.reference(), fhir::label(resource), at ? base::format_date_time(*at) : ""};
}

}  // namespace

base::Result<Replay> replay(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options) {
  const int offset = options.as_of.offset_minutes;
  const auto last = base::epoch_ms(options.as_of, offset);
  Replay out;
  // Facts by the moment they became known; a date alone counts at its last moment, so that nothing
  // is advised before the fact can have been there.
  std::map<std::int64_t, std::vector<const fhir::Resource*>> moments;
  for (const auto& resource : record.resources()) {
    if (resource.contained) continue;
    const auto known = fhir::known_at(resource);
    if (!known) {
      out.undated.push_back(source_of(resource));
      continue;
    }
    const auto at = base::epoch_ms(base::highest(*known), offset);
    if (at <= last) moments[at].push_back(&resource);
  }
  std::set<const Recommendation*> before;
  for (const auto& [at, resources] : moments) {
    PlanOptions step_options = options;
    step_options.as_of = base::from_epoch_ms(at, offset);
    step_options.explain = false;
    const auto known = record.as_known_at(step_options.as_of, offset);
    auto plan = make_plan(guideline, known, step_options);
    if (!plan) return std::unexpected(plan.error());
    ReplayStep step;
    step.at = step_options.as_of;
    step.state = plan->state;
    for (const auto* resource : resources) step.facts.push_back(source_of(*resource));
    std::set<const Recommendation*> now;
    for (const auto& item : plan->advised) {
      now.insert(item.recommendation);
      if (before.contains(item.recommendation)) continue;
      step.appeared.push_back(item.recommendation);
      step.appeared_what.push_back(item.what);
    }
    for (const auto* recommendation : before) {
      if (!now.contains(recommendation)) step.withdrawn.push_back(recommendation);
    }
    std::sort(step.withdrawn.begin(), step.withdrawn.end(),
              [](const auto* a, const auto* b) { return a->id < b->id; });
    before = std::move(now);
    out.steps.push_back(std::move(step));
  }
  return out;
}

std::string write_replay_text(const Replay& replay, int width) {
  std::string out;
  const auto line = [&](std::string_view lead, std::string text) {
    const auto room = static_cast<std::size_t>(std::max(width, 60)) - lead.size();
    bool first = true;
    while (!text.empty()) {
      std::size_t cut = text.size();
      if (cut > room) {
        cut = text.rfind(' ', room);
        if (cut == std::string::npos || cut == 0) cut = room;
      }
      out += first ? std::string(lead) : std::string(lead.size(), ' ');
      out += text.substr(0, cut) + "\n";
      text.erase(0, std::min(text.size(), cut + 1));
      first = false;
    }
  };
  if (!replay.undated.empty()) {
    out += "undated, taken as known from the start\n";
    for (const auto& fact : replay.undated)
      line("  fact      ", fact.label + " (" + fact.reference + ")");
  }
  for (const auto& step : replay.steps) {
    out += "\n" + base::format_date_time(step.at).substr(0, 16) + "\n";
    if (!step.state.empty()) line("  state     ", step.state);
    for (const auto& fact : step.facts)
      line("  recorded  ", fact.label + " (" + fact.reference + ")");
    for (std::size_t i = 0; i < step.appeared.size(); ++i) {
      const auto& recommendation = *step.appeared[i];
      line("  advise +  ", recommendation.title + " [" + recommendation.id + ", " +
                               word(recommendation.group) + "]");
    }
    for (const auto* recommendation : step.withdrawn) {
      line("  settled - ", recommendation->title + " [" + recommendation->id + "]");
    }
  }
  return out;
}

std::string write_replay_json(const Replay& replay) {
  base::JsonWriter json(2);
  const auto sources = [&](std::string_view key, const std::vector<Source>& list) {
    json.key(key).begin_array();
    for (const auto& fact : list) {
      json.begin_object();
      json.member("reference", fact.reference).member("label", fact.label);
      if (!fact.at.empty()) json.member("at", fact.at);
      json.end_object();
    }
    json.end_array();
  };
  json.begin_object().member("format", "nidus-replay/1");
  sources("undated", replay.undated);
  json.key("steps").begin_array();
  for (const auto& step : replay.steps) {
    json.begin_object().member("at", base::format_date_time(step.at)).member("state", step.state);
    sources("recorded", step.facts);
    json.key("advised").begin_array();
    for (std::size_t i = 0; i < step.appeared.size(); ++i) {
      json.begin_object().member("id", step.appeared[i]->id);
      json.member("category", step.appeared[i]->category);
      json.member("group", word(step.appeared[i]->group));
      json.member("title", step.appeared[i]->title).member("what", step.appeared_what[i]);
      json.end_object();
    }
    json.end_array().key("settled").begin_array();
    for (const auto* recommendation : step.withdrawn) json.value(recommendation->id);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
