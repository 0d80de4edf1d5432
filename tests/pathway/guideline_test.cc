// SPDX-License-Identifier: Apache-2.0
#include "pathway/guideline.h"

#include <gtest/gtest.h>

#include <array>
#include <regex>
#include <thread>

#include "pathway/why.h"
#include "small_guideline.h"

namespace nidus::pathway {

namespace {

std::string small_text() {
  std::ifstream file(std::string(NIDUS_SOURCE_DIR) + "/build/small-guideline/guideline.json",
                     std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string plan_by(const Guideline& guideline) {
  const auto plan = make_plan(guideline, record_of(suspected()), as_of());
  return plan ? write_json(*plan) : plan.error().to_string();
}

TEST(GuidelineFile, SaysTheSamePacked) {
  const std::string text = small_text();
  const auto parsed = Guideline::load(text, "test");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
  const auto packed = Guideline::pack(text, parsed->program().findings(), "test");
  ASSERT_TRUE(packed.has_value()) << packed.error().to_string();
  const auto read = Guideline::load_packed(*packed, "test");
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(read->hash, parsed->hash);
  EXPECT_EQ(read->facts.size(), parsed->facts.size());
  EXPECT_EQ(read->source_citations, parsed->source_citations);
  EXPECT_EQ(read->reading.codes, parsed->reading.codes);
  EXPECT_FALSE(read->measures.empty());
  EXPECT_EQ(read->measures.size(), parsed->measures.size());
  const std::string expected = plan_by(*parsed);
  EXPECT_NE(expected.find("\"items\""), std::string::npos) << expected;
  EXPECT_EQ(plan_by(*read), expected);
}

// Definitions of a packed guideline are compiled when they are needed: by whoever comes first, and
// ahead of that by another thread, or by none.
TEST(GuidelineFile, SaysTheSameToSeveralThreads) {
  const std::string text = small_text();
  const auto parsed = Guideline::load(text, "test");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
  const auto record = record_of(suspected());
  const std::string expected = write_values(*parsed, record, as_of().as_of);
  auto findings = parsed->program().findings();
  const std::size_t bodies = parsed->program().compiled().size();
  EXPECT_EQ(parsed->program().compiled(), std::string(bodies, '1'));
  for (const std::string& needed :
       {std::string(), std::string(bodies, '1'), std::string(bodies, '0')}) {
    findings.needed = needed;
    const auto packed = Guideline::pack(text, findings, "test");
    ASSERT_TRUE(packed.has_value()) << packed.error().to_string();
    for (int round = 0; round < 20; ++round) {
      const auto read = Guideline::load_packed(*packed, "test");
      ASSERT_TRUE(read.has_value()) << read.error().to_string();
      std::array<std::string, 4> said;
      {
        std::vector<std::jthread> threads;
        for (auto& one : said) {
          threads.emplace_back([&] { one = write_values(*read, record, as_of().as_of); });
        }
      }
      for (const auto& one : said) ASSERT_EQ(one, expected);
      if (round > 0) continue;
      EXPECT_EQ(read->program().findings().fixed, findings.fixed);
      EXPECT_EQ(read->program().findings().remembered, findings.remembered);
      for (cql::DefinitionId id = 0; id < parsed->program().definitions().size(); ++id) {
        ASSERT_EQ(read->program().dependents(id), parsed->program().dependents(id));
      }
    }
  }
}

TEST(GuidelineFile, IsPackedWithItsOwnFindings) {
  const std::string text = small_text();
  const auto parsed = Guideline::load(text, "test");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
  auto findings = parsed->program().findings();
  findings.fixed += '0';
  const auto packed = Guideline::pack(text, findings, "test");
  ASSERT_TRUE(packed.has_value()) << packed.error().to_string();
  const auto read = Guideline::load_packed(*packed, "test");
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("findings of other libraries"), std::string::npos)
      << read.error().to_string();
}

TEST(GuidelineFile, SaysWhatIsWrongWithIt) {
  const std::string text = small_text();
  const auto broken = [&](const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    std::string changed = text;
    changed.replace(at, what.size(), with);
    const auto packed = Guideline::pack(changed, {}, "test");
    const auto loaded = Guideline::load(changed, "test");
    // What cannot be read is not packed either; what is no guideline can be.
    EXPECT_EQ(packed.has_value(), loaded.has_value() || with.find("other") != std::string::npos);
    return loaded ? std::string("loaded") : loaded.error().to_string();
  };
  const struct {
    const char* what;
    const char* with;
    const char* said;
  } table[] = {{"\"valueSets\":[", "\"valueSets\":[}", "not JSON"},
               {"\"libraries\":[\n{", "\"libraries\":[\n{,", "not JSON"},
               {"{\"format\":\"nidus-guideline/1\"", "{\"format\":", "not JSON"},
               {"\"format\":\"nidus-guideline/1\"", "\"format\":\"other\"", "can read"},
               {"\n]}", "\n]", "not JSON"}};
  for (const auto& row : table) {
    const std::string said = broken(row.what, row.with);
    EXPECT_TRUE(std::regex_search(said, std::regex(row.said))) << row.with << ": " << said;
    EXPECT_NE(said.find("test"), std::string::npos) << said;
  }
}

}  // namespace

}  // namespace nidus::pathway
