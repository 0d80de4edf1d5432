// SPDX-License-Identifier: Apache-2.0
#include "fhir/links.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "fhir/names.h"
#include "fhir/node_copy.h"
#include "fhir/record_impl.h"
#include "fhir/sound.h"

namespace nidus::fhir {

namespace {

constexpr std::size_t kLongestId = 64;  // FHIR

// What logic takes for the id in a reference: the end of "Type/id", "urn:uuid:id", "#id".
std::string_view id_at_end(std::string_view reference) {
  const auto before = reference.find_last_of("/:#");
  return before == std::string_view::npos ? reference : reference.substr(before + 1);
}

// Under it all references are just "Type/id".
bool is_near(const Node& node) {
  return node.kind == Node::Kind::kObject && node.sound && !node.far;
}

// `node` with each reference for which `other` gives a text; nullptr when there is none.
// `far_only`: it gives none for "Type/id".
template <class Other>
const Node* relinked(const Node& node, bool far_only, base::Arena& arena, const Other& other) {
  if (far_only && is_near(node)) return nullptr;
  std::vector<Node> children;
  const auto items = node.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    Node changed = items[i];
    if (changed.kind == Node::Kind::kString) {
      const std::string text =
          changed.name == kReferenceName ? other(changed.str()) : std::string();
      if (text.empty()) continue;
      changed = text_node(changed.name, text, arena);
    } else if (const Node* inside = relinked(changed, far_only, arena, other)) {
      changed = *inside;
    } else {
      continue;
    }
    if (children.empty()) children.assign(items.begin(), items.end());
    children[i] = changed;
  }
  return children.empty() ? nullptr : with_children(node, children, arena);
}

const Node* with_id(const Node& root, std::string_view id, base::Arena& arena) {
  static const NameId id_name = name_id("id");
  std::vector<Node> members(root.items().begin(), root.items().end());
  const auto at = std::find_if(members.begin(), members.end(),
                               [](const Node& member) { return member.name == id_name; });
  const Node text = text_node(id_name, id, arena);
  if (at == members.end()) {
    members.push_back(text);
  } else {
    *at = text;
  }
  return with_children(root, members, arena);
}

// What is read in the place of a resource; nullptr when nothing is.
const Candidate* standing(const Candidate& candidate) {
  const Candidate* at = &candidate;
  while (at->same_as != nullptr) at = at->same_as;
  return at->left_out ? nullptr : at;
}

// Resources under the addresses and ids with which they came, to look up what a reference means.
class Addresses {
 public:
  explicit Addresses(const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) {
      const Candidate* read = standing(candidate);
      if (read == nullptr) continue;
      as_sent_.resources.push_back(candidate.resource);
      read_.push_back(read);
    }
    as_sent_.index();
  }

  const Candidate* meant(std::string_view reference, const Resource& from) const {
    const Resource* target = as_sent_.resolve(reference, &from);
    if (target == nullptr) return nullptr;
    return read_[static_cast<std::size_t>(target - as_sent_.resources.data())];
  }
  bool any(TypeId type, std::string_view id) const {
    return as_sent_.of_id(type, id, {}) != nullptr;
  }

 private:
  Record::Impl as_sent_;
  std::vector<const Candidate*> read_;  // beside as_sent_.resources
};

class Namer {
 public:
  Namer(std::vector<Candidate>& candidates, base::Arena& arena, IssueList& issues)
      : candidates_(candidates), arena_(arena), issues_(issues) {
    for (const auto& candidate : candidates) {
      if (!candidate.left_out) used_.emplace(candidate.resource.type, candidate.resource.id);
    }
  }

  void name_by_url();
  void part_servers();

 private:
  void rename(Candidate& candidate, std::string_view id) {
    Resource& resource = candidate.resource;
    resource.node = with_id(*resource.node, id, arena_);
    resource.id = arena_.copy(id);
    used_.emplace(resource.type, resource.id);
  }

  std::vector<Candidate>& candidates_;
  base::Arena& arena_;
  IssueList& issues_;
  std::set<std::pair<TypeId, std::string_view>> used_;
};

void Namer::name_by_url() {
  for (auto& candidate : candidates_) {
    const Resource& resource = candidate.resource;
    if (candidate.left_out || !resource.id.empty() || !resource.full_url.starts_with(kUuid)) {
      continue;
    }
    const auto id = resource.full_url.substr(kUuid.size());
    if (id.empty() || id.size() > kLongestId || used_.contains({resource.type, id})) continue;
    rename(candidate, id);
  }
}

