// SPDX-License-Identifier: Apache-2.0
#include "fhir/known_values.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/hash.h"

namespace nidus::fhir {

namespace {

constexpr std::size_t kLongest = 1024;
constexpr std::uint16_t kMostMisses = 24;
constexpr std::uint16_t kRest = 500;
constexpr std::size_t kMostBytes = 1u << 20;

std::uint32_t place_of(TypeId type, NameId name) {
  return static_cast<std::uint32_t>(type) << 16 | name;
}

// Copies of the nodes under a value whose text was copied from `from` to `to`.
class Copier {
 public:
  Copier(base::Arena& arena, std::string_view from, std::string_view to)
      : arena_(arena), from_(from), to_(to) {}

  Node copy(const Node& node, int depth = 1) {
    height_ = std::max(height_, depth);
    Node out = node;
    if (node.extra != nullptr) {
      out.extra = arena_.make<std::string_view>(moved(*node.extra));
    }
    if (node.kind == Node::Kind::kArray || node.kind == Node::Kind::kObject) {
      const auto children = arena_.make_array<Node>(node.size);
      for (std::size_t i = 0; i < node.size; ++i) {
        children[i] = copy(node.children[i], depth + 1);
      }
      out.children = children.data();
    } else if (node.text != nullptr) {
      out.text = moved(node.str()).data();
    }
    return out;
  }
  int height() const { return height_; }

 private:
  std::string_view moved(std::string_view text) const {
    return to_.substr(static_cast<std::size_t>(text.data() - from_.data()), text.size());
  }

  base::Arena& arena_;
  std::string_view from_;
  std::string_view to_;
  int height_ = 0;
};

}  // namespace

bool KnownValues::full() const {
  return values_.size() == kMostValues || store_->bytes_reserved() > kMostBytes;
}

// Only here is anything forgotten, so that one reading needs one store.
void KnownValues::begin() {
  if (store_ != nullptr && !full()) return;
  values_.clear();
  values_.reserve(kMostValues);
  for (Habit& habit : habits_) habit.recent = {};
  slots_.assign(kSlots, 0);
  seen_once_.assign(kMostValues, 0);
  store_ = std::make_shared<base::Arena>();
}

KnownValues::Habit& KnownValues::habit_of(std::uint32_t place) {
  Habit& habit = habits_[(place * 0x9e3779b1u) >> 21];
  static_assert(kHabits == std::size_t{1} << (32 - 21));
  if (habit.place != place) {
    habit = {};
    habit.place = place;
  }
  return habit;
}

const KnownValue* KnownValues::look_up(std::uint64_t hash, std::uint32_t place,
                                       std::string_view text) const {
  for (std::size_t at = hash % kSlots; slots_[at] != 0; at = (at + 1) % kSlots) {
    const KnownValue& value = values_[slots_[at] - 1u];
    if (value.place == place && value.text == text) return &value;
  }
  return nullptr;
}

// Puts `index` first and moves what stood before it one place down; the last one may fall off.
template <class Places>
void put_first(Places& places, std::uint16_t index) {
  for (auto& place : places) {
    std::swap(place, index);
    if (index == places.front() || index == 0) return;
  }
}

const KnownValue* KnownValues::find_recent(Habit& habit, const Tokens& tokens) const {
  const std::size_t begin = *tokens.next;
  const auto left = static_cast<std::size_t>(tokens.end - tokens.next);
  for (const std::uint16_t index : habit.recent) {
    if (index == 0) break;
    const KnownValue& value = values_[index - 1u];
    // The same bytes are the same tokens; whether the last one ends where it should is told sooner.
    if (value.tokens > left || tokens.next[value.tokens - 1] + 1 != begin + value.text.size() ||
        std::memcmp(tokens.data + begin, value.text.data(), value.text.size()) != 0) {
      continue;
    }
    put_first(habit.recent, index);
    return &value;
  }
  return nullptr;
}

const KnownValue* KnownValues::find_hashed(Habit& habit, const Tokens& tokens) {
  const char* begin = tokens.data + *tokens.next;
  const char closing = *begin == '{' ? '}' : ']';
  const auto left = static_cast<std::size_t>(tokens.end - tokens.next);
  for (std::size_t i = 0; i < habit.lengths.size(); ++i) {
    const std::uint16_t length = habit.lengths[i];
    if (length == 0) break;
    if (length >= left) continue;
    const char* last = tokens.data + tokens.next[length - 1];
    const char behind = tokens.data[tokens.next[length]];
    if (*last != closing || (behind != ',' && behind != '}')) continue;
    const std::string_view text(begin, last + 1);
    if (text.size() > kLongest) continue;
    looked_tokens_ = length;
    looked_hash_ = base::hash_of(text, habit.place);
    const KnownValue* known = look_up(looked_hash_, habit.place, text);
    if (known == nullptr) continue;
    assert(known->tokens == length);
    std::swap(habit.lengths[0], habit.lengths[i]);
    put_first(habit.recent, static_cast<std::uint16_t>(known - values_.data() + 1));
    return known;
  }
  return nullptr;
}

const KnownValue* KnownValues::find(TypeId type, NameId name, const Tokens& tokens) {
  Habit& habit = habit_of(place_of(type, name));
  looked_tokens_ = 0;
  if (habit.rest != 0) return nullptr;
  const KnownValue* known = find_recent(habit, tokens);
  if (known == nullptr) known = find_hashed(habit, tokens);
  if (known != nullptr) habit.misses /= 2;
  return known;
}

void KnownValues::add(TypeId type, NameId name, const Tokens& start, const std::uint32_t* behind,
                      const Node& value) {
  Habit& habit = habit_of(place_of(type, name));
  if (habit.rest != 0) {
    --habit.rest;
    return;
  }
  if (++habit.misses >= kMostMisses) {
    habit.misses = kMostMisses / 2;
    habit.rest = kRest;
  }
  const auto tokens = static_cast<std::size_t>(behind - start.next);
  const std::string_view text(start.data + start.next[0], start.data + behind[-1] + 1);
  if (text.size() > kLongest) return;
  const std::uint64_t hash =
      looked_tokens_ == tokens ? looked_hash_ : base::hash_of(text, habit.place);
  // The lower bits find the place, the upper ones tell who was there.
  auto& seen = seen_once_[hash % seen_once_.size()];
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  if (seen != tag) {
    seen = tag;
    return;
  }
  // Texts that were written with escapes do not lie in these bytes.
  if (full() || text.find('\\') != std::string_view::npos) return;
  const auto copied = store_->copy(text);
  Copier copier(*store_, text, copied);
  KnownValue known{habit.place, copied, copier.copy(value), static_cast<std::uint32_t>(tokens),
                   copier.height()};
  known.node.name = kNoName;
  known.node.extra = nullptr;
  std::size_t at = hash % kSlots;
  while (slots_[at] != 0) at = (at + 1) % kSlots;
  values_.push_back(known);
  slots_[at] = static_cast<std::uint16_t>(values_.size());
  put_first(habit.recent, slots_[at]);
  auto& lengths = habit.lengths;
  if (std::find(lengths.begin(), lengths.end(), tokens) == lengths.end()) {
    std::rotate(lengths.begin(), lengths.end() - 1, lengths.end());
    lengths[0] = static_cast<std::uint16_t>(tokens);
  }
}

}  // namespace nidus::fhir
