// SPDX-License-Identifier: Apache-2.0
//
// Lists. Nulls inside a list count as equal to each other when elements are looked for or made
// distinct; an index outside the list is null.
#include "cql/operator_list.h"

#include <algorithm>
#include <vector>

#include "cql/operator_parts.h"
#include "cql/operator_value_bag.h"
#include "cql/word_list.h"

namespace nidus::cql {

using ops::Arguments;
using ops::Truth;

namespace ops {

bool list_contains(Call& call, const Value& whole, const Value& element) {
  const auto list = whole.as_list();
  if (element.is(Kind::kString)) {  // the long lists that are looked into are lists of words
    if (whole.is_indexed()) return indexed_list_holds(whole, element.as_string());
    const std::string_view word = element.as_string();
    return std::any_of(list.begin(), list.end(), [&](const Value& item) {
      if (!item.is(Kind::kString)) return false;
      const std::string_view known = item.as_string();
      return known.size() == word.size() &&
             (word.empty() || (known.front() == word.front() && known == word));
    });
  }
  return std::any_of(list.begin(), list.end(),
                     [&](const Value& item) { return same(call, item, element); });
}

Truth list_properly_contains(Call& call, Arguments list, const Value& element) {
  Truth found = false;
  Truth other = false;
  for (const auto& item : list) {
    const Truth alike =
        element.is_null() ? Truth(item.is_null()) : truth_of(cql::equal(call, item, element));
    found = either(found, alike);
    other = either(other, opposite(alike));
  }
  return both(found, other);
}

bool list_includes(Call& call, Arguments list, Arguments part) {
  ValueBag items(call);
  for (const auto& item : list) items.add(item);
  return std::all_of(part.begin(), part.end(),
                     [&](const Value& element) { return items.contains(element); });
}

bool list_properly_includes(Call& call, Arguments list, Arguments part) {
  return list_includes(call, list, part) && !list_includes(call, part, list);
}

Value list_distinct(Call& call, Arguments list) {
  ValueBag items(call);
  for (const auto& item : list) items.add(item);
  return make_list(call, items.items());
}

Value list_union(Call& call, const Value& a, const Value& b) {
  ValueBag items(call);
  for (const auto& list : {a, b}) {
    if (!list.is(Kind::kList)) continue;
    for (const auto& item : list.as_list()) items.add(item);
  }
  return make_list(call, items.items());
}

namespace {

Value select(Call& call, Arguments from, Arguments by, bool inside) {
  ValueBag others(call);
  for (const auto& item : by) others.add(item);
  ValueBag items(call);
  for (const auto& item : from) {
    if (others.contains(item) == inside) items.add(item);
  }
  return make_list(call, items.items());
}

}  // namespace

Value list_intersect(Call& call, Arguments a, Arguments b) { return select(call, a, b, true); }
Value list_except(Call& call, Arguments a, Arguments b) { return select(call, a, b, false); }

}  // namespace ops

namespace {

Value not_a_list(Call& call) { return ops::fail(call, "this operator needs a list"); }

Value run_distinct(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  return a[0].is(Kind::kList) ? ops::list_distinct(call, a[0].as_list()) : not_a_list(call);
}

Value run_exists(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return Value::boolean(false);
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  return Value::boolean(
      std::any_of(list.begin(), list.end(), [](const Value& item) { return !item.is_null(); }));
}

// Missing sub-lists count as empty; nulls inside sub-lists stay.
Value run_flatten(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  std::vector<Value> items;
  for (const auto& part : a[0].as_list()) {
    if (part.is_null()) continue;
    if (!part.is(Kind::kList)) {
      items.push_back(part);
      continue;
    }
    const auto inner = part.as_list();
    items.insert(items.end(), inner.begin(), inner.end());
  }
  return ops::make_list(call, items);
}

Value run_first(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  return list.empty() ? Value() : list.front();
}

Value run_last(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  return list.empty() ? Value() : list.back();
}

Value run_index_of(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const Value& item) { return same(call, item, a[1]); });
  return ops::integer_or_null(at == list.end() ? -1 : at - list.begin());
}

Value run_singleton_from(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  if (list.size() > 1) return ops::fail(call, "singleton from a list of more than one element");
  return list.empty() ? Value() : list.front();
}

// Elements from start up to, not including, end. A negative start alone counts from the end, as CQL
// 2.0 has it. Beside an end, be it null, a negative place gives no elements: so Skip and Take are
// translated, which have none for a negative number.
Value run_slice(Call& call, const NodeOptions&, Arguments a) {
  if (a[0].is_null()) return {};
  if (!a[0].is(Kind::kList)) return not_a_list(call);
  const auto list = a[0].as_list();
  const auto count = static_cast<std::int64_t>(list.size());
  const auto place = [&](std::size_t at, std::int64_t otherwise) {
    const auto wanted = a.size() > at ? ops::whole_or_nothing(a[at]) : std::nullopt;
    if (!wanted) return otherwise;
    return std::min<std::int64_t>(*wanted, count);
  };
  auto start = place(1, 0);
  if (start < 0 && a.size() == 2) start = std::max<std::int64_t>(count + start, 0);
  const auto end = place(2, count);
  if (start < 0 || end <= start) return Value::list({});
  return Value::list(
      list.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

// Every pair of tuples from the two lists, as one tuple with the elements of both.
Value run_times(Call& call, const NodeOptions&, Arguments a) {
  if (ops::any_null(a)) return {};
  if (!a[0].is(Kind::kList) || !a[1].is(Kind::kList)) return not_a_list(call);
  std::vector<Value> rows;
  for (const auto& left : a[0].as_list()) {
    for (const auto& right : a[1].as_list()) {
      if (!left.is(Kind::kTuple) || !right.is(Kind::kTuple)) {
        return ops::fail(call, "Times needs lists of tuples");
      }
      const Tuple& x = left.as_tuple();
      const Tuple& y = right.as_tuple();
      const auto width = x.shape->names.size();
      auto names = call.arena.make_array<std::string_view>(width + y.shape->names.size());
      auto elements = call.arena.make_array<Value>(names.size());
      for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = i < width ? x.shape->names[i] : y.shape->names[i - width];
        elements[i] = i < width ? x.elements[i] : y.elements[i - width];
      }
      const auto* shape = call.arena.make<TupleShape>(std::span<const std::string_view>(names));
      rows.push_back(Value::of(call.arena.make<Tuple>(shape, elements.data())));
    }
  }
  return ops::make_list(call, rows);
}

constexpr OperatorEntry kListOperators[] = {
    {"Distinct", 1, 1, run_distinct},
    {"Exists", 1, 1, run_exists},
    {"Flatten", 1, 1, run_flatten},
    {"First", 1, 1, run_first},
    {"Last", 1, 1, run_last},
    {"IndexOf", 2, 2, run_index_of},
    {"SingletonFrom", 1, 1, run_singleton_from},
    {"Slice", 1, 3, run_slice},
    {"Times", 2, 2, run_times},
    {"Children", 1, 1, ops::run_children},
    {"Descendents", 1, 1, ops::run_descendents},
};

}  // namespace

std::span<const OperatorEntry> list_operators() { return kListOperators; }

}  // namespace nidus::cql
