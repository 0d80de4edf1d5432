// SPDX-License-Identifier: Apache-2.0
//
// Small things every operator file uses: three-valued truth, making values, reading numbers,
// stepping to the next value of a type. Internal to the operators; no state.
// Error rule: an error is written to Call::error and null is returned.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cql/operators.h"

namespace nidus::cql::ops {

using Arguments = std::span<const Value>;

// Kleene's three values: nullopt is "unknown".
using Truth = std::optional<bool>;
Truth both(Truth a, Truth b);
Truth either(Truth a, Truth b);
Truth opposite(Truth a);
Value truth(Truth a);
Truth truth_of(const Value& value);  // null and anything not Boolean: unknown

// Records the error (the first one wins) and gives null.
Value fail(Call& call, std::string_view message);

bool any_null(Arguments arguments);

Value integer_or_null(std::int64_t number);  // null outside 32 bits
Value decimal_or_null(Call& call, const std::optional<base::Decimal>& number);
Value make_quantity(Call& call, const base::Decimal& value, std::string_view unit);
Value quantity_or_null(Call& call, const std::optional<base::Decimal>& value,
                       std::string_view unit);
Value make_list(Call& call, std::span<const Value> items);  // copies into the arena
// `text` cut at each `separator`, whole when that is empty. The parts point into `text`.
std::span<const Value> split(base::Arena& arena, std::string_view text, std::string_view separator);
Value make_interval(Call& call, const Value& low, const Value& high, bool low_closed = true,
                    bool high_closed = true);
Value make_uncertainty(Call& call, std::int64_t low, std::int64_t high, Kind kind = Kind::kInteger);
// Keeps the kind (Date, DateTime, Time) of `like`.
Value make_moment(const Value& like, const base::DateTime& moment);

bool is_moment(const Value& value);  // Date, DateTime or Time
bool is_number(const Value& value);  // Integer, Long or Decimal
bool is_whole(const Value& value);   // Integer or Long
// The number of an operand that may be missing; nullopt for null and for anything but a whole one.
std::optional<std::int64_t> whole_or_nothing(const Value& value);
// REQUIRES: is_number(value)
base::Decimal number_of(const Value& value);
// Integer or Long, also the ends of an uncertainty. REQUIRES: kInteger or kLong.
std::int64_t whole_of(const Value& value);

// Smallest / largest value of a type; null for types without one. The unit of a quantity comes from
// `like`, when given.
Value minimum(Call& call, Kind kind, const Value& like = {});
Value maximum(Call& call, Kind kind, const Value& like = {});
// Next value up (+1) or down (-1) at the value's own precision; nullopt at the end of the type or
// for a type without steps.
std::optional<Value> step(Call& call, const Value& value, int direction);

// Canonical UCUM code for a unit of definite length ("days" -> "d"); other units unchanged.
// Calendar years and months stay words.
std::string_view definite_unit(std::string_view unit);
// `value` in another unit by CQL's rules: exact for UCUM; between calendar years and months 12.
std::optional<base::Decimal> convert_quantity(const base::Decimal& value, std::string_view from,
                                              std::string_view to);
// Nullopt when not comparable (dimensions differ, or a calendar year/month against a definite
// duration).
std::optional<int> compare_quantities(const Quantity& a, const Quantity& b);

// The moment at a coarser precision; finer ones are left as they are.
base::DateTime cut(base::DateTime moment, base::Precision to);
// The precision a unit of time counts in ("days", "wk" -> kDay); nullopt for any other unit.
std::optional<base::Precision> precision_of_unit(std::string_view unit);
// The moment later (+1) or earlier (-1) by a length of time; an error when it leaves the calendar.
Value shift_moment(Call& call, const Value& moment, const Quantity& by, int direction);

// Ordering of two points. Nullopt: unknown or not ordered.
std::optional<int> compare_points(Call& call, const Value& a, const Value& b,
                                  const NodeOptions& options);
// Whether `a` is a moment whose milliseconds are not known, and `b` the last one of its second:
// then `a` is not after `b`, although their order is not known.
bool is_in_last_second(Call& call, const Value& a, const Value& b, const NodeOptions& options);

}  // namespace nidus::cql::ops
