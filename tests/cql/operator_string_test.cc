// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "cql/operator_testing.h"
#include "cql/pattern_needs.h"

namespace nidus::cql {
namespace {

class Strings : public testing::OperatorTest {};

TEST_F(Strings, PositionsCountCharacters) {
  EXPECT_TRUE(is(run("Length", {s("Müller")}), n(6)));
  EXPECT_TRUE(is(run("PositionOf", {s("l"), s("Müller")}), n(2)));
  EXPECT_TRUE(is(run("LastPositionOf", {s("l"), s("Müller")}), n(3)));
  EXPECT_TRUE(is(run("Substring", {s("Müller"), n(1), n(2)}), s("ül")));
  EXPECT_TRUE(is(run("Indexer", {s("Müller"), n(1)}), s("ü")));
  EXPECT_TRUE(is(run("Substring", {s("ab"), n(2)}), null()));
  EXPECT_TRUE(is(run("Length", {null()}), null()));
  NodeOptions of_list;
  of_list.operand = Kind::kList;
  EXPECT_TRUE(is(run("Length", {null()}, of_list), n(0)));
}

TEST_F(Strings, SplittingAndJoining) {
  EXPECT_TRUE(is(run("Split", {s("Medication/m1"), s("/")}), list({s("Medication"), s("m1")})));
  EXPECT_TRUE(is(run("Split", {s("a,"), s(",")}), list({s("a"), s("")})));
  EXPECT_TRUE(is(run("Combine", {list({s("a"), null(), s("b")}), s("-")}), s("a-b")));
  EXPECT_TRUE(is(run("Combine", {list({null()})}), null()));
  EXPECT_TRUE(is(run("SplitOnMatches", {s("a1b22c"), s("\\d+")}), list({s("a"), s("b"), s("c")})));
}

TEST_F(Strings, PatternsMatchTheWholeText) {
  EXPECT_TRUE(is(run("Matches", {s("circa 2017"), s(".*\\d+")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s("circa 2017"), s("\\d+")}), b(false)));
  EXPECT_TRUE(is(run("Matches", {s("a"), s("a|ab")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s("ab"), s("a|ab")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s("ab\n"), s("ab$")}), b(false)));
  EXPECT_TRUE(is(run("Matches", {s("äß"), s("..")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s("aa"), s("(a)\\1")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s(""), s("")}), b(true)));
  EXPECT_TRUE(is(run("Matches", {s({}), s({})}), b(true)));
  EXPECT_TRUE(is(run("ReplaceMatches", {s({}), s("a"), s({})}), s("")));
}

// What is sought anywhere in a line is found in another way than what has to match a whole text.
TEST_F(Strings, PatternsOfAnythingAroundMatchAsTheirGroupDoes) {
  for (const char* pattern :
       {".*(a|b).*",   ".*a|b.*",  "^.*a.*$",    "^.*(a|b).*", ".*( a | b ).*",   ".*+a.*",
        ".*?a.*",      ".*[|(].*", ".*[]a].*",   ".*[^a].*",   ".*[[:digit:]].*", ".*a*.*",
        ".*^a.*",      ".*a$.*",   ".*(a)(b).*", ".*(a)\\1.*", ".*\\|.*",         ".*(?i)A.*",
        ".*(?:a|b).*", ".*a{2}.*", ".*.*.*",     ".*ä.*",      ".*(a|(b|c)d).*"}) {
    for (const char* text : {"", "a", "b", "A", "xay", "x a y", "aab", "a\nb", "\na", "b\r\n", "|",
                             "(", "]", "7", "äöü", "xbdx", "aa"}) {
      const auto whole = run("Matches", {s(text), s("(?:" + std::string(pattern) + ")")});
      const auto given = run("Matches", {s(text), s(pattern)});
      ASSERT_TRUE(is(whole, b(true)) || is(whole, b(false))) << pattern;
      EXPECT_TRUE(is(given, b(bool{is(whole, b(true))}))) << pattern << " on " << text;
    }
  }
  EXPECT_TRUE(failed(run("Matches", {s("a"), s(".*(a.*")})));
  EXPECT_TRUE(failed(run("Matches", {s("a"), s(".**a.*")})));
}

TEST(PatternNeeds, AreWhatEveryMatchHolds) {
  const std::pair<const char*, std::vector<std::string_view>> known[] = {
      {"abc", {"abc"}},
      {"abc?", {"ab"}},
      {"ab(cd)?", {"ab"}},
      {"(cancer|carcinoma) of", {"cancer", "carcinoma"}},
      {"^(.* )?(trough|pre dose)( .*)?$", {"trough", "pre dose"}},
      {"(no )*growth", {"growth"}},
      {"x(ab|c)y", {}},
      {"(ab|cd|)", {}},
      {"ab|c", {}},
      {"a+b+c", {}},
      {"ab+cd", {"ab"}},
      {"metasta[st]i", {"metasta"}},
      {"[^a|(]bc", {"bc"}},
      {"[]a]bc", {"bc"}},
      {"né?ab", {"ab"}},
      {"né", {"né"}},
      {"ab{0,2}cd", {"cd"}},
      {"ab{1}cdefg", {"cdefg"}},
      {"(ab{|cd)ef}gh", {}},
      {"ab\\d", {}},
      {"(?i)ab", {}},
      {"(*UCP)ab", {}},
      {"[[:alpha:]]bc", {}},
      {"a.bcd$", {"bcd"}},
      {"(ab(cd|ef)g|hij)", {"ab", "hij"}},
      {"", {}}};
  for (const auto& [pattern, needs] : known) {
    EXPECT_EQ(ops::needs_of(pattern).texts, needs) << pattern;
  }
}

// What is called sound is not looked at again before a text may match: it has to be valid. In a
// group of its own nothing is known of it, and it is tried at once.
TEST_F(Strings, AnExpressionThatIsCalledSoundIsValid) {
  static constexpr const char* kParts[] = {"a", "b", "é", "(", "(", ")", ")", "|",
                                           "[", "]", "^", "-", ":", ".", "=", "?",
                                           "*", "+", "{", "}", "2", ",", "$", "ab"};
  std::mt19937 random(20251129);
  std::size_t sound = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string pattern;
    for (auto left = 1 + random() % 9; left > 0; --left)
      pattern += kParts[random() % std::size(kParts)];
    if (!ops::needs_of(pattern).sound) continue;
    ++sound;
    ASSERT_FALSE(failed(run("Matches", {s("a"), s("(?:" + pattern + ")")}))) << pattern;
  }
  EXPECT_GT(sound, 10000U);
  for (const char* plain :
       {".*(osteomyelit|spondylo ?dis).*", "^(.* )?t[hH]?e+? (a|b)$", "x[(.]*"}) {
    EXPECT_TRUE(ops::needs_of(plain).sound == (std::string_view(plain) != "x[(.]*")) << plain;
  }
  EXPECT_FALSE(ops::needs_of("a\xff").sound);
  EXPECT_FALSE(ops::needs_of(std::string(120, '(') + "a" + std::string(120, ')')).sound);
}

// Random expressions of a few letters, each beside itself in a group of which nothing is known.
TEST_F(Strings, WhatAPatternNeedsNeverChangesTheAnswer) {
  std::mt19937 random(20251128);
  const auto below = [&random](unsigned n) { return random() % n; };
  const auto letters = [&](unsigned most) {
    static constexpr const char* kLetters[] = {"a", "b", "c", " ", "é"};
    std::string out;
    for (unsigned i = below(most + 1); i > 0; --i) out += kLetters[below(5)];
    return out;
  };
  const auto expression = [&](auto&& self, unsigned depth) -> std::string {
    static constexpr const char* kRepeats[] = {"", "", "", "?", "*", "+", "{0,1}", "{2}", "+?"};
    std::string out;
    for (unsigned i = 1 + below(4); i > 0; --i) {
      switch (below(depth == 0 ? 3 : 5)) {
        case 0:
          out += below(2) == 0 ? "." : "[^ab]";
          break;
        case 1:
        case 2:
          out += letters(3) + "c";
          break;
        case 3:
          out += "(" + self(self, depth - 1) + ")";
          break;
        default:
          out += "(" + self(self, depth - 1) + "|" + self(self, depth - 1) + ")";
      }
      out += kRepeats[below(9)];
    }
    return out;
  };
  std::size_t matched = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string pattern = expression(expression, 2);
    if (below(2) == 0) pattern = ".*" + pattern + ".*";
    if (pattern.size() > 200) continue;
    for (int j = 0; j < 12; ++j) {
      const std::string text = letters(8);
      const auto whole = run("Matches", {s(text), s("(?:" + pattern + ")")});
      const auto given = run("Matches", {s(text), s(pattern)});
      ASSERT_TRUE(is(given, b(true)) == is(whole, b(true)) &&
                  is(given, b(false)) == is(whole, b(false)))
          << pattern << " on " << text;
      matched += is(given, b(true)) ? 1 : 0;
    }
  }
  EXPECT_GT(matched, 1000U);
}

