// SPDX-License-Identifier: Apache-2.0
//
// A CQL value: 16 bytes, null in every type, larger contents in the evaluation's arena.
// Thread rule: plain value; what it points to lives as long as the arena (or the Record) it came
// from.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/date_time.h"
#include "base/decimal.h"
#include "fhir/record.h"

namespace nidus::cql {

enum class Kind : std::uint8_t {
  kNull,
  kBoolean,
  kInteger,
  kLong,
  kDecimal,
  kString,
  kDate,
  kDateTime,
  kTime,
  kQuantity,
  kRatio,
  kCode,
  kConcept,
  kInterval,
  kList,
  kTuple,
  kElement,   // a FHIR resource or element, with its concrete type
  kValueSet,  // a reference kept as such (`in "VS"`, ExpandValueSet)
  kCodeSystem,
  kUncertainty,  // an interval of Integer or Long, from duration / difference on partial dates
};

struct Quantity;
struct Ratio;
struct Code;
struct Concept;
struct Interval;
struct TupleShape;
struct Tuple;
struct ValueSet;

class Value {
 public:
  constexpr Value() = default;  // null
  static Value boolean(bool truth);
  static Value integer(std::int32_t number);
  static Value long_integer(std::int64_t number);
  static Value decimal(base::Arena& arena, const base::Decimal& number);
  static Value string(std::string_view text);  // REQUIRES: text outlives the value
  static Value date(const base::DateTime& when);
  static Value date_time(const base::DateTime& when);
  static Value time(const base::DateTime& when);
  static Value of(const Quantity* quantity);
  static Value of(const Ratio* ratio);
  static Value of(const Code* code);
  static Value of(const Concept* concept_value);
  static Value of(const Interval* interval);
  static Value list(std::span<const Value> items);          // REQUIRES: items outlive the value
  static Value indexed_list(std::span<const Value> items);  // word_list.h makes them
  static Value of(const Tuple* tuple);
  static Value element(const fhir::Node* node, fhir::TypeId type);
  static Value of(const ValueSet* value_set, Kind kind);  // kValueSet or kCodeSystem
  static Value uncertainty(const Interval* bounds);

  Kind kind() const { return kind_; }
  // The same bits: one and the same value, whatever its kind. Equal values may have other bits.
  bool is_identical(const Value& other) const {
    return kind_ == other.kind_ && small_ == other.small_ && medium_ == other.medium_ &&
           size_ == other.size_ && payload_.integer == other.payload_.integer;
  }
  // One number for the same bits; others may share it.
  std::uint64_t identity() const {
    return static_cast<std::uint64_t>(payload_.integer) ^ (std::uint64_t{size_} << 24U) ^
           (std::uint64_t{medium_} << 8U) ^ static_cast<std::uint64_t>(kind_);
  }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_true() const { return kind_ == Kind::kBoolean && payload_.integer != 0; }
  bool is_false() const { return kind_ == Kind::kBoolean && payload_.integer == 0; }

  // REQUIRES of every accessor: the matching kind().
  bool as_boolean() const;
  std::int32_t as_integer() const;
  std::int64_t as_long() const;
  base::Decimal as_decimal() const;
  std::string_view as_string() const;
  base::DateTime as_date_time() const;  // kDate, kDateTime, kTime
  const Quantity& as_quantity() const;
  const Ratio& as_ratio() const;
  const Code& as_code() const;
  const Concept& as_concept() const;
  const Interval& as_interval() const;  // kInterval, kUncertainty
  std::span<const Value> as_list() const;
  bool is_indexed() const { return kind_ == Kind::kList && medium_ == kIndexedList; }
  const Tuple& as_tuple() const;
  const fhir::Node* as_node() const;  // kElement
  fhir::TypeId element_type() const;  // kElement
  const ValueSet& as_value_set() const;

 private:
  static Value moment(Kind kind, const base::DateTime& when);
  static Value pointer(Kind kind, const void* to);

  // Decimals that fit 64 bits live in the value itself; `medium_` tells the two forms apart.
  static constexpr std::uint16_t kInlineDecimal = 0;
  static constexpr std::uint16_t kArenaDecimal = 1;
  static constexpr std::uint16_t kIndexedList = 1;

