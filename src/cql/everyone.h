// SPDX-License-Identifier: Apache-2.0
//
// What definitions of the context Unfiltered see of a run over many people: the resources of all of
// them, and what a definition of the context Patient is for each. The people pass by, in as many
// passes as that takes (none, when nothing that is wanted looks at all of them; one, unless what a
// patient's definition is depends on what all are). In memory stays what was asked for: the
// resources of the types that are retrieved, and values.
// Thread rule: look() on any thread; all others one at a time. Constant once the passes are over.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cql/program.h"
#include "fhir/gathered.h"

namespace nidus::cql {

class Everyone {
 public:
  // REQUIRES: `program` outlives this. Errors: kBadProgram, definitions that wait for each other.
  static base::Result<Everyone> of(const Program& program, std::span<const DefinitionId> wanted,
                                   const EvaluationOptions& options);
  Everyone(Everyone&&) noexcept;
  Everyone& operator=(Everyone&&) noexcept;
  ~Everyone();

  std::size_t passes() const;
  // Definitions of the context Unfiltered that look at all people, ascending.
  const std::vector<DefinitionId>& unfiltered() const;

  // What the pass that is on takes of a person.
  struct Look;
  std::shared_ptr<Look> look(const fhir::Record& record) const;
  // In the order of the input.
  void add(const Look& look);
  // After all people of a pass.
  void end_pass();

  // The value of one of unfiltered(), once the passes are over.
  const base::Result<Value>& value(DefinitionId unfiltered) const;
  // nullptr when `id` is not one of them, or its pass is not over.
  const base::Result<Value>* find(DefinitionId id) const;
  // A patient's definition for all patients, as far as the passes are over.
  const base::Result<Value>* values_of(DefinitionId per_patient) const;
  // Whether what the patient's definition is depends on who the patient is.
  bool is_personal(DefinitionId per_patient) const;
  // All that was gathered; to name resources in values.
  const fhir::Record& record() const;
  // What CQL's Message said while unfiltered() were computed.
  const std::vector<std::string>& messages() const;

 private:
  struct Impl;
  explicit Everyone(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nidus::cql
