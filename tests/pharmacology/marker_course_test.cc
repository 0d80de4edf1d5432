// SPDX-License-Identifier: Apache-2.0
//
// The course of CRP and ESR (PK-13): the dossier's own table, hand-set thresholds, and the fit
// against a search over all half-lives.
#include "pharmacology/marker_course.h"

#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

const Marker& marker(const std::string& id) {
  for (const Marker& one : library().markers) {
    if (one.id == id) return one;
  }
  throw std::runtime_error("no marker " + id);
}

// Values that lie on the curve are followed exactly when hardly any scatter is allowed.
Marker exact() {
  Marker out = marker("crp");
  out.scatter = 1e-4;
  return out;
}

MarkerRecord record_of(std::vector<std::pair<double, double>> values, double start,
                       std::vector<double> operations = {}) {
  MarkerRecord out;
  for (const auto& [day, value] : values) out.readings.push_back({day, value, "Observation/x"});
  out.start = start;
  out.operations = std::move(operations);
  return out;
}

std::vector<std::string> checks_of(const MarkerReport& report) {
  std::vector<std::string> out;
  for (const MarkerFinding& finding : report.findings) out.push_back(finding.rail->check);
  return out;
}

MarkerReport crp(std::vector<std::pair<double, double>> values, double start,
                 std::vector<double> operations = {}) {
  return judge_marker(library(), marker("crp"),
                      record_of(std::move(values), start, std::move(operations)));
}

double on_curve(double peak, double half_life, double days) {
  return 3 + (peak - 3) * std::exp2(-days / half_life);
}

TEST(MarkerCurve, ReachesTenAsTheDossierTabulates) {
  const std::map<double, std::vector<double>> table = {{50, {2.18, 5.31, 7.14, 19.2}},
                                                       {100, {3.00, 7.33, 9.86, 26.5}},
                                                       {200, {3.81, 9.31, 12.5, 33.7}},
                                                       {300, {4.28, 10.5, 14.1, 37.8}}};
  // 19 hours, which is the shortest there is, and 46.4 hours.
  const std::vector<double> half_lives = {19.0 / 24, 46.4 / 24, 2.6, 7};
  for (const auto& [peak, days] : table) {
    for (std::size_t i = 0; i < days.size(); ++i) {
      std::vector<std::pair<double, double>> values;
      for (const double share : {0.0, 0.2, 0.4, 0.6, 0.8}) {
        const double day = share * days[i];
        values.emplace_back(day - 60, on_curve(peak, half_lives[i], day));
      }
      const Marker model = exact();
      const auto curve = MarkerCurve::fit(model, record_of(values, -60), 0);
      ASSERT_TRUE(curve);
      const auto reached = curve->below(10, -60);
      ASSERT_TRUE(reached);
      EXPECT_NEAR(*reached + 60, days[i], days[i] < 10 ? 0.0055 : 0.055)
          << peak << " " << half_lives[i];
      EXPECT_NEAR(curve->half_life().middle, half_lives[i], 1e-3 * half_lives[i]);
    }
  }
}

TEST(MarkerCurve, FallsByTheFactorOfItsHalfLife) {
  const Marker model = exact();
  const auto curve = MarkerCurve::fit(
      model, record_of({{-8, 103}, {-6, on_curve(103, 2.6, 2)}, {-3, on_curve(103, 2.6, 5)}}, -8),
      0);
  ASSERT_TRUE(curve);
  const double first = curve->expected(-8).middle - 3;
  EXPECT_NEAR((curve->expected(-7).middle - 3) / first, 0.76598, 2e-4);
  EXPECT_NEAR((curve->expected(-1).middle - 3) / first, 0.15472, 2e-4);
}

TEST(MarkerCurve, OneValueLeavesTheHalfLifeThatIsKnownBeforeAny) {
  const auto curve = MarkerCurve::fit(marker("crp"), record_of({{-2, 180}}, -2), 0);
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->half_life().middle, 5, 1e-3);
  EXPECT_NEAR(curve->half_life().low, 5 * std::exp(-1.644854 * 0.6), 1e-2);
  EXPECT_NEAR(curve->half_life().high, 5 * std::exp(1.644854 * 0.6), 1e-2);
  EXPECT_NEAR(curve->expected(-2).middle, 180, 0.1);
}

