// SPDX-License-Identifier: Apache-2.0
//
// How every Observation begins that is derived from others: what it is of whom, and when it was
// judged. Internal to the room. Thread rule: pure.
#pragma once

#include <string>

#include "base/date_time.h"
#include "base/json_writer.h"
#include "pharmacology/library.h"

namespace nidus::pathway {

// The object has begun. The id is made from the code: the same in every run.
inline void begin_derived(base::JsonWriter& json, const pharmacology::Coding& code,
                          const std::string& patient, const base::DateTime& as_of) {
  json.member("resourceType", "Observation").member("id", "derived-" + code.code);
  json.member("status", "preliminary");
  json.key("code").begin_object().key("coding").begin_array().begin_object();
  json.member("system", code.system).member("code", code.code).member("display", code.display);
  json.end_object().end_array().member("text", code.display).end_object();
  if (!patient.empty()) {
    json.key("subject").begin_object().member("reference", patient).end_object();
  }
  json.member("effectiveDateTime", base::format_date_time(as_of));
  json.member("issued", base::format_date_time(as_of));
}

}  // namespace nidus::pathway
