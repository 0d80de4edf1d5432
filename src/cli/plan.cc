// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pathway/write.h"

namespace nidus::cli {

namespace {

int run(const Common& common) {
  const auto moment = as_of(common);
  if (!moment) return report(moment.error());
  const auto record = load_record(common, *moment);
  if (!record) return report(record.error());
  const auto guideline = load_guideline(common);
  if (!guideline) return report(guideline.error());
  const auto plan = pathway::make_plan(*guideline, *record, {*moment, true});
  if (!plan) return report(plan.error());
  if (common.format == "json") return print(pathway::write_json(*plan));
  if (common.format == "html") return print(pathway::write_html(*plan, common.all));
  if (common.format == "fhir") return print(pathway::write_fhir(*plan));
  return print(pathway::write_text(*plan, {use_colour(common), text_width(common), common.all}));
}

}  // namespace

void add_plan(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("plan", "The explained plan for one person");
  add_common(*verb, *common);
  add_format(*verb, *common, {"text", "json", "fhir", "html"});
  verb->callback([common, &exit_code] { exit_code = run(*common); });
}

}  // namespace nidus::cli
