// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace nidus::base {
namespace {

bool aligned(const void* at, std::size_t to) {
  return reinterpret_cast<std::uintptr_t>(at) % to == 0;
}

struct Pair {
  int a;
  double b;
};

TEST(Arena, StartsEmptyAndGivesAlignedMemory) {
  Arena arena;
  EXPECT_EQ(arena.bytes_reserved(), 0u);
  for (std::size_t align = 1; align <= Arena::kMaxAlign; align *= 2) {
    arena.allocate(1, 1);  // leaves the next place odd
    EXPECT_TRUE(aligned(arena.allocate(3, align), align)) << align;
  }
}

TEST(Arena, MakesObjectsAndArrays) {
  Arena arena;
  const Pair* pair = arena.make<Pair>(7, 2.5);
  EXPECT_EQ(pair->a, 7);
  EXPECT_EQ(pair->b, 2.5);
  const auto numbers = arena.make_array<std::int64_t>(1000);
  ASSERT_EQ(numbers.size(), 1000u);
  EXPECT_TRUE(std::all_of(numbers.begin(), numbers.end(), [](auto x) { return x == 0; }));
  EXPECT_TRUE(arena.make_array<int>(0).empty());
}

TEST(Arena, CopiesText) {
  Arena arena;
  std::string text = "Staphylococcus aureus";
  const auto kept = arena.copy(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(kept, "Staphylococcus aureus");
  EXPECT_TRUE(arena.copy("").empty());
}

TEST(Arena, EarlierPiecesStayWholeAcrossManyBlocks) {
  Arena arena;
  std::vector<std::span<unsigned char>> pieces;
  for (std::size_t i = 0; i < 3000; ++i) {
    auto piece = arena.make_array<unsigned char>(1 + i * 7 % 900);
    std::fill(piece.begin(), piece.end(), static_cast<unsigned char>(i));
    pieces.push_back(piece);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_TRUE(std::all_of(pieces[i].begin(), pieces[i].end(), [&](auto x) {
      return x == static_cast<unsigned char>(i);
    })) << i;
  }
}

TEST(Arena, OnePieceLargerThanAnyBlockFits) {
  Arena arena;
  auto large = arena.make_array<char>(5'000'000);
  large.back() = 'z';
  auto small = arena.make_array<char>(10);
  small[0] = 'a';
  EXPECT_EQ(large.back(), 'z');
  EXPECT_GE(arena.bytes_reserved(), 5'000'010u);
}

TEST(Arena, ResetKeepsOneBlockAndReusesIt) {
  Arena arena;
  arena.reset();  // nothing to forget
  for (int i = 0; i < 100; ++i) arena.allocate(10'000, 8);
  const std::size_t grown = arena.bytes_reserved();
  arena.reset();
  const std::size_t kept = arena.bytes_reserved();
  EXPECT_LT(kept, grown);
  EXPECT_GT(kept, 0u);
  auto again = arena.make_array<int>(100);
  EXPECT_EQ(arena.bytes_reserved(), kept);
  EXPECT_TRUE(std::all_of(again.begin(), again.end(), [](int x) { return x == 0; }));
}

TEST(Arena, MovingLeavesTheSourceEmptyAndUsable) {
  Arena first;
  const auto text = first.copy("kept");
  Arena second = std::move(first);
  EXPECT_EQ(first.bytes_reserved(), 0u);  // NOLINT(bugprone-use-after-move): the promise tested
  const auto other = first.copy("other");
  const auto more = second.copy("more");
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(other, "other");
  EXPECT_EQ(more, "more");
  first = std::move(second);
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(more, "more");
  EXPECT_EQ(second.bytes_reserved(), 0u);  // NOLINT(bugprone-use-after-move)
}

TEST(ArenaList, GrowsAndKeepsItsItems) {
  Arena arena;
  ArenaList<int> list(arena);
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(list.items().empty());
  for (int i = 0; i < 1000; ++i) {
    list.push_back(i);
    if (i % 7 == 0) arena.make<int>(-1);  // others use the arena in between
  }
  ASSERT_EQ(list.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(list.items()[static_cast<std::size_t>(i)], i);
  list.truncate(3);
  list.push_back(9);
  EXPECT_EQ(list.items()[3], 9);
  EXPECT_EQ(list.size(), 4U);
}

}  // namespace
}  // namespace nidus::base
