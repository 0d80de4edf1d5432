// SPDX-License-Identifier: Apache-2.0
// A damaged record through the whole of Nidus, by the guideline inside the command: refused with a
// reason, or a plan, doses, the response and interpretations in every format.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "cli/command.h"
#include "pathway/dosing.h"
#include "pathway/interpretation.h"
#include "pathway/response.h"
#include "pathway/write.h"

namespace {

using namespace nidus;

const pathway::Guideline& guideline() {
  static const auto loaded = cli::load_guideline({});
  if (!loaded) {
    std::fputs(loaded.error().to_string().c_str(), stderr);
    std::abort();
  }
  return *loaded;
}

void make_everything(const fhir::Record& whole, const fhir::Record& record, base::DateTime moment) {
  const auto plan = pathway::make_plan(guideline(), record, {moment, true, {}});
  if (!plan) {  // a value in a unit of another dimension
    assert(base::is_bad_input(plan.error().code) && !plan.error().message.empty());
    return;
  }
  assert(!pathway::write_json(*plan).empty());
  assert(!pathway::write_fhir(*plan).empty());
  assert(!pathway::write_text(*plan, {false, 80, true}).empty());
  auto doses = pathway::dose_report(guideline(), record, {moment, {}, &whole});
  if (doses) {
    const auto offered = pathway::add_offered(guideline(), record, *doses);
    assert(offered || !offered.error().message.empty());
    assert(!pathway::write_dose_json(*doses).empty());
    assert(!pathway::write_dose_html(*doses).empty());
    assert(!pathway::write_dose_fhir(*doses).empty());
    assert(!pathway::write_dose_text(*doses, false, 80).empty());
  } else {
    assert(!doses.error().message.empty());
  }
  const auto response = pathway::response_report(guideline(), record, moment);
  if (response) {
    assert(!pathway::write_html(*plan, true, &*response).empty());
    assert(!pathway::write_response_json(*response).empty());
    assert(!pathway::write_response_html(*response).empty());
    assert(!pathway::write_response_fhir(*response).empty());
    assert(!pathway::write_response_text(*response, false, 80).empty());
  } else {
    assert(!response.error().message.empty());
  }
  const auto read = pathway::interpret_report(guideline(), record, {moment, {}});
  if (read) {
    assert(!pathway::write_interpret_json(*read).empty());
    assert(!pathway::write_interpret_fhir(*read).empty());
    assert(!pathway::write_interpret_text(*read, false, 80).empty());
  } else {
    assert(!read.error().message.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = fhir::Record::parse(bytes, "fuzz", {.max_bytes = 1u << 20, .max_depth = 40});
  if (!whole) return 0;
  // Within what the worked patients tell, soon after it and long after it.
  constexpr const char* kMoments[] = {"2025-03-06T09:00:00+01:00", "2025-06-01T09:00:00+02:00",
                                      "2026-06-01T09:00:00+02:00"};
  const auto moment = *base::parse_date_time(kMoments[size % std::size(kMoments)]);
  make_everything(*whole, whole->as_known_at(moment, 60), moment);
  return 0;
}
