// SPDX-License-Identifier: Apache-2.0
//
// The pharmacology part of a guideline: named formulas, what may be asked about a person, models,
// drugs with their targets and practical regimens, and the guard rails. No number of these stands
// in C++. Thread rule: immutable after load. Errors: kBadGuideline, all problems in one message.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pharmacology/formula.h"
#include "pharmacology/model.h"

namespace nidus::pharmacology {

struct Source {
  std::vector<std::string> evidence;  // rule ids
  std::string source;
  std::string mark;  // P C S D J U
};

// Something a formula may ask about a person, and the definition that answers it.
struct Input {
  std::string id;
  std::string label;
  std::string unit;
  std::string define;
  std::string learn;
  std::optional<double> low;  // of what is possible; outside: another unit or a slip
  std::optional<double> high;
};

struct FormulaEntry {
  std::string id;
  std::string title;
  std::string unit;
  Source source;
};

// A line of the table of kidney function.
struct KidneyMeasure {
  std::string id;
  std::string title;
  std::string unit;
  std::string note;
  Formula value;  // of the inputs
  std::vector<StudiedRange> when;
  Source source;
};

// The weight a dose table means by the words of its own.
struct DoseWeight {
  std::string label;
  std::vector<std::string> basis;  // words of the table
  Formula value;                   // kg, of the inputs
  Source source;
};

enum class Quantity { kAuc24, kTrough, kPeak };
const char* word(Quantity quantity);  // "AUC24", "trough", "peak"

struct Target {
  std::string id;
  Quantity quantity = Quantity::kAuc24;
  std::string label;
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> toxic;  // above it: harm; counted for the probability of toxicity
  // `low` by MIC: so many times the MIC, which is taken as at least `least_mic`.
  std::optional<double> per_mic;
  double least_mic = 0;
  std::string text;
  Source source;
};

struct Amounts {
  double from = 0;
  double to = 0;
  double step = 0;
};

struct LoadingDose {
  Formula low;  // mg, of the inputs
  Formula high;
  double step_mg = 0;
  std::string text;
  Source source;
};

struct RegimenGrid {
  std::optional<Amounts> amounts;  // mg by vein
  std::vector<double> intervals_h;
  Formula infusion_h;                 // of DOSE, mg
  std::optional<Amounts> continuous;  // mg in 24 h
  std::optional<Amounts> oral;        // mg by mouth
  std::optional<LoadingDose> loading;
  Source source;
};

struct Limits {
  std::optional<double> single_mg;
  std::optional<double> daily_mg;
  std::optional<double> daily_without_level_mg;
  std::string text;
  Source source;
};

struct Coding {
  std::string system;
  std::string code;
  std::string display;
};

struct Drug {
  std::string atc;
  std::string name;
  std::string dose_row;               // id in tables/dosing.csv
  std::vector<std::string> models;    // in order of preference
  std::vector<std::string> averaged;  // those that may be averaged
  bool hand_method = false;
  std::optional<double> mic;          // assumed when none is recorded, mg/L
  std::optional<double> highest_mic;  // above it no dose is right
  std::string mic_text;
  Source mic_source;
  std::string amounts_text;  // what an amount is of, when that is not plain; may be empty
  double plausible_low = 0;  // mg/L; outside: probably another unit or sample
  double plausible_high = 0;
  std::vector<Target> targets;
  RegimenGrid grid;
  Limits limits;
  Coding auc_code;
  Coding trough_code;
  Coding peak_code;
};

// How a marker of inflammation answers treatment; times in days, values in `unit`.
struct Marker {
  enum class Kind { kExponential, kTrend };
  std::string id;
  std::string name;
  std::string unit;
  Kind kind = Kind::kTrend;
  std::string define;  // the list of {at, value, source}
  // Days around the first dose in which the peak is looked for, and how long before it at most.
  double peak_before = 0;
  double peak_after = 0;
  double peak_earliest = 0;
  // Exponential only.
  double floor = 0;
  double near_normal = 0;
  double half_life = 0;  // before any value: median, log-normal
  double half_life_sd_log = 0;
  double shortest_half_life = 0;  // cannot fall faster
  std::string half_life_text;
  double scatter = 0;  // of single values around the curve, log scale
  double operation_half_life = 0;
  double operation_settles = 0;  // values so soon after an operation are not fitted
  double operation_median = 0;   // what one adds, log-normal
  double operation_sd_log = 0;
  Coding half_life_code;
  Coding expected_code;
  // Trend only.
  double settles = 0;     // may rise for so long after the first dose
  double least_days = 0;  // between the first and the last value
  std::vector<std::string> choices;
  Source source;
};

// A check with its limits; the code knows what is checked, the guideline from where on.
struct Rail {
  std::string id;
  std::string check;
  std::map<std::string, double, std::less<>> limits;
  std::string text;
  Source source;
  double limit(std::string_view name) const;  // REQUIRES: the rail has it (load refuses others)
};

// A state of a person that models were seldom built on.
struct PersonState {
  Rail rail;  // its id, text and source; `check` is the id of the state
  std::string label;
  std::vector<Formula> when;  // of the inputs; one above 0: the person is in it
  bool refuses = false;  // refuses when it held at any time since the first dose; else warns of now
  bool tells_models = false;
  std::vector<std::string> built_on;  // models that were built on such people
};

class Library {
 public:
  // `json`: the "pharmacology" member of a guideline.json.
  static base::Result<Library> load(std::string_view json, std::string_view source);

  std::string version;  // of the whole guideline's pharmacology part
  std::vector<Input> inputs;
  std::vector<FormulaEntry> formulas;
  std::vector<KidneyMeasure> kidney;
  std::vector<DoseWeight> weights;
  std::vector<Drug> drugs;
  std::vector<Marker> markers;
  std::vector<PersonState> states;

  std::span<const Model> models() const { return models_; }
  const Model* find_model(std::string_view id) const;
  const Drug* find_drug(std::string_view atc_or_name) const;
  const DoseWeight* find_weight(std::string_view basis) const;  // nullptr: no amount by weight
  const Rail& rail(std::string_view check) const;  // REQUIRES: a check named in library.cc
  std::optional<std::size_t> input(std::string_view id) const;
  // A formula of the inputs, by name of a formula entry and inputs, for tests and tables.
  base::Result<Formula> formula(std::string_view text) const;

 private:
  friend class LibraryLoader;
  std::vector<Model> models_;
  std::vector<Rail> rails_;
  std::vector<std::string> input_ids_;
  NamedFormulas functions_;
};

}  // namespace nidus::pharmacology
