// SPDX-License-Identifier: Apache-2.0
//
// Hostile and sloppy FHIR: what is refused, with resource and path; what is kept, with its issue.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "fhir/bundles.h"
#include "fhir/record.h"

namespace nidus::fhir {
namespace {

using base::ErrorCode;

// One observation of the patient beside the Patient.
std::string with_observation(std::string_view members) {
  return bundle_of({patient_p1(), observation("o1", members)});
}

std::string with_resource(std::string_view json) {
  return bundle_of({patient_p1(), std::string(json)});
}

struct Refusal {
  std::string json;
  ErrorCode code;
  std::string resource;
  std::string path;
  std::string says;
};

void expect_refused(const Refusal& row) {
  const auto record = Record::parse(row.json, "in.json");
  ASSERT_FALSE(record) << row.json;
  EXPECT_EQ(record.error().code, row.code) << row.json;
  EXPECT_EQ(record.error().resource, row.resource) << row.json;
  EXPECT_EQ(record.error().path, row.path) << row.json;
  EXPECT_NE(record.error().to_string().find(row.says), std::string::npos)
      << row.json << "\n"
      << record.error().to_string();
  EXPECT_FALSE(record.error().expected.empty()) << row.json;
}

TEST(Refuse, WhatIsNotFhir) {
  const Refusal rows[] = {
      {"{}", ErrorCode::kNotFhir, "in.json", "line 1, column 1", "without a resourceType"},
      {R"({"resourceType":5})", ErrorCode::kNotFhir, "in.json", "line 1, column 1",
       "without a resourceType"},
      {patient_p1() + "\n\n{\"id\":\"x\"}", ErrorCode::kNotFhir, "in.json", "line 3, column 1",
       "without a resourceType"},
      {R"({"resourceType":"Pateint"})", ErrorCode::kNotFhir, "in.json",
       "line 1, column 1.resourceType", "'Pateint' is no FHIR R4 resource"},
      {R"({"resourceType":"Quantity"})", ErrorCode::kNotFhir, "in.json",
       "line 1, column 1.resourceType", "'Quantity'"},
      {R"({"resourceType":"DomainResource"})", ErrorCode::kNotFhir, "in.json",
       "line 1, column 1.resourceType", "'DomainResource'"},
      {with_resource(R"({"resourceType":"Obs","id":"o"})"), ErrorCode::kNotFhir, "in.json",
       "Bundle.entry[1].resource.resourceType", "'Obs'"},
      {with_resource("{}"), ErrorCode::kNotFhir, "in.json", "Bundle.entry[1].resource",
       "without a resourceType"},
      {with_resource("[]"), ErrorCode::kBadValue, "in.json", "Bundle.entry[1].resource",
       "a resource is an object"},
      {R"({"resourceType":"Bundle","entry":{}})", ErrorCode::kBadValue, "in.json", "Bundle.entry",
       "one value, where FHIR has a list"},
      {R"({"resourceType":"Bundle","entry":["x"]})", ErrorCode::kBadValue, "in.json",
       "Bundle.entry[0]", "not an object"},
      {R"({"resourceType":"Bundle","type":["x"]})", ErrorCode::kBadValue, "in.json", "Bundle.type",
       "a list, where FHIR has one value"},
      {with_observation(R"("contained":[{"resourceType":"Pill"}])"), ErrorCode::kNotFhir,
       "Observation/o1", "Observation.contained[0]", "not a FHIR R4 resource"},
      // a Bundle in a Bundle
      {bundle_of({bundle_of({patient_p1(), "{}"})}), ErrorCode::kNotFhir, "in.json",
       "Bundle.entry[1].resource", "without a resourceType"},
  };
  for (const auto& row : rows) expect_refused(row);
}

TEST(Refuse, NobodyInTheInput) {
  const Refusal rows[] = {
      {R"({"resourceType":"Bundle"})", ErrorCode::kNoPatient, "in.json", "", "no resource"},
      {R"({"resourceType":"Bundle","entry":[]})", ErrorCode::kNoPatient, "in.json", "",
       "no resource"},
      {R"({"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Patient/p1"}}]})",
       ErrorCode::kNoPatient, "in.json", "", "no resource"},
      {R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login",)"
       R"("diagnostics":"token expired"}]})",
       ErrorCode::kNoPatient, "in.json", "", "token expired"},
  };
  for (const auto& row : rows) expect_refused(row);
}

TEST(Refuse, ValuesThatTheirTypeDoesNotAllow) {
  struct Row {
    const char* members;  // of an Observation
    ErrorCode code;
    const char* path;
    const char* says;
  };
  const Row rows[] = {
      {R"("issued":{"x":1})", ErrorCode::kBadDate, "Observation.issued", "an object"},
      {R"("valueString":5)", ErrorCode::kBadValue, "Observation.valueString", "'5' is not a text"},
      {R"("valueString":["a"])", ErrorCode::kBadValue, "Observation.valueString", "a list"},
      {R"("valueBoolean":"true")", ErrorCode::kBadValue, "Observation.valueBoolean",
       "'true' is not a boolean"},
      {R"("valueBoolean":1)", ErrorCode::kBadValue, "Observation.valueBoolean", "true or false"},
      {R"("valueInteger":1.5)", ErrorCode::kBadValue, "Observation.valueInteger", "'1.5'"},
      {R"("valueInteger":1.0)", ErrorCode::kBadValue, "Observation.valueInteger", "'1.0'"},
      {R"("valueInteger":2147483648)", ErrorCode::kBadValue, "Observation.valueInteger",
       "2147483647"},
      {R"("valueInteger":99999999999999999999999)", ErrorCode::kBadValue,
       "Observation.valueInteger", "integer"},
      {R"("valueInteger":"5")", ErrorCode::kBadValue, "Observation.valueInteger", "'5'"},
      {R"("valueQuantity":5)", ErrorCode::kBadValue, "Observation.valueQuantity", "not an object"},
      {R"("valueQuantity":{"value":"148"})", ErrorCode::kBadValue,
       "Observation.valueQuantity.value", "'148' is not a possible decimal"},
      {R"("valueQuantity":{"value":1e400})", ErrorCode::kBadValue,
       "Observation.valueQuantity.value", "'1e400'"},
      {R"("valueQuantity":{"value":12345678901234567890123456789})", ErrorCode::kBadValue,
       "Observation.valueQuantity.value", "28 digits"},
      {R"("component":{"code":{}})", ErrorCode::kBadValue, "Observation.component",
       "one value, where FHIR has a list"},
      {R"("component":[{"code":{}},{"valueQuantity":{"value":true}}])", ErrorCode::kBadValue,
       "Observation.component[1].valueQuantity.value", "'true'"},
      {R"("component":[null])", ErrorCode::kBadValue, "Observation.component[0]", "not an object"},
      {R"("component":[{"referenceRange":[{"low":{"value":"x"}}]}])", ErrorCode::kBadValue,
       "Observation.component[0].referenceRange[0].low.value", "'x'"},
      {R"("bodySite":"L4")", ErrorCode::kBadValue, "Observation.bodySite", "not an object"},
      {R"("category":[{"coding":[{"code":5}]}])", ErrorCode::kBadValue,
       "Observation.category[0].coding[0].code", "'5' is not a text"},
      {R"("valueString":"a","valueInteger":5)", ErrorCode::kBadValue, "Observation.valueInteger",
       "beside valueString"},
      {R"("_issued":"x")", ErrorCode::kBadValue, "Observation._issued", "extensions"},
      {R"("extension":[{"url":"http://x","valueDecimal":"1"}])", ErrorCode::kBadValue,
       "Observation.extension[0].valueDecimal", "'1'"},
      {R"("_issued":{"extension":[{"url":"http://x","valueInteger":"1"}]})", ErrorCode::kBadValue,
       "Observation._issued.extension[0].valueInteger", "'1'"},
      {R"("contained":[{"resourceType":"Medication","id":"m","status":5}])", ErrorCode::kBadValue,
       "Observation.contained[0].status", "'5'"},
      // dates
      {R"("effectiveDateTime":"2025-02-30")", ErrorCode::kBadDate, "Observation.effectiveDateTime",
       "'2025-02-30' is not a possible date"},
      {R"("effectiveDateTime":"2023-02-29")", ErrorCode::kBadDate, "Observation.effectiveDateTime",
       "2023-02-29"},
      {R"("effectiveDateTime":"2025-13")", ErrorCode::kBadDate, "Observation.effectiveDateTime",
       "2025-13"},
      {R"("effectiveDateTime":"04.03.2025")", ErrorCode::kBadDate, "Observation.effectiveDateTime",
       "expected 2025"},
      {R"("effectiveDateTime":"2025-03-04T25:00:00Z")", ErrorCode::kBadDate,
       "Observation.effectiveDateTime", "T25"},
      {R"("effectiveDateTime":"2025-03-04T10Z")", ErrorCode::kBadDate,
       "Observation.effectiveDateTime", "T10Z"},
      {R"("effectiveDateTime":"2025-03-04T10:00:00+15:00")", ErrorCode::kBadDate,
       "Observation.effectiveDateTime", "+15:00"},
      {R"("effectiveDateTime":"")", ErrorCode::kBadDate, "Observation.effectiveDateTime", "''"},
      {R"("effectiveDateTime":20250304)", ErrorCode::kBadDate, "Observation.effectiveDateTime",
       "'20250304'"},
      {R"("effectivePeriod":{"start":"2025-03-04","end":"2025-03-32"})", ErrorCode::kBadDate,
       "Observation.effectivePeriod.end", "2025-03-32"},
      {R"("issued":"2025-03-04")", ErrorCode::kBadDate, "Observation.issued",
       "not a possible moment"},
      {R"("valueTime":"24:00:00")", ErrorCode::kBadDate, "Observation.valueTime", "time of day"},
      // units
      {R"("valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mgg/L"})",
       ErrorCode::kBadUnit, "Observation.valueQuantity.code", "'mgg/L' is not a UCUM unit"},
      {R"("component":[{"code":{},"valueQuantity":{"value":1,)"
       R"("system":"http://unitsofmeasure.org","code":"mm Hg"}}])",
       ErrorCode::kBadUnit, "Observation.component[0].valueQuantity.code", "'mm Hg'"},
      {R"("valueRange":{"low":{"value":1,"system":"http://unitsofmeasure.org","code":"?"}})",
       ErrorCode::kBadUnit, "Observation.valueRange.low.code", "'?'"},
      // a comparator, which changes what the number means
      {R"("valueQuantity":{"comparator":"≤","value":1,"unit":"mg/L"})", ErrorCode::kBadValue,
       "Observation.valueQuantity.comparator", "'≤' is not a comparator"},
      {R"("component":[{"code":{},"valueQuantity":{"comparator":"less than","value":1}}])",
       ErrorCode::kBadValue, "Observation.component[0].valueQuantity.comparator", "<, <=, >= or >"},
  };
  for (const auto& row : rows) {
    expect_refused({with_observation(row.members), row.code, "Observation/o1", row.path, row.says});
  }
}

TEST(Refuse, ValuesOfOtherResources) {
  const Refusal rows[] = {
      {R"({"resourceType":"Patient","id":"p1","birthDate":"1961-05-02T00:00:00Z"})",
       ErrorCode::kBadDate, "Patient/p1", "Patient.birthDate", "2025-03-04"},
      {R"({"resourceType":"Patient","id":7})", ErrorCode::kBadValue, "Patient/7", "Patient.id",
       "'7' is not a text"},
      {R"({"resourceType":"Patient","id":"p1","name":[{"given":"Ann"}]})", ErrorCode::kBadValue,
       "Patient/p1", "Patient.name[0].given", "one value, where FHIR has a list"},
      {R"({"resourceType":"Patient","id":"p1","multipleBirthInteger":1,"multipleBirthBoolean":true})",
       ErrorCode::kBadValue, "Patient/p1", "Patient.multipleBirthBoolean",
       "beside multipleBirthInteger"},
      {with_resource(R"({"resourceType":"Appointment","id":"a","minutesDuration":0})"),
       ErrorCode::kBadValue, "Appointment/a", "Appointment.minutesDuration", "positiveInt"},
      {with_resource(R"({"resourceType":"Appointment","id":"a","priority":-1})"),
       ErrorCode::kBadValue, "Appointment/a", "Appointment.priority", "unsignedInt"},
      {with_resource(
           R"({"resourceType":"MedicationRequest","dosageInstruction":[{"doseAndRate":[)"
           R"({"doseQuantity":{"value":2,"system":"http://unitsofmeasure.org","code":"grams"}}]}]})"),
       ErrorCode::kBadUnit, "MedicationRequest#2",
       "MedicationRequest.dosageInstruction[0].doseAndRate[0].doseQuantity.code", "'grams'"},
  };
  for (const auto& row : rows) expect_refused(row);
}

TEST(Refuse, SizeDepthAndEncoding) {
  const std::string whole = with_observation(R"("valueInteger":5)");
  expect_refused({"\xEF\xBB\xBF{\"resourceType\":\"Patient\",\"id\":\"\xE9\"}", ErrorCode::kNotUtf8,
                  "in.json", "line 1, column 33", "UTF-8"});
  expect_refused({whole.substr(0, whole.size() / 2), ErrorCode::kNotJson, "in.json",
                  "line 1, column " + std::to_string(whole.size() / 2 + 1), "ends too early"});
  const auto large = Record::parse(whole, "in.json", Limits{.max_bytes = whole.size() - 1});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(large.error().resource, "in.json");
  EXPECT_TRUE(Record::parse(whole, "in.json", Limits{.max_bytes = whole.size()}));
  std::string extensions = R"("extension":[{"url":"x","valueInteger":5}])";
  for (int i = 0; i < 60; ++i) {
    extensions = R"("extension":[{"url":"x",)" + extensions + "}]";
  }
  const auto deep = Record::parse(with_observation(extensions), "in.json");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::kTooDeep);
}

// --- kept, with an issue -------------------------------------------------------------------------

struct Kept {
  std::string json;
  Issue::Severity severity;
  std::string resource;
  std::string path;
  std::string says;
};

constexpr auto kNote = Issue::Severity::kInformation;
constexpr auto kWarning = Issue::Severity::kWarning;

TEST(Keep, WhatIsOddButHarmless) {
  const auto odd = [](std::string_view members, Issue::Severity severity, std::string path,
                      std::string says) {
    return Kept{with_observation(members), severity, "Observation/o1", std::move(path),
                std::move(says)};
  };
  const Kept rows[] = {
      odd(R"("colour":"red")", kWarning, "Observation.colour", "no such element"),
      odd(R"("birthDate":"x")", kWarning, "Observation.birthDate", "no such element"),
      odd(R"("value":5)", kWarning, "Observation.value", "no such element"),
      odd(R"("_subject":{"id":"x"})", kWarning, "Observation._subject", "no such element"),
      odd(R"("_colour":{"id":"x"})", kWarning, "Observation._colour", "no such element"),
      odd(R"("component":[{"code":{"colour":1}}])", kWarning,
          "Observation.component[0].code.colour", "no such element"),
      odd(R"("modifierExtension":[{"url":"http://x"}])", kWarning, "Observation.modifierExtension",
          "modifier extension"),
      odd(R"("issued":null)", kNote, "Observation.issued", "read as absent"),
      odd(R"("device":null)", kNote, "Observation.device", "read as absent"),
      odd(R"("valueString":"")", kNote, "Observation.valueString", "empty text"),
      odd(R"("valueString":"a\u001b[2J")", kWarning, "Observation.valueString",
          "control character"),
      odd(R"("effectiveDateTime":"2025-03-04T10:00:00")", kNote, "Observation.effectiveDateTime",
          "without a time zone"),
      odd(R"("effectivePeriod":{"start":"2025-03-04","end":"2025-03-03"})", kWarning,
          "Observation.effectivePeriod", "ends before it starts"),
      odd(R"("valueQuantity":{"value":1,"unit":"mg/L"})", kNote, "Observation.valueQuantity",
          "taken as UCUM"),
      odd(R"("valueQuantity":{"value":1,"unit":"furlongs"})", kWarning, "Observation.valueQuantity",
          "by these words"),
      odd(R"("valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mm/hr"})",
          kWarning, "Observation.valueQuantity", "not a unit of UCUM"),
      odd(R"("valueQuantity":{"value":1,"system":"http://x","code":"T"})", kWarning,
          "Observation.valueQuantity", "not of UCUM"),
      odd(R"("valueQuantity":{"value":1,"unit":"mg","system":"http://unitsofmeasure.org"})",
          kWarning, "Observation.valueQuantity", "without its code"),
      {R"({"resourceType":"Bundle","entry":[{"resource":)" + patient_p1() +
           R"(},{"fullUrl":"urn:uuid:1"}]})",
       kNote, "in.json", "Bundle.entry[1]", "without a resource"},
      {R"({"resourceType":"Bundle","entry":[{"resource":)" + patient_p1() +
           R"(},{"request":{"method":"DELETE","url":"Observation/1"}}]})",
       kNote, "in.json", "Bundle.entry[1]", "deletion"},
      {R"({"resourceType":"Bundle","link":[{"relation":"next","url":"x"}],"entry":[{"resource":)" +
           patient_p1() + "}]}",
       kWarning, "in.json", "Bundle.link", "may not be whole"},
      {with_resource(R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning",)"
                     R"("code":"incomplete","details":{"text":"only one year"}}]})"),
       kWarning, "OperationOutcome#2", "", "only one year"},
      {with_resource(R"({"resourceType":"Parameters"})"), kWarning, "Parameters#2", "", "not read"},
      {bundle_of({observation("o1", "")}), kWarning, "in.json", "Patient", "no Patient"},
      {R"({"resourceType":"Bundle","colour":1,"entry":[{"resource":)" + patient_p1() + "}]}",
       kWarning, "in.json", "Bundle.colour", "no such element"},
  };
  for (const auto& row : rows) {
    const auto record = Record::parse(row.json, "in.json");
    ASSERT_TRUE(record) << row.json << "\n" << record.error().to_string();
    ASSERT_EQ(record->issues().size(), 1u) << row.json;
    const Issue& issue = record->issues()[0];
    EXPECT_EQ(issue.severity, row.severity) << row.json;
    EXPECT_EQ(issue.resource, row.resource) << row.json;
    EXPECT_EQ(issue.path, row.path) << row.json;
    EXPECT_NE(issue.message.find(row.says), std::string::npos) << issue.message;
  }
}

TEST(Keep, WhatIsRightHasNoIssue) {
  const std::string members[] = {
      "",
      R"("effectiveDateTime":"2025","valueQuantity":{"value":1.50,"unit":"mg/L",)"
      R"("system":"http://unitsofmeasure.org","code":"mg/L"})",
      R"("effectivePeriod":{"start":"2025-03-04T10:00:00+01:00"},"valueInteger":-5)",
      R"("issued":"2025-03-04T10:00:00.123Z","valueTime":"10:30:00")",
      R"("_issued":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/)"
      R"(data-absent-reason","valueCode":"unknown"}]})",
      R"("issued":null,"_issued":{"extension":[{"url":"http://x","valueCode":"unknown"}]})",
      R"("extension":[{"url":"http://x","extension":[{"url":"y","valueDecimal":1e-3}]}])",
      R"("valueQuantity":{"value":3},"component":[{"code":{},"valueString":"x"}])",
      R"("valueQuantity":{"value":3,"system":"http://unitsofmeasure.org","code":"{score}"})",
      R"("contained":[{"resourceType":"Specimen","id":"s","type":{"text":"blood"}}])",
  };
  for (const auto& one : members) {
    const auto record = Record::parse(with_observation(one), "in.json");
    ASSERT_TRUE(record) << one << record.error().to_string();
    EXPECT_TRUE(record->issues().empty()) << one << "\n" << record->issues()[0].message;
  }
  const auto names = Record::parse(
      R"({"resourceType":"Patient","id":"p1","birthDate":null,"_birthDate":{"id":"x"},"name":[)"
      R"({"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"masked"}]}]}]})",
      "in.json");
  ASSERT_TRUE(names) << names.error().to_string();
  EXPECT_TRUE(names->issues().empty());
}

TEST(Keep, AFloodOfIssuesIsBounded) {
  std::string members = R"("valueString":"x")";
  for (int i = 0; i < 12'000; ++i) members += ",\"odd" + std::to_string(i) + "\":1";
  const auto record = Record::parse(with_observation(members), "in.json");
  ASSERT_TRUE(record);
  ASSERT_EQ(record->issues().size(), 10'001u);
  EXPECT_EQ(record->issues().back().message, "2000 more findings are not listed");
}

}  // namespace
}  // namespace nidus::fhir
