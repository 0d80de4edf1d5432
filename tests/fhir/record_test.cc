// SPDX-License-Identifier: Apache-2.0
//
// What a Record holds after reading, and how it is found again.
#include "fhir/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fhir/bundles.h"

namespace nidus::fhir {
namespace {

Record parsed(std::string_view json) {
  auto record = Record::parse(json, "in.json");
  EXPECT_TRUE(record) << json << "\n" << (record ? "" : record.error().to_string());
  if (!record) record = Record::parse(patient_p1(), "in.json");
  return std::move(*record);
}

std::string references(std::span<const Resource> resources) {
  std::string out;
  for (const auto& one : resources) out += (out.empty() ? "" : " ") + one.reference();
  return out;
}

bool says(const Record& record, std::string_view resource, std::string_view message) {
  return std::any_of(record.issues().begin(), record.issues().end(), [&](const Issue& issue) {
    return issue.resource == resource && issue.message.find(message) != std::string::npos;
  });
}

TEST(Read, AllKindsOfInput) {
  const std::string patient = patient_p1(), result = observation("o1", "");
  const std::string pretty = "{\n  \"resourceType\": \"Patient\",\n  \"id\": \"p1\"\n}\n";
  struct Row {
    std::string json;
    std::string expected;
  };
  std::vector<Row> rows = {
      {patient, "Patient/p1"},
      {pretty, "Patient/p1"},
      {"\xEF\xBB\xBF" + pretty, "Patient/p1"},
      {patient + "\n" + result, "Patient/p1 Observation/o1"},
      {patient + "\n" + result + "\n", "Patient/p1 Observation/o1"},
      {patient + "\r\n" + result + "\r\n\r\n", "Patient/p1 Observation/o1"},
      {"\xEF\xBB\xBF" + patient + "\n\n" + result, "Patient/p1 Observation/o1"},
      {bundle_of({patient}) + "\n" + bundle_of({patient, result}), "Patient/p1 Observation/o1"},
      {pretty + result, "Patient/p1 Observation/o1"},
      {bundle_of({bundle_of({patient, bundle_of({result})}), observation("o2", "")}),
       "Patient/p1 Observation/o1 Observation/o2"},
      {result, "Observation/o1"},
  };
  for (const char* type : {"searchset", "transaction", "batch", "collection", "document", "message",
                           "history", "transaction-response"}) {
    rows.push_back({bundle_of({patient, result}, type), "Patient/p1 Observation/o1"});
  }
  for (const auto& row : rows) {
    EXPECT_EQ(references(parsed(row.json).resources()), row.expected) << row.json;
  }
}

TEST(Read, TheInputMayGoAway) {
  std::string json =
      bundle_of({patient_p1(), observation("o1", R"("valueString":"staphylococcus")")});
  const Record record = parsed(json);
  std::fill(json.begin(), json.end(), 'x');
  const auto& found = record.of_type(type_id("Observation"))[0];
  EXPECT_EQ(found.node->find(name_id("valueString"))->str(), "staphylococcus");
}

TEST(Read, ByTypeInInputOrderWithoutContained) {
  const Record record = parsed(bundle_of(
      {observation("b",
                   R"("contained":[{"resourceType":"Observation","id":"in","status":"final"}])"),
       patient_p1(), R"({"resourceType":"Condition"})", observation("a", "")}));
  EXPECT_EQ(references(record.resources()),
            "Observation/b Observation/b#in Patient/p1 Condition#3 Observation/a");
  EXPECT_EQ(references(record.of_type(type_id("Observation"))), "Observation/b Observation/a");
  EXPECT_EQ(references(record.of_type(type_id("Condition"))), "Condition#3");
  EXPECT_EQ(references(record.of_type(type_id("Patient"))), "Patient/p1");
  EXPECT_TRUE(record.of_type(type_id("Device")).empty());
  EXPECT_TRUE(record.of_type(kNoType).empty());
  EXPECT_TRUE(record.of_type(60000).empty());
  ASSERT_NE(record.patient(), nullptr);
  EXPECT_EQ(record.patient()->reference(), "Patient/p1");
}

TEST(Read, ResourceOfItsRootNode) {
  const Record record = parsed(bundle_of(
      {patient_p1(), observation("a", R"("contained":[{"resourceType":"Specimen","id":"s"}])")}));
  for (const auto& resource : record.resources()) {
    EXPECT_EQ(record.resource_of(resource.node), &resource);
    EXPECT_EQ(record.resource_of(resource.node->find(name_id("id"))), nullptr);
  }
  EXPECT_EQ(record.resource_of(nullptr), nullptr);
}

TEST(Read, EnteredInErrorIsNoFact) {
  const auto verified = [](const char* id, const char* code) {
    return std::string(R"({"resourceType":"Condition","id":")") + id +
           R"(","verificationStatus":{"coding":[{"code":"confirmed-not"},{"code":")" + code +
           R"("}]}})";
  };
  const Record record = parsed(bundle_of(
      {patient_p1(), R"({"resourceType":"Observation","id":"o1","status":"entered-in-error"})",
       verified("c1", "entered-in-error"), verified("c2", "refuted"),
       R"({"resourceType":"MedicationRequest","id":"m","status":"active","contained":[)"
       R"({"resourceType":"Medication","id":"x","status":"entered-in-error"}]})"}));
  EXPECT_EQ(references(record.resources()), "Patient/p1 Condition/c2 MedicationRequest/m");
  EXPECT_TRUE(says(record, "Observation/o1", "entered in error"));
  EXPECT_TRUE(says(record, "Condition/c1", "entered in error"));
  EXPECT_TRUE(says(record, "MedicationRequest/m#x", "entered in error"));
  EXPECT_EQ(record.issues().size(), 3u);
}

