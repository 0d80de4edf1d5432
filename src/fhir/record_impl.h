// SPDX-License-Identifier: Apache-2.0
//
// What a Record holds; shared by the files that read, choose and query. Internal to fhir/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/record.h"
#include "fhir/text_index.h"

namespace nidus::fhir {

struct Record::Impl {
  std::vector<std::shared_ptr<const base::Arena>> arenas;  // nodes may be shared between records
  std::vector<Resource> resources;                         // a holder, then what it contains
  std::vector<Issue> issues;
  std::uint32_t next_ordinal = 0;
  const Resource* patient = nullptr;
  // Where the Patient was sent from: one content may come from several servers.
  std::vector<std::string_view> patient_servers;

  // Everything below is made by index().
  std::vector<Resource> by_type;                               // contained ones left out
  std::vector<std::pair<const Node*, std::uint32_t>> by_node;  // index into resources; sorted
  TextIndex by_id;                                             // into resources, contained left out
  TextIndex by_url;

  // After any change of `resources`.
  void index();
  const Resource* of_node(const Node* node) const;
  // `home`: the server on which it is looked for; empty when nobody says.
  const Resource* of_id(TypeId type, std::string_view id, std::string_view home) const;
  const Resource* resolve(std::string_view reference, const Resource* from) const;
  // The server of a resource, or of what holds it.
  std::string_view home_of(const Resource& resource) const;
};

// A reference without "/_history/7".
std::string_view without_version(std::string_view reference);

// What stands before the id where a resource has no address: "urn:uuid:...".
inline constexpr std::string_view kUuid = "urn:uuid:";

// The last two segments of "http://host/fhir/Patient/1" or "Patient/1"; empty when there are none.
struct TypeAndId {
  std::string_view type;
  std::string_view id;
};
TypeAndId type_and_id(std::string_view reference);

// The server in "https://host/fhir/Patient/1", without its scheme: "//host/fhir"; empty when the
// address names none. Resources of two servers are two, whatever their ids.
std::string_view server_of(std::string_view address);
// An id in which nothing stands that divides a reference.
bool is_plain_id(std::string_view id);

// The server of one resource after another, which is the same for most.
class Server {
 public:
  // server_of(resource.full_url)
  std::string_view of(const Resource& resource);
  // Whether that address was "https://host/fhir/Type/id", with the type and the id of the resource.
  bool is_own_address() const { return !before_.empty(); }

 private:
  static bool stands_under(std::string_view before, const Resource& resource);

  std::string_view before_;  // "https://host/fhir" of the last one
  std::string_view server_;
};

// Whether two addresses may be those of one resource, as far as their servers go.
inline bool may_be_one_server(std::string_view a, std::string_view b) {
  return a.empty() || b.empty() || a == b;
}

// Refuses a record about more than one person (one_person.cc). REQUIRES: indexed.
base::Result<void> check_one_person(const Record::Impl& impl);

}  // namespace nidus::fhir
