// SPDX-License-Identifier: Apache-2.0
//
// From bytes to nodes: what is kept exactly, and where each refusal points.
#include "fhir/json_read.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nidus::fhir {
namespace {

using base::ErrorCode;

// The tree in a plain notation: kind letter and text, so that 1.50 and "1.50" differ.
std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBoolean:
      return std::string(node.str());
    case Node::Kind::kNumber:
      return "#" + std::string(node.str());
    case Node::Kind::kString:
      return "'" + std::string(node.str()) + "'";
    case Node::Kind::kArray:
    case Node::Kind::kObject:
      break;
  }
  const bool array = node.kind == Node::Kind::kArray;
  std::string out(1, array ? '[' : '{');
  for (const auto& child : node.items()) {
    if (out.size() > 1) out += ' ';
    if (!array) {
      out += is_sibling_name(child.name) ? "_" : "";
      out += child.name == kNoName ? child.extra_name() : name_text(child.name);
      out += child.name == kNoName ? "?" : "=";
    }
    out += shown(child);
  }
  return out + (array ? "]" : "}");
}

std::string read_shown(std::string_view json) {
  base::Arena arena;
  const auto documents = read_json(arena.copy(json), arena, Limits{}, "in.json");
  if (!documents) return documents.error().to_string();
  std::string out;
  for (const auto& document : *documents) out += (out.empty() ? "" : "\n") + shown(*document.root);
  return out;
}

TEST(JsonRead, KeepsWhatWasWritten) {
  struct Row {
    const char* json;
    const char* expected;
  };
  const Row rows[] = {
      {"{}", "{}"},
      {R"({"value":1.50})", "{value=#1.50}"},
      {R"({"value":-0})", "{value=#-0}"},
      {R"({"value":1e-3 })", "{value=#1e-3}"},
      {R"({"value":1E+20})", "{value=#1E+20}"},
      {R"({"value":123456789012345678901234567890.10})",
       "{value=#123456789012345678901234567890.10}"},
      {R"({"value":0.000000000000000000001})", "{value=#0.000000000000000000001}"},
      {R"({"value":"1.50"})", "{value='1.50'}"},
      {"{\"value\" :\n\t 7\r\n}", "{value=#7}"},
      {R"({"active":true,"value":[false,null]})", "{active=true value=[false null]}"},
      {R"({"_birthDate":{"id":"a"}})", "{_birthDate={id='a'}}"},
      {R"({"unheardOf":1,"_unheardOf":2,"":3})", "{unheardOf?#1 _unheardOf?#2 ?#3}"},
      {R"({"val\u0075e":1})", "{value=#1}"},
      {R"({"text":"a\"b\\c\/d"})", "{text='a\"b\\c/d'}"},
      {R"({"text":"\b\f\n\r\t"})", "{text='\b\f\n\r\t'}"},
      {R"({"text":"\u00e9\u20AC\ud83e\uddb4"})", "{text='\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\xB4'}"},
      {"{\"text\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\xB4 \xEF\xBF\xBD\"}",
       "{text='\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\xB4 \xEF\xBF\xBD'}"},
      {R"({"text":"]},:{["})", "{text=']},:{['}"},
      {R"({"text":""})", "{text=''}"},
      {R"({"text":"ends in \\"})", "{text='ends in \\'}"},
      {R"({"value":[[],{},[[1]]]})", "{value=[[] {} [[#1]]]}"},
      {"{\"id\":\"a\"}\n{\"id\":\"b\"}\n", "{id='a'}\n{id='b'}"},
      {"{\"id\":\"a\"}\r\n\r\n  {\"id\":\"b\"}", "{id='a'}\n{id='b'}"},
  };
  for (const auto& row : rows) EXPECT_EQ(read_shown(row.json), row.expected) << row.json;
}

TEST(JsonRead, KeepsANulInAText) {
  base::Arena arena;
  const auto documents = read_json(R"({"text":"a\u0000b"})", arena, Limits{}, "x");
  ASSERT_TRUE(documents);
  EXPECT_EQ((*documents)[0].root->find(name_id("text"))->str(), std::string_view("a\0b", 3));
}

