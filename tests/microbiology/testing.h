// SPDX-License-Identifier: Apache-2.0
//
// The guideline's own microbiology part, and small helpers, for the tests of this room.
#pragma once

#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "microbiology/interpret.h"
#include "microbiology/names.h"

namespace nidus::microbiology {

// Compiled by `make guideline`.
inline std::string library_text() {
  std::ifstream in(std::string(NIDUS_SOURCE_DIR) + "/build/guideline/guideline.json",
                   std::ios::binary);
  const simdjson::padded_string text(std::string{std::istreambuf_iterator<char>(in), {}});
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(text);
  const simdjson::dom::element part = root["microbiology"].value();
  return std::string(part["text"].get_string().value());
}

inline const Library& library() {
  static const Library kLibrary = [] {
    auto loaded = Library::load(library_text(), "test");
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().to_string().c_str());
      std::abort();
    }
    return *std::move(loaded);
  }();
  return kLibrary;
}

inline const Table& table() { return library().tables.front(); }

}  // namespace nidus::microbiology
