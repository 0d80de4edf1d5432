// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/json_writer.h"
#include "pathway/response.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

using base::JsonWriter;

class ResponseJson {
 public:
  explicit ResponseJson(const ResponseReport& report) : report_(report), json_(1) {}

  std::string write() {
    json_.begin_object();
    json_.member("format", "nidus-response/1").member("patient", report_.patient);
    json_.member("as_of", base::format_date_time(report_.as_of));
    json_.member("guideline", report_.guideline).member("guideline_hash", report_.guideline_hash);
    json_.member("pharmacology_version", report_.tables_version);
    if (report_.start) {
      day("treatment_began", *report_.start);
      number("treatment_day", treatment_day(report_, 0));
    }
    day("treatment_ended", report_.end);
    json_.key("operations").begin_array();
    for (const double one : report_.operations) json_.value(moment(report_, one));
    json_.end_array();
    json_.key("markers").begin_array();
    for (const ph::MarkerReport& marker : report_.markers) one(marker);
    json_.end_array().end_object();
    return json_.text() + "\n";
  }

 private:
  void number(std::string_view key, double value) {
    json_.key(key).raw(fmt::format("{:.7g}", value));
  }
  void day(std::string_view key, double at) { json_.member(key, moment(report_, at)); }
  void day(std::string_view key, const std::optional<double>& at) {
    if (at) day(key, *at);
  }
  void range(std::string_view key, const ph::MarkerRange& range) {
    json_.key(key).begin_object();
    number("p5", range.low);
    number("middle", range.middle);
    number("p95", range.high);
    json_.end_object();
  }
  void source(const ph::Source& source) {
    json_.key("evidence").begin_array();
    for (const std::string& id : source.evidence) json_.value(id);
    json_.end_array();
    json_.member("source", source.source).member("mark", source.mark);
  }
  void reading(const ph::JudgedReading& one) {
    static constexpr const char* kPlaces[] = {"unknown", "below", "within", "above"};
    json_.begin_object();
    day("at", one.reading.day);
    number("value", one.reading.value);
    json_.member("resource", one.reading.resource).member("fitted", one.fitted);
    if (one.expected) range("expected", *one.expected);
    json_.member("place", kPlaces[static_cast<std::size_t>(one.place)]).end_object();
  }
  void one(const ph::MarkerReport& marker) {
    const ph::Marker& model = *marker.marker;
    json_.begin_object();
    json_.member("id", model.id).member("name", model.name).member("unit", model.unit);
    json_.key("readings").begin_array();
    for (const auto& entry : marker.readings) reading(entry);
    json_.end_array();
    if (!marker.record.below_zero.empty()) {
      json_.key("below_zero").begin_array();
      for (const std::string& resource : marker.record.below_zero) json_.value(resource);
      json_.end_array();
    }
    if (marker.left_out > 0) number("left_out", static_cast<double>(marker.left_out));
    if (marker.peak) {
      json_.key("peak").begin_object();
      day("at", marker.peak->day);
      number("value", marker.peak->value);
      json_.end_object();
    }
    if (marker.curve) {
      range("half_life_days", marker.curve->half_life());
      number("fitted", static_cast<double>(marker.curve->fitted()));
      range("expected_now", *marker.now);
      json_.member("near_normal", marker.is_near_normal);
      number("near_normal_limit", model.near_normal);
      day("near_normal_at", marker.near_normal);
      day("near_normal_at_p5", marker.near_normal_early);
      day("near_normal_at_p95", marker.near_normal_late);
    }
    if (marker.weekly) number("weekly_change", *marker.weekly);
    json_.key("findings").begin_array();
    for (const ph::MarkerFinding& finding : marker.findings) {
      json_.begin_object().member("id", finding.rail->id).member("check", finding.rail->check);
      json_.member("text", finding.text).member("warns", finding.warns);
      source(finding.rail->source);
      json_.end_object();
    }
    json_.end_array();
    json_.key("choices").begin_array();
    for (const std::string& choice : model.choices) json_.value(choice);
    json_.end_array();
    source(model.source);
    json_.end_object();
  }

  const ResponseReport& report_;
  JsonWriter json_;
};

}  // namespace

std::string write_response_json(const ResponseReport& report) {
  return ResponseJson(report).write();
}

}  // namespace nidus::pathway
