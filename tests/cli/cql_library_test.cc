// SPDX-License-Identifier: Apache-2.0
// Whole libraries as others write them, over records with hand-set results: tests/cli/cql/others.
#include <simdjson.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "cli/command_testing.h"

namespace {

namespace dom = simdjson::dom;
using nidus::run_command;

const std::string kOthers = NIDUS_SOURCE_DIR "/tests/cli/cql/others/";

struct Case {
  const char* library;
  const char* data;
  const char* as_of;
  const char* expected;
};

class CqlLibrary : public testing::TestWithParam<Case> {};

TEST_P(CqlLibrary, GivesTheHandSetResults) {
  const Case& one = GetParam();
  const auto got = run_command("", "cql run " + kOthers + one.library + " --data " + kOthers +
                                       one.data + " --as-of " + one.as_of);
  EXPECT_EQ(got.code, 0) << got.text;
  std::ifstream file(kOthers + one.expected);
  std::ostringstream text;
  text << file.rdbuf();
  dom::parser wanted_parser, got_parser;
  const dom::element wanted = wanted_parser.parse(text.str());
  dom::element line;
  ASSERT_EQ(got_parser.parse(got.text).get(line), simdjson::SUCCESS) << got.text;
  EXPECT_EQ(simdjson::minify(line["patient"].value()), simdjson::minify(wanted["patient"].value()));
  for (const auto& [name, value] : dom::object(wanted["results"])) {
    dom::element result;
    ASSERT_EQ(line["results"][name].get(result), simdjson::SUCCESS) << name << "\n" << got.text;
    EXPECT_EQ(simdjson::minify(result), simdjson::minify(value)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Others, CqlLibrary,
    testing::Values(
        Case{"Stay.cql", "Stay.ndjson", "2020-01-05T10:00:00+01:00", "Stay.expected.json"},
        Case{"Retracted.cql", "Retracted.ndjson", "2025-03-04T10:00:00Z",
             "Retracted.expected.json"},
        Case{"Parts.cql", "Parts.ndjson", "2025-03-04T10:00:00Z", "Parts.expected.json"},
        Case{"Order.cql", "Order.ndjson", "2025-03-04T10:00:00Z", "Order.expected.json"},
        Case{"Corners.cql", "Corners.ndjson", "2025-03-30T03:30:00.000+02:00",
             "Corners.expected.json"},
        // A moment after the hour that summer time skips, in the zone of the evaluation.
        Case{"Zones.cql", "Zones-berlin.ndjson", "2025-03-30T03:30:00.000+02:00",
             "Zones-berlin.expected.json"},
        // The second half past one of a night that has two of them; and that moment elsewhere.
        Case{"Zones.cql", "Zones-new-york.ndjson", "2025-11-02T01:30:00.000-05:00",
             "Zones-new-york.expected.json"},
        Case{"Zones.cql", "Zones-new-york.ndjson", "2025-11-02T12:15:00.000+05:45",
             "Zones-kathmandu.expected.json"}));

// ---------------------------------------------------------------- value sets, parameters, time

const std::string kSets = "cql run " NIDUS_SOURCE_DIR "/tests/cli/cql/Sets.cql --data - ";

std::string person(const std::string& onset) {
  return R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p1"}},)"
         R"({"resource":{"resourceType":"Condition","id":"c1","code":{"text":"pain"},"onsetDateTime":")" +
         onset + "\"}}]}\n";
}

TEST(CqlValueSets, AreNeededByWhatIsWrittenAlone) {
  const auto plain = run_command(person("2025-03-01"), kSets + "--define Plain");
  EXPECT_EQ(plain.code, 0) << plain.text;
  EXPECT_NE(plain.text.find(R"("results":{"Plain":1})"), std::string::npos) << plain.text;
  const auto all = run_command(person("2025-03-01"), kSets);
  EXPECT_EQ(all.code, 2);
  EXPECT_NE(all.text.find("value set 'Reached' (https://example.org/ValueSet/reached), which "
                          "Sets.seen needs, is not given"),
            std::string::npos)
      << all.text;
  EXPECT_EQ(all.text.find("Idle"), std::string::npos) << all.text;
  const auto checked = run_command("", "cql check " NIDUS_SOURCE_DIR "/tests/cli/cql/Sets.cql");
  EXPECT_NE(checked.text.find("needs the value set https://example.org/ValueSet/reached"),
            std::string::npos)
      << checked.text;
  EXPECT_EQ(checked.text.find("ValueSet/idle"), std::string::npos) << checked.text;
}

// As guides and VSAC hand them out: libraries inside FHIR Libraries, value sets in folders below,
// known by an OID under several names.
TEST(CqlGuide, IsReadAsItIsPublished) {
  const std::string guide = NIDUS_SOURCE_DIR "/tests/cli/cql/guide/";
  const std::string sore =
      R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p1"}},)"
      R"({"resource":{"resourceType":"Condition","id":"c1","code":{"coding":[{"system":"http://snomed.info/sct","code":")";
  const std::string end = R"("}]}}}]})"
                          "\n";
  const std::string run = "cql run " + guide + "Oids.cql --data - --valueset " + guide +
                          "sets --parameter 'Wanted=http://snomed.info/sct|386661006'";
  const auto pain = run_command(sore + "161891005" + end, run);
  EXPECT_NE(pain.text.find(R"("results":{"Urn":true,"Identifier":false,"Wanted Seen":false,)"
                           R"("Boxed Answer":42})"),
            std::string::npos)
      << pain.text;
  const auto fever = run_command(sore + "386661006" + end, run);
  EXPECT_NE(fever.text.find(R"("results":{"Urn":false,"Identifier":true,"Wanted Seen":true,)"),
            std::string::npos)
      << fever.text;
  const auto boxed =
      run_command(sore + "1" + end, "cql run " + guide + "Library-Boxed.json --data -");
  EXPECT_NE(boxed.text.find(R"("results":{"Answer":42})"), std::string::npos) << boxed.text;
  const auto no_code =
      run_command(sore + "1" + end, "cql run " + guide + "Oids.cql --data - --valueset " + guide +
                                        "sets --parameter Wanted=386661006");
  EXPECT_EQ(no_code.code, 2);
  EXPECT_NE(no_code.text.find("'386661006' is no Code"), std::string::npos) << no_code.text;
  const auto gone = run_command(sore + "1" + end,
                                "cql run " + guide + "Oids.cql --data - --valueset nowhere.json");
  EXPECT_EQ(gone.code, 2);
  EXPECT_NE(gone.text.find("nowhere.json: there is no such file or folder"), std::string::npos)
      << gone.text;
}

