// SPDX-License-Identifier: Apache-2.0
//
// The half-life and what is expected now as FHIR R4 Observations, derivedFrom the values fitted.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "pathway/derived_observation.h"
#include "pathway/response.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

using base::JsonWriter;

void add(JsonWriter& json, const ResponseReport& report, const ph::MarkerReport& marker,
         const ph::Coding& code, const ph::MarkerRange& range, const std::string& unit) {
  json.begin_object();
  json.member("fullUrl", "https://nidus.example/fhir/Observation/derived-" + code.code);
  json.key("resource").begin_object();
  begin_derived(json, code, report.patient, report.as_of);
  json.key("valueQuantity").begin_object();
  json.key("value").raw(fmt::format("{:.4g}", range.middle));
  json.member("unit", unit).member("system", "http://unitsofmeasure.org").member("code", unit);
  json.end_object();
  json.key("method").begin_object();
  json.member("text", "Exponential fall from the peak, MAP with Laplace band, markers " +
                          marker.marker->id + " of pharmacology tables " + report.tables_version);
  json.end_object();
  json.key("note").begin_array().begin_object();
  json.member("text", fmt::format("5 to 95 %: {:.4g} to {:.4g} {}. From {} of {} values. Guideline "
                                  "{}. Decision support; a clinician decides.",
                                  range.low, range.high, unit, marker.curve->fitted(),
                                  marker.readings.size(), report.guideline));
  json.end_object().end_array();
  bool any = false;
  for (const ph::JudgedReading& one : marker.readings) {
    if (!one.fitted || !one.reading.resource.starts_with("Observation/")) continue;
    if (!any) json.key("derivedFrom").begin_array();
    any = true;
    json.begin_object().member("reference", one.reading.resource).end_object();
  }
  if (any) json.end_array();
  json.end_object().end_object();
}

}  // namespace

std::string write_response_fhir(const ResponseReport& report) {
  JsonWriter json;
  json.begin_object().member("resourceType", "Bundle").member("type", "collection");
  json.member("timestamp", base::format_date_time(report.as_of));
  // R4 has no empty lists.
  const bool any =
      std::any_of(report.markers.begin(), report.markers.end(),
                  [](const ph::MarkerReport& marker) { return marker.curve.has_value(); });
  if (any) json.key("entry").begin_array();
  for (const ph::MarkerReport& marker : report.markers) {
    if (!marker.curve) continue;
    // One value says nothing of the half-life: it would be the prior's.
    if (marker.curve->fitted() > 1) {
      add(json, report, marker, marker.marker->half_life_code, marker.curve->half_life(), "d");
    }
    add(json, report, marker, marker.marker->expected_code, *marker.now, marker.marker->unit);
  }
  if (any) json.end_array();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
