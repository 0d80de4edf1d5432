// SPDX-License-Identifier: Apache-2.0
//
// A plan as FHIR R4: a Bundle (collection) around one CarePlan, in the shape of a PlanDefinition
// that was applied: CarePlan -> RequestGroup -> ServiceRequest, MedicationRequest, Task.
// Everything is a proposal or a draft: Nidus advises, a named clinician orders. The entries know
// one another by urn:uuid; the person and the cited resources keep the references of the record.
#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <set>

#include "base/json_writer.h"
#include "pathway/phrase.h"
#include "pathway/write.h"

namespace nidus::pathway {

namespace {

using base::JsonWriter;

constexpr std::string_view kCanonical = "https://nidus.example/";
constexpr std::string_view kUcum = "http://unitsofmeasure.org";

std::string lower_id(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return out;
}

// Without an id, or held inside another resource, a resource cannot be pointed to from outside.
bool can_be_referenced(std::string_view reference) {
  return !reference.empty() && reference.find('#') == std::string_view::npos;
}

std::string type_of(std::string_view reference) {
  return std::string(reference.substr(0, reference.find('/')));
}

// "2 g q8h": one amount in one unit, at even intervals. Anything else stays text, because a dose
// that is half understood is worse than one that is read.
struct SimpleDose {
  std::string amount;
  std::string unit;
  std::string hours;
};

std::optional<SimpleDose> simple_dose(std::string_view text) {
  const auto number_end = text.find_first_not_of("0123456789.");
  if (number_end == 0 || number_end == std::string_view::npos || text[number_end] != ' ') {
    return std::nullopt;
  }
  const std::string_view amount = text.substr(0, number_end);
  const std::string_view rest = text.substr(number_end + 1);
  const auto unit_end = rest.find(' ');
  if (unit_end == std::string_view::npos || !base::Decimal::parse(amount)) return std::nullopt;
  const std::string_view unit = rest.substr(0, unit_end);
  const std::string_view interval = rest.substr(unit_end + 1);
  if (unit != "g" && unit != "mg") return std::nullopt;
  if (interval.size() < 3 || interval.front() != 'q' || interval.back() != 'h') return std::nullopt;
  const std::string_view hours = interval.substr(1, interval.size() - 2);
  if (hours.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return SimpleDose{std::string(amount), std::string(unit), std::string(hours)};
}

// The dose for this person's kidney where it is known to be the table's own, else none.
std::optional<SimpleDose> structured_dose(const ShownComponent& component) {
  const std::string table = component.component->dose + " " + component.component->interval;
  if (component.for_kidney.empty()) return simple_dose(table);
  const auto band = component.for_kidney.find(": ");
  if (band == std::string::npos || component.for_kidney.substr(band + 2) != table) {
    return std::nullopt;
  }
  return simple_dose(table);
}

class FhirWriter {
 public:
  explicit FhirWriter(const Plan& plan) : plan_(plan), say_(plan, false), json_(2) {}

  std::string write();

 private:
  void open(std::string_view type, const std::string& id);
  void close();
  void reference(std::string_view key, const std::string& target);
  void references(std::string_view key, const std::vector<std::string>& targets);
  void person(std::string_view key, bool required);
  void code_of(std::string_view key, std::string_view system, std::string_view code,
               std::string_view text);
  void text_concept(std::string_view key, std::string_view text);
  void category_code(std::string_view key, const Item& item);
  void follows(const Item& item, bool list);
  void due_period(std::string_view key, const Item& item);
  void reasons(const Item& item, std::initializer_list<std::string_view> reason_types,
               std::string_view others);
  void notes(const Item& item);
  void note(std::string_view text);

  void care_plan();
  void goal();
  void request_group();
  void action(const Item& item);
  void medication_actions(const Item& item);
  void option_action(const Item& item, const ShownOption& option);
  void service_request(const Item& item);
  void medication_requests(const Item& item);
  void medication_request(const Item& item, const ShownOption& option, std::size_t index);
  void dosage(const ShownComponent& component);
  void task(const Item& item);
  void stop(const ActiveStop& active);
  void conflicts(const Item& item);
  void guidance();
  void reading_outcome();

  static bool is_order(const Item& item) {
    static constexpr std::array<std::string_view, 4> kOrders = {"test", "imaging", "procedure",
                                                                "consult"};
    return item.recommendation->group != Group::kAvoid &&
           std::find(kOrders.begin(), kOrders.end(), item.recommendation->action) != kOrders.end();
  }
  static bool is_drug(const ShownComponent& component) {
    const std::string& atc = component.component->atc;  // "none (withhold)" is no drug
    return !atc.empty() && atc != "NONE";
  }
  static bool is_offered(const ShownOption& option) {
    return option.standing == OptionStanding::kOffered &&
           std::any_of(option.components.begin(), option.components.end(), is_drug);
  }
  static bool offers_drugs(const Item& item) {
    return item.recommendation->group != Group::kAvoid &&
           std::any_of(item.options.begin(), item.options.end(), is_offered);
  }
  static std::string order_id(const Item& item) {
    return "order-" + lower_id(item.recommendation->id);
  }
  static std::string task_id(const Item& item) {
    return "task-" + lower_id(item.recommendation->id);
  }
  static std::string drug_id(const Item& item, const ShownOption& option, std::size_t index) {
    return "drug-" + lower_id(item.recommendation->id) + "-" + lower_id(option.option->id) + "-" +
           std::to_string(index + 1);
  }
  std::string plan_definition() const {
    return std::string(kCanonical) + "PlanDefinition/" + plan_.guideline->id + "|" +
           plan_.guideline->version;
  }
  static std::string code_system(std::string_view name) {
    return std::string(kCanonical) + "CodeSystem/" + std::string(name);
  }
  bool has_person() const { return can_be_referenced(plan_.patient); }
  bool has_notes() const {
    return !plan_.unreadable.empty() || !plan_.unused.empty() || !plan_.issues.empty() ||
           !plan_.messages.empty();
  }
  std::string instant() const { return base::format_date_time(plan_.as_of); }
  std::string urn(const std::string& id) const;

  const Plan& plan_;
  Phrases say_;
  JsonWriter json_;
};

// A name for an entry that no other plan uses, the same for the same plan: a UUID of version 8
// (RFC 9562) from two FNV-1a hashes of person, moment, guideline and entry.
std::string FhirWriter::urn(const std::string& id) const {
  const std::string name =
      plan_.patient + "\n" + instant() + "\n" + plan_.guideline->hash + "\n" + id;
  std::array<std::uint64_t, 2> hash = {0xcbf29ce484222325U, 0x84222325cbf29ce4U};
  for (const char c : name) {
    for (auto& half : hash) half = (half ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  hash[0] = (hash[0] & ~std::uint64_t{0xf000}) | 0x8000U;
  hash[1] = (hash[1] & ~(std::uint64_t{3} << 62U)) | (std::uint64_t{2} << 62U);
  std::string out = "urn:uuid:";
  int digit = 0;
  for (const auto half : hash) {
    for (int shift = 60; shift >= 0; shift -= 4, ++digit) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out += '-';
      out += "0123456789abcdef"[(half >> static_cast<unsigned>(shift)) & 15U];
    }
  }
  return out;
}

void FhirWriter::open(std::string_view type, const std::string& id) {
  json_.begin_object().member("fullUrl", urn(id));
  json_.key("resource").begin_object();
  json_.member("resourceType", type).member("id", id);
}

void FhirWriter::close() { json_.end_object().end_object(); }

void FhirWriter::reference(std::string_view key, const std::string& target) {
  json_.key(key).begin_object().member("reference", target).end_object();
}

void FhirWriter::references(std::string_view key, const std::vector<std::string>& targets) {
  if (targets.empty()) return;
  json_.key(key).begin_array();
  for (const auto& target : targets) {
    json_.begin_object().member("reference", target).end_object();
  }
  json_.end_array();
}

void FhirWriter::person(std::string_view key, bool required) {
  if (has_person()) {
    reference(key, plan_.patient);
  } else if (required) {
    json_.key(key).begin_object().member("display", "the person of this record").end_object();
  }
}

void FhirWriter::code_of(std::string_view key, std::string_view system, std::string_view code,
                         std::string_view text) {
  json_.key(key).begin_object().key("coding").begin_array().begin_object();
  json_.member("system", system).member("code", code).end_object().end_array();
  if (!text.empty()) json_.member("text", text);
  json_.end_object();
}

void FhirWriter::text_concept(std::string_view key, std::string_view text) {
  json_.key(key).begin_object().member("text", text).end_object();
}

void FhirWriter::category_code(std::string_view key, const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  json_.key(key).begin_object().key("coding").begin_array();
  json_.begin_object().member("system", code_system("category"));
  json_.member("code", recommendation.category).end_object();
  // "No heparin" stands in the category of what it warns of: a machine must see that it is to be
  // avoided.
  json_.begin_object().member("system", code_system("group"));
  json_.member("code", word(recommendation.group)).end_object();
  json_.end_array().member("text", recommendation.title).end_object();
}

// Which rule of the guideline a request follows: ActivityDefinition/WUP-1.
void FhirWriter::follows(const Item& item, bool list) {
  const std::string canonical = std::string(kCanonical) + "ActivityDefinition/" +
                                item.recommendation->id + "|" + plan_.guideline->version;
  json_.key("instantiatesCanonical");
  if (list) json_.begin_array();
  json_.value(canonical);
  if (list) json_.end_array();
}

void FhirWriter::due_period(std::string_view key, const Item& item) {
  if (item.due_at.empty()) return;
  json_.key(key).begin_object();
  if (!item.overdue) json_.member("start", instant());
  json_.member("end", item.due_at).end_object();
}

// The cited resources: those that R4 allows as a reason, and the others.
void FhirWriter::reasons(const Item& item, std::initializer_list<std::string_view> reason_types,
                         std::string_view others) {
  std::vector<std::string> reason, other;
  for (const auto& fact : item.because) {
    if (!fact.pivotal &&
        std::find(item.recommendation->because.begin(), item.recommendation->because.end(),
                  fact.fact->id) == item.recommendation->because.end()) {
      continue;
    }
    for (const auto& source : fact.sources) {
      if (!can_be_referenced(source.reference)) continue;
      const std::string type = type_of(source.reference);
      const bool is_reason =
          std::find(reason_types.begin(), reason_types.end(), type) != reason_types.end();
      auto& list = is_reason ? reason : other;
      if (std::find(list.begin(), list.end(), source.reference) == list.end()) {
        list.push_back(source.reference);
      }
    }
  }
  if (!item.recommendation->reason.empty()) {
    json_.key("reasonCode").begin_array().begin_object();
    json_.member("text", item.recommendation->reason).end_object().end_array();
  }
  references("reasonReference", reason);
  references(others, other);
}

void FhirWriter::note(std::string_view text) {
  json_.begin_object().member("text", text).end_object();
}

void FhirWriter::notes(const Item& item) {
  json_.key("note").begin_array();
  if (!item.what.empty()) note(item.what);
  const auto list = [&](std::string_view name, const std::vector<std::string>& lines) {
    for (const auto& line : lines) note(std::string(name) + ": " + line);
  };
  list("Because", say_.because(item));
  list("Missing", say_.missing(item));
  list("Would flip", say_.would_flip(item));
  list("Conflict", say_.conflicts(item));
  note("Evidence: " + say_.evidence(item));
  json_.end_array();
}

void FhirWriter::care_plan() {
  open("CarePlan", "plan");
  json_.key("instantiatesCanonical").begin_array().value(plan_definition()).end_array();
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("title", plan_.guideline->title);
  json_.member("description", (plan_.state.empty() ? "" : sentence(plan_.state) + " ") + plan_.due);
  person("subject", true);
  json_.member("created", instant());
  references("supportingInfo", {urn("guidance")});
  if (!plan_.advised.empty()) {
    references("goal", {urn("goal")});
    json_.key("activity").begin_array().begin_object();
    reference("reference", urn("actions"));
    json_.end_object().end_array();
  }
  json_.key("note").begin_array();
  note("Advice to a named clinician, who decides; not a cleared medical device.");
  json_.end_array();
  close();
}

void FhirWriter::goal() {
  open("Goal", "goal");
  json_.member("lifecycleStatus", "proposed");
  text_concept("description", "What is advised is done in time. " + plan_.due);
  person("subject", true);
  std::string last;
  for (const auto& item : plan_.advised) {
    if (item.recommendation->group == Group::kNow) last = std::max(last, item.due_at);
  }
  if (!last.empty()) {
    json_.key("target").begin_array().begin_object();
    json_.member("dueDate", last.substr(0, 10)).end_object().end_array();
  }
  close();
}

void FhirWriter::request_group() {
  open("RequestGroup", "actions");
  json_.key("instantiatesCanonical").begin_array().value(plan_definition()).end_array();
  json_.member("status", "draft").member("intent", "proposal");
  person("subject", false);
  json_.member("authoredOn", instant());
  json_.key("action").begin_array();
  for (const auto& item : plan_.advised) action(item);
  json_.end_array();
  close();
}

void FhirWriter::action(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  json_.begin_object();
  json_.member("prefix", recommendation.id).member("title", recommendation.title);
  if (!item.what.empty()) json_.member("description", item.what);
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  json_.key("code").begin_array().begin_object().key("coding").begin_array();
  json_.begin_object().member("system", code_system("category"));
  json_.member("code", recommendation.category).end_object();
  json_.begin_object().member("system", code_system("group"));
  json_.member("code", word(recommendation.group)).end_object();
  json_.end_array().end_object().end_array();
  json_.key("documentation").begin_array();
  json_.begin_object().member("type", "justification");
  json_.member("label", grade_text(recommendation));
  json_.member("display",
               recommendation.reason.empty() ? recommendation.title : recommendation.reason);
  json_.end_object();
  for (const auto& id : recommendation.evidence) {
    json_.begin_object().member("type", "citation").member("label", id);
    if (const Evidence* evidence = plan_.guideline->find_evidence(id)) {
      const auto mark = mark_text(evidence->mark);
      json_.member("display", evidence->text + (mark.empty() ? "" : " [" + mark + "]"));
    }
    json_.end_object();
  }
  json_.end_array();
  json_.key("condition").begin_array().begin_object().member("kind", "applicability");
  const auto& when = plan_.guideline->program().definitions()[recommendation.when];
  json_.key("expression").begin_object().member("language", "text/cql");
  json_.member("expression",
               "\"" + std::string(when.library) + "\".\"" + std::string(when.name) + "\"");
  json_.end_object().end_object().end_array();
  due_period("timingPeriod", item);
  json_.key("participant").begin_array().begin_object();
  json_.member("display", plan_.guideline->role_name(recommendation.owner));
  json_.end_object().end_array();
  if (offers_drugs(item)) {
    medication_actions(item);
  } else {
    reference("resource", urn(is_order(item) ? order_id(item) : task_id(item)));
  }
  json_.end_object();
}

// The task to decide, and beside it the regimens of which one is chosen.
void FhirWriter::medication_actions(const Item& item) {
  json_.member("groupingBehavior", "logical-group").member("selectionBehavior", "all");
  json_.key("action").begin_array();
  json_.begin_object().member("title", "Choose the regimen");
  reference("resource", urn(task_id(item)));
  json_.end_object();
  json_.begin_object().member("title", "One of these regimens, first choice first");
  json_.member("groupingBehavior", "logical-group");
  json_.member("selectionBehavior", "exactly-one");
  json_.key("action").begin_array();
  for (const auto& option : item.options) {
    if (is_offered(option)) option_action(item, option);
  }
  json_.end_array().end_object();
  json_.end_array();
}

void FhirWriter::option_action(const Item& item, const ShownOption& option) {
  std::vector<std::size_t> drugs;
  for (std::size_t i = 0; i < option.components.size(); ++i) {
    if (is_drug(option.components[i])) drugs.push_back(i);
  }
  json_.begin_object().member("prefix", option.option->id);
  std::string title;
  for (const auto i : drugs) {
    title += (title.empty() ? "" : " + ") + component_text(option.components[i]);
  }
  json_.member("title", title);
  if (drugs.size() == 1) {
    reference("resource", urn(drug_id(item, option, drugs.front())));
  } else {
    json_.member("groupingBehavior", "logical-group").member("selectionBehavior", "all");
    json_.key("action").begin_array();
    for (const auto i : drugs) {
      json_.begin_object().member("title", component_text(option.components[i]));
      reference("resource", urn(drug_id(item, option, i)));
      json_.end_object();
    }
    json_.end_array();
  }
  json_.end_object();
}

void FhirWriter::service_request(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  open("ServiceRequest", order_id(item));
  follows(item, true);
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  assert(recommendation.group != Group::kAvoid);  // a Task: its words say "no" themselves
  if (recommendation.code) {
    code_of(
        "code", recommendation.code->system, recommendation.code->code,
        recommendation.code->display.empty() ? recommendation.title : recommendation.code->display);
  } else {
    category_code("code", item);
  }
  person("subject", true);
  due_period("occurrencePeriod", item);
  json_.member("authoredOn", instant());
  text_concept("performerType", plan_.guideline->role_name(recommendation.owner));
  reasons(item, {"Condition", "Observation", "DiagnosticReport", "DocumentReference"},
          "supportingInfo");
  notes(item);
  close();
}

void FhirWriter::medication_requests(const Item& item) {
  for (const auto& option : item.options) {
    if (!is_offered(option)) continue;
    for (std::size_t i = 0; i < option.components.size(); ++i) {
      if (is_drug(option.components[i])) medication_request(item, option, i);
    }
  }
}

void FhirWriter::medication_request(const Item& item, const ShownOption& option,
                                    std::size_t index) {
  const ShownComponent& component = option.components[index];
  open("MedicationRequest", drug_id(item, option, index));
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("priority", item.recommendation->group == Group::kNow ? "urgent" : "routine");
  code_of("medicationCodeableConcept", "http://www.whocc.no/atc", component.component->atc,
          component.component->agent);
  person("subject", true);
  json_.member("authoredOn", instant());
  reasons(item, {"Condition", "Observation"}, "supportingInformation");
  follows(item, true);
  json_.key("groupIdentifier").begin_object();
  json_.member("system", std::string(kCanonical) + "regimen-option");
  json_.member("value", option.option->id).end_object();
  json_.key("note").begin_array();
  note("Regimen " + option.option->id + ", row " + component.component->reg_id + ": " +
       component.component->verification);
  if (!component.component->notes.empty()) note(component.component->notes);
  for (const Stop* caution : option.cautions) {
    note("Check first: " + caution->title + ". " + caution->text);
  }
  for (const auto& [stop, text] : option.warnings) {
    note("Caution: " + stop->title + ". " + text);
  }
  if (!component.for_exposure.empty()) {
    note("Category I: at least the high dose, " + component.for_exposure);
  }
  for (const auto& met : option.interactions) note("Caution: " + interaction_text(met));
  json_.end_array();
  dosage(component);
  close();
}

void FhirWriter::dosage(const ShownComponent& component) {
  json_.key("dosageInstruction").begin_array().begin_object();
  json_.member("text", component_text(component));
  const auto dose = structured_dose(component);
  if (dose) {
    json_.key("timing").begin_object().key("repeat").begin_object().member("frequency", 1);
    json_.key("period").raw(dose->hours).member("periodUnit", "h").end_object().end_object();
  }
  const std::string& route = component.component->route;
  if (!route.empty() && route != "n/a") text_concept("route", route);
  if (dose) {
    json_.key("doseAndRate").begin_array().begin_object().key("doseQuantity").begin_object();
    json_.key("value").raw(dose->amount).member("unit", dose->unit);
    json_.member("system", kUcum).member("code", dose->unit);
    json_.end_object().end_object().end_array();
  }
  json_.end_object().end_array();
}

void FhirWriter::task(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  open("Task", task_id(item));
  follows(item, false);
  references("basedOn", {urn("plan")});
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  category_code("code", item);
  if (!item.what.empty()) json_.member("description", item.what);
  person("for", false);
  json_.member("authoredOn", instant());
  json_.key("performerType").begin_array().begin_object();
  json_.member("text", plan_.guideline->role_name(recommendation.owner));
  json_.end_object().end_array();
  if (!recommendation.reason.empty()) text_concept("reasonCode", recommendation.reason);
  notes(item);
  if (!item.due_at.empty()) {
    json_.key("restriction").begin_object().key("period").begin_object();
    json_.member("end", item.due_at).end_object().end_object();
  }
  std::set<std::string> cited;
  for (const auto& fact : item.because) {
    for (const auto& source : fact.sources) {
      if (fact.pivotal && can_be_referenced(source.reference)) cited.insert(source.reference);
    }
  }
  if (!cited.empty()) {
    json_.key("input").begin_array();
    for (const auto& target : cited) {
      json_.begin_object();
      text_concept("type", "because");
      reference("valueReference", target);
      json_.end_object();
    }
    json_.end_array();
  }
  close();
}

void FhirWriter::stop(const ActiveStop& active) {
  open("DetectedIssue", "stop-" + lower_id(active.stop->id));
  json_.member("status", "preliminary");
  code_of("code", code_system("stop"), active.stop->id, active.stop->title);
  json_.member("severity", "high");
  person("patient", false);
  json_.member("identifiedDateTime", instant());
  std::vector<std::string> cited;
  for (const auto& fact : active.because) {
    for (const auto& source : fact.sources) {
      if (can_be_referenced(source.reference) &&
          std::find(cited.begin(), cited.end(), source.reference) == cited.end()) {
        cited.push_back(source.reference);
      }
    }
  }
  if (!cited.empty()) {
    json_.key("evidence").begin_array().begin_object();
    references("detail", cited);
    json_.end_object().end_array();
  }
  json_.member("detail", active.text);
  close();
}

void FhirWriter::conflicts(const Item& item) {
  for (const Recommendation* other : item.conflicts) {
    if (other->id < item.recommendation->id) continue;  // each pair once
    const Item* against = find_item(plan_, other->id);
    open("DetectedIssue",
         "conflict-" + lower_id(item.recommendation->id) + "-" + lower_id(other->id));
    json_.member("status", "preliminary");
    text_concept("code", "Two advices that speak against each other");
    json_.member("severity", "moderate");
    person("patient", false);
    json_.member("identifiedDateTime", instant());
    std::vector<std::string> both;
    for (const Item* each : {&item, against}) {
      both.push_back(
          urn(is_order(*each) && !offers_drugs(*each) ? order_id(*each) : task_id(*each)));
    }
    references("implicated", both);
    json_.member("detail", item.recommendation->title + " [" + item.recommendation->id +
                               "] against " + other->title + " [" + other->id + "]");
    close();
  }
}

void FhirWriter::guidance() {
  open("GuidanceResponse", "guidance");
  json_.member("moduleCanonical", plan_definition());
  // The plan stands; more facts would decide what is open.
  json_.member("status", plan_.undecided.empty() ? "success" : "data-requested");
  person("subject", false);
  json_.member("occurrenceDateTime", instant());
  json_.key("note").begin_array();
  for (const auto& item : plan_.undecided) {
    note("Undecided: " + item.recommendation->title + " [" + item.recommendation->id + "]. " +
         sentence(item.note));
  }
  if (!plan_.local.empty()) note("Local figures: " + plan_.local);
  note("Advice to a named clinician, who decides. Guideline " + plan_.guideline->hash);
  json_.end_array();
  if (has_notes()) references("evaluationMessage", {urn("reading")});
  reference("result", urn("plan"));
  close();
}

void FhirWriter::reading_outcome() {
  open("OperationOutcome", "reading");
  json_.key("issue").begin_array();
  const auto issue = [&](std::string_view severity, std::string_view code,
                         const std::string& text) {
    json_.begin_object().member("severity", severity).member("code", code);
    json_.member("diagnostics", text).end_object();
  };
  for (const auto& entry : plan_.unreadable) issue("warning", "incomplete", entry.line);
  for (const auto& entry : plan_.unused) issue("information", "not-supported", entry.line);
  for (const auto& text : plan_.messages) issue("warning", "processing", text);
  for (const auto& entry : plan_.issues) {
    const bool warning = entry.severity == fhir::Issue::Severity::kWarning;
    issue(warning ? "warning" : "information", "informational",
          entry.resource + " " + entry.path + ": " + entry.message);
  }
  json_.end_array();
  close();
}

std::string FhirWriter::write() {
  json_.begin_object();
  json_.member("resourceType", "Bundle").member("type", "collection");
  json_.member("timestamp", instant());
  json_.key("entry").begin_array();
  care_plan();
  if (!plan_.advised.empty()) {
    request_group();
    goal();
  }
  for (const auto& item : plan_.advised) {
    if (is_order(item) && !offers_drugs(item)) {
      service_request(item);
      continue;
    }
    task(item);
    if (offers_drugs(item)) medication_requests(item);
  }
  for (const auto& active : plan_.stops) stop(active);
  for (const auto& item : plan_.advised) conflicts(item);
  guidance();
  if (has_notes()) reading_outcome();
  json_.end_array().end_object();
  return json_.text() + "\n";
}

}  // namespace

std::string write_fhir(const Plan& plan) { return FhirWriter(plan).write(); }

}  // namespace nidus::pathway
