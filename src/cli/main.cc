// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "cli/command.h"

namespace {

// The whole guideline is read at every start: much of a short run is spent on pages the system has
// to clear. So what the first thread takes comes in pages of 2 MB where the system has them, and
// what is given back is used again. Where it has none, nothing is lost. Other threads have heaps of
// their own: waiting for each other's would cost more.
void use_large_pages() {
  constexpr std::uintptr_t kPage = 2 << 20;
  constexpr int kAhead = 64 << 20;  // address space, not memory
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 * kAhead);
  mallopt(M_TOP_PAD, kAhead);
  void* volatile grown = std::malloc(16 << 20);  // more than the heap has: it grows
  const auto first = (reinterpret_cast<std::uintptr_t>(grown) + kPage - 1) / kPage * kPage;
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
  std::free(grown);
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): out of memory ends the process, and should.
int main(int argc, char** argv) {
  using namespace nidus::cli;
  std::signal(SIGPIPE, SIG_IGN);
  use_large_pages();
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
  add_response(app, exit_code);
  add_values(app, exit_code);
  add_guideline(app, exit_code);
  add_cql(app, exit_code);
  add_screen(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kFine : kBadInput;
  }
  return exit_code;
}
