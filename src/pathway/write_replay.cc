// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/json_writer.h"
#include "pathway/phrase.h"
#include "pathway/replay.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace {

std::string advice_text(const Advice& advice) {
  return advice.recommendation->title + " [" + advice.recommendation->id + ", " +
         word(advice.recommendation->group) + "]";
}

// "2 hours", "3 days": whole units, for a person.
std::string span_text(const base::DateTime& from, const base::DateTime& to) {
  constexpr std::int64_t kMinute = 60'000, kHour = 60, kDay = 24 * kHour;
  const auto minutes = (base::epoch_ms(to, 0) - base::epoch_ms(from, 0)) / kMinute;
  if (minutes >= 2 * kDay) return duration_text(minutes / kDay * kDay);
  if (minutes >= kHour) return duration_text(minutes / kHour * kHour);
  return duration_text(minutes);
}

// A fact that is dated to the day alone counts from the end of that day.
std::string step_time(const base::DateTime& at) {
  if (at.hour != 23 || at.minute != 59 || at.second != 59) return date_text(at);
  base::DateTime day = at;
  day.precision = base::Precision::kDay;
  return date_text(day) + ", end of the day";
}

class ReplayText {
 public:
  ReplayText(const Replay& replay, int width, bool colour)
      : replay_(replay), page_(width, colour) {}

  std::string write();

 private:
  void step(const ReplayStep& step);
  void row(std::string_view name, const std::string& text, Ink ink = Ink::kPlain) {
    page_.wrap("  " + padded(std::string(name), 11), text, ink, Ink::kFaint);
  }
  std::string named(const Source& source) const {
    return source.label + " (" + source.reference + ")";
  }

  const Replay& replay_;
  TextPage page_;
};

void ReplayText::step(const ReplayStep& step) {
  page_.blank();
  page_.wrap("", step_time(step.at) + (step.state.empty() ? "" : ": " + step.state), Ink::kBold);
  std::string name = "recorded";
  for (const auto& fact : step.facts) {
    row(name, named(fact));
    name.clear();
  }
  name = "done";
  for (const auto& act : step.acts) {
    row(name, act.verb + ": " + named(act.source), Ink::kGreen);
    name.clear();
  }
  name = "advised";
  for (const auto& advice : step.appeared) {
    std::string text = advice_text(advice);
    if (!advice.due_at.empty()) text += ", by " + moment_text(advice.due_at, step.at);
    row(name, "+ " + text, advice.recommendation->group == Group::kNow ? Ink::kRed : Ink::kPlain);
    name.clear();
  }
  name = "no longer";
  for (const auto& advice : step.withdrawn) {
    row(name, "- " + advice_text(advice) + ", after " + span_text(advice.since, step.at),
        Ink::kFaint);
    name.clear();
  }
  if (step.appeared.empty() && step.withdrawn.empty()) row("advised", "no change", Ink::kFaint);
  if (step.standing > 0) row("", std::to_string(step.standing) + " stand as before", Ink::kFaint);
}

std::string ReplayText::write() {
  page_.wrap("",
             "What would have been advised at each new fact, beside what was done; up to " +
                 date_text(replay_.as_of) + ".",
             Ink::kFaint);
  if (!replay_.undated.empty()) {
    page_.blank();
    page_.wrap("", "Undated, taken as known from the start", Ink::kBold);
    for (const auto& fact : replay_.undated) page_.wrap("  ", named(fact));
  }
  for (const auto& each : replay_.steps) step(each);
  if (!replay_.open.empty()) {
    page_.blank();
    page_.wrap("", "Still advised at the last fact", Ink::kBold);
    for (const auto& advice : replay_.open) {
      std::string text = advice_text(advice) + ", since " + date_text(advice.since);
      const auto due = base::parse_date_time(advice.due_at);
      const bool late = due && base::compare(*due, replay_.as_of, 0).value_or(1) < 0;
      if (late) text += ", was due by " + moment_text(advice.due_at, replay_.as_of);
      page_.wrap("  - ", text, late ? Ink::kRed : Ink::kPlain);
    }
  }
  return page_.take();
}

void write_source(base::JsonWriter& json, const Source& source) {
  json.member("reference", source.reference).member("label", source.label);
  if (!source.at.empty()) json.member("at", source.at);
}

void write_advice(base::JsonWriter& json, std::string_view key, const std::vector<Advice>& list) {
  json.key(key).begin_array();
  for (const auto& advice : list) {
    const Recommendation& recommendation = *advice.recommendation;
    json.begin_object().member("id", recommendation.id);
    json.member("category", recommendation.category).member("group", word(recommendation.group));
    json.member("title", recommendation.title).member("what", advice.what);
    json.member("since", base::format_date_time(advice.since));
    if (!advice.due_at.empty()) json.member("dueAt", advice.due_at);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string write_replay_text(const Replay& replay, int width, bool colour) {
  return ReplayText(replay, width, colour).write();
}

std::string write_replay_json(const Replay& replay) {
  base::JsonWriter json(2);
  const auto sources = [&](std::string_view key, const std::vector<Source>& list) {
    json.key(key).begin_array();
    for (const auto& source : list) {
      json.begin_object();
      write_source(json, source);
      json.end_object();
    }
    json.end_array();
  };
  json.begin_object().member("format", "nidus-replay/1");
  json.member("asOf", base::format_date_time(replay.as_of));
  sources("undated", replay.undated);
  json.key("steps").begin_array();
  for (const auto& step : replay.steps) {
    json.begin_object().member("at", base::format_date_time(step.at)).member("state", step.state);
    sources("recorded", step.facts);
    json.key("done").begin_array();
    for (const auto& act : step.acts) {
      json.begin_object().member("act", act.verb);
      write_source(json, act.source);
      json.end_object();
    }
    json.end_array();
    write_advice(json, "advised", step.appeared);
    write_advice(json, "withdrawn", step.withdrawn);
    json.member("standing", step.standing).end_object();
  }
  json.end_array();
  write_advice(json, "open", replay.open);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
