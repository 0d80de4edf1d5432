// SPDX-License-Identifier: Apache-2.0
#include "cql/operator_value_bag.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace nidus::cql::ops {

namespace {

std::uint64_t hash_text(std::string_view text) { return std::hash<std::string_view>()(text); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6u) + (a >> 2u))) * 0x100000001b3u;
}

// Members may come in any order and numbers be written in several ways: members are added up, and
// of nested parts only that they are there.
std::uint64_t hash_node(const fhir::Node& node) {
  using NodeKind = fhir::Node::Kind;
  if (node.kind == NodeKind::kString || node.kind == NodeKind::kBoolean) {
    return hash_text(node.str());
  }
  if (node.kind != NodeKind::kObject) return static_cast<std::uint64_t>(node.kind);
  std::uint64_t sum = 0;
  for (const auto& member : node.items()) {
    const bool text = member.kind == NodeKind::kString;
    const auto name =
        member.name == fhir::kNoName ? hash_text(member.extra_name()) : std::uint64_t{member.name};
    sum += mix(name, text ? hash_text(member.str()) : static_cast<std::uint64_t>(member.kind));
  }
  return sum;
}

}  // namespace

std::uint64_t rough_hash(const Value& value) {
  constexpr std::uint64_t kNumber = 1;  // 1 and 1.0 are the same
  constexpr std::uint64_t kMoment = 2;  // offsets differ, instants do not
  switch (value.kind()) {
    case Kind::kInteger:
    case Kind::kLong:
    case Kind::kDecimal:
    case Kind::kUncertainty:
      return kNumber;
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime:
      return kMoment;
    case Kind::kString:
      return hash_text(value.as_string());
    case Kind::kCode:
      return hash_text(value.as_code().code);
    case Kind::kElement:
      return hash_node(*value.as_node());
    default:
      return 16 + static_cast<std::uint64_t>(value.kind());
  }
}

bool ValueBag::contains(const Value& value) const {
  if (places_.empty()) {
    return std::any_of(items_.begin(), items_.end(),
                       [&](const Value& item) { return same(call_, item, value); });
  }
  const auto [first, last] = places_.equal_range(rough_hash(value));
  return std::any_of(first, last,
                     [&](const auto& entry) { return same(call_, items_[entry.second], value); });
}

void ValueBag::add(const Value& value) {
  if (contains(value)) return;
  items_.push_back(value);
  if (items_.size() < kFew) return;
  if (places_.empty()) {
    for (std::size_t i = 0; i + 1 < items_.size(); ++i) {
      places_.emplace(rough_hash(items_[i]), static_cast<std::uint32_t>(i));
    }
  }
  places_.emplace(rough_hash(value), static_cast<std::uint32_t>(items_.size() - 1));
}

}  // namespace nidus::cql::ops
