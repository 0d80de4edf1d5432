// SPDX-License-Identifier: Apache-2.0
#include "fhir/versions.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "base/date_time.h"
#include "fhir/links.h"
#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace {

std::string_view text_at(const Node& node, NameId name) {
  const Node* found = node.find(name);
  return found == nullptr ? std::string_view() : found->str();
}

// Two contents are the same whatever the order of members. `meta` and `text` of the resource
// itself say when and how it was sent, not what it says.
bool is_about_sending(const Node& node) {
  static const NameId meta_name = name_id("meta"), text_name = name_id("text");
  return node.name == meta_name || node.name == text_name;
}

std::size_t content_hash(const Node& node, bool top) {
  constexpr std::size_t kPrime = 1099511628211u;
  const std::hash<std::string_view> hash;
  std::size_t out = static_cast<std::size_t>(node.kind) * kPrime + hash(node.str());
  for (const auto& child : node.items()) {
    if (top && is_about_sending(child)) continue;
    const std::size_t inner =
        content_hash(child, false) * kPrime + child.name + hash(child.extra_name());
    if (node.kind == Node::Kind::kObject) {
      out += inner * kPrime;
    } else {
      out = out * kPrime + inner;
    }
  }
  return out;
}

bool same_content(const Node& a, const Node& b, bool top) {
  if (a.kind != b.kind || a.str() != b.str()) return false;
  if (a.kind == Node::Kind::kArray) {
    return a.size == b.size &&
           std::equal(a.items().begin(), a.items().end(), b.items().begin(),
                      [](const Node& x, const Node& y) { return same_content(x, y, false); });
  }
  const auto counts = [&](const Node& node) {
    return std::count_if(node.items().begin(), node.items().end(),
                         [&](const Node& child) { return !top || !is_about_sending(child); });
  };
  if (counts(a) != counts(b)) return false;
  return std::all_of(a.items().begin(), a.items().end(), [&](const Node& x) {
    if (top && is_about_sending(x)) return true;
    return std::any_of(b.items().begin(), b.items().end(), [&](const Node& y) {
      return x.name == y.name && x.extra_name() == y.extra_name() && same_content(x, y, false);
    });
  });
}

std::optional<std::int64_t> moment(std::string_view text) {
  const auto at = base::parse_date_time(text);
  if (!at) return std::nullopt;
  return base::epoch_ms(*at, 0);
}

struct Version {
  std::optional<std::int64_t> updated;  // meta.lastUpdated
  std::optional<std::int64_t> number;   // meta.versionId, when it is one
};

Version version_of(const Resource& resource) {
  static const NameId meta_name = name_id("meta"), updated_name = name_id("lastUpdated");
  static const NameId version_name = name_id("versionId");
  Version out;
  const Node* meta = resource.node->find(meta_name);
  if (meta != nullptr) out.updated = moment(text_at(*meta, updated_name));
  auto text = meta == nullptr ? std::string_view() : text_at(*meta, version_name);
  constexpr std::string_view kHistory = "/_history/";
  const auto history = resource.full_url.find(kHistory);
  if (text.empty() && history != std::string_view::npos) {
    text = resource.full_url.substr(history + kHistory.size());
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) out.number = number;
  return out;
}

using Group = std::vector<Candidate*>;

// The one candidate that is surely newer than all others; nullptr when that cannot be told.
Candidate* newest(const Group& group) {
  for (const auto key : {&Version::updated, &Version::number}) {
    Candidate* best = nullptr;
    std::optional<std::int64_t> highest;
    bool known = true;
    bool shared = false;
    for (Candidate* candidate : group) {
      const auto at = version_of(candidate->resource).*key;
      known = known && at.has_value();
      if (!at) break;
      shared = highest && *at == *highest ? true : (!highest || *at > *highest ? false : shared);
      if (!highest || *at > *highest) {
        highest = at;
        best = candidate;
      }
    }
    if (known && !shared) return best;
  }
  return nullptr;
}

class Chooser {
 public:
  Chooser(const std::vector<Candidate>& candidates, const std::vector<Deletion>& deletions,
          bool keep_retracted, IssueList& issues)
      : candidates_(candidates),
        deletions_(deletions),
        keep_retracted_(keep_retracted),
        issues_(issues) {}

  base::Result<void> choose(Group group);

