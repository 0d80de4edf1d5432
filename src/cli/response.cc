// SPDX-License-Identifier: Apache-2.0
#include "pathway/response.h"

#include "cli/command.h"

namespace nidus::cli {

namespace {

int run_response(const Common& common) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  const auto response = pathway::response_report(loaded->guideline, loaded->record, loaded->moment);
  if (!response) return report(response.error());
  if (common.format == "json") return print(pathway::write_response_json(*response));
  if (common.format == "html") return print(pathway::write_response_html(*response));
  if (common.format == "fhir") return print(pathway::write_response_fhir(*response));
  return print(pathway::write_response_text(*response, use_colour(common), text_width(common)));
}

}  // namespace

void add_response(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand(
      "response", "CRP and ESR on treatment: how fast they fall, what is expected, what is not");
  add_common(*verb, *common);
  add_format(*verb, *common, {"text", "json", "fhir", "html"});
  verb->callback([common, &exit_code] { exit_code = run_response(*common); });
}

}  // namespace nidus::cli
