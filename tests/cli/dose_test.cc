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
  const Outcome text = run(record(), std::string("dose - --width 110") + kAsOf);
  ASSERT_EQ(text.code, 0) << text.text;
  for (const char* part : {"KIDNEY FUNCTION", "DOS-028", "Goti 2018", "weight", "by hand", "AUC24",
                           "1250 mg every 12 h", "in target", "Observation/level-2", "ABX-404",
                           "MIC taken as 1 mg/L", "Decision support"}) {
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

// What a record may hold that no number must come from quietly: `says` tells what is said, and only
// a record that is fit to be estimated from gets regimens.
struct Hostile {
  const char* name;
  const char* from;
  const char* to;
  int code;
  const char* says;
  bool proposes;
};

class HostileRecord : public testing::TestWithParam<Hostile> {};

TEST_P(HostileRecord, IsRefusedOrSpokenOf) {
  const Hostile& one = GetParam();
  const Outcome got =
      run(with(record(), one.from, one.to), std::string("dose - --width 110") + kAsOf);
  EXPECT_EQ(got.code, one.code) << got.text;
  EXPECT_TRUE(says(got, one.says)) << got.text;
  EXPECT_EQ(says(got, "best first"), one.proposes) << got.text;
  EXPECT_FALSE(says(got, " nan") || says(got, "(nan")) << got.text;
}

constexpr const char* kSecond = R"("effectiveDateTime": "2025-03-04T07:30:00+01:00",)";
constexpr const char* kThirdEnd = R"("end": "2025-03-03T09:30:00+01:00")";

INSTANTIATE_TEST_SUITE_P(
    Kinds, HostileRecord,
    testing::Values(
        Hostile{"WeightOfNothing", R"("value": 82,)", R"("value": 0,)", 0, "PK-G23", false},
        Hostile{"WeightBelowNothing", R"("value": 82,)", R"("value": -82,)", 0, "PK-G23", false},
        Hostile{"SlippedWeight", R"("value": 82,)", R"("value": 820,)", 0, "PK-G23", false},
        Hostile{"SlippedHeight", R"("value": 178,)", R"("value": 17.8,)", 0, "PK-G23", false},
        Hostile{"NoSex", R"("gender": "male",)", "", 0, "not recorded: sex", false},
        Hostile{"Child", "1957-01-20", "2016-01-20", 0, "PK-G21", false},
        Hostile{"VeryOld", "1957-01-20", "1938-01-20", 0, "Bourguignon 2016: clearance", true},
        Hostile{"NoBirthDate", R"("gender": "male",
    "birthDate": "1957-01-20")",
                R"("gender": "male")", 0, "not recorded: age", false},
        Hostile{"CreatinineInOtherUnit", R"("value": 1.1,)", R"("value": 97,)", 0, "PK-G23", false},
        Hostile{"LevelOfAnotherPlace", R"("value": 31.2,
     "unit": "mg/L",
     "system": "http://unitsofmeasure.org",
     "code": "mg/L")",
                R"("value": 31.2,
     "unit": "mg/dL",
     "system": "http://unitsofmeasure.org",
     "code": "mg/dL")",
                0, "PK-G09", false},
        Hostile{"MolarLevel", R"("value": 31.2,
     "unit": "mg/L",
     "system": "http://unitsofmeasure.org",
     "code": "mg/L")",
                R"("value": 31.2,
     "unit": "mmol/L",
     "system": "http://unitsofmeasure.org",
     "code": "mmol/L")",
                2, "Observation/level-1", false},
        Hostile{"LevelThatIsNoNumber", R"("value": 19.4)", R"("value": "19,4")", 2,
                "Observation/level-2", false},
        Hostile{"LevelAboveTheAssay", R"("value": 31.2,)", R"("value": 31.2, "comparator": ">",)",
                0, "above the limit of the assay", false},
        Hostile{"LevelBelowTheAssay", R"("value": 19.4,)", R"("value": 19.4, "comparator": "<",)",
                0, "PK-G35", true},
        Hostile{"SampleWithoutItsTime", kSecond, "", 0, "the time of day its sample was drawn",
                false},
        Hostile{"SampleOfADay", kSecond, R"("effectiveDateTime": "2025-03-04",)", 0,
                "the time of day its sample was drawn", false},
        Hostile{"SampleWithoutZone", kSecond, R"("effectiveDateTime": "2025-03-04T07:30:00",)", 0,
                "PK-G27", true},
        Hostile{"SampleOfAnotherZone", kSecond,
                R"("effectiveDateTime": "2025-03-04T01:30:00-05:00",)", 0, "best first", true},
        Hostile{"SampleBeforeTheFirstDose", kSecond,
                R"("effectiveDateTime": "2025-03-02T07:30:00+01:00",)", 0, "PK-G04", false},
        Hostile{"SampleAtTheDose", kSecond, R"("effectiveDateTime": "2025-03-04T08:00:00+01:00",)",
                0, "PK-G34", true},
        Hostile{"DoseThatEndsBeforeItBegins", kThirdEnd, R"("end": "2025-03-03T06:30:00+01:00")", 0,
                "PK-G03", false},
        Hostile{"DoseOfADay", R"("start": "2025-03-03T08:00:00+01:00",
     "end": "2025-03-03T09:30:00+01:00")",
                R"("start": "2025-03-03", "end": "2025-03-03")", 0, "PK-G03", false},
        Hostile{"DoseInGrams", R"("value": 2000,)", R"("value": 2,)", 0, "PK-G28", false},
        Hostile{"DoseByWeight", R"("value": 2000,
      "unit": "mg",
      "system": "http://unitsofmeasure.org",
      "code": "mg")",
                R"("value": 25,
      "unit": "mg/kg",
      "system": "http://unitsofmeasure.org",
      "code": "mg/kg")",
                0, "PK-G03", false},
        Hostile{"OverlappingInfusions", "2025-03-03T08:00:00+01:00", "2025-03-02T21:00:00+01:00", 0,
                "PK-G30", true},
        Hostile{"DoseTwice", R"("start": "2025-03-03T08:00:00+01:00",
     "end": "2025-03-03T09:30:00+01:00")",
                R"("start": "2025-03-02T20:00:00+01:00", "end": "2025-03-02T21:30:00+01:00")", 0,
                "PK-G29", false},
        Hostile{"Dialysis", R"("valueBoolean": false)", R"("valueBoolean": true)", 0, "PK-G19",
                true},
        Hostile{"ContinuousReplacement", R"("text": "haemodialysis"
    },
    "subject": {
     "reference": "Patient/p1"
    },
    "effectiveDateTime": "2025-03-01T22:00:00+01:00",
    "valueBoolean": false)",
                R"("text": "CVVHD"
    },
    "subject": {
     "reference": "Patient/p1"
    },
    "effectiveDateTime": "2025-03-01T22:00:00+01:00",
    "valueBoolean": true)",
                0, "on continuous renal replacement: load 20-25 mg/kg then 7.5-10 mg/kg q12h",
                false}),
    [](const auto& which) { return std::string(which.param.name); });

