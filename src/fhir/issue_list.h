// SPDX-License-Identifier: Apache-2.0
//
// Where reading and checking put what they notice. Internal to fhir/.
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/record.h"

namespace nidus::fhir {

// Collects issues; a flood of them ends in one that says how many more there were.
class IssueList {
 public:
  explicit IssueList(std::vector<Issue>& issues) : issues_(issues) {}
  void warn(std::string resource, std::string path, std::string message) {
    add({Issue::Severity::kWarning, std::move(resource), std::move(path), std::move(message)});
  }
  void note(std::string resource, std::string path, std::string message) {
    add({Issue::Severity::kInformation, std::move(resource), std::move(path), std::move(message)});
  }
  void close(std::string_view source);

 private:
  void add(Issue issue);
  std::vector<Issue>& issues_;
  std::size_t left_out_ = 0;
};

}  // namespace nidus::fhir