TEST(Read, EnteredInErrorIsKeptWhereAskedFor) {
  Limits limits;
  limits.keep_retracted = true;
  const auto record = Record::parse(
      bundle_of({patient_p1(),
                 R"({"resourceType":"Observation","id":"o1","status":"entered-in-error"})",
                 R"({"resourceType":"MedicationRequest","id":"m","status":"active","contained":[)"
                 R"({"resourceType":"Medication","id":"x","status":"entered-in-error"}]})"}),
      "in.json", limits);
  ASSERT_TRUE(record);
  EXPECT_EQ(references(record->resources()),
            "Patient/p1 Observation/o1 MedicationRequest/m MedicationRequest/m#x");
  EXPECT_TRUE(record->issues().empty());
}

// --- the same resource more than once ------------------------------------------------------------

std::string version(std::string_view id, std::string_view meta, std::string_view value,
                    std::string_view status = "final") {
  return R"({"resourceType":"Observation","id":")" + std::string(id) + R"(","meta":{)" +
         std::string(meta) + R"(},"status":")" + std::string(status) + R"(","valueInteger":)" +
         std::string(value) + "}";
}

TEST(Versions, WhichOfSeveralIsRead) {
  struct Row {
    const char* name;
    std::vector<std::string> entries;
    std::string values;  // valueInteger of what is read, in input order
    std::string issue;
  };
  const Row rows[] = {
      {"the same content", {version("a", "", "1"), version("a", "", "1")}, "1", "read once"},
      {"sent twice at different times",
       {version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "1"),
        version("a", R"("lastUpdated":"2025-01-02T00:00:00Z")", "1")},
       "1",
       "read once"},
      {"another order of members",
       {R"({"resourceType":"Observation","id":"a","status":"final","valueInteger":1})",
        R"({"valueInteger":1,"status":"final","id":"a","resourceType":"Observation"})"},
       "1",
       "read once"},
      {"the later one by its time",
       {version("a", R"("lastUpdated":"2025-01-02T00:00:00Z")", "2"),
        version("a", R"("lastUpdated":"2025-01-01T23:00:00-05:00")", "3"),
        version("a", R"("lastUpdated":"2024-01-02T00:00:00Z")", "1")},
       "3",
       "older version"},
      {"the later one by its number",
       {version("a", R"("versionId":"9")", "1"), version("a", R"("versionId":"10")", "2")},
       "2",
       "older version"},
      {"back to an earlier value",
       {version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "1"),
        version("a", R"("lastUpdated":"2025-01-02T00:00:00Z")", "2"),
        version("a", R"("lastUpdated":"2025-01-03T00:00:00Z")", "1")},
       "1",
       "older version"},
      {"withdrawn in the later version",
       {version("a", R"("versionId":"1")", "1"),
        version("a", R"("versionId":"2")", "1", "entered-in-error")},
       "",
       "entered in error"},
      {"withdrawn, and nothing says which came later",
       {version("a", "", "1"), version("a", "", "1", "entered-in-error")},
       "",
       "entered in error"},
      {"nothing says which came later",
       {version("a", "", "1"), version("a", "", "2")},
       "1 2",
       "both are read"},
      {"only one says when",
       {version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "1"), version("a", "", "2")},
       "1 2",
       "both are read"},
      {"two that came at once",
       {version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "1"),
        version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "2")},
       "1 2",
       "both are read"},
      {"two ids", {version("a", "", "1"), version("b", "", "1")}, "1 1", ""},
      {"no ids",
       {R"({"resourceType":"Observation","valueInteger":1})",
        R"({"resourceType":"Observation","valueInteger":1})"},
       "1 1",
       ""},
  };
  for (const auto& row : rows) {
    for (const bool backwards : {false, true}) {
      auto entries = row.entries;
      if (backwards) std::reverse(entries.begin(), entries.end());
      entries.push_back(patient_p1());
      const Record record = parsed(bundle_of(entries));
      std::vector<std::string> values;
      for (const auto& one : record.of_type(type_id("Observation"))) {
        values.emplace_back(one.node->find(name_id("valueInteger"))->str());
      }
      std::sort(values.begin(), values.end());
      std::string joined;
      for (const auto& value : values) joined += (joined.empty() ? "" : " ") + value;
      EXPECT_EQ(joined, row.values) << row.name << backwards;
      if (row.issue.empty()) {
        EXPECT_TRUE(record.issues().empty()) << row.name << backwards;
      } else {
        EXPECT_TRUE(says(record, "Observation/a", row.issue)) << row.name << backwards;
      }
    }
  }
}

TEST(Versions, OneIdOnTwoServersIsTwoResources) {
  const auto entry = [](const char* server, const char* value) {
    return std::string(R"({"fullUrl":"http://)") + server + R"(/Observation/a","resource":)" +
           version("a", R"("lastUpdated":"2025-01-0)" + std::string(value) + R"(T00:00:00Z")",
                   value) +
           "}";
  };
  const Record record = parsed(R"({"resourceType":"Bundle","entry":[)" + entry("one", "1") + "," +
                               entry("two", "2") + "]}");
  EXPECT_EQ(record.resources().size(), 2u);
  EXPECT_TRUE(says(record, "Observation/a", "both are read"));
}

TEST(Record, TakesBytesOverOrLeavesThemAsTheyAre) {
  const std::string person = R"({"resourceType":"Patient","id":"p1","gender":"female"})";
  std::string bytes = person;
  auto taken = Record::take(bytes, "in.json");
  ASSERT_TRUE(taken);
  bytes = std::string(200, 'x');  // what becomes of the caller's string is nothing to the record
  EXPECT_EQ(taken->patient()->node->find(name_id("gender"))->str(), "female");
  const Record later = taken->without([](const Resource&) { return false; });
  taken = Record::parse(person, "in.json");
  EXPECT_EQ(later.patient()->id, "p1");
  for (const std::string cut : {R"({"resourceType":"Patient","id":"p1",)", "[", "", R"({"a")"}) {
    bytes = cut;
    const auto refused = Record::take(bytes, "in.json");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().to_string(), Record::parse(cut, "in.json").error().to_string());
    EXPECT_EQ(bytes, cut);
  }
}

