// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/library.h"

#include <simdjson.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>

#include "base/json_read.h"

namespace nidus::pharmacology {

namespace dom = simdjson::dom;
using base::for_each;
using base::text_at;
using base::text_of;
using base::texts_at;

const char* word(Quantity quantity) {
  switch (quantity) {
    case Quantity::kAuc24:
      return "AUC24";
    case Quantity::kTrough:
      return "trough";
    case Quantity::kPeak:
      return "peak";
  }
  return "";
}

namespace {

struct KnownRail {
  std::string_view check;
  std::vector<std::string_view> limits;
};

// What the code checks and which limits each check needs.
const std::vector<KnownRail>& known_rails() {
  static const std::vector<KnownRail> kRails = {
      {"creatinine-age", {"hours", "unstable_hours"}},
      {"weight-missing", {}},
      {"level-before-first-dose", {}},
      {"level-in-the-future", {}},
      {"level-during-infusion", {}},
      {"level-soon-after-infusion", {"hours"}},
      {"level-long-after-dose", {"half_lives"}},
      {"implausible-level", {}},
      {"rising-level", {"ratio"}},
      {"misfit", {"warn_p", "refuse_p"}},
      {"residual", {"standardised", "effect"}},
      {"prior-predictive", {"low", "high"}},
      {"outside-population", {}},
      {"unstable-creatinine",
       {"rise_mg_per_dl", "rise_rounding", "rise_hours", "ratio", "ratio_hours"}},
      {"mic", {}},
      {"uncertain", {"effective_draws", "objective", "auc_difference"}},
      {"toxic-more-likely", {}},
      {"impossible-prediction", {}},
      {"hand-method",
       {"minimum_hours", "after_infusion_hours", "ke_high", "half_life_high", "creatinine_change"}},
      {"dose-incomplete", {}},
      {"no-dialysis-times", {}},
      {"level-near-dialysis", {"hours"}},
      {"child", {"years"}},
      {"pregnancy", {}},
      {"implausible-value", {}},
      {"two-values", {"ratio"}},
      {"weight-old", {"days"}},
      {"weight-jump", {"ratio", "days"}},
      {"time-assumed", {}},
      {"implausible-dose", {"low", "high", "minutes"}},
      {"dose-twice", {}},
      {"overlapping-doses", {"loading_hours"}},
      {"level-incomplete", {}},
      {"level-twice", {}},
      {"two-levels", {}},
      {"level-at-dose", {}},
      {"level-below-limit", {}},
      {"harm-seen", {}},
      {"marker-too-fast", {"assay", "slack_days"}},
      {"marker-above-expected", {}},
      {"marker-rise", {"ratio", "least", "from_day", "after_operation"}},
      {"marker-slow", {"first_day", "first_share", "second_day", "second_share"}},
      {"esr-not-falling", {"day"}},
  };
  return kRails;
}

bool true_at(dom::element object, std::string_view key) { return text_at(object, key) == "true"; }

}  // namespace

double Rail::limit(std::string_view name) const {
  const auto found = limits.find(name);
  assert(found != limits.end());
  return found->second;
}

class LibraryLoader {
 public:
  base::Result<Library> load(std::string_view json, std::string_view source);

 private:
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  std::optional<double> number_at(dom::element object, std::string_view key,
                                  const std::string& where);
  double number_needed(dom::element object, std::string_view key, const std::string& where);
  Formula formula_of(const std::string& text, std::span<const std::string> names,
                     const std::string& where);
  Source source_of(dom::element entry);
  std::vector<StudiedRange> ranges_of(dom::element entry, std::string_view key,
                                      const std::string& where);
  Model model_of(dom::element entry);
  void parameters_of(dom::element entry, Model& model);
  Eigen::MatrixXd matrix_of(dom::element entry, std::string_view key, const std::string& where);
  Drug drug_of(dom::element entry);
  Marker marker_of(dom::element entry);
  Target target_of(dom::element entry, const std::string& where);
  std::optional<Amounts> amounts_of(dom::element entry, std::string_view key,
                                    const std::string& where);
  void rails_of(dom::element root);
  PersonState state_of(dom::element entry);

