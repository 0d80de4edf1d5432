// SPDX-License-Identifier: Apache-2.0
//
// One person's FHIR R4 resources: parsed once, immutable, indexed by type and by code.
// Thread rule: immutable after parse; any number of readers. Errors: base::Error with resource and
// path. It decides nothing clinical.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/date_time.h"
#include "base/error.h"
#include "fhir/names.h"

namespace nidus::fhir {

// One JSON value. Lives in the Record's arena; texts are unescaped UTF-8; numbers keep their
// digits.
struct Node {
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool escaped : 1 = false;  // the text was written with such escapes as control characters have
  bool sound : 1 = false;    // an object of which door 2 has nothing to say
  bool plain : 1 = false;    // an object of which it is known that no member has a sibling ("_id")
  bool far : 1 = false;      // holds a reference that is not just "Type/id"; see links.h
  NameId name = kNoName;     // member name inside an object; kNoName: see extra_name
  std::uint32_t size = 0;    // bytes of text, or count of children
  union {
    const char* text = nullptr;  // kBoolean ("true"/"false"), kNumber, kString
    const Node* children;        // kArray, kObject
  };
  const std::string_view* extra = nullptr;

  std::string_view extra_name() const;    // the name itself when R4 has no such name, else empty
  std::string_view str() const;           // text of a scalar, else empty
  std::span<const Node> items() const;    // children of an array or object, else empty
  const Node* find(NameId member) const;  // object member or nullptr; JSON null is absent
};

inline std::string_view Node::str() const {
  const bool scalar = kind == Kind::kString || kind == Kind::kNumber || kind == Kind::kBoolean;
  return scalar ? std::string_view(text, size) : std::string_view();
}

inline std::string_view Node::extra_name() const {
  return extra == nullptr ? std::string_view() : *extra;
}

inline std::span<const Node> Node::items() const {
  if (kind != Kind::kArray && kind != Kind::kObject) return {};
  return {children, size};
}

inline const Node* Node::find(NameId member) const {
  if (kind != Kind::kObject) return nullptr;
  for (const Node& child : std::span(children, size)) {
    if (child.name == member) return child.kind == Kind::kNull ? nullptr : &child;
  }
  return nullptr;
}

struct Resource {
  const Node* node = nullptr;
  TypeId type = kNoType;
  std::string_view id;           // may be empty
  std::string_view full_url;     // Bundle.entry.fullUrl, may be empty
  std::uint32_t ordinal = 0;     // position in the input
  bool contained = false;        // held inside another resource
  const Node* holder = nullptr;  // root of the resource that holds a contained one
  // "Observation/crp-1", "Observation#7" without an id, "MedicationRequest/m1#drug" when contained.
  std::string reference() const;
};

// What was noticed while reading, but did not stop it (an unknown element, a missing status).
struct Issue {
  enum class Severity : std::uint8_t { kInformation, kWarning };
  Severity severity = Severity::kWarning;
  std::string resource;
  std::string path;
  std::string message;
};

struct Limits {
  std::size_t max_bytes = 64u << 20;
  int max_depth = 100;
  // What its sender calls entered in error is not read, as nobody should act on it; with this it
  // is, for rules that look at the status themselves.
  bool keep_retracted = false;
};

class Record {
 public:
  // A Bundle of any type, a single resource, or NDJSON of one patient's resources (one per line).
  // Refuses: not UTF-8, not JSON, cut in half, too deep, too large, not FHIR, two patients,
  // impossible dates, units that are not UCUM. `source` names the input in messages.
  static base::Result<Record> parse(std::string_view bytes, std::string_view source,
                                    const Limits& limits = {});
  // The same, of bytes that become the Record's own; they stay as they are when they are refused.
  // It saves a copy of them if they have room for kRoomBehind more.
  static base::Result<Record> take(std::string& bytes, std::string_view source,
                                   const Limits& limits = {});
  static constexpr std::size_t kRoomBehind = 64;
  Record(Record&&) noexcept;
  Record& operator=(Record&&) noexcept;
  ~Record();

  std::span<const Resource> resources() const;           // input order
  std::span<const Resource> of_type(TypeId type) const;  // input order; contained ones excluded
  const Resource* patient() const;                       // nullptr when the input holds none
  const Resource* resource_of(const Node* node) const;   // the resource whose root is `node`
  // Resolves "Type/id", absolute URL, "urn:uuid:..." or "#id" (inside `from`); nullptr if absent.
  const Resource* resolve(std::string_view reference, const Resource* from = nullptr) const;
  std::span<const Issue> issues() const;

  // What was known at `as_of`: resources whose known_at() is not after it, and undated ones; of an
  // examination that was done and not reported, what awaited.h leaves of it.
  // `default_offset_minutes` is read into date-times without an offset.
  Record as_known_at(const base::DateTime& as_of, int default_offset_minutes) const;

  // A new Record without the resources of which `left_out` says so; what is contained goes with its
  // holder.
  Record without(const std::function<bool(const Resource&)>& left_out) const;

  // A new Record: this one plus `extra` resources (JSON objects), as derived facts are added.
  base::Result<Record> with(std::span<const std::string> extra) const;

  struct Impl;  // record_impl.h

 private:
  explicit Record(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  friend class RecordReader;  // record_read.cc
  friend class Gathered;      // gathered.h
};

// When a resource's fact was true or done: the first present of the type's own date elements
// (effective, onset, performed, occurrence, authoredOn, collected, started, recordedDate,
// issued...); start of a period. Nullopt when undated.
std::optional<base::DateTime> when(const Resource& resource);
// When it became known (issued, recordedDate, authoredOn, else when()); for replay.
std::optional<base::DateTime> known_at(const Resource& resource);
// A short human label: code text or display, and value with unit. For lists of sources.
std::string label(const Resource& resource);
// The same without the value: what it is called.
std::string title(const Resource& resource);

}  // namespace nidus::fhir