// One entry of a Bundle.
std::string entry(std::string_view url, std::string_view resource) {
  return R"({"fullUrl":")" + std::string(url) + R"(","resource":)" + std::string(resource) + "}";
}

std::string bundle_of_entries(const std::vector<std::string>& entries) {
  std::string out;
  for (const auto& one : entries) out += (out.empty() ? "" : ",") + one;
  return R"({"resourceType":"Bundle","type":"collection","entry":[)" + out + "]}";
}

std::string culture(std::string_view specimen, std::string_view id = "1") {
  return R"({"resourceType":"Observation","id":")" + std::string(id) +
         R"(","status":"final","specimen":{"reference":")" + std::string(specimen) + R"("}})";
}

std::string specimen(std::string_view type, std::string_view id = R"("id":"1",)") {
  return R"({"resourceType":"Specimen",)" + std::string(id) + R"("type":{"text":")" +
         std::string(type) + R"("}})";
}

// "Observation/1 of Specimen/1, ...", as logic reads it: by the ids that stand in the resources.
std::string linked(const Record& record) {
  std::string out;
  for (const auto& one : record.of_type(type_id("Observation"))) {
    EXPECT_EQ(one.id, one.node->find(name_id("id"))->str());
    out += (out.empty() ? "" : ", ") + one.reference() + " of " +
           std::string(one.node->find(name_id("specimen"))->find(name_id("reference"))->str());
  }
  return out;
}

TEST(Versions, WhatSharesAnIdIsNamedApartWithItsReferences) {
  const std::vector<std::string> entries = {
      entry("https://a/Specimen/1", specimen("blood")),
      entry("https://b/Specimen/1", specimen("disc")),
      entry("https://a/Observation/1", culture("Specimen/1")),
      entry("https://b/Observation/1", culture("Specimen/1")),
      entry("https://a/Observation/2", culture("https://b/Specimen/1/_history/3", "2")),
      entry("https://a/Observation/3", culture("https://c/Specimen/1", "3")),
      entry("https://c/Observation/4", culture("Specimen/1", "4"))};
  auto backwards = entries;
  std::reverse(backwards.begin(), backwards.end());
  const Record record = parsed(bundle_of_entries(entries));
  EXPECT_EQ(linked(record),
            "Observation/1 of Specimen/1, Observation/1.2 of Specimen/1.2, "
            "Observation/2 of Specimen/1.2, "
            "Observation/3 of https://c/Specimen/1.elsewhere, "
            "Observation/4 of Specimen/1.elsewhere");
  EXPECT_TRUE(says(record, "Observation/1", "https://b/Observation/1 as Observation/1.2"));
  EXPECT_EQ(record.resolve("https://a/Specimen/1")->reference(), "Specimen/1");
  EXPECT_EQ(record.resolve("https://b/Specimen/1")->reference(), "Specimen/1.2");
  EXPECT_EQ(linked(parsed(bundle_of_entries(backwards))),
            "Observation/4 of Specimen/1.elsewhere, "
            "Observation/3 of https://c/Specimen/1.elsewhere, "
            "Observation/2 of Specimen/1.2, "
            "Observation/1.2 of Specimen/1.2, Observation/1 of Specimen/1");
}

TEST(Versions, OnOneServerOnlyWhatIsMoreThanTypeAndIdIsWrittenAnew) {
  // What is read again and again in the same bytes is the same value inside: it counts as well.
  const Record record = parsed(
      bundle_of_entries({entry("https://a/Specimen/1", specimen("blood")),
                         entry("https://a/Observation/1", culture("Specimen/1", "1")),
                         entry("https://a/Observation/2", culture("Specimen/1/_history/2", "2")),
                         entry("https://a/Observation/3", culture("Specimen/1/_history/2", "3")),
                         entry("https://a/Observation/4", culture("Specimen/1/_history/2", "4")),
                         entry("https://a/Observation/5", culture("Specimen/1/_history/2", "5")),
                         entry("https://a/Observation/6", culture("https://a/Specimen/1", "6")),
                         entry("https://a/Observation/7", culture("https://c/Specimen/1", "7")),
                         entry("https://a/Observation/8", culture("Specimen/9", "8")),
                         entry("https://a/Observation/9", culture("#s", "9"))}));
  EXPECT_EQ(linked(record),
            "Observation/1 of Specimen/1, Observation/2 of Specimen/1, "
            "Observation/3 of Specimen/1, Observation/4 of Specimen/1, "
            "Observation/5 of Specimen/1, Observation/6 of https://a/Specimen/1, "
            "Observation/7 of https://c/Specimen/1.elsewhere, Observation/8 of Specimen/9, "
            "Observation/9 of #s");
}

TEST(Versions, OnTwoServersTypeAndIdMayBeSomethingElse) {
  EXPECT_EQ(
      linked(parsed(bundle_of_entries({entry("https://a/Specimen/1", specimen("blood")),
                                       entry("https://b/Observation/1", culture("Specimen/1"))}))),
      "Observation/1 of Specimen/1.elsewhere");
}

TEST(Versions, AnAddressOfAnotherIdLeadsToTheIdThatStandsThere) {
  for (const std::string url : {"https://a/Specimen/5", "Specimen/5"}) {
    EXPECT_EQ(linked(parsed(bundle_of_entries({entry(url, specimen("blood")),
                                               entry("https://a/Observation/1", culture(url))}))),
              "Observation/1 of Specimen/1");
  }
}