 private:
  base::Result<void> choose_of_one_address(const Group& group);
  bool is_a_copy(const Candidate& one, const Candidate& other) const;
  void leave_out(Candidate& candidate, std::string why) {
    candidate.left_out = true;
    issues_.note(candidate.resource.reference(), {}, std::move(why));
  }
  void leave_out_deleted(Group& group);
  void leave_out_copies(Group& group);

  const std::vector<Candidate>& candidates_;
  const std::vector<Deletion>& deletions_;
  bool keep_retracted_;
  IssueList& issues_;
};

void drop_left_out(Group& group) {
  std::erase_if(group, [](const Candidate* candidate) { return candidate->left_out; });
}

void Chooser::leave_out_deleted(Group& group) {
  for (const auto& deletion : deletions_) {
    const auto target = type_and_id(without_version(deletion.url));
    if (target.id != group[0]->resource.id || type_id(target.type) != group[0]->resource.type) {
      continue;
    }
    const auto deleted = moment(deletion.deleted);
    for (Candidate* candidate : group) {
      if (!may_be_one_server(server_of(deletion.url), server_of(candidate->resource.full_url))) {
        continue;
      }
      const auto updated = version_of(candidate->resource).updated;
      // Brought back after the deletion: it stands.
      if (deleted && updated && *updated > *deleted) continue;
      if (!candidate->left_out) leave_out(*candidate, "deleted by its sender: not read");
    }
  }
  drop_left_out(group);
}

void Chooser::leave_out_copies(Group& group) {
  std::multimap<std::size_t, Candidate*> seen;
  for (Candidate* candidate : group) {
    const std::size_t hash = content_hash(*candidate->resource.node, true);
    const auto [first, last] = seen.equal_range(hash);
    const auto copy = std::find_if(
        first, last, [&](const auto& earlier) { return is_a_copy(*earlier.second, *candidate); });
    if (copy == last) {
      seen.emplace(hash, candidate);
      continue;
    }
    // Of two equal ones the later version stays, so that it is told apart from a third one rightly.
    const auto a = version_of(copy->second->resource).updated;
    const auto b = version_of(candidate->resource).updated;
    Candidate*& kept = copy->second;
    if (a && b && *b > *a) std::swap(kept, candidate);
    candidate->same_as = kept;
    leave_out(*candidate, "stands twice with the same content: read once");
  }
  drop_left_out(group);
}

// One result that was sent to two servers is one; not so when there it hangs on something else.
bool Chooser::is_a_copy(const Candidate& one, const Candidate& other) const {
  if (!same_content(*one.resource.node, *other.resource.node, true)) return false;
  return may_be_one_server(server_of(one.resource.full_url), server_of(other.resource.full_url)) ||
         !lead_apart(one, other, candidates_);
}

base::Result<void> Chooser::choose(Group group) {
  static const TypeId patient_type = type_id("Patient");
  leave_out_deleted(group);
  leave_out_copies(group);
  if (group.size() < 2) return {};
  const auto address = [](const Candidate* candidate) {
    return without_version(candidate->resource.full_url);
  };
  std::stable_sort(group.begin(), group.end(),
                   [&](const Candidate* a, const Candidate* b) { return address(a) < address(b); });
  // An entry without an address may be a version of any.
  const bool one_address =
      address(group.front()) == address(group.back()) || address(group.front()).empty();
  if (!one_address && group[0]->resource.type != patient_type) {
    for (auto at = group.begin(); at != group.end();) {
      const auto end = std::find_if(at, group.end(), [&](const Candidate* candidate) {
        return address(candidate) != address(*at);
      });
      if (auto chosen = choose_of_one_address({at, end}); !chosen) return chosen;
      at = end;
    }
    return {};
  }
  return choose_of_one_address(group);
}

base::Result<void> Chooser::choose_of_one_address(const Group& group) {
  static const TypeId patient_type = type_id("Patient");
  if (group.size() < 2) return {};
  const bool one_url = std::all_of(group.begin(), group.end(), [&](const Candidate* candidate) {
    return without_version(candidate->resource.full_url) ==
           without_version(group[0]->resource.full_url);
  });
  if (Candidate* best = one_url ? newest(group) : nullptr) {
    for (Candidate* candidate : group) {
      if (candidate != best) leave_out(*candidate, "an older version: not read");
    }
    return {};
  }
  const std::string reference = group[0]->resource.reference();
  if (group[0]->resource.type == patient_type) {
    return base::fail(base::ErrorCode::kTwoPatients,
                      reference + " stands twice with different content", reference, "Patient.id",
                      "the resources of one patient");
  }
  const bool retracted = std::any_of(group.begin(), group.end(), [](const Candidate* candidate) {
    return entered_in_error(*candidate->resource.node);
  });
  if (retracted && one_url && !keep_retracted_) {
    for (Candidate* candidate : group) {
      leave_out(*candidate, "one version says entered in error: not read");
    }
    return {};
  }
  issues_.warn(reference, {}, "stands twice with different content: both are read");
  return {};
}

