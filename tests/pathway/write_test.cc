// SPDX-License-Identifier: Apache-2.0
// The plan as its readers see it: text, page, JSON, FHIR.
#include <simdjson.h>

#include <algorithm>
#include <regex>
#include <set>

#include "pathway/phrase.h"
#include "pathway/small_guideline.h"
#include "pathway/text_page.h"

namespace nidus::pathway {
namespace {

namespace dom = simdjson::dom;

Plan full_plan() {
  return plan_of(suspected_and({{"deficit", "true"},
                                {"blood-culture", "false"},
                                {"anaphylaxis", "true"},
                                {"mrsa-risk", "false"},
                                {"clearance", "85"}}));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string without_ink(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

// ---- phrases

TEST(Phrase, DatesAsAPersonWritesThem) {
  const auto now = *base::parse_date_time("2025-03-04T10:00:00+01:00");
  EXPECT_EQ(moment_text("2025-03-03T08:05:00+01:00", now), "3 Mar, 08:05");
  EXPECT_EQ(moment_text("2024-12-31", now), "31 Dec 2024");
  EXPECT_EQ(moment_text("2024-12", now), "Dec 2024");
  EXPECT_EQ(moment_text("2025", now), "2025");
  EXPECT_EQ(day_text("2025-03-03T08:05:00+01:00", now), "3 Mar");
  EXPECT_EQ(moment_text("some day", now), "some day");
  EXPECT_EQ(date_text(now), "4 Mar 2025, 10:00");
}

TEST(Phrase, SourcesAreShortAndCounted) {
  const auto now = *base::parse_date_time("2025-03-04T10:00:00+01:00");
  const Source a{"Observation/a", "", "2025-03-02"}, b{"Observation/b", "", "2025-03-02"};
  const Source c{"Condition/c", "", "2024-01-01"}, d{"Condition/d", "", ""};
  EXPECT_EQ(sources_text({a}, now), "2 Mar, Observation/a");
  EXPECT_EQ(sources_text({a, b}, now), "2 Mar, Observation/a and b");
  EXPECT_EQ(sources_text({a, c}, now), "2 Mar, Observation/a; 1 Jan 2024, Condition/c");
  EXPECT_EQ(sources_text({a, b, c, d}, now),
            "2 Mar, Observation/a, b; 1 Jan 2024, Condition/c and 1 more");
  EXPECT_EQ(sources_text({d}, now), "Condition/d");
  EXPECT_EQ(sources_text({}, now), "");
}

TEST(Phrase, Durations) {
  EXPECT_EQ(duration_text(30), "30 min");
  EXPECT_EQ(duration_text(60), "1 hour");
  EXPECT_EQ(duration_text(90), "90 min");
  EXPECT_EQ(duration_text(24 * 60), "1 day");
  EXPECT_EQ(duration_text(7 * 24 * 60), "7 days");
  EXPECT_EQ(duration_text(0), "0 min");
}

TEST(Phrase, LowersWordsButNotNames) {
  EXPECT_EQ(lower_first("Back pain"), "back pain");
  EXPECT_EQ(lower_first("CRP"), "CRP");
  EXPECT_EQ(lower_first("S. aureus"), "S. aureus");
  EXPECT_EQ(lower_first(""), "");
}

TEST(Phrase, OnlyWhatOneRecordedFactKeepsAwayIsWorthALook) {
  const Plan plan = plan_of({{"back-pain", "false"}, {"crp", "80"}, {"mri-not-possible", "true"}});
  EXPECT_TRUE(Phrases::worth_a_look(item_of(plan, "TST-7")));    // the CRP alone
  EXPECT_TRUE(Phrases::worth_a_look(item_of(plan, "TST-2")));    // the pain alone
  EXPECT_FALSE(Phrases::worth_a_look(item_of(plan, "TST-10")));  // two facts
  const Plan blocked = plan_of(suspected_and({{"mri-not-possible", "true"}}));
  EXPECT_TRUE(Phrases::worth_a_look(item_of(blocked, "TST-3")));
  EXPECT_TRUE(Phrases::worth_a_look(item_of(plan_of(suspected()), "TST-4")));  // replaced
}

TEST(Phrase, QuestionsAreTheFewestThatDecide) {
  const Plan plan = plan_of({});
  const Phrases phrases(plan, false);
  std::set<const Item*> decided;
  std::set<const Fact*> facts;
  for (const auto& question : phrases.questions()) {
    EXPECT_TRUE(facts.insert(question.fact).second);
    for (const Item* item : question.decides) EXPECT_TRUE(decided.insert(item).second);
  }
  for (const Item* item : phrases.not_decided_by_one()) {
    EXPECT_TRUE(decided.insert(item).second);
  }
  EXPECT_EQ(decided.size(), plan.undecided.size());
  EXPECT_EQ(phrases.not_decided_by_one().size(), 1u);  // TST-11
}

// ---- text

TEST(Text, NeverExceedsItsWidth) {
  const Plan plan = full_plan();
  for (int width = 60; width <= 200; width += 7) {
    for (const bool all : {false, true}) {
      for (const auto& line : lines_of(write_text(plan, {false, width, all}))) {
        EXPECT_LE(columns(line), static_cast<std::size_t>(width)) << line;
        EXPECT_TRUE(line.empty() || line.back() != ' ') << "'" << line << "'";
      }
    }
  }
}

TEST(Text, ColourAddsInkAndNothingElse) {
  const Plan plan = full_plan();
  for (const int width : {60, 80, 110}) {
    const std::string plain = write_text(plan, {false, width, false});
    const std::string inked = write_text(plan, {true, width, false});
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_NE(inked.find('\x1b'), std::string::npos);
    EXPECT_EQ(without_ink(inked), plain);
  }
}

TEST(Text, WidthOnlyMovesLineBreaks) {
  const auto words = [](const std::string& text) {
    std::stringstream stream(text);
    std::multiset<std::string> out;
    for (std::string word; stream >> word;) out.insert(word);
    return out;
  };
  const Plan plan = full_plan();
  EXPECT_EQ(words(write_text(plan, {false, 60, true})),
            words(write_text(plan, {false, 200, true})));
}

TEST(Text, ShowsEveryAdviceWithItsParts) {
  const Plan plan = full_plan();
  const std::string text = write_text(plan, {false, 200, false});
  for (const auto& item : plan.advised) {
    EXPECT_TRUE(has(text, item.recommendation->title + " [" + item.recommendation->id + "]"));
    EXPECT_TRUE(has(text, item.what)) << item.what;
  }
  EXPECT_TRUE(has(text, "CRP: 148 mg/L (3 Mar, Observation/crp)")) << text;
  EXPECT_TRUE(has(text, "Not advised if CRP: 5 mg/L")) << text;
  EXPECT_TRUE(has(text, "overdue since 3 Mar, 12:00"));
  EXPECT_TRUE(has(text, "Strong, certainty moderate (DX-1)"));
  EXPECT_TRUE(has(text, "certainty very low, sources disagree (SUR-1)")) << text;
  EXPECT_TRUE(has(text, "partly unverified (ABX-1, DX-1)"));
  EXPECT_TRUE(has(text, "Against Get up early [TST-6]: this comes first"));
  EXPECT_TRUE(has(text, "Removed: Anaphylaxis to penicillin [SAFE-1]"));
  EXPECT_TRUE(has(text, "Dose not verified: cefazolin"));
  EXPECT_TRUE(has(text, "Check first: Long QT [SAFE-2]"));
}

// Where the evidence base speaks against itself the reader learns it, with what was chosen.
TEST(Text, TellsWhereTheSourcesDisagree) {
  const std::string conflict =
      "C-01, the sources disagree: one source (SUR-1) and another. Chosen: the first, because it "
      "was "
      "read whole.";
  const Plan plan = full_plan();
  EXPECT_TRUE(has(write_html(plan), conflict));
  EXPECT_TRUE(has(write_json(plan), "\"conflict\"") && has(write_json(plan), conflict));
  for (const auto& item : plan.advised) {
    const bool disputed = item.recommendation->evidence.front() == "SUR-1";
    EXPECT_EQ(has(write_item_text(plan, item, {false, 200, false}), conflict), disputed);
  }
}

TEST(Text, SpeaksWithoutMachineWords) {
  const std::string text = write_text(full_plan(), {false, 80, false});
  for (const char* word : {"not-advised", "Z", "T10:00", "+01:00"}) {
    EXPECT_FALSE(has(text, word)) << word;
  }
}

TEST(Text, WhatIsLeftOutIsCounted) {
  const Plan plan = plan_of({{"back-pain", "false"}});
  const std::string brief = write_text(plan, {false, 80, false});
  const std::string whole = write_text(plan, {false, 80, true});
  std::size_t hidden = 0;
  for (const auto& item : plan.not_advised) {
    EXPECT_TRUE(has(whole, "[" + item.recommendation->id + "]"));
    if (!has(brief, "[" + item.recommendation->id + "]")) ++hidden;
  }
  ASSERT_GT(hidden, 0u);
  EXPECT_TRUE(has(brief, std::to_string(hidden) + " more, which no single recorded fact")) << brief;
}

TEST(TextPage, WrapsAndIndents) {
  TextPage page(60, false);
  page.wrap("  - ", std::string(40, 'a') + " " + std::string(40, 'b'));
  page.field("why", {"one", "", "two"});
  EXPECT_EQ(page.take(), "  - " + std::string(40, 'a') + "\n    " + std::string(40, 'b') +
                             "\n     why       one\n               two\n");
}

// ---- page

// The longest id that FHIR allows, and words without a blank.
TEST(TextPage, BreaksWhatIsWiderThanTheLine) {
  TextPage page(80, false);
  const std::string id(64, 'a');
  page.wrap("               ", "because (Observation/" + id + "), then");
  EXPECT_EQ(page.take(), "               because\n               (Observation/\n               " +
                             id + ")\n               , then\n");
  page.wrap("  - ", std::string(100, 'b') + " " + std::string(20, 'c'));
  EXPECT_EQ(page.take(), "  - " + std::string(76, 'b') + "\n    " + std::string(24, 'b') + " " +
                             std::string(20, 'c') + "\n");
  std::string accents;
  for (int i = 0; i < 70; ++i) accents += "\xC3\xA9";
  TextPage narrow(60, false);
  narrow.wrap("", accents);
  EXPECT_EQ(narrow.take(), accents.substr(0, 120) + "\n" + accents.substr(120) + "\n");
}

TEST(Html, IsOnePageWithoutScriptOrRequest) {
  const std::string html = write_html(full_plan());
  for (const char* forbidden : {"<script", "http://", "src=", "@import", "url("}) {
    EXPECT_FALSE(has(html, forbidden)) << forbidden;
  }
  EXPECT_TRUE(has(html, "<html lang=\"en\">"));
  EXPECT_TRUE(has(html, "size: A4"));
}

TEST(Html, TagsAreClosedAndIdsUnique) {
  const std::string html = write_html(full_plan());
  std::vector<std::string> open;
  const std::set<std::string> single = {"meta", "br", "!doctype"};
  const std::regex tag("<(/?)([a-z0-9!]+)[^>]*>");
  for (std::sregex_iterator at(html.begin(), html.end(), tag), end; at != end; ++at) {
    const std::string name = (*at)[2];
    if (single.contains(name)) continue;
    if ((*at)[1].length() == 0) {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
  std::set<std::string> ids;
  const std::regex id(" id=\"([^\"]*)\"");
  for (std::sregex_iterator at(html.begin(), html.end(), id), end; at != end; ++at) {
    EXPECT_TRUE(ids.insert((*at)[1]).second) << (*at)[1];
  }
  const std::regex link("href=\"#([^\"]*)\"");
  for (std::sregex_iterator at(html.begin(), html.end(), link), end; at != end; ++at) {
    EXPECT_TRUE(ids.contains((*at)[1])) << (*at)[1];
  }
}

TEST(Html, TextOfTheRecordStaysText) {
  Plan plan = full_plan();
  plan.description = "</style><script>alert(1)</script> \" } @import 'x' \\";
  plan.state = "<b>&";
  const std::string html = write_html(plan);
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_FALSE(has(html, "<b>"));
  const std::string style = html.substr(0, html.find("</style>"));
  EXPECT_FALSE(has(style.substr(style.find("<style>")), "@import"));
  EXPECT_TRUE(has(html, "&lt;b&gt;&amp;"));
  // The style ends once, where the writer ends it.
  EXPECT_EQ(html.find("</style>"), html.rfind("</style>"));
}

TEST(Html, FoldsAwayWithACountAndOpensOnDemand) {
  const Plan plan = plan_of({{"back-pain", "false"}});
  EXPECT_TRUE(has(write_html(plan), "<details><summary>"));
  EXPECT_TRUE(has(write_html(plan, true), "<details open><summary>"));
  for (const auto& item : plan.not_advised) {
    EXPECT_TRUE(has(write_html(plan), item.recommendation->id));
  }
}

// ---- FHIR

struct Bundle {
  explicit Bundle(const Plan& plan) : text(write_fhir(plan)), root(parser.parse(text)) {}
  std::vector<dom::element> of(std::string_view type) {
    std::vector<dom::element> out;
    for (dom::element entry : dom::array(root["entry"])) {
      if (std::string_view(entry["resource"]["resourceType"]) == type) {
        out.push_back(entry["resource"]);
      }
    }
    return out;
  }
  dom::element by_id(std::string_view id) {
    for (dom::element entry : dom::array(root["entry"])) {
      if (std::string_view(entry["resource"]["id"]) == id) return entry["resource"];
    }
    ADD_FAILURE() << "no entry " << id;
    return root;
  }
  dom::parser parser;
  std::string text;
  dom::element root;
};

TEST(Fhir, NothingIsAnOrder) {
  Bundle bundle(full_plan());
  for (const char* type :
       {"ServiceRequest", "MedicationRequest", "Task", "RequestGroup", "CarePlan"}) {
    const auto found = bundle.of(type);
    EXPECT_FALSE(found.empty()) << type;
    for (const auto& resource : found) {
      EXPECT_EQ(std::string_view(resource["intent"]), "proposal") << type;
      EXPECT_EQ(std::string_view(resource["status"]), "draft") << type;
    }
  }
}

TEST(Fhir, WhatIsToBeAvoidedIsNoRequestForIt) {
  Bundle bundle(full_plan());
  const auto codes = bundle.by_id("task-tst-10")["code"]["coding"];
  EXPECT_EQ(std::string_view(codes.at(1)["code"]), "avoid");
  EXPECT_TRUE(bundle.by_id("order-tst-1")["doNotPerform"].error() != simdjson::SUCCESS);
}

TEST(Fhir, ADoseIsStructuredOnlyWhenItIsUnderstood) {
  Bundle known(full_plan());
  const auto cefazolin = known.by_id("drug-tst-2-opt-002-1")["dosageInstruction"].at(0);
  EXPECT_EQ(std::string_view(cefazolin["text"]),
            "Cefazolin IV 2 g q8h (the dose at CrCl 85 mL/min)");
  EXPECT_EQ(std::int64_t(cefazolin["doseAndRate"].at(0)["doseQuantity"]["value"]), 2);
  EXPECT_EQ(std::int64_t(cefazolin["timing"]["repeat"]["period"]), 8);
  // A range is not one dose.
  const auto range = known.by_id("drug-tst-2-opt-002-2")["dosageInstruction"].at(0);
  EXPECT_TRUE(range["doseAndRate"].error() != simdjson::SUCCESS);
  EXPECT_TRUE(range["timing"].error() != simdjson::SUCCESS);
  // Another dose for this kidney, and a kidney that is not known, leave it to the text.
  for (const auto& more : {std::vector<Finding>{{"clearance", "20"}}, std::vector<Finding>{},
                           std::vector<Finding>{{"haemodialysis", "true"}}}) {
    Bundle other(plan_of(suspected_and(more)));
    const auto dosage = other.by_id("drug-tst-2-opt-002-1")["dosageInstruction"].at(0);
    EXPECT_TRUE(dosage["doseAndRate"].error() != simdjson::SUCCESS);
  }
}

TEST(Fhir, RemovedAndUnsettledOptionsAreNotProposed) {
  Bundle bundle(full_plan());
  for (const auto& request : bundle.of("MedicationRequest")) {
    EXPECT_EQ(std::string_view(request["groupIdentifier"]["value"]), "OPT-002");
  }
}

TEST(Fhir, OneOfTheRegimensIsChosen) {
  Bundle bundle(plan_of(suspected_and({{"mrsa-risk", "true"}})));
  bool found = false;
  for (dom::element action : dom::array(bundle.by_id("actions")["action"])) {
    if (std::string_view(action["prefix"]) != "TST-2") continue;
    found = true;
    const auto regimens = action["action"].at(1);
    EXPECT_EQ(std::string_view(regimens["selectionBehavior"]), "exactly-one");
    EXPECT_EQ(dom::array(regimens["action"]).size(), 2u);
    // A regimen of two drugs is taken whole.
    EXPECT_EQ(std::string_view(regimens["action"].at(0)["selectionBehavior"]), "all");
    EXPECT_EQ(dom::array(regimens["action"].at(0)["action"]).size(), 2u);
  }
  EXPECT_TRUE(found);
}

TEST(Fhir, ReferencesInsideResolveAndThoseOutsideAreOfTheRecord) {
  const Plan plan = full_plan();
  Bundle bundle(plan);
  std::set<std::string> urls;
  for (dom::element entry : dom::array(bundle.root["entry"])) {
    EXPECT_TRUE(urls.insert(std::string(std::string_view(entry["fullUrl"]))).second);
  }
  const std::regex reference("\"reference\": \"([^\"]*)\"");
  std::size_t inside = 0;
  for (std::sregex_iterator at(bundle.text.begin(), bundle.text.end(), reference), end; at != end;
       ++at) {
    const std::string target = (*at)[1];
    if (target.starts_with("urn:uuid:")) {
      ++inside;
      EXPECT_TRUE(urls.contains(target)) << target;
    } else {
      EXPECT_TRUE(target.starts_with("Observation/") || target == "Patient/p1") << target;
    }
  }
  EXPECT_GT(inside, 10u);
}

TEST(Fhir, AnotherPersonOrMomentHasOtherEntries) {
  const auto url = [](const Plan& plan) {
    Bundle bundle(plan);
    return std::string(std::string_view(bundle.root["entry"].at(0)["fullUrl"]));
  };
  EXPECT_EQ(url(full_plan()), url(full_plan()));
  EXPECT_NE(url(plan_of(suspected())), url(plan_of(suspected(), "2025-03-04T10:00:01+01:00")));
  EXPECT_TRUE(std::regex_match(
      url(full_plan()),
      std::regex("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
}

TEST(Fhir, WhatCouldNotBeReadIsSaid) {
  Plan plan = full_plan();
  plan.unreadable = {{.line = "Observation/x: a CRP without a unit"}};
  Bundle bundle(plan);
  const auto outcome = bundle.by_id("reading");
  EXPECT_EQ(std::string_view(outcome["issue"].at(0)["diagnostics"]), plan.unreadable.front().line);
  EXPECT_TRUE(has(bundle.text, "evaluationMessage"));
}

}  // namespace
}  // namespace nidus::pathway
