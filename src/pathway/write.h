// SPDX-License-Identifier: Apache-2.0
//
// A Plan in the forms people and machines read. Every writer is pure: same plan, same bytes.
// Thread rule: free functions.
#pragma once

#include <string>

#include "pathway/plan.h"

namespace nidus::pathway {

struct TextStyle {
  bool colour = false;
  int width = 80;        // columns, at least 60
  bool verbose = false;  // also every considered recommendation, and all evidence texts
};

std::string write_text(const Plan& plan, const TextStyle& style);
// One item with everything behind it, for `nidus why`.
std::string write_item_text(const Plan& plan, const Item& item, const TextStyle& style);
std::string write_json(const Plan& plan);  // docs/schemas/plan.schema.json
std::string write_html(const Plan& plan);  // one self-contained page; prints on A4
std::string write_fhir(const Plan& plan);  // R4 Bundle (collection)

// The item with recommendation `id`, whatever its standing; nullptr when there is none.
const Item* find_item(const Plan& plan, std::string_view id);

// "penicillin G iv 4 MU q4h" for one component, with the kidney's band where it differs.
std::string component_text(const ShownComponent& component);
// What a mark of evidence means to a person ("from memory, unverified"); empty for solid ones.
std::string mark_text(std::string_view mark);

}  // namespace nidus::pathway