TEST(JsonRead, FindTreatsNullAsAbsent) {
  base::Arena arena;
  const auto documents = read_json(R"({"text":null,"id":"a"})", arena, Limits{}, "x");
  ASSERT_TRUE(documents);
  const Node& root = *(*documents)[0].root;
  EXPECT_EQ(root.find(name_id("text")), nullptr);
  EXPECT_EQ(root.find(name_id("status")), nullptr);
  EXPECT_EQ(root.find(name_id("id"))->str(), "a");
  EXPECT_EQ(root.find(name_id("id"))->find(name_id("id")), nullptr);
  EXPECT_EQ(root.items().size(), 2u);
  EXPECT_TRUE(root.items()[1].items().empty());
  EXPECT_EQ(root.str(), "");
}

TEST(JsonRead, RefusesWithLineAndColumn) {
  struct Row {
    std::string json;
    ErrorCode code;
    const char* path;
    const char* says;
  };
  const std::string deep_lists(200, '[');
  const Row rows[] = {
      {"", ErrorCode::kNotJson, "line 1, column 1", "empty"},
      {" \n ", ErrorCode::kNotJson, "line 1, column 1", "empty"},
      {"hello", ErrorCode::kNotJson, "line 1, column 1", "unexpected 'hello'"},
      {std::string("{\"id\":\"a\"\0}", 11), ErrorCode::kNotJson, "line 1, column 10",
       "unexpected byte 0x00"},
      {"\xC3\xA9", ErrorCode::kNotJson, "line 1, column 1", "unexpected byte 0xc3"},
      {"<Patient/>", ErrorCode::kNotJson, "line 1, column 1", "XML"},
      {"[]", ErrorCode::kNotFhir, "line 1, column 1", "not a FHIR resource"},
      {"12", ErrorCode::kNotFhir, "line 1, column 1", "not a FHIR resource"},
      {"\"Patient\"", ErrorCode::kNotFhir, "line 1, column 1", "not a FHIR resource"},
      {"null", ErrorCode::kNotFhir, "line 1, column 1", "not a FHIR resource"},
      // cut in half, wherever that was
      {"{", ErrorCode::kNotJson, "line 1, column 2", "ends too early"},
      {"{\"id\"", ErrorCode::kNotJson, "line 1, column 6", "ends too early"},
      {"{\"id\":", ErrorCode::kNotJson, "line 1, column 7", "ends too early"},
      {"{\"id\":\"a\"", ErrorCode::kNotJson, "line 1, column 10", "ends too early"},
      {"{\"id\":\"a\",", ErrorCode::kNotJson, "line 1, column 11", "ends too early"},
      {"{\"id\":tr", ErrorCode::kNotJson, "line 1, column 9", "ends too early"},
      {"{\"id\":1.", ErrorCode::kNotJson, "line 1, column 9", "ends too early"},
      {"{\"id\":[1,2", ErrorCode::kNotJson, "line 1, column 11", "ends too early"},
      {"{\n \"id\":\"half a te", ErrorCode::kNotJson, "line 2, column 7", "ends too early"},
      {"{\"id\":\"\xC3", ErrorCode::kNotJson, "line 1, column 9", "ends too early"},
      {"{\"id\":\"a\"}\n{\"id\":", ErrorCode::kNotJson, "line 2, column 7", "ends too early"},
      // not JSON
      {"{\"id\":\"a\"} x", ErrorCode::kNotJson, "line 1, column 12", "text follows"},
      {"{\"id\":\"a\"}{\"id\":\"b\"}", ErrorCode::kNotJson, "line 1, column 11", "text follows"},
      {"{\"id\":\"a\"}\n]", ErrorCode::kNotJson, "line 2, column 1", "unexpected ']'"},
      {"{\"id\" \"a\"}", ErrorCode::kNotJson, "line 1, column 7", "expected a colon"},
      {"{id:1}", ErrorCode::kNotJson, "line 1, column 2", "member name"},
      {"{\"id\":1,}", ErrorCode::kNotJson, "line 1, column 9", "member name"},
      {"{\"id\":[1,]}", ErrorCode::kNotJson, "line 1, column 10", "a value"},
      {"{\"id\":[1 2]}", ErrorCode::kNotJson, "line 1, column 10", "comma"},
      {"{\"id\":1]", ErrorCode::kNotJson, "line 1, column 8", "comma"},
      {"{\"id\":'a'}", ErrorCode::kNotJson, "line 1, column 7", "a value"},
      {"{\"id\":01}", ErrorCode::kNotJson, "line 1, column 7", "'01'"},
      {"{\"id\":+1}", ErrorCode::kNotJson, "line 1, column 7", "'+1'"},
      {"{\"id\":.5}", ErrorCode::kNotJson, "line 1, column 7", "'.5'"},
      {"{\"id\":1.}", ErrorCode::kNotJson, "line 1, column 7", "'1.'"},
      {"{\"id\":1e}", ErrorCode::kNotJson, "line 1, column 7", "'1e'"},
      {"{\"id\":-}", ErrorCode::kNotJson, "line 1, column 7", "'-'"},
      {"{\"id\":0x10}", ErrorCode::kNotJson, "line 1, column 7", "'0x10'"},
      {"{\"id\":NaN}", ErrorCode::kNotJson, "line 1, column 7", "'NaN'"},
      {"{\"id\":True}", ErrorCode::kNotJson, "line 1, column 7", "'True'"},
      {"{\"id\":truely}", ErrorCode::kNotJson, "line 1, column 7", "'truely'"},
      {"{\"id\":1\"a\"}", ErrorCode::kNotJson, "line 1, column 7", "unexpected"},
      {"{\"id\":\"a\"\f}", ErrorCode::kNotJson, "line 1, column 10", "unexpected"},
      {"{\"id\":\"a\nb\"}", ErrorCode::kNotJson, "line 1, column 9", "control character"},
      {"{\"id\":\"a\\\nb\"}", ErrorCode::kNotJson, "line 1, column 10", "control character"},
      {"{\"id\":\"\\x\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"id\":\"\\u12g4\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"id\":\"\\ud83e\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"id\":\"\\ud83ex\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"id\":\"\\udcb4\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"id\":\"\\ud83e\\ud83e\"}", ErrorCode::kNotJson, "line 1, column 7", "bad escape"},
      {"{\"\\q\":1}", ErrorCode::kNotJson, "line 1, column 2", "bad escape"},
      {"{\"a\":1,\n\"id\":1,\"id\":2}", ErrorCode::kNotJson, "line 2, column 14",
       "'id' stands twice"},
      {"{\"zz\":1,\"zz\":2}", ErrorCode::kNotJson, "line 1, column 15", "'zz' stands twice"},
      {"{\"_id\":1,\"_id\":2}", ErrorCode::kNotJson, "line 1, column 17", "'_id' stands twice"},
      // not UTF-8; columns count characters
      {"{\"id\":\"\xC3\xA9\xFF\"}", ErrorCode::kNotUtf8, "line 1, column 9", "UTF-8"},
      {"{\"id\":\"\xC0\xAF\"}", ErrorCode::kNotUtf8, "line 1, column 8", "UTF-8"},
      {"{\"id\":\"\xED\xA0\x80\"}", ErrorCode::kNotUtf8, "line 1, column 8", "UTF-8"},
      {"{\"id\":\"\xF4\x90\x80\x80\"}", ErrorCode::kNotUtf8, "line 1, column 8", "UTF-8"},
      {"{\n\"id\":\"caf\xE9\"}", ErrorCode::kNotUtf8, "line 2, column 10", "UTF-8"},
      {std::string("\xFF\xFE{\0", 4), ErrorCode::kNotUtf8, "line 1, column 1", "UTF-8"},
      // too deep: the hundredth level is read, the next is not
      {"{\"id\":" + deep_lists, ErrorCode::kTooDeep, "line 1, column 106", "100 levels"},
  };
  for (const auto& row : rows) {
    base::Arena arena;
    const auto documents = read_json(row.json, arena, Limits{}, "in.json");
    ASSERT_FALSE(documents) << row.json;
    EXPECT_EQ(documents.error().code, row.code) << row.json;
    EXPECT_EQ(documents.error().resource, "in.json") << row.json;
    EXPECT_EQ(documents.error().path, row.path) << row.json;
    EXPECT_NE(documents.error().to_string().find(row.says), std::string::npos)
        << row.json << "\n"
        << documents.error().to_string();
  }
}

