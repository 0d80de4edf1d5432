// SPDX-License-Identifier: Apache-2.0
#include "cli/guideline_words.h"

#include <simdjson.h>

#include "base/json_read.h"

namespace nidus::cli {

namespace dom = simdjson::dom;
using base::string_at;
using base::texts_at;

namespace {

template <class Map>
const typename Map::mapped_type* find_in(const Map& map, std::string_view key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

}  // namespace

base::Result<GuidelineWords> GuidelineWords::load(std::string_view json, std::string_view hash,
                                                  std::string_view source) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
      string_at(root, "format") != "nidus-guideline-words/1" || string_at(root, "hash") != hash) {
    return base::fail(base::ErrorCode::kBadGuideline, "not the words of this guideline",
                      std::string(source), "hash", "guideline-words.json made with guideline.json");
  }
  GuidelineWords out;
  dom::object entries;
  if (root["logic"].get(entries) == simdjson::SUCCESS) {
    for (auto [name, entry] : entries) {
      LogicWords words{string_at(entry, "label"), string_at(entry, "logic"), false,
                       texts_at(entry, "uses")};
      bool fact = false;
      if (entry["fact"].get(fact) == simdjson::SUCCESS) words.is_fact = fact;
      out.logic_.emplace(std::string(name), std::move(words));
    }
  }
  if (root["recommendations"].get(entries) == simdjson::SUCCESS) {
    for (auto [id, entry] : entries) {
      out.cases_.emplace(std::string(id),
                         CaseWords{texts_at(entry, "advised"), texts_at(entry, "never"),
                                   texts_at(entry, "undecided")});
    }
  }
  return out;
}

const LogicWords* GuidelineWords::find_logic(std::string_view definition) const {
  return find_in(logic_, definition);
}

const CaseWords* GuidelineWords::find_cases(std::string_view recommendation) const {
  return find_in(cases_, recommendation);
}

}  // namespace nidus::cli
