// SPDX-License-Identifier: Apache-2.0
//
// How a value set that a library declares with a version is named: url|version. No state.
#pragma once

#include <string>
#include <string_view>

namespace nidus::cql {

inline std::string versioned_url(std::string_view url, std::string_view version) {
  std::string out(url);
  if (!version.empty() && url.find('|') == std::string_view::npos) out.append("|").append(version);
  return out;
}

}  // namespace nidus::cql
