// SPDX-License-Identifier: Apache-2.0
#include "fhir/json_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace nidus::fhir {

namespace {

constexpr auto kNpos = std::string_view::npos;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of the UTF-8 character at the start of `text`; 0 when it is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return size;
}

// Calls `each(i)` for every byte inside a string; returns the opening quote of an unclosed one.
template <class Each>
std::size_t walk_strings(std::string_view text, Each each) {
  std::size_t open = kNpos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (open == kNpos) {
      if (text[i] == '"') open = i;
    } else if (text[i] == '"') {
      open = kNpos;
    } else {
      if (!each(i)) return open;
      if (text[i] == '\\') ++i;
    }
  }
  return open;
}

// Four hexadecimal digits, or -1.
std::int32_t hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  std::int32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    out = out * 16 + digit;
  }
  return out;
}

char* put_utf8(std::uint32_t code, char* to) {
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return to;
}

char simple_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// Reads the code point of a \u escape at `at` (just after the u); moves `at` behind it.
std::int32_t escaped_code_point(std::string_view raw, std::size_t& at) {
  const std::int32_t first = hex4(raw.substr(at));
  if (first < 0) return -1;
  at += 4;
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first > 0xDBFF || raw.substr(at, 2) != "\\u") return -1;
  const std::int32_t second = hex4(raw.substr(at + 2));
  if (second < 0xDC00 || second > 0xDFFF) return -1;
  at += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

}  // namespace

std::string position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last = before.rfind('\n');
  const auto in_line = last == kNpos ? before : before.substr(last + 1);
  const auto column =
      std::count_if(in_line.begin(), in_line.end(), [](char c) { return !is_continuation(c); }) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::size_t first_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_size(text.substr(i));
    if (size == 0) return i;
    i += size;
  }
  return kNpos;
}

std::size_t first_control_in_string(std::string_view text) {
  std::size_t found = kNpos;
  walk_strings(text, [&](std::size_t i) {
    // A backslash hides the byte after it from the walk, but not from this rule.
    const auto raw = [&](std::size_t at) {
      return at < text.size() && static_cast<unsigned char>(text[at]) < 0x20;
    };
    if (raw(i)) found = i;
    if (text[i] == '\\' && raw(i + 1)) found = i + 1;
    return found == kNpos;
  });
  return found;
}

std::size_t unclosed_string(std::string_view text) {
  return walk_strings(text, [](std::size_t) { return true; });
}

bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t whole = i;
  if (digits() == 0) return false;
  if (text[whole] == '0' && i - whole > 1) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::size_t unescape(std::string_view raw, char* to, bool& control) {
  char* out = to;
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] != '\\') {
      const std::size_t plain = std::min(raw.find('\\', i), raw.size()) - i;
      std::memcpy(out, raw.data() + i, plain);
      out += plain;
      i += plain;
      continue;
    }
    if (i + 1 >= raw.size()) return kNpos;
    const char kind = raw[i + 1];
    i += 2;
    control = control || kind == 'u' || kind == 'b' || kind == 'f';
    if (kind == 'u') {
      const std::int32_t code = escaped_code_point(raw, i);
      if (code < 0) return kNpos;
      out = put_utf8(static_cast<std::uint32_t>(code), out);
    } else if (const char plain = simple_escape(kind); plain != 0) {
      *out++ = plain;
    } else {
      return kNpos;
    }
  }
  return static_cast<std::size_t>(out - to);
}

}  // namespace nidus::fhir
