// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/marker_course.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

namespace nidus::pharmacology {

namespace {

constexpr double kTail = 1.6448536269514722;  // 5 % of a normal distribution lie above it
constexpr double kYear = 366;

bool just_operated(const Marker& marker, const MarkerRecord& record, double peak_day, double day) {
  return std::any_of(record.operations.begin(), record.operations.end(), [&](double operation) {
    return operation > peak_day && day >= operation && day < operation + marker.operation_settles;
  });
}

std::string number(double value) { return fmt::format("{:.4g}", value); }

}  // namespace

std::optional<MarkerReading> peak_of(const Marker& marker, const MarkerRecord& record) {
  if (!record.start) return std::nullopt;
  const auto highest = [&](double from, double to) {
    std::optional<MarkerReading> out;
    for (const MarkerReading& one : record.readings) {
      if (one.day < *record.start + from || one.day > *record.start + to) continue;
      if (!out || one.value > out->value) out = one;
    }
    return out;
  };
  if (auto around = highest(-marker.peak_before, marker.peak_after)) return around;
  return highest(-marker.peak_earliest, HUGE_VAL);
}

MarkerCurve::Point MarkerCurve::at(double day) const {
  Point out{0, Eigen::VectorXd::Zero(theta_.size())};
  const double since = std::max(day - peak_day_, 0.0);
  const double half_life = std::exp(theta_[1]);
  const double own = std::exp(theta_[0]) * std::exp2(-since / half_life);
  out.value = own;
  out.gradient[0] = own;
  out.gradient[1] = own * std::numbers::ln2 * since / half_life;
  for (std::size_t k = 0; k < operations_.size(); ++k) {
    const double after = day - operations_[k];
    if (after < 0) continue;
    const auto place = static_cast<Eigen::Index>(2 + k);
    out.gradient[place] =
        std::exp(theta_[place]) * std::exp2(-after / marker_->operation_half_life);
    out.value += out.gradient[place];
  }
  return out;
}

// Levenberg and Marquardt from one half-life; the objective reached. Residuals are of
// log(value + floor), so that values near the floor do not weigh more than they can tell.
double MarkerCurve::fit_from(double half_life, const std::vector<MarkerReading>& readings) {
  const double floor = marker_->floor;
  const auto size = static_cast<Eigen::Index>(2 + operations_.size());
  const double shortest = std::log(marker_->shortest_half_life);
  Eigen::VectorXd centre(size), precision(size);
  centre[0] = std::log(std::max(readings.front().value - floor, 1.0));
  precision[0] = 0;  // the readings alone say how high it was
  centre[1] = std::log(marker_->half_life);
  precision[1] = 1 / (marker_->half_life_sd_log * marker_->half_life_sd_log);
  for (Eigen::Index k = 2; k < size; ++k) {
    centre[k] = std::log(marker_->operation_median);
    precision[k] = 1 / (marker_->operation_sd_log * marker_->operation_sd_log);
  }
  theta_ = centre;
  theta_[1] = std::max(std::log(half_life), shortest);
  Eigen::MatrixXd normal;
  Eigen::VectorXd slope;
  const auto look = [&](bool derive) {
    const Eigen::VectorXd off = theta_ - centre;
    double total = off.cwiseAbs2().dot(precision);
    if (derive) {
      normal = precision.asDiagonal();
      slope = precision.cwiseProduct(off);
    }
    for (const MarkerReading& one : readings) {
      const Point point = at(one.day);
      const double full = point.value + 2 * floor;
      const double residual = (std::log(full) - std::log(one.value + floor)) / marker_->scatter;
      total += residual * residual;
      if (!derive) continue;
      const Eigen::VectorXd row = point.gradient / (full * marker_->scatter);
      normal += row * row.transpose();
      slope += residual * row;
    }
    return total;
  };
  double best = look(true);
  double damping = 1e-3;
  constexpr int kMostSteps = 200;
  for (int step = 0; step < kMostSteps; ++step) {
    const Eigen::VectorXd before = theta_;
    Eigen::MatrixXd damped = normal;
    damped.diagonal() += damping * (normal.diagonal().array() + 1e-9).matrix();
    theta_ = before - damped.ldlt().solve(slope);
    theta_[1] = std::max(theta_[1], shortest);
    theta_ = theta_.cwiseMax(-10.0).cwiseMin(10.0);
    const double now = look(false);
    if (now <= best) {
      const bool settled = best - now < 1e-12 * (1 + best);
      best = look(true);
      damping = std::max(damping / 5, 1e-12);
      if (settled) break;
    } else {
      theta_ = before;
      damping *= 4;
      if (damping > 1e12) break;
    }
  }
  fastest_ = theta_[1] <= shortest + 1e-6;
  // A little is added where nothing is known, so that there is an inverse.
  normal.diagonal().array() += 1e-6;
  covariance_ = normal.ldlt().solve(Eigen::MatrixXd::Identity(size, size));
  return best;
}

std::optional<MarkerCurve> MarkerCurve::fit(const Marker& marker, const MarkerRecord& record,
                                            double until) {
  assert(marker.kind == Marker::Kind::kExponential);
  MarkerRecord known = record;
  std::erase_if(known.readings, [&](const MarkerReading& one) { return one.day > until; });
  const auto peak = peak_of(marker, known);
  if (!peak) return std::nullopt;
  MarkerCurve out(marker);
  out.peak_day_ = peak->day;
  for (const double operation : record.operations) {
    if (operation > out.peak_day_ && operation <= until) out.operations_.push_back(operation);
  }
  std::vector<MarkerReading> used;
  for (const MarkerReading& one : known.readings) {
    if (one.day < out.peak_day_ || just_operated(marker, record, out.peak_day_, one.day)) continue;
    used.push_back(one);
  }
  assert(!used.empty());
  out.fitted_ = used.size();
  // More than one way may lead down: the best of three starts.
  std::optional<MarkerCurve> chosen;
  double least = HUGE_VAL;
  for (const double times : {0.4, 1.0, 2.5}) {
    const double objective = out.fit_from(times * marker.half_life, used);
    if (objective < least - 1e-9) {
      least = objective;
      chosen = out;
    }
  }
  return chosen;
}

MarkerRange MarkerCurve::half_life() const {
  const double sd = std::sqrt(covariance_(1, 1));
  return {std::max(std::exp(theta_[1] - kTail * sd), marker_->shortest_half_life),
          std::exp(theta_[1]), std::exp(theta_[1] + kTail * sd)};
}

std::pair<double, double> MarkerCurve::log_at(double day) const {
  const Point point = at(day);
  const double full = point.value + 2 * marker_->floor;
  const Eigen::VectorXd row = point.gradient / full;
  return {std::log(full), std::sqrt(std::max(row.dot(covariance_ * row), 0.0))};
}

MarkerRange MarkerCurve::expected(double day) const {
  const auto [middle, of_curve] = log_at(day);
  const double sd = std::hypot(of_curve, marker_->scatter);
  const auto value = [&](double log) { return std::max(std::exp(log) - marker_->floor, 0.0); };
  return {value(middle - kTail * sd), value(middle), value(middle + kTail * sd)};
}

// An operation may lift the curve again: the last crossing counts.
template <class Value>
std::optional<double> MarkerCurve::first_below(const Value& value, double level, double from) {
  if (value(from + kYear) > level) return std::nullopt;
  double high = from + kYear;
  constexpr double kStep = 0.5;
  while (high - kStep >= from && value(high - kStep) <= level) high -= kStep;
  if (high - kStep < from) return from;
  double low = high - kStep;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (value(middle) <= level ? high : low) = middle;
  }
  return high;
}

