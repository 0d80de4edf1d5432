// SPDX-License-Identifier: Apache-2.0
#include "microbiology/interpret.h"

#include <cassert>

namespace nidus::microbiology {

const char* word(Comparator comparator) {
  switch (comparator) {
    case Comparator::kExact:
      return "";
    case Comparator::kLess:
      return "<";
    case Comparator::kAtMost:
      return "<=";
    case Comparator::kAtLeast:
      return ">=";
    case Comparator::kMore:
      return ">";
  }
  return "";
}

std::string sentence(Why why) {
  switch (why) {
    case Why::kRow:
      return "";
    case Why::kBreakpointInside:
      return "a breakpoint lies inside what was measured";
    case Why::kOtherDisk:
      return "the disk holds another amount than the table's";
    case Why::kDiskNotStated:
      return "the content of the disk is not stated";
    case Why::kNoRow:
      return "the table has no breakpoint for this organism and agent";
    case Why::kNotForSite:
      return "the table has a breakpoint only for another site";
    case Why::kNotByMethod:
      return "the table has no breakpoint for this way of testing";
  }
  return "";
}

namespace {

// How narrowly a site is drawn: a named condition, then the route that is asked for, then the
// absence of a condition.
int narrowness(const Site& site) {
  if (site.any_of != 0) return 3;
  if (site.route != Route::kAny) return 2;
  return site.none_of != 0 ? 1 : 0;
}

struct Found {
  const Row* row = nullptr;
  std::uint8_t distance = 0;
  bool other_site = false;
};

Found find_row(const Library& library, const Table& table, OrganismId organism, AgentId agent,
               const Context& context) {
  const auto candidates = table.candidates(organism, agent);
  std::size_t i = 0;
  while (i < candidates.size()) {
    const std::uint8_t distance = candidates[i].distance;
    const Row* best = nullptr;
    int narrowest = -1;
    bool compatible = false;
    for (; i < candidates.size() && candidates[i].distance == distance; ++i) {
      const Row& row = table.rows[candidates[i].row];
      const Site& site = library.sites[row.site];
      if (site.screen != context.screen) continue;
      if (site.route != Route::kAny && site.route != context.route) continue;
      compatible = true;
      if (site.any_of != 0 && (site.any_of & context.conditions) == 0) continue;
      if ((site.none_of & context.conditions) != 0) continue;
      const int narrow = narrowness(site);
      const bool stricter =
          best != nullptr && row.has_mic && best->has_mic && row.mic_r < best->mic_r;
      if (narrow > narrowest || (narrow == narrowest && stricter)) {
        best = &row;
        narrowest = narrow;
      }
    }
    if (best != nullptr) return {best, distance, false};
    // A nearer organism that has rows only for other sites is not answered by a farther one.
    if (compatible) return {nullptr, distance, true};
  }
  return {};
}

// The answer for an interval whose lowest and highest values have these categories.
Verdict both(Category low, Category high, const Row& row) {
  Verdict out;
  out.row = &row;
  if (low == high) {
    out.category = low;
    out.why = Why::kRow;
  } else {
    out.category = Category::kUnknown;
    out.why = Why::kBreakpointInside;
  }
  return out;
}

// An S that lies off the scale is there so that the wild type is I: nothing reaches it.
Category of_mic(const Row& row, double value) {
  if (value > row.mic_r) return Category::kR;
  return value > row.mic_s || row.wild_type_is_i ? Category::kI : Category::kS;
}
Category just_above_mic(const Row& row, double value) {
  if (value >= row.mic_r) return Category::kR;
  return value >= row.mic_s || row.wild_type_is_i ? Category::kI : Category::kS;
}
Category of_zone(const Row& row, double value) {
  if (value < row.zone_r) return Category::kR;
  return value < row.zone_s || row.wild_type_is_i ? Category::kI : Category::kS;
}
Category just_below_zone(const Row& row, double value) {
  if (value <= row.zone_r) return Category::kR;
  return value <= row.zone_s || row.wild_type_is_i ? Category::kI : Category::kS;
}

}  // namespace

Verdict judge_row(const Row& row, const Measurement& measured) {
  Verdict out;
  out.row = &row;
  const double value = measured.value;
  const Category lowest = row.wild_type_is_i ? Category::kI : Category::kS;
  if (measured.method == Method::kMic) {
    if (!row.has_mic) {
      out.why = Why::kNotByMethod;
      return out;
    }
    switch (measured.comparator) {
      case Comparator::kExact:
        return both(of_mic(row, value), of_mic(row, value), row);
      case Comparator::kAtMost:
      case Comparator::kLess:  // as near to `value` as one likes
        return both(lowest, of_mic(row, value), row);
      case Comparator::kAtLeast:
        return both(of_mic(row, value), Category::kR, row);
      case Comparator::kMore:
        return both(just_above_mic(row, value), Category::kR, row);
    }
  }
  if (!row.has_zone) {
    out.why = Why::kNotByMethod;
    return out;
  }
  if (measured.disk.empty() ? !measured.disk_by_method : measured.disk != row.disk_content) {
    out.category = Category::kUnknown;
    out.why = measured.disk.empty() ? Why::kDiskNotStated : Why::kOtherDisk;
    return out;
  }
  switch (measured.comparator) {
    case Comparator::kExact:
      return both(of_zone(row, value), of_zone(row, value), row);
    case Comparator::kAtLeast:
    case Comparator::kMore:
      return both(lowest, of_zone(row, value), row);
    case Comparator::kAtMost:
      return both(of_zone(row, value), Category::kR, row);
    case Comparator::kLess:
      return both(just_below_zone(row, value), Category::kR, row);
  }
  assert(false);
  return out;
}

Verdict judge(const Library& library, const Table& table, OrganismId organism, AgentId agent,
              const Measurement& measured, const Context& context) {
  const Found found = find_row(library, table, organism, agent, context);
  if (found.row == nullptr) {
    Verdict out;
    out.why = found.other_site ? Why::kNotForSite : Why::kNoRow;
    out.distance = found.distance;
    return out;
  }
  Verdict out = judge_row(*found.row, measured);
  out.distance = found.distance;
  return out;
}

}  // namespace nidus::microbiology
