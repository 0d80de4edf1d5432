// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pathway/interpretation.h"

namespace nidus::cli {

namespace {

int run_interpret(const Common& common, const std::string& table) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  if (auto checked = pathway::refuse_wrong_units(loaded->guideline, loaded->record); !checked) {
    return report(checked.error());
  }
  const auto result =
      pathway::interpret_report(loaded->guideline, loaded->record, {loaded->moment, table});
  if (!result) return report(result.error());
  if (common.format == "json") return print(pathway::write_interpret_json(*result));
  if (common.format == "fhir") return print(pathway::write_interpret_fhir(*result));
  return print(pathway::write_interpret_text(*result, use_colour(common), text_width(common)));
}

}  // namespace

void add_interpret(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  auto table = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("interpret", "MIC and zone to S, I, R with the table's row and version");
  add_common(*verb, *common);
  add_format(*verb, *common, {"text", "json", "fhir"});
  verb->add_option("--table", *table, "Another breakpoint table of the guideline, by its id");
  verb->callback([common, table, &exit_code] { exit_code = run_interpret(*common, *table); });
}

}  // namespace nidus::cli
