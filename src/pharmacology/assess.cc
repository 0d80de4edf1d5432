// SPDX-License-Identifier: Apache-2.0
#include "pharmacology/assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pharmacology/individual.h"
#include "pharmacology/readings.h"

namespace nidus::pharmacology {

namespace {

constexpr double kHistoryShown = 96;  // h before now on the curve
constexpr double kFutureShown = 48;
constexpr int kCurvePoints = 140;
constexpr std::uint64_t kSeed = 20200301;

// Ready to estimate from, or why not.
struct Prepared {
  std::optional<Course> course;
  std::vector<std::string> assumptions;
  std::string why_not;
};

class Assessor {
 public:
  Assessor(const Library& library, const Drug& drug, const Person& person, const DrugRecord& record,
           const AssessOptions& options)
      : library_(library), person_(person), options_(options) {
    out_.drug = &drug;
    out_.library = &library;
    out_.now_h = person.now_h;
    out_.record = record;
  }

  Assessment run() {
    out_.kidney = kidney_report(library_, person_);
    out_.steady_state_known = !out_.kidney.unstable;
    out_.findings = take_out_repeats(library_, out_.record);
    auto found = check_record(library_, *out_.drug, person_, out_.record, out_.kidney);
    out_.findings.insert(out_.findings.end(), std::make_move_iterator(found.begin()),
                         std::make_move_iterator(found.end()));
    out_.refused = std::any_of(out_.findings.begin(), out_.findings.end(),
                               [](const Finding& one) { return one.act == Act::kRefuse; });
    present();
    loading();
    // A record that contradicts itself gives no estimate either: a number would be believed.
    if (out_.refused) return std::move(out_);
    fit_all();
    if (out_.fits.empty()) {
      refuse("outside-population", "none of the models of this drug fits this person");
      return std::move(out_);
    }
    check_fit(library_, out_.fits.front(), out_);
    // What is no number is not shown as one.
    if (!std::isfinite(out_.fits.front().estimate.objective)) return std::move(out_);
    measure();
    impossible();
    hand();
    curve();
    if (!out_.refused) propose();
    return std::move(out_);
  }

 private:
  void refuse(const char* check, std::string text) {
    out_.findings.push_back({Act::kRefuse, &library_.rail(check), std::move(text), {}});
    out_.refused = true;
  }

  // The regimen that the last doses show.
  void present() {
    std::vector<Dose> doses;
    for (const GivenDose& one : out_.record.doses) {
      if (one.missing.empty()) doses.push_back(one.dose);
    }
    if (doses.empty()) return;
    std::stable_sort(doses.begin(), doses.end(),
                     [](const Dose& a, const Dose& b) { return a.at_h < b.at_h; });
    const Dose& last = doses.back();
    Regimen regimen{last.amount_mg, 24, last.duration_h, last.route, false};
    if (last.duration_h >= kLongInfusion) {
      regimen = {last.amount_mg / last.duration_h * 24, 24, 24, last.route, true};
    } else if (doses.size() > 1) {
      regimen.interval_h = std::round(last.at_h - doses[doses.size() - 2].at_h);
      if (regimen.interval_h < 1) return;
    } else {
      return;  // one dose is no regimen
    }
    out_.present = regimen;
  }

  void loading() {
    const auto& load = out_.drug->grid.loading;
    if (!load || !out_.record.doses.empty()) return;
    const std::vector<double> values = inputs_at(person_, person_.now_h);
    double low = load->low.evaluate<double>(values);
    double high = load->high.evaluate<double>(values);
    if (!std::isfinite(low) || !std::isfinite(high)) return;
    const double most = out_.drug->limits.single_mg.value_or(1e9);
    low = std::min(std::ceil(low / load->step_mg - 1e-9) * load->step_mg, most);
    high = std::min(std::floor(high / load->step_mg + 1e-9) * load->step_mg, most);
    if (high < low) low = high = std::min(std::round(low / load->step_mg) * load->step_mg, most);
    out_.loading = LoadingProposal{low, high, load->text, &load->source};
  }

