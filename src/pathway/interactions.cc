// SPDX-License-Identifier: Apache-2.0
#include "pathway/interactions.h"

#include <algorithm>

namespace nidus::pathway {

namespace {

// One side of a row: the drugs it names, and the route by which alone the pair matters.
struct Side {
  const std::vector<std::string>& prefixes;
  const std::string& route;

  // A drug by several routes, or by an unknown one, fits any.
  bool fits(std::string_view atc, std::string_view given) const {
    if (!route.empty() && !given.empty() && given.find(route) == std::string_view::npos) {
      return false;
    }
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const std::string& prefix) { return atc.starts_with(prefix); });
  }
};

void add(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// What of the option stands on `own` while something on `other` is taken or beside it in the
// option.
void meet(const Side& own, const Side& other, const RegimenOption& option,
          std::span<const TakenDrug> taken, ShownInteraction& out) {
  for (const auto& part : option.components) {
    if (!own.fits(part.atc, part.route)) continue;
    for (const auto& drug : taken) {
      if (drug.atc == part.atc || !other.fits(drug.atc, drug.route)) continue;
      add(out.agents, part.agent);
      add(out.taken, drug.name);
    }
    for (const auto& beside : option.components) {
      if (beside.atc == part.atc || !other.fits(beside.atc, beside.route)) continue;
      add(out.agents, part.agent);
      add(out.agents, beside.agent);
    }
  }
}

}  // namespace

std::vector<ShownInteraction> interactions_of(const RegimenOption& option,
                                              std::span<const TakenDrug> taken,
                                              std::span<const Interaction> rows) {
  std::vector<ShownInteraction> out;
  for (const auto& row : rows) {
    ShownInteraction shown;
    shown.row = &row;
    const Side agents{row.agents, row.agent_route};
    const Side partners{row.partners, row.partner_route};
    meet(agents, partners, option, taken, shown);
    meet(partners, agents, option, taken, shown);
    if (!shown.agents.empty()) out.push_back(std::move(shown));
  }
  return out;
}

}  // namespace nidus::pathway
