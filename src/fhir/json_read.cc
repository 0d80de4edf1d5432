// SPDX-License-Identifier: Apache-2.0
//
// JSON bytes -> Node tree, in one pass over simdjson On-Demand (numbers keep their digits).
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "fhir/record_impl.h"

namespace nidus::fhir {

namespace {

namespace ondemand = simdjson::ondemand;
using base::ErrorCode;

// Where in the text a byte stands, as a person counts.
std::string position(std::string_view bytes, std::size_t offset) {
  const auto before = bytes.substr(0, std::min(offset, bytes.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last = before.rfind('\n');
  const auto column = last == std::string_view::npos ? before.size() : before.size() - last - 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

class JsonReader {
 public:
  JsonReader(std::string_view bytes, base::Arena& arena, const Limits& limits,
             std::string_view place)
      : padded_(bytes), arena_(arena), limits_(limits), place_(place) {}

  base::Result<const Node*> read();

 private:
  bool read_value(ondemand::value value, Node& out, int depth);
  bool read_object(ondemand::object object, Node& out, int depth);
  bool read_array(ondemand::array array, Node& out, int depth);
  bool read_key(ondemand::field& field, Node& out);
  bool read_number(ondemand::value value, Node& out);
  bool check_duplicates(std::size_t first);
  void close(Node& out, Node::Kind kind, std::size_t first);

  bool failed(simdjson::error_code code);
  bool refuse(ErrorCode code, std::string message, std::string expected = {}) {
    error_ =
        base::Error{code, std::move(message), std::string(place_), here(), std::move(expected)};
    return false;
  }
  std::string here();
  std::string_view text() const { return {padded_.data(), padded_.size()}; }

  simdjson::padded_string padded_;
  base::Arena& arena_;
  const Limits& limits_;
  std::string_view place_;
  ondemand::parser parser_;
  ondemand::document document_;
  bool opened_ = false;  // before that simdjson has no location
  std::vector<Node> stack_;  // children of the objects and arrays that are open
  base::Error error_;
};

std::string JsonReader::here() {
  const char* at = nullptr;
  if (!opened_) return {};
  if (document_.current_location().get(at) != simdjson::SUCCESS) return {};
  return position(text(), static_cast<std::size_t>(at - padded_.data()));
}

bool JsonReader::failed(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR:
      return refuse(ErrorCode::kNotUtf8, "not UTF-8", "UTF-8 text");
    case simdjson::CAPACITY:
      return refuse(ErrorCode::kTooLarge, "too large");
    case simdjson::EMPTY:
      return refuse(ErrorCode::kNotJson, "the input is empty", "FHIR JSON");
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
    case simdjson::UNCLOSED_STRING:
      return refuse(ErrorCode::kNotJson, "the JSON ends too early or is cut in half",
                    "a complete JSON value");
    default:
      return refuse(ErrorCode::kNotJson, std::string("not JSON: ") + simdjson::error_message(code),
                    "FHIR JSON");
  }
}

void JsonReader::close(Node& out, Node::Kind kind, std::size_t first) {
  const auto children = arena_.make_array<Node>(stack_.size() - first);
  std::copy(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end(), children.begin());
  stack_.resize(first);
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(children.size());
  out.children = children.data();
}

bool JsonReader::check_duplicates(std::size_t first) {
  const std::size_t count = stack_.size() - first;
  constexpr std::size_t kFew = 48;
  const auto name_of = [&](const Node& node) -> std::string {
    if (!node.extra_name.empty()) return std::string(node.extra_name);
    return (is_sibling_name(node.name) ? "_" : "") + std::string(name_text(node.name));
  };
  if (count > kFew) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = first; i < stack_.size(); ++i) {
      if (!seen.insert(name_of(stack_[i])).second) {
        return refuse(ErrorCode::kNotJson,
                      "'" + name_of(stack_[i]) + "' stands twice in one object");
      }
    }
    return true;
  }
  for (std::size_t i = first; i < stack_.size(); ++i) {
    for (std::size_t j = first; j < i; ++j) {
      if (stack_[i].name == stack_[j].name && stack_[i].extra_name == stack_[j].extra_name) {
        return refuse(ErrorCode::kNotJson,
                      "'" + name_of(stack_[i]) + "' stands twice in one object");
      }
    }
  }
  return true;
}

bool JsonReader::read_key(ondemand::field& field, Node& out) {
  std::string_view key;
  if (const auto code = field.unescaped_key().get(key)) return failed(code);
  out.name = name_id(key);
  if (out.name == kNoName)
    out.extra_name = key.empty() ? std::string_view("\0", 1) : arena_.copy(key);
  return true;
}

bool JsonReader::read_object(ondemand::object object, Node& out, int depth) {
  const std::size_t first = stack_.size();
  for (auto item : object) {
    ondemand::field field;
    if (const auto code = std::move(item).get(field)) return failed(code);
    Node child;
    if (!read_key(field, child)) return false;
    if (!read_value(field.value(), child, depth + 1)) return false;
    stack_.push_back(child);
  }
  if (!check_duplicates(first)) return false;
  close(out, Node::Kind::kObject, first);
  return true;
}

bool JsonReader::read_array(ondemand::array array, Node& out, int depth) {
  const std::size_t first = stack_.size();
  for (auto item : array) {
    ondemand::value value;
    if (const auto code = item.get(value)) return failed(code);
    Node child;
    if (!read_value(value, child, depth + 1)) return false;
    stack_.push_back(child);
  }
  close(out, Node::Kind::kArray, first);
  return true;
}

bool JsonReader::read_number(ondemand::value value, Node& out) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                            token.back() == '\t')) {
    token.remove_suffix(1);
  }
  // Integers beyond 64 bits are JSON too; only the grammar is simdjson's to judge.
  double number = 0;
  const auto code = value.get_double().get(number);
  if (code != simdjson::SUCCESS && code != simdjson::NUMBER_ERROR) return failed(code);
  const bool digits = token.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  if (code == simdjson::NUMBER_ERROR) {
    return refuse(ErrorCode::kNotJson,
                  "'" + std::string(token.substr(0, 40)) + "' is not a number");
  }
  if (!digits) return refuse(ErrorCode::kNotJson, "not a JSON number");
  out.kind = Node::Kind::kNumber;
  const auto kept = arena_.copy(token);
  out.text = kept.data();
  out.size = static_cast<std::uint32_t>(kept.size());
  return true;
}