TEST(Versions, ReferencesAreWrittenAnewWhereverTheyStand) {
  constexpr std::string_view kFar = R"({"reference":"Specimen/1/_history/2"})";
  const auto observation = [&](std::string_view before, std::string_view after) {
    return R"({"resourceType":"Observation","id":"1","status":"final",)" + std::string(before) +
           std::string(kFar) + std::string(after) + "}";
  };
  for (const auto& [before, after] :
       {std::pair(R"("extension":[{"url":"u","valueReference":)", "}]"),
        std::pair(R"("hasMember":[{"reference":"Observation/2"},)", "]"),
        std::pair(R"("contained":[{"resourceType":"Observation","id":"c","specimen":)", "}]"),
        std::pair(R"("subject":{"extension":[{"url":"u","valueReference":)", "}]}"),
        std::pair(R"("notOfR4":)", ""), std::pair(R"("notOfR4":{"reference":[)", "]}")}) {
    const Record record =
        parsed(bundle_of_entries({entry("https://a/Specimen/1", specimen("blood")),
                                  entry("https://a/Observation/1", observation(before, after))}));
    std::string found;
    const auto look = [&](const auto& self, const Node& node) -> void {
      for (const Node& child : node.items()) {
        if (child.str().find("Specimen") != std::string_view::npos) found += child.str();
        self(self, child);
      }
    };
    look(look, *record.of_type(type_id("Observation"))[0].node);
    EXPECT_EQ(found, "Specimen/1") << before;
  }
}

TEST(Versions, OneResultSentToTwoServersIsOne) {
  const Record record =
      parsed(bundle_of_entries({entry("https://a/Specimen/1", specimen("blood")),
                                entry("https://b/Specimen/1", specimen("blood")),
                                entry("https://a/Observation/1", culture("Specimen/1")),
                                entry("https://b/Observation/1", culture("Specimen/1"))}));
  EXPECT_EQ(linked(record), "Observation/1 of Specimen/1");
  EXPECT_TRUE(says(record, "Observation/1", "read once"));
}

TEST(Versions, AnAddressWithItsVersionIsTheSameAddress) {
  const Record record = parsed(
      bundle_of_entries({entry("https://a/Observation/a/_history/1", version("a", "", "1")),
                         entry("https://a/Observation/a/_history/2", version("a", "", "2"))}));
  ASSERT_EQ(record.resources().size(), 1u);
  EXPECT_EQ(record.resources()[0].node->find(name_id("valueInteger"))->str(), "2");
  EXPECT_TRUE(says(record, "Observation/a", "older version"));
}

TEST(Versions, AnAddressWithoutAnIdGivesOne) {
  const Record record =
      parsed(bundle_of_entries({entry("urn:uuid:0c31", specimen("blood", "")),
                                entry("urn:uuid:0c32", specimen("disc", R"("id":"s7",)")),
                                entry("urn:uuid:0c33", culture("urn:uuid:0c31")),
                                entry("urn:uuid:0c34", culture("urn:uuid:0c32", "2"))}));
  EXPECT_EQ(linked(record), "Observation/1 of urn:uuid:0c31, Observation/2 of Specimen/s7");
  EXPECT_EQ(record.of_type(type_id("Specimen"))[0].reference(), "Specimen/0c31");
}

TEST(Versions, DeletedIsNoFact) {
  const auto history = [](std::string_view observed, std::string_view deletion) {
    return std::string(R"({"resourceType":"Bundle","type":"history","entry":[{"resource":)") +
           patient_p1() + R"(},{"resource":)" + std::string(observed) + "}," +
           std::string(deletion) + "]}";
  };
  const std::string deletion =
      R"({"request":{"method":"DELETE","url":"Observation/a"},)"
      R"("response":{"status":"204","lastModified":"2025-01-02T00:00:00Z"}})";
  const Record gone =
      parsed(history(version("a", R"("lastUpdated":"2025-01-01T00:00:00Z")", "1"), deletion));
  EXPECT_EQ(references(gone.resources()), "Patient/p1");
  EXPECT_TRUE(says(gone, "Observation/a", "deleted"));
  EXPECT_EQ(references(parsed(history(version("a", "", "1"), deletion)).resources()), "Patient/p1");
  const Record back =
      parsed(history(version("a", R"("lastUpdated":"2025-01-03T00:00:00Z")", "1"), deletion));
  EXPECT_EQ(references(back.resources()), "Patient/p1 Observation/a");
  const Record other = parsed(history(version("b", "", "1"), deletion));
  EXPECT_EQ(references(other.resources()), "Patient/p1 Observation/b");
}

// --- one person ----------------------------------------------------------------------------------

// A resource of `type` that names its person by `reference` in `member`.
std::string about(std::string_view reference, std::string_view member = "subject",
                  std::string_view type = "Observation") {
  return R"({"resourceType":")" + std::string(type) + R"(","id":"x","status":"final",")" +
         std::string(member) + R"(":{"reference":")" + std::string(reference) + R"("}})";
}

std::string other_patient() { return R"({"resourceType":"Patient","id":"p2"})"; }

