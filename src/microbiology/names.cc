// SPDX-License-Identifier: Apache-2.0
#include "microbiology/names.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace nidus::microbiology {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `text` holds `phrase` as whole words, from this place; npos when it does not.
std::size_t phrase_at(std::string_view text, std::string_view phrase) {
  if (phrase.empty()) return std::string_view::npos;
  for (std::size_t at = text.find(phrase); at != std::string_view::npos;
       at = text.find(phrase, at + 1)) {
    const std::size_t end = at + phrase.size();
    const bool begins = at == 0 || text[at - 1] == ' ';
    const bool ends = end == text.size() || text[end] == ' ';
    if (begins && ends) return at;
  }
  return std::string_view::npos;
}

// Takes the phrase out of the text; false when it is not there.
bool take_out(std::string& text, std::string_view phrase) {
  const std::size_t at = phrase_at(text, phrase);
  if (at == std::string_view::npos) return false;
  std::string rest = text.substr(0, at);
  rest += text.substr(std::min(text.size(), at + phrase.size() + 1));
  while (!rest.empty() && rest.back() == ' ') rest.pop_back();
  text = std::move(rest);
  return true;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = phrase_at(text, from);
  return at == std::string_view::npos ? text : text.replace(at, from.size(), to);
}

bool is_number(std::string_view part) {
  return !part.empty() &&
         std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) out.push_back(text.substr(0, space));
    text.remove_prefix(std::min(text.size(), space + 1));
  }
  return out;
}

std::vector<std::string_view> split(std::string&&) = delete;  // the parts lie in the text

std::string without_numbers(std::string_view text) {
  std::string out;
  for (const std::string_view part : split(text)) {
    if (is_number(part)) continue;
    out += (out.empty() ? "" : " ") + std::string(part);
  }
  return out;
}

}  // namespace

bool has_word(std::string_view text, const std::vector<std::string>& words) {
  const std::string plain = plain_words(text);
  return std::any_of(words.begin(), words.end(), [&](const std::string& phrase) {
    return phrase_at(plain, phrase) != std::string_view::npos;
  });
}

std::optional<NamedOrganism> organism_in(const Library& library, std::string_view text) {
  const Reading& reading = library.reading;
  std::string name = plain_words(text);
  if (const auto found = library.organism_named(name)) return NamedOrganism{*found, {}, false};
  NamedOrganism out;
  for (const auto& [from, to] : reading.rewrites) name = replaced(std::move(name), from, to);
  for (const Qualifier& qualifier : reading.qualifiers) {
    if (!take_out(name, qualifier.phrase)) continue;
    while (take_out(name, qualifier.phrase)) {  // "vancomycin resistant enterococcus (VRE)"
    }
    out.markers.emplace_back(qualifier.marker,
                             qualifier.positive ? Sign::kPositive : Sign::kNegative);
  }
  const auto known = [&](std::string candidate) {
    // "Staphylococcus aureus (MRSA)" names it twice.
    const std::size_t half = candidate.size() / 2;
    if (candidate.size() % 2 == 1 && candidate[half] == ' ' &&
        candidate.compare(0, half, candidate, half + 1) == 0) {
      candidate.resize(half);
    }
    const auto found = library.organism_named(candidate);
    if (found) out.organism = *found;
    return found.has_value();
  };
  if (known(name)) return out;
  for (const std::string& phrase : reading.organism_passing) {
    while (take_out(name, phrase)) {
    }
  }
  name = without_numbers(name);
  if (known(name)) return out;
  // "no S. aureus", "S. aureus or S. argenteus", "not S. aureus": none of these is one organism.
  const auto parts = split(name);
  const bool doubtful = std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return std::find(reading.never.begin(), reading.never.end(), part) != reading.never.end();
  });
  if (doubtful || parts.empty()) return std::nullopt;
  const auto cut = std::find_if(parts.begin(), parts.end(), [&](std::string_view part) {
    return std::find(reading.cut_at.begin(), reading.cut_at.end(), part) != reading.cut_at.end();
  });
  if (cut != parts.begin() && cut != parts.end()) {
    std::string shorter;
    for (auto part = parts.begin(); part != cut; ++part) {
      shorter += (shorter.empty() ? "" : " ") + std::string(*part);
    }
    if (known(shorter)) return out;
  }
  // A species that is not told apart here is at least one of its genus.
  if (parts.size() == 2 && parts[0].size() > 1 && known(std::string(parts[0])) &&
      library.organisms[out.organism].rank == "genus") {
    out.genus_only = true;
    return out;
  }
  return std::nullopt;
}

