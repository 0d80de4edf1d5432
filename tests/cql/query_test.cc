// SPDX-License-Identifier: Apache-2.0
#include "engine_testing.h"

namespace nidus::cql {
namespace {

TEST(Query, EveryClause) {
  const Program program = compile_libraries({"Queries"});
  const fhir::Record record = record_of(kNobody);
  Evaluation evaluation(program, record, options_at("2025-03-04T10:00:00.000+01:00"));
  expect_all(evaluation, program, "Queries",
             {{"Where", "{3, 2}"},
              {"Where Null", "{3}"},
              {"Let", "{7, 5}"},
              {"With", "{'a', 'b', 'c'}"},
              {"Without", "{'d'}"},
              {"Two Sources", "{13, 23, 11, 21, 12, 22}"},
              {"Two Sources Tuple", "{{A: 1, B: 'x'}, {A: 1, B: 'y'}}"},
              {"Two Sources Where", "{{a: 1, b: 3}, {a: 1, b: 2}, {a: 2, b: 3}}"},
              {"Sort Ascending", "{1, 2, 3}"},
              {"Sort Descending", "{3, 2, 1}"},
              {"Sort Column", "{'a', 'c', 'b', 'd'}"},
              {"Sort Stable", "{'d', 'b', 'a', 'c'}"},
              {"Sort Expression", "{'d', 'c', 'a', 'b'}"},
              {"Sort Return", "{@2025-01-01, @2025-01-02, @2025-01-03, @2025-01-04}"},
              {"Aggregate", "106"},
              {"Aggregate No Start", "6"},
              {"Aggregate Distinct", "6"},
              {"Aggregate Two", "36"},
              {"Nested", "{2, 1, 2, 0}"},
              {"Scalar Source", "2"},
              {"Null Source", "null"},
              {"Null Scalar", "null"},
              {"Empty", "{}"},
              {"Exists", "{true, false, false}"},
              {"First", "3"},
              {"Last", "'d'"},
              {"Count Where", "2"},
              {"Shadow", "{{30}, {20}}"},
              {"Distinct Tuples", "{{r: 2}, {r: 1}, {r: null}}"},
              // 00:45Z, 01:30Z, 10:00Z, 14:30Z: by instant, though their texts stand otherwise.
              {"Mixed Offsets",
               "{@2025-03-30T01:45:00.000+01:00, @2025-03-30T03:30:00.000+02:00, "
               "@2025-03-30T10:00:00.000Z, @2025-03-30T09:30:00.000-05:00}"}});
}

}  // namespace
}  // namespace nidus::cql
