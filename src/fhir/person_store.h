// SPDX-License-Identifier: Apache-2.0
//
// Lines of many people in any order, given back person by person in the order of first appearance.
// Internal to fhir/. Thread rule: one thread at a time. Errors: kTooLarge.
//
// People are numbered as they appear; a run of numbers shares a part. What the parts hold together
// is bounded: over the limit all of it is appended to one file, and each part remembers its pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/cohort.h"

namespace nidus::fhir {

class PersonStore {
 public:
  PersonStore(std::size_t memory_bytes, std::string temp_folder);
  PersonStore(const PersonStore&) = delete;
  PersonStore& operator=(const PersonStore&) = delete;
  ~PersonStore();

  base::Result<void> add(std::string_view person, LinePlace place, std::string_view text);
  // The next person's lines in input order; false at the end. Nothing may be added any more.
  base::Result<bool> next(PersonLines& out);
  bool used_disk() const { return file_ >= 0; }

 private:
  struct Piece {
    std::uint64_t offset;
    std::uint64_t size;
  };
  struct Part {
    std::string held;
    std::vector<Piece> pieces;
  };
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = 0;  // of the person, from 1; 0: free
  };
  struct Entry {
    std::uint32_t number;
    std::string_view person;
    LinePlace place;
    std::string_view text;
  };

  std::uint32_t number_of(std::string_view person);
  void grow();
  base::Result<void> spill();
  base::Result<void> load(Part& part);

  std::size_t memory_bytes_;
  std::string temp_folder_;
  int file_ = -1;
  std::uint64_t file_size_ = 0;
  std::size_t held_ = 0;
  std::vector<Part> parts_;
  std::vector<Slot> slots_;
  std::uint32_t people_ = 0;
  std::size_t next_part_ = 0;
  std::string loaded_;
  std::vector<Entry> entries_;  // of the loaded part, by person, then as they came
  std::size_t next_entry_ = 0;
};

}  // namespace nidus::fhir
