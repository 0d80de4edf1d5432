// SPDX-License-Identifier: Apache-2.0
// A person as a whole: hand check, guard rails, averaging, proposals.
#include "pharmacology/assess.h"

#include "pharmacology/individual.h"
#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

// ---------------------------------------------------------------- two levels by hand (PK-7)

TEST(HandMethod, HasTheWorkedCaseAtSteadyState) {
  const auto result =
      hand_method({1250, 1.5, 12, false, 2.5, 32.6, 11.5, 14.1, 0}, library().rail("hand-method"));
  const auto* got = std::get_if<HandResult>(&result);
  ASSERT_NE(got, nullptr) << std::get<std::string>(result);
  EXPECT_TRUE(close(got->ke, 0.093126388, 1e-7));
  EXPECT_TRUE(close(got->half_life, 7.4430803, 1e-7));
  EXPECT_TRUE(close(got->peak, 35.781775, 1e-7));
  EXPECT_TRUE(close(got->trough, 13.45851, 1e-6));
  EXPECT_TRUE(close(got->volume, 48.451997, 1e-7));
  EXPECT_TRUE(close(got->clearance, 4.5121595, 1e-7));
  EXPECT_TRUE(close(got->auc24, 553.2791, 1e-6));
  const HandProjection smaller = project(*got, 1000, 1.5, 12);
  EXPECT_TRUE(close(smaller.peak, 28.62542, 1e-6));
  EXPECT_TRUE(close(smaller.trough, 10.76681, 1e-6));
  EXPECT_TRUE(close(smaller.auc24, 443.2467, 1e-6));
  const HandProjection daily = project(*got, 1500, 2, 24);
  EXPECT_TRUE(close(daily.peak, 31.63048, 1e-6));
  EXPECT_TRUE(close(daily.trough, 4.076916, 1e-6));
  EXPECT_TRUE(close(daily.auc24, 332.4351, 1e-6));
}

TEST(HandMethod, HasTheWorkedCaseOfAFirstDose) {
  const auto result =
      hand_method({2000, 2, 12, true, 3, 27.4, 11.5, 12.9, 0}, library().rail("hand-method"));
  const auto* got = std::get_if<HandResult>(&result);
  ASSERT_NE(got, nullptr) << std::get<std::string>(result);
  EXPECT_TRUE(close(got->ke, 0.088625377, 1e-7));
  EXPECT_TRUE(close(got->half_life, 7.8210915, 1e-7));
  EXPECT_TRUE(close(got->peak, 29.939192, 1e-7));
  EXPECT_TRUE(close(got->volume, 61.216541, 1e-7));
  EXPECT_TRUE(close(got->clearance, 5.425339, 1e-6));
  EXPECT_TRUE(close(project(*got, 1000, 1.5, 12).peak, 23.36169, 1e-6));
  EXPECT_TRUE(close(project(*got, 1500, 2, 24).trough, 3.627868, 1e-6));
}

TEST(HandMethod, RefusesWhatItCannotKnow) {
  const Rail& rail = library().rail("hand-method");
  const HandInput good{1250, 1.5, 12, false, 2.5, 32.6, 11.5, 14.1, 0};
  const auto refused = [&](auto change) {
    HandInput input = good;
    change(input);
    return std::holds_alternative<std::string>(hand_method(input, rail));
  };
  EXPECT_FALSE(refused([](HandInput&) {}));
  EXPECT_TRUE(refused([](HandInput& in) { in.second_mg_per_l = 33; }));
  EXPECT_TRUE(refused([](HandInput& in) { in.second_at_h = 4; }));
  EXPECT_TRUE(refused([](HandInput& in) { in.first_at_h = 1.8; }));
  EXPECT_TRUE(refused([](HandInput& in) { in.second_at_h = 13; }));
  EXPECT_TRUE(refused([](HandInput& in) { in.creatinine_change = 0.3; }));
  EXPECT_TRUE(refused([](HandInput& in) { in.infusion_h = 0; }));
}

