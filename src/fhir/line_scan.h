// SPDX-License-Identifier: Apache-2.0
//
// Whom one line of NDJSON is about, without reading all of it. Internal to fhir/.
// Thread rule: one scanner a thread. A line that is JSON up to where the scanner looked may still
// be refused when it is read.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace nidus::fhir {

struct ScannedLine {
  enum class What {
    kPerson,  // about the person `person`
    kBundle,
    kShared,   // of a type that is about no one person: a Medication, a Practitioner
    kNobody,   // of a type that is about a person, but names none
    kNotRead,  // about other resources alone (Provenance, AuditEvent)
    kBroken,   // not JSON, or no FHIR resource
  };
  What what = What::kBroken;
  std::string person;  // the id: "p1" of "Patient/p1", "http://host/Patient/p1", "urn:uuid:p1"
  std::string type;
  std::string id;
};

class LineScanner {
 public:
  // REQUIRES: LineReader::kPadding readable bytes behind `text`.
  ScannedLine scan(std::string_view text);

 private:
  simdjson::ondemand::parser parser_;
};

// The id of the person a reference names; empty when it names none.
std::string person_of_reference(std::string_view reference, std::string_view stated_type);

}  // namespace nidus::fhir