  Library library_;
  std::vector<std::string> problems_;
};

std::optional<double> LibraryLoader::number_at(dom::element object, std::string_view key,
                                               const std::string& where) {
  const std::string text = text_at(object, key);
  if (text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    problem(where + ": '" + std::string(key) + "' is '" + text + "', not a number");
    return std::nullopt;
  }
  return number;
}

double LibraryLoader::number_needed(dom::element object, std::string_view key,
                                    const std::string& where) {
  const auto number = number_at(object, key, where);
  if (!number) problem(where + ": '" + std::string(key) + "' is missing");
  return number.value_or(0);
}

Formula LibraryLoader::formula_of(const std::string& text, std::span<const std::string> names,
                                  const std::string& where) {
  auto formula = Formula::compile(text, names, library_.functions_, where);
  if (formula) return *std::move(formula);
  problem(formula.error().resource + ": " + formula.error().message);
  return {};
}

Source LibraryLoader::source_of(dom::element entry) {
  return {texts_at(entry, "evidence"), text_at(entry, "source"), text_at(entry, "mark")};
}

std::vector<StudiedRange> LibraryLoader::ranges_of(dom::element entry, std::string_view key,
                                                   const std::string& where) {
  std::vector<StudiedRange> out;
  for_each(entry, key, [&](dom::element item) {
    StudiedRange range;
    range.label = text_at(item, "label");
    range.value = formula_of(text_at(item, "of"), library_.input_ids_, where + " range");
    range.low = number_at(item, "low", where);
    range.high = number_at(item, "high", where);
    if (!range.low && !range.high) problem(where + ": the range of " + range.label + " has no end");
    out.push_back(std::move(range));
  });
  return out;
}

Eigen::MatrixXd LibraryLoader::matrix_of(dom::element entry, std::string_view key,
                                         const std::string& where) {
  std::vector<std::vector<double>> rows;
  for_each(entry, key, [&](dom::element row) {
    rows.emplace_back();
    dom::array cells;
    if (row.get(cells) != simdjson::SUCCESS) return;
    for (dom::element cell : cells) {
      const Formula value = formula_of(text_of(cell), {}, where + " " + std::string(key));
      rows.back().push_back(value.empty() ? 0 : value.evaluate<double>({}));
    }
  });
  const auto size = static_cast<Eigen::Index>(rows.size());
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto& row = rows[static_cast<std::size_t>(i)];
    if (static_cast<Eigen::Index>(row.size()) != i + 1) {
      problem(where + ": row " + std::to_string(i + 1) + " of " + std::string(key) +
              " must have as many numbers");
      return Eigen::MatrixXd::Identity(size, size);
    }
    for (Eigen::Index j = 0; j <= i; ++j) out(i, j) = out(j, i) = row[static_cast<std::size_t>(j)];
  }
  if (size > 0 && Eigen::LLT<Eigen::MatrixXd>(out).info() != Eigen::Success) {
    problem(where + ": " + std::string(key) + " is not positive definite");
    return Eigen::MatrixXd::Identity(size, size);
  }
  return out;
}

