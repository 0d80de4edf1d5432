// SPDX-License-Identifier: Apache-2.0
//
// Text from a record as it may stand in a page: in an element or in a quoted attribute, HTML or
// SVG. Internal to the room. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>

namespace nidus::pathway {

std::string html_text(std::string_view text);

}  // namespace nidus::pathway
