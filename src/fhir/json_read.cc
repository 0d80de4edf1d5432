// SPDX-License-Identifier: Apache-2.0
#include "fhir/json_read.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "fhir/json_text.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;

constexpr auto kNpos = std::string_view::npos;
// Deeper than this the reader's own stack would be at stake, whatever the caller allows.
constexpr int kDepthCeiling = 1000;

// simdjson's first stage finds where every token starts and checks UTF-8 and strings on the way.
// The tree is built here rather than with its DOM or On-Demand, because numbers must keep their
// digits, texts should not be copied twice and every refusal has a line and a column.
class JsonReader {
 public:
  JsonReader(std::string_view text, base::Arena& arena, const Limits& limits,
             std::string_view source)
      : text_(text),
        arena_(arena),
        max_depth_(std::min(limits.max_depth, kDepthCeiling)),
        max_bytes_(limits.max_bytes),
        source_(source) {}

  base::Result<std::vector<JsonDocument>> read();

 private:
  bool find_tokens();
  bool read_value(Node& out, int depth);
  bool read_object(Node& out, int depth);
  bool read_array(Node& out, int depth);
  bool read_member(Node& out, int depth);
  bool read_key(Node& out);
  bool read_string(Node& out);
  bool read_scalar(Node& out, int depth);
  bool unescaped(std::string_view raw, std::string_view& out);
  bool check_duplicates(std::size_t first);
  void close(Node& out, Node::Kind kind, std::size_t first);

  // The token under way: its first byte, its text, and the step to the next.
  bool at_end() const { return next_ >= count_; }
  std::size_t offset() const { return at_end() ? text_.size() : tokens_[next_]; }
  char here() const { return at_end() ? '\0' : text_[tokens_[next_]]; }
  std::string_view token() const;

  bool refuse(ErrorCode code, std::size_t at, std::string message, std::string expected) {
    error_ = base::Error{code, std::move(message), std::string(source_), position(text_, at),
                         std::move(expected)};
    return false;
  }
  bool refuse_cut() {
    return refuse(ErrorCode::kNotJson, text_.size(), "the JSON ends too early: the input is cut",
                  "a complete JSON value");
  }
  bool refuse_token(const char* expected);
  bool refuse_first_stage();

  std::string_view text_;
  base::Arena& arena_;
  int max_depth_;
  std::size_t max_bytes_;
  std::string_view source_;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> first_stage_;
  const std::uint32_t* tokens_ = nullptr;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::vector<Node> open_;  // children of the objects and arrays that are open
  base::Error error_;
};

// From its first byte to the next token, without the white space between.
std::string_view JsonReader::token() const {
  const std::size_t begin = tokens_[next_];
  std::size_t end = next_ + 1 < count_ ? tokens_[next_ + 1] : text_.size();
  while (end > begin + 1 && (text_[end - 1] == ' ' || text_[end - 1] == '\n' ||
                             text_[end - 1] == '\r' || text_[end - 1] == '\t')) {
    --end;
  }
  return text_.substr(begin, end - begin);
}

bool JsonReader::refuse_token(const char* expected) {
  if (at_end()) return refuse_cut();
  if (here() == '<' && next_ == 0) {
    return refuse(ErrorCode::kNotJson, offset(), "this is XML, not JSON", "FHIR JSON");
  }
  std::string found(token().substr(0, 1));
  // Only letters and digits may be quoted back: any byte may stand here.
  const auto shown = token().substr(0, 24);
  if (std::all_of(shown.begin(), shown.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    found = shown;
  }
  return refuse(ErrorCode::kNotJson, offset(), "not JSON: unexpected '" + found + "'", expected);
}

bool JsonReader::refuse_first_stage() {
  if (const auto at = first_not_utf8(text_); at != kNpos) {
    // The last character may be cut, with the input.
    const bool cut = at + 4 > text_.size() && static_cast<unsigned char>(text_[at]) >= 0xC2 &&
                     std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(at) + 1, text_.end(),
                                 [](char c) { return (static_cast<unsigned char>(c) >> 6) == 2; });
    if (cut) return refuse_cut();
    return refuse(ErrorCode::kNotUtf8, at, "the input is not UTF-8", "UTF-8 text");
  }
  if (text_.find_first_not_of(" \t\r\n") == kNpos) {
    return refuse(ErrorCode::kNotJson, 0, "the input is empty", "FHIR JSON");
  }
  if (const auto at = first_control_in_string(text_); at != kNpos) {
    return refuse(ErrorCode::kNotJson, at, "not JSON: a line break or control character in a text",
                  "control characters written as \\n, \\t or \\u0000");
  }
  if (const auto at = unclosed_string(text_); at != kNpos) {
    return refuse(ErrorCode::kNotJson, at,
                  "the JSON ends too early: the text that starts here does not end",
                  "a complete JSON value");
  }
  return refuse(ErrorCode::kNotJson, 0, "not JSON", "FHIR JSON");
}

