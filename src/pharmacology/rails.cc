// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "pharmacology/individual.h"
#include "pharmacology/readings.h"

namespace nidus::pharmacology {

double chi_squared_tail(double x, int degrees) {
  if (!(x > 0)) return 1;
  // Q(a + 1, x/2) = Q(a, x/2) + (x/2)^a e^(-x/2) / Gamma(a + 1), from Q(1/2) or Q(1).
  const double half = x / 2;
  const double first = degrees % 2 == 1 ? 0.5 : 1;
  double tail = degrees % 2 == 1 ? std::erfc(std::sqrt(half)) : std::exp(-half);
  for (int step = 0; step < (degrees - 1) / 2; ++step) {
    const double a = first + step;
    tail += std::exp(a * std::log(half) - half - std::lgamma(a + 1));
  }
  return std::min(tail, 1.0);
}

namespace {

class RecordCheck {
 public:
  RecordCheck(const Library& library, const Drug& drug, const Person& person,
              const DrugRecord& record, const KidneyReport& kidney)
      : library_(library), drug_(drug), person_(person), record_(record), kidney_(kidney) {}

  std::vector<Finding> run() {
    harms();
    basics();
    states();
    inputs();
    weight();
    dialysis();
    doses();
    for (const MeasuredLevel& level : record_.levels) one_level(level);
    same_moment();
    rising();
    mic();
    return std::move(out_);
  }

 private:
  void add(Act act, const char* check, std::string text, std::vector<std::string> resources = {}) {
    out_.push_back({act, &library_.rail(check), std::move(text), std::move(resources)});
  }

  void basics() {
    const std::vector<double> values = inputs_at(person_, person_.now_h);
    std::string missing;
    for (const char* id : {"AGE", "FEMALE", "WT"}) {
      const auto input = library_.input(id);
      if (input && !std::isfinite(values[*input])) {
        missing += (missing.empty() ? "" : ", ") + library_.inputs[*input].label;
      }
    }
    if (!missing.empty()) add(Act::kRefuse, "weight-missing", "not recorded: " + missing);
    const Rail& age = library_.rail("creatinine-age");
    if (!kidney_.creatinine) {
      add(Act::kRefuse, "creatinine-age", "no creatinine is recorded");
    } else {
      const double hours = person_.now_h - kidney_.creatinine->at_h;
      const double most = age.limit(kidney_.unstable ? "unstable_hours" : "hours");
      if (hours > most) {
        add(Act::kRefuse, "creatinine-age",
            fmt::format("the last creatinine is {:.0f} h old, {:.0f} h is the limit", hours, most),
            {kidney_.creatinine->resource});
      }
    }
    const auto years = library_.input("AGE");
    if (years && values[*years] < library_.rail("child").limit("years")) {
      add(Act::kRefuse, "child", fmt::format("{:.3g} years old", values[*years]));
    }
    const auto pregnant = library_.input("PREGNANT");
    if (pregnant && values[*pregnant] > 0) add(Act::kRefuse, "pregnancy", "pregnancy is recorded");
    if (kidney_.unstable && kidney_.creatinine) {
      add(Act::kWarn, "unstable-creatinine", kidney_.unstable_text, {kidney_.creatinine->resource});
    }
  }

  void harms() {
    for (const SeenHarm& harm : record_.harms) {
      add(Act::kWarn, "harm-seen", harm.text, {harm.resource});
    }
  }

  // People of whom models know little. A machine that has stopped has still cleared the drug.
  void states() {
    double first = person_.now_h;
    for (const GivenDose& given : record_.doses) first = std::min(first, given.dose.at_h);
    for (const PersonState& state : library_.states) {
      for (const Formula& when : state.when) {
        if (in_state(state, when, first)) break;
      }
    }
  }