bool JsonReader::read_value(ondemand::value value, Node& out, int depth) {
  if (depth > limits_.max_depth) {
    return refuse(ErrorCode::kTooDeep,
                  "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
  }
  ondemand::json_type type{};
  if (const auto code = value.type().get(type)) return failed(code);
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      if (const auto code = value.get_object().get(object)) return failed(code);
      return read_object(object, out, depth);
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (const auto code = value.get_array().get(array)) return failed(code);
      return read_array(array, out, depth);
    }
    case ondemand::json_type::string: {
      std::string_view string;
      if (const auto code = value.get_string().get(string)) return failed(code);
      const auto kept = arena_.copy(string);
      out.kind = Node::Kind::kString;
      out.text = kept.data();
      out.size = static_cast<std::uint32_t>(kept.size());
      return true;
    }
    case ondemand::json_type::number:
      return read_number(value, out);
    case ondemand::json_type::boolean: {
      bool truth = false;
      if (const auto code = value.get_bool().get(truth)) return failed(code);
      out.kind = Node::Kind::kBoolean;
      out.text = truth ? "true" : "false";
      out.size = truth ? 4 : 5;
      return true;
    }
    case ondemand::json_type::null: {
      if (!value.is_null()) return refuse(ErrorCode::kNotJson, "not JSON");
      return true;
    }
  }
  return refuse(ErrorCode::kNotJson, "not JSON");
}

base::Result<const Node*> JsonReader::read() {
  if (padded_.size() > limits_.max_bytes) {
    return base::fail(
        ErrorCode::kTooLarge, std::to_string(padded_.size()) + " bytes is over the size limit",
        std::string(place_), {}, "at most " + std::to_string(limits_.max_bytes) + " bytes");
  }
  if (const auto code = parser_.iterate(padded_).get(document_)) {
    failed(code);
    return std::unexpected(error_);
  }
  opened_ = true;
  Node* root = arena_.make<Node>();
  // A scalar document cannot be read as a value; it is no FHIR either way.
  ondemand::json_type type{};
  if (const auto code = document_.type().get(type)) {
    failed(code);
    return std::unexpected(error_);
  }
  if (type != ondemand::json_type::object) {
    refuse(ErrorCode::kNotFhir, "the input is JSON, but not a FHIR resource",
           "an object with a resourceType");
    return std::unexpected(error_);
  }
  ondemand::object object;
  if (const auto code = document_.get_object().get(object)) {
    failed(code);
    return std::unexpected(error_);
  }
  if (!read_object(object, *root, 1)) return std::unexpected(error_);
  const char* rest = nullptr;
  if (document_.current_location().get(rest) == simdjson::SUCCESS) {
    refuse(ErrorCode::kNotJson, "text follows the end of the JSON value",
           "one JSON value, or one resource a line");
    return std::unexpected(error_);
  }
  return root;
}

}  // namespace

base::Result<const Node*> read_json(std::string_view bytes, base::Arena& arena,
                                    const Limits& limits, std::string_view place) {
  return JsonReader(bytes, arena, limits, place).read();
}

}  // namespace nidus::fhir
