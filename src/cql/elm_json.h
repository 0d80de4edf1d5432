// SPDX-License-Identifier: Apache-2.0
//
// A value of an ELM text. simdjson walks an object at each question for a member, and the compiler
// asks most nodes for most of theirs: so the members of an object are gathered when the first is
// asked for.
// Thread rule: a value belongs to one thread; the text behind it may be read by many. Errors:
// simdjson's, from get(). The parsed text outlives it.
#pragma once

#include <simdjson.h>

#include <boost/container/small_vector.hpp>
#include <string_view>
#include <utility>

namespace nidus::cql {

class Json {
 public:
  Json() = default;
  Json(simdjson::dom::element element)
      : element_(element) {}  // NOLINT(google-explicit-constructor)

  class Member {
   public:
    explicit Member(const simdjson::dom::element* element) : element_(element) {}

    simdjson::error_code get(Json& out) const {
      if (element_ == nullptr) return simdjson::NO_SUCH_FIELD;
      out = Json(*element_);
      return simdjson::SUCCESS;
    }
    template <class T>
    simdjson::error_code get(T& out) const {
      return element_ == nullptr ? simdjson::NO_SUCH_FIELD : element_->get(out);
    }

   private:
    const simdjson::dom::element* element_;  // null: there is none
  };

  // The member `key` of an object; of anything else there is none. Valid as long as this value.
  Member operator[](std::string_view key) const {
    if (!gathered_) gather();
    for (const auto& [name, value] : members_) {
      if (name == key) return Member(&value);
    }
    return Member(nullptr);
  }
  template <class T>
  simdjson::error_code get(T& out) const {
    return element_.get(out);
  }
  const simdjson::dom::element& element() const { return element_; }

 private:
  void gather() const;

  static constexpr std::size_t kFew = 12;  // hardly a node has more

  simdjson::dom::element element_;
  mutable boost::container::small_vector<std::pair<std::string_view, simdjson::dom::element>, kFew>
      members_;
  mutable bool gathered_ = false;
};

inline std::string_view text_at(const Json& node, std::string_view key) {
  std::string_view text;
  return node[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}
inline bool has(const Json& node, std::string_view key) {
  Json found;
  return node[key].get(found) == simdjson::SUCCESS;
}
inline bool flag_at(const Json& node, std::string_view key, bool fallback) {
  bool truth = fallback;
  return node[key].get(truth) == simdjson::SUCCESS ? truth : fallback;
}
template <class Visit>
void each(const Json& node, std::string_view key, const Visit& visit) {
  simdjson::dom::array items;
  if (node[key].get(items) != simdjson::SUCCESS) return;
  for (const Json item : items) visit(item);
}

}  // namespace nidus::cql
