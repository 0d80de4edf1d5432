// SPDX-License-Identifier: Apache-2.0
//
// How the compiler reads ELM. Thread rule: no state. Errors: none; what is absent is empty.
#pragma once

#include <string_view>

#include "base/packed_json.h"

namespace nidus::cql {

using Json = base::PackedJson;
using base::text_at;

inline bool has(const Json& node, const base::MemberName& key) { return !node[key].is_null(); }
inline bool flag_at(const Json& node, const base::MemberName& key, bool fallback) {
  return node[key].truth().value_or(fallback);
}
template <class Visit>
void each(const Json& node, const base::MemberName& key, const Visit& visit) {
  base::for_each(node, key, visit);
}

}  // namespace nidus::cql
