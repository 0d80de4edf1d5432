// SPDX-License-Identifier: Apache-2.0
//
// Rows of tables/dosing.csv for one person: kidney band or kind of dialysis, weight, liver.
// Internal to the room. Thread rule: a function of its arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pathway/dosing.h"

namespace nidus::pathway {

// What the rows ask about a person.
struct DosePerson {
  std::vector<double> inputs;       // by Library::inputs, NaN when unknown
  std::optional<double> clearance;  // mL/min, the key of the table
  bool haemodialysis = false;
  bool continuous_replacement = false;
  bool peritoneal_dialysis = false;
  bool prolonged_dialysis = false;  // hours a day, between the other two
  std::optional<bool> cirrhosis;
  std::string child_pugh;  // "A" "B" "C", empty when not recorded
};

DoseTableLine table_line(const pharmacology::Library& library, const DoseRow& row,
                         const DosePerson& person);

}  // namespace nidus::pathway