  bool in_state(const PersonState& state, const Formula& when, double first) {
    std::set<double> times{person_.now_h};
    std::vector<std::string> resources;
    if (state.refuses) times.insert(first);
    for (std::size_t i = 0; i < library_.inputs.size(); ++i) {
      if (!when.uses(i)) continue;
      std::string last;
      for (const Reading& one : person_.inputs[i]) {
        if (one.at_h > person_.now_h) continue;
        if (!one.resource.empty()) last = one.resource;
        if (state.refuses && one.at_h > first) times.insert(one.at_h);
      }
      if (!last.empty()) resources.push_back(last);
    }
    const bool holds = std::any_of(times.begin(), times.end(), [&](double time) {
      return when.evaluate<double>(plausible_inputs_at(library_, person_, time)) > 0;
    });
    if (!holds) return false;
    out_.push_back({state.refuses ? Act::kRefuse : Act::kWarn, &state.rail,
                    state.label + built_on(state), std::move(resources)});
    return true;
  }

  std::string built_on(const PersonState& state) const {
    if (!state.tells_models) return {};
    std::string titles;
    for (const std::string& id : drug_.models) {
      if (std::find(state.built_on.begin(), state.built_on.end(), id) == state.built_on.end()) {
        continue;
      }
      titles += (titles.empty() ? "" : ", ") + library_.find_model(id)->title;
    }
    return titles.empty() ? ": no model of this drug was built on such people"
                          : ": of this drug's models only " + titles + " had such people";
  }

  // What the drug's models and the kidney table look at.
  bool looked_at(std::size_t input) const {
    for (const KidneyMeasure& measure : library_.kidney) {
      if (measure.value.uses(input)) return true;
    }
    return std::any_of(drug_.models.begin(), drug_.models.end(), [&](const std::string& id) {
      const Model* model = library_.find_model(id);
      return std::any_of(
          model->covariates.begin(), model->covariates.end(),
          [input](const ModelCovariate& covariate) { return covariate.value.uses(input); });
    });
  }

  // Values nobody has, and two values of one moment. Those before the first dose do not count,
  // but for the last of them.
  void inputs() {
    double first = person_.now_h;
    for (const GivenDose& given : record_.doses) {
      if (given.dose.at_h < first) first = given.dose.at_h;
    }
    const double differs = library_.rail("two-values").limit("ratio");
    for (std::size_t i = 0; i < library_.inputs.size(); ++i) {
      const Input& input = library_.inputs[i];
      if (!looked_at(i)) continue;
      const auto& series = person_.inputs[i];
      for (std::size_t k = 0; k < series.size(); ++k) {
        const Reading& one = series[k];
        if (k + 1 < series.size() && series[k + 1].at_h <= first) continue;
        if (one.at_h > person_.now_h) continue;
        // Age and sex are the patient's own.
        const std::vector<std::string> here =
            one.resource.empty() ? std::vector<std::string>{} : std::vector{one.resource};
        if ((input.low && one.value < *input.low) || (input.high && one.value > *input.high)) {
          add(Act::kRefuse, "implausible-value",
              fmt::format("{} {:.4g} {}, expected between {:.4g} and {:.4g} {}", input.label,
                          one.value, input.unit, input.low.value_or(0), input.high.value_or(1e9),
                          input.unit),
              here);
        }
        if (k == 0 || series[k - 1].at_h != one.at_h) continue;
        const double before = series[k - 1].value;
        if (std::max(before, one.value) <= differs * std::min(before, one.value)) continue;
        add(Act::kRefuse, "two-values",
            fmt::format("{} {:.4g} and {:.4g} {} at the same moment", input.label, before,
                        one.value, input.unit),
            {series[k - 1].resource, one.resource});
      }
    }
  }

