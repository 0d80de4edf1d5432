// SPDX-License-Identifier: Apache-2.0
//
// The one error value that crosses room borders. Bad input is an Error (refused, with its place);
// the unknown is a value and never an Error; the impossible is an assert.
// Thread rule: plain values, no shared state. No exception leaves a room.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace nidus::base {

enum class ErrorCode {
  kNotUtf8,       // bytes that are not UTF-8
  kNotJson,       // not JSON, or JSON that ends too early
  kTooDeep,       // nested deeper than the stated limit
  kTooLarge,      // larger than the stated limit
  kNotFhir,       // JSON, but not a FHIR R4 resource
  kTwoPatients,   // more than one person in one record
  kNoPatient,     // nobody in the record
  kBadValue,      // an element with a value its FHIR type does not allow
  kBadUnit,       // not UCUM, or of another dimension than the measure
  kBadDate,       // an impossible date or time
  kNotFound,      // a file, definition or id that does not exist
  kUnreadable,    // a file that cannot be read
  kBadArgument,   // a command line or call argument
  kBadProgram,    // ELM that cannot be compiled; all reasons are in the message
  kBadGuideline,  // a guideline.json that is incomplete or contradicts itself
  kEvaluation,    // a CQL run-time error (Message severity Error, invalid interval, ...)
};

// `message` is one sentence for a person. The other fields may be empty.
struct Error {
  ErrorCode code = ErrorCode::kBadValue;
  std::string message;
  std::string resource;  // "Observation/crp-1", or "line 12", or a file name
  std::string path;      // FHIRPath-like: "Observation.valueQuantity.code"
  std::string expected;  // what would have been right

  // One line: "Observation/crp-1 Observation.valueQuantity.code: message; expected ...".
  std::string to_string() const;
};

// True for errors caused by what came in (exit code 2), false for our own failure (exit code 1).
bool is_bad_input(ErrorCode code);

// Stable machine word for a code: "not-json", "two-patients", ...
const char* word(ErrorCode code);

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string resource = {},
                                   std::string path = {}, std::string expected = {}) {
  return std::unexpected<Error>(
      Error{code, std::move(message), std::move(resource), std::move(path), std::move(expected)});
}

}  // namespace nidus::base
