// SPDX-License-Identifier: Apache-2.0
// Order, due times, replacement, conflicts, the headline, and what cannot be used.
#include "pathway/phrase.h"
#include "pathway/small_guideline.h"

namespace nidus::pathway {
namespace {

std::vector<Finding> everything() {
  return suspected_and({{"deficit", "true"}, {"blood-culture", "false"}});
}

std::string ids(const std::vector<Item>& items) {
  std::string out;
  for (const auto& item : items) out += item.recommendation->id + " ";
  return out;
}

TEST(Compose, OrdersByGroupThenPriority) {
  const Plan plan = plan_of(everything());
  EXPECT_EQ(ids(plan.advised), "TST-8 TST-1 TST-2 TST-3 TST-6 TST-7 TST-5 TST-10 ");
}

TEST(Compose, DueCountsFromTheMomentOrFromTheNamedDefinition) {
  const Plan plan = plan_of(everything());
  const Item& cultures = item_of(plan, "TST-1");
  EXPECT_EQ(cultures.due, "within 1 hour, before the first dose");
  EXPECT_EQ(cultures.due_at, "2025-03-04T11:00:00+01:00");
  EXPECT_FALSE(cultures.overdue);
  const Item& start = item_of(plan, "TST-2");  // four hours from the CRP of the day before
  EXPECT_EQ(start.due_at, "2025-03-03T12:00:00+01:00");
  EXPECT_TRUE(start.overdue);
  EXPECT_EQ(item_of(plan, "TST-5").due_at, "");
}

// Of two rows of the table with the same drugs and doses; what is removed stands alone, with its
// reason.
TEST(Compose, OptionsThatSayTheSameAreOneLine) {
  const Plan plan = plan_of(suspected_and({{"mrsa-risk", "false"}}));
  Item item = item_of(plan, "TST-2");
  auto twin = *item.options.front().option;
  twin.id = "OPT-009";
  item.options.push_back(item.options.front());
  item.options.back().option = &twin;
  item.options.push_back(item.options.back());
  item.options.back().standing = OptionStanding::kRemoved;
  const Phrases phrases(plan, false);
  const auto lines = phrases.options(item);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].id, "OPT-001, OPT-009");
  EXPECT_EQ(lines[0].count, 2u);
  EXPECT_EQ(lines[1].id, "OPT-002");
  EXPECT_EQ(lines[2].id, "OPT-009");
  EXPECT_EQ(phrases.options_left_out(item), "");
}

TEST(Compose, OverdueBeginsAfterTheDueInstant) {
  const auto overdue = [](std::string_view moment) {
    return item_of(plan_of(everything(), moment), "TST-2").overdue;
  };
  EXPECT_FALSE(overdue("2025-03-03T12:00:00+01:00"));
  EXPECT_TRUE(overdue("2025-03-03T12:00:01+01:00"));
  EXPECT_FALSE(overdue("2025-03-03T11:00:00Z"));  // the same instant elsewhere
}

// A limit that begins later is said by its end alone: "within 4 hours" would be read as from now.
TEST(Compose, ALimitThatBeginsLaterIsSaidByItsEnd) {
  const auto start = [](std::string_view moment) {
    const Plan plan = plan_of(everything(), moment);
    const Item& item = item_of(plan, "TST-2");
    return item.due + " | " + Phrases(plan, false).who_when(item);
  };
  EXPECT_EQ(start("2025-03-03T08:00:00+01:00"),
            "within 4 hours | Ward physician, within 4 hours (by 12:00)");
  EXPECT_EQ(start("2025-03-03T07:59:00+01:00"),
            "within 4 hours of 2025-03-03T08:00:00+01:00 | Ward physician, by 12:00");
}

TEST(Compose, WhatReplacesIsNamed) {
  const Plan plan = plan_of(suspected());
  EXPECT_EQ(item_of(plan, "TST-4").note, "Replaced by TST-3: MRI of the whole spine");
}

TEST(Compose, BothSidesOfAConflictAreShown) {
  const Plan plan = plan_of(suspected());
  ASSERT_EQ(item_of(plan, "TST-5").conflicts.size(), 1u);
  EXPECT_EQ(item_of(plan, "TST-5").conflicts[0]->id, "TST-6");
  ASSERT_EQ(item_of(plan, "TST-6").conflicts.size(), 1u);
  EXPECT_EQ(item_of(plan, "TST-6").conflicts[0]->id, "TST-5");
  // Alone, it conflicts with nothing.
  EXPECT_TRUE(item_of(plan_of({{"back-pain", "true"}}), "TST-6").conflicts.empty());
}

