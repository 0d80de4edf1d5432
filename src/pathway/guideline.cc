// SPDX-License-Identifier: Apache-2.0
#include "pathway/guideline.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <future>
#include <numeric>
#include <set>

#include "base/json_read.h"
#include "base/json_writer.h"
#include "base/packed_json.h"

namespace nidus::pathway {

namespace dom = simdjson::dom;
using base::for_each;
using base::PackedJson;
using base::text_at;
using base::text_of;
using base::texts_at;

const char* word(Group group) {
  switch (group) {
    case Group::kNow:
      return "now";
    case Group::kNext:
      return "next";
    case Group::kWatch:
      return "watch";
    case Group::kAvoid:
      return "avoid";
  }
  return "";
}

namespace {

// "30 min", "4 h", "7 d", "2 wk" -> minutes.
std::optional<std::int64_t> minutes_of(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit == "min") return count;
  if (unit == "h") return count * 60;
  if (unit == "d") return count * 60 * 24;
  if (unit == "wk") return count * 60 * 24 * 7;
  return std::nullopt;
}

std::unexpected<base::Error> not_json(simdjson::error_code error, std::string_view source) {
  return base::fail(base::ErrorCode::kBadGuideline,
                    std::string("not JSON: ") + simdjson::error_message(error), std::string(source),
                    {}, "a guideline.json made by `make guideline`");
}

constexpr const char* kLibraries = "libraries";
constexpr const char* kValueSets = "valueSets";
constexpr const char* kPharmacology = "pharmacology";  // as the text of a JSON object
constexpr const char* kMicrobiology = "microbiology";
constexpr const char* kRest = "rest";          // the other members, as the text of a JSON object
constexpr const char* kFindings = "findings";  // of the libraries, once they were compiled

bool is_packed_part(std::string_view member) {
  return member == kLibraries || member == kValueSets || member == kPharmacology ||
         member == kMicrobiology;
}

// What programs are made of, and what is read when it is asked for.
// REQUIRES: an object is open in `packer`.
void pack_parts(dom::element root, base::Packer& packer) {
  dom::element value;
  for (const char* name : {kLibraries, kValueSets, kMicrobiology}) {
    if (root[name].get(value) != simdjson::SUCCESS) continue;
    packer.name(name);
    packer.add(value);
  }
  if (root[kPharmacology].get(value) == simdjson::SUCCESS) {
    packer.name(kPharmacology);
    packer.add(simdjson::minify(value));
  }
}

// REQUIRES: an object is open in `packer`.
void pack_findings(const cql::Findings& findings, base::Packer& packer) {
  packer.name(kFindings);
  const auto object = packer.open_object();
  packer.name("fixed");
  packer.add(findings.fixed);
  packer.name("remembered");
  packer.add(findings.remembered);
  packer.name("needed");
  packer.add(findings.needed);
  packer.name("codeIndexes");
  packer.add(std::to_string(findings.code_indexes));
  packer.close_object(object);
}

cql::Findings findings_of(const PackedJson& packed) {
  cql::Findings out{.fixed = std::string(text_at(packed, "fixed")),
                    .remembered = std::string(text_at(packed, "remembered")),
                    .needed = std::string(text_at(packed, "needed"))};
  const auto count = text_at(packed, "codeIndexes");
  std::from_chars(count.data(), count.data() + count.size(), out.code_indexes);
  return out;
}

Coding coding_of(dom::element code) {
  return {text_at(code, "system"), text_at(code, "code"), text_at(code, "display")};
}

}  // namespace

// Reads one guideline.json; collects every problem, so that an author sees all of them at once.
class GuidelineLoader {
 public:
  base::Result<Guideline> load(std::string_view json, std::string_view source);
  base::Result<Guideline> load_packed(const PackedJson& packed, std::string_view source);

 private:
  // What needs no definition, and so can be read while the program is compiled.
  struct Unlinked {
    std::map<std::string, Evidence, std::less<>> evidence;
    std::map<std::string, std::string, std::less<>> sources;
    std::map<std::string, DoseRow, std::less<>> doses;
    std::vector<std::string> problems;
  };
  static Unlinked read_unlinked(dom::element root);

