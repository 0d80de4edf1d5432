// SPDX-License-Identifier: Apache-2.0
//
// Corners of JSON text: where a byte stands, UTF-8, number grammar, escapes. Internal to fhir/.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nidus::fhir {

// Where in the text a byte stands, as a person counts: "line 3, column 5" (columns in characters).
std::string position(std::string_view text, std::size_t offset);

// Offset of the first byte that is not UTF-8, npos when all is.
std::size_t first_not_utf8(std::string_view text);

// Offset of the first raw control character inside a string, npos when there is none.
std::size_t first_control_in_string(std::string_view text);

// Offset of the quote that opens a string which never closes, npos when all strings close.
std::size_t unclosed_string(std::string_view text);

// True for one JSON number and nothing else.
bool is_json_number(std::string_view text);

// Writes `raw` (the inside of a JSON string) without escapes to `to`, which has room for
// raw.size() bytes. Returns the bytes written, or npos for an escape that JSON does not have and
// for half a surrogate pair. `control` is set when an escape may stand for a control character
// other than those between words and lines.
std::size_t unescape(std::string_view raw, char* to, bool& control);

}  // namespace nidus::fhir
