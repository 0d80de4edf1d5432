// SPDX-License-Identifier: Apache-2.0
#include "pathway/why.h"

#include <map>
#include <set>

#include "base/json_writer.h"
#include "pathway/advise.h"

namespace nidus::pathway {

namespace {

constexpr int kDeepest = 40;

class Reasoning {
 public:
  Reasoning(const Guideline& guideline, const fhir::Record& record, const PlanOptions& options)
      : guideline_(guideline), record_(record), adviser_(guideline, record, options) {}

  void tree(cql::DefinitionId id, int depth) {
    const auto& definition = guideline_.program().definitions()[id];
    const Fact* fact = guideline_.fact_of(id);
    const cql::Value value = adviser_.value(id);
    if (is_word_list(id, value)) return;
    const std::string_view unit = fact == nullptr ? std::string_view() : fact->unit;
    out_ += std::string(static_cast<std::size_t>(depth) * 2, ' ');
    // A fact goes by the name a person knows, everything else by its definition.
    out_ += fact == nullptr ? definition.name : fact->label;
    out_ += ": " + display(value, unit, record_);
    const auto line = definition.locator.substr(0, definition.locator.find(':'));
    out_ += "   (" + definition.library + (line.empty() ? "" : ".cql:" + line) + ")";
    const bool again = !shown_.insert(id).second;
    out_ += again && !adviser_.evaluation().looked_at(id).empty() ? "  [above]\n" : "\n";
    if (again || depth >= kDeepest) return;
    // Below what found nothing there is nothing to see.
    if (value.is(cql::Kind::kList) && value.as_list().empty()) return;
    if (const auto source = source_text(value); !source.empty()) {
      out_ += std::string(static_cast<std::size_t>(depth) * 2 + 2, ' ') + "from " + source + "\n";
      return;
    }
    for (const auto next : adviser_.evaluation().looked_at(id)) tree(next, depth + 1);
  }

  std::string take() { return std::move(out_); }

 private:
  // The words by which a finding is known: the same for every person.
  bool is_word_list(cql::DefinitionId id, const cql::Value& value) {
    return value.is(cql::Kind::kList) && !value.as_list().empty() &&
           value.as_list().front().is(cql::Kind::kString) &&
           adviser_.evaluation().looked_at(id).empty();
  }

  std::string source_text(const cql::Value& value) const {
    std::string out;
    std::size_t count = 0;
    const auto add = [&](const cql::Value& item) {
      if (!item.is(cql::Kind::kElement)) return;
      const auto* resource = record_.resource_of(item.as_node());
      if (resource == nullptr || ++count > 5) return;
      const auto at = fhir::when(*resource);
      out += (out.empty() ? "" : ", ") + resource->reference() +
             (at ? " of " + base::format_date_time(*at) : "");
    };
    if (value.is(cql::Kind::kList)) {
      for (const auto& item : value.as_list()) add(item);
      if (count > 5) out += " and " + std::to_string(count - 5) + " more";
    } else {
      add(value);
    }
    return out;
  }

  const Guideline& guideline_;
  const fhir::Record& record_;
  Adviser adviser_;
  std::set<cql::DefinitionId> shown_;
  std::string out_;
};

void write_normal(base::JsonWriter& json, const cql::Value& value, const fhir::Record& record) {
  switch (value.kind()) {
    case cql::Kind::kNull:
      json.null();
      return;
    case cql::Kind::kBoolean:
      json.value(value.is_true());
      return;
    case cql::Kind::kInteger:
      json.value(std::to_string(value.as_integer()));
      return;
    case cql::Kind::kLong:
      json.value(std::to_string(value.as_long()));
      return;
    case cql::Kind::kDecimal:
      json.value(value.as_decimal().to_short_string());
      return;
    case cql::Kind::kString:
      json.value(value.as_string());
      return;
    case cql::Kind::kDate:
      json.value(base::format_date(value.as_date_time()));
      return;
    case cql::Kind::kDateTime:
      json.value(base::format_date_time(value.as_date_time()));
      return;
    case cql::Kind::kTime:
      json.value(base::format_time(value.as_date_time()));
      return;
    case cql::Kind::kQuantity: {
      const auto& quantity = value.as_quantity();
      json.begin_object().member("value", quantity.value.to_short_string());
      json.member("unit", quantity.unit).end_object();
      return;
    }
    case cql::Kind::kCode: {
      const auto& code = value.as_code();
      json.begin_object().member("code", code.code).key("system");
      if (code.system.empty()) {
        json.null();
      } else {
        json.value(code.system);
      }
      json.end_object();
      return;
    }
    case cql::Kind::kConcept:
      json.begin_object().key("codes").begin_array();
      for (const auto& code : value.as_concept().codes) {
        write_normal(json, cql::Value::of(&code), record);
      }
      json.end_array().end_object();
      return;
    case cql::Kind::kInterval: {
      const auto& interval = value.as_interval();
      json.begin_object().key("low");
      write_normal(json, interval.low, record);
      json.key("high");
      write_normal(json, interval.high, record);
      json.member("lowClosed", interval.low_closed).member("highClosed", interval.high_closed);
      json.end_object();
      return;
    }
    case cql::Kind::kList:
      json.begin_array();
      for (const auto& item : value.as_list()) write_normal(json, item, record);
      json.end_array();
      return;
    case cql::Kind::kTuple: {
      // Sorted by name, so that the order of writing does not matter.
      const auto& tuple = value.as_tuple();
      std::map<std::string_view, std::size_t> order;
      for (std::size_t i = 0; i < tuple.shape->names.size(); ++i) {
        order.emplace(tuple.shape->names[i], i);
      }
      json.begin_object();
      for (const auto& [name, index] : order) {
        json.key(name);
        write_normal(json, tuple.elements[index], record);
      }
      json.end_object();
      return;
    }
    case cql::Kind::kElement:
      if (const auto* resource = record.resource_of(value.as_node())) {
        json.value(std::string(fhir::type_text(resource->type)) + "/" + std::string(resource->id));
      } else {
        json.raw(cql::to_json(value));
      }
      return;
    case cql::Kind::kRatio:
    case cql::Kind::kValueSet:
    case cql::Kind::kCodeSystem:
    case cql::Kind::kUncertainty:
      json.value(cql::to_string(value));
      return;
  }
}

}  // namespace

std::string write_reasoning(const Guideline& guideline, const fhir::Record& record,
                            const PlanOptions& options, const Recommendation& recommendation) {
  Reasoning reasoning(guideline, record, options);
  reasoning.tree(recommendation.when, 0);
  for (const auto id : recommendation.unless) reasoning.tree(id, 0);
  return reasoning.take();
}

std::string write_values(const Guideline& guideline, const fhir::Record& record,
                         const base::DateTime& as_of) {
  cql::EvaluationOptions options;
  options.as_of = as_of;
  cql::Evaluation evaluation(guideline.program(), record, options);
  const auto definitions = guideline.program().definitions();
  std::map<std::string, cql::DefinitionId> order;
  for (cql::DefinitionId id = 0; id < definitions.size(); ++id) {
    if (definitions[id].name == "Patient") continue;
    order.emplace(definitions[id].library + "." + definitions[id].name, id);
  }
  base::JsonWriter json(1);
  json.begin_object();
  for (const auto& [name, id] : order) {
    json.key(name);
    const auto value = evaluation.value(id);
    if (value) {
      write_normal(json, *value, record);
    } else {
      json.begin_object().member("error", value.error().to_string()).end_object();
    }
  }
  json.end_object();
  return json.text() + "\n";
}

}  // namespace nidus::pathway
