// SPDX-License-Identifier: Apache-2.0
//
// Door 1: bytes -> resources -> Record. What is left out is named in an issue.
#include <algorithm>

#include "fhir/check.h"
#include "fhir/json_read.h"
#include "fhir/json_text.h"
#include "fhir/record_impl.h"
#include "fhir/status.h"
#include "fhir/versions.h"

namespace nidus::fhir {

using base::ErrorCode;

class RecordReader {
 public:
  RecordReader(std::string_view source, const Limits& limits)
      : source_(source), limits_(limits), issues_(impl_->issues), checker_(issues_) {}

  // `owner`: of the bytes, if they can be read where they lie: with kZerosBehind.
  base::Result<Record> read(std::string_view bytes,
                            const std::shared_ptr<const std::string>& owner = nullptr);

 private:
  base::Result<void> add_document(const JsonDocument& document);
  base::Result<void> add_bundle(const Node& bundle);
  // `place`: the words for where it stands, asked for when something is amiss.
  template <class Place>
  base::Result<void> add_entry(const Node& entry, const Place& place);
  template <class Place>
  base::Result<void> add_resource(const Node& node, std::string_view full_url, const Place& place);
  base::Result<void> check_somebody() const;
  TypeId type_named(std::string_view text);

  std::string source_;
  const Limits& limits_;
  std::unique_ptr<Record::Impl> impl_ = std::make_unique<Record::Impl>();
  IssueList issues_;
  Checker checker_;
  std::shared_ptr<base::Arena> written_ =
      std::make_shared<base::Arena>();  // what is not as it came
  StatusReader statuses_{*written_, issues_};
  std::string_view text_;
  std::vector<Candidate> candidates_;
  std::vector<Deletion> deletions_;
  std::string_view last_type_text_;
  TypeId last_type_ = kNoType;
};

namespace {

std::string_view text_at(const Node& node, NameId name) {
  const Node* found = node.find(name);
  return found == nullptr ? std::string_view() : found->str();
}

// What an OperationOutcome says, for a person.
std::string outcome_text(const Node& outcome) {
  static const NameId issue_name = name_id("issue"), details_name = name_id("details");
  static const NameId text_name = name_id("text"), diagnostics_name = name_id("diagnostics");
  const Node* issues = outcome.find(issue_name);
  if (issues == nullptr) return {};
  for (const auto& issue : issues->items()) {
    const Node* details = issue.find(details_name);
    auto said = details == nullptr ? std::string_view() : text_at(*details, text_name);
    if (said.empty()) said = text_at(issue, diagnostics_name);
    if (!said.empty()) return ": " + std::string(said.substr(0, 200));
  }
  return {};
}

}  // namespace

base::Result<Record> RecordReader::read(std::string_view bytes,
                                        const std::shared_ptr<const std::string>& owner) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.size() > limits_.max_bytes) {
    return base::fail(ErrorCode::kTooLarge,
                      std::to_string(bytes.size()) + " bytes is over the size limit", source_, {},
                      "at most " + std::to_string(limits_.max_bytes) + " bytes");
  }
  auto arena = std::make_shared<base::Arena>();
  text_ = bytes;
  if (owner != nullptr) arena->keep(owner);
  auto documents = owner != nullptr ? read_json_in_place(text_, *arena, limits_, source_)
                                    : read_json(text_, *arena, limits_, source_);
  if (!documents) return std::unexpected(std::move(documents.error()));
  impl_->arenas.push_back(std::move(arena));
  for (const auto& document : *documents) {
    if (auto added = add_document(document); !added) return std::unexpected(added.error());
  }
  if (candidates_.empty()) {
    return base::fail(ErrorCode::kNoPatient, "there is no resource in the input", source_, {},
                      "a Bundle with a Patient and their resources");
  }
  if (auto somebody = check_somebody(); !somebody) return std::unexpected(somebody.error());
  auto chosen = choose_versions(candidates_, deletions_, limits_.keep_retracted, *written_, issues_,
                                impl_->resources);
  impl_->arenas.push_back(std::move(written_));
  for (const auto& candidate : candidates_) {
    if (candidate.resource.type != type_id("Patient")) continue;
    const auto server = server_of(candidate.resource.full_url);
    if (!server.empty()) impl_->patient_servers.push_back(server);
  }
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  impl_->index();
  if (auto one = check_one_person(*impl_); !one) return std::unexpected(std::move(one.error()));
  if (impl_->patient == nullptr) {
    issues_.warn(source_, "Patient", "there is no Patient: age and sex are unknown");
  }
  issues_.close(source_);
  return Record(std::move(impl_));
}

base::Result<void> RecordReader::add_document(const JsonDocument& document) {
  static const NameId type_name = name_id("resourceType");
  const auto place = [&] { return position(text_, document.offset); };
  if (text_at(*document.root, type_name) == "Bundle") return add_bundle(*document.root);
  return add_resource(*document.root, {}, place);
}

