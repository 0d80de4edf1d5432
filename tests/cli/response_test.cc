// SPDX-License-Identifier: Apache-2.0
// `nidus response` as a user meets it: the words, the forms, and what is refused.
#include "cli/command_testing.h"

namespace nidus {
namespace {

constexpr const char* kAsOf = " --as-of 2025-03-18T10:00:00+01:00";

std::string record() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/tests/cli/records/crp-course.json",
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_says(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' not in:\n" << text;
  }
}

TEST(Response, SaysWhatWasToBeExpectedOfEachValue) {
  const auto outcome = run_command(record(), std::string("response -") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text,
              {"Day 14 of treatment, which began on 4 Mar.",
               "peak         212 mg/L on 4 Mar (day 1 of treatment)",
               "last         148 mg/L on 17 Mar (day 13 of treatment): 70 % of the peak",
               "148       22 to 83            HIGHER",
               "7 Mar        3     150",  // 15.0 mg/dL
               "not to be foretold", "PK-G37", "PK-G38", "falls by 14 mm/h a week",
               "support, never settle"});
}

TEST(Response, OneValueIsToldAsSuch) {
  const auto outcome = run_command(record(), "response - --as-of 2025-03-05T08:00:00+01:00");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text, {"One value says nothing of it yet", "halves in    5.0 days"});
}

TEST(Response, NothingIsExpectedWithoutATreatment) {
  auto text = record();
  text = with(text, "\"MedicationAdministration\"", "\"Basic\"");
  text = with(text, "\"MedicationRequest\"", "\"Basic\"");
  const auto outcome = run_command(text, std::string("response -") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text, {"No treatment is recorded.", "nothing is expected of it"});
}

TEST(Response, TheEndOfTreatmentIsNamed) {
  auto text = record();
  text = with(text, "\"in-progress\"", "\"completed\"");
  text = with(text, "\"status\": \"active\",\n    \"intent\"",
              "\"status\": \"completed\",\n    \"intent\"");
  text = with(text, "\"start\": \"2025-03-04T12:00:00+01:00\"",
              "\"start\": \"2025-03-04T12:00:00+01:00\", \"end\": \"2025-03-14T12:00:00+01:00\"");
  const auto outcome = run_command(text, std::string("response -") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text, {"Treated from 4 Mar to 14 Mar."});
}

TEST(Response, AMixUpOfUnitsIsSuspected) {
  const auto outcome = run_command(with(record(), "104", "3.9"), std::string("response -") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text, {"From 150 mg/L to 3.9 mg/L in 3.0 days", "PK-G36"});
}

TEST(Response, AValueBelowZeroIsLeftOutByName) {
  const auto outcome = run_command(with(record(), "148", "-5"), std::string("response -") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text,
              {"below zero, left out: Observation/crp-5", "last         70 mg/L", "halves in"});
  const auto json =
      run_command(with(record(), "148", "-5"), std::string("response - --format json") + kAsOf);
  expect_says(json.text, {"\"below_zero\": [", "\"Observation/crp-5\""});
}

TEST(Response, AWrongUnitIsRefusedWithItsPlace) {
  const auto outcome =
      run_command(with(with(record(), "\"code\": \"mg/dL\"", "\"code\": \"mmol/L\""),
                       "\"unit\": \"mg/dL\"", "\"unit\": \"mmol/L\""),
                  std::string("response -") + kAsOf);
  EXPECT_EQ(outcome.code, 2);
  expect_says(outcome.text, {"Observation/crp-2", "mmol/L"});
}

TEST(Response, ThePageIsWholeInItself) {
  const auto outcome = run_command(record(), std::string("response - --format html") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text, {"<svg", "role=\"img\"", "<desc>CRP in mg/L from 4 Mar", "first dose",
                             "near normal: 10 or less", "</html>"});
  EXPECT_EQ(outcome.text.find("<script"), std::string::npos);
  EXPECT_EQ(outcome.text.find("http"), std::string::npos);
}

TEST(Response, ThePlansPageHoldsTheCoursesOfWhoIsTreated) {
  const auto page = run_command(record(), std::string("plan - --format html") + kAsOf);
  ASSERT_EQ(page.code, 0) << page.text;
  expect_says(page.text, {"<h2>CRP and ESR on treatment</h2>", "Day 14 of treatment",
                          "<h3>CRP, mg/L</h3>", "<h3>ESR, mm/h</h3>", "<svg", "svg text.halo",
                          "<dt>Look</dt>", "PK-G37", "<dt>Halves in</dt>", "What this rests on"});
  auto untreated = record();
  untreated = with(untreated, "\"MedicationAdministration\"", "\"Basic\"");
  untreated = with(untreated, "\"MedicationRequest\"", "\"Basic\"");
  const auto before = run_command(untreated, std::string("plan - --format html") + kAsOf);
  ASSERT_EQ(before.code, 0) << before.text;
  EXPECT_EQ(before.text.find("on treatment</h2>"), std::string::npos);
  EXPECT_EQ(before.text.find("<svg"), std::string::npos);
}

TEST(Response, FhirNamesTheValuesItIsDerivedFrom) {
  const auto outcome = run_command(record(), std::string("response - --format fhir") + kAsOf);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  expect_says(outcome.text,
              {"\"derived-crp-half-life\"", "\"derived-crp-expected\"", "Observation/crp-1",
               "Observation/crp-5", "\"preliminary\"", "Decision support; a clinician decides"});
  EXPECT_EQ(outcome.text.find("esr"), std::string::npos);
  // The same input twice gives the same bytes.
  EXPECT_EQ(run_command(record(), std::string("response - --format fhir") + kAsOf).text,
            outcome.text);
}

}  // namespace
}  // namespace nidus
