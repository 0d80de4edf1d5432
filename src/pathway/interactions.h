// SPDX-License-Identifier: Apache-2.0
//
// Which rows of the guideline's interactions an option meets: with what is taken, and inside
// itself. Internal to the room. Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pathway/plan.h"

namespace nidus::pathway {

// A drug in use.
struct TakenDrug {
  std::string atc;
  std::string name;
  std::string route;  // "PO", "IV"; empty when it was not written
};

// In the order of the table. A row whose two sides are one drug is passed over.
std::vector<ShownInteraction> interactions_of(const RegimenOption& option,
                                              std::span<const TakenDrug> taken,
                                              std::span<const Interaction> rows);

}  // namespace nidus::pathway
