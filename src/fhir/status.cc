// SPDX-License-Identifier: Apache-2.0
#include "fhir/status.h"

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/names.h"
#include "fhir/node_copy.h"
#include "fhir/sound.h"

namespace nidus::fhir {

namespace {

struct Row {
  std::string_view type, element, codes;  // "final|amended"
};

#include "fhir/statuses_r4.inc"

const NameId kCoding = name_id("coding"), kCode = name_id("code"), kText = name_id("text");
const NameId kDisplay = name_id("display"), kContained = name_id("contained");
const NameId kIdName = name_id("id");

struct Statuses {
  NameId element;
  std::string_view codes;
};

// By type.
const std::vector<Statuses>& statuses_of(TypeId type) {
  static const auto all = [] {
    std::vector<std::vector<Statuses>> out;
    for (const auto& row : kRows) {
      const std::size_t at = type_id(row.type);
      if (at >= out.size()) out.resize(at + 1);
      out[at].push_back({name_id(row.element), row.codes});
    }
    return out;
  }();
  static const std::vector<Statuses> none;
  return type < all.size() ? all[type] : none;
}

auto each(std::string_view codes) {
  return std::views::split(codes, '|') | std::views::transform([](const auto& part) {
           return std::string_view(part.begin(), part.end());
         });
}

bool has(std::string_view codes, std::string_view code) {
  return std::ranges::any_of(each(codes), [&](std::string_view one) { return one == code; });
}

// "Entered in Error", "entered_in_error" and "enteredInError" have the same letters.
std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80) out += c;
  }
  return out;
}

// "canceled": one letter more, less or other.
bool is_one_letter_off(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > 1) return false;
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  const auto same_from = [&](auto at, auto other) {
    return std::string_view(at, a.end()) == std::string_view(other, b.end());
  };
  if (in_a == a.end()) return false;
  return a.size() > b.size() ? same_from(in_a + 1, in_b) : same_from(in_a + 1, in_b + 1);
}

// The one code that is meant; empty when none is, or more than one may be.
std::string_view meant(std::string_view codes, std::string_view written) {
  constexpr std::size_t kMost = 40, kLeastForSlips = 6;
  if (written.size() > kMost) return {};
  const std::string letters = letters_of(written);
  std::string_view near;
  for (const auto code : each(codes)) {
    const std::string wanted = letters_of(code);
    if (letters == wanted) return code;
    if (letters.size() < kLeastForSlips || !is_one_letter_off(letters, wanted)) continue;
    if (!near.empty()) return {};
    near = code;
  }
  return near;
}

std::string listed(std::string_view codes) {
  std::string out;
  for (const auto code : each(codes)) out += (out.empty() ? "" : ", ") + std::string(code);
  return out;
}

// As it may stand in a message.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out(text.substr(0, kMost));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, ' ');
  while (out.size() == kMost && (static_cast<unsigned char>(out.back()) & 0x80) != 0)
    out.pop_back();
  return "'" + out + (text.size() > kMost ? "..." : "") + "'";
}

const Node* text_in(const Node& node, NameId name) {
  const Node* found = node.find(name);
  return found != nullptr && found->kind == Node::Kind::kString ? found : nullptr;
}