TEST(OnePerson, TwoAreRefusedAndNamed) {
  struct Row {
    std::string json;
    std::string resource;
    std::string path;
    std::string says;
  };
  const std::string p1 = patient_p1();
  const Row rows[] = {
      {bundle_of({p1, other_patient()}), "Patient/p2", "Patient.id", "Patient/p1 and Patient/p2"},
      {p1 + "\n" + other_patient(), "Patient/p2", "Patient.id", "Patient/p1"},
      {bundle_of({bundle_of({p1}), bundle_of({other_patient()})}), "Patient/p2", "Patient.id",
       "Patient/p1"},
      {bundle_of({p1, R"({"resourceType":"Patient","id":"p1","birthDate":"1999-01-01"})"}),
       "Patient/p1", "Patient.id", "different content"},
      {bundle_of({R"({"resourceType":"Patient"})", R"({"resourceType":"Patient"})"}), "Patient#2",
       "Patient.id", "Patient#1 and Patient#2"},
      {bundle_of({p1, about("Patient/p2")}), "Observation/x", "Observation.subject.reference",
       "about 'Patient/p2', the record holds Patient/p1"},
      {bundle_of({p1, about("http://host/fhir/Patient/p2")}), "Observation/x",
       "Observation.subject.reference", "Patient/p2"},
      {bundle_of({p1, about("urn:uuid:0c3151bd")}), "Observation/x",
       "Observation.subject.reference", "urn:uuid:0c3151bd"},
      {bundle_of({p1, about("Patient/p2", "patient", "AllergyIntolerance")}),
       "AllergyIntolerance/x", "AllergyIntolerance.patient.reference", "Patient/p2"},
      {bundle_of({p1, about("Patient/p2", "for", "Task")}), "Task/x", "Task.for.reference",
       "Patient/p2"},
      {bundle_of({p1, about("Patient/p2", "beneficiary", "Coverage")}), "Coverage/x",
       "Coverage.beneficiary.reference", "Patient/p2"},
      {bundle_of({p1, R"({"resourceType":"Account","id":"x","subject":[{"reference":"Patient/p1"},)"
                      R"({"reference":"Patient/p2"}]})"}),
       "Account/x", "Account.subject.reference", "Patient/p2"},
      {bundle_of({p1, about("Patient?identifier=http://h|77")}), "Observation/x",
       "Observation.subject.reference", "identifier=http://h|77"},
      {bundle_of({about("Patient/p1"), observation("y", R"("id":"y")").substr(0, 0) +
                                           about("Patient/p2", "patient", "Immunization")}),
       "Immunization/x", "Immunization.patient.reference", "Observation/x about 'p1'"},
      {bundle_of({p1, R"({"resourceType":"Observation","id":"x","contained":[)" +
                          about("Patient/p2", "subject", "Specimen") + "]}"}),
       "Observation/x#x", "Specimen.subject.reference", "Patient/p2"},
      {bundle_of({R"({"resourceType":"Patient","id":"p1","birthDate":"1960-02-20"})",
                  R"({"resourceType":"Observation","id":"x","subject":{"reference":"#z"},)"
                  R"("contained":[{"resourceType":"Patient","id":"z","birthDate":"1990"}]})"}),
       "Observation/x", "Observation.subject.reference", "another day"},
  };
  // Of two servers, or of two identifiers of one system.
  const auto by_identifier = [](const char* system, const char* value, const char* id = "x") {
    return R"({"resourceType":"Observation","id":")" + std::string(id) +
           R"(","subject":{"identifier":{"system":")" + system + R"(","value":")" + value +
           R"("}}})";
  };
  const std::string known =
      R"({"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:mrn","value":"A"}]})";
  const Row more[] = {
      {bundle_of_entries({entry("https://a/Patient/p1", p1),
                          entry("https://a/Observation/x", about("https://b/Patient/p1"))}),
       "Observation/x", "Observation.subject.reference", "https://b/Patient/p1"},
      {bundle_of_entries({entry("https://a/Patient/p1", p1),
                          entry("https://b/Observation/x", about("Patient/p1"))}),
       "Observation/x", "Observation.subject.reference", "Patient/p1"},
      {bundle_of({about("https://a/Patient/p1"),
                  about("https://b/Patient/p1", "patient", "Immunization")}),
       "Immunization/x", "Immunization.patient.reference", "https://b/Patient/p1"},
      {bundle_of({by_identifier("urn:mrn", "A", "y"), by_identifier("urn:mrn", "B")}),
       "Observation/x", "Observation.subject.identifier", "Observation/y is about 'A'"},
      {bundle_of({known, by_identifier("urn:mrn", "B")}), "Observation/x",
       "Observation.subject.identifier", "not one of Patient/p1"},
  };
  std::vector<Row> all(std::begin(rows), std::end(rows));
  all.insert(all.end(), std::begin(more), std::end(more));
  for (const auto& row : all) {
    const auto record = Record::parse(row.json, "in.json");
    ASSERT_FALSE(record) << row.json;
    EXPECT_EQ(record.error().code, base::ErrorCode::kTwoPatients) << row.json;
    EXPECT_EQ(record.error().resource, row.resource) << row.json;
    EXPECT_EQ(record.error().path, row.path) << row.json;
    EXPECT_NE(record.error().message.find(row.says), std::string::npos) << record.error().message;
  }
}

TEST(OnePerson, ManyWaysToNameTheSame) {
  const auto with_url = [](std::string_view url, std::string_view resource) {
    return R"({"resourceType":"Bundle","entry":[{"fullUrl":")" + std::string(url) +
           R"(","resource":)" + patient_p1() + R"(},{"resource":)" + std::string(resource) + "}]}";
  };
  const auto with_identifier = [](const char* system, const char* value, const char* id = "x") {
    return R"({"resourceType":"Observation","id":")" + std::string(id) +
           R"(","subject":{"identifier":{"system":")" + system + R"(","value":")" + value +
           R"("}}})";
  };
  const std::string p1 = patient_p1();
  const std::string group = R"({"resourceType":"Group","id":"g"})";
  const std::string rows[] = {
      bundle_of({p1, p1}),
      bundle_of({p1, about("Patient/p1")}),
      bundle_of({p1, about("Patient/p1/_history/4")}),
      bundle_of({p1, about("https://host/fhir/Patient/p1")}),
      bundle_of({p1, about("https://host/fhir/Patient/p1/_history/4")}),
      bundle_of({p1, about("p1")}),
      bundle_of({p1, about("urn:uuid:p1")}),
      bundle_of({p1, about("")}),
      bundle_of({p1, about("#me")}),
      bundle_of({p1, group, about("Group/g")}),
      bundle_of({p1, about("Group/elsewhere")}),
      bundle_of({p1, about("RelatedPerson/r")}),
      bundle_of({p1, about("https://host/fhir/Device/d")}),
      bundle_of({p1, R"({"resourceType":"Observation","subject":{"reference":"urn:uuid:7",)"
                     R"("type":"Group"}})"}),
      bundle_of({p1, R"({"resourceType":"Observation","performer":[{"reference":"Patient/p2"}]})"}),
      bundle_of({p1, R"({"resourceType":"Observation","subject":{"display":"me"}})"}),
      with_url("urn:uuid:0c3151bd", about("urn:uuid:0c3151bd")),
      with_url("http://host/fhir/Patient/77", about("http://host/fhir/Patient/77")),
      with_url("http://host/fhir/Patient/77", about("Patient/77")),
      bundle_of({R"({"resourceType":"Patient","identifier":[{"system":"http://h","value":"77"}]})",
                 about("Patient?identifier=http://h|77")}),
      bundle_of({about("Patient/p1"), about("https://host/Patient/p1", "patient", "Immunization")}),
      bundle_of_entries({entry("http://a/Patient/p1", p1),
                         entry("https://a/Observation/x", about("https://a/Patient/p1"))}),
      bundle_of_entries({entry("https://a/Patient/p1", p1), entry("https://b/Patient/p1", p1),
                         entry("https://b/Observation/x", about("Patient/p1"))}),
      bundle_of_entries({entry("urn:uuid:7", p1), entry("urn:uuid:8", about("Patient/p1"))}),
      bundle_of({with_identifier("urn:mrn", "A"), with_identifier("urn:mrn", "A", "y"),
                 with_identifier("urn:other", "B", "z")}),
      bundle_of({R"({"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"A"},)"
                 R"({"system":"urn:mrn","value":"B"}]})",
                 with_identifier("urn:mrn", "A"), with_identifier("urn:mrn", "B", "y"),
                 with_identifier("urn:insurance", "C", "z")}),
      // a Patient without id or URL cannot be compared; the others still must agree
      bundle_of({R"({"resourceType":"Patient"})", about("Patient/p1"),
                 about("Patient/p1", "patient", "Immunization")}),
  };
  for (const auto& row : rows) {
    const auto record = Record::parse(row, "in.json");
    EXPECT_TRUE(record) << row << "\n" << (record ? "" : record.error().to_string());
  }
}

