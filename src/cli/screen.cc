// SPDX-License-Identifier: Apache-2.0
#include "cli/cohort.h"
#include "cli/command.h"
#include "pathway/write_screen.h"

namespace nidus::cli {

namespace {

struct Arguments {
  Common common;
  CohortArguments cohort;
  std::size_t limit = SIZE_MAX;
  bool undecided = false;
};

int run_screen(const Arguments& arguments) {
  const auto moment = as_of(arguments.common);
  if (!moment) return report(moment.error());
  const auto guideline = load_guideline(arguments.common);
  if (!guideline) return report(guideline.error());
  if (!guideline->screening) {
    return report({base::ErrorCode::kBadGuideline,
                   "this guideline does not say whom to screen for",
                   "guideline",
                   "screening",
                   {}});
  }

  pathway::ScreenReport found;
  found.guideline = &*guideline;
  found.as_of = *moment;
  found.limit = arguments.limit;
  found.list_undecided = arguments.undecided;
  const CohortRun done = run_cohort<pathway::Screened>(
      arguments.cohort,
      [&](const fhir::CohortPerson& person) -> std::expected<pathway::Screened, fhir::BadLine> {
        const auto known = person.record.as_known_at(*moment, moment->offset_minutes);
        auto one = pathway::screen(*guideline, known, *moment);
        if (!one) return std::unexpected(fhir::BadLine{{}, one.error().to_string()});
        return *std::move(one);
      },
      [&](pathway::Screened&& one) {
        if (one.standing == pathway::ScreenStanding::kFlagged) {
          found.flagged.push_back(std::move(one));
        } else if (one.standing == pathway::ScreenStanding::kUndecided) {
          found.undecided.push_back(std::move(one));
        }
        return true;
      });
  const bool partly = done.interrupted_by != 0 || done.people > 0 || done.bad_lines > 0;
  if (done.exit_code != kFine && !partly) return done.exit_code;
  pathway::rank(found.flagged);
  found.people = done.people;
  found.refused = done.refused;
  found.bad_lines = done.bad_lines;
  found.interrupted = done.interrupted_by != 0;
  const auto& format = arguments.common.format;
  const std::string text = format == "ndjson" ? pathway::write_screen_ndjson(found)
                           : format == "csv"
                               ? pathway::write_screen_csv(found)
                               : pathway::write_screen_text(found, use_colour(arguments.common),
                                                            text_width(arguments.common));
  const int printed = print(text);
  return printed != kFine ? printed : done.exit_code;
}

}  // namespace

void add_screen(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand(
      "screen", "Of many people those with a suspicion of spine infection that nobody has named");
  verb->add_option("COHORT", arguments->cohort.paths,
                   "NDJSON of Bundles or of resources, or folders of it; plain, .gz or .zst; - is "
                   "standard input")
      ->required();
  verb->add_option("--as-of", arguments->common.as_of,
                   "The moment to judge everybody at, e.g. 2025-03-04T10:00:00+01:00 (default: the "
                   "moment the run starts)");
  verb->add_option("--guideline", arguments->common.guideline_file,
                   "Another guideline.json than the built-in one");
  verb->add_option("--format", arguments->common.format, "Form of the output")
      ->check(CLI::IsMember({"text", "ndjson", "csv"}))
      ->capture_default_str();
  verb->add_option("--limit", arguments->limit, "So many flagged people are written at most");
  verb->add_flag("--undecided", arguments->undecided,
                 "Also who cannot be decided, with what lacks");
  verb->add_option("--color", arguments->common.colour, "Colour in text output")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  verb->add_option("--width", arguments->common.width, "Columns of text output")
      ->check(CLI::Range(60, 200));
  add_cohort_options(*verb, arguments->cohort);
  verb->callback([arguments, &exit_code] { exit_code = run_screen(*arguments); });
}

}  // namespace nidus::cli
