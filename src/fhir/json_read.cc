// SPDX-License-Identifier: Apache-2.0
#include "fhir/json_read.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cassert>
#include <cstring>
#include <memory>
#include <string>

#include "fhir/json_text.h"
#include "fhir/known_values.h"
#include "fhir/sound.h"

namespace nidus::fhir {

namespace {

using base::ErrorCode;

constexpr auto kNpos = std::string_view::npos;
// Deeper than this the reader's own stack would be at stake, whatever the caller allows.
constexpr int kDepthCeiling = 1000;

// Two quotes and the longest name of the model can be read from any byte.
constexpr std::size_t kPadding = kZerosBehind;

// Which member follows which in objects of a type: senders write them in the same order again and
// again, so the next name is compared with the last ones seen there before it is looked up.
class alignas(64) Guess {
 public:
  static std::uint32_t place_of(TypeId type, NameId after) {
    return static_cast<std::uint32_t>(type) << 16 | after;
  }
  void set(TypeId type, NameId after, NameId name, Member member) {
    const auto text = name_text(name);
    assert(text.size() + 2 <= kPadding);
    *this = {};
    place_ = place_of(type, after);
    name_ = name;
    member_ = member;
    size_ = static_cast<std::uint16_t>(text.size());
    const std::size_t start = std::min(text.size(), kWord);
    const std::size_t more = std::min(text.size() - start, kWord);
    std::memcpy(&start_, text.data(), start);
    std::memcpy(&more_, text.data() + start, more);
    std::memset(&start_mask_, 0xff, start);
    std::memset(&more_mask_, 0xff, more);
  }
  // `quote`: where the opening quote stands, with kPadding bytes that can be read.
  bool holds(TypeId type, NameId after, const char* quote) const {
    std::uint64_t start = 0, more = 0;
    std::memcpy(&start, quote + 1, kWord);
    std::memcpy(&more, quote + 1 + kWord, kWord);
    const bool same = (((start ^ start_) & start_mask_) | ((more ^ more_) & more_mask_)) == 0;
    if (!same || place_ != place_of(type, after) || *quote != '"' || quote[size_ + 1] != '"') {
      return false;
    }
    return size_ <= 2 * kWord ||
           std::memcmp(quote + 1 + 2 * kWord, name_text(name_).data() + 2 * kWord,
                       size_ - 2 * kWord) == 0;
  }
  NameId name() const { return name_; }
  const Member& member() const { return member_; }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);

  std::uint64_t start_ = 0;  // the first eight bytes of the name, and which of them count
  std::uint64_t start_mask_ = 0;
  std::uint64_t more_ = 0;  // the next eight
  std::uint64_t more_mask_ = 0;
  std::uint32_t place_ = 0;
  NameId name_ = kNoName;
  std::uint16_t size_ = 0;
  Member member_;
};

// Two guesses for every place, the younger first: optional members come and go.
class GuessTable {
 public:
  const Guess* find(TypeId type, NameId after, const char* quote) {
    const auto& [younger, older] = place(type, after);
    if (younger.holds(type, after, quote)) return &younger;
    return older.holds(type, after, quote) ? &older : nullptr;
  }
  const Guess& add(TypeId type, NameId after, NameId name, Member member) {
    auto& [younger, older] = place(type, after);
    older = younger;
    younger.set(type, after, name, member);
    return younger;
  }