base::Result<void> RecordReader::add_bundle(const Node& bundle) {
  static const NameId entry_name = name_id("entry"), link_name = name_id("link");
  static const NameId relation_name = name_id("relation");
  if (auto checked = checker_.check_bundle(bundle, source_); !checked) return checked;
  if (const Node* links = bundle.find(link_name)) {
    for (const auto& link : links->items()) {
      if (text_at(link, relation_name) != "next") continue;
      issues_.warn(source_, "Bundle.link", "one page of several: the record may not be whole");
    }
  }
  const Node* entries = bundle.find(entry_name);
  if (entries == nullptr) return {};
  candidates_.reserve(candidates_.size() + entries->size);
  std::size_t index = 0;
  for (const auto& entry : entries->items()) {
    const auto place = [&] { return "Bundle.entry[" + std::to_string(index) + "]"; };
    if (const auto added = add_entry(entry, place); !added) return added;
    ++index;
  }
  return {};
}

template <class Place>
base::Result<void> RecordReader::add_entry(const Node& entry, const Place& place) {
  static const NameId type_name = name_id("resourceType"), resource_name = name_id("resource");
  static const NameId full_url_name = name_id("fullUrl"), request_name = name_id("request");
  static const NameId method_name = name_id("method"), url_name = name_id("url");
  static const NameId response_name = name_id("response");
  static const NameId modified_name = name_id("lastModified");
  const Node* request = entry.find(request_name);
  if (request != nullptr && text_at(*request, method_name) == "DELETE") {
    const Node* response = entry.find(response_name);
    deletions_.push_back({text_at(*request, url_name), response == nullptr
                                                           ? std::string_view()
                                                           : text_at(*response, modified_name)});
    issues_.note(source_, place(), "a deletion: nothing is read from it");
    return {};
  }
  const Node* resource = entry.find(resource_name);
  if (resource == nullptr) {
    issues_.note(source_, place(), "an entry without a resource: nothing is read from it");
    return {};
  }
  if (text_at(*resource, type_name) == "Bundle") return add_bundle(*resource);
  return add_resource(*resource, text_at(entry, full_url_name),
                      [&] { return place() + ".resource"; });
}

// Resources of one type stand together as a rule.
TypeId RecordReader::type_named(std::string_view text) {
  if (text != last_type_text_) {
    last_type_text_ = text;
    last_type_ = type_id(text);
  }
  return last_type_;
}

template <class Place>
base::Result<void> RecordReader::add_resource(const Node& node, std::string_view full_url,
                                              const Place& place) {
  static const NameId type_name = name_id("resourceType"), id_name = name_id("id");
  static const TypeId outcome = type_id("OperationOutcome"), parameters = type_id("Parameters");
  if (node.kind != Node::Kind::kObject) {
    return base::fail(ErrorCode::kBadValue, "a resource is an object", source_, place(),
                      "a FHIR R4 resource");
  }
  const Node* type = node.find(type_name);
  if (type == nullptr || type->kind != Node::Kind::kString) {
    return base::fail(ErrorCode::kNotFhir, "an object without a resourceType", source_, place(),
                      "a FHIR R4 resource");
  }
  Resource resource;
  resource.node = &node;
  resource.type = type_named(type->str());
  resource.full_url = full_url;
  resource.ordinal = impl_->next_ordinal++;
  if (!is_concrete_resource(resource.type)) {
    return base::fail(ErrorCode::kNotFhir,
                      "'" + std::string(type->str().substr(0, 60)) + "' is no FHIR R4 resource",
                      source_, place() + ".resourceType", "a resource type of FHIR R4");
  }
  resource.id = text_at(node, id_name);
  if (auto checked = checker_.check(resource); !checked) return checked;
  if (!limits_.keep_retracted) resource.node = statuses_.read(resource);
  if (resource.type == outcome) {
    issues_.warn(resource.reference(), {}, "the sender reports a problem" + outcome_text(node));
  }
  if (resource.type == parameters) {
    issues_.warn(resource.reference(), {}, "resources inside Parameters are not read");
  }
  candidates_.push_back({resource});
  return {};
}

// An answer that is nothing but an error message is no record.
base::Result<void> RecordReader::check_somebody() const {
  static const TypeId outcome = type_id("OperationOutcome");
  const bool any =
      std::any_of(candidates_.begin(), candidates_.end(),
                  [](const Candidate& candidate) { return candidate.resource.type != outcome; });
  if (any) return {};
  return base::fail(ErrorCode::kNoPatient,
                    "the input is an error report" + outcome_text(*candidates_[0].resource.node),
                    source_, {}, "a Bundle with a Patient and their resources");
}

base::Result<Record> Record::parse(std::string_view bytes, std::string_view source,
                                   const Limits& limits) {
  return RecordReader(source, limits).read(bytes);
}

base::Result<Record> Record::take(std::string& bytes, std::string_view source,
                                  const Limits& limits) {
  static_assert(kRoomBehind == kZerosBehind);
  const std::size_t size = bytes.size();
  auto own = std::make_shared<std::string>(std::move(bytes));
  own->append(kRoomBehind, '\0');
  auto out = RecordReader(source, limits).read(std::string_view(*own).substr(0, size), own);
  if (!out) {
    own->resize(size);
    bytes = std::move(*own);
  }
  return out;
}

}  // namespace nidus::fhir
