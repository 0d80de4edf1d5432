// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pathway/dosing.h"

namespace nidus::cli {

namespace {

int run_dose(const Common& common, const std::string& drug) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  auto doses = pathway::dose_report(loaded->guideline, loaded->record,
                                    {loaded->moment, drug, &loaded->whole});
  if (!doses) return report(doses.error());
  const auto offered = pathway::add_offered(loaded->guideline, loaded->record, *doses);
  if (!offered) return report(offered.error());
  if (common.format == "json") return print(pathway::write_dose_json(*doses));
  if (common.format == "html") return print(pathway::write_dose_html(*doses));
  if (common.format == "fhir") return print(pathway::write_dose_fhir(*doses));
  return print(pathway::write_dose_text(*doses, use_colour(common), text_width(common)));
}

}  // namespace

void add_dose(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  auto drug = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand(
      "dose", "Kidney function, exposure from levels, regimens with their uncertainty");
  add_common(*verb, *common);
  add_local(*verb, *common);
  add_format(*verb, *common, {"text", "json", "fhir", "html"});
  verb->add_option("--drug", *drug, "One drug, by name or ATC code, also without doses or levels");
  verb->callback([common, drug, &exit_code] { exit_code = run_dose(*common, *drug); });
}

}  // namespace nidus::cli
