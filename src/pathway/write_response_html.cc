// SPDX-License-Identifier: Apache-2.0
//
// The response as one page: no script, no request to anywhere; charts are SVG.
#include <fmt/format.h>

#include "pathway/html_text.h"
#include "pathway/phrase.h"
#include "pathway/report_style.h"
#include "pathway/response.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

std::string cell(const std::string& text) { return "<td>" + html_text(text) + "</td>"; }

std::string readings_table(const ResponseReport& report, const ph::MarkerReport& marker) {
  std::string out =
      "<table>\n<tr><th>date</th><th>day</th><th>value</th><th>expected before it</th>"
      "<th>against that</th></tr>\n";
  for (const ph::JudgedReading& one : marker.readings) {
    const int day = report.start ? treatment_day(report, one.reading.day) : 0;
    const bool above = one.place == ph::JudgedReading::Place::kAbove;
    out += std::string(above ? "<tr class=\"warn\">" : "<tr>") +
           cell(day_text(report, one.reading.day)) + cell(day >= 1 ? std::to_string(day) : "") +
           cell(fmt::format("{:.4g}", one.reading.value)) + cell(expected_words(one)) +
           cell(place_words(one)) + "</tr>\n";
  }
  return out + "</table>\n";
}

}  // namespace

std::string write_response_html(const ResponseReport& report) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<title>Response</title>\n<style>";
  out += kChartStyle;
  out += kReportStyle;
  out += "</style></head><body>\n<h1>CRP and ESR of " + html_text(report.patient) + ", as of " +
         html_text(date_text(report.as_of)) + "</h1>\n";
  out += "<p>" + html_text(treatment_words(report)) + "</p>\n";
  for (const ph::MarkerReport& marker : report.markers) {
    out += "<h2>" + html_text(marker.marker->name + ", " + marker.marker->unit) + "</h2>\n";
    if (marker.points.size() > 1)
      out += "<figure>\n" + response_svg(report, marker) + "</figure>\n";
    out += "<table>\n";
    for (const ResponseWords& row : marker_words(report, marker)) {
      out += "<tr><th scope=\"row\">" + html_text(row.name) + "</th><td" +
             (row.warns   ? " class=\"refuse\""
              : row.faint ? " class=\"faint\""
                          : "") +
             ">" + html_text(row.text) + "</td></tr>\n";
    }
    out += "</table>\n";
    if (!marker.readings.empty()) out += readings_table(report, marker);
  }
  return out +
         "<p class=\"faint\">CRP and ESR support, never settle: read them with the person. "
         "Guideline " +
         html_text(report.guideline) + ", pharmacology tables " + html_text(report.tables_version) +
         ". Decision support for named clinicians, not a cleared medical device.</p>\n"
         "</body></html>\n";
}

}  // namespace nidus::pathway
