// SPDX-License-Identifier: Apache-2.0
//
// UCUM: the whole official table (ucum-essence 2.2), exact rational factors, special units.
// A unit is parsed once into a canonical form: a factor and a vector of base-unit exponents.
// Calendar words (day, days, ... , year, years) are accepted as CQL defines them.
// Thread rule: all functions are pure; tables are constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/error.h"

namespace nidus::base::ucum {

// Why a unit is not UCUM, with the offset of the first offending character.
Result<void> validate(std::string_view unit);

// True when both measure the same thing ("mg/dL" and "g/L"; "Cel" and "[degF]").
bool comparable(std::string_view a, std::string_view b);

// `value` in `from`, expressed in `to`. Nullopt when not comparable or not UCUM.
// Exact where the factors are; 8 places otherwise.
std::optional<Decimal> convert(const Decimal& value, std::string_view from, std::string_view to);

// Three-way comparison, exact (rational, not rounded). Nullopt when not comparable.
std::optional<int> compare(const Decimal& a, std::string_view unit_a, const Decimal& b,
                           std::string_view unit_b);

// Unit of a product / quotient in a short canonical spelling ("mg/L" * "L" = "mg").
// Nullopt when either is not UCUM or is a special (affine, logarithmic) unit, or when the result is
// beyond what a unit may be (powers of two digits, 32 brackets).
std::optional<std::string> product(std::string_view a, std::string_view b);
std::optional<std::string> quotient(std::string_view a, std::string_view b);

// The calendar word a unit stands for ("days" -> "day"), empty for any other unit.
std::string_view calendar_unit(std::string_view unit);

}  // namespace nidus::base::ucum
