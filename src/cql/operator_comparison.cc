// SPDX-License-Identifier: Apache-2.0
//
// Equal, equivalent and ordered comparison of every kind of value.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text_case.h"
#include "base/ucum.h"
#include "cql/operator_bounds.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using base::Decimal;
using ops::Arguments;
using ops::Truth;
using ops::truth;

namespace {

const NodeOptions kNoOptions;

// --- equality -----------------------------------------------------------------------------------

Truth equal_values(Call& call, const Value& a, const Value& b);

// Inside a structure a missing part equals a missing part; missing against present is unknown.
Truth equal_parts(Call& call, const Value& a, const Value& b) {
  if (a.is_null() && b.is_null()) return true;
  return equal_values(call, a, b);
}

Truth equal_texts(std::string_view a, std::string_view b) {
  if (a.empty() && b.empty()) return true;
  if (a.empty() || b.empty()) return std::nullopt;
  return a == b;
}

// Parts are looked at in order and the first that is not equal decides, as the reference suite has
// it for tuples.
template <class... Parts>
Truth first_difference(Parts... parts) {
  Truth result = true;
  const std::array<Truth, sizeof...(parts)> all{parts...};
  for (const auto& part : all) {
    if (part != Truth(true)) return part;
  }
  return result;
}

Truth equal_codes(const Code& a, const Code& b) {
  return first_difference(equal_texts(a.code, b.code), equal_texts(a.system, b.system),
                          equal_texts(a.version, b.version), equal_texts(a.display, b.display));
}

Truth equal_concepts(const Concept& a, const Concept& b) {
  if (a.codes.size() != b.codes.size()) return false;
  Truth result = true;
  for (std::size_t i = 0; i < a.codes.size(); ++i) {
    result = ops::both(result, equal_codes(a.codes[i], b.codes[i]));
  }
  return first_difference(result, equal_texts(a.display, b.display));
}

Truth equal_lists(Call& call, std::span<const Value> a, std::span<const Value> b) {
  if (a.size() != b.size()) return false;
  Truth result = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    result = ops::both(result, equal_parts(call, a[i], b[i]));
    if (result == Truth(false)) break;
  }
  return result;
}

Truth equal_tuples(Call& call, const Tuple& a, const Tuple& b) {
  const auto names = a.shape->names;
  if (names.size() != b.shape->names.size()) return false;
  for (const auto name : b.shape->names) {
    if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Truth part = equal_parts(call, a.elements[i], b.get(names[i]));
    if (part != Truth(true)) return part;
  }
  return true;
}

bool same_name(const fhir::Node& a, const fhir::Node& b) {
  return a.name == b.name && (a.name != fhir::kNoName || a.extra_name() == b.extra_name());
}

bool is_moment_form(fhir::JsonForm form) {
  return form == fhir::JsonForm::kDate || form == fhir::JsonForm::kDateTime ||
         form == fhir::JsonForm::kInstant || form == fhir::JsonForm::kTime;
}

bool equivalent_texts(std::string_view a, std::string_view b);

// Elements of one type, part by part: texts as `same_text` has it, moments by what they mean.
using SameText = bool (*)(std::string_view, std::string_view);
bool same_nodes(Call& call, const fhir::Node& a, const fhir::Node& b, fhir::TypeId type,
                SameText same_text) {
  if (&a == &b) return true;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case fhir::Node::Kind::kNull:
      return true;
    case fhir::Node::Kind::kBoolean:
      return a.str() == b.str();
    case fhir::Node::Kind::kString: {
      if (same_text(a.str(), b.str())) return true;
      if (type == fhir::kNoType || !is_moment_form(fhir::json_form(type))) return false;
      const auto read =
          fhir::json_form(type) == fhir::JsonForm::kTime ? base::parse_time : base::parse_date_time;
      const auto x = read(a.str());
      const auto y = read(b.str());
      return x && y &&
             base::compare(*x, *y, call.offset_minutes, base::Precision::kMillisecond) == 0;
    }
    case fhir::Node::Kind::kNumber: {
      const auto x = Decimal::parse(a.str());
      const auto y = Decimal::parse(b.str());
      return x && y ? *x == *y : a.str() == b.str();
    }
    case fhir::Node::Kind::kArray: {
      const auto x = a.items();
      const auto y = b.items();
      return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                        [&](const fhir::Node& p, const fhir::Node& q) {
                          return same_nodes(call, p, q, type, same_text);
                        });
    }
    case fhir::Node::Kind::kObject: {
      const auto x = a.items();
      const auto y = b.items();
      if (x.size() != y.size()) return false;
      return std::all_of(x.begin(), x.end(), [&](const fhir::Node& member) {
        const fhir::TypeId inner =
            type == fhir::kNoType ? type : fhir::member_type(type, member.name);
        return std::any_of(y.begin(), y.end(), [&](const fhir::Node& other) {
          return same_name(member, other) && same_nodes(call, member, other, inner, same_text);
        });
      });
    }
  }
  return false;
}

