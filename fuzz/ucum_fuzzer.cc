// SPDX-License-Identifier: Apache-2.0
// Any text as a unit: what is valid converts to itself unchanged; what is not valid converts to
// nothing.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ucum.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ucum = nidus::base::ucum;
  using nidus::base::Decimal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('|');
  const std::string_view a = text.substr(0, half);
  const std::string_view b = half == std::string_view::npos ? a : text.substr(half + 1);
  const bool valid = ucum::validate(a).has_value() && ucum::validate(b).has_value();
  const Decimal two = Decimal::from_int(2);
  if (valid) {
    assert(ucum::comparable(a, b) == ucum::comparable(b, a));
    if (a == b) {
      const auto same = ucum::compare(two, a, two, a);
      assert(!same || *same == 0);
    }
    if (const auto there = ucum::product(a, b)) assert(ucum::validate(*there));
    if (const auto there = ucum::quotient(a, b)) assert(ucum::validate(*there));
  }
  static_cast<void>(ucum::convert(two, a, b));
  return 0;
}
