// SPDX-License-Identifier: Apache-2.0
// A person as a whole: hand check, guard rails, averaging, proposals.
#include "pharmacology/assess.h"

#include "pharmacology/individual.h"
#include "pharmacology/posterior.h"
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
  // Dose over clearance, and the trapezoids, are not the same number.
  EXPECT_TRUE(close(2500 / got->clearance, 554.05843, 1e-6));
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
  EXPECT_TRUE(close(500 * got->clearance, 2712.6695, 1e-6));  // a day for an AUC of 500
  const HandProjection twice = project(*got, 1000, 1.5, 12);
  EXPECT_TRUE(close(twice.peak, 23.36169, 1e-6));
  EXPECT_TRUE(close(twice.trough, 9.21222, 1e-6));
  EXPECT_TRUE(close(twice.auc24, 368.6406, 1e-6));
  const HandProjection once = project(*got, 1500, 2, 24);
  EXPECT_TRUE(close(once.peak, 25.49299, 1e-6));
  EXPECT_TRUE(close(once.trough, 3.627868, 1e-6));
  EXPECT_TRUE(close(once.auc24, 276.4804, 1e-6));
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

// Nothing was on board and no second dose is known yet: half-life, volume and clearance are.
TEST(HandMethod, NeedsNoNextDoseAfterAFirst) {
  const Rail& rail = library().rail("hand-method");
  const auto open = hand_method({2000, 2, 0, true, 3, 27.4, 11.5, 12.9, 0}, rail);
  const auto* got = std::get_if<HandResult>(&open);
  ASSERT_NE(got, nullptr) << std::get<std::string>(open);
  EXPECT_TRUE(close(got->clearance, 5.425339, 1e-6));
  EXPECT_TRUE(close(got->volume, 61.216541, 1e-7));
  EXPECT_FALSE(std::isfinite(got->auc24));
  EXPECT_TRUE(std::holds_alternative<std::string>(
      hand_method({1250, 1.5, 0, false, 2.5, 32.6, 11.5, 14.1, 0}, rail)));
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
  out.record.doses.push_back({{0, 2000, 2}, "", "MedicationAdministration/0", ""});
  for (int i = 1; i <= 4; ++i) {
    out.record.doses.push_back(
        {{12.0 * i, 1250, 1.5}, "", "MedicationAdministration/" + std::to_string(i), ""});
  }
  out.record.levels = {{{39, 31.2}, "", "Observation/l1", ""},
                       {{47.5, 19.4}, "", "Observation/l2", ""}};
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

// V = 23.35 + 0.211 * 62 = 36.432 L; Jelliffe (98 - 0.8 * 66) / 1.3 * 0.9 = 31.2923 mL/min/1.73 m2;
// kel = 0.0229 + 0.00088 * 31.2923 = 0.05043723 1/h; CL = 1.8375291 L/h; AUC24 = 1000 / CL.
TEST(Assess, ShowsAModelWithoutVariancesAndDecidesNothingByIt) {
  Case one = first_patient();
  set(one.person, "AGE", {{0, 86, ""}});
  set(one.person, "FEMALE", {{0, 1, ""}});
  set(one.person, "WT", {{0, 62, ""}});
  set(one.person, "SCR", {{-4, 1.3, ""}, {44, 1.3, ""}});
  one.record.doses.clear();
  for (int i = 0; i < 4; ++i) one.record.doses.push_back({{12.0 * i, 500, 1}, "", "", ""});
  one.record.levels = {{{35.5, 11.0}, "", "Observation/l1", ""}};
  const Assessment result = judge(one);
  ASSERT_EQ(result.typical_models.size(), 1u);
  const TypicalModel& typical = result.typical_models[0];
  EXPECT_EQ(typical.model->id, "vancomycin-bourguignon-2016");
  EXPECT_TRUE(close(typical.clearance, 1.8375291, 1e-6)) << typical.clearance;
  EXPECT_TRUE(close(typical.auc24, 1000 / 1.8375291, 1e-6)) << typical.auc24;
  // Three infusions of one hour, added up by hand.
  const double ke = 0.05043723;
  double expected = 0;
  for (const double start : {0.0, 12.0, 24.0}) {
    expected += 500 / 1.8375291 * (1 - std::exp(-ke)) * std::exp(-ke * (35.5 - start - 1));
  }
  ASSERT_EQ(typical.levels.size(), 1u);
  EXPECT_EQ(typical.levels[0].level.mg_per_l, 11.0);
  EXPECT_TRUE(close(typical.levels[0].mg_per_l, expected, 1e-6)) << typical.levels[0].mg_per_l;
  for (const FittedModel& fit : result.fits) EXPECT_TRUE(fit.model->typical_only.empty());
  // A younger person is not like those studied.
  set(one.person, "AGE", {{0, 79, ""}});
  const Assessment younger = judge(one);
  EXPECT_TRUE(younger.typical_models.empty());
  EXPECT_TRUE(std::any_of(
      younger.refused_models.begin(), younger.refused_models.end(),
      [](const auto& left) { return left.model->id == "vancomycin-bourguignon-2016"; }));
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
        RailCase{"UnreadableLevel", "level-incomplete", Act::kRefuse,
                 [](Case& one) { one.record.levels[0].missing = "a value"; }},
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
        RailCase{"Teenager", "child", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "AGE", {{0, 17.9, ""}});
                 }},
        RailCase{"Pregnancy", "pregnancy", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "PREGNANT", {{0, 1, ""}});
                 }},
        RailCase{"Ecmo", "ecmo", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "ECMO", {{0, 1, ""}});
                 }},
        RailCase{"EcmoThatHasStopped", "ecmo", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "ECMO", {{-9, 1, ""}, {20, 0, ""}});
                 }},
        RailCase{"Burns", "burns", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "BURNS", {{0, 1, ""}});
                 }},
        RailCase{"ProlongedDialysis", "prolonged-dialysis", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "PIRRT", {{0, 0, ""}, {10, 1, ""}, {18, 0, ""}});
                 }},
        RailCase{"CysticFibrosis", "cystic-fibrosis", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "CF", {{0, 1, ""}});
                 }},
        RailCase{"AugmentedClearance", "augmented-clearance", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "SCR", {{44, 0.4, "Observation/scr"}});
                 }},
        RailCase{"AugmentedClearanceInUrine", "augmented-clearance", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "UCRCL", {{44, 160, "Observation/urine"}});
                 }},
        RailCase{"GreatObesity", "great-obesity", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "WT", {{0, 130, "Observation/weight"}});
                 }},
        RailCase{"Thin", "little-muscle", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "WT", {{0, 55, "Observation/weight"}});
                 }},
        RailCase{"Wasted", "little-muscle", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "LOWMUSCLE", {{0, 1, ""}});
                 }},
        RailCase{"HarmSeen", "harm-seen", Act::kWarn,
                 [](Case& one) {
                   one.record.harms = {{"creatine kinase 1500 U/L", "Observation/ck"}};
                 }},
        RailCase{"WeightOfNothing", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "WT", {{0, 0, "Observation/weight"}});
                 }},
        RailCase{"WeightBelowNothing", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "WT", {{0, -82, "Observation/weight"}});
                 }},
        RailCase{"WeightOfATruck", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "WT", {{0, 820, "Observation/weight"}});
                 }},
        RailCase{"HeightInMetres", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "HT", {{0, 1.78, "Observation/height"}});
                 }},
        RailCase{"CreatinineInOtherUnit", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "SCR", {{44, 97, "Observation/scr"}});
                 }},
        RailCase{"NoCreatinineAtAll", "implausible-value", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "SCR", {{44, 0, "Observation/scr"}});
                 }},
        RailCase{"TwoWeights", "two-values", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "WT", {{0, 82, "Observation/a"}, {0, 102, "Observation/b"}});
                 }},
        RailCase{"OldWeight", "weight-old", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "WT", {{-24.0 * 40, 82, "Observation/weight"}});
                 }},
        RailCase{"WeightThatJumps", "weight-jump", Act::kWarn,
                 [](Case& one) {
                   set(one.person, "WT", {{-48, 65, "Observation/a"}, {0, 82, "Observation/b"}});
                 }},
        RailCase{"GramForAMilligram", "implausible-dose", Act::kRefuse,
                 [](Case& one) { one.record.doses[2].dose.amount_mg = 1.25; }},
        RailCase{"MicrogramForAMilligram", "implausible-dose", Act::kRefuse,
                 [](Case& one) { one.record.doses[2].dose.amount_mg = 1250000; }},
        RailCase{"InfusionOfASecond", "implausible-dose", Act::kWarn,
                 [](Case& one) { one.record.doses[2].dose.duration_h = 1.0 / 3600; }},
        RailCase{"DoseTwice", "dose-twice", Act::kRefuse,
                 [](Case& one) { one.record.doses.push_back(one.record.doses[2]); }},
        RailCase{"OverlappingInfusions", "overlapping-doses", Act::kWarn,
                 [](Case& one) { one.record.doses[2].dose.at_h = 12.5; }},
        RailCase{"LevelTwice", "level-twice", Act::kWarn,
                 [](Case& one) { one.record.levels.push_back(one.record.levels[1]); }},
        RailCase{"TwoLevelsOfOneMoment", "two-levels", Act::kRefuse,
                 [](Case& one) {
                   one.record.levels.push_back(one.record.levels[1]);
                   one.record.levels[2].level.mg_per_l = 9.4;
                 }},
        RailCase{"LevelAtTheStartOfADose", "level-at-dose", Act::kWarn,
                 [](Case& one) { one.record.levels[1].level.at_h = 48; }},
        RailCase{"LevelBelowTheLimit", "level-below-limit", Act::kNote,
                 [](Case& one) { one.record.levels[1].level.below_limit = true; }},
        RailCase{"InfusionThatEndsInTheFuture", "time-assumed", Act::kWarn,
                 [](Case& one) { one.record.doses[4].dose.duration_h = 6; }},
        RailCase{"TimeWithoutZone", "time-assumed", Act::kWarn,
                 [](Case& one) { one.record.levels[1].assumed = "no time zone"; }},
        RailCase{"LevelDuringDialysis", "level-near-dialysis", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "DIALYSIS", {{0, 1, ""}});
                   one.person.sessions = {{45, 49, false, "Procedure/hd"}};
                 }},
        RailCase{"LevelAfterDialysis", "level-near-dialysis", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "DIALYSIS", {{0, 1, ""}});
                   one.person.sessions = {{40, 44, false, "Procedure/hd"}};
                 }},
        RailCase{"PeritonealDialysis", "outside-population", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "PD", {{0, 1, ""}});
                 }},
        RailCase{"ReplacementThatHasStopped", "outside-population", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "CRRT", {{-100, 0, ""}, {5, 1, ""}, {20, 0, ""}});
                 }},
        RailCase{"MicThatMayBeAboveOne", "mic", Act::kWarn,
                 [](Case& one) {
                   one.record.mic = MeasuredMic{0.5, 1e300, ">0.5 mg/L", "", "", {}};
                 }},
        RailCase{"MicAboveOne", "mic", Act::kRefuse, [](Case& one) { one.record.mic = MeasuredMic{2, 2, "2 mg/L", "S. aureus", "Observation/mic", {}}; }},
        RailCase{"ContinuousReplacement", "outside-population", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "CRRT", {{0, 1, ""}});
                 }},
        RailCase{"Child", "child", Act::kRefuse,
                 [](Case& one) {
                   set(one.person, "AGE", {{0, 9, ""}});
                   set(one.person, "CRRT", {{0, 1, ""}});
                 }}),
    [](const auto& which) { return std::string(which.param.name); });

