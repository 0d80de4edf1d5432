// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_bounds.h"

namespace nidus::cql::ops {

namespace {

Edge lowest_edge(Call& call, const Value& like) {
  const Value least = minimum(call, like.kind(), like);
  return least.is_null() || like.is(Kind::kQuantity) ? Edge{{}, -1} : Edge{least, 0};
}

Edge highest_edge(Call& call, const Value& like) {
  const Value most = maximum(call, like.kind(), like);
  return most.is_null() || like.is(Kind::kQuantity) ? Edge{{}, 1} : Edge{most, 0};
}

Bound certain(const Edge& edge) { return {edge, edge, true}; }

// An end with a value. An open end steps inside; where it cannot, nothing is known of it.
std::optional<Bound> written_end(Call& call, const Value& value, bool closed, int inside) {
  if (value.is_null()) return std::nullopt;
  if (value.is(Kind::kUncertainty)) {
    const auto& range = value.as_interval();
    return Bound{{range.low, 0}, {range.high, 0}, false};
  }
  if (closed) return certain({value, 0});
  const auto next = step(call, value, inside);
  return certain({next ? *next : value, 0});
}

}  // namespace

Bounds bounds_of(Call& call, const Value& value) {
  if (value.is(Kind::kUncertainty)) {
    const auto& range = value.as_interval();
    return {certain({range.low, 0}), certain({range.high, 0})};
  }
  if (!value.is(Kind::kInterval)) return {range_of(value), range_of(value)};
  const Interval& interval = value.as_interval();
  const auto low = written_end(call, interval.low, interval.low_closed, +1);
  const auto high = written_end(call, interval.high, interval.high_closed, -1);
  if (low && high) return {*low, *high};
  const Edge least = lowest_edge(call, interval.high);
  const Edge most = highest_edge(call, interval.low);
  Bounds bounds;
  bounds.start = low ? *low : certain(least);
  bounds.end = high ? *high : certain(most);
  if (!low && !interval.low_closed) {
    bounds.start = {least, high || interval.high_closed ? bounds.end.high : Edge{{}, 1}, false};
  }
  if (!high && !interval.high_closed) {
    bounds.end = {low || interval.low_closed ? bounds.start.low : Edge{{}, -1}, most, false};
  }
  return bounds;
}

Bound range_of(const Value& value) {
  if (!value.is(Kind::kUncertainty)) return certain({value, 0});
  const auto& range = value.as_interval();
  return {{range.low, 0}, {range.high, 0}, false};
}

Value value_of(const Bound& bound) { return bound.known ? bound.low.value : Value(); }

std::optional<int> compare_edges(Call& call, const Edge& a, const Edge& b,
                                 const NodeOptions& options) {
  if (a.infinity != 0 && b.infinity != 0) {
    return a.infinity < b.infinity ? -1 : a.infinity > b.infinity ? 1 : 0;
  }
  // Against a value the nameless end of the type gets its name, as it may be that very value.
  const auto named = [&](const Edge& edge, const Value& like) {
    return edge.infinity < 0 ? lowest_edge(call, like) : highest_edge(call, like);
  };
  if (a.infinity != 0) {
    const Edge end = named(a, b.value);
    return end.infinity != 0 ? end.infinity : compare_points(call, end.value, b.value, options);
  }
  if (b.infinity != 0) {
    const Edge end = named(b, a.value);
    return end.infinity != 0 ? -end.infinity : compare_points(call, a.value, end.value, options);
  }
  return compare_points(call, a.value, b.value, options);
}

namespace {

// The lowest a can be against the highest b can be, where `worst` is the highest a against the
// lowest b: what is known has one edge.
std::optional<int> other_way(Call& call, const Bound& a, const Bound& b, const NodeOptions& options,
                             std::optional<int> worst) {
  return a.known && b.known ? worst : compare_edges(call, a.low, b.high, options);
}

}  // namespace

Truth less(Call& call, const Bound& a, const Bound& b, const NodeOptions& options) {
  const auto worst = compare_edges(call, a.high, b.low, options);
  if (worst && *worst < 0) return true;
  const auto best = other_way(call, a, b, options, worst);
  if (best && *best >= 0) return false;
  return std::nullopt;
}

Truth less_or_equal(Call& call, const Bound& a, const Bound& b, const NodeOptions& options) {
  const auto worst = compare_edges(call, a.high, b.low, options);
  if (worst && *worst <= 0) return true;
  if (is_in_last_second(call, a.high.value, b.low.value, options)) return true;
  const auto best = other_way(call, a, b, options, worst);
  if (best && *best > 0) return false;
  return std::nullopt;
}

Truth less_or_equal(Call& call, const Value& a, const Value& b, const NodeOptions& options) {
  const auto order = compare_points(call, a, b, options);
  if (order && *order <= 0) return true;
  if (is_in_last_second(call, a, b, options)) return true;
  return order ? Truth(false) : std::nullopt;
}

Truth equal(Call& call, const Bound& a, const Bound& b, const NodeOptions& options) {
  const auto up = compare_edges(call, a.high, b.low, options);
  const auto down = other_way(call, a, b, options, up);
  if ((up && *up < 0) || (down && *down > 0)) return false;
  if (a.known && b.known && up && *up == 0) return true;
  return std::nullopt;
}

std::optional<Bound> stepped(Call& call, const Bound& bound, int direction) {
  const auto move = [&](const Edge& edge) -> std::optional<Edge> {
    if (edge.infinity != 0) return edge;
    const auto next = step(call, edge.value, direction);
    if (!next) return std::nullopt;
    return Edge{*next, 0};
  };
  const auto low = move(bound.low);
  const auto high = move(bound.high);
  if (bound.known) {
    if (!low) return std::nullopt;
    return Bound{*low, *low, true};
  }
  // A range that reaches the end of its type stays at that end.
  return Bound{low ? *low : bound.low, high ? *high : bound.high, false};
}

}  // namespace nidus::cql::ops
