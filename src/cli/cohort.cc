// SPDX-License-Identifier: Apache-2.0
#include "cli/cohort.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/in_order.h"
#include "cli/command.h"

namespace nidus::cli {

namespace {

std::atomic<bool> stop_asked = false;
std::atomic<int> stop_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void ask_to_stop(int signal) {
  stop_signal = signal;
  stop_asked = true;
}

// Asks to stop at the first signal; the second one ends the process as ever.
class SignalWatch {
 public:
  SignalWatch() {
    stop_asked = false;
    stop_signal = 0;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals; ++i) sigaction(signals_[i], &action, &before_[i]);
  }
  ~SignalWatch() {
    for (std::size_t i = 0; i < kSignals; ++i) sigaction(signals_[i], &before_[i], nullptr);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  static constexpr std::size_t kSignals = 3;
  static constexpr int signals_[kSignals] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[kSignals] {};
};

std::string clock_text(double seconds) {
  const auto whole = std::llround(seconds);
  char out[32];
  std::snprintf(out, sizeof out, "%lld:%02lld:%02lld", static_cast<long long>(whole / 3600),
                static_cast<long long>(whole / 60 % 60), static_cast<long long>(whole % 60));
  return out;
}

// People, people a second, share of the input, time left: on a terminal in one line that is written
// over, else in a line now and then when asked for.
class Progress {
 public:
  explicit Progress(bool asked)
      : terminal_(isatty(STDERR_FILENO) != 0), shown_(terminal_ || asked) {}

  void show(std::uint64_t people, std::optional<double> share) {
    if (!shown_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < (terminal_ ? std::chrono::milliseconds(250) : std::chrono::seconds(5))) {
      return;
    }
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::string text = grouped_digits(people) + " people, " +
                       grouped_digits(static_cast<std::uint64_t>(static_cast<double>(people) /
                                                                 std::max(seconds, 0.001))) +
                       " a second";
    if (share && *share > 0) {
      text += ", " + std::to_string(static_cast<int>(*share * 100)) + " % read";
      text += ", " + clock_text(seconds / *share * (1 - std::min(*share, 1.0))) + " left";
    }
    std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "nidus: %s\n", text.c_str());
    std::fflush(stderr);
    on_line_ = terminal_;
  }

  // Before anything else is written to standard error.
  void clear() {
    if (on_line_) std::fputs("\r\033[K", stderr);
    on_line_ = false;
  }

 private:
  bool terminal_;
  bool shown_;
  bool on_line_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
};

using Work = std::function<std::expected<CohortAnswer, fhir::BadLine>(const fhir::CohortPerson&)>;
using Take = std::function<bool(CohortAnswer&&)>;

struct Turn {
  std::vector<fhir::BadLine> bad;
  std::string person;  // who is read without the lines left out
  std::vector<fhir::BadLine> left_out;
  bool somebody = false;
  bool refused = false;
  CohortAnswer answer;
};

Turn work_on(const fhir::CohortReader& reader, fhir::PersonLines&& lines,
             const fhir::Limits& limits, const Work& work) {
  Turn turn;
  turn.bad = std::move(lines.bad);
  if (lines.places.empty()) return turn;
  turn.somebody = true;
  auto person = fhir::read_person(reader, lines, limits);
  auto answer = person ? work(*person) : std::unexpected(std::move(person.error()));
  if (!answer) {
    turn.refused = true;
    if (answer.error().place.empty()) answer.error().place = reader.place(lines.places.front());
    turn.bad.push_back(std::move(answer.error()));
    return turn;
  }
  turn.answer = *std::move(answer);
  turn.left_out = std::move(person->left_out);
  if (!turn.left_out.empty()) {
    const auto* patient = person->record.patient();
    turn.person = patient != nullptr ? patient->reference() : "a person without Patient";
  }
  return turn;
}

fhir::CohortForm form_named(const std::string& name) {
  if (name == "bundles") return fhir::CohortForm::kBundles;
  if (name == "grouped") return fhir::CohortForm::kGrouped;
  if (name == "resources") return fhir::CohortForm::kResources;
  return fhir::CohortForm::kRecognise;
}

base::Error nobody_in(const std::vector<std::string>& paths) {
  const std::string& first = paths.front();
  return {base::ErrorCode::kNoPatient,
          "there is no person in " + std::string(paths.size() == 1 ? "it" : "them"),
          (first == "-" ? "standard input" : first) +
              (paths.size() == 1 ? "" : " and " + std::to_string(paths.size() - 1) + " more"),
          {},
          "NDJSON of Bundles, or of resources that name their Patient"};
}

}  // namespace

