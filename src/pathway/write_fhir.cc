// SPDX-License-Identifier: Apache-2.0
//
// A plan as FHIR R4: a Bundle (collection) around one CarePlan. Everything is a proposal or a
// draft: Nidus advises, a named clinician orders.
#include <algorithm>
#include <cctype>

#include "base/json_writer.h"
#include "pathway/write.h"

namespace nidus::pathway {

namespace {

using base::JsonWriter;

constexpr std::string_view kSystem = "https://nidus.example/CodeSystem/";

class FhirWriter {
 public:
  explicit FhirWriter(const Plan& plan) : plan_(plan), json_(2) {}

  std::string write();

 private:
  void open(std::string_view type, const std::string& id);
  void close();
  void subject();
  void reference(std::string_view key, const std::string& target);
  void concept_of(std::string_view key, std::string_view system, std::string_view code,
                  std::string_view display);
  void text_concept(std::string_view key, std::string_view text);
  void notes(const Item& item);
  void reasons(const Item& item);

  void care_plan();
  void request_group();
  void action(const Item& item);
  void goal();
  void service_request(const Item& item);
  void medication_request(const Item& item, const ShownOption& option,
                          const ShownComponent& component, std::size_t index);
  void medication_requests(const Item& item);
  void task(const Item& item);
  void stop(const ActiveStop& active);
  void conflicts(const Item& item);
  void guidance();

  static bool is_order(const Item& item) {
    const std::string& action = item.recommendation->action;
    return action == "test" || action == "imaging" || action == "procedure" || action == "consult";
  }
  static bool is_medication(const Item& item) {
    return item.recommendation->action == "medication" && !item.options.empty();
  }
  static std::string id_of(std::string_view prefix, const Item& item) {
    std::string out(prefix);
    for (const char c : item.recommendation->id) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
  }
  // Where an action of the request group points.
  static std::string resource_of(const Item& item) {
    if (is_order(item)) return "ServiceRequest/" + id_of("order-", item);
    return "Task/" + id_of("task-", item);
  }
  std::string instant() const { return base::format_date_time(plan_.as_of); }

