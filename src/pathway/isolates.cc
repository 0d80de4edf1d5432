// SPDX-License-Identifier: Apache-2.0
//
// Cultures as FHIR holds them: an Observation whose value is an organism; its results are its
// components, what is derived from it, its members, or what stands beside it alone in a panel or
// report.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ucum.h"
#include "microbiology/names.h"
#include "pathway/interpretation.h"

namespace nidus::pathway {

namespace mb = microbiology;
using fhir::Node;

namespace {

const Node* at(const Node* node, std::string_view name) {
  return node == nullptr ? nullptr : node->find(fhir::name_id(name));
}
std::string_view text_at(const Node* node, std::string_view name) {
  const Node* found = at(node, name);
  return found == nullptr ? std::string_view() : found->str();
}
std::span<const Node> list_at(const Node* node, std::string_view name) {
  const Node* found = at(node, name);
  if (found == nullptr) return {};
  return found->kind == Node::Kind::kArray ? found->items() : std::span<const Node>(found, 1);
}

// Every name a concept gives: text first, then displays.
std::vector<std::string_view> words_of(const Node* concept_node) {
  std::vector<std::string_view> out;
  if (const auto text = text_at(concept_node, "text"); !text.empty()) out.push_back(text);
  for (const Node& coding : list_at(concept_node, "coding")) {
    if (const auto display = text_at(&coding, "display"); !display.empty()) out.push_back(display);
  }
  return out;
}

// Of a laboratory's own system: letters that may be read as a name. LOINC and SNOMED CT are not.
bool is_own_code(const Node& coding) {
  const auto system = text_at(&coding, "system");
  return system != "http://loinc.org" && system != "http://snomed.info/sct";
}

std::string label_of(const Node* concept_node) {
  const auto words = words_of(concept_node);
  if (!words.empty()) return std::string(words.front());
  for (const Node& coding : list_at(concept_node, "coding")) {
    return std::string(text_at(&coding, "code"));
  }
  return {};
}

bool counts(const fhir::Resource& resource) {
  const auto status = text_at(resource.node, "status");
  return status != "cancelled" && status != "entered-in-error";
}

// "30 ug", "1.25/23.75 mcg", "10 units" somewhere in a text.
std::string disk_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    std::size_t end = i;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' ||
                                 text[end] == '/' || text[end] == '-')) {
      ++end;
    }
    std::size_t unit = end;
    while (unit < text.size() && text[unit] == ' ') ++unit;
    const auto rest = text.substr(unit);
    for (const std::string_view name : {"ug", "mcg", "\u00b5g", "\u03bcg", "unit", "iU", "IU"}) {
      // "ug/mL" is a concentration, no disk.
      if (rest.starts_with(name) && !rest.substr(name.size()).starts_with("/")) {
        return mb::disk_content(text.substr(i, end - i));
      }
    }
    i = end;
  }
  return {};
}

std::string ucum_spelling(std::string_view unit) {
  std::string out(unit);
  for (const std::string_view micro : {"mcg", "\u00b5g", "\u03bcg"}) {
    if (out.starts_with(micro)) out = "ug" + out.substr(micro.size());
  }
  return out;
}

class Reader {
 public:
  Reader(const mb::Library& library, const mb::Table& table, const fhir::Record& record,
         InterpretReport& into)
      : library_(library), table_(table), record_(record), into_(into) {}

  void run();

 private:
  void not_read(const fhir::Resource& resource, std::string path, std::string what,
                std::string why) {
    into_.not_read.push_back(
        {resource.reference(), std::move(path), std::move(what), std::move(why)});
  }
  void index();
  std::optional<mb::NamedOrganism> organism_of(const fhir::Resource& resource,
                                               bool& conflict) const;
  bool is_ours(const fhir::Resource& resource) const;
  bool says_test(const fhir::Resource& resource) const;
  // The isolate a result belongs to; SIZE_MAX when none, with the reason.
  std::size_t isolate_of(const fhir::Resource& resource, std::string& why) const;
  void read_item(const fhir::Resource& resource, const Node& item, const std::string& path,
                 std::optional<std::size_t> isolate);
  std::optional<mb::AgentId> agent_of(const Node* code, bool& conflict) const;
  std::optional<std::size_t> marker_of(const Node* code) const;
  // "Resistance mechanism: ESBL"; false when it is no such heading, or its answer names none.
  bool read_mechanism(const fhir::Resource& resource, const Node& item, const std::string& path,
                      std::optional<std::size_t> isolate);
  void read_value(const fhir::Resource& resource, const Node& item, const std::string& path,
                  mb::Test& test);
  bool measure(const fhir::Resource& resource, const std::string& path, mb::Comparator comparator,
               std::string_view number, double value, std::string_view unit,
               const std::string& context, mb::Test& test);

