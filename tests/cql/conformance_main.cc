// SPDX-License-Identifier: Apache-2.0
//
// Runs the tests that tools/conformance.mjs translated: evaluates both sides of each and compares
// them. Prints the failures and a count; writes a table by chapter when asked to.
//   nidus_conformance TESTS.ndjson KNOWN_GAPS.txt [REPORT.md]
// Known gaps are lines "file/name: why". They count as failed, but only an unknown one is exit code
// 3 (0: none, 2: a file cannot be read).
#include <simdjson.h>

#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cql/operator_support.h"
#include "cql/operators.h"
#include "cql/program.h"
#include "fhir/record.h"

namespace {

using nidus::cql::Kind;
using nidus::cql::Value;

struct Test {
  std::string file;
  std::string group;
  std::string name;
  std::string expression;
  std::optional<std::string> output;
  std::string invalid;
  std::string elm;
  std::string type;
  std::optional<std::string> refused;
};

enum class Verdict { kPassed, kFailed, kNotTranslated };

struct Outcome {
  Verdict verdict;
  std::string reason;
};

constexpr Outcome passed() { return {Verdict::kPassed, {}}; }
Outcome failed(std::string reason) { return {Verdict::kFailed, std::move(reason)}; }

std::optional<std::string> text_of(const simdjson::dom::element& object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

Test read_test(const simdjson::dom::element& object) {
  Test test;
  test.file = text_of(object, "file").value_or("");
  test.group = text_of(object, "group").value_or("");
  test.name = text_of(object, "name").value_or("");
  test.expression = text_of(object, "expression").value_or("");
  test.output = text_of(object, "output");
  test.invalid = text_of(object, "invalid").value_or("");
  test.type = text_of(object, "type").value_or("");
  test.refused = text_of(object, "refused");
  simdjson::dom::element elm;
  if (object["elm"].get(elm) == simdjson::SUCCESS) test.elm = simdjson::minify(elm);
  return test;
}

// The kind of value a static type promises; nullopt where several are possible.
std::optional<Kind> kind_of(std::string_view type) {
  static const std::map<std::string_view, Kind> kinds = {
      {"Boolean", Kind::kBoolean}, {"Integer", Kind::kInteger},   {"Long", Kind::kLong},
      {"Decimal", Kind::kDecimal}, {"String", Kind::kString},     {"Date", Kind::kDate},
      {"Time", Kind::kTime},       {"DateTime", Kind::kDateTime}, {"Quantity", Kind::kQuantity},
      {"Ratio", Kind::kRatio},     {"Code", Kind::kCode},         {"Concept", Kind::kConcept},
      {"List", Kind::kList},       {"Interval", Kind::kInterval}, {"Tuple", Kind::kTuple}};
  const auto found = kinds.find(type);
  if (found == kinds.end()) return std::nullopt;
  return found->second;
}

// Of the static type, or of the expected value's own (Power(2, -2) is an Integer to the
// translator). An uncertain count stands where an Integer is promised; the tests write it as an
// interval.
bool keeps_promise(const Value& value, const Value& expected, std::string_view type) {
  if (value.is_null() || value.is(expected.kind())) return true;
  const auto kind = kind_of(type);
  return !kind || value.is(*kind) || (value.is(Kind::kUncertainty) && *kind == Kind::kInteger);
}

bool agree(nidus::cql::Call& call, const Value& actual, const Value& expected) {
  if (actual.is_null() || expected.is_null()) return actual.is_null() && expected.is_null();
  if (actual.is(Kind::kUncertainty) && expected.is(Kind::kInterval)) {
    const auto& a = actual.as_interval();
    const auto& e = expected.as_interval();
    return nidus::cql::same(call, a.low, e.low) && nidus::cql::same(call, a.high, e.high);
  }
  // The translator would read a bare number beside a quantity as one with the unit 1.
  if (actual.is(Kind::kQuantity) && nidus::cql::ops::is_number(expected)) {
    return agree(call, actual,
                 nidus::cql::ops::make_quantity(call, nidus::cql::ops::number_of(expected), "1"));
  }
  const Value same = nidus::cql::equal(call, actual, expected);
  return same.is_true() || (same.is_null() && nidus::cql::equivalent(call, actual, expected));
}

nidus::base::DateTime evaluation_time() {
  return nidus::base::parse_date_time("2026-01-15T12:00:00.000Z").value();
}

Outcome run(const Test& test, const nidus::fhir::Record& record) {
  const bool error_expected = !test.invalid.empty() && test.invalid != "false";
  if (test.refused) {
    return error_expected ? passed() : Outcome{Verdict::kNotTranslated, *test.refused};
  }
  const std::string_view libraries[] = {test.elm};
  const auto program = nidus::cql::Program::compile(libraries, {});
  if (!program) return error_expected ? passed() : failed(program.error().to_string());
  nidus::cql::EvaluationOptions options;
  options.as_of = evaluation_time();
  nidus::cql::Evaluation evaluation(*program, record, options);
  const auto id = program->find("Actual");
  if (!id) return failed("the compiled library has no definition Actual");
  const auto actual = evaluation.value(*id);
  if (!actual) return error_expected ? passed() : failed(actual.error().to_string());
  const auto expected_id = program->find("Expected");
  if (!expected_id) {
    return failed("an error was expected, got " + nidus::cql::to_string(*actual));
  }
  const auto expected = evaluation.value(*expected_id);
  if (!expected) return failed("expected value: " + expected.error().to_string());
  std::string error;
  nidus::cql::Call call{evaluation.arena(), options.as_of, options.as_of.offset_minutes, &error};
  if (!agree(call, *actual, *expected)) {
    return failed("got " + nidus::cql::to_string(*actual) + ", expected " +
                  nidus::cql::to_string(*expected));
  }
  if (!keeps_promise(*actual, *expected, test.type)) {
    return failed("got " + nidus::cql::to_string(*actual) + ", which is not " + test.type);
  }
  return passed();
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

struct Chapter {
  int tests = 0;
  int passed = 0;
  int failed = 0;
  int not_translated = 0;
};

struct Remark {
  const Test* test;
  Outcome outcome;
  std::string known;  // why, when it is a known gap
};

using Gaps = std::map<std::string, std::string, std::less<>>;

std::optional<Gaps> read_gaps(const char* path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  Gaps gaps;
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with('#') || colon == std::string::npos) continue;
    gaps[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return gaps;
}

// Table cells must not end at a bar of the text itself.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : one_line(text)) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return "`" + escaped + "`";
}

void write_report(std::ostream& out, const std::map<std::string, Chapter>& chapters,
                  const std::vector<Remark>& remarks) {
  Chapter all;
  out << "# CQL conformance\n\n"
      << "Written by `tools/conformance`; do not edit. Each test of the official suite is "
         "translated "
         "by the reference\ntranslator and evaluated by our engine; result and expected value must "
         "be equal (or equivalent where equality is\nunknown) and of the promised type. Where an "
         "error is expected, any refusal passes: by the translator, at load or\nat run time.\n\n"
      << "| chapter | tests | passed | failed | not translated |\n|---|---:|---:|---:|---:|\n";
  for (const auto& [name, chapter] : chapters) {
    out << "| " << name << " | " << chapter.tests << " | " << chapter.passed << " | "
        << chapter.failed << " | " << chapter.not_translated << " |\n";
    all.tests += chapter.tests;
    all.passed += chapter.passed;
    all.failed += chapter.failed;
    all.not_translated += chapter.not_translated;
  }
  out << "| **all** | " << all.tests << " | " << all.passed << " | " << all.failed << " | "
      << all.not_translated << " |\n\n## Gaps\n\n";
  if (remarks.empty()) out << "None in this file of tests.\n";
  for (const auto& [test, outcome, known] : remarks) {
    out << "- " << test->file << " / " << test->name << ": " << cell(test->expression) << "  \n  "
        << (outcome.verdict == Verdict::kNotTranslated ? "not translated: " : "")
        << one_line(outcome.reason) << (known.empty() ? "" : "  \n  Why: ") << known << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: nidus_conformance TESTS.ndjson KNOWN_GAPS.txt [REPORT.md]\n";
    return 2;
  }
  std::ifstream in(argv[1]);
  const auto gaps = read_gaps(argv[2]);
  if (!in || !gaps) {
    std::cerr << argv[in ? 2 : 1] << ": cannot be read\n";
    return 2;
  }
  const auto record =
      nidus::fhir::Record::parse(R"({"resourceType":"Patient","id":"nobody"})", "conformance");
  if (!record) {
    std::cerr << record.error().to_string() << "\n";
    return 2;
  }
  std::vector<Test> tests;
  simdjson::dom::parser parser;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    simdjson::dom::element object;
    if (parser.parse(line).get(object) != simdjson::SUCCESS) {
      std::cerr << argv[1] << ": line " << tests.size() + 1 << " is not JSON\n";
      return 2;
    }
    tests.push_back(read_test(object));
  }
  std::map<std::string, Chapter> chapters;
  std::vector<Remark> remarks;
  int unknown = 0;
  for (const auto& test : tests) {
    const Outcome outcome = run(test, *record);
    Chapter& chapter = chapters[test.file];
    ++chapter.tests;
    if (outcome.verdict == Verdict::kPassed) {
      ++chapter.passed;
      continue;
    }
    const bool translated = outcome.verdict == Verdict::kFailed;
    ++(translated ? chapter.failed : chapter.not_translated);
    const auto gap = gaps->find(test.file + "/" + test.name);
    const bool known = gap != gaps->end();
    if (translated && !known) ++unknown;
    remarks.push_back({&test, outcome, known ? gap->second : std::string()});
    std::cout << (known ? "known gap: " : "") << (translated ? "FAILED " : "NOT TRANSLATED ")
              << test.file << " / " << test.group << " / " << test.name << ": "
              << one_line(test.expression) << "\n  " << one_line(outcome.reason) << "\n";
  }
  if (argc == 4) {
    std::ofstream report(argv[3]);
    write_report(report, chapters, remarks);
  }
  std::cout << tests.size() - remarks.size() << " passed, " << remarks.size() << " failed\n";
  return unknown == 0 ? 0 : 3;
}
