// SPDX-License-Identifier: Apache-2.0
#include "cql/value.h"

#include <limits>

namespace nidus::cql {
namespace {

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

base::DateTime Value::as_date_time() const {
  assert(kind_ == Kind::kDate || kind_ == Kind::kDateTime || kind_ == Kind::kTime);
  return unpack(payload_.integer, medium_);
}

Value Tuple::get(std::string_view name) const {
  const auto names = shape->names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return elements[i];
  }
  return {};
}

}  // namespace nidus::cql