  const mb::Library& library_;
  const mb::Table& table_;
  const fhir::Record& record_;
  InterpretReport& into_;
  std::map<const Node*, std::size_t> isolate_by_resource_;
  std::map<const Node*, std::vector<const Node*>> above_;  // wholes of a part
  std::map<const Node*, std::vector<const Node*>> below_;
};

bool Reader::is_ours(const fhir::Resource& resource) const {
  for (const Node& coding : list_at(at(resource.node, "method"), "coding")) {
    if (text_at(&coding, "code") == "susceptibility-interpretation") return true;
  }
  return false;
}

std::optional<mb::NamedOrganism> Reader::organism_of(const fhir::Resource& resource,
                                                     bool& conflict) const {
  std::optional<mb::NamedOrganism> by_code;
  std::optional<mb::NamedOrganism> by_name;
  if (const Node* value = at(resource.node, "valueCodeableConcept")) {
    for (const Node& coding : list_at(value, "coding")) {
      const auto found = library_.organism_coded(text_at(&coding, "code"));
      if (found && !by_code) by_code = mb::NamedOrganism{*found, {}, false};
      // A code that also tells a mechanism ("methicillin resistant ...") is read as such a name.
      if (!found && !by_code) by_code = mb::organism_in(library_, text_at(&coding, "code"));
    }
    for (const auto words : words_of(value)) {
      auto found = mb::organism_in(library_, words);
      if (found && !by_name) by_name = std::move(found);
    }
  } else if (const auto text = text_at(resource.node, "valueString"); !text.empty()) {
    by_name = mb::organism_in(library_, text);
  }
  if (!by_code) return by_name;
  if (!by_name) return by_code;
  // The more exact of the two; when neither holds the other they contradict each other.
  if (library_.is_below(by_name->organism, by_code->organism)) {
    if (by_name->markers.empty()) by_name->markers = by_code->markers;
    return by_name;
  }
  if (!by_name->markers.empty()) by_code->markers = by_name->markers;
  if (!library_.is_below(by_code->organism, by_name->organism)) conflict = true;
  return by_code;
}

void Reader::index() {
  static const fhir::TypeId observation = fhir::type_id("Observation");
  const auto link = [&](const fhir::Resource* whole, const fhir::Resource* part) {
    if (whole == nullptr || part == nullptr || whole->node == part->node) return;
    above_[part->node].push_back(whole->node);
    below_[whole->node].push_back(part->node);
  };
  for (const auto& resource : record_.of_type(observation)) {
    for (const Node& member : list_at(resource.node, "hasMember")) {
      link(&resource, record_.resolve(text_at(&member, "reference"), &resource));
    }
    for (const Node& source : list_at(resource.node, "derivedFrom")) {
      link(record_.resolve(text_at(&source, "reference"), &resource), &resource);
    }
  }
  for (const auto& resource : record_.of_type(fhir::type_id("DiagnosticReport"))) {
    if (!counts(resource)) continue;
    for (const Node& result : list_at(resource.node, "result")) {
      link(&resource, record_.resolve(text_at(&result, "reference"), &resource));
    }
  }
}

std::size_t Reader::isolate_of(const fhir::Resource& resource, std::string& why) const {
  constexpr std::size_t kNone = SIZE_MAX;
  std::vector<const Node*> generation = {resource.node};
  std::set<const Node*> seen = {resource.node};
  while (!generation.empty()) {
    std::vector<const Node*> next;
    for (const auto* one : generation) {
      const auto found = above_.find(one);
      if (found == above_.end()) continue;
      for (const auto* whole : found->second) {
        if (seen.insert(whole).second) next.push_back(whole);
      }
    }
    std::set<std::size_t> isolates;
    for (const auto* whole : next) {
      const auto own = isolate_by_resource_.find(whole);
      if (own != isolate_by_resource_.end()) isolates.insert(own->second);
    }
    // Beside it in the same panel or report.
    if (isolates.empty()) {
      for (const auto* whole : next) {
        const auto parts = below_.find(whole);
        if (parts == below_.end()) continue;
        for (const auto* part : parts->second) {
          const auto own = isolate_by_resource_.find(part);
          if (own != isolate_by_resource_.end()) isolates.insert(own->second);
        }
      }
    }
    std::set<mb::OrganismId> organisms;
    for (const std::size_t one : isolates) {
      organisms.insert(into_.isolates[one].isolate.organism);
    }
    if (organisms.size() == 1) return *isolates.begin();
    if (organisms.size() > 1) {
      why = "several organisms stand beside it: to which it belongs is not said";
      return kNone;
    }
    generation = std::move(next);
  }
  why = "it belongs to no organism";
  return kNone;
}