// A number the record contradicts is not shown beside its refusal.
TEST(GuardRails, NoMachineThatStoppedBeforeTheFirstDose) {
  Case one = first_patient();
  set(one.person, "ECMO", {{-50, 1, ""}, {-20, 0, ""}});
  EXPECT_FALSE(has(judge(one), "ecmo", Act::kRefuse));
}

TEST(GuardRails, CallAStateByNoValueThatNobodyHas) {
  Case one = first_patient();
  set(one.person, "HT", {{0, 1.78, "Observation/height"}});
  EXPECT_FALSE(has(judge(one), "great-obesity", Act::kWarn));
}

TEST(CysticFibrosis, HasTheModelThatWasBuiltOnIt) {
  Case one = first_patient();
  one.record.doses.clear();
  one.record.levels.clear();
  set(one.person, "CF", {{0, 0, ""}});
  EXPECT_EQ(judge(one, "Tobramycin").fits.front().model->id, "tobramycin-conil-2011");
  set(one.person, "CF", {{0, 1, ""}});
  const Assessment with = judge(one, "Tobramycin");
  EXPECT_EQ(with.fits.front().model->id, "tobramycin-hennig-2013");
  EXPECT_NE(std::find_if(with.findings.begin(), with.findings.end(),
                         [](const Finding& finding) {
                           return finding.text.find("only Hennig 2013") != std::string::npos;
                         }),
            with.findings.end());
}

