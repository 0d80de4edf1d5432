// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "pathway/local.h"

extern "C" const std::uint8_t nidus_guideline_begin[];
extern "C" const std::uint8_t nidus_guideline_end[];

namespace nidus::cli {

void add_common(CLI::App& verb, Common& common) {
  verb.add_option("FILE", common.file,
                  "A FHIR R4 Bundle, or NDJSON of one patient; - is standard input")
      ->required();
  verb.add_option("--as-of", common.as_of,
                  "The moment to judge at, e.g. 2025-03-04T10:00:00+01:00 (default: now)")
      ->check([](const std::string& text) { return text.empty() ? "is empty" : std::string(); });
  verb.add_option("--guideline", common.guideline_file,
                  "Another guideline.json than the built-in one");
}

void add_local(CLI::App& verb, Common& common) {
  verb.add_option("--local", common.local_file,
                  "The hospital's own resistance figures and formulary (docs/local.md)");
}

void add_format(CLI::App& verb, Common& common, const std::vector<std::string>& formats) {
  verb.add_option("--format", common.format, "Form of the output")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  verb.add_option("--color", common.colour, "Colour in text output")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  verb.add_option("--width", common.width, "Columns of text output (default: the terminal's)")
      ->check(CLI::Range(60, 200));
  verb.add_flag("--all", common.all, "Also everything that was considered, with all facts");
}

int report(const base::Error& error) {
  std::fprintf(stderr, "nidus: %s\n", error.to_string().c_str());
  return base::is_bad_input(error.code) ? kBadInput : kOurFailure;
}

base::Result<std::string> read_file(const std::string& path) {
  const bool standard = path == "-";
  std::FILE* file = standard ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    return base::fail(errno == ENOENT ? base::ErrorCode::kNotFound : base::ErrorCode::kUnreadable,
                      std::string("cannot be opened: ") + std::strerror(errno), path);
  }
  const fhir::Limits limits;
  std::string out;
  char buffer[1 << 16];
  while (true) {
    const std::size_t got = std::fread(buffer, 1, sizeof buffer, file);
    out.append(buffer, got);
    if (got < sizeof buffer) break;
    if (out.size() > limits.max_bytes) break;  // refused by the parser, with the limit
  }
  const bool failed = std::ferror(file) != 0;
  if (!standard) std::fclose(file);
  if (failed) {
    return base::fail(base::ErrorCode::kUnreadable, "cannot be read (is it a folder?)", path);
  }
  return out;
}

base::Result<pathway::Guideline> load_guideline(const Common& common) {
  if (common.guideline_file.empty()) {
    return pathway::Guideline::load_packed({nidus_guideline_begin, nidus_guideline_end},
                                           "built-in guideline");
  }
  auto bytes = read_file(common.guideline_file);
  if (!bytes) return std::unexpected(bytes.error());
  auto guideline = pathway::Guideline::load(*bytes, common.guideline_file);
  // Who gave the file gave what is wrong in it; only the built-in guideline is ours.
  if (!guideline) guideline.error().code = base::ErrorCode::kBadArgument;
  return guideline;
}

base::Result<base::DateTime> as_of(const Common& common) {
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (!common.as_of.empty()) {
    auto moment = base::parse_date_time(common.as_of);
    if (!moment || moment->precision < base::Precision::kDay) {
      return base::fail(base::ErrorCode::kBadArgument, "'" + common.as_of + "' is not a moment",
                        "--as-of", {},
                        "a date, or a date and time such as 2025-03-04T10:00:00+01:00");
    }
    // A day or a minute means the end of it: all that was known by then. A second is a moment.
    base::DateTime out = moment->precision < base::Precision::kSecond
                             ? base::highest(*moment, base::Precision::kMillisecond)
                             : base::lowest(*moment, base::Precision::kMillisecond);
    if (!out.has_offset()) {
      now = static_cast<std::time_t>(base::epoch_ms(out, 0) / 1000);
      std::tm local{};
      localtime_r(&now, &local);
      out.offset_minutes = static_cast<std::int16_t>(local.tm_gmtoff / 60);
    }
    return out;
  }
  std::tm local{};
  localtime_r(&now, &local);
  return base::from_epoch_ms(static_cast<std::int64_t>(now) * 1000,
                             static_cast<int>(local.tm_gmtoff / 60));
}

base::Result<fhir::Record> load_record(const Common& common) {
  auto bytes = read_file(common.file);
  if (!bytes) return std::unexpected(bytes.error());
  return fhir::Record::parse(*bytes, common.file == "-" ? "standard input" : common.file);
}

base::Result<Loaded> load(const Common& common) {
  const auto moment = as_of(common);
  if (!moment) return std::unexpected(moment.error());
  auto record = load_record(common);
  if (!record) return std::unexpected(record.error());
  auto guideline = load_guideline(common);
  if (!guideline) return std::unexpected(guideline.error());
  auto known = record->as_known_at(*moment, moment->offset_minutes);
  std::string title;
  if (!common.local_file.empty()) {
    const auto bytes = read_file(common.local_file);
    if (!bytes) return std::unexpected(bytes.error());
    if (!guideline->local) {
      return base::fail(base::ErrorCode::kBadArgument,
                        "the guideline reads no figures of a hospital", "--local");
    }
    const auto local = pathway::read_local(*bytes, common.local_file, *guideline->local);
    if (!local) return std::unexpected(local.error());
    auto with_local = known.with(local->observations);
    if (!with_local) return std::unexpected(with_local.error());
    known = *std::move(with_local);
    title = local->title();
  }
  return Loaded{*moment, *std::move(record), std::move(known), *std::move(guideline), title};
}

bool use_colour(const Common& common) {
  if (common.colour != "auto") return common.colour == "always";
  return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

int text_width(const Common& common) {
  constexpr int kDefault = 80;
  constexpr int kWidest = 110;  // longer lines are hard to read
  if (common.width > 0) return common.width;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60) {
    return std::min<int>(size.ws_col, kWidest);
  }
  return kDefault;
}

int print(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return report_unwritten(whole && std::fflush(stdout) == 0 ? 0 : errno);
}

int report_unwritten(int why) {
  if (why == 0 || why == EPIPE) return kFine;
  std::fprintf(stderr, "nidus: cannot write the output: %s\n", std::strerror(why));
  return kOurFailure;
}

}  // namespace nidus::cli