TEST(CqlRefusals, NameFileLineAndColumn) {
  const std::string file = NIDUS_SOURCE_DIR "/tests/cli/cql/Refused.cql";
  for (const std::string& verb : {"check " + file, "run " + file + " --data -"}) {
    const auto got = run_command(person("2025-03-01"), "cql " + verb);
    EXPECT_EQ(got.code, 2) << got.text;
    EXPECT_NE(got.text.find("Refused.cql:8:3: error: a retrieve in the context of another than "
                            "the patient is not known"),
              std::string::npos)
        << got.text;
  }
}

// A translator writes a null in place of what it could not translate, and the error beside it.
TEST(CqlRefusals, ElmThatWasNotTranslatedWhole) {
  const std::string folder = testing::TempDir() + "nidus-elm";
  ::mkdir(folder.c_str(), 0700);
  const std::string file = folder + "/Half.json";
  std::ofstream(file) << R"({"library":{"identifier":{"id":"Half"},"annotation":[
    {"type":"CqlToElmInfo"},{"type":"CqlToElmError","libraryId":"Half","startLine":4,"startChar":7,
     "message":"Could not resolve identifier Foo","errorSeverity":"error"}],
    "statements":{"def":[{"name":"Sick","context":"Patient","expression":{"type":"Null"}}]}}})";
  const auto checked = run_command("", "cql check " + file);
  EXPECT_EQ(checked.code, 2);
  EXPECT_NE(checked.text.find("Half.json:4:7: error: Could not resolve identifier Foo"),
            std::string::npos)
      << checked.text;
  const auto ran = run_command("", "cql run " + file + " --data " + kOthers + "Order.ndjson");
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.text.find("Sick"), std::string::npos) << ran.text;
}

