// SPDX-License-Identifier: Apache-2.0
//
// Aggregates over one list. Nulls are left out; of nothing there is no sum and no average.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "cql/operator_numbers.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using base::Decimal;
using ops::Arguments;

namespace {

// The values that count. False, with an error written, when the argument is not a list.
bool read(Call& call, Arguments a, std::vector<Value>& items) {
  if (a[0].is_null()) return true;
  if (!a[0].is(Kind::kList)) {
    ops::fail(call, "an aggregate needs a list");
    return false;
  }
  for (const auto& item : a[0].as_list()) {
    if (!item.is_null()) items.push_back(item);
  }
  return true;
}

std::vector<Value> values_of(Call& call, Arguments a) {
  std::vector<Value> items;
  if (!read(call, a, items)) items.clear();
  return items;
}

using Combination = Value (*)(Call&, const Value&, const Value&);

Value fold(Call& call, std::span<const Value> items, Combination combine) {
  if (items.empty()) return {};
  Value result = items[0];
  for (std::size_t i = 1; i < items.size() && !result.is_null(); ++i) {
    result = combine(call, result, items[i]);
  }
  return result;
}

Value count_as_decimal(Call& call, std::size_t count) {
  return Value::decimal(call.arena, Decimal::from_int(static_cast<std::int64_t>(count)));
}

Value mean(Call& call, std::span<const Value> items) {
  if (items.empty()) return {};
  return ops::divide(call, fold(call, items, ops::add), count_as_decimal(call, items.size()));
}

Value run_count(Call& call, const NodeOptions&, Arguments a) {
  std::vector<Value> items;
  if (!read(call, a, items)) return {};
  return ops::integer_or_null(static_cast<std::int64_t>(items.size()));
}
Value run_sum(Call& call, const NodeOptions&, Arguments a) {
  return fold(call, values_of(call, a), ops::add);
}
Value run_product(Call& call, const NodeOptions&, Arguments a) {
  return fold(call, values_of(call, a), ops::multiply);
}
Value run_avg(Call& call, const NodeOptions&, Arguments a) {
  return mean(call, values_of(call, a));
}

// The least (-1) or greatest (+1). Values that cannot be ordered leave it unknown.
Value extreme(Call& call, Arguments a, int direction) {
  const auto items = values_of(call, a);
  if (items.empty()) return {};
  Value best = items[0];
  for (std::size_t i = 1; i < items.size(); ++i) {
    const auto order = ops::compare_points(call, items[i], best, NodeOptions());
    if (!order) return {};
    if (*order == direction) best = items[i];
  }
  return best;
}

Value run_min(Call& call, const NodeOptions&, Arguments a) { return extreme(call, a, -1); }
Value run_max(Call& call, const NodeOptions&, Arguments a) { return extreme(call, a, +1); }

Value run_median(Call& call, const NodeOptions&, Arguments a) {
  auto items = values_of(call, a);
  if (items.empty()) return {};
  bool ordered = true;
  std::stable_sort(items.begin(), items.end(), [&](const Value& x, const Value& y) {
    const auto order = ops::compare_points(call, x, y, NodeOptions());
    if (!order) ordered = false;
    return order.value_or(0) < 0;
  });
  if (!ordered) return {};
  const auto middle = items.size() / 2;
  if (items.size() % 2 == 1) return items[middle];
  return mean(call, std::span(items).subspan(middle - 1, 2));
}

// The most frequent value; of several the first.
Value run_mode(Call& call, const NodeOptions&, Arguments a) {
  const auto items = values_of(call, a);
  Value best;
  std::int64_t most = 0;
  for (const auto& item : items) {
    const auto times = std::count_if(items.begin(), items.end(),
                                     [&](const Value& other) { return same(call, item, other); });
    if (times > most) {
      most = times;
      best = item;
    }
  }
  return best;
}

// Sum of squared deviations over the count less `fewer`, and its unit for quantities: the unit of
// the values themselves, as the reference engine has it.
std::optional<Decimal> variance(Call& call, std::span<const Value> items, std::size_t fewer,
                                std::string_view& unit) {
  if (items.size() <= fewer) return std::nullopt;
  unit = items[0].is(Kind::kQuantity) ? items[0].as_quantity().unit : std::string_view();
  std::vector<Decimal> numbers;
  for (const auto& item : items) {
    if (item.is(Kind::kQuantity)) {
      const auto number = ops::convert_quantity(item.as_quantity().value, item.as_quantity().unit,
                                                unit.empty() ? std::string_view("1") : unit);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    } else if (ops::is_number(item)) {
      numbers.push_back(ops::number_of(item));
    } else {
      ops::fail(call, "a variance needs numbers or quantities");
      return std::nullopt;
    }
  }
  const auto count = Decimal::from_int(static_cast<std::int64_t>(numbers.size()));
  const auto total = [](std::span<const Decimal> terms) -> std::optional<Decimal> {
    std::optional<Decimal> sum = Decimal::from_int(0);
    for (const auto& term : terms) {
      if (sum) sum = base::add(*sum, term);
    }
    return sum;
  };
  const auto sum = total(numbers);
  const auto average = sum ? base::divide(*sum, count) : std::nullopt;
  if (!average) return std::nullopt;
  for (auto& number : numbers) {
    const auto deviation = base::subtract(number, *average);
    const auto square = deviation ? base::multiply(*deviation, *deviation) : std::nullopt;
    if (!square) return std::nullopt;
    number = *square;
  }
  const auto squares = total(numbers);
  if (!squares) return std::nullopt;
  return base::divide(*squares, Decimal::from_int(static_cast<std::int64_t>(items.size() - fewer)));
}

Value spread(Call& call, Arguments a, std::size_t fewer, bool root) {
  std::string_view unit;
  auto result = variance(call, values_of(call, a), fewer, unit);
  if (result && root) result = Decimal::from_double(std::sqrt(result->to_double()));
  if (unit.empty()) return ops::decimal_or_null(call, result);
  return ops::quantity_or_null(call, result, unit);
}

Value run_variance(Call& call, const NodeOptions&, Arguments a) {
  return spread(call, a, 1, false);
}
Value run_population_variance(Call& call, const NodeOptions&, Arguments a) {
  return spread(call, a, 0, false);
}
Value run_std_dev(Call& call, const NodeOptions&, Arguments a) { return spread(call, a, 1, true); }
Value run_population_std_dev(Call& call, const NodeOptions&, Arguments a) {
  return spread(call, a, 0, true);
}

Value run_geometric_mean(Call& call, const NodeOptions&, Arguments a) {
  const auto items = values_of(call, a);
  if (items.empty()) return {};
  double logarithms = 0;
  for (const auto& item : items) {
    if (!ops::is_number(item)) return ops::fail(call, "GeometricMean needs numbers");
    const double number = ops::number_of(item).to_double();
    if (number < 0) return {};
    logarithms += std::log(number);  // zero gives minus infinity, and so a mean of zero
  }
  return ops::decimal_or_null(
      call, Decimal::from_double(std::exp(logarithms / static_cast<double>(items.size()))));
}

Value run_all_true(Call& call, const NodeOptions&, Arguments a) {
  std::vector<Value> items;
  if (!read(call, a, items)) return {};
  return Value::boolean(
      std::none_of(items.begin(), items.end(), [](const Value& item) { return item.is_false(); }));
}
Value run_any_true(Call& call, const NodeOptions&, Arguments a) {
  std::vector<Value> items;
  if (!read(call, a, items)) return {};
  return Value::boolean(
      std::any_of(items.begin(), items.end(), [](const Value& item) { return item.is_true(); }));
}

constexpr OperatorEntry kAggregateOperators[] = {
    {"Count", 1, 1, run_count},
    {"Sum", 1, 1, run_sum},
    {"Product", 1, 1, run_product},
    {"Min", 1, 1, run_min},
    {"Max", 1, 1, run_max},
    {"Avg", 1, 1, run_avg},
    {"Median", 1, 1, run_median},
    {"Mode", 1, 1, run_mode},
    {"Variance", 1, 1, run_variance},
    {"PopulationVariance", 1, 1, run_population_variance},
    {"StdDev", 1, 1, run_std_dev},
    {"PopulationStdDev", 1, 1, run_population_std_dev},
    {"GeometricMean", 1, 1, run_geometric_mean},
    {"AllTrue", 1, 1, run_all_true},
    {"AnyTrue", 1, 1, run_any_true},
};

}  // namespace

std::span<const OperatorEntry> aggregate_operators() { return kAggregateOperators; }

}  // namespace nidus::cql