TEST(Assess, SaysWhyAModelThatFitsDoesNotCount) {
  for (const Drug& drug : library().drugs) {
    for (std::size_t i = 1; i < drug.models.size(); ++i) {
      const Model* model = library().find_model(drug.models[i]);
      const bool averaged =
          std::find(drug.averaged.begin(), drug.averaged.end(), model->id) != drug.averaged.end();
      EXPECT_NE(averaged || !model->typical_only.empty(), !model->not_averaged.empty())
          << model->id;
    }
  }
}

TEST(GuardRails, ARefusedRecordHasNoExposure) {
  Case one = first_patient();
  set(one.person, "WT", {{0, 0, "Observation/weight"}});
  EXPECT_TRUE(judge(one).measured.empty());
}

TEST(GuardRails, ALevelRecordedTwiceCountsOnce) {
  Case twice = first_patient();
  twice.record.levels.push_back(twice.record.levels[1]);
  const Assessment got = judge(twice);
  EXPECT_EQ(got.record.levels.size(), 2u);
  EXPECT_EQ(got.fits[0].auc24, judge(first_patient()).fits[0].auc24);
}

TEST(GuardRails, ALoadingDoseMayRunBesideAContinuousInfusion) {
  Case one = first_patient();
  one.record.doses = {{{0, 2000, 24}, "", "MedicationAdministration/0", ""},
                      {{0.5, 1500, 1.5}, "", "MedicationAdministration/1", ""},
                      {{24, 2000, 24}, "", "MedicationAdministration/2", ""}};
  one.record.levels = {{{30, 22}, "", "Observation/l1", ""}};
  EXPECT_FALSE(has(judge(one), "overlapping-doses", Act::kWarn));
  one.record.doses[1].dose.at_h = 12;
  EXPECT_TRUE(has(judge(one), "overlapping-doses", Act::kWarn));
}

