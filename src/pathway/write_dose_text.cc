// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "pathway/dose_chart.h"
#include "pathway/dose_words.h"
#include "pathway/phrase.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr std::size_t kIndent = 13;

class DoseText {
 public:
  DoseText(const DoseReport& report, bool colour, int width)
      : report_(report), colour_(colour), width_(static_cast<std::size_t>(std::max(width, 60))) {}

  std::string write() {
    line(report_.patient + " - as of " + date_text(report_.as_of));
    line();
    for (const std::string& remark : report_.remarks) row("NOTE", remark, "1;31");
    if (!report_.remarks.empty()) line();
    kidney();
    table();
    if (report_.drugs.empty()) {
      line(
          "No dose and no level of a drug that is dosed by level is recorded (--drug NAME asks for "
          "one).");
      line();
    }
    for (const ph::Assessment& drug : report_.drugs) one(drug);
    for (const std::string& atc : report_.not_dosed) {
      line("Not dosed by level: " + atc);
    }
    line(ink("Guideline " + report_.guideline + ", pharmacology tables " + report_.tables_version +
                 ". Decision support: a clinician decides.",
             "2"));
    return std::move(out_);
  }

 private:
  std::string ink(const std::string& text, const char* code) const {
    return colour_ ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }
  void line(const std::string& text = {}) { out_ += text + "\n"; }
  void head(const std::string& text) { line(ink(text, "1")); }
  // "  name       words, wrapped"
  void row(const std::string& name, const std::string& text, const char* code = nullptr) {
    std::string lead = "  " + name;
    lead.resize(std::max(kIndent, lead.size() + 1), ' ');
    std::string current;
    const auto flush = [&] {
      line(lead + (code != nullptr ? ink(current, code) : current));
      lead.assign(kIndent, ' ');
      current.clear();
    };
    std::size_t at = 0;
    while (at <= text.size()) {
      const std::size_t space = std::min(text.find(' ', at), text.size());
      const std::string next = text.substr(at, space - at);
      if (!current.empty() && lead.size() + current.size() + 1 + next.size() > width_) flush();
      if (!next.empty()) current += (current.empty() ? "" : " ") + next;
      at = space + 1;
    }
    if (!current.empty()) flush();
  }
  void rows(const std::vector<DoseWords>& list) {
    for (const DoseWords& one : list) {
      const char* code = one.tone == Tone::kRefuse  ? "1;31"
                         : one.tone == Tone::kWarn  ? "33"
                         : one.tone == Tone::kFaint ? "2"
                                                    : nullptr;
      row(one.name, one.text, code);
    }
  }

  void kidney() {
    head("KIDNEY FUNCTION");
    for (const ph::KidneyLine& measure : report_.kidney.lines) {
      const std::string value =
          measure.value ? fmt::format("{:.1f} {}", *measure.value, measure.measure->unit)
                        : "not known, needs " + measure.missing;
      std::string text = measure.measure->title + ": " + value;
      if (!measure.measure->note.empty()) text += " (" + measure.measure->note + ")";
      line("  " + text);
    }
    if (report_.kidney.creatinine) {
      line(fmt::format("  creatinine {:.3g} mg/dL at {}", report_.kidney.creatinine->value,
                       short_moment(report_, report_.kidney.creatinine->at_h)));
    }
    const std::string dialysis = dialysis_words(report_);
    if (!dialysis.empty()) row("DIALYSIS", dialysis, "1;31");
    if (report_.kidney.unstable) {
      row("UNSTABLE",
          report_.kidney.unstable_text +
              ": none of these numbers describes a kidney that is changing.",
          "1;31");
    }
    line();
  }

  void table() {
    for (const DoseTableLine& one : report_.table) {
      if (!one.given && report_.only_atc.empty()) continue;
      head("DOSE TABLE: " + table_title(one));
      rows(table_words(one));
      line();
    }
    bool any = false;
    for (const DoseTableLine& one : report_.table) {
      if (one.given || !report_.only_atc.empty()) continue;
      if (!any) head("DOSES OF WHAT THE PLAN OFFERS");
      any = true;
      line("  " + ink(table_title(one), "1"));
      row("", offered_words(one));
    }
    if (any) line();
  }

  void one(const ph::Assessment& drug) {
    head(drug.drug->name + " by level");
    rows(drug_words(report_, drug));
    chart(drug);
    proposals(drug);
    line();
  }

  void proposals(const ph::Assessment& drug) {
    if (drug.proposals.empty()) return;
    if (!drug.steady_state_known) {
      row("regimens",
          "Kidney function is changing: for the NEXT dose only; the steady state below assumes "
          "that it stays as it is now. Measure creatinine again before the dose after it.",
          "1;31");
    }
    row("regimens", "practical ones, best first; median (5 to 95 %)");
    for (const ph::Proposal& proposal : drug.proposals) {
      line("    " + ink(ph::words(proposal.regimen), "1") +
           (proposal.present ? "  (present)" : ""));
      line("      " + chances_words(proposal.chances));
      line(fmt::format("      AUC24 {} mg.h/L, peak {}, trough {} mg/L", band_words(proposal.auc24),
                       band_words(proposal.peak), band_words(proposal.trough)));
      line(fmt::format(
          "      if begun now: AUC of the first 24 h {:.0f}, of the second {:.0f} mg.h/L",
          proposal.first_day, proposal.second_day));
    }
  }

  void chart(const ph::Assessment& drug) {
    if (drug.curve.size() < 2) return;
    line();
    for (const std::string& one : chart_lines(report_, drug, width_)) line(one);
    line();
  }

  const DoseReport& report_;
  bool colour_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string write_dose_text(const DoseReport& report, bool colour, int width) {
  return DoseText(report, colour, width).write();
}

}  // namespace nidus::pathway
