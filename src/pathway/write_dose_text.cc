// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pathway/dosing.h"
#include "pathway/phrase.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr std::size_t kIndent = 13;
constexpr int kChartHeight = 14;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }
std::string band_text(const ph::Band& band) {
  return fmt::format("{:.4g} ({:.4g} to {:.4g})", band[2], band[0], band[4]);
}
// "03-04 10:30"
std::string short_moment(const DoseReport& report, double hour) {
  const std::string whole = moment(report, hour);
  return whole.substr(5, 5) + " " + whole.substr(11, 5);
}

class DoseText {
 public:
  DoseText(const DoseReport& report, bool colour, int width)
      : report_(report), colour_(colour), width_(static_cast<std::size_t>(std::max(width, 60))) {}

  std::string write() {
    line(report_.patient + " - as of " + date_text(report_.as_of));
    line();
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
  static std::string cite(const ph::Source& source) {
    std::string out;
    for (const std::string& id : source.evidence) out += (out.empty() ? "" : ", ") + id;
    if (!source.source.empty()) out += (out.empty() ? "" : "; ") + source.source;
    const std::string mark = mark_text(source.mark);
    if (!mark.empty()) out += " - " + mark;
    return out;
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
      head("DOSE TABLE: " + one.row->agent + " (" + one.row->id + ")");
      row("standard", one.row->standard);
      row("kidney", one.for_kidney);
      if (!one.amounts.empty()) row("that is", one.amounts);
      if (one.row->loading != "none") row("load", one.row->loading);
      row("weight", one.row->weight_basis);
      row("highest", one.row->highest);
      if (one.row->hepatic != "none") row("liver", one.row->hepatic);
      if (!one.row->renal_conflict.empty() && one.row->renal_conflict != "none" &&
          one.row->renal_conflict != "n/a") {
        row("conflict", one.row->renal_conflict, "33");
      }
      row("checked", one.row->verification, "2");
      line();
    }
  }

  void one(const ph::Assessment& drug) {
    head(drug.drug->name + " by level");
    record(drug);
    for (const ph::Finding& finding : drug.findings) {
      const bool refuse = finding.act == ph::Act::kRefuse;
      std::string text = finding.text + ". " + finding.rail->text + " [" + finding.rail->id;
      for (const std::string& resource : finding.resources) text += ", " + resource;
      row(refuse ? "REFUSED" : "warning", text + "]", refuse ? "1;31" : "33");
    }
    if (drug.loading) {
      row("load",
          fmt::format("{:.0f} to {:.0f} mg once: {} [{}]", drug.loading->low_mg,
                      drug.loading->high_mg, drug.loading->text, cite(*drug.loading->source)));
    }
    models(drug);
    for (const ph::Measured& measured : drug.measured) {
      row("exposure", fmt::format("{}: {} {}; most probable {:.4g}", measured.label,
                                  band_text(measured.band), measured.unit, measured.map));
    }
    for (const ph::TargetChance& chance : drug.present_chances) {
      row("target", target_text(chance));
    }
    if (const auto* hand = std::get_if<ph::HandResult>(&drug.hand)) {
      std::string text = fmt::format(
          "two levels, without a model: half-life {:.3g} h, volume {:.3g} L, clearance {:.3g} L/h, "
          "peak "
          "{:.3g}, trough {:.3g} mg/L, AUC24 {:.0f}",
          hand->half_life, hand->volume, hand->clearance, hand->peak, hand->trough, hand->auc24);
      for (const std::string& flag : hand->flags) text += "; " + flag;
      row("by hand", text + " [ABX-910]");
    } else if (const auto* why = std::get_if<std::string>(&drug.hand)) {
      row("by hand", "not possible: " + *why);
    }
    if (drug.hours_to_high_trough_gone) {
      row("wait", fmt::format("{:.1f} h without a dose until the level is down at the target's top",
                              *drug.hours_to_high_trough_gone));
    }
    chart(drug);
    proposals(drug);
    line();
  }

  std::string target_text(const ph::TargetChance& chance) const {
    const ph::Target& target = *chance.target;
    std::string range = target.low && target.high
                            ? fmt::format("{:.4g} to {:.4g}", *target.low, *target.high)
                        : target.low ? fmt::format("above {:.4g}", *target.low)
                                     : fmt::format("below {:.4g}", target.high.value_or(0));
    std::string out = fmt::format("{} {}: probability {}", target.label, range, percent(chance.in));
    if (target.low) out += ", below it " + percent(chance.below);
    if (target.high) out += ", above it " + percent(chance.above);
    if (target.toxic)
      out += fmt::format(", above {:.4g} (toxic) {}", *target.toxic, percent(chance.toxic));
    return out + "; " + target.text + " [" + cite(target.source) + "]";
  }

  void record(const ph::Assessment& drug) {
    if (drug.present) {
      row("present",
          ph::words(*drug.present) + fmt::format(" ({} dose{} recorded)", drug.record.doses.size(),
                                                 drug.record.doses.size() == 1 ? "" : "s"));
    } else {
      row("present", fmt::format("{} dose{} recorded", drug.record.doses.size(),
                                 drug.record.doses.size() == 1 ? "" : "s"));
    }
    for (const ph::MeasuredLevel& level : drug.record.levels) {
      if (!level.readable) continue;
      std::string text = fmt::format("{}{:.4g} mg/L at {} ({})",
                                     level.level.below_limit ? "< " : "", level.level.mg_per_l,
                                     short_moment(report_, level.level.at_h), level.resource);
      if (level.level.unbound) text += ", unbound";
      row("level", text);
    }
    if (!drug.drug->mic_text.empty() && !drug.record.mic) row("MIC", drug.drug->mic_text);
  }

