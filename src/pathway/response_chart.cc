// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "pathway/html_text.h"
#include "pathway/response.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

struct Axes {
  double first = 0;  // days
  double last = 0;
  double top = 0;
  double step = 0;
  double days = 1;  // between two names of days
};

Axes axes_of(const ph::MarkerReport& marker, double most_days) {
  Axes out;
  out.first = marker.points.front().day;
  out.last = marker.points.back().day;
  double top = marker.marker->near_normal;
  for (const ph::MarkerPoint& point : marker.points) top = std::max(top, point.range.high);
  for (const auto& one : marker.record.readings) {
    if (one.day >= out.first - marker.marker->peak_before) top = std::max(top, one.value);
    if (one.day >= out.first - marker.marker->peak_before) out.first = std::min(out.first, one.day);
  }
  if (marker.record.start) out.first = std::min(out.first, *marker.record.start);
  for (const double step : {5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0}) {
    out.step = step;
    if (top / step <= 7) break;
  }
  out.top = std::ceil(top / out.step) * out.step;
  for (const double days : {1.0, 2.0, 7.0, 14.0, 28.0, 56.0, 112.0}) {
    out.days = days;
    if ((out.last - out.first) / days <= most_days) break;
  }
  return out;
}

bool is_shown(const ph::MarkerReading& one, const Axes& axes) {
  return one.day >= axes.first && one.day <= axes.last;
}

// Days of treatment 1, 8, 15 ... or, without treatment, from the first day on.
std::vector<double> ticks_of(const ph::MarkerReport& marker, const Axes& axes) {
  std::vector<double> out;
  const double from = marker.record.start.value_or(axes.first);
  for (double day = from; day <= axes.last; day += axes.days) {
    if (day >= axes.first) out.push_back(day);
  }
  return out;
}

std::string described(const ResponseReport& report, const ph::MarkerReport& marker,
                      const Axes& axes) {
  const ph::Marker& model = *marker.marker;
  std::string out = fmt::format("{} in {} from {} to {}.", model.name, model.unit,
                                day_text(report, axes.first), day_text(report, axes.last));
  for (const auto& one : marker.record.readings) {
    if (is_shown(one, axes)) {
      out += fmt::format(" {:.4g} on {}.", one.value, day_text(report, one.day));
    }
  }
  if (marker.now) {
    out += fmt::format(" Expected now {} ({} to {}).", number_words(marker.now->middle),
                       number_words(marker.now->low), number_words(marker.now->high));
  }
  return out;
}

class Picture {
 public:
  Picture(const ResponseReport& report, const ph::MarkerReport& marker)
      : report_(report), marker_(marker), axes_(axes_of(marker, 10)) {}

