// SPDX-License-Identifier: Apache-2.0
//
// What the verbs over many people share: options, threads, progress, bad lines, interrupts.
// Thread rule: one run at a time; `work` is called on many threads, `take` by one at a time and in
// input order. Bad lines go to standard error as they come.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fhir/cohort.h"

namespace nidus::cli {

struct CohortArguments {
  std::vector<std::string> paths;
  std::string form = "auto";
  std::string temp;
  int jobs = 0;  // 0: one for each core
  bool progress = false;
  bool keep_retracted = false;  // read what is entered in error (fhir::Limits)
  bool quiet = false;           // bad lines are not listed: another run over the same lists them
};

// The options beside the cohort itself.
void add_cohort_options(CLI::App& verb, CohortArguments& arguments);

struct CohortRun {
  std::uint64_t people = 0;      // who were read
  std::uint64_t refused = 0;     // people of whom nothing was read
  std::uint64_t bad_lines = 0;   // all that standard error lists, refused people among them
  std::uint64_t incomplete = 0;  // people read without some of their lines
  int interrupted_by = 0;        // a signal, or 0
  bool ended_early = false;      // by a signal, an error or `take`: somebody may be missing
  int exit_code = 0;             // kFine, kOurFailure, kBadInput, or 128 + the signal
};

// Answers whose type the run does not know.
using CohortAnswer = std::shared_ptr<void>;
CohortRun run_cohort(
    const CohortArguments& arguments,
    const std::function<std::expected<CohortAnswer, fhir::BadLine>(const fhir::CohortPerson&)>&
        work,
    const std::function<bool(CohortAnswer&&)>& take);

// `work`: one person -> an answer, or why this person is refused. `take`: an answer, in input
// order; false ends the run.
template <class Answer>
CohortRun run_cohort(
    const CohortArguments& arguments,
    const std::function<std::expected<Answer, fhir::BadLine>(const fhir::CohortPerson&)>& work,
    const std::function<bool(Answer&&)>& take) {
  return run_cohort(
      arguments,
      [&work](const fhir::CohortPerson& person) -> std::expected<CohortAnswer, fhir::BadLine> {
        auto answer = work(person);
        if (!answer) return std::unexpected(std::move(answer.error()));
        return std::make_shared<Answer>(*std::move(answer));
      },
      [&take](CohortAnswer&& answer) {
        return take(std::move(*std::static_pointer_cast<Answer>(answer)));
      });
}

// "1,234,567"
std::string grouped_digits(std::uint64_t number);

}  // namespace nidus::cli
