// SPDX-License-Identifier: Apache-2.0
//
// What the verbs of the `nidus` command share: options, reading, messages, exit codes.
// Exit codes: 0 fine, 1 our own failure, 2 bad input (also a bad command line).
// Thread rule: one command, one thread. Only this room reads files and the clock.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "pathway/guideline.h"
#include "pathway/plan.h"

namespace nidus::cli {

inline constexpr int kFine = 0;
inline constexpr int kOurFailure = 1;
inline constexpr int kBadInput = 2;

struct Common {
  std::string file;            // "-" is standard input
  std::string as_of;           // empty: now
  std::string guideline_file;  // empty: the one in the binary
  std::string local_file;      // empty: no figures of the hospital's own
  std::string format = "text";
  std::string colour = "auto";
  int width = 0;  // 0: the terminal's, 80 when there is none
  bool all = false;
};

// Adds FILE, --as-of, --guideline to a verb.
void add_common(CLI::App& verb, Common& common);
// Adds --local to a verb that says what to give.
void add_local(CLI::App& verb, Common& common);
// Adds --format (with these words) and --color, --width, --all.
void add_format(CLI::App& verb, Common& common, const std::vector<std::string>& formats);

// Prints an error to standard error; the exit code that fits it.
int report(const base::Error& error);

base::Result<std::string> read_file(const std::string& path);
base::Result<pathway::Guideline> load_guideline(const Common& common);
base::Result<base::DateTime> as_of(const Common& common);
// FILE as a record.
base::Result<fhir::Record> load_record(const Common& common);

// What most verbs start from: FILE as it was known at the moment, and the guideline.
struct Loaded {
  base::DateTime moment;
  fhir::Record whole;   // also what became known later
  fhir::Record record;  // as known at the moment, with the hospital's own figures
  pathway::Guideline guideline;
  std::string local;  // whose figures; empty: nobody's
};
base::Result<Loaded> load(const Common& common);

bool use_colour(const Common& common);
int text_width(const Common& common);
// Writes all of `text` to standard output; a broken pipe is no failure.
int print(const std::string& text);
// What a write that failed ends with; `why` as errno has it, 0 for none.
int report_unwritten(int why);

// One function a verb: registers itself; the verb's callback sets `exit_code`.
void add_plan(CLI::App& app, int& exit_code);
void add_why(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_dose(CLI::App& app, int& exit_code);
void add_interpret(CLI::App& app, int& exit_code);
void add_response(CLI::App& app, int& exit_code);
void add_values(CLI::App& app, int& exit_code);
void add_guideline(CLI::App& app, int& exit_code);
void add_cql(CLI::App& app, int& exit_code);
void add_screen(CLI::App& app, int& exit_code);

}  // namespace nidus::cli
