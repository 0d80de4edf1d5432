// SPDX-License-Identifier: Apache-2.0
//
// Door 2: every element of a resource against the R4 model. What cannot be right is refused with
// its path (kNotFhir, kBadValue, kBadDate, kBadUnit); what is merely unknown is kept and listed.
// Internal to fhir/. Thread rule: one checker a thread. It decides nothing clinical.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "fhir/issue_list.h"
#include "fhir/record.h"

namespace nidus::fhir {

class Checker {
 public:
  explicit Checker(IssueList& issues) : issues_(issues) {}

  // The resource and those it contains.
  base::Result<void> check(const Resource& resource);
  // A Bundle's own elements; the resources of its entries are checked one by one.
  base::Result<void> check_bundle(const Node& bundle, std::string_view source);

 private:
  struct Step {
    NameId name;
    std::string_view extra_name;
    std::int32_t index;  // -1: not in a list
  };

  base::Result<void> run(const Node& node, TypeId type, std::string reference);
  bool object(const Node& node, TypeId type);
  bool member(const Node& parent, const Node& node, const Member& model);
  bool list(const Node& parent, const Node& node, const Member& model);
  bool sibling(const Node& node, const Member& model);
  bool value(const Node& node, TypeId type);
  bool one_choice(const Node& parent, const Node& node, TypeId type, const Member& model);
  bool primitive(const Node& node, TypeId type);
  bool text(const Node& node);
  bool moment(const Node& node, bool instant);
  bool quantity(const Node& node);
  void period(const Node& node);
  bool is_unit(std::string_view unit);

  std::string path() const;
  bool refuse(base::ErrorCode code, std::string message, std::string expected);
  void warn(std::string message) { issues_.warn(reference_, path(), std::move(message)); }
  void note(std::string message) { issues_.note(reference_, path(), std::move(message)); }

  IssueList& issues_;
  std::string reference_;
  TypeId root_ = kNoType;
  std::vector<Step> steps_;  // from the root to the element at hand
  std::unordered_map<std::string_view, bool> units_;
  base::Error error_;
};

}  // namespace nidus::fhir