Truth equal_uncertain(Call& call, const Value& a, const Value& b) {
  const auto order = ops::compare_points(call, a, b, kNoOptions);
  if (order) return *order == 0;
  return std::nullopt;
}

Truth equal_values(Call& call, const Value& a, const Value& b) {
  if (a.is(Kind::kString) && b.is(Kind::kString)) return a.as_string() == b.as_string();
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (ops::is_number(a) && ops::is_number(b)) {
    if (a.is(Kind::kInteger) && b.is(Kind::kInteger)) return a.as_integer() == b.as_integer();
    return ops::number_of(a) == ops::number_of(b);
  }
  if (a.is(Kind::kUncertainty) || b.is(Kind::kUncertainty)) return equal_uncertain(call, a, b);
  if (ops::is_moment(a) && ops::is_moment(b)) {
    if (a.is(Kind::kTime) != b.is(Kind::kTime)) return false;
    const auto order = ops::compare_points(call, a, b, kNoOptions);
    if (!order) return std::nullopt;
    return *order == 0;
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kBoolean:
      return a.as_boolean() == b.as_boolean();
    case Kind::kString:
      return a.as_string() == b.as_string();
    case Kind::kQuantity: {
      const auto order = ops::compare_quantities(a.as_quantity(), b.as_quantity());
      if (!order) return std::nullopt;
      return *order == 0;
    }
    case Kind::kRatio: {
      const auto& x = a.as_ratio();
      const auto& y = b.as_ratio();
      const auto numerator = ops::compare_quantities(x.numerator, y.numerator);
      const auto denominator = ops::compare_quantities(x.denominator, y.denominator);
      return ops::both(numerator ? Truth(*numerator == 0) : std::nullopt,
                       denominator ? Truth(*denominator == 0) : std::nullopt);
    }
    case Kind::kCode:
      return equal_codes(a.as_code(), b.as_code());
    case Kind::kConcept:
      return equal_concepts(a.as_concept(), b.as_concept());
    case Kind::kInterval: {
      const auto x = ops::bounds_of(call, a);
      const auto y = ops::bounds_of(call, b);
      return ops::both(ops::equal(call, x.start, y.start, kNoOptions),
                       ops::equal(call, x.end, y.end, kNoOptions));
    }
    case Kind::kList:
      return equal_lists(call, a.as_list(), b.as_list());
    case Kind::kTuple:
      return equal_tuples(call, a.as_tuple(), b.as_tuple());
    case Kind::kElement:
      return same_nodes(call, *a.as_node(), *b.as_node(), a.element_type(),
                        [](std::string_view x, std::string_view y) { return x == y; });
    case Kind::kValueSet:
    case Kind::kCodeSystem:
      return &a.as_value_set() == &b.as_value_set();
    default:
      return false;
  }
}

// --- equivalence --------------------------------------------------------------------------------

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// White space counts as one kind of character, letters without their case.
bool equivalent_texts(std::string_view a, std::string_view b) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80u; };
  if (!std::all_of(a.begin(), a.end(), is_ascii) || !std::all_of(b.begin(), b.end(), is_ascii)) {
    const auto plain = [](std::string_view text) {
      std::string out = base::lower_case(base::upper_case(text));
      std::replace_if(out.begin(), out.end(), is_space, ' ');
      return out;
    };
    return plain(a) == plain(b);
  }
  if (a.size() != b.size()) return false;
  const auto fold = [](char c) {
    if (is_space(c)) return ' ';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(),
                    [&](char x, char y) { return fold(x) == fold(y); });
}

int significant_places(const Decimal& number) {
  int places = Decimal::kMaxScale;
  base::int128 coefficient = number.coefficient();
  while (places > 0 && coefficient % 10 == 0) {
    coefficient /= 10;
    --places;
  }
  return places;
}

// Equal when rounded to the less precise of the two, trailing zeros not counting.
bool equivalent_numbers(const Decimal& a, const Decimal& b) {
  const int places = std::min(significant_places(a), significant_places(b));
  return base::round(a, places) == base::round(b, places);
}

