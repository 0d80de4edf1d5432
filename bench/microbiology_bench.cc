// SPDX-License-Identifier: Apache-2.0
//
// Interpretation on one core, as ratios to its bound: 1 means the bound is just met.
//   a million isolates (organism, agent, MIC) by the table: 1 s
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "microbiology/interpret.h"

int main() {
  using namespace nidus::microbiology;
  using Clock = std::chrono::steady_clock;
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/build/guideline/guideline.json",
                   std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view part;
  if (parser.parse(text).get(root) != simdjson::SUCCESS ||
      root["microbiology"]["text"].get(part) != simdjson::SUCCESS) {
    std::fprintf(stderr, "build/guideline/guideline.json is not there: make guideline\n");
    return 1;
  }
  const auto seconds = [](Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
  };
  auto begin = Clock::now();
  const auto library = Library::load(part, "bench");
  if (!library) {
    std::fprintf(stderr, "%s\n", library.error().to_string().c_str());
    return 1;
  }
  std::printf("%-62s %8.3f ms\n", "reading the tables", 1e3 * seconds(begin));
  const Table& table = library->tables.front();
  constexpr std::size_t kIsolates = 1'000'000;
  std::size_t counted = 0;
  begin = Clock::now();
  for (std::size_t i = 0; i < kIsolates; ++i) {
    const Row& row = table.rows[i * 7919 % table.rows.size()];
    const double value = static_cast<double>(1u << i % 11) / 64;
    const Measurement measured{Method::kMic,
                               static_cast<Comparator>(i % 5),
                               canonical_mic(value, library->reading.tolerance),
                               {},
                               false};
    counted +=
        judge(*library, table, row.organism, row.agent, measured, {0, Route::kIntravenous, false})
                    .category == Category::kR
            ? 1
            : 0;
  }
  const double took = seconds(begin);
  std::printf("%-62s %8.3f s    %6.2f of its bound of 1 s\n", "a million results by the table",
              took, took);
  Isolate isolate;
  isolate.organism = *library->organism_named("staphylococcus aureus");
  isolate.markers.assign(library->markers.size(), Sign::kUnknown);
  for (const char* name : {"cefoxitin", "vancomycin", "erythromycin", "clindamycin", "levofloxacin",
                           "rifampicin", "linezolid", "tetracycline"}) {
    Test test;
    test.agent = *library->agent_named(name);
    test.measured = Measurement{Method::kMic, Comparator::kExact, 0.5, {}, false};
    isolate.tests.push_back(test);
  }
  constexpr std::size_t kWhole = 20'000;
  begin = Clock::now();
  for (std::size_t i = 0; i < kWhole; ++i) {
    isolate.tests[1].measured->value = i % 2 == 0 ? 1 : 4;
    counted += assess(*library, table, isolate, 0).agents.size();
  }
  const double whole = seconds(begin) / kWhole;
  std::printf("%-62s %8.3f us per isolate\n", "eight agents with all expert rules", 1e6 * whole);
  return counted == 0 ? 1 : 0;
}
