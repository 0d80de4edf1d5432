// SPDX-License-Identifier: Apache-2.0
// `nidus screen` and `nidus cql` as a user meets them.
#include <csignal>

#include "cli/command_testing.h"

namespace {

using nidus::run_command;

const std::string kLibraries = NIDUS_SOURCE_DIR "/tests/cli/cql/";
constexpr const char* kMoment = " --as-of 2025-03-04T10:00:00+01:00";

std::string person(const std::string& id, const std::string& resources) {
  return R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":")" +
         id + R"(","birthDate":"1960-02-20"}})" + resources + "]}\n";
}

std::string measured(const std::string& id, const std::string& code, const std::string& value) {
  return R"(,{"resource":{"resourceType":"Observation","id":")" + id +
         R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" + code +
         R"("}]},"effectiveDateTime":"2025-03-03T08:00:00+01:00",)" + value + "}}";
}

std::string crp(const std::string& id, const std::string& value) {
  return measured(id, "1988-5",
                  R"("valueQuantity":{"value":)" + value +
                      R"(,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"})");
}

std::string said(const std::string& id, const std::string& what) {
  return R"(,{"resource":{"resourceType":"Observation","id":")" + id +
         R"(","status":"final","code":{"text":")" + what +
         R"("},"effectiveDateTime":"2025-03-03T08:00:00+01:00","valueBoolean":true}})";
}

std::string condition(const std::string& id, const std::string& text) {
  return R"(,{"resource":{"resourceType":"Condition","id":")" + id + R"(","code":{"text":")" +
         text + R"("},"recordedDate":"2025-03-03"}})";
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

// ---------------------------------------------------------------- cql

TEST(CqlRun, WritesALineAPatientInInputOrder) {
  const auto got = run_command(
      person("p2", crp("o1", "148.5")) + person("p1", ""),
      "cql run " + kLibraries + "Values.elm.json --data -" + kMoment + " --valueset " + kLibraries +
          "crp.json --define 'Last CRP' --define Nothing --define Born --define Patient");
  EXPECT_EQ(got.text,
            R"({"patient":"Patient/p2","results":{"Last CRP":{"value":148.5,"unit":"mg/L",)"
            R"("system":"http://unitsofmeasure.org","code":"mg/L"},"Nothing":null,)"
            R"("Born":"1960-02-20","Patient":"Patient/p2"}})"
            "\n"
            R"({"patient":"Patient/p1","results":{"Last CRP":null,"Nothing":null,)"
            R"("Born":"1960-02-20","Patient":"Patient/p1"}})"
            "\n");
  EXPECT_EQ(got.code, 0);
}

TEST(CqlRun, NamesPatientDefinitionLineAndColumnOfAFailure) {
  const auto got =
      run_command(person("p1", crp("a", "1") + crp("b", "2")) + person("p2", crp("a", "3")),
                  "cql run " + kLibraries + "Values.elm.json --data -" + kMoment + " --valueset " +
                      kLibraries + "crp.json --define 'Only CRP'");
  EXPECT_NE(got.text.find("nidus: Patient/p1, Only CRP: Values:15:3: "), std::string::npos)
      << got.text;
  EXPECT_NE(got.text.find(R"("library":"Values","line":15,"column":3)"), std::string::npos)
      << got.text;
  EXPECT_NE(got.text.find(R"({"patient":"Patient/p2","results":{"Only CRP":"Observation/a"}})"),
            std::string::npos)
      << got.text;
  EXPECT_EQ(got.code, 2);
}

TEST(CqlRun, WritesCsvThatKeepsNullAndEmptyApart) {
  const auto got = run_command(person("p1", ""),
                               "cql run " + kLibraries + "Values.elm.json --data - --format csv" +
                                   kMoment + " --valueset " + kLibraries +
                                   "crp.json --define Nothing --define Empty "
                                   "--define Quoted --define Dose --define Numbers");
  EXPECT_EQ(got.text,
            "patient,Nothing,Empty,Quoted,Dose,Numbers,errors\r\n"
            "Patient/p1,,\"\",\"a \"\"b\"\", c\",5 mg,\"[1,2]\",\r\n");
}