std::optional<mb::AgentId> Reader::agent_of(const Node* code, bool& conflict) const {
  std::optional<mb::AgentId> out;
  const auto put = [&](std::optional<mb::AgentId> found) {
    if (!found) return;
    if (out && *out != *found) conflict = true;
    if (!out) out = found;
  };
  for (const auto words : words_of(code)) put(mb::agent_in(library_, words));
  for (const Node& coding : list_at(code, "coding")) {
    const auto found = library_.agent_coded(text_at(&coding, "system"), text_at(&coding, "code"));
    // A high-level or screen test may stand under its agent's own code.
    if (found && out && library_.agents[*out].loinc.empty() && library_.agents[*out].atc.empty()) {
      continue;
    }
    put(found);
  }
  if (out || conflict) return out;
  // A laboratory's own code: "VAN", "FOX_ND30".
  for (const Node& coding : list_at(code, "coding")) {
    if (!is_own_code(coding)) continue;
    put(mb::agent_in(library_, text_at(&coding, "code")));
  }
  return out;
}

std::optional<std::size_t> Reader::marker_of(const Node* code) const {
  for (const Node& coding : list_at(code, "coding")) {
    const auto found = library_.marker_coded(text_at(&coding, "system"), text_at(&coding, "code"));
    if (found) return found;
  }
  for (const auto words : words_of(code)) {
    if (const auto found = mb::marker_in(library_, words)) return found;
  }
  for (const Node& coding : list_at(code, "coding")) {
    if (!is_own_code(coding)) continue;
    if (const auto found = mb::marker_in(library_, text_at(&coding, "code"))) return found;
  }
  return std::nullopt;
}

bool Reader::measure(const fhir::Resource& resource, const std::string& path,
                     mb::Comparator comparator, std::string_view number, double value,
                     std::string_view unit, const std::string& context, mb::Test& test) {
  static const std::vector<std::string> kMicWords = {"mic", "minimum inhibitory concentration"};
  static const std::vector<std::string> kZoneWords = {"zone", "disk", "disc", "diameter"};
  const std::string what = std::string(mb::word(comparator)) + std::string(number) +
                           (unit.empty() ? "" : " " + std::string(unit));
  const std::string spelled = ucum_spelling(unit);
  std::optional<mb::Method> method;
  if (unit.empty()) {
    const bool mic = mb::has_word(context, kMicWords);
    const bool zone = mb::has_word(context, kZoneWords);
    if (mic != zone) method = mic ? mb::Method::kMic : mb::Method::kZone;
    // No zone is smaller than its disk.
    if (!mic && !zone && value > 0 && value < library_.reading.disk_diameter) {
      method = mb::Method::kMic;
    }
  } else if (base::ucum::comparable(spelled, library_.reading.mic_unit)) {
    method = mb::Method::kMic;
  } else if (base::ucum::comparable(spelled, library_.reading.zone_unit)) {
    method = mb::Method::kZone;
  }
  if (!method) {
    not_read(resource, path, what,
             unit.empty() ? "a number without a unit: neither MIC nor zone is said"
                          : fmt::format("the unit is neither one of {} nor of {}",
                                        library_.reading.mic_unit, library_.reading.zone_unit));
    return false;
  }
  const std::string& wanted =
      *method == mb::Method::kMic ? library_.reading.mic_unit : library_.reading.zone_unit;
  if (!unit.empty() && spelled != wanted) {
    const auto decimal = base::Decimal::from_double(value);
    const auto converted =
        decimal ? base::ucum::convert(*decimal, spelled, wanted) : std::optional<base::Decimal>();
    if (!converted) {
      not_read(resource, path, what, "cannot be expressed in " + wanted);
      return false;
    }
    value = converted->to_double();
  }
  if (!(value > 0) && !(*method == mb::Method::kZone && value == 0)) {
    not_read(resource, path, what, "an MIC is above 0");
    return false;
  }
  mb::Measurement out;
  out.method = *method;
  out.comparator = comparator;
  out.value =
      *method == mb::Method::kMic ? mb::canonical_mic(value, library_.reading.tolerance) : value;
  if (*method == mb::Method::kZone) out.disk = disk_in(context);
  out.disk_by_method = mb::has_word(context, table_.methods);
  test.measured = out;
  test.measured_text = std::string(mb::word(comparator)) + std::string(number) + " " +
                       (unit.empty() ? wanted : std::string(unit));
  return true;
}

