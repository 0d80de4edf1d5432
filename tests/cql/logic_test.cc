// SPDX-License-Identifier: Apache-2.0
//
// Language without a record: logic, constructors, functions, parameters, types, messages, errors.
#include "engine_testing.h"

namespace nidus::cql {
namespace {

class Logic : public testing::Test {
 protected:
  Program program_ = compile_libraries({"Logic", "Shared"});
  fhir::Record record_ = record_of(kNobody);
  EvaluationOptions options_ = options_at("2025-03-04T10:00:00.000+01:00");
  Evaluation evaluation_{program_, record_, options_};

  void expect(std::initializer_list<Expected> table) {
    expect_all(evaluation_, program_, "Logic", table);
  }
};

TEST_F(Logic, ThreeValues) {
  expect({{"And", "{null, false, false, null}"},
          {"Or", "{true, null, true, null}"},
          {"Xor", "{null, true, null}"},
          {"Implies", "{true, null, true, null}"},
          {"Not", "{null, false}"},
          {"Is Null", "{true, false, true, true}"},
          {"If Unknown", "2"},
          {"Case Unknown", "2"},
          {"Case None", "null"},
          {"Case Comparand", "2"},
          {"Case Comparand Null", "3"},
          {"Coalesce", "4"},
          {"Coalesce List", "6"}});
}

TEST_F(Logic, OnlyWhatIsNeededIsEvaluated) {
  expect({{"Lazy And", "false"},
          {"Lazy Or", "true"},
          {"Lazy If", "1"},
          {"Lazy Case", "1"},
          {"Lazy Coalesce", "1"},
          {"Independent", "'fine'"},
          {"Uses Error Or True", "true"}});
  for (const auto* name : {"Logic.Error", "Logic.Strict And", "Logic.Uses Error"}) {
    const auto value = evaluation_.value(program_.find(name).value());
    ASSERT_FALSE(value.has_value()) << name;
    EXPECT_EQ(value.error().code, base::ErrorCode::kEvaluation);
    EXPECT_EQ(value.error().resource, name);
    // Where it happened, not where it was used.
    EXPECT_NE(value.error().message.find("Logic 32:17-32:42"), std::string::npos)
        << value.error().message;
  }
}

TEST_F(Logic, WhereOtherEnginesGoWrong) {
  expect({{"Flatten With Null", "{1, 2, null}"},
          {"Query Keeps Duplicates", "{1, 1, 2, 4, 5, 6}"},
          {"Return Is Distinct", "{1, 2}"},
          {"Return All", "{1, 2, 1}"},
          {"Long Sum", "3L"},
          {"Long Aggregate", "3L"},
          {"Predecessor", "0.99999999"},
          {"Exact", "{0.3, 0.9}"},
          {"Contains Null", "{true, null, false}"},
          {"Unknown In List", "{false, false, true}"},
          {"Sum Of Nothing", "null"},
          {"Count Of Nothing", "0"},
          {"All True", "{true, true, false}"},
          {"Year Only", "Interval[9, 40]"},
          {"Year Only Compared", "true"},
          {"Year Only Undecided", "null"},
          {"Half Dates", "{true, null, true}"}});
  for (const auto* name : {"Logic.Too Large", "Logic.Singleton Of Two"}) {
    EXPECT_FALSE(evaluation_.value(program_.find(name).value()).has_value()) << name;
  }
}

TEST_F(Logic, Constructors) {
  expect({{"Tuple", "{id: 1, text: 'x', none: null}"},
          {"Tuple Element", "'x'"},
          {"List", "{1.50, 2}"},
          {"Interval Open", "Interval[1, null)"},
          {"Interval Closed", "Interval[1, null]"},
          {"In Closed", "true"},
          {"In Open", "null"},
          {"Moment", "@2025-03-01T10:00:00.000+01:00"},
          {"Time", "@T10:15"},
          {"Code", "Code {code: '1988-5', system: 'https://example.org/local'}"},
          {"Concept",
           "Concept {codes: {Code {code: 'a', system: 'https://example.org/local'}, Code {code: "
           "'b', system: 'https://example.org/local'}}, display: 'both'}"},
          {"Ratio", "1 'mg':2 'mL'"},
          {"Quantity", "1.5 'mg'"},
          {"Quantity Value", "1.5"},
          {"Days", "3 'days'"},
          {"Maximum", "2147483647"},
          {"Minimum Date", "@0001-01-01"}});
}

TEST_F(Logic, ParametersHaveDefaultsAndAreGivenByName) {
  expect({{"Threshold Used", "51.0"}, {"Window Given", "false"}, {"Limits", "{7, 10}"}});
  auto options = options_;
  base::Arena arena;
  options.parameters = {
      {"Threshold", Value::decimal(arena, base::Decimal::parse("3.5").value())},
      {"Shared.Limit", Value::integer(20)},
      {"Window", Value::of(arena.make<Interval>(Value::date_time(options.as_of), Value()))}};
  Evaluation given(program_, record_, options);
  expect_all(given, program_, "Logic",
             {{"Threshold Used", "4.5"}, {"Window Given", "true"}, {"Limits", "{7, 20}"}});
}

TEST_F(Logic, FunctionsAreChosenByTheirOperandTypes) {
  expect(
      {{"Overloads", "{i: 8, s: 'abab', l: {2, 4}}"}, {"Nested Calls", "644"}, {"Included", "42"}});
}

TEST_F(Logic, Types) {
  expect({{"As Wrong", "null"},
          {"Is", "{true, false}"},
          {"Convert", "12"},
          {"Convert Wrong", "null"}});
  EXPECT_FALSE(evaluation_.value(program_.find("Cast Wrong").value()).has_value());
}

TEST_F(Logic, MessagesAreKeptAndAnErrorEnds) {
  expect({{"Noted", "5"}, {"Silent", "6"}});
  ASSERT_EQ(evaluation_.messages().size(), 1u);
  EXPECT_NE(evaluation_.messages()[0].find("take care"), std::string::npos);
  EXPECT_NE(text_of(evaluation_, program_, "Stopped").find("error: code-3: cannot go on"),
            std::string::npos);
  EXPECT_NE(text_of(evaluation_, program_, "After Stopped").find("cannot go on"),
            std::string::npos);
}

TEST_F(Logic, TheClockIsTheMomentOfJudging) {
  expect({{"Clock", "{@2025-03-04T10:00:00.000+01:00, @2025-03-04T10:00:00.000+01:00}"},
          {"Day", "@2025-03-04"},
          {"Same Instant", "false"},  // 10:00+01:00 is 09:00Z
          {"Everywhere", "2"}});
  EXPECT_FALSE(program_.definitions()[program_.find("Logic.Everywhere").value()].per_patient);
  EXPECT_TRUE(program_.is_boolean(program_.find("Logic.Lazy And").value()));
  EXPECT_FALSE(program_.is_boolean(program_.find("Logic.And").value()));
}

}  // namespace
}  // namespace nidus::cql
