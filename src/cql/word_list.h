// SPDX-License-Identifier: Apache-2.0
//
// Lists of words that are the same in every evaluation and are looked into again and again: behind
// the items stands an index of them. Internal to the room. Thread rule: constant once made.
#pragma once

#include <span>
#include <string_view>

#include "cql/value.h"

namespace nidus::cql {

// A list of these items in the arena; with an index, when that pays: they are strings, and not few.
// REQUIRES: the texts outlive the arena.
Value constant_list(base::Arena& arena, std::span<const Value> items);

// REQUIRES: list.is_indexed().
bool indexed_list_holds(const Value& list, std::string_view word);

}  // namespace nidus::cql
