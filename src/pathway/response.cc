// SPDX-License-Identifier: Apache-2.0
#include "pathway/response.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pathway/phrase.h"
#include "pathway/plan.h"
#include "pathway/tuple_reader.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr double kHoursADay = 24;

// The readings, and what is none, into `record`.
base::Result<void> read_marker(TupleReader& read, const ph::Marker& marker,
                               ph::MarkerRecord& record) {
  auto entries = read.list(marker.define);
  if (!entries) return std::unexpected(entries.error());
  std::vector<ph::MarkerReading>& out = record.readings;
  for (const cql::Value& entry : *entries) {
    const cql::Tuple& tuple = entry.as_tuple();
    const double hours = read.hours(tuple, "at");
    if (std::isnan(hours)) continue;  // undated: it has no place on the curve
    const double value = TupleReader::number(tuple, "value");
    if (value < 0) {
      record.below_zero.push_back(read.resource(tuple));
    } else {
      out.push_back({hours / kHoursADay, value, read.resource(tuple)});
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.day < b.day; });
  // The same value told twice counts once.
  const auto same = [](const auto& a, const auto& b) {
    return a.day == b.day && a.value == b.value;
  };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return {};
}

}  // namespace

base::Result<ResponseReport> response_report(const Guideline& guideline, const fhir::Record& record,
                                             const base::DateTime& as_of) {
  if (auto checked = refuse_wrong_units(guideline, record); !checked) {
    return std::unexpected(checked.error());
  }
  TupleReader read(guideline, record, as_of);
  ResponseReport out;
  out.patient = record.patient() != nullptr ? record.patient()->reference() : std::string();
  out.as_of = as_of;
  out.guideline = guideline.id + " " + guideline.version;
  out.guideline_hash = guideline.hash;
  out.tables_version = guideline.pharmacology().version;
  const auto start = read.moment("FollowUp.Response Start");
  if (!start) return std::unexpected(start.error());
  if (*start) out.start = **start / kHoursADay;
  const auto end = read.moment("FollowUp.Response End");
  if (!end) return std::unexpected(end.error());
  if (*end) out.end = **end / kHoursADay;
  const auto operations = read.list("FollowUp.Response Operations");
  if (!operations) return std::unexpected(operations.error());
  for (const cql::Value& value : *operations) {
    const double hours = read.hours(value);
    if (!std::isnan(hours)) out.operations.push_back(hours / kHoursADay);
  }
  std::sort(out.operations.begin(), out.operations.end());
  for (const ph::Marker& marker : guideline.pharmacology().markers) {
    ph::MarkerRecord own{{}, out.start, out.operations, {}};
    if (auto done = read_marker(read, marker, own); !done) return std::unexpected(done.error());
    out.markers.push_back(ph::judge_marker(guideline.pharmacology(), marker, std::move(own)));
  }
  return out;
}

std::string moment(const ResponseReport& report, double day) {
  const std::int64_t ms = base::epoch_ms(report.as_of, report.as_of.offset_minutes) +
                          static_cast<std::int64_t>(std::llround(day * kHoursADay * 60)) * 60000;
  base::DateTime at = base::from_epoch_ms(ms, report.as_of.offset_minutes);
  at.precision = base::Precision::kSecond;
  return base::format_date_time(at);
}

std::string day_text(const ResponseReport& report, double day) {
  const auto then = base::parse_date_time(moment(report, day));
  base::DateTime date = *then;
  date.precision = base::Precision::kDay;
  const std::string out = date_text(date);
  return then->year == report.as_of.year ? out.substr(0, out.rfind(' ')) : out;
}

int treatment_day(const ResponseReport& report, double day) {
  const auto midnight = [&](double at) {
    base::DateTime date = *base::parse_date_time(moment(report, at));
    date.precision = base::Precision::kDay;
    return base::epoch_ms(base::lowest(date), report.as_of.offset_minutes);
  };
  constexpr std::int64_t kDayMs = 86'400'000;
  return static_cast<int>((midnight(day) - midnight(*report.start)) / kDayMs) + 1;
}

std::string treatment_words(const ResponseReport& report) {
  if (!report.start && report.end) {
    return "Treatment ended on " + day_text(report, *report.end) + ".";
  }
  if (!report.start) return "No treatment is recorded.";
  const std::string began = day_text(report, *report.start);
  if (report.end) return "Treated from " + began + " to " + day_text(report, *report.end) + ".";
  return fmt::format("Day {} of treatment, which began on {}.", treatment_day(report, 0), began);
}

std::string number_words(double value) { return fmt::format("{:.{}f}", value, value < 10 ? 1 : 0); }

std::string expected_words(const ph::JudgedReading& one) {
  if (!one.expected) return {};
  return number_words(one.expected->low) + " to " + number_words(one.expected->high);
}

