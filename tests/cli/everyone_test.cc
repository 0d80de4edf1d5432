// SPDX-License-Identifier: Apache-2.0
// Definitions of the context Unfiltered in a run over many people: tests/cli/cql/Everyone.cql.
#include <fstream>

#include "cli/command_testing.h"
#include "cli/cql_line.h"

namespace {

using nidus::in_line_of;
using nidus::run_command;

const std::string kFolder = NIDUS_SOURCE_DIR "/tests/cli/cql/";
const std::string kRun = "cql run " + kFolder + "Everyone.cql --as-of 2025-03-04T10:00:00Z --data ";

// The value of a definition in a patient's line, or its error.
std::string result(const std::string& lines, const std::string& patient, const std::string& name) {
  const std::string value = in_line_of(patient, lines, "/results/" + name);
  const std::string error = in_line_of(patient, lines, "/errors/" + name + "/message");
  return error == "nothing" ? value : "error " + error;
}

TEST(Everyone, IsSeenByDefinitionsOfTheContextUnfiltered) {
  const auto got = run_command("", kRun + kFolder + "Everyone.ndjson");
  EXPECT_EQ(got.code, 2) << got.text;  // two definitions fail
  const struct {
    const char* name;
    const char* value;
  } same_for_all[] = {
      {"People", "3"},
      {"All CRP", R"(["Observation/a2","Observation/a1","Observation/b1"])"},
      {"Drugs", R"(["Medication/vanco"])"},
      {"Ages", "[35,65,49]"},
      {"Together", R"(["Observation/a2","Observation/a1","Observation/b1"])"},
      {"Firsts", R"(["Observation/a1","Observation/b1",null])"},
      {"Mean of Highest", "125"},
      {"Above", "1"},
      {"Fixed", "3"},
      {"Seen by Function", "4"},
  };
  for (const auto& [name, value] : same_for_all) {
    for (const char* patient : {"Patient/a", "Patient/b", "Patient/c"}) {
      EXPECT_EQ(result(got.text, patient, name), value) << patient << " " << name;
    }
  }
  const struct {
    const char* name;
    const char* of_a;
    const char* of_b;
    const char* of_c;
  } own[] = {{"Highest", "50", "200", "null"},
             {"Above Mean", "false", "true", "null"},
             {"Older", "2", "0", "1"},
             {"Mine Seen", "2", "2", "0"}};
  for (const auto& [name, of_a, of_b, of_c] : own) {
    EXPECT_EQ(result(got.text, "Patient/a", name), of_a) << name;
    EXPECT_EQ(result(got.text, "Patient/b", name), of_b) << name;
    EXPECT_EQ(result(got.text, "Patient/c", name), of_c) << name;
  }
}

// What fails for one patient fails for those who look at all of them, and says whose it is.
TEST(Everyone, FailuresNameThePatientAndTheDefinition) {
  const auto got = run_command("", kRun + kFolder + "Everyone.ndjson");
  const auto failing = result(got.text, "Patient/c", "Failing");
  EXPECT_TRUE(failing.starts_with("error \"of Patient/a: ")) << failing;
  const auto by_function = result(got.text, "Patient/b", "By Function");
  EXPECT_NE(by_function.find("a function looks at 'Age' of one patient"), std::string::npos)
      << by_function;
}

TEST(Everyone, TheNumberOfThreadsChangesNothing) {
  const std::string run = kRun + kFolder + "Everyone.ndjson --define Above --define 'All CRP'";
  const auto one = run_command("", run + " --jobs 1");
  EXPECT_EQ(one.code, 0) << one.text;
  EXPECT_EQ(one.text, run_command("", run + " --jobs 4").text);
}

// Standard input cannot be read twice; what does not look at all patients runs on it as ever.
TEST(Everyone, IsRefusedWhereTheInputCanBeReadOnceOnly) {
  std::ifstream file(kFolder + "Everyone.ndjson");
  std::ostringstream people;
  people << file.rdbuf();
  const auto refused = run_command(people.str(), kRun + "- --define Older");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find("'Ages' of Everyone looks at all patients (context Unfiltered)"),
            std::string::npos)
      << refused.text;
  const auto fine = run_command(people.str(), kRun + "- --define Highest --define Fixed");
  EXPECT_EQ(fine.code, 0) << fine.text;
  EXPECT_EQ(result(fine.text, "Patient/b", "Highest"), "200");
}

TEST(Everyone, ABadLineIsToldOnce) {
  const std::string data = testing::TempDir() + "everyone-bad.ndjson";
  {
    std::ifstream from(kFolder + "Everyone.ndjson");
    std::ofstream to(data);
    to << from.rdbuf() << "{\"resourceType\":\n";
  }
  const auto got = run_command("", kRun + data + " --define People");
  EXPECT_EQ(got.code, 2);
  EXPECT_EQ(result(got.text, "Patient/a", "People"), "3") << got.text;
  const auto first = got.text.find("line 4");
  EXPECT_NE(first, std::string::npos) << got.text;
  EXPECT_EQ(got.text.find("line 4", first + 1), std::string::npos) << got.text;
}

}  // namespace
