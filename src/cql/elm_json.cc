// SPDX-License-Identifier: Apache-2.0
#include "cql/elm_json.h"

namespace nidus::cql {

void Json::gather() const {
  gathered_ = true;
  simdjson::dom::object members;
  if (element_.get(members) != simdjson::SUCCESS) return;
  for (const auto member : members) members_.emplace_back(member.key, member.value);
}

}  // namespace nidus::cql