  std::string draw() {
    const std::string title = marker_.marker->name + " on treatment";
    const std::string words = described(report_, marker_, axes_);
    out_ = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n<title>{}</title>\n"
        "<desc>{}</desc>\n",
        kWidth, kHeight, html_text(title + ". " + words), html_text(title), html_text(words));
    frame();
    band();
    near_normal();
    curve();
    marks();
    readings();
    legend();
    return out_ + "</svg>\n";
  }

 private:
  static constexpr double kWidth = 760;
  static constexpr double kHeight = 340;
  static constexpr double kLeft = 52;
  static constexpr double kRight = 14;
  static constexpr double kTop = 34;
  static constexpr double kBottom = 52;

  double x(double day) const {
    return kLeft + (day - axes_.first) / (axes_.last - axes_.first) * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kTop + (1 - std::clamp(value / axes_.top, 0.0, 1.0)) * (kHeight - kTop - kBottom);
  }
  double base() const { return kHeight - kBottom; }
  void text(double at_x, double at_y, const char* anchor, std::string_view words,
            std::string_view more = {}) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", at_x,
                        at_y, anchor, more, html_text(words));
  }
  void stroke(double x1, double y1, double x2, double y2, const char* colour, const char* dash) {
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"{}/>\n", x1, y1,
        x2, y2, colour, *dash == 0 ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash));
  }

  void frame() {
    for (double value = 0; value <= axes_.top + 1e-9; value += axes_.step) {
      stroke(kLeft, y(value), kWidth - kRight, y(value), value == 0 ? "#1a1d21" : "#e3e6ea", "");
      text(kLeft - 6, y(value) + 4, "end", fmt::format("{:.4g}", value));
    }
    stroke(kLeft, kTop, kLeft, base(), "#1a1d21", "");
    const double middle = (kTop + base()) / 2;
    text(14, middle, "middle", marker_.marker->unit,
         fmt::format(" transform=\"rotate(-90 14 {:.1f})\"", middle));
    for (const double day : ticks_of(marker_, axes_)) {
      stroke(x(day), base(), x(day), base() + 5, "#1a1d21", "");
      text(x(day), base() + 19, "middle", day_text(report_, day));
      if (report_.start) {
        text(x(day), base() + 33, "middle", fmt::format("day {}", treatment_day(report_, day)));
      }
    }
  }

  // Over the band, which would hide it.
  void near_normal() {
    const double level = marker_.marker->near_normal;
    stroke(kLeft, y(level), kWidth - kRight, y(level), "#2f6b47", "7 3");
    text(kWidth - kRight - 4, y(level) - 4, "end",
         fmt::format("near normal: {:.4g} or less", level), " class=\"halo\"");
  }
  void band() {
    std::string path;
    for (const ph::MarkerPoint& point : marker_.points) {
      path += fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.day),
                          y(point.range.high));
    }
    for (auto point = marker_.points.rbegin(); point != marker_.points.rend(); ++point) {
      path += fmt::format("L{:.1f},{:.1f} ", x(point->day), y(point->range.low));
    }
    out_ += "<path d=\"" + path + "Z\" fill=\"#dcdcdc\" fill-opacity=\"0.85\"/>\n";
  }
  void curve() {
    std::string path;
    for (const ph::MarkerPoint& point : marker_.points) {
      path += fmt::format("{}{:.1f},{:.1f} ", path.empty() ? "M" : "L", x(point.day),
                          y(point.range.middle));
    }
    out_ += "<path d=\"" + path + "\" fill=\"none\" stroke=\"#0b2e6b\" stroke-width=\"2\"/>\n";
  }
  void upright(double day, const char* words) {
    if (day < axes_.first || day > axes_.last) return;
    stroke(x(day), kTop - 4, x(day), base(), "#1a1d21", "2 3");
    const bool room = x(day) + 70 < kWidth;
    // Words of two lines that stand close go below each other.
    words_row_ = x(day) - words_at_ < 70 ? words_row_ + 1 : 0;
    words_at_ = x(day);
    text(x(day) + (room ? 4 : -4), kTop + 6 + 14 * words_row_, room ? "start" : "end", words,
         " class=\"halo\"");
  }
  void marks() {
    std::vector<std::pair<double, const char*>> all = {{0, "now"}};
    if (report_.start) all.emplace_back(*report_.start, "first dose");
    for (const double day : report_.operations) all.emplace_back(day, "operation");
    std::sort(all.begin(), all.end());
    for (const auto& [day, words] : all) upright(day, words);
  }
  void readings() {
    double free_from = -1e9;  // numbers do not stand on each other; points may
    for (const ph::JudgedReading& one : marker_.readings) {
      if (!is_shown(one.reading, axes_)) continue;
      const double at_x = x(one.reading.day), at_y = y(one.reading.value);
      out_ += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"{}\" stroke=\"#1a1d21\" "
          "stroke-width=\"1.5\"><title>{:.4g} {} at {}</title></circle>\n",
          at_x, at_y, one.fitted ? "#1a1d21" : "#ffffff", one.reading.value,
          html_text(marker_.marker->unit), moment(report_, one.reading.day));
      const std::string words = fmt::format("{:.4g}", one.reading.value);
      const double room = 7.2 * static_cast<double>(words.size());
      if (at_x + 8 < free_from || at_x + 8 + room > kWidth) continue;
      text(at_x + 8, at_y - 5, "start", words, " class=\"level\"");
      free_from = at_x + 8 + room;
    }
  }
  void legend() {
    double at = kLeft;
    const auto label = [&](const std::string& words) {
      text(at, 15, "start", words);
      at += 6.3 * static_cast<double>(words.size()) + 14;
    };
    stroke(at, 11, at + 20, 11, "#0b2e6b", "");
    at += 24;
    label("most probable");
    out_ += fmt::format(
        "<rect x=\"{:.0f}\" y=\"5\" width=\"20\" height=\"12\" fill=\"#dcdcdc\"/>\n", at);
    at += 24;
    label("5 to 95 % of values");
    out_ += fmt::format("<circle cx=\"{:.0f}\" cy=\"11\" r=\"4.5\" fill=\"#1a1d21\"/>\n", at + 5);
    at += 14;
    label("measured");
    out_ += fmt::format(
        "<circle cx=\"{:.0f}\" cy=\"11\" r=\"4.5\" fill=\"#ffffff\" stroke=\"#1a1d21\"/>\n",
        at + 5);
    at += 14;
    label("measured, not fitted");
  }

  const ResponseReport& report_;
  const ph::MarkerReport& marker_;
  Axes axes_;
  double words_at_ = -1e9;
  int words_row_ = 0;
  std::string out_;
};

}  // namespace

