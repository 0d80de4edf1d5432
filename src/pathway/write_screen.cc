// SPDX-License-Identifier: Apache-2.0
#include "pathway/write_screen.h"

#include <algorithm>
#include <map>

#include "base/json_writer.h"
#include "pathway/phrase.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace {

std::size_t shown_of(const ScreenReport& report) {
  return std::min(report.limit, report.flagged.size());
}

std::string who(const Screened& person) {
  return person.patient.empty() ? "a person without Patient" : person.patient;
}

// How many flagged people each tier has.
std::vector<std::size_t> tier_counts(const ScreenReport& report) {
  std::vector<std::size_t> out(report.guideline->screening->tiers.size());
  for (const auto& person : report.flagged) ++out[person.tier];
  return out;
}

// What the undecided lack, most often lacking first; equals in the guideline's order.
std::vector<std::pair<const Fact*, std::size_t>> most_missing(const ScreenReport& report) {
  std::vector<std::pair<const Fact*, std::size_t>> out;
  for (const Fact* fact : report.guideline->screening->facts) {
    const auto count = std::count_if(
        report.undecided.begin(), report.undecided.end(), [&](const Screened& person) {
          return std::find(person.missing.begin(), person.missing.end(), fact) !=
                 person.missing.end();
        });
    if (count > 0) out.emplace_back(fact, static_cast<std::size_t>(count));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

// "Sepsis (DX-204)"; says so when one of them has not been verified.
std::string titled(const ScreeningTier& tier, const Guideline& guideline) {
  std::string ids;
  bool unverified = false;
  for (const auto& id : tier.evidence) {
    const Evidence* evidence = guideline.find_evidence(id);
    unverified |= evidence != nullptr && !mark_text(evidence->mark).empty();
    ids += (ids.empty() ? "" : ", ") + id;
  }
  return tier.title + " (" + ids + (unverified ? ", partly unverified)" : ")");
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::vector<std::string> reasons(const Screened& person, const base::DateTime& as_of) {
  std::vector<std::string> out;
  for (const auto& shown : person.because) {
    std::string line = shown.fact->label + ": " + shown.value;
    const std::string sources = sources_text(shown.sources, as_of);
    if (!sources.empty()) line += " (" + sources + ")";
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<std::string> lacks(const Screened& person) {
  std::vector<std::string> out;
  for (const Fact* fact : person.missing) {
    out.push_back(fact->label + (fact->learn.empty() ? "" : ": " + lower_first(fact->learn)));
  }
  return out;
}

void write_person(base::JsonWriter& json, const Screened& person, std::size_t rank_number,
                  const Screening& screening) {
  json.begin_object().key("patient");
  person.patient.empty() ? json.null() : json.value(person.patient);
  json.member("standing", word(person.standing));
  if (person.standing == ScreenStanding::kFlagged) {
    const auto& tier = screening.tiers[person.tier];
    json.member("rank", rank_number).member("tier", tier.id).member("title", tier.title);
    json.member("score", person.score);
    json.key("evidence").begin_array();
    for (const auto& id : tier.evidence) json.value(id);
    json.end_array();
  }
  json.key("because").begin_array();
  for (const auto& shown : person.because) {
    json.begin_object().member("fact", shown.fact->id).member("label", shown.fact->label);
    json.member("value", shown.value).key("sources").begin_array();
    for (const auto& source : shown.sources) {
      json.begin_object().member("reference", source.reference).member("label", source.label);
      json.member("at", source.at).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("missing").begin_array();
  for (const Fact* fact : person.missing) {
    json.begin_object().member("fact", fact->id).member("label", fact->label);
    json.member("learn", fact->learn).end_object();
  }
  json.end_array();
  if (!person.errors.empty()) {
    json.key("errors").begin_array();
    for (const auto& error : person.errors) json.value(error);
    json.end_array();
  }
  json.end_object();
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += (out.empty() ? "" : "; ") + line;
  return out;
}

}  // namespace

void rank(std::vector<Screened>& flagged) {
  std::stable_sort(flagged.begin(), flagged.end(), [](const Screened& a, const Screened& b) {
    return a.tier != b.tier ? a.tier < b.tier : a.score > b.score;
  });
}

std::string write_screen_text(const ScreenReport& report, bool colour, int width) {
  TextPage page(width, colour);
  const auto& tiers = report.guideline->screening->tiers;
  const std::size_t shown = shown_of(report);
  for (std::size_t i = 0; i < shown; ++i) {
    const Screened& person = report.flagged[i];
    if (i == 0 || person.tier != report.flagged[i - 1].tier) {
      page.heading(titled(tiers[person.tier], *report.guideline), Ink::kBold);
    }
    page.wrap("  " + std::to_string(i + 1) + ". ", who(person), Ink::kBold);
    page.field("because", reasons(person, report.as_of));
  }
  if (report.list_undecided && !report.undecided.empty()) {
    page.heading("Cannot be decided", Ink::kBold);
    for (const auto& person : report.undecided) {
      page.wrap("  ", who(person), Ink::kBold);
      page.field("because", reasons(person, report.as_of));
      page.field("missing", lacks(person));
      page.field("failed", person.errors);
    }
  }
  page.heading("SUMMARY, as of " + date_text(report.as_of), Ink::kBold);
  page.wrap("", counted(report.people, "person", "people") + " read, " +
                    std::to_string(report.flagged.size()) +
                    " with a suspicion of spine infection that nobody has named" +
                    (shown < report.flagged.size()
                         ? " (" + std::to_string(report.flagged.size() - shown) + " not shown)"
                         : "") +
                    ".");
  const auto counts = tier_counts(report);
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    if (counts[i] > 0) page.wrap("  ", std::to_string(counts[i]) + "  " + tiers[i].title);
  }
  if (!report.undecided.empty()) {
    page.wrap("", counted(report.undecided.size(), "person", "people") +
                      " cannot be decided. What would decide, and for how many:");
    for (const auto& [fact, count] : most_missing(report)) {
      page.wrap("  ", std::to_string(count) + "  " + fact->label);
    }
  }
  for (const auto& note : report.guideline->screening->notes) page.wrap("", note);
  if (report.refused > 0) {
    page.wrap("", counted(report.refused, "person", "people") + " could not be read.", Ink::kRed);
  }
  if (report.bad_lines > 0) {
    page.wrap("", counted(report.bad_lines, "bad line", "bad lines") + ": see standard error.",
              Ink::kRed);
  }
  if (report.interrupted) {
    page.wrap("", "Interrupted: people further on in the input were not read.", Ink::kRed);
  }
  return page.take();
}

std::string write_screen_ndjson(const ScreenReport& report) {
  std::string out;
  const auto add = [&](const Screened& person, std::size_t number) {
    base::JsonWriter json;
    write_person(json, person, number, *report.guideline->screening);
    out += json.text() + "\n";
  };
  const std::size_t shown = shown_of(report);
  for (std::size_t i = 0; i < shown; ++i) add(report.flagged[i], i + 1);
  if (report.list_undecided) {
    for (const auto& person : report.undecided) add(person, 0);
  }
  base::JsonWriter json;
  const auto& guideline = *report.guideline;
  json.begin_object().key("summary").begin_object();
  json.member("asOf", base::format_date_time(report.as_of));
  json.member("guideline", guideline.id).member("version", guideline.version);
  json.member("hash", guideline.hash);
  json.member("people", static_cast<std::int64_t>(report.people));
  json.member("flagged", report.flagged.size()).member("shown", shown);
  json.key("tiers").begin_object();
  const auto counts = tier_counts(report);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json.member(report.guideline->screening->tiers[i].id, counts[i]);
  }
  json.end_object().key("notes").begin_array();
  for (const auto& note : report.guideline->screening->notes) json.value(note);
  json.end_array().member("undecided", report.undecided.size());
  json.key("missing").begin_object();
  for (const auto& [fact, count] : most_missing(report)) json.member(fact->id, count);
  json.end_object().member("refused", static_cast<std::int64_t>(report.refused));
  json.member("badLines", static_cast<std::int64_t>(report.bad_lines));
  json.member("interrupted", report.interrupted);
  json.end_object().end_object();
  return out + json.text() + "\n";
}

std::string write_screen_csv(const ScreenReport& report) {
  std::string out = "rank,patient,standing,tier,score,because,missing\r\n";
  const auto add = [&](const Screened& person, const std::string& number) {
    const bool flagged = person.standing == ScreenStanding::kFlagged;
    out += number + "," + csv_field(person.patient) + "," + word(person.standing) + "," +
           (flagged ? csv_field(report.guideline->screening->tiers[person.tier].id) : "") + "," +
           (flagged ? std::to_string(person.score) : "") + "," +
           csv_field(joined(reasons(person, report.as_of))) + "," +
           csv_field(joined(lacks(person))) + "\r\n";
  };
  for (std::size_t i = 0; i < shown_of(report); ++i) {
    add(report.flagged[i], std::to_string(i + 1));
  }
  if (report.list_undecided) {
    for (const auto& person : report.undecided) add(person, "");
  }
  return out;
}

}  // namespace nidus::pathway