  base::Result<void> load_all(dom::element root, const cql::Program& program,
                              const std::function<Unlinked()>& read);
  void load_value_sets(const PackedJson& entries);
  base::Result<Guideline> finished(base::Result<cql::Program> program, base::Result<void> loaded,
                                   std::string_view source);
  void load_facts(dom::element root);
  void load_recommendations(dom::element root);
  Recommendation recommendation_of(dom::element entry);
  void load_stops(dom::element root);
  void load_interactions(dom::element root);
  void load_barred(dom::element root);
  void load_screening(dom::element root);
  void load_tables(dom::element root);
  void load_plan_parts(dom::element root);
  void keep_for_later(const PackedJson& parts);
  // What was packed was checked before.
  void check_all();
  void check_references();
  void check_pharmacology();

  void problem(std::string text) { problems_.push_back(std::move(text)); }
  cql::DefinitionId define_of(std::string_view name, const std::string& where);
  cql::DefinitionId boolean_of(std::string_view name, const std::string& where);
  Template template_of(std::string_view text, const std::string& where);

  Guideline guideline_;
  const cql::Program* program_ = nullptr;  // whose definitions can be found
  std::vector<std::string> problems_;
};

cql::DefinitionId GuidelineLoader::define_of(std::string_view name, const std::string& where) {
  if (const auto id = program_->find(name)) return *id;
  problem(where + ": no definition is named '" + std::string(name) + "'");
  return 0;
}

cql::DefinitionId GuidelineLoader::boolean_of(std::string_view name, const std::string& where) {
  const auto before = problems_.size();
  const auto id = define_of(name, where);
  if (problems_.size() == before && !program_->is_boolean(id)) {
    problem(where + ": '" + std::string(name) + "' is not Boolean");
  }
  return id;
}

Template GuidelineLoader::template_of(std::string_view text, const std::string& where) {
  Template out;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      out.parts.push_back({std::string(text), std::nullopt});
      break;
    }
    if (open > 0) out.parts.push_back({std::string(text.substr(0, open)), std::nullopt});
    out.parts.push_back({{}, define_of(text.substr(open + 1, close - open - 1), where)});
    text.remove_prefix(close + 1);
  }
  return out;
}

void GuidelineLoader::load_value_sets(const PackedJson& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const PackedJson entry = entries.at(i);
    std::vector<std::string> units;
    for_each(entry, "units", [&](const PackedJson& unit) { units.push_back(unit.written()); });
    std::vector<cql::ValueSetCode> codes;
    for_each(entry, "codes", [&](const PackedJson& code) {
      guideline_.reading.codes.emplace(text_at(code, "code"), text_at(code, "system"));
      if (units.empty()) return;
      codes.push_back({std::string(text_at(code, "system")), std::string(text_at(code, "code")),
                       std::string(text_at(code, "display"))});
    });
    if (units.empty()) continue;
    guideline_.measures.push_back(
        {std::string(text_at(entry, "name")), std::move(units), std::move(codes)});
  }
}

