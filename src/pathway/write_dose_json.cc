// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/decimal.h"
#include "base/json_writer.h"
#include "pathway/dose_words.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

using base::JsonWriter;

class DoseJson {
 public:
  explicit DoseJson(const DoseReport& report) : report_(report), json_(1) {}

  std::string write() {
    json_.begin_object();
    json_.member("format", "nidus-dose/1").member("patient", report_.patient);
    json_.member("as_of", base::format_date_time(report_.as_of));
    json_.member("guideline", report_.guideline).member("guideline_hash", report_.guideline_hash);
    json_.member("pharmacology_version", report_.tables_version);
    texts("remarks", report_.remarks);
    kidney();
    json_.key("dose_table").begin_array();
    for (const DoseTableLine& line : report_.table) table(line);
    json_.end_array();
    json_.key("drugs").begin_array();
    for (const ph::Assessment& drug : report_.drugs) one(drug);
    json_.end_array();
    json_.key("not_dosed_by_level").begin_array();
    for (const std::string& atc : report_.not_dosed) json_.value(atc);
    json_.end_array().end_object();
    return json_.text() + "\n";
  }

 private:
  // Seven digits: what the worked patients are checked to.
  void number(std::string_view key, double value) {
    json_.key(key);
    if (!std::isfinite(value)) {
      json_.null();
      return;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.7g", value);
    json_.raw(text);
  }
  void texts(std::string_view key, const std::vector<std::string>& list) {
    json_.key(key).begin_array();
    for (const std::string& one : list) json_.value(one);
    json_.end_array();
  }
  void at(std::string_view key, double hour) { json_.member(key, moment(report_, hour)); }
  void band(std::string_view key, const ph::Band& band) {
    json_.key(key).begin_object();
    static constexpr const char* kNames[] = {"p5", "p25", "p50", "p75", "p95"};
    for (std::size_t i = 0; i < band.size(); ++i) number(kNames[i], band[i]);
    json_.end_object();
  }
  void source(const ph::Source& source) {
    texts("evidence", source.evidence);
    json_.member("source", source.source).member("mark", source.mark);
  }
  void regimen(std::string_view key, const ph::Regimen& regimen) {
    json_.key(key).begin_object();
    json_.member("text", ph::words(regimen));
    number("amount_mg", regimen.amount_mg);
    number("interval_h", regimen.interval_h);
    number("infusion_h", regimen.duration_h);
    json_.member("route", regimen.route == ph::Route::kOral ? "oral" : "intravenous");
    json_.member("continuous", regimen.continuous);
    json_.end_object();
  }
  void chances(const std::vector<ph::TargetChance>& list) {
    json_.key("targets").begin_array();
    for (const ph::TargetChance& chance : list) {
      const ph::Target& target = *chance.target;
      json_.begin_object();
      json_.member("id", target.id).member("quantity", ph::word(target.quantity));
      json_.member("unit", target.quantity == ph::Quantity::kAuc24 ? "mg.h/L" : "mg/L");
      if (chance.low) number("low", *chance.low);
      if (target.high) number("high", *target.high);
      if (target.toxic) number("toxic_above", *target.toxic);
      number("in_target", chance.in);
      number("in_target_at_best", chance.in_best);
      number("below", chance.below);
      number("above", chance.above);
      number("toxic", chance.toxic);
      json_.member("text", target.text);
      source(target.source);
      json_.end_object();
    }
    json_.end_array();
  }

  void table(const DoseTableLine& line) {
    static const DoseRow kNone;
    const DoseRow& row = line.row != nullptr ? *line.row : kNone;
    json_.begin_object();
    json_.member("row", row.id).member("agent", line.agent);
    json_.member("given", line.given).member("route", row.route);
    json_.member("standard", row.standard).member("for_kidney", line.for_kidney);
    json_.member("amounts", line.amounts).member("weight", line.weight);
    json_.member("loading", row.loading).member("weight_basis", row.weight_basis);
    json_.member("highest", row.highest).member("liver", line.liver);
    json_.member("levels", row.target).member("conflict", row.renal_conflict);
    json_.member("verification", row.verification);
    json_.key("indications").begin_array();
    for (const IndicatedDose& one : line.indicated) {
      json_.begin_object();
      json_.member("option", one.option->id).member("row", one.component->reg_id);
      json_.member("organism", one.option->organism_group);
      json_.member("condition", one.option->condition);
      json_.member("dose", one.component->dose).member("interval", one.component->interval);
      json_.member("route", one.component->route);
      json_.member("verification", one.component->verification);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void kidney() {
    const ph::KidneyReport& kidney = report_.kidney;
    json_.key("kidney").begin_object();
    json_.key("measures").begin_array();
    for (const ph::KidneyLine& line : kidney.lines) {
      json_.begin_object();
      json_.member("id", line.measure->id).member("title", line.measure->title);
      number("value", line.value.value_or(NAN));
      json_.member("unit", line.measure->unit).member("missing", line.missing);
      source(line.measure->source);
      json_.end_object();
    }
    json_.end_array();
    if (kidney.creatinine) {
      number("creatinine_mg_per_dl", kidney.creatinine->value);
      at("creatinine_at", kidney.creatinine->at_h);
    }
    json_.member("dialysis", dialysis_words(report_));
    json_.member("unstable", kidney.unstable).member("unstable_text", kidney.unstable_text);
    texts("resources", kidney.resources);
    json_.end_object();
  }

  void about(const ph::Model& model) {
    json_.member("id", model.id).member("title", model.title);
    json_.member("version", model.version).member("source", model.source);
    json_.member("mark", model.mark).member("population", model.population);
    texts("choices", model.choices);
  }

  void model(const ph::FittedModel& fit) {
    json_.begin_object();
    about(*fit.model);
    texts("assumptions", fit.assumptions);
    number("weight", fit.weight);
    number("objective", fit.estimate.objective);
    number("minus_two_log_marginal", fit.estimate.minus_two_log_marginal);
    number("auc24", fit.auc24);
    number("effective_draws", fit.effective);
    json_.member("converged", fit.estimate.converged);
    json_.member("other_peaks", fit.estimate.other_peaks.size());
    json_.key("effects").begin_array();
    for (Eigen::Index k = 0; k < fit.estimate.eta.size(); ++k) {
      const double prior = fit.course->omega_root().row(k).squaredNorm();
      json_.begin_object();
      json_.member("name",
                   fit.model->effects[static_cast<std::size_t>(k) % fit.model->effects.size()]);
      number("eta", fit.estimate.eta[k]);
      number("sd", std::sqrt(fit.estimate.covariance(k, k)));
      number("learned", 1 - fit.estimate.covariance(k, k) / prior);
      json_.end_object();
    }
    json_.end_array();
    json_.key("levels").begin_array();
    const auto& levels = fit.course->history().levels;
    for (std::size_t j = 0; j < levels.size(); ++j) {
      json_.begin_object();
      at("at", levels[j].at_h);
      number("measured", levels[j].mg_per_l);
      number("expected", fit.estimate.predicted[j]);
      number("population", fit.estimate.population[j]);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void typical_model(const ph::TypicalModel& typical) {
    json_.begin_object();
    about(*typical.model);
    json_.member("why", typical.model->typical_only);
    texts("assumptions", typical.assumptions);
    number("clearance_l_per_h", typical.clearance);
    number("auc24", typical.auc24);
    json_.key("levels").begin_array();
    for (const ph::TypicalModel::Expected& expected : typical.levels) {
      json_.begin_object();
      at("at", expected.level.at_h);
      number("measured", expected.level.mg_per_l);
      number("expected", expected.mg_per_l);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void one(const ph::Assessment& drug) {
    json_.begin_object();
    json_.member("drug", drug.drug->name).member("atc", drug.drug->atc);
    json_.member("refused", drug.refused).member("prior_only", drug.prior_only);
    json_.member("averaged", drug.averaged);
    if (drug.record.mic) {
      const ph::MeasuredMic& mic = *drug.record.mic;
      json_.key("mic").begin_object();
      json_.member("text", mic.text).member("organism", mic.organism);
      number("above_mg_per_l", mic.low == mic.high ? NAN : mic.low);
      number("at_most_mg_per_l", mic.high);
      json_.member("resource", mic.resource);
      texts("others", mic.others);
      json_.end_object();
    } else if (!drug.drug->mic_text.empty()) {
      json_.key("mic_assumption").begin_object();
      number("mg_per_l", drug.drug->mic.value_or(NAN));
      json_.member("text", drug.drug->mic_text);
      source(drug.drug->mic_source);
      json_.end_object();
    }
    json_.key("findings").begin_array();
    for (const ph::Finding& finding : drug.findings) {
      json_.begin_object();
      json_.member("act", finding.act == ph::Act::kRefuse ? "refuse"
                          : finding.act == ph::Act::kWarn ? "warn"
                                                          : "note");
      json_.member("rule", finding.rail->id).member("what", finding.text);
      json_.member("why", finding.rail->text);
      texts("resources", finding.resources);
      json_.end_object();
    }
    json_.end_array();
    json_.key("models").begin_array();
    for (const ph::FittedModel& fit : drug.fits) model(fit);
    json_.end_array();
    json_.key("typical_models").begin_array();
    for (const ph::TypicalModel& one : drug.typical_models) typical_model(one);
    json_.end_array();
    json_.key("models_left_out").begin_array();
    for (const ph::RefusedModel& refused : drug.refused_models) {
      json_.begin_object();
      json_.member("id", refused.model->id).member("why", refused.why).end_object();
    }
    json_.end_array();
    if (drug.present) regimen("present", *drug.present);
    json_.key("measured").begin_array();
    for (const ph::Measured& measured : drug.measured) {
      json_.begin_object();
      json_.member("id", measured.id).member("label", measured.label);
      json_.member("unit", measured.unit);
      number("map", measured.map);
      band("posterior", measured.band);
      json_.end_object();
    }
    json_.end_array();
    chances(drug.present_chances);
    if (const auto* hand = std::get_if<ph::HandResult>(&drug.hand)) {
      json_.key("hand_check").begin_object();
      number("ke_per_h", hand->ke);
      number("half_life_h", hand->half_life);
      number("peak_mg_per_l", hand->peak);
      if (std::isfinite(hand->trough)) number("trough_mg_per_l", hand->trough);
      number("volume_l", hand->volume);
      number("clearance_l_per_h", hand->clearance);
      if (std::isfinite(hand->auc24)) number("auc24", hand->auc24);
      texts("flags", hand->flags);
      json_.end_object();
    } else if (const auto* why = std::get_if<std::string>(&drug.hand)) {
      json_.member("hand_check_not_possible", *why);
    }
    if (drug.loading) {
      json_.key("loading").begin_object();
      number("low_mg", drug.loading->low_mg);
      number("high_mg", drug.loading->high_mg);
      json_.member("text", drug.loading->text);
      source(*drug.loading->source);
      json_.end_object();
    }
    if (drug.hours_to_high_trough_gone)
      number("hours_to_high_trough_gone", *drug.hours_to_high_trough_gone);
    json_.key("proposals").begin_array();
    for (const ph::Proposal& proposal : drug.proposals) {
      json_.begin_object();
      regimen("regimen", proposal.regimen);
      json_.member("present", proposal.present);
      band("auc24", proposal.auc24);
      band("peak", proposal.peak);
      band("trough", proposal.trough);
      number("auc_first_24h", proposal.first_day);
      number("auc_second_24h", proposal.second_day);
      chances(proposal.chances);
      json_.end_object();
    }
    json_.end_array();
    json_.key("curve").begin_array();
    for (const ph::CurvePoint& point : drug.curve) {
      json_.begin_object();
      at("at", point.at_h);
      number("map", point.map);
      number("p5", point.band[0]);
      number("p50", point.band[2]);
      number("p95", point.band[4]);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  const DoseReport& report_;
  JsonWriter json_;
};

}  // namespace

std::string write_dose_json(const DoseReport& report) { return DoseJson(report).write(); }

}  // namespace nidus::pathway
