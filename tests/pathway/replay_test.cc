// SPDX-License-Identifier: Apache-2.0
// A record walked in time, and one advice taken apart.
#include "pathway/replay.h"

#include "pathway/small_guideline.h"
#include "pathway/why.h"

namespace nidus::pathway {
namespace {

const std::string kCulture =
    R"({"resourceType":"Specimen","id":"blood","type":{"text":"Blood"},)"
    R"("subject":{"reference":"Patient/p1"},"collection":{"collectedDateTime":"2025-03-03T09:00:00+01:00"}})";
const std::string kDrug =
    R"({"resourceType":"MedicationAdministration","id":"dose","status":"completed",)"
    R"("medicationCodeableConcept":{"text":"Cefazolin"},"subject":{"reference":"Patient/p1"},)"
    R"("effectivePeriod":{"start":"2025-03-03T10:00:00+01:00","end":"2025-03-04T08:00:00+01:00"}})";
const std::string kOperation =
    R"({"resourceType":"Procedure","id":"op","status":"completed","code":{"text":"Laminectomy"},)"
    R"("subject":{"reference":"Patient/p1"},"performedDateTime":"2025-03-03T15:00:00+01:00"})";

Replay walked(std::string_view moment = "2025-03-04T10:00:00+01:00") {
  const auto record = record_of({{"back-pain", "true", "2025-03-03T07:00:00+01:00"},
                                 {"crp", "148", "2025-03-03T08:00:00+01:00"},
                                 {"blood-culture", "false", "2025-03-03T08:00:00+01:00"},
                                 {"deficit", "false", "2025-03-03T12:00:00+01:00"}},
                                {kCulture, kDrug, kOperation});
  auto out = replay(small_guideline(), record, as_of(moment));
  if (!out) std::abort();
  return std::move(*out);
}

std::string ids(const std::vector<Advice>& list) {
  std::string out;
  for (const auto& advice : list) out += advice.recommendation->id + " ";
  return out;
}

TEST(Replay, AdvisesAtEachNewFact) {
  const Replay replay = walked();
  ASSERT_GE(replay.steps.size(), 3u);
  EXPECT_EQ(ids(replay.steps[0].appeared), "TST-6 TST-4 ");
  // With the CRP infection is suspected: the MRI takes the radiograph's place.
  EXPECT_EQ(ids(replay.steps[1].appeared), "TST-1 TST-2 TST-3 TST-7 TST-5 ");
  EXPECT_EQ(ids(replay.steps[1].withdrawn), "TST-4 ");
  EXPECT_EQ(replay.steps[1].standing, 1u);
  EXPECT_EQ(replay.steps[1].state, "Suspected infection, CRP 148 mg/L");
}

TEST(Replay, StandsBesideWhatWasDone) {
  const Replay replay = walked();
  std::vector<std::string> acts;
  for (const auto& step : replay.steps) {
    for (const auto& act : step.acts) {
      acts.push_back(base::format_date_time(step.at).substr(0, 16) + " " + act.verb + " " +
                     act.source.label);
    }
  }
  EXPECT_EQ(acts, (std::vector<std::string>{
                      "2025-03-03T09:00 sampled Blood", "2025-03-03T10:00 given Cefazolin",
                      "2025-03-03T15:00 done Laminectomy", "2025-03-04T08:00 ended Cefazolin"}));
}

// What was drawn before its result came is an act of then, without the result.
TEST(Replay, ShowsWhatIsAwaited) {
  const std::string later =
      R"({"resourceType":"Observation","id":"bc","status":"final","code":{"text":"Blood culture"},)"
      R"("subject":{"reference":"Patient/p1"},"effectiveDateTime":"2025-03-03T09:00:00+01:00",)"
      R"("issued":"2025-03-04T09:00:00+01:00","valueString":"MRSA"})";
  const auto record = record_of({{"crp", "148", "2025-03-03T08:00:00+01:00"}}, {later});
  const auto got = replay(small_guideline(), record, as_of("2025-03-04T10:00:00+01:00"));
  ASSERT_TRUE(got);
  ASSERT_EQ(got->steps.size(), 3u);
  ASSERT_EQ(got->steps[1].acts.size(), 1u);
  EXPECT_EQ(got->steps[1].acts[0].verb, std::string("done"));
  EXPECT_EQ(got->steps[1].acts[0].source.label, "Blood culture");
  EXPECT_TRUE(got->steps[1].facts.empty());
  ASSERT_EQ(got->steps[2].facts.size(), 1u);
  EXPECT_NE(got->steps[2].facts[0].label.find("MRSA"), std::string::npos);
}

TEST(Replay, LeavesOutWhatCameLater) {
  const Replay replay = walked("2025-03-03T09:30:00+01:00");
  ASSERT_EQ(replay.steps.size(), 3u);
  EXPECT_EQ(base::format_date_time(replay.steps.back().at).substr(0, 16), "2025-03-03T09:00");
}

TEST(Replay, EndsWithWhatIsOpen) {
  const Replay replay = walked();
  EXPECT_EQ(ids(replay.open), "TST-1 TST-2 TST-6 TST-3 TST-7 TST-5 ");
  EXPECT_EQ(base::format_date_time(replay.open.front().since).substr(0, 16), "2025-03-03T08:00");
}

TEST(Replay, TextNamesAdviceAndActs) {
  const std::string text = write_replay_text(walked(), 80);
  for (const char* part :
       {"3 Mar 2025, 08:00: Suspected infection, CRP 148 mg/L",
        "+ Two blood culture sets [TST-1, now]", "- Radiograph [TST-4, next], after 1 hour",
        "given: Cefazolin (MedicationAdministration/dose)",
        "since 3 Mar 2025, 08:00, was due by 3"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Why, GoesDownToTheResource) {
  const auto record = record_of(suspected());
  const std::string text = write_reasoning(small_guideline(), record, as_of(),
                                           *small_guideline().find_recommendation("TST-7"), 80);
  for (const char* part :
       {"CRP High: yes (Rules.cql:", "CRP: 148 mg/L (Facts.cql:", "Observation/crp"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Why, NamesEachConditionThatHoldsBack) {
  const auto record = record_of(suspected_and({{"mri-not-possible", "true"}}));
  const std::string text = write_reasoning(small_guideline(), record, as_of(),
                                           *small_guideline().find_recommendation("TST-3"), 80);
  EXPECT_NE(text.find("MRI Not Possible: yes (Rules"), std::string::npos) << text;
  EXPECT_NE(text.find("Observation/mri-not-possible"), std::string::npos) << text;
}

}  // namespace
}  // namespace nidus::pathway
