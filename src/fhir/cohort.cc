// SPDX-License-Identifier: Apache-2.0
#include "fhir/cohort.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "fhir/byte_source.h"
#include "fhir/line_scan.h"
#include "fhir/person_store.h"
#include "fhir/record_impl.h"

namespace nidus::fhir {

using base::ErrorCode;
using What = ScannedLine::What;

namespace {

namespace fs = std::filesystem;

enum class FileForm { kBundles, kResources, kDocument };  // a document: one Bundle on many lines

std::string shown_name(const std::string& path) { return path == "-" ? "standard input" : path; }

bool has_ending(std::string name, std::initializer_list<std::string_view> endings) {
  for (const std::string_view packing : {".gz", ".zst"}) {
    if (name.ends_with(packing)) name.resize(name.size() - packing.size());
  }
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

base::Result<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> lines, documents;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file(error)) continue;
    if (has_ending(path, {".ndjson", ".jsonl"})) lines.push_back(path);
    if (has_ending(path, {".json"})) documents.push_back(path);
  }
  if (error) return base::fail(ErrorCode::kUnreadable, error.message(), folder);
  auto& out = lines.empty() ? documents : lines;
  if (out.empty()) {
    return base::fail(ErrorCode::kNotFound, "the folder holds no NDJSON", folder, {},
                      "files that end in .ndjson, .ndjson.gz or .ndjson.zst");
  }
  std::sort(out.begin(), out.end());
  return std::move(out);
}

// A line that is about no one person, kept for those whose resources refer to it.
struct SharedLine {
  std::string text;
  LinePlace place;
  std::string type;
  bool should_name_a_person = false;
  bool used = false;
};

// Every `"reference": "..."` of a text that needs no unescaping.
void each_reference(std::string_view text, const std::function<void(std::string_view)>& visit) {
  constexpr std::string_view kKey = "\"reference\"";
  for (auto at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at)) {
    at = text.find_first_not_of(" :\t\r\n", at + kKey.size());
    if (at == std::string_view::npos || text[at] != '"') continue;
    const auto end = text.find('"', at + 1);
    if (end == std::string_view::npos) return;
    visit(text.substr(at + 1, end - at - 1));
    at = end;
  }
}

}  // namespace

struct CohortReader::Impl {
  CohortOptions options;
  std::vector<std::string> files;
  std::vector<FileForm> forms;
  bool grouped = false;
  std::uint64_t total_bytes = 0;   // 0: not known
  std::uint64_t bytes_before = 0;  // of the files that are read

  std::optional<LineReader> reader;          // of files[file]
  std::map<std::size_t, LineReader> opened;  // of files that can be read once, to see their form
  std::size_t file = 0;
  LineScanner scanner;
  std::vector<BadLine> bad;

  PersonLines current;  // grouped: the person under way
  std::string current_person;
  std::unordered_set<std::uint64_t> seen;

  std::unique_ptr<PersonStore> store;
  bool gathered = false;
  std::deque<SharedLine> shared;
  std::unordered_map<std::string, std::size_t> shared_by_name;  // "Medication/m1", and "m1"
  bool ended = false;

  bool stopped() const { return options.stop != nullptr && options.stop->load(); }
  std::string place_text(const LinePlace& place) const {
    const std::string name = shown_name(files[place.file]);
    return place.line == 0 ? name : name + " line " + std::to_string(place.line);
  }
  LinePlace here(std::uint64_t line) const { return {static_cast<std::uint32_t>(file), line}; }
  void complain(const LinePlace& place, std::string message) {
    bad.push_back({place_text(place), std::move(message)});
  }

  base::Result<void> add_path(const std::string& path);
  base::Result<void> recognise();
  base::Result<FileForm> form_of(LineReader& lines);
  bool people_stand_together();
  base::Result<LineReader> open_file(const std::string& path) const;

  // One line of the file at hand; opens files as needed. Nullopt at the end of all.
  std::optional<Line> next_line();
  void leave_file();
  void complain_of_line(const ScannedLine& scanned, const Line& line);
  void keep_shared(const ScannedLine& scanned, const Line& line);
  void attach_shared(PersonLines& lines);
  void list_unattached();
  base::Result<std::optional<PersonLines>> give(PersonLines lines);
  base::Result<std::optional<PersonLines>> next();
  bool read_streamed(PersonLines& out);
  bool group(const ScannedLine& scanned, const Line& line, PersonLines& out);
  base::Result<void> store_line(const ScannedLine& scanned, const Line& line);
  base::Result<void> failed;
};