  const Plan& plan_;
  JsonWriter json_;
};

void FhirWriter::open(std::string_view type, const std::string& id) {
  json_.begin_object();
  json_.member("fullUrl", "https://nidus.example/fhir/" + std::string(type) + "/" + id);
  json_.key("resource").begin_object();
  json_.member("resourceType", type).member("id", id);
}

void FhirWriter::close() { json_.end_object().end_object(); }

void FhirWriter::reference(std::string_view key, const std::string& target) {
  json_.key(key).begin_object().member("reference", target).end_object();
}

void FhirWriter::subject() {
  if (plan_.patient.empty() || plan_.patient.find('#') != std::string::npos) {
    json_.key("subject").begin_object().member("display", "the person of this record").end_object();
  } else {
    reference("subject", plan_.patient);
  }
}

void FhirWriter::concept_of(std::string_view key, std::string_view system, std::string_view code,
                            std::string_view display) {
  json_.key(key).begin_object().key("coding").begin_array().begin_object();
  json_.member("system", system).member("code", code);
  if (!display.empty()) json_.member("display", display);
  json_.end_object().end_array();
  if (!display.empty()) json_.member("text", display);
  json_.end_object();
}

void FhirWriter::text_concept(std::string_view key, std::string_view text) {
  json_.key(key).begin_object().member("text", text).end_object();
}

void FhirWriter::notes(const Item& item) {
  json_.key("note").begin_array();
  json_.begin_object().member("text", item.what).end_object();
  if (!item.recommendation->reason.empty()) {
    json_.begin_object().member("text", item.recommendation->reason).end_object();
  }
  json_.end_array();
}

void FhirWriter::reasons(const Item& item) {
  std::vector<std::string> seen;
  for (const auto& fact : item.because) {
    for (const auto& source : fact.sources) {
      // Without an id a resource cannot be pointed to.
      if (source.reference.find('#') != std::string::npos) continue;
      if (std::find(seen.begin(), seen.end(), source.reference) != seen.end()) continue;
      seen.push_back(source.reference);
    }
  }
  if (seen.empty()) return;
  json_.key("supportingInfo").begin_array();
  for (const auto& target : seen) json_.begin_object().member("reference", target).end_object();
  json_.end_array();
}

void FhirWriter::care_plan() {
  open("CarePlan", "plan");
  json_.key("instantiatesCanonical").begin_array();
  json_.value("https://nidus.example/PlanDefinition/" + plan_.guideline->id + "|" +
              plan_.guideline->version);
  json_.end_array();
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("title", plan_.guideline->title);
  json_.member("description", plan_.state + (plan_.state.empty() ? "" : " ") + plan_.due);
  subject();
  json_.member("created", instant());
  if (!plan_.advised.empty()) {
    json_.key("goal").begin_array().begin_object();
    json_.member("reference", "Goal/goal").end_object().end_array();
    json_.key("activity").begin_array().begin_object();
    reference("reference", "RequestGroup/actions");
    json_.end_object().end_array();
  }
  close();
}

void FhirWriter::goal() {
  open("Goal", "goal");
  json_.member("lifecycleStatus", "proposed");
  text_concept("description", plan_.due);
  subject();
  close();
}

void FhirWriter::action(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  json_.begin_object();
  json_.member("id", recommendation.id);
  json_.member("title", recommendation.title);
  if (!item.what.empty()) json_.member("description", item.what);
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  json_.key("code").begin_array().begin_object().key("coding").begin_array().begin_object();
  json_.member("system", std::string(kSystem) + "category");
  json_.member("code", recommendation.category).end_object().end_array().end_object().end_array();
  if (!recommendation.reason.empty()) {
    json_.key("documentation").begin_array().begin_object();
    json_.member("type", "justification").member("display", recommendation.reason);
    json_.end_object().end_array();
  }
  if (!item.due_at.empty()) json_.member("timingDateTime", item.due_at);
  reference("resource", resource_of(item));
  json_.end_object();
}

void FhirWriter::request_group() {
  open("RequestGroup", "actions");
  json_.member("status", "draft").member("intent", "proposal");
  subject();
  json_.member("authoredOn", instant());
  json_.key("action").begin_array();
  for (const auto& item : plan_.advised) action(item);
  json_.end_array();
  close();
}

void FhirWriter::service_request(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  open("ServiceRequest", id_of("order-", item));
  json_.member("status", "draft").member("intent", "proposal");
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  if (recommendation.code) {
    concept_of("code", recommendation.code->system, recommendation.code->code,
               recommendation.code->display);
  } else {
    concept_of("code", std::string(kSystem) + "category", recommendation.category,
               recommendation.title);
  }
  subject();
  if (!item.due_at.empty()) json_.member("occurrenceDateTime", item.due_at);
  json_.member("authoredOn", instant());
  text_concept("performerType", plan_.guideline->role_name(recommendation.owner));
  reasons(item);
  notes(item);
  close();
}

void FhirWriter::medication_request(const Item& item, const ShownOption& option,
                                    const ShownComponent& component, std::size_t index) {
  open("MedicationRequest", id_of("drug-", item) + "-" +
                                option.option->id.substr(option.option->id.find('-') + 1) + "-" +
                                std::to_string(index + 1));
  json_.member("status", "draft").member("intent", "proposal");
  concept_of("medicationCodeableConcept", "http://www.whocc.no/atc", component.component->atc,
             component.component->agent);
  subject();
  json_.member("authoredOn", instant());
  reasons(item);
  json_.key("groupIdentifier").begin_object();
  json_.member("system", std::string(kSystem) + "option").member("value", option.option->id);
  json_.end_object();
  json_.key("note").begin_array();
  json_.begin_object()
      .member("text", "Verification of this dose row: " + component.component->verification)
      .end_object();
  json_.end_array();
  json_.key("dosageInstruction").begin_array().begin_object();
  json_.member("text", component_text(component)).end_object().end_array();
  close();
}

void FhirWriter::medication_requests(const Item& item) {
  for (const auto& option : item.options) {
    if (option.standing != OptionStanding::kOffered) continue;
    for (std::size_t i = 0; i < option.components.size(); ++i) {
      const std::string& atc = option.components[i].component->atc;
      if (atc.empty() || atc == "NONE") continue;  // "none (withhold)" is no drug
      medication_request(item, option, option.components[i], i);
    }
  }
}

void FhirWriter::task(const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  open("Task", id_of("task-", item));
  json_.member("status", "requested").member("intent", "proposal");
  json_.member("priority", recommendation.group == Group::kNow ? "urgent" : "routine");
  concept_of("code", std::string(kSystem) + "category", recommendation.category,
             recommendation.title);
  if (!item.what.empty()) json_.member("description", item.what);
  if (!plan_.patient.empty() && plan_.patient.find('#') == std::string::npos) {
    reference("for", plan_.patient);
  }
  json_.member("authoredOn", instant());
  json_.key("performerType").begin_array().begin_object();
  json_.member("text", plan_.guideline->role_name(recommendation.owner));
  json_.end_object().end_array();
  if (!recommendation.reason.empty()) text_concept("reasonCode", recommendation.reason);
  if (!item.due_at.empty()) {
    json_.key("restriction").begin_object().key("period").begin_object();
    json_.member("end", item.due_at).end_object().end_object();
  }
  close();
}

void FhirWriter::stop(const ActiveStop& active) {
  std::string id = "stop-";
  for (const char c : active.stop->id) {
    id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  open("DetectedIssue", id);
  json_.member("status", "preliminary");
  concept_of("code", std::string(kSystem) + "stop", active.stop->id, active.stop->title);
  json_.member("severity", "high");
  if (!plan_.patient.empty() && plan_.patient.find('#') == std::string::npos) {
    reference("patient", plan_.patient);
  }
  json_.member("identifiedDateTime", instant());
  json_.member("detail", active.stop->text);
  close();
}

void FhirWriter::conflicts(const Item& item) {
  for (const Recommendation* other : item.conflicts) {
    if (other->id < item.recommendation->id) continue;  // each pair once
    open("DetectedIssue", id_of("conflict-", item) + "-" + other->id);
    json_.member("status", "preliminary").member("severity", "moderate");
    json_.member("identifiedDateTime", instant());
    json_.member("detail", item.recommendation->id + " " + item.recommendation->title +
                               " conflicts with " + other->id + " " + other->title);
    close();
  }
}

void FhirWriter::guidance() {
  open("GuidanceResponse", "guidance");
  json_.member("moduleCanonical", "https://nidus.example/PlanDefinition/" + plan_.guideline->id +
                                      "|" + plan_.guideline->version);
  json_.member("status", plan_.undecided.empty() ? "success" : "data-required");
  subject();
  json_.member("occurrenceDateTime", instant());
  json_.key("note").begin_array();
  for (const auto& item : plan_.undecided) {
    json_.begin_object()
        .member("text",
                item.recommendation->id + " " + item.recommendation->title + ": " + item.note)
        .end_object();
  }
  json_.begin_object()
      .member("text",
              "Advice to a named clinician, who decides. Guideline " + plan_.guideline->hash)
      .end_object();
  json_.end_array();
  reference("result", "CarePlan/plan");
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
    if (is_order(item)) {
      service_request(item);
    } else {
      task(item);
      if (is_medication(item)) medication_requests(item);
    }
  }
  for (const auto& active : plan_.stops) stop(active);
  for (const auto& item : plan_.advised) conflicts(item);
  guidance();
  json_.end_array().end_object();
  return json_.text() + "\n";
}

}  // namespace

std::string write_fhir(const Plan& plan) { return FhirWriter(plan).write(); }

}  // namespace nidus::pathway
