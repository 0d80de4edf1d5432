// SPDX-License-Identifier: Apache-2.0
//
// Doors 1 and 2: bytes -> resources -> Record, with everything that is wrong or left out named.
#include <map>
#include <set>

#include "fhir/record_impl.h"

namespace nidus::fhir {

using base::ErrorCode;

class RecordReader {
 public:
  RecordReader(std::string_view source, const Limits& limits)
      : source_(source), limits_(limits), impl_(std::make_unique<Record::Impl>()) {}

  base::Result<Record> read(std::string_view bytes);

 private:
  base::Result<void> add_document(const Node& node, const std::string& place);
  base::Result<void> add_bundle(const Node& bundle, const std::string& place);
  base::Result<void> add_resource(const Node& node, std::string_view full_url,
                                  const std::string& place);
  void add_contained(const Resource& holder);
  base::Result<void> check_one_person();
  void issue(std::string resource, std::string path, std::string message) {
    impl_->issues.push_back(
        {Issue::Severity::kWarning, std::move(resource), std::move(path), std::move(message)});
  }

  std::string source_;
  const Limits& limits_;
  std::unique_ptr<Record::Impl> impl_;
  std::map<std::string, std::uint32_t> seen_;  // reference -> index in resources
  std::uint32_t next_ordinal_ = 0;
};

namespace {

bool entered_in_error(const Node& node) {
  static const NameId status = name_id("status");
  static const NameId verification = name_id("verificationStatus");
  static const NameId coding = name_id("coding");
  static const NameId code = name_id("code");
  constexpr std::string_view kError = "entered-in-error";
  if (const Node* found = node.find(status)) {
    if (found->str() == kError) return true;
  }
  const Node* found = node.find(verification);
  const Node* codings = found == nullptr ? nullptr : found->find(coding);
  if (codings == nullptr) return false;
  for (const auto& item : codings->items()) {
    const Node* value = item.find(code);
    if (value != nullptr && value->str() == kError) return true;
  }
  return false;
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.name != b.name || a.size != b.size || a.extra_name != b.extra_name) {
    return false;
  }
  if (a.str() != b.str()) return false;
  const auto left = a.items(), right = b.items();
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!same(left[i], right[i])) return false;
  }
  return true;
}

// One resource a line: the first line is a whole object and more follow.
bool is_ndjson(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return false;
  std::string_view first = bytes.substr(0, end);
  while (!first.empty() && (first.back() == '\r' || first.back() == ' ')) first.remove_suffix(1);
  if (first.size() < 2 || first.front() != '{' || first.back() != '}') return false;
  return bytes.find_first_not_of(" \t\r\n", end) != std::string_view::npos;
}

}  // namespace

base::Result<Record> RecordReader::read(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.size() > limits_.max_bytes) {
    return base::fail(ErrorCode::kTooLarge,
                      std::to_string(bytes.size()) + " bytes is over the size limit", source_, {},
                      "at most " + std::to_string(limits_.max_bytes) + " bytes");
  }
  auto arena = std::make_shared<base::Arena>();
  const auto read_one = [&](std::string_view text, const std::string& place) -> base::Result<void> {
    auto node = read_json(text, *arena, limits_, place);
    if (!node) return std::unexpected(node.error());
    return add_document(**node, place);
  };
  if (is_ndjson(bytes)) {
    std::size_t line = 0;
    while (!bytes.empty()) {
      ++line;
      const auto end = bytes.find('\n');
      const auto text = bytes.substr(0, end);
      bytes = end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (auto added = read_one(text, source_ + " line " + std::to_string(line)); !added) {
        return std::unexpected(added.error());
      }
    }
  } else if (auto added = read_one(bytes, source_); !added) {
    return std::unexpected(added.error());
  }
  if (impl_->resources.empty()) {
    return base::fail(ErrorCode::kNoPatient, "there is no resource in the input", source_, {},
                      "a Bundle with a Patient and their resources");
  }
  impl_->arenas.push_back(std::move(arena));
  impl_->index();
  if (auto checked = check_one_person(); !checked) return std::unexpected(checked.error());
  if (impl_->patient == SIZE_MAX) issue(source_, "Patient", "no Patient: age and sex are unknown");
  return Record(std::move(impl_));
}

base::Result<void> RecordReader::add_document(const Node& node, const std::string& place) {
  static const NameId type_name = name_id("resourceType");
  const Node* type = node.find(type_name);
  if (type == nullptr || type->kind != Node::Kind::kString) {
    return base::fail(ErrorCode::kNotFhir, "an object without resourceType", place, "resourceType",
                      "a FHIR R4 resource");
  }
  if (type->str() == "Bundle") return add_bundle(node, place);
  return add_resource(node, {}, place);
}