base::Result<LineReader> CohortReader::Impl::open_file(const std::string& path) const {
  auto source = ByteSource::open(path, options.stop);
  if (!source) return std::unexpected(source.error());
  return LineReader(*std::move(source), options.limits.max_bytes);
}

base::Result<void> CohortReader::Impl::add_path(const std::string& path) {
  std::error_code error;
  if (path != "-" && fs::is_directory(path, error)) {
    const auto inside = files_in(path);
    if (!inside) return std::unexpected(inside.error());
    files.insert(files.end(), inside->begin(), inside->end());
  } else {
    files.push_back(path);
  }
  return {};
}

base::Result<FileForm> CohortReader::Impl::form_of(LineReader& lines) {
  const auto first = lines.peek();
  if (!first) return std::unexpected(first.error());
  if (!*first) return FileForm::kBundles;  // nothing there
  const std::string_view text = (*first)->text;
  const auto scanned = scanner.scan(text);
  if (scanned.what == What::kBundle) return FileForm::kBundles;
  if (scanned.what != What::kBroken) return FileForm::kResources;
  // A line is a whole object; the first line of one that is laid out on many is not.
  if (!text.empty() && (text.back() == '{' || text.back() == '[' || text.back() == ',')) {
    return FileForm::kDocument;
  }
  return text.find("\"Bundle\"") != std::string_view::npos ? FileForm::kBundles
                                                           : FileForm::kResources;
}

base::Result<void> CohortReader::Impl::recognise() {
  bool all_known = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code error;
    const auto size = fs::file_size(files[i], error);
    if (!error) total_bytes += size;
    // Standard input and pipes are read once.
    const bool once = files[i] == "-" || !fs::is_regular_file(files[i], error);
    all_known = all_known && !once;
    auto lines = open_file(files[i]);
    if (!lines) return std::unexpected(lines.error());
    if (options.form == CohortForm::kRecognise) {
      const auto form = form_of(*lines);
      // Damaged from its first bytes on: reading will say so.
      forms.push_back(form ? *form : FileForm::kBundles);
    } else {
      forms.push_back(options.form == CohortForm::kBundles ? FileForm::kBundles
                                                           : FileForm::kResources);
    }
    if (once) opened.emplace(i, *std::move(lines));
  }
  if (!all_known) total_bytes = 0;
  grouped = options.form == CohortForm::kGrouped ||
            (options.form == CohortForm::kRecognise && all_known && people_stand_together());
  return {};
}

// Reads who stands where in all files of resources: nobody may come back after another.
bool CohortReader::Impl::people_stand_together() {
  std::unordered_set<std::uint64_t> met;
  std::string person;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (forms[i] != FileForm::kResources) continue;
    auto lines = open_file(files[i]);
    if (!lines) return false;
    for (;;) {
      const auto line = lines->next();
      if (!line || !*line) break;
      if (stopped()) return false;
      if ((*line)->too_long) continue;
      auto scanned = scanner.scan((*line)->text);
      // Whose a line is that names nobody, only those who refer to it can tell.
      const bool names_nobody = scanned.what == What::kShared || scanned.what == What::kNobody;
      if (names_nobody && !met.empty()) return false;
      if (scanned.what != What::kPerson || scanned.person == person) continue;
      person = std::move(scanned.person);
      if (!met.insert(std::hash<std::string>{}(person)).second) return false;
    }
  }
  return true;
}

void CohortReader::Impl::leave_file() {
  bytes_before += reader->consumed();
  reader.reset();
  ++file;
}

std::optional<Line> CohortReader::Impl::next_line() {
  while (file < files.size() && !stopped()) {
    if (!reader) {
      if (auto before = opened.extract(file)) {
        reader = std::move(before.mapped());
      } else if (auto lines = open_file(files[file])) {
        reader = *std::move(lines);
      } else {
        complain(here(0), lines.error().message);
        ++file;
        continue;
      }
    }
    if (forms[file] == FileForm::kDocument) return Line{{}, 0, false};
    const auto line = reader->next();
    if (line && *line && !(*line)->too_long) return *line;
    if (!line) {
      complain(here(0), line.error().message);
      leave_file();
    } else if (*line) {
      complain(here((*line)->number),
               "is longer than " + std::to_string(options.limits.max_bytes) + " bytes: not read");
    } else {
      leave_file();
    }
  }
  return std::nullopt;
}

