// SPDX-License-Identifier: Apache-2.0
#include "cql/value.h"

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

Value Tuple::get(std::string_view name) const {
  const auto names = shape->names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return elements[i];
  }
  return {};
}

}  // namespace nidus::cql
