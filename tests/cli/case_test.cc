// SPDX-License-Identifier: Apache-2.0
// Every worked patient of guideline/cases/ through the plan as a user gets it.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/command.h"
#include "fhir/record.h"
#include "pathway/replay.h"
#include "pathway/screen.h"
#include "pathway/why.h"
#include "pathway/write.h"

namespace nidus {
namespace {

namespace dom = simdjson::dom;

const std::filesystem::path kCases =
    std::filesystem::path(NIDUS_SOURCE_DIR) / "build/guideline/cases";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const pathway::Guideline& guideline() {
  static const auto loaded = cli::load_guideline({});
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().to_string());
  return *loaded;
}

std::vector<std::string> case_ids() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".expect.json")) out.push_back(name.substr(0, name.size() - 12));
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct Patient {
  std::string bundle;
  base::DateTime as_of;
};

Patient patient(const std::string& id, dom::parser& parser, dom::element& expect) {
  Patient out;
  out.bundle = read(kCases / (id + ".json"));
  dom::element root = parser.parse(read(kCases / (id + ".expect.json")));
  expect = root["expect"];
  out.as_of = *base::parse_date_time(std::string_view(root["as_of"]));
  if (!out.as_of.has_offset()) out.as_of.offset_minutes = 0;
  return out;
}

pathway::Plan plan_of(const Patient& who) {
  const auto record = fhir::Record::parse(who.bundle, "case");
  EXPECT_TRUE(record) << (record ? "" : record.error().to_string());
  const auto known = record->as_known_at(who.as_of, who.as_of.offset_minutes);
  auto plan = pathway::make_plan(guideline(), known, {who.as_of, true});
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().to_string());
  return std::move(*plan);
}

std::string standing(const pathway::Plan& plan, std::string_view id) {
  const auto* item = pathway::find_item(plan, id);
  return item == nullptr ? "(no such recommendation)" : pathway::word(item->standing);
}

void gets_what_the_case_says(const pathway::Plan& plan, const dom::element& expect) {
  EXPECT_TRUE(plan.messages.empty()) << plan.messages.front();
  for (std::string_view id : dom::array(expect["advised"])) {
    EXPECT_EQ(standing(plan, id), "advised") << id;
  }
  for (std::string_view id : dom::array(expect["never"])) {
    EXPECT_NE(standing(plan, id), "advised") << id;
  }
  for (std::string_view id : dom::array(expect["undecided"])) {
    EXPECT_EQ(standing(plan, id), "undecided") << id;
  }
  const auto has_category = [&](std::string_view category) {
    return std::any_of(plan.advised.begin(), plan.advised.end(),
                       [&](const auto& item) { return item.recommendation->category == category; });
  };
  for (std::string_view category : dom::array(expect["categories"]["advised"])) {
    EXPECT_TRUE(has_category(category)) << category;
  }
  for (std::string_view category : dom::array(expect["categories"]["never"])) {
    EXPECT_FALSE(has_category(category)) << category;
  }
}

