// SPDX-License-Identifier: Apache-2.0
#include "pathway/replay.h"

#include "cli/command.h"

namespace nidus::cli {

namespace {

int run_replay(const Common& common) {
  const auto loaded = load(common);
  if (!loaded) return report(loaded.error());
  const auto replay = pathway::replay(loaded->guideline, loaded->record, {loaded->moment, false});
  if (!replay) return report(replay.error());
  if (common.format == "json") return print(pathway::write_replay_json(*replay));
  return print(pathway::write_replay_text(*replay, text_width(common), use_colour(common)));
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand(
      "replay", "The record walked in time: what would have been advised, beside what was done");
  add_common(*verb, *common);
  add_local(*verb, *common);
  add_format(*verb, *common, {"text", "json"});
  verb->callback([common, &exit_code] { exit_code = run_replay(*common); });
}

}  // namespace nidus::cli
