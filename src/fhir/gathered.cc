// SPDX-License-Identifier: Apache-2.0
#include "fhir/gathered.h"

#include <algorithm>

#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace {

void copy_into(const Node& node, Node& out, base::Arena& arena) {
  out = node;
  if (node.extra != nullptr) out.extra = arena.make<std::string_view>(arena.copy(*node.extra));
  if (const auto items = node.items(); !items.empty()) {
    const auto copies = arena.make_array<Node>(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) copy_into(items[i], copies[i], arena);
    out.children = copies.data();
  } else if (const auto text = node.str(); !text.empty()) {
    out.text = arena.copy(text).data();
  }
}

bool alike(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.name != b.name || a.size != b.size || a.str() != b.str() ||
      a.extra_name() != b.extra_name()) {
    return false;
  }
  return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                    [](const Node& x, const Node& y) { return alike(x, y); });
}

}  // namespace

const Node* copy_of(const Node& node, base::Arena& arena) {
  Node* out = arena.make<Node>();
  copy_into(node, *out, arena);
  return out;
}

Gathered::Gathered()
    : impl_(std::make_unique<Record::Impl>()), arena_(std::make_shared<base::Arena>()) {}
Gathered::Gathered(Gathered&&) noexcept = default;
Gathered& Gathered::operator=(Gathered&&) noexcept = default;
Gathered::~Gathered() = default;

void Gathered::begin_person() { ++person_; }

const Node* Gathered::add(const Record& from, const Resource& resource) {
  static const NameId contained_name = name_id("contained");
  const std::string name = resource.reference();
  if (!resource.id.empty()) {
    const auto [first, last] = by_name_.equal_range(name);
    for (auto at = first; at != last; ++at) {
      if (at->second.person != person_ && alike(*at->second.node, *resource.node)) {
        return at->second.node;
      }
    }
  }
  Resource copy = resource;
  copy.node = copy_of(*resource.node, *arena_);
  copy.id = arena_->copy(resource.id);
  copy.full_url = arena_->copy(resource.full_url);
  copy.ordinal = impl_->next_ordinal++;
  impl_->resources.push_back(copy);
  if (!resource.id.empty()) by_name_.emplace(name, Known{copy.node, person_});
  const Node* held = resource.node->find(contained_name);
  if (held == nullptr) return copy.node;
  const auto before = held->items(), after = copy.node->find(contained_name)->items();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Resource* inner = from.resource_of(&before[i]);
    if (inner == nullptr) continue;
    Resource inner_copy = *inner;
    inner_copy.node = &after[i];
    inner_copy.id = arena_->copy(inner->id);
    inner_copy.full_url = {};
    inner_copy.ordinal = copy.ordinal;
    inner_copy.holder = copy.node;
    impl_->resources.push_back(inner_copy);
  }
  return copy.node;
}

const Node* Gathered::find(const Resource& resource) const {
  if (resource.id.empty()) return nullptr;
  const auto [first, last] = by_name_.equal_range(resource.reference());
  for (auto at = first; at != last; ++at) {
    if (alike(*at->second.node, *resource.node)) return at->second.node;
  }
  return nullptr;
}

Record Gathered::record() const {
  auto impl = std::make_unique<Record::Impl>();
  impl->arenas.push_back(arena_);
  impl->resources = impl_->resources;
  impl->next_ordinal = impl_->next_ordinal;
  impl->index();
  return Record(std::move(impl));
}

}  // namespace nidus::fhir