TEST(CqlRun, TakesParameters) {
  const auto run_with = [](const std::string& parameter) {
    return run_command(person("p1", ""),
                       "cql run " + kLibraries + "Values.elm.json --data -" + kMoment +
                           " --valueset " + kLibraries +
                           "crp.json --define 'The Period' --define 'The Limit' " + parameter);
  };
  EXPECT_NE(run_with("").text.find(R"("The Limit":10)"), std::string::npos);
  const auto got =
      run_with("--parameter Limit=25 --parameter 'Period=Interval[@2024-01-01, @2025-01-01)'");
  EXPECT_NE(got.text.find(
                R"("low":"2024-01-01","lowClosed":true,"high":"2025-01-01","highClosed":false)"),
            std::string::npos)
      << got.text;
  EXPECT_NE(got.text.find(R"("The Limit":25)"), std::string::npos);
  const auto timed = run_with("--parameter 'Period=Interval[@2024-01-01T08:00:00, null)'");
  EXPECT_NE(timed.text.find(R"("low":"2024-01-01T08:00:00+01:00")"), std::string::npos)
      << timed.text;
  const auto wrong = run_with("--parameter Limit=much");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.text.find("'much' is no Integer"), std::string::npos) << wrong.text;
  EXPECT_NE(run_with("--parameter Limits=1").text.find("no parameter is named 'Limits'"),
            std::string::npos);
}

TEST(CqlRun, NamesAValueSetThatIsNotGiven) {
  const auto got =
      run_command("", "cql run " + kLibraries + "Values.elm.json --data -" + std::string(kMoment));
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("http://example.org/crp"), std::string::npos) << got.text;
  EXPECT_NE(got.text.find("--valueset"), std::string::npos) << got.text;
}

TEST(CqlRun, RefusesAPartOfAnExpansion) {
  const auto got =
      run_command("", "cql run " + kLibraries + "Values.elm.json --data - --valueset " +
                          kLibraries + "crp-part.json");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("holds 1 of 3 codes"), std::string::npos) << got.text;
}

TEST(CqlCheck, NamesFileLineAndColumn) {
  const auto got = run_command("", "cql check " + kLibraries + "Wrong.cql");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("Wrong.cql:6:3: error: "), std::string::npos) << got.text;
}

TEST(CqlCheck, NamesAnIncludedLibraryThatIsNotThere) {
  const auto got = run_command("", "cql check " + kLibraries + "Lonely.cql");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("Lonely.cql:4:1: error: the included library Elsewhere"),
            std::string::npos)
      << got.text;
}

TEST(CqlCheck, SaysHowToGetTheTranslator) {
  setenv("NIDUS_TRANSLATOR", "/nowhere", 1);
  const auto got = run_command("", "cql check " + kLibraries + "Wrong.cql");
  unsetenv("NIDUS_TRANSLATOR");
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.text.find("npm install @cqframework/cql"), std::string::npos) << got.text;
}

TEST(CqlRun, TranslatesIncludedLibrariesAndKeepsPrivateDefinitions) {
  const auto got =
      run_command(person("p1", ""), "cql run " + kLibraries + "Main.cql --data -" + kMoment);
  EXPECT_EQ(got.text, "{\"patient\":\"Patient/p1\",\"results\":{\"Age\":65,\"Sum\":3}}\n");
  EXPECT_EQ(got.code, 0);
}

// ---------------------------------------------------------------- running

std::string many(int people) {
  std::string out;
  for (int i = 0; i < people; ++i) {
    if (i % 10 == 7) out += "{\"resourceType\":\"Bundle\"\n";
    out += person("p" + std::to_string(i), crp("o1", std::to_string(i)) + crp("o2", "3"));
  }
  return out;
}