 private:
  using Place = std::array<Guess, 2>;
  Place& place(TypeId type, NameId after) {
    return places_[(Guess::place_of(type, after) * 0x9e3779b1u) >> (32 - kBits)];
  }
  static constexpr int kBits = 10;
  std::array<Place, std::size_t{1} << kBits> places_;
};

// The children of the objects and arrays that are open. They do not move while they grow, and
// memory that is not reached is not touched.
class OpenNodes {
 public:
  // Room for those of a text of so many tokens: between two of one parent stands a comma.
  Node* reserve(std::size_t tokens) {
    const std::size_t count = tokens / 2 + kDepthCeiling + 1;
    if (count > room_) {
      memory_.reset(new std::byte[count * sizeof(Node)]);
      room_ = count;
    }
    return reinterpret_cast<Node*>(memory_.get());
  }
  std::size_t bytes() const { return room_ * sizeof(Node); }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t room_ = 0;
};

// What one reading can leave to the next of its thread; what is read does not depend on it.
struct Scratch {
  GuessTable guesses;
  OpenNodes open;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> first_stage;
  Units units;
  // Objects that are judged as a whole, beside their elements.
  std::bitset<std::size_t{1} << 16> judged;
  // Objects that may refer to a resource by a text.
  std::bitset<std::size_t{1} << 16> referring;
  KnownValues values;
  // Resources whose elements are looked for among them: not those that hold others, which are known
  // by their address.
  std::bitset<std::size_t{1} << 16> repeating;

  Scratch() {
    for (TypeId type = 1; !type_text(type).empty(); ++type) {
      judged[type] = type == kPeriod || is_subtype(type, kQuantity);
      referring[type] = json_form(member_type(type, kReferenceName)) == JsonForm::kText;
      repeating[type] = is_subtype(type, kDomainResource);
    }
  }
  // Frees what only a large input needed.
  void shrink() {
    constexpr std::size_t kLargestKept = 4u << 20;
    if (first_stage != nullptr && first_stage->capacity() > kLargestKept) first_stage.reset();
    if (open.bytes() > kLargestKept) open = {};
  }
};

Scratch& scratch_of_thread() {
  thread_local Scratch scratch;
  return scratch;
}

// simdjson's first stage finds where every token starts and checks UTF-8 and strings on the way.
// The tree is built here rather than with its DOM or On-Demand, because numbers must keep their
// digits, texts should not be copied twice and every refusal has a line and a column.
class JsonReader {
 public:
  // `text`: with kPadding bytes of 0 behind it.
  JsonReader(std::string_view text, base::Arena& arena, const Limits& limits,
             std::string_view source)
      : text_(text),
        data_(text_.data()),
        arena_(arena),
        max_depth_(std::min(limits.max_depth, kDepthCeiling)),
        max_bytes_(limits.max_bytes),
        source_(source) {}
  ~JsonReader() { scratch_.shrink(); }
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  base::Result<std::vector<JsonDocument>> read();

 private:
  bool find_tokens();
  bool read_value(Node& out, int depth, Member member);
  bool read_element(Node& out, int depth, TypeId type, Member member);
  bool read_object(Node& out, int depth, TypeId type);
  bool read_array(Node& out, int depth, Member item);
  // What the member is, until the next name is read; nullptr when that is refused.
  const Member* read_key(Node& out, TypeId type, NameId after);
  [[gnu::noinline]] const Member* read_new_key(Node& out, TypeId type, NameId after);
  bool is_sound_object(const Node& node, TypeId type);
  bool read_string(Node& out, JsonForm form);
  bool read_scalar(Node& out, int depth);
  bool quoted(std::string_view& out, const char* expected);
  TypeId resource_type(std::string_view text);
  bool has_escape(std::string_view raw);
  bool unescape_text(std::string_view& text, Node* value = nullptr);
  bool check_duplicates(const Node* first);
  Node& open_child() { return *new (open_ + used_++) Node; }
  void close(Node& out, Node::Kind kind, std::size_t first);

  // The token under way: its first byte (0 at the end), its text, and the step to the next.
  bool at_end() const { return next_ == end_; }
  std::size_t offset() const { return *next_; }
  char here() const { return data_[*next_]; }
  std::string_view token() const;

  [[gnu::cold]] bool refuse(ErrorCode code, std::size_t at, std::string message,
                            std::string expected) {
    error_ = base::Error{code, std::move(message), std::string(source_), position(text_, at),
                         std::move(expected)};
    return false;
  }
  [[gnu::cold]] bool refuse_cut() {
    return refuse(ErrorCode::kNotJson, text_.size(), "the JSON ends too early: the input is cut",
                  "a complete JSON value");
  }
  [[gnu::cold]] bool refuse_token(const char* expected);
  [[gnu::cold]] bool refuse_first_stage();