// For equivalence a calendar year is 365 days, 12 months or 'a'; a month is 30 days or 'mo'.
std::optional<int> compare_loosely(const Quantity& a, const Quantity& b) {
  if (const auto order = ops::compare_quantities(a, b)) return order;
  const bool words =
      !base::ucum::calendar_unit(a.unit).empty() && !base::ucum::calendar_unit(b.unit).empty();
  const auto definite = [words](const Quantity& from) -> std::optional<Quantity> {
    const auto unit = ops::definite_unit(from.unit);
    if (unit != "year" && unit != "month") return Quantity{from.value, unit};
    if (!words) return Quantity{from.value, unit == "year" ? "a" : "mo"};
    const auto days = base::multiply(from.value, Decimal::from_int(unit == "year" ? 365 : 30));
    if (!days) return std::nullopt;
    return Quantity{*days, "d"};
  };
  const auto x = definite(a);
  const auto y = definite(b);
  if (!x || !y) return std::nullopt;
  return ops::compare_quantities(*x, *y);
}

bool equivalent_quantities(const Quantity& a, const Quantity& b) {
  if (a.unit == b.unit) return equivalent_numbers(a.value, b.value);
  const auto order = compare_loosely(a, b);
  return order && *order == 0;
}

bool equivalent_ratios(const Ratio& a, const Ratio& b) {
  if (equivalent_quantities(a.numerator, b.numerator) &&
      equivalent_quantities(a.denominator, b.denominator)) {
    return true;
  }
  // 1:2 and 5:10 mean the same: cross products, in the units of `a`.
  const auto numerator =
      ops::convert_quantity(b.numerator.value, b.numerator.unit, a.numerator.unit);
  const auto denominator =
      ops::convert_quantity(b.denominator.value, b.denominator.unit, a.denominator.unit);
  if (!numerator || !denominator) return false;
  const auto left = base::multiply(a.numerator.value, *denominator);
  const auto right = base::multiply(*numerator, a.denominator.value);
  return left && right && *left == *right;
}

// The version and the display of a code are for the reader; `=` alone compares them.
bool equivalent_codes(const Code& a, const Code& b) {
  return a.code == b.code && a.system == b.system;
}

bool share_code(std::span<const Code> a, std::span<const Code> b) {
  return std::any_of(a.begin(), a.end(), [&](const Code& x) {
    return std::any_of(b.begin(), b.end(), [&](const Code& y) { return equivalent_codes(x, y); });
  });
}

bool equivalent_tuples(Call& call, const Tuple& a, const Tuple& b) {
  const auto covers = [&](const Tuple& x, const Tuple& y) {
    for (std::size_t i = 0; i < x.shape->names.size(); ++i) {
      if (!equivalent(call, x.elements[i], y.get(x.shape->names[i]))) return false;
    }
    return true;
  };
  return covers(a, b) && covers(b, a);
}

bool equivalent_edges(Call& call, const ops::Bound& a, const ops::Bound& b) {
  if (!a.known || !b.known) return a.known == b.known;
  if (a.low.infinity != 0 || b.low.infinity != 0) return a.low.infinity == b.low.infinity;
  return equivalent(call, a.low.value, b.low.value);
}

}  // namespace

Value equal(Call& call, const Value& a, const Value& b) { return truth(equal_values(call, a, b)); }

bool equivalent(Call& call, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (ops::is_number(a) && ops::is_number(b)) {
    if (!a.is(Kind::kDecimal) && !b.is(Kind::kDecimal)) {
      return ops::whole_of(a) == ops::whole_of(b);
    }
    return equivalent_numbers(ops::number_of(a), ops::number_of(b));
  }
  if (a.is(Kind::kConcept) && b.is(Kind::kCode)) {
    return share_code(a.as_concept().codes, std::span(&b.as_code(), 1));
  }
  if (a.is(Kind::kCode) && b.is(Kind::kConcept)) return equivalent(call, b, a);
  if (a.kind() != b.kind()) {
    return ops::is_moment(a) && ops::is_moment(b) && equal_values(call, a, b) == Truth(true);
  }
  switch (a.kind()) {
    case Kind::kString:
      return equivalent_texts(a.as_string(), b.as_string());
    case Kind::kQuantity:
      return equivalent_quantities(a.as_quantity(), b.as_quantity());
    case Kind::kRatio:
      return equivalent_ratios(a.as_ratio(), b.as_ratio());
    case Kind::kCode:
      return equivalent_codes(a.as_code(), b.as_code());
    case Kind::kConcept:
      return share_code(a.as_concept().codes, b.as_concept().codes);
    case Kind::kElement:
      return same_nodes(call, *a.as_node(), *b.as_node(), a.element_type(), equivalent_texts);
    case Kind::kTuple:
      return equivalent_tuples(call, a.as_tuple(), b.as_tuple());
    case Kind::kList: {
      const auto x = a.as_list();
      const auto y = b.as_list();
      return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                        [&](const Value& p, const Value& q) { return equivalent(call, p, q); });
    }
    case Kind::kInterval:
    case Kind::kUncertainty: {
      const auto x = ops::bounds_of(call, a);
      const auto y = ops::bounds_of(call, b);
      return equivalent_edges(call, x.start, y.start) && equivalent_edges(call, x.end, y.end);
    }
    default:
      return equal_values(call, a, b) == Truth(true);
  }
}

