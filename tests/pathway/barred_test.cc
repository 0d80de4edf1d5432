// SPDX-License-Identifier: Apache-2.0
// Which names a sentence marks: whole words, the longest that fits, not what the sentence cites.
#include "pathway/barred.h"

#include <gtest/gtest.h>

#include <map>

namespace nidus::pathway {
namespace {

const BarredWords kWords{"[barred: {1}]",
                         "Nothing is left.",
                         {{"meropenem", {"J01DH02"}},
                          {"meropenem-vaborbactam", {"J01DH52"}},
                          {"oxacillin", {"J01CF04"}},
                          {"fusidic acid", {"J01XC01"}},
                          {"amphotericin B", {"J02AA01"}},
                          {"fluoroquinolone", {"J01MA"}}}};

struct MarkCase {
  const char* name;
  const char* text;
  std::map<std::string, std::vector<std::string>> barred;  // by the first code
  const char* wanted;
};

class Marks : public testing::TestWithParam<MarkCase> {};

TEST_P(Marks, StandBehindWhatIsBarred) {
  const auto& one = GetParam();
  bool marked = false;
  const auto why = [&](const BarredWords::Named& named) {
    const auto at = one.barred.find(named.atcs.front());
    return at == one.barred.end() ? std::vector<std::string>() : at->second;
  };
  EXPECT_EQ(mark_barred(one.text, kWords, why, &marked), one.wanted);
  EXPECT_EQ(marked, std::string_view(one.text) != one.wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Pathway, Marks,
    testing::Values(MarkCase{"Nothing", "Meropenem 1 g.", {}, "Meropenem 1 g."},
                    MarkCase{"TheDrug",
                             "Meropenem 1 g.",
                             {{"J01DH02", {"STOP-1", "IX-2"}}},
                             "Meropenem [barred: STOP-1, IX-2] 1 g."},
                    MarkCase{"EachTime",
                             "meropenem, then meropenem",
                             {{"J01DH02", {"STOP-1"}}},
                             "meropenem [barred: STOP-1], then meropenem [barred: STOP-1]"},
                    MarkCase{"TheLongerName",
                             "meropenem-vaborbactam",
                             {{"J01DH02", {"STOP-1"}}},
                             "meropenem-vaborbactam"},
                    MarkCase{"NoPartOfAWord",
                             "flucloxacillin or dioxacillin",
                             {{"J01CF04", {"STOP-1"}}},
                             "flucloxacillin or dioxacillin"},
                    MarkCase{"TwoWords",
                             "Fusidic acid (and amphotericin b)",
                             {{"J01XC01", {"STOP-1"}}, {"J02AA01", {"STOP-2"}}},
                             "Fusidic acid [barred: STOP-1] (and amphotericin b [barred: STOP-2])"},
                    MarkCase{"Several",
                             "no fluoroquinolones; fluoroquinolone-resistant",
                             {{"J01MA", {"STOP-1"}}},
                             "no fluoroquinolones [barred: STOP-1]; fluoroquinolone-resistant"},
                    MarkCase{"NotWhatIsCited",
                             "oxacillin (STOP-1) runs",
                             {{"J01CF04", {"STOP-1"}}},
                             "oxacillin (STOP-1) runs"},
                    MarkCase{"AnotherStopOfLikeNumber",
                             "oxacillin (STOP-10) runs",
                             {{"J01CF04", {"STOP-1"}}},
                             "oxacillin [barred: STOP-1] (STOP-10) runs"},
                    MarkCase{
                        "AfterAnAccent", "éoxacillin", {{"J01CF04", {"STOP-1"}}}, "éoxacillin"},
                    MarkCase{"AtTheEnd",
                             "with oxacillin",
                             {{"J01CF04", {"STOP-1"}}},
                             "with oxacillin [barred: STOP-1]"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace nidus::pathway
