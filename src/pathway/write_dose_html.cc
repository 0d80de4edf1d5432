// SPDX-License-Identifier: Apache-2.0
//
// The dose report as one page: no script, no request to anywhere; charts are SVG.
#include <fmt/format.h>

#include "pathway/dose_chart.h"
#include "pathway/dose_words.h"
#include "pathway/html_text.h"
#include "pathway/phrase.h"
#include "pathway/report_style.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

class DoseHtml {
 public:
  explicit DoseHtml(const DoseReport& report) : report_(report) {}

  std::string write() {
    out_ =
        "<!doctype html>\n<html lang=\"en\"><head><meta "
        "charset=\"utf-8\">\n<title>Doses</title>\n<style>";
    out_ += kChartStyle;
    out_ += kReportStyle;
    out_ += "</style></head><body>\n";
    out_ += "<h1>Doses of " + html_text(report_.patient) + ", as of " +
            html_text(date_text(report_.as_of)) + "</h1>\n";
    for (const std::string& remark : report_.remarks) {
      out_ += "<p class=\"refuse\">" + html_text(remark) + "</p>\n";
    }
    kidney();
    tables();
    for (const ph::Assessment& drug : report_.drugs) one(drug);
    out_ += "<p class=\"faint\">Guideline " + html_text(report_.guideline) +
            ", pharmacology tables " + html_text(report_.tables_version) +
            ". Decision support for named clinicians, not a cleared medical "
            "device.</p>\n</body></html>\n";
    return std::move(out_);
  }

 private:
  void row(std::string_view name, std::string_view text, std::string_view css = {}) {
    out_ += "<tr><th scope=\"row\">" + html_text(name) + "</th><td";
    if (!css.empty()) out_ += " class=\"" + std::string(css) + "\"";
    out_ += ">" + html_text(text) + "</td></tr>\n";
  }
  void rows(const std::vector<DoseWords>& list) {
    for (const DoseWords& one : list) {
      row(one.name, one.text,
          one.tone == Tone::kRefuse  ? "refuse"
          : one.tone == Tone::kWarn  ? "warn"
          : one.tone == Tone::kFaint ? "faint"
                                     : "");
    }
  }

  void kidney() {
    out_ += "<h2>Kidney function</h2>\n<table>\n";
    for (const ph::KidneyLine& line : report_.kidney.lines) {
      row(line.measure->title, line.value
                                   ? fmt::format("{:.1f} {}", *line.value, line.measure->unit)
                                   : "not known, needs " + line.missing);
    }
    const std::string dialysis = dialysis_words(report_);
    if (!dialysis.empty()) row("dialysis", dialysis, "refuse");
    if (report_.kidney.unstable) {
      row("unstable",
          report_.kidney.unstable_text +
              ": none of these numbers describes a kidney that is changing",
          "refuse");
    }
    out_ += "</table>\n";
  }

  void tables() {
    bool any = false;
    for (const DoseTableLine& line : report_.table) {
      if (!line.given && report_.only_atc.empty()) {
        any = true;
        continue;
      }
      out_ += "<h2>Dose table: " + html_text(table_title(line)) + "</h2>\n<table>\n";
      rows(table_words(line));
      out_ += "</table>\n";
    }
    if (!any) return;
    out_ += "<h2>Doses of what the plan offers</h2>\n<table>\n";
    for (const DoseTableLine& line : report_.table) {
      if (!line.given) row(table_title(line), offered_words(line));
    }
    out_ += "</table>\n";
  }

  void one(const ph::Assessment& drug) {
    out_ += "<h2>" + html_text(drug.drug->name) + " by level</h2>\n<table>\n";
    rows(drug_words(report_, drug));
    out_ += "</table>\n";
    if (drug.curve.size() >= 2) {
      out_ += "<figure>\n" + chart_svg(report_, drug) + "<figcaption class=\"faint\">" +
              html_text(drug.fits.front().model->title) +
              (drug.present ? "; after now: the present regimen goes on" : "") +
              ".</figcaption></figure>\n";
      const std::string course = course_svg(report_, drug);
      if (!course.empty()) {
        out_ += "<figure>\n" + course +
                "<figcaption class=\"faint\">The whole course, most probable.</figcaption>"
                "</figure>\n";
      }
    }
    proposals(drug);
  }

  void proposals(const ph::Assessment& drug) {
    if (drug.proposals.empty()) return;
    if (!drug.steady_state_known) {
      out_ +=
          "<p class=\"refuse\">Kidney function is changing: for the next dose only; the steady "
          "state below assumes that it stays as it is now. Measure creatinine again before the "
          "dose after it.</p>\n";
    }
    out_ +=
        "<table>\n<tr><th>regimen</th><th>chances</th><th>AUC24, mg.h/L</th><th>peak, mg/L</th>"
        "<th>trough, mg/L</th><th>AUC of the first and second 24 h, mg.h/L</th></tr>\n";
    for (const ph::Proposal& proposal : drug.proposals) {
      out_ += "<tr" + std::string(&proposal == &drug.proposals.front() ? " class=\"best\"" : "") +
              "><td>" + html_text(ph::words(proposal.regimen)) +
              (proposal.present ? " (present)" : "") + "</td><td>" +
              html_text(chances_words(proposal.chances)) + "</td><td>" +
              band_words(proposal.auc24) + "</td><td>" + band_words(proposal.peak) + "</td><td>" +
              band_words(proposal.trough) +
              fmt::format("</td><td>{:.0f}, {:.0f}</td></tr>\n", proposal.first_day,
                          proposal.second_day);
    }
    out_ += "</table>\n<p class=\"faint\">Best first; median and 5 to 95 %.</p>\n";
  }

  const DoseReport& report_;
  std::string out_;
};

}  // namespace

std::string write_dose_html(const DoseReport& report) { return DoseHtml(report).write(); }

}  // namespace nidus::pathway
