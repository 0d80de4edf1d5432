// SPDX-License-Identifier: Apache-2.0
//
// How a plan is said to a person: dates, reasons, what would flip, options, and which of the many
// considered entries deserve a line. Shared by the text, the page and the FHIR notes, so that all
// say the same. Thread rule: pure; a Phrases reads its plan, which must outlive it.
// What is left out of a short form is counted in it, never dropped in silence.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/date_time.h"
#include "pathway/plan.h"

namespace nidus::pathway {

// "4 Mar 2025", "Mar 2025", "2025"; with a time of day "4 Mar 2025, 08:00". Seconds and the offset
// stay in the machine formats.
std::string date_text(const base::DateTime& when);
// The same from ISO text, without the year when it is that of `as_of`: "4 Mar, 08:00". `iso` itself
// when it is no date.
std::string moment_text(std::string_view iso, const base::DateTime& as_of);
// Without the time of day: "4 Mar".
std::string day_text(std::string_view iso, const base::DateTime& as_of);

// "30 min", "1 hour", "7 days": the largest unit that divides.
std::string duration_text(std::int64_t minutes);
// "Cord threatened" -> "cord threatened"; "CRP", "S. aureus" and "T6" stay as they are.
std::string lower_first(std::string text);
// With a full stop at its end, unless it ends a sentence already.
std::string sentence(std::string text);

// "3 Mar, Observation/crp-1"; several as "2 Mar, Observation/o-1 and o-2"; more than three are
// counted.
std::string sources_text(const std::vector<Source>& sources, const base::DateTime& as_of);

// One line each; three and more alike are told as one, where the first of them stands: `12
// Observations of "Platelets", 3 Jan to 4 Mar: a number without a unit`. All of them with `all`.
std::vector<std::string> lines_of(const std::vector<LeftOut>& entries, const base::DateTime& as_of,
                                  bool all);

// "penicillin G IV 4 MU q4h (dose for CrCl 85 mL/min)" for one component.
std::string component_text(const ShownComponent& component);
// What a mark of evidence means to a person ("from memory, unverified"); empty for solid ones.
std::string mark_text(std::string_view mark);
// The evidence ids, the source and its mark: "PK-13; IDSA 2015 - from memory, unverified".
std::string cite(const pharmacology::Source& source);
// Strength and certainty in words: "consensus, certainty very low".
std::string grade_text(const Recommendation& recommendation);
// "Rifampicin with apixaban, which is taken [IX-001, contraindicated]: what happens. What to do."
std::string interaction_text(const ShownInteraction& met);

struct OptionLine {
  OptionStanding standing = OptionStanding::kOffered;
  std::string text;                   // the drugs and doses
  std::string id;                     // "OPT-044"; "OPT-097, OPT-103" when they say the same
  std::size_t count = 1;              // options it stands for
  std::vector<std::string> warnings;  // must be seen before it is given
  std::vector<std::string> remarks;   // why it is not offered, or only under a condition
};

// One thing to find out, and the undecided entries that it alone can decide.
struct Question {
  const Fact* fact = nullptr;
  std::vector<const Item*> decides;
};

class Phrases {
 public:
  // `all`: every fact, every flip, every evidence id; otherwise the few that carry the advice.
  Phrases(const Plan& plan, bool all);

  // Facts on which a third of the advice or more rests, each once with what would fall with it;
  // the short form does not repeat them under every advice. Empty when `all`.
  std::vector<std::string> shared() const;

  std::string title_line() const;                // "Patient/p1, 63 years, male"
  std::string as_of() const;                     // "4 Mar 2025, 10:00"
  std::string who_when(const Item& item) const;  // "Ward physician, within 1 hour (by 11:00)"
  std::string due_by(const Item& item) const;    // "by 11:00", "by 5 Mar, 10:00"; may be empty
  std::string overdue(const Item& item) const;   // "overdue since 3 Mar, 10:00"; may be empty
  std::vector<std::string> because(const Item& item) const;
  std::vector<std::string> because(const ActiveStop& stop) const;
  std::vector<std::string> missing(const Item& item) const;
  std::vector<std::string> would_flip(const Item& item) const;  // "Not advised if ..."
  // The short form holds the first of what is offered, and all that is not settled or removed.
  std::vector<OptionLine> options(const Item& item) const;
  std::string options_left_out(const Item& item) const;  // "and 2 more that fit (--all)"
  std::vector<std::string> conflicts(const Item& item) const;
  std::string evidence(const Item& item) const;

  // Of what was considered and not advised: what was held back or replaced, and what one recorded
  // fact alone keeps from being advised.
  static bool worth_a_look(const Item& item);
  // The fewest facts that decide the undecided, most urgent first.
  std::vector<Question> questions() const;
  // Undecided entries that no single fact is known to decide.
  std::vector<const Item*> not_decided_by_one() const;
  std::string question(const Fact& fact) const;  // "Spine unstable: ask the spine surgeon ..."

 private:
  std::string fact(const ShownFact& shown) const;  // "CRP: 148 mg/L"
  std::vector<std::string> facts(const std::vector<const ShownFact*>& list) const;
  std::vector<std::string> reasons(std::vector<const ShownFact*> chosen) const;
  bool is_shared(const Fact* fact) const;

  const Plan& plan_;
  bool all_;
  std::map<const Fact*, int> advice_resting_on_;  // advised items that the fact alone can change
};

}  // namespace nidus::pathway
