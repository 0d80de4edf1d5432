// SPDX-License-Identifier: Apache-2.0
#include "fhir/json_read.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>
#include <string>

#include "fhir/json_text.h"
#include "fhir/sound.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;

constexpr auto kNpos = std::string_view::npos;
// Deeper than this the reader's own stack would be at stake, whatever the caller allows.
constexpr int kDepthCeiling = 1000;

// Zeros behind the text: two quotes and the longest name of the model can be read from any byte.
constexpr std::size_t kPadding = 64;

// Which member follows which in objects of a type: senders write them in the same order again and
// again, so the next name is compared with the last one seen there before it is looked up.
class Guess {
 public:
  void set(TypeId type, NameId after, NameId name, Member member) {
    const auto text = name_text(name);
    assert(text.size() + 2 <= kPadding);
    *this = {};
    type_ = type;
    after_ = after;
    name_ = name;
    member_ = member;
    size_ = static_cast<std::uint16_t>(text.size());
    std::memcpy(&start_, text.data(), std::min(text.size(), sizeof start_));
    if (size_ > sizeof start_) {
      std::memcpy(&more_, text.data() + sizeof start_,
                  std::min(text.size() - sizeof start_, sizeof more_));
    }
  }
  // `quote`: where the opening quote stands, with kPadding bytes that can be read.
  bool holds(TypeId type, NameId after, const char* quote) const {
    if (type_ != type || after_ != after || *quote != '"' || quote[size_ + 1] != '"') return false;
    std::uint64_t start = 0, more = 0;
    std::memcpy(&start, quote + 1, sizeof start);
    std::memcpy(&more, quote + 1 + sizeof start, sizeof more);
    if (((start ^ start_) & mask(size_)) != 0) return false;
    if (size_ <= sizeof start) return true;
    if (((more ^ more_) & mask(size_ - sizeof start)) != 0) return false;
    constexpr std::size_t kWords = sizeof start + sizeof more;
    return size_ <= kWords ||
           std::memcmp(quote + 1 + kWords, name_text(name_).data() + kWords, size_ - kWords) == 0;
  }
  NameId name() const { return name_; }
  Member member() const { return member_; }

 private:
  static std::uint64_t mask(std::size_t bytes) {
    if (bytes >= sizeof(std::uint64_t)) return ~std::uint64_t{0};
    const std::uint64_t low = (std::uint64_t{1} << (8 * bytes)) - 1;
    return std::endian::native == std::endian::little ? low : ~(~std::uint64_t{0} >> (8 * bytes));
  }

  TypeId type_ = kNoType;
  NameId after_ = kNoName;
  NameId name_ = kNoName;
  std::uint16_t size_ = 0;
  Member member_;
  std::uint64_t start_ = 0;  // the first eight bytes of the name
  std::uint64_t more_ = 0;   // the next eight
};
class GuessTable {
 public:
  Guess& at(TypeId type, NameId after) {
    return rows_[((static_cast<std::uint32_t>(type) << 16 | after) * 0x9e3779b1u) >> (32 - kBits)];
  }

 private:
  static constexpr int kBits = 10;
  std::array<Guess, std::size_t{1} << kBits> rows_;
};

// Learnt once a thread; what is read does not depend on it.
GuessTable& guesses_of_thread() {
  thread_local GuessTable table;
  return table;
}

// simdjson's first stage finds where every token starts and checks UTF-8 and strings on the way.
// The tree is built here rather than with its DOM or On-Demand, because numbers must keep their
// digits, texts should not be copied twice and every refusal has a line and a column.
class JsonReader {
 public:
  JsonReader(std::string_view text, base::Arena& arena, const Limits& limits,
             std::string_view source)
      : text_(arena.copy_padded(text, kPadding)),
        arena_(arena),
        max_depth_(std::min(limits.max_depth, kDepthCeiling)),
        max_bytes_(limits.max_bytes),
        source_(source) {}

  base::Result<std::vector<JsonDocument>> read();

 private:
  bool find_tokens();
  bool read_value(Node& out, int depth, Member member);
  bool read_object(Node& out, int depth, TypeId type);
  bool read_array(Node& out, int depth, Member item);
  bool read_key(Node& out, TypeId type, NameId after, Member& member);
  bool is_sound_object(const Node& node, TypeId type);
  bool read_string(Node& out);
  bool read_scalar(Node& out, int depth);
  bool quoted(std::string_view& out, const char* expected);
  bool has_escape(std::string_view raw);
  bool unescape_text(std::string_view& text);
  bool check_duplicates(const Node* first);
  void push(const Node& child);
  void close(Node& out, Node::Kind kind, std::size_t first);

  // The token under way: its first byte (0 at the end), its text, and the step to the next.
  bool at_end() const { return next_ == end_; }
  std::size_t offset() const { return *next_; }
  char here() const { return text_.data()[*next_]; }
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
  // Where tokens start; behind the last one stands the size of the text.
  const std::uint32_t* tokens_ = nullptr;
  const std::uint32_t* next_ = nullptr;
  const std::uint32_t* end_ = nullptr;
  // Children of the objects and arrays that are open; `used_` of them.
  std::vector<Node> open_;
  std::size_t used_ = 0;
  const char* next_escape_ = nullptr;  // the first backslash not yet passed, or the end
  GuessTable& guesses_ = guesses_of_thread();
  Units units_;
  // Counts what the checker must look at: an object is sound when it has grown by nothing.
  std::size_t doubts_ = 0;
  base::Error error_;
};

