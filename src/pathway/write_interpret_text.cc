// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "pathway/interpretation.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace mb = microbiology;

namespace {

Ink ink_of(const mb::AgentReport& agent) {
  if (agent.withdrawn) return Ink::kFaint;
  switch (agent.category) {
    case mb::Category::kS:
      return Ink::kGreen;
    case mb::Category::kI:
      return Ink::kYellow;
    case mb::Category::kR:
      return Ink::kRed;
    default:
      return Ink::kPlain;
  }
}

std::string answer(const mb::AgentReport& agent) {
  if (agent.withdrawn) return "not reported";
  if (agent.screen) {
    if (agent.category == mb::Category::kS) return "screen -";
    if (agent.category == mb::Category::kR) return "screen +";
  }
  // No measurement and no rule: only the laboratory speaks.
  if (agent.ground == mb::Ground::kNone) return "-";
  return mb::word(agent.category);
}

void write_agent(TextPage& page, const InterpretReport& report, const ReadIsolate& isolate,
                 const mb::AgentReport& agent) {
  std::string measured;
  for (const std::size_t index : agent.tests) {
    const auto& text = isolate.isolate.tests[index].measured_text;
    if (!text.empty()) measured += (measured.empty() ? "" : ", ") + text;
  }
  const std::string reported = agent.reported ? mb::word(*agent.reported) : "-";
  page.wrap("  ",
            padded(report.library->agents[agent.agent].name, 30) + " " + padded(measured, 14) +
                " " + padded(answer(agent), 13) + " laboratory " + reported +
                (agent.disagrees ? "  DIFFERS" : "") +
                (agent.identification_doubt ? "  CHECK IDENTIFICATION" : ""),
            ink_of(agent));
  for (const auto& text : reasons(report, isolate, agent)) page.wrap("      ", text, Ink::kFaint);
}

void write_isolate(TextPage& page, const InterpretReport& report, const ReadIsolate& isolate) {
  const mb::Organism& organism = report.library->organisms[isolate.isolate.organism];
  page.heading(organism.name, Ink::kBold);
  std::string line = fmt::format("{} (\"{}\")", isolate.resource, isolate.organism_text);
  if (!isolate.effective.empty()) line += ", " + isolate.effective;
  page.wrap("  ", line);
  if (isolate.genus_only) page.wrap("  ", "The species is not told apart here: read as its genus.");
  for (std::size_t i = 0; i < isolate.isolate.markers.size(); ++i) {
    if (isolate.isolate.markers[i] == mb::Sign::kUnknown) continue;
    page.wrap("  ",
              report.library->markers[i].label + ": " +
                  (isolate.isolate.markers[i] == mb::Sign::kPositive ? "positive" : "negative"));
  }
  page.blank();
  std::vector<const mb::AgentReport*> inferred;
  for (const mb::AgentReport& agent : isolate.report.agents) {
    if (agent.tests.empty()) {
      inferred.push_back(&agent);
    } else {
      write_agent(page, report, isolate, agent);
    }
  }
  if (!inferred.empty()) {
    page.blank();
    page.wrap("  ", "Not tested, concluded by rule:");
    for (const mb::Category category : {mb::Category::kS, mb::Category::kI, mb::Category::kR}) {
      std::string names;
      for (const auto* agent : inferred) {
        if (agent->category != category) continue;
        names += (names.empty() ? "" : ", ") + report.library->agents[agent->agent].name +
                 (agent->unproven ? " (not verified)" : "");
      }
      if (!names.empty()) page.wrap(fmt::format("    {}: ", mb::word(category)), names);
    }
  }
  if (!isolate.report.said.empty()) {
    page.blank();
    page.wrap("  ", "Expert rules:");
    for (const mb::Said& said : isolate.report.said) {
      page.wrap("    ", fmt::format("{} ({}, mark {})", said.rule->say, said.rule->evidence,
                                    said.rule->mark));
    }
  }
}

}  // namespace

std::string write_interpret_text(const InterpretReport& report, bool colour, int width) {
  TextPage page(width, colour);
  page.wrap("",
            fmt::format("Susceptibility of {} as of {}",
                        report.patient.empty() ? "one person" : report.patient,
                        base::format_date_time(report.as_of)),
            Ink::kBold);
  page.wrap("", fmt::format("{}; guideline {}, tables {}. S standard dose; I increased exposure, "
                            "high dose; R not to be used.",
                            report.table->name, report.guideline, report.tables_version));
  for (std::size_t i = 0; i < report.conditions.size(); ++i) {
    const mb::Condition& condition = report.library->conditions[i];
    if (condition.define.empty()) continue;
    page.wrap("", fmt::format("{}: {}", condition.label,
                              report.conditions[i] == AtHand::kYes  ? "yes"
                              : report.conditions[i] == AtHand::kNo ? "no"
                                                                    : "not known"));
  }
  if (report.isolates.empty()) page.wrap("", "No isolate with results.");
  for (const ReadIsolate& isolate : report.isolates) write_isolate(page, report, isolate);
  if (!report.not_read.empty()) {
    page.heading("Not read", Ink::kYellow);
    for (const NotRead& one : report.not_read) {
      page.wrap("  ", fmt::format("{} {}: \"{}\": {}", one.resource, one.path, one.what, one.why));
    }
  }
  page.blank();
  page.wrap("", "Decision support; a clinician decides.", Ink::kFaint);
  return page.take();
}

}  // namespace nidus::pathway
