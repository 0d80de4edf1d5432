// SPDX-License-Identifier: Apache-2.0
// `nidus cql run --because`: definitions and resources that a value came from.
#include "cli/command_testing.h"
#include "cli/cql_line.h"

namespace {

using nidus::in_line_of;
using nidus::run_command;

const std::string kFolder = NIDUS_SOURCE_DIR "/tests/cli/cql/";
const std::string kRun = "cql run " + kFolder + "Because.cql --as-of 2025-03-04T10:00:00Z --data " +
                         kFolder + "Everyone.ndjson";

// `because` of a patient's line, one definition.
std::string because(const std::string& lines, const std::string& patient, const std::string& name) {
  return in_line_of(patient, lines, "/because/" + name);
}

TEST(Because, GivesTheDefinitionsAndTheResourcesOfAValue) {
  const auto got = run_command("", kRun +
                                       " --because --define Inflamed --define Painful "
                                       "--define Sum --define Broken --define Fixed");
  const struct {
    const char* patient;
    const char* name;
    const char* because;
  } table[] = {
      // `or` ends at the first true: the age was not looked at.
      {"Patient/a", "Because.Inflamed", R"({"value":true,"line":12,"from":["Because.High"]})"},
      {"Patient/c", "Because.Inflamed",
       R"({"value":false,"line":12,"from":["Because.High","Because.Very Old"]})"},
      // Of two results the one above the bound.
      {"Patient/a", "Because.High",
       R"({"value":true,"line":13,"resources":["Observation/a2"],"from":["Because.CRP"]})"},
      {"Patient/c", "Because.High", R"({"value":false,"line":13,"from":["Because.CRP"]})"},
      {"Patient/a", "Because.CRP",
       R"({"value":["Observation/a2","Observation/a1"],"line":14,)"
       R"("resources":["Observation/a2","Observation/a1"]})"},
      {"Patient/c", "Because.Very Old", R"({"value":false,"line":15,"from":["Because.Patient"]})"},
      // The pain, and the CRP that it stands with.
      {"Patient/b", "Because.Painful",
       R"({"value":true,"line":16,"resources":["Observation/b1","Observation/b2"]})"},
      {"Patient/a", "Because.Painful", R"({"value":false,"line":16})"},
      {"Patient/a", "Because.Sum",
       R"({"value":60,"line":23,"resources":["Observation/a2","Observation/a1"],)"
       R"("from":["Because.CRP"]})"},
      {"Patient/a", "Because.Broken",
       R"({"error":"singleton from a list of more than one element","line":24,)"
       R"("from":["Because.CRP"]})"},
      {"Patient/a", "Because.Fixed", R"({"value":3,"line":25})"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(because(got.text, row.patient, row.name), row.because)
        << row.patient << " " << row.name << "\n"
        << got.text;
  }
}

TEST(Because, ChangesNoResultAndIsAbsentUnlessAskedFor) {
  const auto plain = run_command("", kRun + " --define Inflamed --define Sum");
  EXPECT_EQ(plain.text.find("because"), std::string::npos);
  const auto asked = run_command("", kRun + " --define Inflamed --define Sum --because");
  std::istringstream plain_lines(plain.text), asked_lines(asked.text);
  int people = 0;
  for (std::string a, b; std::getline(plain_lines, a) && std::getline(asked_lines, b); ++people) {
    EXPECT_EQ(b.substr(0, a.size() - 1), a.substr(0, a.size() - 1));
  }
  EXPECT_EQ(people, 3);
}

// Down to single expressions; what is done for each item of a list is left out, and of what failed
// it is seen where.
TEST(Because, GivesTheStepsOfADefinitionWhenAskedFor) {
  const auto got =
      run_command("", kRun + " --because --steps --define Inflamed --define Sum --define Broken");
  const auto steps = [&](const char* name) {
    const auto all = because(got.text, "Patient/a", name);
    const auto at = all.find(R"("steps":)");
    return at == std::string::npos ? "none in " + all : all.substr(at);
  };
  EXPECT_EQ(steps("Because.Inflamed"),
            R"("steps":[{"at":"Because:12:20","is":"Or","value":true,"of":[)"
            R"({"at":"Because:12:20","is":"ExpressionRef","name":"High","value":true}]}]})");
  EXPECT_EQ(steps("Because.Sum"), R"("steps":[{"at":"Because:23:15","is":"Sum","value":60,"of":[)"
                                  R"({"at":"Because:23:19","is":"Query","value":[50,10],"of":[)"
                                  R"({"at":"Because:23:19","is":"ExpressionRef","name":"CRP",)"
                                  R"("value":["Observation/a2","Observation/a1"]}]}]}]})");
  EXPECT_EQ(steps("Because.Broken"),
            R"("steps":[{"at":"Because:24:18","is":"SingletonFrom","failed":true,"of":[)"
            R"({"at":"Because:24:33","is":"ExpressionRef","name":"CRP",)"
            R"("value":["Observation/a2","Observation/a1"]}]}]})");
  EXPECT_EQ(run_command("", kRun + " --steps").code, 2);
}

TEST(Because, HasNoPlaceInCsv) {
  const auto got = run_command("", kRun + " --because --format csv");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("--because"), std::string::npos) << got.text;
}

}  // namespace
