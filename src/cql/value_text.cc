// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"
#include "cql/program.h"

namespace nidus::cql {
namespace {

using base::JsonWriter;

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') out += '\\';
    if (letter == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      // What a sender put into a text must not reach a terminal as a command.
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += "\\u00";
      out += letter < 0x10 ? '0' : '1';
      out += kDigits[static_cast<unsigned char>(letter) & 0xFU];
    } else {
      out += letter;
    }
  }
  return out += '\'';
}

std::string text_of(const Quantity& quantity) {
  std::string out = quantity.value.to_string();
  if (quantity.unit.empty() || quantity.unit == "1") return out + " '1'";
  return out + ' ' + quoted(quantity.unit);
}

std::string text_of(const Code& code) {
  std::string out = "Code {code: " + quoted(code.code);
  if (!code.system.empty()) out += ", system: " + quoted(code.system);
  if (!code.version.empty()) out += ", version: " + quoted(code.version);
  if (!code.display.empty()) out += ", display: " + quoted(code.display);
  return out += '}';
}

std::string text_of(const Concept& concept_value) {
  std::string out = "Concept {codes: {";
  std::string_view separator;
  for (const Code& code : concept_value.codes) {
    out.append(separator).append(text_of(code));
    separator = ", ";
  }
  out += '}';
  if (!concept_value.display.empty()) out += ", display: " + quoted(concept_value.display);
  return out += '}';
}

std::string text_of(const Interval& interval) {
  std::string out = "Interval";
  out += interval.low_closed ? '[' : '(';
  out += to_string(interval.low) + ", " + to_string(interval.high);
  out += interval.high_closed ? ']' : ')';
  return out;
}

std::string text_of(const Tuple& tuple) {
  const auto names = tuple.shape->names;
  if (names.empty()) return "{:}";
  std::string out = "{";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ", ";
    out.append(names[i]).append(": ").append(to_string(tuple.elements[i]));
  }
  return out += '}';
}

std::string text_of(std::span<const Value> items) {
  std::string out = "{";
  std::string_view separator;
  for (const Value& item : items) {
    out.append(separator).append(to_string(item));
    separator = ", ";
  }
  return out += '}';
}

// A FHIR primitive that carries an id or extensions is an object whose member `value` is the
// scalar.
const fhir::Node* scalar_of(const fhir::Node* node) {
  static const fhir::NameId kValueName = fhir::name_id("value");
  if (node->kind == fhir::Node::Kind::kObject) return node->find(kValueName);
  return node;
}

std::string name_of(const fhir::Node& member) {
  if (member.name == fhir::kNoName) return std::string(member.extra_name());
  return (fhir::is_sibling_name(member.name) ? "_" : "") +
         std::string(fhir::name_text(member.name));
}

void write_fhir(JsonWriter& out, const fhir::Node& node) {
  using NodeKind = fhir::Node::Kind;
  switch (node.kind) {
    case NodeKind::kNull:
      out.null();
      return;
    case NodeKind::kBoolean:
    case NodeKind::kNumber:
      out.raw(node.str());
      return;
    case NodeKind::kString:
      out.value(node.str());
      return;
    case NodeKind::kArray:
      out.begin_array();
      for (const fhir::Node& item : node.items()) write_fhir(out, item);
      out.end_array();
      return;
    case NodeKind::kObject:
      out.begin_object();
      for (const fhir::Node& member : node.items()) {
        // A primitive made in CQL of a null: FHIR has no empty elements.
        if (member.kind == NodeKind::kObject && member.size == 0) continue;
        out.key(name_of(member));
        write_fhir(out, member);
      }
      out.end_object();
      return;
  }
}

std::string text_of_element(const Value& value) {
  const fhir::Node* node = value.as_node();
  if (fhir::is_resource_type(value.element_type())) {
    static const fhir::NameId kIdName = fhir::name_id("id");
    const fhir::Node* id = node->find(kIdName);
    std::string out(fhir::type_text(value.element_type()));
    if (id != nullptr) out.append("/").append(id->str());
    return out;
  }
  if (fhir::is_primitive(value.element_type())) {
    const fhir::Node* scalar = scalar_of(node);
    if (scalar == nullptr || scalar->kind == fhir::Node::Kind::kNull) return "null";
    if (scalar->kind == fhir::Node::Kind::kString) return quoted(scalar->str());
    return std::string(scalar->str());
  }
  return to_json(value);
}

void write(JsonWriter& out, const Value& value);

void write(JsonWriter& out, const Quantity& quantity) {
  out.begin_object().key("value").raw(quantity.value.to_string());
  out.member("unit", quantity.unit).end_object();
}

void write(JsonWriter& out, const Code& code) {
  out.begin_object().member("code", code.code);
  if (!code.system.empty()) out.member("system", code.system);
  if (!code.version.empty()) out.member("version", code.version);
  if (!code.display.empty()) out.member("display", code.display);
  out.end_object();
}