  Kind kind_ = Kind::kNull;
  std::uint8_t small_ = 0;    // decimal scale
  std::uint16_t medium_ = 0;  // FHIR type id, form of a decimal or of a list
  std::uint32_t size_ = 0;    // string length, list count, end of a moment
  union {
    std::int64_t integer = 0;
    const void* pointer;
  } payload_;
};
static_assert(sizeof(Value) == 16);

struct Quantity {
  base::Decimal value;
  std::string_view unit;  // UCUM or CQL calendar word; "1" when none was given
};
struct Ratio {
  Quantity numerator;
  Quantity denominator;
};
struct Code {
  std::string_view code;
  std::string_view system;
  std::string_view version;
  std::string_view display;
};
struct Concept {
  std::span<const Code> codes;
  std::string_view display;
};
struct Interval {
  Value low;
  Value high;
  bool low_closed = true;
  bool high_closed = true;
};
struct TupleShape {
  std::span<const std::string_view> names;  // in declaration order
};
// A value set with its expansion, or a code system (`codes` empty: it is known by its url only).
struct ValueSet {
  std::string_view url;
  std::string_view name;
  std::string_view version;
  std::span<const Code> codes;
  // Open addressing over `codes` (index + 1, 0 = free), once by system and code, once by code.
  std::span<const std::uint32_t> by_system_and_code;
  std::span<const std::uint32_t> by_code;