void LibraryLoader::parameters_of(dom::element entry, Model& model) {
  static constexpr std::string_view kRoleNames[kRoles] = {"CL", "V1", "Q",    "V2", "Q3", "V3",
                                                          "KA", "F",  "Bmax", "KD", "NS"};
  model.role.fill(-1);
  std::vector<std::string> names;
  for (const ModelCovariate& covariate : model.covariates) names.push_back(covariate.id);
  std::vector<bool> random(names.size(), false);
  std::vector<std::string> occasion_effects;
  for_each(entry, "parameters", [&](dom::element item) {
    ModelParameter parameter;
    parameter.id = text_at(item, "id");
    const std::string where = model.id + " " + parameter.id;
    parameter.value = formula_of(text_at(item, "value"), names, where);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (random[i] && parameter.value.uses(i)) parameter.only_covariates = false;
    }
    const auto kind_of = [&](const std::string& kind) {
      if (kind == "log-normal") return EtaKind::kLogNormal;
      if (kind == "proportional") return EtaKind::kProportional;
      problem(where + ": '" + kind + "' is neither log-normal nor proportional");
      return EtaKind::kNone;
    };
    const std::string between = text_at(item, "eta");
    const std::string within = text_at(item, "occasion");
    if (!between.empty()) {
      parameter.kind = kind_of(between);
      parameter.eta = static_cast<int>(model.effects.size());
      model.effects.push_back(parameter.id);
    }
    if (!within.empty()) {
      const EtaKind kind = kind_of(within);
      if (!between.empty() && kind != parameter.kind) {
        problem(where + ": eta and occasion are of two kinds");
      }
      parameter.kind = kind;
      parameter.occasion_eta = static_cast<int>(occasion_effects.size());
      occasion_effects.push_back(parameter.id + " (occasion)");
    }
    const std::string role = text_at(item, "role");
    if (!role.empty()) {
      const auto* const found = std::find(std::begin(kRoleNames), std::end(kRoleNames), role);
      if (found == std::end(kRoleNames)) {
        problem(where + ": no role '" + role + "'");
      } else {
        model.role[static_cast<std::size_t>(found - std::begin(kRoleNames))] =
            static_cast<int>(model.parameters.size());
      }
    }
    names.push_back(parameter.id);
    random.push_back(parameter.kind != EtaKind::kNone || !parameter.only_covariates);
    model.parameters.push_back(std::move(parameter));
  });
  const std::size_t between = model.effects.size();
  model.effects.insert(model.effects.end(), occasion_effects.begin(), occasion_effects.end());
  if (model.etas() != between || model.occasion_etas() != occasion_effects.size()) {
    problem(model.id + ": omega and the parameters with an effect differ in number");
  }
  const auto need = [&](Role role, bool needed) {
    if (needed && model.role[static_cast<std::size_t>(role)] < 0) {
      problem(model.id + ": no parameter with the role " +
              std::string(kRoleNames[static_cast<std::size_t>(role)]));
    }
  };
  need(Role::kCl, true);
  need(Role::kV1, true);
  need(Role::kQ, model.compartments > 1);
  need(Role::kV2, model.compartments > 1);
  need(Role::kQ3, model.compartments > 2);
  need(Role::kV3, model.compartments > 2);
  need(Role::kKa, model.absorption != Absorption::kNone);
  need(Role::kBmax, model.binding);
  need(Role::kKd, model.binding);
}

Model LibraryLoader::model_of(dom::element entry) {
  Model model;
  model.id = text_at(entry, "id");
  model.version = text_at(entry, "version");
  model.drug = text_at(entry, "drug");
  model.title = text_at(entry, "title");
  model.population = text_at(entry, "population");
  model.source = text_at(entry, "source");
  model.mark = text_at(entry, "mark");
  model.choices = texts_at(entry, "choices");
  model.typical_only = text_at(entry, "typical_only");
  model.not_averaged = text_at(entry, "not_averaged");
  model.compartments = static_cast<int>(number_needed(entry, "compartments", model.id));
  if (model.compartments < 1 || model.compartments > 3) {
    problem(model.id + ": one, two or three compartments");
    model.compartments = 1;
  }
  const std::string absorption = text_at(entry, "absorption");
  if (absorption == "first-order") {
    model.absorption = Absorption::kFirstOrder;
  } else if (absorption == "transit") {
    model.absorption = Absorption::kTransit;
  } else if (!absorption.empty()) {
    problem(model.id + ": absorption is first-order or transit");
  }
  model.lag_h = number_at(entry, "lag", model.id).value_or(0);
  model.binding = true_at(entry, "binding");
  for_each(entry, "covariates", [&](dom::element item) {
    ModelCovariate covariate;
    covariate.id = text_at(item, "id");
    covariate.value =
        formula_of(text_at(item, "value"), library_.input_ids_, model.id + " " + covariate.id);
    covariate.assume = number_at(item, "assume", model.id);
    model.covariates.push_back(std::move(covariate));
  });
  model.omega = matrix_of(entry, "omega", model.id);
  model.omega_occasion = matrix_of(entry, "omega_occasion", model.id);
  parameters_of(entry, model);
  dom::element residual;
  const bool has_residual = entry["residual"].get(residual) == simdjson::SUCCESS;
  if (!model.typical_only.empty()) {
    if (has_residual || !model.effects.empty() || model.etas() + model.occasion_etas() > 0) {
      problem(model.id + ": of typical values alone, and yet variances or a residual error");
    }
  } else if (!has_residual) {
    problem(model.id + ": no residual error");
  } else {
    const std::string kind = text_at(residual, "kind");
    if (kind == "combined1") {
      model.residual.kind = ResidualKind::kCombined1;
    } else if (kind == "log-additive") {
      model.residual.kind = ResidualKind::kLogAdditive;
    } else if (kind != "combined2") {
      problem(model.id + ": residual is combined1, combined2 or log-additive");
    }
    model.residual.additive = number_needed(residual, "additive", model.id + " residual");
    model.residual.proportional = number_needed(residual, "proportional", model.id + " residual");
    if (!(model.residual.additive > 0 || model.residual.proportional > 0)) {
      problem(model.id + ": a residual error of nothing");
    }
  }
  model.ranges = ranges_of(entry, "ranges", model.id);
  return model;
}