  Prepared prepare(const Model& model) const {
    Prepared out;
    const std::vector<double> now = inputs_at(person_, person_.now_h);
    for (const StudiedRange& range : model.ranges) {
      const RangeAnswer answer = worst_answer(range, now);
      if (answer.kind == RangeAnswer::kOutside) {
        out.why_not =
            fmt::format("{} {:.4g} lies outside those studied", range.label, answer.value);
        if (range.low) out.why_not += fmt::format(", from {:.4g}", *range.low);
        if (range.high) out.why_not += fmt::format(", up to {:.4g}", *range.high);
        return out;
      }
      if (answer.kind == RangeAnswer::kUnknown && range.low) {
        // Who must have something to be like those studied is not taken to have it.
        out.why_not = "not recorded: " + range.label;
        return out;
      }
      if (answer.kind == RangeAnswer::kUnknown) {
        out.assumptions.push_back(range.label + " is not recorded: taken as within those studied");
      }
    }
    // A step wherever one of the model's inputs was measured anew.
    std::set<double> times{-1e9};
    for (std::size_t i = 0; i < library_.inputs.size(); ++i) {
      const bool used = std::any_of(model.covariates.begin(), model.covariates.end(),
                                    [i](const ModelCovariate& one) { return one.value.uses(i); });
      if (!used || person_.inputs[i].size() < 2) continue;
      for (std::size_t k = 1; k < person_.inputs[i].size(); ++k) {
        if (person_.inputs[i][k].at_h <= person_.now_h) times.insert(person_.inputs[i][k].at_h);
      }
    }
    History history;
    for (const double time : times) {
      const std::vector<double> values = inputs_at(person_, time);
      CovariateStep step;
      step.from_h = time;
      for (const ModelCovariate& covariate : model.covariates) {
        double value = covariate.value.evaluate<double>(values);
        if (!std::isfinite(value) && covariate.assume) {
          value = *covariate.assume;
          if (step.from_h < -1e8) {
            out.assumptions.push_back(missing_inputs(library_, covariate.value, values) +
                                      fmt::format(" is not recorded: taken as {:.4g}", value));
          }
        }
        if (!std::isfinite(value)) {
          const std::string missing = missing_inputs(library_, covariate.value, values);
          out.why_not =
              missing.empty() ? covariate.id + " cannot be computed" : "not recorded: " + missing;
          return out;
        }
        step.values.push_back(value);
      }
      history.covariates.push_back(std::move(step));
    }
    for (const GivenDose& one : out_.record.doses) history.doses.push_back(one.dose);
    for (const MeasuredLevel& one : out_.record.levels) {
      if (one.readable()) history.levels.push_back(one.level);
    }
    auto course = Course::make(model, history);
    if (!course) {
      out.why_not = course.error().message;
      return out;
    }
    out.course = *std::move(course);
    return out;
  }

  // Whoever was outside at any time since the first dose is: a kidney machine that has stopped
  // has still cleared the drug.
  RangeAnswer worst_answer(const StudiedRange& range, const std::vector<double>& now) const {
    double first = person_.now_h;
    for (const GivenDose& one : out_.record.doses) first = std::min(first, one.dose.at_h);
    std::set<double> times{first};
    for (std::size_t i = 0; i < library_.inputs.size(); ++i) {
      if (!range.value.uses(i)) continue;
      for (const Reading& one : person_.inputs[i]) {
        if (one.at_h > first && one.at_h < person_.now_h) times.insert(one.at_h);
      }
    }
    const RangeAnswer last = in_range(range, now);
    if (last.kind == RangeAnswer::kOutside) return last;
    for (const double time : times) {
      const RangeAnswer then = in_range(range, inputs_at(person_, time));
      if (then.kind == RangeAnswer::kOutside) return then;
    }
    return last;
  }

  TypicalModel typical(const Model& model, Prepared prepared) const {
    TypicalModel out;
    out.model = &model;
    out.assumptions = std::move(prepared.assumptions);
    const Course& course = *prepared.course;
    const Eigen::VectorXd none(0);
    out.clearance = clearance_at(course, none, out_.now_h);
    if (out_.present) {
      out.auc24 = exposure(course, Eigen::MatrixXd(0, 1), *out_.present, out_.now_h).auc24.front();
    }
    for (const Level& level : course.history().levels) {
      const double time[] = {level.at_h};
      out.levels.push_back({level, pharmacology::curve(course, none, time).total.front()});
    }
    return out;
  }