// --- references ----------------------------------------------------------------------------------

TEST(Resolve, AllSpellings) {
  const Record record = parsed(
      R"({"resourceType":"Bundle","entry":[)"
      R"({"fullUrl":"http://host/fhir/Patient/p1","resource":)" +
      patient_p1() + "}," + R"({"fullUrl":"urn:uuid:42","resource":{"resourceType":"Specimen"}},)" +
      R"({"resource":{"resourceType":"MedicationRequest","id":"m1","contained":[)"
      R"({"resourceType":"Medication","id":"d"},{"resourceType":"Substance","id":"s"}]}},)"
      R"({"resource":{"resourceType":"MedicationRequest","id":"m2","contained":[)"
      R"({"resourceType":"Medication","id":"d"}]}}]})");
  const auto found = [&](std::string_view reference, const Resource* from = nullptr) {
    const Resource* resource = record.resolve(reference, from);
    return resource == nullptr ? std::string() : resource->reference();
  };
  const auto requests = record.of_type(type_id("MedicationRequest"));
  EXPECT_EQ(found("Patient/p1"), "Patient/p1");
  EXPECT_EQ(found("Patient/p1/_history/2"), "Patient/p1");
  EXPECT_EQ(found("http://host/fhir/Patient/p1"), "Patient/p1");
  EXPECT_EQ(found("https://host/fhir/Patient/p1/_history/1"), "Patient/p1");
  // FHIR: an absolute address means what is at that address, not what has the same id elsewhere.
  EXPECT_EQ(found("https://elsewhere/Patient/p1/_history/1"), "");
  EXPECT_EQ(found("https://elsewhere/MedicationRequest/m1"), "MedicationRequest/m1");
  EXPECT_EQ(found("urn:uuid:42"), "Specimen/42");  // without an id of its own, its address names it
  EXPECT_EQ(found("#d", &requests[0]), "MedicationRequest/m1#d");
  EXPECT_EQ(found("#d", &requests[1]), "MedicationRequest/m2#d");
  EXPECT_EQ(found("#", &requests[0]), "MedicationRequest/m1");
  EXPECT_EQ(found("#d", record.resolve("#s", &requests[0])), "MedicationRequest/m1#d");
  EXPECT_EQ(found("#", record.resolve("#s", &requests[0])), "MedicationRequest/m1");
  for (const char* none : {"", "#d", "/", "p1", "Patient/", "Patient/p2", "Medication/d",
                           "urn:uuid:43", "/p1", "Nonsense/p1"}) {
    EXPECT_EQ(found(none), "") << none;
  }
  EXPECT_EQ(found("#none", &requests[0]), "");
}

// --- when, known_at, label -----------------------------------------------------------------------

