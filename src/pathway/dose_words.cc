// SPDX-License-Identifier: Apache-2.0
#include "pathway/dose_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "pathway/dose_table.h"
#include "pathway/phrase.h"

namespace nidus::pathway {

namespace ph = pharmacology;

std::string percent_words(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string band_words(const ph::Band& band) {
  return fmt::format("{:.4g} ({:.4g} to {:.4g})", band[2], band[0], band[4]);
}

std::string short_moment(const DoseReport& report, double hour) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string whole = moment(report, hour);  // 2025-03-04T10:30:00+01:00
  const int month = std::stoi(whole.substr(5, 2));
  return fmt::format("{} {} {}", std::stoi(whole.substr(8, 2)),
                     kMonths[static_cast<std::size_t>(month - 1)], whole.substr(11, 5));
}

std::string dialysis_words(const DoseReport& report) {
  if (report.person == nullptr) return {};
  const char* kind = report.person->continuous_replacement ? "continuous renal replacement"
                     : report.person->prolonged_dialysis   ? "prolonged intermittent dialysis"
                     : report.person->haemodialysis        ? "haemodialysis"
                     : report.person->peritoneal_dialysis  ? "peritoneal dialysis"
                                                           : nullptr;
  if (kind == nullptr) return {};
  return std::string("on ") + kind +
         ": these numbers are of the creatinine that the machine leaves, not of a kidney";
}

// ---------------------------------------------------------------- the dose table

namespace {

bool says_nothing(const std::string& text) {
  return text.empty() || text == "none" || text == "n/a";
}

std::string indicated_words(const IndicatedDose& one) {
  const RegimenComponent& component = *one.component;
  const RegimenOption& option = *one.option;
  std::string out = component.dose;
  if (!component.interval.empty()) out += " " + component.interval;
  if (!component.route.empty()) out += " " + component.route;
  out += ": " + option.organism_group;
  if (!says_nothing(option.condition)) out += ", " + option.condition;
  out += " [" + component.reg_id + ", " + option.id;
  if (!component.verification.empty()) out += "; " + component.verification;
  return out + "]";
}

}  // namespace

std::string table_title(const DoseTableLine& line) {
  if (line.row == nullptr) return line.agent + " (no row of the dose table)";
  return line.agent + " (" + line.row->id + ", " + line.row->route + ")";
}

std::vector<DoseWords> table_words(const DoseTableLine& line) {
  std::vector<DoseWords> out;
  if (line.row == nullptr) {
    out.push_back({"no row", "the dose table holds no row for this agent", Tone::kWarn});
    return out;
  }
  const DoseRow& row = *line.row;
  out.push_back({"standard", row.standard});
  for (const IndicatedDose& one : line.indicated) {
    out.push_back({"offered", indicated_words(one)});
  }
  if (line.given && line.indicated.empty()) {
    out.push_back(
        {"offered", "given, but the plan offers it for no indication of this person now"});
  }
  out.push_back({"kidney", line.for_kidney});
  if (!line.amounts.empty()) out.push_back({"that is", line.amounts});
  if (!says_nothing(row.loading)) out.push_back({"load", row.loading});
  out.push_back({"weight", line.weight.empty() ? row.weight_basis
                                               : line.weight + " (row: " + row.weight_basis + ")"});
  out.push_back({"highest", row.highest});
  if (!line.liver.empty()) out.push_back({"liver", line.liver});
  if (!says_nothing(row.target) && row.target != "none routinely") {
    out.push_back({"levels", row.target});
  }
  if (!says_nothing(row.renal_conflict) &&
      row.renal_conflict.find("confirms") == std::string::npos) {
    out.push_back({"conflict", row.renal_conflict, Tone::kWarn});
  }
  out.push_back({"checked", row.verification, Tone::kFaint});
  return out;
}

std::string offered_words(const DoseTableLine& line) {
  std::string out;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) out += (out.empty() ? "" : "; ") + text;
  };
  for (const IndicatedDose& one : line.indicated) add(indicated_words(one));
  if (line.row == nullptr) {
    add("the dose table holds no row for this agent");
    return out;
  }
  add(line.for_kidney);
  add(line.amounts);
  if (!line.weight.empty()) add(line.weight);
  add(line.liver);
  add("row " + line.row->id + ", " + line.row->verification);
  return out;
}

// ---------------------------------------------------------------- a drug by level

