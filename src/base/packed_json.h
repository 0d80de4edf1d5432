// SPDX-License-Identifier: Apache-2.0
//
// JSON in a form that is read where it lies (FlexBuffers): what is embedded in a program needs no
// parse when the program starts, and a text that is stored many times in it stands there once.
// Members of an object are in the order of their names.
// Thread rule: immutable; any number of threads read. Errors: what is absent or of another kind is
// empty, for readers that say themselves what they miss.
#pragma once

// Numbers are never read out of texts, so the library that can do that is not linked.
#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>
#include <simdjson.h>

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nidus::base {

// The name of a member to look for; of a literal all is worked out when it is compiled.
class MemberName {
 public:
  template <std::size_t kSize>
  consteval MemberName(const char (&text)[kSize])  // NOLINT: a name is written as a text
      : MemberName(std::string_view(text, kSize - 1)) {}
  constexpr MemberName(std::string_view text) : text_(text) {  // NOLINT: likewise
    std::array<std::uint8_t, kHead> head{}, mask{};
    for (std::size_t i = 0; i < kHead && i <= text.size(); ++i) {  // with the 0 behind it
      mask[i] = 0xff;
      if (i < text.size()) head[i] = static_cast<std::uint8_t>(text[i]);
    }
    head_ = std::bit_cast<std::uint64_t>(head);
    mask_ = std::bit_cast<std::uint64_t>(mask);
  }
  template <class Text>
  requires std::same_as<Text, const char*>
  constexpr MemberName(const Text& text) : MemberName(std::string_view(text)) {}  // NOLINT

  constexpr bool empty() const { return text_.empty(); }
  constexpr std::uint8_t first() const { return static_cast<std::uint8_t>(text_.front()); }
  // REQUIRES: `stored` ends with 0 and has 8 bytes from its begin, as names in packed JSON have.
  bool is(const std::uint8_t* stored) const {
    std::uint64_t head = 0;
    std::memcpy(&head, stored, kHead);
    if (((head ^ head_) & mask_) != 0) return false;
    return text_.size() < kHead || is_rest(stored);
  }

 private:
  static constexpr std::size_t kHead = sizeof(std::uint64_t);
  bool is_rest(const std::uint8_t* stored) const {
    const char* text = reinterpret_cast<const char*>(stored);
    return std::strncmp(text + kHead, text_.data() + kHead, text_.size() - kHead) == 0 &&
           text[text_.size()] == '\0';
  }

  std::string_view text_;
  std::uint64_t head_ = 0;  // its first bytes, as they lie in memory
  std::uint64_t mask_ = 0;  // which of them count
};

class PackedJson {
 public:
  PackedJson() = default;  // null
  // REQUIRES: `bytes` come from pack(), begin at a multiple of 8 and outlive every value in them.
  explicit PackedJson(std::span<const std::uint8_t> bytes)
      : value_(flexbuffers::GetRoot(bytes.data(), bytes.size())) {}

  bool is_null() const { return value_.IsNull(); }
  bool is_list() const { return value_.IsUntypedVector(); }
  bool is_object() const { return value_.IsMap(); }
  // The member `name`, not empty, of an object; null when there is none.
  PackedJson operator[](const MemberName& name) const;
  // Copies it to `out` when it is not null.
  bool into(PackedJson& out) const {
    if (is_null()) return false;
    out = *this;
    return true;
  }
  // Of a string; empty for anything else.
  std::string_view text() const;
  std::optional<bool> truth() const;
  // The text of a string, and a number or a truth as it is written (12, 1.0, true).
  std::string written() const;
  // Of a list or an object; others have no items.
  std::size_t size() const { return value_.AsVector().size(); }
  // REQUIRES: i < size()
  PackedJson at(std::size_t i) const { return PackedJson(value_.AsVector()[i]); }

 private:
  explicit PackedJson(flexbuffers::Reference value) : value_(value) {}

  flexbuffers::Reference value_;
};

inline std::string_view text_at(const PackedJson& object, const MemberName& name) {
  return object[name].text();
}

// Each item of a list; none when there is no such list.
template <class Visit>
void for_each(const PackedJson& object, const MemberName& name, const Visit& visit) {
  const PackedJson list = object[name];
  if (!list.is_list()) return;
  const std::size_t count = list.size();
  for (std::size_t i = 0; i < count; ++i) visit(list.at(i));
}

// Texts that are stored once: the names of members alone, or all of them, which takes longer.
enum class Share : std::uint8_t { kNames, kTexts };

class Packer {
 public:
  explicit Packer(Share share)
      : builder_(4096, share == Share::kTexts ? flexbuffers::BUILDER_FLAG_SHARE_ALL
                                              : flexbuffers::BUILDER_FLAG_SHARE_KEYS) {}

  void add(simdjson::dom::element value);
  std::size_t open() { return builder_.StartVector(); }
  void close(std::size_t list) { builder_.EndVector(list, false, false); }
  std::size_t open_object() { return builder_.StartMap(); }
  void close_object(std::size_t object) { builder_.EndMap(object); }
  void name(const char* key) { builder_.Key(key); }
  void add(std::string_view text) { builder_.String(text.data(), text.size()); }
  // Ends it; nothing can be added afterwards.
  std::vector<std::uint8_t> bytes() &&;

 private:
  flexbuffers::Builder builder_;
};

}  // namespace nidus::base