void GuidelineLoader::load_facts(dom::element root) {
  for_each(root, "facts", [&](dom::element entry) {
    Fact fact;
    fact.id = text_at(entry, "id");
    const std::string define = text_at(entry, "define");
    fact.define = define_of(define, "fact " + fact.id);
    fact.label = text_at(entry, "label");
    fact.unit = text_at(entry, "unit");
    fact.learn = text_at(entry, "learn");
    fact.owner = text_at(entry, "owner");
    fact.alternatives = texts_at(entry, "alternatives");
    fact.type = program_->result_type(fact.define);
    guideline_.fact_by_define_[fact.define] = guideline_.facts.size();
    guideline_.facts.push_back(std::move(fact));
  });
  const auto& facts = guideline_.facts;
  auto& by_id = guideline_.facts_by_id_;
  by_id.resize(facts.size());
  std::iota(by_id.begin(), by_id.end(), std::size_t{0});
  std::sort(by_id.begin(), by_id.end(),
            [&](std::size_t a, std::size_t b) { return facts[a].id < facts[b].id; });
  dom::element reading;
  if (root["reading"].get(reading) == simdjson::SUCCESS) {
    guideline_.reading.words_library = text_at(reading, "words");
    guideline_.reading.parts = text_at(reading, "parts");
    for (const auto& name : texts_at(reading, "rows")) {
      guideline_.reading.rows.push_back(define_of(name, "reading.rows"));
    }
    for (const auto& name : texts_at(reading, "entries")) {
      guideline_.reading.entries.push_back(define_of(name, "reading.entries"));
    }
    dom::object common;
    if (reading["common"].get(common) == simdjson::SUCCESS) {
      for (const auto [words, definitions] : common) {
        auto& asking = guideline_.reading.common[define_of(words, "reading.common")];
        for (const dom::element definition : definitions.get_array()) {
          asking.insert(define_of(text_of(definition), "reading.common"));
        }
      }
    }
    guideline_.reading.answers = define_of(text_at(reading, "answers"), "reading.answers");
    for (auto& type : texts_at(reading, "types")) guideline_.reading.types.insert(std::move(type));
  }
  for_each(root, "unreadable", [&](dom::element entry) {
    const std::string what = text_at(entry, "what");
    guideline_.unreadable.push_back(
        {define_of(text_at(entry, "define"), "unreadable '" + what + "'"), what});
  });
}

Recommendation GuidelineLoader::recommendation_of(dom::element entry) {
  Recommendation out;
  out.id = text_at(entry, "id");
  const std::string where = "recommendation " + out.id;
  out.title = text_at(entry, "title");
  out.stage = text_at(entry, "stage");
  out.category = text_at(entry, "category");
  const std::string group = text_at(entry, "group");
  if (group == "now") {
    out.group = Group::kNow;
  } else if (group == "next") {
    out.group = Group::kNext;
  } else if (group == "watch") {
    out.group = Group::kWatch;
  } else if (group == "avoid") {
    out.group = Group::kAvoid;
  } else {
    problem(where + ": unknown group '" + group + "'");
  }
  out.action = text_at(entry, "action");
  out.when = boolean_of(text_at(entry, "when"), where);
  for (const auto& name : texts_at(entry, "unless")) out.unless.push_back(boolean_of(name, where));
  out.because = texts_at(entry, "because");
  out.what = template_of(text_at(entry, "do"), where);
  out.reason = text_at(entry, "reason");
  out.not_advised = text_at(entry, "not_advised");
  out.no_option = text_at(entry, "no_option");
  out.owner = text_at(entry, "owner");
  dom::element due;
  if (entry["due"].get(due) == simdjson::SUCCESS) {
    const std::string within = text_at(due, "within");
    out.due.within_minutes = minutes_of(within);
    if (!within.empty() && !out.due.within_minutes) {
      problem(where + ": due.within '" + within + "' is not a count of min, h, d or wk");
    }
    out.due.text = text_at(due, "text");
    const std::string from = text_at(due, "from");
    if (!from.empty()) out.due.from = define_of(from, where);
  }
  dom::element options;
  if (entry["options"].get(options) == simdjson::SUCCESS) {
    out.options.organism_groups = texts_at(options, "organism_group");
    out.options.option_ids = texts_at(options, "option");
    out.options.phases = texts_at(options, "phase");
  }
  out.evidence = texts_at(entry, "evidence");
  out.strength = text_at(entry, "strength");
  out.certainty = text_at(entry, "certainty");
  std::int64_t priority = 13;
  if (entry["priority"].get(priority) == simdjson::SUCCESS) {
    out.priority = static_cast<int>(priority);
  }
  out.replaces = texts_at(entry, "replaces");
  out.conflicts = texts_at(entry, "conflicts");
  dom::element code;
  if (entry["code"].get(code) == simdjson::SUCCESS && code.is_object()) {
    out.code = coding_of(code);
  }
  return out;
}

