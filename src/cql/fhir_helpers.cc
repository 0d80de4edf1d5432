// SPDX-License-Identifier: Apache-2.0
//
// FHIRHelpers 4.0.1, built in: the conversions from FHIR to System types that the translator puts
// into every library. One difference on purpose: where FHIRHelpers ends with an error (a quantity
// with a comparator or without UCUM, a period that ends before it starts) the value is unknown, so
// that one such resource does not silence everything that looks at its neighbours.
#include <algorithm>

#include "cql/node.h"

namespace nidus::cql {
namespace {

using fhir::Node;

struct Names {
  fhir::NameId code = fhir::name_id("code");
  fhir::NameId coding = fhir::name_id("coding");
  fhir::NameId comparator = fhir::name_id("comparator");
  fhir::NameId denominator = fhir::name_id("denominator");
  fhir::NameId display = fhir::name_id("display");
  fhir::NameId end = fhir::name_id("end");
  fhir::NameId high = fhir::name_id("high");
  fhir::NameId low = fhir::name_id("low");
  fhir::NameId numerator = fhir::name_id("numerator");
  fhir::NameId start = fhir::name_id("start");
  fhir::NameId system = fhir::name_id("system");
  fhir::NameId text = fhir::name_id("text");
  fhir::NameId unit = fhir::name_id("unit");
  fhir::NameId value = fhir::name_id("value");
  fhir::NameId version = fhir::name_id("version");
};

const Names kNames;

struct Types {
  fhir::TypeId coding = fhir::type_id("Coding");
  fhir::TypeId codeable_concept = fhir::type_id("CodeableConcept");
  fhir::TypeId date_time = fhir::type_id("dateTime");
  fhir::TypeId period = fhir::type_id("Period");
  fhir::TypeId range = fhir::type_id("Range");
};

const Types kTypes;

std::string_view text_at(const Node& node, fhir::NameId name) {
  const Node* found = node.find(name);
  return found == nullptr ? std::string_view() : found->str();
}

// A primitive made by an Instance may stand as an object with its value inside.
std::string_view number_at(const Node& node) {
  const Node* found = node.find(kNames.value);
  while (found != nullptr && found->kind == Node::Kind::kObject) found = found->find(kNames.value);
  return found == nullptr ? std::string_view() : found->str();
}

Code code_of(const Node& coding) {
  return {.code = text_at(coding, kNames.code),
          .system = text_at(coding, kNames.system),
          .version = text_at(coding, kNames.version),
          .display = text_at(coding, kNames.display)};
}

Value to_date_time(Run& run, const Value& value) {
  const Value inner = system_value(run, value);
  return inner.is(Kind::kDate) ? Value::date_time(inner.as_date_time()) : inner;
}

Value to_code(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  return Value::of(run.arena->make<Code>(code_of(*value.as_node())));
}

Value to_concept(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  const Node& node = *value.as_node();
  auto* out = run.arena->make<Concept>();
  if (value.element_type() == kTypes.coding) {
    out->codes = {run.arena->make<Code>(code_of(node)), 1};
    return Value::of(out);
  }
  out->display = text_at(node, kNames.text);
  if (const Node* codings = node.find(kNames.coding)) {
    const auto items = codings->items();
    const auto codes = run.arena->make_array<Code>(items.size());
    std::transform(items.begin(), items.end(), codes.begin(), code_of);
    out->codes = codes;
  }
  return Value::of(out);
}

bool is_ucum(std::string_view system) {
  return system.empty() || system == "http://unitsofmeasure.org" ||
         system == "http://hl7.org/fhirpath/CodeSystem/calendar-units";
}

// FHIRHelpers.ToCalendarUnit: a definite duration of UCUM is read as the calendar's.
std::string_view calendar_unit(std::string_view unit) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"ms", "millisecond"}, {"s", "second"}, {"min", "minute"}, {"h", "hour"},
      {"d", "day"},          {"wk", "week"},  {"mo", "month"},   {"a", "year"}};
  const auto* found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const auto& pair) { return pair.first == unit; });
  return found == std::end(kUnits) ? unit : found->second;
}

Value to_calendar_unit(Run& run, const Value& value) {
  const Value text = system_value(run, value);
  return text.is(Kind::kString) ? Value::string(calendar_unit(text.as_string())) : Value();
}

std::optional<Quantity> any_quantity_of(const Node& node) {
  if (!is_ucum(text_at(node, kNames.system))) return std::nullopt;
  const auto number = base::Decimal::parse(number_at(node));
  if (!number) return std::nullopt;
  std::string_view unit = text_at(node, kNames.code);
  if (unit.empty()) unit = text_at(node, kNames.unit);
  return Quantity{*number, unit.empty() ? std::string_view("1") : calendar_unit(unit)};
}

std::optional<Quantity> quantity_of(const Node* node) {
  if (node == nullptr || node->find(kNames.comparator) != nullptr) return std::nullopt;
  return any_quantity_of(*node);
}

Value quantity_at(Run& run, const Node* node) {
  const auto quantity = quantity_of(node);
  return quantity ? Value::of(run.arena->make<Quantity>(*quantity)) : Value();
}

Value to_quantity(Run& run, const Value& value) {
  return value.is(Kind::kElement) ? quantity_at(run, value.as_node()) : value;
}

Value to_quantity_ignoring_comparator(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  const auto quantity = any_quantity_of(*value.as_node());
  return quantity ? Value::of(run.arena->make<Quantity>(*quantity)) : Value();
}

Value to_ratio(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  const auto above = quantity_of(value.as_node()->find(kNames.numerator));
  const auto below = quantity_of(value.as_node()->find(kNames.denominator));
  if (!above || !below) return {};
  return Value::of(run.arena->make<Ratio>(*above, *below));
}

