// SPDX-License-Identifier: Apache-2.0
#include "cql/word_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nidus::cql {
namespace {

std::vector<Value> words(std::span<const std::string> texts) {
  std::vector<Value> out;
  for (const auto& text : texts) out.push_back(Value::string(text));
  return out;
}

// Of every length, alike at both ends or in the middle, twice the same.
TEST(WordList, HoldsItsWordsAndNoOthers) {
  for (const int count : {0, 1, 7, 8, 9, 100, 5000, 20000}) {
    base::Arena arena;
    std::vector<std::string> texts, others;
    for (int i = 0; i < count; ++i) {
      const std::string middle(static_cast<std::size_t>(i % 40), 'a');
      texts.push_back(middle + std::to_string(i / 2) + middle);
      others.push_back(texts.back() + "a");
    }
    const Value list = constant_list(arena, words(texts));
    ASSERT_EQ(list.as_list().size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(list.as_list()[i].as_string(), texts[i]);
    }
    EXPECT_EQ(list.is_indexed(), count >= 8 && count <= 16384) << count;
    if (!list.is_indexed()) continue;
    for (const auto& text : texts) EXPECT_TRUE(indexed_list_holds(list, text)) << text;
    for (const auto& text : others) EXPECT_FALSE(indexed_list_holds(list, text)) << text;
    EXPECT_FALSE(indexed_list_holds(list, ""));
  }
}

TEST(WordList, AnEmptyWordIsAWord) {
  base::Arena arena;
  const std::vector<std::string> texts(8);
  EXPECT_TRUE(indexed_list_holds(constant_list(arena, words(texts)), ""));
}

// What is no word among them has no place in the index.
TEST(WordList, MixedListsHaveNoIndex) {
  base::Arena arena;
  const std::vector<std::string> texts(20, "word");
  auto items = words(texts);
  items.push_back(Value::integer(1));
  EXPECT_FALSE(constant_list(arena, items).is_indexed());
  items.back() = Value();
  EXPECT_FALSE(constant_list(arena, items).is_indexed());
}

}  // namespace
}  // namespace nidus::cql
