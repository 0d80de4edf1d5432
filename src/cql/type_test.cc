// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cql/node.h"

namespace nidus::cql {

bool TypeTest::matches(const Value& value) const {
  const auto is_one = [this](const Value& item) {
    return item.is_null() || choices.empty() || choices.front().matches(item);
  };
  switch (what) {
    case What::kAny:
      return true;
    case What::kSystem:
      return value.is(kind) || (kind == Kind::kInteger && value.is(Kind::kUncertainty));
    case What::kFhir:
      return value.is(Kind::kElement) && fhir::is_subtype(value.element_type(), fhir);
    case What::kList:
      return value.is(Kind::kList) &&
             std::all_of(value.as_list().begin(), value.as_list().end(), is_one);
    case What::kInterval:
      return value.is(Kind::kInterval) && is_one(value.as_interval().low) &&
             is_one(value.as_interval().high);
    case What::kTuple:
      return value.is(Kind::kTuple);
    case What::kChoice:
      return std::any_of(choices.begin(), choices.end(),
                         [&](const TypeTest& choice) { return choice.matches(value); });
  }
  return false;
}

}  // namespace nidus::cql
