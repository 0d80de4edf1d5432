// SPDX-License-Identifier: Apache-2.0
#include "pathway/dosing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <set>

#include "pathway/interpretation.h"
#include "pathway/plan.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

class Reader {
 public:
  Reader(const Guideline& guideline, const fhir::Record& record, const base::DateTime& as_of)
      : record_(record),
        program_(guideline.program()),
        evaluation_(program_, record, {as_of, false, {}}),
        offset_(as_of.offset_minutes),
        now_ms_(base::epoch_ms(as_of, as_of.offset_minutes)) {}

  base::Result<std::vector<cql::Value>> list(std::string_view define) {
    const auto id = program_.find(define);
    if (!id) {
      return base::fail(base::ErrorCode::kBadGuideline,
                        "no definition is named '" + std::string(define) + "'");
    }
    auto value = evaluation_.value(*id);
    if (!value) return std::unexpected(value.error());
    if (!value->is(cql::Kind::kList)) return std::vector<cql::Value>{};
    const auto items = value->as_list();
    return std::vector<cql::Value>(items.begin(), items.end());
  }

  static double number(const cql::Tuple& tuple, std::string_view name) {
    const cql::Value value = tuple.get(name);
    if (value.is(cql::Kind::kDecimal)) return value.as_decimal().to_double();
    if (value.is(cql::Kind::kInteger)) return value.as_integer();
    return kUnknown;
  }
  static bool truth(const cql::Tuple& tuple, std::string_view name) {
    return tuple.get(name).is_true();
  }
  static std::string text(const cql::Tuple& tuple, std::string_view name) {
    const cql::Value value = tuple.get(name);
    return value.is(cql::Kind::kString) ? std::string(value.as_string()) : std::string();
  }
  // Hours from the moment of judging; NaN when undated.
  double hours(const cql::Tuple& tuple, std::string_view name) const {
    const cql::Value value = tuple.get(name);
    if (!value.is(cql::Kind::kDateTime)) return kUnknown;
    return static_cast<double>(base::epoch_ms(value.as_date_time(), offset_) - now_ms_) / 3.6e6;
  }
  std::string resource(const cql::Tuple& tuple) const {
    const cql::Value value = tuple.get("source");
    if (!value.is(cql::Kind::kElement)) return {};
    const fhir::Resource* found = record_.resource_of(value.as_node());
    return found == nullptr ? std::string() : found->reference();
  }
  cql::Evaluation& evaluation() { return evaluation_; }

 private:
  const fhir::Record& record_;
  const cql::Program& program_;
  cql::Evaluation evaluation_;
  int offset_;
  std::int64_t now_ms_;
};

struct Given {
  std::map<std::string, ph::DrugRecord, std::less<>> by_atc;
  ph::Person person;
};

ph::GivenDose given_dose(const Reader& read, const cql::Tuple& tuple) {
  ph::GivenDose out;
  out.resource = read.resource(tuple);
  const double start = read.hours(tuple, "start");
  double stop = read.hours(tuple, "stop");
  double mg = Reader::number(tuple, "milligrams");
  const double rate = Reader::number(tuple, "rate");
  const std::string route = Reader::text(tuple, "route");
  out.dose.at_h = start;
  out.dose.route = route == "PO" ? ph::Route::kOral : ph::Route::kIntravenous;
  const auto missing = [&](const char* what) {
    out.missing += (out.missing.empty() ? "" : ", ") + std::string(what);
  };
  if (std::isnan(start)) missing("a time");
  if (route.empty()) missing("a route");
  if (out.dose.route == ph::Route::kIntravenous) {
    // An infusion by rate that has no end runs on; only what has run by now is known.
    if (std::isnan(stop) && std::isnan(mg) && rate > 0) stop = 0;
    double duration = stop - start;
    if (std::isnan(duration) && mg > 0 && rate > 0) duration = mg / rate;
    if (std::isnan(mg) && rate > 0 && duration > 0) mg = rate * duration;
    if (!(duration >= 0)) {
      missing(duration < 0 ? "an end after its start" : "the time it ran");
    } else {
      out.dose.duration_h = duration;
    }
  }
  if (!(mg > 0)) missing("an amount in mg");
  out.dose.amount_mg = mg;
  return out;
}

