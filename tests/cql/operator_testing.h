// SPDX-License-Identifier: Apache-2.0
//
// Values and calls for the operator tests: run("Add", {n(1), n(2)}). The request's offset is +01:00
// and its time 2025-03-04T10:00.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cql/operators.h"

namespace nidus::cql::testing {

class OperatorTest : public ::testing::Test {
 protected:
  static Value null() { return {}; }
  static Value b(bool truth) { return Value::boolean(truth); }
  static Value n(std::int32_t number) { return Value::integer(number); }
  static Value l(std::int64_t number) { return Value::long_integer(number); }
  static Value s(std::string_view text) { return Value::string(text); }
  Value d(std::string_view number) {
    return Value::decimal(arena_, base::Decimal::parse(number).value());
  }
  Value q(std::string_view number, std::string_view unit) {
    return Value::of(arena_.make<Quantity>(base::Decimal::parse(number).value(), unit));
  }
  static Value date(std::string_view text) { return Value::date(base::parse_date(text).value()); }
  static Value at(std::string_view text) {
    return Value::date_time(base::parse_date_time(text).value());
  }
  static Value clock(std::string_view text) { return Value::time(base::parse_time(text).value()); }
  // iv(1, 5) is [1, 5]; "(]" and the like change the ends.
  Value iv(const Value& low, const Value& high, std::string_view ends = "[]") {
    return Value::of(arena_.make<Interval>(low, high, ends[0] == '[', ends[1] == ']'));
  }
  Value range(std::int32_t low, std::int32_t high) {
    return Value::uncertainty(arena_.make<Interval>(n(low), n(high), true, true));
  }
  Value list(std::initializer_list<Value> items) {
    auto copy = arena_.make_array<Value>(items.size());
    std::copy(items.begin(), items.end(), copy.begin());
    return Value::list(copy);
  }
  Value code(std::string_view system, std::string_view text, std::string_view display = {}) {
    return Value::of(arena_.make<Code>(text, system, std::string_view(), display));
  }

  Value run(std::string_view name, std::initializer_list<Value> arguments,
            const NodeOptions& options = {}) {
    error_.clear();
    for (const auto table :
         {arithmetic_operators(), comparison_operators(), string_operators(), date_time_operators(),
          interval_operators(), list_operators(), aggregate_operators(), type_operators(),
          clinical_operators(), nullological_operators()}) {
      for (const auto& entry : table) {
        if (entry.elm_name != name) continue;
        const auto count = static_cast<int>(arguments.size());
        EXPECT_TRUE(count >= entry.min_operands && count <= entry.max_operands) << name;
        return entry.run(call_, options, {arguments.begin(), arguments.size()});
      }
    }
    ADD_FAILURE() << "no operator " << name;
    return {};
  }

  static NodeOptions to(base::Precision precision, bool week = false) {
    NodeOptions options;
    options.has_precision = true;
    options.precision = precision;
    options.is_week = week;
    return options;
  }

  // Equal, of the same kind, and no error on the way.
  ::testing::AssertionResult is(const Value& actual, const Value& expected) {
    if (!error_.empty()) return ::testing::AssertionFailure() << "error: " << error_;
    if (actual.kind() != expected.kind()) {
      return ::testing::AssertionFailure() << "kind " << static_cast<int>(actual.kind())
                                           << " instead of " << static_cast<int>(expected.kind());
    }
    if (actual.is_null()) return ::testing::AssertionSuccess();
    if (actual.is(Kind::kUncertainty)) {
      const auto& x = actual.as_interval();
      const auto& y = expected.as_interval();
      if (same(call_, x.low, y.low) && same(call_, x.high, y.high)) {
        return ::testing::AssertionSuccess();
      }
      return ::testing::AssertionFailure() << "another range";
    }
    if (same(call_, actual, expected)) return ::testing::AssertionSuccess();
    if (equal(call_, actual, expected).is_null() && equivalent(call_, actual, expected)) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "another value";
  }
  bool failed(const Value& actual) const { return actual.is_null() && !error_.empty(); }

  base::Arena arena_;
  base::DateTime as_of_ = base::parse_date_time("2025-03-04T10:00:00.000+01:00").value();
  std::string error_;
  Call call_{arena_, as_of_, 60, &error_};
};

}  // namespace nidus::cql::testing