// From its first byte to the next token, without the white space between.
std::string_view JsonReader::token() const {
  const std::size_t begin = next_[0];
  std::size_t end = at_end() ? begin : next_[1];
  while (end > begin + 1 && (text_[end - 1] == ' ' || text_[end - 1] == '\n' ||
                             text_[end - 1] == '\r' || text_[end - 1] == '\t')) {
    --end;
  }
  return text_.substr(begin, end - begin);
}

bool JsonReader::refuse_token(const char* expected) {
  if (at_end()) return refuse_cut();
  if (here() == '<' && next_ == tokens_) {
    return refuse(ErrorCode::kNotJson, offset(), "this is XML, not JSON", "FHIR JSON");
  }
  // Only what can be printed is quoted back: any byte may stand here.
  const auto shown = token().substr(0, 24);
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  const std::string found =
      std::all_of(shown.begin(), shown.end(), printable) ? "'" + std::string(shown) + "'"
      : printable(here())                                ? "'" + std::string(1, here()) + "'"
                          : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(here()));
  return refuse(ErrorCode::kNotJson, offset(), "not JSON: unexpected " + found, expected);
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
  tokens_ = next_ = first_stage_->structural_indexes.get();
  end_ = tokens_ + first_stage_->n_structural_indexes;
  assert(*end_ == text_.size());
  return true;
}

void JsonReader::push(const Node& child) {
  if (used_ == open_.size()) open_.resize(2 * used_);
  open_[used_++] = child;
}

void JsonReader::close(Node& out, Node::Kind kind, std::size_t first) {
  const std::size_t count = used_ - first;
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(count);
  out.children = nullptr;
  if (count != 0) {
    auto* children = static_cast<Node*>(arena_.allocate(count * sizeof(Node), alignof(Node)));
    std::uninitialized_copy_n(open_.data() + first, count, children);
    out.children = children;
  }
  used_ = first;
}

bool JsonReader::check_duplicates(const Node* first) {
  const auto less = [](const Node& a, const Node& b) {
    return a.name != b.name ? a.name < b.name : a.extra_name() < b.extra_name();
  };
  const auto same = [](const Node& a, const Node& b) {
    return a.name == b.name && a.extra_name() == b.extra_name();
  };
  const Node* end = open_.data() + used_;
  const Node* twice = end;
  constexpr std::ptrdiff_t kFew = 24;
  if (end - first <= kFew) {
    for (const Node* i = first; i != end && twice == end; ++i) {
      if (std::find_if(first, i, [&](const Node& node) { return same(node, *i); }) != i) twice = i;
    }
    if (twice == end) return true;
  } else {
    std::vector<Node> sorted(first, end);
    std::sort(sorted.begin(), sorted.end(), less);
    const auto pair = std::adjacent_find(sorted.begin(), sorted.end(), same);
    if (pair == sorted.end()) return true;
    twice = std::find_if(first, end, [&](const Node& node) { return same(node, *pair); });
  }
  const std::string name = twice->name == kNoName ? std::string(twice->extra_name().substr(0, 60))
                                                  : (is_sibling_name(twice->name) ? "_" : "") +
                                                        std::string(name_text(twice->name));
  return refuse(ErrorCode::kNotJson, offset(),
                "'" + name + "' stands twice in the object that ends here", "every member once");
}

// Most texts have no escape, and few records have many: the next one is looked for once.
bool JsonReader::has_escape(std::string_view raw) {
  if (next_escape_ < raw.data()) {
    const auto at = text_.find('\\', static_cast<std::size_t>(raw.data() - text_.data()));
    next_escape_ = at == kNpos ? text_.data() + text_.size() : text_.data() + at;
  }
  return next_escape_ < raw.data() + raw.size();
}

bool JsonReader::unescape_text(std::string_view& text) {
  char* to = static_cast<char*>(arena_.allocate(text.size(), 1));
  const std::size_t size = unescape(text, to);
  if (size == kNpos) {
    return refuse(ErrorCode::kNotJson, offset(), "not JSON: a bad escape in this text",
                  "\\n, \\t, \\\", \\u00e9 and their like");
  }
  text = {to, size};
  return true;
}

// The inside of the text under way, as it is written.
bool JsonReader::quoted(std::string_view& out, const char* expected) {
  if (here() != '"') return refuse_token(expected);
  const auto whole = token();
  if (whole.size() < 2 || whole.back() != '"') return refuse_token(expected);
  out = {whole.data() + 1, whole.size() - 2};
  return true;
}

