// SPDX-License-Identifier: Apache-2.0
// Any text as a date, date-time or time: what is read is written so that it is read the same again.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/date_time.h"
#include "base/decimal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nidus::base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto value = parse_date(text)) assert(parse_date(format_date(*value)) == value);
  if (const auto value = parse_time(text)) assert(parse_time(format_time(*value)) == value);
  if (const auto value = parse_date_time(text)) {
    assert(parse_date_time(format_date_time(*value)) == value);
    assert(compare(*value, *value, 0) == 0);
    assert(epoch_ms(lowest(*value), 0) <= epoch_ms(highest(*value), 0));
  }
  if (const auto value = Decimal::parse(text)) {
    const auto again = Decimal::parse(value->to_string());
    assert(again && *again == *value);
  }
  return 0;
}