std::string place_words(const ph::JudgedReading& one) {
  switch (one.place) {
    case ph::JudgedReading::Place::kUnknown:
      return {};
    case ph::JudgedReading::Place::kBelow:
      return "lower";
    case ph::JudgedReading::Place::kWithin:
      return "as expected";
    case ph::JudgedReading::Place::kAbove:
      return "HIGHER";
  }
  return {};
}

namespace {

std::string reading_words(const ResponseReport& report, const ph::Marker& marker,
                          const ph::MarkerReading& one) {
  std::string out =
      fmt::format("{:.4g} {} on {}", one.value, marker.unit, day_text(report, one.day));
  if (report.start) {
    const int day = treatment_day(report, one.day);
    if (day >= 1) out += fmt::format(" (day {} of treatment)", day);
  }
  return out;
}

void curve_words(const ResponseReport& report, const ph::MarkerReport& marker,
                 std::vector<ResponseWords>& out) {
  const ph::Marker& model = *marker.marker;
  const ph::MarkerRange half = marker.curve->half_life();
  std::string text =
      fmt::format("{} days (5 to 95 %: {} to {}); {}", number_words(half.middle),
                  number_words(half.low), number_words(half.high), model.half_life_text);
  if (marker.curve->fitted() < 2) {
    text += ". One value says nothing of it yet: this is what is known before any";
  }
  out.push_back({"halves in", text});
  out.push_back(
      {"now", fmt::format("a value measured now would read {} {} ({} to {})",
                          number_words(marker.now->middle), model.unit,
                          number_words(marker.now->low), number_words(marker.now->high))});
  if (marker.is_near_normal) {
    out.push_back({"near normal", fmt::format("the last value is {:.4g} {} or less",
                                              model.near_normal, model.unit)});
  } else if (marker.readings.back().place == ph::JudgedReading::Place::kAbove) {
    out.push_back({"near normal", "not to be foretold: the last value does not fit this course"});
  } else if (marker.near_normal) {
    const auto end = [&](const std::optional<double>& day, const char* none) {
      return day ? day_text(report, *day) : std::string(none);
    };
    out.push_back(
        {"near normal",
         fmt::format("{:.4g} {} or less about {} ({} to {})", model.near_normal, model.unit,
                     day_text(report, *marker.near_normal), end(marker.near_normal_early, "?"),
                     end(marker.near_normal_late, "more than a year on"))});
  } else {
    out.push_back({"near normal", "not within a year on this course", true});
  }
}

}  // namespace

std::vector<ResponseWords> marker_words(const ResponseReport& report,
                                        const ph::MarkerReport& marker) {
  const ph::Marker& model = *marker.marker;
  const auto& readings = marker.record.readings;
  std::vector<ResponseWords> out;
  for (const ph::MarkerFinding& one : marker.findings) {
    out.push_back(
        {"LOOK", one.text + " [" + one.rail->id + ": " + cite(one.rail->source) + "]", one.warns});
  }
  if (!marker.record.below_zero.empty()) {
    std::string names;
    for (const std::string& one : marker.record.below_zero) {
      names += (names.empty() ? "" : ", ") + one;
    }
    out.push_back({"values", "below zero, left out: " + names, true});
  }
  if (readings.empty()) {
    out.push_back({"values", "none with a value and a date"});
    return out;
  }
  if (marker.left_out > 0) {
    out.push_back({"values", fmt::format("the {} oldest of {} are left out", marker.left_out,
                                         marker.left_out + readings.size())});
  }
  std::string last = reading_words(report, model, readings.back());
  if (marker.peak && marker.peak->value > 0 && marker.peak->day < readings.back().day) {
    out.push_back({"peak", reading_words(report, model, *marker.peak)});
    last += fmt::format(": {:.0f} % of the peak", 100 * readings.back().value / marker.peak->value);
  }
  out.push_back({"last", last});
  if (!report.start) {
    out.push_back({"course", report.end ? "treatment is long over: nothing is expected of it"
                                        : "no treatment is recorded: nothing is expected of it"});
  } else if (marker.curve) {
    curve_words(report, marker, out);
  } else if (model.kind == ph::Marker::Kind::kExponential) {
    out.push_back({"course", "no value from the time of treatment on: nothing can be expected"});
  } else if (marker.weekly) {
    const double week = *marker.weekly;
    out.push_back(
        {"course", week < 0 ? "falls by " + number_words(-week) + " " + model.unit + " a week"
                            : "rises by " + number_words(week) + " " + model.unit + " a week"});
  } else {
    out.push_back(
        {"course", fmt::format("no slope yet: it needs two values {:.3g} days apart, from {:.3g} "
                               "days after the first dose on",
                               model.least_days, model.settles)});
  }
  for (const std::string& choice : model.choices) {
    out.push_back({&choice == &model.choices.front() ? "rests on" : "", choice, false, true});
  }
  out.push_back({"source", cite(model.source), false, true});
  return out;
}

}  // namespace nidus::pathway
