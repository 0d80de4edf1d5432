// SPDX-License-Identifier: Apache-2.0
#include "fhir/record.h"

#include <array>
#include <cassert>

#include "fhir/record_impl.h"

namespace nidus::fhir {

std::string_view Node::str() const {
  switch (kind) {
    case Kind::kBoolean:
    case Kind::kNumber:
    case Kind::kString:
      return {text, size};
    case Kind::kNull:
    case Kind::kArray:
    case Kind::kObject:
      break;
  }
  return {};
}

std::span<const Node> Node::items() const {
  if (kind != Kind::kArray && kind != Kind::kObject) return {};
  return {children, size};
}

const Node* Node::find(NameId member) const {
  if (kind != Kind::kObject) return nullptr;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (children[i].name == member) return &children[i];
  }
  return nullptr;
}

std::string Resource::reference() const {
  const std::string name(type_text(type));
  if (id.empty()) return name + "#" + std::to_string(ordinal + 1);
  return name + "/" + std::string(id);
}

Record::Record(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

std::span<const Resource> Record::resources() const { return impl_->resources; }

std::span<const Resource> Record::of_type(TypeId type) const {
  if (type >= impl_->by_type.size()) return {};
  return impl_->by_type[type];
}

const Resource* Record::patient() const {
  return impl_->patient == SIZE_MAX ? nullptr : &impl_->resources[impl_->patient];
}

const Resource* Record::resource_of(const Node* node) const {
  const auto at = impl_->by_node.find(node);
  return at == impl_->by_node.end() ? nullptr : &impl_->resources[at->second];
}

std::span<const Issue> Record::issues() const { return impl_->issues; }

const Resource* Record::resolve(std::string_view reference, const Resource* from) const {
  if (reference.starts_with('#')) {
    if (from == nullptr) return nullptr;
    for (const auto& resource : impl_->resources) {
      if (resource.contained && resource.id == reference.substr(1) && resource.node >= from->node) {
        // Contained resources follow their holder in input order and carry its ordinal.
        if (resource.ordinal == from->ordinal) return &resource;
      }
    }
    return nullptr;
  }
  if (const auto history = reference.find("/_history/"); history != std::string_view::npos) {
    reference = reference.substr(0, history);
  }
  if (const auto at = impl_->by_reference.find(reference); at != impl_->by_reference.end()) {
    return &impl_->resources[at->second];
  }
  // An absolute URL of a server: the last two segments are the relative reference.
  const auto last = reference.rfind('/');
  if (last == std::string_view::npos || last == 0) return nullptr;
  const auto before = reference.rfind('/', last - 1);
  if (before == std::string_view::npos) return nullptr;
  const auto at = impl_->by_reference.find(reference.substr(before + 1));
  return at == impl_->by_reference.end() ? nullptr : &impl_->resources[at->second];
}

void Record::Impl::index() {
  by_type.clear();
  by_node.clear();
  by_reference.clear();
  patient = SIZE_MAX;
  const TypeId patient_type = type_id("Patient");
  // "Type/id" keys are kept alive here: the map's keys are views.
  auto keys = std::make_shared<base::Arena>();
  for (std::uint32_t i = 0; i < resources.size(); ++i) {
    const Resource& resource = resources[i];
    by_node.emplace(resource.node, i);
    if (resource.contained) continue;
    if (by_type.size() <= resource.type) by_type.resize(resource.type + 1u);
    by_type[resource.type].push_back(resource);
    if (resource.type == patient_type && patient == SIZE_MAX) patient = i;
    if (!resource.id.empty()) by_reference.emplace(keys->copy(resource.reference()), i);
    if (!resource.full_url.empty()) by_reference.emplace(resource.full_url, i);
  }
  arenas.push_back(std::move(keys));
}

Record Record::as_known_at(const base::DateTime& as_of, int default_offset_minutes) const {
  auto impl = std::make_unique<Impl>();
  impl->arenas = impl_->arenas;
  impl->issues = impl_->issues;
  const auto limit = base::epoch_ms(base::highest(as_of), default_offset_minutes);
  for (const auto& resource : impl_->resources) {
    const auto known = known_at(resource);
    // A partial date counts from its first moment: what was known "on 4 March" is not held back.
    if (known && base::epoch_ms(*known, default_offset_minutes) > limit) continue;
    impl->resources.push_back(resource);
  }
  impl->index();
  return Record(std::move(impl));
}

base::Result<Record> Record::with(std::span<const std::string> extra) const {
  auto impl = std::make_unique<Impl>();
  impl->arenas = impl_->arenas;
  impl->issues = impl_->issues;
  impl->resources = impl_->resources;
  auto arena = std::make_shared<base::Arena>();
  for (const auto& json : extra) {
    auto node = read_json(json, *arena, Limits{}, "derived fact");
    if (!node) return std::unexpected(node.error());
    Resource resource;
    resource.node = *node;
    if (const Node* type = (*node)->find(name_id("resourceType"))) {
      resource.type = type_id(type->str());
    }
    if (!is_resource_type(resource.type)) {
      return base::fail(base::ErrorCode::kNotFhir, "a derived fact is not a FHIR resource");
    }
    if (const Node* id = (*node)->find(name_id("id"))) resource.id = id->str();
    resource.ordinal = static_cast<std::uint32_t>(impl->resources.size());
    if (auto checked = check_resource(resource, impl->issues); !checked) {
      return std::unexpected(checked.error());
    }
    impl->resources.push_back(resource);
  }
  impl->arenas.push_back(std::move(arena));
  impl->index();
  return Record(std::move(impl));
}

namespace {

// The date elements of R4 resources, most telling first.
constexpr std::array kWhen = {"effectiveDateTime",
                              "effectivePeriod",
                              "effectiveInstant",
                              "performedDateTime",
                              "performedPeriod",
                              "occurrenceDateTime",
                              "occurrencePeriod",
                              "onsetDateTime",
                              "onsetPeriod",
                              "started",
                              "authoredOn",
                              "dateAsserted",
                              "collectedDateTime",
                              "period",
                              "recordedDate",
                              "issued",
                              "date",
                              "created",
                              "receivedTime",
                              "dateRecorded",
                              "lastOccurrence",
                              "sent"};
constexpr std::array kKnown = {"issued", "dateAsserted", "recordedDate", "authoredOn", "recorded"};

std::optional<base::DateTime> date_in(const Node& node) {
  if (node.kind == Node::Kind::kString) return base::parse_date_time(node.str());
  static const NameId start = name_id("start");
  static const NameId end = name_id("end");
  if (const Node* at = node.find(start)) return base::parse_date_time(at->str());
  if (const Node* at = node.find(end)) return base::parse_date_time(at->str());
  return std::nullopt;
}

template <std::size_t kCount>
std::optional<base::DateTime> first_date(const Node& node,
                                         const std::array<const char*, kCount>& names) {
  for (const char* name : names) {
    if (const Node* found = node.find(name_id(name))) {
      if (auto date = date_in(*found)) return date;
    }
  }
  return std::nullopt;
}

std::string concept_text(const Node& node) {
  if (node.kind == Node::Kind::kArray) {
    return node.items().empty() ? std::string() : concept_text(node.items().front());
  }
  static const NameId text = name_id("text");
  static const NameId coding = name_id("coding");
  static const NameId display = name_id("display");
  static const NameId code = name_id("code");
  if (const Node* found = node.find(text)) return std::string(found->str());
  const Node* codings = node.find(coding);
  if (codings == nullptr) return {};
  for (const NameId member : {display, code}) {
    for (const auto& item : codings->items()) {
      if (const Node* found = item.find(member)) return std::string(found->str());
    }
  }
  return {};
}

std::string value_text(const Node& node) {
  if (const Node* quantity = node.find(name_id("valueQuantity"))) {
    std::string out;
    if (const Node* comparator = quantity->find(name_id("comparator"))) out = comparator->str();
    if (const Node* value = quantity->find(name_id("value"))) out += value->str();
    const Node* unit = quantity->find(name_id("unit"));
    if (unit == nullptr) unit = quantity->find(name_id("code"));
    if (unit != nullptr && unit->str() != "1") out += " " + std::string(unit->str());
    return out;
  }
  if (const Node* coded = node.find(name_id("valueCodeableConcept"))) return concept_text(*coded);
  for (const char* name : {"valueString", "valueBoolean", "valueInteger", "valueDateTime"}) {
    if (const Node* value = node.find(name_id(name))) return std::string(value->str());
  }
  return {};
}

}  // namespace

std::optional<base::DateTime> when(const Resource& resource) {
  if (auto date = first_date(*resource.node, kWhen)) return date;
  // A specimen says when it was taken inside `collection`.
  if (const Node* collection = resource.node->find(name_id("collection"))) {
    return first_date(*collection, kWhen);
  }
  return std::nullopt;
}

std::optional<base::DateTime> known_at(const Resource& resource) {
  if (auto date = first_date(*resource.node, kKnown)) return date;
  return when(resource);
}

std::string label(const Resource& resource) {
  std::string name;
  for (const char* member : {"code", "medicationCodeableConcept", "vaccineCode", "type"}) {
    if (const Node* found = resource.node->find(name_id(member))) {
      name = concept_text(*found);
      if (!name.empty()) break;
    }
  }
  if (name.empty()) name = type_text(resource.type);
  const std::string value = value_text(*resource.node);
  if (value.empty()) return name;
  const bool number = value.front() >= '0' && value.front() <= '9';
  return name + (number ? " " : ": ") + value;
}

}  // namespace nidus::fhir
