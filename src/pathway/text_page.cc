// SPDX-License-Identifier: Apache-2.0
#include "pathway/text_page.h"

#include <algorithm>
#include <array>

namespace nidus::pathway {

namespace {

constexpr int kNarrowest = 60;
constexpr std::size_t kFieldIndent = 5;
constexpr std::size_t kFieldWidth = 10;

// Where a word that is wider than `room` columns is broken: behind the last "/" that fits (the type
// of a resource stays on the line, its id goes to the next), else where the room ends.
std::size_t broken_at(std::string_view word, std::size_t room) {
  std::size_t taken = 0;
  std::size_t slash = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((static_cast<unsigned char>(word[i]) & 0xC0) != 0x80 && ++taken > room) {
      return slash > 0 ? slash : i;
    }
    if (word[i] == '/') slash = i + 1;
  }
  return word.size();
}

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t taken = columns(text);
  if (taken < width) text.append(width - taken, ' ');
  return text;
}

TextPage::TextPage(int width, bool colour)
    : width_(static_cast<std::size_t>(std::max(width, kNarrowest))), colour_(colour) {}

std::string TextPage::inked(std::string_view text, Ink ink) const {
  if (!colour_ || ink == Ink::kPlain || text.empty()) return std::string(text);
  static constexpr std::array<const char*, 7> kCodes = {"", "1", "2", "1;31", "33", "32", "36"};
  return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(ink)]) + "m" + std::string(text) +
         "\x1b[0m";
}

void TextPage::blank() { out_ += '\n'; }

void TextPage::verbatim(std::string_view line, Ink ink) { out_ += inked(line, ink) + '\n'; }

void TextPage::wrap(std::string_view lead, std::string_view text, Ink ink, Ink lead_ink) {
  const std::size_t indent = columns(lead);
  std::string head = inked(lead, lead_ink);
  std::string line;
  const auto flush = [&] {
    out_ += head + inked(line, ink) + '\n';
    head = std::string(indent, ' ');
    line.clear();
  };
  while (!text.empty()) {
    const auto end = text.find_first_of(" \n");
    std::string_view next = text.substr(0, end);
    const bool forced = end != std::string_view::npos && text[end] == '\n';
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!next.empty()) {
      if (!line.empty() && indent + columns(line) + 1 + columns(next) > width_) flush();
      const std::size_t room = width_ > indent ? width_ - indent : 1;
      while (columns(next) > room) {
        const std::size_t end_of_line = broken_at(next, room);
        line = next.substr(0, end_of_line);
        next.remove_prefix(end_of_line);
        flush();
      }
      if (!line.empty()) line += ' ';
      line += next;
    }
    if (forced) flush();
  }
  if (!line.empty()) flush();
}

void TextPage::heading(std::string_view title, Ink ink) {
  blank();
  wrap("", title, ink);
  blank();
}

void TextPage::field(std::string_view name, const std::vector<std::string>& lines, Ink ink) {
  std::string lead = std::string(kFieldIndent, ' ') + padded(std::string(name), kFieldWidth);
  for (const auto& line : lines) {
    if (line.empty()) continue;
    wrap(lead, line, ink, Ink::kFaint);
    lead.assign(lead.size(), ' ');
  }
}

}  // namespace nidus::pathway