TEST(JsonRead, EveryCutOfAnInputIsCalledCut) {
  const std::string whole = "{\"id\":\"\xC3\xA9\\n\",\"value\":[-1.5e+3,true,null,{\"a\":\"b\"}]}";
  ASSERT_EQ(read_shown(whole), "{id='\xC3\xA9\n' value=[#-1.5e+3 true null {a?'b'}]}");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    base::Arena arena;
    const auto documents = read_json(std::string_view(whole).substr(0, size), arena, Limits{}, "x");
    ASSERT_FALSE(documents) << size;
    EXPECT_EQ(documents.error().code, ErrorCode::kNotJson) << size;
    EXPECT_NE(documents.error().message.find("ends too early"), std::string::npos)
        << whole.substr(0, size) << "\n"
        << documents.error().message;
  }
}

TEST(JsonRead, FindsDuplicatesInWideObjects) {
  std::string json = "{";
  for (int i = 0; i < 500; ++i) json += "\"m" + std::to_string(i) + "\":1,";
  EXPECT_NE(read_shown(json + "\"id\":1}").find("m499?#1 id=#1"), std::string::npos);
  EXPECT_NE(read_shown(json + "\"m77\":1}").find("'m77' stands twice"), std::string::npos);
  EXPECT_NE(read_shown(json + "\"id\":1,\"id\":1}").find("'id' stands twice"), std::string::npos);
}