  void fit_all() {
    for (const std::string& id : out_.drug->models) {
      const Model* model = library_.find_model(id);
      Prepared prepared = prepare(*model);
      if (!prepared.course) {
        out_.refused_models.push_back({model, prepared.why_not});
        continue;
      }
      if (!model->typical_only.empty()) {
        out_.typical_models.push_back(typical(*model, std::move(prepared)));
        continue;
      }
      const bool averaged = std::find(out_.drug->averaged.begin(), out_.drug->averaged.end(), id) !=
                            out_.drug->averaged.end();
      if (!out_.fits.empty() && !averaged) {
        out_.refused_models.push_back(
            {model, "fits, but takes no part in the average" +
                        (model->not_averaged.empty() ? "" : ": " + model->not_averaged)});
        continue;
      }
      FittedModel fit;
      fit.model = model;
      fit.assumptions = std::move(prepared.assumptions);
      fit.course = std::make_shared<const Course>(*std::move(prepared.course));
      fit.estimate = estimate(*fit.course);
      fit.weight = averaged ? 1 : 0;
      out_.fits.push_back(std::move(fit));
    }
    if (out_.fits.empty()) return;
    out_.prior_only = out_.fits.front().course->history().levels.empty();
    weigh();
    for (FittedModel& fit : out_.fits) {
      if (fit.weight <= 0) continue;
      const Draws all = draw(*fit.course, fit.estimate, options_.draws, kSeed);
      fit.effective = all.effective;
      const double share = fit.weight * static_cast<double>(options_.kept);
      fit.draws =
          resample(all, std::max<std::size_t>(8, static_cast<std::size_t>(std::lround(share))));
      if (out_.present) {
        const Eigen::MatrixXd map = fit.estimate.eta;
        fit.auc24 = exposure(*fit.course, map, *out_.present, out_.now_h).auc24.front();
      }
    }
  }

  // Marginal likelihoods; without levels every model counts the same.
  void weigh() {
    std::size_t parts = 0;
    double best = 1e300;
    for (const FittedModel& fit : out_.fits) {
      if (fit.weight <= 0) continue;
      ++parts;
      best = std::min(best, fit.estimate.minus_two_log_marginal);
    }
    out_.averaged = parts > 1;
    double sum = 0;
    for (FittedModel& fit : out_.fits) {
      if (fit.weight <= 0) continue;
      fit.weight =
          out_.prior_only ? 1 : std::exp(-(fit.estimate.minus_two_log_marginal - best) / 2);
      sum += fit.weight;
    }
    if (sum <= 0) {
      out_.fits.front().weight = 1;
      return;
    }
    for (FittedModel& fit : out_.fits) fit.weight /= sum;
    // The chosen model is always drawn from: its curve is shown.
    constexpr double kLeastWeight = 0.005;
    if (out_.fits.front().weight < kLeastWeight) out_.fits.front().weight = kLeastWeight;
  }

  // One value a draw over all models in the average, with weights.
  struct Pool {
    std::vector<double> values;
    std::vector<double> weights;
  };
  template <class Get>
  Pool pool(Get get) const {
    Pool out;
    for (const FittedModel& fit : out_.fits) {
      if (fit.draws.eta.cols() == 0) continue;
      const std::vector<double> values = get(fit);
      const double each = fit.weight / static_cast<double>(values.size());
      out.values.insert(out.values.end(), values.begin(), values.end());
      out.weights.insert(out.weights.end(), values.size(), each);
    }
    return out;
  }
  static Band band_of(const Pool& pool) {
    const auto found = quantiles(pool.values, pool.weights, kBandFractions);
    Band out{};
    std::copy(found.begin(), found.end(), out.begin());
    return out;
  }
  static double share(const Pool& pool, double low, double high) {
    double in = 0;
    double all = 0;
    for (std::size_t i = 0; i < pool.values.size(); ++i) {
      all += pool.weights[i];
      if (pool.values[i] >= low && pool.values[i] <= high) in += pool.weights[i];
    }
    return in / all;
  }

