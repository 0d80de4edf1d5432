// SPDX-License-Identifier: Apache-2.0
// `nidus guideline explain`: the logic in words, what it rests on, and refusals.

#include <algorithm>
#include <sstream>

#include "cli/command_testing.h"

namespace {

nidus::Outcome run(const std::string& arguments) { return nidus::run_command("", arguments); }

void expect_all(const nidus::Outcome& outcome, const std::vector<std::string>& texts) {
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  for (const auto& text : texts) {
    EXPECT_NE(outcome.text.find(text), std::string::npos) << text << "\n" << outcome.text;
  }
}

TEST(Explain, SaysTheLogicInWordsWithEvidenceAndCases) {
  expect_all(
      run("guideline explain MON-16"),
      {"MON-16  Vancomycin exposure too high", "ADVISED WHEN", "Monitoring.Vancomycin AUC High",
       " is above 600", "EVIDENCE", "ABX-404", "WORKED PATIENTS", "advised: ", "must not be: "});
}

TEST(Explain, TakesAStopOrADefinition) {
  expect_all(run("guideline explain STOP-1"),
             {"STOP-1  Severe immediate penicillin allergy", "HOLDS WHEN", "ABX-803"});
  expect_all(run("guideline explain 'Safety.SXT Potassium'"), {"Potassium is above 5.5 mmol/L"});
}

// Codes, citations and long lists of patients included.
TEST(Explain, FitsTheWidth) {
  for (const std::string id : {"MOB-1", "EMP-1", "STOP-1", "'Safety.SXT Potassium'"}) {
    const auto outcome = run("guideline --width 72 explain " + id);
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    std::istringstream lines(outcome.text);
    for (std::string line; std::getline(lines, line);) {
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
      });
      EXPECT_LE(columns, 72) << line;
    }
  }
}

TEST(Explain, ReadsTheWordsBesideAnotherGuideline) {
  expect_all(run("guideline --guideline " + std::string(NIDUS_SOURCE_DIR) +
                 "/build/small-guideline/guideline.json explain TST-1"),
             {"ADVISED WHEN"});
}

TEST(Explain, RefusesAnUnknownId) {
  const auto outcome = run("guideline explain WUP-999");
  EXPECT_EQ(outcome.code, 2) << outcome.text;
  EXPECT_NE(outcome.text.find("WUP-999"), std::string::npos) << outcome.text;
}

}  // namespace
