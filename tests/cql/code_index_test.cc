// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cql/node.h"

namespace nidus::cql {

namespace {

// More codes than it has room for at first; each comes again from texts of its own, as records that
// share nothing have them.
TEST(CodeIndex, HasEachCodeOnceInTheOrderOfTheResources) {
  constexpr std::uint32_t kCodes = 300;
  std::vector<std::string> texts, again;
  for (std::uint32_t i = 0; i < kCodes; ++i) texts.push_back("code-" + std::to_string(i));
  again = texts;
  base::Arena arena;
  CodeIndexBuilder builder(arena);
  for (std::uint32_t i = 0; i < kCodes; ++i) builder.add(i, "http://loinc.org", texts[i], false);
  for (std::uint32_t i = 0; i < kCodes; ++i) {
    builder.add(kCodes + i, "http://loinc.org", again[i], false);
    builder.add(kCodes + i, "http://loinc.org", texts[i], false);
  }
  const CodeIndex index = builder.made();
  ASSERT_EQ(index.codes.size(), kCodes);
  ASSERT_EQ(index.entries.size(), 3 * kCodes);
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    const IndexedCode& entry = index.entries[i];
    EXPECT_EQ(index.codes[entry.code].code, texts[entry.resource % kCodes]);
    EXPECT_LE(index.entries[i == 0 ? 0 : i - 1].resource, entry.resource);
  }
}

TEST(CodeIndex, KeepsSystemsApartAndWhatNamesNone) {
  const std::string code = "active";
  base::Arena arena;
  CodeIndexBuilder builder(arena);
  builder.add(0, "http://one", code, false);
  builder.add(1, "http://two", code, false);
  builder.add(2, {}, code, true);
  builder.add(3, "http://one", code, false);
  const CodeIndex index = builder.made();
  ASSERT_EQ(index.codes.size(), 3u);
  EXPECT_EQ(index.entries[3].code, index.entries[0].code);
  EXPECT_TRUE(index.codes[index.entries[2].code].any_system);
  const Code set_codes[] = {{"active", "http://one", {}, {}}};
  const ValueSet set = make_value_set(arena, "http://set", "Set", set_codes);
  std::vector<bool> held;
  for (const IndexedCode& entry : index.entries) {
    held.push_back(holds(set, index.codes[entry.code]));
  }
  EXPECT_EQ(held, (std::vector<bool>{true, false, true, true}));
}

}  // namespace

}  // namespace nidus::cql