  struct Pools {
    Pool auc24, peak, trough, first_day, second_day;
    const Pool& of(Quantity quantity) const {
      return quantity == Quantity::kAuc24 ? auc24 : quantity == Quantity::kPeak ? peak : trough;
    }
  };
  std::vector<TargetChance> chances(const Pools& pools) const {
    std::vector<TargetChance> out;
    for (const Target& target : out_.drug->targets) {
      if (active(*out_.drug, out_.record, target)) out.push_back(chance(target, pools));
    }
    return out;
  }
  TargetChance chance(const Target& target, const Pools& pools) const {
    const Pool& values = pools.of(target.quantity);
    const LowEnd low = low_end(*out_.drug, out_.record, target);
    TargetChance out;
    out.target = &target;
    out.low = low.worst;
    const double high = target.high.value_or(1e300);
    out.in = share(values, low.worst.value_or(-1e300), high);
    out.in_best = share(values, low.best.value_or(-1e300), high);
    if (low.worst) out.below = share(values, -1e300, std::nextafter(*low.worst, -1e300));
    if (target.high) out.above = share(values, std::nextafter(*target.high, 1e300), 1e300);
    if (target.toxic) out.toxic = share(values, std::nextafter(*target.toxic, 1e300), 1e300);
    return out;
  }

  Pools outlook(const Regimen& regimen) const {
    Pools out;
    for (std::size_t m = 0; m < out_.fits.size(); ++m) {
      const FittedModel& fit = out_.fits[m];
      if (fit.draws.eta.cols() == 0 || !outlooks_[m]) continue;
      const Exposure seen = (*outlooks_[m])(regimen);
      const auto add = [&](Pool& to, const std::vector<double>& values) {
        to.values.insert(to.values.end(), values.begin(), values.end());
        to.weights.insert(to.weights.end(), values.size(),
                          fit.weight / static_cast<double>(values.size()));
      };
      add(out.auc24, seen.auc24);
      add(out.peak, seen.peak);
      add(out.trough, seen.trough);
      add(out.first_day, seen.first_day);
      add(out.second_day, seen.second_day);
    }
    return out;
  }

  void open_outlooks() {
    if (!outlooks_.empty()) return;
    for (const FittedModel& fit : out_.fits) {
      outlooks_.push_back(
          fit.draws.eta.cols() == 0
              ? std::nullopt
              : std::optional<Outlook>(std::in_place, *fit.course, fit.draws.eta, out_.now_h));
    }
  }

  const char* kind() const { return out_.fits.front().model->binding ? "unbound " : ""; }

  void measure() {
    const FittedModel& best = out_.fits.front();
    const double now = out_.now_h;
    const auto add = [&](const char* id, std::string label, const char* unit, double map,
                         const Pool& values, Quantity quantity) {
      out_.measured.push_back({id, std::move(label), unit, map, band_of(values), quantity});
    };
    open_outlooks();
    if (!out_.record.doses.empty()) {
      const double window[] = {now - 24, now};
      const auto of = [&](const FittedModel& fit) {
        Eigen::MatrixXd areas;
        concentrations(*fit.course, fit.draws.eta, window, fit.course->history().doses, false,
                       &areas);
        std::vector<double> out;
        for (Eigen::Index i = 0; i < areas.rows(); ++i) out.push_back(areas(i, 1) - areas(i, 0));
        return out;
      };
      add("auc-last-24h", std::string(kind()) + "AUC of the last 24 h", "mg.h/L",
          area(*best.course, best.estimate.eta, now - 24, now, best.course->history().doses),
          pool(of), Quantity::kAuc24);
      const double moment[] = {now};
      const auto level_of = [&](const FittedModel& fit) {
        const Eigen::MatrixXd seen =
            concentrations(*fit.course, fit.draws.eta, moment, fit.course->history().doses, true);
        return std::vector<double>(seen.data(), seen.data() + seen.size());
      };
      add("level-now", "level now", "mg/L",
          pharmacology::curve(*best.course, best.estimate.eta, moment).total[0], pool(level_of),
          Quantity::kTrough);
    }
    if (!out_.present) return;
    const Regimen& regimen = *out_.present;
    const Eigen::MatrixXd map = best.estimate.eta;
    const Exposure typical = exposure(*best.course, map, regimen, now);
    const Pools pools = outlook(regimen);
    if (out_.steady_state_known) {
      add("auc24", std::string(kind()) + "AUC24 at steady state", "mg.h/L", typical.auc24[0],
          pools.auc24, Quantity::kAuc24);
      add("trough", std::string(kind()) + "trough at steady state", "mg/L", typical.trough[0],
          pools.trough, Quantity::kTrough);
      add("peak", std::string(kind()) + "peak at steady state", "mg/L", typical.peak[0], pools.peak,
          Quantity::kPeak);
      out_.present_chances = chances(pools);
      over_mic(typical.auc24[0], pools.auc24);
    } else {
      add("auc-next-24h", std::string(kind()) + "AUC of the next 24 h if nothing is changed",
          "mg.h/L", band_of(pools.first_day)[2], pools.first_day, Quantity::kAuc24);
    }
  }