void Reader::read_value(const fhir::Resource& resource, const Node& item, const std::string& path,
                        mb::Test& test) {
  std::string context = test.method_text;
  for (const auto words : words_of(at(&item, "code"))) context += " " + std::string(words);
  const auto reported = [&](std::optional<mb::Category> found, std::string_view words) {
    if (!found || test.reported) return;
    test.reported = found;
    test.reported_text = words;
  };
  const auto concept_answer = [&](const Node& value) {
    for (const Node& coding : list_at(&value, "coding")) {
      const auto code = text_at(&coding, "code");
      const auto system = text_at(&coding, "system");
      reported(mb::category_coded(library_, system, code), code);
      // A bare S, I or R is what a laboratory means by it.
      if (system.empty()) reported(mb::category_in(library_, code), code);
      if (code == "SDD") test.other_method = true;
    }
    for (const auto words : words_of(&value)) reported(mb::category_in(library_, words), words);
  };
  for (const Node& one : list_at(&item, "interpretation")) concept_answer(one);
  if (const Node* quantity = at(&item, "valueQuantity")) {
    const auto number = text_at(quantity, "value");
    auto unit = text_at(quantity, "code");
    if (unit.empty()) unit = text_at(quantity, "unit");
    const auto compared = text_at(quantity, "comparator");
    const auto read = mb::value_in(std::string(compared) + std::string(number));
    if (!read) {
      not_read(resource, path + ".valueQuantity", std::string(compared) + std::string(number),
               "no number");
    } else {
      measure(resource, path + ".valueQuantity", read->comparator, number, read->value, unit,
              context, test);
    }
  } else if (const auto text = text_at(&item, "valueString"); !text.empty()) {
    const auto category = mb::category_in(library_, text);
    reported(category, text);
    if (!category) {
      if (const auto read = mb::value_in(text)) {
        std::string number = fmt::format("{:g}", read->value);
        if (read->pair) context += " mic";
        measure(resource, path + ".valueString", read->comparator, number, read->value, read->unit,
                context, test);
      }
    }
  } else if (const Node* value = at(&item, "valueCodeableConcept")) {
    concept_answer(*value);
  }
}

bool Reader::read_mechanism(const fhir::Resource& resource, const Node& item,
                            const std::string& path, std::optional<std::size_t> isolate) {
  const auto names = words_of(at(&item, "code"));
  const auto& headings = library_.reading.marker_headings;
  const bool heading = std::any_of(names.begin(), names.end(), [&](std::string_view words) {
    return std::find(headings.begin(), headings.end(), mb::plain_words(words)) != headings.end();
  });
  if (!heading) return false;
  std::vector<std::string_view> said;
  if (const auto text = text_at(&item, "valueString"); !text.empty()) said.push_back(text);
  if (const Node* value = at(&item, "valueCodeableConcept")) {
    for (const auto words : words_of(value)) said.push_back(words);
    for (const Node& coding : list_at(value, "coding")) {
      if (is_own_code(coding)) said.push_back(text_at(&coding, "code"));
    }
  }
  if (said.empty() || mb::sign_in(library_, said.front()) != mb::Sign::kUnknown) return false;
  for (const auto words : said) {
    const auto found = mb::marker_in(library_, words);
    if (!found) continue;
    if (!isolate) {
      not_read(resource, path, std::string(words), "it belongs to no organism");
    } else {
      into_.isolates[*isolate].isolate.markers[*found] = mb::Sign::kPositive;
    }
    return true;
  }
  not_read(resource, path, label_of(at(&item, "code")) + ": " + std::string(said.front()),
           "no mechanism of resistance that is known here");
  return true;
}

