// SPDX-License-Identifier: Apache-2.0
#include "base/text_case.h"

#include <locale.h>
#include <wctype.h>

#include <cstddef>
#include <cstdint>

namespace nidus::base {

namespace {

// Null where the C library lacks C.UTF-8: then only A to Z have a case.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

constexpr std::uint32_t kSharpS = 0xDF;

// The character that begins at `at`, and how many bytes it has; 0 bytes when it is not UTF-8.
std::uint32_t character_at(std::string_view text, std::size_t at, std::size_t& bytes) {
  const auto first = static_cast<unsigned char>(text[at]);
  bytes = first < 0x80u ? 1 : first < 0xC2u ? 0 : first < 0xE0u ? 2 : first < 0xF0u ? 3 : 4;
  if (bytes == 1) return first;
  if (bytes == 0 || at + bytes > text.size()) {
    bytes = 0;
    return 0;
  }
  std::uint32_t out = first & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0u) != 0x80u) {
      bytes = 0;
      return 0;
    }
    out = (out << 6u) | (next & 0x3Fu);
  }
  return out;
}

void append(std::string& out, std::uint32_t character) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (character < 0x80u) {
    put(character);
  } else if (character < 0x800u) {
    put(0xC0u | (character >> 6u));
    put(0x80u | (character & 0x3Fu));
  } else if (character < 0x10000u) {
    put(0xE0u | (character >> 12u));
    put(0x80u | ((character >> 6u) & 0x3Fu));
    put(0x80u | (character & 0x3Fu));
  } else {
    put(0xF0u | (character >> 18u));
    put(0x80u | ((character >> 12u) & 0x3Fu));
    put(0x80u | ((character >> 6u) & 0x3Fu));
    put(0x80u | (character & 0x3Fu));
  }
}

std::string changed(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t bytes = 0;
    const std::uint32_t character = character_at(text, at, bytes);
    if (bytes == 0) {
      out += text[at++];
      continue;
    }
    at += bytes;
    if (character < 0x80u) {
      const bool turned =
          upper ? character >= 'a' && character <= 'z' : character >= 'A' && character <= 'Z';
      out += static_cast<char>(turned ? character ^ 0x20u : character);
    } else if (upper && character == kSharpS) {
      out += "SS";
    } else if (unicode() == nullptr) {
      append(out, character);
    } else {
      const auto wide = static_cast<wint_t>(character);
      append(out, upper ? towupper_l(wide, unicode()) : towlower_l(wide, unicode()));
    }
  }
  return out;
}

}  // namespace

std::string lower_case(std::string_view text) { return changed(text, false); }
std::string upper_case(std::string_view text) { return changed(text, true); }

}  // namespace nidus::base
