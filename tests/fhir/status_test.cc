// SPDX-License-Identifier: Apache-2.0
//
// The elements that decide whether a resource counts: read through another spelling, told when R4
// has no such code.
#include "fhir/status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "fhir/bundles.h"
#include "fhir/record.h"

namespace nidus::fhir {
namespace {

std::string with_status(std::string_view type, std::string_view status) {
  return R"({"resourceType":")" + std::string(type) + R"(","id":"x","status":")" +
         std::string(status) + R"("})";
}

Record parsed(const std::string& resource, const Limits& limits = {}) {
  auto record = Record::parse(bundle_of({patient_p1(), resource}), "in.json", limits);
  EXPECT_TRUE(record) << resource;
  return std::move(*record);
}

const Node* found(const Record& record, std::string_view type) {
  const auto all = record.of_type(type_id(type));
  return all.empty() ? nullptr : all.front().node;
}

std::string text_of(const Node* node, std::string_view element) {
  const Node* value = node == nullptr ? nullptr : node->find(name_id(element));
  return value == nullptr ? "(none)" : std::string(value->str());
}

TEST(Status, AnotherSpellingIsReadAndTold) {
  struct Row {
    std::string type, written, read;  // read: empty when the resource is left out
  };
  const Row rows[] = {
      {"Observation", "entered in error", ""},
      {"Observation", "Entered-In-Error", ""},
      {"Observation", "entered_in_error", ""},
      {"Observation", "enteredInError", ""},
      {"Procedure", "entered-in-eror", ""},
      {"Observation", "Final", "final"},
      {"Observation", "canceled", "cancelled"},
      {"DiagnosticReport", "PRELIMINARY", "preliminary"},
      {"MedicationRequest", "Active", "active"},
      {"MedicationStatement", "not taken", "not-taken"},
      {"Procedure", "In Progress", "in-progress"},
      {"Procedure", "complete", "completed"},
      {"Encounter", "on leave", "onleave"},
  };
  for (const auto& row : rows) {
    const Record record = parsed(with_status(row.type, row.written));
    const Node* node = found(record, row.type);
    EXPECT_EQ(node == nullptr ? "" : text_of(node, "status"), row.read) << row.written;
    const std::string code = row.read.empty() ? "entered-in-error" : row.read;
    const bool told =
        std::any_of(record.issues().begin(), record.issues().end(), [&](const Issue& issue) {
          return issue.severity == Issue::Severity::kWarning &&
                 issue.path == row.type + ".status" &&
                 issue.message == "'" + row.written + "' is read as '" + code + "'";
        });
    EXPECT_TRUE(told) << row.written;
  }
}

TEST(Status, WhatR4DoesNotKnowIsKeptAndTold) {
  const std::pair<std::string, std::string> rows[] = {
      {"Observation", "done"},     {"Observation", "completed"}, {"MedicationRequest", "on"},
      {"Encounter", "discharged"}, {"Procedure", "inactive"},    {"Specimen", "x"},
      {"Observation", "unfinal"},  // a letter more is no other spelling when it says the opposite
  };
  for (const auto& [type, status] : rows) {
    const Record record = parsed(with_status(type, status));
    EXPECT_EQ(text_of(found(record, type), "status"), status);
    ASSERT_EQ(record.issues().size(), 1u) << status;
    const Issue& issue = record.issues().front();
    EXPECT_EQ(issue.resource, type + "/x");
    EXPECT_EQ(issue.path, type + ".status");
    EXPECT_TRUE(issue.message.starts_with("'" + status + "' is no code that R4 has here ("))
        << issue.message;
  }
  EXPECT_NE(parsed(with_status("Observation", "done")).issues()[0].message.find("final"),
            std::string::npos);
}

TEST(Status, EveryCodeOfR4IsLeftAsItIs) {
  for (const std::string status :
       {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"}) {
    EXPECT_TRUE(parsed(with_status("Observation", status)).issues().empty()) << status;
  }
  EXPECT_TRUE(parsed(R"({"resourceType":"Observation","id":"x"})").issues().empty());
}

TEST(Status, TheStatusOfAConditionIsACodeOrItsText) {
  const auto condition = [](std::string_view verification) {
    return R"({"resourceType":"Condition","id":"x","code":{"text":"Fever"},"verificationStatus":)" +
           std::string(verification) + "}";
  };
  const auto code = [&](std::string_view one) {
    return condition(R"({"coding":[{"code":")" + std::string(one) + R"("}]})");
  };
  for (const auto& left_out : {code("entered in error"), code("EnteredInError"),
                               condition(R"({"text":"Entered in error"})")}) {
    EXPECT_EQ(found(parsed(left_out), "Condition"), nullptr) << left_out;
  }
  const Record refuted = parsed(code("Refuted"));
  const Node* codings =
      found(refuted, "Condition")->find(name_id("verificationStatus"))->find(name_id("coding"));
  EXPECT_EQ(text_of(&codings->items()[0], "code"), "refuted");
  ASSERT_EQ(refuted.issues().size(), 1u);
  EXPECT_EQ(refuted.issues()[0].path, "Condition.verificationStatus.coding[0].code");

  // Known by one coding or by its words, whatever stands beside.
  EXPECT_TRUE(
      parsed(condition(R"({"coding":[{"system":"urn:x","code":"7"},{"code":"confirmed"}]})"))
          .issues()
          .empty());
  EXPECT_TRUE(parsed(condition(R"({"text":"Confirmed"})")).issues().empty());
  const Record local = parsed(condition(R"({"coding":[{"system":"urn:x","code":"7"}]})"));
  ASSERT_EQ(local.issues().size(), 1u);
  EXPECT_EQ(local.issues()[0].path, "Condition.verificationStatus");
}

TEST(Status, WhatIsContainedIsReadTheSame) {
  const Record record = parsed(
      R"({"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","contained":[)"
      R"({"resourceType":"Medication","id":"x","status":"entered in error"}]})");
  EXPECT_EQ(record.resources().size(), 2u);
  EXPECT_EQ(record.issues()[0].resource, "MedicationRequest/m#x");
}

// Rules that look at the status themselves see it as it was written.
TEST(Status, IsLeftAloneWhereWhatIsRetractedIsKept) {
  Limits limits;
  limits.keep_retracted = true;
  const Record record = parsed(with_status("Observation", "Entered in error"), limits);
  EXPECT_EQ(text_of(found(record, "Observation"), "status"), "Entered in error");
}

// What a thread remembers of an earlier record is not changed by a later one.
TEST(Status, OneRecordChangesNoOther) {
  const std::string json = bundle_of({patient_p1(), with_status("Observation", "Final")});
  Limits as_written;
  as_written.keep_retracted = true;
  const auto first = Record::parse(json, "in.json", as_written);
  const auto second = Record::parse(json, "in.json");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(text_of(found(*first, "Observation"), "status"), "Final");
  EXPECT_EQ(text_of(found(*second, "Observation"), "status"), "final");
}

}  // namespace
}  // namespace nidus::fhir
