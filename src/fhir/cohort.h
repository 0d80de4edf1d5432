// SPDX-License-Identifier: Apache-2.0
//
// Door 1 for many people: NDJSON with a Bundle a line, NDJSON of single resources (grouped by
// person or not) and folders of it, as a bulk export leaves them; plain, gzip or Zstandard; files
// or standard input. Gives one person's lines after another, in the order in which each person
// first appears in the input.
//
// What is not grouped is put together by person: in memory while it fits, else in a file without a
// name, which is gone when the process is, however it ends. Per person about 30 bytes stay in
// memory, and all resources that are about no one person (Medication, Practitioner ...).
// Thread rule: one thread at a time; read_person may run on many. Errors: open: kNotFound,
// kUnreadable. next: kTooLarge only; a bad line and a damaged file are listed and passed over.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fhir/record.h"

namespace nidus::fhir {

enum class CohortForm {
  kRecognise,  // by the first line of each file, and by whether people stand together
  kBundles,    // a Bundle a line, each of one person
  kGrouped,    // a resource a line, all of a person together
  kResources,  // a resource a line, in any order
};

struct CohortOptions {
  CohortForm form = CohortForm::kRecognise;
  std::string temp_folder = "/tmp";         // for what does not fit in memory
  std::size_t memory_bytes = 64u << 20;     // of ungrouped input held before the disk is used
  Limits limits;                            // of a line, and of one person
  const std::atomic<bool>* stop = nullptr;  // ends the input when set
};

struct LinePlace {
  std::uint32_t file = 0;  // index into CohortReader::files()
  std::uint64_t line = 0;  // from 1; 0: the whole file
};

// A line, or a file, of which nothing or not all is read.
struct BadLine {
  std::string place;  // "cohort.ndjson line 12"
  std::string message;
};

// One person's part of the input: `text` holds as many lines as `places`. No places: only bad
// lines, nobody.
struct PersonLines {
  std::string text;
  std::vector<LinePlace> places;
  std::vector<BadLine> bad;  // noticed since the person before
};

class CohortReader {
 public:
  // `paths`: files, folders (their *.ndjson and *.jsonl, packed or not, by name; *.json when there
  // is none) and "-".
  static base::Result<CohortReader> open(const std::vector<std::string>& paths,
                                         const CohortOptions& options);
  CohortReader(CohortReader&&) noexcept;
  CohortReader& operator=(CohortReader&&) noexcept;
  ~CohortReader();

  // Nullopt at the end, or when stopped.
  base::Result<std::optional<PersonLines>> next();

  const std::vector<std::string>& files() const;
  std::string place(const LinePlace& place) const;
  // How far the input is read, 0 to 1; nullopt when its size is not known.
  std::optional<double> progress() const;

  struct Impl;

 private:
  explicit CohortReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct CohortPerson {
  Record record;
  std::vector<BadLine> left_out;  // lines of this person that were refused
};

// Doors 1 and 2 for one person of a cohort. A refused resource line is left out and listed, so that
// it does not cost the person; a refused Bundle is an error. The text of `lines` goes into the
// record. REQUIRES: `lines` has places.
std::expected<CohortPerson, BadLine> read_person(const CohortReader& reader, PersonLines& lines,
                                                 const Limits& limits);

}  // namespace nidus::fhir
