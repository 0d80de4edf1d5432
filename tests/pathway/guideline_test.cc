// SPDX-License-Identifier: Apache-2.0
#include "pathway/guideline.h"

#include <gtest/gtest.h>

#include <regex>

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
  const auto packed = Guideline::pack(text, "test");
  ASSERT_TRUE(packed.has_value()) << packed.error().to_string();
  const auto read = Guideline::load_packed(*packed, "test");
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  const auto parsed = Guideline::load(text, "test");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
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

TEST(GuidelineFile, SaysWhatIsWrongWithIt) {
  const std::string text = small_text();
  const auto broken = [&](const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    std::string changed = text;
    changed.replace(at, what.size(), with);
    const auto packed = Guideline::pack(changed, "test");
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
