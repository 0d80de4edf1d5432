// SPDX-License-Identifier: Apache-2.0
//
// Reading a parsed JSON document by key. What is absent or of another kind is empty, for readers
// that say themselves what they miss. Thread rule: no state. Views point into the document.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace nidus::base {

// The text of a JSON string; empty for anything else.
inline std::string_view view_of(simdjson::dom::element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

inline std::string_view view_at(simdjson::dom::element object, std::string_view key) {
  simdjson::dom::element value;
  return object[key].get(value) == simdjson::SUCCESS ? view_of(value) : std::string_view();
}

inline std::string string_at(simdjson::dom::element object, std::string_view key) {
  return std::string(view_at(object, key));
}

// The text of a JSON string, and any other value as it is written (12, true); null is empty.
inline std::string text_of(simdjson::dom::element value) {
  if (value.is_string()) return std::string(view_of(value));
  if (value.is_null()) return {};
  return simdjson::minify(value);
}

inline std::string text_at(simdjson::dom::element object, std::string_view key) {
  simdjson::dom::element value;
  return object[key].get(value) == simdjson::SUCCESS ? text_of(value) : std::string();
}

// Each element of a list; none when there is no such list.
template <class Visit>
void for_each(simdjson::dom::element object, std::string_view key, Visit visit) {
  simdjson::dom::array items;
  if (object[key].get(items) != simdjson::SUCCESS) return;
  for (simdjson::dom::element item : items) visit(item);
}

inline std::vector<std::string> texts_at(simdjson::dom::element object, std::string_view key) {
  std::vector<std::string> out;
  for_each(object, key, [&](simdjson::dom::element item) { out.push_back(text_of(item)); });
  return out;
}

}  // namespace nidus::base
