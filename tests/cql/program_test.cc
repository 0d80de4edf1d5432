// SPDX-License-Identifier: Apache-2.0
//
// Loading (what is refused, and how it is said) and the life of an evaluation: memo, trace,
// what-if.
#include "engine_testing.h"

namespace nidus::cql {
namespace {

using testing::Test;

std::string library_with(std::string_view name, std::string_view sections) {
  return R"({"library":{"identifier":{"id":")" + std::string(name) + R"(","version":"1"},)" +
         std::string(sections) + "}}";
}

std::string definitions(std::string_view defs) {
  return R"("statements":{"def":[)" + std::string(defs) + "]}";
}

// JSON without the members of this name, whatever they hold.
std::string without_member(const std::string& json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\"";
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; (found = json.find(key, at)) != std::string::npos;) {
    out.append(json, at, found - at);
    std::size_t end = found + key.size();
    int depth = 0;
    bool quoted = false;
    for (; end < json.size(); ++end) {
      const char c = json[end];
      if (c == '"' && json[end - 1] != '\\') quoted = !quoted;
      if (quoted) continue;
      if (depth == 0 && (c == ',' || c == '}')) break;
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    }
    if (json[end] == ',') {
      ++end;
    } else {
      while (out.back() != ',' && out.back() != '{') out.pop_back();
      if (out.back() == ',') out.pop_back();
    }
    at = end;
  }
  return out.append(json, at);
}

TEST(Loading, RefusesAndSaysEverythingAtOnce) {
  struct Case {
    const char* why;
    std::vector<std::string> texts;
    std::vector<const char*> said;
  };
  const Case cases[] = {
      {"two unknown nodes",
       {library_with("L", definitions(R"(
          {"name":"A","context":"Patient","expression":{"type":"Frobnicate","locator":"3:1-3:9"}},
          {"name":"B","context":"Patient","expression":{"type":"Not","operand":
             {"type":"Whisk","locator":"4:1-4:9"}}})"))},
       {"L 3:1-3:9", "Frobnicate", "L 4:1-4:9", "Whisk"}},
      {"not JSON", {"{\"library\":"}, {"not JSON"}},
      {"no identifier", {R"({"library":{}})"}, {"identifier"}},
      {"given twice",
       {library_with("L", definitions("")), library_with("L", definitions(""))},
       {"twice"}},
      {"unknown names",
       {library_with("L", definitions(R"(
          {"name":"A","expression":{"type":"ExpressionRef","name":"Nowhere"}},
          {"name":"B","expression":{"type":"AliasRef","name":"X"}},
          {"name":"C","expression":{"type":"FunctionRef","name":"F","operand":[]}},
          {"name":"D","expression":{"type":"ParameterRef","name":"P"}},
          {"name":"E","expression":{"type":"ValueSetRef","name":"V","preserve":true}},
          {"name":"G","expression":{"type":"ExpressionRef","name":"X","libraryName":"M"}})"))},
       {"'Nowhere'", "'X'", "'F'", "'P'", "'V'", "'M'"}},
      {"value set without content",
       {library_with("L",
                     R"("valueSets":{"def":[{"name":"Gone","id":"https://example.org/gone"}]})")},
       {"'Gone'", "https://example.org/gone", "no content"}},
      {"a function of the same operands given twice",
       {library_with("L", definitions(R"(
          {"type":"FunctionDef","name":"F","locator":"7:1-7:9","operand":[{"name":"x","operandTypeSpecifier":
             {"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Integer"}}],"expression":{"type":"Null"}},
          {"type":"FunctionDef","name":"F","locator":"9:1-9:9","operand":[{"name":"y","operandTypeSpecifier":
             {"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Integer"}}],"expression":{"type":"Null"}})"))},
       {"L 9:1-9:9", "'F' of these operands stands twice"}},
      {"missing include",
       {library_with("L", R"("includes":{"def":[{"localIdentifier":"M","path":"Missing"}]},)" +
                              definitions(R"({"name":"A","expression":
                                {"type":"ExpressionRef","name":"X","libraryName":"M"}})"))},
       {"'Missing'"}},
      {"the context of another person",
       {library_with("L", definitions(R"({"name":"A","expression":{"type":"Retrieve",
          "locator":"5:3-5:9","dataType":"{http://hl7.org/fhir}Condition","context":{"type":"Null"}}})"))},
       {"L 5:3-5:9", "in the context of another than the patient"}},
      {"another context",
       {library_with("L", definitions(R"(
          {"name":"Location","context":"Location","locator":"2:1-2:9","expression":{"type":"Null"}},
          {"name":"A","context":"Location","locator":"3:1-3:9","expression":{"type":"Null"}})"))},
       {"L 2:1-2:9", "the context Location is not known"}},
      {"wrong number of operands",
       {library_with("L", definitions(R"({"name":"A","expression":{"type":"Add","operand":[]}})"))},
       {"Add with 0 operands"}},
      {"logic with too few or too many operands",
       {library_with("L", definitions(R"(
          {"name":"A","expression":{"type":"And","locator":"2:1-2:9","operand":[]}},
          {"name":"B","expression":{"type":"Or","operand":[{"type":"Null"}]}},
          {"name":"C","expression":{"type":"Xor"}},
          {"name":"D","expression":{"type":"Implies","operand":{"type":"Null"}}},
          {"name":"E","expression":{"type":"Not","operand":[]}},
          {"name":"F","expression":{"type":"Not","operand":[{"type":"Null"},{"type":"Null"}]}},
          {"name":"G","expression":{"type":"And","operand":[{"type":"Null"},{"type":"Null"},{"type":"Null"}]}})"))},
       {"L 2:1-2:9", "And with 0 operands", "Or with 1 operands", "Xor with 0 operands",
        "Implies with 1 operands", "Not with 0 operands", "Not with 2 operands",
        "And with 3 operands"}},
      {"names that stand twice, and a function without a body",
       {library_with("L", R"("parameters":{"def":[{"name":"P"},{"name":"P"}]},)" + definitions(R"(
          {"name":"A","locator":"2:1-2:9","expression":{"type":"Null"}},
          {"name":"A","locator":"3:1-3:9","expression":{"type":"Null"}},
          {"type":"FunctionDef","name":"F","operand":[]},
          {"name":"B","expression":{"type":"FunctionRef","name":"F","operand":[]}})"))},
       {"parameter 'P' stands twice", "L 3:1-3:9", "definition 'A' stands twice",
        "function 'F' has no expression"}},
      {"not a resource",
       {library_with("L", definitions(R"({"name":"A","expression":
          {"type":"Retrieve","dataType":"{http://hl7.org/fhir}Nothing"}})"))},
       {"'Nothing'"}},
      {"unknown type",
       {library_with("L", definitions(R"({"name":"A","expression":
          {"type":"As","asType":"{http://hl7.org/fhir}Quantum","operand":{"type":"Null"}}})"))},
       {"Quantum"}},
      {"a literal that is none",
       {library_with("L", definitions(R"({"name":"A","expression":{"type":"Literal",
          "valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"99999999999"}})"))},
       {"99999999999"}},
  };
  for (const auto& [why, texts, said] : cases) {
    const auto program = compile_texts(texts);
    ASSERT_FALSE(program.has_value()) << why;
    EXPECT_EQ(program.error().code, base::ErrorCode::kBadProgram) << why;
    for (const char* part : said) {
      EXPECT_NE(program.error().message.find(part), std::string::npos)
          << why << ": '" << part << "' not in: " << program.error().message;
    }
  }
}

TEST(Loading, ExternalFunctionsFailWhereTheyAreCalled) {
  const auto program = compile_texts({library_with("L", definitions(R"(
      {"type":"FunctionDef","name":"F","external":true,"operand":[]},
      {"name":"A","context":"Patient","expression":
         {"type":"FunctionRef","name":"F","locator":"7:5-7:9","operand":[]}},
      {"name":"B","context":"Patient","expression":{"type":"Literal",
         "valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"1"}})"))});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const auto record =
      fhir::Record::parse(R"({"resourceType":"Bundle","type":"collection","entry":[]})", "test");
  Evaluation evaluation(*program, *record, options_at("2025-03-04T12:00:00.000+01:00"));
  const auto called = evaluation.value(*program->find("A"));
  ASSERT_FALSE(called.has_value());
  EXPECT_NE(called.error().message.find("'F' is external"), std::string::npos);
  EXPECT_NE(called.error().message.find("7:5"), std::string::npos) << called.error().message;
  EXPECT_TRUE(evaluation.value(*program->find("B")).has_value());
}

// Whoever looks at all patients sees a list of what a definition is for each; here there is one.
// Other translators, and this one with other options, write no signatures: the values decide.
TEST(Loading, OverloadsWithoutSignaturesAreChosenByTheirValues) {
  const auto literal = [](std::string_view type, std::string_view value) {
    return R"({"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1})" + std::string(type) +
           R"(","value":")" + std::string(value) + R"("})";
  };
  const auto function = [&](std::string_view name, std::string_view type, std::string body) {
    return R"({"type":"FunctionDef","name":")" + std::string(name) +
           R"(","operand":[{"name":"x","operandTypeSpecifier":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1})" +
           std::string(type) + R"("}}],"expression":)" + body + "},";
  };
  const auto call = [](std::string_view name, std::string_view of, std::string operand) {
    return R"({"name":")" + std::string(name) + R"(","expression":{"type":"FunctionRef","name":")" +
           std::string(of) + R"(","operand":[)" + operand + "]}}";
  };
  const std::string x = R"({"type":"OperandRef","name":"x"})";
  const std::string null = R"({"type":"Null"})";
  const std::string text = library_with(
      "L", definitions(function("F", "Integer", R"({"type":"Negate","operand":)" + x + "}") +
                       function("F", "String", R"({"type":"Length","operand":)" + x + "}") +
                       function("G", "Integer", literal("Integer", "1")) +
                       function("G", "String", literal("Integer", "2")) +
                       call("Of Integer", "F", literal("Integer", "7")) + "," +
                       call("Of String", "F", literal("String", "four")) + "," +
                       call("Of Null", "F", null) + "," +
                       call("Of Boolean", "F", literal("Boolean", "true")) + "," +
                       call("Not Told Apart", "G", null)));
  const auto program = compile_texts({text});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00Z"));
  expect_all(evaluation, *program, "L",
             {{"Of Integer", "-7"},
              {"Of String", "4"},
              {"Of Null", "null"},
              {"Of Boolean", "error: no function 'F' takes these operands"},
              {"Not Told Apart",
               "error: several functions 'G' fit these operands; translate with signatures"}});
}

// A list of words is part of the function that looks at it: the function is computed once for the
// same operand. What rests on the record, on a parameter or on a value that may come to be known is
// not.
TEST(Loading, ListsOfALibrarysOwnAreFixed) {
  const auto literal = [](std::string_view text) {
    return R"({"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}String","value":")" +
           std::string(text) + R"("})";
  };
  const auto list = [](std::string elements) {
    return R"({"type":"List","element":[)" + std::move(elements) + "]}";
  };
  const auto define = [](std::string_view name, std::string expression) {
    return R"({"name":")" + std::string(name) + R"(","context":"Patient","expression":)" +
           std::move(expression) + "},";
  };
  const auto look = [](std::string_view name) {
    return R"({"type":"ExpressionRef","name":")" + std::string(name) + R"("})";
  };
  // {n, n, ...} with the words of `at`, long enough to be worth remembering.
  const auto function = [&](std::string_view name, std::string_view at) {
    std::string many;
    for (int i = 0; i < 12; ++i) many += R"({"type":"OperandRef","name":"n"},)";
    return R"({"type":"FunctionDef","name":")" + std::string(name) +
           R"(","context":"Patient","operand":[{"name":"n",)" +
           R"("operandTypeSpecifier":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}String"}}],"expression":)" +
           list(many + R"({"type":"First","source":)" + look(at) + "}") + "},";
  };
  const auto call = [&](std::string_view of) {
    return R"({"type":"FunctionRef","name":")" + std::string(of) + R"(","operand":[)" +
           literal("a") + "]}";
  };
  std::string text =
      define("Words", list(literal("a") + "," + literal("b"))) +
      define("More Words", list(look("Words"))) + define("Unknown", R"({"type":"Null"})") +
      define("Answers", list(look("Unknown"))) +
      define("Visits", R"({"type":"Retrieve","dataType":"{http://hl7.org/fhir}Encounter"})") +
      define("Visits Twice", list(look("Visits"))) + function("Of Words", "Words") +
      function("Of Answers", "Answers");
  for (const char* of : {"Of Words", "Of Answers"}) {
    text +=
        define("First " + std::string(of), call(of)) + define("Again " + std::string(of), call(of));
  }
  text.pop_back();
  const auto program = compile_texts({library_with("L", definitions(text))});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const auto fixed = [&](std::string_view name) {
    return program->definitions()[program->find(name).value()].fixed;
  };
  EXPECT_TRUE(fixed("Words"));
  EXPECT_TRUE(fixed("More Words"));
  for (const char* name : {"Unknown", "Answers", "Visits", "Visits Twice"}) {
    EXPECT_FALSE(fixed(name)) << name;
  }
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00Z"));
  const auto items = [&](std::string_view name) {
    return evaluation.value(program->find(name).value()).value().as_list().data();
  };
  EXPECT_EQ(items("First Of Words"), items("Again Of Words"));
  EXPECT_NE(items("First Of Answers"), items("Again Of Answers"));
}

// A function whose results are hardly ever asked for again is found out by counting.
TEST(Loading, CallsThatAreNeverRepeatedAreNotWorthRemembering) {
  const auto function = [](std::string_view name, std::string_view says) {
    return R"({"type":"FunctionDef","name":")" + std::string(name) +
           R"(","context":"Patient","operand":[{"name":"n",)" +
           R"("operandTypeSpecifier":{"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}String"}}],"expression":)" +
           std::string(says) + "},";
  };
  const auto called = [](std::string_view name) {
    return R"({"type":"FunctionRef","name":")" + std::string(name) +
           R"(","operand":[{"type":"OperandRef","name":"n"}]})";
  };
  const auto all = [](std::string_view name, int words, int different) {
    std::string list;
    for (int i = 0; i < words; ++i) {
      list += R"({"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}String","value":"word )" +
              std::to_string(i % different) + R"("},)";
    }
    list.pop_back();
    return R"({"name":"All )" + std::string(name) +
           R"(","context":"Patient","expression":{"type":"Query","source":[{"alias":"W","expression":{"type":"List","element":[)" +
           list +
           R"(]}}],"relationship":[],"return":{"distinct":false,"expression":{"type":"FunctionRef","name":")" +
           std::string(name) + R"(","operand":[{"type":"AliasRef","name":"W"}]}}}},)";
  };
  std::string text =
      function("Upper Case", R"({"type":"Upper","operand":{"type":"OperandRef","name":"n"}})");
  for (const char* name : {"Apart", "Repeated", "Seldom"})
    text += function(name, called("Upper Case"));
  text += all("Apart", 40, 40) + all("Repeated", 40, 30) + all("Seldom", 10, 10);
  text.pop_back();
  auto program = compile_texts({library_with("L", definitions(text))});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->findings().remembered, "0111");  // "Upper Case" is sooner computed again
  const auto record = record_of(kNobody);
  const auto evaluate = [&] {
    Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00Z"));
    for (const char* name : {"All Apart", "All Repeated", "All Seldom"}) {
      EXPECT_TRUE(evaluation.value(program->find(name).value()).has_value()) << name;
    }
  };
  evaluate();
  EXPECT_EQ(program->worth_remembering(), "0111");  // nobody counted
  program->count_calls();
  evaluate();
  EXPECT_EQ(program->worth_remembering(), "0011");
}