std::optional<AgentId> agent_in(const Library& library, std::string_view text) {
  std::string name = plain_words(text);
  if (const auto found = library.agent_named(name)) return found;
  for (const std::string& phrase : library.reading.agent_passing) {
    while (take_out(name, phrase)) {
    }
  }
  if (const auto found = library.agent_named(name)) return found;
  // "FOX_ND30": what stands with a number is no name either.
  name = without_numbers(name);
  std::string rest;
  for (const std::string_view part : split(name)) {
    std::string_view word = part;
    while (!word.empty() && is_digit(word.back())) word.remove_suffix(1);
    const auto& passing = library.reading.agent_passing;
    if (word != part && std::find(passing.begin(), passing.end(), word) != passing.end()) continue;
    rest += (rest.empty() ? "" : " ") + std::string(part);
  }
  if (rest.empty()) return std::nullopt;
  if (const auto found = library.agent_named(rest)) return found;
  return library.agent_sounding(rest);
}

std::optional<std::size_t> marker_in(const Library& library, std::string_view text) {
  return library.marker_named(plain_words(text));
}

Sign sign_in(const Library& library, std::string_view text) {
  if (text == "+") return Sign::kPositive;
  if (text == "-") return Sign::kNegative;
  const std::string plain = plain_words(text);
  const auto among = [&](const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), plain) != words.end();
  };
  if (among(library.reading.negative)) return Sign::kNegative;
  if (among(library.reading.positive)) return Sign::kPositive;
  return Sign::kUnknown;
}

std::optional<Category> category_in(const Library& library, std::string_view text) {
  const std::string plain = plain_words(text);
  const Reading& reading = library.reading;
  if (reading.r.names.contains(plain)) return Category::kR;
  if (reading.i.names.contains(plain)) return Category::kI;
  if (reading.s.names.contains(plain)) return Category::kS;
  return std::nullopt;
}

std::optional<Category> category_coded(const Library& library, std::string_view system,
                                       std::string_view code) {
  const std::string coding = std::string(system) + "|" + std::string(code);
  const Reading& reading = library.reading;
  if (reading.r.codes.contains(coding)) return Category::kR;
  if (reading.i.codes.contains(coding)) return Category::kI;
  if (reading.s.codes.contains(coding)) return Category::kS;
  return std::nullopt;
}

bool is_no_growth(const Library& library, std::string_view text) {
  return library.reading.no_growth.names.contains(plain_words(text));
}

std::optional<WrittenValue> value_in(std::string_view text) {
  WrittenValue out;
  const auto skip = [&] {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  };
  const auto take = [&](std::string_view prefix, Comparator comparator) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    out.comparator = comparator;
    return true;
  };
  skip();
  if (!take("<=", Comparator::kAtMost) && !take("=<", Comparator::kAtMost) &&
      !take("\u2264", Comparator::kAtMost) && !take("<", Comparator::kLess) &&
      !take(">=", Comparator::kAtLeast) && !take("=>", Comparator::kAtLeast) &&
      !take("\u2265", Comparator::kAtLeast) && !take(">", Comparator::kMore)) {
    take("=", Comparator::kExact);
  }
  skip();
  // "0,5": a comma parts decimals; "1,024" could be either, and is not read.
  std::string with_point(text);
  if (const std::size_t comma = with_point.find(',');
      comma != std::string::npos && comma > 0 &&
      is_number(std::string_view(with_point).substr(0, comma))) {
    std::size_t end = comma + 1;
    while (end < with_point.size() && is_digit(with_point[end])) ++end;
    constexpr std::size_t kThousands = 3;
    if (end == comma + 1) return std::nullopt;
    if (with_point[0] != '0' && end - comma - 1 == kThousands) return std::nullopt;
    with_point[comma] = '.';
  }
  text = with_point;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), out.value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(out.value) || out.value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  // "8/4": the second number is of the inhibitor.
  if (text.size() > 1 && text.front() == '/' && text[1] >= '0' && text[1] <= '9') {
    out.pair = true;
    text.remove_prefix(1);
    while (!text.empty() && ((text.front() >= '0' && text.front() <= '9') || text.front() == '.' ||
                             text.front() == ',')) {
      text.remove_prefix(1);
    }
  }
  skip();
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  out.unit = text;
  return out;
}

}  // namespace nidus::microbiology
