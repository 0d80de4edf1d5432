// SPDX-License-Identifier: Apache-2.0
// Which resources a plan names as the reason for a fact.

#include <simdjson.h>

#include <map>
#include <set>

#include "cli/command_testing.h"

namespace {

// Of every fact shown as a reason, by label: the resources it is said to come from.
std::map<std::string, std::set<std::string>> sources_of(const std::string& entries) {
  const auto outcome = nidus::run_command(
      R"({"resourceType":"Bundle","type":"collection","entry":[)"
      R"({"resource":{"resourceType":"Patient","id":"p1","birthDate":"1960-02-20"}})" +
          entries + "]}",
      "plan - --as-of 2025-03-04T14:00:00Z --format json");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  std::map<std::string, std::set<std::string>> out;
  simdjson::dom::parser parser;
  const simdjson::dom::element plan = parser.parse(outcome.text);
  for (const simdjson::dom::element item : plan["items"].get_array()) {
    for (const simdjson::dom::element fact : item["because"].get_array()) {
      auto& references = out[std::string(std::string_view(fact["label"]))];
      for (const simdjson::dom::element source : fact["sources"].get_array()) {
        references.emplace(std::string_view(source["reference"]));
      }
    }
  }
  return out;
}

const std::string kPain =
    R"(,{"resource":{"resourceType":"Condition","id":"pain","code":{"text":"Back pain"},"onsetDateTime":"2025-02-20"}})"
    R"(,{"resource":{"resourceType":"Observation","id":"crp","status":"final","code":{"text":"CRP"},)"
    R"("effectiveDateTime":"2025-03-04T08:00:00Z","valueQuantity":{"value":90,"unit":"mg/L"}}})";

TEST(Sources, AReportIsCitedForWhatItSays) {
  auto sources = sources_of(
      kPain +
      R"(,{"resource":{"resourceType":"DiagnosticReport","id":"mri","status":"final","code":{"text":"MRI lumbar spine"},)"
      R"("effectiveDateTime":"2025-03-04T12:00:00Z","conclusion":"Compression fracture L1"}})");
  EXPECT_EQ(sources["Vertebral fracture"], std::set<std::string>{"DiagnosticReport/mri"});
  EXPECT_EQ(sources["Back or neck pain, new or worse"], std::set<std::string>{"Condition/pain"});
}

TEST(Sources, AnAnswerIsNoReasonForAnotherQuestion) {
  auto sources = sources_of(
      kPain +
      R"(,{"resource":{"resourceType":"DiagnosticReport","id":"ct","status":"final","code":{"text":"CT brain"},)"
      R"("effectiveDateTime":"2025-03-04T10:00:00Z","conclusion":"Normal"}})"
      R"(,{"resource":{"resourceType":"DiagnosticReport","id":"mri","status":"final","code":{"text":"MRI lumbar spine"},)"
      R"("effectiveDateTime":"2025-03-04T12:00:00Z","conclusion":"Epidural abscess, L4-L5 spondylodiscitis"}})");
  EXPECT_EQ(sources["Back or neck pain, new or worse"], std::set<std::string>{"Condition/pain"});
  EXPECT_EQ(sources["Epidural abscess present"], std::set<std::string>{"DiagnosticReport/mri"});
}

TEST(Sources, AProcedureAndADeviceToo) {
  auto sources = sources_of(
      kPain +
      R"(,{"resource":{"resourceType":"Device","id":"pacemaker","status":"active","type":{"text":"Pacemaker"}}})"
      R"(,{"resource":{"resourceType":"Device","id":"cage","status":"active","type":{"text":"Interbody cage"}}})");
  EXPECT_FALSE(sources["Risk factor for spine infection"].contains("Device/pacemaker"));
  EXPECT_EQ(sources["Back or neck pain, new or worse"], std::set<std::string>{"Condition/pain"});
}

}  // namespace
