// SPDX-License-Identifier: Apache-2.0
//
// How a fuzzer of JSON changes its inputs: mostly whole values, now and then bytes. One that only
// turns bytes seldom gets past the parser.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

// One value of the text, or one "key": value of an object.
struct JsonPart {
  std::size_t begin, end;
  bool member;     // with its key
  bool type_name;  // the text that says what kind of node an object is
};

// In the order in which they end; none when the text is not JSON.
std::vector<JsonPart> json_parts(std::string_view text) {
  struct Open {
    std::size_t begin;
    bool object;
    std::size_t key_begin = std::string_view::npos;
    std::string_view key = {};
  };
  std::vector<JsonPart> out;
  std::vector<Open> open;
  const auto ended = [&](std::size_t begin, std::size_t end) {
    const bool in_object = !open.empty() && open.back().object;
    out.push_back({begin, end, false, in_object && open.back().key == "\"type\""});
    if (in_object && open.back().key_begin != std::string_view::npos) {
      out.push_back({open.back().key_begin, end, true, false});
      open.back().key_begin = std::string_view::npos;
    }
  };
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '{' || c == '[') {
      open.push_back({i++, c == '{'});
    } else if (c == '}' || c == ']') {
      if (open.empty()) return {};
      const auto begin = open.back().begin;
      open.pop_back();
      ended(begin, ++i);
    } else if (std::string_view(" \t\r\n,:").find(c) != std::string_view::npos) {
      ++i;
    } else {
      const auto begin = i++;
      if (c == '"') {
        while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        if (i >= text.size()) return {};
        ++i;
      } else {
        i = std::min(text.find_first_of(" \t\r\n,:]}", i), text.size());
      }
      if (!open.empty() && open.back().object && open.back().key_begin == std::string_view::npos) {
        open.back().key_begin = begin;
        open.back().key = text.substr(begin, i - begin);
      } else {
        ended(begin, i);
      }
    }
  }
  return open.empty() ? out : std::vector<JsonPart>();
}

// The text with one part left out, doubled, or replaced by a part of `other` (which may be the text
// itself) or by a value that fits nowhere.
std::string changed_json(std::string_view text, std::string_view other, unsigned seed) {
  static constexpr std::string_view kOdd[] = {
      "null",
      "[]",
      "{}",
      "\"\"",
      "\"x\"",
      "0",
      "-1.5",
      "true",
      R"({"type":"Null"})",
      R"([{"type":"Null"}])",
      R"({"type":"List","element":[{"type":"Null"}]})",
      R"({"type":"Interval","low":{"type":"Null"},"high":{"type":"Null"}})",
      R"({"type":"Retrieve","dataType":"{http://hl7.org/fhir}Observation"})",
      R"({"type":"Literal","valueType":"{urn:hl7-org:elm-types:r1}Integer","value":"2147483647"})",
      R"({"type":"Quantity","value":1.5,"unit":"mg"})"};
  std::minstd_rand random(seed);
  const auto pick = [&random](std::size_t count) {
    return static_cast<std::size_t>(random()) % count;
  };
  const auto parts = json_parts(text);
  if (parts.empty()) return std::string(text);
  const JsonPart part = parts[pick(parts.size())];
  const auto written = text.substr(part.begin, part.end - part.begin);
  const auto replaced = [&](std::string_view by) {
    std::string out(text.substr(0, part.begin));
    return out.append(by).append(text.substr(part.end));
  };
  const auto what = pick(8);
  if (what == 0) return replaced(std::string(written) + "," + std::string(written));
  if (what <= 2) {  // left out, with the comma before or after it
    auto begin = part.begin, end = part.end;
    const auto after = text.find_first_not_of(" \t\r\n", end);
    const auto before =
        begin == 0 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", begin - 1);
    if (after != std::string_view::npos && text[after] == ',') {
      end = after + 1;
    } else if (before != std::string_view::npos && text[before] == ',') {
      begin = before;
    }
    return std::string(text.substr(0, begin)).append(text.substr(end));
  }
  if (what <= 4 && !part.member) return replaced(kOdd[pick(std::size(kOdd))]);
  const auto others = json_parts(other);
  if (others.empty()) return std::string(text);
  // A few tries to find one of the same sort.
  for (int tries = 0; tries < 64; ++tries) {
    const JsonPart by = others[pick(others.size())];
    if (by.member == part.member && by.type_name == part.type_name) {
      return replaced(other.substr(by.begin, by.end - by.begin));
    }
  }
  return std::string(text);
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What fits into the room there is; 0 when it does not.
std::size_t put(const std::string& text, std::uint8_t* out, std::size_t room) {
  if (text.empty() || text.size() > room) return 0;
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t room, unsigned seed) {
  if (seed % 8 != 0) {
    const auto text = text_of(data, size);
    if (const auto kept = put(changed_json(text, text, seed), data, room)) return kept;
  }
  return LLVMFuzzerMutate(data, size, room);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data, std::size_t size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* out, std::size_t room,
                                                 unsigned seed) {
  return put(changed_json(text_of(data, size), text_of(other, other_size), seed), out, room);
}
