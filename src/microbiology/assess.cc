// SPDX-License-Identifier: Apache-2.0
//
// A whole isolate: the table for every test, then resistance by nature, then expert rules in their
// order, then the laboratory's own answers beside ours.
#include <algorithm>

#include "microbiology/interpret.h"

namespace nidus::microbiology {

namespace {

bool definite(Category category) {
  return category == Category::kS || category == Category::kI || category == Category::kR;
}

// R before I before S before what is not known.
int severity(Category category) {
  switch (category) {
    case Category::kR:
      return 4;
    case Category::kI:
      return 3;
    case Category::kS:
      return 2;
    case Category::kUnknown:
      return 1;
    case Category::kNoBreakpoint:
      return 0;
  }
  return 0;
}

bool same(const Verdict& a, const Verdict& b) {
  return a.row == b.row && a.category == b.category && a.why == b.why;
}

class Assessment {
 public:
  Assessment(const Library& library, const Table& table, const Isolate& isolate,
             std::uint32_t conditions, std::uint32_t possible)
      : library_(library),
        table_(table),
        isolate_(isolate),
        conditions_(conditions),
        possible_(possible & ~conditions) {
    out_.organism = isolate.organism;
  }

  IsolateReport run() {
    for (std::size_t i = 0; i < isolate_.tests.size(); ++i) {
      report_of(isolate_.tests[i].agent, true).tests.push_back(i);
    }
    const std::size_t tested = out_.agents.size();
    for (std::size_t i = 0; i < tested; ++i) by_table(out_.agents[i]);
    for (std::size_t i = 0; i < tested; ++i) by_nature(out_.agents[i]);
    for (const Rule& rule : library_.rules) apply(rule);
    for (AgentReport& report : out_.agents) compare(report);
    return std::move(out_);
  }

 private:
  AgentReport& report_of(AgentId agent, bool add);
  const AgentReport* find(AgentId agent) const;
  void by_table(AgentReport& report);
  void add_verdicts(AgentReport& report, std::size_t test);
  void by_nature(AgentReport& report);
  void apply(const Rule& rule);
  bool holds(const RuleCondition& condition) const;
  bool holds(const RuleCondition& condition, AgentId agent) const;
  // The category a rule sees: ours, else the laboratory's.
  Category seen(const AgentReport& report, bool screen) const;
  void act(const Rule& rule, const RuleAction& action, AgentId agent);
  void compare(AgentReport& report) const;

