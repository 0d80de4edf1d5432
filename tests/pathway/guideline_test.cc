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

base::Result<Guideline> load_padded(std::string text) {
  const std::size_t size = text.size();
  text.append(Guideline::kPadding, '\0');
  return Guideline::load({text.data(), size}, "test", true);
}

std::string plan_by(const Guideline& guideline) {
  const auto plan = make_plan(guideline, record_of(suspected()), as_of());
  return plan ? write_json(*plan) : plan.error().to_string();
}

TEST(GuidelineFile, SaysTheSameLineByLineAndAsOneText) {
  const std::string text = small_text();
  const auto lines = load_padded(text);
  ASSERT_TRUE(lines.has_value()) << lines.error().to_string();
  const auto one_text = load_padded(std::regex_replace(text, std::regex("\n"), ""));
  ASSERT_TRUE(one_text.has_value()) << one_text.error().to_string();
  const auto copied = Guideline::load(text, "test");
  ASSERT_TRUE(copied.has_value()) << copied.error().to_string();
  EXPECT_EQ(lines->hash, copied->hash);
  EXPECT_EQ(lines->facts.size(), copied->facts.size());
  EXPECT_EQ(lines->source_citations, copied->source_citations);
  const std::string expected = plan_by(*copied);
  EXPECT_NE(expected.find("\"items\""), std::string::npos) << expected;
  EXPECT_EQ(plan_by(*lines), expected);
  EXPECT_EQ(plan_by(*one_text), expected);
}

TEST(GuidelineFile, SaysWhatIsWrongWithIt) {
  const std::string text = small_text();
  const auto broken = [&](const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    std::string changed = text;
    changed.replace(at, what.size(), with);
    const auto loaded = load_padded(changed);
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