void GuidelineLoader::load_recommendations(dom::element root) {
  for_each(root, "recommendations", [&](dom::element entry) {
    guideline_.recommendations.push_back(recommendation_of(entry));
  });
  std::sort(guideline_.recommendations.begin(), guideline_.recommendations.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
}

void GuidelineLoader::load_stops(dom::element root) {
  for_each(root, "stops", [&](dom::element entry) {
    Stop stop;
    stop.id = text_at(entry, "id");
    stop.title = text_at(entry, "title");
    stop.when = boolean_of(text_at(entry, "when"), "stop " + stop.id);
    bool caution = false;
    if (entry["caution"].get(caution) == simdjson::SUCCESS) stop.caution = caution;
    bool behind = false;
    if (entry["behind"].get(behind) == simdjson::SUCCESS) stop.behind = behind;
    dom::element remove;
    if (entry["remove"].get(remove) == simdjson::SUCCESS) {
      stop.remove_atc = texts_at(remove, "atc");
      stop.except_atc = texts_at(remove, "except");
      if (const auto agents = text_at(remove, "agents"); !agents.empty()) {
        stop.remove_agents = define_of(agents, "stop " + stop.id);
      }
    }
    stop.text = text_at(entry, "text");
    stop.filled = template_of(stop.text, "stop " + stop.id);
    stop.evidence = texts_at(entry, "evidence");
    guideline_.stops.push_back(std::move(stop));
  });
  std::sort(guideline_.stops.begin(), guideline_.stops.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
}

// A guideline without it checks no pairs; everything else works.
void GuidelineLoader::load_interactions(dom::element root) {
  dom::element part;
  if (root["interactions"].get(part) != simdjson::SUCCESS) return;
  guideline_.taken = define_of(text_at(part, "taken"), "interactions.taken");
  for_each(part, "rows", [&](dom::element entry) {
    guideline_.interactions.push_back({text_at(entry, "id"), text_at(entry, "severity"),
                                       texts_at(entry, "agents"), text_at(entry, "agentRoute"),
                                       texts_at(entry, "partners"), text_at(entry, "partnerRoute"),
                                       text_at(entry, "text")});
  });
}

void GuidelineLoader::load_barred(dom::element root) {
  dom::element part;
  if (root["barred"].get(part) != simdjson::SUCCESS) return;
  BarredWords out{
      text_at(part, "mark"), text_at(part, "no_option"), {}, text_at(part, "none_sure")};
  for_each(part, "names", [&](dom::element entry) {
    out.names.push_back({text_at(entry, "name"), {text_at(entry, "atc")}});
  });
  dom::object classes;
  if (part["classes"].get(classes) == simdjson::SUCCESS) {
    for (const auto [name, atcs] : classes) {
      BarredWords::Named named{std::string(name), {}};
      for (const dom::element atc : atcs) named.atcs.push_back(text_of(atc));
      out.names.push_back(std::move(named));
    }
  }
  guideline_.barred = std::move(out);
}

void GuidelineLoader::load_screening(dom::element root) {
  dom::element part;
  if (root["screening"].get(part) != simdjson::SUCCESS) return;
  Screening& out = guideline_.screening.emplace();
  out.flag = boolean_of(text_at(part, "flag"), "screening.flag");
  if (const auto score = text_at(part, "score"); !score.empty()) {
    out.score = define_of(score, "screening.score");
  }
  out.notes = texts_at(part, "notes");
  for (const auto& id : texts_at(part, "facts")) {
    if (const Fact* fact = guideline_.find_fact(id)) {
      out.facts.push_back(fact);
    } else {
      problem("screening: no fact is named '" + id + "'");
    }
  }
  for_each(part, "tiers", [&](dom::element tier) {
    const std::string id = text_at(tier, "id");
    out.tiers.push_back({id, text_at(tier, "title"),
                         boolean_of(text_at(tier, "when"), "screening tier " + id),
                         texts_at(tier, "evidence")});
  });
  if (out.tiers.empty()) problem("screening: there is no tier");
}

void GuidelineLoader::load_tables(dom::element root) {
  dom::element tables;
  if (root["tables"].get(tables) != simdjson::SUCCESS) return;
  for_each(tables, "regimens", [&](dom::element entry) {
    RegimenOption option;
    option.id = text_at(entry, "option_id");
    const std::string when = text_at(entry, "when");
    if (when.empty()) return;  // without a condition a row is never offered
    option.when = boolean_of(when, "option " + option.id);
    option.note = text_at(entry, "note");
    option.organism_group = text_at(entry, "organism_group");
    option.organism_detail = text_at(entry, "organism_detail");
    option.condition = text_at(entry, "condition");
    option.setting = text_at(entry, "setting");
    option.phase = text_at(entry, "phase");
    option.role = text_at(entry, "role");
    option.duration_default = text_at(entry, "duration_default");
    option.strength_evidence = text_at(entry, "strength_evidence");
    const std::string rank = text_at(entry, "rank");
    std::from_chars(rank.data(), rank.data() + rank.size(), option.rank);
    for_each(entry, "components", [&](dom::element part) {
      option.components.push_back(
          {text_at(part, "reg_id"), text_at(part, "agent"), text_at(part, "atc"),
           text_at(part, "route"), text_at(part, "dose"), text_at(part, "interval"),
           text_at(part, "dose_id"), text_at(part, "notes"), text_at(part, "verification")});
    });
    guideline_.options.push_back(std::move(option));
  });
  std::stable_sort(guideline_.options.begin(), guideline_.options.end(),
                   [](const auto& a, const auto& b) { return a.rank < b.rank; });
}

GuidelineLoader::Unlinked GuidelineLoader::read_unlinked(dom::element root) {
  Unlinked out;
  dom::object entries;
  if (root["evidence"].get(entries) == simdjson::SUCCESS) {
    for (auto [key, entry] : entries) {
      out.evidence.emplace(
          std::string(key),
          Evidence{std::string(key), text_at(entry, "text"), text_at(entry, "file"),
                   text_at(entry, "mark"), texts_at(entry, "sources"), text_at(entry, "conflict")});
    }
  }
  dom::object sources;
  if (root["sources"].get(sources) == simdjson::SUCCESS) {
    for (auto [key, entry] : sources) {
      std::string citation = entry.is_object() ? text_at(entry, "citation") : text_of(entry);
      out.sources.emplace(std::string(key), std::move(citation));
    }
  }
  dom::object rows;
  if (root["tables"]["dosing"].get(rows) != simdjson::SUCCESS) return out;
  for (auto [key, entry] : rows) {
    DoseRow row;
    row.id = std::string(key);
    row.agent = text_at(entry, "agent");
    row.atc = text_at(entry, "atc");
    row.route = text_at(entry, "route");
    row.continuous_replacement = text_at(entry, "crrt_dose");
    row.target = text_at(entry, "tdm_target");
    row.haemodialysis = text_at(entry, "ihd");
    if (row.haemodialysis.empty()) row.haemodialysis = text_at(entry, "ihd_dose");
    row.standard = text_at(entry, "standard_adult_dose_spine");
    row.loading = text_at(entry, "loading_dose");
    row.weight_basis = text_at(entry, "weight_basis");
    row.highest = text_at(entry, "max_dose");
    row.high_for_increased = text_at(entry, "highForI");
    row.hepatic = text_at(entry, "hepatic_note");
    row.monitoring = text_at(entry, "monitoring_labs");
    row.renal_conflict = text_at(entry, "renal_conflict");
    row.verification = text_at(entry, "verification");
    for_each(entry, "bands", [&](dom::element band) {
      const auto from = base::Decimal::parse(text_at(band, "from"));
      if (!from) {
        out.problems.push_back("dose " + row.id + ": a renal band without a lower end");
        return;
      }
      row.bands.push_back(
          {*from, base::Decimal::parse(text_at(band, "to")), text_at(band, "text")});
    });
    out.doses.emplace(row.id, std::move(row));
  }
  return out;
}

void GuidelineLoader::load_plan_parts(dom::element root) {
  dom::object roles;
  if (root["roles"].get(roles) == simdjson::SUCCESS) {
    for (auto [key, name] : roles) guideline_.roles_.emplace(std::string(key), text_of(name));
  }
  for_each(root, "headline", [&](dom::element entry) {
    guideline_.headline.push_back({boolean_of(text_at(entry, "when"), "headline"),
                                   template_of(text_at(entry, "text"), "headline")});
  });
  if (const std::string name = text_at(root, "increasedExposure"); !name.empty()) {
    guideline_.increased_exposure = define_of(name, "increasedExposure");
  }
  std::uint64_t shown = 0;
  if (root["optionsShown"].get(shown) == simdjson::SUCCESS) guideline_.options_shown = shown;
  load_barred(root);
  dom::element local;
  if (root["local"].get(local) == simdjson::SUCCESS) {
    dom::element resistance;
    dom::element formulary;
    if (local["resistance"].get(resistance) == simdjson::SUCCESS &&
        local["formulary"].get(formulary) == simdjson::SUCCESS) {
      guideline_.local = LocalCodes{coding_of(resistance), coding_of(formulary)};
    }
  }
  dom::element kidney;
  if (root["kidney"].get(kidney) == simdjson::SUCCESS) {
    const std::string clearance = text_at(kidney, "clearance");
    if (!clearance.empty()) guideline_.creatinine_clearance = define_of(clearance, "kidney");
    const std::string least = text_at(kidney, "clearance_least");
    if (!least.empty()) guideline_.clearance_least = define_of(least, "kidney");
    const std::string most = text_at(kidney, "clearance_most");
    if (!most.empty()) guideline_.clearance_most = define_of(most, "kidney");
    const std::string dialysis = text_at(kidney, "haemodialysis");
    if (!dialysis.empty()) guideline_.haemodialysis = boolean_of(dialysis, "kidney");
    const std::string continuous = text_at(kidney, "continuous");
    if (!continuous.empty()) guideline_.continuous_replacement = boolean_of(continuous, "kidney");
    const std::string other = text_at(kidney, "other_dialysis");
    if (!other.empty()) guideline_.other_dialysis = define_of(other, "kidney");
  }
}

void GuidelineLoader::check_references() {
  std::set<std::string, std::less<>> ids;
  for (const auto& entry : guideline_.recommendations) {
    if (!ids.insert(entry.id).second) problem("recommendation " + entry.id + " stands twice");
    if (entry.evidence.empty()) problem("recommendation " + entry.id + " has no evidence");
    for (const auto& fact : entry.because) {
      if (guideline_.find_fact(fact) == nullptr) {
        problem("recommendation " + entry.id + ": no fact is named '" + fact + "'");
      }
    }
    for (const auto& evidence : entry.evidence) {
      if (guideline_.find_evidence(evidence) == nullptr) {
        problem("recommendation " + entry.id + ": unknown evidence '" + evidence + "'");
      }
    }
  }
  for (const auto& entry : guideline_.recommendations) {
    for (const auto* list : {&entry.replaces, &entry.conflicts}) {
      for (const auto& other : *list) {
        if (!ids.contains(other)) {
          problem("recommendation " + entry.id + ": no recommendation '" + other + "'");
        }
      }
    }
  }
}

base::Result<Guideline> GuidelineLoader::finished(base::Result<cql::Program> program,
                                                  base::Result<void> loaded,
                                                  std::string_view source) {
  if (loaded && !program) loaded = std::unexpected(program.error());
  if (!loaded) {
    if (loaded.error().resource.empty()) loaded.error().resource = source;
    return std::unexpected(loaded.error());
  }
  if (!problems_.empty()) {
    std::string all;
    for (const auto& text : problems_) all += (all.empty() ? "" : "\n  ") + text;
    return base::fail(base::ErrorCode::kBadGuideline, all, std::string(source));
  }
  guideline_.program_ = std::make_unique<cql::Program>(*std::move(program));
  return std::move(guideline_);
}

base::Result<Guideline> GuidelineLoader::load(std::string_view json, std::string_view source) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS) {
    return not_json(error, source);
  }
  base::Packer packer(base::Share::kNames);
  const auto object = packer.open_object();
  pack_parts(root, packer);
  packer.close_object(object);
  guideline_.packed_ = std::move(packer).bytes();
  const PackedJson parts{guideline_.packed_};
  load_value_sets(parts[kValueSets]);
  keep_for_later(parts);
  base::Result<void> loaded;
  auto program =
      cql::Program::compile(parts[kLibraries], parts[kValueSets], [&](const cql::Program& names) {
        loaded = load_all(root, names, [&] { return read_unlinked(root); });
        if (loaded) check_all();
      });
  return finished(std::move(program), std::move(loaded), source);
}