  const Library& library_;
  const Table& table_;
  const Isolate& isolate_;
  std::uint32_t conditions_;
  std::uint32_t possible_;
  IsolateReport out_;
};

AgentReport& Assessment::report_of(AgentId agent, bool add) {
  for (AgentReport& report : out_.agents) {
    if (report.agent == agent) return report;
  }
  if (add) {
    out_.agents.emplace_back();
    out_.agents.back().agent = agent;
  }
  return out_.agents.back();
}

const AgentReport* Assessment::find(AgentId agent) const {
  for (const AgentReport& report : out_.agents) {
    if (report.agent == agent) return &report;
  }
  return nullptr;
}

void Assessment::add_verdicts(AgentReport& report, std::size_t index) {
  const Test& test = isolate_.tests[index];
  const auto at = [&](std::uint32_t conditions, Route route, bool screen) {
    return judge(library_, table_, isolate_.organism, report.agent, *test.measured,
                 {conditions, route, screen});
  };
  const auto put = [&](const Verdict& verdict, Route route, std::optional<std::size_t> condition,
                       bool screen, bool in_use) {
    report.verdicts.push_back({verdict, index, route, condition, screen, in_use});
  };
  const Verdict vein = at(conditions_, Route::kIntravenous, false);
  const Verdict mouth = at(conditions_, Route::kOral, false);
  const bool has_vein = vein.why != Why::kNoRow;
  const bool has_mouth = mouth.why != Why::kNoRow;
  if (same(vein, mouth)) {
    if (has_vein) put(vein, Route::kAny, {}, false, true);
  } else {
    if (has_vein) put(vein, Route::kIntravenous, {}, false, true);
    // The plan starts by vein; by mouth alone counts when there is no other row.
    if (has_mouth) put(mouth, Route::kOral, {}, false, !has_vein);
  }
  for (std::size_t i = 0; i < library_.conditions.size(); ++i) {
    const std::uint32_t bit = 1u << i;
    if ((conditions_ & bit) != 0) continue;
    const Verdict other = at(conditions_ | bit, Route::kIntravenous, false);
    if (other.row == nullptr || other.row == vein.row) continue;
    put(other, Route::kIntravenous, i, false, (possible_ & bit) != 0);
  }
  const Verdict screen = at(conditions_, Route::kIntravenous, true);
  const bool only_screen = report.verdicts.empty();
  if (screen.why != Why::kNoRow) put(screen, Route::kAny, {}, true, only_screen);
  if (report.verdicts.empty()) put(vein, Route::kAny, {}, false, true);
}

void Assessment::by_table(AgentReport& report) {
  for (const std::size_t index : report.tests) {
    const Test& test = isolate_.tests[index];
    if (test.reported &&
        (!report.reported || severity(*test.reported) > severity(*report.reported))) {
      report.reported = test.reported;
      report.reported_by_other_method = test.other_method;
    }
    if (test.measured) add_verdicts(report, index);
  }
  for (const SiteVerdict& one : report.verdicts) {
    if (!one.in_use) continue;
    const bool first = report.ground == Ground::kNone;
    if (!first && severity(one.verdict.category) <= severity(report.category)) continue;
    report.category = one.verdict.category;
    report.row = one.verdict.row;
    report.screen = one.screen;
    report.ground = Ground::kTable;
  }
}

void Assessment::by_nature(AgentReport& report) {
  report.expected = table_.expected_resistant(isolate_.organism, report.agent);
  if (report.expected == nullptr) return;
  for (const InCombination& one : table_.in_combination) {
    const bool agent =
        std::find(one.agents.begin(), one.agents.end(), report.agent) != one.agents.end();
    if (agent && library_.is_below(isolate_.organism, one.organism)) report.combination = &one;
  }
  const auto active = [](Category category) {
    return category == Category::kS || category == Category::kI;
  };
  // Also where the row is not verified: a doubt asks, it decides nothing.
  report.identification_doubt =
      report.combination == nullptr &&
      (active(report.category) || (report.reported && active(*report.reported)));
  if (!report.expected->verified) return;
  report.category = Category::kR;
  report.ground = Ground::kExpected;
  report.row = nullptr;
  report.screen = false;
}

Category Assessment::seen(const AgentReport& report, bool screen) const {
  if (screen && !report.screen) {
    Category worst = Category::kNoBreakpoint;
    for (const SiteVerdict& one : report.verdicts) {
      if (one.screen && severity(one.verdict.category) > severity(worst)) {
        worst = one.verdict.category;
      }
    }
    if (definite(worst) || !report.verdicts.empty()) return worst;
  }
  if (definite(report.category)) return report.category;
  // A rule that took an answer back is not overruled by the laboratory's word.
  if (report.ground == Ground::kRule) return report.category;
  return report.reported.value_or(report.category);
}

bool Assessment::holds(const RuleCondition& condition, AgentId agent) const {
  const AgentReport* report = find(agent);
  const bool tested = report != nullptr && (!report->tests.empty() || report->inferred);
  const auto among = [&](std::string_view what) {
    return std::find(condition.is.begin(), condition.is.end(), what) != condition.is.end();
  };
  if (!tested) return !condition.is.empty() && among("untested");
  if (condition.by || condition.mic_over) {
    const bool measured =
        std::any_of(report->tests.begin(), report->tests.end(), [&](std::size_t index) {
          const auto& test = isolate_.tests[index].measured;
          if (!test || (condition.by && test->method != *condition.by)) return false;
          if (!condition.mic_over) return true;
          if (test->method != Method::kMic) return false;
          const bool open = test->comparator == Comparator::kMore;
          const bool below =
              test->comparator == Comparator::kAtMost || test->comparator == Comparator::kLess;
          return !below &&
                 (open ? test->value >= *condition.mic_over : test->value > *condition.mic_over);
        });
    if (!measured) return false;
  }
  if (condition.is.empty()) return true;
  const Category category = seen(*report, condition.screen);
  return among(definite(category) ? word(category) : "unknown");
}

bool Assessment::holds(const RuleCondition& condition) const {
  if (condition.marker) {
    const Sign sign = *condition.marker < isolate_.markers.size()
                          ? isolate_.markers[*condition.marker]
                          : Sign::kUnknown;
    const char* said = sign == Sign::kPositive   ? "positive"
                       : sign == Sign::kNegative ? "negative"
                                                 : "unknown";
    return std::find(condition.is.begin(), condition.is.end(), said) != condition.is.end();
  }
  return std::any_of(condition.agents.begin(), condition.agents.end(),
                     [&](AgentId agent) { return holds(condition, agent); });
}

void Assessment::act(const Rule& rule, const RuleAction& action, AgentId agent) {
  const bool known = find(agent) != nullptr;
  // A rule without a condition speaks of what was tested.
  if (!known && rule.when.empty()) return;
  const ExpectedRow* expected = table_.expected_resistant(isolate_.organism, agent);
  const bool fills = action.report == Report::kS || action.report == Report::kI;
  if (fills) {
    if (expected != nullptr) return;
    if (known) {
      const AgentReport& report = report_of(agent, false);
      if (report.ground == Ground::kRule || report.withdrawn) return;
      // What was measured stands; what only the laboratory rated is set beside the rule's answer.
      if (report.ground != Ground::kNone && report.category != Category::kNoBreakpoint) return;
    }
    if (action.only_with_breakpoint && table_.candidates(isolate_.organism, agent).empty()) return;
  }
  if (!known && (action.report == Report::kUnknown || action.report == Report::kWithdrawn)) return;
  AgentReport& report = report_of(agent, true);
  if (action.by) {
    const bool by = std::any_of(report.tests.begin(), report.tests.end(), [&](std::size_t index) {
      const auto& test = isolate_.tests[index].measured;
      return test && test->method == *action.by;
    });
    const bool other =
        std::any_of(report.tests.begin(), report.tests.end(), [&](std::size_t index) {
          const auto& test = isolate_.tests[index].measured;
          return test && test->method != *action.by;
        });
    if (!by || other) return;
  }
  if (report.ground == Ground::kExpected) return;
  const bool unproven = rule.mark == "U";
  switch (action.report) {
    case Report::kWithdrawn:
      report.withdrawn = true;
      report.rule = &rule;
      return;
    case Report::kUnknown:
      if (report.category == Category::kR) return;
      report.category = Category::kUnknown;
      break;
    case Report::kR:
      if (report.category == Category::kR && !report.unproven) return;
      report.category = Category::kR;
      break;
    case Report::kI:
      report.category = Category::kI;
      break;
    case Report::kS:
      report.category = Category::kS;
      break;
  }
  report.inferred = true;
  report.unproven = unproven;
  report.ground = Ground::kRule;
  report.rule = &rule;
  report.row = nullptr;
  report.screen = false;
}

void Assessment::apply(const Rule& rule) {
  const bool ours =
      std::any_of(rule.organisms.begin(), rule.organisms.end(),
                  [&](OrganismId above) { return library_.is_below(isolate_.organism, above); });
  if (!ours) return;
  if (!std::all_of(rule.when.begin(), rule.when.end(),
                   [&](const RuleCondition& condition) { return holds(condition); })) {
    return;
  }
  bool spoke = !rule.when.empty();
  for (const RuleAction& action : rule.then) {
    for (const AgentId agent : action.agents) {
      if (find(agent) != nullptr) spoke = true;
      act(rule, action, agent);
    }
  }
  if (spoke) out_.said.push_back({&rule});
}

void Assessment::compare(AgentReport& report) const {
  if (report.withdrawn || !report.reported) return;
  report.disagrees = definite(report.category) && report.category != *report.reported;
}

}  // namespace

IsolateReport assess(const Library& library, const Table& table, const Isolate& isolate,
                     std::uint32_t conditions, std::uint32_t possible) {
  return Assessment(library, table, isolate, conditions, possible).run();
}

}  // namespace nidus::microbiology