// Rich, exact data of a one-compartment person: model and hand agree.
TEST(HandMethod, AgreesWithTheModelWhenLevelsAreExact) {
  Model of = model("vancomycin-buelga-2005");
  of.residual.additive = 0.01;
  History history;
  history.covariates = {{0, covariates(of, {{"CRCL", 90}, {"WT", 80}})}};
  history.doses = repeated(1250, 1.5, 30, 12, 0);
  const Course truth = course(of, history);
  Eigen::VectorXd eta(2);
  eta << -0.3, 0.2;
  const double start = 29 * 12;
  const std::vector<double> times = {start + 2.5, start + 11.5};
  const Curve seen = curve(truth, eta, times);
  history.levels = {{times[0], seen.total[0]}, {times[1], seen.total[1]}};
  const Course at = course(of, history);
  const Estimate map = estimate(at);
  const auto by_hand =
      hand_method({1250, 1.5, 12, false, 2.5, seen.total[0], 11.5, seen.total[1], 0},
                  library().rail("hand-method"));
  const double clearance = clearance_at(at, map.eta, start);
  EXPECT_TRUE(close(std::get<HandResult>(by_hand).clearance, clearance, 1e-3));
  EXPECT_TRUE(close(std::get<HandResult>(by_hand).auc24, 2500 / clearance, 0.01));
}

// ---------------------------------------------------------------- a person

struct Case {
  Person person;
  DrugRecord record;
};

void set(Person& person, const char* input, std::vector<Reading> readings) {
  person.inputs[*library().input(input)] = std::move(readings);
}

// D1 as a record: 68 years, man, 82 kg, creatinine 1.1 mg/dL.
Case first_patient() {
  Case out;
  out.person.now_h = 50;
  out.person.inputs.resize(library().inputs.size());
  set(out.person, "AGE", {{0, 68, ""}});
  set(out.person, "FEMALE", {{0, 0, ""}});
  set(out.person, "WT", {{0, 82, "Observation/weight"}});
  set(out.person, "HT", {{0, 178, "Observation/height"}});
  set(out.person, "SCR", {{-4, 1.1, "Observation/scr-1"}, {44, 1.1, "Observation/scr-2"}});
  set(out.person, "DIALYSIS", {{0, 0, ""}});
  set(out.person, "CRRT", {{0, 0, ""}});
  out.record.doses.push_back({{0, 2000, 2}, "", "MedicationAdministration/0"});
  for (int i = 1; i <= 4; ++i) {
    out.record.doses.push_back(
        {{12.0 * i, 1250, 1.5}, "", "MedicationAdministration/" + std::to_string(i)});
  }
  out.record.levels = {{{39, 31.2}, true, "Observation/l1"},
                       {{47.5, 19.4}, true, "Observation/l2"}};
  return out;
}

Assessment judge(const Case& one, const char* drug = "Vancomycin") {
  return assess(library(), *library().find_drug(drug), one.person, one.record);
}

bool has(const Assessment& result, const char* check, Act act) {
  return std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
    return finding.rail->check == check && finding.act == act;
  });
}

TEST(Assess, AveragesTheModelsThatFit) {
  const Assessment result = judge(first_patient());
  EXPECT_FALSE(result.refused);
  EXPECT_TRUE(result.averaged);
  ASSERT_FALSE(result.fits.empty());
  EXPECT_EQ(result.fits[0].model->id, "vancomycin-goti-2018");
  double sum = 0;
  for (const FittedModel& fit : result.fits) sum += fit.weight;
  EXPECT_NEAR(sum, 1, 0.01);
  EXPECT_TRUE(close(result.fits[0].auc24, 721.2737, 1e-4));
  ASSERT_TRUE(result.present.has_value());
  EXPECT_EQ(result.present->amount_mg, 1250);
  EXPECT_EQ(result.present->interval_h, 12);
  // The obesity models are left out, and why is said.
  EXPECT_TRUE(
      std::any_of(result.refused_models.begin(), result.refused_models.end(), [](const auto& one) {
        return one.model->id == "vancomycin-adane-2015" && one.why.find("BMI") != std::string::npos;
      }));
  EXPECT_TRUE(std::holds_alternative<HandResult>(result.hand))
      << std::get<std::string>(result.hand);
}

