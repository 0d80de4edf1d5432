// SPDX-License-Identifier: Apache-2.0
//
// One record is about one person: the Patient resources and every reference to a person must agree.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace {

constexpr std::string_view kPatient = "Patient";

std::string_view text_at(const Node& node, NameId name) {
  const Node* found = node.find(name);
  return found == nullptr ? std::string_view() : found->str();
}

// "Patient?identifier=system|value" names a person who carries that identifier.
bool carries_identifier(const Node& patient, std::string_view query) {
  static const NameId identifier_name = name_id("identifier"), system_name = name_id("system");
  static const NameId value_name = name_id("value");
  constexpr std::string_view kQuery = "identifier=";
  if (!query.starts_with(kQuery)) return false;
  query.remove_prefix(kQuery.size());
  const auto bar = query.find('|');
  const Node* identifiers = patient.find(identifier_name);
  if (identifiers == nullptr) return false;
  for (const auto& identifier : identifiers->items()) {
    const auto value = text_at(identifier, value_name);
    const auto system = text_at(identifier, system_name);
    const bool same = bar == std::string_view::npos
                          ? value == query
                          : value == query.substr(bar + 1) && system == query.substr(0, bar);
    if (same) return true;
  }
  return false;
}

// An identifier tells people apart only among those of its own system.
struct Identifier {
  std::string_view system;
  std::string_view value;
};

Identifier identifier_of(const Node& node) {
  static const NameId system_name = name_id("system"), value_name = name_id("value");
  return {text_at(node, system_name), text_at(node, value_name)};
}

// What the Patient says of an identifier: true, it is theirs; false, theirs of this system is
// another; neither, when it has none of this system.
std::optional<bool> owns(const Node& patient, const Identifier& asked) {
  static const NameId identifier_name = name_id("identifier");
  const Node* identifiers = patient.find(identifier_name);
  if (identifiers == nullptr) return std::nullopt;
  std::optional<bool> out;
  for (const auto& node : identifiers->items()) {
    const Identifier own = identifier_of(node);
    if (own.system != asked.system || own.value.empty()) continue;
    if (own.value == asked.value) return true;
    out = false;
  }
  return out;
}

// A sender may hold what it knows of the person inside a result; it is somebody else when it says
// so.
bool contradict(const Node& one, const Node& other) {
  static const NameId born = name_id("birthDate"), sex = name_id("gender");
  const auto differ = [&](NameId name) {
    const auto a = text_at(one, name), b = text_at(other, name);
    const auto shared = std::min(a.size(), b.size());  // "1960" and "1960-02-20" agree
    return shared > 0 && (name == sex ? a != b : a.substr(0, shared) != b.substr(0, shared));
  };
  return differ(born) || differ(sex);
}

// The members by which R4 resources name the person they are about.
bool names_a_person(NameId name) {
  static const std::array members = {name_id("subject"), name_id("patient"), name_id("for"),
                                     name_id("beneficiary"), name_id("individual")};
  static const std::uint64_t likely = [] {
    std::uint64_t bits = 0;
    for (const NameId member : members) bits |= std::uint64_t{1} << (member & 63U);
    return bits;
  }();
  return (likely >> (name & 63U) & 1U) != 0 &&
         std::find(members.begin(), members.end(), name) != members.end();
}

class Persons {
 public:
  explicit Persons(const Record::Impl& impl) : impl_(impl) {}

  base::Result<void> check_patients();
  base::Result<void> check_references(const Resource& resource);

 private:
  base::Result<void> check_reference(const Resource& resource, const Node& reference,
                                     std::string_view member);
  base::Result<void> check_identifier(const Resource& resource, const Node& reference,
                                      std::string_view member);
  bool is_the_patient(std::string_view key, std::string_view query, std::string_view server) const;

  const Record::Impl& impl_;
  // Without a Patient, the first person somebody names is the one.
  std::string named_;
  const Resource* named_by_ = nullptr;
  std::string_view server_;  // the first of which somebody says that the person is there
  // The first identifier of each system by which the person is named, and by whom.
  std::map<std::string_view, std::pair<std::string_view, const Resource*>> identifiers_;
  std::string_view last_agreed_, last_server_;  // of the reference looked at last
  Server servers_;
};

base::Result<void> Persons::check_patients() {
  static const TypeId patient_type = type_id(kPatient);
  const Resource* first = nullptr;
  for (const auto& resource : impl_.by_type) {
    if (resource.type != patient_type) continue;
    if (first == nullptr) {
      first = &resource;
      continue;
    }
    return base::fail(
        base::ErrorCode::kTwoPatients,
        "two people in one record: " + first->reference() + " and " + resource.reference(),
        resource.reference(), "Patient.id", "the resources of one patient");
  }
  return {};
}

bool Persons::is_the_patient(std::string_view key, std::string_view query,
                             std::string_view server) const {
  const Resource& patient = *impl_.patient;
  if (!query.empty()) return carries_identifier(*patient.node, query);
  const auto& servers = impl_.patient_servers;
  if (!servers.empty() && !server.empty() &&
      std::find(servers.begin(), servers.end(), server) == servers.end()) {
    return false;
  }
  if (key == patient.id || key == patient.full_url) return true;
  return !key.empty() && key == type_and_id(patient.full_url).id;
}