TEST(JsonRead, LimitsAreTheCallers) {
  base::Arena arena;
  EXPECT_EQ(read_json("{\"a\":[1]}", arena, Limits{.max_bytes = 8}, "x").error().code,
            ErrorCode::kTooLarge);
  EXPECT_TRUE(read_json("{\"a\":[1]}", arena, Limits{.max_bytes = 9}, "x"));
  EXPECT_EQ(read_json("{\"a\":[1]}", arena, Limits{.max_depth = 2}, "x").error().code,
            ErrorCode::kTooDeep);
  EXPECT_TRUE(read_json("{\"a\":[1]}", arena, Limits{.max_depth = 3}, "x"));
  // No limit of a caller lets input use up the stack.
  const std::string deep = "{\"a\":" + std::string(1'000'000, '[');
  EXPECT_EQ(read_json(deep, arena, Limits{.max_depth = 2'000'000}, "x").error().code,
            ErrorCode::kTooDeep);
}

// Members are guessed from what followed the same member before: any order must give the same.
TEST(JsonRead, AnyOrderAndChoiceOfMembersIsReadAlike) {
  const std::pair<const char*, const char*> members[] = {
      {"id", R"("o1")"},
      {"status", R"("final")"},
      {"_status", R"({"id":"s"})"},
      {"code", R"({"text":"CRP"})"},
      {"effectiveDateTime", R"("2025-03-04T10:00:00Z")"},
      {"effectiveInstant", R"("2025-03-04T10:00:00Z")"},
      {"valueString", R"("a \"b\"")"},
      {"valueCodeableConcept", R"({"text":"x"})"},
      {"interpretation", R"([{"text":"high"}])"},
      {"referenceRange", "[]"},
      {"notOfR4", "1"},
      {"notOfR4Either", "[true,null]"},
      {"effectiveDateTimeOfNobody", "2"},
  };
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::pair<const char*, const char*>> some(std::begin(members), std::end(members));
    std::shuffle(some.begin(), some.end(), random);
    some.resize(std::uniform_int_distribution<std::size_t>(0, some.size())(random));
    std::string json = R"({"resourceType":"Observation")";
    for (const auto& [name, value] : some) {
      json += round % 3 == 0 ? " , " : ",";
      json += std::string("\"") + name + (round % 5 == 0 ? "\" :" : "\":") + value;
    }
    json += "}";
    base::Arena arena;
    const auto documents = read_json(json, arena, Limits{}, "in.json");
    ASSERT_TRUE(documents) << json;
    const auto items = documents->front().root->items();
    ASSERT_EQ(items.size(), some.size() + 1) << json;
    bool siblings = false;
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Node& node = items[i + 1];
      const std::string_view name = some[i].first;
      EXPECT_EQ(node.name, name_id(name)) << json;
      EXPECT_EQ(node.extra_name(), name_id(name) == kNoName ? name : std::string_view()) << json;
      EXPECT_EQ(shown(node), shown(*read_json(std::string("{\"x\":") + some[i].second + "}", arena,
                                              Limits{}, "in.json")
                                        ->front()
                                        .root->items()
                                        .data()))
          << json;
      siblings |= is_sibling_name(node.name);
    }
    EXPECT_EQ(documents->front().root->plain, !siblings) << json;
  }
}

}  // namespace
}  // namespace nidus::fhir