std::optional<double> MarkerCurve::below(double level, double from) const {
  return first_below([&](double day) { return at(day).value + marker_->floor; }, level, from);
}
std::optional<double> MarkerCurve::below_early(double level, double from) const {
  return first_below(
      [&](double day) {
        const auto [middle, sd] = log_at(day);
        return std::exp(middle - kTail * sd) - marker_->floor;
      },
      level, from);
}
std::optional<double> MarkerCurve::below_late(double level, double from) const {
  return first_below(
      [&](double day) {
        const auto [middle, sd] = log_at(day);
        return std::exp(middle + kTail * sd) - marker_->floor;
      },
      level, from);
}

std::optional<double> weekly_change(const Marker& marker, const MarkerRecord& record) {
  if (!record.start) return std::nullopt;
  std::vector<MarkerReading> used;
  for (const MarkerReading& one : record.readings) {
    if (one.day >= *record.start + marker.settles) used.push_back(one);
  }
  if (used.size() < 2 || used.back().day - used.front().day < marker.least_days) return {};
  std::vector<double> slopes;
  for (std::size_t i = 0; i < used.size(); ++i) {
    for (std::size_t j = i + 1; j < used.size(); ++j) {
      const double days = used[j].day - used[i].day;
      if (days > 0) slopes.push_back(7 * (used[j].value - used[i].value) / days);
    }
  }
  std::sort(slopes.begin(), slopes.end());
  const std::size_t middle = slopes.size() / 2;
  return slopes.size() % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
}

