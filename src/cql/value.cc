// SPDX-License-Identifier: Apache-2.0
#include "cql/value.h"

#include <limits>

namespace nidus::cql {
namespace {

// Decimals that fit 64 bits live in the value itself; `medium_` tells the two forms apart.
constexpr std::uint16_t kInlineDecimal = 0;
constexpr std::uint16_t kArenaDecimal = 1;

// All fields of a date-time but the offset, in 53 bits.
std::int64_t pack(const base::DateTime& when) {
  std::uint64_t bits = static_cast<std::uint16_t>(when.year);
  bits = bits << 4 | when.month;
  bits = bits << 5 | when.day;
  bits = bits << 5 | when.hour;
  bits = bits << 6 | when.minute;
  bits = bits << 6 | when.second;
  bits = bits << 10 | when.millisecond;
  bits = bits << 3 | static_cast<std::uint64_t>(when.precision);
  return static_cast<std::int64_t>(bits);
}

base::DateTime unpack(std::int64_t packed, std::uint16_t offset) {
  auto bits = static_cast<std::uint64_t>(packed);
  const auto take = [&bits](int width) {
    const std::uint64_t field = bits & ((1u << width) - 1);
    bits >>= width;
    return field;
  };
  base::DateTime when;
  when.precision = static_cast<base::Precision>(take(3));
  when.millisecond = static_cast<std::uint16_t>(take(10));
  when.second = static_cast<std::uint8_t>(take(6));
  when.minute = static_cast<std::uint8_t>(take(6));
  when.hour = static_cast<std::uint8_t>(take(5));
  when.day = static_cast<std::uint8_t>(take(5));
  when.month = static_cast<std::uint8_t>(take(4));
  when.year = static_cast<std::int16_t>(take(16));
  when.offset_minutes = static_cast<std::int16_t>(offset);
  return when;
}

}  // namespace

Value Value::boolean(bool truth) {
  Value out;
  out.kind_ = Kind::kBoolean;
  out.payload_.integer = truth ? 1 : 0;
  return out;
}

Value Value::integer(std::int32_t number) {
  Value out;
  out.kind_ = Kind::kInteger;
  out.payload_.integer = number;
  return out;
}

Value Value::long_integer(std::int64_t number) {
  Value out;
  out.kind_ = Kind::kLong;
  out.payload_.integer = number;
  return out;
}

Value Value::decimal(base::Arena& arena, const base::Decimal& number) {
  Value out;
  out.kind_ = Kind::kDecimal;
  out.small_ = static_cast<std::uint8_t>(number.scale());
  const base::int128 coefficient = number.coefficient();
  if (coefficient >= std::numeric_limits<std::int64_t>::min() &&
      coefficient <= std::numeric_limits<std::int64_t>::max()) {
    out.medium_ = kInlineDecimal;
    out.payload_.integer = static_cast<std::int64_t>(coefficient);
  } else {
    out.medium_ = kArenaDecimal;
    out.payload_.pointer = arena.make<base::Decimal>(number);
  }
  return out;
}

Value Value::string(std::string_view text) {
  assert(text.size() <= std::numeric_limits<std::uint32_t>::max());
  Value out;
  out.kind_ = Kind::kString;
  out.size_ = static_cast<std::uint32_t>(text.size());
  out.payload_.pointer = text.data();
  return out;
}

Value Value::moment(Kind kind, const base::DateTime& when) {
  Value out;
  out.kind_ = kind;
  out.medium_ = static_cast<std::uint16_t>(when.offset_minutes);
  out.payload_.integer = pack(when);
  return out;
}

Value Value::date(const base::DateTime& when) { return moment(Kind::kDate, when); }
Value Value::date_time(const base::DateTime& when) { return moment(Kind::kDateTime, when); }
Value Value::time(const base::DateTime& when) { return moment(Kind::kTime, when); }

Value Value::pointer(Kind kind, const void* to) {
  assert(to != nullptr);
  Value out;
  out.kind_ = kind;
  out.payload_.pointer = to;
  return out;
}

Value Value::of(const Quantity* quantity) { return pointer(Kind::kQuantity, quantity); }
Value Value::of(const Ratio* ratio) { return pointer(Kind::kRatio, ratio); }
Value Value::of(const Code* code) { return pointer(Kind::kCode, code); }
Value Value::of(const Concept* concept_value) { return pointer(Kind::kConcept, concept_value); }
Value Value::of(const Interval* interval) { return pointer(Kind::kInterval, interval); }
Value Value::of(const Tuple* tuple) { return pointer(Kind::kTuple, tuple); }

Value Value::of(const ValueSet* value_set, Kind kind) {
  assert(kind == Kind::kValueSet || kind == Kind::kCodeSystem);
  return pointer(kind, value_set);
}

Value Value::uncertainty(const Interval* bounds) { return pointer(Kind::kUncertainty, bounds); }

Value Value::list(std::span<const Value> items) {
  assert(items.size() <= std::numeric_limits<std::uint32_t>::max());
  Value out;
  out.kind_ = Kind::kList;
  out.size_ = static_cast<std::uint32_t>(items.size());
  out.payload_.pointer = items.data();
  return out;
}

Value Value::element(const fhir::Node* node, fhir::TypeId type) {
  Value out = pointer(Kind::kElement, node);
  out.medium_ = type;
  return out;
}

bool Value::as_boolean() const {
  assert(kind_ == Kind::kBoolean);
  return payload_.integer != 0;
}

std::int32_t Value::as_integer() const {
  assert(kind_ == Kind::kInteger);
  return static_cast<std::int32_t>(payload_.integer);
}

std::int64_t Value::as_long() const {
  assert(kind_ == Kind::kLong);
  return payload_.integer;
}

base::Decimal Value::as_decimal() const {
  assert(kind_ == Kind::kDecimal);
  if (medium_ == kArenaDecimal) return *static_cast<const base::Decimal*>(payload_.pointer);
  return base::Decimal::from_coefficient(payload_.integer, small_).value_or(base::Decimal());
}

std::string_view Value::as_string() const {
  assert(kind_ == Kind::kString);
  return {static_cast<const char*>(payload_.pointer), size_};
}

base::DateTime Value::as_date_time() const {
  assert(kind_ == Kind::kDate || kind_ == Kind::kDateTime || kind_ == Kind::kTime);
  return unpack(payload_.integer, medium_);
}

const Quantity& Value::as_quantity() const {
  assert(kind_ == Kind::kQuantity);
  return *static_cast<const Quantity*>(payload_.pointer);
}

const Ratio& Value::as_ratio() const {
  assert(kind_ == Kind::kRatio);
  return *static_cast<const Ratio*>(payload_.pointer);
}

const Code& Value::as_code() const {
  assert(kind_ == Kind::kCode);
  return *static_cast<const Code*>(payload_.pointer);
}

const Concept& Value::as_concept() const {
  assert(kind_ == Kind::kConcept);
  return *static_cast<const Concept*>(payload_.pointer);
}

const Interval& Value::as_interval() const {
  assert(kind_ == Kind::kInterval || kind_ == Kind::kUncertainty);
  return *static_cast<const Interval*>(payload_.pointer);
}

std::span<const Value> Value::as_list() const {
  assert(kind_ == Kind::kList);
  return {static_cast<const Value*>(payload_.pointer), size_};
}

const Tuple& Value::as_tuple() const {
  assert(kind_ == Kind::kTuple);
  return *static_cast<const Tuple*>(payload_.pointer);
}

const fhir::Node* Value::as_node() const {
  assert(kind_ == Kind::kElement);
  return static_cast<const fhir::Node*>(payload_.pointer);
}

fhir::TypeId Value::element_type() const {
  assert(kind_ == Kind::kElement);
  return medium_;
}

const ValueSet& Value::as_value_set() const {
  assert(kind_ == Kind::kValueSet || kind_ == Kind::kCodeSystem);
  return *static_cast<const ValueSet*>(payload_.pointer);
}

Value Tuple::get(std::string_view name) const {
  const auto names = shape->names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return elements[i];
  }
  return {};
}

}  // namespace nidus::cql
