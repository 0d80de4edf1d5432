// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace nidus::base {
namespace {

using namespace std::string_view_literals;

std::string written(std::string_view text) { return JsonWriter().value(text).text(); }

TEST(JsonWriter, Strings) {
  const struct {
    std::string_view text, json;
  } kCases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {R"(a"b\c/d)", R"("a\"b\\c/d")"},
      {"line\nnext\ttab\rreturn", R"("line\nnext\ttab\rreturn")"},
      {"\x01\x1f\b\f"sv, R"("\u0001\u001f\u0008\u000c")"},
      {"nul\0end"sv, R"("nul\u0000end")"},
      {"\x7f", R"("\u007f")"},
      {"\u00b5mol \u2265 38 \U0001F9E0", "\"\u00b5mol \u2265 38 \U0001F9E0\""},
      {"\uffff\U0010FFFF", "\"\uffff\U0010FFFF\""},
  };
  for (const auto& c : kCases) EXPECT_EQ(written(c.text), c.json);
}

TEST(JsonWriter, EachInvalidByteBecomesTheReplacementCharacter) {
  const struct {
    std::string_view text;
    int replaced;
  } kCases[] = {
      {"\x80", 1},              // a continuation byte alone
      {"\xC3", 1},              // cut off
      {"\xE2\x82", 2},          // cut off after two
      {"\xC0\xAF", 2},          // overlong '/'
      {"\xE0\x80\xAF", 3},      // overlong in three
      {"\xF0\x80\x80\xAF", 4},  // overlong in four
      {"\xED\xA0\x80", 3},      // surrogate
      {"\xF4\x90\x80\x80", 4},  // beyond U+10FFFF
      {"\xFF\xFE", 2},
  };
  for (const auto& c : kCases) {
    std::string expected = "\"a";
    for (int i = 0; i < c.replaced; ++i) expected += "\uFFFD";
    expected += "z\"";
    EXPECT_EQ(written("a" + std::string(c.text) + "z"), expected);
  }
  EXPECT_EQ(written("\xC3\xC3\xA9"), "\"\uFFFD\u00e9\"") << "the good character after is kept";
}

TEST(JsonWriter, Scalars) {
  EXPECT_EQ(JsonWriter().value(true).text(), "true");
  EXPECT_EQ(JsonWriter().value(false).text(), "false");
  EXPECT_EQ(JsonWriter().value(-7).text(), "-7");
  EXPECT_EQ(JsonWriter().value(std::int64_t{INT64_MIN}).text(), "-9223372036854775808");
  EXPECT_EQ(JsonWriter().value(std::size_t{SIZE_MAX}).text(), "18446744073709551615");
  EXPECT_EQ(JsonWriter().value("text").text(), R"("text")");
  EXPECT_EQ(JsonWriter().null().text(), "null");
  EXPECT_EQ(JsonWriter().raw("1.50").text(), "1.50");
}

void write_plan(JsonWriter& out) {
  out.begin_object().member("id", "x").member("days", 42).key("items").begin_array();
  out.begin_object().member("now", true).end_object().value("b").null();
  out.begin_array().end_array().begin_object().end_object();
  out.end_array().key("crp").raw("12.50").member("q\"", std::string("v")).end_object();
}

TEST(JsonWriter, OneLine) {
  JsonWriter out;
  write_plan(out);
  EXPECT_EQ(out.text(),
            R"({"id":"x","days":42,"items":[{"now":true},"b",null,[],{}],"crp":12.50,"q\"":"v"})");
}

TEST(JsonWriter, Indented) {
  JsonWriter out(2);
  write_plan(out);
  EXPECT_EQ(out.text(), R"({
  "id": "x",
  "days": 42,
  "items": [
    {
      "now": true
    },
    "b",
    null,
    [],
    {}
  ],
  "crp": 12.50,
  "q\"": "v"
})");
}

#ifndef NDEBUG
TEST(JsonWriterDeathTest, WrongNestingIsAnAssert) {
  EXPECT_DEATH(JsonWriter().begin_object().value(1), "");               // a member without a key
  EXPECT_DEATH(JsonWriter().begin_array().key("a"), "");                // a key in an array
  EXPECT_DEATH(JsonWriter().begin_array().end_object(), "");            // the wrong end
  EXPECT_DEATH(JsonWriter().begin_object().key("a").end_object(), "");  // a key without a value
  EXPECT_DEATH((void)JsonWriter().begin_array().text(), "");            // not closed
  EXPECT_DEATH(JsonWriter().value(1).value(2), "");                     // two values
}
#endif

}  // namespace
}  // namespace nidus::base
