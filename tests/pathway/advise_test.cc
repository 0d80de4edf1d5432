// SPDX-License-Identifier: Apache-2.0
// Standing, reasons, what is missing, what would flip, options and stops.
#include <algorithm>
#include <random>
#include <set>

#include "pathway/small_guideline.h"

namespace nidus::pathway {
namespace {

struct StandingCase {
  const char* name;
  std::vector<Finding> findings;
  std::map<std::string, std::string> standing;
};

class Standings : public testing::TestWithParam<StandingCase> {};

TEST_P(Standings, FollowTheFacts) {
  const Plan plan = plan_of(GetParam().findings);
  EXPECT_TRUE(plan.messages.empty());
  for (const auto& [id, expected] : GetParam().standing) {
    EXPECT_EQ(standing_of(plan, id), expected) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pathway, Standings,
    testing::Values(StandingCase{"NothingKnown",
                                 {},
                                 {{"TST-1", "undecided"},
                                  {"TST-2", "undecided"},
                                  {"TST-3", "undecided"},
                                  {"TST-7", "undecided"},
                                  {"TST-9", "undecided"}}},
                    StandingCase{"Suspected",
                                 suspected(),
                                 {{"TST-1", "undecided"},
                                  {"TST-2", "advised"},
                                  {"TST-3", "advised"},
                                  {"TST-4", "replaced"},
                                  {"TST-7", "advised"},
                                  {"TST-8", "undecided"}}},
                    StandingCase{"SuspectedAndNotCultured",
                                 suspected_and({{"blood-culture", "false"}}),
                                 {{"TST-1", "advised"}}},
                    StandingCase{"SuspectedAndCultured",
                                 suspected_and({{"blood-culture", "true"}}),
                                 {{"TST-1", "not-advised"}}},
                    StandingCase{"FeverIsEnough",
                                 {{"back-pain", "true"}, {"fever", "true"}},
                                 {{"TST-2", "advised"}, {"TST-7", "undecided"}}},
                    StandingCase{"OneReassuranceIsNotEnough",
                                 {{"back-pain", "true"}, {"fever", "false"}},
                                 {{"TST-2", "undecided"}}},
                    StandingCase{"NoPainSettlesIt",
                                 {{"back-pain", "false"}},
                                 {{"TST-2", "not-advised"}, {"TST-4", "not-advised"}}},
                    StandingCase{"AContraindicationHoldsBack",
                                 suspected_and({{"mri-not-possible", "true"}}),
                                 {{"TST-3", "blocked"}, {"TST-4", "advised"}}},
                    StandingCase{
                        "AnUnknownContraindicationDoesNot", suspected(), {{"TST-3", "advised"}}},
                    StandingCase{"AContraindicationOfWhatIsNotAdvisedIsNoReason",
                                 {{"back-pain", "false"}, {"mri-not-possible", "true"}},
                                 {{"TST-3", "not-advised"}}},
                    StandingCase{"AContraindicationHoldsBackWhatIsOpen",
                                 {{"back-pain", "true"}, {"mri-not-possible", "true"}},
                                 {{"TST-3", "blocked"}}}),
    [](const auto& one) { return one.param.name; });

const ShownFact* because_of(const Item& item, std::string_view fact) {
  const auto at = std::find_if(item.because.begin(), item.because.end(),
                               [&](const ShownFact& shown) { return shown.fact->id == fact; });
  return at == item.because.end() ? nullptr : &*at;
}

TEST(Because, HasValueDateAndResource) {
  const Plan plan = plan_of(suspected());
  const ShownFact* crp = because_of(item_of(plan, "TST-7"), "crp");
  ASSERT_NE(crp, nullptr);
  EXPECT_EQ(crp->value, "148 mg/L");
  EXPECT_TRUE(crp->pivotal);
  ASSERT_EQ(crp->sources.size(), 1u);
  EXPECT_EQ(crp->sources[0].reference, "Observation/crp");
  EXPECT_EQ(crp->sources[0].at, "2025-03-03T08:00:00+01:00");
}

TEST(Because, AConcludedFactRestsOnTheResourcesBelowIt) {
  const Plan plan = plan_of(suspected_and({{"fever", "false"}}));
  const ShownFact* suspicion = because_of(item_of(plan, "TST-2"), "suspected");
  ASSERT_NE(suspicion, nullptr);
  std::set<std::string> references;
  for (const auto& source : suspicion->sources) references.insert(source.reference);
  // Fever is absent: it did not make the suspicion.
  EXPECT_EQ(references, (std::set<std::string>{"Observation/back-pain", "Observation/crp"}));
}

TEST(Because, WhatAnEmptyListWasChosenFromIsNoReason) {
  const Plan plan = plan_of(suspected_and({{"blood-culture", "false"}}));
  const ShownFact* suspicion = because_of(item_of(plan, "TST-2"), "suspected");
  ASSERT_NE(suspicion, nullptr);
  for (const auto& source : suspicion->sources) {
    EXPECT_NE(source.reference, "Observation/blood-culture");
  }
  EXPECT_EQ(suspicion->sources.size(), 2u);
}

TEST(Because, AFalseConclusionShowsWhatSpeaksAgainstIt) {
  const Plan plan = plan_of({{"back-pain", "false"}});
  const ShownFact* suspicion = because_of(item_of(plan, "TST-2"), "suspected");
  ASSERT_NE(suspicion, nullptr);
  EXPECT_EQ(suspicion->value, "no");
  ASSERT_EQ(suspicion->sources.size(), 1u);
  EXPECT_EQ(suspicion->sources[0].reference, "Observation/back-pain");
}

TEST(MissingFacts, NameWhatToLearnAndWhetherItDecides) {
  const Plan plan = plan_of(suspected());
  const Item& cultures = item_of(plan, "TST-1");
  ASSERT_EQ(cultures.missing.size(), 1u);
  EXPECT_EQ(cultures.missing[0].fact->id, "blood-culture");
  EXPECT_TRUE(cultures.missing[0].decisive);
  // A number without alternatives to try cannot be said to decide.
  const Item& dose = item_of(plan, "TST-11");
  ASSERT_EQ(dose.missing.size(), 1u);
  EXPECT_FALSE(dose.missing[0].decisive);
}

TEST(MissingFacts, DecisiveOnesComeFirst) {
  const Plan plan = plan_of({});
  for (const auto* list : {&plan.advised, &plan.undecided, &plan.not_advised}) {
    for (const auto& item : *list) {
      EXPECT_TRUE(std::is_sorted(
          item.missing.begin(), item.missing.end(),
          [](const Missing& a, const Missing& b) { return a.decisive > b.decisive; }))
          << item.recommendation->id;
    }
  }
}

std::string flip_of(const Item& item, std::string_view fact) {
  for (const auto& flip : item.flips) {
    if (flip.fact->id == fact) return flip.from + " -> " + flip.to + ": " + word(flip.becomes);
  }
  return "none";
}

TEST(WouldFlip, IsFoundByEvaluatingAgain) {
  const Plan high = plan_of(suspected());
  EXPECT_EQ(flip_of(item_of(high, "TST-7"), "crp"), "148 mg/L -> 5 mg/L: not-advised");
  EXPECT_EQ(flip_of(item_of(high, "TST-2"), "suspected"), "yes -> no: not-advised");
  EXPECT_EQ(flip_of(item_of(high, "TST-1"), "blood-culture"), "unknown -> yes: not-advised");
  EXPECT_EQ(flip_of(item_of(high, "TST-3"), "mri-not-possible"), "unknown -> yes: blocked");
  const Plan low = plan_of({{"back-pain", "true"}, {"crp", "20"}});
  // 80 mg/L would change nothing: the nearest alternative that does is named.
  EXPECT_EQ(flip_of(item_of(low, "TST-7"), "crp"), "20 mg/L -> 150 mg/L: advised");
}

// Found by another way than the adviser's: with the changed fact in the record itself.
TEST(WouldFlip, IsWhatTheChangedRecordGives) {
  const Plan before = plan_of(suspected_and({{"deficit", "true"}, {"frailty", "3"}}));
  EXPECT_EQ(flip_of(item_of(before, "TST-9"), "frailty"), "3 -> 7: advised");
  EXPECT_EQ(standing_of(before, "TST-9"), "not-advised");
  EXPECT_EQ(standing_of(plan_of(suspected_and({{"deficit", "true"}, {"frailty", "7"}})), "TST-9"),
            "advised");
}

TEST(WouldFlip, TwoUnknownsDoNotFlipAlone) {
  const Plan plan = plan_of({});
  EXPECT_EQ(flip_of(item_of(plan, "TST-1"), "suspected"), "unknown -> no: not-advised");
}

std::string options_of(const Item& item) {
  std::string out;
  for (const auto& option : item.options) {
    out += option.option->id + " " + word(option.standing) + "; ";
  }
  return out;
}

struct OptionCase {
  const char* name;
  std::vector<Finding> more;
  const char* options;
};

class Options : public testing::TestWithParam<OptionCase> {};

TEST_P(Options, StandByConditionAndStop) {
  EXPECT_EQ(options_of(item_of(plan_of(suspected_and(GetParam().more)), "TST-2")),
            GetParam().options);
}

INSTANTIATE_TEST_SUITE_P(
    Pathway, Options,
    testing::Values(
        OptionCase{"RiskUnknown", {}, "OPT-002 offered; OPT-001 undecided; OPT-003 undecided; "},
        OptionCase{"NoRisk", {{"mrsa-risk", "false"}}, "OPT-001 offered; OPT-002 offered; "},
        OptionCase{"Risk", {{"mrsa-risk", "true"}}, "OPT-002 offered; OPT-003 offered; "},
        OptionCase{"AStopRemoves",
                   {{"mrsa-risk", "false"}, {"anaphylaxis", "true"}},
                   "OPT-002 offered; OPT-001 removed; "},
        OptionCase{"AStopOnOneComponentRemovesTheWhole",
                   {{"mrsa-risk", "false"}, {"long-qt", "true"}},
                   "OPT-001 offered; OPT-002 removed; "},
        OptionCase{"ADeniedStopDoesNot",
                   {{"mrsa-risk", "false"}, {"anaphylaxis", "false"}, {"long-qt", "false"}},
                   "OPT-001 offered; OPT-002 offered; "}),
    [](const auto& one) { return one.param.name; });

TEST(Stops, AnUndecidedStopIsACaution) {
  const Plan plan = plan_of(suspected_and({{"mrsa-risk", "false"}}));
  const auto& options = item_of(plan, "TST-2").options;
  ASSERT_EQ(options.size(), 2u);
  ASSERT_EQ(options[0].cautions.size(), 1u);
  EXPECT_EQ(options[0].cautions[0]->id, "SAFE-1");
  ASSERT_EQ(options[1].cautions.size(), 1u);
  EXPECT_EQ(options[1].cautions[0]->id, "SAFE-2");
  EXPECT_TRUE(plan.stops.empty());
}

TEST(Stops, OneThatHoldsIsListedWithItsReason) {
  const Plan plan = plan_of(suspected_and({{"anaphylaxis", "true"}}));
  ASSERT_EQ(plan.stops.size(), 1u);
  EXPECT_EQ(plan.stops[0].stop->id, "SAFE-1");
  ASSERT_EQ(plan.stops[0].because.size(), 1u);
  EXPECT_EQ(plan.stops[0].because[0].sources[0].reference, "Observation/anaphylaxis");
}

std::string kidney_of(const std::vector<Finding>& more) {
  const Plan plan = plan_of(suspected_and(more));
  for (const auto& option : item_of(plan, "TST-2").options) {
    if (option.option->id == "OPT-002") return option.components[0].for_kidney;
  }
  return "OPT-002 is not there";
}

TEST(Kidney, ChoosesTheBand) {
  EXPECT_EQ(kidney_of({{"clearance", "85"}}), "at CrCl 85 mL/min: 2 g q8h");
  EXPECT_EQ(kidney_of({{"clearance", "30"}}), "at CrCl 30 mL/min: 2 g q8h");
  EXPECT_EQ(kidney_of({{"clearance", "29.9"}}), "at CrCl 30 mL/min: 2 g q12h");
  EXPECT_EQ(kidney_of({}), "dose band unknown: kidney function needed");
  EXPECT_EQ(kidney_of({{"frailty", "7"}}), "at CrCl 10 to 20 mL/min: 2 g q12h");
  EXPECT_EQ(kidney_of({{"frailty", "3"}}), "dose band unknown: kidney function needed");
  EXPECT_EQ(kidney_of({{"clearance", "85"}, {"haemodialysis", "true"}}),
            "on haemodialysis: 2 g after each session");
}

// A fact that an advice does not name cannot change it. Two hundred made-up people, each with one
// fact changed; the same numbers at every run.
TEST(Property, AFactThatIsNotNamedChangesNothing) {
  const std::map<std::string, std::vector<std::string>> values = {
      {"crp", {"", "5", "80", "148"}},          {"frailty", {"", "3", "7"}},
      {"clearance", {"", "20", "85"}},          {"back-pain", {"", "true", "false"}},
      {"fever", {"", "true", "false"}},         {"deficit", {"", "true", "false"}},
      {"blood-culture", {"", "true", "false"}}, {"mri-not-possible", {"", "true", "false"}},
      {"anaphylaxis", {"", "true", "false"}},   {"long-qt", {"", "true", "false"}},
      {"mrsa-risk", {"", "true", "false"}},     {"haemodialysis", {"", "true", "false"}}};
  const std::set<std::string> below_suspected = {"crp", "back-pain", "fever"};
  std::mt19937 random(20250304);
  const auto pick = [&](std::size_t count) { return random() % count; };
  std::size_t changed = 0;
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::string> person;
    for (const auto& [code, list] : values) person[code] = list[pick(list.size())];
    auto other = person;
    auto at = other.begin();
    std::advance(at, static_cast<long>(pick(other.size())));
    const auto& choices = values.at(at->first);
    at->second = choices[pick(choices.size())];
    const auto findings = [](const std::map<std::string, std::string>& of) {
      std::vector<Finding> out;
      for (const auto& [code, value] : of) {
        if (!value.empty()) out.push_back({code, value});
      }
      return out;
    };
    const Plan before = plan_of(findings(person));
    const Plan after = plan_of(findings(other));
    for (const auto& recommendation : small_guideline().recommendations) {
      const Item& item = item_of(before, recommendation.id);
      if (standing_of(before, recommendation.id) == standing_of(after, recommendation.id)) continue;
      ++changed;
      std::set<std::string> named;
      for (const auto& shown : item.because) named.insert(shown.fact->id);
      for (const auto& missing : item.missing) named.insert(missing.fact->id);
      if (named.contains("suspected")) named.insert(below_suspected.begin(), below_suspected.end());
      // Replacement is named by the recommendation that replaces.
      if (recommendation.id == "TST-4") {
        named.insert(below_suspected.begin(), below_suspected.end());
        named.insert("mri-not-possible");
      }
      EXPECT_TRUE(named.contains(at->first))
          << recommendation.id << " changed with " << at->first << ", which it does not name";
    }
  }
  EXPECT_GT(changed, 20u);  // the rounds do change advice
}

// A word of a list of parts names nothing by itself; "fever" is also a name of its own.
TEST(Unused, ListsWhatIsOnlyAPartOfNames) {
  const auto named = [](const std::string& id) {
    return R"({"resourceType":"Observation","id":")" + id +
           R"(","status":"final","code":{"text":")" + id +
           R"("},"subject":{"reference":"Patient/p1"},"valueBoolean":true})";
  };
  const auto plan =
      make_plan(small_guideline(), record_of({}, {named("left"), named("fever")}), as_of());
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->unused.size(), 1u);
  EXPECT_EQ(plan->unused[0].line, "Observation/left: left: true");
}

TEST(Property, AnUnrelatedResourceChangesNoAdvice) {
  const std::string shoe = R"({"resourceType":"Observation","id":"shoe","status":"final",)"
                           R"("code":{"text":"shoe size"},"subject":{"reference":"Patient/p1"},)"
                           R"("effectiveDateTime":"2025-03-01","valueInteger":43})";
  auto with = make_plan(small_guideline(), record_of(suspected(), {shoe}), as_of());
  ASSERT_TRUE(with);
  Plan without = plan_of(suspected());
  with->unused.clear();  // where it is listed
  without.unused.clear();
  EXPECT_EQ(write_json(*with), write_json(without));
}

}  // namespace
}  // namespace nidus::pathway
