// SPDX-License-Identifier: Apache-2.0
//
// Door 2: every element of a resource against the R4 model. What cannot be right is refused with
// its path (kNotFhir, kBadValue, kBadDate, kBadUnit); what is merely unknown is kept and listed.
// Internal to fhir/. Thread rule: one checker a thread. It decides nothing clinical.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fhir/issue_list.h"
#include "fhir/record.h"
#include "fhir/sound.h"

namespace nidus::fhir {

class Checker {
 public:
  explicit Checker(IssueList& issues) : issues_(issues) {}

  // The resource and those it contains.
  base::Result<void> check(const Resource& resource);
  // A Bundle's own elements; the resources of its entries are checked one by one.
  base::Result<void> check_bundle(const Node& bundle, std::string_view source);

 private:
  // The way to the element at hand, from the element up.
  struct Step {
    Step* above;
    NameId name;
    std::string_view extra_name;
    std::int32_t index = -1;  // -1: not in a list
  };
  // One step down while it lives.
  class Down {
   public:
    Down(Checker& checker, NameId name, std::string_view extra_name)
        : checker_(checker), step_{checker.step_, name, extra_name} {
      checker.step_ = &step_;
    }
    ~Down() { checker_.step_ = step_.above; }
    Down(const Down&) = delete;
    Down& operator=(const Down&) = delete;

   private:
    Checker& checker_;
    Step step_;
  };

  base::Result<void> run(const Node& node, TypeId type, std::string reference);
  bool object(const Node& node, TypeId type);
  bool member(const Node& parent, const Node& node, const Member& model);
  bool list(const Node& parent, const Node& node, const Member& model);
  bool sibling(const Node& node, const Member& model);
  bool value(const Node& node, TypeId type, JsonForm form);
  bool one_choice(const Node& parent, const Node& node, TypeId type, const Member& model);
  bool primitive(const Node& node, TypeId type, JsonForm form);
  bool text(const Node& node);
  bool whole(const Node& node, TypeId type, std::int64_t least);
  bool moment(const Node& node, bool instant);
  bool quantity(const Node& node);
  void period(const Node& node);

  std::string path() const;
  bool refuse(base::ErrorCode code, std::string message, std::string expected);
  void warn(std::string message) { issues_.warn(reference_, path(), std::move(message)); }
  void note(std::string message) { issues_.note(reference_, path(), std::move(message)); }

  IssueList& issues_;
  std::string reference_;
  TypeId root_ = kNoType;
  Step* step_ = nullptr;
  Units units_;
  base::Error error_;
};

}  // namespace nidus::fhir
