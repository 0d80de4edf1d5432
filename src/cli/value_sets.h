// SPDX-License-Identifier: Apache-2.0
//
// FHIR ValueSet files as the codes that a CQL library needs.
// Thread rule: one call at a time. Errors: kNotFound, kUnreadable, kBadArgument with file and value
// set: one whose codes are not all in the files (a filter, a whole code system, a part of an
// expansion) is refused, as answers from a part would look like answers from the whole.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "cql/program.h"

namespace nidus::cli {

// `paths`: JSON files with a ValueSet or a Bundle of them, or folders of such files. `needed`: the
// urls, or "url|version", that the library names; those that no file holds are left out.
base::Result<std::vector<cql::ValueSetContent>> read_value_sets(
    const std::vector<std::string>& paths, const std::set<std::string>& needed);

}  // namespace nidus::cli
