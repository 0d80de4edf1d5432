// SPDX-License-Identifier: Apache-2.0
//
// Every element name and every type of FHIR R4 as small integers, and the type of each element.
// The tables are generated from the R4 model (tools/generate_fhir_model.mjs -> model_r4.inc).
// Thread rule: constant tables.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nidus::fhir {

// An element name as it stands in JSON ("valueQuantity", "_birthDate", "status"). 0 = not in R4.
using NameId = std::uint16_t;
inline constexpr NameId kNoName = 0;

// A FHIR type: resource, data type, primitive or backbone ("Observation.Component"). 0 = unknown.
using TypeId = std::uint16_t;
inline constexpr TypeId kNoType = 0;

NameId name_id(std::string_view name);
std::string_view name_text(NameId id);  // without the leading "_" of a sibling
// "_birthDate" holds the id and extensions of the primitive "birthDate".
bool is_sibling_name(NameId id);
NameId sibling_name(NameId id);

TypeId type_id(std::string_view type);
std::string_view type_text(TypeId id);
bool is_resource_type(TypeId type);      // Resource and DomainResource included
bool is_concrete_resource(TypeId type);  // what resourceType may say: not those two
bool is_primitive(TypeId type);          // boolean, dateTime, code, ... and code enumerations
// Reflexive: Patient is a DomainResource, a Resource. As in the model info (and so in every CQL
// engine) an enumeration such as ObservationStatus is an Element beside `code`, not a kind of it.
bool is_subtype(TypeId type, TypeId of);

// One way a model element is spelled in JSON: choice elements have several.
struct Spelling {
  NameId json_name;  // "valueQuantity" for Observation.value
  TypeId type;       // Quantity
};
struct ElementModel {
  std::string_view name;  // model name: "value"
  bool list = false;
  bool choice = false;
  std::span<const Spelling> spellings;  // one, unless choice
};
// The element `name` (model name, without [x] and without type suffix) of `type`, base types
// included. Nullopt when R4 has none.
std::optional<ElementModel> element_of(TypeId type, std::string_view name);
// How a value of a type is written in JSON. Enumerations, uris and all other primitives are texts.
enum class JsonForm : std::uint8_t {
  kObject,
  kText,
  kBoolean,
  kInteger,
  kPositiveInt,
  kUnsignedInt,
  kDecimal,
  kDate,
  kDateTime,
  kInstant,
  kTime
};
JsonForm json_form(TypeId type);

// What a JSON member is. A sibling ("_birthDate") is found as the primitive it stands beside.
struct Member {
  TypeId type = kNoType;  // kNoType: R4 has no such member here
  bool list : 1 = false;
  bool choice : 1 = false;
  bool modifies : 1 = false;          // set by who reads: a modifier extension
  JsonForm form = JsonForm::kObject;  // of one value
  std::uint8_t ordinal = 0;           // from 1, among the members of the type; beyond 255 anew
  std::uint16_t element = 0;          // the same for all spellings of one choice
};
Member member_of(TypeId type, NameId json_name);
// The type of the JSON member `json_name` inside `type`; kNoType when R4 has none.
TypeId member_type(TypeId type, NameId json_name);
// Elements that are lists, by JSON member.
bool member_is_list(TypeId type, NameId json_name);
// The path by which a retrieve filters codes ("code", "medication", ...); empty if there is none.
std::string_view primary_code_path(TypeId type);

}  // namespace nidus::fhir
