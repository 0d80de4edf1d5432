// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "pathway/dose_chart.h"
#include "pathway/dose_words.h"
#include "pathway/phrase.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr std::size_t kIndent = 13;

class DoseText {
 public:
  DoseText(const DoseReport& report, bool colour, int width)
      : report_(report), page_(width, colour) {}

  std::string write() {
    page_.wrap("", report_.patient + " - as of " + date_text(report_.as_of));
    page_.blank();
    for (const std::string& remark : report_.remarks) row("NOTE", remark, Ink::kRed);
    if (!report_.remarks.empty()) page_.blank();
    kidney();
    table();
    if (report_.drugs.empty()) {
      page_.wrap(
          "",
          "No dose and no level of a drug that is dosed by level is recorded (--drug NAME asks for "
          "one).");
      page_.blank();
    }
    for (const ph::Assessment& drug : report_.drugs) one(drug);
    for (const std::string& atc : report_.not_dosed) {
      page_.wrap("", "Not dosed by level: " + atc);
    }
    page_.wrap("",
               "Guideline " + report_.guideline + ", pharmacology tables " +
                   report_.tables_version + ". Decision support: a clinician decides.",
               Ink::kFaint);
    return page_.take();
  }

 private:
  void head(const std::string& text) { page_.wrap("", text, Ink::kBold); }
  // "  name       words, wrapped"
  void row(const std::string& name, const std::string& text, Ink ink = Ink::kPlain) {
    page_.wrap(padded("  " + name + " ", kIndent), text, ink);
  }
  void rows(const std::vector<DoseWords>& list) {
    for (const DoseWords& one : list) {
      const Ink ink = one.tone == Tone::kRefuse  ? Ink::kRed
                      : one.tone == Tone::kWarn  ? Ink::kYellow
                      : one.tone == Tone::kFaint ? Ink::kFaint
                                                 : Ink::kPlain;
      row(one.name, one.text, ink);
    }
  }

  void kidney() {
    head("KIDNEY FUNCTION");
    for (const ph::KidneyLine& measure : report_.kidney.lines) {
      const std::string value =
          measure.value ? fmt::format("{:.1f} {}", *measure.value, measure.measure->unit)
                        : "not known, needs " + measure.missing;
      const std::string text = measure.measure->title + ": " + value;
      const std::string note =
          measure.measure->note.empty() ? std::string() : "(" + measure.measure->note + ")";
      if (note.empty() || columns("  " + text + " " + note) <= page_.width()) {
        page_.wrap("  ", note.empty() ? text : text + " " + note);
        continue;
      }
      page_.wrap("  ", text);
      page_.wrap("      ", note);
    }
    if (report_.kidney.creatinine) {
      page_.wrap("  ",
                 fmt::format("creatinine {:.3g} mg/dL at {}", report_.kidney.creatinine->value,
                             short_moment(report_, report_.kidney.creatinine->at_h)));
    }
    const std::string dialysis = dialysis_words(report_);
    if (!dialysis.empty()) row("DIALYSIS", dialysis, Ink::kRed);
    if (report_.kidney.unstable) {
      row("UNSTABLE",
          report_.kidney.unstable_text +
              ": none of these numbers describes a kidney that is changing.",
          Ink::kRed);
    }
    page_.blank();
  }

  void table() {
    for (const DoseTableLine& one : report_.table) {
      if (!one.given && report_.only_atc.empty()) continue;
      head("DOSE TABLE: " + table_title(one));
      rows(table_words(one));
      page_.blank();
    }
    bool any = false;
    for (const DoseTableLine& one : report_.table) {
      if (one.given || !report_.only_atc.empty()) continue;
      if (!any) head("DOSES OF WHAT THE PLAN OFFERS");
      any = true;
      page_.wrap("  ", table_title(one), Ink::kBold);
      row("", offered_words(one));
    }
    if (any) page_.blank();
  }

  void one(const ph::Assessment& drug) {
    head(drug.drug->name + " by level");
    rows(drug_words(report_, drug));
    chart(drug);
    proposals(drug);
    page_.blank();
  }

  void proposals(const ph::Assessment& drug) {
    if (drug.proposals.empty()) return;
    if (!drug.steady_state_known) {
      row("regimens",
          "Kidney function is changing: for the NEXT dose only; the steady state below assumes "
          "that it stays as it is now. Measure creatinine again before the dose after it.",
          Ink::kRed);
    }
    row("regimens", "practical ones, best first; median (5 to 95 %)");
    for (const ph::Proposal& proposal : drug.proposals) {
      page_.wrap("    ", ph::words(proposal.regimen) + (proposal.present ? "  (present)" : ""),
                 Ink::kBold);
      page_.wrap("      ", chances_words(proposal.chances));
      page_.wrap("      ",
                 fmt::format("AUC24 {} mg.h/L, peak {}, trough {} mg/L", band_words(proposal.auc24),
                             band_words(proposal.peak), band_words(proposal.trough)));
      page_.wrap(
          "      ",
          fmt::format("if begun now: AUC of the first 24 h {:.0f}, of the second {:.0f} mg.h/L",
                      proposal.first_day, proposal.second_day));
    }
  }

  void chart(const ph::Assessment& drug) {
    if (drug.curve.size() < 2) return;
    page_.blank();
    for (const std::string& one : chart_lines(report_, drug, page_.width())) page_.verbatim(one);
    page_.blank();
  }

  const DoseReport& report_;
  TextPage page_;
};

}  // namespace

std::string write_dose_text(const DoseReport& report, bool colour, int width) {
  return DoseText(report, colour, width).write();
}

}  // namespace nidus::pathway
