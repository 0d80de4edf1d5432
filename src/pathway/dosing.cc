// SPDX-License-Identifier: Apache-2.0
#include "pathway/dosing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "pathway/dose_table.h"
#include "pathway/interpretation.h"
#include "pathway/plan.h"
#include "pathway/tuple_reader.h"

namespace nidus::pathway {

namespace ph = pharmacology;

namespace {

using Reader = TupleReader;

struct Given {
  std::map<std::string, ph::DrugRecord, std::less<>> by_atc;
  ph::Person person;
};

ph::GivenDose given_dose(const Reader& read, const cql::Tuple& tuple) {
  ph::GivenDose out;
  out.resource = read.resource(tuple);
  out.assumed = read.assumed(tuple);
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
  if (std::isnan(start)) missing("a time of day");
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
    if (!std::isfinite(level.level.at_h)) {
      level.missing = "the time of day its sample was drawn";
    } else if (Reader::truth(tuple, "above")) {
      level.missing = "a value: it is above the limit of the assay";
    } else if (!(level.level.mg_per_l > 0)) {
      level.missing = "a value above zero in a unit that is understood";
    }
    level.resource = read.resource(tuple);
    level.assumed = read.assumed(tuple);
    out.by_atc[Reader::text(tuple, "atc")].levels.push_back(std::move(level));
  }
  auto harms = read.list("Dosing.Harms");
  if (!harms) return std::unexpected(harms.error());
  for (const cql::Value& value : *harms) {
    const cql::Tuple& tuple = value.as_tuple();
    const auto found = out.by_atc.find(Reader::text(tuple, "atc"));
    if (found == out.by_atc.end()) continue;
    found->second.harms.push_back({Reader::text(tuple, "text"), read.resource(tuple)});
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
  auto sessions = read.list("Dosing.Dialysis Sessions");
  if (!sessions) return std::unexpected(sessions.error());
  for (const cql::Value& value : *sessions) {
    const cql::Tuple& tuple = value.as_tuple();
    ph::Session session{read.hours(tuple, "start"), read.hours(tuple, "stop"),
                        Reader::truth(tuple, "continuous"), read.resource(tuple)};
    if (std::isnan(session.to_h)) session.to_h = 0;  // it runs
    out.person.sessions.push_back(std::move(session));
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
  for (auto& session : given.person.sessions) {
    session.from_h += by;
    session.to_h += by;
  }
}

// MICs of one agent, by drug.
base::Result<void> read_mics(const Guideline& guideline, const fhir::Record& record, Given& given) {
  const auto microbiology = guideline.microbiology();
  if (!microbiology) return std::unexpected(microbiology.error());
  if (*microbiology == nullptr) return {};
  InterpretReport found;
  found.library = *microbiology;
  found.table = &found.library->tables.front();
  read_isolates(*found.library, *found.table, record, found);
  for (const ReadIsolate& isolate : found.isolates) {
    for (const microbiology::Test& test : isolate.isolate.tests) {
      if (!test.measured || test.measured->method != microbiology::Method::kMic) continue;
      const std::string& atc = found.library->agents[test.agent].atc;
      const auto record_of = given.by_atc.find(atc);
      if (record_of == given.by_atc.end()) continue;
      constexpr double kNoEnd = std::numeric_limits<double>::infinity();
      ph::MeasuredMic mic{test.measured->value,  test.measured->value, test.measured_text,
                          isolate.organism_text, test.source,          {}};
      switch (test.measured->comparator) {
        case microbiology::Comparator::kExact:
          break;
        case microbiology::Comparator::kLess:
        case microbiology::Comparator::kAtMost:
          mic.low = 0;
          break;
        case microbiology::Comparator::kAtLeast:
          mic.low = std::nextafter(mic.low, 0);
          mic.high = kNoEnd;
          break;
        case microbiology::Comparator::kMore:
          mic.high = kNoEnd;
          break;
      }
      auto& kept = record_of->second.mic;
      const auto in_words = [](const ph::MeasuredMic& one) {
        return one.text + " of " + one.organism + " (" + one.resource + ")";
      };
      if (!kept) {
        kept = std::move(mic);
        continue;
      }
      // The one that is hardest to reach counts.
      const bool harder = std::pair(mic.high, mic.low) > std::pair(kept->high, kept->low);
      std::vector<std::string> others = std::move(kept->others);
      others.push_back(in_words(harder ? *kept : mic));
      if (harder) kept = std::move(mic);
      kept->others = std::move(others);
    }
  }
  return {};
}

// What a definition says; nullopt when it is unknown.
base::Result<std::optional<bool>> said(Reader& read, const std::optional<cql::DefinitionId>& id) {
  if (!id) return std::optional<bool>();
  auto value = read.evaluation().value(*id);
  if (!value) return std::unexpected(value.error());
  if (!value->is(cql::Kind::kBoolean)) return std::optional<bool>();
  return std::optional(value->is_true());
}

base::Result<DosePerson> dose_person(const Guideline& guideline, Reader& read, const Given& given,
                                     const ph::KidneyReport& kidney) {
  const ph::Library& library = guideline.pharmacology();
  DosePerson out;
  out.inputs = ph::plausible_inputs_at(library, given.person, given.person.now_h);
  const auto on = [&](std::string_view id) {
    const auto input = library.input(id);
    return input && out.inputs[*input] > 0;
  };
  if (!kidney.lines.empty()) out.clearance = kidney.lines.front().value;
  auto dialysis = said(read, guideline.haemodialysis);
  if (!dialysis) return std::unexpected(dialysis.error());
  out.haemodialysis = dialysis->value_or(false) || on("DIALYSIS");
  out.continuous_replacement = on("CRRT");
  out.peritoneal_dialysis = on("PD");
  out.prolonged_dialysis = on("PIRRT");
  auto liver = read.list("Dosing.Liver");
  if (!liver) return std::unexpected(liver.error());
  for (const cql::Value& value : *liver) {
    const cql::Value cirrhosis = value.as_tuple().get("cirrhosis");
    if (cirrhosis.is(cql::Kind::kBoolean)) out.cirrhosis = cirrhosis.is_true();
    out.child_pugh = Reader::text(value.as_tuple(), "childPugh");
  }
  return out;
}

// "Observation/level-2 of 2025-03-06T08:00:00+01:00": doses and levels after the moment of judging.
base::Result<std::vector<std::string>> later_entries(const Guideline& guideline,
                                                     const DoseRequest& request) {
  std::vector<std::string> out;
  if (request.whole == nullptr) return out;
  // Judged when everything in the record is past.
  constexpr int kYearsOn = 100;
  constexpr int kLastYear = 9999;
  base::DateTime end = request.as_of;
  end.year = static_cast<decltype(end.year)>(std::min(end.year + kYearsOn, kLastYear));
  if (end.month == 2 && end.day == 29) end.day = 28;
  Reader read(guideline, *request.whole, end);
  const auto limit = base::epoch_ms(request.as_of, request.as_of.offset_minutes);
  for (const auto& [define, time, what] :
       {std::tuple{"Dosing.Doses", "start", "dose"}, std::tuple{"Dosing.Levels", "at", "level"}}) {
    const auto entries = read.list(define);
    if (!entries) return std::unexpected(entries.error());
    for (const cql::Value& value : *entries) {
      const ph::Drug* drug =
          guideline.pharmacology().find_drug(Reader::text(value.as_tuple(), "atc"));
      if (drug == nullptr) continue;
      const cql::Value at = value.as_tuple().get(time);
      if (!at.is(cql::Kind::kDateTime)) continue;
      if (base::epoch_ms(at.as_date_time(), request.as_of.offset_minutes) <= limit) continue;
      base::DateTime shown = at.as_date_time();
      shown.precision = std::min(shown.precision, base::Precision::kMinute);
      out.push_back(drug->name + " " + what + " of " + base::format_date_time(shown) + " (" +
                    read.resource(value.as_tuple()) + ")");
    }
  }
  return out;
}

base::Result<std::vector<std::string>> remarks(const Guideline& guideline, Reader& read,
                                               const DoseRequest& request) {
  std::vector<std::string> out;
  auto said = read.list("Dosing.Remarks");
  if (!said) return std::unexpected(said.error());
  for (const cql::Value& value : *said) {
    if (value.is(cql::Kind::kString)) out.emplace_back(value.as_string());
  }
  auto later = later_entries(guideline, request);
  if (!later) return std::unexpected(later.error());
  if (!later->empty()) {
    std::string list;
    for (const auto& one : *later) list += (list.empty() ? "" : "; ") + one;
    out.push_back("Not counted, for it is later than the moment of judging: " + list + ".");
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
  if (asked != nullptr) out.only_atc = asked->atc;
  auto first_words = remarks(guideline, read, request);
  if (!first_words) return std::unexpected(first_words.error());
  out.remarks = *std::move(first_words);
  out.kidney = ph::kidney_report(library, given->person);

  std::vector<const ph::Drug*> drugs;
  for (const ph::Drug& drug : library.drugs) {
    if (asked != nullptr ? &drug == asked : given->by_atc.contains(drug.atc))
      drugs.push_back(&drug);
  }
  if (asked != nullptr) given->by_atc.try_emplace(asked->atc);
  if (auto mics = read_mics(guideline, record, *given); !mics) {
    return std::unexpected(mics.error());
  }
  auto person = dose_person(guideline, read, *given, out.kidney);
  if (!person) return std::unexpected(person.error());
  auto taken = read.list("FactsMedicines.Active Atc");
  if (!taken) return std::unexpected(taken.error());
  std::set<std::string, std::less<>> now;
  for (const cql::Value& value : *taken) {
    if (value.is(cql::Kind::kString)) now.emplace(value.as_string());
  }
  // A row speaks for its own preparation.
  auto other = read.list("FactsMedicines.Preparations Without A Row");
  if (!other) return std::unexpected(other.error());
  for (const cql::Value& value : *other) {
    now.erase(std::string(Reader::text(value.as_tuple(), "atc")));
    out.remarks.emplace_back(Reader::text(value.as_tuple(), "text"));
  }
  for (const auto& [id, row] : guideline.doses()) {
    // Rows that join two others repeat them.
    if (id.find('|') != std::string::npos || row.atc.empty()) continue;
    const bool wanted = std::any_of(drugs.begin(), drugs.end(),
                                    [&](const ph::Drug* drug) { return drug->dose_row == id; });
    const bool elsewhere = std::any_of(other->begin(), other->end(), [&](const cql::Value& value) {
      return Reader::text(value.as_tuple(), "atc") == row.atc;
    });
    const bool is_given = !elsewhere && (now.contains(row.atc) || given->by_atc.contains(row.atc));
    if (!wanted && !(asked == nullptr && is_given)) continue;
    out.table.push_back(table_line(library, row, *person));
    out.table.back().given = is_given;
  }
  // Those dosed by level first, in the order of the drugs below.
  const auto place = [&](const DoseTableLine& line) {
    const auto found = std::find_if(drugs.begin(), drugs.end(), [&](const ph::Drug* drug) {
      return drug->dose_row == line.row->id;
    });
    return found - drugs.begin();
  };
  std::stable_sort(out.table.begin(), out.table.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  out.person = std::make_shared<const DosePerson>(*std::move(person));
  for (const ph::Drug* drug : drugs) {
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
  if (!guideline.has_pharmacology()) return none;
  if (record.of_type(fhir::type_id("MedicationAdministration")).empty()) return none;
  // An exposure without a level is the population's, not this person's: it changes no plan.
  Reader read(guideline, record, as_of);
  const auto levels = read.list("Dosing.Levels");
  if (!levels) return std::unexpected(levels.error());
  if (levels->empty()) return none;
  auto report = dose_report(guideline, record, {as_of, {}, nullptr});
  if (!report) return std::unexpected(report.error());
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
