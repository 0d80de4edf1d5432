// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cassert>

namespace nidus::base {

std::string Error::to_string() const {
  std::string out = resource;
  if (!path.empty()) out += (out.empty() ? "" : " ") + path;
  if (!out.empty()) out += ": ";
  out += message;
  if (!expected.empty()) out += "; expected " + expected;
  return out;
}

bool is_bad_input(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotUtf8:
    case ErrorCode::kNotJson:
    case ErrorCode::kTooDeep:
    case ErrorCode::kTooLarge:
    case ErrorCode::kNotFhir:
    case ErrorCode::kTwoPatients:
    case ErrorCode::kNoPatient:
    case ErrorCode::kBadValue:
    case ErrorCode::kBadUnit:
    case ErrorCode::kBadDate:
    case ErrorCode::kNotFound:
    case ErrorCode::kUnreadable:
    case ErrorCode::kBadArgument:
      return true;
    case ErrorCode::kBadProgram:
    case ErrorCode::kBadGuideline:
    case ErrorCode::kEvaluation:
      return false;
  }
  assert(false);
  return false;
}

const char* word(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotUtf8:
      return "not-utf8";
    case ErrorCode::kNotJson:
      return "not-json";
    case ErrorCode::kTooDeep:
      return "too-deep";
    case ErrorCode::kTooLarge:
      return "too-large";
    case ErrorCode::kNotFhir:
      return "not-fhir";
    case ErrorCode::kTwoPatients:
      return "two-patients";
    case ErrorCode::kNoPatient:
      return "no-patient";
    case ErrorCode::kBadValue:
      return "bad-value";
    case ErrorCode::kBadUnit:
      return "bad-unit";
    case ErrorCode::kBadDate:
      return "bad-date";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kUnreadable:
      return "unreadable";
    case ErrorCode::kBadArgument:
      return "bad-argument";
    case ErrorCode::kBadProgram:
      return "bad-program";
    case ErrorCode::kBadGuideline:
      return "bad-guideline";
    case ErrorCode::kEvaluation:
      return "evaluation";
  }
  assert(false);
  return "";
}

}  // namespace nidus::base