  // More than is ever measured, and lasting: beyond what the model was built on.
  void impossible() {
    const double most = out_.drug->plausible_high;
    for (const Measured& one : out_.measured) {
      if (one.quantity != Quantity::kTrough || !(one.band.back() > most)) continue;
      const bool typical = one.band[one.band.size() / 2] > most;
      out_.findings.push_back({typical ? Act::kRefuse : Act::kWarn,
                               &library_.rail("impossible-prediction"),
                               fmt::format("{}: up to {:.4g} {}, never measured above {:.4g} {}",
                                           one.label, one.band.back(), one.unit, most, one.unit),
                               {}});
      if (typical) out_.refused = true;
    }
  }

  // AUC24 over the isolate's own MIC; of one that is known as a bound, at that bound.
  void over_mic(double map, Pool values) {
    if (!out_.record.mic || out_.fits.front().model->binding) return;
    const bool asked = std::any_of(
        out_.drug->targets.begin(), out_.drug->targets.end(),
        [](const Target& target) { return target.per_mic && target.quantity == Quantity::kAuc24; });
    const MeasuredMic& mic = *out_.record.mic;
    const double at = std::isfinite(mic.high) ? mic.high : mic.low;
    if (!asked || !(at > 0)) return;
    for (double& value : values.values) value /= at;
    std::string label = "AUC24/MIC at steady state";
    if (mic.low != mic.high) label += std::isfinite(mic.high) ? ", at least" : ", at most";
    out_.measured.push_back(
        {"auc24-over-mic", std::move(label), "h", map / at, band_of(values), Quantity::kAuc24});
  }

  // The last two levels that lie in one interval.
  void hand() {
    if (!out_.drug->hand_method) return;
    std::vector<Level> levels;
    for (const MeasuredLevel& one : out_.record.levels) {
      if (one.readable() && !one.level.below_limit && !one.level.unbound)
        levels.push_back(one.level);
    }
    if (levels.size() < 2) {
      out_.hand = std::string("two levels in one dosing interval are needed");
      return;
    }
    std::stable_sort(levels.begin(), levels.end(),
                     [](const Level& a, const Level& b) { return a.at_h < b.at_h; });
    const Level& first = levels[levels.size() - 2];
    const Level& second = levels.back();
    std::vector<Dose> doses;
    for (const GivenDose& one : out_.record.doses) doses.push_back(one.dose);
    std::stable_sort(doses.begin(), doses.end(),
                     [](const Dose& a, const Dose& b) { return a.at_h < b.at_h; });
    std::size_t at = doses.size();
    for (std::size_t i = 0; i < doses.size(); ++i) {
      if (doses[i].at_h < first.at_h) at = i;
    }
    if (at == doses.size()) {
      out_.hand = std::string("no dose before the first of the two levels");
      return;
    }
    HandInput input;
    const Dose& dose = doses[at];
    input.dose_mg = dose.amount_mg;
    input.infusion_h = dose.duration_h;
    input.first_dose = at == 0;
    if (at + 1 < doses.size()) {
      input.interval_h = doses[at + 1].at_h - dose.at_h;
    } else if (out_.present) {
      input.interval_h = out_.present->interval_h;
    }
    input.first_at_h = first.at_h - dose.at_h;
    input.first_mg_per_l = first.mg_per_l;
    input.second_at_h = second.at_h - dose.at_h;
    input.second_mg_per_l = second.mg_per_l;
    if (const auto scr = library_.input("SCR")) {
      const double before = inputs_at(person_, first.at_h)[*scr];
      const double after = inputs_at(person_, second.at_h)[*scr];
      if (std::isfinite(before) && std::isfinite(after)) {
        input.creatinine_change = after / before - 1;
      }
    }
    auto result = hand_method(input, library_.rail("hand-method"));
    if (auto* numbers = std::get_if<HandResult>(&result)) {
      out_.hand = std::move(*numbers);
    } else {
      out_.hand = std::get<std::string>(std::move(result));
    }
  }

