// SPDX-License-Identifier: Apache-2.0
//
// The operators whose arguments are all evaluated first ("strict"): one file per chapter of the CQL
// reference (operator_arithmetic.cc, operator_interval.cc, ...), each with a table that the
// compiler joins by ELM node name. Lazy nodes (If, Case, And, Query, ...) are in node_*.cc. Thread
// rule: operators are pure; the Call carries the only state.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/date_time.h"
#include "base/error.h"
#include "cql/value.h"

namespace nidus::cql {

// What an operator may use besides its arguments.
struct Call {
  base::Arena& arena;
  const base::DateTime& as_of;  // evaluation instant, with offset
  int offset_minutes;           // the request's offset, for date-times without one
  // Set to end the evaluation of this definition with an error (not null). First one wins.
  std::string* error;
};

// Options an ELM node carries besides operands, read once at compile time.
struct NodeOptions {
  bool has_precision = false;
  base::Precision precision = base::Precision::kMillisecond;
  std::string_view as_type;     // target of Convert/ToX where needed, model names without namespace
  bool is_week = false;         // `weeks between`
  Kind point = Kind::kNull;     // of which type: MinValue, MaxValue
  Kind operand = Kind::kNull;   // static kind of the operand, where a null needs it: Length, In
  std::string_view component;   // DateTimeComponentFrom precision, e.g. "Month"
  bool without_offset = false;  // ToString of a moment that is written without one
};

using StrictOperator = Value (*)(Call&, const NodeOptions&, std::span<const Value>);

struct OperatorEntry {
  std::string_view elm_name;  // "Add"
  int min_operands;
  int max_operands;
  StrictOperator run;
};

// Nodes whose operands stand under names in ELM get them by position, null where absent:
//   Date: year, month, day.  Time: hour, minute, second, millisecond.
//   DateTime: year, month, day, hour, minute, second, millisecond, timezoneOffset.
//   Combine: source, separator.  Split: stringToSplit, separator.  SplitOnMatches likewise,
//   pattern. Substring: stringToSub, startIndex, length.  PositionOf, LastPositionOf: pattern,
//   string. First, Last, IndexOf, Slice, aggregates: source first, then element or startIndex,
//   endIndex. Round: operand, precision.  CalculateAge*: precision in NodeOptions.
// MinValue, MaxValue: NodeOptions::point. Convert, CanConvert: NodeOptions::as_type.
std::span<const OperatorEntry> arithmetic_operators();
std::span<const OperatorEntry> comparison_operators();
std::span<const OperatorEntry> string_operators();
std::span<const OperatorEntry> date_time_operators();
std::span<const OperatorEntry> interval_operators();
std::span<const OperatorEntry> list_operators();
std::span<const OperatorEntry> aggregate_operators();
std::span<const OperatorEntry> type_operators();      // ToX, ConvertsToX, CanConvert, Convert
std::span<const OperatorEntry> clinical_operators();  // CalculateAge*, quantities, ratios, codes
std::span<const OperatorEntry> nullological_operators();  // IsNull, IsTrue, IsFalse, Coalesce(list)

// An interval as written by an Interval node; an error when it ends before it starts.
Value checked_interval(Call& call, const Value& low, bool low_closed, const Value& high,
                       bool high_closed);

// Shared by families, queries and sorts. Three-valued: a null Value when unknown.
Value equal(Call& call, const Value& a, const Value& b);
bool equivalent(Call& call, const Value& a, const Value& b);
// -1, 0, 1 as Integer; null when unknown or not ordered.
Value compare(Call& call, const Value& a, const Value& b, const NodeOptions& options);
// A total order for sorting: nulls first; a date that is a part of another one before it.
int sort_order(Call& call, const Value& a, const Value& b);
// Equality in which nulls are equal to each other (distinct, union, contains).
bool same(Call& call, const Value& a, const Value& b);

}  // namespace nidus::cql
