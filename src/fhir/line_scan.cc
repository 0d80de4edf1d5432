// SPDX-License-Identifier: Apache-2.0
#include "fhir/line_scan.h"

#include <algorithm>
#include <array>

#include "fhir/byte_source.h"
#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace ondemand = simdjson::ondemand;

namespace {

constexpr std::string_view kPatient = "Patient";

// The members by which R4 resources name the person they are about, as check_one_person has them.
constexpr std::array<std::string_view, 5> kPersonMembers = {"subject", "patient", "for",
                                                            "beneficiary", "individual"};

bool is_person_member(std::string_view name) {
  return std::find(kPersonMembers.begin(), kPersonMembers.end(), name) != kPersonMembers.end();
}

// Texts are unescaped into the parser's own memory, which lives until the next line.
std::string_view text_of(simdjson::simdjson_result<ondemand::value> value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::string person_of(ondemand::object reference) {
  std::string target, stated;
  for (auto field : reference) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) break;
    if (name == "reference") target = text_of(field.value());
    if (name == "type") stated = text_of(field.value());
  }
  return person_of_reference(target, stated);
}

std::string person_in(ondemand::value value) {
  ondemand::object object;
  if (value.get_object().get(object) == simdjson::SUCCESS) return person_of(object);
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return {};
  std::string out;
  for (auto item : array) {
    if (item.get_object().get(object) != simdjson::SUCCESS) break;
    if (out.empty()) out = person_of(object);
  }
  return out;
}

// Appointment.participant.actor
std::string person_among(ondemand::value participants) {
  ondemand::array array;
  if (participants.get_array().get(array) != simdjson::SUCCESS) return {};
  std::string out;
  for (auto item : array) {
    ondemand::object participant, actor;
    if (item.get_object().get(participant) != simdjson::SUCCESS) break;
    if (participant.find_field_unordered("actor").get_object().get(actor) != simdjson::SUCCESS) {
      continue;
    }
    if (out.empty()) out = person_of(actor);
  }
  return out;
}

// Whether resources of the type are about one person as a rule.
bool is_about_a_person(TypeId type) {
  static const TypeId device = type_id("Device");  // most stand on a ward
  if (type == device) return false;
  return std::any_of(kPersonMembers.begin(), kPersonMembers.end(), [&](std::string_view member) {
    return member_type(type, name_id(member)) != kNoType;
  });
}

}  // namespace

std::string person_of_reference(std::string_view reference, std::string_view stated_type) {
  constexpr std::string_view kQuery = "Patient?";
  reference = without_version(reference);
  if (reference.empty() || reference.starts_with('#') || reference.starts_with(kQuery)) return {};
  if (!stated_type.empty() && stated_type != kPatient) return {};
  if (reference.starts_with(kUuid)) return std::string(reference.substr(kUuid.size()));
  const auto parts = type_and_id(reference);
  if (parts.id.empty()) return std::string(reference);
  return parts.type == kPatient ? std::string(parts.id) : std::string();
}

ScannedLine LineScanner::scan(std::string_view text) {
  ScannedLine out;
  ondemand::document document;
  ondemand::object object;
  const simdjson::padded_string_view padded(text.data(), text.size(),
                                            text.size() + LineReader::kPadding);
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return out;
  if (document.get_object().get(object) != simdjson::SUCCESS) return out;
  std::string person;
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return out;
    if (std::move(field).value().get(value) != simdjson::SUCCESS) return out;
    if (name == "resourceType") {
      out.type = text_of(ondemand::value(value));
      if (out.type == "Bundle") {
        out.what = ScannedLine::What::kBundle;
        return out;
      }
    } else if (name == "id") {
      out.id = text_of(ondemand::value(value));
    } else if (person.empty() && is_person_member(name)) {
      person = person_in(value);
    } else if (person.empty() && name == "participant" && out.type == "Appointment") {
      person = person_among(value);
    }
    // The rest of the line says nothing more about whose it is.
    if (!person.empty() && !out.type.empty() && out.type != kPatient) break;
  }
  const TypeId type = type_id(out.type);
  if (!is_concrete_resource(type)) return out;
  if (out.type == kPatient) person = out.id;
  if (!person.empty()) {
    out.what = ScannedLine::What::kPerson;
    out.person = std::move(person);
  } else if (out.type == "Provenance" || out.type == "AuditEvent") {
    out.what = ScannedLine::What::kNotRead;
  } else {
    out.what = out.type == kPatient || is_about_a_person(type) ? ScannedLine::What::kNobody
                                                               : ScannedLine::What::kShared;
  }
  return out;
}

}  // namespace nidus::fhir
