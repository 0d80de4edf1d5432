// SPDX-License-Identifier: Apache-2.0
#include "pathway/barred.h"

#include <algorithm>
#include <optional>

namespace nidus::pathway {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool in_word(char c) {
  const char small = lower(c);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Whether `name`, in lower case, or its plural stands at `at`; then where it ends.
std::optional<std::size_t> end_of(std::string_view text, std::size_t at, std::string_view name) {
  if (text.size() - at < name.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (lower(text[at + i]) != lower(name[i])) return std::nullopt;
  }
  std::size_t end = at + name.size();
  if (end < text.size() && text[end] == 's') ++end;
  return end == text.size() || !in_word(text[end]) ? std::optional(end) : std::nullopt;
}

// STOP-1 is not named by STOP-10.
bool cites(std::string_view text, std::string_view id) {
  for (auto at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    if (end == text.size() || text[end] < '0' || text[end] > '9') return true;
  }
  return false;
}

}  // namespace

std::string mark_barred(std::string_view text, const BarredWords& words, const WhyBarred& why,
                        bool* marked) {
  const std::size_t place = words.mark.find("{1}");
  if (marked != nullptr) *marked = false;
  if (place == std::string::npos) return std::string(text);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!in_word(text[at]) || (at > 0 && in_word(text[at - 1]))) {
      out += text[at++];
      continue;
    }
    // "meropenem-vaborbactam" is not meropenem: of two names that fit the longer is meant.
    const BarredWords::Named* found = nullptr;
    std::size_t end = at;
    for (const auto& named : words.names) {
      const auto ends = end_of(text, at, named.name);
      if (ends && *ends > end) {
        found = &named;
        end = *ends;
      }
    }
    if (found == nullptr) {
      out += text[at++];
      continue;
    }
    out += text.substr(at, end - at);
    at = end;
    std::string ids;
    for (const auto& id : why(*found)) {
      if (cites(text, id)) continue;
      ids += (ids.empty() ? "" : ", ") + id;
    }
    if (ids.empty()) continue;
    std::string mark = words.mark;
    out += " " + mark.replace(place, 3, ids);
    if (marked != nullptr) *marked = true;
  }
  return out;
}

}  // namespace nidus::pathway