void Reader::read_item(const fhir::Resource& resource, const Node& item, const std::string& path,
                       std::optional<std::size_t> isolate) {
  const Node* code = at(&item, "code");
  bool conflict = false;
  const auto agent = agent_of(code, conflict);
  const auto marker = marker_of(code);
  if (!agent && read_mechanism(resource, item, path, isolate)) return;
  mb::Test test;
  test.source = resource.reference();
  test.place = path;
  for (const auto words : words_of(at(resource.node, "method"))) {
    test.method_text += (test.method_text.empty() ? "" : " ") + std::string(words);
  }
  test.other_method = mb::has_word(test.method_text, library_.reading.other_methods);
  // "Cefoxitin screen: positive" tells a mechanism, "Cefoxitin screen: 24 mm" is a measurement.
  if (marker) {
    mb::Sign sign = mb::Sign::kUnknown;
    std::string said;
    if (const Node* truth = at(&item, "valueBoolean")) {
      said = truth->str();
    } else if (const auto text = text_at(&item, "valueString"); !text.empty()) {
      said = text;
    } else if (const Node* value = at(&item, "valueCodeableConcept")) {
      said = label_of(value);
    } else {
      for (const Node& one : list_at(&item, "interpretation")) said = label_of(&one);
    }
    sign = mb::sign_in(library_, said);
    // "Carbapenemase type: KPC" is answered by the name of what was found.
    if (sign == mb::Sign::kUnknown && mb::marker_in(library_, said) == marker) {
      sign = mb::Sign::kPositive;
    }
    // "High-level gentamicin: R", "ESBL: S", where no agent of that name is tested.
    if (sign == mb::Sign::kUnknown && !agent) {
      const auto answer = mb::category_in(library_, said);
      if (answer == mb::Category::kR) sign = mb::Sign::kPositive;
      if (answer == mb::Category::kS) sign = mb::Sign::kNegative;
    }
    if (sign != mb::Sign::kUnknown) {
      if (!isolate) {
        not_read(resource, path, label_of(code) + ": " + said, "it belongs to no organism");
        return;
      }
      auto& known = into_.isolates[*isolate].isolate.markers[*marker];
      // Two answers that contradict each other: the one that warns.
      if (known != mb::Sign::kPositive) known = sign;
      return;
    }
    if (!agent) {
      if (!said.empty()) {
        not_read(resource, path, label_of(code) + ": " + said, "neither positive nor negative");
      }
      return;
    }
  }
  const std::size_t listed = into_.not_read.size();
  read_value(resource, item, path, test);
  const bool answered = test.measured || test.reported;
  if (!agent || conflict) {
    if (!answered && !conflict) {
      // Number of sets, colour of a colony: nothing about an agent.
      into_.not_read.resize(std::min(listed, into_.not_read.size()));
      // "blaXYZ gene: detected" may tell a mechanism that is not known here.
      std::string said(text_at(&item, "valueString"));
      if (const Node* value = at(&item, "valueCodeableConcept")) said = label_of(value);
      if (const Node* truth = at(&item, "valueBoolean")) said = truth->str();
      for (const Node& one : list_at(&item, "interpretation")) {
        if (said.empty()) said = label_of(&one);
      }
      if (mb::sign_in(library_, said) != mb::Sign::kUnknown) {
        not_read(resource, path, label_of(code) + ": " + said,
                 "neither an agent nor a mechanism of resistance that is known here");
      }
      return;
    }
    not_read(resource, path + ".code", label_of(code),
             conflict ? "its code and its name are different agents" : "the agent is not known");
    return;
  }
  if (!answered) {
    if (into_.not_read.size() == listed) {
      not_read(resource, path, library_.agents[*agent].name, "neither a value nor S, I or R");
    }
    return;
  }
  test.agent = *agent;
  auto& into = into_.isolates[*isolate];
  into.measured = into.measured || test.measured.has_value();
  into.isolate.tests.push_back(std::move(test));
}

// A result of an agent by its own words: "vancomycin MIC", an S, a zone. "Vancomycin 19 mg/L" alone
// may be a level.
bool Reader::says_test(const fhir::Resource& resource) const {
  static const std::vector<std::string> kTestWords = {
      "mic", "minimum inhibitory concentration", "susceptibility", "zone", "disk", "disc"};
  const Node* code = at(resource.node, "code");
  bool conflict = false;
  if (!agent_of(code, conflict) && !conflict) return false;
  for (const Node& coding : list_at(code, "coding")) {
    if (library_.agent_coded(text_at(&coding, "system"), text_at(&coding, "code"))) return true;
  }
  std::string words;
  for (const auto one : words_of(code)) words += " " + std::string(one);
  for (const auto one : words_of(at(resource.node, "method"))) words += " " + std::string(one);
  if (mb::has_word(words, kTestWords)) return true;
  mb::Test test;
  InterpretReport aside;
  Reader(library_, table_, record_, aside).read_value(resource, *resource.node, "", test);
  return test.reported.has_value();
}

