// SPDX-License-Identifier: Apache-2.0
#include "pathway/dose_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pathway/dose_words.h"
#include "pathway/html_text.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

// 1, 2 or 5 times a power of ten, so that `span` has at most `most` steps.
double nice_step(double span, double most) {
  const double least = span / most;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= least * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

// What is drawn of one drug, and on which axes.
struct Axes {
  double first = 0;
  double last = 0;
  double top = 0;
  double step = 0;
};

bool shown(const ph::MeasuredLevel& level, const Axes& axes) {
  return level.readable() && level.level.at_h >= axes.first && level.level.at_h <= axes.last;
}

Axes axes_of(const ph::Assessment& drug, const std::vector<ph::CurvePoint>& curve, bool band) {
  Axes out;
  out.first = curve.front().at_h;
  out.last = curve.back().at_h;
  double top = 1e-9;
  for (const ph::CurvePoint& point : curve) top = std::max(top, band ? point.band[4] : point.map);
  for (const auto& level : drug.record.levels) {
    if (shown(level, out)) top = std::max(top, level.level.mg_per_l);
  }
  out.step = nice_step(top * 1.05, 6);
  out.top = std::ceil(top * 1.05 / out.step) * out.step;
  return out;
}

// Midnights, hours of the report, so many apart that their names do not touch.
std::vector<double> days_of(const DoseReport& report, const Axes& axes, double most) {
  const std::string start = moment(report, axes.first);
  const double clock = std::stoi(start.substr(11, 2)) + std::stoi(start.substr(14, 2)) / 60.0;
  const double days = (axes.last - axes.first) / 24;
  double apart = 1;
  for (const double step : {1.0, 2.0, 7.0, 14.0, 28.0}) {
    apart = step;
    if (days / step <= most) break;
  }
  std::vector<double> out;
  for (double at = axes.first - clock; at <= axes.last; at += 24 * apart) {
    if (at >= axes.first) out.push_back(at);
  }
  return out;
}

std::string day_name(const DoseReport& report, double hour) {
  const std::string text = short_moment(report, hour + 1e-6);
  return text.substr(0, text.rfind(' '));
}

struct Band {
  std::string label;
  double low = 0;
  std::optional<double> high;
};
// Targets that are concentrations of the whole drug.
std::vector<Band> target_bands(const ph::Assessment& drug) {
  std::vector<Band> out;
  if (drug.fits.empty() || drug.fits.front().model->binding) return out;
  for (const ph::Target& target : drug.drug->targets) {
    if (target.quantity == ph::Quantity::kAuc24) continue;
    const auto low = ph::low_end(*drug.drug, drug.record, target).worst;
    if (!low && !target.high) continue;
    if (low && !std::isfinite(*low)) continue;
    Band band{target.label + " target", low.value_or(0), target.high};
    band.label += low && target.high ? fmt::format(" {:.3g} to {:.3g}", *low, *target.high)
                  : low              ? fmt::format(" from {:.3g}", *low)
                                     : fmt::format(" up to {:.3g}", *target.high);
    band.label += " mg/L";
    out.push_back(std::move(band));
  }
  return out;
}

// What a reader who does not see the chart is told.
std::string description(const DoseReport& report, const ph::Assessment& drug, const Axes& axes) {
  std::string out = fmt::format("Concentration of {} in mg/L from {} to {}.", drug.drug->name,
                                short_moment(report, axes.first), short_moment(report, axes.last));
  std::size_t doses = 0;
  for (const auto& dose : drug.record.doses) doses += dose.dose.at_h >= axes.first ? 1 : 0;
  out += fmt::format(" {} dose{} in this time.", doses, doses == 1 ? "" : "s");
  for (const auto& level : drug.record.levels) {
    if (!shown(level, axes)) continue;
    out += fmt::format(" Level {}{:.4g} mg/L at {}.", level.level.below_limit ? "below " : "",
                       level.level.mg_per_l, short_moment(report, level.level.at_h));
  }
  for (const ph::Measured& measured : drug.measured) {
    if (measured.id == "level-now") {
      out += fmt::format(" Now {} mg/L.", band_words(measured.band));
    }
  }
  for (const Band& band : target_bands(drug)) out += " " + band.label + ".";
  return out;
}

class Svg {
 public:
  Svg(const DoseReport& report, const ph::Assessment& drug,
      const std::vector<ph::CurvePoint>& curve, bool band, double height)
      : report_(report),
        drug_(drug),
        curve_(curve),
        axes_(axes_of(drug, curve, band)),
        height_(height) {}

  std::string chart() {
    open("");
    frame();
    targets();
    area([](const auto& p) { return p.band[0]; }, [](const auto& p) { return p.band[4]; },
         "#dcdcdc");
    area([](const auto& p) { return p.band[1]; }, [](const auto& p) { return p.band[3]; },
         "#b4b9c4");
    if (curve_.front().prior[4] > 0 || curve_.back().prior[4] > 0) {
      for (const std::size_t i : {std::size_t{0}, std::size_t{4}}) {
        line([i](const auto& p) { return p.prior[i]; }, "#6b7280", 0.8, "1.5 3");
      }
    }
    line([](const auto& p) { return p.map; }, "#0b2e6b", 2, "");
    doses(true);
    now();
    levels();
    legend();
    return close();
  }

  std::string course() {
    open(": the whole course");
    frame();
    line([](const auto& p) { return p.map; }, "#0b2e6b", 1, "");
    doses(false);
    now();
    levels();
    return close();
  }

 private:
  static constexpr double kWidth = 760;
  static constexpr double kLeft = 52;
  static constexpr double kRight = 14;
  static constexpr double kTop = 42;     // legend
  static constexpr double kBottom = 56;  // doses, days

  double x(double hour) const {
    return kLeft + (hour - axes_.first) / (axes_.last - axes_.first) * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kTop + (1 - std::clamp(value / axes_.top, 0.0, 1.0)) * (height_ - kTop - kBottom);
  }
  double base() const { return height_ - kBottom; }

  void open(const std::string& what) {
    const std::string title = "Concentration of " + drug_.drug->name + " over time" + what;
    out_ = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n<title>{}</title>\n"
        "<desc>{}</desc>\n",
        kWidth, height_, html_text(title + ". " + description(report_, drug_, axes_)),
        html_text(title), html_text(description(report_, drug_, axes_)));
  }
  std::string close() { return std::move(out_) + "</svg>\n"; }
  void text(double at_x, double at_y, const char* anchor, std::string_view words,
            std::string_view more = {}) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", at_x,
                        at_y, anchor, more, html_text(words));
  }
  void stroke(double x1, double y1, double x2, double y2, const char* colour, double width,
              const char* dash = "") {
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
        "stroke-width=\"{}\"{}/>\n",
        x1, y1, x2, y2, colour, width,
        *dash == 0 ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash));
  }

  void frame() {
    for (double value = 0; value <= axes_.top * (1 + 1e-9); value += axes_.step) {
      stroke(kLeft, y(value), kWidth - kRight, y(value), value == 0 ? "#1a1d21" : "#e3e6ea", 1);
      text(kLeft - 6, y(value) + 4, "end", fmt::format("{:.4g}", value));
    }
    stroke(kLeft, kTop, kLeft, base(), "#1a1d21", 1);
    const double middle = (kTop + base()) / 2;
    text(14, middle, "middle", "mg/L", fmt::format(" transform=\"rotate(-90 14 {:.1f})\"", middle));
    for (const double day : days_of(report_, axes_, 9)) {
      stroke(x(day), kTop, x(day), base() + 24, "#e3e6ea", 1);
      text(x(day), height_ - 16, "middle", day_name(report_, day));
    }
    text(kWidth - kRight, height_ - 2, "end", "days begin at 00:00");
  }

  // Lines with a hatching between, so that a print in black and white shows them.
  void targets() {
    double label_at = 0;
    for (const Band& band : target_bands(drug_)) {
      if (band.low >= axes_.top) continue;
      const double high = std::min(band.high.value_or(axes_.top), axes_.top);
      out_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"#3f8f5f\" "
          "fill-opacity=\"0.10\"/>\n",
          kLeft, y(high), kWidth - kLeft - kRight, y(band.low) - y(high));
      if (band.low > 0)
        stroke(kLeft, y(band.low), kWidth - kRight, y(band.low), "#2f6b47", 1, "7 3");
      if (band.high && *band.high < axes_.top) {
        stroke(kLeft, y(high), kWidth - kRight, y(high), "#2f6b47", 1, "7 3");
      }
      // Beside each other, not on each other.
      text(kWidth - kRight - 4 - label_at, y(band.low > 0 ? band.low : high) - 4, "end", band.label,
           " class=\"halo\"");
      label_at += 0.55 * 12 * static_cast<double>(band.label.size());
    }
  }

  template <class Low, class High>
  void area(Low low, High high, const char* fill) {
    std::string path;
    for (const ph::CurvePoint& point : curve_) {
      path +=
          fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.at_h), y(high(point)));
    }
    for (auto point = curve_.rbegin(); point != curve_.rend(); ++point) {
      path += fmt::format("L{:.1f},{:.1f} ", x(point->at_h), y(low(*point)));
    }
    out_ += "<path d=\"" + path + "Z\" fill=\"" + fill + "\" fill-opacity=\"0.85\"/>\n";
  }
  template <class Value>
  void line(Value value, const char* colour, double width, const char* dash) {
    std::string path;
    for (const ph::CurvePoint& point : curve_) {
      path +=
          fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.at_h), y(value(point)));
    }
    out_ +=
        fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", path,
                    colour, width, *dash == 0 ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash));
  }

  // A tick for each dose below the axis; its amount where there is room.
  void doses(bool amounts) {
    double free_from = -1e9;
    for (const auto& given : drug_.record.doses) {
      const ph::Dose& dose = given.dose;
      if (!given.missing.empty() || dose.at_h < axes_.first || dose.at_h > axes_.last) continue;
      const double from = x(dose.at_h);
      const double to = std::max(from + 1.6, x(std::min(dose.at_h + dose.duration_h, axes_.last)));
      out_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"7\" fill=\"#1a1d21\"/>\n",
          from, base() + 3, to - from);
      const std::string words = fmt::format("{:.4g} mg", dose.amount_mg);
      const double room = 6.4 * static_cast<double>(words.size());
      if (!amounts || from < free_from || from + room > kWidth) continue;
      text(from, base() + 23, "start", words);
      free_from = from + room + 4;
    }
  }

  void now() {
    if (drug_.now_h > axes_.last) return;
    stroke(x(drug_.now_h), kTop - 4, x(drug_.now_h), base() + 12, "#1a1d21", 1.2, "2 3");
    const bool room = x(drug_.now_h) + 30 < kWidth;
    text(x(drug_.now_h) + (room ? 4 : -4), kTop + 8, room ? "start" : "end", "now");
  }

  void levels() {
    double free_from = -1e9;  // numbers do not stand on each other; points may
    for (const auto& level : drug_.record.levels) {
      if (!shown(level, axes_)) continue;
      const double at_x = x(level.level.at_h);
      const double at_y = y(level.level.mg_per_l);
      const std::string words =
          fmt::format("{}{:.4g}", level.level.below_limit ? "<" : "", level.level.mg_per_l);
      const char* fill = level.level.below_limit ? "#ffffff" : "#1a1d21";
      out_ += fmt::format(
          "<path d=\"M{0:.1f},{2:.1f} L{3:.1f},{1:.1f} L{0:.1f},{4:.1f} L{5:.1f},{1:.1f} Z\" "
          "fill=\"{6}\" stroke=\"{7}\" stroke-width=\"1.5\"><title>{8} mg/L at "
          "{9}</title></path>\n",
          at_x, at_y, at_y - 5.5, at_x + 5.5, at_y + 5.5, at_x - 5.5, fill,
          level.level.below_limit ? "#1a1d21" : "#ffffff", html_text(words),
          moment(report_, level.level.at_h));
      const double room = 7.2 * static_cast<double>(words.size());
      const bool right = at_x + 8 + room < kWidth;
      const double from = right ? at_x + 8 : at_x - 8 - room;
      if (from < free_from) continue;
      text(right ? from : at_x - 8, at_y - 5, right ? "start" : "end", words, " class=\"level\"");
      free_from = from + room;
    }
  }

  void legend() {
    double at = kLeft;
    const auto label = [&](const std::string& words) {
      text(at, 15, "start", words);
      at += 6.3 * static_cast<double>(words.size()) + 14;
    };
    stroke(at, 11, at + 20, 11, "#0b2e6b", 2);
    at += 24;
    label("most probable");
    out_ += fmt::format(
        "<rect x=\"{:.0f}\" y=\"5\" width=\"20\" height=\"12\" fill=\"#dcdcdc\"/>\n"
        "<rect x=\"{:.0f}\" y=\"8\" width=\"20\" height=\"6\" fill=\"#b4b9c4\"/>\n",
        at, at);
    at += 24;
    label("5 to 95 %, 25 to 75 %");
    stroke(at, 11, at + 20, 11, "#6b7280", 0.8, "1.5 3");
    at += 24;
    label("before the levels");
    out_ += fmt::format(
        "<path d=\"M{0:.1f},5.5 L{1:.1f},11 L{0:.1f},16.5 L{2:.1f},11 Z\" fill=\"#1a1d21\"/>\n",
        at + 6, at + 11.5, at + 0.5);
    at += 16;
    label("level, mg/L");
    out_ +=
        fmt::format("<rect x=\"{:.0f}\" y=\"7\" width=\"9\" height=\"7\" fill=\"#1a1d21\"/>\n", at);
    at += 13;
    label("dose");
    stroke(at, 11, at + 20, 11, "#2f6b47", 1, "7 3");
    at += 24;
    label("target");
  }

  const DoseReport& report_;
  const ph::Assessment& drug_;
  const std::vector<ph::CurvePoint>& curve_;
  Axes axes_;
  double height_;
  std::string out_;
};

}  // namespace