TEST(CohortRun, GivesTheSameBytesWithAnyNumberOfThreads) {
  const std::string input = many(300);
  const std::string arguments = "cql run " + kLibraries + "Values.elm.json --data -" + kMoment +
                                " --valueset " + kLibraries + "crp.json";
  const auto alone = run_command(input, arguments + " --jobs 1");
  EXPECT_EQ(alone.code, 2);
  EXPECT_EQ(count(alone.text, "{\"patient\""), 300u);
  // Both streams are one here, in which every line stands where it belongs.
  for (const int jobs : {2, 4}) {
    EXPECT_EQ(run_command(input, arguments + " --jobs " + std::to_string(jobs)).text, alone.text);
  }
}

// An export that came out empty is told, and not taken for one of people without findings.
TEST(CohortRun, SaysThatThereIsNobody) {
  const std::string run = "cql run " + kLibraries + "Values.elm.json --valueset " + kLibraries +
                          "crp.json --define Nothing --data -" + kMoment;
  const std::string screen = "screen - --format ndjson" + std::string(kMoment);
  const std::string medication = R"({"resourceType":"Medication","id":"m1"})"
                                 "\n";
  for (const std::string& input : {std::string(), std::string("\n \r\n\n"), medication}) {
    for (const std::string& arguments : {run, screen, run + " --input-form grouped"}) {
      const auto got = run_command(input, arguments);
      EXPECT_EQ(got.code, 2) << arguments;
      EXPECT_EQ(count(got.text, "standard input: there is no person in it; expected "), 1u)
          << arguments << "\n"
          << got.text;
      EXPECT_EQ(count(got.text, "summary"), 0u) << got.text;
    }
  }
  // What is wrong with each line says it all.
  const auto bad = run_command("not json\n", screen);
  EXPECT_EQ(bad.code, 2);
  EXPECT_EQ(bad.text.find("there is no person"), std::string::npos) << bad.text;
  EXPECT_EQ(run_command("\n" + person("p1", "") + "\n", run).code, 0);
}

