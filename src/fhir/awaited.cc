// SPDX-License-Identifier: Apache-2.0
#include "fhir/awaited.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <vector>

#include "fhir/names.h"

namespace nidus::fhir {

namespace {

// The elements of both types that are known before the result is. All others go, known or not.
bool is_known_before(NameId name) {
  static const std::vector<NameId> before = [] {
    std::vector<NameId> out;
    for (const char* known : {"resourceType",
                              "id",
                              "meta",
                              "identifier",
                              "basedOn",
                              "partOf",
                              "category",
                              "code",
                              "subject",
                              "focus",
                              "encounter",
                              "effectiveDateTime",
                              "effectivePeriod",
                              "effectiveTiming",
                              "effectiveInstant",
                              "performer",
                              "bodySite",
                              "method",
                              "specimen",
                              "device"}) {
      out.push_back(name_id(known));
    }
    return out;
  }();
  return std::find(before.begin(), before.end(), name) != before.end();
}

}  // namespace

bool has_result(const Resource& resource) {
  static const TypeId observation = type_id("Observation"), report = type_id("DiagnosticReport");
  return resource.type == observation || resource.type == report;
}

const Node* without_result(const Resource& resource, base::Arena& arena) {
  assert(has_result(resource));
  constexpr std::string_view kRegistered = "registered";
  std::vector<Node> kept;
  for (const Node& member : resource.node->items()) {
    if (is_known_before(member.name)) kept.push_back(member);
  }
  Node status;
  status.kind = Node::Kind::kString;
  status.name = name_id("status");
  status.size = kRegistered.size();
  status.text = kRegistered.data();
  kept.push_back(status);
  const auto members = arena.make_array<Node>(kept.size());
  std::copy(kept.begin(), kept.end(), members.begin());
  Node* out = arena.make<Node>(*resource.node);
  out->children = members.data();
  out->size = static_cast<std::uint32_t>(members.size());
  return out;
}

}  // namespace nidus::fhir