std::string grouped_digits(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3) {
    out.insert(static_cast<std::size_t>(at), ",");
  }
  return out;
}

void add_cohort_options(CLI::App& verb, CohortArguments& arguments) {
  verb.add_option("--input-form", arguments.form,
                  "bundles: a Bundle a line; grouped: a resource a line, a person's together; "
                  "resources: a resource a line in any order")
      ->check(CLI::IsMember({"auto", "bundles", "grouped", "resources"}))
      ->capture_default_str();
  verb.add_option("--jobs", arguments.jobs, "Threads (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--temp", arguments.temp,
                  "Folder for ungrouped input that does not fit in memory (default: TMPDIR, else "
                  "/tmp); nothing is left there");
  verb.add_flag("--progress", arguments.progress,
                "Progress also when standard error is no terminal");
}

CohortRun run_cohort(const CohortArguments& arguments, const Work& work, const Take& take) {
  CohortRun out;
  const SignalWatch watch;
  fhir::CohortOptions options;
  options.form = form_named(arguments.form);
  options.limits.keep_retracted = arguments.keep_retracted;
  options.stop = &stop_asked;
  const char* usual = std::getenv("TMPDIR");
  if (usual != nullptr && *usual != '\0') options.temp_folder = usual;
  if (!arguments.temp.empty()) options.temp_folder = arguments.temp;
  auto reader = fhir::CohortReader::open(arguments.paths, options);
  if (!reader) {
    out.exit_code = report(reader.error());
    out.ended_early = true;
    return out;
  }
  const int jobs = arguments.jobs > 0
                       ? arguments.jobs
                       : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Progress progress(arguments.progress);
  std::optional<base::Error> failure;
  std::atomic<double> share = -1;
  base::in_order(
      jobs,
      [&]() -> std::optional<fhir::PersonLines> {
        auto lines = reader->next();
        if (const auto now = reader->progress()) share = *now;
        if (lines) return *std::move(lines);
        failure = lines.error();
        return std::nullopt;
      },
      [&](fhir::PersonLines&& lines) {
        return work_on(*reader, std::move(lines), options.limits, work);
      },
      [&](Turn&& turn) {
        if (arguments.quiet) {
          turn.bad.clear();
          turn.left_out.clear();
        }
        if (!turn.bad.empty() || !turn.left_out.empty()) {
          progress.clear();
          std::fflush(stdout);  // where both go to one file, lines stay whole
        }
        for (const auto& bad : turn.bad) {
          std::fprintf(stderr, "nidus: %s: %s\n", bad.place.c_str(), bad.message.c_str());
        }
        for (const auto& bad : turn.left_out) {
          std::fprintf(stderr, "nidus: %s: %s; %s is read without it\n", bad.place.c_str(),
                       bad.message.c_str(), turn.person.c_str());
        }
        out.bad_lines += turn.bad.size() + turn.left_out.size();
        out.incomplete += turn.left_out.empty() ? 0 : 1;
        if (!turn.somebody) return true;
        out.refused += turn.refused ? 1 : 0;
        out.people += turn.refused ? 0 : 1;
        const bool on = turn.refused || take(std::move(turn.answer));
        out.ended_early |= !on;
        const double now = share;
        progress.show(out.people, now < 0 ? std::nullopt : std::optional(now));
        return on;
      });
  progress.clear();
  out.interrupted_by = stop_signal;
  out.ended_early |= out.interrupted_by != 0 || failure.has_value();
  if (out.interrupted_by != 0) {
    constexpr int kSignalBase = 128;
    out.exit_code = kSignalBase + out.interrupted_by;
  } else if (failure) {
    out.exit_code = report(*failure);
  } else if (out.bad_lines > 0) {
    out.exit_code = kBadInput;
  } else if (out.people == 0 && !arguments.quiet) {
    out.exit_code = report(nobody_in(arguments.paths));
  }
  return out;
}

}  // namespace nidus::cli