base::Result<Guideline> GuidelineLoader::load_packed(const PackedJson& packed,
                                                     std::string_view source) {
  keep_for_later(packed);
  // Read by another thread, in the order in which it is wanted. Breakpoints come last: a plan asks
  // for them first of all, if at all, and nobody here waits for them.
  dom::parser parser;
  std::promise<base::Result<dom::element>> parsed;
  std::promise<Unlinked> read;
  auto unlinked = read.get_future();
  guideline_.later_->reading = std::jthread([&, read = std::move(read), text = packed[kRest].text(),
                                             later = guideline_.later_.get()]() mutable {
    dom::element root;
    if (const auto error = parser.parse(text.data(), text.size()).get(root);
        error != simdjson::SUCCESS) {
      parsed.set_value(not_json(error, source));
      return;
    }
    parsed.set_value(root);
    auto out = read_unlinked(root);
    load_value_sets(packed[kValueSets]);
    read.set_value(std::move(out));
    if (!later->microbiology_text.is_null()) later->read_microbiology();
  });
  auto program =
      cql::Program::open(packed[kLibraries], packed[kValueSets], findings_of(packed[kFindings]));
  const auto root = parsed.get_future().get();
  if (!program || !root) {
    guideline_.later_->reading.join();
    return finished(std::move(program), root ? base::Result<void>() : std::unexpected(root.error()),
                    source);
  }
  auto loaded = load_all(*root, *program, [&] { return unlinked.get(); });
  if (!loaded) guideline_.later_->reading.join();  // else it is done with what is here
  return finished(std::move(program), std::move(loaded), source);
}