bool JsonReader::find_tokens() {
  if (text_.size() > max_bytes_ || text_.size() > UINT32_MAX / 2) {
    error_ = base::Error{ErrorCode::kTooLarge,
                         std::to_string(text_.size()) + " bytes is over the size limit",
                         std::string(source_),
                         {},
                         "at most " + std::to_string(max_bytes_) + " bytes"};
    return false;
  }
  const auto& implementation = simdjson::get_active_implementation();
  auto code = text_.empty() ? simdjson::EMPTY
                            : implementation->create_dom_parser_implementation(
                                  text_.size(), static_cast<std::size_t>(max_depth_), first_stage_);
  if (code == simdjson::SUCCESS) {
    code = first_stage_->stage1(reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size(),
                                simdjson::stage1_mode::regular);
  }
  if (code == simdjson::MEMALLOC) {
    return refuse(ErrorCode::kTooLarge, 0, "there is not enough memory for the input", "less");
  }
  if (code != simdjson::SUCCESS) return refuse_first_stage();
  tokens_ = first_stage_->structural_indexes.get();
  count_ = first_stage_->n_structural_indexes;
  return true;
}

void JsonReader::close(Node& out, Node::Kind kind, std::size_t first) {
  const std::size_t count = open_.size() - first;
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(count);
  out.children = nullptr;
  if (count != 0) {
    auto* children = static_cast<Node*>(arena_.allocate(count * sizeof(Node), alignof(Node)));
    std::uninitialized_copy_n(open_.data() + first, count, children);
    out.children = children;
  }
  open_.resize(first);
}

bool JsonReader::check_duplicates(std::size_t first) {
  const auto less = [](const Node& a, const Node& b) {
    return a.name != b.name ? a.name < b.name : a.extra_name < b.extra_name;
  };
  const auto same = [](const Node& a, const Node& b) {
    return a.name == b.name && a.extra_name == b.extra_name;
  };
  const auto begin = open_.begin() + static_cast<std::ptrdiff_t>(first);
  auto twice = open_.end();
  constexpr std::ptrdiff_t kFew = 24;
  if (open_.end() - begin <= kFew) {
    for (auto i = begin; i != open_.end() && twice == open_.end(); ++i) {
      if (std::find_if(begin, i, [&](const Node& node) { return same(node, *i); }) != i) twice = i;
    }
    if (twice == open_.end()) return true;
  } else {
    std::vector<Node> sorted(begin, open_.end());
    std::sort(sorted.begin(), sorted.end(), less);
    const auto pair = std::adjacent_find(sorted.begin(), sorted.end(), same);
    if (pair == sorted.end()) return true;
    twice = std::find_if(begin, open_.end(), [&](const Node& node) { return same(node, *pair); });
  }
  const std::string name = twice->name == kNoName ? std::string(twice->extra_name.substr(0, 60))
                                                  : (is_sibling_name(twice->name) ? "_" : "") +
                                                        std::string(name_text(twice->name));
  return refuse(ErrorCode::kNotJson, offset(),
                "'" + name + "' stands twice in the object that ends here", "every member once");
}

bool JsonReader::unescaped(std::string_view raw, std::string_view& out) {
  if (raw.find('\\') == kNpos) {
    out = raw;
    return true;
  }
  char* to = static_cast<char*>(arena_.allocate(raw.size(), 1));
  const std::size_t size = unescape(raw, to);
  if (size == kNpos) {
    return refuse(ErrorCode::kNotJson, offset(), "not JSON: a bad escape in this text",
                  "\\n, \\t, \\\", \\u00e9 and their like");
  }
  out = {to, size};
  return true;
}

bool JsonReader::read_key(Node& out) {
  if (here() != '"') return refuse_token("a member name in quotes");
  const auto quoted = token();
  if (quoted.size() < 2 || quoted.back() != '"') return refuse_token("a member name in quotes");
  std::string_view key;
  if (!unescaped(quoted.substr(1, quoted.size() - 2), key)) return false;
  out.name = name_id(key);
  if (out.name == kNoName) out.extra_name = key;
  ++next_;
  if (here() != ':') return refuse_token("a colon");
  ++next_;
  return true;
}