// The most probable half-life by trying 20,000 of them, each with its best height.
double searched_half_life(const Marker& model, const MarkerRecord& record) {
  double best = HUGE_VAL, found = 0;
  for (double log = std::log(model.shortest_half_life); log < 5; log += 0.0005) {
    const double half_life = std::exp(log);
    const auto cost = [&](double height) {
      double total = std::pow((log - std::log(model.half_life)) / model.half_life_sd_log, 2);
      for (const auto& one : record.readings) {
        const double value = height * std::exp2(-(one.day - record.readings[0].day) / half_life);
        total += std::pow(
            (std::log(value + 2 * model.floor) - std::log(one.value + model.floor)) / model.scatter,
            2);
      }
      return total;
    };
    double low = 1, high = 1000;  // golden section: the cost has one valley in the height
    for (int i = 0; i < 80; ++i) {
      const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
      (cost(a) < cost(b) ? high : low) = cost(a) < cost(b) ? b : a;
    }
    if (cost(low) < best) {
      best = cost(low);
      found = half_life;
    }
  }
  return found;
}

TEST(MarkerCurve, IsTheMostProbableOne) {
  for (const auto& values : std::vector<std::vector<std::pair<double, double>>>{
           {{-14, 210}, {-11, 150}, {-7, 96}, {-3, 70}},
           {{-10, 120}, {-8, 125}, {-4, 118}},
           {{-6, 300}, {-4, 40}},
           {{-30, 88}, {-20, 20}, {-10, 4}, {-1, 1}}}) {
    const MarkerRecord record = record_of(values, values.front().first);
    // The search counts from the first value: none may be higher.
    if (peak_of(marker("crp"), record)->day != values.front().first) continue;
    const auto curve = MarkerCurve::fit(marker("crp"), record, 0);
    ASSERT_TRUE(curve);
    EXPECT_NEAR(curve->half_life().middle / searched_half_life(marker("crp"), record), 1, 2e-3)
        << values.size();
  }
}

TEST(MarkerCurve, TakesWhatAnOperationAddsForItself) {
  // Half-life 6 days; on day 4 an operation adds 120, which halves every 2.6 days.
  std::vector<std::pair<double, double>> values;
  for (const double day : {0.0, 2.0, 7.5, 10.0, 14.0, 18.0}) {
    const double added = day < 4 ? 0 : 120 * std::exp2(-(day - 4) / 2.6);
    values.emplace_back(day - 20, on_curve(180, 6, day) + added);
  }
  const Marker model = exact();
  const auto curve = MarkerCurve::fit(model, record_of(values, -20, {-16}), 0);
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->half_life().middle, 6, 1e-2);
  // The first three days after it are not fitted, whatever they read.
  auto with_rise = record_of(values, -20, {-16});
  with_rise.readings.insert(with_rise.readings.begin() + 2, {-14, 400, "Observation/y"});
  const auto same = MarkerCurve::fit(model, with_rise, 0);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->fitted(), values.size());
  EXPECT_NEAR(same->half_life().middle, 6, 1e-2);
}

TEST(Marker, NeedsATreatment) {
  MarkerRecord record = record_of({{-9, 120}, {-2, 60}}, 0);
  record.start.reset();
  const auto report = judge_marker(library(), marker("crp"), record);
  EXPECT_FALSE(report.curve);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.readings.size(), 2U);
  EXPECT_FALSE(crp({}, -3).curve);
  // A value of long before the treatment is no peak of this illness.
  EXPECT_FALSE(crp({{-60, 150}}, -3).curve);
}

TEST(Marker, FasterThanTheBodyClearsItIsAMixUp) {
  // In two days, with half a day of slack, no less than 2^(-2.5/0.79) = 0.111 of it is left; each
  // value may be off by a tenth.
  const double least = 200 * 0.9 * std::exp2(-2.5 / 0.79) / 1.1;
  EXPECT_EQ(checks_of(crp({{-4, 200}, {-2, least * 0.98}}, -4)),
            std::vector<std::string>{"marker-too-fast"});
  EXPECT_TRUE(checks_of(crp({{-4, 200}, {-2, least * 1.02}}, -4)).empty());
  // mg/dL among mg/L: 20 times too low within a day.
  EXPECT_EQ(checks_of(crp({{-4, 210}, {-3, 19}}, -4)), std::vector<std::string>{"marker-too-fast"});
}

TEST(Marker, AValueAboveItsOwnCourseIsSaid) {
  const auto report = crp({{-12, 200}, {-9, 130}, {-6, 86}, {-3, 57}, {-1, 160}}, -12);
  EXPECT_EQ(checks_of(report), (std::vector<std::string>{"marker-above-expected", "marker-rise"}));
  EXPECT_EQ(report.readings.back().place, JudgedReading::Place::kAbove);
  EXPECT_EQ(report.readings[3].place, JudgedReading::Place::kWithin);
  EXPECT_FALSE(report.near_normal);  // its course is another now
  EXPECT_TRUE(report.findings[0].warns);
  EXPECT_FALSE(report.findings[1].warns);
}

