// SPDX-License-Identifier: Apache-2.0
#include "fhir/awaited.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "fhir/names.h"
#include "fhir/node_copy.h"

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
  std::vector<Node> kept;
  for (const Node& member : resource.node->items()) {
    if (is_known_before(member.name)) kept.push_back(member);
  }
  kept.push_back(text_node(name_id("status"), "registered", arena));
  return with_children(*resource.node, kept, arena);
}

}  // namespace nidus::fhir