// The translator keeps one of them and says nothing.
TEST(CqlWarnings, AFunctionThatStandsTwice) {
  const std::string folder = testing::TempDir() + "nidus-twice";
  ::mkdir(folder.c_str(), 0700);
  const std::string file = folder + "/Twice.cql";
  std::ofstream(file) << "library Twice version '1'\nusing FHIR version '4.0.1'\ncontext Patient\n"
                         "define function F(x Decimal): x * 2.0\n"
                         "define function F(x String): x + x\n"
                         "// define function F(x Date): x\n"
                         "define function F(y Decimal): y + 100.0\n"
                         "define A: F(3.0)\n";
  const auto checked = run_command("", "cql check " + file);
  EXPECT_EQ(checked.code, 0);
  EXPECT_NE(checked.text.find("Twice.cql:7:1: warning: the function F stands twice"),
            std::string::npos)
      << checked.text;
}

// A file of the test's own folder; its path.
std::string written(const std::string& name, const std::string& text) {
  const std::string folder = testing::TempDir() + "nidus-written";
  ::mkdir(folder.c_str(), 0700);
  std::ofstream(folder + "/" + name, std::ios::binary) << text;
  return folder + "/" + name;
}

// Ended so, and said this.
void expect_said(const nidus::Outcome& got, int code, const std::string& part) {
  EXPECT_EQ(got.code, code) << got.text;
  EXPECT_NE(got.text.find(part), std::string::npos) << part << "\n" << got.text;
}