TEST(Kidney, TakesNoValueThatNobodyHas) {
  Case one = first_patient();
  set(one.person, "SCR", {{44, -1.1, "Observation/scr"}});
  set(one.person, "SCYS", {{44, 1.1, "Observation/scys"}});
  const KidneyReport got = kidney_report(library(), one.person);
  ASSERT_FALSE(got.lines.empty());
  for (const KidneyLine& line : got.lines) {
    EXPECT_FALSE(line.value.has_value()) << line.measure->title;
    EXPECT_EQ(line.missing, "creatinine");
  }
}

// ---------------------------------------------------------------- the isolate's MIC

struct MicCase {
  const char* name;
  const char* drug;
  double low, high;  // of the MIC; 0 and 0: none
  const char* target;
  double worst, best;  // low end of the target; -1: none
};

class MicOf : public testing::TestWithParam<MicCase> {};

TEST_P(MicOf, SetsTheLowEndOfTheTarget) {
  const MicCase& want = GetParam();
  const Drug& drug = *library().find_drug(want.drug);
  DrugRecord record;
  if (want.high > 0) record.mic = MeasuredMic{want.low, want.high, "", "", "", {}};
  const auto target = std::find_if(drug.targets.begin(), drug.targets.end(),
                                   [&](const Target& one) { return one.id == want.target; });
  ASSERT_NE(target, drug.targets.end());
  const LowEnd got = low_end(drug, record, *target);
  EXPECT_EQ(got.worst.value_or(-1), want.worst);
  EXPECT_EQ(got.best.value_or(-1), want.best);
}

