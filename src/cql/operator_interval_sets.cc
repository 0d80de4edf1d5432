// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_interval_sets.h"

#include <algorithm>
#include <vector>

#include "cql/operator_moments.h"
#include "cql/operator_numbers.h"
#include "cql/program.h"

namespace nidus::cql::ops {

namespace {

const NodeOptions kNoOptions;

Value cut_point(const Value& point, const NodeOptions& options) {
  if (!options.has_precision || !is_moment(point)) return point;
  return make_moment(point, cut(point.as_date_time(), options.precision));
}

Bound cut_bound(const Bound& bound, const NodeOptions& options) {
  Bound result = bound;
  result.low.value = cut_point(bound.low.value, options);
  result.high.value = cut_point(bound.high.value, options);
  return result;
}

// One end of an interval as it is written.
struct End {
  Value value;
  bool closed = true;
};

constexpr bool kClosed = true;
End unknown_end() { return {{}, !kClosed}; }

End low_end(const Value& interval) {
  return {interval.as_interval().low, interval.as_interval().low_closed};
}
End high_end(const Value& interval) {
  return {interval.as_interval().high, interval.as_interval().high_closed};
}

// The earlier (or later) of two bounds, as written; nullopt when they cannot be told apart.
std::optional<End> chosen(Call& call, const Bound& a, const End& end_a, const Bound& b,
                          const End& end_b, bool earlier) {
  const Truth a_first = less_or_equal(call, a, b, kNoOptions);
  if (!a_first) {
    const Truth b_first = less_or_equal(call, b, a, kNoOptions);
    if (b_first != Truth(true)) return std::nullopt;
    return earlier ? end_b : end_a;
  }
  return *a_first == earlier ? end_a : end_b;
}

End choose(Call& call, const Bound& a, const End& end_a, const Bound& b, const End& end_b,
           bool earlier) {
  return chosen(call, a, end_a, b, end_b, earlier).value_or(unknown_end());
}

Value interval_of(Call& call, const End& low, const End& high) {
  return make_interval(call, low.value, high.value, low.closed, high.closed);
}

bool are_intervals(const Value& a, const Value& b) {
  return a.is(Kind::kInterval) && b.is(Kind::kInterval);
}

}  // namespace

Truth overlaps(Call& call, const Bounds& a, const Bounds& b, const NodeOptions& options) {
  return both(less_or_equal(call, a.start, b.end, options),
              less_or_equal(call, b.start, a.end, options));
}

Truth meets_before(Call& call, const Bounds& a, const Bounds& b, const NodeOptions& options) {
  const auto after = stepped(call, cut_bound(a.end, options), +1);
  if (!after) return false;
  return equal(call, *after, b.start, options);
}

Value interval_union(Call& call, const Value& a, const Value& b) {
  if (!are_intervals(a, b)) return fail(call, "union needs two lists or two intervals");
  const Bounds x = bounds_of(call, a);
  const Bounds y = bounds_of(call, b);
  const Truth joined =
      either(overlaps(call, x, y, kNoOptions),
             either(meets_before(call, x, y, kNoOptions), meets_before(call, y, x, kNoOptions)));
  if (joined != Truth(true)) return {};
  return interval_of(call, choose(call, x.start, low_end(a), y.start, low_end(b), true),
                     choose(call, x.end, high_end(a), y.end, high_end(b), false));
}

Value interval_intersect(Call& call, const Value& a, const Value& b) {
  if (!are_intervals(a, b)) return fail(call, "intersect needs two lists or two intervals");
  const Bounds x = bounds_of(call, a);
  const Bounds y = bounds_of(call, b);
  if (overlaps(call, x, y, kNoOptions) != Truth(true)) return {};
  return interval_of(call, choose(call, x.start, low_end(a), y.start, low_end(b), false),
                     choose(call, x.end, high_end(a), y.end, high_end(b), true));
}

Value interval_except(Call& call, const Value& a, const Value& b) {
  if (!are_intervals(a, b)) return fail(call, "except needs two lists or two intervals");
  const Bounds x = bounds_of(call, a);
  const Bounds y = bounds_of(call, b);
  const Truth touching = overlaps(call, x, y, kNoOptions);
  if (!touching) return {};
  if (!*touching) return a;
  const Truth before = less(call, x.start, y.start, kNoOptions);
  const Truth after = less(call, y.end, x.end, kNoOptions);
  if (!before || !after || *before == *after) return {};
  if (*before) {
    const auto last = stepped(call, y.start, -1);
    if (!last || !last->known) return {};
    return interval_of(call, low_end(a), {value_of(*last), kClosed});
  }
  const auto first = stepped(call, y.end, +1);
  if (!first || !first->known) return {};
  return interval_of(call, {value_of(*first), kClosed}, high_end(a));
}

}  // namespace nidus::cql::ops

namespace nidus::cql {

Value checked_interval(Call& call, const Value& low, bool low_closed, const Value& high,
                       bool high_closed) {
  const Value interval = ops::make_interval(call, low, high, low_closed, high_closed);
  if (low.is_null() || high.is_null()) return interval;
  const auto order = ops::compare_points(call, low, high, NodeOptions());
  const bool empty = order && (*order > 0 || (*order == 0 && !(low_closed && high_closed)));
  if (empty) {
    return ops::fail(call, "an interval ends before it starts: from " + to_string(low) + " to " +
                               to_string(high));
  }
  if (order && !low_closed && !high_closed) {
    const ops::Bounds bounds = ops::bounds_of(call, interval);
    if (ops::less(call, bounds.end, bounds.start, NodeOptions()) == ops::Truth(true)) {
      return ops::fail(call, "an interval without members: nothing lies between " + to_string(low) +
                                 " and " + to_string(high));
    }
  }
  return interval;
}

}  // namespace nidus::cql

