// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pathway/why.h"

namespace nidus::cli {

namespace {

int run_values(const Common& common) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  return print(pathway::write_values(loaded->guideline, loaded->record, loaded->moment));
}

}  // namespace

void add_values(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand(
      "values", "Every definition of the guideline for one person, as JSON (to compare engines)");
  add_common(*verb, *common);
  add_local(*verb, *common);
  verb->callback([common, &exit_code] { exit_code = run_values(*common); });
}

}  // namespace nidus::cli