namespace {

class Judge {
 public:
  Judge(const Library& library, MarkerReport& out)
      : library_(library), marker_(*out.marker), out_(out) {}

  void exponential() {
    const auto& readings = out_.record.readings;
    for (const MarkerReading& one : readings) out_.readings.push_back(judged(one));
    if (!out_.record.start || readings.empty()) return;
    out_.curve = MarkerCurve::fit(marker_, out_.record, 0);
    if (!out_.curve) return;
    const MarkerCurve& curve = *out_.curve;
    for (JudgedReading& one : out_.readings) {
      one.fitted = one.reading.day >= curve.peak_day() &&
                   !just_operated(marker_, out_.record, curve.peak_day(), one.reading.day);
    }
    const double first = curve.peak_day();
    out_.now = curve.expected(0);
    out_.is_near_normal = readings.back().value <= marker_.near_normal;
    // A value that does not fit the course says that the course is another now.
    if (!out_.is_near_normal && out_.readings.back().place != JudgedReading::Place::kAbove) {
      const double from = readings.back().day;
      out_.near_normal = curve.below(marker_.near_normal, from);
      out_.near_normal_early = curve.below_early(marker_.near_normal, from);
      out_.near_normal_late = curve.below_late(marker_.near_normal, from);
    }
    // A little beyond now, or to where it should be near normal.
    const double last = std::clamp(out_.near_normal.value_or(14), 7.0, 42.0);
    constexpr int kPoints = 120;
    for (int i = 0; i <= kPoints; ++i) {
      const double day = first + (last - first) * i / kPoints;
      out_.points.push_back({day, curve.expected(day)});
    }
    too_fast();
    above_expected();
    rise();
    slow();
  }

  void trend() {
    for (const MarkerReading& one : out_.record.readings) out_.readings.push_back({one, {}});
    out_.weekly = weekly_change(marker_, out_.record);
    const Rail& rail = library_.rail("esr-not-falling");
    if (!out_.weekly || *out_.weekly < 0) return;
    if (out_.record.readings.back().day - *out_.record.start < rail.limit("day")) return;
    out_.findings.push_back({&rail, rail.text, false});
  }

 private:
  // Against the curve of what was known before it.
  JudgedReading judged(const MarkerReading& one) const {
    JudgedReading out{one, {}};
    if (!out_.record.start || one.day <= *out_.record.start) return out;
    const auto before = MarkerCurve::fit(marker_, out_.record, one.day - 1e-6);
    if (!before || one.day <= before->peak_day()) return out;
    if (just_operated(marker_, out_.record, before->peak_day(), one.day)) return out;
    out.expected = before->expected(one.day);
    out.place = one.value > out.expected->high  ? JudgedReading::Place::kAbove
                : one.value < out.expected->low ? JudgedReading::Place::kBelow
                                                : JudgedReading::Place::kWithin;
    return out;
  }

  void add(const Rail& rail, const std::string& values, bool warns) {
    out_.findings.push_back({&rail, values + ". " + rail.text, warns});
  }
  std::string reading_text(const MarkerReading& one) const {
    return number(one.value) + " " + marker_.unit;
  }