void Namer::part_servers() {
  std::vector<Candidate*> sorted;
  for (auto& candidate : candidates_) {
    const Resource& resource = candidate.resource;
    if (!candidate.left_out && !resource.id.empty() && !resource.full_url.empty()) {
      sorted.push_back(&candidate);
    }
  }
  const auto key = [](const Candidate* candidate) {
    const Resource& resource = candidate->resource;
    return std::tuple(resource.type, resource.id, without_version(resource.full_url));
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Candidate* a, const Candidate* b) { return key(a) < key(b); });
  Resource first;
  for (Candidate* candidate : sorted) {
    const Resource resource = candidate->resource;
    if (resource.type != first.type || resource.id != first.id) {
      first = resource;
      continue;
    }
    const auto url = without_version(resource.full_url);
    if (url == without_version(first.full_url)) continue;
    for (int number = 2;; ++number) {
      const std::string end = "." + std::to_string(number);
      const std::string id = std::string(resource.id.substr(0, kLongestId - end.size())) + end;
      if (used_.contains({resource.type, id})) continue;
      rename(*candidate, id);
      break;
    }
    issues_.warn(resource.reference(), {},
                 "two resources have this id: both are read, " + std::string(url) + " as " +
                     candidate->resource.reference());
  }
}

// Whether every resource stands under its own type and id on one and the same server, or nobody
// says where: then "Type/id" means what it says, whoever says it. REQUIRES: no two have one type
// and id, and none is left out.
bool have_one_home(const std::vector<Candidate>& candidates) {
  Server servers;
  std::string_view home;
  return std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& one) {
    const Resource& resource = one.resource;
    if (resource.full_url.empty()) return true;
    if (resource.full_url.starts_with(kUuid)) return !resource.id.empty();
    const auto server = servers.of(resource);
    if (server.empty() || !servers.is_own_address()) return false;
    if (home.empty()) home = server;
    return server == home;
  });
}

// References that were found to be right as they stand, by where they stand: the reader lets the
// same value of many resources be one node. REQUIRES: whoever says it means the same.
class Unchanged {
 public:
  bool holds(std::string_view reference) const { return place(reference) == reference.data(); }
  void add(std::string_view reference) { place(reference) = reference.data(); }

 private:
  const char* const& place(std::string_view reference) const {
    return places_[reinterpret_cast<std::uintptr_t>(reference.data()) / 16 % places_.size()];
  }
  const char*& place(std::string_view reference) {
    return const_cast<const char*&>(std::as_const(*this).place(reference));
  }

  std::array<const char*, 64> places_{};
};

}  // namespace

void tell_apart(std::vector<Candidate>& candidates, bool twice, base::Arena& arena,
                IssueList& issues) {
  static const TypeId patient_type = type_id("Patient");
  const bool any_url = std::any_of(candidates.begin(), candidates.end(),
                                   [](const auto& one) { return !one.resource.full_url.empty(); });
  if (!any_url) return;
  const bool far_only = !twice && have_one_home(candidates);
  if (far_only && std::all_of(candidates.begin(), candidates.end(),
                              [](const auto& one) { return is_near(*one.resource.node); })) {
    return;
  }
  const Addresses addresses(candidates);
  if (!far_only) {
    Namer namer(candidates, arena, issues);
    namer.name_by_url();
    namer.part_servers();
  }
  Unchanged unchanged;
  for (auto& candidate : candidates) {
    if (candidate.left_out) continue;
    const auto other = [&](std::string_view reference) -> std::string {
      if (reference.empty() || reference.front() == '#') return {};
      if (const Candidate* meant = addresses.meant(reference, candidate.resource)) {
        const Resource& now = meant->resource;
        if (now.id.empty() || now.id == id_at_end(reference)) return {};
        return std::string(type_text(now.type)) + "/" + std::string(now.id);
      }
      const auto [type, id] = type_and_id(without_version(reference));
      const TypeId kind = type_id(type);
      if (id.empty() || kind == patient_type || !addresses.any(kind, id)) return {};
      return std::string(without_version(reference)) + ".elsewhere";
    };
    const auto once = [&](std::string_view reference) -> std::string {
      if (far_only && unchanged.holds(reference)) return {};
      std::string text = other(reference);
      if (text.empty()) unchanged.add(reference);
      return text;
    };
    if (const Node* linked = relinked(*candidate.resource.node, far_only, arena, once)) {
      candidate.resource.node = linked;
    }
  }
}

bool lead_apart(const Candidate& one, const Candidate& other,
                const std::vector<Candidate>& candidates) {
  const Addresses addresses(candidates);
  std::vector<std::string> references;
  const auto collect = [&](const auto& self, const Node& node) -> void {
    for (const Node& child : node.items()) {
      if (child.name == kReferenceName && child.kind == Node::Kind::kString) {
        references.emplace_back(child.str());
      } else {
        self(self, child);
      }
    }
  };
  collect(collect, *one.resource.node);
  return std::any_of(references.begin(), references.end(), [&](const std::string& reference) {
    if (reference.starts_with('#')) return false;
    const Candidate* a = addresses.meant(reference, one.resource);
    const Candidate* b = addresses.meant(reference, other.resource);
    if (a == nullptr || b == nullptr) return a != b;
    return !same_content(*a->resource.node, *b->resource.node);
  });
}

}  // namespace nidus::fhir
