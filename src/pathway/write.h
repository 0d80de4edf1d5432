// SPDX-License-Identifier: Apache-2.0
//
// A Plan in the forms people and machines read. Every writer is pure: same plan, same bytes.
// Thread rule: free functions.
#pragma once

#include <string>

#include "pathway/plan.h"

namespace nidus::pathway {

struct ResponseReport;  // response.h

struct TextStyle {
  bool colour = false;
  int width = 80;        // columns, at least 60
  bool verbose = false;  // every fact, flip, evidence id and considered entry
};

std::string write_text(const Plan& plan, const TextStyle& style);
// One item with everything behind it, for `nidus why`.
std::string write_item_text(const Plan& plan, const Item& item, const TextStyle& style);
std::string write_json(const Plan& plan);  // docs/schemas/plan.schema.json
// One self-contained page; prints on A4. `all` opens what it folds away. `response`: of the same
// record and moment; its charts stand on the page of a person who is treated.
std::string write_html(const Plan& plan, bool all = false,
                       const ResponseReport* response = nullptr);
std::string write_fhir(const Plan& plan);  // R4 Bundle (collection)

// The item with recommendation `id`, whatever its standing; nullptr when there is none.
const Item* find_item(const Plan& plan, std::string_view id);

}  // namespace nidus::pathway
