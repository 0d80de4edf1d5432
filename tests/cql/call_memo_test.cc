// SPDX-License-Identifier: Apache-2.0
#include "cql/call_memo.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine_testing.h"

namespace nidus::cql {

namespace {

TEST(CallMemo, KeepsEachCallApart) {
  base::Arena arena;
  CallMemo memo;
  const int function[2] = {};
  const Value one[] = {Value::integer(1)};
  EXPECT_EQ(memo.find({&function[0], one}), nullptr);
  for (std::int32_t i = 0; i < 1000; ++i) {
    for (std::int32_t f = 0; f < 2; ++f) {
      const Value single[] = {Value::integer(i)};
      const Value pair[] = {Value::integer(i), Value::boolean(f == 1)};
      memo.keep({&function[f], f == 0 ? std::span<const Value>(single) : pair},
                Value::integer(2 * i + f), arena);
    }
  }
  for (std::int32_t i = 0; i < 1000; ++i) {
    const Value single[] = {Value::integer(i)};
    const Value pair[] = {Value::integer(i), Value::boolean(true)};
    const Value other[] = {Value::integer(i), Value::boolean(false)};
    ASSERT_NE(memo.find({&function[0], single}), nullptr) << i;
    EXPECT_EQ(memo.find({&function[0], single})->as_integer(), 2 * i);
    ASSERT_NE(memo.find({&function[1], pair}), nullptr) << i;
    EXPECT_EQ(memo.find({&function[1], pair})->as_integer(), 2 * i + 1);
    EXPECT_EQ(memo.find({&function[1], other}), nullptr) << i;
  }
}

TEST(CallMemo, AnotherKindOrPlaceIsAnotherOperand) {
  base::Arena arena;
  CallMemo memo;
  const int function = 0;
  const std::string text = "abscess abscess";
  const Value whole[] = {Value::string(text)};
  memo.keep({&function, whole}, Value::integer(1), arena);
  const Value others[] = {Value::string(std::string_view(text).substr(0, 7)),
                          Value::string(std::string_view(text).substr(8)), Value(),
                          Value::integer(0)};
  for (const Value& other : others) EXPECT_EQ(memo.find({&function, {&other, 1}}), nullptr);
  EXPECT_NE(memo.find({&function, whole}), nullptr);
}

TEST(CallMemo, ComparesStringsByWhatTheySay) {
  base::Arena arena;
  CallMemo memo;
  const int function = 0;
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 100U, 256U}) {
    const std::string text(size, 'x');
    const std::string again(size, 'x');
    std::string other = text + "y";
    const Value kept[] = {Value::string(text)};
    const Value same[] = {Value::string(again)};
    const Value longer[] = {Value::string(other)};
    memo.keep({&function, kept}, Value::integer(static_cast<std::int32_t>(size)), arena);
    ASSERT_NE(memo.find({&function, same}), nullptr) << size;
    EXPECT_EQ(memo.find({&function, same})->as_integer(), static_cast<std::int32_t>(size));
    EXPECT_EQ(memo.find({&function, longer}), nullptr) << size;
  }
}

// Once(x) adds; Said(x) sends a message each time it is called.
constexpr const char* kLibrary = R"({"library":{"identifier":{"id":"L"},"statements":{"def":[
  {"type":"FunctionDef","name":"Once","context":"Patient","operand":[{"name":"x"}],"expression":
    {"type":"Add","operand":[{"type":"OperandRef","name":"x"},
      {"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"1"}]}},
  {"type":"FunctionDef","name":"Said","context":"Patient","operand":[{"name":"x"}],"expression":
    {"type":"Message","source":{"type":"OperandRef","name":"x"},
      "condition":{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Boolean","value":"true"},
      "message":{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}String","value":"said"}}},
  {"name":"Two","context":"Patient","expression":{"type":"List","element":[
    {"type":"FunctionRef","name":"Once","operand":[
      {"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"4"}]},
    {"type":"FunctionRef","name":"Once","operand":[
      {"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"4"}]}]}},
  {"name":"Twice","context":"Patient","expression":{"type":"List","element":[
    {"type":"FunctionRef","name":"Said","operand":[
      {"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"4"}]},
    {"type":"FunctionRef","name":"Said","operand":[
      {"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"4"}]}]}},
  {"name":"Words","context":"Unfiltered","expression":{"type":"Split",
    "stringToSplit":{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}String","value":"a|b c|"},
    "separator":{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}String","value":"|"}}}
]}}})";

TEST(CallMemo, AMessageIsSentAtEachCall) {
  const auto program = compile_texts({kLibrary});
  ASSERT_TRUE(program) << program.error().to_string();
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  EXPECT_EQ(text_of(evaluation, *program, "Two"), "{5, 5}");
  EXPECT_EQ(text_of(evaluation, *program, "Twice"), "{4, 4}");
  EXPECT_EQ(evaluation.messages().size(), 2U);
  EXPECT_EQ(text_of(evaluation, *program, "Words"), "{'a', 'b c', ''}");
}

}  // namespace

}  // namespace nidus::cql
