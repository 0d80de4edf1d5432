// SPDX-License-Identifier: Apache-2.0
//
// Nodes are never changed, as records share them; what has to be written otherwise is a copy.
// Internal to fhir/. Thread rule: one thread an arena.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "fhir/record.h"

namespace nidus::fhir {

// A text of that name; its bytes are copied.
inline Node text_node(NameId name, std::string_view text, base::Arena& arena) {
  Node out;
  out.kind = Node::Kind::kString;
  out.name = name;
  const auto kept = arena.copy(text);
  out.text = kept.data();
  out.size = static_cast<std::uint32_t>(kept.size());
  return out;
}

// `node`, an object or an array, with other children.
inline const Node* with_children(const Node& node, const std::vector<Node>& children,
                                 base::Arena& arena) {
  const auto members = arena.make_array<Node>(children.size());
  std::copy(children.begin(), children.end(), members.begin());
  Node* out = arena.make<Node>(node);
  out->children = members.data();
  out->size = static_cast<std::uint32_t>(members.size());
  return out;
}

// The same with one of its children replaced. REQUIRES: `child` is one of node.items().
inline const Node* with_child(const Node& node, const Node& child, const Node& other,
                              base::Arena& arena) {
  std::vector<Node> children(node.items().begin(), node.items().end());
  children[static_cast<std::size_t>(&child - node.items().data())] = other;
  return with_children(node, children, arena);
}

}  // namespace nidus::fhir