base::Result<void> Persons::check_reference(const Resource& resource, const Node& reference,
                                            std::string_view member) {
  static const NameId reference_name = name_id("reference"), type_name = name_id("type");
  static const TypeId patient_type = type_id(kPatient);
  const auto target = without_version(text_at(reference, reference_name));
  const auto stated = text_at(reference, type_name);
  if (stated.empty() || stated == kPatient) {
    if (auto same = check_identifier(resource, reference, member); !same) return same;
  }
  if (target.empty()) return {};
  if (target.starts_with('#')) {
    const Resource* held = impl_.resolve(target, &resource);
    if (held == nullptr || held->type != patient_type || impl_.patient == nullptr ||
        !contradict(*held->node, *impl_.patient->node)) {
      return {};
    }
    return base::fail(
        base::ErrorCode::kTwoPatients,
        "two people in one record: " + held->reference() + " was born another day " +
            "or is of another sex than " + impl_.patient->reference(),
        resource.reference(),
        std::string(type_text(resource.type)) + "." + std::string(member) + ".reference",
        "the resources of one patient");
  }
  if (!stated.empty() && stated != kPatient) return {};
  // Nearly every resource names the person by the same words, and comes from the same server.
  auto server = server_of(target);
  if (server.empty() && !target.starts_with("urn:")) {
    server = resource.contained ? impl_.home_of(resource) : servers_.of(resource);
  }
  if (target == last_agreed_ && server == last_server_) return {};
  last_agreed_ = target;
  last_server_ = server;
  if (const Resource* found = impl_.resolve(target, &resource)) {
    // A Group, a Device; or the Patient, of whom there is but one.
    if (found->type != patient_type || found == impl_.patient) return {};
  }
  std::string_view key = target, query;
  const auto parts = type_and_id(target);
  if (target.starts_with("Patient?")) {
    query = target.substr(kPatient.size() + 1);
  } else if (!parts.id.empty()) {
    if (parts.type != kPatient) return {};
    key = parts.id;
  } else if (target.starts_with(kUuid)) {
    key = target.substr(kUuid.size());
  }
  // Where the record does not say which server its Patient is of, the references still must agree.
  const bool one_server = !impl_.patient_servers.empty() || may_be_one_server(server, server_);
  if (server_.empty()) server_ = server;
  if (impl_.patient != nullptr && one_server && is_the_patient(key, query, server)) return {};
  const bool nameless =
      impl_.patient == nullptr || (impl_.patient->id.empty() && impl_.patient->full_url.empty());
  if (nameless && one_server && (named_by_ == nullptr || named_ == key)) {
    if (named_by_ == nullptr) named_by_ = &resource;
    named_ = key;
    return {};
  }
  const std::string rest = nameless ? named_by_->reference() + " about '" + named_ + "'"
                                    : "the record holds " + impl_.patient->reference();
  return base::fail(
      base::ErrorCode::kTwoPatients,
      "two people in one record: " + resource.reference() + " is about '" +
          std::string(target.substr(0, 120)) + "', " + rest,
      resource.reference(),
      std::string(type_text(resource.type)) + "." + std::string(member) + ".reference",
      "the resources of one patient");
}

base::Result<void> Persons::check_identifier(const Resource& resource, const Node& reference,
                                             std::string_view member) {
  static const NameId identifier_name = name_id("identifier");
  const Node* node = reference.find(identifier_name);
  if (node == nullptr) return {};
  const Identifier asked = identifier_of(*node);
  if (asked.system.empty() || asked.value.empty()) return {};
  const auto theirs = impl_.patient == nullptr ? std::nullopt : owns(*impl_.patient->node, asked);
  const auto [first, is_new] =
      identifiers_.try_emplace(asked.system, std::pair(asked.value, &resource));
  if (theirs ? *theirs : is_new || first->second.first == asked.value) return {};
  const std::string rest = theirs ? "not one of " + impl_.patient->reference()
                                  : first->second.second->reference() + " is about '" +
                                        std::string(first->second.first.substr(0, 120)) + "'";
  return base::fail(
      base::ErrorCode::kTwoPatients,
      "two people in one record: " + resource.reference() + " is about '" +
          std::string(asked.value.substr(0, 120)) + "' of " +
          std::string(asked.system.substr(0, 120)) + ", " + rest,
      resource.reference(),
      std::string(type_text(resource.type)) + "." + std::string(member) + ".identifier",
      "the resources of one patient");
}

base::Result<void> Persons::check_references(const Resource& resource) {
  for (const Node& child : resource.node->items()) {
    if (!names_a_person(child.name)) continue;
    const auto member = name_text(child.name);
    if (child.kind == Node::Kind::kObject) {
      if (auto same = check_reference(resource, child, member); !same) return same;
      continue;
    }
    for (const auto& item : child.items()) {
      if (auto same = check_reference(resource, item, member); !same) return same;
    }
  }
  return {};
}

}  // namespace

base::Result<void> check_one_person(const Record::Impl& impl) {
  Persons persons(impl);
  if (auto one = persons.check_patients(); !one) return one;
  for (const auto& resource : impl.resources) {
    if (auto same = persons.check_references(resource); !same) return same;
  }
  return {};
}

}  // namespace nidus::fhir