TEST(Compose, NotesSayWhy) {
  const Plan plan = plan_of(
      {{"back-pain", "true"}, {"crp", "80"}, {"deficit", "false"}, {"mri-not-possible", "true"}});
  EXPECT_EQ(item_of(plan, "TST-7").note, "CRP is not high. (CRP: 80 mg/L)");
  EXPECT_EQ(item_of(plan, "TST-3").note, "Held back. MRI not possible: yes");
  EXPECT_EQ(item_of(plan, "TST-1").note, "Waits for Blood culture taken");
  EXPECT_EQ(item_of(plan, "TST-11").note, "Not known: Creatinine clearance");
  EXPECT_EQ(item_of(plan, "TST-9").note, "Decided by Neurological deficit: no");
  const Plan settled = plan_of({{"deficit", "false"}, {"frailty", "3"}});
  EXPECT_EQ(item_of(settled, "TST-9").note, "Its condition is not met");
}

struct HeadlineCase {
  const char* name;
  std::vector<Finding> findings;
  const char* state;
  const char* due;
};

class Headlines : public testing::TestWithParam<HeadlineCase> {};

TEST_P(Headlines, SayWhereAndWhatByWhom) {
  const Plan plan = plan_of(GetParam().findings);
  EXPECT_EQ(plan.state, GetParam().state);
  EXPECT_EQ(plan.due, GetParam().due);
}

INSTANTIATE_TEST_SUITE_P(
    Pathway, Headlines,
    testing::Values(
        HeadlineCase{"Several", everything(), "Suspected infection with a deficit",
                     "Due now: call the spine surgeon (ward physician, by 10:30), two blood "
                     "culture sets (ward nurse, by 11:00) and start antibiotics (ward physician, "
                     "overdue since 3 Mar, 12:00)."},
        HeadlineCase{"One", suspected(), "Suspected infection, CRP 148 mg/L",
                     "Due now: start antibiotics (ward physician, overdue since 3 Mar, 12:00)."},
        HeadlineCase{"OnlyNext",
                     {{"back-pain", "true"}},
                     "",
                     "Nothing is due now. Next: get up early (ward nurse, by 6 Mar, 10:00) and "
                     "radiograph (ward physician)."},
        HeadlineCase{
            "Nothing", {{"back-pain", "false"}, {"deficit", "false"}}, "", "Nothing is due now."}),
    [](const auto& one) { return one.param.name; });

TEST(Compose, AgeAndSex) {
  EXPECT_EQ(plan_of({}, "2025-05-01T10:00:00+01:00").description, "63 years, male");
  EXPECT_EQ(plan_of({}, "2025-05-02T10:00:00+01:00").description, "64 years, male");
}

TEST(Compose, RefusesAMeasureInAnotherDimension) {
  const std::string crp = R"({"resourceType":"Observation","id":"odd","status":"final",)"
                          R"("code":{"coding":[{"system":"http://loinc.org","code":"1988-5"}]},)"
                          R"("subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1,)"
                          R"("system":"http://unitsofmeasure.org","code":"mm[Hg]"}})";
  const auto plan = make_plan(small_guideline(), record_of({}, {crp}), as_of());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, base::ErrorCode::kBadUnit);
  const std::string text = plan.error().to_string();
  for (const char* part : {"Observation/odd", "valueQuantity", "mm[Hg]", "mg/L"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST(Compose, ListsWhatCannotBeRead) {
  const std::string crp =
      R"({"resourceType":"Observation","id":"bare","status":"final",)"
      R"("code":{"coding":[{"system":"http://loinc.org","code":"1988-5"}]},)"
      R"("effectiveDateTime":"2025-03-01","subject":{"reference":"Patient/p1"},)"
      R"("valueQuantity":{"value":148}})";
  const auto plan = make_plan(small_guideline(), record_of({}, {crp}), as_of());
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->unreadable.size(), 1u);
  EXPECT_EQ(plan->unreadable[0].line, "Observation/bare: a CRP without a unit");
}

// "a CRP without a unit" fifty times says it once, with how many and from when to when.
TEST(Compose, ManyAlikeAreToldAsOne) {
  std::vector<LeftOut> entries;
  for (const char* at : {"2025-03-01", "2025-01-03T08:00:00+01:00", "", "2025-02-10"}) {
    entries.push_back({.line = "Observation/x: CRP 12: no unit",
                       .type = "Observation",
                       .name = "CRP",
                       .reason = "no unit",
                       .at = at});
  }
  entries.push_back({.line = "Encounter: 40 not used"});
  entries.push_back({.line = "Observation/y: ESR 12: no unit",
                     .type = "Observation",
                     .name = "ESR",
                     .reason = "no unit",
                     .at = "2025-03-01"});
  const auto moment = as_of().as_of;
  const std::vector<std::string> gathered = lines_of(entries, moment, false);
  ASSERT_EQ(gathered.size(), 3u);
  EXPECT_EQ(gathered[0], "4 Observations of \"CRP\", 3 Jan to 1 Mar, 1 undated: no unit");
  EXPECT_EQ(gathered[1], "Encounter: 40 not used");
  EXPECT_EQ(gathered[2], "Observation/y: ESR 12: no unit");
  EXPECT_EQ(lines_of(entries, moment, true).size(), entries.size());
  entries.erase(entries.begin(), entries.begin() + 2);  // two alike stay two
  EXPECT_EQ(lines_of(entries, moment, false).size(), entries.size());
}

}  // namespace
}  // namespace nidus::pathway
