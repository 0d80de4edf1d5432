// SPDX-License-Identifier: Apache-2.0
// Which rows an option meets: either way round, by route, inside the option.
#include "pathway/interactions.h"

#include <gtest/gtest.h>

namespace nidus::pathway {
namespace {

const std::vector<Interaction> kRows{
    {"IX-1", "contraindicated", {"J04AB02"}, "", {"B01AF"}, "", "Not together."},
    {"IX-2", "major", {"J01MA"}, "PO", {"B03A"}, "PO", "Two hours apart."},
    {"IX-3", "moderate", {"J04AB02"}, "", {"J01AA02"}, "", "Lower level."},
};

RegimenOption option_of(std::vector<std::pair<std::string, std::string>> parts) {
  RegimenOption out;
  for (auto& [atc, route] : parts) {
    RegimenComponent part{};
    part.agent = "agent " + atc;
    part.atc = atc;
    part.route = route;
    out.components.push_back(std::move(part));
  }
  return out;
}

struct MeetingCase {
  const char* name;
  std::vector<std::pair<std::string, std::string>> option;  // ATC, route
  std::vector<TakenDrug> taken;
  std::vector<std::string> rows;
};

class Meetings : public testing::TestWithParam<MeetingCase> {};

TEST_P(Meetings, AreTheRowsOfTheTable) {
  const auto& one = GetParam();
  std::vector<std::string> rows;
  for (const auto& met : interactions_of(option_of(one.option), one.taken, kRows)) {
    rows.push_back(met.row->id);
  }
  EXPECT_EQ(rows, one.rows);
}

const TakenDrug kApixaban{"B01AF02", "apixaban", "PO"};
const TakenDrug kIron{"B03AA07", "iron", "PO"};

INSTANTIATE_TEST_SUITE_P(
    Pathway, Meetings,
    testing::Values(
        MeetingCase{"NothingTaken", {{"J04AB02", "PO"}}, {}, {}},
        MeetingCase{"AgentOffered", {{"J04AB02", "PO"}}, {kApixaban}, {"IX-1"}},
        MeetingCase{
            "PartnerOffered", {{"B01AF02", "PO"}}, {{"J04AB02", "rifampicin", ""}}, {"IX-1"}},
        MeetingCase{"ByMouth", {{"J01MA12", "PO"}}, {kIron}, {"IX-2"}},
        MeetingCase{"ByEither", {{"J01MA12", "PO/IV"}}, {kIron}, {"IX-2"}},
        MeetingCase{"ByVein", {{"J01MA12", "IV"}}, {kIron}, {}},
        MeetingCase{"IronByVein", {{"J01MA12", "PO"}}, {{"B03AC", "iron", "IV"}}, {}},
        MeetingCase{"IronByUnknownRoute", {{"J01MA12", "PO"}}, {{"B03AC", "iron", ""}}, {"IX-2"}},
        MeetingCase{"InsideTheOption", {{"J04AB02", "PO"}, {"J01AA02", "PO"}}, {}, {"IX-3"}},
        MeetingCase{"TheSameDrugTaken", {{"J04AB02", "PO"}}, {{"J04AB02", "rifampicin", "PO"}}, {}},
        MeetingCase{"AnotherDrug", {{"J01XX08", "PO"}}, {kApixaban, kIron}, {}}),
    [](const auto& one) { return one.param.name; });

TEST(Interactions, NameBothDrugs) {
  const auto met = interactions_of(option_of({{"J04AB02", "PO"}}), std::vector{kApixaban}, kRows);
  ASSERT_EQ(met.size(), 1U);
  EXPECT_EQ(met[0].agents, std::vector<std::string>{"agent J04AB02"});
  EXPECT_EQ(met[0].taken, std::vector<std::string>{"apixaban"});
  EXPECT_TRUE(met[0].row->forbids());
}

}  // namespace
}  // namespace nidus::pathway