void Reader::run() {
  static const fhir::TypeId observation = fhir::type_id("Observation");
  index();
  for (const auto& resource : record_.of_type(observation)) {
    if (!counts(resource) || is_ours(resource)) continue;
    bool conflict = false;
    const auto organism = organism_of(resource, conflict);
    if (!organism || conflict) {
      if (conflict) {
        not_read(resource, "Observation.valueCodeableConcept",
                 label_of(at(resource.node, "valueCodeableConcept")),
                 "its code and its name are different organisms");
      }
      continue;
    }
    ReadIsolate isolate;
    isolate.resource = resource.reference();
    isolate.organism_text = text_at(resource.node, "valueString");
    if (isolate.organism_text.empty()) {
      isolate.organism_text = label_of(at(resource.node, "valueCodeableConcept"));
    }
    isolate.effective = text_at(resource.node, "effectiveDateTime");
    isolate.genus_only = organism->genus_only;
    isolate.isolate.organism = organism->organism;
    isolate.isolate.markers.assign(library_.markers.size(), mb::Sign::kUnknown);
    for (const auto& [marker, sign] : organism->markers) isolate.isolate.markers[marker] = sign;
    isolate_by_resource_[resource.node] = into_.isolates.size();
    into_.isolates.push_back(std::move(isolate));
  }
  for (const auto& resource : record_.of_type(observation)) {
    if (!counts(resource) || is_ours(resource)) continue;
    const auto own = isolate_by_resource_.find(resource.node);
    std::size_t number = 0;
    const auto components = list_at(resource.node, "component");
    bool tested = false;
    for (const Node& component : components) {
      const std::string path = fmt::format("Observation.component[{}]", number++);
      if (own != isolate_by_resource_.end()) {
        read_item(resource, component, path, own->second);
        continue;
      }
      bool conflict = false;
      tested = tested || agent_of(at(&component, "code"), conflict).has_value() ||
               marker_of(at(&component, "code")).has_value();
    }
    if (own != isolate_by_resource_.end()) continue;
    if (tested) {
      // A panel of agents: its components belong to the organism it hangs on.
      std::string why;
      const std::size_t isolate = isolate_of(resource, why);
      if (isolate == SIZE_MAX) {
        std::string what = text_at(resource.node, "valueString").empty()
                               ? label_of(at(resource.node, "valueCodeableConcept"))
                               : std::string(text_at(resource.node, "valueString"));
        const bool empty = what.empty();
        if (empty) what = label_of(at(resource.node, "code"));
        if (!mb::is_no_growth(library_, what)) {
          not_read(
              resource, "Observation", what,
              empty ? why : "the organism is not known: nothing is concluded from its results");
        }
        continue;
      }
      number = 0;
      for (const Node& component : components) {
        read_item(resource, component, fmt::format("Observation.component[{}]", number++), isolate);
      }
      continue;
    }
    bool conflict = false;
    const auto marker = marker_of(at(resource.node, "code"));
    if (!above_.contains(resource.node)) {
      // A mechanism that hangs on no culture is not lost without a word.
      if (marker || says_test(resource)) {
        not_read(resource, "Observation", label_of(at(resource.node, "code")),
                 "it belongs to no organism");
      }
      continue;
    }
    const auto agent = agent_of(at(resource.node, "code"), conflict);
    std::string why;
    const std::size_t isolate = isolate_of(resource, why);
    if (isolate != SIZE_MAX) {
      read_item(resource, *resource.node, "Observation", isolate);
    } else if (agent || marker) {
      not_read(resource, "Observation", label_of(at(resource.node, "code")), why);
    }
  }
  std::erase_if(into_.isolates, [](const ReadIsolate& one) {
    return one.isolate.tests.empty() &&
           std::all_of(one.isolate.markers.begin(), one.isolate.markers.end(),
                       [](mb::Sign sign) { return sign == mb::Sign::kUnknown; });
  });
}

}  // namespace

void read_isolates(const mb::Library& library, const mb::Table& table, const fhir::Record& record,
                   InterpretReport& into) {
  Reader(library, table, record, into).run();
}

}  // namespace nidus::pathway