base::Result<Given> read_all(const Guideline& guideline, Reader& read) {
  Given out;
  auto doses = read.list("Dosing.Doses");
  if (!doses) return std::unexpected(doses.error());
  for (const cql::Value& value : *doses) {
    const cql::Tuple& tuple = value.as_tuple();
    out.by_atc[Reader::text(tuple, "atc")].doses.push_back(given_dose(read, tuple));
  }
  auto levels = read.list("Dosing.Levels");
  if (!levels) return std::unexpected(levels.error());
  for (const cql::Value& value : *levels) {
    const cql::Tuple& tuple = value.as_tuple();
    ph::MeasuredLevel level;
    level.level.at_h = read.hours(tuple, "at");
    level.level.mg_per_l = Reader::number(tuple, "value");
    level.level.below_limit = Reader::truth(tuple, "below");
    level.level.unbound = Reader::truth(tuple, "unbound");
    level.readable = level.level.mg_per_l > 0 && std::isfinite(level.level.at_h) &&
                     !Reader::truth(tuple, "above");
    level.resource = read.resource(tuple);
    out.by_atc[Reader::text(tuple, "atc")].levels.push_back(std::move(level));
  }
  for (const ph::Input& input : guideline.pharmacology().inputs) {
    auto series = read.list(input.define);
    if (!series) return std::unexpected(series.error());
    std::vector<ph::Reading> readings;
    for (const cql::Value& value : *series) {
      const cql::Tuple& tuple = value.as_tuple();
      const ph::Reading one{read.hours(tuple, "at"), Reader::number(tuple, "value"),
                            read.resource(tuple)};
      if (std::isfinite(one.value) && std::isfinite(one.at_h)) readings.push_back(one);
    }
    std::stable_sort(readings.begin(), readings.end(),
                     [](const auto& a, const auto& b) { return a.at_h < b.at_h; });
    out.person.inputs.push_back(std::move(readings));
  }
  return out;
}

// Hour 0 is the first dose of any drug that is dosed here, or the moment of judging.
void shift(Given& given, double by) {
  given.person.now_h += by;
  for (auto& [atc, record] : given.by_atc) {
    for (auto& dose : record.doses) dose.dose.at_h += by;
    for (auto& level : record.levels) level.level.at_h += by;
    std::stable_sort(record.doses.begin(), record.doses.end(),
                     [](const auto& a, const auto& b) { return a.dose.at_h < b.dose.at_h; });
    std::stable_sort(record.levels.begin(), record.levels.end(),
                     [](const auto& a, const auto& b) { return a.level.at_h < b.level.at_h; });
  }
  for (auto& readings : given.person.inputs) {
    for (auto& one : readings) one.at_h += by;
  }
}

DoseTableLine table_line(const DoseRow& row, const ph::KidneyReport& kidney, bool dialysis,
                         double weight) {
  DoseTableLine out;
  out.row = &row;
  std::string band;
  if (dialysis) {
    band = row.haemodialysis;
    out.for_kidney = "on haemodialysis: " + row.haemodialysis;
  } else if (!kidney.lines.empty() && kidney.lines.front().value) {
    const double clearance = *kidney.lines.front().value;
    for (const DoseBand& one : row.bands) {
      if (clearance < one.from.to_double() || (one.to && clearance >= one.to->to_double()))
        continue;
      band = one.text;
      out.for_kidney = fmt::format("at CrCl {:.0f} mL/min: {}", clearance, one.text);
    }
  } else {
    out.for_kidney = "renal band unknown: kidney function needed";
  }
  // "15-20 mg/kg q12h" at 82 kg; only where the row says that the actual weight counts, always.
  static const std::regex kPerKilogram(R"((\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))? mg/kg)");
  std::smatch match;
  if (row.weight_basis == "actual body weight" && std::isfinite(weight) &&
      std::regex_search(band, match, kPerKilogram)) {
    const double low = std::stod(match[1]) * weight;
    out.amounts = match[2].matched ? fmt::format("{:.0f} to {:.0f} mg at {:.4g} kg", low,
                                                 std::stod(match[2]) * weight, weight)
                                   : fmt::format("{:.0f} mg at {:.4g} kg", low, weight);
  }
  return out;
}

}  // namespace

