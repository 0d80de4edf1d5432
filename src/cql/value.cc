// SPDX-License-Identifier: Apache-2.0
#include "cql/value.h"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace nidus::cql {

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

// The bytes of a moment fill the payload and the size: every comparison takes them out.
Value Value::moment(Kind kind, const base::DateTime& when) {
  const auto bytes = std::bit_cast<std::array<std::uint32_t, 3>>(when);
  Value out;
  out.kind_ = kind;
  out.payload_.integer = static_cast<std::int64_t>(std::uint64_t{bytes[1]} << 32 | bytes[0]);
  out.size_ = bytes[2];
  return out;
}

Value Value::date(const base::DateTime& when) { return moment(Kind::kDate, when); }

Value Value::date_time(const base::DateTime& when) { return moment(Kind::kDateTime, when); }

Value Value::time(const base::DateTime& when) { return moment(Kind::kTime, when); }

base::DateTime Value::as_date_time() const {
  assert(kind_ == Kind::kDate || kind_ == Kind::kDateTime || kind_ == Kind::kTime);
  const auto payload = static_cast<std::uint64_t>(payload_.integer);
  return std::bit_cast<base::DateTime>(std::array{
      static_cast<std::uint32_t>(payload), static_cast<std::uint32_t>(payload >> 32), size_});
}

Value Tuple::get(std::string_view name) const {
  const auto names = shape->names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return elements[i];
  }
  return {};
}

}  // namespace nidus::cql