base::Result<void> GuidelineLoader::load_all(dom::element root, const cql::Program& program,
                                             const std::function<Unlinked()>& read) {
  program_ = &program;
  if (text_at(root, "format") != "nidus-guideline/1") {
    return base::fail(base::ErrorCode::kBadGuideline, "not a guideline this program can read", {},
                      "format", "\"nidus-guideline/1\"");
  }
  guideline_.id = text_at(root, "id");
  guideline_.version = text_at(root, "version");
  guideline_.title = text_at(root, "title");
  guideline_.hash = text_at(root, "hash");
  load_facts(root);
  load_recommendations(root);
  load_stops(root);
  load_interactions(root);
  load_screening(root);
  load_tables(root);
  load_plan_parts(root);
  auto unlinked = read();
  guideline_.evidence_ = std::move(unlinked.evidence);
  guideline_.source_citations = std::move(unlinked.sources);
  guideline_.doses_ = std::move(unlinked.doses);
  for (const auto& text : unlinked.problems) problem(text);
  return {};
}

void GuidelineLoader::keep_for_later(const PackedJson& parts) {
  guideline_.later_->pharmacology_text = parts[kPharmacology];
  guideline_.later_->microbiology_text = parts[kMicrobiology];
}

void GuidelineLoader::check_all() {
  check_references();
  check_pharmacology();
}

