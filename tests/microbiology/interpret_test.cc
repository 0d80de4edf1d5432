// SPDX-License-Identifier: Apache-2.0
// Rows, intervals, sites, names and expert rules on the guideline's own tables.
#include "microbiology/interpret.h"

#include <gtest/gtest.h>

#include <cmath>

#include "microbiology/testing.h"

namespace nidus::microbiology {
namespace {

OrganismId organism(const char* name) {
  const auto found = organism_in(library(), name);
  EXPECT_TRUE(found.has_value()) << name;
  return found ? found->organism : OrganismId{0};
}

AgentId agent(const char* name) {
  const auto found = agent_in(library(), name);
  EXPECT_TRUE(found.has_value()) << name;
  return found.value_or(0);
}

Measurement mic(const char* written) {
  const auto value = value_in(written);
  EXPECT_TRUE(value.has_value()) << written;
  return {Method::kMic, value->comparator, canonical_mic(value->value, library().reading.tolerance),
          "", false};
}

std::uint32_t bit(const char* condition) {
  for (std::size_t i = 0; i < library().conditions.size(); ++i) {
    if (library().conditions[i].id == condition) return 1u << i;
  }
  ADD_FAILURE() << condition;
  return 0;
}

std::string by_mic(const char* species, const char* drug, const char* written,
                   std::uint32_t conditions = 0, Route route = Route::kIntravenous) {
  return word(judge(library(), table(), organism(species), agent(drug), mic(written),
                    {conditions, route, false})
                  .category);
}

struct Known {
  const char* species;
  const char* drug;
  const char* written;
  const char* category;
};

// Another committee or year is another table in the guideline's text, and no code.
TEST(Interpret, AnotherTableDecidesByItsOwnRows) {
  simdjson::dom::parser parser;
  const std::string text = library_text();
  const simdjson::dom::element root = parser.parse(text);
  std::string other = simdjson::minify(root["tables"].at(0).value());
  const auto replaced = [&other](const std::string& from, const std::string& to) {
    const auto at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    other.replace(at, from.size(), to);
  };
  replaced(R"("id":"eucast")", R"("id":"other")");
  const Verdict first = judge(library(), table(), organism("S. aureus"), agent("vancomycin"),
                              mic("1"), {0, Route::kIntravenous, false});
  ASSERT_NE(first.row, nullptr);
  EXPECT_EQ(word(first.category), "S");
  // That row alone, with other limits of the MIC and another version.
  const auto begin = other.find("[\"" + first.row->id + "\"");
  ASSERT_NE(begin, std::string::npos);
  const std::string row = other.substr(begin, other.find(']', begin) + 1 - begin);
  std::string changed = row;
  const auto swap = [&changed](const std::string& from, const std::string& to) {
    ASSERT_NE(changed.find(from), std::string::npos) << changed;
    changed.replace(changed.find(from), from.size(), to);
  };
  swap(",2,2,", ",0.5,0.5,");
  swap(first.row->version, "v99 (2099)");
  replaced(row, changed);
  const auto tables = text.find("\"tables\":[") + std::string_view("\"tables\":[").size();
  const auto loaded =
      Library::load(text.substr(0, tables) + other + "," + text.substr(tables), "test");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().to_string();
  const auto by = [&](const char* id, const char* drug) {
    return judge(*loaded, *loaded->find_table(id), organism("S. aureus"), agent(drug), mic("1"),
                 {0, Route::kIntravenous, false});
  };
  EXPECT_EQ(word(by("eucast", "vancomycin").category), "S");
  EXPECT_EQ(word(by("other", "vancomycin").category), "R");
  EXPECT_EQ(by("other", "vancomycin").row->version, "v99 (2099)");
  EXPECT_EQ(by("other", "linezolid").category, by("eucast", "linezolid").category);
  EXPECT_EQ(loaded->find_table("third"), nullptr);
}

TEST(Interpret, GivesTheCategoryOfTheTable) {
  for (const Known& one : {
           Known{"S. aureus", "vancomycin", "2", "S"},
           Known{"S. aureus", "vancomycin", "4", "R"},
           Known{"S. aureus", "levofloxacin", "0.25", "I"},
           Known{"S. aureus", "levofloxacin", "<=0.12", "I"},
           Known{"S. epidermidis", "vancomycin", "4", "S"},
           Known{"S. epidermidis", "oxacillin", "0.5", "R"},
           Known{"S. aureus", "trimethoprim/sulfamethoxazole", "1", "R"},
           Known{"E. coli", "ceftriaxone", "2", "I"},
           Known{"E. coli", "ceftriaxone", "<=2", "unknown"},
           Known{"E. coli", "ceftriaxone", "<=1", "S"},
           Known{"E. coli", "ceftriaxone", ">2", "R"},
           Known{"E. coli", "ceftriaxone", ">=2", "unknown"},
           Known{"E. coli", "ceftriaxone", ">=4", "R"},
           Known{"P. aeruginosa", "ciprofloxacin", "<=0.25", "I"},
           Known{"E. faecalis", "vancomycin", "4", "S"},
           Known{"C. acnes", "benzylpenicillin", "0.06", "S"},
           Known{"S. aureus", "metronidazole", "1", "no breakpoint"},
       }) {
    EXPECT_EQ(by_mic(one.species, one.drug, one.written), one.category)
        << one.species << " " << one.drug << " " << one.written;
  }
}

TEST(Interpret, TheMostSpecificSiteWins) {
  EXPECT_EQ(by_mic("E. coli", "ceftriaxone", "2", bit("meningitis")), "R");
  EXPECT_EQ(by_mic("S. mitis", "benzylpenicillin", "1"), "I");
  EXPECT_EQ(by_mic("S. mitis", "benzylpenicillin", "1", bit("endocarditis")), "R");
  EXPECT_EQ(by_mic("E. faecalis", "amoxicillin", "2"), "S");
  EXPECT_EQ(by_mic("E. faecalis", "amoxicillin", "2", 0, Route::kOral), "I");
  // Brucella has ceftriaxone for meningitis alone.
  EXPECT_EQ(by_mic("Brucella melitensis", "ceftriaxone", "0.5"), "no breakpoint");
  EXPECT_EQ(by_mic("Brucella melitensis", "ceftriaxone", "0.5", bit("meningitis")), "S");
}

// Salmonella has its own row without a zone; the order's zone must not answer for it.
TEST(Interpret, AFartherOrganismDoesNotFillANearerRow) {
  const Measurement zone{Method::kZone, Comparator::kExact, 30, "5", false};
  EXPECT_EQ(judge(library(), table(), organism("Salmonella Typhi"), agent("ciprofloxacin"), zone,
                  {0, Route::kIntravenous, false})
                .why,
            Why::kNotByMethod);
}

TEST(Interpret, AZoneNeedsItsDisk) {
  const auto zone = [&](const char* disk, bool by_method) {
    return judge(library(), table(), organism("E. coli"), agent("cefotaxime"),
                 {Method::kZone, Comparator::kExact, 25, disk, by_method},
                 {0, Route::kIntravenous, false});
  };
  EXPECT_EQ(zone("5", false).category, Category::kS);
  EXPECT_EQ(zone("30", false).why, Why::kOtherDisk);
  EXPECT_EQ(zone("", false).why, Why::kDiskNotStated);
  EXPECT_EQ(zone("", true).category, Category::kS);
}

// Never from R back to S as the MIC rises or the zone shrinks; an interval answers as both its
// ends.
TEST(Interpret, IsMonotoneAndIntervalsAgreeWithTheirEnds) {
  const auto rank = [](Category category) { return static_cast<int>(category); };
  for (const Row& row : table().rows) {
    int last = 0;
    for (int exponent = -10; exponent <= 10; ++exponent) {
      const double value = std::ldexp(1.0, exponent);
      const auto at = [&](Comparator comparator) {
        return judge_row(row, {Method::kMic, comparator, value, "", false}).category;
      };
      if (!row.has_mic) continue;
      const Category exact = at(Comparator::kExact);
      EXPECT_GE(rank(exact), last) << row.id;
      last = rank(exact);
      EXPECT_TRUE(row.has_i || exact != Category::kI) << row.id;
      const Category low = row.wild_type_is_i ? Category::kI : Category::kS;
      EXPECT_EQ(at(Comparator::kAtMost), exact == low ? low : Category::kUnknown) << row.id;
      EXPECT_EQ(at(Comparator::kAtLeast), exact == Category::kR ? Category::kR : Category::kUnknown)
          << row.id;
    }
    last = static_cast<int>(Category::kR);
    for (int mm = 5; mm <= 60 && row.has_zone; ++mm) {
      const Category category =
          judge_row(row, {Method::kZone, Comparator::kExact, double(mm), row.disk_content, false})
              .category;
      EXPECT_LE(rank(category), last) << row.id;
      last = rank(category);
    }
  }
}

TEST(Names, OrganismsByOldShortAndDecoratedNames) {
  const auto name = [](const char* text) {
    const auto found = organism_in(library(), text);
    return found ? library().organisms[found->organism].name : std::string("-");
  };
  EXPECT_EQ(name("Propionibacterium acnes"), "Cutibacterium acnes");
  EXPECT_EQ(name("Enterobacter aerogenes"), "Klebsiella aerogenes");
  EXPECT_EQ(name("Streptococcus bovis"), "Streptococcus gallolyticus");
  EXPECT_EQ(name("Torulopsis glabrata"), "Candida glabrata");
  EXPECT_EQ(name("heavy growth of S. aureus in 2/2 bottles"), "Staphylococcus aureus");
  EXPECT_EQ(name("MRSA"), "Staphylococcus aureus");
  EXPECT_EQ(name("ESBL-producing E. coli"), "Escherichia coli");
  EXPECT_EQ(name("Staphylococcus aureus subsp. anaerobius"), "Staphylococcus aureus");
  EXPECT_EQ(name("Klebsiella spp."), "Klebsiella");
  EXPECT_EQ(name("Staphylococcus muscae"), "Staphylococcus");
  for (const char* none : {"no Staphylococcus aureus", "Staphylococcus aureus not detected",
                           "Staphylococcus aureus and Escherichia coli", "no growth", "Xylella",
                           "Staphylococcus negative", "", "123"}) {
    EXPECT_EQ(name(none), "-") << none;
  }
  EXPECT_EQ(library().organism_coded("3092008"), organism("Staphylococcus aureus"));
  EXPECT_FALSE(library().organism_coded("1").has_value());
}

TEST(Names, AgentsByCodeAndWords) {
  for (const char* text : {"Vancomycin", "VANCOMYCIN (MIC)", "Vancomycin [Susceptibility]",
                           "vancomycin 5 ug disk", "Vancomycin by E-test"}) {
    EXPECT_EQ(agent(text), agent("vancomycin")) << text;
  }
  EXPECT_FALSE(agent_in(library(), "Vancomycin level").has_value());
  EXPECT_FALSE(agent_in(library(), "MIC").has_value());
  EXPECT_NE(agent("Gentamicin high level"), agent("Gentamicin"));
  EXPECT_EQ(library().agent_coded("http://loinc.org", "18964-7"), agent("penicillin"));
}

TEST(Names, AgentsByTheCodesOfLaboratoriesAndInOtherLanguages) {
  const std::pair<const char*, const char*> same[] = {
      {"SXT", "trimethoprim/sulfamethoxazole"},
      {"TZP", "piperacillin/tazobactam"},
      {"VAN", "vancomycin"},
      {"VA", "vancomycin"},
      {"CIP", "ciprofloxacin"},
      {"RIF", "rifampicin"},
      {"RFP", "rifampicin"},
      {"RD", "rifampicin"},
      {"OXA", "oxacillin"},
      {"FOX", "cefoxitin"},
      {"FOX_ND30", "cefoxitin"},
      {"VAN_NM", "vancomycin"},
      {"LZD", "linezolid"},
      {"LNZ", "linezolid"},
      {"Bactrim", "trimethoprim/sulfamethoxazole"},
      {"Zosyn", "piperacillin/tazobactam"},
      {"Amox/Clav", "amoxicillin/clavulanic acid"},
      {"Vancomycine", "vancomycin"},
      {"Vancomicina", "vancomycin"},
      {"C\u00e9fazoline", "cefazolin"},
      {"Ceftazidim", "ceftazidime"},
      {"Amoxicilline", "amoxicillin"},
      {"Ciprofloxacino", "ciprofloxacin"},
      {"Eritromicina", "erythromycin"},
      {"Benzylpenicillin (iv)", "benzylpenicillin"},
      {"Ceftriaxone (non-meningitis)", "ceftriaxone"},
      {"Gentamicin HLR", "gentamicin high level"},
  };
  for (const auto& [written, name] : same) EXPECT_EQ(agent(written), agent(name)) << written;
  for (const char* nothing :
       {"XYZ", "ND", "Vancomycinase", "Ceftriaxone (meningitis)", "POS neg"}) {
    EXPECT_FALSE(agent_in(library(), nothing).has_value()) << nothing;
  }
}

TEST(Names, NoTwoAgentsSoundAlike) {
  for (const Agent& one : library().agents) {
    const auto found = library().agent_sounding(plain_words(one.name));
    EXPECT_TRUE(!found || library().agents[*found].name == one.name) << one.name;
  }
}

TEST(Interpret, TheRouteByMouthHasItsOwnRow) {
  // BP-0270 beside BP-0269.
  EXPECT_EQ(by_mic("H. influenzae", "amoxicillin", "1"), "S");
  EXPECT_EQ(by_mic("H. influenzae", "amoxicillin", "1", 0, Route::kOral), "I");
  EXPECT_EQ(by_mic("H. influenzae", "amoxicillin", "4", 0, Route::kOral), "R");
}

TEST(Names, WrittenValues) {
  const auto written = [](const char* text) {
    const auto value = value_in(text);
    return value ? std::string(word(value->comparator)) + std::to_string(value->value) + value->unit
                 : std::string("-");
  };
  EXPECT_EQ(written("<=0.5 mg/L"), "<=0.500000mg/L");
  EXPECT_EQ(written("> 8/4 ug/mL"), ">8.000000ug/mL");
  EXPECT_EQ(written("22mm"), "22.000000mm");
  EXPECT_EQ(written("0,5"), "0.500000");
  EXPECT_EQ(written("<=0,5/9,5 mg/L"), "<=0.500000mg/L");
  EXPECT_FALSE(value_in("1,024"));
  EXPECT_FALSE(value_in("5,"));
  for (const char* bad : {"", "S", "-1", "<=", "nan"}) EXPECT_FALSE(value_in(bad)) << bad;
}

// ---- whole isolates

struct Tested {
  const char* drug;
  const char* written;  // nullptr: not measured
  std::optional<Category> reported = {};
};

IsolateReport isolate(const char* species, std::initializer_list<Tested> tests,
                      const char* marker = nullptr, Sign sign = Sign::kUnknown) {
  static Isolate one;
  one = {};
  const auto named = organism_in(library(), species);
  EXPECT_TRUE(named.has_value());
  one.organism = named->organism;
  one.markers.assign(library().markers.size(), Sign::kUnknown);
  for (const auto& [which, what] : named->markers) one.markers[which] = what;
  for (std::size_t i = 0; marker != nullptr && i < library().markers.size(); ++i) {
    if (library().markers[i].id == marker) one.markers[i] = sign;
  }
  for (const Tested& tested : tests) {
    Test test;
    test.agent = agent(tested.drug);
    if (tested.written != nullptr) test.measured = mic(tested.written);
    test.reported = tested.reported;
    one.tests.push_back(test);
  }
  return assess(library(), table(), one, 0);
}

const AgentReport& of(const IsolateReport& report, const char* drug) {
  static const AgentReport kNone;
  for (const AgentReport& one : report.agents) {
    if (one.agent == agent(drug)) return one;
  }
  ADD_FAILURE() << "nothing of " << drug;
  return kNone;
}

bool has(const IsolateReport& report, const char* drug) {
  for (const AgentReport& one : report.agents) {
    if (one.agent == agent(drug)) return true;
  }
  return false;
}

TEST(ExpertRules, CefoxitinScreen) {
  const auto resistant =
      isolate("S. aureus", {{"cefoxitin", "8"}, {"oxacillin", "1", Category::kS}});
  EXPECT_EQ(of(resistant, "oxacillin").category, Category::kR);
  EXPECT_TRUE(of(resistant, "oxacillin").disagrees);
  EXPECT_EQ(of(resistant, "cefazolin").category, Category::kR);
  EXPECT_FALSE(has(resistant, "ceftaroline"));
  const auto susceptible = isolate("S. aureus", {{"cefoxitin", "<=4"}});
  EXPECT_EQ(of(susceptible, "flucloxacillin").category, Category::kS);
  EXPECT_EQ(of(susceptible, "cefazolin").category, Category::kI);
  EXPECT_TRUE(of(susceptible, "cefazolin").inferred);
  const auto open = isolate("S. aureus", {{"cefoxitin", "<=8"}});
  EXPECT_FALSE(has(open, "flucloxacillin"));
  EXPECT_EQ(of(isolate("MRSA", {{"vancomycin", "1"}}), "cefazolin").category, Category::kR);
}

TEST(ExpertRules, InducibleClindamycinResistance) {
  const std::initializer_list<Tested> tests = {{"erythromycin", ">8"}, {"clindamycin", "0.12"}};
  EXPECT_EQ(of(isolate("S. aureus", tests), "clindamycin").category, Category::kUnknown);
  EXPECT_EQ(of(isolate("S. aureus", tests, "d-test", Sign::kPositive), "clindamycin").category,
            Category::kR);
  EXPECT_EQ(of(isolate("S. aureus", tests, "d-test", Sign::kNegative), "clindamycin").category,
            Category::kS);
}

TEST(ExpertRules, ResistanceByNature) {
  const auto report = isolate("S. aureus", {{"aztreonam", nullptr, Category::kS}});
  EXPECT_EQ(of(report, "aztreonam").category, Category::kR);
  EXPECT_TRUE(of(report, "aztreonam").identification_doubt);
  const auto right = isolate("S. aureus", {{"aztreonam", nullptr, Category::kR}});
  EXPECT_FALSE(of(right, "aztreonam").identification_doubt);
  // Given on purpose with a cell-wall agent: no sign of a wrong species.
  const auto synergy = isolate("E. faecalis", {{"gentamicin", nullptr, Category::kS}});
  EXPECT_FALSE(of(synergy, "gentamicin").identification_doubt);
}

TEST(ExpertRules, ADoubtThatIsNotVerifiedIsFlaggedAndDecidesNothing) {
  const auto krusei = isolate("Candida krusei", {{"fluconazole", "0.25"}});
  EXPECT_TRUE(of(krusei, "fluconazole").identification_doubt);
  EXPECT_EQ(of(krusei, "fluconazole").category, Category::kS);
  ASSERT_NE(of(krusei, "fluconazole").expected, nullptr);
  EXPECT_FALSE(of(krusei, "fluconazole").expected->verified);
}

// 22 mm is for coagulase-negative staphylococci of a known species.
TEST(ExpertRules, WhatWasNotToldApartHasTheStricterRow) {
  const AgentId cefoxitin = agent("cefoxitin");
  for (const auto& [name, category] :
       {std::pair{"Coagulase negative staphylococci", Category::kR},
        std::pair{"CoNS", Category::kR}, std::pair{"S. hominis", Category::kS}}) {
    const Measurement zone{Method::kZone, Comparator::kExact, 23, "30", false};
    EXPECT_EQ(
        judge(library(), table(), organism(name), cefoxitin, zone, {0, Route::kIntravenous, true})
            .category,
        category)
        << name;
  }
}

TEST(Names, OrganismsThatSayMoreThanAName) {
  const auto name = [](const char* text) {
    const auto found = organism_in(library(), text);
    return found ? library().organisms[found->organism].name : std::string();
  };
  EXPECT_EQ(name("Staphylococcus aureus (MRSA)"), "Staphylococcus aureus");
  EXPECT_EQ(name("115329001"), "Staphylococcus aureus");
  EXPECT_EQ(name("Nakaseomyces glabratus (formerly Candida glabrata)"), "Candida glabrata");
  EXPECT_EQ(name("Vancomycin-resistant Enterococcus (VRE)"), "Enterococcus");
  EXPECT_EQ(name("VRE"), "Enterococcus");
  EXPECT_EQ(name("MRSE"), "Staphylococcus epidermidis");
  EXPECT_EQ(name("Cronobacter sakazakii"), "Cronobacter sakazakii");
  EXPECT_EQ(name("Proteus morganii"), "Morganella morganii");
  EXPECT_EQ(name("Haemophilus aphrophilus"), "HACEK");
  const auto mrsa = organism_in(library(), "Staphylococcus aureus (MRSA)");
  ASSERT_TRUE(mrsa.has_value());
  ASSERT_EQ(mrsa->markers.size(), 1u);
  EXPECT_EQ(mrsa->markers.front().second, Sign::kPositive);
}

TEST(Names, OrganismsThatEndWithTheirMechanism) {
  const auto said = [](const char* text) {
    const auto found = organism_in(library(), text);
    std::string out = found ? library().organisms[found->organism].name : "-";
    if (found) {
      for (const auto& [marker, sign] : found->markers) out += "; " + library().markers[marker].id;
    }
    return out;
  };
  EXPECT_EQ(said("Klebsiella pneumoniae KPC"), "Klebsiella pneumoniae; carbapenemase");
  EXPECT_EQ(said("Klebsiella pneumoniae (OXA-48)"), "Klebsiella pneumoniae; carbapenemase");
  EXPECT_EQ(said("E.coli CPE"), "Escherichia coli; carbapenemase");
  EXPECT_EQ(said("Enterococcus faecium VRE"), "Enterococcus faecium; vancomycin-resistance");
  EXPECT_EQ(said("Enterobacter cloacae complex, AmpC derepressed"),
            said("Enterobacter cloacae complex") + "; ampc");
  EXPECT_EQ(said("no KPC"), "-");
}

TEST(Names, MarkersByGeneAndTest) {
  const auto marker = [](const char* name) {
    const auto found = marker_in(library(), name);
    return found ? library().markers[*found].id : std::string();
  };
  for (const char* name : {"blaNDM gene", "blaNDM", "mCIM", "OXA-48-like", "blaKPC", "blaVIM",
                           "blaIMP", "Carbapenemase", "Carbapenemase type", "NDM-1", "KPC"}) {
    EXPECT_EQ(marker(name), "carbapenemase") << name;
  }
  for (const char* name : {"CTX-M", "blaCTX-M", "CTX-M-15", "ESBL"}) {
    EXPECT_EQ(marker(name), "esbl") << name;
  }
  for (const char* name : {"mecA", "mecC", "mecA gene", "mecA/mecC"}) {
    EXPECT_EQ(marker(name), "methicillin-resistance") << name;
  }
  for (const char* name : {"CMY-2", "blaDHA", "plasmid AmpC"}) {
    EXPECT_EQ(marker(name), "ampc") << name;
  }
  for (const char* name : {"D-zone", "ICR", "MLSb inducible", "Clindamycin induction test"}) {
    EXPECT_EQ(marker(name), "d-test") << name;
  }
  for (const char* name : {"Gentamicin HLAR", "HLR", "Gentamicin synergy"}) {
    EXPECT_EQ(marker(name), "hlar") << name;
  }
  EXPECT_EQ(marker("Penicillin zone edge"), "staphylococcal-penicillinase");
  EXPECT_EQ(sign_in(library(), "sharp"), Sign::kPositive);
  EXPECT_EQ(sign_in(library(), "fuzzy"), Sign::kNegative);
  for (const char* name : {"vanA", "vanB", "vanA gene", "vanA/vanB"}) {
    EXPECT_EQ(marker(name), "vancomycin-resistance") << name;
  }
}

TEST(ExpertRules, InferredAgents) {
  EXPECT_EQ(of(isolate("S. aureus", {{"tetracycline", "0.5"}}), "doxycycline").category,
            Category::kS);
  EXPECT_FALSE(has(isolate("S. aureus", {{"tetracycline", "4"}}), "doxycycline"));
  EXPECT_EQ(of(isolate("E. coli", {{"ciprofloxacin", "4"}}), "levofloxacin").category,
            Category::kR);
  EXPECT_EQ(of(isolate("S. aureus", {{"penicillin", "0.03"}}), "penicillin").category,
            Category::kUnknown);
  // What was measured is not overruled by an inferred S.
  const auto measured = isolate("S. aureus", {{"tetracycline", "0.5"}, {"doxycycline", "4"}});
  EXPECT_EQ(of(measured, "doxycycline").category, Category::kR);
}

TEST(Interpret, TheLaboratorysOwnAnswerStaysBesideOurs) {
  const auto report = isolate("S. aureus", {{"vancomycin", "4", Category::kS}});
  EXPECT_EQ(of(report, "vancomycin").category, Category::kR);
  EXPECT_EQ(of(report, "vancomycin").reported, Category::kS);
  EXPECT_TRUE(of(report, "vancomycin").disagrees);
  // What we do not know contradicts nobody.
  EXPECT_FALSE(
      of(isolate("S. aureus", {{"vancomycin", "<=4", Category::kS}}), "vancomycin").disagrees);
}

TEST(Library, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(Library::load("{", "1").has_value());
  EXPECT_FALSE(Library::load("{}", "1").has_value());
}

}  // namespace
}  // namespace nidus::microbiology
