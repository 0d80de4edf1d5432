// SPDX-License-Identifier: Apache-2.0
//
// What a Record holds; shared by record.cc (queries) and record_read.cc (parsing). Internal.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "fhir/record.h"

namespace nidus::fhir {

struct Record::Impl {
  std::vector<std::shared_ptr<const base::Arena>> arenas;  // nodes may be shared between records
  std::vector<Resource> resources;
  std::vector<std::vector<Resource>> by_type;  // indexed by TypeId
  std::unordered_map<const Node*, std::uint32_t> by_node;
  std::unordered_map<std::string_view, std::uint32_t> by_reference;  // "Type/id", full URL
  std::vector<Issue> issues;
  std::size_t patient = SIZE_MAX;

  void index();
};

// A JSON text as a Node tree in `arena`. `place` names it in messages ("line 3" or a file name).
base::Result<const Node*> read_json(std::string_view bytes, base::Arena& arena,
                                    const Limits& limits, std::string_view place);

// Walks a resource with the R4 model. Errors: kBadValue, kBadDate, kBadUnit with the path.
base::Result<void> check_resource(const Resource& resource, std::vector<Issue>& issues);

}  // namespace nidus::fhir
