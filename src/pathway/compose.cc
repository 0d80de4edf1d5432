// SPDX-License-Identifier: Apache-2.0
//
// Door 7: advice -> plan. Order, due times, replaced and conflicting items, the headline.
#include <algorithm>
#include <map>
#include <set>

#include "base/ucum.h"
#include "fhir/sound.h"
#include "pathway/advise.h"
#include "pathway/dosing.h"
#include "pathway/phrase.h"
#include "pathway/readable.h"
#include "pathway/unused.h"

namespace nidus::pathway {

namespace {

void set_due(Item& item, Adviser& adviser, const base::DateTime& as_of) {
  const Due& due = item.recommendation->due;
  item.due = due.text;
  if (!due.within_minutes) return;
  base::DateTime from = as_of;
  if (due.from) {
    const cql::Value named = adviser.value(*due.from);
    if (named.is(cql::Kind::kDateTime)) from = named.as_date_time();
  }
  const auto instant = [&](std::int64_t ms) {
    base::DateTime out = base::from_epoch_ms(ms, as_of.offset_minutes);
    out.precision = base::Precision::kSecond;
    out.millisecond = 0;
    return base::format_date_time(out);
  };
  const std::int64_t now = base::epoch_ms(as_of, as_of.offset_minutes);
  const std::int64_t start = base::epoch_ms(from, as_of.offset_minutes);
  const std::int64_t end = start + *due.within_minutes * 60'000;
  item.due_at = instant(end);
  item.overdue = end < now;
  const std::string within = "within " + duration_text(*due.within_minutes);
  if (start <= now) item.within = within;
  item.due = within + (start <= now ? "" : " of " + instant(start));
  if (!due.text.empty()) item.due += ", " + due.text;
}

void apply_replacements(std::vector<Item>& items) {
  std::map<std::string_view, Item*> by_id;
  for (auto& item : items) by_id.emplace(item.recommendation->id, &item);
  for (auto& item : items) {
    if (item.standing != Standing::kAdvised) continue;
    for (const auto& id : item.recommendation->replaces) {
      Item& other = *by_id.at(id);
      if (other.standing != Standing::kAdvised && other.standing != Standing::kUndecided) continue;
      other.standing = Standing::kReplaced;
      other.note = "Replaced by " + item.recommendation->id + ": " + item.recommendation->title;
    }
  }
  for (auto& item : items) {
    if (item.standing != Standing::kAdvised) continue;
    for (const auto& id : item.recommendation->conflicts) {
      const Item& other = *by_id.at(id);
      if (other.standing == Standing::kAdvised) item.conflicts.push_back(other.recommendation);
    }
  }
}

bool comes_before(const Item& a, const Item& b) {
  const Recommendation& left = *a.recommendation;
  const Recommendation& right = *b.recommendation;
  if (left.group != right.group) return left.group < right.group;
  if (left.priority != right.priority) return left.priority < right.priority;
  const auto never = INT64_MAX;
  const auto left_due = left.due.within_minutes.value_or(never);
  const auto right_due = right.due.within_minutes.value_or(never);
  if (left_due != right_due) return left_due < right_due;
  return left.id < right.id;
}

std::string listed(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

// Why an item is not advised, in the guideline's words or from the facts that decide.
std::string note_of(const Item& item, Adviser& adviser) {
  if (!item.note.empty()) return item.note;
  if (item.standing == Standing::kUndecided) {
    std::vector<std::string> single, every;
    for (const auto& missing : item.missing) {
      every.push_back(missing.fact->label);
      if (missing.decisive) single.push_back(missing.fact->label);
    }
    if (single.size() == 1) return "Waits for " + single.front();
    if (!single.empty()) return "Any one of these decides it: " + listed(single);
    return every.empty() ? "Cannot be decided from what is known" : "Not known: " + listed(every);
  }
  // The facts that alone keep it from being advised; when there are none, those that change it.
  std::vector<std::string> deciding, changing;
  for (const auto& fact : item.because) {
    if (!fact.pivotal) continue;
    const bool keeps = std::any_of(item.flips.begin(), item.flips.end(), [&](const Flip& flip) {
      return flip.fact == fact.fact && flip.becomes == Standing::kAdvised;
    });
    (keeps ? deciding : changing).push_back(fact.fact->label + ": " + fact.value);
  }
  if (deciding.empty() && item.standing == Standing::kNotAdvised) deciding = std::move(changing);
  if (item.standing == Standing::kBlocked) {
    if (deciding.empty()) deciding = adviser.blocks(*item.recommendation);
    return "Held back. " + listed(deciding);
  }
  std::string out = item.recommendation->not_advised;
  if (out.empty()) {
    return deciding.empty() ? "Its condition is not met" : "Decided by " + listed(deciding);
  }
  return deciding.empty() ? out : out + " (" + listed(deciding) + ")";
}

std::string describe_patient(const fhir::Record& record, const base::DateTime& as_of) {
  const fhir::Resource* patient = record.patient();
  if (patient == nullptr) return {};
  std::string out;
  const auto* birth = patient->node->find(fhir::name_id("birthDate"));
  if (birth != nullptr) {
    if (const auto born = base::parse_date(birth->str())) {
      int years = as_of.year - born->year;
      if (born->precision == base::Precision::kDay &&
          (as_of.month < born->month || (as_of.month == born->month && as_of.day < born->day))) {
        --years;
      }
      out = (born->precision == base::Precision::kDay ? "" : "about ") + std::to_string(years) +
            " years";
    }
  }
  if (const auto* sex = patient->node->find(fhir::name_id("gender"))) {
    out += (out.empty() ? "" : ", ") + std::string(sex->str());
  }
  return out;
}

// A measure in a unit of another dimension is a slip of the pen that must not become a dose.
base::Result<void> check_units(const Guideline& guideline, const fhir::Record& record) {
  const auto code_name = fhir::name_id("code");
  const auto coding_name = fhir::name_id("coding");
  const auto system_name = fhir::name_id("system");
  const auto quantity_name = fhir::name_id("valueQuantity");
  std::map<std::pair<std::string_view, std::string_view>, const Measure*> by_code;
  for (const auto& measure : guideline.measures) {
    for (const auto& code : measure.codes) {
      by_code.emplace(std::pair<std::string_view, std::string_view>(code.system, code.code),
                      &measure);
    }
  }
  const auto check = [&](const fhir::Resource& resource, const fhir::Node& holder,
                         const std::string& path) -> base::Result<void> {
    const auto* code = holder.find(code_name);
    const auto* quantity = holder.find(quantity_name);
    if (code == nullptr || quantity == nullptr) return {};
    const auto* codings = code->find(coding_name);
    const auto* unit = quantity->find(code_name);
    if (codings == nullptr || unit == nullptr || unit->str().empty()) return {};
    if (fhir::is_usual_spelling(unit->str())) return {};  // read by its words, or listed
    for (const auto& coding : codings->items()) {
      const auto* system = coding.find(system_name);
      const auto* value = coding.find(code_name);
      if (system == nullptr || value == nullptr) continue;
      const auto at = by_code.find(std::pair(system->str(), value->str()));
      if (at == by_code.end()) continue;
      const Measure& measure = *at->second;
      if (std::any_of(measure.units.begin(), measure.units.end(), [&](const std::string& accepted) {
            return base::ucum::comparable(unit->str(), accepted);
          })) {
        continue;
      }
      std::string expected;
      for (const auto& accepted : measure.units) {
        expected += (expected.empty() ? "" : " or ") + accepted;
      }
      return base::fail(base::ErrorCode::kBadUnit,
                        measure.name + " cannot be measured in '" + std::string(unit->str()) + "'",
                        resource.reference(), path + ".valueQuantity.code", expected);
    }
    return {};
  };
  const auto component_name = fhir::name_id("component");
  for (const auto& resource : record.of_type(fhir::type_id("Observation"))) {
    if (auto checked = check(resource, *resource.node, "Observation"); !checked) return checked;
    const auto* components = resource.node->find(component_name);
    if (components == nullptr) continue;
    int index = 0;
    for (const auto& component : components->items()) {
      const std::string path = "Observation.component[" + std::to_string(index++) + "]";
      if (auto checked = check(resource, component, path); !checked) return checked;
    }
  }
  return {};
}

std::vector<LeftOut> unreadable_facts(const Guideline& guideline, const fhir::Record& record,
                                      Adviser& adviser) {
  std::vector<LeftOut> out;
  for (const auto& entry : guideline.unreadable) {
    const cql::Value found = adviser.value(entry.define);
    // A resource, or one with words of its own that end the sentence.
    const auto add = [&](const cql::Value& item) {
      const bool row = item.is(cql::Kind::kTuple);
      const cql::Value element = row ? item.as_tuple().get("res") : item;
      if (!element.is(cql::Kind::kElement)) return;
      const auto* resource = record.resource_of(element.as_node());
      if (resource == nullptr) return;
      std::string reason = entry.what;
      const cql::Value words = row ? item.as_tuple().get("what") : cql::Value();
      if (words.is(cql::Kind::kString)) reason.append(" ").append(words.as_string());
      out.push_back(left_out(*resource, reason, reason));
    };
    if (found.is(cql::Kind::kList)) {
      for (const auto& item : found.as_list()) add(item);
    } else {
      add(found);
    }
  }
  return out;
}

// "Due now: call the surgeon (ward physician, by 10:30), give ... and 4 more."
std::string due_sentence(const Plan& plan, Group group, std::string_view lead) {
  constexpr std::size_t kNamed = 3;
  const Phrases phrases(plan, false);
  std::vector<std::string> named;
  std::size_t count = 0;
  for (const auto& item : plan.advised) {
    if (item.recommendation->group != group || ++count > kNamed) continue;
    std::string who = lower_first(plan.guideline->role_name(item.recommendation->owner));
    const std::string by = item.overdue ? phrases.overdue(item) : phrases.due_by(item);
    if (!by.empty()) who += ", " + by;
    named.push_back(lower_first(item.recommendation->title) + " (" + who + ")");
  }
  if (named.empty()) return {};
  std::string out(lead);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const bool last = i + 1 == named.size() && count <= kNamed;
    if (i > 0) out += last ? " and " : ", ";
    out += named[i];
  }
  if (count > kNamed) out += " and " + std::to_string(count - kNamed) + " more";
  return out + ".";
}

void write_headline(Plan& plan, Adviser& adviser) {
  for (const auto& entry : plan.guideline->headline) {
    if (!adviser.value(entry.when).is_true()) continue;
    plan.state = adviser.fill(entry.text);
    break;
  }
  std::string due = due_sentence(plan, Group::kNow, "Due now: ");
  if (due.empty()) {
    due = "Nothing is due now.";
    if (const auto next = due_sentence(plan, Group::kNext, "Next: "); !next.empty()) {
      due += " " + next;
    }
  }
  plan.due = std::move(due);
}

}  // namespace

base::Result<void> refuse_wrong_units(const Guideline& guideline, const fhir::Record& record) {
  return check_units(guideline, record);
}

base::Result<Plan> make_plan(const Guideline& guideline, const fhir::Record& given,
                             const PlanOptions& options) {
  if (auto checked = check_units(guideline, given); !checked) {
    return std::unexpected(checked.error());
  }
  const Readable readable = readable_part(given);
  const fhir::Record& read = readable.record ? *readable.record : given;
  const auto enriched = enrich(guideline, read, options.as_of);
  if (!enriched) return std::unexpected(enriched.error());
  const fhir::Record& record = *enriched ? **enriched : read;
  Plan plan;
  plan.guideline = &guideline;
  plan.as_of = options.as_of;
  plan.local = options.local;
  if (record.patient() != nullptr) plan.patient = record.patient()->reference();
  plan.description = describe_patient(record, options.as_of);
  plan.issues.assign(record.issues().begin(), record.issues().end());

  Adviser adviser(guideline, record, options);
  auto items = adviser.items();
  if (options.explain) {
    for (auto& item : items) adviser.explain(item);
  }
  apply_replacements(items);
  for (auto& item : items) {
    if (item.standing == Standing::kAdvised) {
      item.what = adviser.what_of(item);
      set_due(item, adviser, options.as_of);
      plan.advised.push_back(std::move(item));
      continue;
    }
    if (item.note.empty()) item.note = note_of(item, adviser);
    auto& shelf = item.standing == Standing::kUndecided ? plan.undecided : plan.not_advised;
    shelf.push_back(std::move(item));
  }
  std::sort(plan.advised.begin(), plan.advised.end(), comes_before);
  std::sort(plan.undecided.begin(), plan.undecided.end(), comes_before);
  plan.stops = adviser.active_stops();
  for (const auto& line : readable.left_out) plan.unreadable.push_back({.line = line});
  for (auto& entry : unreadable_facts(guideline, record, adviser)) {
    plan.unreadable.push_back(std::move(entry));
  }
  if (options.explain) list_unused(plan, record, adviser);
  write_headline(plan, adviser);
  plan.messages = adviser.errors();
  for (const auto& text : adviser.evaluation().messages()) plan.messages.push_back(text);
  return plan;
}

}  // namespace nidus::pathway