TEST(Assess, ProposesLessThanATooHighPresentRegimen) {
  const Assessment result = judge(first_patient());
  ASSERT_GE(result.proposals.size(), 5u);
  const Proposal& best = result.proposals[0];
  EXPECT_LT(best.regimen.daily_mg(), 2500);
  ASSERT_FALSE(result.present_chances.empty());
  EXPECT_GT(best.chances[0].in, result.present_chances[0].in);
  EXPECT_LT(best.chances[0].toxic, result.present_chances[0].toxic);
  for (const Proposal& proposal : result.proposals) {
    const TargetChance& chance = proposal.chances[0];
    EXPECT_NEAR(chance.in + chance.below + chance.above, 1, 1e-9);
    EXPECT_TRUE(std::is_sorted(proposal.auc24.begin(), proposal.auc24.end()));
  }
  EXPECT_TRUE(std::any_of(result.proposals.begin(), result.proposals.end(),
                          [](const Proposal& one) { return one.present; }));
}

TEST(Assess, SaysThePopulationAloneWithoutALevel) {
  Case one = first_patient();
  one.record.levels.clear();
  const Assessment result = judge(one);
  EXPECT_FALSE(result.refused);
  EXPECT_TRUE(result.prior_only);
  EXPECT_TRUE(std::holds_alternative<std::string>(result.hand));
  ASSERT_FALSE(result.measured.empty());
}

TEST(Assess, OffersALoadingDoseBeforeTheFirst) {
  Case one = first_patient();
  one.record = {};
  const Assessment result = judge(one);
  ASSERT_TRUE(result.loading.has_value());
  EXPECT_EQ(result.loading->low_mg, 1750);   // 20 mg/kg is 1640 mg
  EXPECT_EQ(result.loading->high_mg, 2750);  // 35 mg/kg is 2870 mg
  EXPECT_FALSE(result.proposals.empty());
}

TEST(Assess, ProposesNothingAboveTheLimits) {
  Case one = first_patient();
  one.record = {};
  for (const Proposal& proposal : judge(one).proposals)
    EXPECT_LE(proposal.regimen.daily_mg(), 4500);
  for (const Proposal& proposal : judge(one, "Linezolid").proposals) {
    EXPECT_LE(proposal.regimen.daily_mg(), 1200);
  }
}

// ---------------------------------------------------------------- guard rails (PK-10)

struct RailCase {
  const char* name;
  const char* check;
  Act act;
  void (*change)(Case&);
};

class GuardRail : public testing::TestWithParam<RailCase> {};

TEST_P(GuardRail, SpeaksUp) {
  Case one = first_patient();
  GetParam().change(one);
  const Assessment result = judge(one);
  EXPECT_TRUE(has(result, GetParam().check, GetParam().act));
  if (GetParam().act == Act::kRefuse) {
    EXPECT_TRUE(result.refused);
    EXPECT_TRUE(result.proposals.empty());
  }
}

