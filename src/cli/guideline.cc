// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "pathway/phrase.h"
#include "pathway/write.h"

namespace nidus::cli {

namespace {

std::string explain(const pathway::Guideline& guideline,
                    const pathway::Recommendation& recommendation) {
  const auto& when = guideline.program().definitions()[recommendation.when];
  std::string out = recommendation.id + "  " + recommendation.title + "\n";
  out += "  stage      " + recommendation.stage + ", category " + recommendation.category + "\n";
  out += "  when       " + when.library + "." + when.name + "\n";
  for (const auto id : recommendation.unless) {
    const auto& unless = guideline.program().definitions()[id];
    out += "  unless     " + unless.library + "." + unless.name + "\n";
  }
  out += "  who        " + guideline.role_name(recommendation.owner) + "\n";
  out += "  why        " + recommendation.reason + "\n";
  out +=
      "  evidence   " + recommendation.strength + ", certainty " + recommendation.certainty + "\n";
  for (const auto& id : recommendation.evidence) {
    const auto* evidence = guideline.find_evidence(id);
    const auto mark = pathway::mark_text(evidence->mark);
    out += "    " + id + "  " + evidence->text + (mark.empty() ? "" : " [" + mark + "]") + "\n";
  }
  return out;
}

int run_list(const Common& common) {
  const auto guideline = load_guideline(common);
  if (!guideline) return report(guideline.error());
  std::string out = guideline->title + " " + guideline->version + "\n" + guideline->hash + "\n\n";
  for (const auto& recommendation : guideline->recommendations) {
    std::string id = recommendation.id;
    id.resize(std::max<std::size_t>(id.size() + 1, 10), ' ');
    out += id + recommendation.title + "\n";
  }
  return print(out);
}

int run_explain(const Common& common, const std::string& id) {
  const auto guideline = load_guideline(common);
  if (!guideline) return report(guideline.error());
  const auto* recommendation = guideline->find_recommendation(id);
  if (recommendation == nullptr) {
    return report({base::ErrorCode::kBadArgument,
                   "no recommendation is called '" + id + "'",
                   "ID",
                   {},
                   "an id that `nidus guideline list` prints"});
  }
  return print(explain(*guideline, *recommendation));
}

}  // namespace

void add_guideline(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  auto id = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("guideline", "Look into the guideline");
  verb->require_subcommand(1);
  verb->add_option("--guideline", common->guideline_file, "Another guideline.json");
  verb->add_subcommand("list", "Every recommendation")->callback([common, &exit_code] {
    exit_code = run_list(*common);
  });
  CLI::App* one = verb->add_subcommand("explain", "One recommendation: logic, evidence, sources");
  one->add_option("ID", *id, "The recommendation")->required();
  one->callback([common, id, &exit_code] { exit_code = run_explain(*common, *id); });
}

}  // namespace nidus::cli