base::Result<DoseReport> dose_report(const Guideline& guideline, const fhir::Record& record,
                                     const DoseRequest& request) {
  if (auto checked = refuse_wrong_units(guideline, record); !checked) {
    return std::unexpected(checked.error());
  }
  const ph::Library& library = guideline.pharmacology();
  const ph::Drug* asked = nullptr;
  if (!request.drug.empty()) {
    asked = library.find_drug(request.drug);
    if (asked == nullptr) {
      std::string known;
      for (const ph::Drug& drug : library.drugs) known += (known.empty() ? "" : ", ") + drug.name;
      return base::fail(base::ErrorCode::kNotFound, "'" + request.drug + "' is not dosed by level",
                        "--drug", {}, known);
    }
  }
  Reader read(guideline, record, request.as_of);
  auto given = read_all(guideline, read);
  if (!given) return std::unexpected(given.error());
  double first = 0;
  for (const auto& [atc, drug_record] : given->by_atc) {
    if (library.find_drug(atc) == nullptr) continue;
    for (const auto& dose : drug_record.doses) {
      if (dose.dose.at_h < first) first = dose.dose.at_h;
    }
  }
  shift(*given, -first);

  DoseReport out;
  out.patient = record.patient() != nullptr ? record.patient()->reference() : std::string();
  out.as_of = request.as_of;
  out.origin = base::from_epoch_ms(base::epoch_ms(request.as_of, request.as_of.offset_minutes) +
                                       static_cast<std::int64_t>(std::llround(first * 3.6e6)),
                                   request.as_of.offset_minutes);
  out.guideline = guideline.id + " " + guideline.version;
  out.guideline_hash = guideline.hash;
  out.tables_version = library.version;
  out.kidney = ph::kidney_report(library, given->person);

  std::vector<const ph::Drug*> drugs;
  for (const ph::Drug& drug : library.drugs) {
    if (asked != nullptr ? &drug == asked : given->by_atc.contains(drug.atc))
      drugs.push_back(&drug);
  }
  bool dialysis = false;
  if (guideline.haemodialysis) {
    auto value = read.evaluation().value(*guideline.haemodialysis);
    if (!value) return std::unexpected(value.error());
    dialysis = value->is_true();
  }
  const auto weight_input = library.input("WT");
  double weight = kUnknown;
  if (weight_input && !given->person.inputs[*weight_input].empty()) {
    weight = given->person.inputs[*weight_input].back().value;
  }
  std::set<const DoseRow*> rows;
  for (const ph::Drug* drug : drugs) {
    if (const DoseRow* row = guideline.find_dose(drug->dose_row)) {
      if (rows.insert(row).second) {
        out.table.push_back(table_line(*row, out.kidney, dialysis, weight));
      }
    }
    const auto found = given->by_atc.find(drug->atc);
    out.drugs.push_back(
        ph::assess(library, *drug, given->person,
                   found == given->by_atc.end() ? ph::DrugRecord{} : found->second));
  }
  for (const auto& [atc, drug_record] : given->by_atc) {
    if (asked == nullptr && library.find_drug(atc) == nullptr) out.not_dosed.push_back(atc);
  }
  return out;
}

namespace {

base::Result<std::vector<std::string>> derived_exposure(const Guideline& guideline,
                                                        const fhir::Record& record,
                                                        const base::DateTime& as_of) {
  std::vector<std::string> none;
  if (guideline.pharmacology().drugs.empty()) return none;
  if (record.of_type(fhir::type_id("MedicationAdministration")).empty()) return none;
  auto report = dose_report(guideline, record, {as_of, {}});
  if (!report) return std::unexpected(report.error());
  // An exposure without a level is the population's, not this person's: it changes no plan.
  std::erase_if(report->drugs, [](const ph::Assessment& drug) { return drug.prior_only; });
  return dose_observations(*report, true);
}

}  // namespace

base::Result<std::optional<fhir::Record>> enrich(const Guideline& guideline,
                                                 const fhir::Record& record,
                                                 const base::DateTime& as_of) {
  auto derived = derived_exposure(guideline, record, as_of);
  if (!derived) return std::unexpected(derived.error());
  auto susceptibility = derived_susceptibility(guideline, record, as_of);
  if (!susceptibility) return std::unexpected(susceptibility.error());
  for (auto& one : *susceptibility) derived->push_back(std::move(one));
  if (derived->empty()) return std::optional<fhir::Record>();
  auto out = record.with(*derived);
  if (!out) return std::unexpected(out.error());
  return *std::move(out);
}

std::string moment(const DoseReport& report, double hour) {
  const std::int64_t ms = base::epoch_ms(report.origin, report.origin.offset_minutes) +
                          static_cast<std::int64_t>(std::llround(hour * 60)) * 60000;
  base::DateTime at = base::from_epoch_ms(ms, report.as_of.offset_minutes);
  at.precision = base::Precision::kSecond;
  return base::format_date_time(at);
}

}  // namespace nidus::pathway