namespace nidus::cql::ops {

// --- collapse -----------------------------------------------------------------------------------

namespace {

Bound beyond_all() { return {{{}, +1}, {{}, +1}, true}; }

// How far another interval may be behind this end and still be one with it: a step, or `per`.
// Nullopt when `per` is no distance of this type.
std::optional<Bound> reach(Call& call, const Bound& end, const Value& per, NodeOptions& options) {
  if (!per.is(Kind::kQuantity)) {
    const auto next = stepped(call, end, +1);
    return next || !end.known ? next : beyond_all();
  }
  if (end.low.infinity != 0 || !end.known) return end;
  const Value& point = end.low.value;
  const Quantity& quantity = per.as_quantity();
  // What lies beyond the end of the type is nearer than anything behind it.
  std::string overflow;
  Call quiet{call.arena, call.as_of, call.offset_minutes, &overflow};
  Value moved;
  if (is_moment(point)) {
    const auto precision = precision_of_unit(quantity.unit);
    if (!precision) return std::nullopt;
    options.has_precision = true;
    options.precision = *precision;
    moved = shift_moment(quiet, point, quantity, +1);
    // A time of day starts again at midnight.
    const auto onward = moved.is_null() ? 0 : compare_points(call, point, moved, kNoOptions);
    if (moved.is_null() || (onward && *onward > 0)) return beyond_all();
  } else if (point.is(Kind::kQuantity)) {
    moved = add(quiet, point, per);
  } else {
    moved = add(quiet, point, Value::decimal(call.arena, quantity.value));
  }
  if (moved.is_null()) return overflow.empty() ? std::nullopt : std::optional(beyond_all());
  return range_of(moved);
}

struct Span {
  Value interval;
  Bounds bounds;
};

// All edges in one order, also moments that are written to different precisions: each stands at
// its first instant.
bool starts_before(Call& call, const Span& a, const Span& b) {
  const Edge& x = a.bounds.start.low;
  const Edge& y = b.bounds.start.low;
  if (x.infinity == 0 && y.infinity == 0 && is_moment(x.value) && is_moment(y.value)) {
    const auto instant = [&](const Edge& edge) {
      return base::epoch_ms(edge.value.as_date_time(), call.offset_minutes);
    };
    return instant(x) < instant(y);
  }
  return compare_edges(call, x, y, kNoOptions).value_or(0) < 0;
}

Truth within_reach(Call& call, const Bound& start, const Bound& end, const Value& per) {
  NodeOptions options;
  const auto limit = reach(call, end, per, options);
  return limit ? less_or_equal(call, start, *limit, options) : Truth();
}

// An end that nobody knows may be the later one; one that is known, but not well enough, must not
// be lost.
std::optional<End> joined_end(Call& call, const Bound& a, const End& end_a, const Bound& b,
                              const End& end_b, bool earlier) {
  if (auto end = chosen(call, a, end_a, b, end_b, earlier)) return end;
  if (end_a.value.is_null() || end_b.value.is_null()) return unknown_end();
  return std::nullopt;
}

// Both as one, where they certainly overlap or are near enough. `doubtful`: nobody can say.
std::optional<Span> joined(Call& call, const Span& a, const Span& b, const Value& per,
                           bool& doubtful) {
  const Truth near = both(within_reach(call, b.bounds.start, a.bounds.end, per),
                          within_reach(call, a.bounds.start, b.bounds.end, per));
  doubtful = !near;
  if (near != Truth(true)) return std::nullopt;
  const auto low = joined_end(call, a.bounds.start, low_end(a.interval), b.bounds.start,
                              low_end(b.interval), true);
  const auto high = joined_end(call, a.bounds.end, high_end(a.interval), b.bounds.end,
                               high_end(b.interval), false);
  doubtful = !low || !high;
  if (doubtful) return std::nullopt;
  const Value interval = interval_of(call, *low, *high);
  return Span{interval, bounds_of(call, interval)};
}

}  // namespace

Value collapse(Call& call, Arguments intervals, const Value& per) {
  std::vector<Span> spans;
  for (const auto& interval : intervals) {
    if (!interval.is(Kind::kInterval)) continue;
    const auto& ends = interval.as_interval();
    // Nothing at all is known of an interval that is open and empty at both ends.
    if (ends.low.is_null() && ends.high.is_null()) continue;
    spans.push_back({interval, bounds_of(call, interval)});
  }
  const auto in_order = [&](const Span& a, const Span& b) { return starts_before(call, a, b); };
  std::stable_sort(spans.begin(), spans.end(), in_order);
  std::vector<Span> merged;
  bool any_doubt = false;
  for (Span next : spans) {
    // What is apart from the one before is apart from all, unless there was one of which nobody
    // could say; and what grew may reach further.
    for (std::size_t i = merged.size(); i-- > 0;) {
      bool doubtful = false;
      if (auto one = joined(call, merged[i], next, per, doubtful)) {
        next = *one;
        merged.erase(merged.begin() + static_cast<std::ptrdiff_t>(i));
        i = merged.size();
        continue;
      }
      any_doubt = any_doubt || doubtful;
      if (!any_doubt) break;
    }
    merged.push_back(next);
  }
  std::stable_sort(merged.begin(), merged.end(), in_order);
  std::vector<Value> result;
  for (const auto& span : merged) result.push_back(span.interval);
  return make_list(call, result);
}

Value run_collapse(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return fail(call, "collapse needs a list of intervals");
  return collapse(call, a[0].as_list(), a.size() > 1 ? a[1] : Value());
}

}  // namespace nidus::cql::ops
