// SPDX-License-Identifier: Apache-2.0
// Any bytes as an ELM library: refused when loaded, or a program whose every definition gives a
// value or an error.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cql/program.h"

namespace {

const nidus::fhir::Record& person() {
  static const auto record = nidus::fhir::Record::parse(
      R"({"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","id":"p1","birthDate":"1961-05","gender":"male"}},
        {"resource":{"resourceType":"Observation","id":"o1","status":"final",
          "code":{"coding":[{"system":"http://loinc.org","code":"1988-5"}],"text":"CRP"},
          "subject":{"reference":"Patient/p1"},"effectiveDateTime":"2025-03-04T10:00:00+01:00",
          "valueQuantity":{"value":148.50,"unit":"mg/L","system":"http://unitsofmeasure.org","code":"mg/L"}}}]})",
      "person");
  assert(record);
  return *record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto program = nidus::cql::Program::compile({&bytes, 1}, {});
  if (!program) {
    assert(!program.error().message.empty());
    return 0;
  }
  nidus::cql::EvaluationOptions options;
  options.as_of = *nidus::base::parse_date_time("2025-03-04T12:00:00+01:00");
  options.trace = true;
  nidus::cql::Evaluation evaluation(*program, person(), options);
  const auto count = static_cast<nidus::cql::DefinitionId>(program->definitions().size());
  for (nidus::cql::DefinitionId id = 0; id < count; ++id) {
    const auto value = evaluation.value(id);
    if (value) {
      static_cast<void>(nidus::cql::to_json(*value));
    } else {
      assert(!value.error().message.empty());
    }
  }
  return 0;
}
