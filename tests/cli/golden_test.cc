// SPDX-License-Identifier: Apache-2.0
// What the command prints for three people, byte for byte, by the small guideline of
// tests/pathway/guideline/. `make golden` writes the files anew: read the difference before it
// goes in.
#include <regex>
#include <sstream>

#include "cli/command_testing.h"

namespace nidus {
namespace {

const std::string kSource = NIDUS_SOURCE_DIR;
const std::string kSmall = kSource + "/build/small-guideline/";

struct Golden {
  const char* name;
  const char* patient;
  const char* arguments;
  const char* file;
};

class GoldenFile : public testing::TestWithParam<Golden> {};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_P(GoldenFile, IsWhatTheCommandPrints) {
  const Golden& golden = GetParam();
  const auto outcome =
      run_command(read(kSmall + "cases/" + golden.patient + ".json"),
                  std::string(golden.arguments) + " --as-of 2025-03-04T10:00:00+01:00 " +
                      "--guideline " + kSmall + "guideline.json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  // The hash of the guideline says nothing here and changes with every compiler.
  const std::string text =
      std::regex_replace(outcome.text, std::regex("[0-9a-f]{64}"), std::string(64, '0'));
  const std::string path = kSource + "/tests/cli/golden/" + golden.file;
  if (std::getenv("NIDUS_RENEW_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  const std::string expected = read(path);
  ASSERT_FALSE(expected.empty()) << path << " is missing: make golden";
  EXPECT_EQ(text, expected) << "if the change is meant: make golden, and read the difference";
}

INSTANTIATE_TEST_SUITE_P(
    Command, GoldenFile,
    testing::Values(
        Golden{"DeficitText", "deficit-everything-due", "plan -", "deficit.txt"},
        Golden{"DeficitTextColour", "deficit-everything-due", "plan - --color always --width 60",
               "deficit-colour-60.txt"},
        Golden{"DeficitTextAll", "deficit-everything-due", "plan - --all --width 100",
               "deficit-all-100.txt"},
        Golden{"DeficitJson", "deficit-everything-due", "plan - --format json", "deficit.json"},
        Golden{"DeficitHtml", "deficit-everything-due", "plan - --format html", "deficit.html"},
        Golden{"DeficitReplay", "deficit-everything-due", "replay -", "deficit-replay.txt"},
        Golden{"DeficitWhy", "deficit-everything-due", "why - TST-2", "deficit-why.txt"},
        Golden{"SuspectedText", "suspected-removed-option", "plan -", "suspected.txt"},
        Golden{"SuspectedJson", "suspected-removed-option", "plan - --format json",
               "suspected.json"},
        Golden{"SuspectedHtml", "suspected-removed-option", "plan - --format html",
               "suspected.html"},
        Golden{"NothingText", "nothing-known", "plan -", "nothing.txt"},
        Golden{"NothingJson", "nothing-known", "plan - --format json", "nothing.json"},
        Golden{"NothingHtml", "nothing-known", "plan - --format html", "nothing.html"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace nidus