base::Result<void> RecordReader::add_bundle(const Node& bundle, const std::string& place) {
  static const NameId entry_name = name_id("entry");
  static const NameId resource_name = name_id("resource");
  static const NameId full_url_name = name_id("fullUrl");
  static const NameId request_name = name_id("request");
  static const NameId method_name = name_id("method");
  const Node* entries = bundle.find(entry_name);
  if (entries == nullptr) return {};
  if (entries->kind != Node::Kind::kArray) {
    return base::fail(ErrorCode::kBadValue, "entry is not a list", place, "Bundle.entry",
                      "an array of entries");
  }
  std::size_t index = 0;
  for (const auto& entry : entries->items()) {
    const std::string path = "Bundle.entry[" + std::to_string(index++) + "]";
    if (entry.kind != Node::Kind::kObject) {
      return base::fail(ErrorCode::kBadValue, "an entry is not an object", place, path,
                        "an object with a resource");
    }
    if (const Node* request = entry.find(request_name)) {
      const Node* method = request->find(method_name);
      if (method != nullptr && method->str() == "DELETE") {
        issue(place, path, "a deletion: nothing is read from it");
        continue;
      }
    }
    const Node* resource = entry.find(resource_name);
    if (resource == nullptr) {
      issue(place, path, "an entry without a resource");
      continue;
    }
    if (resource->kind != Node::Kind::kObject) {
      return base::fail(ErrorCode::kBadValue, "not a resource", place, path + ".resource",
                        "a FHIR R4 resource");
    }
    const Node* type = resource->find(name_id("resourceType"));
    if (type != nullptr && type->str() == "Bundle") {
      if (auto added = add_bundle(*resource, place); !added) return added;
      continue;
    }
    const Node* url = entry.find(full_url_name);
    if (auto added = add_resource(*resource, url == nullptr ? std::string_view() : url->str(),
                                  place + " " + path);
        !added) {
      return added;
    }
  }
  return {};
}

base::Result<void> RecordReader::add_resource(const Node& node, std::string_view full_url,
                                              const std::string& place) {
  static const NameId type_name = name_id("resourceType");
  static const NameId id_name = name_id("id");
  const Node* type = node.find(type_name);
  if (type == nullptr || type->kind != Node::Kind::kString) {
    return base::fail(ErrorCode::kNotFhir, "an object without resourceType", place, "resourceType",
                      "a FHIR R4 resource");
  }
  Resource resource;
  resource.node = &node;
  resource.type = type_id(type->str());
  resource.full_url = full_url;
  resource.ordinal = next_ordinal_++;
  if (!is_resource_type(resource.type)) {
    return base::fail(ErrorCode::kNotFhir,
                      "'" + std::string(type->str()) + "' is no FHIR R4 resource type", place,
                      "resourceType", "a FHIR R4 resource");
  }
  if (const Node* id = node.find(id_name)) resource.id = id->str();
  if (auto checked = check_resource(resource, impl_->issues); !checked) return checked;
  if (entered_in_error(node)) {
    issue(resource.reference(), {}, "entered in error: nothing is read from it");
    return {};
  }
  if (!resource.id.empty()) {
    const auto [at, added] =
        seen_.emplace(resource.reference(), static_cast<std::uint32_t>(impl_->resources.size()));
    if (!added) {
      const Resource& first = impl_->resources[at->second];
      if (same(*first.node, node)) {
        issue(resource.reference(), {}, "stands twice with the same content: read once");
        return {};
      }
      issue(resource.reference(), {}, "stands twice with different content: both are read");
    }
  }
  impl_->resources.push_back(resource);
  add_contained(resource);
  return {};
}

void RecordReader::add_contained(const Resource& holder) {
  static const NameId contained_name = name_id("contained");
  const Node* contained = holder.node->find(contained_name);
  if (contained == nullptr) return;
  for (const auto& node : contained->items()) {
    Resource resource;
    resource.node = &node;
    if (const Node* type = node.find(name_id("resourceType"))) resource.type = type_id(type->str());
    if (!is_resource_type(resource.type)) continue;
    if (const Node* id = node.find(name_id("id"))) resource.id = id->str();
    resource.ordinal = holder.ordinal;
    resource.contained = true;
    impl_->resources.push_back(resource);
  }
}

base::Result<void> RecordReader::check_one_person() {
  const TypeId patient_type = type_id("Patient");
  const Resource* first = nullptr;
  std::set<std::string, std::less<>> names;  // ways to point at the one Patient
  for (const auto& resource : impl_->resources) {
    if (resource.type != patient_type || resource.contained) continue;
    if (first != nullptr && (first->id != resource.id || first->id.empty())) {
      return base::fail(
          ErrorCode::kTwoPatients,
          "two people in one record: " + first->reference() + " and " + resource.reference(),
          resource.reference(), "Patient.id", "the resources of one patient");
    }
    if (first == nullptr) first = &resource;
    if (!resource.id.empty()) names.insert(std::string(resource.id));
    if (!resource.full_url.empty()) names.insert(std::string(resource.full_url));
  }
  // Every subject must be that person; without a Patient, all subjects must be the same one.
  std::string_view other;
  for (const auto& resource : impl_->resources) {
    for (const char* member : {"subject", "patient", "for", "beneficiary"}) {
      const Node* holder = resource.node->find(name_id(member));
      const Node* found = holder == nullptr ? nullptr : holder->find(name_id("reference"));
      if (found == nullptr) continue;
      std::string_view target = found->str();
      if (target.starts_with('#')) continue;
      const auto slash = target.rfind('/');
      const bool typed = slash != std::string_view::npos;
      if (typed && !target.substr(0, slash).ends_with("Patient")) continue;  // a Group, a Device
      const std::string_view key = typed ? target.substr(slash + 1) : target;
      if (names.contains(target) || names.contains(key)) continue;
      if (target.starts_with("urn:uuid:") && names.contains(target.substr(9))) continue;
      if (other.empty() && (first == nullptr || names.empty())) {
        other = key;
        continue;
      }
      if (!other.empty() && key == other) continue;
      return base::fail(ErrorCode::kTwoPatients,
                        "two people in one record: this is about '" + std::string(target) +
                            "', the rest about '" +
                            (first != nullptr ? first->reference() : std::string(other)) + "'",
                        resource.reference(),
                        std::string(type_text(resource.type)) + "." + member + ".reference",
                        "the resources of one patient");
    }
  }
  return {};
}

base::Result<Record> Record::parse(std::string_view bytes, std::string_view source,
                                   const Limits& limits) {
  return RecordReader(source, limits).read(bytes);
}

}  // namespace nidus::fhir