std::optional<Amounts> LibraryLoader::amounts_of(dom::element entry, std::string_view key,
                                                 const std::string& where) {
  dom::element value;
  if (entry[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  const Amounts out{number_needed(value, "from", where), number_needed(value, "to", where),
                    number_needed(value, "step", where)};
  if (!(out.from > 0) || out.to < out.from || !(out.step > 0)) {
    problem(where + ": " + std::string(key) + " goes from a low amount to a high one in steps");
    return std::nullopt;
  }
  return out;
}

Target LibraryLoader::target_of(dom::element entry, const std::string& where) {
  Target target;
  target.id = text_at(entry, "id");
  target.label = text_at(entry, "label");
  target.text = text_at(entry, "text");
  target.low = number_at(entry, "low", where);
  target.high = number_at(entry, "high", where);
  target.toxic = number_at(entry, "toxic", where);
  target.per_mic = number_at(entry, "per_mic", where);
  target.least_mic = number_at(entry, "least_mic", where).value_or(0);
  if (target.per_mic && target.low) problem(where + ": target " + target.id + " has two low ends");
  target.source = source_of(entry);
  const std::string quantity = text_at(entry, "quantity");
  if (quantity == "trough") {
    target.quantity = Quantity::kTrough;
  } else if (quantity == "peak") {
    target.quantity = Quantity::kPeak;
  } else if (quantity != "auc24") {
    problem(where + ": quantity is auc24, trough or peak, not '" + quantity + "'");
  }
  if (target.low && target.high && *target.high <= *target.low) {
    problem(where + ": target " + target.id + " is empty");
  }
  return target;
}

Drug LibraryLoader::drug_of(dom::element entry) {
  Drug drug;
  drug.atc = text_at(entry, "atc");
  drug.name = text_at(entry, "name");
  const std::string& where = drug.name;
  drug.dose_row = text_at(entry, "dose_row");
  drug.models = texts_at(entry, "models");
  drug.averaged = texts_at(entry, "averaged");
  for (const auto* list : {&drug.models, &drug.averaged}) {
    for (const std::string& id : *list) {
      const Model* model = library_.find_model(id);
      if (model == nullptr) {
        problem(where + ": no model '" + id + "'");
      } else if (model->drug != drug.atc) {
        problem(where + ": model '" + id + "' is of another drug");
      } else if (list == &drug.averaged && !model->typical_only.empty()) {
        problem(where + ": model '" + id + "' has typical values alone and cannot be averaged");
      }
    }
  }
  drug.hand_method = true_at(entry, "hand_method");
  dom::element mic;
  if (entry["mic"].get(mic) == simdjson::SUCCESS) {
    drug.mic = number_at(mic, "assume", where + " mic");
    drug.highest_mic = number_at(mic, "highest", where + " mic");
    drug.mic_text = text_at(mic, "text");
    drug.mic_source = source_of(mic);
  }
  drug.amounts_text = text_at(entry, "amounts_text");
  drug.plausible_low = number_needed(entry, "plausible_low", where);
  drug.plausible_high = number_needed(entry, "plausible_high", where);
  for_each(entry, "targets",
           [&](dom::element item) { drug.targets.push_back(target_of(item, where)); });
  dom::element grid;
  if (entry["regimens"].get(grid) != simdjson::SUCCESS) {
    problem(where + ": no regimens");
  } else {
    const std::vector<std::string> dose_name{"DOSE"};
    drug.grid.amounts = amounts_of(grid, "amounts", where);
    drug.grid.continuous = amounts_of(grid, "continuous", where);
    drug.grid.oral = amounts_of(grid, "oral", where);
    for (const std::string& hours : texts_at(grid, "intervals")) {
      const Formula value = formula_of(hours, {}, where + " intervals");
      drug.grid.intervals_h.push_back(value.empty() ? 0 : value.evaluate<double>({}));
    }
    const std::string infusion = text_at(grid, "infusion");
    if (!infusion.empty()) {
      drug.grid.infusion_h = formula_of(infusion, dose_name, where + " infusion");
    } else if (drug.grid.amounts) {
      problem(where + ": how long does an infusion run?");
    }
    drug.grid.source = source_of(grid);
    dom::element load;
    if (grid["loading"].get(load) == simdjson::SUCCESS) {
      LoadingDose loading;
      loading.low = formula_of(text_at(load, "low"), library_.input_ids_, where + " loading");
      loading.high = formula_of(text_at(load, "high"), library_.input_ids_, where + " loading");
      loading.step_mg = number_needed(load, "step", where + " loading");
      loading.text = text_at(load, "text");
      loading.source = source_of(load);
      drug.grid.loading = std::move(loading);
    }
  }
  dom::element limits;
  if (entry["limits"].get(limits) == simdjson::SUCCESS) {
    drug.limits.single_mg = number_at(limits, "single", where);
    drug.limits.daily_mg = number_at(limits, "daily", where);
    drug.limits.daily_without_level_mg = number_at(limits, "daily_without_level", where);
    drug.limits.text = text_at(limits, "text");
    drug.limits.source = source_of(limits);
  }
  dom::element code;
  if (entry["codes"].get(code) == simdjson::SUCCESS) {
    const auto coding = [&](std::string_view key) {
      dom::element one;
      if (code[key].get(one) != simdjson::SUCCESS) return Coding{};
      return Coding{text_at(one, "system"), text_at(one, "code"), text_at(one, "display")};
    };
    drug.auc_code = coding("auc24");
    drug.trough_code = coding("trough");
    drug.peak_code = coding("peak");
  }
  return drug;
}

void LibraryLoader::rails_of(dom::element root) {
  for_each(root, "rails", [&](dom::element item) {
    Rail rail;
    rail.id = text_at(item, "id");
    rail.check = text_at(item, "check");
    rail.text = text_at(item, "text");
    rail.source = source_of(item);
    dom::element limits;
    dom::object fields;
    if (item["limits"].get(limits) == simdjson::SUCCESS &&
        limits.get(fields) == simdjson::SUCCESS) {
      for (const auto field : fields) {
        rail.limits[std::string(field.key)] = number_at(limits, field.key, rail.id).value_or(0);
      }
    }
    library_.rails_.push_back(std::move(rail));
  });
  for (const KnownRail& known : known_rails()) {
    const auto found = std::find_if(library_.rails_.begin(), library_.rails_.end(),
                                    [&](const Rail& rail) { return rail.check == known.check; });
    if (found == library_.rails_.end()) {
      problem("no guard rail '" + std::string(known.check) + "'");
      continue;
    }
    for (const std::string_view limit : known.limits) {
      if (!found->limits.contains(limit)) {
        problem(found->id + ": no limit '" + std::string(limit) + "'");
      }
    }
  }
  for (const Rail& rail : library_.rails_) {
    if (std::none_of(known_rails().begin(), known_rails().end(),
                     [&](const KnownRail& known) { return known.check == rail.check; })) {
      problem(rail.id + ": nothing is checked as '" + rail.check + "'");
    }
  }
}

PersonState LibraryLoader::state_of(dom::element entry) {
  PersonState out;
  out.rail.id = text_at(entry, "id");
  out.rail.check = text_at(entry, "check");
  out.rail.text = text_at(entry, "text");
  out.rail.source = source_of(entry);
  out.label = text_at(entry, "label");
  for (const std::string& text : texts_at(entry, "when")) {
    out.when.push_back(formula_of(text, library_.input_ids_, out.rail.id));
  }
  const std::string act = text_at(entry, "act");
  out.refuses = act == "refuse";
  if (!out.refuses && act != "warn") problem(out.rail.id + ": 'act' is warn or refuse");
  dom::element built_on;
  out.tells_models = entry["built_on"].get(built_on) == simdjson::SUCCESS;
  out.built_on = texts_at(entry, "built_on");
  for (const std::string& id : out.built_on) {
    if (library_.find_model(id) == nullptr) problem(out.rail.id + ": no model '" + id + "'");
  }
  return out;
}

Marker LibraryLoader::marker_of(dom::element entry) {
  Marker out;
  out.id = text_at(entry, "id");
  const std::string where = "marker " + out.id;
  const auto part = [&](std::string_view key) {
    dom::element inner;
    if (entry[key].get(inner) == simdjson::SUCCESS) return inner;
    problem(where + ": '" + std::string(key) + "' is missing");
    return entry;
  };
  const auto positive = [&](dom::element object, std::string_view key) {
    const double value = number_needed(object, key, where);
    if (!(value > 0)) problem(where + ": '" + std::string(key) + "' must be above 0");
    return value;
  };
  out.name = text_at(entry, "name");
  out.unit = text_at(entry, "unit");
  out.define = text_at(entry, "define");
  const dom::element peak = part("peak");
  out.peak_before = number_needed(peak, "before", where);
  out.peak_after = number_needed(peak, "after", where);
  out.peak_earliest = number_needed(peak, "earliest", where);
  if (text_at(entry, "kind") == "exponential") {
    out.kind = Marker::Kind::kExponential;
    out.floor = positive(entry, "floor");
    out.near_normal = positive(entry, "near_normal");
    if (out.near_normal <= out.floor) problem(where + ": 'near_normal' is not above 'floor'");
    const dom::element half_life = part("half_life");
    out.half_life = positive(half_life, "median");
    out.half_life_sd_log = positive(half_life, "sd_log");
    out.shortest_half_life = positive(half_life, "shortest");
    out.half_life_text = text_at(half_life, "text");
    out.scatter = positive(entry, "scatter");
    const dom::element operation = part("operation");
    out.operation_half_life = positive(operation, "half_life");
    out.operation_settles = number_needed(operation, "settles", where);
    out.operation_median = positive(operation, "median");
    out.operation_sd_log = positive(operation, "sd_log");
    const dom::element codes = part("codes");
    const auto code = [&](std::string_view key) {
      dom::element inner;
      if (codes[key].get(inner) != simdjson::SUCCESS) return Coding{};
      return Coding{text_at(inner, "system"), text_at(inner, "code"), text_at(inner, "display")};
    };
    out.half_life_code = code("half_life");
    out.expected_code = code("expected");
  } else {
    out.settles = number_needed(entry, "settles", where);
    out.least_days = positive(entry, "least_days");
  }
  out.choices = texts_at(entry, "choices");
  out.source = source_of(entry);
  return out;
}

base::Result<Library> LibraryLoader::load(std::string_view json, std::string_view source) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
    return base::fail(base::ErrorCode::kBadGuideline, "is not JSON", std::string(source));
  }
  library_.version = text_at(root, "version");
  for_each(root, "formulas", [&](dom::element item) {
    const std::string id = text_at(item, "id");
    library_.functions_[id] = {texts_at(item, "of"), text_at(item, "value")};
    library_.formulas.push_back(
        {id, text_at(item, "title"), text_at(item, "unit"), source_of(item)});
  });
  // Each formula on its own, so that one that nothing uses is read as well.
  for (const auto& [id, function] : library_.functions_) {
    formula_of(function.text, function.arguments, id);
  }
  for_each(root, "inputs", [&](dom::element item) {
    library_.inputs.push_back({text_at(item, "id"), text_at(item, "label"), text_at(item, "unit"),
                               text_at(item, "define"), text_at(item, "learn"),
                               number_at(item, "low", text_at(item, "id")),
                               number_at(item, "high", text_at(item, "id"))});
    library_.input_ids_.push_back(text_at(item, "id"));
  });
  for_each(root, "kidney", [&](dom::element item) {
    KidneyMeasure measure;
    measure.id = text_at(item, "id");
    measure.title = text_at(item, "title");
    measure.unit = text_at(item, "unit");
    measure.note = text_at(item, "note");
    measure.value = formula_of(text_at(item, "value"), library_.input_ids_, measure.id);
    measure.when = ranges_of(item, "when", measure.id);
    measure.source = source_of(item);
    library_.kidney.push_back(std::move(measure));
  });
  for_each(root, "weights", [&](dom::element item) {
    library_.weights.push_back(
        {text_at(item, "label"), texts_at(item, "basis"),
         formula_of(text_at(item, "value"), library_.input_ids_, "weight " + text_at(item, "id")),
         source_of(item)});
  });
  for_each(root, "models", [&](dom::element item) { library_.models_.push_back(model_of(item)); });
  for_each(root, "drugs", [&](dom::element item) { library_.drugs.push_back(drug_of(item)); });
  for_each(root, "markers",
           [&](dom::element item) { library_.markers.push_back(marker_of(item)); });
  rails_of(root);
  for_each(root, "states", [&](dom::element item) { library_.states.push_back(state_of(item)); });
  if (problems_.empty()) return std::move(library_);
  std::string all = std::to_string(problems_.size()) + " problems";
  for (const std::string& one : problems_) all += "; " + one;
  return base::fail(base::ErrorCode::kBadGuideline, all, std::string(source), "pharmacology");
}

