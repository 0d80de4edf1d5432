// SPDX-License-Identifier: Apache-2.0
//
// The guideline's own pharmacology part, and small helpers, for the tests of this room.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "pharmacology/course.h"
#include "pharmacology/library.h"

namespace nidus::pharmacology {

inline std::string file_text(const std::string& path) {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Compiled by `make guideline`.
inline const Library& library() {
  static const Library kLibrary = [] {
    simdjson::dom::parser parser;
    const simdjson::padded_string text(file_text("build/guideline/guideline.json"));
    const simdjson::dom::element root = parser.parse(text);
    const std::string json = simdjson::minify(root["pharmacology"].value());
    auto loaded = Library::load(json, "guideline.json");
    EXPECT_TRUE(loaded.has_value()) << loaded.error().to_string();
    return *std::move(loaded);
  }();
  return kLibrary;
}

inline const Model& model(const std::string& id) {
  const Model* found = library().find_model(id);
  EXPECT_NE(found, nullptr) << id;
  return *found;
}

// Values by covariate name in the model's order; what is not named is 0.
inline std::vector<double> covariates(const Model& of,
                                      const std::map<std::string, double>& values) {
  std::vector<double> out;
  for (const ModelCovariate& covariate : of.covariates) {
    const auto found = values.find(covariate.id);
    out.push_back(found == values.end() ? covariate.assume.value_or(0) : found->second);
  }
  return out;
}

inline Course course(const Model& of, const History& history) {
  auto made = Course::make(of, history);
  EXPECT_TRUE(made.has_value()) << made.error().to_string();
  return *std::move(made);
}

inline std::vector<Dose> repeated(double mg, double over_h, int count, double every_h,
                                  double at_h) {
  std::vector<Dose> out;
  for (int i = 0; i < count; ++i) out.push_back({at_h + i * every_h, mg, over_h});
  return out;
}

// |a - b| within `relative` of b.
inline testing::AssertionResult close(double a, double b, double relative) {
  if (std::abs(a - b) <= relative * std::abs(b)) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << a << " instead of " << b << ", off by " << std::abs(a - b) / std::abs(b);
}

}  // namespace nidus::pharmacology