  void too_fast() {
    const Rail& rail = library_.rail("marker-too-fast");
    const auto& readings = out_.record.readings;
    for (std::size_t i = 1; i < readings.size(); ++i) {
      const MarkerReading& before = readings[i - 1];
      const MarkerReading& after = readings[i];
      const double days = after.day - before.day;
      if (days <= 0 || before.value <= marker_.near_normal) continue;
      const double longest = days + rail.limit("slack_days");
      const double least = before.value * (1 - rail.limit("assay")) *
                           std::exp2(-longest / marker_.shortest_half_life);
      if (after.value * (1 + rail.limit("assay")) >= least) continue;
      add(rail,
          fmt::format("From {} to {} in {:.1f} days", reading_text(before), reading_text(after),
                      days),
          true);
    }
  }

  void above_expected() {
    const JudgedReading& last = out_.readings.back();
    if (last.place != JudgedReading::Place::kAbove) return;
    if (last.reading.value <= marker_.near_normal) return;
    add(library_.rail("marker-above-expected"),
        fmt::format("The last value, {}, where {} to {} were expected", reading_text(last.reading),
                    number(std::round(last.expected->low)),
                    number(std::round(last.expected->high))),
        true);
  }

  double day_of_treatment(double day) const { return day - *out_.record.start + 1; }

  void rise() {
    const Rail& rail = library_.rail("marker-rise");
    const MarkerReading& last = out_.readings.back().reading;
    if (day_of_treatment(last.day) < rail.limit("from_day")) return;
    const auto& operations = out_.record.operations;
    // What an operation lifts is explained for as long as it takes to fall again.
    if (std::any_of(operations.begin(), operations.end(), [&](double day) {
          return last.day >= day && last.day < day + rail.limit("after_operation");
        })) {
      return;
    }
    double lowest = HUGE_VAL;
    for (const MarkerReading& one : out_.record.readings) {
      if (one.day < last.day && day_of_treatment(one.day) >= 1)
        lowest = std::min(lowest, one.value);
    }
    if (last.value <= rail.limit("ratio") * lowest || last.value - lowest <= rail.limit("least")) {
      return;
    }
    add(rail, fmt::format("From {} to {}", number(lowest), reading_text(last)), false);
  }

  void slow() {
    const Rail& rail = library_.rail("marker-slow");
    const MarkerReading& last = out_.readings.back().reading;
    const double day = day_of_treatment(last.day);
    if (last.value <= marker_.near_normal || !out_.peak) return;
    const double share = last.value / out_.peak->value;
    const bool late = day >= rail.limit("second_day");
    if (!late && day < rail.limit("first_day")) return;
    if (share <= rail.limit(late ? "second_share" : "first_share")) return;
    add(rail,
        fmt::format("At {:.0f} % of its peak on day {:.0f} of treatment", 100 * share,
                    std::floor(day)),
        false);
  }

  const Library& library_;
  const Marker& marker_;
  MarkerReport& out_;
};

}  // namespace

MarkerReport judge_marker(const Library& library, const Marker& marker, MarkerRecord record) {
  // Each value is judged by those before it: the work grows with the square of their number.
  constexpr std::size_t kMostReadings = 400;
  MarkerReport out;
  out.marker = &marker;
  out.peak = peak_of(marker, record);
  auto& readings = record.readings;
  while (readings.size() > kMostReadings) {
    const bool peak_first = out.peak && readings.front().day == out.peak->day;
    const std::size_t surplus = readings.size() - kMostReadings;
    const auto from = readings.begin() + (peak_first ? 1 : 0);
    // Up to the peak, which stays, or all that are too many.
    auto to = from + static_cast<std::ptrdiff_t>(surplus);
    if (!peak_first && out.peak) {
      to = std::find_if(from, to, [&](const auto& one) { return one.day == out.peak->day; });
    }
    out.left_out += static_cast<std::size_t>(to - from);
    readings.erase(from, to);
  }
  out.record = std::move(record);
  Judge judge(library, out);
  if (marker.kind == Marker::Kind::kExponential) {
    judge.exponential();
  } else {
    judge.trend();
  }
  return out;
}

}  // namespace nidus::pharmacology
