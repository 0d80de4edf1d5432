// SPDX-License-Identifier: Apache-2.0
#include "cli/cql_result.h"

#include <regex>

namespace nidus::cli {

namespace {

using base::JsonWriter;
using cql::Kind;
using cql::Value;

// The reference of a resource that is not to be written whole.
std::optional<std::string> reference_of(const Value& value, const ResultForm& form) {
  if (!value.is(Kind::kElement) || form.resources == ResourceForm::kWhole) return std::nullopt;
  if (!fhir::is_resource_type(value.element_type())) return std::nullopt;
  const fhir::Resource* resource = form.record.resource_of(value.as_node());
  if (resource == nullptr && form.of_everyone != nullptr) {
    resource = form.of_everyone->resource_of(value.as_node());
  }
  if (resource == nullptr) return std::nullopt;
  return resource->reference();
}

void write_interval(JsonWriter& out, const cql::Interval& interval, const ResultForm& form) {
  out.begin_object().key("low");
  write_result(out, interval.low, form);
  out.member("lowClosed", interval.low_closed).key("high");
  write_result(out, interval.high, form);
  out.member("highClosed", interval.high_closed).end_object();
}

}  // namespace

void write_result(JsonWriter& out, const Value& value, const ResultForm& form) {
  if (const auto reference = reference_of(value, form)) {
    out.value(*reference);
    return;
  }
  switch (value.kind()) {
    case Kind::kList:
      out.begin_array();
      for (const Value& item : value.as_list()) write_result(out, item, form);
      out.end_array();
      return;
    case Kind::kTuple: {
      const auto& tuple = value.as_tuple();
      out.begin_object();
      for (std::size_t i = 0; i < tuple.shape->names.size(); ++i) {
        out.key(tuple.shape->names[i]);
        write_result(out, tuple.elements[i], form);
      }
      out.end_object();
      return;
    }
    case Kind::kInterval:
    case Kind::kUncertainty:
      write_interval(out, value.as_interval(), form);
      return;
    default:
      cql::write_json(out, value);
  }
}

std::string csv_text(std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

std::string csv_field(const Value& value, const ResultForm& form) {
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kString:
      return csv_text(value.as_string());
    case Kind::kQuantity: {
      const auto& quantity = value.as_quantity();
      const std::string number = quantity.value.to_string();
      return csv_text(quantity.unit.empty() || quantity.unit == "1"
                          ? number
                          : number + " " + std::string(quantity.unit));
    }
    case Kind::kCode: {
      const auto& code = value.as_code();
      const std::string bare(code.code);
      return csv_text(code.system.empty() ? bare : std::string(code.system) + "|" + bare);
    }
    default:
      break;
  }
  if (const auto reference = reference_of(value, form)) return csv_text(*reference);
  JsonWriter json;
  write_result(json, value, form);
  std::string_view text = json.text();
  // Dates and FHIR codes are texts in JSON, without anything to escape.
  if (text.size() >= 2 && text.front() == '"' && text.find('\\') == std::string_view::npos) {
    text = text.substr(1, text.size() - 2);
  } else if (text == "null") {
    return {};
  }
  return csv_text(text);
}

FailurePlace place_of(const base::Error& error) {
  static const std::regex form(R"(^([\s\S]*) \((\S+) (\d+):(\d+)(?:-\d+:\d+)?\)$)");
  std::smatch parts;
  if (!std::regex_match(error.message, parts, form)) return {{}, 0, 0, error.message};
  return {parts[2], std::stoi(parts[3]), std::stoi(parts[4]), parts[1]};
}

}  // namespace nidus::cli
