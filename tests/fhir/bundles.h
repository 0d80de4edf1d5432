// SPDX-License-Identifier: Apache-2.0
//
// Input for tests and measurements: bundles around given resources, and a made-up record of any
// size. The same arguments give the same bytes.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nidus::fhir {

inline std::string patient_p1() {
  return R"({"resourceType":"Patient","id":"p1","gender":"male","birthDate":"1961-05-02"})";
}

// A collection Bundle of JSON resources, in their order.
inline std::string bundle_of(const std::vector<std::string>& resources,
                             std::string_view type = "collection") {
  std::string out = R"({"resourceType":"Bundle","type":")" + std::string(type) + R"(","entry":[)";
  for (std::size_t i = 0; i < resources.size(); ++i) {
    out += (i == 0 ? "" : ",") + (R"({"resource":)" + resources[i] + "}");
  }
  return out + "]}";
}

// A laboratory result of Patient/p1 with the given members put in after its code.
inline std::string observation(std::string_view id, std::string_view members) {
  return R"({"resourceType":"Observation","id":")" + std::string(id) +
         R"(","status":"final","subject":{"reference":"Patient/p1"},"code":{"text":"CRP"})" +
         (members.empty() ? "" : "," + std::string(members)) + "}";
}

// Patient/p1 and `count` resources of the kinds a hospital sends: results, drugs, diagnoses,
// procedures, reports.
inline std::vector<std::string> made_up_record(std::size_t count) {
  std::vector<std::string> out = {patient_p1()};
  const auto two = [](std::size_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    const std::string at = "2025-" + two(1 + i % 12) + "-" + two(1 + i % 28) + "T" + two(i % 24) +
                           ":" + two(i % 60) + ":00+01:00";
    const std::string subject = R"("subject":{"reference":"Patient/p1"})";
    const std::string meta = R"("meta":{"versionId":"1","lastUpdated":")" + at +
                             R"("},"text":{"status":"generated","div":"<div xmlns=\")" +
                             R"(http://www.w3.org/1999/xhtml\">number )" + n + R"(</div>"},)";
    switch (i % 5) {
      case 0:
      case 1:
        out.push_back(R"({"resourceType":"Observation","id":"o)" + n + R"(",)" + meta +
                      R"("status":"final","category":[{"coding":[{"system":)" +
                      R"("http://terminology.hl7.org/CodeSystem/observation-category",)" +
                      R"("code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org",)" +
                      R"("code":"1988-5","display":"C reactive protein"}],"text":"CRP"},)" +
                      subject + R"(,"effectiveDateTime":")" + at + R"(","issued":")" + at +
                      R"(","valueQuantity":{"value":)" + n +
                      R"(.50,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"},)" +
                      R"("referenceRange":[{"high":{"value":5,"unit":"mg/L","system":)" +
                      R"("http://unitsofmeasure.org","code":"mg/L"}}]})");
        break;
      case 2:
        out.push_back(R"({"resourceType":"MedicationAdministration","id":"m)" + n + R"(",)" + meta +
                      R"("status":"completed","medicationCodeableConcept":{"coding":[{"system":)" +
                      R"("http://www.whocc.no/atc","code":"J01CF05"}],"text":"Flucloxacillin"},)" +
                      subject + R"(,"effectivePeriod":{"start":")" + at +
                      R"("},"dosage":{"route":{"text":"intravenous"},"dose":{"value":2,)" +
                      R"("unit":"g","system":"http://unitsofmeasure.org","code":"g"}}})");
        break;
      case 3:
        out.push_back(
            R"({"resourceType":"Condition","id":"c)" + n + R"(",)" + meta +
            R"("clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[)" +
            R"({"system":"http://snomed.info/sct","code":"38822007"}],"text":"Cystitis"},)" +
            subject + R"(,"onsetDateTime":"2025-)" + two(1 + i % 12) + R"(","recordedDate":")" +
            at + R"("})");
        break;
      default:
        out.push_back(R"({"resourceType":"DiagnosticReport","id":"d)" + n + R"(",)" + meta +
                      R"("status":"final","code":{"text":"MRI of the spine"},)" + subject +
                      R"(,"issued":")" + at + R"(","result":[{"reference":"Observation/o)" +
                      std::to_string(i - 4) +
                      R"("}],"conclusion":"L4\/L5: no change.\nEnd \u00e9."})");
        break;
    }
  }
  return out;
}

}  // namespace nidus::fhir
