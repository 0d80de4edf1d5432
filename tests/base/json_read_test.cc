// SPDX-License-Identifier: Apache-2.0
#include "base/json_read.h"

#include <gtest/gtest.h>

namespace nidus::base {

namespace {

TEST(JsonRead, WhatIsAbsentOrOfAnotherKindIsEmpty) {
  simdjson::dom::parser parser;
  const std::string text =
      R"({"text":"L4 \"a\"","number":1.50,"flag":true,"nothing":null,"list":["a",2,null]})";
  const simdjson::dom::element root = parser.parse(text).value();
  const struct {
    const char* key;
    const char* view;
    const char* written;
  } cases[] = {{"text", "L4 \"a\"", "L4 \"a\""},
               {"number", "", "1.5"},
               {"flag", "", "true"},
               {"nothing", "", ""},
               {"absent", "", ""}};
  for (const auto& [key, view, written] : cases) {
    EXPECT_EQ(view_at(root, key), view) << key;
    EXPECT_EQ(string_at(root, key), view) << key;
    EXPECT_EQ(text_at(root, key), written) << key;
  }
  EXPECT_EQ(texts_at(root, "list"), (std::vector<std::string>{"a", "2", ""}));
  EXPECT_TRUE(texts_at(root, "text").empty());
  EXPECT_TRUE(texts_at(root, "absent").empty());
}

}  // namespace

}  // namespace nidus::base