  bool contains(std::string_view system, std::string_view code) const;
  bool contains_code(std::string_view code) const;  // in any system
};
// Builds the tables in the arena. REQUIRES: the texts and `codes` outlive the set.
ValueSet make_value_set(base::Arena& arena, std::string_view url, std::string_view name,
                        std::span<const Code> codes);

struct Tuple {
  const TupleShape* shape = nullptr;
  const Value* elements = nullptr;
  Value get(std::string_view name) const;  // null when there is no such element
};

inline Value Value::boolean(bool truth) {
  Value out;
  out.kind_ = Kind::kBoolean;
  out.payload_.integer = truth ? 1 : 0;
  return out;
}

inline Value Value::integer(std::int32_t number) {
  Value out;
  out.kind_ = Kind::kInteger;
  out.payload_.integer = number;
  return out;
}

inline Value Value::long_integer(std::int64_t number) {
  Value out;
  out.kind_ = Kind::kLong;
  out.payload_.integer = number;
  return out;
}

inline Value Value::string(std::string_view text) {
  assert(text.size() <= std::numeric_limits<std::uint32_t>::max());
  Value out;
  out.kind_ = Kind::kString;
  out.size_ = static_cast<std::uint32_t>(text.size());
  out.payload_.pointer = text.data();
  return out;
}

inline Value Value::pointer(Kind kind, const void* to) {
  assert(to != nullptr);
  Value out;
  out.kind_ = kind;
  out.payload_.pointer = to;
  return out;
}

inline Value Value::of(const Quantity* quantity) { return pointer(Kind::kQuantity, quantity); }

inline Value Value::of(const Ratio* ratio) { return pointer(Kind::kRatio, ratio); }

inline Value Value::of(const Code* code) { return pointer(Kind::kCode, code); }

inline Value Value::of(const Concept* concept_value) {
  return pointer(Kind::kConcept, concept_value);
}

inline Value Value::of(const Interval* interval) { return pointer(Kind::kInterval, interval); }

inline Value Value::of(const Tuple* tuple) { return pointer(Kind::kTuple, tuple); }

inline Value Value::of(const ValueSet* value_set, Kind kind) {
  assert(kind == Kind::kValueSet || kind == Kind::kCodeSystem);
  return pointer(kind, value_set);
}

inline Value Value::uncertainty(const Interval* bounds) {
  return pointer(Kind::kUncertainty, bounds);
}

inline Value Value::list(std::span<const Value> items) {
  assert(items.size() <= std::numeric_limits<std::uint32_t>::max());
  Value out;
  out.kind_ = Kind::kList;
  out.size_ = static_cast<std::uint32_t>(items.size());
  out.payload_.pointer = items.data();
  return out;
}

inline Value Value::indexed_list(std::span<const Value> items) {
  Value out = list(items);
  out.medium_ = kIndexedList;
  return out;
}

inline Value Value::element(const fhir::Node* node, fhir::TypeId type) {
  Value out = pointer(Kind::kElement, node);
  out.medium_ = type;
  return out;
}

// The bytes of a moment fill the payload and the size: every comparison takes them out.
inline Value Value::moment(Kind kind, const base::DateTime& when) {
  const auto bytes = std::bit_cast<std::array<std::uint32_t, 3>>(when);
  Value out;
  out.kind_ = kind;
  out.payload_.integer = static_cast<std::int64_t>(std::uint64_t{bytes[1]} << 32 | bytes[0]);
  out.size_ = bytes[2];
  return out;
}

inline Value Value::date(const base::DateTime& when) { return moment(Kind::kDate, when); }

inline Value Value::date_time(const base::DateTime& when) { return moment(Kind::kDateTime, when); }

inline Value Value::time(const base::DateTime& when) { return moment(Kind::kTime, when); }

inline base::DateTime Value::as_date_time() const {
  assert(kind_ == Kind::kDate || kind_ == Kind::kDateTime || kind_ == Kind::kTime);
  const auto payload = static_cast<std::uint64_t>(payload_.integer);
  return std::bit_cast<base::DateTime>(std::array{
      static_cast<std::uint32_t>(payload), static_cast<std::uint32_t>(payload >> 32), size_});
}

inline bool Value::as_boolean() const {
  assert(kind_ == Kind::kBoolean);
  return payload_.integer != 0;
}

inline std::int32_t Value::as_integer() const {
  assert(kind_ == Kind::kInteger);
  return static_cast<std::int32_t>(payload_.integer);
}

inline std::int64_t Value::as_long() const {
  assert(kind_ == Kind::kLong);
  return payload_.integer;
}

inline base::Decimal Value::as_decimal() const {
  assert(kind_ == Kind::kDecimal);
  if (medium_ == kArenaDecimal) return *static_cast<const base::Decimal*>(payload_.pointer);
  return base::Decimal::from_coefficient(payload_.integer, small_).value_or(base::Decimal());
}

inline std::string_view Value::as_string() const {
  assert(kind_ == Kind::kString);
  return {static_cast<const char*>(payload_.pointer), size_};
}

inline const Quantity& Value::as_quantity() const {
  assert(kind_ == Kind::kQuantity);
  return *static_cast<const Quantity*>(payload_.pointer);
}

inline const Ratio& Value::as_ratio() const {
  assert(kind_ == Kind::kRatio);
  return *static_cast<const Ratio*>(payload_.pointer);
}

inline const Code& Value::as_code() const {
  assert(kind_ == Kind::kCode);
  return *static_cast<const Code*>(payload_.pointer);
}

inline const Concept& Value::as_concept() const {
  assert(kind_ == Kind::kConcept);
  return *static_cast<const Concept*>(payload_.pointer);
}

inline const Interval& Value::as_interval() const {
  assert(kind_ == Kind::kInterval || kind_ == Kind::kUncertainty);
  return *static_cast<const Interval*>(payload_.pointer);
}

inline std::span<const Value> Value::as_list() const {
  assert(kind_ == Kind::kList);
  return {static_cast<const Value*>(payload_.pointer), size_};
}

inline const Tuple& Value::as_tuple() const {
  assert(kind_ == Kind::kTuple);
  return *static_cast<const Tuple*>(payload_.pointer);
}

inline const fhir::Node* Value::as_node() const {
  assert(kind_ == Kind::kElement);
  return static_cast<const fhir::Node*>(payload_.pointer);
}

inline fhir::TypeId Value::element_type() const {
  assert(kind_ == Kind::kElement);
  return medium_;
}

inline const ValueSet& Value::as_value_set() const {
  assert(kind_ == Kind::kValueSet || kind_ == Kind::kCodeSystem);
  return *static_cast<const ValueSet*>(payload_.pointer);
}

}  // namespace nidus::cql