TEST(Marker, ARiseCountsFromDayFourAndNotSoonAfterAnOperation) {
  const auto has = [](const MarkerReport& report) {
    const auto all = checks_of(report);
    return std::find(all.begin(), all.end(), "marker-rise") != all.end();
  };
  EXPECT_TRUE(has(crp({{-10, 200}, {-6, 40}, {-1, 51}}, -10)));
  EXPECT_FALSE(has(crp({{-10, 200}, {-6, 40}, {-1, 50}}, -10)));     // a quarter, no more
  EXPECT_FALSE(has(crp({{-10, 200}, {-6, 20}, {-1, 30}}, -10)));     // 10 mg/L, no more
  EXPECT_FALSE(has(crp({{-10, 200}, {-9, 90}, {-7.5, 120}}, -10)));  // day 3
  EXPECT_FALSE(has(crp({{-10, 200}, {-6, 40}, {-1, 90}}, -10, {-5})));
  EXPECT_TRUE(has(crp({{-30, 200}, {-20, 40}, {-1, 90}}, -30, {-16})));
}

TEST(Marker, ASlowFallIsJudgedAtWeekTwoAndFour) {
  const auto slow = [](double day, double share) {
    const auto all = checks_of(crp({{-day, 100}, {-0.5, 100 * share}}, -day));
    return std::find(all.begin(), all.end(), "marker-slow") != all.end();
  };
  EXPECT_FALSE(slow(12, 0.9));
  EXPECT_TRUE(slow(15, 0.76));
  EXPECT_FALSE(slow(15, 0.75));
  EXPECT_TRUE(slow(26, 0.68));
  EXPECT_FALSE(slow(26, 0.67));
}

TEST(Marker, NearNormalIsNotAskedForTwice) {
  const auto report = crp({{-20, 150}, {-2, 8}}, -20);
  EXPECT_TRUE(report.is_near_normal);
  EXPECT_FALSE(report.near_normal);
  const auto above = crp({{-20, 150}, {-12, 60}, {-6, 28}}, -20);
  ASSERT_TRUE(above.near_normal && above.near_normal_early && above.near_normal_late);
  EXPECT_LT(*above.near_normal_early, *above.near_normal);
  EXPECT_LT(*above.near_normal, *above.near_normal_late);
}

TEST(Marker, OfVeryManyReadingsThePeakAndTheLastAreLookedAt) {
  std::vector<std::pair<double, double>> values;
  for (int i = 0; i < 3000; ++i) values.emplace_back(-60 + i * 0.02, on_curve(200, 7, i * 0.02));
  const auto report = crp(values, -60);
  EXPECT_EQ(report.readings.size(), 400U);
  EXPECT_EQ(report.left_out, 2600U);
  EXPECT_EQ(report.readings.front().reading.value, 200);
  EXPECT_EQ(report.readings.back().reading.day, values.back().first);
  EXPECT_NEAR(report.curve->half_life().middle, 7, 0.1);
  // Without a first dose there is no peak to keep.
  MarkerRecord record = record_of(values, 0);
  record.start.reset();
  EXPECT_EQ(judge_marker(library(), marker("crp"), record).left_out, 2600U);
}

TEST(Marker, TheSlopeOfEsrIsTheMedianOfAllPairs) {
  const Marker& esr = marker("esr");
  // Day 3 of treatment does not count: it may rise for five days.
  const auto record = record_of({{-28, 120}, {-20, 90}, {-13, 80}, {-6, 72}}, -31);
  // Pairs: -10, -9, -8 a week; of three the middle.
  EXPECT_DOUBLE_EQ(weekly_change(esr, record).value(), -9);
  EXPECT_FALSE(weekly_change(esr, record_of({{-20, 90}, {-14, 80}}, -31)));
  EXPECT_TRUE(judge_marker(library(), esr, record).findings.empty());
  EXPECT_EQ(checks_of(judge_marker(library(), esr, record_of({{-20, 70}, {-1, 75}}, -31))),
            std::vector<std::string>{"esr-not-falling"});
  EXPECT_TRUE(judge_marker(library(), esr, record_of({{-15, 70}, {-1, 75}}, -22)).findings.empty());
}

}  // namespace
}  // namespace nidus::pharmacology