  void weight() {
    const auto input = library_.input("WT");
    if (!input) return;
    const auto& series = person_.inputs[*input];
    const Reading* last = nullptr;
    for (const Reading& one : series) {
      if (one.at_h <= person_.now_h) last = &one;
    }
    if (last == nullptr) return;
    const Rail& old = library_.rail("weight-old");
    const double days = (person_.now_h - last->at_h) / 24;
    if (days > old.limit("days")) {
      add(Act::kWarn, "weight-old", fmt::format("the last weight is {:.0f} days old", days),
          {last->resource});
    }
    const Rail& jump = library_.rail("weight-jump");
    for (const Reading& before : series) {
      const double apart = (last->at_h - before.at_h) / 24;
      const double ratio =
          std::max(last->value, before.value) / std::min(last->value, before.value);
      if (apart <= 0 || apart > jump.limit("days") || !(ratio > jump.limit("ratio"))) continue;
      add(Act::kWarn, "weight-jump",
          fmt::format("weight {:.4g}, then {:.4g} kg {:.0f} days later", before.value, last->value,
                      apart),
          {before.resource, last->resource});
      return;
    }
  }

  void dialysis() {
    const std::vector<double> values = inputs_at(person_, person_.now_h);
    const auto on = library_.input("DIALYSIS");
    if (on && values[*on] > 0) add(Act::kWarn, "no-dialysis-times", "on haemodialysis");
    const Rail& rail = library_.rail("level-near-dialysis");
    for (const Session& session : person_.sessions) {
      if (session.continuous) continue;
      for (const MeasuredLevel& level : record_.levels) {
        if (!level.readable()) continue;
        const double at = level.level.at_h;
        if (at > session.from_h && at < session.to_h) {
          add(Act::kRefuse, "level-near-dialysis", "a level during a session of haemodialysis",
              {level.resource, session.resource});
        } else if (at >= session.to_h && at < session.to_h + rail.limit("hours")) {
          add(Act::kRefuse, "level-near-dialysis",
              fmt::format("a level {:.1f} h after a session of haemodialysis", at - session.to_h),
              {level.resource, session.resource});
        }
      }
    }
  }

  void doses() {
    for (const GivenDose& given : record_.doses) {
      if (!given.missing.empty()) {
        add(Act::kRefuse, "dose-incomplete", "a dose without " + given.missing, {given.resource});
        continue;
      }
      if (given.dose.at_h > person_.now_h) {
        add(Act::kRefuse, "level-in-the-future", "a dose after the moment of judging",
            {given.resource});
      }
      if (given.dose.at_h + given.dose.duration_h > person_.now_h + 1e-6 &&
          given.dose.at_h <= person_.now_h) {
        add(Act::kWarn, "time-assumed",
            "an infusion that ends after the moment of judging: counted as still running",
            {given.resource});
      }
      if (!given.assumed.empty()) {
        add(Act::kWarn, "time-assumed", given.assumed, {given.resource});
      }
      one_amount(given);
    }
    overlaps();
  }

  // Against what is given in practice: a gram for a milligram, a rate for an amount.
  void one_amount(const GivenDose& given) {
    const Dose& dose = given.dose;
    const auto& grid = drug_.grid;
    const bool oral = dose.route == Route::kOral;
    const bool continuous = dose.duration_h >= kLongInfusion;
    const auto& amounts = oral                            ? grid.oral
                          : continuous && grid.continuous ? grid.continuous
                                                          : grid.amounts;
    if (!amounts) return;
    const Rail& rail = library_.rail("implausible-dose");
    const double mg = continuous ? dose.amount_mg / dose.duration_h * 24 : dose.amount_mg;
    const double most =
        std::max(amounts->to, oral || continuous ? 0 : drug_.limits.single_mg.value_or(0));
    if (mg < amounts->from * rail.limit("low") || mg > most * rail.limit("high")) {
      add(Act::kRefuse, "implausible-dose",
          fmt::format("{:.4g} mg{}, in practice {:.4g} to {:.4g} mg", mg,
                      continuous ? " in 24 h" : "", amounts->from, most),
          {given.resource});
    }
    if (!oral && dose.duration_h > 0 && dose.duration_h * 60 < rail.limit("minutes")) {
      add(Act::kWarn, "implausible-dose",
          fmt::format("{:.4g} mg in {:.0f} s", dose.amount_mg, dose.duration_h * 3600),
          {given.resource});
    }
  }

