// SPDX-License-Identifier: Apache-2.0
#include "fhir/record.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "fhir/awaited.h"
#include "fhir/check.h"
#include "fhir/issue_list.h"
#include "fhir/json_read.h"
#include "fhir/record_impl.h"

namespace nidus::fhir {

std::string Resource::reference() const {
  static const NameId type_name = name_id("resourceType"), id_name = name_id("id");
  std::string out(type_text(type));
  if (holder != nullptr) {
    Resource of;
    of.type = type_id(holder->find(type_name)->str());
    if (const Node* held_by = holder->find(id_name)) of.id = held_by->str();
    of.ordinal = ordinal;
    return of.reference() + "#" + (id.empty() ? out : std::string(id));
  }
  if (id.empty()) return out + "#" + std::to_string(ordinal + 1);
  return out + "/" + std::string(id);
}

std::string_view without_version(std::string_view reference) {
  // Seen at once of nearly all: there is no "_".
  if (reference.find('_') == std::string_view::npos) return reference;
  return reference.substr(0, reference.find("/_history/"));
}

TypeAndId type_and_id(std::string_view reference) {
  const auto last = reference.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  const auto before = reference.rfind('/', last - 1);
  const auto start = before == std::string_view::npos ? 0 : before + 1;
  return {reference.substr(start, last - start), reference.substr(last + 1)};
}

std::string_view server_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos || !address.starts_with("http")) return {};
  const auto [type, id] = type_and_id(without_version(address));
  if (id.empty() || !is_concrete_resource(type_id(type))) return {};
  const auto end = static_cast<std::size_t>(type.data() - address.data());
  return address.substr(scheme + 1, end - scheme - 2);
}

std::string_view Server::of(const Resource& resource) {
  const auto url = resource.full_url;
  if (url.empty()) return {};
  if (stands_under(before_, resource)) return server_;
  const auto type = type_text(resource.type);
  const std::size_t end = type.size() + resource.id.size() + 2;
  server_ = server_of(url);
  before_ = url.substr(0, url.size() - std::min(end, url.size()));
  if (!stands_under(before_, resource)) before_ = {};
  return server_;
}

bool Server::stands_under(std::string_view before, const Resource& resource) {
  const auto url = resource.full_url;
  const auto type = type_text(resource.type);
  const auto& id = resource.id;
  return !before.empty() && url.size() == before.size() + type.size() + id.size() + 2 &&
         url.starts_with(before) && url[before.size()] == '/' &&
         url.substr(before.size() + 1, type.size()) == type &&
         url[before.size() + 1 + type.size()] == '/' && url.ends_with(id) && is_plain_id(id);
}

bool is_plain_id(std::string_view id) {
  return !id.empty() && std::none_of(id.begin(), id.end(),
                                     [](char c) { return c == '/' || c == ':' || c == '#'; });
}

void Record::Impl::index() {
  static const TypeId patient_type = type_id("Patient");
  const auto count = static_cast<std::uint32_t>(resources.size());
  by_type.clear();
  by_type.reserve(count);
  by_node.clear();
  by_node.reserve(count);
  by_id.clear(count);
  by_url.clear(count);
  patient = nullptr;
  // Type and place in one number: sorted, they are in the order of both.
  std::vector<std::uint64_t> order;
  order.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Resource& resource = resources[i];
    by_node.emplace_back(resource.node, i);
    if (resource.contained) continue;
    order.push_back(std::uint64_t{resource.type} << 32 | i);
    if (!resource.id.empty()) by_id.add(resource.id, i);
    if (!resource.full_url.empty()) by_url.add(without_version(resource.full_url), i);
    if (resource.type == patient_type && patient == nullptr) patient = &resource;
  }
  std::sort(order.begin(), order.end());
  for (const std::uint64_t key : order) by_type.push_back(resources[key & UINT32_MAX]);
  // Read one after the other, they lie so in memory more often than not.
  if (!std::is_sorted(by_node.begin(), by_node.end())) std::sort(by_node.begin(), by_node.end());
}

const Resource* Record::Impl::of_node(const Node* node) const {
  const auto at = std::lower_bound(by_node.begin(), by_node.end(), std::pair(node, 0u));
  return at == by_node.end() || at->first != node ? nullptr : &resources[at->second];
}

const Resource* Record::Impl::of_id(TypeId type, std::string_view id, std::string_view home) const {
  // One of that very server before one of which nobody says where it comes from.
  for (const bool anywhere : {false, true}) {
    const auto at = by_id.find(id, [&](std::uint32_t position) {
      const Resource& resource = resources[position];
      if (resource.type != type || resource.id != id) return false;
      const auto server = server_of(resource.full_url);
      return anywhere ? may_be_one_server(server, home) : server == home;
    });
    if (at != TextIndex::none) return &resources[at];
  }
  return nullptr;
}