std::string chart_svg(const DoseReport& report, const ph::Assessment& drug) {
  constexpr double kHeight = 350;
  return Svg(report, drug, drug.curve, true, kHeight).chart();
}

std::string course_svg(const DoseReport& report, const ph::Assessment& drug) {
  constexpr double kHeight = 220;
  if (drug.course.size() < 2) return {};
  return Svg(report, drug, drug.course, false, kHeight).course();
}

std::vector<std::string> chart_lines(const DoseReport& report, const ph::Assessment& drug,
                                     std::size_t width) {
  constexpr int kHeight = 14;
  constexpr std::size_t kMargin = 9;  // "  120.5 |"
  std::vector<std::string> out;
  const std::size_t columns = std::min<std::size_t>(width - kMargin - 1, 90);
  const Axes axes = axes_of(drug, drug.curve, true);
  const auto column = [&](double hour) {
    const double share = std::clamp((hour - axes.first) / (axes.last - axes.first), 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(columns - 1)));
  };
  const auto height = [&](double value) {
    return static_cast<std::size_t>(
        std::lround(kHeight - std::clamp(value / axes.top, 0.0, 1.0) * kHeight));
  };
  std::vector<std::string> grid(kHeight + 1, std::string(columns, ' '));
  bool targets = false;
  for (const Band& band : target_bands(drug)) {
    for (const double value : {band.low, band.high.value_or(0)}) {
      if (value <= 0 || value >= axes.top) continue;
      grid[height(value)].assign(columns, '-');
      targets = true;
    }
  }
  for (auto& text : grid) text[column(drug.now_h)] = '|';
  for (const ph::CurvePoint& point : drug.curve) {
    for (std::size_t y = height(point.band[4]); y <= height(point.band[0]); ++y) {
      char& cell = grid[y][column(point.at_h)];
      if (cell != '*') cell = '.';
    }
  }
  for (const ph::CurvePoint& point : drug.curve) {
    grid[height(point.map)][column(point.at_h)] = '*';
  }
  for (const auto& level : drug.record.levels) {
    if (shown(level, axes)) {
      grid[height(level.level.mg_per_l)][column(level.level.at_h)] =
          level.level.below_limit ? 'v' : 'o';
    }
  }
  const auto cut = [](std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  out.push_back(fmt::format("  mg/L    {}{}", drug.fits.front().model->title,
                            drug.present ? "; after now: the present regimen goes on" : ""));
  // The row nearest to each tick of the axis carries its number.
  std::vector<std::string> numbers(grid.size());
  for (double value = 0; value <= axes.top * (1 + 1e-9); value += axes.step) {
    numbers[height(value)] = fmt::format("{:.4g}", value);
  }
  for (std::size_t y = 0; y < grid.size(); ++y) {
    out.push_back(
        cut(fmt::format("  {:>5} {}{}", numbers[y], numbers[y].empty() ? '|' : '+', grid[y])));
  }
  std::string doses(columns, ' ');
  for (const auto& given : drug.record.doses) {
    if (!given.missing.empty() || given.dose.at_h < axes.first) continue;
    doses[column(given.dose.at_h)] = '^';
  }
  out.push_back(cut("  doses  " + doses));
  std::string days(columns + 12, ' ');
  std::string marks(columns, ' ');
  std::size_t free_from = 0;
  for (const double day : days_of(report, axes, static_cast<double>(columns) / 8)) {
    const std::size_t at = column(day);
    marks[at] = '\'';
    const std::string name = day_name(report, day);
    if (at < free_from || at + name.size() > columns) continue;
    days.replace(at, name.size(), name);
    free_from = at + name.size() + 1;
  }
  out.push_back(cut("  00:00  " + marks));
  out.push_back(cut("         " + days));
  out.push_back(fmt::format("  * most probable, . 5 to 95 %, o level{}, ^ dose, | now{}",
                            std::any_of(drug.record.levels.begin(), drug.record.levels.end(),
                                        [](const auto& one) { return one.level.below_limit; })
                                ? ", v below the limit"
                                : "",
                            targets ? ", - target" : ""));
  return out;
}

}  // namespace nidus::pathway