std::string in_small_letters(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Nothing to say of it, as of most. A CodeableConcept is known by one of its codes, or by its text,
// which rules compare without regard to capitals.
bool is_known(const Node& element, std::string_view codes) {
  if (element.kind == Node::Kind::kString) return element.size == 0 || has(codes, element.str());
  if (element.kind != Node::Kind::kObject) return true;
  const Node* codings = element.find(kCoding);
  const auto known = [&](const Node& coding) {
    const Node* code = text_in(coding, kCode);
    return code != nullptr && has(codes, code->str());
  };
  if (codings != nullptr && std::ranges::any_of(codings->items(), known)) return true;
  const Node* text = text_in(element, kText);
  // Without either nothing is said.
  return text == nullptr ? codings == nullptr : has(codes, in_small_letters(text->str()));
}

// One element that is not known, of one resource.
class Reading {
 public:
  Reading(const Statuses& row, std::string resource, std::string path, base::Arena& arena,
          IssueList& issues)
      : row_(row),
        resource_(std::move(resource)),
        path_(std::move(path)),
        arena_(arena),
        issues_(issues) {}

  // `node` with the code as R4 spells it, or itself.
  const Node* of(const Node& node, const Node& element) {
    const bool code = element.kind == Node::Kind::kString;
    const Node* spelled = code ? respelled(element, element, path_) : spelled_concept(element);
    if (spelled != nullptr) return with_child(node, element, *spelled, arena_);
    issues_.warn(resource_, path_,
                 quoted(code ? element.str() : words_of(element)) +
                     " is no code that R4 has here (" + listed(row_.codes) + "): no rule knows it");
    return &node;
  }

 private:
  // `node`, or the text itself when they are one, with the text as R4 spells it; nullptr when it is
  // not known what is meant.
  const Node* respelled(const Node& node, const Node& text, const std::string& path) {
    const auto code = meant(row_.codes, text.str());
    if (code.empty()) return nullptr;
    issues_.warn(resource_, path, quoted(text.str()) + " is read as '" + std::string(code) + "'");
    const Node spelled = text_node(text.name, code, arena_);
    return &node == &text ? arena_.make<Node>(spelled) : with_child(node, text, spelled, arena_);
  }

  const Node* spelled_concept(const Node& element) {
    if (const Node* codings = element.find(kCoding)) {
      for (std::size_t i = 0; i < codings->items().size(); ++i) {
        const Node& coding = codings->items()[i];
        const Node* code = text_in(coding, kCode);
        if (code == nullptr) continue;
        const auto path = path_ + ".coding[" + std::to_string(i) + "].code";
        const Node* other = respelled(coding, *code, path);
        if (other == nullptr) continue;
        return with_child(element, *codings, *with_child(*codings, coding, *other, arena_), arena_);
      }
    }
    const Node* text = text_in(element, kText);
    return text == nullptr ? nullptr : respelled(element, *text, path_ + ".text");
  }

  static std::string_view words_of(const Node& element) {
    if (const Node* text = text_in(element, kText)) return text->str();
    for (const Node& coding : element.find(kCoding)->items()) {
      for (const NameId name : {kCode, kDisplay}) {
        if (const Node* text = text_in(coding, name)) return text->str();
      }
    }
    return {};
  }

  const Statuses& row_;
  std::string resource_;
  std::string path_;
  base::Arena& arena_;
  IssueList& issues_;
};

}  // namespace

const Node* StatusReader::read(Resource resource) {
  if (const Node* contained = resource.node->find(kContained)) {
    resource.node = with_contained(resource, *contained);
  }
  for (const auto& row : statuses_of(resource.type)) {
    const Node* element = resource.node->find(row.element);
    if (element == nullptr || is_known(*element, row.codes)) continue;
    const auto path =
        std::string(type_text(resource.type)) + "." + std::string(name_text(row.element));
    Reading reading(row, resource.reference(), path, arena_, issues_);
    resource.node = reading.of(*resource.node, *element);
  }
  return resource.node;
}

const Node* StatusReader::with_contained(const Resource& holder, const Node& contained) {
  const Node* out = &contained;
  for (std::size_t i = 0; i < contained.items().size(); ++i) {
    const Node& node = contained.items()[i];
    const Node* type = text_in(node, kResourceTypeName);
    const Node* id = text_in(node, kIdName);
    if (type == nullptr) continue;
    Resource inside;
    inside.node = &node;
    inside.type = type_id(type->str());
    inside.id = id == nullptr ? std::string_view() : id->str();
    inside.ordinal = holder.ordinal;
    inside.contained = true;
    inside.holder = holder.node;
    const Node* read_so = read(inside);
    if (read_so != &node) out = with_child(*out, out->items()[i], *read_so, arena_);
  }
  return out == &contained ? holder.node : with_child(*holder.node, contained, *out, arena_);
}

}  // namespace nidus::fhir
