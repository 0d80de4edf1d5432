// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "cli/command.h"
#include "pathway/response.h"
#include "pathway/write.h"

namespace nidus::cli {

namespace {

// Ends the process with everything written. What it holds goes with it at once; handing it back
// piece by piece would take longer than some plans do.
[[noreturn]] void leave(int exit_code) {
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

int run_plan(const Common& common) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  const auto plan =
      pathway::make_plan(loaded->guideline, loaded->record, {loaded->moment, true, loaded->local});
  if (!plan) return report(plan.error());
  if (common.format == "json") leave(print(pathway::write_json(*plan)));
  if (common.format == "html") {
    if (loaded->guideline.pharmacology().markers.empty()) {
      leave(print(pathway::write_html(*plan, common.all)));
    }
    const auto response =
        pathway::response_report(loaded->guideline, loaded->record, loaded->moment);
    if (!response) return report(response.error());
    leave(print(pathway::write_html(*plan, common.all, &*response)));
  }
  if (common.format == "fhir") leave(print(pathway::write_fhir(*plan)));
  leave(print(pathway::write_text(*plan, {use_colour(common), text_width(common), common.all})));
}

}  // namespace

void add_plan(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("plan", "The explained plan for one person");
  add_common(*verb, *common);
  add_local(*verb, *common);
  add_format(*verb, *common, {"text", "json", "fhir", "html"});
  verb->callback([common, &exit_code] { exit_code = run_plan(*common); });
}

}  // namespace nidus::cli
