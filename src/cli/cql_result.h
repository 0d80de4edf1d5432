// SPDX-License-Identifier: Apache-2.0
//
// CQL values as the result lines of `nidus cql run`: docs/cql-run.md has the form.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_writer.h"
#include "cql/program.h"

namespace nidus::cli {

// A resource is written as its reference ("Observation/o1"), or whole.
enum class ResourceForm { kReference, kWhole };

// Where values come from and how their resources are written.
struct ResultForm {
  const fhir::Record& record;                 // of the patient
  const fhir::Record* of_everyone = nullptr;  // of all patients, in a run that has looked at them
  ResourceForm resources = ResourceForm::kReference;
};

void write_result(base::JsonWriter& out, const cql::Value& value, const ResultForm& form);

// One CSV field, quoted when RFC 4180 asks for it. Null is an empty field, an empty text "".
std::string csv_field(const cql::Value& value, const ResultForm& form);
std::string csv_text(std::string_view text);

// Where an evaluation failed: "Lib", 12, 3; an empty library when the error names no place.
struct FailurePlace {
  std::string library;
  int line = 0;
  int column = 0;
  std::string message;  // without the place
};
FailurePlace place_of(const base::Error& error);

}  // namespace nidus::cli
