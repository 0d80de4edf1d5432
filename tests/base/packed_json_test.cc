// SPDX-License-Identifier: Apache-2.0
#include "base/packed_json.h"

#include <gtest/gtest.h>

namespace nidus::base {

namespace {

std::vector<std::uint8_t> packed(const std::string& json, Share share) {
  simdjson::dom::parser parser;
  Packer packer(share);
  packer.add(parser.parse(json).value());
  return std::move(packer).bytes();
}

TEST(PackedJson, HoldsWhatTheTextSays) {
  const std::string text =
      R"({"zoo":"L4 \"a\"","number":1.50,"whole":38.0,"count":-12,"large":18446744073709551615,)"
      R"("flag":true,"off":false,"nothing":null,"list":["a",2,null,{"a":"b"}],"empty":{},"none":[],)"
      R"("ape":"","tiny":1e-7})";
  for (const Share share : {Share::kNames, Share::kTexts}) {
    const auto bytes = packed(text, share);
    const PackedJson root{bytes};
    ASSERT_TRUE(root.is_object());
    EXPECT_EQ(root.size(), 13U);
    const struct {
      const char* key;
      const char* text;
      const char* written;
    } table[] = {{"zoo", "L4 \"a\"", "L4 \"a\""},
                 {"number", "", "1.5"},
                 {"whole", "", "38.0"},
                 {"count", "", "-12"},
                 {"large", "", "18446744073709551615"},
                 {"flag", "", "true"},
                 {"off", "", "false"},
                 {"nothing", "", ""},
                 {"ape", "", ""},
                 {"tiny", "", "1e-07"},
                 {"absent", "", ""},
                 {"zo", "", ""},    // the beginning of a name is none
                 {"zoos", "", ""},  // nor is one that goes on
                 {"list", "", ""}};
    for (const auto& row : table) {
      EXPECT_EQ(text_at(root, row.key), row.text) << row.key;
      EXPECT_EQ(root[row.key].written(), row.written) << row.key;
    }
    EXPECT_EQ(root["flag"].truth(), true);
    EXPECT_EQ(root["off"].truth(), false);
    EXPECT_EQ(root["zoo"].truth(), std::nullopt);
    EXPECT_FALSE(root["ape"].is_null());
    EXPECT_TRUE(root["nothing"].is_null());
    EXPECT_TRUE(root["absent"].is_null());
    PackedJson inner;
    EXPECT_FALSE(root["nothing"].into(inner));
    ASSERT_TRUE(root["list"].into(inner));
    EXPECT_TRUE(inner.is_list());
    EXPECT_EQ(text_at(inner.at(3), "a"), "b");
    std::string all;
    for_each(root, "list", [&](const PackedJson& item) { all += item.written() + ";"; });
    EXPECT_EQ(all, "a;2;;;");
    for_each(root, "empty", [&](const PackedJson&) { FAIL() << "an object is no list"; });
    EXPECT_TRUE(root["empty"]["zoo"].is_null());
    EXPECT_TRUE(root["zoo"]["zoo"].is_null());
    EXPECT_EQ(root["none"].size(), 0U);
  }
}

TEST(PackedJson, FindsMembersHoweverFarTheirNamesLie) {
  // Distances to the names take one, two and four bytes as the text between grows.
  for (const std::size_t length : {std::size_t{1}, std::size_t{300}, std::size_t{70'000}}) {
    std::string text = R"([{"first":"1","second":"2"})";
    for (int i = 0; i < 3; ++i)
      text += ",\"" + std::string(length, static_cast<char>('a' + i)) + "\"";
    text += R"(,{"second":"3","first":"4"}])";
    for (const Share share : {Share::kNames, Share::kTexts}) {
      const auto bytes = packed(text, share);
      const PackedJson root{bytes};
      EXPECT_EQ(text_at(root.at(0), "first"), "1");
      EXPECT_EQ(text_at(root.at(4), "first"), "4");
      EXPECT_EQ(text_at(root.at(4), "second"), "3");
      EXPECT_EQ(root.at(2).text().size(), length);
    }
  }
}

// Names are compared by their first bytes at once: some begin like others, and some end there.
TEST(PackedJson, TellsNamesApartThatBeginAlike) {
  const std::string whole = "operandTypeSpecifiers";
  for (const bool longest_first : {false, true}) {
    std::string text = "{";
    for (std::size_t i = 1; i <= whole.size(); i += 2) {
      const std::size_t size = longest_first ? whole.size() + 1 - i : i;
      text +=
          (i == 1 ? "\"" : ",\"") + whole.substr(0, size) + "\":\"" + std::to_string(size) + "\"";
    }
    const auto bytes = packed(text + "}", Share::kNames);
    const PackedJson root{bytes};
    for (std::size_t size = 1; size <= whole.size(); ++size) {
      const std::string name = whole.substr(0, size);
      EXPECT_EQ(text_at(root, std::string_view(name)), size % 2 == 1 ? std::to_string(size) : "");
      EXPECT_TRUE(root[std::string_view(name + "x")].is_null()) << name;
      EXPECT_TRUE(root[std::string_view("x" + name)].is_null()) << name;
    }
    EXPECT_EQ(text_at(root, "operand"), "7");
    EXPECT_TRUE(root["operandT"].is_null());
    EXPECT_EQ(text_at(root, "operandTy"), "9");
  }
}

TEST(PackedJson, StoresEqualTextsOnceWhenAsked) {
  std::string text = "[\"\"";
  for (int i = 0; i < 100; ++i) text += R"(,"Staphylococcus aureus, methicillin-susceptible")";
  text += "]";
  EXPECT_LT(packed(text, Share::kTexts).size() * 5, packed(text, Share::kNames).size());
}

}  // namespace

}  // namespace nidus::base