  void overlaps() {
    std::vector<const GivenDose*> doses;
    for (const GivenDose& given : record_.doses) {
      if (given.missing.empty()) doses.push_back(&given);
    }
    std::stable_sort(doses.begin(), doses.end(),
                     [](const auto* a, const auto* b) { return a->dose.at_h < b->dose.at_h; });
    for (std::size_t i = 0; i < doses.size(); ++i) {
      for (std::size_t j = i + 1; j < doses.size(); ++j) {
        const double end = doses[i]->dose.at_h + doses[i]->dose.duration_h;
        if (doses[j]->dose.at_h > std::max(end, doses[i]->dose.at_h)) break;
        two_doses(*doses[i], *doses[j]);
      }
    }
  }

  // REQUIRES: `a` begins before `b` or with it, and is not over.
  void two_doses(const GivenDose& a, const GivenDose& b) {
    const Dose& first = a.dose;
    const Dose& second = b.dose;
    if (first.route != second.route) return;
    const std::vector<std::string> both{a.resource, b.resource};
    if (first.at_h == second.at_h && first.amount_mg == second.amount_mg) {
      // Two tablets are often two entries; two infusions that are alike seldom are.
      add(second.route == Route::kOral ? Act::kWarn : Act::kRefuse, "dose-twice",
          fmt::format("{:.4g} mg twice at the same moment", second.amount_mg), both);
      return;
    }
    // A loading dose runs beside the beginning of a continuous infusion.
    const bool one_is_long =
        (first.duration_h >= kLongInfusion) != (second.duration_h >= kLongInfusion);
    const Rail& rail = library_.rail("overlapping-doses");
    if (one_is_long && second.at_h - first.at_h <= rail.limit("loading_hours")) return;
    const double shared =
        std::min(first.at_h + first.duration_h, second.at_h + second.duration_h) - second.at_h;
    if (shared * 60 <= 1) return;
    add(Act::kWarn, "overlapping-doses",
        fmt::format("two infusions run at once for {:.0f} min", shared * 60), both);
  }

  // Two levels of one moment.
  void same_moment() {
    const double most = library_.rail("rising-level").limit("ratio");
    for (std::size_t i = 0; i < record_.levels.size(); ++i) {
      for (std::size_t j = i + 1; j < record_.levels.size(); ++j) {
        const MeasuredLevel& a = record_.levels[i];
        const MeasuredLevel& b = record_.levels[j];
        if (!a.readable() || !b.readable() || a.level.at_h != b.level.at_h ||
            a.level.unbound != b.level.unbound || a.level.below_limit || b.level.below_limit) {
          continue;
        }
        const double high = std::max(a.level.mg_per_l, b.level.mg_per_l);
        const double low = std::min(a.level.mg_per_l, b.level.mg_per_l);
        if (high <= most * low) continue;
        add(Act::kRefuse, "two-levels",
            fmt::format("{:.4g} and {:.4g} mg/L at the same moment", a.level.mg_per_l,
                        b.level.mg_per_l),
            {a.resource, b.resource});
      }
    }
  }

