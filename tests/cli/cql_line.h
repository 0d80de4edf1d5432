// SPDX-License-Identifier: Apache-2.0
//
// What `nidus cql run` wrote about a patient.
#pragma once

#include <simdjson.h>

#include <sstream>
#include <string>
#include <string_view>

namespace nidus {

// What stands at `pointer` ("/results/High", RFC 6901) in the line of a patient, as JSON; "nothing"
// when there is no such line, or nothing there.
inline std::string in_line_of(const std::string& patient, const std::string& lines,
                              const std::string& pointer) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    simdjson::dom::parser parser;
    simdjson::dom::element root, value;
    std::string_view who;
    if (parser.parse(line).get(root) != simdjson::SUCCESS) continue;
    if (root["patient"].get(who) != simdjson::SUCCESS || who != patient) continue;
    if (root.at_pointer(pointer).get(value) == simdjson::SUCCESS) return simdjson::minify(value);
  }
  return "nothing";
}

}  // namespace nidus
