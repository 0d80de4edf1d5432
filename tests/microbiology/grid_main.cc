// SPDX-License-Identifier: Apache-2.0
// Prints what the room answers on a full grid, for tests/microbiology/grid.py to compare:
// every organism x agent x site x way of testing x comparator x value.
#include <simdjson.h>

#include <cstdio>
#include <string>

#include "microbiology/interpret.h"
#include "microbiology/testing.h"

namespace {

using namespace nidus::microbiology;

// As laboratories write them: every doubling dilution, other spellings, and values of gradient
// strips.
constexpr double kMics[] = {0.001, 0.002, 0.004, 0.008, 0.015, 0.016, 0.03, 0.032, 0.06, 0.0625,
                            0.064, 0.12,  0.125, 0.13,  0.19,  0.25,  0.38, 0.5,   0.75, 1,
                            1.5,   2,     3,     4,     6,     8,     12,   16,    24,   32,
                            48,    64,    96,    128,   256,   512,   1024};
constexpr Comparator kComparators[] = {Comparator::kExact, Comparator::kLess, Comparator::kAtMost,
                                       Comparator::kAtLeast, Comparator::kMore};

char letter(Category category) {
  switch (category) {
    case Category::kS:
      return 'S';
    case Category::kI:
      return 'I';
    case Category::kR:
      return 'R';
    case Category::kUnknown:
      return '?';
    case Category::kNoBreakpoint:
      return '-';
  }
  return '!';
}

void print(const Library& all, const Table& table, OrganismId organism, AgentId agent,
           const Context& context, const std::string& name) {
  const std::string head = all.organisms[organism].name + "|" + all.agents[agent].code + "|" + name;
  for (const Comparator comparator : kComparators) {
    std::string line;
    for (const double value : kMics) {
      const Measurement measured{Method::kMic, comparator,
                                 canonical_mic(value, all.reading.tolerance), "", false};
      line += letter(judge(all, table, organism, agent, measured, context).category);
    }
    std::printf("%s|mic%s|%s\n", head.c_str(), word(comparator), line.c_str());
    line.clear();
    for (int mm = 5; mm <= 55; ++mm) {
      const Measurement measured{Method::kZone, comparator, double(mm), "", true};
      line += letter(judge(all, table, organism, agent, measured, context).category);
    }
    std::printf("%s|zone%s|%s\n", head.c_str(), word(comparator), line.c_str());
  }
}

}  // namespace

int main() {
  const Library& all = library();
  for (const Table& table : all.tables) {
    std::printf("table|%s\n", table.id.c_str());
    for (OrganismId organism = 0; organism < all.organisms.size(); ++organism) {
      for (AgentId agent = 0; agent < all.agents.size(); ++agent) {
        if (const ExpectedRow* row = table.expected_resistant(organism, agent)) {
          std::printf("%s|%s|expected|%s\n", all.organisms[organism].name.c_str(),
                      all.agents[agent].code.c_str(), row->verified ? "published" : "unverified");
        }
        if (table.candidates(organism, agent).empty()) continue;
        print(all, table, organism, agent, {0, Route::kIntravenous, false}, "vein");
        print(all, table, organism, agent, {0, Route::kOral, false}, "mouth");
        print(all, table, organism, agent, {0, Route::kIntravenous, true}, "screen");
        for (std::size_t i = 0; i < all.conditions.size(); ++i) {
          print(all, table, organism, agent, {1u << i, Route::kIntravenous, false},
                all.conditions[i].id);
        }
      }
    }
  }
  return 0;
}