  void one_level(const MeasuredLevel& measured) {
    const Level& level = measured.level;
    const std::vector<std::string> here{measured.resource};
    if (!measured.readable()) {
      add(Act::kRefuse, "level-incomplete", "a level without " + measured.missing, here);
      return;
    }
    if (!measured.assumed.empty()) add(Act::kWarn, "time-assumed", measured.assumed, here);
    if (level.below_limit) {
      add(Act::kNote, "level-below-limit",
          fmt::format("below {:.4g} mg/L, the limit of the assay", level.mg_per_l), here);
    }
    if (level.at_h > person_.now_h) {
      add(Act::kRefuse, "level-in-the-future", "a level after the moment of judging", here);
    }
    if (!level.below_limit &&
        (level.mg_per_l < drug_.plausible_low || level.mg_per_l > drug_.plausible_high)) {
      add(Act::kRefuse, "implausible-level",
          fmt::format("{:.4g} mg/L, expected between {:.3g} and {:.3g} mg/L", level.mg_per_l,
                      drug_.plausible_low, drug_.plausible_high),
          here);
    }
    bool before_all = true;
    const Rail& soon = library_.rail("level-soon-after-infusion");
    for (const GivenDose& given : record_.doses) {
      const Dose& dose = given.dose;
      if (dose.at_h == level.at_h) {
        add(Act::kWarn, "level-at-dose", "a level at the very moment a dose began",
            {measured.resource, given.resource});
      }
      if (dose.at_h >= level.at_h) continue;
      before_all = false;
      const double end = dose.at_h + dose.duration_h;
      const bool days_long = dose.duration_h >= kLongInfusion;  // it is meant to run
      if (dose.duration_h > 0 && level.at_h < end && !days_long) {
        add(Act::kRefuse, "level-during-infusion", "a level while a dose was running", here);
      } else if (dose.duration_h > 0 && level.at_h >= end &&
                 level.at_h < end + soon.limit("hours")) {
        add(Act::kWarn, "level-soon-after-infusion",
            fmt::format("{:.0f} min after the end of a dose", (level.at_h - end) * 60), here);
      }
    }
    if (before_all) {
      add(Act::kRefuse, "level-before-first-dose",
          record_.doses.empty() ? "a level, but no dose is recorded"
                                : "a level before the first dose recorded",
          here);
    }
  }

  // Two levels with no dose at work between them.
  void rising() {
    std::vector<const MeasuredLevel*> levels;
    for (const MeasuredLevel& one : record_.levels) {
      if (one.readable() && !one.level.below_limit) levels.push_back(&one);
    }
    std::stable_sort(levels.begin(), levels.end(),
                     [](const auto* a, const auto* b) { return a->level.at_h < b->level.at_h; });
    const double most = library_.rail("rising-level").limit("ratio");
    for (std::size_t i = 1; i < levels.size(); ++i) {
      const Level& first = levels[i - 1]->level;
      const Level& second = levels[i]->level;
      if (first.unbound != second.unbound || second.mg_per_l <= first.mg_per_l * most) continue;
      const bool dosed =
          std::any_of(record_.doses.begin(), record_.doses.end(), [&](const GivenDose& given) {
            const double end = given.dose.at_h + given.dose.duration_h;
            const bool oral = given.dose.route == Route::kOral;
            return given.dose.at_h < second.at_h && (oral || end > first.at_h);
          });
      if (dosed) continue;
      add(Act::kRefuse, "rising-level",
          fmt::format("{:.4g} mg/L, then {:.4g} mg/L {:.3g} h later, and no dose between",
                      first.mg_per_l, second.mg_per_l, second.at_h - first.at_h),
          {levels[i - 1]->resource, levels[i]->resource});
    }
  }

  void mic() {
    if (!record_.mic || !drug_.highest_mic) return;
    const MeasuredMic& mic = *record_.mic;
    const std::vector<std::string> here{mic.resource};
    const std::string what = fmt::format("MIC {} of {}", mic.text, mic.organism);
    const bool exact = mic.low == mic.high;
    if (exact ? mic.low > *drug_.highest_mic : mic.low >= *drug_.highest_mic) {
      add(Act::kRefuse, "mic", what, here);
    } else if (mic.high > *drug_.highest_mic) {
      add(Act::kWarn, "mic",
          what + ": it may be above " + fmt::format("{:.3g} mg/L", *drug_.highest_mic), here);
    }
  }