  std::string_view text_;
  const char* data_;
  base::Arena& arena_;
  int max_depth_;
  std::size_t max_bytes_;
  std::string_view source_;
  Scratch& scratch_ = scratch_of_thread();
  // Where tokens start; behind the last one stands the size of the text.
  const std::uint32_t* tokens_ = nullptr;
  const std::uint32_t* next_ = nullptr;
  const std::uint32_t* end_ = nullptr;
  // scratch_.open, and how much of it is used.
  Node* open_ = nullptr;
  std::size_t used_ = 0;
  const char* next_escape_ = nullptr;  // the first backslash not yet passed, or the end
  // Counts what the checker must look at: an object is sound when it has grown by nothing.
  std::size_t doubts_ = 0;
  std::size_t far_ = 0;  // likewise the references that are not just "Type/id"
  std::string_view last_type_text_;
  TypeId last_type_ = kNoType;
  bool shares_ = false;  // some nodes lie in the store of the known values
  base::Error error_;
};

// From its first byte to the next token, without the white space between.
std::string_view JsonReader::token() const {
  const std::size_t begin = next_[0];
  std::size_t end = at_end() ? begin : next_[1];
  while (end > begin + 1 && (data_[end - 1] == ' ' || data_[end - 1] == '\n' ||
                             data_[end - 1] == '\r' || data_[end - 1] == '\t')) {
    --end;
  }
  return {data_ + begin, end - begin};
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
  auto& first_stage = scratch_.first_stage;
  auto code = text_.empty() ? simdjson::EMPTY : simdjson::SUCCESS;
  if (first_stage == nullptr || first_stage->capacity() < text_.size()) {
    constexpr std::size_t kLeastCapacity = 256u << 10;
    code = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::max(text_.size(), kLeastCapacity), 1, first_stage);
  }
  if (code == simdjson::SUCCESS) {
    code = first_stage->stage1(reinterpret_cast<const std::uint8_t*>(data_), text_.size(),
                               simdjson::stage1_mode::regular);
  }
  if (code == simdjson::MEMALLOC) {
    return refuse(ErrorCode::kTooLarge, 0, "there is not enough memory for the input", "less");
  }
  if (code != simdjson::SUCCESS) return refuse_first_stage();
  tokens_ = next_ = first_stage->structural_indexes.get();
  end_ = tokens_ + first_stage->n_structural_indexes;
  assert(*end_ == text_.size());
  open_ = scratch_.open.reserve(first_stage->n_structural_indexes);
  return true;
}

