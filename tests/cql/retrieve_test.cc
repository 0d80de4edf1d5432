// SPDX-License-Identifier: Apache-2.0
//
// A record seen from CQL: retrieves, choice elements, primitives, membership, FHIRHelpers.
#include "engine_testing.h"

namespace nidus::cql {
namespace {

class Records : public testing::Test {
 protected:
  Program program_ = compile_libraries({"Records"});
  fhir::Record record_ = record_of(read_text("records/person.json"));
  Evaluation evaluation_{program_, record_, options_at("2025-05-01T10:00:00.000+02:00")};

  void expect(std::initializer_list<Expected> table) {
    expect_all(evaluation_, program_, "Records", table);
  }
};

TEST_F(Records, RetrievesByTypeAndCode) {
  expect({{"All Observations", "5"},
          {"CRP Observations", "{'crp-1', 'crp-2'}"},
          {"Leukocyte Observations", "{'wbc-1'}"},
          {"Laboratory Observations", "{'crp-1'}"},
          {"Concept Observations", "{'wbc-1'}"},
          {"Final Observations", "{'crp-1', 'crp-2', 'crp-elsewhere'}"},
          {"No Procedures", "false"},
          {"Medicines", "{'by-code', 'by-reference'}"},
          {"Known Conditions", "{'Back pain'}"}});
}

TEST_F(Records, ChoiceElementsAndPrimitives) {
  expect({{"Latest CRP Id", "'crp-1'"},  // 14:30Z, though "09:30" stands before "14:00"
          {"CRP In Time", "{'crp-2', 'crp-1'}"},
          {"CRP Number", "148"},
          {"CRP Text", "null"},
          {"CRP High", "true"},
          {"CRP Converted", "148 'mg/L'"},
          {"Final", "true"},
          {"Status Case", "'done'"},
          {"Effective", "'2025-03-04T09:30:00-05:00'"},
          {"Effective Moment", "@2025-03-04T09:30:00-05:00"},
          {"Effective Kinds", "{'moment', 'moment', 'period', 'none', 'none'}"},
          {"During March", "{'crp-1', 'crp-2'}"},
          {"Period Only Null", "{'crp-1', 'crp-2'}"}});
}

TEST_F(Records, MissingExtendedRepeated) {
  expect({{"Birth Date", "@1961-05-02"},
          {"Birth Date Present", "true"},
          {"Birth Time", "@1961-05-02T07:30:00+01:00"},
          {"Gender", "null"},
          {"Gender Present", "true"},
          {"Gender Why", "'unknown'"},
          {"Birth Place", "'Leiden'"},
          {"Given", "{'Anna', null}"},
          {"Given Values", "{'Anna', null}"},
          {"Given Second", "null"},
          {"Given Second Masked", "true"},
          {"Family", "'Jansen'"},
          {"Address", "null"},
          {"Missing", "null"},
          {"Managing", "'Organization/o1'"},
          {"Age", "63"},
          {"Age At", "63"}});
}

TEST_F(Records, Membership) {
  expect({{"Code In", "true"},
          {"Code Out", "false"},
          {"String In", "true"},
          {"Null In", "false"},
          {"Any In", "true"},
          {"List In", "true"},
          {"In System", "true"},
          {"Equivalent", "false"},
          {"Concept Codes",
           "Concept {codes: {Code {code: '1988-5', system: 'http://loinc.org', display: 'CRP'}}, "
           "display: 'CRP'}"}});
}

TEST_F(Records, FhirHelpers) {
  expect({{"Range", "Interval[0.5 'mg/L', 5 'mg/L']"},
          {"Comparator Value", "{null}"},
          {"Period Closed", "Interval[@2025-03-31T21:00:00Z, @2025-03-31T22:30:00Z]"},
          {"Boolean", "true"},
          {"Active", "true"},
          {"Organism", "{'Staphylococcus aureus'}"},
          {"Component", "{0.50, null, 2}"}});
}

}  // namespace
}  // namespace nidus::cql
