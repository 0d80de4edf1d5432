// SPDX-License-Identifier: Apache-2.0
// Which dose stands beside an option of a plan when a machine works for the kidney.

#include <fstream>
#include <iterator>

#include "cli/command_testing.h"

namespace {

using nidus::Outcome;
using nidus::run_command;

std::string record() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/build/guideline/cases/crrt-doses.json",
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Outcome plan(const std::string& text) {
  return run_command(text, "plan - --as-of 2025-03-05T12:00:00+01:00 --width 200");
}

bool says(const Outcome& outcome, const std::string& part) {
  return outcome.text.find(part) != std::string::npos;
}

TEST(DoseBand, OfContinuousReplacementIsThatOfItsColumn) {
  const Outcome got = plan(record());
  ASSERT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "Cefazolin IV 2 g q8h (on continuous renal replacement: 2 g q12h)"))
      << got.text;
  EXPECT_FALSE(says(got, "(at CrCl")) << got.text;
}

TEST(DoseBand, OfAKindWithoutAColumnIsAskedFor) {
  std::string text = with(record(), "continuous-renal-replacement", "peritoneal-dialysis");
  text = with(text, "Continuous Renal Replacement", "Peritoneal Dialysis");
  const Outcome got = plan(text);
  ASSERT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got,
                   "Cefazolin IV 2 g q8h (on peritoneal dialysis: the table has no dose, ask the "
                   "pharmacist)"))
      << got.text;
  EXPECT_FALSE(says(got, "(at CrCl")) << got.text;
}

}  // namespace