void gets_the_options_the_case_says(const pathway::Plan& plan, const dom::element& expect) {
  for (const auto [id, wanted] : dom::object(expect["options"])) {
    const auto* item = pathway::find_item(plan, id);
    ASSERT_NE(item, nullptr) << id;
    std::vector<std::string> offered;
    for (const auto& option : item->options) {
      if (option.standing == pathway::OptionStanding::kOffered)
        offered.push_back(option.option->id);
    }
    std::string_view first;
    if (wanted["first"].get(first) == simdjson::SUCCESS) {
      ASSERT_FALSE(offered.empty()) << id;
      EXPECT_EQ(offered.front(), first) << id;
    }
    dom::array list;
    if (wanted["offered"].get(list) == simdjson::SUCCESS) {
      for (std::string_view option : list) {
        EXPECT_NE(std::find(offered.begin(), offered.end(), option), offered.end()) << option;
      }
    }
    if (wanted["never"].get(list) == simdjson::SUCCESS) {
      for (std::string_view option : list) {
        EXPECT_EQ(std::find(offered.begin(), offered.end(), option), offered.end()) << option;
      }
    }
  }
  // Rows and cautions that an option must carry, decided or not, and what must have removed one.
  const auto carries = [&](std::string_view option, std::string_view id, bool removal) {
    const auto named = [&](const auto& stops) {
      return std::any_of(stops.begin(), stops.end(),
                         [&](const auto* stop) { return stop->id == id; });
    };
    for (const auto& item : plan.advised) {
      for (const auto& shown : item.options) {
        if (shown.option->id != option) continue;
        if (removal && shown.standing != pathway::OptionStanding::kRemoved) continue;
        if (removal && named(shown.removed_by)) return true;
        if (!removal && named(shown.cautions)) return true;
        for (const auto& warning : shown.warnings) {
          if (!removal && warning.stop->id == id) return true;
        }
        for (const auto& met : shown.interactions) {
          if (met.row->id == id && met.row->forbids() == removal) return true;
        }
      }
    }
    return false;
  };
  for (const bool removal : {false, true}) {
    for (const auto [option, ids] : dom::object(expect[removal ? "removed" : "cautions"])) {
      for (std::string_view id : dom::array(ids)) {
        EXPECT_TRUE(carries(option, id, removal)) << option << " " << id;
      }
    }
  }
  for (std::string_view prefix : dom::array(expect["avoid_drugs"])) {
    for (const auto& item : plan.advised) {
      for (const auto& option : item.options) {
        if (option.standing != pathway::OptionStanding::kOffered) continue;
        for (const auto& part : option.components) {
          EXPECT_FALSE(part.component->atc.starts_with(prefix))
              << item.recommendation->id << " offers " << part.component->agent;
        }
      }
    }
  }
}

void is_told_in_the_words_the_case_says(const pathway::Plan& plan, const dom::element& expect) {
  for (const bool said : {true, false}) {
    for (const auto [id, texts] : dom::object(expect[said ? "says" : "unsaid"])) {
      const auto* item = pathway::find_item(plan, id);
      ASSERT_NE(item, nullptr) << id;
      for (std::string_view text : dom::array(texts)) {
        EXPECT_EQ(item->what.find(text) != std::string::npos, said)
            << id << ": " << text << "\nin: " << item->what;
      }
    }
  }
}

void says_why_and_is_the_same_twice(const Patient& who, const pathway::Plan& plan) {
  EXPECT_FALSE(plan.due.empty());
  for (const auto& item : plan.advised) {
    EXPECT_FALSE(item.recommendation->evidence.empty()) << item.recommendation->id;
    EXPECT_FALSE(item.what.empty()) << item.recommendation->id;
    // A place of the text whose definition has no value.
    EXPECT_EQ(item.what.find("unknown "), std::string::npos) << item.what;
    EXPECT_EQ(item.what.find("  "), std::string::npos) << item.what;
  }
  const auto again = plan_of(who);
  EXPECT_EQ(pathway::write_json(plan), pathway::write_json(again));
  EXPECT_EQ(pathway::write_text(plan, {}), pathway::write_text(again, {}));
  EXPECT_EQ(pathway::write_html(plan), pathway::write_html(again));
}

void fhir_output_is_fhir(const pathway::Plan& plan) {
  const auto bundle = fhir::Record::parse(pathway::write_fhir(plan), "plan");
  ASSERT_TRUE(bundle) << (bundle ? "" : bundle.error().to_string());
  // The person's own resource is elsewhere, and the plan reports what it could not read of the
  // record.
  for (const auto& issue : bundle->issues()) {
    const bool reported = issue.resource == "OperationOutcome/reading" &&
                          issue.message.starts_with("the sender reports a problem");
    EXPECT_TRUE(reported || issue.message.find("no Patient") != std::string::npos)
        << issue.resource << " " << issue.path << ": " << issue.message;
  }
  EXPECT_EQ(bundle->of_type(fhir::type_id("CarePlan")).size(), 1u);
  EXPECT_EQ(bundle->of_type(fhir::type_id("GuidanceResponse")).size(), 1u);
}