TEST_F(Strings, PatternsReplaceWithTheirGroups) {
  EXPECT_TRUE(is(run("ReplaceMatches", {s("a1b2"), s("[0-9]"), s("_")}), s("a_b_")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("t4 5"), s("([a-z])([0-9]) ([0-9])"), s("$1$2-$1$3")}),
                 s("t4-t5")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("a b"), s("\\s"), s("\\$")}), s("a$b")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("a b"), s("\\s"), s("$$")}), s("a$b")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("a b"), s("\\s"), s("5$")}), s("a5$b")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("ab"), s("b"), s("[$&]")}), s("a[b]")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("ab"), s("b(c)?"), s("<$1$7>")}), s("a<>")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("äb"), s("x*"), s("-")}), s("-ä-b-")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("ab"), s("c"), s("-")}), s("ab")));
  EXPECT_TRUE(is(run("ReplaceMatches", {s("ab"), s(".*"), s("")}), s("")));
}

TEST_F(Strings, HostilePatternsAreRefusedOrRunToTheEnd) {
  const std::string long_text(4096, 'a');
  EXPECT_TRUE(is(run("Matches", {s(long_text), s("(a+)+b")}), b(false)));
  EXPECT_TRUE(is(run("Matches", {s(long_text), s("((((a*)*)*)*)*b")}), b(false)));
  const std::string too_long(65537, 'a');
  EXPECT_TRUE(failed(run("Matches", {s(too_long), s("a*")})));
  EXPECT_TRUE(failed(run("Matches", {s(std::string(40, 'a') + "c"), s("(a|aa)+[bd]?")})));
  EXPECT_TRUE(is(run("Matches", {s("a"), s("(a{1000}){1000}")}), b(false)));
  EXPECT_TRUE(failed(run("Matches", {s("a"), s("((ab{9}){1000}){1000}")})));
  EXPECT_TRUE(failed(run("Matches", {s("a"), s("(")})));
  const std::string deep(300, '(');
  EXPECT_TRUE(failed(run("Matches", {s("a"), s(deep)})));
}