INSTANTIATE_TEST_SUITE_P(
    Table, MicOf,
    testing::Values(MicCase{"VancomycinNone", "Vancomycin", 0, 0, "auc24", 400, 400},
                    MicCase{"VancomycinHalf", "Vancomycin", 0.5, 0.5, "auc24", 400, 400},
                    MicCase{"VancomycinAtMostOne", "Vancomycin", 0, 1, "auc24", 400, 400},
                    MicCase{"VancomycinAtMostTwo", "Vancomycin", 0, 2, "auc24", 800, 400},
                    MicCase{"DaptomycinNone", "Daptomycin", 0, 0, "auc24", 666, 666},
                    MicCase{"DaptomycinHalf", "Daptomycin", 0.5, 0.5, "auc24", 333, 333},
                    MicCase{"DaptomycinAtMostHalf", "Daptomycin", 0, 0.5, "auc24", 333, 0},
                    MicCase{"DaptomycinAboveOne", "Daptomycin", 1, HUGE_VAL, "auc24", HUGE_VAL,
                            666},
                    MicCase{"LinezolidNone", "Linezolid", 0, 0, "auc24-mic", -1, -1},
                    MicCase{"LinezolidTwo", "Linezolid", 2, 2, "auc24-mic", 160, 160},
                    MicCase{"GentamicinOne", "Gentamicin", 1, 1, "peak-mic", 10, 10},
                    MicCase{"MeropenemNone", "Meropenem", 0, 0, "trough", 2, 2},
                    MicCase{"MeropenemQuarter", "Meropenem", 0.25, 0.25, "trough", 0.25, 0.25},
                    MicCase{"CefazolinNone", "Cefazolin", 0, 0, "trough", 1, 1}),
    [](const auto& which) { return std::string(which.param.name); });

// D9 with an MIC known as a bound: the chance is a range, from that of the bound up.
TEST(MicOfABound, GivesTheChanceAsARange) {
  Case one = first_patient();
  one.record.levels.clear();
  one.record.doses.clear();
  for (int i = 0; i < 3; ++i) {
    one.record.doses.push_back({{24.0 * i, 400, 0.5}, "", "MedicationAdministration/0", ""});
  }
  const auto chance = [&](std::optional<MeasuredMic> mic) {
    one.record.mic = std::move(mic);
    for (const TargetChance& each : judge(one, "Daptomycin").present_chances) {
      if (each.target->id == "auc24") return each;
    }
    ADD_FAILURE();
    return TargetChance{};
  };
  const TargetChance exact = chance(MeasuredMic{1, 1, "1 mg/L", "", "", {}});
  const TargetChance bound = chance(MeasuredMic{0, 1, "<=1 mg/L", "", "", {}});
  const TargetChance above = chance(MeasuredMic{1, HUGE_VAL, ">1 mg/L", "", "", {}});
  EXPECT_EQ(exact.in, exact.in_best);
  EXPECT_EQ(bound.in, exact.in);
  EXPECT_EQ(bound.in_best, 1);
  EXPECT_EQ(above.in, 0);
  EXPECT_EQ(above.in_best, exact.in);
  EXPECT_GT(exact.in, 0.01);
  EXPECT_LT(exact.in, 0.99);
}

// ---------------------------------------------------------------- kinds of dialysis

// Xu 2017: typical clearance of each kind, and of a patient whose machine ran for a day.
TEST(Daptomycin, HasTheClearanceOfEachKindOfDialysis) {
  const Model& xu = model("daptomycin-xu-2017");
  struct Kind {
    const char* id;
    double clearance, v1;
  };
  for (const Kind& kind :
       {Kind{"HD", 0.219, 4.86}, Kind{"PD", 0.237, 4.86}, Kind{"CVVHD", 0.936, 5.736},
        Kind{"CVVHDF", 0.528 * 1.36, 6.526}, Kind{"none", 0.751, 4.86}}) {
    History history;
    history.covariates = {{0, covariates(xu, {{"CRCL", 80}, {"WT", 70}, {kind.id, 1}})}};
    const Course at = course(xu, history);
    const Eigen::VectorXd typical = Eigen::VectorXd::Zero(4);
    EXPECT_TRUE(close(clearance_at(at, typical, 0), kind.clearance, 1e-9)) << kind.id;
    const auto parameters = parameters_at(at, typical, 0);
    EXPECT_TRUE(close(parameters[3], kind.v1, 1e-9)) << kind.id;
  }
}

