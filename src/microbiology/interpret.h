// SPDX-License-Identifier: Apache-2.0
//
// From a measured MIC or zone to S, I, R by the row of a table that fits organism, agent and site;
// then, for a whole isolate, expected resistance, expert rules and the laboratory's own answer.
// An interval (<=, <, >=, >) with a breakpoint inside is unknown, never a guess.
// Thread rule: pure functions of an immutable library. Errors: none; what cannot be told says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "microbiology/library.h"

namespace nidus::microbiology {

enum class Comparator : std::uint8_t { kExact, kLess, kAtMost, kAtLeast, kMore };

struct Measurement {
  Method method = Method::kMic;
  Comparator comparator = Comparator::kExact;
  double value = 0;             // mg/L, canonical_mic; or mm. REQUIRES: > 0 (zone: >= 0)
  std::string disk;             // disk_content() of what is stated; empty: not stated
  bool disk_by_method = false;  // the laboratory follows the table's methods
};

// Where the infection is: bits of Library::conditions, and the route of the agent.
struct Context {
  std::uint32_t conditions = 0;
  Route route = Route::kIntravenous;  // REQUIRES: not kAny
  bool screen = false;
};

enum class Why : std::uint8_t {
  kRow,  // the row decides
  kBreakpointInside,
  kOtherDisk,
  kDiskNotStated,
  kNoRow,        // the table has none for this organism and agent
  kNotForSite,   // only for another site
  kNotByMethod,  // the row has no MIC, or no zone
};

struct Verdict {
  Category category = Category::kNoBreakpoint;
  Why why = Why::kNoRow;
  const Row* row = nullptr;   // the row that was looked at, also when it does not decide
  std::uint8_t distance = 0;  // steps from the isolate's organism to the row's
};

// The most specific organism wins, then the most specific site.
Verdict judge(const Library& library, const Table& table, OrganismId organism, AgentId agent,
              const Measurement& measured, const Context& context);
// By one row alone.
Verdict judge_row(const Row& row, const Measurement& measured);

// ---- a whole isolate

// One result of the laboratory.
struct Test {
  AgentId agent = 0;
  std::optional<Measurement> measured;
  std::string measured_text;         // "<=0.5 mg/L"
  std::optional<Category> reported;  // the laboratory's own S, I, R
  std::string reported_text;         // in its words
  bool other_method = false;         // reported by another committee's method (CLSI ...)
  std::string method_text;
  std::string source;  // "Observation/ast-1"
  std::string place;   // "Observation.component[2]" or empty
};

struct Isolate {
  OrganismId organism = 0;
  std::vector<Sign> markers;  // by marker index
  std::vector<Test> tests;
};

// A verdict with where it counts.
struct SiteVerdict {
  Verdict verdict;
  std::size_t test = 0;                  // index into Isolate::tests
  Route route = Route::kAny;             // kAny: the same by vein and by mouth
  std::optional<std::size_t> condition;  // counts only with this condition
  bool screen = false;
  bool in_use = false;  // counts for this person
};

enum class Ground : std::uint8_t { kNone, kTable, kExpected, kRule };

struct AgentReport {
  AgentId agent = 0;
  std::vector<std::size_t> tests;
  std::vector<SiteVerdict> verdicts;
  Category category = Category::kNoBreakpoint;  // ours, after all rules
  Ground ground = Ground::kNone;
  bool screen = false;                    // a screen answers rules; it is no advice to treat
  bool withdrawn = false;                 // not to be reported
  bool inferred = false;                  // not tested, or without a row: concluded by a rule
  bool unproven = false;                  // stands on an unverified rule: shown, not passed on
  const Row* row = nullptr;               // that decided (kTable)
  const Rule* rule = nullptr;             // that decided (kRule)
  const ExpectedRow* expected = nullptr;  // resistant by nature, verified or not
  const InCombination* combination = nullptr;
  bool identification_doubt = false;  // S or I against an expected resistance, verified or not
  std::optional<Category> reported;   // worst of the laboratory's own
  bool reported_by_other_method = false;
  bool disagrees = false;  // reported and ours are both definite and differ
};

struct Said {
  const Rule* rule = nullptr;
};

struct IsolateReport {
  OrganismId organism = 0;
  std::vector<AgentReport> agents;  // tested ones in the laboratory's order, then inferred ones
  std::vector<Said> said;           // rules that spoke
};

// `conditions`: bits that are at hand. A bit of `possible` counts only to make a result stricter.
IsolateReport assess(const Library& library, const Table& table, const Isolate& isolate,
                     std::uint32_t conditions, std::uint32_t possible = 0);

const char* word(Comparator comparator);  // "" "<" "<=" ">=" ">"
std::string sentence(Why why);

}  // namespace nidus::microbiology
