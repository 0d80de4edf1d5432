// SPDX-License-Identifier: Apache-2.0
// Any bytes as a FHIR record: refused with a reason, or a Record whose every view holds together.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fhir/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using nidus::fhir::Record;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto record = Record::parse(bytes, "fuzz", {.max_bytes = 1u << 20, .max_depth = 40});
  if (!record) {
    assert(!record.error().message.empty());
    assert(nidus::base::is_bad_input(record.error().code));
    return 0;
  }
  for (const auto& resource : record->resources()) {
    assert(!resource.reference().empty());
    assert(record->resource_of(resource.node) != nullptr);
    static_cast<void>(nidus::fhir::label(resource));
    static_cast<void>(nidus::fhir::when(resource));
  }
  for (const auto& issue : record->issues()) assert(!issue.message.empty());
  const auto as_of = nidus::base::parse_date_time("2025-03-04T10:00:00+01:00");
  const auto known = record->as_known_at(*as_of, 60);
  assert(known.resources().size() <= record->resources().size());
  return 0;
}
