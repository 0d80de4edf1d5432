// SPDX-License-Identifier: Apache-2.0
#include "base/packed_json.h"

#include <cassert>
#include <charconv>
#include <cstring>

namespace nidus::base {

namespace {

// The names of an object's members, in order. FlexBuffers finds one by halving and comparing whole
// names through a pointer to a function; objects are small, and most names differ in their first
// letters, so that walking is three times as fast.
class Names : public flexbuffers::TypedVector {
 public:
  explicit Names(const flexbuffers::TypedVector& keys) : flexbuffers::TypedVector(keys) {}

  // size() when there is none.
  std::size_t find(std::string_view key) const {
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
  template <class Offset>
  std::size_t find_in(std::string_view key) const {
    for (std::size_t i = 0; i < size_; ++i) {
      const std::uint8_t* at = data_ + i * sizeof(Offset);
      Offset back;  // from here to the name
      std::memcpy(&back, at, sizeof back);
      const char* name = reinterpret_cast<const char*>(at - back);
      if (name[0] == key[0] && std::strncmp(name, key.data(), key.size()) == 0 &&
          name[key.size()] == '\0') {
        return i;
      }
    }
    return size_;
  }
};

}  // namespace

PackedJson PackedJson::operator[](std::string_view key) const {
  assert(!key.empty());
  if (!value_.IsMap()) return {};
  const flexbuffers::Map map = value_.AsMap();
  const std::size_t at = Names(map.Keys()).find(key);
  return at == map.size() ? PackedJson() : PackedJson(map.Values()[at]);
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