Value moment_at(Run& run, const Node& period, fhir::NameId name) {
  const Node* node = period.find(name);
  return node == nullptr ? Value() : primitive_value(run, *node, kTypes.date_time);
}

// The values a measured quantity may have: "<" and "<=" leave it without a lower end.
Value interval_of_quantity(Run& run, const Node& node) {
  const std::string_view comparator = text_at(node, kNames.comparator);
  const auto quantity = any_quantity_of(node);
  const Value bound = quantity ? Value::of(run.arena->make<Quantity>(*quantity)) : Value();
  const bool below = comparator.starts_with('<'), above = comparator.starts_with('>');
  if (!quantity && comparator.empty()) return {};
  return Value::of(run.arena->make<Interval>(below ? Value() : bound, above ? Value() : bound,
                                             comparator != ">", comparator != "<"));
}

// A period without a start began at an unknown time; without an end it goes on.
Value to_interval(Run& run, const Value& value) {
  if (!value.is(Kind::kElement)) return value;
  const Node& node = *value.as_node();
  if (value.element_type() != kTypes.period && value.element_type() != kTypes.range) {
    return interval_of_quantity(run, node);
  }
  const bool period = value.element_type() == kTypes.period;
  const Value low =
      period ? moment_at(run, node, kNames.start) : quantity_at(run, node.find(kNames.low));
  const Value high =
      period ? moment_at(run, node, kNames.end) : quantity_at(run, node.find(kNames.high));
  if (!period && low.is_null() && high.is_null()) return {};
  Call call = run.call();
  const Value out = checked_interval(call, low, !period || !low.is_null(), high, true);
  if (run.error.empty()) return out;
  run.error.clear();
  return {};
}

struct Named {
  std::string_view name;
  Intrinsic run;
};
constexpr Named kIntrinsics[] = {{"ToBoolean", system_value},
                                 {"ToString", system_value},
                                 {"ToInteger", system_value},
                                 {"ToDecimal", system_value},
                                 {"ToDate", system_value},
                                 {"ToTime", system_value},
                                 {"ToDateTime", to_date_time},
                                 {"ToCode", to_code},
                                 {"ToConcept", to_concept},
                                 {"ToQuantity", to_quantity},
                                 {"ToRatio", to_ratio},
                                 {"ToInterval", to_interval},
                                 {"ToCalendarUnit", to_calendar_unit},
                                 {"ToQuantityIgnoringComparator", to_quantity_ignoring_comparator}};

}  // namespace

Intrinsic find_intrinsic(std::string_view name) {
  const auto* found = std::find_if(std::begin(kIntrinsics), std::end(kIntrinsics),
                                   [&](const Named& named) { return named.name == name; });
  return found == std::end(kIntrinsics) ? nullptr : found->run;
}

namespace {

Code bare(std::string_view text) {
  Code out;
  out.code = text;
  return out;
}

// What tells a code from others, without the words.
Code told_apart(const Node& coding) {
  Code out;
  out.code = text_at(coding, kNames.code);
  out.system = text_at(coding, kNames.system);
  return out;
}

// Visits the codes of whatever holds them, until `visit(code, any_system)` answers true. A bare
// text or FHIR code names no system and stands for any; a Code or Coding without a system says
// nothing.
template <class Visit>
bool visit_codes(const Value& holder, const Visit& visit) {
  const auto known = [&](const Code& code) {
    return !code.system.empty() && !code.code.empty() && visit(code, false);
  };
  switch (holder.kind()) {
    case Kind::kList:
      return std::any_of(holder.as_list().begin(), holder.as_list().end(),
                         [&](const Value& item) { return visit_codes(item, visit); });
    case Kind::kCode:
      return known(holder.as_code());
    case Kind::kConcept: {
      const auto codes = holder.as_concept().codes;
      return std::any_of(codes.begin(), codes.end(), known);
    }
    case Kind::kString:
      return !holder.as_string().empty() && visit(bare(holder.as_string()), true);
    case Kind::kElement: {
      const Node& node = *holder.as_node();
      if (fhir::is_primitive(holder.element_type())) {
        const std::string_view text =
            node.kind == Node::Kind::kObject ? text_at(node, kNames.value) : node.str();
        return !text.empty() && visit(bare(text), true);
      }
      if (holder.element_type() == kTypes.coding) return known(told_apart(node));
      if (holder.element_type() != kTypes.codeable_concept) return false;
      const Node* codings = node.find(kNames.coding);
      if (codings == nullptr) return false;
      return std::any_of(codings->items().begin(), codings->items().end(),
                         [&](const Node& coding) { return known(told_apart(coding)); });
    }
    default:
      return false;
  }
}

}  // namespace

bool any_code_in(const Value& holder, const ValueSet& set) {
  return visit_codes(holder, [&](const Code& code, bool any_system) {
    return holds(set, sought(code.system, code.code, any_system));
  });
}

void add_codes_of(const Value& holder, std::uint32_t resource, CodeIndexBuilder& index) {
  visit_codes(holder, [&](const Code& code, bool any_system) {
    index.add(resource, code.system, code.code, any_system);
    return false;
  });
}

bool any_code_of_system(const Value& holder, const ValueSet& system) {
  return visit_codes(holder, [&](const Code& code, bool any_system) {
    return !any_system && code.system == system.url;
  });
}

bool is_equivalent_to_any(const SoughtCode& code, const Value& codes) {
  return visit_codes(codes, [&](const Code& other, bool any_system) {
    return code.code == other.code &&
           (code.any_system || any_system || code.system == other.system);
  });
}

}  // namespace nidus::cql