// Whether two candidates have one type and id.
bool any_twice(const std::vector<Candidate>& candidates) {
  TextIndex seen;
  seen.clear(candidates.size());
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    const Resource& resource = candidates[i].resource;
    if (resource.id.empty()) continue;
    const auto earlier = seen.find(resource.id, [&](std::uint32_t position) {
      const Resource& other = candidates[position].resource;
      return other.type == resource.type && other.id == resource.id;
    });
    if (earlier != TextIndex::none) return true;
    seen.add(resource.id, i);
  }
  return false;
}

void add_contained(const Resource& holder, bool keep_retracted, IssueList& issues,
                   std::vector<Resource>& resources) {
  static const NameId contained_name = name_id("contained"), id_name = name_id("id");
  static const NameId type_name = name_id("resourceType");
  const Node* contained = holder.node->find(contained_name);
  if (contained == nullptr) return;
  for (const auto& node : contained->items()) {
    Resource resource;
    resource.node = &node;
    resource.type = type_id(text_at(node, type_name));
    resource.id = text_at(node, id_name);
    resource.ordinal = holder.ordinal;
    resource.contained = true;
    resource.holder = holder.node;
    if (!keep_retracted && entered_in_error(node)) {
      issues.note(resource.reference(), {}, "entered in error: not read");
      continue;
    }
    resources.push_back(resource);
  }
}

}  // namespace

bool entered_in_error(const Node& resource) {
  static const NameId status_name = name_id("status"), coding_name = name_id("coding");
  static const NameId verification_name = name_id("verificationStatus");
  static const NameId code_name = name_id("code"), text_name = name_id("text");
  static constexpr std::string_view kError = "entered-in-error";
  if (text_at(resource, status_name) == kError) return true;
  const Node* verification = resource.find(verification_name);
  if (verification == nullptr) return false;
  if (text_at(*verification, text_name) == kError) return true;
  const Node* codings = verification->find(coding_name);
  if (codings == nullptr) return false;
  return std::any_of(codings->items().begin(), codings->items().end(),
                     [](const Node& coding) { return text_at(coding, code_name) == kError; });
}

bool same_content(const Node& one, const Node& other) { return same_content(one, other, true); }

base::Result<void> choose_versions(std::vector<Candidate>& candidates,
                                   const std::vector<Deletion>& deletions, bool keep_retracted,
                                   base::Arena& arena, IssueList& issues,
                                   std::vector<Resource>& resources) {
  std::vector<Candidate*> sorted;
  if (!deletions.empty() || any_twice(candidates)) {
    for (auto& candidate : candidates) {
      if (!candidate.resource.id.empty()) sorted.push_back(&candidate);
    }
  }
  const auto key = [](const Candidate* candidate) {
    return std::pair(candidate->resource.type, candidate->resource.id);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Candidate* a, const Candidate* b) { return key(a) < key(b); });
  Chooser chooser(candidates, deletions, keep_retracted, issues);
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::find_if(
        at, sorted.end(), [&](const Candidate* candidate) { return key(candidate) != key(*at); });
    if (end - at > 1 || !deletions.empty()) {
      if (auto chosen = chooser.choose({at, end}); !chosen) return chosen;
    }
    at = end;
  }
  tell_apart(candidates, !sorted.empty(), arena, issues);
  resources.reserve(resources.size() + candidates.size());
  for (const auto& candidate : candidates) {
    const Resource& resource = candidate.resource;
    if (candidate.left_out) continue;
    if (!keep_retracted && entered_in_error(*resource.node)) {
      issues.note(resource.reference(), {}, "entered in error: not read");
      continue;
    }
    resources.push_back(resource);
    add_contained(resource, keep_retracted, issues, resources);
  }
  return {};
}

}  // namespace nidus::fhir
