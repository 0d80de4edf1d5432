// SPDX-License-Identifier: Apache-2.0
//
// The logic of a guideline in words, and the worked patients of each recommendation: made by the
// guideline compiler beside guideline.json, read by `nidus guideline explain` alone.
// Thread rule: immutable after load. Errors: kBadGuideline when the words are of another guideline.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nidus::cli {

struct LogicWords {
  std::string label;  // what people call the definition
  std::string text;   // indented lines; empty when it has no words
  bool is_fact = false;
  std::vector<std::string> uses;  // definitions it names, which have words too
};

struct CaseWords {
  std::vector<std::string> advised;
  std::vector<std::string> never;
  std::vector<std::string> undecided;
};

class GuidelineWords {
 public:
  // `hash`: of the guideline they must belong to. `source` names the bytes in messages.
  static base::Result<GuidelineWords> load(std::string_view json, std::string_view hash,
                                           std::string_view source);

  const LogicWords* find_logic(std::string_view definition) const;     // "Library.Name"
  const CaseWords* find_cases(std::string_view recommendation) const;  // by id

 private:
  std::map<std::string, LogicWords, std::less<>> logic_;
  std::map<std::string, CaseWords, std::less<>> cases_;
};

}  // namespace nidus::cli