// As older translators write it.
TEST(Loading, ElmWithoutTypesAndSignaturesMeansTheSame) {
  const auto bare = [](const char* name) {
    std::string text = read_text("libraries/" + std::string(name) + ".elm.json");
    for (const char* member : {"signature", "resultTypeSpecifier", "resultTypeName"}) {
      text = without_member(text, member);
    }
    EXPECT_EQ(text.find("\"signature\""), std::string::npos);
    return text;
  };
  const auto plain = compile_texts({bare("Logic"), bare("Shared")});
  ASSERT_TRUE(plain.has_value()) << plain.error().to_string();
  const Program whole = compile_libraries({"Logic", "Shared"});
  const auto record = record_of(kNobody);
  const auto options = options_at("2025-03-04T10:00:00.000+01:00");
  Evaluation of_plain(*plain, record, options);
  Evaluation of_whole(whole, record, options);
  ASSERT_EQ(plain->definitions().size(), whole.definitions().size());
  for (const auto& definition : whole.definitions()) {
    const std::string name = definition.full_name();
    EXPECT_EQ(text_of(of_plain, *plain, name), text_of(of_whole, whole, name)) << name;
  }
}

TEST(Unfiltered, SeesDefinitionsOfThePatientAsLists) {
  const auto program = compile_texts({library_with("L", definitions(R"(
      {"name":"Old","context":"Patient","resultTypeName":"{urn:hl7-org:elm-types:r1}Boolean",
       "expression":{"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Boolean","value":"true"}},
      {"name":"Never","context":"Patient","expression":{"type":"Null"}},
      {"name":"Some","context":"Patient",
       "resultTypeSpecifier":{"type":"ListTypeSpecifier","elementType":{"type":"NamedTypeSpecifier",
         "name":"{urn:hl7-org:elm-types:r1}Integer"}},
       "expression":{"type":"List","element":[]}},
      {"name":"Fixed","context":"Unfiltered","expression":{"type":"Literal",
         "valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"3"}},
      {"name":"Olds","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Old"}},
      {"name":"Nevers","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Never"}},
      {"name":"Somes","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Some"}},
      {"name":"Same","context":"Unfiltered","expression":{"type":"ExpressionRef","name":"Fixed"}},
      {"name":"Mine","context":"Patient","expression":{"type":"ExpressionRef","name":"Old"}},
      {"name":"Count","context":"Unfiltered","expression":{"type":"Count","source":
         {"type":"ExpressionRef","name":"Old"}}})"))});
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const auto record =
      fhir::Record::parse(R"({"resourceType":"Bundle","type":"collection","entry":[]})", "test");
  Evaluation evaluation(*program, *record, options_at("2025-03-04T12:00:00.000+01:00"));
  const struct {
    const char* name;
    const char* value;
  } table[] = {{"Olds", "{true}"}, {"Nevers", "{null}"}, {"Somes", "{}"},
               {"Same", "3"},      {"Mine", "true"},     {"Count", "1"}};
  for (const auto& row : table) {
    const auto value = evaluation.value(*program->find(row.name));
    ASSERT_TRUE(value.has_value()) << row.name << ": " << value.error().to_string();
    EXPECT_EQ(to_string(*value), row.value) << row.name;
  }
}

TEST(Loading, DefinitionsAreFoundByName) {
  const Program program = compile_libraries({"Trace", "Shared", "Logic"});
  EXPECT_TRUE(program.find("Trace.Ill"));
  EXPECT_EQ(program.find("Ill"), program.find("Trace.Ill"));
  EXPECT_FALSE(program.find("Trace.Nowhere"));
  EXPECT_FALSE(program.find("Patient"));  // three libraries have one
  EXPECT_EQ(program.definitions()[*program.find("Ill")].library, "Trace");
  EXPECT_EQ(program.definitions()[*program.find("Ill")].locator, "14:1-14:31");
}

TEST(Loading, OrderOfLibrariesDoesNotMatter) {
  const fhir::Record record = record_of(kNobody);
  for (const auto& program :
       {compile_libraries({"Trace", "Shared"}), compile_libraries({"Shared", "Trace"})}) {
    Evaluation evaluation(program, record, options_at("2025-03-04T10:00:00.000+01:00"));
    EXPECT_EQ(text_of(evaluation, program, "Trace.Elsewhere"), "40");
  }
}

TEST(Loading, DefinitionsThatGoInACircleAreErrorsOfThatCircleOnly) {
  const auto program = compile_texts({library_with("L", definitions(R"(
      {"name":"A","expression":{"type":"ExpressionRef","name":"B"}},
      {"name":"B","expression":{"type":"Not","operand":{"type":"ExpressionRef","name":"A"}}},
      {"name":"Self","expression":{"type":"ExpressionRef","name":"Self"}},
      {"type":"FunctionDef","name":"F","operand":[],"expression":
         {"type":"FunctionRef","name":"F","operand":[]}},
      {"name":"Endless","expression":{"type":"FunctionRef","name":"F","operand":[]}},
      {"name":"Fine","expression":{"type":"Null"}})"))});
  ASSERT_TRUE(program.has_value()) << program.error().message;
  const fhir::Record record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  for (const char* name : {"A", "B", "Self"}) {
    EXPECT_NE(text_of(evaluation, *program, name).find("circle"), std::string::npos) << name;
  }
  EXPECT_NE(text_of(evaluation, *program, "Endless").find("without end"), std::string::npos);
  EXPECT_EQ(text_of(evaluation, *program, "Fine"), "null");
  // Asked again, the same answer.
  EXPECT_NE(text_of(evaluation, *program, "B").find("circle"), std::string::npos);
}

class Life : public Test {
 protected:
  Program program_ = compile_libraries({"Trace", "Shared"});
  fhir::Record record_ = record_of(kNobody);
  EvaluationOptions options_ = [] {
    auto options = options_at("2025-03-04T10:00:00.000+01:00");
    options.trace = true;
    return options;
  }();
  Evaluation evaluation_{program_, record_, options_};

  DefinitionId id(std::string_view name) {
    return program_.find("Trace." + std::string(name)).value();
  }
  std::vector<std::string> names(std::span<const DefinitionId> ids) {
    std::vector<std::string> out;
    for (const auto at : ids) out.emplace_back(program_.definitions()[at].name);
    return out;
  }
  std::vector<std::string> looked_at(std::string_view name) {
    static_cast<void>(evaluation_.value(id(name)));
    return names(evaluation_.looked_at(id(name)));
  }
  using Names = std::vector<std::string>;
};

TEST_F(Life, RemembersWhatEachDefinitionLookedAt) {
  EXPECT_EQ(looked_at("Ill"), (Names{"Fever", "Fast"}));
  EXPECT_EQ(looked_at("Fever"), Names{"Temperature"});
  EXPECT_EQ(looked_at("Temperature"), Names{});
  EXPECT_EQ(looked_at("Twice"), (Names{"Ill", "Fever"}));    // once each, also from the memo
  EXPECT_EQ(looked_at("By Function"), Names{"Heart Rate"});  // 90 > 100 is false: fever not needed
  EXPECT_EQ(looked_at("Elsewhere"), Names{"Base"});
}

TEST_F(Life, KnowsWhatDependsOnWhat) {
  EXPECT_EQ(names(program_.dependents(id("Temperature"))),
            (Names{"Temperature", "Fever", "Ill", "By Function", "Twice", "Noisy"}));
  EXPECT_EQ(names(program_.dependents(id("Ill"))), (Names{"Ill", "Twice", "Noisy"}));
}

TEST_F(Life, WhatIfChangesNothingHere) {
  EXPECT_EQ(text_of(evaluation_, program_, "Ill"), "null");
  const Value hot = Value::decimal(evaluation_.arena(), base::Decimal::parse("39.2").value());
  const DefinitionId ask[] = {id("Ill"), id("Fever"), id("Fast"), id("Temperature"), id("Noisy")};
  const auto answers = evaluation_.what_if(id("Temperature"), hot, ask);
  ASSERT_EQ(answers.size(), 5u);
  const char* expected[] = {"true", "true", "false", "39.2", "true"};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i].has_value());
    EXPECT_EQ(to_string(*answers[i]), expected[i]) << i;
  }
  EXPECT_TRUE(evaluation_.messages().empty());
  EXPECT_EQ(text_of(evaluation_, program_, "Temperature"), "null");
  EXPECT_EQ(text_of(evaluation_, program_, "Ill"), "null");
  EXPECT_EQ(looked_at("Ill"), (Names{"Fever", "Fast"}));
}

TEST_F(Life, WhatIfMeetsErrorsAndMendsThem) {
  const DefinitionId ask[] = {id("After Broken")};
  EXPECT_EQ(text_of(evaluation_, program_, "After Broken"), "2");
  auto answers = evaluation_.what_if(id("Heart Rate"), Value::integer(120), ask);
  ASSERT_FALSE(answers[0].has_value());
  EXPECT_NE(answers[0].error().message.find("too fast"), std::string::npos);
  EXPECT_EQ(answers[0].error().resource, "Trace.After Broken");
  EXPECT_EQ(text_of(evaluation_, program_, "After Broken"), "2");
  answers = evaluation_.what_if(id("Broken"), Value(), ask);
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_TRUE(answers[0]->is_null());
}

// With a trace only what looked at a change is computed again; without one, all that could.
TEST_F(Life, WhatIfSaysTheSameWithAndWithoutATrace) {
  EvaluationOptions untraced = options_;
  untraced.trace = false;
  Evaluation plain(program_, record_, untraced);
  std::vector<DefinitionId> all;
  for (DefinitionId at = 0; at < program_.definitions().size(); ++at) {
    all.push_back(at);
    static_cast<void>(evaluation_.value(at));
  }
  const Value hot = Value::decimal(evaluation_.arena(), base::Decimal::parse("39.2").value());
  const std::pair<const char*, Value> changes[] = {{"Temperature", hot},
                                                   {"Temperature", Value()},
                                                   {"Fever", Value::boolean(true)},
                                                   {"Fever", Value()},
                                                   {"Fast", Value::boolean(true)},
                                                   {"Fast", Value()},
                                                   {"Ill", Value::boolean(false)},
                                                   {"Heart Rate", Value::integer(120)},
                                                   {"Broken", Value()}};
  for (const auto& [name, instead] : changes) {
    const auto with = evaluation_.what_if(id(name), instead, all);
    const auto without = plain.what_if(id(name), instead, all);
    ASSERT_EQ(with.size(), all.size());
    for (const auto at : all) {
      SCOPED_TRACE(std::string(name) + " asked of " + std::string(program_.definitions()[at].name));
      ASSERT_EQ(with[at].has_value(), without[at].has_value());
      if (with[at]) {
        EXPECT_EQ(to_string(*with[at]), to_string(*without[at]));
      } else {
        EXPECT_EQ(with[at].error().message, without[at].error().message);
      }
    }
  }
}

TEST_F(Life, WhatIfBeforeAnythingWasAsked) {
  const DefinitionId ask[] = {id("Ill")};
  Evaluation fresh(program_, record_, options_);
  const auto answers = fresh.what_if(id("Fast"), Value::boolean(true), ask);
  ASSERT_TRUE(answers[0].has_value());
  EXPECT_TRUE(answers[0]->is_true());
  static_cast<void>(fresh.value(id("Ill")));
  EXPECT_EQ(names(fresh.looked_at(id("Ill"))), (Names{"Fever", "Fast"}));
}

TEST_F(Life, AMessageIsSaidOnceAndMovesWithTheEvaluation) {
  EXPECT_EQ(text_of(evaluation_, program_, "Noisy"), "null");
  EXPECT_EQ(text_of(evaluation_, program_, "Noisy"), "null");
  Evaluation moved = std::move(evaluation_);
  EXPECT_EQ(moved.messages().size(), 1u);
  EXPECT_EQ(text_of(moved, program_, "Ill"), "null");
}

// How the translator makes an Interval<Decimal> of an Interval<Integer>: part by part.
TEST(Evaluating, AnIntervalThatIsNullStaysNullWithOtherPoints) {
  const auto promoted = [](std::string_view name, std::string_view of) {
    const auto part = [&](std::string_view path) {
      return R"({"type":"Property","path":")" + std::string(path) +
             R"(","source":{"type":"ExpressionRef","name":")" + std::string(of) + R"("}})";
    };
    return R"({"name":")" + std::string(name) +
           R"(","context":"Patient","expression":{"type":"Interval",)"
           R"("lowClosedExpression":)" +
           part("lowClosed") + R"(,"highClosedExpression":)" + part("highClosed") +
           R"(,"low":{"type":"ToDecimal","operand":)" + part("low") +
           R"(},"high":{"type":"ToDecimal","operand":)" + part("high") + "}}}";
  };
  constexpr const char* kNumber =
      R"({"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"1"})";
  const auto program = compile_texts({library_with(
      "L", definitions(R"({"name":"None","context":"Patient","expression":{"type":"As","operand":
             {"type":"Null"},"asTypeSpecifier":{"type":"IntervalTypeSpecifier","pointType":
             {"type":"NamedTypeSpecifier","name":"{urn:hl7-org:elm-types:r1}Integer"}}}},
           {"name":"One","context":"Patient","expression":{"type":"Interval","lowClosed":false,
             "highClosed":true,"low":{"type":"Null"},"high":)" +
                       std::string(kNumber) + "}}," + promoted("Of None", "None") + "," +
                       promoted("Of One", "One")))});
  ASSERT_TRUE(program) << program.error().to_string();
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  EXPECT_EQ(text_of(evaluation, *program, "Of None"), "null");
  EXPECT_EQ(text_of(evaluation, *program, "Of One"), "Interval(null, 1]");
}