TEST(Daptomycin, IsClearedFasterWhileTheMachineRuns) {
  Case one = first_patient();
  one.record.levels.clear();
  one.record.doses = {{{0, 600, 0.5}, "", "MedicationAdministration/0", ""},
                      {{24, 600, 0.5}, "", "MedicationAdministration/1", ""},
                      {{48, 600, 0.5}, "", "MedicationAdministration/2", ""}};
  one.person.now_h = 60;
  for (const char* id : {"CRRT", "CVVHD"}) {
    set(one.person, id, {{-1e5, 0, ""}, {10, 1, "Procedure/a"}, {34, 0, "Procedure/a"}});
  }
  for (const char* id : {"CVVHDF", "PD", "DIALYSIS"}) set(one.person, id, {{0, 0, ""}});
  const Assessment result = judge(one, "Daptomycin");
  ASSERT_EQ(result.fits.size(), 1u);
  EXPECT_EQ(result.fits[0].model->id, "daptomycin-xu-2017");
  const Course& at = *result.fits[0].course;
  const Eigen::VectorXd typical = Eigen::VectorXd::Zero(4);
  EXPECT_TRUE(close(clearance_at(at, typical, 20), 0.936, 1e-9));
  EXPECT_LT(clearance_at(at, typical, 5), 0.9);
  EXPECT_TRUE(close(clearance_at(at, typical, 5), clearance_at(at, typical, 40), 1e-12));
}

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
  EXPECT_TRUE(close(clearance_at(course(goti, history), rising.eta, 48), 2.22605, 1e-5));
  const Model& buelga = model("vancomycin-buelga-2005");
  History third;
  third.covariates = {{0, covariates(buelga, {{"CRCL", 109.9537}, {"WT", 75}})}};
  third.doses = repeated(1000, 1, 6, 8, 0);
  third.levels = {{18, 33}, {23.5, 2.1}};
  const Estimate slipped = estimate(course(buelga, third));
  EXPECT_NEAR(slipped.misfit, 10.5269, 0.001);
  EXPECT_NEAR(chi_squared_tail(slipped.misfit, 2), 0.0052, 0.0001);
  third.levels[1].mg_per_l = 21.4;
  const Estimate as_given = estimate(course(buelga, third));
  EXPECT_NEAR(as_given.misfit, 5.03625, 1e-4);
  EXPECT_NEAR(chi_squared_tail(as_given.misfit, 2), 0.081, 0.0005);
  const Model& thomson = model("vancomycin-thomson-2009");
  History second;
  second.covariates = {{0, covariates(thomson, {{"CRCL", 92.8254}, {"WT", 64}})}};
  second.doses = repeated(1000, 1, 4, 12, 0);
  second.levels = {{35.5, 62.0}};
  const Estimate tall = estimate(course(thomson, second));
  EXPECT_NEAR(tall.misfit, 40.5545, 0.001);
  EXPECT_NEAR(chi_squared_tail(tall.misfit, 1), 2e-10, 1e-10);
}

