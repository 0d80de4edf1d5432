// SPDX-License-Identifier: Apache-2.0
//
// Reads lists of tuples that the guideline's definitions give for a record: doses, levels, values
// of a marker. Internal to the room. Thread rule: one reader, one thread. Errors: kBadGuideline for
// a definition that is not there, kEvaluation for one that fails.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cql/program.h"
#include "fhir/record.h"
#include "pathway/guideline.h"

namespace nidus::pathway {

class TupleReader {
 public:
  TupleReader(const Guideline& guideline, const fhir::Record& record, const base::DateTime& as_of)
      : record_(record),
        program_(guideline.program()),
        evaluation_(program_, record, {as_of, false, {}}),
        offset_(as_of.offset_minutes),
        now_ms_(base::epoch_ms(as_of, as_of.offset_minutes)) {}

  base::Result<std::vector<cql::Value>> list(std::string_view define) {
    const auto value = value_of(define);
    if (!value) return std::unexpected(value.error());
    if (!value->is(cql::Kind::kList)) return std::vector<cql::Value>{};
    const auto items = value->as_list();
    return std::vector<cql::Value>(items.begin(), items.end());
  }

  // Hours from the moment of judging of a definition that is a moment; nullopt when it has none.
  base::Result<std::optional<double>> moment(std::string_view define) {
    const auto value = value_of(define);
    if (!value) return std::unexpected(value.error());
    const double out = hours(*value);
    return std::isnan(out) ? std::nullopt : std::optional(out);
  }

  static double number(const cql::Tuple& tuple, std::string_view name) {
    const cql::Value value = tuple.get(name);
    if (value.is(cql::Kind::kDecimal)) return value.as_decimal().to_double();
    if (value.is(cql::Kind::kInteger)) return value.as_integer();
    return std::numeric_limits<double>::quiet_NaN();
  }
  static bool truth(const cql::Tuple& tuple, std::string_view name) {
    return tuple.get(name).is_true();
  }
  static std::string text(const cql::Tuple& tuple, std::string_view name) {
    const cql::Value value = tuple.get(name);
    return value.is(cql::Kind::kString) ? std::string(value.as_string()) : std::string();
  }
  // Hours from the moment of judging; NaN when undated.
  double hours(const cql::Tuple& tuple, std::string_view name) const {
    return hours(tuple.get(name));
  }
  double hours(const cql::Value& value) const {
    if (!value.is(cql::Kind::kDateTime)) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(base::epoch_ms(value.as_date_time(), offset_) - now_ms_) / 3.6e6;
  }
  // A time of day without a zone is read in the zone of judging; empty when there is none such.
  std::string assumed(const cql::Tuple& tuple) const {
    const cql::Value value = tuple.get("source");
    const fhir::Resource* found =
        value.is(cql::Kind::kElement) ? record_.resource_of(value.as_node()) : nullptr;
    if (found == nullptr) return {};
    const auto text_at = [](const fhir::Node* node, std::string_view name) {
      const fhir::Node* child = node == nullptr ? nullptr : node->find(fhir::name_id(name));
      return child == nullptr ? std::string_view() : child->str();
    };
    const fhir::Node* period = found->node->find(fhir::name_id("effectivePeriod"));
    for (const std::string_view time : {text_at(found->node, "effectiveDateTime"),
                                        text_at(period, "start"), text_at(period, "end")}) {
      const auto clock = time.find('T');
      if (clock == std::string_view::npos || time.find_first_of("Z+-", clock) != time.npos)
        continue;
      return fmt::format("{} has no time zone: read as that of the moment of judging",
                         std::string(time));
    }
    return {};
  }
  std::string resource(const cql::Tuple& tuple) const {
    const cql::Value value = tuple.get("source");
    if (!value.is(cql::Kind::kElement)) return {};
    const fhir::Resource* found = record_.resource_of(value.as_node());
    return found == nullptr ? std::string() : found->reference();
  }
  cql::Evaluation& evaluation() { return evaluation_; }

 private:
  base::Result<cql::Value> value_of(std::string_view define) {
    const auto id = program_.find(define);
    if (!id) {
      return base::fail(base::ErrorCode::kBadGuideline,
                        "no definition is named '" + std::string(define) + "'");
    }
    return evaluation_.value(*id);
  }

  const fhir::Record& record_;
  const cql::Program& program_;
  cql::Evaluation evaluation_;
  int offset_;
  std::int64_t now_ms_;
};

}  // namespace nidus::pathway