std::string response_svg(const ResponseReport& report, const ph::MarkerReport& marker) {
  return Picture(report, marker).draw();
}

std::vector<std::string> response_lines(const ResponseReport& report,
                                        const ph::MarkerReport& marker, std::size_t width) {
  constexpr int kHeight = 14;
  constexpr std::size_t kMargin = 9;  // "  120.5 |"
  const std::size_t columns = std::min<std::size_t>(width - kMargin - 1, 90);
  const Axes axes = axes_of(marker, static_cast<double>(columns) / 8);
  const auto column = [&](double day) {
    const double share = std::clamp((day - axes.first) / (axes.last - axes.first), 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(columns - 1)));
  };
  const auto height = [&](double value) {
    return static_cast<std::size_t>(
        std::lround(kHeight - std::clamp(value / axes.top, 0.0, 1.0) * kHeight));
  };
  std::vector<std::string> grid(kHeight + 1, std::string(columns, ' '));
  grid[height(marker.marker->near_normal)].assign(columns, '-');
  for (auto& row : grid) row[column(0)] = '|';
  for (const ph::MarkerPoint& point : marker.points) {
    for (std::size_t y = height(point.range.high); y <= height(point.range.low); ++y) {
      grid[y][column(point.day)] = '.';
    }
  }
  for (const ph::MarkerPoint& point : marker.points) {
    grid[height(point.range.middle)][column(point.day)] = '*';
  }
  for (const ph::JudgedReading& one : marker.readings) {
    if (!is_shown(one.reading, axes)) continue;
    grid[height(one.reading.value)][column(one.reading.day)] = one.fitted ? 'o' : 'x';
  }
  const auto cut = [](std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::vector<std::string> numbers(grid.size());
  for (double value = 0; value <= axes.top + 1e-9; value += axes.step) {
    numbers[height(value)] = fmt::format("{:.4g}", value);
  }
  std::vector<std::string> out;
  for (std::size_t y = 0; y < grid.size(); ++y) {
    out.push_back(
        cut(fmt::format("  {:>5} {}{}", numbers[y], numbers[y].empty() ? '|' : '+', grid[y])));
  }
  std::string marks(columns, ' ');
  if (report.start && *report.start >= axes.first) marks[column(*report.start)] = '^';
  for (const double day : report.operations) {
    if (day >= axes.first && day <= axes.last) marks[column(day)] = 'X';
  }
  out.push_back(cut("         " + marks));
  std::string days(columns + 12, ' ');
  std::size_t free_from = 0;
  for (const double day : ticks_of(marker, axes)) {
    const std::string name = day_text(report, day);
    const std::size_t at = column(day);
    if (at < free_from || at + name.size() > columns) continue;
    days.replace(at, name.size(), name);
    free_from = at + name.size() + 1;
  }
  out.push_back(cut("         " + days));
  const bool open =
      std::any_of(marker.readings.begin(), marker.readings.end(),
                  [&](const auto& one) { return !one.fitted && is_shown(one.reading, axes); });
  out.push_back(
      fmt::format("  * most probable, . 5 to 95 % of values, o measured{}, | now, "
                  "- near normal",
                  open ? ", x measured, not fitted" : ""));
  out.push_back(report.operations.empty() ? "  ^ first dose" : "  ^ first dose, X operation");
  return out;
}

}  // namespace nidus::pathway