// ---------------------------------------------------------------- more resources

std::string and_also(const std::string& resource) {
  std::string text = record();
  const auto at = text.rfind(']');
  return text.insert(at, ", { \"resource\": " + resource + " }");
}

std::string session(const std::string& what, const std::string& period) {
  return R"({ "resourceType": "Procedure", "id": "session", "status": "completed", "code": { "text": ")" +
         what + R"(" }, "subject": { "reference": "Patient/p1" }, "performedPeriod": { )" + period +
         " } }";
}

// A session counts, whatever else is said about dialysis; a sample during it or soon after does
// not.
TEST(Dose, ReadsSessionsOfDialysis) {
  const Outcome before =
      run(and_also(session(
              "Haemodialysis",
              R"("start": "2025-03-03T11:00:00+01:00", "end": "2025-03-03T15:00:00+01:00")")),
          std::string("dose - --width 110") + kAsOf);
  EXPECT_EQ(before.code, 0) << before.text;
  EXPECT_TRUE(says(before, "PK-G19"));
  EXPECT_TRUE(says(before, "on haemodialysis: after HD: load 25 mg/kg"));
  EXPECT_TRUE(says(before, "on haemodialysis: these numbers are of the creatinine"));
  EXPECT_TRUE(says(before, "HD: pre-dialysis 15-20 mg/L"));
  EXPECT_FALSE(says(before, "PK-G20")) << before.text;
  const Outcome after =
      run(and_also(session(
              "Haemodialysis",
              R"("start": "2025-03-04T02:00:00+01:00", "end": "2025-03-04T06:00:00+01:00")")),
          std::string("dose - --width 110") + kAsOf);
  EXPECT_TRUE(says(after, "PK-G20"));
  EXPECT_TRUE(says(after, "Procedure/session"));
  EXPECT_FALSE(says(after, "best first"));
  // A day of continuous replacement that has stopped has cleared the drug all the same.
  const Outcome stopped = run(
      and_also(session(
          "CVVHDF", R"("start": "2025-03-02T12:00:00+01:00", "end": "2025-03-03T06:00:00+01:00")")),
      std::string("dose - --width 110") + kAsOf);
  EXPECT_TRUE(says(stopped, "PK-G14")) << stopped.text;
  EXPECT_FALSE(says(stopped, "best first"));
}

