// SPDX-License-Identifier: Apache-2.0
// Any bytes as a FHIR record: refused with a reason, or a Record whose every view holds together;
// and the same once more, although its thread has read them before.
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fhir/record.h"

namespace {

using nidus::fhir::Issue;
using nidus::fhir::Node;
using nidus::fhir::Record;
using nidus::fhir::Resource;

bool same(const Node& a, const Node& b) {
  const auto x = a.items(), y = b.items();
  return a.kind == b.kind && a.name == b.name && a.extra_name() == b.extra_name() &&
         a.sound == b.sound && a.plain == b.plain && a.far == b.far && a.escaped == b.escaped &&
         a.str() == b.str() && std::equal(x.begin(), x.end(), y.begin(), y.end(), same);
}

bool same_issue(const Issue& a, const Issue& b) {
  return a.severity == b.severity && a.resource == b.resource && a.path == b.path &&
         a.message == b.message;
}

// Under an object that is sound and not marked, a reference is just "Type/id".
void check_references(const Node& node, bool near) {
  static const auto reference = nidus::fhir::name_id("reference");
  near = near || (node.kind == Node::Kind::kObject && node.sound && !node.far);
  for (const Node& child : node.items()) {
    if (near && child.name == reference && child.kind == Node::Kind::kString) {
      const auto text = child.str();
      assert(text.find_first_of(":#") == std::string_view::npos);
      assert(std::count(text.begin(), text.end(), '/') == 1);
    }
    check_references(child, near);
  }
}

bool same_resource(const Resource& a, const Resource& b) { return same(*a.node, *b.node); }

template <class List, class Same>
bool same_lists(const List& a, const List& b, const Same& same_items) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_items);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = [&] {
    return Record::parse(bytes, "fuzz", {.max_bytes = 1u << 20, .max_depth = 40});
  };
  const auto record = read();
  for (int time = 0; time < 2; ++time) {
    const auto again = read();
    assert(again.has_value() == record.has_value());
    if (!record) {
      assert(again.error().to_string() == record.error().to_string());
    } else {
      assert(same_lists(again->resources(), record->resources(), same_resource));
      assert(same_lists(again->issues(), record->issues(), same_issue));
    }
  }
  std::string own(bytes);
  const auto taken = Record::take(own, "fuzz", {.max_bytes = 1u << 20, .max_depth = 40});
  assert(taken.has_value() == record.has_value());
  if (!taken) assert(own == bytes && taken.error().to_string() == record.error().to_string());
  if (taken) assert(same_lists(taken->resources(), record->resources(), same_resource));
  if (!record) {
    assert(!record.error().message.empty());
    assert(nidus::base::is_bad_input(record.error().code));
    return 0;
  }
  for (const auto& resource : record->resources()) {
    assert(!resource.reference().empty());
    assert(record->resource_of(resource.node) != nullptr);
    check_references(*resource.node, false);
    static_cast<void>(nidus::fhir::label(resource));
    static_cast<void>(nidus::fhir::when(resource));
  }
  for (const auto& issue : record->issues()) assert(!issue.message.empty());
  const auto as_of = nidus::base::parse_date_time("2025-03-04T10:00:00+01:00");
  const auto known = record->as_known_at(*as_of, 60);
  assert(known.resources().size() <= record->resources().size());
  return 0;
}
