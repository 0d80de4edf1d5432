// SPDX-License-Identifier: Apache-2.0
//
// The engine on the compiled guideline and a record of about 100 resources: loading the ELM, every
// definition of one evaluation, and the same with a trace.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "base/json_read.h"
#include "cql/program.h"

namespace nidus::cql {
namespace {

using base::text_at;

struct Source {
  std::vector<std::string> libraries;
  std::vector<ValueSetContent> value_sets;
};

const Source& guideline() {
  static const Source source = [] {
    Source out;
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    const std::string path = std::string(NIDUS_SOURCE_DIR) + "/build/guideline/guideline.json";
    if (parser.load(path).get(root) != simdjson::SUCCESS) {
      std::cerr << path << " is missing: run make guideline\n";
      std::exit(1);
    }
    for (simdjson::dom::element library : root["libraries"].get_array()) {
      out.libraries.push_back(simdjson::minify(library));
    }
    for (simdjson::dom::element set : root["valueSets"].get_array()) {
      ValueSetContent content{text_at(set, "url"), text_at(set, "name"), {}};
      for (simdjson::dom::element code : set["codes"].get_array()) {
        content.codes.push_back(
            {text_at(code, "system"), text_at(code, "code"), text_at(code, "display")});
      }
      out.value_sets.push_back(std::move(content));
    }
    return out;
  }();
  return source;
}

Program load() {
  const std::vector<std::string_view> texts(guideline().libraries.begin(),
                                            guideline().libraries.end());
  auto program = Program::compile(texts, guideline().value_sets);
  if (!program) {
    std::cerr << program.error().message << '\n';
    std::exit(1);
  }
  return std::move(*program);
}

// The person of the tests, with the laboratory repeated until there are about 100 resources.
std::string person() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/tests/cql/records/person.json");
  std::ostringstream text;
  text << in.rdbuf();
  std::string out = text.str();
  out.resize(out.rfind(']'));
  for (int i = 0; i < 90; ++i) {
    const int day = 1 + i % 28;
    out += R"(,{"resource":{"resourceType":"Observation","id":"more-)" + std::to_string(i) +
           R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" +
           (i % 2 == 0 ? "1988-5" : "6690-2") +
           R"("}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2025-02-)" +
           (day < 10 ? "0" : "") + std::to_string(day) +
           R"(T08:00:00+01:00","valueQuantity":{"value":)" + std::to_string(10 + i) +
           R"(,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"}}})";
  }
  return out + "]}";
}

EvaluationOptions options(bool trace) {
  EvaluationOptions out;
  out.as_of = base::parse_date_time("2025-03-05T10:00:00.000+01:00").value();
  out.trace = trace;
  return out;
}

void load_guideline(benchmark::State& state) {
  guideline();
  for (auto _ : state) {
    const Program program = load();
    benchmark::DoNotOptimize(program.definitions().size());
  }
}
BENCHMARK(load_guideline)->Unit(benchmark::kMillisecond);

void every_definition(benchmark::State& state) {
  const Program program = load();
  const auto record = fhir::Record::parse(person(), "bench").value();
  const auto wanted = options(state.range(0) != 0);
  std::size_t failed = 0;
  for (auto _ : state) {
    Evaluation evaluation(program, record, wanted);
    failed = 0;
    for (DefinitionId id = 0; id < program.definitions().size(); ++id) {
      failed += evaluation.value(id).has_value() ? 0 : 1;
    }
  }
  state.counters["definitions"] = static_cast<double>(program.definitions().size());
  state.counters["failed"] = static_cast<double>(failed);
}
BENCHMARK(every_definition)->ArgName("trace")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nidus::cql

BENCHMARK_MAIN();