// What D2's model expects at 35.5 h of a person it has not seen a level of.
TEST(GuardRails, HaveThePriorPredictiveBandThatWasPrinted) {
  const Model& thomson = model("vancomycin-thomson-2009");
  History history;
  history.covariates = {{0, covariates(thomson, {{"CRCL", 92.8254}, {"WT", 64}})}};
  history.doses = repeated(1000, 1, 4, 12, 0);
  const Course at = course(thomson, history);
  const Draws draws = draw(at, estimate(at), 40000);
  const double time[] = {35.5};
  const Eigen::MatrixXd seen = concentrations(at, draws.eta, time, history.doses, true);
  // Share of people, with residual error, below a level.
  const auto below = [&](double level) {
    double sum = 0;
    for (Eigen::Index i = 0; i < seen.rows(); ++i) {
      const double sd = std::sqrt(variance(thomson.residual, seen(i, 0)));
      sum += 0.5 * std::erfc((seen(i, 0) - level) / sd / std::sqrt(2.0));
    }
    return sum / static_cast<double>(seen.rows());
  };
  EXPECT_NEAR(below(0.57), 0.005, 0.0015);
  EXPECT_NEAR(below(3.04), 0.05, 0.003);
  EXPECT_NEAR(below(16.9), 0.95, 0.003);
  EXPECT_NEAR(below(23.1), 0.995, 0.0015);
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

// At the very limits, in each unit: 1.1 to 1.4, by half, and 97 to 123.5 umol/L.
TEST(UnstableKidney, IsSeenAtItsLimits) {
  const auto unstable = [](double from, double to, double hours) {
    Case one = first_patient();
    set(one.person, "SCR", {{44 - hours, from, "Observation/a"}, {44, to, "Observation/b"}});
    return kidney_report(library(), one.person).unstable;
  };
  EXPECT_TRUE(unstable(1.1, 1.4, 40));
  EXPECT_TRUE(unstable(1.4, 1.1, 40));
  EXPECT_TRUE(unstable(0.4, 0.6, 100));
  EXPECT_TRUE(unstable(0.8, 1.2, 100));
  for (const double factor : {88.4, 88.42}) EXPECT_TRUE(unstable(97 / factor, 123.5 / factor, 40));
  EXPECT_FALSE(unstable(1.1, 1.39, 40));
  EXPECT_FALSE(unstable(1.1, 1.4, 60));
  EXPECT_FALSE(unstable(0.8, 1.19, 100));
}

// A person whose age is not known is not taken for a child.
TEST(Kidney, HasNoChildsFormulaWithoutAnAge) {
  Case one = first_patient();
  set(one.person, "AGE", {});
  for (const KidneyLine& line : kidney_report(library(), one.person).lines) {
    EXPECT_NE(line.measure->id, "egfr-child");
  }
}

// A bag that runs is not doubled by the next.
TEST(Outlook, PutsANewRegimenInThePlaceOfTheBagThatRuns) {
  Case one = first_patient();
  one.record.doses = {{{0, 2000, 24}, "", "MedicationAdministration/0", ""},
                      {{24, 2000, 24}, "", "MedicationAdministration/1", ""}};
  one.record.levels = {{{35, 16}, "", "Observation/l1", ""}};
  one.person.now_h = 36;
  set(one.person, "SCR", {{30, 1.0, "Observation/scr"}});
  const Assessment result = judge(one);
  ASSERT_TRUE(result.present.has_value());
  const auto present = std::find_if(result.proposals.begin(), result.proposals.end(),
                                    [](const Proposal& proposal) { return proposal.present; });
  ASSERT_NE(present, result.proposals.end());
  // The bag goes on: neither day is far from the steady state of the same bag.
  EXPECT_LT(present->first_day, 1.1 * present->auc24[2]);
  double later = 0;
  for (const CurvePoint& point : result.curve) {
    if (point.at_h > 36) later = std::max(later, point.map);
  }
  EXPECT_LT(later, 1.1 * present->auc24[2] / 24);
}

// Creatinine of 12 mg/dL: nothing that harms more surely than it heals.
TEST(Assess, ProposesNothingThatIsMoreLikelyToxicThanInTarget) {
  Case one = first_patient();
  one.person.now_h = 26;
  set(one.person, "AGE", {{0, 70, ""}});
  set(one.person, "WT", {{0, 75, "Observation/weight"}});
  set(one.person, "SCR", {{20, 12, "Observation/scr"}});
  one.record.doses = {{{0, 1500, 1.5}, "", "MedicationAdministration/0", ""}};
  one.record.levels = {{{20, 19}, "", "Observation/l1", ""}};
  const Assessment result = judge(one);
  EXPECT_TRUE(has(result, "toxic-more-likely", Act::kRefuse));
  EXPECT_TRUE(result.proposals.empty());
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