  void curve() {
    if (out_.record.doses.empty()) return;
    const FittedModel& best = out_.fits.front();
    double first = out_.now_h - kHistoryShown;
    double earliest = 1e12;
    for (const GivenDose& one : out_.record.doses) earliest = std::min(earliest, one.dose.at_h);
    first = std::max(first, earliest);
    std::vector<Dose> doses = best.course->history().doses;
    double last = out_.now_h;
    if (out_.present) {
      last += kFutureShown;
      // The next bag is hung when the one that runs is empty.
      double next = out_.now_h;
      for (const Dose& dose : doses) {
        next = std::max(next, out_.present->continuous ? dose.at_h + dose.duration_h
                                                       : dose.at_h + out_.present->interval_h);
      }
      const auto more = doses_of(*out_.present, next, kFutureShown);
      doses.insert(doses.end(), more.begin(), more.end());
    } else {
      last += 24;
    }
    std::set<double> times;
    for (int i = 0; i <= kCurvePoints; ++i) times.insert(first + (last - first) * i / kCurvePoints);
    for (const Dose& dose : doses) {  // so that peaks and troughs are on the curve
      for (const double edge : {dose.at_h, dose.at_h + dose.duration_h}) {
        if (edge > first && edge < last) times.insert(edge);
      }
    }
    const std::vector<double> list(times.begin(), times.end());
    const auto posterior = band(*best.course, best.draws, list, doses, true);
    History blind = best.course->history();
    blind.levels.clear();
    std::vector<Band> prior;
    if (const auto course = Course::make(*best.model, blind)) {
      prior =
          band(*course, draw(*course, estimate(*course), options_.kept, kSeed), list, doses, true);
    }
    const Curve map = pharmacology::curve(*best.course, best.estimate.eta, list, doses);
    for (std::size_t i = 0; i < list.size(); ++i) {
      out_.curve.push_back(
          {list[i], map.total[i], posterior[i], prior.empty() ? Band{} : prior[i]});
    }
    if (earliest < first) whole_course(best, earliest);
  }

  void whole_course(const FittedModel& best, double earliest) {
    std::set<double> times{out_.now_h};
    for (const Dose& dose : best.course->history().doses) {
      for (const double edge : {dose.at_h, dose.at_h + dose.duration_h}) {
        if (edge <= out_.now_h) times.insert(edge);
      }
    }
    for (int i = 0; i <= kCurvePoints; ++i) {
      times.insert(earliest + (out_.now_h - earliest) * i / kCurvePoints);
    }
    const std::vector<double> list(times.begin(), times.end());
    const Curve map = pharmacology::curve(*best.course, best.estimate.eta, list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      out_.course.push_back({list[i], map.total[i], {}, {}});
    }
  }