TEST(GuardRails, AreSilentForACleanRecord) {
  for (const Finding& finding : judge(first_patient()).findings) ADD_FAILURE() << finding.text;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, GuardRail,
    testing::Values(
        RailCase{"RisingLevel", "rising-level", Act::kRefuse,
                 [](Case& one) { one.record.levels[1].level.mg_per_l = 38.0; }},
        RailCase{"SwappedLevels", "rising-level", Act::kRefuse,
                 [](Case& one) {
                   std::swap(one.record.levels[0].level.mg_per_l,
                             one.record.levels[1].level.mg_per_l);
                 }},
        RailCase{"LevelBeforeFirstDose", "level-before-first-dose", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].level.at_h = -3; }},
        RailCase{"LevelWithoutAnyDose", "level-before-first-dose", Act::kRefuse,
                 [](Case& one) { one.record.doses.clear(); }},
        RailCase{"LevelInTheFuture", "level-in-the-future", Act::kRefuse,
                 [](Case& one) { one.record.levels[1].level.at_h = 70; }},
        RailCase{"LevelDuringInfusion", "level-during-infusion", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].level.at_h = 36.5; }},
        RailCase{"LevelSoonAfterInfusion", "level-soon-after-infusion", Act::kWarn,
                 [](Case& one) { one.record.levels[0].level.at_h = 37.6; }},
        RailCase{"WrongUnit", "implausible-level", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].level.mg_per_l = 31200; }},
        RailCase{"UnreadableLevel", "implausible-level", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].readable = false; }},
        RailCase{"SlippedDecimal", "misfit", Act::kWarn,
                 [](Case& one) { one.record.levels[1].level.mg_per_l = 1.94; }},
        RailCase{"LevelThatCannotBe", "misfit", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].level.mg_per_l = 118; }},
        RailCase{"UnexpectedLevel", "prior-predictive", Act::kWarn,
                 [](Case& one) { one.record.levels[0].level.mg_per_l = 118; }},
        RailCase{"NoDuration", "dose-incomplete", Act::kRefuse,
                 [](Case& one) { one.record.doses[2].missing = "the time it ran"; }},
        RailCase{"NoWeight", "weight-missing", Act::kRefuse,
                 [](Case& one) { set(one.person, "WT", {}); }},
        RailCase{"NoCreatinine", "creatinine-age", Act::kRefuse,
                 [](Case& one) { set(one.person, "SCR", {}); }},
        RailCase{"OldCreatinine", "creatinine-age", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "SCR", {{-10, 1.1, "Observation/scr"}});
                 }},
        RailCase{"RisingCreatinine", "unstable-creatinine", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "SCR", {{0, 1.1, "Observation/a"}, {44, 1.5, "Observation/b"}});
                 }},
        RailCase{"MicAboveOne", "mic", Act::kRefuse, [](Case& one) { one.record.mic = 2; }},
        RailCase{"ContinuousReplacement", "outside-population", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "CRRT", {{0, 1, ""}});
                 }},
        RailCase{"Child", "outside-population", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "AGE", {{0, 9, ""}});
                   set(one.person, "CRRT", {{0, 1, ""}});
                 }}),
    [](const auto& which) { return std::string(which.param.name); });

// Section 10 prints the statistic itself.
TEST(GuardRails, HaveTheStatisticsThatWerePrinted) {
  const Model& goti = model("vancomycin-goti-2018");
  History history;
  history.covariates = {{0, covariates(goti, {{"CRCL", 74.54545}, {"WT", 82}})}};
  history.doses = repeated(1250, 1.5, 4, 12, 12);
  history.doses.insert(history.doses.begin(), {0, 2000, 2});
  history.levels = {{39, 31.2}, {47.5, 38.0}};
  const Estimate rising = estimate(course(goti, history));
  EXPECT_NEAR(rising.misfit, 2.916, 0.001);
  EXPECT_NEAR(chi_squared_tail(rising.misfit, 2), 0.23, 0.005);
  const Model& buelga = model("vancomycin-buelga-2005");
  History third;
  third.covariates = {{0, covariates(buelga, {{"CRCL", 109.9537}, {"WT", 75}})}};
  third.doses = repeated(1000, 1, 6, 8, 0);
  third.levels = {{18, 33}, {23.5, 2.1}};
  const Estimate slipped = estimate(course(buelga, third));
  EXPECT_NEAR(slipped.misfit, 10.5269, 0.001);
  EXPECT_NEAR(chi_squared_tail(slipped.misfit, 2), 0.0052, 0.0001);
  const Model& thomson = model("vancomycin-thomson-2009");
  History second;
  second.covariates = {{0, covariates(thomson, {{"CRCL", 92.8254}, {"WT", 64}})}};
  second.doses = repeated(1000, 1, 4, 12, 0);
  second.levels = {{35.5, 62.0}};
  const Estimate tall = estimate(course(thomson, second));
  EXPECT_NEAR(tall.misfit, 40.5545, 0.001);
  EXPECT_NEAR(chi_squared_tail(tall.misfit, 1), 2e-10, 1e-10);
}

