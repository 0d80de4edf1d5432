// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <algorithm>

namespace nidus::base {

namespace {
constexpr std::size_t kFirstBlock = 16 * 1024;
constexpr std::size_t kLargestStep = 1024 * 1024;
}  // namespace

void* Arena::allocate_block(std::size_t bytes) {
  const std::size_t last = blocks_.empty() ? kFirstBlock / 2 : blocks_.back().size;
  const std::size_t size = std::max(bytes, std::min(last * 2, kLargestStep));
  // Uninitialised on purpose: what is made here is constructed in place.
  blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  current_ = blocks_.back().memory.get();
  capacity_ = size;
  used_ = bytes;
  return current_;
}

void Arena::reset() {
  kept_.clear();
  if (blocks_.empty()) return;
  auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                  [](const Block& a, const Block& b) { return a.size < b.size; });
  std::swap(*largest, blocks_.front());
  blocks_.resize(1);
  current_ = blocks_.front().memory.get();
  capacity_ = blocks_.front().size;
  used_ = 0;
}

std::size_t Arena::bytes_reserved() const {
  std::size_t total = 0;
  for (const auto& block : blocks_) total += block.size;
  return total;
}

}  // namespace nidus::base