std::string isolate(const std::string& value) {
  return R"({ "resourceType": "Observation", "id": "culture", "status": "final", "code": { "text": "Blood culture" },
    "subject": { "reference": "Patient/p1" }, "effectiveDateTime": "2025-03-01T10:00:00+01:00",
    "valueCodeableConcept": { "text": "Staphylococcus aureus" },
    "component": [ { "code": { "text": "Vancomycin MIC" }, "valueQuantity": { )" +
         value +
         R"(, "unit": "mg/L", "system": "http://unitsofmeasure.org", "code": "mg/L" } } ] })";
}

TEST(Dose, TakesTheMicOfTheIsolate) {
  struct Row {
    const char* value;
    const char* says;
    bool proposes;
  };
  for (const Row& row :
       {Row{R"("value": 1)", "1 mg/L of Staphylococcus aureus", true},
        Row{R"("value": 0.5)", "AUC24/MIC at steady state: 1602", true},
        Row{R"("value": 1, "comparator": "<=")", "<=1 mg/L", true},
        Row{R"("value": 2, "comparator": "<=")", "as the MIC is known as a bound only", true},
        Row{R"("value": 2)", "PK-G16", false},
        Row{R"("value": 1, "comparator": ">")", "PK-G16", false}}) {
    const Outcome got =
        run(and_also(isolate(row.value)), std::string("dose - --width 100") + kAsOf);
    EXPECT_EQ(got.code, 0) << got.text;
    EXPECT_TRUE(says(got, row.says)) << row.value << got.text;
    EXPECT_EQ(says(got, "best first"), row.proposes) << row.value << got.text;
    EXPECT_FALSE(says(got, "none is recorded")) << row.value;
  }
}

// The liver and the weight that the row means; what is given, and what the plan offers.
TEST(Dose, ShowsTheRowsOfWhatIsGiven) {
  const std::string given =
      R"({ "resourceType": "MedicationStatement", "id": "dapto", "status": "active",
    "medicationCodeableConcept": { "text": "Daptomycin" }, "subject": { "reference": "Patient/p1" },
    "effectivePeriod": { "start": "2025-03-03T08:00:00+01:00" } })";
  const std::string liver = R"({ "resourceType": "Observation", "id": "cp", "status": "final",
    "code": { "text": "Child-Pugh class" }, "subject": { "reference": "Patient/p1" },
    "effectiveDateTime": "2025-03-03T08:00:00+01:00", "valueString": "C" })";
  const Outcome got = run(and_also(given + " }, { \"resource\": " + liver),
                          std::string("dose - --width 100") + kAsOf);
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "Daptomycin (DOS-030, IV)"));
  EXPECT_TRUE(says(got, "8-10 mg/kg: 656 to 820 mg"));
  EXPECT_TRUE(says(got, "82.0 kg: adjusted weight above 1.2 times the ideal, else actual"));
  EXPECT_TRUE(says(got, "Child-Pugh C: none (Child-Pugh C no data)"));
  EXPECT_TRUE(says(got, "15 mg/kg: 1230 mg"));
}

