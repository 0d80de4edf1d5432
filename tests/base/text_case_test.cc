// SPDX-License-Identifier: Apache-2.0
#include "base/text_case.h"

#include <gtest/gtest.h>

namespace nidus::base {
namespace {

TEST(TextCase, EveryScript) {
  EXPECT_EQ(lower_case("Ab1"), "ab1");
  EXPECT_EQ(upper_case("Ab1"), "AB1");
  EXPECT_EQ(lower_case("ÄÖÜ Łódź ΑΒΓ ДОМ"), "äöü łódź αβγ дом");
  EXPECT_EQ(upper_case("äöü łódź αβγ дом"), "ÄÖÜ ŁÓDŹ ΑΒΓ ДОМ");
  EXPECT_EQ(upper_case("Straße"), "STRASSE");
  EXPECT_EQ(lower_case("腰椎 🦴"), "腰椎 🦴");
  EXPECT_EQ(lower_case(""), "");
}

TEST(TextCase, BytesThatAreNoTextStay) {
  EXPECT_EQ(lower_case("A\xFF\xC3"), "a\xFF\xC3");
  EXPECT_EQ(upper_case("a\xE2\x82"), "A\xE2\x82");
}

}  // namespace
}  // namespace nidus::base