void write(JsonWriter& out, const Concept& concept_value) {
  out.begin_object().key("codes").begin_array();
  for (const Code& code : concept_value.codes) write(out, code);
  out.end_array();
  if (!concept_value.display.empty()) out.member("display", concept_value.display);
  out.end_object();
}

void write(JsonWriter& out, const Interval& interval) {
  out.begin_object().key("low");
  write(out, interval.low);
  out.member("lowClosed", interval.low_closed).key("high");
  write(out, interval.high);
  out.member("highClosed", interval.high_closed).end_object();
}

void write(JsonWriter& out, const Tuple& tuple) {
  out.begin_object();
  for (std::size_t i = 0; i < tuple.shape->names.size(); ++i) {
    out.key(tuple.shape->names[i]);
    write(out, tuple.elements[i]);
  }
  out.end_object();
}

void write_element(JsonWriter& out, const Value& value) {
  const fhir::Node* node = value.as_node();
  if (fhir::is_primitive(value.element_type())) {
    const fhir::Node* scalar = scalar_of(node);
    if (scalar == nullptr) {
      out.null();
    } else {
      write_fhir(out, *scalar);
    }
    return;
  }
  write_fhir(out, *node);
}

void write(JsonWriter& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      out.null();
      return;
    case Kind::kBoolean:
      out.value(value.as_boolean());
      return;
    case Kind::kInteger:
      out.value(static_cast<std::int64_t>(value.as_integer()));
      return;
    case Kind::kLong:
      out.value(value.as_long());
      return;
    case Kind::kDecimal:
      out.raw(value.as_decimal().to_string());
      return;
    case Kind::kString:
      out.value(value.as_string());
      return;
    case Kind::kDate:
      out.value(base::format_date(value.as_date_time()));
      return;
    case Kind::kDateTime:
      out.value(base::format_date_time(value.as_date_time()));
      return;
    case Kind::kTime:
      out.value(base::format_time(value.as_date_time()));
      return;
    case Kind::kQuantity:
      write(out, value.as_quantity());
      return;
    case Kind::kRatio:
      out.begin_object().key("numerator");
      write(out, value.as_ratio().numerator);
      out.key("denominator");
      write(out, value.as_ratio().denominator);
      out.end_object();
      return;
    case Kind::kCode:
      write(out, value.as_code());
      return;
    case Kind::kConcept:
      write(out, value.as_concept());
      return;
    case Kind::kInterval:
    case Kind::kUncertainty:
      write(out, value.as_interval());
      return;
    case Kind::kList:
      out.begin_array();
      for (const Value& item : value.as_list()) write(out, item);
      out.end_array();
      return;
    case Kind::kTuple:
      write(out, value.as_tuple());
      return;
    case Kind::kElement:
      write_element(out, value);
      return;
    case Kind::kValueSet:
    case Kind::kCodeSystem:
      out.begin_object().member("id", value.as_value_set().url);
      out.member("name", value.as_value_set().name).end_object();
      return;
  }
}

}  // namespace

std::string to_string(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return value.as_boolean() ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(value.as_integer());
    case Kind::kLong:
      return std::to_string(value.as_long()) + 'L';
    case Kind::kDecimal:
      return value.as_decimal().to_string();
    case Kind::kString:
      return quoted(value.as_string());
    case Kind::kDate:
      return '@' + base::format_date(value.as_date_time());
    case Kind::kDateTime: {
      const base::DateTime when = value.as_date_time();
      // A date-time without hours keeps its T, or it would read as a date.
      return '@' + base::format_date_time(when) +
             (when.precision < base::Precision::kHour ? "T" : "");
    }
    case Kind::kTime:
      return "@T" + base::format_time(value.as_date_time());
    case Kind::kQuantity:
      return text_of(value.as_quantity());
    case Kind::kRatio:
      return text_of(value.as_ratio().numerator) + ':' + text_of(value.as_ratio().denominator);
    case Kind::kCode:
      return text_of(value.as_code());
    case Kind::kConcept:
      return text_of(value.as_concept());
    case Kind::kInterval:
    case Kind::kUncertainty:
      return text_of(value.as_interval());
    case Kind::kList:
      return text_of(value.as_list());
    case Kind::kTuple:
      return text_of(value.as_tuple());
    case Kind::kElement:
      return text_of_element(value);
    case Kind::kValueSet:
      return "ValueSet " + quoted(value.as_value_set().url);
    case Kind::kCodeSystem:
      return "CodeSystem " + quoted(value.as_value_set().url);
  }
  return {};
}

void write_json(JsonWriter& out, const Value& value) { write(out, value); }

std::string to_json(const Value& value) {
  JsonWriter out;
  write(out, value);
  return out.text();
}

}  // namespace nidus::cql