namespace {

std::string target_words(const ph::TargetChance& chance) {
  const ph::Target& target = *chance.target;
  const bool known = chance.low && std::isfinite(*chance.low);
  std::string range;
  if (known && target.high) {
    range = fmt::format("{:.4g} to {:.4g}", *chance.low, *target.high);
  } else if (known) {
    range = fmt::format("from {:.4g}", *chance.low);
  } else if (target.high) {
    range = fmt::format("up to {:.4g}", *target.high);
  }
  std::string out = target.label + (range.empty() ? "" : " " + range);
  if (chance.low || target.high) {
    out += ": probability " + percent_words(chance.in);
    if (std::round(100 * chance.in_best) > std::round(100 * chance.in)) {
      out += " to " + percent_words(chance.in_best) + ", as the MIC is known as a bound only";
    }
    if (chance.low) out += ", below it " + percent_words(chance.below);
    if (target.high) out += ", above it " + percent_words(chance.above);
  }
  if (target.toxic) {
    out += fmt::format("{} above {:.4g} (toxic) {}", chance.low || target.high ? "," : ":",
                       *target.toxic, percent_words(chance.toxic));
  }
  return out + "; " + target.text + " [" + cite(target.source) + "]";
}

class DrugWords {
 public:
  DrugWords(const DoseReport& report, const ph::Assessment& drug) : report_(report), drug_(drug) {}

  std::vector<DoseWords> write() {
    record();
    findings();
    if (drug_.loading) {
      row("load",
          fmt::format("{:.0f} to {:.0f} mg once: {} [{}]", drug_.loading->low_mg,
                      drug_.loading->high_mg, drug_.loading->text, cite(*drug_.loading->source)));
    }
    models();
    for (const ph::Measured& measured : drug_.measured) {
      row("exposure", fmt::format("{}: {} {}; most probable {:.4g}", measured.label,
                                  band_words(measured.band), measured.unit, measured.map));
    }
    for (const ph::TargetChance& chance : drug_.present_chances)
      row("target", target_words(chance));
    hand();
    if (drug_.hours_to_high_trough_gone) {
      row("wait", fmt::format("{:.1f} h without a dose until the level is down at the target's top",
                              *drug_.hours_to_high_trough_gone));
    }
    return std::move(out_);
  }

 private:
  void row(std::string name, std::string text, Tone tone = Tone::kPlain) {
    out_.push_back({std::move(name), std::move(text), tone});
  }

  void record() {
    const std::size_t doses = drug_.record.doses.size();
    const std::string count = fmt::format("{} dose{} recorded", doses, doses == 1 ? "" : "s");
    row("present", drug_.present ? ph::words(*drug_.present) + " (" + count + ")" : count);
    if (!drug_.drug->amounts_text.empty()) row("", drug_.drug->amounts_text, Tone::kWarn);
    for (const ph::MeasuredLevel& level : drug_.record.levels) {
      if (!level.readable()) continue;
      row("level", fmt::format("{}{:.4g} mg/L at {} ({}){}", level.level.below_limit ? "< " : "",
                               level.level.mg_per_l, short_moment(report_, level.level.at_h),
                               level.resource, level.level.unbound ? ", unbound" : ""));
    }
    if (drug_.record.mic) {
      const ph::MeasuredMic& mic = *drug_.record.mic;
      std::string text = fmt::format("{} of {} ({})", mic.text, mic.organism, mic.resource);
      for (const std::string& other : mic.others) text += "; also " + other;
      if (!mic.others.empty()) text += "; the highest counts";
      row("MIC", text);
    } else if (!drug_.drug->mic_text.empty()) {
      row("MIC", drug_.drug->mic_text + " [" + cite(drug_.drug->mic_source) + "]");
    }
  }

  void findings() {
    for (const ph::Finding& finding : drug_.findings) {
      std::string text = finding.text + ". " + finding.rail->text + " [" + finding.rail->id;
      for (const std::string& resource : finding.resources) {
        if (!resource.empty()) text += ", " + resource;
      }
      text += "]";
      switch (finding.act) {
        case ph::Act::kRefuse:
          row("REFUSED", std::move(text), Tone::kRefuse);
          break;
        case ph::Act::kWarn:
          row("warning", std::move(text), Tone::kWarn);
          break;
        case ph::Act::kNote:
          row("note", std::move(text));
          break;
      }
    }
  }

  void models() {
    for (const ph::FittedModel& fit : drug_.fits) {
      std::string text = fit.model->title;
      if (drug_.averaged) text += ", weight " + percent_words(fit.weight);
      if (fit.auc24 > 0 && drug_.steady_state_known) {
        text += fmt::format(", AUC24 {:.0f} mg.h/L", fit.auc24);
      }
      const auto& levels = fit.course->history().levels;
      for (std::size_t j = 0; j < levels.size(); ++j) {
        text += fmt::format("{}{:.3g} for {}{:.3g}", j == 0 ? "; expects " : ", ",
                            fit.estimate.predicted[j], levels[j].below_limit ? "<" : "",
                            levels[j].mg_per_l);
      }
      if (!levels.empty()) text += " mg/L";
      if (drug_.prior_only) text += "; no level: the population alone";
      const std::string mark = mark_text(fit.model->mark);
      row("model", text + " [" + fit.model->source + (mark.empty() ? "" : " - " + mark) + "]");
      if (&fit != &drug_.fits.front()) continue;
      for (const std::string& choice : fit.model->choices) {
        row("", "as read: " + choice, Tone::kFaint);
      }
      std::string learned;
      for (Eigen::Index k = 0; k < fit.estimate.eta.size() && !drug_.prior_only; ++k) {
        const double prior = fit.course->omega_root().row(k).squaredNorm();
        learned +=
            fmt::format("{}{} {}", learned.empty() ? "" : ", ",
                        fit.model->effects[static_cast<std::size_t>(k) % fit.model->effects.size()],
                        percent_words(std::max(0.0, 1 - fit.estimate.covariance(k, k) / prior)));
      }
      if (!learned.empty()) {
        row("", "of the doubt about each parameter the levels removed: " + learned, Tone::kFaint);
      }
    }
    assumptions();
    for (const ph::TypicalModel& typical : drug_.typical_models) typical_model(typical);
    for (const ph::RefusedModel& refused : drug_.refused_models) {
      row("left out", refused.model->title + ": " + refused.why, Tone::kFaint);
    }
  }