  const Library& library_;
  const Drug& drug_;
  const Person& person_;
  const DrugRecord& record_;
  const KidneyReport& kidney_;
  std::vector<Finding> out_;
};

}  // namespace

std::vector<Finding> take_out_repeats(const Library& library, DrugRecord& record) {
  std::vector<Finding> out;
  auto& levels = record.levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (std::size_t j = levels.size() - 1; j > i; --j) {
      const MeasuredLevel& a = levels[i];
      const MeasuredLevel& b = levels[j];
      if (!a.readable() || !b.readable() || a.level.at_h != b.level.at_h ||
          a.level.mg_per_l != b.level.mg_per_l || a.level.unbound != b.level.unbound ||
          a.level.below_limit != b.level.below_limit) {
        continue;
      }
      out.push_back({Act::kWarn,
                     &library.rail("level-twice"),
                     fmt::format("{:.4g} mg/L twice at the same moment", b.level.mg_per_l),
                     {a.resource, b.resource}});
      levels.erase(levels.begin() + static_cast<std::ptrdiff_t>(j));
    }
  }
  return out;
}

std::vector<Finding> check_record(const Library& library, const Drug& drug, const Person& person,
                                  const DrugRecord& record, const KidneyReport& kidney) {
  return RecordCheck(library, drug, person, record, kidney).run();
}