// Three people and a bad line are given, and the input stays open. The message about the bad line
// shows that the people before it are done.
TEST(CohortRun, LeavesWholeLinesAndSaysThatItWasInterrupted) {
  std::array<int, 2> in{}, out{}, err{};
  ASSERT_EQ(pipe(in.data()) + pipe(out.data()) + pipe(err.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (const auto& ends : {in, out, err}) {
      close(ends[0]);
      close(ends[1]);
    }
    const std::string library = kLibraries + "Values.elm.json", sets = kLibraries + "crp.json";
    execl(NIDUS_BINARY, "nidus", "cql", "run", library.c_str(), "--data", "-", "--valueset",
          sets.c_str(), "--define", "Nothing", "--jobs", "2", nullptr);
    _exit(99);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  const std::string input = person("p1", "") + person("p2", "") + person("p3", "") + "not json\n";
  ASSERT_EQ(write(in[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
  char letter = 0;
  std::string said_so;
  while (letter != '\n' && read(err[0], &letter, 1) == 1) said_so += letter;
  EXPECT_EQ(said_so.find("nidus: standard input line 4: "), 0u) << said_so;
  kill(child, SIGINT);
  std::string written;
  while (read(out[0], &letter, 1) == 1) written += letter;
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(count(written, "\n"), 3u) << written;
  EXPECT_EQ(written.back(), '\n');
  for (const int end : {in[1], out[0], err[0]}) close(end);
}

// ---------------------------------------------------------------- screen

TEST(Screen, RanksThePeopleNobodyHasNamed) {
  const auto got = run_command(
      person(
          "mechanical",
          said("o1", "Back pain") + crp("o2", "3") +
              measured(
                  "o3", "8310-5",
                  R"("valueQuantity":{"value":36.8,"unit":"Cel","system":"http://unitsofmeasure.org","code":"Cel"})")) +
          person("raised", said("o1", "Back pain") + crp("o2", "120")) +
          person("named",
                 said("o1", "Back pain") + crp("o2", "120") + condition("c1", "Spondylodiscitis")) +
          person("cord", said("o1", "Back pain") + crp("o2", "120") +
                             said("o3", "New neurological deficit")) +
          person("unknown", said("o1", "Back pain")) + person("nothing", ""),
      "screen - --format ndjson --undecided --jobs 2" + std::string(kMoment));
  EXPECT_EQ(got.code, 0) << got.text;
  const auto cord = got.text.find("Patient/cord"), raised = got.text.find("Patient/raised"),
             unknown = got.text.find("Patient/unknown");
  ASSERT_NE(raised, std::string::npos) << got.text;
  EXPECT_LT(cord, raised);
  EXPECT_LT(raised, unknown);
  for (const char* who : {"Patient/named", "Patient/mechanical", "Patient/nothing"}) {
    EXPECT_EQ(got.text.find(who), std::string::npos) << who << "\n" << got.text;
  }
  EXPECT_NE(got.text.find(R"("tier":"neuro-threat")"), std::string::npos);
  EXPECT_NE(got.text.find("Observation/o2"), std::string::npos);
  EXPECT_NE(got.text.find(R"("people":6,"flagged":2,"shown":2)"), std::string::npos) << got.text;
  EXPECT_NE(got.text.find(R"("undecided":1)"), std::string::npos) << got.text;
}

TEST(Screen, PassesOverTheDeadAndWhatIsLongAgo) {
  const std::string sign = said("o1", "Back pain") + crp("o2", "120");
  std::string dead = person("dead", sign);
  dead.insert(dead.find("\"birthDate\""), "\"deceasedDateTime\":\"2025-03-03\",");
  const auto then =
      run_command(dead + person("alive", sign), "screen - --format csv" + std::string(kMoment));
  EXPECT_EQ(then.text.find("Patient/dead"), std::string::npos) << then.text;
  EXPECT_NE(then.text.find("Patient/alive"), std::string::npos) << then.text;
  const auto later =
      run_command(person("alive", sign), "screen - --format csv --as-of 2026-03-04T10:00:00+01:00");
  EXPECT_EQ(later.text.find("Patient/alive"), std::string::npos) << later.text;
}

TEST(Screen, PassesOverChildrenAndSaysWhatItLeavesOut) {
  const std::string sign = said("o1", "Back pain") + crp("o2", "120");
  std::string child = person("child", sign), grown = person("grown", sign);
  const std::string born = "\"birthDate\":\"";
  child.replace(child.find(born) + born.size(), 10, "2007-03-05");
  grown.replace(grown.find(born) + born.size(), 10, "2007-03-04");
  const auto text = run_command(child + grown, "screen - --width 200" + std::string(kMoment));
  EXPECT_EQ(text.text.find("Patient/child"), std::string::npos) << text.text;
  EXPECT_NE(text.text.find("Patient/grown"), std::string::npos) << text.text;
  EXPECT_NE(text.text.find("under 18"), std::string::npos) << text.text;
  EXPECT_NE(text.text.find("92 days"), std::string::npos) << text.text;
  EXPECT_NE(text.text.find("(DX-211, DX-212"), std::string::npos) << text.text;
  const auto lines = run_command(child + grown, "screen - --format ndjson" + std::string(kMoment));
  EXPECT_NE(lines.text.find("\"notes\":[\""), std::string::npos) << lines.text;
}

TEST(Screen, SummarisesForPeopleAndLimitsTheList) {
  std::string input;
  for (int i = 0; i < 5; ++i) {
    input += person("p" + std::to_string(i), said("o1", "Back pain") + crp("o2", "120"));
  }
  const auto got =
      run_command(input + "not json\n", "screen - --width 200 --limit 2" + std::string(kMoment));
  EXPECT_EQ(got.code, 2);
  EXPECT_EQ(count(got.text, "Patient/p"), 2u) << got.text;
  EXPECT_NE(got.text.find("5 people read, 5 with a suspicion"), std::string::npos) << got.text;
  EXPECT_NE(got.text.find("(3 not shown)"), std::string::npos) << got.text;
  EXPECT_NE(got.text.find("standard input line 6: "), std::string::npos) << got.text;
}

}  // namespace
