// SPDX-License-Identifier: Apache-2.0
// What many people are together, pass by pass; whole runs: tests/cli/everyone_test.cc.
#include "cql/everyone.h"

#include "engine_testing.h"

namespace nidus::cql {
namespace {

std::string library_of(const std::string& definitions) {
  return R"({"library":{"identifier":{"id":"L"},"statements":{"def":[)" + definitions + "]}}}";
}

constexpr const char* kPatients =
    R"({"name":"Seen","context":"Patient",
        "resultTypeSpecifier":{"type":"ListTypeSpecifier","elementType":{"type":"NamedTypeSpecifier",
          "name":"{http://hl7.org/fhir}Observation"}},
        "expression":{"type":"Retrieve","dataType":"{http://hl7.org/fhir}Observation"}})";

fhir::Record person(const std::string& id) {
  return record_of(R"({"resourceType":"Bundle","type":"collection","entry":[
      {"resource":{"resourceType":"Patient","id":")" +
                   id + R"("}},
      {"resource":{"resourceType":"Medication","id":"m","code":{"text":"shared"}}},
      {"resource":{"resourceType":"Medication","id":"own","code":{"text":"of )" +
                   id + R"("}}},
      {"resource":{"resourceType":"Observation","id":"o-)" +
                   id + R"(","status":"final",
        "code":{"text":"pain"},"subject":{"reference":"Patient/)" +
                   id + R"("},
        "contained":[{"resourceType":"Medication","id":"c","code":{"text":"inside"}}]}}]})");
}

std::string text_of_all(const Everyone& everyone, const Program& program, const char* name) {
  const auto& value = everyone.value(*program.find(name));
  return value ? to_string(*value) : "error: " + value.error().message;
}

TEST(Everyone, NothingIsReadWhenNothingLooksAtAll) {
  const auto program = compile_texts({library_of(std::string(kPatients) + R"(,
      {"name":"Fixed","context":"Unfiltered","expression":{"type":"Null"}},
      {"name":"Counted","context":"Unfiltered","expression":{"type":"Count","source":
        {"type":"Retrieve","dataType":"{http://hl7.org/fhir}Observation"}}})")});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const auto options = options_at("2025-03-04T12:00:00.000+01:00");
  const DefinitionId plain[] = {*program->find("Seen"), *program->find("Fixed")};
  const auto none = Everyone::of(*program, plain, options);
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(none->passes(), 0u);
  const DefinitionId counted[] = {*program->find("Counted")};
  EXPECT_EQ(Everyone::of(*program, counted, options)->passes(), 1u);
}

// What several people have alike is one resource; what has the same name and differs is not. A
// copy stays when the person's record is gone.
TEST(Everyone, HoldsResourcesOfAllPeople) {
  const auto program = compile_texts({library_of(std::string(kPatients) + R"(,
      {"name":"Drugs","context":"Unfiltered","expression":{"type":"Count","source":
        {"type":"Retrieve","dataType":"{http://hl7.org/fhir}Medication"}}},
      {"name":"All","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Seen"}},
      {"name":"Size","context":"Unfiltered","expression":{"type":"Count","source":
        {"type":"ExpressionRef","name":"All"}}})")});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const DefinitionId wanted[] = {*program->find("Drugs"), *program->find("Size")};
  auto everyone = Everyone::of(*program, wanted, options_at("2025-03-04T12:00:00.000+01:00"));
  ASSERT_TRUE(everyone.has_value());
  ASSERT_EQ(everyone->passes(), 1u);
  for (const char* id : {"a", "b", "c"}) {
    const auto record = person(id);
    everyone->add(*everyone->look(record));
  }
  everyone->end_pass();
  EXPECT_EQ(text_of_all(*everyone, *program, "Drugs"), "4");
  EXPECT_EQ(text_of_all(*everyone, *program, "Size"), "3");
  const auto& all = everyone->value(*program->find("All"));
  ASSERT_TRUE(all.has_value());
  std::string names;
  for (const auto& item : all->as_list()) {
    const auto* resource = everyone->record().resource_of(item.as_node());
    ASSERT_NE(resource, nullptr);
    names += resource->reference() + " ";
  }
  EXPECT_EQ(names, "Observation/o-a Observation/o-b Observation/o-c ");
  std::size_t contained = 0;
  for (const auto& resource : everyone->record().resources()) contained += resource.contained;
  EXPECT_EQ(contained, 3u);
}

// What is of one patient depends on what all are, and so on: a pass each.
TEST(Everyone, WaitsForWhatItsPatientsWaitFor) {
  const auto program = compile_texts({library_of(R"(
      {"name":"Mine","context":"Patient","expression":{"type":"Count","source":
        {"type":"Retrieve","dataType":"{http://hl7.org/fhir}Observation"}}},
      {"name":"Total","context":"Unfiltered","expression":{"type":"Sum","source":
        {"type":"ExpressionRef","name":"Mine"}}},
      {"name":"Share","context":"Patient","expression":{"type":"Add","operand":[
        {"type":"ExpressionRef","name":"Mine"},{"type":"ExpressionRef","name":"Total"}]}},
      {"name":"Shares","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Share"}})")});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const DefinitionId wanted[] = {*program->find("Shares")};
  auto everyone = Everyone::of(*program, wanted, options_at("2025-03-04T12:00:00.000+01:00"));
  ASSERT_TRUE(everyone.has_value());
  ASSERT_EQ(everyone->passes(), 2u);
  for (int pass = 0; pass < 2; ++pass) {
    for (const char* id : {"a", "b"}) {
      const auto record = person(id);
      everyone->add(*everyone->look(record));
    }
    everyone->end_pass();
  }
  EXPECT_EQ(text_of_all(*everyone, *program, "Shares"), "{3, 3}");
}

// ELM of earlier translators calls the context Population.
TEST(Everyone, IsThePopulationOfEarlierElm) {
  const auto program = compile_texts({library_of(R"(
      {"name":"Drugs","context":"Population","expression":{"type":"Count","source":
        {"type":"Retrieve","dataType":"{http://hl7.org/fhir}Observation"}}})")});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const DefinitionId wanted[] = {*program->find("Drugs")};
  auto everyone = Everyone::of(*program, wanted, options_at("2025-03-04T12:00:00.000+01:00"));
  ASSERT_TRUE(everyone.has_value());
  ASSERT_EQ(everyone->passes(), 1u);
  for (const char* id : {"a", "b"}) {
    const auto record = person(id);
    everyone->add(*everyone->look(record));
  }
  everyone->end_pass();
  EXPECT_EQ(text_of_all(*everyone, *program, "Drugs"), "2");
}

TEST(Everyone, ACircleIsRefused) {
  const auto program = compile_texts({library_of(R"(
      {"name":"Mine","context":"Patient","expression":{"type":"Count","source":
        {"type":"ExpressionRef","name":"All"}}},
      {"name":"All","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Mine"}})")});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const DefinitionId wanted[] = {*program->find("Mine")};
  const auto everyone = Everyone::of(*program, wanted, options_at("2025-03-04T12:00:00.000+01:00"));
  ASSERT_FALSE(everyone.has_value());
  EXPECT_NE(everyone.error().message.find("defined in a circle"), std::string::npos);
}

}  // namespace
}  // namespace nidus::cql