TEST_F(Strings, Conversions) {
  EXPECT_TRUE(is(run("ToInteger", {s("2147483648")}), null()));
  EXPECT_TRUE(is(run("ToInteger", {s("+25")}), n(25)));
  EXPECT_TRUE(is(run("ToInteger", {s("2.0")}), null()));
  EXPECT_TRUE(is(run("ToInteger", {s("16s")}), null()));
  EXPECT_TRUE(is(run("ToDecimal", {s("+25.5")}), d("25.5")));
  EXPECT_TRUE(is(run("ToDecimal", {s("1e3")}), null()));
  EXPECT_TRUE(is(run("ToBoolean", {s("NO")}), b(false)));
  EXPECT_TRUE(is(run("ToBoolean", {s("maybe")}), null()));
  EXPECT_TRUE(is(run("ToQuantity", {s("5.5 'cm'")}), q("5.5", "cm")));
  EXPECT_TRUE(is(run("ToQuantity", {s("3 days")}), q("3", "day")));
  EXPECT_TRUE(is(run("ToQuantity", {s("5 'nonsense'")}), null()));
  EXPECT_TRUE(is(run("ToString", {q("5.50", "mg")}), s("5.50 'mg'")));
  EXPECT_TRUE(is(run("ToString", {d("14.0")}), s("14.0")));
  // The request's own offset is part of a moment like any other; a moment written without has none.
  EXPECT_TRUE(is(run("ToString", {at("2019-07-01T02:24:33.000+01:00")}),
                 s("2019-07-01T02:24:33.000+01:00")));
  EXPECT_TRUE(
      is(run("ToString", {at("2019-07-01T02:24:33.000Z")}), s("2019-07-01T02:24:33.000+00:00")));
  EXPECT_TRUE(is(run("ToString", {at("2019-07-01")}), s("2019-07-01")));
  NodeOptions written;
  written.without_offset = true;
  EXPECT_TRUE(is(run("ToString", {at("2019-07-01T02:24:33.000+01:00")}, written),
                 s("2019-07-01T02:24:33.000")));
  EXPECT_TRUE(is(run("ToDateTime", {s("2014-01-01")}), at("2014-01-01")));
  EXPECT_TRUE(is(run("ToDateTime", {s("2014/01/01")}), null()));
  EXPECT_TRUE(is(run("ToTime", {s("T14:30:00.0+05:30")}), clock("14:30:00.000")));
  EXPECT_TRUE(is(run("ToTime", {s("T14-30-00.0")}), null()));
  EXPECT_TRUE(is(run("ToList", {null()}), list({})));
  EXPECT_TRUE(is(run("ConvertsToInteger", {s("x")}), b(false)));
  EXPECT_TRUE(is(run("ConvertQuantity", {q("5", "mg"), s("g")}), q("0.005", "g")));
  EXPECT_TRUE(is(run("CanConvertQuantity", {q("5", "mg"), s("L")}), b(false)));
}

}  // namespace
}  // namespace nidus::cql
