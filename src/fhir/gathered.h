// SPDX-License-Identifier: Apache-2.0
//
// Resources of many people put together, for what is asked of all of them at once. They are copied,
// so that the records they come from can be given back.
// Thread rule: one thread at a time; the records that record() gives are as any other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fhir/record.h"

namespace nidus::fhir {

class Gathered {
 public:
  Gathered();
  Gathered(Gathered&&) noexcept;
  Gathered& operator=(Gathered&&) noexcept;
  ~Gathered();

  // The next resources are of another person.
  void begin_person();
  // The root of the copy; what the resource contains goes along. A resource that stands alike with
  // several people (their hospital, a drug) is kept once. REQUIRES: not a contained one.
  const Node* add(const Record& from, const Resource& resource);
  // A resource that was added and stands as this one; nullptr when there is none. It has an id.
  const Node* find(const Resource& resource) const;
  // What has been added, in that order.
  Record record() const;

 private:
  struct Known {
    const Node* node = nullptr;
    std::uint64_t person = 0;
  };
  std::unique_ptr<Record::Impl> impl_;
  std::shared_ptr<base::Arena> arena_;
  std::unordered_multimap<std::string, Known> by_name_;  // "Medication/m1"
  std::uint64_t person_ = 0;
};

// A copy whose nodes and texts lie in `arena`.
const Node* copy_of(const Node& node, base::Arena& arena);

}  // namespace nidus::fhir
