// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "pathway/phrase.h"
#include "pathway/response.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

void table(const ResponseReport& report, const ph::MarkerReport& marker, TextPage& page) {
  page.verbatim("  " + padded("date", 13) + padded("day", 6) + padded("value", 10) +
                    padded("expected before it", 20) + "against that",
                Ink::kFaint);
  for (const ph::JudgedReading& one : marker.readings) {
    const auto& reading = one.reading;
    const bool after = report.start && treatment_day(report, reading.day) >= 1;
    std::string line = padded(day_text(report, reading.day), 13) +
                       padded(after ? std::to_string(treatment_day(report, reading.day)) : "", 6) +
                       padded(fmt::format("{:.4g}", reading.value), 10) +
                       padded(expected_words(one), 20) + place_words(one);
    line.erase(line.find_last_not_of(' ') + 1);
    page.verbatim("  " + line,
                  one.place == ph::JudgedReading::Place::kAbove ? Ink::kYellow : Ink::kPlain);
  }
}

}  // namespace

std::string write_response_text(const ResponseReport& report, bool colour, int width) {
  TextPage page(width, colour);
  page.wrap("", report.patient + " - as of " + date_text(report.as_of), Ink::kBold);
  page.wrap("", treatment_words(report));
  for (const ph::MarkerReport& marker : report.markers) {
    page.heading(marker.marker->name + ", " + marker.marker->unit, Ink::kBold);
    for (const ResponseWords& row : marker_words(report, marker)) {
      page.wrap("  " + padded(row.name, 13), row.text,
                row.warns   ? Ink::kRed
                : row.faint ? Ink::kFaint
                            : Ink::kPlain);
    }
    if (marker.points.size() > 1) {
      page.blank();
      for (const auto& line : response_lines(report, marker, page.width())) page.verbatim(line);
    }
    if (!marker.readings.empty()) {
      page.blank();
      table(report, marker, page);
    }
  }
  page.blank();
  page.wrap("",
            "CRP and ESR support, never settle: read them with the person. Guideline " +
                report.guideline + ", pharmacology tables " + report.tables_version +
                ". Decision support: a clinician decides.",
            Ink::kFaint);
  return page.take();
}

}  // namespace nidus::pathway