inline void JsonReader::close(Node& out, Node::Kind kind, std::size_t first) {
  const std::size_t count = used_ - first;
  out.kind = kind;
  out.size = static_cast<std::uint32_t>(count);
  out.children = nullptr;
  if (count != 0) {
    auto* children = static_cast<Node*>(arena_.allocate(count * sizeof(Node), alignof(Node)));
    // Few as a rule: a call for so little would cost more than the copy.
    const Node* from = open_ + first;
    for (std::size_t i = 0; i < count; ++i) new (children + i) Node(from[i]);
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
  const Node* end = open_ + used_;
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
inline bool JsonReader::has_escape(std::string_view raw) {
  if (next_escape_ < raw.data()) {
    const auto at = text_.find('\\', static_cast<std::size_t>(raw.data() - data_));
    next_escape_ = at == kNpos ? data_ + text_.size() : data_ + at;
  }
  return next_escape_ < raw.data() + raw.size();
}

// `value`: that has the text, for its mark.
bool JsonReader::unescape_text(std::string_view& text, Node* value) {
  char* to = static_cast<char*>(arena_.allocate(text.size(), 1));
  bool control = false;
  const std::size_t size = unescape(text, to, control);
  if (value != nullptr) value->escaped = control;
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

const Member* JsonReader::read_new_key(Node& out, TypeId type, NameId after) {
  static constexpr Member kNone;
  std::string_view key;
  if (!quoted(key, "a member name in quotes")) return nullptr;
  if (has_escape(key) && !unescape_text(key)) return nullptr;
  out.name = name_id(key);
  const Member* member = &kNone;
  if (out.name == kNoName) {
    out.extra = arena_.make<std::string_view>(key);
  } else if (type != kNoType && !is_sibling_name(out.name)) {
    Member found = member_of(type, out.name);
    found.modifies = out.name == kModifierName;
    member = &scratch_.guesses.add(type, after, out.name, found).member();
  }
  ++next_;
  if (here() != ':') {
    refuse_token("a colon");
    return nullptr;
  }
  ++next_;
  return member;
}

inline const Member* JsonReader::read_key(Node& out, TypeId type, NameId after) {
  const char* quote = data_ + *next_;
  const Guess* guess = scratch_.guesses.find(type, after, quote);
  // Without the colon where it is expected, the long way knows what else there may be.
  if (guess == nullptr || data_[next_[1]] != ':') return read_new_key(out, type, after);
  out.name = guess->name();
  next_ += 2;
  return &guess->member();
}

// kNoType for all that is no resource. Resources of one type stand together as a rule.
TypeId JsonReader::resource_type(std::string_view text) {
  if (text != last_type_text_) {
    last_type_text_ = text;
    last_type_ = type_id(text);
    if (!is_concrete_resource(last_type_)) last_type_ = kNoType;
  }
  return last_type_;
}

// What a Reference refers to stands there as "Type/id", if it stands there at all.
bool names_type_and_id(const Node& reference) {
  const Node* node = reference.find(kReferenceName);
  if (node == nullptr) return true;
  std::size_t slashes = 0;
  for (const char c : node->str()) {
    if (c == ':' || c == '#') return false;
    slashes += c == '/';
  }
  return slashes == 1;
}

bool JsonReader::is_sound_object(const Node& node, TypeId type) {
  if (!scratch_.judged[type]) return true;
  if (type == kPeriod) return is_sound_period(node);
  return is_sound_quantity(node, scratch_.units);
}

// `type`: kResource when it is for the object itself to say, which it does first; kNoType when
// nothing is known.
bool JsonReader::read_object(Node& out, int depth, TypeId type) {
  const std::size_t first = used_;
  const std::size_t doubts = doubts_;
  const std::size_t far = far_;
  // A bit for every member, and for every choice element; two may share one.
  std::uint64_t seen = 0, chosen = 0;
  const bool holds_resources = type == kResource || type == kBundleEntry;
  bool maybe_twice = false;
  bool repeating = false;
  NameId all_bits = 0;  // of the names: siblings have one of their own
  NameId after = kNoName;
  ++next_;
  if (here() != '}') {
    for (;;) {
      Node& child = open_child();
      const Member* key = read_key(child, type, after);
      if (key == nullptr) return false;
      const Member member = *key;
      const std::size_t before = doubts_;
      if (member.modifies) ++doubts_;
      if (member.choice) {
        const std::uint64_t bit = std::uint64_t{1} << (member.element % 64u);
        if ((chosen & bit) != 0) ++doubts_;
        chosen |= bit;
      }
      if (here() == '"' && !member.list) {
        if (!read_string(child, member.form)) return false;
      } else if (repeating && member.type != kResource && member.type != kNoType &&
                 (here() == '{' || here() == '[')) {
        if (!read_element(child, depth + 1, type, member)) return false;
      } else if (!read_value(child, depth + 1, member)) {
        return false;
      }
      if (holds_resources) {
        if (child.name == kResourceTypeName && type == kResource && after == kNoName) {
          type = resource_type(child.str());
          repeating = scratch_.repeating[type];
          if (type != kNoType) doubts_ = before;
        } else if (child.name == kResourceName && type == kBundleEntry) {
          doubts_ = before;  // judged by itself
        }
      }
      const std::uint64_t bit = std::uint64_t{1} << (member.ordinal % 64u);
      maybe_twice = maybe_twice || (seen & bit) != 0;
      seen |= bit;
      all_bits |= child.name;
      after = child.name;
      if (here() != ',') break;
      ++next_;
    }
    if (here() != '}') return refuse_token("a comma or the end of the object");
    if (maybe_twice && !check_duplicates(open_ + first)) return false;
  }
  ++next_;
  close(out, Node::Kind::kObject, first);
  if (type == kNoType || type == kResource || !is_sound_object(out, type)) ++doubts_;
  if (scratch_.referring[type] && !names_type_and_id(out)) ++far_;
  out.sound = doubts_ == doubts;
  out.far = far_ != far;
  out.plain = !is_sibling_name(all_bits);
  return true;
}

bool JsonReader::read_array(Node& out, int depth, Member item) {
  const std::size_t first = used_;
  const std::size_t far = far_;
  ++next_;
  if (here() != ']') {
    for (;;) {
      if (!read_value(open_child(), depth + 1, item)) return false;
      if (here() != ',') break;
      ++next_;
    }
    if (here() != ']') return refuse_token("a comma or the end of the list");
  }
  ++next_;
  close(out, Node::Kind::kArray, first);
  out.far = far_ != far;
  return true;
}

inline bool JsonReader::read_string(Node& out, JsonForm form) {
  std::string_view string;
  const char* begin = data_ + *next_;
  const char* end = data_ + next_[1] - 1;
  if (*end == '"' && end > begin) {  // nothing stands between the text and the next token
    string = {begin + 1, end};
  } else if (!quoted(string, "a text in quotes")) {
    return false;
  }
  if (has_escape(string)) {
    if (!unescape_text(string, &out)) return false;
  }
  out.kind = Node::Kind::kString;
  out.text = string.data();
  out.size = static_cast<std::uint32_t>(string.size());
  ++next_;
  const bool sound = form == JsonForm::kText && !out.escaped ? out.size != 0 : is_sound(out, form);
  if (!sound) ++doubts_;
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
  if (begin == '"') return read_string(out, member.form);
  if (!read_scalar(out, depth)) return false;
  if (!is_sound(out, member.form)) ++doubts_;
  return true;
}

// An element of a resource, which others may have had in the same bytes.
bool JsonReader::read_element(Node& out, int depth, TypeId type, Member member) {
  const Tokens start{data_, next_, end_};
  const KnownValue* known = scratch_.values.find(type, out.name, start);
  if (known != nullptr && depth + known->height - 1 <= max_depth_) {
    const NameId name = out.name;
    out = known->node;
    out.name = name;
    next_ += known->tokens;
    far_ += out.far;
    shares_ = true;
    return true;
  }
  const std::size_t doubts = doubts_;
  if (!read_value(out, depth, member)) return false;
  if (doubts_ == doubts) scratch_.values.add(type, out.name, start, next_, out);
  return true;
}

base::Result<std::vector<JsonDocument>> JsonReader::read() {
  std::vector<JsonDocument> documents;
  if (!find_tokens()) return std::unexpected(std::move(error_));
  scratch_.values.begin();
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
  if (shares_) arena_.keep(scratch_.values.store());
  return documents;
}

}  // namespace

base::Result<std::vector<JsonDocument>> read_json(std::string_view text, base::Arena& arena,
                                                  const Limits& limits, std::string_view source) {
  return read_json_in_place(arena.copy_padded(text, kZerosBehind), arena, limits, source);
}

base::Result<std::vector<JsonDocument>> read_json_in_place(std::string_view text,
                                                           base::Arena& arena, const Limits& limits,
                                                           std::string_view source) {
  return JsonReader(text, arena, limits, source).read();
}

}  // namespace nidus::fhir