TEST(ChiSquared, HasItsTail) {
  EXPECT_NEAR(chi_squared_tail(3.841459, 1), 0.05, 1e-7);
  EXPECT_NEAR(chi_squared_tail(5.991465, 2), 0.05, 1e-7);
  EXPECT_NEAR(chi_squared_tail(7.814728, 3), 0.05, 1e-7);
  EXPECT_NEAR(chi_squared_tail(15.50731, 8), 0.05, 1e-7);
  EXPECT_EQ(chi_squared_tail(0, 3), 1);
}

TEST(UnstableKidney, PromisesNoSteadyState) {
  Case one = first_patient();
  set(one.person, "SCR", {{0, 1.1, "Observation/a"}, {44, 1.5, "Observation/b"}});
  const Assessment result = judge(one);
  EXPECT_FALSE(result.steady_state_known);
  EXPECT_TRUE(std::none_of(result.measured.begin(), result.measured.end(),
                           [](const Measured& measured) { return measured.id == "auc24"; }));
}

TEST(Dialysis, LeavesOnlyTheModelThatHasIt) {
  Case one = first_patient();
  set(one.person, "DIALYSIS", {{0, 1, ""}});
  one.record.levels.clear();
  const Assessment result = judge(one);
  ASSERT_EQ(result.fits.size(), 1u);
  EXPECT_EQ(result.fits[0].model->id, "vancomycin-goti-2018");
  EXPECT_TRUE(has(result, "no-dialysis-times", Act::kWarn));
}

TEST(Assessment, DoesNotChangeWithTheOrderOfLevels) {
  Case one = first_patient();
  const Assessment a = judge(one);
  std::swap(one.record.levels[0], one.record.levels[1]);
  const Assessment b = judge(one);
  EXPECT_TRUE(close(a.fits[0].auc24, b.fits[0].auc24, 1e-8));
}

TEST(Course, RefusesWhatCannotBeComputed) {
  const Model& of = model("vancomycin-goti-2018");
  History history;
  EXPECT_FALSE(Course::make(of, history).has_value());
  history.covariates = {{0, covariates(of, {{"CRCL", 70}, {"WT", 70}})}};
  history.doses = {{0, 0, 1}};
  EXPECT_FALSE(Course::make(of, history).has_value());
  history.doses = {{0, 600, 0, Route::kOral}};
  EXPECT_FALSE(Course::make(of, history).has_value());
  history.doses = {{0, 600, 1}};
  history.levels = {{3, -1}};
  EXPECT_FALSE(Course::make(of, history).has_value());
  history.levels.clear();
  history.covariates[0].values[0] = std::nan("");
  const auto unknown = Course::make(of, history);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("CRCL"), std::string::npos);
}

// A level below the assay's limit counts by its probability.
TEST(BelowTheLimit, PullsTheEstimateDownLessThanAValue) {
  const Model& of = model("gentamicin-xuan-2003");
  History history;
  history.covariates = {{0, covariates(of, {{"CRCL", 62}, {"WT", 78}})}};
  history.doses = repeated(400, 0.5, 3, 24, 0);
  history.levels = {{25.5, 17.1}, {46, 0.5, true}};
  const Course censored = course(of, history);
  const Estimate map = estimate(censored);
  EXPECT_TRUE(map.converged);
  History without = history;
  without.levels.pop_back();
  const Course open = course(of, without);
  const double late[] = {46};
  const double expected = curve(open, estimate(open).eta, late).total[0];
  EXPECT_GT(expected, 0.5);
  EXPECT_LT(map.predicted[1], expected);
  History valued = history;
  valued.levels[1].below_limit = false;
  valued.levels[1].mg_per_l = 0.25;
  EXPECT_GT(map.predicted[1], estimate(course(of, valued)).predicted[1]);
  // The search ends where nothing near is better.
  for (Eigen::Index k = 0; k < map.eta.size(); ++k) {
    for (const double side : {-1e-3, 1e-3}) {
      Eigen::VectorXd near = map.eta;
      near[k] += side;
      EXPECT_GE(objective(censored, near), map.objective);
    }
  }
}

}  // namespace
}  // namespace nidus::pharmacology
