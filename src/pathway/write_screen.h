// SPDX-License-Identifier: Apache-2.0
//
// What screening found, for people and for machines. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pathway/screen.h"

namespace nidus::pathway {

// Flagged people come most urgent first; of equals the one who stands first in the input.
struct ScreenReport {
  const Guideline* guideline = nullptr;  // REQUIRES: it has a screening
  base::DateTime as_of;
  std::vector<Screened> flagged;    // ranked
  std::vector<Screened> undecided;  // input order
  std::uint64_t people = 0;         // read
  std::uint64_t refused = 0;
  std::uint64_t bad_lines = 0;
  bool interrupted = false;
  std::size_t limit = SIZE_MAX;  // so many flagged people are written
  bool list_undecided = false;
};

// Sorts `flagged`, which is in input order.
void rank(std::vector<Screened>& flagged);

std::string write_screen_text(const ScreenReport& report, bool colour, int width);
// A line a person, then one with the summary.
std::string write_screen_ndjson(const ScreenReport& report);
// RFC 4180; the summary is not in it.
std::string write_screen_csv(const ScreenReport& report);

}  // namespace nidus::pathway