TEST(CqlValueSets, ADeclaredVersionIsTheOneThatIsRead) {
  const auto set = [](const std::string& version, const std::string& code) {
    return R"({"resourceType":"ValueSet","url":"urn:vs:multi","version":")" + version +
           R"(","status":"active","expansion":{"contains":[{"system":"s","code":")" + code +
           "\"}]}}";
  };
  const std::string one = written("multi-1.json", set("v1", "old"));
  const std::string two = written("multi-2.json", set("v2", "new"));
  const auto library = [](const std::string& version) {
    return written("Multi.cql",
                   "library Multi\nusing FHIR version '4.0.1'\nvalueset \"VS\": "
                   "'urn:vs:multi' version '" +
                       version +
                       "'\ncontext Patient\ndefine A: Code { code: 'old', system: 's' "
                       "} in \"VS\"\n");
  };
  const auto run = [&](const std::string& version) {
    return run_command(
        person("2025-03-01"),
        "cql run " + library(version) + " --data - --valueset " + one + " --valueset " + two);
  };
  expect_said(run("v1"), 0, R"("A":true)");
  expect_said(run("v2"), 0, R"("A":false)");
  expect_said(run("v3"), 2, "value set 'VS' (urn:vs:multi|v3), which Multi.A needs, is not given");
}

TEST(CqlOutput, ThatCannotBeWrittenIsAFailure) {
  const std::string library = written("Plain.cql", "library Plain\ndefine A: 1\n");
  for (const std::string& verb : {"check " + library, "run " + library + " --data -"}) {
    EXPECT_EQ(run_command(person("2025-03-01"), "cql " + verb + " > /dev/full").code, 1) << verb;
  }
}

TEST(CqlRefusals, JsonThatIsNoElm) {
  for (const char* library : {"null", "5", "\"x\"", "[]", "true", "{}"}) {
    const auto file = written("NoElm.json", std::string(R"({"library":)") + library + "}");
    expect_said(run_command("", "cql check " + file), 2, "NoElm.json: ");
    expect_said(run_command(person("2025-03-01"), "cql run " + file + " --data -"), 2,
                "NoElm.json: ");
  }
}

TEST(CqlRefusals, TextThatIsNotUtf8) {
  const auto file = written("Latin.cql", "library Latin\ndefine A: 'caf\xE9'\n");
  expect_said(run_command("", "cql check " + file), 2, "Latin.cql:2:15: error: this is not UTF-8");
}

TEST(CqlLibraries, AnIncludeBehindAnotherWordOnItsLine) {
  written("Behind.cql", "library Behind version '1' using FHIR version '4.0.1'\ndefine V: 'v'\n");
  const auto file = written("Before.cql",
                            "library Before version '1' using FHIR version '4.0.1' include Behind "
                            "version '1' called B\ndefine A: B.V & ' include Nothing'\n");
  expect_said(run_command(person("2025-03-01"), "cql run " + file + " --data -"), 0,
              R"("A":"v include Nothing")");
}

TEST(CqlLibraries, CalendarUnitsStayCalendarUnits) {
  const auto file = written("Calendar.cql",
                            "library Calendar\ndefine A: convert 2 years to months\n"
                            "define B: Take({1, 2, 3}, -1)\n"
                            "define C: Skip({1, 2, 3}, -1)\n");
  expect_said(run_command(person("2025-03-01"), "cql run " + file + " --data -"), 0,
              R"("A":{"value":24,"unit":"months"},"B":[],"C":[])");
}

TEST(CqlParameters, OfEveryType) {
  const auto file = written("Given.cql",
                            "library Given\nusing FHIR version '4.0.1'\n"
                            "parameter R Ratio\nparameter T Tuple { low Integer, text String }\n"
                            "parameter C Choice<String, Decimal, Integer>\nparameter S String\n"
                            "parameter I Interval<Integer>\ncontext Patient\n"
                            "define All: { r: R, t: T, c: C, s: S, i: I }\n");
  const std::string run = "cql run " + file + " --data - ";
  expect_said(
      run_command(person("2025-03-01"),
                  run + R"x(--parameter "R=1 'mg' : 2 'mL'" )x"
                        R"x(--parameter "T=Tuple { low: 3, text: 'a, b' }" --parameter C=5 )x"
                        R"x(--parameter "S='it\'s\u00e9'" --parameter "I=Interval(4, 6)")x"),
      0,
      R"("r":{"numerator":{"value":1,"unit":"mg"},"denominator":{"value":2,"unit":"mL"}},)"
      R"("t":{"low":3,"text":"a, b"},"c":5,"s":"it'sé",)"
      R"("i":{"low":4,"lowClosed":false,"high":6,"highClosed":false})");
  expect_said(run_command(person("2025-03-01"), run + "--parameter 'I=Interval[6, 4]'"), 2,
              "an interval ends before it starts: from 6 to 4");
  expect_said(run_command(person("2025-03-01"), run + "--parameter 'T=Tuple { high: 3 }'"), 2,
              "is no Tuple<low:Integer,text:String>");
}

TEST(CqlParameters, WithoutValueAndDefaultAreNamed) {
  const auto got = run_command(person("2025-03-01"), kSets + "--define Plain");
  EXPECT_NE(got.text.find("parameter Sets.Limit is not given and has no default: null"),
            std::string::npos)
      << got.text;
  const auto given =
      run_command(person("2025-03-01"), kSets + "--define Plain --parameter Limit=3");
  EXPECT_EQ(given.text.find("Sets.Limit"), std::string::npos) << given.text;
}

// What can be read once is read once: nobody is lost between a look at its form and the reading.
TEST(CqlRecord, ComesThroughAPipe) {
  char folder[] = "nidus_pipe_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string pipe = std::string(folder) + "/people";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& verb :
       {std::string("cql run " NIDUS_SOURCE_DIR "/tests/cli/cql/Sets.cql --define Plain --data "),
        std::string("screen ")}) {
    std::jthread writer([&] { std::ofstream(pipe) << person("2025-03-01"); });
    const auto got = run_command("", verb + pipe);
    EXPECT_EQ(got.code, 0) << got.text;
    const bool met = got.text.find(R"("patient":"Patient/p1")") != std::string::npos ||
                     got.text.find("1 person") != std::string::npos;
    EXPECT_TRUE(met) << verb << "\n" << got.text;
  }
  std::remove(pipe.c_str());
  rmdir(folder);
}

// Now() hides nothing; what was known then is a question of its own.
TEST(CqlRecord, IsSeenWholeUnlessTheKnownPartIsAskedFor) {
  const std::string later = kSets + "--define Later --as-of 2025-03-04T10:00:00+01:00";
  EXPECT_NE(run_command(person("2025-03-09"), later).text.find(R"("Later":true)"),
            std::string::npos);
  EXPECT_NE(run_command(person("2025-03-09"), later + " --known").text.find(R"("Later":false)"),
            std::string::npos);
}

// ---------------------------------------------------------------- messages about libraries

std::string write_library(const std::string& folder, const std::string& file,
                          const std::string& text) {
  std::ofstream(folder + "/" + file) << text;
  return folder + "/" + file;
}
std::string library_text(const std::string& name, const std::string& rest) {
  return "library " + name + "\nusing FHIR version '4.0.1'\n" + rest;
}
std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class CqlMessages : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(folder_), nullptr); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& file, const std::string& text) {
    return write_library(folder_, file, text);
  }
  char folder_[32] = "nidus_messages_XXXXXX";
};

