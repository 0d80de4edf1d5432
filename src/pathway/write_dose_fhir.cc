// SPDX-License-Identifier: Apache-2.0
//
// Exposure as FHIR R4 Observations: derivedFrom the levels, doses and measurements it was computed
// from; the method with model and version of the tables in `method` and `note`.
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "pathway/derived_observation.h"
#include "pathway/dosing.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

using base::JsonWriter;

constexpr const char* kUcum = "http://unitsofmeasure.org";

void number(JsonWriter& json, std::string_view key, double value) {
  json.key(key).raw(fmt::format("{:.6g}", value));
}

void quantity(JsonWriter& json, std::string_view key, double value, std::string_view unit) {
  json.key(key).begin_object();
  number(json, "value", value);
  json.member("unit", unit).member("system", kUcum).member("code", unit).end_object();
}

std::string method(const ph::Assessment& drug) {
  std::string out = drug.prior_only ? "Population model without a level" : "MAP-Bayesian estimate";
  out += ", ";
  bool first = true;
  for (const ph::FittedModel& fit : drug.fits) {
    if (fit.weight <= 0) continue;
    out += (first ? "" : ", ") + fit.model->id + " v" + fit.model->version;
    if (drug.averaged) out += fmt::format(" ({:.0f} %)", 100 * fit.weight);
    first = false;
  }
  return out;
}

// The code of what is derived, or nullptr when it is only reported.
const ph::Coding* code_of(const ph::Assessment& drug, const ph::Measured& measured) {
  if (measured.id == "auc24" || (measured.id == "auc-last-24h" && !drug.steady_state_known)) {
    return &drug.drug->auc_code;
  }
  if (measured.id == "trough") return &drug.drug->trough_code;
  if (measured.id == "peak") return &drug.drug->peak_code;
  return nullptr;
}

std::string observation(const DoseReport& report, const ph::Assessment& drug,
                        const ph::Measured& measured, const ph::Coding& code) {
  JsonWriter json;
  json.begin_object();
  begin_derived(json, code, report.patient, report.as_of);
  quantity(json, "valueQuantity", measured.band[2], measured.unit);
  for (const ph::Target& target : drug.drug->targets) {
    if (target.quantity != measured.quantity) continue;
    const auto low = ph::low_end(*drug.drug, drug.record, target).worst;
    const bool known = low && std::isfinite(*low);
    if (!known && !target.high) continue;
    json.key("referenceRange").begin_array().begin_object();
    if (known) quantity(json, "low", *low, measured.unit);
    if (target.high) quantity(json, "high", *target.high, measured.unit);
    json.member("text", "target: " + target.text).end_object().end_array();
    break;
  }
  json.key("method").begin_object().member("text", method(drug)).end_object();
  json.key("note").begin_array().begin_object();
  json.member("text",
              fmt::format("{}: median; 5 to 95 %: {:.4g} to {:.4g} {}; MAP {:.4g}. Guideline "
                          "{}, pharmacology tables {}. Decision support; a clinician decides.",
                          measured.label, measured.band[0], measured.band[4], measured.unit,
                          measured.map, report.guideline, report.tables_version));
  json.end_object().end_array();
  std::set<std::string> sources(report.kidney.resources.begin(), report.kidney.resources.end());
  for (const auto& level : drug.record.levels) sources.insert(level.resource);
  for (const auto& dose : drug.record.doses) sources.insert(dose.resource);
  sources.erase("");
  // R4 lets an Observation derive from observations; the doses given stand as what it is part of.
  const auto list = [&](std::string_view key, std::string_view type) {
    bool any = false;
    for (const std::string& source : sources) {
      if (!source.starts_with(type)) continue;
      if (!any) json.key(key).begin_array();
      any = true;
      json.begin_object().member("reference", source).end_object();
    }
    if (any) json.end_array();
  };
  list("derivedFrom", "Observation/");
  list("partOf", "MedicationAdministration/");
  json.end_object();
  return json.text();
}

}  // namespace

std::vector<std::string> dose_observations(const DoseReport& report, bool areas_only) {
  std::vector<std::string> out;
  for (const ph::Assessment& drug : report.drugs) {
    // A refused estimate is shown to people; it is no fact.
    if (drug.refused) continue;
    for (const ph::Measured& measured : drug.measured) {
      const ph::Coding* code = code_of(drug, measured);
      if (areas_only && code != &drug.drug->auc_code) continue;
      if (code == nullptr || code->code.empty() || !std::isfinite(measured.band[2])) continue;
      out.push_back(observation(report, drug, measured, *code));
    }
  }
  return out;
}

std::string write_dose_fhir(const DoseReport& report) {
  JsonWriter json;
  json.begin_object().member("resourceType", "Bundle").member("type", "collection");
  json.member("timestamp", base::format_date_time(report.as_of));
  const std::vector<std::string> observations = dose_observations(report);
  if (!observations.empty()) json.key("entry").begin_array();  // R4 has no empty lists
  for (const std::string& one : observations) {
    json.begin_object();
    // "id":"derived-...", which is made from the code: the same in every run.
    constexpr std::string_view kId = "\"id\":\"";
    const std::size_t at = one.find(kId) + kId.size();
    json.member("fullUrl",
                "https://nidus.example/fhir/Observation/" + one.substr(at, one.find('"', at) - at));
    json.key("resource").raw(one).end_object();
  }
  if (!observations.empty()) json.end_array();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