// A value set that is declared with a version is another than the same without.
TEST(Loading, AValueSetOfAVersion) {
  const std::string text =
      library_with("L", R"("valueSets":{"def":[{"name":"VS","id":"urn:vs","version":"v1"}]},)" +
                            definitions(R"({"name":"Codes","context":"Patient","expression":
                 {"type":"ValueSetRef","name":"VS"}})"));
  const std::vector<std::string_view> texts{text};
  const std::vector<ValueSetContent> plain{{"urn:vs", "VS", {{"s", "2", ""}}}};
  const auto refused = Program::compile(texts, plain);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("(urn:vs|v1) has no content"), std::string::npos);
  const std::vector<ValueSetContent> both{{"urn:vs", "VS", {{"s", "2", ""}}},
                                          {"urn:vs|v1", "VS", {{"s", "1", ""}}}};
  const auto program = Program::compile(texts, both);
  ASSERT_TRUE(program) << program.error().to_string();
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  const auto codes = evaluation.value(program->find("Codes").value());
  ASSERT_TRUE(codes);
  EXPECT_EQ(to_json(*codes), R"([{"code":"1","system":"s"}])");
}

TEST(Evaluating, ADefaultThatRefersToItselfIsAnError) {
  const auto program = compile_texts(
      {library_with("L", R"("parameters":{"def":[{"name":"P","default":{"type":"Negate","operand":
             {"type":"ParameterRef","name":"P"}}}]},)" +
                             definitions(R"({"name":"A","context":"Patient","expression":
                 {"type":"ParameterRef","name":"P"}},
                 {"name":"B","context":"Patient","expression":{"type":"ParameterRef","name":"P"}})"))});
  ASSERT_TRUE(program) << program.error().to_string();
  const auto record = record_of(kNobody);
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  for (const char* name : {"A", "B"}) {
    EXPECT_NE(text_of(evaluation, *program, name)
                  .find("error: the default of parameter 'P' refers to itself"),
              std::string::npos);
  }
}