// What is wrong with an included library is said of its own file, and once.
TEST_F(CqlMessages, OfAnIncludedLibraryNameItsFile) {
  const auto inner =
      write("Inner.cql", library_text("Inner", "context Patient\ndefine X: 1 + 'x'\n"));
  write("Middle.cql", library_text("Middle", "include Inner\ncontext Patient\ndefine Y: 1\n"));
  const auto main =
      write("Outer.cql", library_text("Outer", "include Middle\ncontext Patient\ndefine Z: 1\n"));
  const auto got = run_command("", "cql check " + main);
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find(inner + ":4:11: error: Could not resolve call to operator Add"),
            std::string::npos)
      << got.text;
  EXPECT_EQ(count_of(got.text, "error: "), 1u) << got.text;
}

TEST_F(CqlMessages, OfTwoVersionsOfALibraryNameBothIncludes) {
  write("Inner-1.cql", library_text("Inner version '1'", "context Patient\ndefine X: 1\n"));
  write("Inner-2.cql", library_text("Inner version '2'", "context Patient\ndefine X: 2\n"));
  const auto a = write("A.cql", library_text("A", "include Inner version '1'\ncontext Patient\n"));
  const auto b = write("B.cql", library_text("B", "include Inner version '2'\ncontext Patient\n"));
  const auto main = write(
      "Both.cql", library_text("Both", "include A\ninclude B\ncontext Patient\ndefine Z: 1\n"));
  const auto got = run_command("", "cql check " + main);
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find(b +
                          ":3:1: error: the library Inner is included in version '2', and in "
                          "version '1' by " +
                          a + ":3:"),
            std::string::npos)
      << got.text;
  EXPECT_EQ(count_of(got.text, "error: "), 1u) << got.text;
}

