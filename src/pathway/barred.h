// SPDX-License-Identifier: Apache-2.0
//
// Drugs that a sentence of the plan names and this person must not have. What an option may hold is
// decided by stops; words are written for everybody, so they are marked where a stop or a
// contraindicated pair bars what they name.
// Thread rule: a function of its arguments and of what `why` looks at.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/guideline.h"

namespace nidus::pathway {

// Ids of the stops and rows that bar a drug, or every drug of a class; none when it is allowed.
using WhyBarred = std::function<std::vector<std::string>(const BarredWords::Named&)>;

// `text` with BarredWords::mark behind each name that is barred. An id that the text names itself
// is not named again. `marked`, when given, tells whether there was any.
std::string mark_barred(std::string_view text, const BarredWords& words, const WhyBarred& why,
                        bool* marked = nullptr);

}  // namespace nidus::pathway
