// SPDX-License-Identifier: Apache-2.0
#include "base/in_order.h"

#include <gtest/gtest.h>

namespace nidus::base {
namespace {

std::vector<int> run(int jobs, int count, int stop_after) {
  std::vector<int> out;
  int given = 0;
  in_order(
      jobs, [&]() { return given < count ? std::optional<int>(given++) : std::nullopt; },
      [](int&& number) {
        // Uneven work, so that later ones are ready first.
        volatile int sink = 0;
        for (int i = 0; i < number % 7 * 2000; ++i) sink = sink + 1;
        return number * 2;
      },
      [&](int&& number) {
        out.push_back(number);
        return static_cast<int>(out.size()) < stop_after;
      });
  return out;
}

TEST(InOrder, GivesResultsInTheOrderOfTheWork) {
  const auto alone = run(1, 2000, 5000);
  ASSERT_EQ(alone.size(), 2000u);
  EXPECT_EQ(alone[1999], 3998);
  for (const int jobs : {2, 3, 8}) EXPECT_EQ(run(jobs, 2000, 5000), alone) << jobs;
}

TEST(InOrder, EndsWhenTakeSaysSo) {
  for (const int jobs : {1, 2, 8}) {
    std::vector<int> expected(100);
    for (int i = 0; i < 100; ++i) expected[static_cast<std::size_t>(i)] = i * 2;
    EXPECT_EQ(run(jobs, 5000, 100), expected) << jobs;
  }
}

TEST(InOrder, HasNothingToDoWithoutWork) { EXPECT_TRUE(run(4, 0, 10).empty()); }

}  // namespace
}  // namespace nidus::base
