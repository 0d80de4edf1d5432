// SPDX-License-Identifier: Apache-2.0
//
// A cohort through the engine on one core: bench/cohort/Cohort.cql on made-up patients, beside the
// bare parse of the same bytes. tools/bench_cohort prepares the input and adds the npm engine.
// usage: cohort_bench PREPARED AS_OF [NPM_RESULTS]
// Without arguments it says so and ends: there is nothing to measure.
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

#include "base/json_read.h"
#include "cql/program.h"

namespace nidus::cql {
namespace {

using base::text_at;

struct Input {
  simdjson::padded_string library;
  std::vector<ValueSetContent> value_sets;
  std::vector<simdjson::padded_string> patients;
  std::size_t bytes = 0;
};

Input read(const std::string& folder) {
  Input out;
  simdjson::dom::parser parser;
  simdjson::dom::element sets;
  if (simdjson::padded_string::load(folder + "/Cohort.json").get(out.library) ||
      parser.load(folder + "/value_sets.json").get(sets)) {
    std::cerr << folder << " is not prepared: run tools/bench_cohort\n";
    std::exit(1);
  }
  for (simdjson::dom::element set : sets) {
    ValueSetContent content{text_at(set, "url"), text_at(set, "name"), {}};
    for (simdjson::dom::element code : set["codes"].get_array()) {
      content.codes.push_back(
          {text_at(code, "system"), text_at(code, "code"), text_at(code, "display")});
    }
    out.value_sets.push_back(std::move(content));
  }
  std::ifstream lines(folder + "/patients.ndjson");
  for (std::string line; std::getline(lines, line);) {
    out.bytes += line.size();
    out.patients.emplace_back(line);
  }
  return out;
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// Patients a second of processor time, which waiting for other programs does not lengthen: the best
// of some rounds, as what disturbs can only slow down.
double rate(const Input& input, const std::function<void(const simdjson::padded_string&)>& work) {
  constexpr int kRounds = 5;
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = processor_seconds();
    for (const auto& patient : input.patients) work(patient);
    const double took = processor_seconds() - start;
    best = std::max(best, static_cast<double>(input.patients.size()) / took);
  }
  return best;
}

std::size_t walk(simdjson::ondemand::value value) {
  std::size_t count = 1;
  switch (value.type()) {
    case simdjson::ondemand::json_type::object:
      for (auto field : value.get_object()) count += walk(field.value());
      break;
    case simdjson::ondemand::json_type::array:
      for (auto item : value.get_array()) count += walk(item.value());
      break;
    default:
      count += value.raw_json_token().size();
  }
  return count;
}

// The words of npm_engine.mjs.
std::string plain(const base::Result<Value>& result) {
  if (!result || result->is_null()) return {};
  switch (result->kind()) {
    case Kind::kBoolean:
      return result->as_boolean() ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(result->as_integer());
    case Kind::kDecimal:
      return result->as_decimal().to_short_string();
    case Kind::kList:
      return "list of " + std::to_string(result->as_list().size());
    case Kind::kQuantity:
      return result->as_quantity().value.to_short_string() + " " +
             std::string(result->as_quantity().unit);
    default:
      return "other";
  }
}

// Numbers are compared as numbers: the npm engine counts in doubles.
bool agree(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return true;
  char* end_ours = nullptr;
  char* end_theirs = nullptr;
  const double a = std::strtod(ours.c_str(), &end_ours);
  const double b = std::strtod(theirs.c_str(), &end_theirs);
  return end_ours != ours.c_str() && std::string_view(end_ours) == std::string_view(end_theirs) &&
         std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(a));
}

void compare(const Input& input, const Program& program, const EvaluationOptions& options,
             const char* results) {
  std::ifstream lines(results);
  std::size_t same = 0, different = 0, at = 0;
  simdjson::dom::parser parser;
  for (std::string line; std::getline(lines, line); ++at) {
    const simdjson::dom::element theirs = parser.parse(line);
    const auto record = fhir::Record::parse(input.patients[at], "patient").value();
    Evaluation evaluation(program, record, options);
    for (DefinitionId id = 0; id < program.definitions().size(); ++id) {
      const auto& name = program.definitions()[id].name;
      if (name == "Patient") continue;
      const std::string mine = plain(evaluation.value(id));
      const std::string other = text_at(theirs, name);
      if (agree(mine, other)) {
        ++same;
        continue;
      }
      if (++different <= 20) {
        std::cout << "  patient " << at << ", " << name << ": " << mine << " here, " << other
                  << " in npm\n";
      }
    }
  }
  std::cout << "values: " << same << " the same in both engines, " << different << " not\n";
}

int measure(const std::string& folder, const std::string& as_of, const char* npm_results) {
  const Input input = read(folder);
  const std::string_view texts[] = {input.library};
  auto program = Program::compile(texts, input.value_sets);
  if (!program) {
    std::cerr << program.error().message << '\n';
    return 1;
  }
  EvaluationOptions options;
  options.as_of = base::parse_date_time(as_of).value();
  std::size_t failed = 0, sum = 0;
  const auto evaluate = [&](const fhir::Record& record) {
    Evaluation evaluation(*program, record, options);
    for (DefinitionId id = 0; id < program->definitions().size(); ++id) {
      failed += evaluation.value(id).has_value() ? 0 : 1;
    }
  };
  simdjson::ondemand::parser on_demand;
  simdjson::dom::parser dom;
  const auto at_hand = fhir::Record::parse(input.patients.front(), "patient").value();
  struct Line {
    const char* what;
    double patients_a_second;
  };
  const double whole = rate(input, [&](const auto& json) {
    const auto record = fhir::Record::parse(json, "patient").value();
    evaluate(record);
  });
  const Line lines[] = {
      {"bare parse, simdjson On-Demand, every token", rate(input,
                                                           [&](const auto& json) {
                                                             auto document =
                                                                 on_demand.iterate(json);
                                                             sum += walk(document);
                                                           })},
      {"bare parse, simdjson DOM",
       rate(input, [&](const auto& json) { sum += dom.parse(json).is_object(); })},
      {"record: parse, check, index",
       rate(input,
            [&](const auto& json) {
              sum += fhir::Record::parse(json, "patient").value().resources().size();
            })},
      {"every definition, record at hand", rate(input, [&](const auto&) { evaluate(at_hand); })},
      {"record and every definition", whole}};
  std::printf("%zu patients, %zu kB each, %zu definitions, one core (as of %s, %zu failures)\n",
              input.patients.size(), input.bytes / input.patients.size() / 1000,
              program->definitions().size(), as_of.c_str(), failed);
  for (const auto& line : lines) {
    std::printf("  %-45s %9.0f patients/s  %6.2f of the whole\n", line.what, line.patients_a_second,
                line.patients_a_second / whole);
  }
  std::printf("  of the goal of 10,000 patients/s: %.2f  (checksum %zu)\n", whole / 10'000, sum);
  std::printf("ours %.1f\n", whole);
  if (npm_results != nullptr) compare(input, *program, options, npm_results);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace nidus::cql

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cout << "cohort_bench: run by tools/bench_cohort, which prepares its input\n";
    return 0;
  }
  return nidus::cql::measure(argv[1], argv[2], argc > 3 ? argv[3] : nullptr);
}