TEST(Describe, WhenAndKnownAt) {
  struct Row {
    const char* json;  // members
    const char* type;
    const char* when;
    const char* known;
  };
  const Row rows[] = {
      {R"("effectiveDateTime":"2025-03-04","issued":"2025-03-05T10:00:00Z")", "Observation",
       "2025-03-04", "2025-03-05T10:00:00Z"},
      {R"("effectivePeriod":{"start":"2025-03-04","end":"2025-03-06"})", "Observation",
       "2025-03-04", "2025-03-04"},
      {R"("effectivePeriod":{"end":"2025-03-06"})", "Observation", "2025-03-06", "2025-03-06"},
      {R"("issued":"2025-03-05T10:00:00Z")", "Observation", "2025-03-05T10:00:00Z",
       "2025-03-05T10:00:00Z"},
      {R"("effectiveTiming":{"event":["2025-03-04"]})", "Observation", "2025-03-04", "2025-03-04"},
      {R"("onsetDateTime":"2025-02","recordedDate":"2025-03-05")", "Condition", "2025-02",
       "2025-03-05"},
      {R"("onsetString":"last week","recordedDate":"2025-03-05")", "Condition", "2025-03-05",
       "2025-03-05"},
      {R"("performedPeriod":{"start":"2025-03-04T10:00:00+01:00"})", "Procedure",
       "2025-03-04T10:00:00+01:00", "2025-03-04T10:00:00+01:00"},
      {R"("occurrenceDateTime":"2025-03-09","authoredOn":"2025-03-04")", "ServiceRequest",
       "2025-03-09", "2025-03-04"},
      {R"("authoredOn":"2025-03-04")", "MedicationRequest", "2025-03-04", "2025-03-04"},
      {R"("effectiveDateTime":"2025-03-01","dateAsserted":"2025-03-04")", "MedicationStatement",
       "2025-03-01", "2025-03-04"},
      {R"("collection":{"collectedDateTime":"2025-03-04"},"receivedTime":"2025-03-05")", "Specimen",
       "2025-03-04", "2025-03-05"},
      {R"("started":"2025-03-04")", "ImagingStudy", "2025-03-04", "2025-03-04"},
      {R"("period":{"start":"2025-03-04"})", "Encounter", "2025-03-04", "2025-03-04"},
      {R"("birthDate":"1961-05-02")", "Patient", "", ""},
      {"", "Observation", "", ""},
  };
  const auto written = [](const std::optional<base::DateTime>& at) {
    return at ? base::format_date_time(*at) : std::string();
  };
  for (const auto& row : rows) {
    const std::string members = *row.json == '\0' ? "" : "," + std::string(row.json);
    const Record record =
        parsed(R"({"resourceType":")" + std::string(row.type) + R"(","id":"x")" + members + "}");
    EXPECT_EQ(written(when(record.resources()[0])), row.when) << row.json;
    EXPECT_EQ(written(known_at(record.resources()[0])), row.known) << row.json;
  }
}

