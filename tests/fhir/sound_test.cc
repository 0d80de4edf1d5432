// SPDX-License-Identifier: Apache-2.0
//
// What the reader marks as sound is what the checker has nothing to say about, no more and no less.
#include "fhir/sound.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fhir/check.h"
#include "fhir/json_read.h"

namespace nidus::fhir {
namespace {

// The same tree with no mark on it: the checker has to look at everything.
Node unmarked(const Node& node, base::Arena& arena) {
  Node out = node;
  out.sound = false;
  if (node.items().empty()) return out;
  const auto children = arena.make_array<Node>(node.size);
  for (std::size_t i = 0; i < node.size; ++i) children[i] = unmarked(node.items()[i], arena);
  out.children = children.data();
  return out;
}

// What the checker says about a resource; empty when that is nothing.
std::string said(const Node& node) {
  std::vector<Issue> issues;
  IssueList list(issues);
  Checker checker(list);
  Resource resource;
  resource.node = &node;
  const Node* type = node.find(name_id("resourceType"));
  resource.type = type == nullptr ? kNoType : type_id(type->str());
  std::string out;
  if (const auto checked = checker.check(resource); !checked) {
    out = checked.error().to_string() + "\n";
  }
  for (const auto& issue : issues) {
    out += issue.resource + " " + issue.path + " " + issue.message + "\n";
  }
  return out;
}

const char* const kResources[] = {
    R"({"resourceType":"Observation","id":"crp","meta":{"lastUpdated":"2025-03-04T10:00:00Z","profile":["http://x"]},
"text":{"status":"generated","div":"<div>a \"b\"</div>"},"status":"final","code":{"coding":[{"system":"http://loinc.org",
"code":"1988-5","userSelected":true}],"text":"CRP"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-03-04",
"valueQuantity":{"value":148,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"},"component":[{"code":{"text":"x"},
"valueInteger":3}],"referenceRange":[{"low":{"value":0}}]})",
    R"({"resourceType":"MedicationRequest","id":"m","contained":[{"resourceType":"Medication","id":"drug","code":{"text":"Cefazolin"}}],
"status":"active","intent":"order","medicationReference":{"reference":"#drug"},"subject":{"reference":"Patient/p"},
"dosageInstruction":[{"sequence":1,"timing":{"repeat":{"frequency":3,"period":8,"periodUnit":"h","boundsPeriod":{"start":"2025-03-01",
"end":"2025-04-01"},"timeOfDay":["10:00:00"]}},"asNeededBoolean":false}]})",
    R"({"resourceType":"Patient","id":"p","active":true,"birthDate":"1961-05-02","_birthDate":{"extension":[{"url":"http://x",
"valueDateTime":"1961-05-02T10:00:00+01:00"}]},"name":[{"given":["A",null],"_given":[null,{"id":"x"}]}],"multipleBirthInteger":1,
"extension":[{"url":"http://x","valueDecimal":1.5}],"telecom":[{"rank":1}]})",
};

void hold(const std::string& json, std::size_t& sound, std::size_t& not_sound) {
  base::Arena arena;
  const auto documents = read_json(json, arena, Limits{}, "x");
  if (!documents) return;
  const Node& root = *documents->front().root;
  const Node bare = unmarked(root, arena);
  EXPECT_EQ(said(root), said(bare)) << json;
  (root.sound ? sound : not_sound) += 1;
  if (root.sound) {
    EXPECT_EQ(said(bare), "") << json;
  }
}

// Every value of three resources in turn replaced by others, right and wrong ones.
TEST(Sound, IsWhatTheCheckerHasNothingToSayAbout) {
  const char* const others[] = {"null",
                                "true",
                                "7",
                                "-1",
                                "1.5",
                                "1e400",
                                "\"\"",
                                "\"a\"",
                                "{}",
                                "[]",
                                "[null]",
                                "[{}]",
                                "[\"a\"]",
                                "[1]",
                                "\"mg\"",
                                "\"a\\u0001\"",
                                "\"10:00:00\"",
                                "\"2025-03-04T10:00:00\"",
                                "\"2025-13-04\"",
                                "\"2025-03-04T10\"",
                                "\"Observation\"",
                                "{\"modifierExtension\":[{\"url\":\"x\"}]}",
                                "{\"value\":1,\"unit\":\"furlong\"}"};
  std::size_t sound = 0, not_sound = 0;
  for (const char* resource : kResources) {
    std::string json(resource);
    std::erase(json, '\n');
    hold(json, sound, not_sound);
    for (std::size_t at = json.find(':'); at != std::string::npos; at = json.find(':', at + 1)) {
      if (json[at - 1] != '"') continue;
      std::size_t end = at + 1;  // the value ends before a comma or bracket of its own level
      int depth = 0;
      for (bool in_text = false; end < json.size(); ++end) {
        if (json[end] == '"' && json[end - 1] != '\\') in_text = !in_text;
        if (in_text) continue;
        if (depth == 0 && (json[end] == ',' || json[end] == '}' || json[end] == ']')) break;
        if (json[end] == '{' || json[end] == '[') ++depth;
        if (json[end] == '}' || json[end] == ']') --depth;
      }
      for (const char* other : others) {
        hold(json.substr(0, at + 1) + other + json.substr(end), sound, not_sound);
      }
    }
  }
  EXPECT_GT(sound, 100u);
  EXPECT_GT(not_sound, 1000u);
}

TEST(Sound, ResourcesAsTheyAreUsuallySentAreMarked) {
  base::Arena arena;
  for (const char* resource : {kResources[0], kResources[1]}) {
    std::string json(resource);
    std::erase(json, '\n');
    EXPECT_TRUE(read_json(json, arena, Limits{}, "x")->front().root->sound) << json;
  }
  // Of what does not name itself first nothing is known while it is read.
  EXPECT_FALSE(read_json(R"({"id":"p","resourceType":"Patient"})", arena, Limits{}, "x")
                   ->front()
                   .root->sound);
}

}  // namespace
}  // namespace nidus::fhir
