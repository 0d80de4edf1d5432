// SPDX-License-Identifier: Apache-2.0
//
// What a thread has read before changes nothing but the time a reading takes: same trees, same
// findings, same refusals as in a thread that has read nothing.
#include "fhir/known_values.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bundles.h"
#include "fhir/record.h"

namespace nidus::fhir {
namespace {

void show(const Node& node, std::string& out) {
  out += std::to_string(static_cast<int>(node.kind)) + (node.escaped ? "e" : "");
  out += (node.sound ? "s" : "") + std::string(node.plain ? "p" : "") + (node.far ? "f" : "");
  out += std::to_string(node.name) + std::string(node.extra_name()) + "=" + std::string(node.str());
  out += '(';
  for (const Node& child : node.items()) show(child, out);
  out += ')';
}

// All that a reading tells.
std::string told(const base::Result<Record>& record) {
  if (!record) return record.error().to_string();
  std::string out;
  for (const Resource& resource : record->resources()) {
    out += resource.reference() + ": ";
    show(*resource.node, out);
    out += '\n';
  }
  for (const Issue& issue : record->issues()) {
    out += issue.resource + " " + issue.path + " " + issue.message + '\n';
  }
  return out;
}

std::string read(const std::string& json, const Limits& limits = {}) {
  return told(Record::parse(json, "in.json", limits));
}

// In a thread that has read nothing before.
std::string read_afresh(const std::string& json, const Limits& limits = {}) {
  std::string out;
  std::thread([&] { out = read(json, limits); }).join();
  return out;
}

const Node* at(const Record& record, std::size_t resource, std::string_view member) {
  return record.resources()[resource].node->find(name_id(member));
}

TEST(KnownValues, AreSharedFromTheThirdTimeOn) {
  const std::string json = bundle_of({patient_p1(), observation("a", ""), observation("b", ""),
                                      observation("c", ""), observation("d", "")});
  std::thread([&] {
    const auto record = Record::parse(json, "in.json").value();
    EXPECT_NE(at(record, 1, "code")->items().data(), at(record, 2, "code")->items().data());
    EXPECT_EQ(at(record, 3, "code")->items().data(), at(record, 4, "code")->items().data());
    // The next record of the thread has them too; a resource itself is always its own.
    const auto next = Record::parse(json, "in.json").value();
    EXPECT_EQ(at(record, 4, "code")->items().data(), at(next, 1, "code")->items().data());
    EXPECT_NE(next.resources()[1].node->items().data(), next.resources()[2].node->items().data());
  }).join();
}

TEST(KnownValues, TellTheSameAsTheFirstReading) {
  const std::vector<std::string> inputs = {
      bundle_of(made_up_record(60)),
      // What is remarked is remarked every time: an unknown member, a unit, a wrong kind, a
      // contained resource, a modifier extension, an escape, a control character.
      bundle_of(
          {patient_p1(), observation("a", R"("code2":{"text":"x"})"),
           observation("b", R"("code2":{"text":"x"})"),
           observation("c", R"("referenceRange":[{"low":{"value":1,"unit":"mg/parsec"}}])"),
           observation("d", R"("referenceRange":[{"low":{"value":1,"unit":"mg/parsec"}}])"),
           observation("e", R"("method":{"text":"a\u0007b"},"note":[{"text":"\"ü\""}])"),
           observation("f", R"("method":{"text":"a\u0007b"},"note":[{"text":"\"ü\""}])"),
           observation("g", R"("contained":[{"resourceType":"Device","id":"d"}])"),
           observation("h", R"("contained":[{"resourceType":"Device","id":"d"}])"),
           observation("i", R"("modifierExtension":[{"url":"http://x","valueCode":"y"}])"),
           observation("j", R"("modifierExtension":[{"url":"http://x","valueCode":"y"}])"),
           observation("k", R"("_status":{"extension":[{"url":"http://x"}]})"),
           observation("l", R"("_status":{"extension":[{"url":"http://x"}]})"),
           observation("m", R"("effectivePeriod":{"start":"2025-03-04","end":"2025-03-01"})"),
           observation("n", R"("effectivePeriod":{"start":"2025-03-04","end":"2025-03-01"})")}),
      // The same value with room between its tokens is the same value.
      bundle_of({patient_p1(), observation("a", R"("method":{"text":"x"})"),
                 observation("b", R"("method": { "text" : "x" } )"),
                 observation("c", "\"method\":{\n\t\"text\":\"x\"}")})};
  for (const auto& json : inputs) {
    const std::string first = read_afresh(json);
    ASSERT_NE(first.find("Observation/"), std::string::npos) << first;
    for (int time = 0; time < 4; ++time) EXPECT_EQ(read(json), first);
  }
}

TEST(KnownValues, TheSameBytesElsewhereAreReadAsWhatTheyAreThere) {
  // A CodeableConcept, and an Annotation: `text` is a text in both, `coding` none of the second.
  const std::string value = R"({"coding":[{"code":"x"}],"text":"y"})";
  const std::string json = bundle_of(
      {patient_p1(), observation("a", "\"method\":" + value),
       observation("b", "\"method\":" + value), observation("c", "\"method\":" + value),
       observation("d", "\"note\":[" + value + "]"), observation("e", "\"bodySite\":" + value),
       observation("f", "\"subject2\":" + value),
       observation("g", "\"effectivePeriod\":" + value)});
  const std::string first = read_afresh(json);
  EXPECT_NE(first.find("note[0].coding"), std::string::npos) << first;
  EXPECT_NE(first.find("effectivePeriod.coding"), std::string::npos) << first;
  for (int time = 0; time < 4; ++time) EXPECT_EQ(read(json), first);
}

TEST(KnownValues, AreNoWayAroundTheDepthLimit) {
  const std::string json = bundle_of(
      {patient_p1(), observation("a", R"("extension":[{"url":"u","extension":[{"url":"v"}]}])"),
       observation("b", R"("extension":[{"url":"u","extension":[{"url":"v"}]}])")});
  for (int time = 0; time < 3; ++time) EXPECT_EQ(read(json), read_afresh(json));
  for (int depth = 1; depth < 12; ++depth) {
    const Limits limits{.max_depth = depth};
    EXPECT_EQ(read(json, limits), read_afresh(json, limits)) << depth;
  }
}

TEST(KnownValues, WhatIsBrokenIsRefusedInTheSameWords) {
  const std::string whole = bundle_of(made_up_record(12));
  for (int time = 0; time < 3; ++time) ASSERT_EQ(read(whole), read_afresh(whole));
  std::mt19937 random(20'25);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  constexpr std::string_view kBytes = "{}[]\",:\\ 01ae.-\n\x01\xff";
  for (int round = 0; round < 400; ++round) {
    std::string json = whole;
    switch (round % 4) {
      case 0:
        json.resize(below(json.size()));
        break;
      case 1:
        json[below(json.size())] = kBytes[below(kBytes.size())];
        break;
      case 2:
        json.insert(below(json.size()), 1, kBytes[below(kBytes.size())]);
        break;
      default: {
        const std::size_t from = below(json.size());
        json.erase(from, 1 + below(40));
      }
    }
    ASSERT_EQ(read(json), read_afresh(json)) << json;
  }
}

// More than is kept: what was handed out stays, and what is read afterwards is right.
TEST(KnownValues, AreForgottenWithoutHarm) {
  const std::string json = bundle_of(made_up_record(20));
  read(json);
  const auto kept = Record::parse(json, "in.json");
  const std::string before = told(kept);
  for (int i = 0; i < 12'000; ++i) {
    const std::string member = R"("method":{"text":"method number )" + std::to_string(i) + "\"}";
    const std::string other = bundle_of({patient_p1(), observation("a", member),
                                         observation("b", member), observation("c", member)});
    const auto record = Record::parse(other, "in.json");
    ASSERT_TRUE(record);
    ASSERT_EQ(at(*record, 3, "method")->items()[0].str(), "method number " + std::to_string(i));
  }
  EXPECT_EQ(told(kept), before);
  EXPECT_EQ(read(json), before);
}

}  // namespace
}  // namespace nidus::fhir
