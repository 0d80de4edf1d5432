// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_interval_sets.h"

#include <algorithm>
#include <vector>

#include "cql/operator_numbers.h"

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

// The earlier (or later) of two bounds, as written; unknown when they cannot be told apart.
End choose(Call& call, const Bound& a, const End& end_a, const Bound& b, const End& end_b,
           bool earlier) {
  const Truth a_first = less_or_equal(call, a, b, kNoOptions);
  if (!a_first) {
    const Truth b_first = less_or_equal(call, b, a, kNoOptions);
    if (b_first != Truth(true)) return unknown_end();
    return earlier ? end_b : end_a;
  }
  return *a_first == earlier ? end_a : end_b;
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
  if (empty) return ops::fail(call, "an interval ends before it starts");
  return interval;
}

}  // namespace nidus::cql

namespace nidus::cql::ops {

// --- collapse -----------------------------------------------------------------------------------

namespace {

// How far apart two intervals may be and still be one: one step, or `per`.
std::optional<Bound> reach(Call& call, const Bound& end, const Value& per, NodeOptions& options) {
  if (!per.is(Kind::kQuantity)) return stepped(call, end, +1);
  if (end.low.infinity != 0 || !end.known) return end;
  const Value& point = end.low.value;
  const Quantity& quantity = per.as_quantity();
  Value moved;
  if (is_moment(point)) {
    const auto precision = precision_of_unit(quantity.unit);
    if (!precision) return std::nullopt;
    options.has_precision = true;
    options.precision = *precision;
    moved = shift_moment(call, point, quantity, +1);
  } else if (point.is(Kind::kQuantity)) {
    moved = add(call, point, per);
  } else {
    moved = add(call, point, Value::decimal(call.arena, quantity.value));
  }
  if (moved.is_null()) return std::nullopt;
  return range_of(moved);
}

struct Span {
  Value interval;
  Bounds bounds;
};

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
  std::stable_sort(spans.begin(), spans.end(), [&](const Span& a, const Span& b) {
    return compare_edges(call, a.bounds.start.low, b.bounds.start.low, kNoOptions).value_or(0) < 0;
  });
  std::vector<Span> merged;
  for (const auto& next : spans) {
    if (!merged.empty()) {
      Span& last = merged.back();
      NodeOptions options;
      const auto limit = reach(call, last.bounds.end, per, options);
      const bool whole_type = !limit && last.bounds.end.known;
      if (whole_type ||
          (limit && less_or_equal(call, next.bounds.start, *limit, options) == Truth(true))) {
        last.interval = interval_of(call, low_end(last.interval),
                                    choose(call, last.bounds.end, high_end(last.interval),
                                           next.bounds.end, high_end(next.interval), false));
        last.bounds = bounds_of(call, last.interval);
        continue;
      }
    }
    merged.push_back(next);
  }
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