TEST(Describe, Labels) {
  struct Row {
    const char* json;  // members
    const char* type;
    const char* expected;
  };
  const Row rows[] = {
      {R"("code":{"text":"C reactive protein"},"valueQuantity":{"value":148,"unit":"mg/L"})",
       "Observation", "C reactive protein 148 mg/L"},
      {R"("code":{"text":"CRP"},"valueQuantity":{"comparator":"<","value":5.0,"code":"mg/L"})",
       "Observation", "CRP <5.0 mg/L"},
      {R"("code":{"text":"INR"},"valueQuantity":{"value":1.1,"code":"1"})", "Observation",
       "INR 1.1"},
      {R"("code":{"coding":[{"code":"600-7","display":"Blood culture"}]},)"
       R"("valueCodeableConcept":{"text":"Staphylococcus aureus"})",
       "Observation", "Blood culture: Staphylococcus aureus"},
      {R"("code":{"coding":[{"code":"600-7"}]},"valueString":"no growth")", "Observation",
       "600-7: no growth"},
      {R"("code":{"coding":[{"code":"1"},{"code":"2","display":"two"}]},"valueBoolean":true)",
       "Observation", "two: true"},
      {R"("code":{"text":"Score"},"valueInteger":3)", "Observation", "Score 3"},
      {R"("code":{"text":"a\nb\u001b[2J"})", "Observation", "a b [2J"},
      {R"("code":{"text":""},"valueQuantity":{"unit":"mg"})", "Observation", "Observation"},
      {R"("medicationCodeableConcept":{"text":"Flucloxacillin"})", "MedicationRequest",
       "Flucloxacillin"},
      {R"("medicationReference":{"reference":"Medication/1","display":"Cefazolin"})",
       "MedicationRequest", "Cefazolin"},
      {R"("medicationReference":{"reference":"#d"},"contained":[{"resourceType":"Medication",)"
       R"("id":"d","code":{"text":"Rifampicin"}}])",
       "MedicationRequest", "Rifampicin"},
      {R"("vaccineCode":{"text":"Influenza"})", "Immunization", "Influenza"},
      {R"("class":{"code":"IMP","display":"inpatient"})", "Encounter", "inpatient"},
      {R"("description":"MRI lumbar spine")", "ImagingStudy", "MRI lumbar spine"},
      {R"("name":[{"family":"Nobody"}])", "Patient", "Patient"},
  };
  for (const auto& row : rows) {
    const Record record =
        parsed(R"({"resourceType":")" + std::string(row.type) + R"(","id":"x",)" + row.json + "}");
    EXPECT_EQ(label(record.resources()[0]), row.expected);
  }
}

// --- in time, and with more ----------------------------------------------------------------------

TEST(AsKnownAt, HidesWhatCameLater) {
  const Record record = parsed(bundle_of(
      {patient_p1(), observation("early", R"("issued":"2025-03-04T08:00:00Z")"),
       observation("day", R"("effectiveDateTime":"2025-03-04")"),
       observation("late", R"("issued":"2025-03-04T12:00:00Z","contained":[)"
                           R"({"resourceType":"Specimen","id":"s"}])"),
       observation("early2",
                   R"("issued":"2025-03-04T09:00:00Z","contained":[)"
                   R"({"resourceType":"Specimen","id":"s","receivedTime":"2026-01-01"}])"),
       observation("undated", "")}));
  const auto at = base::parse_date_time("2025-03-04T10:00:00Z");
  const Record then = record.as_known_at(*at, 0);
  EXPECT_EQ(references(then.resources()),
            "Patient/p1 Observation/early Observation/day Observation/early2 "
            "Observation/early2#s Observation/undated");
  EXPECT_EQ(references(then.of_type(type_id("Observation"))),
            "Observation/early Observation/day Observation/early2 Observation/undated");
  EXPECT_EQ(then.resolve("Observation/late"), nullptr);
  EXPECT_EQ(then.patient()->reference(), "Patient/p1");
  EXPECT_EQ(record.resources().size(), 8u);
}

// Drawn on Monday, issued on Wednesday: on Tuesday it is awaited.
TEST(AsKnownAt, KeepsWhatWasDoneWithoutItsResult) {
  const std::string day = R"("effectiveDateTime":"2025-03-03T08:00:00Z",)";
  const Record record = parsed(bundle_of(
      {patient_p1(),
       observation("culture", day + R"("issued":"2025-03-05T08:00:00Z","valueString":"MRSA",)"
                                    R"("specimen":{"display":"blood"},"note":[{"text":"late"}],)"
                                    R"("component":[{"code":{"text":"x"},"valueInteger":1}],)"
                                    R"("_valueString":{"id":"v"},"unheardOf":1)"),
       R"({"resourceType":"DiagnosticReport","id":"mri","status":"final","code":{"text":"MRI"},)" +
           day + R"("issued":"2025-03-05T08:00:00Z","conclusion":"abscess"})",
       R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"},)"
       R"("onsetDateTime":"2025-03-03","recordedDate":"2025-03-05"})",
       observation("later", R"("issued":"2025-03-05T08:00:00Z","valueString":"MRSA")"),
       observation("next", R"("effectiveDateTime":"2025-03-04T12:00:00Z","valueString":"MRSA")")}));
  const Record then = record.as_known_at(*base::parse_date_time("2025-03-04T10:00:00Z"), 0);
  EXPECT_EQ(references(then.resources()), "Patient/p1 Observation/culture DiagnosticReport/mri");
  const auto names = [](const Resource& resource) {
    std::string out;
    for (const Node& member : resource.node->items()) {
      out += (out.empty() ? "" : " ") + std::string(name_text(member.name));
    }
    return out;
  };
  const Resource& culture = then.resources()[1];
  EXPECT_EQ(names(culture), "resourceType id subject code effectiveDateTime specimen status");
  EXPECT_EQ(culture.node->find(name_id("status"))->str(), "registered");
  EXPECT_EQ(then.resource_of(culture.node), &culture);
  EXPECT_EQ(when(culture), when(record.resources()[1]));
  EXPECT_EQ(then.resources()[2].node->find(name_id("conclusion")), nullptr);
  EXPECT_EQ(record.resources()[1].node->find(name_id("status"))->str(), "final");
  const Record all = record.as_known_at(*base::parse_date_time("2025-03-05T08:00:00Z"), 0);
  EXPECT_EQ(all.resources().size(), 6u);
  EXPECT_EQ(all.resources()[1].node, record.resources()[1].node);
}

TEST(With, AddsDerivedFacts) {
  const Record record = parsed(bundle_of({patient_p1(), observation("o1", "")}));
  const std::vector<std::string> extra = {
      observation("derived-1", R"("derivedFrom":[{"reference":"Observation/o1"}])"),
      R"({"resourceType":"Observation","status":"final"})"};
  const auto more = record.with(extra);
  ASSERT_TRUE(more) << more.error().to_string();
  EXPECT_EQ(references(more->resources()),
            "Patient/p1 Observation/o1 Observation/derived-1 Observation#4");
  EXPECT_EQ(more->resolve("Observation/derived-1"), &more->resources()[2]);
  EXPECT_EQ(more->of_type(type_id("Observation")).size(), 3u);
  EXPECT_EQ(more->patient(), &more->resources()[0]);
  EXPECT_EQ(record.resources().size(), 2u);
  EXPECT_EQ(more->resources()[1].node, record.resources()[1].node);

  const std::vector<std::string> wrong = {"{}"};
  EXPECT_EQ(record.with(wrong).error().code, base::ErrorCode::kNotFhir);
  const std::vector<std::string> impossible = {observation("d", R"("issued":"2025-02-30")")};
  EXPECT_EQ(record.with(impossible).error().code, base::ErrorCode::kBadDate);
}

TEST(With, OutlivesTheRecordItCameFrom) {
  auto record = std::make_unique<Record>(parsed(bundle_of({patient_p1(), observation("o1", "")})));
  const std::vector<std::string> extra = {observation("o2", "")};
  const auto more = record->with(extra);
  ASSERT_TRUE(more);
  const Record then = more->as_known_at(*base::parse_date_time("2030"), 0);
  record.reset();
  EXPECT_EQ(references(then.resources()), "Patient/p1 Observation/o1 Observation/o2");
}

// --- size and order ------------------------------------------------------------------------------

// What a record holds, whatever the order it came in.
std::vector<std::string> holdings(const Record& record) {
  std::vector<std::string> out;
  for (const auto& resource : record.resources()) {
    const auto at = when(resource);
    const auto known = known_at(resource);
    out.push_back(resource.reference() + " " + label(resource) + " " +
                  (at ? base::format_date_time(*at) : "") + " " +
                  (known ? base::format_date_time(*known) : ""));
  }
  for (const auto& issue : record.issues()) {
    out.push_back(issue.resource + " " + issue.path + ": " + issue.message);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Order, OfEntriesDecidesNothing) {
  auto entries = made_up_record(1000);
  entries.push_back(version("v", R"("versionId":"1")", "1"));
  entries.push_back(version("v", R"("versionId":"2")", "2"));
  entries.push_back(version("v", R"("versionId":"3")", "2", "entered-in-error"));
  entries.push_back(observation("odd", R"("colour":1)"));
  const Record record = parsed(bundle_of(entries));
  EXPECT_EQ(record.resources().size(), 1002u);
  EXPECT_EQ(record.of_type(type_id("Observation")).size(), 401u);
  EXPECT_EQ(record.issues().size(), 4u);
  const auto expected = holdings(record);
  std::uint64_t state = 1;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = entries.size() - 1; i > 0; --i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      std::swap(entries[i], entries[(state >> 33) % (i + 1)]);
    }
    EXPECT_EQ(holdings(parsed(bundle_of(entries, "searchset"))), expected);
  }
  std::string lines;
  for (const auto& entry : entries) lines += entry + "\n";
  EXPECT_EQ(holdings(parsed(lines)), expected);
}

TEST(Order, TheSameBytesGiveTheSameRecord) {
  const std::string json = bundle_of(made_up_record(1000));
  EXPECT_EQ(holdings(parsed(json)), holdings(parsed(json)));
}

}  // namespace
}  // namespace nidus::fhir