  void propose() {
    const bool oral = std::any_of(out_.fits.begin(), out_.fits.end(), [](const FittedModel& fit) {
      return fit.model->absorption != Absorption::kNone;
    });
    std::vector<Regimen> grid = practical(*out_.drug, oral, !out_.prior_only);
    if (out_.present && std::find(grid.begin(), grid.end(), *out_.present) == grid.end()) {
      grid.push_back(*out_.present);
    }
    open_outlooks();
    std::vector<Proposal> all;
    for (const Regimen& regimen : grid) {
      const Pools pools = outlook(regimen);
      Proposal one;
      one.regimen = regimen;
      one.present = out_.present && *out_.present == regimen;
      one.auc24 = band_of(pools.auc24);
      one.peak = band_of(pools.peak);
      one.trough = band_of(pools.trough);
      one.first_day = band_of(pools.first_day)[2];
      one.second_day = band_of(pools.second_day)[2];
      one.chances = chances(pools);
      all.push_back(std::move(one));
    }
    // What harms more surely than it heals is not proposed; the present regimen is shown as it is.
    const auto harms = [](const Proposal& one) {
      double in = 1;
      double toxic = 0;
      for (const TargetChance& each : one.chances) {
        in = std::min(in, each.in_best);
        toxic = std::max(toxic, each.toxic);
      }
      return toxic > in;
    };
    if (!all.empty() && std::all_of(all.begin(), all.end(), harms)) {
      refuse("toxic-more-likely", "no practical regimen has a better chance of the target");
      high_trough();
      return;
    }
    std::erase_if(all, [&](const Proposal& one) { return !one.present && harms(one); });
    const auto key = [](const Proposal& one) {
      double in = 1;
      double above = 0;
      for (const TargetChance& each : one.chances) {
        in = std::min(in, each.in);
        above = std::max({above, each.above, each.toxic});
      }
      return std::pair(in, above);
    };
    const double present_daily = out_.present ? out_.present->daily_mg() : 0;
    // Probability to the percent: below it the draws do not tell regimens apart.
    std::stable_sort(all.begin(), all.end(), [&](const Proposal& a, const Proposal& b) {
      const auto [in_a, above_a] = key(a);
      const auto [in_b, above_b] = key(b);
      const double rounded_a = std::round(in_a * 100);
      const double rounded_b = std::round(in_b * 100);
      if (rounded_a != rounded_b) return rounded_a > rounded_b;
      const double over_a = std::round(above_a * 100);
      const double over_b = std::round(above_b * 100);
      if (over_a != over_b) return over_a < over_b;
      if (a.regimen.continuous != b.regimen.continuous) return b.regimen.continuous;
      if (a.regimen.interval_h != b.regimen.interval_h) {
        return a.regimen.interval_h > b.regimen.interval_h;
      }
      return std::abs(a.regimen.daily_mg() - present_daily) <
             std::abs(b.regimen.daily_mg() - present_daily);
    });
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i < options_.proposals || all[i].present) out_.proposals.push_back(std::move(all[i]));
    }
    high_trough();
  }

  // How long to wait until the level is down at the target's top.
  void high_trough() {
    const FittedModel& best = out_.fits.front();
    if (out_.record.doses.empty()) return;
    for (const Target& target : out_.drug->targets) {
      if (target.quantity != Quantity::kTrough || !target.high) continue;
      std::vector<double> times;
      for (int i = 0; i <= 480; ++i) times.push_back(out_.now_h + i * 0.25);
      const Curve fall = pharmacology::curve(*best.course, best.estimate.eta, times);
      if (fall.total[0] <= *target.high) return;
      for (std::size_t i = 0; i < times.size(); ++i) {
        if (fall.total[i] > *target.high) continue;
        out_.hours_to_high_trough_gone = times[i] - out_.now_h;
        return;
      }
    }
  }

  const Library& library_;
  const Person& person_;
  const AssessOptions& options_;
  Assessment out_;
  std::vector<std::optional<Outlook>> outlooks_;
};

}  // namespace

LowEnd low_end(const Drug& drug, const DrugRecord& record, const Target& target) {
  if (!target.per_mic) return {target.low, target.low};
  if (!record.mic && !drug.mic) return {};
  const double high = record.mic ? record.mic->high : *drug.mic;
  const double low = record.mic ? record.mic->low : *drug.mic;
  return {*target.per_mic * std::max(high, target.least_mic),
          *target.per_mic * std::max(low, target.least_mic)};
}

bool active(const Drug& drug, const DrugRecord& record, const Target& target) {
  return low_end(drug, record, target).worst || target.high || target.toxic;
}

Assessment assess(const Library& library, const Drug& drug, const Person& person,
                  const DrugRecord& record, const AssessOptions& options) {
  return Assessor(library, drug, person, record, options).run();
}

}  // namespace nidus::pharmacology