void CohortReader::Impl::complain_of_line(const ScannedLine& scanned, const Line& line) {
  if (scanned.what == What::kBundle) {
    complain(here(line.number), "a Bundle among single resources: not read");
    return;
  }
  // Read for its message alone; what the scanner refuses the parser refuses, or it is nobody's.
  const auto record = Record::parse(line.text, "line", options.limits);
  std::string message = "is no FHIR resource: not read";
  if (!record) {
    const auto& error = record.error();
    constexpr std::string_view kOneLine = "line 1, ";
    const std::string path =
        error.path.starts_with(kOneLine) ? error.path.substr(kOneLine.size()) : error.path;
    message = (path.empty() ? "" : path + ": ") + error.message;
  }
  complain(here(line.number), message);
}

void CohortReader::Impl::keep_shared(const ScannedLine& scanned, const Line& line) {
  if (scanned.what == What::kNotRead) return;
  if (!scanned.id.empty()) {
    shared_by_name.emplace(scanned.type + "/" + scanned.id, shared.size());
    shared_by_name.emplace(scanned.id, shared.size());
  }
  shared.push_back({std::string(line.text), here(line.number), scanned.type,
                    scanned.what == What::kNobody, false});
}

// The shared lines that a person's resources refer to, and those that these refer to.
void CohortReader::Impl::attach_shared(PersonLines& lines) {
  if (shared.empty()) return;
  std::vector<std::size_t> found;
  const auto look = [&](std::string_view text) {
    each_reference(text, [&](std::string_view reference) {
      reference = without_version(reference);
      const auto parts = type_and_id(reference);
      std::string name(reference.starts_with(kUuid) ? reference.substr(kUuid.size()) : reference);
      if (!parts.id.empty()) name = std::string(parts.type) + "/" + std::string(parts.id);
      const auto at = shared_by_name.find(name);
      if (at == shared_by_name.end()) return;
      if (std::find(found.begin(), found.end(), at->second) != found.end()) return;
      found.push_back(at->second);
    });
  };
  look(lines.text);
  for (std::size_t i = 0; i < found.size(); ++i) look(shared[found[i]].text);
  std::sort(found.begin(), found.end());
  for (const std::size_t i : found) {
    shared[i].used = true;
    lines.text.append(shared[i].text).push_back('\n');
    lines.places.push_back(shared[i].place);
  }
}

void CohortReader::Impl::list_unattached() {
  for (const auto& line : shared) {
    if (line.used || !line.should_name_a_person) continue;
    complain(line.place, line.type + " that names no patient: not read");
  }
  shared.clear();
}

// True when a person ended with this line, who is then in `out`.
bool CohortReader::Impl::group(const ScannedLine& scanned, const Line& line, PersonLines& out) {
  switch (scanned.what) {
    case What::kBroken:
    case What::kBundle:
      complain_of_line(scanned, line);
      return false;
    case What::kNotRead:
      return false;
    case What::kShared:
    case What::kNobody:
      // Inside a person's lines it is taken for theirs.
      if (current.places.empty()) {
        keep_shared(scanned, line);
      } else {
        current.text.append(line.text).push_back('\n');
        current.places.push_back(here(line.number));
      }
      return false;
    case What::kPerson:
      break;
  }
  bool ended_one = false;
  if (current.places.empty() || scanned.person != current_person) {
    if (!seen.insert(std::hash<std::string>{}(scanned.person)).second) {
      complain(here(line.number), "Patient/" + scanned.person +
                                      " stood before, with others between: not read; give "
                                      "--input-form resources for lines in any order");
      return false;
    }
    ended_one = !current.places.empty();
    out = std::exchange(current, {});
    current_person = scanned.person;
  }
  current.text.append(line.text).push_back('\n');
  current.places.push_back(here(line.number));
  return ended_one;
}

base::Result<void> CohortReader::Impl::store_line(const ScannedLine& scanned, const Line& line) {
  switch (scanned.what) {
    case What::kBroken:
    case What::kBundle:
      complain_of_line(scanned, line);
      return {};
    case What::kNotRead:
    case What::kShared:
    case What::kNobody:
      keep_shared(scanned, line);
      return {};
    case What::kPerson:
      break;
  }
  if (!store) store = std::make_unique<PersonStore>(options.memory_bytes, options.temp_folder);
  return store->add(scanned.person, here(line.number), line.text);
}

