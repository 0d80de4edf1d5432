// SPDX-License-Identifier: Apache-2.0
//
// The one JSON writer. Keys come out in the order they are written; the same calls give the same
// bytes. Invalid nesting is an assert. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nidus::base {

class JsonWriter {
 public:
  // `indent` 0 writes one line.
  explicit JsonWriter(int indent = 0) : indent_(indent) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);  // escaped; each invalid UTF-8 byte becomes U+FFFD
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(std::size_t number);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // REQUIRES: one valid JSON value

  template <class T>
  JsonWriter& member(std::string_view name, const T& what) {
    return key(name).value(what);
  }

  // REQUIRES: everything opened is closed.
  const std::string& text() const;

 private:
  void before_value();
  void newline();
  struct Level {
    bool array;
    bool empty;
  };
  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
  int indent_;
};

}  // namespace nidus::base