const Resource* Record::Impl::resolve(std::string_view reference, const Resource* from) const {
  if (reference.starts_with('#')) {
    if (from == nullptr) return nullptr;
    const Node* holder = from->holder != nullptr ? from->holder : from->node;
    if (reference.size() == 1) return of_node(holder);
    for (const auto& resource : resources) {
      if (resource.holder == holder && resource.id == reference.substr(1)) return &resource;
    }
    return nullptr;
  }
  reference = without_version(reference);
  const auto at = by_url.find(reference, [&](std::uint32_t position) {
    return without_version(resources[position].full_url) == reference;
  });
  if (at != TextIndex::none) return &resources[at];
  // Relative to the server of who refers, or an absolute address.
  const auto [type, id] = type_and_id(reference);
  if (id.empty()) return nullptr;
  auto home = server_of(reference);
  if (home.empty() && from != nullptr) home = home_of(*from);
  return of_id(type_id(type), id, home);
}

std::string_view Record::Impl::home_of(const Resource& resource) const {
  const Resource* outer = resource.holder == nullptr ? &resource : of_node(resource.holder);
  return outer == nullptr ? std::string_view() : server_of(outer->full_url);
}

Record::Record(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

std::span<const Resource> Record::resources() const { return impl_->resources; }

std::span<const Resource> Record::of_type(TypeId type) const {
  const auto [first, last] =
      std::equal_range(impl_->by_type.begin(), impl_->by_type.end(),
                       Resource{nullptr, type, {}, {}, 0, false, nullptr},
                       [](const Resource& a, const Resource& b) { return a.type < b.type; });
  return {first, last};
}

const Resource* Record::patient() const { return impl_->patient; }
const Resource* Record::resource_of(const Node* node) const { return impl_->of_node(node); }
std::span<const Issue> Record::issues() const { return impl_->issues; }

const Resource* Record::resolve(std::string_view reference, const Resource* from) const {
  return impl_->resolve(reference, from);
}

Record Record::as_known_at(const base::DateTime& as_of, int default_offset_minutes) const {
  auto impl = std::make_unique<Impl>();
  impl->arenas = impl_->arenas;
  impl->issues = impl_->issues;
  impl->next_ordinal = impl_->next_ordinal;
  const auto limit = base::epoch_ms(base::highest(as_of), default_offset_minutes);
  // A partial date counts from its first moment: "4 March" is not held back on 4 March.
  const auto is_past = [&](const std::optional<base::DateTime>& date) {
    return !date || base::epoch_ms(*date, default_offset_minutes) <= limit;
  };
  auto arena = std::make_shared<base::Arena>();
  bool holder_known = true;
  for (const auto& resource : impl_->resources) {
    // What is contained is known with its holder, which stands before it.
    if (!resource.contained) holder_known = is_past(known_at(resource));
    if (holder_known) {
      impl->resources.push_back(resource);
    } else if (!resource.contained && has_result(resource) && is_past(when(resource))) {
      impl->resources.push_back(resource);
      impl->resources.back().node = without_result(resource, *arena);
    }
  }
  impl->arenas.push_back(std::move(arena));
  impl->index();
  return Record(std::move(impl));
}

Record Record::without(const std::function<bool(const Resource&)>& left_out) const {
  auto impl = std::make_unique<Impl>();
  impl->arenas = impl_->arenas;
  impl->issues = impl_->issues;
  impl->next_ordinal = impl_->next_ordinal;
  bool holder_kept = true;
  for (const auto& resource : impl_->resources) {
    if (!resource.contained) holder_kept = !left_out(resource);
    if (holder_kept) impl->resources.push_back(resource);
  }
  impl->index();
  return Record(std::move(impl));
}

base::Result<Record> Record::with(std::span<const std::string> extra) const {
  static const NameId type_name = name_id("resourceType"), id_name = name_id("id");
  constexpr std::string_view kSource = "derived fact";
  auto impl = std::make_unique<Impl>();
  impl->arenas = impl_->arenas;
  impl->issues = impl_->issues;
  impl->resources = impl_->resources;
  impl->next_ordinal = impl_->next_ordinal;
  auto arena = std::make_shared<base::Arena>();
  IssueList issues(impl->issues);
  Checker checker(issues);
  for (const auto& json : extra) {
    const auto documents = read_json(json, *arena, Limits{}, kSource);
    if (!documents) return std::unexpected(documents.error());
    for (const auto& document : *documents) {
      Resource resource;
      resource.node = document.root;
      const Node* type = document.root->find(type_name);
      resource.type = type == nullptr ? kNoType : type_id(type->str());
      if (!is_concrete_resource(resource.type)) {
        return base::fail(base::ErrorCode::kNotFhir, "a derived fact is not a FHIR resource",
                          std::string(kSource));
      }
      if (const Node* id = document.root->find(id_name)) resource.id = id->str();
      resource.ordinal = impl->next_ordinal++;
      if (auto checked = checker.check(resource); !checked) {
        return std::unexpected(checked.error());
      }
      impl->resources.push_back(resource);
    }
  }
  issues.close(kSource);
  impl->arenas.push_back(std::move(arena));
  impl->index();
  return Record(std::move(impl));
}

}  // namespace nidus::fhir
