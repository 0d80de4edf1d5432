// SPDX-License-Identifier: Apache-2.0
#include "fhir/issue_list.h"

namespace nidus::fhir {

void IssueList::add(Issue issue) {
  // Enough for any record that a person will look through, and a bound on what hostile input costs.
  constexpr std::size_t kMost = 10'000;
  if (issues_.size() < kMost) {
    issues_.push_back(std::move(issue));
  } else {
    ++left_out_;
  }
}

void IssueList::close(std::string_view source) {
  if (left_out_ == 0) return;
  issues_.push_back({Issue::Severity::kWarning,
                     std::string(source),
                     {},
                     std::to_string(left_out_) + " more findings are not listed"});
}

}  // namespace nidus::fhir