TEST_F(CqlMessages, OfAMissingLibrarySayWhereItWasLookedFor) {
  write("Gone-1.cql", library_text("Gone version '1'", "context Patient\ndefine X: 1\n"));
  const auto main = write("Main.cql", library_text("Main", "include Gone version '2'\n"));
  const auto got = run_command("", "cql check " + main + " --include /nonexistent-folder");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find(main +
                          ":3:1: error: the included library Gone version '2' was not found "
                          "in " +
                          std::string(folder_) +
                          ", /nonexistent-folder (no such folder); Gone-1.cql is version '1'"),
            std::string::npos)
      << got.text;
}

// ELM of another version than the one asked for would be another logic.
TEST_F(CqlMessages, OfElmOfAnotherVersion) {
  const auto elm = [](const std::string& name, const std::string& version,
                      const std::string& includes) {
    return R"({"library":{"identifier":{"id":")" + name + R"(","version":")" + version +
           R"("},"includes":{"def":[)" + includes + R"(]},"statements":{"def":[
             {"name":"One","context":"Patient","expression":{"type":"Literal",
              "valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"1"}}]}}})";
  };
  const auto asking = [&](const std::string& version) {
    return elm("Main", "1",
               R"({"localIdentifier":"I","path":"Inner","version":")" + version + R"("})");
  };
  write("Inner.json", elm("Inner", "1", ""));
  const auto main = write("Main.json", asking("2"));
  const auto got = run_command("", "cql check " + main);
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("the library Inner is included in version '2'"), std::string::npos)
      << got.text;
  write("Inner-2.json", elm("Inner", "2", ""));
  EXPECT_EQ(run_command("", "cql check " + main).code, 0);
  write("Main.json", asking("1"));
  EXPECT_EQ(run_command("", "cql check " + main).code, 0);
}

TEST_F(CqlMessages, OfALackingFirstLineNameIt) {
  const auto check = [&](const std::string& text) {
    return run_command("", "cql check " + write("L.cql", text)).text;
  };
  const std::string uses =
      "context Patient\ndefine \"Final\": [Observation] O where O.status = 'final'\n";
  const auto helpers = check(library_text("L", uses));
  EXPECT_NE(helpers.find("(the library lacks the line: include FHIRHelpers version '4.0.1')"),
            std::string::npos)
      << helpers;
  const auto model = check("library L\ndefine \"Age\": AgeInYears()\n");
  EXPECT_NE(model.find("(the library lacks the line: using FHIR version '4.0.1')"),
            std::string::npos)
      << model;
  const auto both = check(library_text("L", "include FHIRHelpers version '4.0.1'\n" + uses));
  EXPECT_EQ(both.find("lacks the line"), std::string::npos) << both;
}

// Another model is refused as CQL; of its ELM it is said what is not looked at.
TEST_F(CqlMessages, OfAnotherModel) {
  const auto cql = write("Q.cql", "library Q\nusing QICore version '4.1.1'\ncontext Patient\n");
  const auto refused = run_command("", "cql check " + cql);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find(cql + ":2:1: error: the model QICore 4.1.1 is not known here, only "
                                    "FHIR 4.0.1"),
            std::string::npos)
      << refused.text;
  const auto elm = write("Q.json", R"({"library":{"identifier":{"id":"Q"},
      "usings":{"def":[{"localIdentifier":"System","uri":"urn:hl7-org:elm-types:r1"},
        {"localIdentifier":"QICore","uri":"http://hl7.org/fhir","version":"4.1.1"}]},
      "statements":{"def":[{"name":"All","context":"Patient","expression":{"type":"Retrieve",
        "dataType":"{http://hl7.org/fhir}Condition",
        "templateId":"http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-condition"}}]}}})");
  const auto run = run_command(person("2025-03-01"), "cql run " + elm + " --data -");
  EXPECT_EQ(run.code, 0) << run.text;
  EXPECT_NE(run.text.find("written over the model QICore 4.1.1: its retrieves give all resources "
                          "of their type"),
            std::string::npos)
      << run.text;
}

}  // namespace