void check_fit(const Library& library, const FittedModel& fit, Assessment& out) {
  const auto add = [&](Act act, const char* check, std::string text,
                       std::vector<std::string> resources = {}) {
    out.findings.push_back({act, &library.rail(check), std::move(text), std::move(resources)});
    if (act == Act::kRefuse) out.refused = true;
  };
  const auto& levels = fit.course->history().levels;
  const auto resource_of = [&](const Level& level) {
    for (const MeasuredLevel& one : out.record.levels) {
      if (one.level.at_h == level.at_h && one.level.mg_per_l == level.mg_per_l) return one.resource;
    }
    return std::string();
  };
  const Rail& uncertain = library.rail("uncertain");
  if (!levels.empty()) {
    const Rail& misfit = library.rail("misfit");
    out.misfit_p = chi_squared_tail(fit.estimate.misfit, static_cast<int>(levels.size()));
    if (out.misfit_p < misfit.limit("warn_p")) {
      add(out.misfit_p < misfit.limit("refuse_p") ? Act::kRefuse : Act::kWarn, "misfit",
          fmt::format("Q = {:.4g} with {} level{}, p = {:.2g} ({})", fit.estimate.misfit,
                      levels.size(), levels.size() == 1 ? "" : "s", out.misfit_p,
                      fit.model->title));
    }
    const Rail& residual = library.rail("residual");
    const bool log_scale = fit.model->residual.kind == ResidualKind::kLogAdditive;
    for (std::size_t j = 0; j < levels.size(); ++j) {
      if (levels[j].below_limit) continue;
      const double difference = log_scale ? std::log(levels[j].mg_per_l / fit.estimate.predicted[j])
                                          : levels[j].mg_per_l - fit.estimate.predicted[j];
      const double standardised = difference / fit.estimate.residual_sd[j];
      if (std::abs(standardised) > residual.limit("standardised")) {
        add(Act::kWarn, "residual",
            fmt::format("{:.4g} mg/L measured, {:.4g} mg/L expected: {:.2g} standard deviations",
                        levels[j].mg_per_l, fit.estimate.predicted[j], std::abs(standardised)),
            {resource_of(levels[j])});
      }
    }
    const Eigen::MatrixXd& root = fit.course->omega_root();
    for (Eigen::Index k = 0; k < fit.estimate.eta.size(); ++k) {
      const double sd = root.row(k).norm();
      if (std::abs(fit.estimate.eta[k]) > residual.limit("effect") * sd) {
        const auto index = static_cast<std::size_t>(k) % fit.model->effects.size();
        add(Act::kWarn, "residual",
            fmt::format("{} is {:.2g} standard deviations from the typical person",
                        fit.model->effects[index], std::abs(fit.estimate.eta[k]) / sd));
      }
    }
    // What the model expects before it sees the levels: effects and residual error.
    const Rail& predictive = library.rail("prior-predictive");
    History blind = fit.course->history();
    std::vector<double> times;
    for (const Level& level : levels) times.push_back(level.at_h);
    blind.levels.clear();
    const auto prior_course = Course::make(*fit.model, blind);
    if (prior_course) {
      const Draws prior =
          draw(*prior_course, estimate(*prior_course), out.record.levels.empty() ? 8 : 2000, 7);
      const Eigen::MatrixXd seen =
          concentrations(*prior_course, prior.eta, times, blind.doses, true);
      for (std::size_t j = 0; j < levels.size(); ++j) {
        if (levels[j].below_limit || levels[j].unbound) continue;
        // The chance of a level below the one measured, over the draws.
        double below = 0;
        for (Eigen::Index i = 0; i < seen.rows(); ++i) {
          const double f = seen(i, static_cast<Eigen::Index>(j));
          const double sd = std::sqrt(variance(fit.model->residual, f));
          const double z =
              (log_scale ? std::log(levels[j].mg_per_l / f) : levels[j].mg_per_l - f) / sd;
          below += 0.5 * std::erfc(-z / std::numbers::sqrt2);
        }
        below /= static_cast<double>(seen.rows());
        if (below < predictive.limit("low") || below > predictive.limit("high")) {
          add(Act::kWarn, "prior-predictive",
              fmt::format(
                  "{:.4g} mg/L: the model expects a level this {} in {:.2g} % of such people",
                  levels[j].mg_per_l, below < 0.5 ? "low" : "high",
                  100 * std::min(below, 1 - below)),
              {resource_of(levels[j])});
        }
      }
    }
    const double half_life = std::numbers::ln2 / [&] {
      std::vector<double> parameters;
      const std::vector<double> eta(fit.estimate.eta.data(),
                                    fit.estimate.eta.data() + fit.estimate.eta.size());
      const auto segment = static_cast<std::size_t>(fit.course->segment_at(out.now_h));
      const auto constants = fit.course->constants<double>(segment, eta, parameters);
      return constants.lambda[static_cast<std::size_t>(fit.model->compartments - 1)];
    }();
    for (const Level& level : levels) {
      double end = -1e12;
      for (const Dose& dose : fit.course->history().doses) {
        if (dose.at_h < level.at_h) end = std::max(end, dose.at_h + dose.duration_h);
      }
      const double most = library.rail("level-long-after-dose").limit("half_lives");
      if (level.at_h - end > most * half_life) {
        add(Act::kWarn, "level-long-after-dose",
            fmt::format("{:.0f} h after the last dose, half-life {:.3g} h", level.at_h - end,
                        half_life),
            {resource_of(level)});
      }
    }
    if (!fit.estimate.converged) add(Act::kRefuse, "uncertain", "the search did not converge");
    for (const Peak& peak : fit.estimate.other_peaks) {
      if (peak.objective - fit.estimate.objective > uncertain.limit("objective")) continue;
      const double here = clearance_at(*fit.course, fit.estimate.eta, out.now_h);
      const double there = clearance_at(*fit.course, peak.eta, out.now_h);
      if (std::abs(here / there - 1) > uncertain.limit("auc_difference")) {
        add(Act::kRefuse, "uncertain",
            fmt::format("two sets of parameters explain the levels, with AUCs {:.0f} % apart",
                        100 * std::abs(here / there - 1)));
      }
    }
    // The interval is that of all models in the average: each must hold.
    for (const FittedModel& one : out.fits) {
      if (one.weight <= 0 || one.effective >= uncertain.limit("effective_draws")) continue;
      add(Act::kRefuse, "uncertain",
          fmt::format("only {:.0f} effective draws ({}): the intervals are not to be trusted",
                      one.effective, one.model->title));
    }
  }
}

}  // namespace nidus::pharmacology