Value compare(Call& call, const Value& a, const Value& b, const NodeOptions& options) {
  const auto order = ops::compare_points(call, a, b, options);
  return order ? Value::integer(*order) : Value();
}

int sort_order(Call& call, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null() ? 0 : a.is_null() ? -1 : 1;
  if (const auto order = ops::compare_points(call, a, b, kNoOptions)) return *order;
  if (!ops::is_moment(a) || !ops::is_moment(b)) return 0;
  const auto x = a.as_date_time();
  const auto y = b.as_date_time();
  const auto first = base::epoch_ms(x, call.offset_minutes);
  const auto second = base::epoch_ms(y, call.offset_minutes);
  if (first != second) return first < second ? -1 : 1;
  return x.precision < y.precision ? -1 : x.precision > y.precision ? 1 : 0;
}

bool same(Call& call, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return equal_values(call, a, b) == Truth(true);
}

namespace {

using Order = Truth (*)(Call&, const ops::Bound&, const ops::Bound&, const NodeOptions&);

// Uncertain operands are ranges: decided only when every value in them agrees.
Value ordered(Call& call, const NodeOptions& options, const Value& a, const Value& b, Order order,
              bool or_equal) {
  if (a.is_null() || b.is_null()) return {};
  if (a.is(Kind::kUncertainty) || b.is(Kind::kUncertainty)) {
    return truth(order(call, ops::range_of(a), ops::range_of(b), options));
  }
  const auto points = ops::compare_points(call, a, b, options);
  if (!points && or_equal) return truth(order(call, ops::range_of(a), ops::range_of(b), options));
  return points ? Value::boolean(or_equal ? *points <= 0 : *points < 0) : Value();
}

Value run_less(Call& call, const NodeOptions& options, Arguments arguments) {
  return ordered(call, options, arguments[0], arguments[1], ops::less, false);
}
Value run_less_or_equal(Call& call, const NodeOptions& options, Arguments arguments) {
  return ordered(call, options, arguments[0], arguments[1], ops::less_or_equal, true);
}
Value run_greater(Call& call, const NodeOptions& options, Arguments arguments) {
  return ordered(call, options, arguments[1], arguments[0], ops::less, false);
}
Value run_greater_or_equal(Call& call, const NodeOptions& options, Arguments arguments) {
  return ordered(call, options, arguments[1], arguments[0], ops::less_or_equal, true);
}
Value run_equal(Call& call, const NodeOptions&, Arguments arguments) {
  return equal(call, arguments[0], arguments[1]);
}
Value run_not_equal(Call& call, const NodeOptions&, Arguments arguments) {
  return truth(ops::opposite(equal_values(call, arguments[0], arguments[1])));
}
Value run_equivalent(Call& call, const NodeOptions&, Arguments arguments) {
  return Value::boolean(equivalent(call, arguments[0], arguments[1]));
}

constexpr OperatorEntry kComparisonOperators[] = {
    {"Equal", 2, 2, run_equal},
    {"NotEqual", 2, 2, run_not_equal},
    {"Equivalent", 2, 2, run_equivalent},
    {"Less", 2, 2, run_less},
    {"LessOrEqual", 2, 2, run_less_or_equal},
    {"Greater", 2, 2, run_greater},
    {"GreaterOrEqual", 2, 2, run_greater_or_equal},
};

}  // namespace

std::span<const OperatorEntry> comparison_operators() { return kComparisonOperators; }

}  // namespace nidus::cql
