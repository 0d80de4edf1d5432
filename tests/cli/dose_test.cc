// SPDX-License-Identifier: Apache-2.0
// `nidus dose` as a user meets it: numbers, forms, refusals, and what reaches the plan.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace dom = simdjson::dom;

// Patient D1 of the dossier as a record; hour 0 is 2025-03-02 08:00, judged at hour 50.
constexpr const char* kAsOf = " --as-of 2025-03-04T10:00:00+01:00";

std::string record() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/tests/cli/records/vancomycin-two-levels.json",
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct Outcome {
  int code = -1;
  std::string text;
};

Outcome run(const std::string& input, const std::string& arguments) {
  char path[] = "nidus_dose_test_XXXXXX";
  const int file = mkstemp(path);
  EXPECT_GE(file, 0);
  close(file);
  std::ofstream(path, std::ios::binary) << input;
  const std::string command = std::string(NIDUS_BINARY) + " " + arguments + " < " + path + " 2>&1";
  Outcome out;
  std::FILE* pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.text.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  std::remove(path);
  return out;
}

bool says(const Outcome& outcome, const std::string& text) {
  return outcome.text.find(text) != std::string::npos;
}

TEST(Dose, HasTheWorkedPatientsNumbers) {
  const Outcome got = run(record(), std::string("dose - --format json") + kAsOf);
  ASSERT_EQ(got.code, 0) << got.text;
  dom::parser parser;
  const dom::element root = parser.parse(got.text);
  const dom::element drug = root["drugs"].at(0).value();
  EXPECT_FALSE(drug["refused"].get_bool().value());
  const dom::element goti = drug["models"].at(0).value();
  EXPECT_EQ(goti["id"].get_string().value(), "vancomycin-goti-2018");
  EXPECT_NEAR(goti["auc24"].get_double().value(), 721.2737, 0.05);
  EXPECT_NEAR(goti["objective"].get_double().value(), 7.664763, 1e-4);
  EXPECT_NEAR(goti["levels"].at(0)["expected"].get_double().value(), 29.69634, 1e-3);
  const dom::element kidney = root["kidney"]["measures"].at(1).value();
  EXPECT_NEAR(kidney["value"].get_double().value(), 74.54545, 1e-4);
  EXPECT_GE(drug["proposals"].get_array().value().size(), 5u);
  EXPECT_EQ(drug["hand_check"].error(), simdjson::SUCCESS);
}

TEST(Dose, SpeaksInEveryForm) {
  const Outcome text = run(record(), std::string("dose -") + kAsOf);
  ASSERT_EQ(text.code, 0) << text.text;
  for (const char* part : {"KIDNEY FUNCTION", "DOS-028", "Goti 2018", "weight", "by hand", "AUC24",
                           "1250 mg every 12 h", "in target", "Observation/level-2", "ABX-404",
                           "MIC taken as 1 mg/L", "a clinician decides"}) {
    EXPECT_TRUE(says(text, part)) << part;
  }
  const Outcome page = run(record(), std::string("dose - --format html") + kAsOf);
  ASSERT_EQ(page.code, 0);
  for (const char* part : {"<svg", "</svg>", "Goti 2018", "</html>"})
    EXPECT_TRUE(says(page, part)) << part;
  for (const char* part : {">nan", " nan", ",nan", "inf,"}) EXPECT_FALSE(says(page, part)) << part;
}

TEST(Dose, WritesDerivedObservations) {
  const Outcome got = run(record(), std::string("dose - --format fhir") + kAsOf);
  ASSERT_EQ(got.code, 0) << got.text;
  dom::parser parser;
  const dom::element root = parser.parse(got.text);
  const dom::element first = root["entry"].at(0)["resource"].value();
  EXPECT_EQ(first["resourceType"].get_string().value(), "Observation");
  EXPECT_EQ(first["code"]["coding"].at(0)["code"].get_string().value(), "vancomycin-auc24");
  EXPECT_TRUE(says(got, "Observation/level-1"));
  EXPECT_TRUE(says(got, "MedicationAdministration/dose-4"));
  EXPECT_TRUE(says(got, "vancomycin-goti-2018 v1"));
  // What it writes, it reads.
  EXPECT_EQ(run(got.text, std::string("values -") + kAsOf).code, 0);
}

TEST(Dose, IsTheSameEveryTime) {
  const std::string arguments = std::string("dose - --format json") + kAsOf;
  EXPECT_EQ(run(record(), arguments).text, run(record(), arguments).text);
}

TEST(Dose, RefusesALevelThatRisesWithoutADose) {
  const Outcome got = run(with(record(), "19.4", "38.0"), std::string("dose -") + kAsOf);
  EXPECT_EQ(got.code, 0);
  EXPECT_TRUE(says(got, "REFUSED"));
  EXPECT_TRUE(says(got, "PK-G10"));
  EXPECT_FALSE(says(got, "in target"));
}

TEST(Dose, RefusesAnotherUnitWithItsPlace) {
  std::string molar = record();
  const auto level = molar.find("\"level-1\"");
  const auto unit = molar.find("\"code\": \"mg/L\"", level);
  molar.replace(unit, std::string("\"code\": \"mg/L\"").size(), "\"code\": \"umol/L\"");
  const Outcome got = run(molar, std::string("dose -") + kAsOf);
  EXPECT_EQ(got.code, 2) << got.text;
  EXPECT_TRUE(says(got, "Observation/level-1"));
  EXPECT_TRUE(says(got, "umol/L"));
}

TEST(Dose, AnswersForADrugThatIsNotGivenYet) {
  const Outcome got = run(record(), std::string("dose - --drug teicoplanin") + kAsOf);
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "no level: the population alone"));
  EXPECT_TRUE(says(got, "load"));
  const Outcome unknown = run(record(), std::string("dose - --drug aspirin") + kAsOf);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(says(unknown, "Vancomycin"));
}

TEST(Dose, SaysWhatIsMissingAboutADose) {
  const Outcome got =
      run(with(record(), "\"code\": \"mg\"", "\"code\": \"[iU]\""), std::string("dose -") + kAsOf);
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "PK-G03"));
  EXPECT_TRUE(says(got, "MedicationAdministration/dose-0"));
}

// The exposure that was computed reaches the plan, with the level named.
TEST(Plan, AdvisesOnAHighExposure) {
  const Outcome got = run(record(), std::string("plan -") + kAsOf);
  ASSERT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "Vancomycin exposure too high"));
  EXPECT_TRUE(says(got, "19.4 mg/L"));
  const Outcome refused = run(with(record(), "19.4", "38.0"), std::string("plan -") + kAsOf);
  EXPECT_FALSE(says(refused, "Vancomycin exposure too high"));
}

}  // namespace
