// SPDX-License-Identifier: Apache-2.0
//
// Bump allocator: memory for one record or one evaluation, released at once.
// Thread rule: one thread at a time. What is made here must be trivially destructible.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nidus::base {

class Arena {
 public:
  static constexpr std::size_t kMaxAlign = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  // The source is left empty and may be used again.
  Arena(Arena&& other) noexcept
      : blocks_(std::exchange(other.blocks_, {})),
        current_(std::exchange(other.current_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)),
        used_(std::exchange(other.used_, 0)),
        kept_(std::exchange(other.kept_, {})) {}
  Arena& operator=(Arena&& other) noexcept {
    blocks_ = std::exchange(other.blocks_, {});
    current_ = std::exchange(other.current_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
    used_ = std::exchange(other.used_, 0);
    kept_ = std::exchange(other.kept_, {});
    return *this;
  }
  ~Arena() = default;

  // REQUIRES: `align` is a power of two, at most kMaxAlign (blocks begin no better aligned).
  void* allocate(std::size_t bytes, std::size_t align) {
    const auto at = (used_ + align - 1) & ~(align - 1);
    if (current_ == nullptr || at > capacity_ || bytes > capacity_ - at) {
      return allocate_block(bytes);
    }
    used_ = at + bytes;
    return current_ + at;
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kMaxAlign);
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // `count` value-initialised elements.
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kMaxAlign);
    if (count == 0) return {};
    assert(count <= SIZE_MAX / sizeof(T));
    T* first = static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
    for (std::size_t i = 0; i < count; ++i) new (first + i) T{};
    return {first, count};
  }

  // With `padding` bytes of 0 behind it, which are not part of the view.
  std::string_view copy_padded(std::string_view text, std::size_t padding) {
    char* to = static_cast<char*>(allocate(text.size() + padding, 1));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    std::memset(to + text.size(), 0, padding);
    return {to, text.size()};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  // What is made here refers to what lies in `other`, which lives as long from now on.
  void keep(std::shared_ptr<const void> other) { kept_.push_back(std::move(other)); }

  // Forgets everything made here; keeps the largest block for the next run.
  void reset();
  std::size_t bytes_reserved() const;

 private:
  void* allocate_block(std::size_t bytes);

  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  char* current_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::vector<std::shared_ptr<const void>> kept_;
};

// A list that grows in an arena and stays there; what it outgrew is given back with the arena.
template <class T>
class ArenaList {
 public:
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= Arena::kMaxAlign);

  explicit ArenaList(Arena& arena) : arena_(&arena) {}
  void push_back(const T& item) {
    if (size_ == capacity_) grow();
    new (items_ + size_++) T(item);
  }
  // REQUIRES: `count` is at most size().
  void truncate(std::size_t count) {
    assert(count <= size_);
    size_ = count;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<T> items() const { return {items_, size_}; }

 private:
  void grow() {
    constexpr std::size_t kFirst = 4;
    capacity_ = capacity_ == 0 ? kFirst : 2 * capacity_;
    T* to = static_cast<T*>(arena_->allocate(capacity_ * sizeof(T), alignof(T)));
    std::uninitialized_copy_n(items_, size_, to);
    items_ = to;
  }

  Arena* arena_;
  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace nidus::base
