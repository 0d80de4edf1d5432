// SPDX-License-Identifier: Apache-2.0
// The figures of a hospital beside a record: what --local changes in a plan, and what it refuses.

#include "cli/command_testing.h"

namespace {

using nidus::Outcome;
using nidus::run_command;

const std::string kCase =
    std::string(NIDUS_SOURCE_DIR) + "/build/guideline/cases/abx-sepsis-low-mrsa.json";
const std::string kExample = std::string(NIDUS_SOURCE_DIR) + "/guideline/local/example.json";

Outcome plan(const std::string& more) {
  return run_command("", "plan " + kCase + " --as-of 2025-03-04T10:00:00+01:00 " + more);
}

std::size_t at(const Outcome& outcome, const std::string& text) {
  const auto found = outcome.text.find(text);
  EXPECT_NE(found, std::string::npos) << text << "\n" << outcome.text;
  return found;
}

TEST(Local, ChoosesAndWarnsAndIsNamed) {
  const auto without = plan("--width 200");
  ASSERT_EQ(without.code, 0) << without.text;
  EXPECT_LT(at(without, "1. Flucloxacillin"), at(without, "Not settled"));
  EXPECT_EQ(without.text.find("CAUT-20"), std::string::npos);
  const auto with = plan("--width 200 --local " + kExample);
  ASSERT_EQ(with.code, 0) << with.text;
  EXPECT_LT(at(with, "1. Cefazolin"), at(with, "2. Flucloxacillin"));
  at(with, "Escherichia coli to ceftriaxone 13.9 % of 310");
  at(with, "Not held here: Flucloxacillin (cefazolin is stocked)");
  at(with, "Observation/local-resistance-5: a local share of fewer than 30 isolates");
  at(with, "with the local figures of Example hospital (invented figures), version 2026-1");
}

TEST(Local, StandsInEveryForm) {
  for (const char* form : {"json", "html", "fhir"}) {
    const auto outcome = plan("--format " + std::string(form) + " --local " + kExample);
    ASSERT_EQ(outcome.code, 0) << outcome.text;
    at(outcome, "Example hospital (invented figures), version 2026-1 (2026-01-20)");
    at(outcome, "Escherichia coli to ceftriaxone 13.9 % of 310");
  }
}

TEST(Local, ExplainsOneAdvice) {
  const auto outcome = run_command(
      "", "why " + kCase + " EMP-1 --as-of 2025-03-04T10:00:00+01:00 --local " + kExample);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  at(outcome, "Observation/local-resistance-1");
}

TEST(Local, IsRefusedWithItsPlace) {
  const auto missing = plan("--local no-such-file.json");
  EXPECT_EQ(missing.code, 2);
  at(missing, "no-such-file.json");
  const auto other = plan("--local " + kCase);
  EXPECT_EQ(other.code, 2);
  at(other, "resourceType");
}

}  // namespace