TEST(Dose, IsTheSameEveryTime) {
  const std::string arguments = std::string("dose - --format json") + kAsOf;
  EXPECT_EQ(run(record(), arguments).text, run(record(), arguments).text);
}

TEST(Dose, RefusesALevelThatRisesWithoutADose) {
  const Outcome got =
      run(with(record(), "19.4", "38.0"), std::string("dose - --width 110") + kAsOf);
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
  const Outcome got = run(molar, std::string("dose - --width 110") + kAsOf);
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

// Hour 0 of the record is 2025-03-02 08:00: at 09:00 only the first dose is past.
TEST(Dose, ListsWhatIsLaterThanTheMoment) {
  const Outcome early = run(record(), "dose - --width 200 --as-of 2025-03-02T09:00:00+01:00");
  EXPECT_EQ(early.code, 0) << early.text;
  EXPECT_TRUE(says(early, "Not counted, for it is later than the moment of judging"));
  EXPECT_TRUE(says(early, "dose of 2025-03-02T20:00+01:00 (MedicationAdministration/dose-1)"));
  EXPECT_TRUE(says(early, "(Observation/level-2)"));
  EXPECT_FALSE(says(early, "(MedicationAdministration/dose-0); "));
  const Outcome all = run(record(), std::string("dose -") + kAsOf);
  EXPECT_FALSE(says(all, "Not counted"));
  const Outcome json = run(record(), "dose - --format json --as-of 2025-03-02T09:00:00+01:00");
  EXPECT_TRUE(says(json, "\"remarks\": [\n  \"Not counted")) << json.text.substr(0, 600);
}

TEST(Dose, SpeaksOfAChild) {
  const std::string child =
      R"({"resourceType":"Patient","id":"p1","birthDate":"2014-05-02","gender":"male"})";
  const Outcome got = run(child, std::string("dose - --width 110") + kAsOf);
  EXPECT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "The person is 10 years old"));
  const Outcome adult =
      run(R"({"resourceType":"Patient","id":"p1","birthDate":"1961-05-02","gender":"male"})",
          std::string("dose - --width 110") + kAsOf);
  EXPECT_FALSE(says(adult, "years old"));
}

TEST(Dose, SaysWhatIsMissingAboutADose) {
  const Outcome got = run(with(record(), "\"code\": \"mg\"", "\"code\": \"[iU]\""),
                          std::string("dose - --width 110") + kAsOf);
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
  EXPECT_TRUE(says(got, "derived-vancomycin-auc24") && says(got, "Observation/level-2"))
      << got.text;
  const Outcome refused = run(with(record(), "19.4", "38.0"), std::string("plan -") + kAsOf);
  EXPECT_FALSE(says(refused, "Vancomycin exposure too high"));
}

TEST(Plan, AdvisesOnALowExposure) {
  std::string record_of_less = with(with(record(), "31.2", "14.5"), "19.4", "8.5");
  record_of_less = with(record_of_less, "\"value\": 2000", "\"value\": 1000");
  for (int i = 0; i < 4; ++i) {
    record_of_less = with(record_of_less, "\"value\": 1250", "\"value\": 600");
  }
  const Outcome got = run(record_of_less, std::string("plan -") + kAsOf);
  ASSERT_EQ(got.code, 0) << got.text;
  EXPECT_TRUE(says(got, "Vancomycin exposure too low: raise the dose [MON-17]\n"));
  EXPECT_TRUE(says(got, "8.5 mg/L"));
  EXPECT_FALSE(says(got, "Vancomycin exposure too high: lower the dose [MON-16]\n"));
}

}  // namespace
