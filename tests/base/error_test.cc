// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nidus::base {
namespace {

constexpr ErrorCode kAllCodes[] = {
    ErrorCode::kNotUtf8,     ErrorCode::kNotJson,    ErrorCode::kTooDeep,
    ErrorCode::kTooLarge,    ErrorCode::kNotFhir,    ErrorCode::kTwoPatients,
    ErrorCode::kNoPatient,   ErrorCode::kBadValue,   ErrorCode::kBadUnit,
    ErrorCode::kBadDate,     ErrorCode::kNotFound,   ErrorCode::kUnreadable,
    ErrorCode::kBadArgument, ErrorCode::kBadProgram, ErrorCode::kBadGuideline,
    ErrorCode::kEvaluation};

TEST(Error, OneLineNamesThePlaceFirst) {
  const struct {
    Error error;
    const char* line;
  } kCases[] = {
      {{ErrorCode::kBadUnit, "mg/x is not a unit", "Observation/crp-1",
        "Observation.valueQuantity.code", "mg/L"},
       "Observation/crp-1 Observation.valueQuantity.code: mg/x is not a unit; expected mg/L"},
      {{ErrorCode::kNotJson, "the text ends too early", "line 12", "", ""},
       "line 12: the text ends too early"},
      {{ErrorCode::kBadValue, "no", "", "Patient.gender", ""}, "Patient.gender: no"},
      {{ErrorCode::kBadArgument, "which file?", "", "", ""}, "which file?"},
      {{ErrorCode::kBadArgument, "which file?", "", "", "a path"}, "which file?; expected a path"},
  };
  for (const auto& c : kCases) EXPECT_EQ(c.error.to_string(), c.line);
}

TEST(Error, EveryCodeHasItsOwnWordOfLowerCaseAndHyphens) {
  std::set<std::string> seen;
  for (const ErrorCode code : kAllCodes) {
    const std::string text = word(code);
    EXPECT_TRUE(seen.insert(text).second) << text;
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-8"), std::string::npos) << text;
  }
  EXPECT_EQ(seen.size(), 16u);
  EXPECT_STREQ(word(ErrorCode::kNotJson), "not-json");
  EXPECT_STREQ(word(ErrorCode::kTwoPatients), "two-patients");
}

TEST(Error, OnlyOurOwnProgramGuidelineAndEvaluationAreOurFailure) {
  for (const ErrorCode code : kAllCodes) {
    const bool ours = code == ErrorCode::kBadProgram || code == ErrorCode::kBadGuideline ||
                      code == ErrorCode::kEvaluation;
    EXPECT_EQ(is_bad_input(code), !ours) << word(code);
  }
}

TEST(Error, FailCarriesEveryField) {
  const Result<int> result = fail(ErrorCode::kBadDate, "m", "r", "p", "e");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadDate);
  EXPECT_EQ(result.error().message, "m");
  EXPECT_EQ(result.error().resource, "r");
  EXPECT_EQ(result.error().path, "p");
  EXPECT_EQ(result.error().expected, "e");
}

}  // namespace
}  // namespace nidus::base
