// SPDX-License-Identifier: Apache-2.0
#include "pathway/local.h"

#include <gtest/gtest.h>

namespace nidus::pathway {
namespace {

const LocalCodes kCodes = {{"urn:test", "share", "Share"}, {"urn:test", "held", "Held"}};

std::string file(const std::string& rest) {
  return R"({"format":"nidus-local/1","name":"A","version":"3","published":"2026-01")" + rest + "}";
}

std::string share(const std::string& members) {
  return file(R"(,"resistance":[{"organism":"E. coli","agent":"Ceftriaxone",)" + members + "}]");
}

const std::string kPeriod = R"("from":"2025-01-01","to":"2025-12-31")";

TEST(Local, BecomesObservationsWithTheIdOfTheirRow) {
  const auto local = read_local(
      file(
          R"(,"resistance":[{"organism":"E. coli","agent":"Ceftriaxone","tested":310,"resistant":43,)" +
          kPeriod + R"(,"samples":"blood"},)" +
          R"({"organism":"S. aureus","agent":"Oxacillin","tested":9,"resistant_percent":4.25,)" +
          kPeriod + R"(}],"formulary":[{"agent":"Oxacillin","status":"restricted","note":"ask"}])"),
      "f", kCodes);
  ASSERT_TRUE(local) << local.error().to_string();
  EXPECT_EQ(local->title(), "A, version 3 (2026-01)");
  ASSERT_EQ(local->observations.size(), 3U);
  EXPECT_EQ(
      local->observations[0],
      R"({"resourceType":"Observation","id":"share-1","status":"final","code":{"coding":[)"
      R"({"system":"urn:test","code":"share"}],"text":"Share"},"valueQuantity":{"value":13.9,)"
      R"("unit":"%","system":"http://unitsofmeasure.org","code":"%"},"component":[)"
      R"({"code":{"text":"organism"},"valueCodeableConcept":{"text":"E. coli"}},)"
      R"({"code":{"text":"agent"},"valueCodeableConcept":{"text":"Ceftriaxone"}},)"
      R"({"code":{"text":"tested"},"valueInteger":310},{"code":{"text":"period"},)"
      R"("valuePeriod":{"start":"2025-01-01","end":"2025-12-31"}}],"note":[{"text":"blood"}]})");
  EXPECT_NE(local->observations[1].find(R"("id":"share-2")"), std::string::npos);
  EXPECT_NE(local->observations[1].find(R"("value":4.25,)"), std::string::npos);
  EXPECT_EQ(
      local->observations[2],
      R"({"resourceType":"Observation","id":"held-1","status":"final","code":{"coding":[)"
      R"({"system":"urn:test","code":"held"}],"text":"Held"},"valueString":"restricted",)"
      R"("component":[{"code":{"text":"agent"},"valueCodeableConcept":{"text":"Oxacillin"}}],)"
      R"("note":[{"text":"ask"}]})");
}

TEST(Local, TakesAPeriodThatIsWrittenToDifferentPrecision) {
  EXPECT_TRUE(read_local(share(R"("tested":10,"resistant":1,"from":"2025-02-01","to":"2025")"), "f",
                         kCodes));
  EXPECT_TRUE(read_local(share(R"("tested":10,"resistant":1,"from":"2025","to":"2025-06-30")"), "f",
                         kCodes));
}

TEST(Local, MayHoldNothingYet) {
  const auto local = read_local(file(""), "f", kCodes);
  ASSERT_TRUE(local);
  EXPECT_TRUE(local->observations.empty());
}

struct Wrong {
  const char* name;
  std::string json;
  std::string says;  // in the one line for a person
};

class WrongLocal : public testing::TestWithParam<Wrong> {};

TEST_P(WrongLocal, IsRefusedWithItsPlace) {
  const auto local = read_local(GetParam().json, "figures.json", kCodes);
  ASSERT_FALSE(local);
  const std::string line = local.error().to_string();
  EXPECT_NE(line.find("figures.json"), std::string::npos) << line;
  EXPECT_NE(line.find(GetParam().says), std::string::npos) << line;
  EXPECT_TRUE(base::is_bad_input(local.error().code));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, WrongLocal,
    testing::Values(
        Wrong{"NotJson", "{", "figures.json"}, Wrong{"NoObject", "[]", "an object"},
        Wrong{"OtherFormat", R"({"format":"nidus-local/2"})", "nidus-local/1"},
        Wrong{"NoName", R"({"format":"nidus-local/1","version":"1","published":"2026"})", "name"},
        Wrong{"EmptyName",
              R"({"format":"nidus-local/1","name":" ","version":"1","published":"2026"})", "name"},
        Wrong{"ImpossibleDate",
              R"({"format":"nidus-local/1","name":"A","version":"1","published":"2026-02-30"})",
              "published"},
        Wrong{"UnknownMember", file(R"(,"resistence":[])"), "resistence"},
        Wrong{"NoList", file(R"(,"resistance":{})"), "resistance"},
        Wrong{"RowIsText", file(R"(,"formulary":["Oxacillin"])"), "formulary[0]"},
        Wrong{"MoreThanTested", share(R"("tested":10,"resistant":11,)" + kPeriod),
              "resistance[0].resistant"},
        Wrong{"NothingTested", share(R"("tested":0,"resistant":0,)" + kPeriod),
              "resistance[0].tested"},
        Wrong{"CountWithPoint", share(R"("tested":10.5,"resistant":1,)" + kPeriod),
              "resistance[0].tested"},
        Wrong{"Neither", share(R"("tested":10,)" + kPeriod), "resistance[0].resistant"},
        Wrong{"Both", share(R"("tested":10,"resistant":1,"resistant_percent":10,)" + kPeriod),
              "resistance[0].resistant"},
        Wrong{"MoreThanAHundred", share(R"("tested":10,"resistant_percent":101,)" + kPeriod),
              "resistance[0].resistant_percent"},
        Wrong{"PercentAsText", share(R"("tested":10,"resistant_percent":"10",)" + kPeriod),
              "resistance[0].resistant_percent"},
        Wrong{"EndBeforeStart",
              share(R"("tested":10,"resistant":1,"from":"2025-12-31","to":"2025-01-01")"),
              "resistance[0].to"},
        Wrong{"Twice", share(R"("tested":10,"tested":20,"resistant":1,)" + kPeriod),
              "resistance[0].tested"},
        Wrong{"UnknownStatus", file(R"(,"formulary":[{"agent":"Oxacillin","status":"gone"}])"),
              "not available, restricted"}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

}  // namespace
}  // namespace nidus::pathway
