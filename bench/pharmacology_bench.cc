// SPDX-License-Identifier: Apache-2.0
//
// Dose estimates on one core, as ratios to their bounds: 1 means the bound is just met, 0.5 half of
// it.
//   MAP with several starts, two levels, four doses: 0.2 ms
//   the same with eight levels over six weeks of doses: 2 ms
//   5 to 95 % band of 10,000 draws: 20 ms
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pharmacology/individual.h"
#include "pharmacology/library.h"
#include "pharmacology/posterior.h"

namespace {

using namespace nidus::pharmacology;

template <class Work>
double milliseconds(Work work) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> runs;
  const auto enough = Clock::now() + std::chrono::seconds(1);
  do {
    const auto begin = Clock::now();
    work();
    runs.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  } while (Clock::now() < enough || runs.size() < 5);
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2];
}

void report(const char* what, double took, double bound) {
  std::printf("%-62s %8.3f ms   %6.2f of its bound of %g ms\n", what, took, took / bound, bound);
}

}  // namespace

int main() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/build/guideline/guideline.json",
                   std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::element part;
  if (parser.parse(text).get(root) != simdjson::SUCCESS ||
      root["pharmacology"].get(part) != simdjson::SUCCESS) {
    std::fprintf(stderr, "build/guideline/guideline.json is not there: make guideline\n");
    return 1;
  }
  const auto library = Library::load(simdjson::minify(part), "guideline.json");
  if (!library) {
    std::fprintf(stderr, "%s\n", library.error().to_string().c_str());
    return 1;
  }
  const Model& goti = *library->find_model("vancomycin-goti-2018");

  History few;
  few.covariates = {{0, {74.54545, 82, 0}}};
  few.doses = {{0, 2000, 2}, {12, 1250, 1.5}, {24, 1250, 1.5}, {36, 1250, 1.5}};
  few.levels = {{39, 31.2}, {47.5, 19.4}};
  double sink = 0;
  const auto map = [&](const History& history) {
    const auto course = Course::make(goti, history);
    sink += estimate(*course).objective;
  };
  report("MAP, nine or more starts, 2 levels, 4 doses", milliseconds([&] { map(few); }), 0.2);

  History many = few;
  many.doses.clear();
  many.levels.clear();
  for (int i = 0; i < 84; ++i) many.doses.push_back({12.0 * i, 1250, 1.5});
  for (const double day : {2, 5, 9, 14, 20, 27, 34, 41}) {
    many.levels.push_back({24 * day - 0.5, 17 + day / 10});
  }
  report("MAP, nine or more starts, 8 levels, 84 doses in 6 weeks",
         milliseconds([&] { map(many); }), 2);
  // The same with every dose given at its own minute.
  History irregular = many;
  for (std::size_t i = 0; i < irregular.doses.size(); ++i) {
    irregular.doses[i].at_h += static_cast<double>(i * 37 % 83) / 60;
  }
  report("  the same with irregular times", milliseconds([&] { map(irregular); }), 2);

  const auto course = Course::make(goti, few);
  const Estimate best = estimate(*course);
  std::vector<double> times;
  for (int i = 0; i <= 96; ++i) times.push_back(i * 0.5);
  report("band of 10,000 draws at 97 times, 2 levels, 4 doses", milliseconds([&] {
           const Draws draws = draw(*course, best, 10000);
           sink += band(*course, draws, times, course->history().doses, true)[40][2];
         }),
         20);
  return sink == 0 ? 1 : 0;
}
