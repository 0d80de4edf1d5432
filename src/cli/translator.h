// SPDX-License-Identifier: Apache-2.0
//
// Other people's CQL as ELM: through Node.js and the reference translator, or ELM as it is.
// Thread rule: one call at a time. Errors: kNotFound (a file, Node.js, the translator; how to get
// them is said), kUnreadable, kBadArgument (not ELM). What the translator finds wrong with a
// library is no Error but a message.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"

namespace nidus::cli {

struct LibraryMessage {
  std::string file;
  int line = 1;
  int column = 1;
  bool is_error = true;
  bool of_results = false;  // a warning about what a run gives
  std::string text;
};

struct TranslatedLibraries {
  std::vector<std::string> elm;              // JSON texts, the included ones first
  std::string main;                          // name of the library asked for
  std::map<std::string, std::string> files;  // of the libraries, by name
  std::vector<LibraryMessage> messages;
  bool has_errors() const;
};

// `file`: CQL; or, when it begins with a brace, ELM or a FHIR Library that holds CQL. What it
// includes is looked for beside it and in `folders`: files of CQL and Libraries by the name they
// declare; for ELM NAME.json, NAME.elm.json or NAME-VERSION.json.
base::Result<TranslatedLibraries> translate(const std::string& file,
                                            const std::vector<std::string>& folders);

}  // namespace nidus::cli
