// SPDX-License-Identifier: Apache-2.0
//
// One drug of one person judged as a whole: kidney function, guard rails, the models that fit and
// their average, exposure with its uncertainty, the hand check, practical regimens. Everything is
// from the Library and the Person; nothing is proposed when a guard rail refuses.
// Thread rule: functions of their arguments; results point into the Library, which must outlive
// them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pharmacology/estimate.h"
#include "pharmacology/hand_method.h"
#include "pharmacology/library.h"
#include "pharmacology/posterior.h"
#include "pharmacology/regimen.h"

namespace nidus::pharmacology {

// A value at a time; NaN: recorded, but not readable.
struct Reading {
  double at_h = 0;
  double value = 0;
  std::string resource;
};

struct GivenDose {
  Dose dose;
  std::string missing;  // what is not recorded about it; empty: complete
  std::string resource;
  std::string assumed;  // about its time; empty: nothing
};

struct MeasuredLevel {
  Level level;
  std::string missing;  // what is not recorded or cannot be read; empty: complete
  std::string resource;
  std::string assumed;

  bool readable() const { return missing.empty(); }
};

// A session of dialysis with its times.
struct Session {
  double from_h = 0;
  double to_h = 0;  // of one that runs: now
  bool continuous = false;
  std::string resource;
};

// Times are hours from an origin the caller knows.
struct Person {
  double now_h = 0;
  std::vector<std::vector<Reading>> inputs;  // by Library::inputs, oldest first
  std::vector<Session> sessions;
};

// Of the isolate that is hardest to reach; mg/L. Exact: low and high are the same.
struct MeasuredMic {
  double low = 0;    // it is above this, when not exact
  double high = 0;   // at most this; infinite for ">1"
  std::string text;  // "<=0.5 mg/L"
  std::string organism;
  std::string resource;
  std::vector<std::string> others;  // of other isolates, in words
};

// A harm of the drug that the record shows: no arithmetic of doses comes before it.
struct SeenHarm {
  std::string text;
  std::string resource;
};

struct DrugRecord {
  std::vector<GivenDose> doses;
  std::vector<MeasuredLevel> levels;
  std::vector<SeenHarm> harms;
  std::optional<MeasuredMic> mic;
};

enum class Act { kNote, kWarn, kRefuse };

struct Finding {
  Act act = Act::kNote;
  const Rail* rail = nullptr;
  std::string text;  // what was found
  std::vector<std::string> resources;
};

struct KidneyLine {
  const KidneyMeasure* measure = nullptr;
  std::optional<double> value;
  std::string missing;  // inputs that are not known
};

struct KidneyReport {
  std::vector<KidneyLine> lines;  // those that apply to a person of this age
  std::optional<Reading> creatinine;
  bool unstable = false;
  std::string unstable_text;
  std::vector<std::string> resources;  // of creatinine, weight, height
};

struct FittedModel {
  const Model* model = nullptr;
  std::vector<std::string> assumptions;  // covariates that were not known, and what was taken
  std::shared_ptr<const Course> course;  // never null in an assessment
  Estimate estimate;
  Draws draws;           // of equal weight
  double effective = 0;  // effective number of draws they come from
  double weight = 0;     // in the average; 0 when it does not take part
  double auc24 = 0;      // MAP, at steady state of the present regimen, or 0
};

struct RefusedModel {
  const Model* model = nullptr;
  std::string why;
};

// What a model without variances expects of the typical person. It is shown, and decides nothing.
struct TypicalModel {
  const Model* model = nullptr;
  std::vector<std::string> assumptions;
  double clearance = 0;  // L/h, now
  double auc24 = 0;      // at steady state of the present regimen, or 0
  struct Expected {
    Level level;
    double mg_per_l = 0;
  };
  std::vector<Expected> levels;
};

// MAP of the chosen model; quantiles of the posterior (averaged over models where they are).
struct Measured {
  std::string id;
  std::string label;
  std::string unit;
  double map = 0;
  Band band{};
  Quantity quantity = Quantity::kAuc24;
};

struct TargetChance {
  const Target* target = nullptr;
  std::optional<double> low;  // mg/L or mg h/L: of the highest MIC that is possible
  double in = 0;              // with that MIC
  double in_best = 0;         // with the lowest MIC that is possible; else the same as `in`
  double below = 0;
  double above = 0;
  double toxic = 0;
};

struct Proposal {
  Regimen regimen;
  Band auc24{};  // steady state
  Band peak{};
  Band trough{};
  double first_day = 0;  // median area of the 24 h from now
  double second_day = 0;
  std::vector<TargetChance> chances;
  bool present = false;
};

struct LoadingProposal {
  double low_mg = 0;
  double high_mg = 0;
  std::string text;
  const Source* source = nullptr;
};

struct CurvePoint {
  double at_h = 0;
  double map = 0;
  Band band{};
  Band prior{};
};

struct Assessment {
  const Drug* drug = nullptr;
  const Library* library = nullptr;
  double now_h = 0;
  DrugRecord record;
  KidneyReport kidney;
  std::vector<Finding> findings;
  bool refused = false;            // no proposal
  bool steady_state_known = true;  // false: kidney function is changing
  std::vector<FittedModel> fits;   // the first is the one chosen
  std::vector<TypicalModel> typical_models;
  std::vector<RefusedModel> refused_models;
  bool averaged = false;
  bool prior_only = false;
  std::optional<Regimen> present;
  std::vector<Measured> measured;
  std::vector<TargetChance> present_chances;
  std::variant<std::monostate, HandResult, std::string> hand;  // none, result, why not
  std::vector<Proposal> proposals;
  std::optional<LoadingProposal> loading;
  std::optional<double> hours_to_high_trough_gone;  // until the level falls to the target's top
  std::vector<CurvePoint> curve;
  std::vector<CurvePoint> course;  // most probable alone, from the first dose, when it is longer
  double misfit_p = 1;
};

struct AssessOptions {
  std::size_t draws = 10000;
  std::size_t kept = 2000;  // of equal weight, for regimens and bands
  std::size_t proposals = 5;
};

// The low end of a target for the highest and for the lowest MIC that is possible (infinite for
// ">2"); the same where the target asks for no MIC; nullopt without one.
struct LowEnd {
  std::optional<double> worst;
  std::optional<double> best;
};
LowEnd low_end(const Drug& drug, const DrugRecord& record, const Target& target);
// Has something to be measured against: an end, or a limit of harm.
bool active(const Drug& drug, const DrugRecord& record, const Target& target);

// By Library::inputs; NaN when never recorded. Last observation carried forward.
std::vector<double> inputs_at(const Person& person, double at_h);
// The same; NaN also for what nobody has.
std::vector<double> plausible_inputs_at(const Library& library, const Person& person, double at_h);
KidneyReport kidney_report(const Library& library, const Person& person);
Assessment assess(const Library& library, const Drug& drug, const Person& person,
                  const DrugRecord& record, const AssessOptions& options = {});

// Upper tail of the chi-squared distribution.
double chi_squared_tail(double x, int degrees);

}  // namespace nidus::pharmacology
