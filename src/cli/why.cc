// SPDX-License-Identifier: Apache-2.0
#include "pathway/why.h"

#include "cli/command.h"
#include "pathway/write.h"

namespace nidus::cli {

namespace {

std::string near_ids(const pathway::Guideline& guideline, const std::string& wanted) {
  std::string out;
  const auto stem = wanted.substr(0, wanted.find('-'));
  for (const auto& recommendation : guideline.recommendations) {
    if (recommendation.id.starts_with(stem)) out += (out.empty() ? "" : ", ") + recommendation.id;
  }
  if (!out.empty()) return "one of " + out;
  for (const auto& recommendation : guideline.recommendations) {
    out += (out.empty() ? "" : ", ") + recommendation.id;
  }
  return "one of " + out;
}

int run_why(const Common& common, const std::string& id) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  const auto plan = pathway::make_plan(loaded->guideline, loaded->record, {loaded->moment, true});
  if (!plan) return report(plan.error());
  const pathway::Item* item = pathway::find_item(*plan, id);
  if (item == nullptr) {
    return report({base::ErrorCode::kBadArgument,
                   "no recommendation is called '" + id + "'",
                   "ID",
                   {},
                   near_ids(loaded->guideline, id)});
  }
  std::string text =
      pathway::write_item_text(*plan, *item, {use_colour(common), text_width(common), true});
  text += "\nThe condition, down to the record\n\n";
  text += pathway::write_reasoning(loaded->guideline, loaded->record, {loaded->moment, true},
                                   *item->recommendation, text_width(common));
  return print(text);
}

}  // namespace

void add_why(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  auto id = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("why", "One advice taken apart, down to the facts");
  add_common(*verb, *common);
  add_local(*verb, *common);
  verb->add_option("ID", *id, "The recommendation, e.g. WUP-1")->required();
  verb->add_option("--color", common->colour, "Colour")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  verb->add_option("--width", common->width, "Columns")->check(CLI::Range(60, 200));
  verb->callback([common, id, &exit_code] { exit_code = run_why(*common, *id); });
}

}  // namespace nidus::cli