// Each waits for the one before: more of them than the stack holds is an error, not an end.
TEST(Evaluating, DefinitionsThatWaitForEachOther) {
  const auto chain = [](int count) {
    std::string defs = R"({"name":"A0","context":"Patient","expression":{"type":"Literal",
      "valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"1"}})";
    for (int i = 1; i < count; ++i) {
      defs += R"(,{"name":"A)" + std::to_string(i) +
              R"(","context":"Patient","expression":{"type":"Negate","operand":
                {"type":"ExpressionRef","name":"A)" +
              std::to_string(i - 1) + "\"}}}";
    }
    return compile_texts({library_with("L", definitions(defs))});
  };
  const auto record = record_of(kNobody);
  const auto small = chain(1001);
  Evaluation shallow(*small, record, options_at("2025-03-04T10:00:00.000+01:00"));
  EXPECT_EQ(text_of(shallow, *small, "A1000"), "1");
  const auto large = chain(100000);
  Evaluation deep(*large, record, options_at("2025-03-04T10:00:00.000+01:00"));
  EXPECT_NE(text_of(deep, *large, "A99999").find("error: too many definitions wait"),
            std::string::npos);
  EXPECT_EQ(text_of(deep, *large, "A3"), "-1");
}

// Resource and DomainResource stand for all types that are one.
TEST(Evaluating, ARetrieveOfAnAbstractType) {
  const auto retrieve = [](const char* name, const char* type) {
    return R"({"name":")" + std::string(name) +
           R"(","context":"Patient","expression":{"type":"Count",
      "source":{"type":"Retrieve","dataType":"{http://hl7.org/fhir})" +
           type + R"("}}})";
  };
  const auto program = compile_texts({library_with(
      "L", definitions(retrieve("All", "Resource") + "," + retrieve("Domain", "DomainResource")))});
  ASSERT_TRUE(program) << program.error().to_string();
  const auto record = record_of(R"({"resourceType":"Bundle","type":"collection","entry":[
    {"resource":{"resourceType":"Patient","id":"p"}},
    {"resource":{"resourceType":"Binary","id":"b","contentType":"text/plain"}},
    {"resource":{"resourceType":"Basic","id":"c","code":{"text":"x"},"contained":[
      {"resourceType":"Basic","id":"d","code":{"text":"y"}}]}}]})");
  Evaluation evaluation(*program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  EXPECT_EQ(text_of(evaluation, *program, "All"), "3");
  EXPECT_EQ(text_of(evaluation, *program, "Domain"), "2");
  const auto filtered = compile_texts({library_with(
      "L", definitions(R"({"name":"A","expression":{"type":"Retrieve","locator":"5:3-5:9",
        "dataType":"{http://hl7.org/fhir}Resource","codes":{"type":"Null"}}})"))});
  ASSERT_FALSE(filtered);
  EXPECT_NE(filtered.error().message.find("L 5:3-5:9: a retrieve of Resource cannot be filtered"),
            std::string::npos);
}

TEST(Text, JsonForms) {
  const Program program = compile_libraries({"Logic", "Shared"});
  const fhir::Record record = record_of(kNobody);
  Evaluation evaluation(program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  const Expected table[] = {
      {"Tuple", R"({"id":1,"text":"x","none":null})"},
      {"Flatten With Null", "[1,2,null]"},
      {"List", "[1.50,2]"},
      {"Interval Open", R"({"low":1,"lowClosed":true,"high":null,"highClosed":false})"},
      {"Moment", R"("2025-03-01T10:00:00.000+01:00")"},
      {"Quantity", R"({"value":1.5,"unit":"mg"})"},
      {"Code", R"({"code":"1988-5","system":"https://example.org/local"})"},
      {"Is", "[true,false]"},
  };
  for (const auto& [name, text] : table) {
    const auto value = evaluation.value(program.find("Logic." + std::string(name)).value());
    ASSERT_TRUE(value.has_value()) << name;
    EXPECT_EQ(to_json(*value), text) << name;
  }
}

TEST(Text, FhirElementsAsTheirJson) {
  const Program program = compile_libraries({"Records"});
  const fhir::Record record = record_of(read_text("records/person.json"));
  Evaluation evaluation(program, record, options_at("2025-05-01T10:00:00.000+02:00"));
  const auto json = [&](std::string_view name) {
    return to_json(evaluation.value(program.find("Records." + std::string(name)).value()).value());
  };
  EXPECT_EQ(json("CRP Value"),
            R"({"value":148,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"})");
  EXPECT_EQ(json("Given"), R"(["Anna",null])");
  EXPECT_EQ(text_of(evaluation, program, "Latest CRP"), "Observation/crp-1");
  EXPECT_NE(json("Patient").find(R"("_birthDate":{)"), std::string::npos);
}

}  // namespace
}  // namespace nidus::cql
