// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "cli/command.h"

// NOLINTNEXTLINE(bugprone-exception-escape): out of memory ends the process, and should.
int main(int argc, char** argv) {
  using namespace nidus::cli;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(
      "Nidus: an explained plan for a person with a suspected or proven spine infection.\n"
      "Advice to a named clinician, who decides. Not a cleared medical device.",
      "nidus");
  app.require_subcommand(1);
  app.set_version_flag("--version", NIDUS_VERSION);
  int exit_code = kFine;
  add_plan(app, exit_code);
  add_why(app, exit_code);
  add_replay(app, exit_code);
  add_dose(app, exit_code);
  add_interpret(app, exit_code);
  add_values(app, exit_code);
  add_guideline(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kBadInput;
  }
  return exit_code;
}