void GuidelineLoader::check_pharmacology() {
  const auto& library = guideline_.pharmacology_or_error();
  if (!library) return problem(library.error().to_string());
  for (const pharmacology::Input& input : library->inputs) define_of(input.define, input.id);
}

base::Result<const microbiology::Library*> Guideline::microbiology() const {
  if (!has_microbiology()) return nullptr;
  const auto& loaded = later_->read_microbiology();
  if (!loaded) return std::unexpected(loaded.error());
  return &*loaded;
}

const base::Result<microbiology::Library>& Guideline::Later::read_microbiology() {
  std::call_once(microbiology_once, [&] {
    microbiology = microbiology::Library::load(text_at(microbiology_text, "text"),
                                               text_at(microbiology_text, "version"));
  });
  return *microbiology;
}

// A guideline without it doses nothing; everything else works.
const base::Result<pharmacology::Library>& Guideline::pharmacology_or_error() const {
  std::call_once(later_->pharmacology_once, [&] {
    later_->pharmacology =
        later_->pharmacology_text.is_null()
            ? pharmacology::Library()
            : pharmacology::Library::load(later_->pharmacology_text.text(), kPharmacology);
  });
  return *later_->pharmacology;
}

const pharmacology::Library& Guideline::pharmacology() const {
  return pharmacology_or_error().value();
}