// False at the end of all files, and when storing failed.
bool CohortReader::Impl::read_streamed(PersonLines& out) {
  while (const auto line = next_line()) {
    if (forms[file] == FileForm::kDocument) {
      auto text = reader->rest();
      const LinePlace whole = here(0);
      leave_file();
      if (text) {
        out = {*std::move(text), {whole}, {}};
        return true;
      }
      complain(whole, text.error().message);
      continue;
    }
    if (forms[file] == FileForm::kBundles) {
      constexpr std::string_view kUsual = "{\"resourceType\":\"Bundle\"";
      if (!line->text.starts_with(kUsual)) {
        const auto what = scanner.scan(line->text).what;
        if (what != What::kBundle && what != What::kBroken) {
          complain(here(line->number), "a single resource among Bundles: not read");
          continue;
        }
      }
      out.text.reserve(line->text.size() + Record::kRoomBehind);
      out.text = line->text;
      out.places = {here(line->number)};
      return true;
    }
    const auto scanned = scanner.scan(line->text);
    if (grouped) {
      if (group(scanned, *line, out)) return true;
    } else if (failed = store_line(scanned, *line); !failed) {
      return false;
    }
  }
  return false;
}

base::Result<std::optional<PersonLines>> CohortReader::Impl::give(PersonLines lines) {
  if (!lines.places.empty()) attach_shared(lines);
  lines.bad = std::exchange(bad, {});
  return lines;
}

base::Result<std::optional<PersonLines>> CohortReader::Impl::next() {
  PersonLines lines;
  if (ended) return std::nullopt;
  if (!gathered) {
    if (read_streamed(lines)) return give(std::move(lines));
    if (!failed) return std::unexpected(failed.error());
    gathered = true;
    if (!current.places.empty() && !stopped()) return give(std::exchange(current, {}));
  }
  if (store && !stopped()) {
    const auto more = store->next(lines);
    if (!more) return std::unexpected(more.error());
    if (*more) return give(std::move(lines));
  }
  ended = true;
  if (!stopped()) list_unattached();
  if (bad.empty()) return std::nullopt;
  return give({});
}

CohortReader::CohortReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CohortReader::CohortReader(CohortReader&&) noexcept = default;
CohortReader& CohortReader::operator=(CohortReader&&) noexcept = default;
CohortReader::~CohortReader() = default;

base::Result<CohortReader> CohortReader::open(const std::vector<std::string>& paths,
                                              const CohortOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  for (const auto& path : paths) {
    if (auto added = impl->add_path(path); !added) return std::unexpected(added.error());
  }
  if (auto known = impl->recognise(); !known) return std::unexpected(known.error());
  return CohortReader(std::move(impl));
}

base::Result<std::optional<PersonLines>> CohortReader::next() { return impl_->next(); }

const std::vector<std::string>& CohortReader::files() const { return impl_->files; }

std::string CohortReader::place(const LinePlace& place) const { return impl_->place_text(place); }

std::optional<double> CohortReader::progress() const {
  if (impl_->total_bytes == 0) return std::nullopt;
  const auto now = impl_->bytes_before + (impl_->reader ? impl_->reader->consumed() : 0);
  return static_cast<double>(now) / static_cast<double>(impl_->total_bytes);
}

namespace {

// An error of one line, said of that line: the text has no other.
std::string message_of(const base::Error& error, const std::string& source) {
  constexpr std::string_view kOneLine = "line 1, ";
  base::Error out = error;
  if (out.resource == source) out.resource.clear();
  if (out.path.starts_with(kOneLine)) out.path.erase(0, kOneLine.size());
  return out.to_string();
}

}  // namespace

std::expected<CohortPerson, BadLine> read_person(const CohortReader& reader, PersonLines& lines,
                                                 const Limits& limits) {
  assert(!lines.places.empty());
  const std::string place = reader.place(lines.places.front());
  auto record = Record::take(lines.text, place, limits);
  if (record) return CohortPerson{*std::move(record), {}};
  if (lines.places.size() == 1) {
    return std::unexpected(BadLine{place, message_of(record.error(), place)});
  }
  std::vector<BadLine> left_out;
  std::string good;
  std::string_view rest = lines.text;
  for (const LinePlace& at : lines.places) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const std::string source = reader.place(at);
    if (const auto alone = Record::parse(line, source, limits); alone) {
      good += line;
    } else {
      left_out.push_back({source, message_of(alone.error(), source)});
    }
  }
  // Each line may be right and all of them together wrong: two versions of one Patient.
  if (left_out.empty() || good.empty()) {
    return std::unexpected(BadLine{place, message_of(record.error(), place)});
  }
  auto without = Record::take(good, place, limits);
  if (!without) return std::unexpected(BadLine{place, message_of(without.error(), place)});
  return CohortPerson{*std::move(without), std::move(left_out)};
}

}  // namespace nidus::fhir
