// SPDX-License-Identifier: Apache-2.0
//
// The value of a CQL parameter as it is written on a command line.
// Thread rule: pure functions. Errors: kBadArgument with what was expected.
#pragma once

#include <string>
#include <string_view>

#include "cql/program.h"

namespace nidus::cli {

// `type`: "Integer", "DateTime", "Interval<DateTime>", "List<String>" ...; `text`: a CQL literal
// ("5", "@2025-03-04", "5 'mg'", "Interval[@2024-01-01, @2025-01-01)", "null"). The quotes of a
// whole String and the @ of a date may be left out. A DateTime without an offset has
// `offset_minutes`. The value lives in `arena`.
base::Result<cql::Value> parse_parameter(std::string_view text, std::string_view type,
                                         int offset_minutes, base::Arena& arena);

}  // namespace nidus::cli