base::Result<Guideline> Guideline::load(std::string_view json, std::string_view source) {
  return GuidelineLoader().load(json, source);
}

base::Result<Guideline> Guideline::load_packed(std::span<const std::uint8_t> packed,
                                               std::string_view source) {
  return GuidelineLoader().load_packed(PackedJson(packed), source);
}

base::Result<std::vector<std::uint8_t>> Guideline::pack(std::string_view json,
                                                        const cql::Findings& findings,
                                                        std::string_view source) {
  dom::parser parser;
  dom::element root;
  dom::object members;
  auto error = parser.parse(json.data(), json.size()).get(root);
  if (error == simdjson::SUCCESS) error = root.get(members);
  if (error != simdjson::SUCCESS) return not_json(error, source);
  base::Packer packer(base::Share::kTexts);
  const auto object = packer.open_object();
  // The rest is read once and whole, which a parser does as fast.
  base::JsonWriter rest;
  rest.begin_object();
  for (const auto [name, value] : members) {
    if (!is_packed_part(name)) rest.key(name).raw(simdjson::minify(value));
  }
  rest.end_object();
  packer.name(kRest);
  packer.add(rest.text());
  pack_parts(root, packer);
  pack_findings(findings, packer);
  packer.close_object(object);
  return std::move(packer).bytes();
}

const Recommendation* Guideline::find_recommendation(std::string_view wanted) const {
  const auto at =
      std::lower_bound(recommendations.begin(), recommendations.end(), wanted,
                       [](const Recommendation& r, std::string_view key) { return r.id < key; });
  return at != recommendations.end() && at->id == wanted ? &*at : nullptr;
}

const Fact* Guideline::find_fact(std::string_view wanted) const {
  const auto at = std::lower_bound(
      facts_by_id_.begin(), facts_by_id_.end(), wanted,
      [&](std::size_t fact, std::string_view key) { return facts[fact].id < key; });
  return at != facts_by_id_.end() && facts[*at].id == wanted ? &facts[*at] : nullptr;
}

const Fact* Guideline::fact_of(cql::DefinitionId define) const {
  const auto at = fact_by_define_.find(define);
  return at == fact_by_define_.end() ? nullptr : &facts[at->second];
}

const Evidence* Guideline::find_evidence(std::string_view wanted) const {
  const auto at = evidence_.find(wanted);
  return at == evidence_.end() ? nullptr : &at->second;
}

const DoseBand* DoseRow::band_at(const base::Decimal& clearance) const {
  const auto at = std::find_if(bands.begin(), bands.end(), [&](const DoseBand& band) {
    return !(clearance < band.from) && (!band.to || clearance < *band.to);
  });
  return at == bands.end() ? nullptr : &*at;
}

const DoseRow* Guideline::find_dose(std::string_view wanted) const {
  const auto at = doses_.find(wanted);
  return at == doses_.end() ? nullptr : &at->second;
}

std::string Guideline::role_name(std::string_view role) const {
  const auto at = roles_.find(role);
  return at == roles_.end() ? std::string(role) : at->second;
}

}  // namespace nidus::pathway
