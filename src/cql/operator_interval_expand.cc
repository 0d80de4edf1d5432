// SPDX-License-Identifier: Apache-2.0
//
// Expand: an interval as its successive pieces (or points) of the size `per`, cut to the precision
// of `per`. A last piece that would reach beyond the interval is left out.
#include <algorithm>
#include <optional>
#include <vector>

#include "cql/operator_interval_sets.h"
#include "cql/operator_numbers.h"

namespace nidus::cql::ops {

using base::DateTime;
using base::Decimal;
using base::int128;

namespace {

// Pieces one expression may make: far above any clinical use, far below the memory.
constexpr std::size_t kMostPieces = 1'000'000;

struct Pieces {
  std::vector<Value> items;
  bool as_points = false;
  bool too_many = false;
};

void append(Call& call, Pieces& pieces, const Value& low, const Value& high) {
  pieces.items.push_back(pieces.as_points ? low : make_interval(call, low, high));
}

bool full(Call& call, Pieces& pieces) {
  if (pieces.items.size() < kMostPieces) return false;
  pieces.too_many = true;
  fail(call, "expand makes too many pieces");
  return true;
}

int128 unit_of(int scale) {
  int128 unit = Decimal::kOne;
  for (int i = 0; i < scale; ++i) unit /= 10;
  return unit;
}

int places_of(const Decimal& number) {
  int places = Decimal::kMaxScale;
  while (places > 0 && number.coefficient() % unit_of(places - 1) == 0) --places;
  return places;
}

int128 floor_to(int128 coefficient, int128 unit) {
  const int128 rest = coefficient % unit;
  return coefficient - (rest < 0 ? rest + unit : rest);
}

Value number_like(Call& call, const Value& like, int128 coefficient, int scale) {
  const auto number = Decimal::from_coefficient(coefficient, scale);
  if (!number) return {};
  if (like.is(Kind::kQuantity)) return make_quantity(call, *number, like.as_quantity().unit);
  if (scale == 0 && !like.is(Kind::kDecimal)) {
    const auto whole = number->truncate_to_int64();
    if (!whole) return {};
    return like.is(Kind::kLong) ? Value::long_integer(*whole) : integer_or_null(*whole);
  }
  return Value::decimal(call.arena, *number);
}

Decimal amount_of(const Value& point) {
  return point.is(Kind::kQuantity) ? point.as_quantity().value : number_of(point);
}

// The size of a piece in the unit of the interval's points.
std::optional<Decimal> size_of(const Value& low, const Value& high, const Value& per) {
  if (per.is(Kind::kQuantity)) {
    const Quantity& quantity = per.as_quantity();
    if (!low.is(Kind::kQuantity)) {
      return quantity.unit == "1" ? std::optional<Decimal>(quantity.value) : std::nullopt;
    }
    return convert_quantity(quantity.value, quantity.unit, low.as_quantity().unit);
  }
  if (low.is(Kind::kInteger) || low.is(Kind::kLong)) return Decimal::from_int(1);
  const int scale = std::min(amount_of(low).scale(), amount_of(high).scale());
  return Decimal::from_coefficient(unit_of(scale), scale);
}

void expand_numbers(Call& call, const Value& low, const Value& high, const Value& per,
                    Pieces& pieces) {
  const auto size = size_of(low, high, per);
  if (!size || size->coefficient() <= 0) return;
  const int scale = places_of(*size);
  const int128 unit = unit_of(scale);
  const bool whole = low.is(Kind::kInteger) || low.is(Kind::kLong);
  int128 last = amount_of(high).coefficient();
  // A whole number stands for all its fractions: 10 per 0.1 goes on to 10.9.
  if (whole && scale > 0) last += Decimal::kOne - unit;
  last = floor_to(last, unit);
  for (int128 at = floor_to(amount_of(low).coefficient(), unit);
       at + size->coefficient() - unit <= last; at += size->coefficient()) {
    if (full(call, pieces)) return;
    const Value first = number_like(call, low, at, scale);
    const Value end = number_like(call, low, at + size->coefficient() - unit, scale);
    if (first.is_null() || end.is_null()) return;
    append(call, pieces, first, end);
  }
}

void expand_moments(Call& call, const Value& low, const Value& high, const Value& per,
                    Pieces& pieces) {
  const DateTime from = low.as_date_time();
  const DateTime to = high.as_date_time();
  constexpr std::string_view kWords[] = {"year",   "month",  "day",        "hour",
                                         "minute", "second", "millisecond"};
  const auto coarser = std::min(from.precision, to.precision);
  const Quantity size =
      per.is(Kind::kQuantity)
          ? per.as_quantity()
          : Quantity{Decimal::from_int(1), kWords[static_cast<std::size_t>(coarser)]};
  const auto precision = precision_of_unit(size.unit);
  if (!precision || size.value < Decimal::from_int(1)) return;
  if (from.precision < *precision || to.precision < *precision) return;
  const Value end = make_moment(high, cut(to, *precision));
  Value at = make_moment(low, cut(from, *precision));
  while (!full(call, pieces)) {
    // The calendar or the day may end before the piece does: then there is no whole piece.
    std::string beyond;
    Call quiet{call.arena, call.as_of, call.offset_minutes, &beyond};
    const Value next = shift_moment(quiet, at, size, +1);
    if (next.is_null()) return;
    const auto last = step(call, next, -1);
    const auto inside = last ? compare_points(call, *last, end, NodeOptions()) : std::nullopt;
    const auto onward = last ? compare_points(call, at, *last, NodeOptions()) : std::nullopt;
    if (!inside || *inside > 0 || !onward || *onward > 0) {
      // The last step of a day wraps to midnight, which has no step before it.
      if (at.is(Kind::kTime) && !last && compare_points(call, at, end, NodeOptions()) == 0) {
        append(call, pieces, at, end);
      }
      return;
    }
    append(call, pieces, at, *last);
    at = next;
  }
}

void expand_interval(Call& call, const Value& interval, const Value& per, Pieces& pieces) {
  const auto& written = interval.as_interval();
  if (written.low.is_null() || written.high.is_null()) return;
  const auto bounds = bounds_of(call, interval);
  if (!bounds.start.known || !bounds.end.known) return;
  const Value low = value_of(bounds.start);
  const Value high = value_of(bounds.end);
  if (is_moment(low) && is_moment(high)) return expand_moments(call, low, high, per, pieces);
  if (low.is(Kind::kQuantity) || is_number(low)) expand_numbers(call, low, high, per, pieces);
}

}  // namespace

Value run_expand(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  const Value per = a.size() > 1 ? a[1] : Value();
  Pieces pieces;
  if (a[0].is(Kind::kInterval)) {
    pieces.as_points = true;
    expand_interval(call, a[0], per, pieces);
  } else if (a[0].is(Kind::kList)) {
    const Value joined = collapse(call, a[0].as_list(), {});
    for (const auto& interval : joined.as_list()) expand_interval(call, interval, per, pieces);
  } else {
    return fail(call, "expand needs an interval or a list of intervals");
  }
  return pieces.too_many ? Value() : make_list(call, pieces.items);
}

}  // namespace nidus::cql::ops
