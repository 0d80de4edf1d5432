// SPDX-License-Identifier: Apache-2.0
#include "pathway/why.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "pathway/advise.h"
#include "pathway/text_page.h"

namespace nidus::pathway {

namespace {

constexpr int kDeepest = 40;
constexpr int kIndentedLevels = 16;         // deeper ones say their level
constexpr std::size_t kLongestValue = 300;  // in bytes, of what is no fact

class Reasoning {
 public:
  Reasoning(const Guideline& guideline, const fhir::Record& record, const PlanOptions& options,
            int width)
      : guideline_(guideline),
        record_(record),
        adviser_(guideline, record, options),
        page_(width, false) {}

  void tree(cql::DefinitionId id, int depth) {
    const auto& definition = guideline_.program().definitions()[id];
    const Fact* fact = guideline_.fact_of(id);
    const cql::Value value = adviser_.value(id);
    if (is_word_list(id, value)) return;
    const std::string_view unit = fact == nullptr ? std::string_view() : fact->unit;
    // A fact goes by the name a person knows, everything else by its definition.
    std::string text = fact == nullptr ? std::string(definition.name) : fact->label;
    std::string said = display(value, unit, record_);
    if (fact == nullptr) said = cut(std::move(said));
    text += ": " + said;
    const std::string line(definition.locator.substr(0, definition.locator.find(':')));
    text += " (" + std::string(definition.library) + (line.empty() ? "" : ".cql:" + line) + ")";
    const bool again = !shown_.insert(id).second;
    if (again && !adviser_.evaluation().looked_at(id).empty()) text += " [above]";
    page_.wrap(lead(depth), text);
    if (again || depth >= kDeepest) return;
    // Below what found nothing there is nothing to see.
    if (value.is(cql::Kind::kList) && value.as_list().empty()) return;
    if (const auto source = source_text(value); !source.empty()) {
      page_.wrap(lead(depth + 1), "from " + source);
      return;
    }
    for (const auto next : adviser_.evaluation().looked_at(id)) tree(next, depth + 1);
  }

  std::string take() { return page_.take(); }

 private:
  static std::string lead(int depth) {
    const int shown = std::min(depth, kIndentedLevels);
    std::string out(static_cast<std::size_t>(shown) * 2, ' ');
    if (depth > shown) out += "[" + std::to_string(depth) + "] ";
    return out;
  }

  // Lists of everything that a record holds fill pages; `nidus values` has them whole.
  static std::string cut(std::string text) {
    if (text.size() <= kLongestValue) return text;
    const std::size_t all = text.size();
    std::size_t end = kLongestValue;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    return text + " ... (cut: " + std::to_string(all) + " bytes; `nidus values` prints all)";
  }

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
  TextPage page_;
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
                            const PlanOptions& options, const Recommendation& recommendation,
                            int width) {
  Reasoning reasoning(guideline, record, options, width);
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
    order.emplace(definitions[id].full_name(), id);
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