void entry_order_changes_nothing(Patient who, const pathway::Plan& plan) {
  dom::parser bundle_parser;
  dom::element bundle = bundle_parser.parse(who.bundle);
  std::vector<std::string> entries;
  for (dom::element entry : dom::array(bundle["entry"])) entries.push_back(simdjson::minify(entry));
  std::reverse(entries.begin(), entries.end());
  std::string reversed = R"({"resourceType":"Bundle","type":"collection","entry":[)";
  for (std::size_t i = 0; i < entries.size(); ++i) reversed += (i > 0 ? "," : "") + entries[i];
  who.bundle = reversed + "]}";
  const auto other = plan_of(who);
  ASSERT_EQ(plan.advised.size(), other.advised.size());
  for (std::size_t i = 0; i < plan.advised.size(); ++i) {
    EXPECT_EQ(plan.advised[i].recommendation->id, other.advised[i].recommendation->id);
  }
}

class WorkedPatient : public testing::TestWithParam<std::string> {};

// The plan is made once for all that is asked of it.
TEST_P(WorkedPatient, GetsWhatTheCaseSays) {
  dom::parser parser;
  dom::element expect;
  const auto who = patient(GetParam(), parser, expect);
  const auto plan = plan_of(who);
  gets_what_the_case_says(plan, expect);
  gets_the_options_the_case_says(plan, expect);
  is_told_in_the_words_the_case_says(plan, expect);
  says_why_and_is_the_same_twice(who, plan);
  fhir_output_is_fhir(plan);
  entry_order_changes_nothing(who, plan);
}

TEST_P(WorkedPatient, IsScreenedAsTheCaseSays) {
  dom::parser parser;
  dom::element expect;
  const auto who = patient(GetParam(), parser, expect);
  std::string_view wanted;
  if (expect["screen"].get(wanted) != simdjson::SUCCESS) return;
  ASSERT_TRUE(guideline().screening);
  const auto record = fhir::Record::parse(who.bundle, "case");
  ASSERT_TRUE(record);
  const auto known = record->as_known_at(who.as_of, who.as_of.offset_minutes);
  const auto found = pathway::screen(guideline(), known, who.as_of);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_TRUE(found->errors.empty()) << found->errors.front();
  switch (found->standing) {
    case pathway::ScreenStanding::kPassed:
      EXPECT_EQ(wanted, "no");
      break;
    case pathway::ScreenStanding::kUndecided:
      EXPECT_EQ(wanted, "undecided");
      break;
    case pathway::ScreenStanding::kFlagged:
      EXPECT_EQ(wanted, guideline().screening->tiers[found->tier].id);
      break;
  }
}

TEST_P(WorkedPatient, HasTheValuesTheCaseSays) {
  dom::parser parser;
  dom::element expect;
  const auto who = patient(GetParam(), parser, expect);
  const dom::object wanted = expect["definitions"];
  if (wanted.size() == 0) return;
  const auto record = fhir::Record::parse(who.bundle, "case");
  ASSERT_TRUE(record) << (record ? "" : record.error().to_string());
  const auto known = record->as_known_at(who.as_of, who.as_of.offset_minutes);
  dom::parser values_parser;
  const auto text = pathway::write_values(guideline(), known, who.as_of);
  const dom::element values = values_parser.parse(text);
  for (const auto [definition, words] : wanted) {
    dom::element value;
    ASSERT_EQ(values[definition].get(value), simdjson::SUCCESS) << definition;
    std::string_view same = words;
    EXPECT_EQ(value.is_string() ? std::string(std::string_view(value)) : simdjson::minify(value),
              same)
        << definition;
  }
}

TEST_P(WorkedPatient, ReplayEndsWhereThePlanStands) {
  dom::parser parser;
  dom::element expect;
  const auto who = patient(GetParam(), parser, expect);
  const auto record = fhir::Record::parse(who.bundle, "case");
  ASSERT_TRUE(record);
  const auto replay = pathway::replay(guideline(), *record, {who.as_of, false});
  ASSERT_TRUE(replay) << (replay ? "" : replay.error().to_string());
  for (std::size_t i = 1; i < replay->steps.size(); ++i) {
    EXPECT_LT(base::epoch_ms(replay->steps[i - 1].at, 0), base::epoch_ms(replay->steps[i].at, 0));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Guideline, WorkedPatient, testing::ValuesIn(case_ids()), [](const auto& one) {
      std::string name = one.param;
      std::replace_if(
          name.begin(), name.end(),
          [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

TEST(Cases, ThereAreAtLeastTen) { EXPECT_GE(case_ids().size(), 10u); }

}  // namespace
}  // namespace nidus
