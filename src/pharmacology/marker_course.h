// SPDX-License-Identifier: Apache-2.0
//
// The course of a marker of inflammation on treatment: CRP as a curve that halves again and again
// from its peak, with what operations add; ESR as a slope. From the person's own values and what is
// known before any (PK-13). Days are counted from the moment of judging, which is 0.
// Thread rule: pure. Errors: none; what cannot be said is absent.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "pharmacology/library.h"

namespace nidus::pharmacology {

struct MarkerReading {
  double day = 0;
  double value = 0;
  std::string resource;
};

// What is known of one person. REQUIRES: readings by ascending day.
struct MarkerRecord {
  std::vector<MarkerReading> readings;
  std::optional<double> start;          // day of the first effective dose
  std::vector<double> operations;       // days, ascending
  std::vector<std::string> below_zero;  // resources whose value cannot be, which are no readings
};

struct MarkerRange {  // 5 %, most probable, 95 %
  double low = 0;
  double middle = 0;
  double high = 0;
};

// The curve of an exponential marker, most probable, with its uncertainty by Laplace.
class MarkerCurve {
 public:
  // From the readings up to the day `until`, those of the first days after an operation left out.
  // Nullopt when there is no first dose, or no reading from its peak on. REQUIRES: kExponential.
  static std::optional<MarkerCurve> fit(const Marker& marker, const MarkerRecord& record,
                                        double until);

  double peak_day() const { return peak_day_; }
  std::size_t fitted() const { return fitted_; }  // readings used
  // Days; the low end is no shorter than what the body can do.
  MarkerRange half_life() const;
  bool fastest() const { return fastest_; }  // the fit ends at the shortest half-life
  // What a value measured on that day reads. REQUIRES: day >= peak_day().
  MarkerRange expected(double day) const;
  // First day from `from` on, on which the curve, or the upper or lower end of what it may be, is
  // at or below `level`; nullopt when not within a year.
  std::optional<double> below(double level, double from) const;
  std::optional<double> below_early(double level, double from) const;
  std::optional<double> below_late(double level, double from) const;

 private:
  explicit MarkerCurve(const Marker& marker) : marker_(&marker) {}
  struct Point {
    double value;              // above the floor
    Eigen::VectorXd gradient;  // of it, by the parameters
  };
  Point at(double day) const;
  // Of log(value + floor): middle and standard deviation.
  std::pair<double, double> log_at(double day) const;
  template <class Value>
  static std::optional<double> first_below(const Value& value, double level, double from);
  double fit_from(double half_life, const std::vector<MarkerReading>& readings);

  const Marker* marker_;
  double peak_day_ = 0;
  std::size_t fitted_ = 0;
  bool fastest_ = false;
  std::vector<double> operations_;  // after the peak
  Eigen::VectorXd theta_;           // log amplitude, log half-life, log of what each operation adds
  Eigen::MatrixXd covariance_;
};

// The highest reading around the first dose, or else since `peak_earliest` days before it.
std::optional<MarkerReading> peak_of(const Marker& marker, const MarkerRecord& record);

// Change in a week: the median of the slopes between all pairs of readings from `settles` days
// after the first dose on. Nullopt when they span less than `least_days`.
std::optional<double> weekly_change(const Marker& marker, const MarkerRecord& record);

struct MarkerFinding {
  const Rail* rail = nullptr;
  std::string text;  // with the values
  bool warns = false;
};

struct MarkerPoint {
  double day = 0;
  MarkerRange range;
};

// What was measured and what was to be expected of it from the readings before.
struct JudgedReading {
  MarkerReading reading;
  std::optional<MarkerRange> expected;
  enum class Place { kUnknown, kBelow, kWithin, kAbove } place = Place::kUnknown;
  bool fitted = false;
};

struct MarkerReport {
  const Marker* marker = nullptr;
  MarkerRecord record;
  std::vector<JudgedReading> readings;
  std::size_t left_out = 0;  // the oldest of very many, but for the peak
  std::optional<MarkerReading> peak;
  std::optional<MarkerCurve> curve;
  std::optional<MarkerRange> now;     // expected of a value measured now
  std::optional<double> near_normal;  // day; with the ends below
  std::optional<double> near_normal_early;
  std::optional<double> near_normal_late;
  bool is_near_normal = false;   // the last reading is
  std::optional<double> weekly;  // trend
  std::vector<MarkerFinding> findings;
  std::vector<MarkerPoint> points;  // of the curve, for a chart
};

// Everything there is to say of one marker.
MarkerReport judge_marker(const Library& library, const Marker& marker, MarkerRecord record);

}  // namespace nidus::pharmacology
