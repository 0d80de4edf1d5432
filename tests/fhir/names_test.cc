// SPDX-License-Identifier: Apache-2.0
#include "fhir/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace nidus::fhir {
namespace {

TEST(Names, TextAndIdAreInverse) {
  for (const char* text :
       {"resourceType", "valueQuantity", "status", "id", "birthDate", "doseQuantity"}) {
    ASSERT_NE(name_id(text), kNoName) << text;
    EXPECT_EQ(name_text(name_id(text)), text);
    EXPECT_FALSE(is_sibling_name(name_id(text)));
  }
  for (const char* text : {"", "_", "Status", "statuss", "valueSimpleQuantity", "__id"}) {
    EXPECT_EQ(name_id(text), kNoName) << text;
  }
}

TEST(Names, EveryIdIsFoundByItsText) {
  int count = 0;
  for (NameId id = 1; !name_text(id).empty(); ++id, ++count) EXPECT_EQ(name_id(name_text(id)), id);
  EXPECT_GT(count, 1500);
  count = 0;
  for (TypeId id = 1; !type_text(id).empty(); ++id, ++count) EXPECT_EQ(type_id(type_text(id)), id);
  EXPECT_GT(count, 900);
}

TEST(Names, SiblingsAreNamesOfTheirOwn) {
  const NameId sibling = name_id("_birthDate");
  EXPECT_TRUE(is_sibling_name(sibling));
  EXPECT_EQ(sibling, sibling_name(name_id("birthDate")));
  EXPECT_NE(sibling, name_id("birthDate"));
  EXPECT_EQ(name_text(sibling), "birthDate");
}

TEST(Types, Kinds) {
  struct Row {
    const char* type;
    bool resource, concrete, primitive;
  };
  for (const Row& row :
       {Row{"Patient", true, true, false}, Row{"Resource", true, false, false},
        Row{"DomainResource", true, false, false}, Row{"Bundle", true, true, false},
        Row{"Quantity", false, false, false}, Row{"dateTime", false, false, true},
        Row{"code", false, false, true}, Row{"positiveInt", false, false, true},
        Row{"xhtml", false, false, true}, Row{"ObservationStatus", false, false, true},
        Row{"Observation.Component", false, false, false}}) {
    const TypeId type = type_id(row.type);
    ASSERT_NE(type, kNoType) << row.type;
    EXPECT_EQ(is_resource_type(type), row.resource) << row.type;
    EXPECT_EQ(is_concrete_resource(type), row.concrete) << row.type;
    EXPECT_EQ(is_primitive(type), row.primitive) << row.type;
  }
  EXPECT_EQ(type_id("Pateint"), kNoType);
  EXPECT_FALSE(is_resource_type(kNoType));
  EXPECT_FALSE(is_primitive(kNoType));
}

TEST(Types, SubtypesFollowTheModel) {
  struct Row {
    const char* type;
    const char* of;
    bool expected;
  };
  for (const Row& row :
       {Row{"Patient", "Patient", true}, Row{"Patient", "DomainResource", true},
        Row{"Patient", "Resource", true}, Row{"Bundle", "DomainResource", false},
        Row{"Age", "Quantity", true}, Row{"SimpleQuantity", "Quantity", true},
        Row{"Quantity", "Age", false}, Row{"positiveInt", "integer", true},
        Row{"code", "string", true}, Row{"uuid", "uri", true},
        Row{"ObservationStatus", "code", false}, Row{"ObservationStatus", "Element", true}}) {
    EXPECT_EQ(is_subtype(type_id(row.type), type_id(row.of)), row.expected)
        << row.type << " of " << row.of;
  }
  EXPECT_FALSE(is_subtype(kNoType, type_id("Resource")));
}

TEST(Elements, MembersByTheirJsonName) {
  struct Row {
    const char* type;
    const char* member;
    const char* of;  // empty: none
    bool list, choice;
  };
  for (const Row& row :
       {Row{"Observation", "valueQuantity", "Quantity", false, true},
        Row{"Observation", "component", "Observation.Component", true, false},
        Row{"Observation.Component", "referenceRange", "Observation.ReferenceRange", true, false},
        Row{"Observation", "status", "ObservationStatus", false, false},
        Row{"Observation", "id", "id", false, false},
        Row{"Observation", "meta", "Meta", false, false},
        Row{"Observation", "contained", "Resource", true, false},
        Row{"Observation", "extension", "Extension", true, false},
        Row{"Observation.Component", "modifierExtension", "Extension", true, false},
        Row{"Coding", "id", "string", false, false}, Row{"Age", "value", "decimal", false, false},
        Row{"Dosage.DoseAndRate", "doseQuantity", "SimpleQuantity", false, true},
        Row{"Dosage.DoseAndRate", "doseSimpleQuantity", "", false, false},
        Row{"Questionnaire.Item", "item", "Questionnaire.Item", true, false},
        Row{"Patient", "_birthDate", "date", false, false},
        Row{"Patient", "deceasedDateTime", "dateTime", false, true},
        Row{"Patient", "valueQuantity", "", false, false},
        Row{"Observation", "value", "", false, false}}) {
    const Member member = member_of(type_id(row.type), name_id(row.member));
    EXPECT_EQ(type_text(member.type), row.of) << row.type << "." << row.member;
    EXPECT_EQ(member.list, row.list) << row.type << "." << row.member;
    EXPECT_EQ(member.choice, row.choice) << row.type << "." << row.member;
    EXPECT_EQ(member_type(type_id(row.type), name_id(row.member)), member.type);
    EXPECT_EQ(member_is_list(type_id(row.type), name_id(row.member)), member.list);
  }
}

TEST(Elements, ModelNamesWithAllSpellings) {
  const auto value = element_of(type_id("Observation"), "value");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->name, "value");
  EXPECT_TRUE(value->choice);
  EXPECT_FALSE(value->list);
  EXPECT_EQ(value->spellings.size(), 11u);
  EXPECT_TRUE(
      std::any_of(value->spellings.begin(), value->spellings.end(), [](const Spelling& one) {
        return name_text(one.json_name) == "valueCodeableConcept" &&
               type_text(one.type) == "CodeableConcept";
      }));
  const auto given = element_of(type_id("HumanName"), "given");
  ASSERT_TRUE(given);
  EXPECT_TRUE(given->list);
  ASSERT_EQ(given->spellings.size(), 1u);
  EXPECT_EQ(given->spellings[0].json_name, name_id("given"));
  EXPECT_TRUE(element_of(type_id("Patient"), "extension"));
  EXPECT_FALSE(element_of(type_id("Patient"), "deceasedBoolean"));
  EXPECT_FALSE(element_of(type_id("Patient"), "nothing"));
  EXPECT_FALSE(element_of(kNoType, "id"));
}

TEST(Elements, EverySpellingHasAKnownType) {
  for (TypeId type = 1; !type_text(type).empty(); ++type) {
    for (NameId name = 1; !name_text(name).empty(); ++name) {
      const auto element = element_of(type, name_text(name));
      if (!element) continue;
      ASSERT_FALSE(element->spellings.empty()) << type_text(type) << "." << element->name;
      for (const auto& spelling : element->spellings) {
        ASSERT_FALSE(type_text(spelling.type).empty()) << type_text(type) << "." << element->name;
        ASSERT_EQ(member_type(type, spelling.json_name), spelling.type) << type_text(type);
      }
    }
  }
}

TEST(Types, PrimaryCodePaths) {
  EXPECT_EQ(primary_code_path(type_id("Observation")), "code");
  EXPECT_EQ(primary_code_path(type_id("MedicationRequest")), "medication");
  EXPECT_EQ(primary_code_path(type_id("Immunization")), "vaccineCode");
  EXPECT_EQ(primary_code_path(type_id("HumanName")), "");
  EXPECT_EQ(primary_code_path(kNoType), "");
}

}  // namespace
}  // namespace nidus::fhir
