// SPDX-License-Identifier: Apache-2.0
//
// Ages. CalculateAge is the age at the evaluation's own day; a birth date known to the year or the
// month gives a range of ages.
#include "cql/operator_moments.h"
#include "cql/operator_support.h"

namespace nidus::cql {

using base::Precision;
using ops::Arguments;

namespace {

Value age(Call& call, const NodeOptions& options, const Value& birth, const Value& at) {
  if (birth.is_null() || at.is_null()) return {};
  if (!ops::is_moment(birth) || !ops::is_moment(at)) return ops::fail(call, "an age needs dates");
  const auto unit = options.has_precision ? options.precision : Precision::kYear;
  // A birth date has no time of day: against a date-time the day alone counts, except for ages in
  // hours and less. From a moment, whole periods are counted as ever.
  const bool timed = birth.is(Kind::kDateTime) && birth.as_date_time().precision > Precision::kDay;
  if (unit <= Precision::kDay && !timed) {
    return ops::duration_between(call, ops::to_date(birth), ops::to_date(at), unit,
                                 options.is_week);
  }
  return ops::duration_between(call, ops::to_date_time(call, birth), ops::to_date_time(call, at),
                               unit, options.is_week);
}

Value run_age_at(Call& call, const NodeOptions& options, Arguments a) {
  return age(call, options, a[0], a[1]);
}

Value run_age(Call& call, const NodeOptions& options, Arguments a) {
  return age(call, options, a[0], Value::date_time(call.as_of));
}

constexpr OperatorEntry kClinicalOperators[] = {
    {"CalculateAge", 1, 1, run_age},
    {"CalculateAgeAt", 2, 2, run_age_at},
};

}  // namespace

std::span<const OperatorEntry> clinical_operators() { return kClinicalOperators; }

}  // namespace nidus::cql
