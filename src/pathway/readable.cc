// SPDX-License-Identifier: Apache-2.0
#include "pathway/readable.h"

#include <algorithm>
#include <array>

#include "cql/program.h"
#include "fhir/names.h"

namespace nidus::pathway {

namespace {

// What the guideline makes of a text, clauses with their subject repeated, is longer than the text.
constexpr std::size_t kLongestReadText = cql::kLongestMatchedText / 8;

// Narrative and attachments are never looked through.
bool is_text(const fhir::Node& node) {
  static const std::array<fhir::NameId, 3> kOther{fhir::name_id("div"), fhir::name_id("data"),
                                                  fhir::name_id("url")};
  return node.kind == fhir::Node::Kind::kString &&
         std::find(kOther.begin(), kOther.end(), node.name) == kOther.end();
}

std::size_t longest_text(const fhir::Node& node) {
  if (is_text(node)) return node.size;
  std::size_t longest = 0;
  for (const auto& child : node.items()) longest = std::max(longest, longest_text(child));
  return longest;
}

}  // namespace

Readable readable_part(const fhir::Record& record) {
  Readable out;
  const auto too_long = [](const fhir::Resource& resource) {
    return longest_text(*resource.node) > kLongestReadText;
  };
  for (const auto& resource : record.resources()) {
    if (resource.contained || !too_long(resource)) continue;
    out.left_out.push_back(resource.reference() + ": a text of " +
                           std::to_string(longest_text(*resource.node)) +
                           " bytes; texts of up to " + std::to_string(kLongestReadText) +
                           " are read, so nothing of this resource was used");
  }
  if (!out.left_out.empty()) out.record.emplace(record.without(too_long));
  return out;
}

}  // namespace nidus::pathway
