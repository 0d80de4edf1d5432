// SPDX-License-Identifier: Apache-2.0
// What a library refuses that the guideline compiler would not write.
#include "pharmacology/library.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "pharmacology/testing.h"

namespace nidus::pharmacology {
namespace {

std::string pharmacology_json() {
  simdjson::dom::parser parser;
  const simdjson::padded_string text(file_text("build/guideline/guideline.json"));
  const simdjson::dom::element root = parser.parse(text);
  return simdjson::minify(root["pharmacology"].value());
}

std::string problem_of(const std::string& from, const std::string& to) {
  std::string json = pharmacology_json();
  const std::size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) json.replace(at, from.size(), to);
  const auto loaded = Library::load(json, "guideline.json");
  return loaded ? "" : loaded.error().to_string();
}

const std::string kTypical =
    R"("typical_only":"its variances and its residual error are not at hand",)";

TEST(Library, AModelWithoutVariancesSaysWhy) {
  EXPECT_EQ(problem_of(kTypical, kTypical), "");
  EXPECT_NE(problem_of(kTypical, "").find("vancomycin-bourguignon-2016: no residual error"),
            std::string::npos);
  const std::string both = problem_of(
      kTypical, kTypical + R"("residual":{"kind":"combined2","additive":1,"proportional":0},)");
  EXPECT_NE(both.find("of typical values alone, and yet"), std::string::npos) << both;
}

TEST(Library, AModelWithoutVariancesIsNotAveraged) {
  const std::string averaged = problem_of(R"("averaged":["vancomycin-goti-2018",)",
                                          R"("averaged":["vancomycin-bourguignon-2016",)");
  EXPECT_NE(averaged.find("has typical values alone and cannot be averaged"), std::string::npos)
      << averaged;
}

}  // namespace
}  // namespace nidus::pharmacology