  void models(const ph::Assessment& drug) {
    for (const ph::FittedModel& fit : drug.fits) {
      std::string text = fit.model->title;
      if (drug.averaged) text += ", weight " + percent(fit.weight);
      if (fit.auc24 > 0 && drug.steady_state_known)
        text += fmt::format(", AUC24 {:.0f}", fit.auc24);
      const auto& levels = fit.course->history().levels;
      for (std::size_t j = 0; j < levels.size(); ++j) {
        text += fmt::format("{}{:.3g} for {:.3g}", j == 0 ? "; expects " : ", ",
                            fit.estimate.predicted[j], levels[j].mg_per_l);
      }
      if (drug.prior_only) text += "; no level: the population alone";
      row("model",
          text + " [" + fit.model->source +
              (mark_text(fit.model->mark).empty() ? "" : " - " + mark_text(fit.model->mark)) + "]");
      for (const std::string& assumption : fit.assumptions) row("", assumption, "33");
      if (&fit != &drug.fits.front()) continue;
      for (const std::string& choice : fit.model->choices) row("", "as read: " + choice, "2");
      std::string learned;
      for (Eigen::Index k = 0; k < fit.estimate.eta.size() && !drug.prior_only; ++k) {
        const double prior = fit.course->omega_root().row(k).squaredNorm();
        learned +=
            fmt::format("{}{} {}", learned.empty() ? "" : ", ",
                        fit.model->effects[static_cast<std::size_t>(k) % fit.model->effects.size()],
                        percent(std::max(0.0, 1 - fit.estimate.covariance(k, k) / prior)));
      }
      if (!learned.empty())
        row("", "of the doubt about each parameter the levels removed: " + learned, "2");
    }
    for (const ph::RefusedModel& refused : drug.refused_models) {
      row("left out", refused.model->title + ": " + refused.why, "2");
    }
  }

  void proposals(const ph::Assessment& drug) {
    if (drug.proposals.empty()) return;
    if (!drug.steady_state_known) {
      row("regimens",
          "Kidney function is changing: for the NEXT dose only; the steady state below assumes "
          "that it stays as it is now. Measure again within 24 h.",
          "1;31");
    }
    row("regimens", "practical ones, best first; median (5 to 95 %)");
    for (const ph::Proposal& proposal : drug.proposals) {
      line("    " + ink(ph::words(proposal.regimen), "1") +
           (proposal.present ? "  (present)" : ""));
      std::string chances;
      for (const ph::TargetChance& chance : proposal.chances) {
        chances += fmt::format("{}{} in target {}", chances.empty() ? "" : "; ",
                               chance.target->label, percent(chance.in));
        if (chance.target->toxic) chances += ", toxic " + percent(chance.toxic);
      }
      line("      " + chances);
      line(fmt::format("      AUC24 {}, peak {}, trough {}", band_text(proposal.auc24),
                       band_text(proposal.peak), band_text(proposal.trough)));
      line(fmt::format("      if begun now: AUC of the first 24 h {:.0f}, of the second {:.0f}",
                       proposal.first_day, proposal.second_day));
    }
  }

  // Median as *, 5 to 95 % as dots, levels as o, the moment of judging as |.
  void chart(const ph::Assessment& drug) {
    if (drug.curve.size() < 2) return;
    const auto columns = std::min<std::size_t>(width_ - 10, 90);
    const double first = drug.curve.front().at_h;
    const double span = drug.curve.back().at_h - first;
    double top = 0;
    for (const ph::CurvePoint& point : drug.curve) top = std::max(top, point.band[4]);
    for (const auto& level : drug.record.levels) top = std::max(top, level.level.mg_per_l);
    const double step = std::pow(10, std::floor(std::log10(top))) / 2;
    top = std::ceil(top / step) * step;
    std::vector<std::string> grid(kChartHeight + 1, std::string(columns, ' '));
    const auto column = [&](double hour) {
      return std::min(columns - 1,
                      static_cast<std::size_t>(std::lround(std::max(0.0, (hour - first) / span) *
                                                           static_cast<double>(columns - 1))));
    };
    const auto height = [&](double value) {
      return static_cast<std::size_t>(
          std::lround(kChartHeight - std::clamp(value / top, 0.0, 1.0) * kChartHeight));
    };
    for (auto& text : grid) text[column(drug.now_h)] = '|';
    for (const ph::CurvePoint& point : drug.curve) {
      for (std::size_t y = height(point.band[4]); y <= height(point.band[0]); ++y) {
        char& cell = grid[y][column(point.at_h)];
        if (cell != '*') cell = '.';
      }
      grid[height(point.band[2])][column(point.at_h)] = '*';
    }
    for (const auto& level : drug.record.levels) {
      if (level.readable && level.level.at_h >= first) {
        grid[height(level.level.mg_per_l)][column(level.level.at_h)] = 'o';
      }
    }
    line();
    line("  mg/L (* median, . 5 to 95 %, o level, | now; " + drug.fits.front().model->title + ")");
    for (std::size_t y = 0; y < grid.size(); ++y) {
      const double value = top * (1 - static_cast<double>(y) / kChartHeight);
      std::string text = y % 2 == 0 ? fmt::format("{:6.4g}", value) : std::string(6, ' ');
      line("  " + text + " " + grid[y].substr(0, grid[y].find_last_not_of(' ') + 1));
    }
    std::string foot = short_moment(report_, first);
    const std::string end = short_moment(report_, drug.curve.back().at_h);
    foot.resize(std::max(foot.size() + 1, columns - end.size()), ' ');
    line("         " + foot + end);
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