bool JsonReader::read_member(Node& out, int depth) {
  return read_key(out) && read_value(out, depth + 1);
}

bool JsonReader::read_object(Node& out, int depth) {
  const std::size_t first = open_.size();
  ++next_;
  if (here() != '}') {
    for (;;) {
      Node child;
      if (!read_member(child, depth)) return false;
      open_.push_back(child);
      if (here() != ',') break;
      ++next_;
    }
    if (here() != '}') return refuse_token("a comma or the end of the object");
    if (!check_duplicates(first)) return false;
  }
  ++next_;
  close(out, Node::Kind::kObject, first);
  return true;
}

bool JsonReader::read_array(Node& out, int depth) {
  const std::size_t first = open_.size();
  ++next_;
  if (here() != ']') {
    for (;;) {
      Node child;
      if (!read_value(child, depth + 1)) return false;
      open_.push_back(child);
      if (here() != ',') break;
      ++next_;
    }
    if (here() != ']') return refuse_token("a comma or the end of the list");
  }
  ++next_;
  close(out, Node::Kind::kArray, first);
  return true;
}

bool JsonReader::read_string(Node& out) {
  const auto quoted = token();
  if (quoted.size() < 2 || quoted.back() != '"') return refuse_token("a text in quotes");
  std::string_view string;
  if (!unescaped(quoted.substr(1, quoted.size() - 2), string)) return false;
  out.kind = Node::Kind::kString;
  out.text = string.data();
  out.size = static_cast<std::uint32_t>(string.size());
  ++next_;
  return true;
}

bool JsonReader::read_scalar(Node& out, int depth) {
  if (at_end()) return refuse_cut();
  const auto word = token();
  if (word == "true" || word == "false") {
    out.kind = Node::Kind::kBoolean;
  } else if (is_json_number(word)) {
    out.kind = Node::Kind::kNumber;
  } else if (word != "null") {
    // Half a word or number at the very end is what a cut input looks like.
    const bool last = next_ + 1 == count_ && depth > 1;
    return last && word.find_first_of("]},:") == kNpos ? refuse_cut() : refuse_token("a value");
  }
  if (out.kind != Node::Kind::kNull) {
    out.text = word.data();
    out.size = static_cast<std::uint32_t>(word.size());
  }
  ++next_;
  return true;
}

bool JsonReader::read_value(Node& out, int depth) {
  if (depth > max_depth_) {
    return refuse(ErrorCode::kTooDeep, offset(),
                  "nested deeper than " + std::to_string(max_depth_) + " levels",
                  "at most " + std::to_string(max_depth_) + " levels");
  }
  switch (here()) {
    case '{':
      return read_object(out, depth);
    case '[':
      return read_array(out, depth);
    case '"':
      return read_string(out);
    default:
      return read_scalar(out, depth);
  }
}

base::Result<std::vector<JsonDocument>> JsonReader::read() {
  std::vector<JsonDocument> documents;
  if (!find_tokens()) return std::unexpected(std::move(error_));
  constexpr std::size_t kManyOpen = 512;
  open_.reserve(kManyOpen);
  while (!at_end()) {
    const std::size_t start = offset();
    Node* root = arena_.make<Node>();
    if (!read_value(*root, 1)) return std::unexpected(std::move(error_));
    if (root->kind != Node::Kind::kObject) {
      refuse(ErrorCode::kNotFhir, start, "JSON, but not a FHIR resource",
             "an object with a resourceType");
      return std::unexpected(std::move(error_));
    }
    documents.push_back({root, start});
    if (at_end()) break;
    const std::size_t end = tokens_[next_ - 1];
    if (text_.substr(end, offset() - end).find('\n') == kNpos) {
      refuse(ErrorCode::kNotJson, offset(), "text follows the end of the JSON value",
             "one JSON value, or one resource a line");
      return std::unexpected(std::move(error_));
    }
  }
  return documents;
}

}  // namespace

base::Result<std::vector<JsonDocument>> read_json(std::string_view text, base::Arena& arena,
                                                  const Limits& limits, std::string_view source) {
  return JsonReader(text, arena, limits, source).read();
}

}  // namespace nidus::fhir