base::Result<Library> Library::load(std::string_view json, std::string_view source) {
  return LibraryLoader().load(json, source);
}

const Model* Library::find_model(std::string_view id) const {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [id](const Model& model) { return model.id == id; });
  return found == models_.end() ? nullptr : &*found;
}

const Drug* Library::find_drug(std::string_view atc_or_name) const {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& one : out) one = static_cast<char>(std::tolower(static_cast<unsigned char>(one)));
    return out;
  };
  const std::string wanted = lower(atc_or_name);
  const auto found = std::find_if(drugs.begin(), drugs.end(), [&](const Drug& drug) {
    return lower(drug.atc) == wanted || lower(drug.name) == wanted;
  });
  return found == drugs.end() ? nullptr : &*found;
}

const DoseWeight* Library::find_weight(std::string_view basis) const {
  const auto found = std::find_if(weights.begin(), weights.end(), [basis](const DoseWeight& one) {
    return std::find(one.basis.begin(), one.basis.end(), basis) != one.basis.end();
  });
  return found == weights.end() ? nullptr : &*found;
}

const Rail& Library::rail(std::string_view check) const {
  const auto found = std::find_if(rails_.begin(), rails_.end(),
                                  [check](const Rail& rail) { return rail.check == check; });
  assert(found != rails_.end());
  return *found;
}

std::optional<std::size_t> Library::input(std::string_view id) const {
  const auto found = std::find(input_ids_.begin(), input_ids_.end(), id);
  if (found == input_ids_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - input_ids_.begin());
}

base::Result<Formula> Library::formula(std::string_view text) const {
  return Formula::compile(text, input_ids_, functions_, text);
}

}  // namespace nidus::pharmacology
