// SPDX-License-Identifier: Apache-2.0
// What `nidus` prints for many people, by one start: most of a short run goes into reading the
// guideline. usage: nidus_outputs [GUIDELINE.json]; standard input: lines of WHAT FILE AS-OF,
// parted by tabs; WHAT is plan-json, plan-fhir or values. Standard output: for each the number of
// bytes on a line of its own, and the bytes.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "pathway/why.h"
#include "pathway/write.h"

namespace {

using namespace nidus;

base::Result<std::string> output(const pathway::Guideline& guideline, const std::string& what,
                                 const cli::Common& common) {
  const auto moment = cli::as_of(common);
  if (!moment) return std::unexpected(moment.error());
  const auto record = cli::load_record(common);
  if (!record) return std::unexpected(record.error());
  const auto known = record->as_known_at(*moment, moment->offset_minutes);
  if (what == "values") return pathway::write_values(guideline, known, *moment);
  const auto plan = pathway::make_plan(guideline, known, {*moment, true});
  if (!plan) return std::unexpected(plan.error());
  if (what == "plan-json") return pathway::write_json(*plan);
  if (what == "plan-fhir") return pathway::write_fhir(*plan);
  return base::fail(base::ErrorCode::kBadArgument, "'" + what + "' is nothing that is written");
}

}  // namespace

int main(int argc, char** argv) {
  cli::Common common;
  if (argc > 1) common.guideline_file = argv[1];
  const auto guideline = cli::load_guideline(common);
  if (!guideline) return cli::report(guideline.error());
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    std::getline(words, what, '\t');
    std::getline(words, common.file, '\t');
    std::getline(words, common.as_of, '\t');
    const auto text = output(*guideline, what, common);
    if (!text) return cli::report(text.error());
    const int failed = cli::print(std::to_string(text->size()) + "\n" + *text);
    if (failed != cli::kFine) return failed;
  }
  return cli::kFine;
}
