// SPDX-License-Identifier: Apache-2.0
#include "base/packed_json.h"

#include <cassert>
#include <charconv>
#include <cstring>

namespace nidus::base {

namespace {

// The members of an object. FlexBuffers finds one by halving and comparing whole names through a
// pointer to a function, and asks for the width of every number it reads; objects are small, and
// most names differ in their first letters, so that walking is several times as fast.
class Members : public flexbuffers::Map {
 public:
  explicit Members(const flexbuffers::Map& map) : flexbuffers::Map(map) {}

  // null when there is none.
  flexbuffers::Reference find(const MemberName& key) const {
    switch (byte_width_) {
      case 1:
        return find_in<std::uint8_t>(key);
      case 2:
        return find_in<std::uint16_t>(key);
      case 4:
        return find_in<std::uint32_t>(key);
      default:
        return find_in<std::uint64_t>(key);
    }
  }

 private:
  // Before the values stand where the names are, how wide they lie, and how many there are; behind
  // the values their kinds.
  template <class Offset>
  flexbuffers::Reference find_in(const MemberName& key) const {
    constexpr std::size_t kWide = sizeof(Offset);
    const std::uint8_t* to_names = data_ - 3 * kWide;
    const std::uint8_t* names = to_names - flatbuffers::ReadScalar<Offset>(to_names);
    const auto names_wide = flatbuffers::ReadScalar<Offset>(data_ - 2 * kWide);
    const std::size_t count = flatbuffers::ReadScalar<Offset>(data_ - kWide);
    const std::size_t at = names_wide == 1   ? place_of<std::uint8_t>(names, count, key)
                           : names_wide == 2 ? place_of<std::uint16_t>(names, count, key)
                           : names_wide == 4 ? place_of<std::uint32_t>(names, count, key)
                                             : place_of<std::uint64_t>(names, count, key);
    if (at == count) return {};
    return {data_ + at * kWide, static_cast<std::uint8_t>(kWide), data_[count * kWide + at]};
  }

  template <class Offset>
  static std::size_t place_of(const std::uint8_t* names, std::size_t count, const MemberName& key) {
    const auto first = key.first();
    for (std::size_t i = 0; i < count; ++i, names += sizeof(Offset)) {
      const std::uint8_t* name = names - flatbuffers::ReadScalar<Offset>(names);
      if (key.is(name)) return i;
      if (name[0] > first) break;  // they are in order
    }
    return count;
  }
};

}  // namespace

PackedJson PackedJson::operator[](const MemberName& name) const {
  assert(!name.empty());
  if (!value_.IsMap()) return {};
  return PackedJson(Members(value_.AsMap()).find(name));
}

std::string_view PackedJson::text() const {
  if (!value_.IsString()) return {};
  const flexbuffers::String text = value_.AsString();
  return {text.c_str(), text.size()};
}

std::optional<bool> PackedJson::truth() const {
  if (!value_.IsBool()) return std::nullopt;
  return value_.AsBool();
}

std::string PackedJson::written() const {
  if (value_.IsString()) return std::string(text());
  if (value_.IsBool()) return value_.AsBool() ? "true" : "false";
  char digits[32];
  std::to_chars_result end{digits, {}};
  if (value_.IsFloat()) {
    end = std::to_chars(digits, std::end(digits), value_.AsDouble());
  } else if (value_.IsUInt()) {
    end = std::to_chars(digits, std::end(digits), value_.AsUInt64());
  } else if (value_.IsInt()) {
    end = std::to_chars(digits, std::end(digits), value_.AsInt64());
  }
  std::string out(digits, end.ptr);
  // What was written with a point keeps it.
  if (value_.IsFloat() && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

void Packer::add(simdjson::dom::element value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::ARRAY: {
      const simdjson::dom::array items = value.get_array().value_unsafe();
      const std::size_t list = open();
      for (const auto item : items) add(item);
      close(list);
      return;
    }
    case element_type::OBJECT: {
      const simdjson::dom::object members = value.get_object().value_unsafe();
      const std::size_t object = open_object();
      for (const auto member : members) {
        builder_.Key(member.key.data(), member.key.size());
        add(member.value);
      }
      close_object(object);
      return;
    }
    case element_type::STRING:
      return add(value.get_string().value_unsafe());
    case element_type::INT64:
      return builder_.Int(value.get_int64().value_unsafe());
    case element_type::UINT64:
      return builder_.UInt(value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return builder_.Double(value.get_double().value_unsafe());
    case element_type::BOOL:
      return builder_.Bool(value.get_bool().value_unsafe());
    case element_type::NULL_VALUE:
      return builder_.Null();
  }
  assert(false && "JSON has no other kinds of values");
}

std::vector<std::uint8_t> Packer::bytes() && {
  builder_.Finish();
  return builder_.GetBuffer();
}

}  // namespace nidus::base
