// SPDX-License-Identifier: Apache-2.0
//
// What any resource says about itself: when it was true, when it became known, what to call it.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/record.h"

namespace nidus::fhir {

namespace {

using Names = std::vector<NameId>;

Names names_of(std::initializer_list<std::string_view> texts) {
  Names out;
  for (const auto text : texts) out.push_back(name_id(text));
  return out;
}

// The date elements of R4 resources, most telling first.
const Names& when_names() {
  static const Names names = names_of({"effectiveDateTime",
                                       "effectivePeriod",
                                       "effectiveInstant",
                                       "effectiveTiming",
                                       "performedDateTime",
                                       "performedPeriod",
                                       "occurrenceDateTime",
                                       "occurrencePeriod",
                                       "occurrenceTiming",
                                       "onsetDateTime",
                                       "onsetPeriod",
                                       "collectedDateTime",
                                       "collectedPeriod",
                                       "started",
                                       "whenHandedOver",
                                       "whenPrepared",
                                       "timingDateTime",
                                       "timingPeriod",
                                       "createdDateTime",
                                       "createdPeriod",
                                       "executionPeriod",
                                       "period",
                                       "startDate",
                                       "start",
                                       "authoredOn",
                                       "authored",
                                       "recordedDate",
                                       "recordedOn",
                                       "dateAsserted",
                                       "receivedTime",
                                       "sent",
                                       "date",
                                       "dateTime",
                                       "created",
                                       "recorded",
                                       "issued",
                                       "lastOccurrence"});
  return names;
}

const Names& known_names() {
  static const Names names = names_of({"issued", "recordedDate", "recordedOn", "dateAsserted",
                                       "authoredOn", "authored", "recorded", "receivedTime"});
  return names;
}

const Node* first_of(const Node& node, const Names& names) {
  for (const NameId name : names) {
    if (const Node* found = node.find(name)) return found;
  }
  return nullptr;
}

// A moment, the start of a Period (its end when it has no start), the first event of a Timing.
std::optional<base::DateTime> date_in(const Node& node) {
  static const Names ends = names_of({"start", "end"});
  static const NameId event_name = name_id("event"), repeat_name = name_id("repeat");
  static const NameId bounds_name = name_id("boundsPeriod");
  if (node.kind == Node::Kind::kString) return base::parse_date_time(node.str());
  if (const Node* at = first_of(node, ends)) return base::parse_date_time(at->str());
  if (const Node* events = node.find(event_name)) {
    for (const auto& event : events->items()) {
      if (auto date = base::parse_date_time(event.str())) return date;
    }
  }
  const Node* repeat = node.find(repeat_name);
  const Node* bounds = repeat == nullptr ? nullptr : repeat->find(bounds_name);
  return bounds == nullptr ? std::nullopt : date_in(*bounds);
}

std::optional<base::DateTime> first_date(const Node& node, const Names& names) {
  for (const NameId name : names) {
    if (const Node* found = node.find(name)) {
      if (auto date = date_in(*found)) return date;
    }
  }
  return std::nullopt;
}

std::string concept_text(const Node& node) {
  static const NameId text_name = name_id("text"), coding_name = name_id("coding");
  static const NameId display_name = name_id("display"), code_name = name_id("code");
  if (node.kind == Node::Kind::kString) return std::string(node.str());
  if (node.kind == Node::Kind::kArray) {
    return node.items().empty() ? std::string() : concept_text(node.items().front());
  }
  // A Coding, as in Encounter.class, speaks for itself.
  for (const NameId name : {text_name, display_name}) {
    const Node* found = node.find(name);
    if (found != nullptr && !found->str().empty()) return std::string(found->str());
  }
  if (const Node* codings = node.find(coding_name)) {
    for (const NameId name : {display_name, code_name}) {
      for (const auto& coding : codings->items()) {
        const Node* found = coding.find(name);
        if (found != nullptr && !found->str().empty()) return std::string(found->str());
      }
    }
  }
  const Node* code = node.find(code_name);
  return code == nullptr ? std::string() : std::string(code->str());
}

// A medicine may be a reference with a display, or a resource contained in the one at hand.
std::string medicine_text(const Node& resource) {
  static const NameId medicine_name = name_id("medicationReference");
  static const NameId display_name = name_id("display"), reference_name = name_id("reference");
  static const NameId contained_name = name_id("contained"), id_name = name_id("id");
  static const NameId code_name = name_id("code");
  const Node* medicine = resource.find(medicine_name);
  if (medicine == nullptr) return {};
  if (const Node* display = medicine->find(display_name)) return std::string(display->str());
  const Node* reference = medicine->find(reference_name);
  const Node* contained = resource.find(contained_name);
  if (reference == nullptr || contained == nullptr || !reference->str().starts_with('#')) return {};
  for (const auto& held : contained->items()) {
    const Node* id = held.find(id_name);
    const Node* code = held.find(code_name);
    if (id != nullptr && id->str() == reference->str().substr(1) && code != nullptr) {
      return concept_text(*code);
    }
  }
  return {};
}

std::string quantity_text(const Node& quantity) {
  static const NameId comparator_name = name_id("comparator"), value_name = name_id("value");
  static const NameId unit_name = name_id("unit"), code_name = name_id("code");
  const Node* value = quantity.find(value_name);
  if (value == nullptr) return {};
  std::string out;
  if (const Node* comparator = quantity.find(comparator_name)) out = comparator->str();
  out += value->str();
  const Node* unit = quantity.find(unit_name);
  if (unit == nullptr || unit->str().empty()) unit = quantity.find(code_name);
  if (unit != nullptr && !unit->str().empty() && unit->str() != "1") {
    out += " " + std::string(unit->str());
  }
  return out;
}

// "4 mmol/L to 6 mmol/L", "1:320"; "?" for the half that is not said.
std::string of_two(const Node& pair, std::string_view first, std::string_view second,
                   std::string_view between) {
  const auto half = [&](std::string_view name) {
    const Node* quantity = pair.find(name_id(name));
    const std::string text = quantity == nullptr ? std::string() : quantity_text(*quantity);
    return text.empty() ? std::string("?") : text;
  };
  return half(first) + std::string(between) + half(second);
}

// " 148 mg/L" or ": Staphylococcus aureus"; empty when there is no value.
std::string value_text(const Node& node) {
  static const NameId quantity_name = name_id("valueQuantity");
  static const NameId integer_name = name_id("valueInteger");
  static const NameId concept_name = name_id("valueCodeableConcept");
  static const NameId range_name = name_id("valueRange"), ratio_name = name_id("valueRatio");
  static const Names others =
      names_of({"valueString", "valueBoolean", "valueDateTime", "valueTime"});
  std::string out;
  if (const Node* quantity = node.find(quantity_name)) {
    out = quantity_text(*quantity);
    return out.empty() ? out : " " + out;
  }
  if (const Node* integer = node.find(integer_name)) return " " + std::string(integer->str());
  if (const Node* range = node.find(range_name)) return " " + of_two(*range, "low", "high", " to ");
  if (const Node* ratio = node.find(ratio_name)) {
    return " " + of_two(*ratio, "numerator", "denominator", ":");
  }
  if (const Node* coded = node.find(concept_name)) {
    out = concept_text(*coded);
  } else if (const Node* other = first_of(node, others)) {
    out = other->str();
  }
  return out.empty() ? out : ": " + out;
}

std::string name_of(const Node& node) {
  static const Names names = names_of({"code", "medicationCodeableConcept", "vaccineCode", "type",
                                       "procedureCode", "description", "class", "category"});
  for (const NameId name : names) {
    const Node* found = node.find(name);
    if (found == nullptr) continue;
    auto text = concept_text(*found);
    if (!text.empty()) return text;
  }
  return medicine_text(node);
}

// Whatever the sender put into it.
std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

}  // namespace

std::optional<base::DateTime> when(const Resource& resource) {
  static const NameId collection_name = name_id("collection"), context_name = name_id("context");
  // A specimen says when it was taken inside `collection`, a document its time inside `context`.
  for (const NameId name : {collection_name, context_name}) {
    if (const Node* inside = resource.node->find(name)) {
      if (auto date = first_date(*inside, when_names())) return date;
    }
  }
  return first_date(*resource.node, when_names());
}

std::optional<base::DateTime> known_at(const Resource& resource) {
  if (auto date = first_date(*resource.node, known_names())) return date;
  return when(resource);
}

std::string title(const Resource& resource) {
  std::string out = name_of(*resource.node);
  if (out.empty()) out = type_text(resource.type);
  return on_one_line(std::move(out));
}

std::string label(const Resource& resource) {
  return title(resource) + on_one_line(value_text(*resource.node));
}

}  // namespace nidus::fhir
