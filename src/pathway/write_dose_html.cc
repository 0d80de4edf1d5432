// SPDX-License-Identifier: Apache-2.0
//
// The dose report as one page: no script, no request to anywhere; charts are SVG.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pathway/dosing.h"
#include "pathway/phrase.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr const char* kStyle = R"css(
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1d21;
       max-width: 52rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; border-bottom: 2px solid #1a1d21; padding-bottom: .4rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
         border-bottom: 1px solid #e3e6ea; }
th { color: #5a6270; font-weight: 500; }
.refuse { color: #b42318; font-weight: 600; } .warn { color: #8a3c06; }
.faint { color: #5a6270; font-size: .86rem; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #5a6270; }
@page { size: A4; margin: 16mm; }
)css";

constexpr double kWidth = 760;
constexpr double kHeight = 300;
constexpr double kLeft = 46;
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 34;

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }
std::string band_text(const ph::Band& band) {
  return fmt::format("{:.4g} ({:.4g} to {:.4g})", band[2], band[0], band[4]);
}

class DoseHtml {
 public:
  explicit DoseHtml(const DoseReport& report) : report_(report) {}

  std::string write() {
    out_ =
        "<!doctype html>\n<html lang=\"en\"><head><meta "
        "charset=\"utf-8\">\n<title>Doses</title>\n<style>";
    out_ += kStyle;
    out_ += "</style></head><body>\n";
    out_ += "<h1>Doses of " + escape(report_.patient) + ", as of " +
            escape(base::format_date_time(report_.as_of)) + "</h1>\n";
    kidney();
    for (const DoseTableLine& one : report_.table) table(one);
    for (const ph::Assessment& drug : report_.drugs) one(drug);
    out_ += "<p class=\"faint\">Guideline " + escape(report_.guideline) + ", pharmacology tables " +
            escape(report_.tables_version) +
            ". Decision support for named clinicians, not a cleared medical "
            "device.</p>\n</body></html>\n";
    return std::move(out_);
  }

 private:
  void row(std::string_view name, std::string_view text, std::string_view css = {}) {
    out_ += "<tr><th>" + escape(name) + "</th><td";
    if (!css.empty()) out_ += " class=\"" + std::string(css) + "\"";
    out_ += ">" + escape(text) + "</td></tr>\n";
  }
  static std::string cite(const ph::Source& source) {
    std::string out;
    for (const std::string& id : source.evidence) out += (out.empty() ? "" : ", ") + id;
    if (!source.source.empty()) out += (out.empty() ? "" : "; ") + source.source;
    const std::string mark = mark_text(source.mark);
    return mark.empty() ? out : out + " - " + mark;
  }

  void kidney() {
    out_ += "<h2>Kidney function</h2>\n<table>\n";
    for (const ph::KidneyLine& line : report_.kidney.lines) {
      row(line.measure->title, line.value
                                   ? fmt::format("{:.1f} {}", *line.value, line.measure->unit)
                                   : "not known, needs " + line.missing);
    }
    if (report_.kidney.unstable) {
      row("unstable",
          report_.kidney.unstable_text +
              ": none of these numbers describes a kidney that is changing",
          "refuse");
    }
    out_ += "</table>\n";
  }

  void table(const DoseTableLine& line) {
    out_ += "<h2>Dose table: " + escape(line.row->agent) + " (" + escape(line.row->id) +
            ")</h2>\n<table>\n";
    row("standard", line.row->standard);
    row("kidney", line.for_kidney);
    if (!line.amounts.empty()) row("that is", line.amounts);
    row("load", line.row->loading);
    row("weight", line.row->weight_basis);
    row("highest", line.row->highest);
    row("liver", line.row->hepatic);
    row("checked", line.row->verification);
    out_ += "</table>\n";
  }

  void one(const ph::Assessment& drug) {
    out_ += "<h2>" + escape(drug.drug->name) + " by level</h2>\n<table>\n";
    if (drug.present) row("present", ph::words(*drug.present));
    for (const ph::MeasuredLevel& level : drug.record.levels) {
      if (!level.readable) continue;
      row("level",
          fmt::format("{}{:.4g} mg/L at {} ({})", level.level.below_limit ? "< " : "",
                      level.level.mg_per_l, moment(report_, level.level.at_h), level.resource));
    }
    for (const ph::Finding& finding : drug.findings) {
      const bool refuse = finding.act == ph::Act::kRefuse;
      row(refuse ? "refused" : "warning",
          finding.text + ". " + finding.rail->text + " [" + finding.rail->id + "]",
          refuse ? "refuse" : "warn");
    }
    if (!drug.drug->mic_text.empty() && !drug.record.mic) row("MIC", drug.drug->mic_text);
    if (drug.loading) {
      row("load",
          fmt::format("{:.0f} to {:.0f} mg once: {} [{}]", drug.loading->low_mg,
                      drug.loading->high_mg, drug.loading->text, cite(*drug.loading->source)));
    }
    for (const ph::FittedModel& fit : drug.fits) {
      std::string text = fit.model->title;
      if (drug.averaged) text += ", weight " + percent(fit.weight);
      if (fit.auc24 > 0 && drug.steady_state_known)
        text += fmt::format(", AUC24 {:.0f}", fit.auc24);
      row("model", text + " [" + fit.model->source + " - " + mark_text(fit.model->mark) + "]");
      for (const std::string& assumption : fit.assumptions) row("", assumption, "warn");
    }
    for (const ph::RefusedModel& refused : drug.refused_models) {
      row("left out", refused.model->title + ": " + refused.why, "faint");
    }
    for (const ph::Measured& measured : drug.measured) {
      row(measured.label, band_text(measured.band) + " " + measured.unit +
                              fmt::format("; most probable {:.4g}", measured.map));
    }
    for (const ph::TargetChance& chance : drug.present_chances) {
      row("target",
          fmt::format("{}: {} in target; {} [{}]", chance.target->label, percent(chance.in),
                      chance.target->text, cite(chance.target->source)));
    }
    if (const auto* hand = std::get_if<ph::HandResult>(&drug.hand)) {
      row("by hand",
          fmt::format("half-life {:.3g} h, volume {:.3g} L, clearance {:.3g} L/h, AUC24 {:.0f}",
                      hand->half_life, hand->volume, hand->clearance, hand->auc24));
    } else if (const auto* why = std::get_if<std::string>(&drug.hand)) {
      row("by hand", "not possible: " + *why);
    }
    out_ += "</table>\n";
    chart(drug);
    if (drug.proposals.empty()) return;
    if (!drug.steady_state_known) {
      out_ +=
          "<p class=\"refuse\">Kidney function is changing: for the next dose only; measure again "
          "within 24 h.</p>\n";
    }
    out_ +=
        "<table>\n<tr><th>regimen</th><th>in target</th><th>toxic</th><th>AUC24</th><th>peak</th>"
        "<th>trough</th></tr>\n";
    for (const ph::Proposal& proposal : drug.proposals) {
      std::string in;
      std::string toxic;
      for (const ph::TargetChance& chance : proposal.chances) {
        in += (in.empty() ? "" : ", ") + chance.target->label + " " + percent(chance.in);
        if (chance.target->toxic) toxic += (toxic.empty() ? "" : ", ") + percent(chance.toxic);
      }
      out_ += "<tr><td>" + escape(ph::words(proposal.regimen)) +
              (proposal.present ? " (present)" : "") + "</td><td>" + escape(in) + "</td><td>" +
              toxic + "</td><td>" + band_text(proposal.auc24) + "</td><td>" +
              band_text(proposal.peak) + "</td><td>" + band_text(proposal.trough) + "</td></tr>\n";
    }
    out_ += "</table>\n";
  }

  void chart(const ph::Assessment& drug) {
    if (drug.curve.size() < 2) return;
    const double first = drug.curve.front().at_h;
    const double last = drug.curve.back().at_h;
    double top = 1e-9;
    for (const ph::CurvePoint& point : drug.curve) top = std::max(top, point.band[4]);
    for (const auto& level : drug.record.levels) {
      if (level.level.at_h >= first) top = std::max(top, level.level.mg_per_l);
    }
    top *= 1.08;
    const auto x = [&](double hour) {
      return kLeft + (hour - first) / (last - first) * (kWidth - kLeft - kRight);
    };
    const auto y = [&](double value) {
      return kTop + (1 - std::min(value, top) / top) * (kHeight - kTop - kBottom);
    };
    const auto area = [&](auto low, auto high, const char* fill) {
      std::string path;
      for (const ph::CurvePoint& point : drug.curve) {
        path += fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.at_h),
                            y(high(point)));
      }
      for (auto point = drug.curve.rbegin(); point != drug.curve.rend(); ++point) {
        path += fmt::format("L{:.1f},{:.1f} ", x(point->at_h), y(low(*point)));
      }
      out_ += "<path d=\"" + path + "Z\" fill=\"" + fill + "\"/>\n";
    };
    out_ += fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"Concentration of {} over "
        "time with levels and target\">\n",
        kWidth, kHeight, escape(drug.drug->name));
    for (const ph::Target& target : drug.drug->targets) {
      if (target.quantity == ph::Quantity::kAuc24) continue;
      const double low = target.low.value_or(0);
      const double high = std::min(target.high.value_or(top), top);
      if (low >= top) continue;
      out_ += fmt::format(
          "<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"{:.0f}\" height=\"{:.1f}\" "
          "fill=\"#dcfae6\"/>\n<text x=\"{:.0f}\" y=\"{:.1f}\">target {}</text>\n",
          kLeft, y(high), kWidth - kLeft - kRight, y(low) - y(high), kLeft + 4, y(high) + 13,
          escape(target.label));
    }
    area([](const auto& p) { return p.prior[0]; }, [](const auto& p) { return p.prior[4]; },
         "#eef1f5");
    area([](const auto& p) { return p.band[0]; }, [](const auto& p) { return p.band[4]; },
         "#c7d7fe");
    area([](const auto& p) { return p.band[1]; }, [](const auto& p) { return p.band[3]; },
         "#9db5fb");
    std::string path;
    for (const ph::CurvePoint& point : drug.curve) {
      path +=
          fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.at_h), y(point.map));
    }
    out_ += "<path d=\"" + path + "\" fill=\"none\" stroke=\"#175cd3\" stroke-width=\"1.6\"/>\n";
    for (const auto& level : drug.record.levels) {
      if (!level.readable || level.level.at_h < first) continue;
      out_ += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#b42318\"><title>{:.4g} mg/L at "
          "{}</title></circle>\n",
          x(level.level.at_h), y(level.level.mg_per_l), level.level.mg_per_l,
          moment(report_, level.level.at_h));
    }
    out_ += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#5a6270\" "
        "stroke-dasharray=\"4 3\"/>\n<text x=\"{3:.1f}\" y=\"{4:.1f}\">now</text>\n",
        x(drug.now_h), kTop, kHeight - kBottom, x(drug.now_h) + 4, kTop + 10);
    for (int i = 0; i <= 4; ++i) {
      const double value = top * i / 4;
      out_ += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>\n",
                          kLeft - 6, y(value) + 4, value);
    }
    for (int i = 0; i <= 3; ++i) {
      const double hour = first + (last - first) * i / 3;
      const std::string when = moment(report_, hour);
      out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{} {}</text>\n",
                          x(hour), kHeight - kBottom + 18,
                          i == 0   ? "start"
                          : i == 3 ? "end"
                                   : "middle",
                          when.substr(5, 5), when.substr(11, 5));
    }
    out_ += fmt::format(
        "</svg>\n<p class=\"faint\">mg/L; line: most probable; dark and light: 25 to 75 and 5 to "
        "95 %; grey: before the levels; dots: levels. {}.</p>\n",
        escape(drug.fits.front().model->title));
  }

  const DoseReport& report_;
  std::string out_;
};

}  // namespace

std::string write_dose_html(const DoseReport& report) { return DoseHtml(report).write(); }

}  // namespace nidus::pathway
