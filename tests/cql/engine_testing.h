// SPDX-License-Identifier: Apache-2.0
//
// Compiles the test libraries (tests/cql/libraries/*.cql, translated beside them) and evaluates
// them for a record. Expected values are CQL text, set by hand.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cql/program.h"

namespace nidus::cql {

inline std::string read_text(const std::string& path) {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/tests/cql/" + path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::vector<ValueSetContent> test_value_sets() {
  return {{"https://example.org/ValueSet/crp",
           "CRP",
           {{"http://loinc.org", "1988-5", "CRP"}, {"http://loinc.org", "30522-7", "hs-CRP"}}},
          {"https://example.org/ValueSet/drugs",
           "Drugs",
           {{"http://www.whocc.no/atc", "J01XA01", "vancomycin"}}},
          {"https://example.org/ValueSet/statuses",
           "Statuses",
           {{"http://hl7.org/fhir/observation-status", "final", "Final"}}}};
}

inline base::Result<Program> compile_texts(const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return Program::compile(views, test_value_sets());
}

inline Program compile_libraries(std::initializer_list<std::string_view> names) {
  std::vector<std::string> texts;
  for (const auto name : names) {
    texts.push_back(read_text("libraries/" + std::string(name) + ".elm.json"));
  }
  auto program = compile_texts(texts);
  if (!program) throw std::runtime_error(program.error().to_string());
  return std::move(*program);
}

inline fhir::Record record_of(const std::string& json) {
  auto record = fhir::Record::parse(json, "test");
  if (!record) throw std::runtime_error(record.error().to_string());
  return std::move(*record);
}

inline EvaluationOptions options_at(std::string_view moment) {
  EvaluationOptions options;
  options.as_of = base::parse_date_time(moment).value();
  return options;
}

// The value as CQL text, or "error: ..." when it ends so.
inline std::string text_of(Evaluation& evaluation, const Program& program, std::string_view name) {
  const auto id = program.find(name);
  if (!id) return "no such definition";
  const auto value = evaluation.value(*id);
  return value ? to_string(*value) : "error: " + value.error().message;
}

struct Expected {
  std::string_view name;
  std::string_view text;
};

inline void expect_all(Evaluation& evaluation, const Program& program, std::string_view library,
                       std::initializer_list<Expected> table) {
  for (const auto& [name, text] : table) {
    const std::string full = std::string(library) + "." + std::string(name);
    EXPECT_EQ(text_of(evaluation, program, full), text) << full;
  }
}

inline constexpr const char* kNobody = R"({"resourceType":"Patient","id":"p"})";

}  // namespace nidus::cql