bool JsonReader::read_key(Node& out, TypeId type, NameId after, Member& member) {
  Guess& guess = guesses_.at(type, after);
  if (guess.holds(type, after, text_.data() + *next_)) {
    out.name = guess.name();
    member = guess.member();
  } else {
    std::string_view key;
    if (!quoted(key, "a member name in quotes")) return false;
    if (has_escape(key) && !unescape_text(key)) return false;
    out.name = name_id(key);
    if (out.name == kNoName) {
      out.extra = arena_.make<std::string_view>(key);
    } else if (type != kNoType && !is_sibling_name(out.name)) {
      member = member_of(type, out.name);
      guess.set(type, after, out.name, member);
    }
  }
  ++next_;
  if (here() != ':') return refuse_token("a colon");
  ++next_;
  return true;
}

bool JsonReader::is_sound_object(const Node& node, TypeId type) {
  if (type == kPeriod) return is_sound_period(node);
  return !is_subtype(type, kQuantity) || is_sound_quantity(node, units_);
}

// `type`: kResource when it is for the object itself to say, which it does first; kNoType when
// nothing is known.
bool JsonReader::read_object(Node& out, int depth, TypeId type) {
  const std::size_t first = used_;
  const std::size_t doubts = doubts_;
  // A bit for every name, and for every choice element; two may share one.
  std::uint64_t seen = 0, chosen = 0;
  bool maybe_twice = false;
  NameId after = kNoName;
  ++next_;
  if (here() != '}') {
    for (;;) {
      Node child;
      Member member;
      if (!read_key(child, type, after, member)) return false;
      const std::size_t before = doubts_;
      if (child.name == kModifierName) ++doubts_;
      if (member.choice) {
        const std::uint64_t bit = std::uint64_t{1} << (member.element % 64u);
        if ((chosen & bit) != 0) ++doubts_;
        chosen |= bit;
      }
      if (!read_value(child, depth + 1, member)) return false;
      if (child.name == kResourceTypeName && type == kResource && after == kNoName) {
        type = type_id(child.str());
        if (!is_concrete_resource(type)) type = kNoType;
        if (type != kNoType) doubts_ = before;
      } else if (child.name == kResourceName && type == kBundleEntry) {
        doubts_ = before;  // judged by itself
      }
      push(child);
      const std::uint64_t bit = std::uint64_t{1} << (child.name % 64u);
      maybe_twice = maybe_twice || (seen & bit) != 0;
      seen |= bit;
      after = child.name;
      if (here() != ',') break;
      ++next_;
    }
    if (here() != '}') return refuse_token("a comma or the end of the object");
    if (maybe_twice && !check_duplicates(open_.data() + first)) return false;
  }
  ++next_;
  close(out, Node::Kind::kObject, first);
  if (type == kNoType || type == kResource || !is_sound_object(out, type)) ++doubts_;
  out.sound = doubts_ == doubts;
  return true;
}

bool JsonReader::read_array(Node& out, int depth, Member item) {
  const std::size_t first = used_;
  ++next_;
  if (here() != ']') {
    for (;;) {
      Node child;
      if (!read_value(child, depth + 1, item)) return false;
      push(child);
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
  std::string_view string;
  if (!quoted(string, "a text in quotes")) return false;
  out.escaped = has_escape(string);
  if (out.escaped && !unescape_text(string)) return false;
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
    const bool last = next_ + 1 == end_ && depth > 1;
    return last && word.find_first_of("]},:") == kNpos ? refuse_cut() : refuse_token("a value");
  }
  if (out.kind != Node::Kind::kNull) {
    out.text = word.data();
    out.size = static_cast<std::uint32_t>(word.size());
  }
  ++next_;
  return true;
}

bool JsonReader::read_value(Node& out, int depth, Member member) {
  if (depth > max_depth_) {
    return refuse(ErrorCode::kTooDeep, offset(),
                  "nested deeper than " + std::to_string(max_depth_) + " levels",
                  "at most " + std::to_string(max_depth_) + " levels");
  }
  const char begin = here();
  if (begin == '[') {
    if (!member.list) ++doubts_;
    member.list = false;
    return read_array(out, depth, member);
  }
  if (member.list) ++doubts_;
  if (begin == '{') {
    if (member.form != JsonForm::kObject) ++doubts_;
    return read_object(out, depth, member.type);
  }
  if (!(begin == '"' ? read_string(out) : read_scalar(out, depth))) return false;
  if (!is_sound(out, member.form)) ++doubts_;
  return true;
}

base::Result<std::vector<JsonDocument>> JsonReader::read() {
  std::vector<JsonDocument> documents;
  if (!find_tokens()) return std::unexpected(std::move(error_));
  constexpr std::size_t kManyOpen = 512;
  open_.resize(kManyOpen);
  while (!at_end()) {
    const std::size_t start = offset();
    Node* root = arena_.make<Node>();
    if (!read_value(*root, 1, Member{.type = kResource})) return std::unexpected(std::move(error_));
    if (root->kind != Node::Kind::kObject) {
      refuse(ErrorCode::kNotFhir, start, "JSON, but not a FHIR resource",
             "an object with a resourceType");
      return std::unexpected(std::move(error_));
    }
    documents.push_back({root, start});
    if (at_end()) break;
    const std::size_t end = next_[-1];
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