  void typical_model(const ph::TypicalModel& typical) {
    std::string text =
        fmt::format("{}: clearance {:.3g} L/h", typical.model->title, typical.clearance);
    if (typical.auc24 > 0 && drug_.steady_state_known) {
      text += fmt::format(", AUC24 {:.0f} mg.h/L", typical.auc24);
    }
    for (std::size_t j = 0; j < typical.levels.size(); ++j) {
      text += fmt::format("{}{:.3g}", j == 0 ? "; expects " : ", ", typical.levels[j].mg_per_l);
      text += fmt::format(" for {:.3g}", typical.levels[j].level.mg_per_l);
    }
    if (!typical.levels.empty()) text += " mg/L";
    text += ". It knows nothing of this person's levels and takes no part in the average: " +
            typical.model->typical_only;
    const std::string mark = mark_text(typical.model->mark);
    row("typical", text + " [" + typical.model->source + (mark.empty() ? "" : " - " + mark) + "]");
    for (const std::string& choice : typical.model->choices) {
      row("", "as read: " + choice, Tone::kFaint);
    }
  }

  // Each once, with the models it is made for.
  void assumptions() {
    std::vector<std::pair<std::string, std::vector<std::string>>> made;
    for (const ph::FittedModel& fit : drug_.fits) {
      for (const std::string& assumption : fit.assumptions) {
        auto found = std::find_if(made.begin(), made.end(),
                                  [&](const auto& one) { return one.first == assumption; });
        if (found == made.end()) found = made.insert(made.end(), {assumption, {}});
        found->second.push_back(fit.model->title);
      }
    }
    for (const auto& [assumption, models] : made) {
      std::string text = assumption;
      if (models.size() < drug_.fits.size()) {
        text += fmt::format(" ({})", fmt::join(models, ", "));
      }
      row("assumed", text, Tone::kWarn);
    }
  }

  void hand() {
    if (const auto* hand = std::get_if<ph::HandResult>(&drug_.hand)) {
      std::string text = fmt::format(
          "two levels, without a model: half-life {:.3g} h, volume {:.3g} L, clearance {:.3g} L/h, "
          "peak {:.3g}",
          hand->half_life, hand->volume, hand->clearance, hand->peak);
      text += std::isfinite(hand->auc24) ? fmt::format(", trough {:.3g} mg/L, AUC24 {:.0f} mg.h/L",
                                                       hand->trough, hand->auc24)
                                         : std::string(" mg/L; no interval yet");
      for (const ph::Measured& measured : drug_.measured) {
        if (measured.id != "auc24") continue;
        text +=
            fmt::format(" of this interval (models, at steady state: {:.0f})", measured.band[2]);
      }
      for (const std::string& flag : hand->flags) text += "; " + flag;
      row("by hand", text + " [ABX-910]");
    } else if (const auto* why = std::get_if<std::string>(&drug_.hand)) {
      row("by hand", "not possible: " + *why);
    }
  }

  const DoseReport& report_;
  const ph::Assessment& drug_;
  std::vector<DoseWords> out_;
};

}  // namespace

std::vector<DoseWords> drug_words(const DoseReport& report, const ph::Assessment& drug) {
  return DrugWords(report, drug).write();
}

std::string chances_words(const std::vector<ph::TargetChance>& chances) {
  std::string out;
  for (const ph::TargetChance& chance : chances) {
    const bool ends = chance.low || chance.target->high;
    out += (out.empty() ? "" : "; ") + chance.target->label;
    if (ends) out += " in target " + percent_words(chance.in);
    if (ends && std::round(100 * chance.in_best) > std::round(100 * chance.in)) {
      out += " to " + percent_words(chance.in_best);
    }
    if (chance.target->toxic) {
      out += std::string(ends ? "," : "") + " toxic " + percent_words(chance.toxic);
    }
  }
  return out;
}

}  // namespace nidus::pathway
