// SPDX-License-Identifier: Apache-2.0
//
// What Nidus says about one person at one moment: advice with its reasons, and the plan composed of
// it. Thread rule: plain values. Errors come back as base::Error; a definition that fails at run
// time becomes an `undecided` item that says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date_time.h"
#include "base/error.h"
#include "fhir/record.h"
#include "pathway/guideline.h"

namespace nidus::pathway {

enum class Standing {
  kAdvised,
  kUndecided,   // a fact it needs is unknown
  kNotAdvised,  // its condition is false
  kBlocked,     // an `unless` is true
  kReplaced,    // an advised recommendation replaces it
};
const char* word(Standing standing);  // "advised", "undecided", ...

// A FHIR resource a fact was read from.
struct Source {
  std::string reference;  // "Observation/crp-1"
  std::string label;      // "C-reactive protein 148 mg/L"
  std::string at;         // its date as written; empty when undated
};

struct ShownFact {
  const Fact* fact = nullptr;
  std::string value;  // "148 mg/L", "yes", "unknown"
  bool known = false;
  bool pivotal = false;  // changing this fact alone changes the advice
  std::vector<Source> sources;
};

struct Flip {
  const Fact* fact = nullptr;
  std::string from;
  std::string to;
  Standing becomes = Standing::kNotAdvised;
};

struct Missing {
  const Fact* fact = nullptr;
  bool decisive = false;  // learning it can change the advice
};

enum class OptionStanding { kOffered, kUndecided, kRemoved };
const char* word(OptionStanding standing);  // "offered", "undecided", "removed"

struct ShownComponent {
  const RegimenComponent* component = nullptr;
  const DoseRow* dose = nullptr;  // may be nullptr
  std::string for_kidney;         // the band's text for this person; empty when nothing to add
  std::string for_exposure;       // the least dose in category I; empty when nothing to add
};

// A caution that holds, in words.
struct ShownWarning {
  const Stop* stop = nullptr;
  std::string text;
};

// A row that an option meets.
struct ShownInteraction {
  const Interaction* row = nullptr;
  std::vector<std::string> agents;  // of the option
  std::vector<std::string> taken;   // empty: both drugs are in the option
};

struct ShownOption {
  const RegimenOption* option = nullptr;
  OptionStanding standing = OptionStanding::kOffered;
  std::vector<ShownComponent> components;
  std::vector<const Stop*> removed_by;
  std::vector<const Stop*> cautions;  // stops that cannot be decided yet
  std::vector<ShownWarning> warnings;
  std::vector<ShownInteraction> interactions;
  std::vector<const Fact*> missing;
};

struct Item {
  const Recommendation* recommendation = nullptr;
  Standing standing = Standing::kNotAdvised;
  std::string what;    // `do`, with values filled in
  std::string due;     // "within 1 hour, before the first dose"
  std::string within;  // "within 1 hour"; empty when the limit begins only later
  std::string due_at;  // instant, when there is one
  bool overdue = false;
  std::vector<ShownFact> because;
  std::vector<Missing> missing;
  std::vector<Flip> flips;
  std::vector<ShownOption> options;
  std::vector<const Recommendation*> conflicts;  // advised at the same time
  std::string note;  // why it is not advised, blocked, replaced or undecided
};

struct ActiveStop {
  const Stop* stop = nullptr;
  std::string text;                     // with values filled in
  std::vector<std::string> remove_atc;  // of every drug it removes from this person's options
  std::vector<ShownFact> because;
};

// Something of the record that is not used, and why.
struct LeftOut {
  std::string line = {};    // "Observation/x: Platelets 95: the answer is ..."; what JSON holds
  std::string type = {};    // "Observation"; empty: stands alone in every list
  std::string name = {};    // "Platelets": what it is called, without its value
  std::string reason = {};  // empty: no value set knows it
  std::string at = {};      // when it was true; empty: undated
};

struct Plan {
  const Guideline* guideline = nullptr;
  base::DateTime as_of;
  std::string patient;        // "Patient/p1"; empty when the record holds no Patient
  std::string description;    // "63 years, male"
  std::string state;          // where the person is
  std::string due;            // what is due, by whom
  std::vector<Item> advised;  // group, priority, due, id
  std::vector<Item> undecided;
  std::vector<Item> not_advised;  // also blocked and replaced
  std::vector<ActiveStop> stops;
  std::vector<LeftOut> unreadable;  // facts that are there but cannot be read
  std::vector<LeftOut> unused;      // resources no value set of the guideline knows, by type
  std::vector<fhir::Issue> issues;
  std::string local;  // whose own figures stand beside the record's; empty: nobody's
  std::vector<std::string> messages;  // CQL messages and run-time errors
};

struct PlanOptions {
  base::DateTime as_of;    // REQUIRES: has_offset()
  bool explain = true;     // because, missing, would-flip; off for replay and cohorts
  std::string local = {};  // Local::title(), for the plan to name
};

// Refuses a measured value in a unit of another dimension: kBadUnit with its place.
base::Result<void> refuse_wrong_units(const Guideline& guideline, const fhir::Record& record);

// Doors 4 to 7 for one record: facts known at as_of -> evaluate -> advise -> compose.
// Deterministic. Refuses measures in a unit of another dimension than the guideline accepts
// (kBadUnit).
base::Result<Plan> make_plan(const Guideline& guideline, const fhir::Record& record,
                             const PlanOptions& options);

// Text for a person: "148 mg/L", "yes", "2025-03-04 10:00". "unknown" for null.
std::string display(const cql::Value& value, std::string_view unit, const fhir::Record& record);

}  // namespace nidus::pathway
