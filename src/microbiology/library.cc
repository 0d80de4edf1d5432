// SPDX-License-Identifier: Apache-2.0
#include "microbiology/library.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <set>

#include "base/json_read.h"

namespace nidus::microbiology {

namespace dom = simdjson::dom;
using base::texts_at;
using base::view_at;
using base::view_of;

const char* word(Category category) {
  switch (category) {
    case Category::kS:
      return "S";
    case Category::kI:
      return "I";
    case Category::kR:
      return "R";
    case Category::kUnknown:
      return "unknown";
    case Category::kNoBreakpoint:
      return "no breakpoint";
  }
  return "";
}

namespace {

// The letter under the accent of a Latin-1 letter in UTF-8 (after the byte 0xC3), or 0.
char under_accent(unsigned char second) {
  static constexpr std::string_view kLetters =
      "aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y";
  if (second < 0x80 || second >= 0x80 + kLetters.size()) return 0;
  const char letter = kLetters[second - 0x80u];
  return letter == ' ' ? '\0' : letter;
}

}  // namespace

std::string plain_words(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\xC3' && i + 1 < text.size()) {
      if (const char plain = under_accent(static_cast<unsigned char>(text[i + 1])); plain != 0) {
        c = plain;
        ++i;
      }
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    if (letter || capital) {
      out += capital ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string name_sound(std::string_view plain) {
  std::string out;
  std::string word;
  const auto close = [&] {
    // "cefazoline", "vancomicina", "levofloxacino".
    constexpr std::size_t kLongWord = 5;
    if (word.size() > kLongWord && std::string_view("aeo").find(word.back()) != std::string::npos) {
      word.pop_back();
    }
    if (!word.empty()) out += (out.empty() ? "" : " ") + word;
    word.clear();
  };
  for (std::size_t i = 0; i < plain.size(); ++i) {
    char c = plain[i];
    if (c == ' ') {
      close();
      continue;
    }
    if (c == 'h' && !word.empty() && (word.back() == 'p' || word.back() == 't')) {
      if (word.back() == 'p') word.back() = 'f';
      continue;
    }
    if (c == 'y') c = 'i';
    if (c == 'k') c = 'c';
    if (word.empty() || word.back() != c) word += c;
  }
  close();
  return out;
}

double canonical_mic(double mg_per_l, double tolerance) {
  int exponent = 0;
  const double mantissa = std::frexp(mg_per_l, &exponent);  // in [0.5, 1)
  if (mantissa <= 0.5 * (1 + tolerance)) return std::ldexp(0.5, exponent);
  if (mantissa >= 1 - tolerance) return std::ldexp(1.0, exponent);
  return mg_per_l;
}

std::string disk_content(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit || ((c == '.' || c == '/' || c == '-') && !out.empty())) out += c;
  }
  return out;
}

namespace {

constexpr const char* kLoinc = "http://loinc.org";
constexpr const char* kAtc = "http://www.whocc.no/atc";

bool true_at(dom::element object, std::string_view key) {
  bool value = false;
  return object[key].get(value) == simdjson::SUCCESS && value;
}

bool true_of(dom::element value) {
  bool out = false;
  return value.get(out) == simdjson::SUCCESS && out;
}

// The elements of a list; none when there is no such list.
std::vector<dom::element> items(dom::element object, std::string_view key) {
  std::vector<dom::element> out;
  dom::array list;
  if (object[key].get(list) != simdjson::SUCCESS) return out;
  for (dom::element one : list) out.push_back(one);
  return out;
}

std::int64_t whole_of(dom::element value) {
  std::int64_t out = -1;
  return value.get(out) == simdjson::SUCCESS ? out : -1;
}

std::optional<double> number_of(dom::element value) {
  double out = 0;
  if (value.get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

std::optional<double> number_in(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::string number_text(double value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  assert(error == std::errc());
  return {buffer, end};
}

// "3092008 C" -> the code and whether it was read in a published list.
std::pair<std::string_view, bool> coded(std::string_view text) {
  const auto space = text.find(' ');
  return {text.substr(0, space), text.ends_with(" C")};
}

std::string coding(std::string_view system, std::string_view code) {
  return std::string(system) + "|" + std::string(code);
}

template <class T>
std::optional<T> find(const ByText<T>& map, std::string_view key) {
  const auto at = map.find(key);
  if (at == map.end()) return std::nullopt;
  return at->second;
}

}  // namespace

class LibraryLoader {
 public:
  base::Result<Library> load(std::string_view json, std::string_view version);

 private:
  void problem(const std::string& text) { problems_ += (problems_.empty() ? "" : "\n  ") + text; }
  // An index into a list of `size`; a problem, and 0, when it is none.
  std::uint16_t index(dom::element value, std::size_t size, const char* what);
  std::vector<AgentId> agents_of(const std::vector<dom::element>& list);
  void organisms(dom::element root);
  void agents(dom::element root);
  void sites(dom::element root);
  void markers(dom::element root);
  void table(dom::element entry);
  Row row(dom::array cells, const std::vector<std::string>& sources);
  void fill_cells(Table& table) const;
  void rule(dom::element entry);
  void reading(dom::element root);
  Answer answer(dom::element root, std::string_view key);
  std::optional<Method> method(std::string_view text);

  Library out_;
  std::string problems_;
};

std::uint16_t LibraryLoader::index(dom::element value, std::size_t size, const char* what) {
  const std::int64_t number = whole_of(value);
  if (number >= 0 && static_cast<std::size_t>(number) < size) {
    return static_cast<std::uint16_t>(number);
  }
  problem(std::string("no such ") + what);
  return 0;
}

std::vector<AgentId> LibraryLoader::agents_of(const std::vector<dom::element>& list) {
  std::vector<AgentId> out;
  for (dom::element one : list) out.push_back(index(one, out_.agents.size(), "agent"));
  return out;
}

void LibraryLoader::organisms(dom::element root) {
  const auto list = items(root, "organisms");
  const std::size_t count = list.size();
  for (dom::element entry : list) {
    const auto id = static_cast<OrganismId>(out_.organisms.size());
    Organism organism;
    organism.name = view_at(entry, "name");
    organism.rank = view_at(entry, "rank");
    for (dom::element step : items(entry, "up")) {
      const OrganismId above = index(step.at(0).value(), count, "organism");
      organism.up.push_back({above, static_cast<std::uint8_t>(whole_of(step.at(1).value()))});
    }
    for (dom::element one : items(entry, "snomed")) {
      const auto [code, checked] = coded(view_of(one));
      if (organism.snomed.empty()) {
        organism.snomed = code;
        organism.snomed_checked = checked;
      }
      out_.organism_codes_.emplace(code, id);
    }
    for (dom::element name : items(entry, "names")) {
      out_.organism_names_.emplace(view_of(name), id);
    }
    out_.organisms.push_back(std::move(organism));
  }
}

void LibraryLoader::agents(dom::element root) {
  for (dom::element entry : items(root, "agents")) {
    const auto id = static_cast<AgentId>(out_.agents.size());
    Agent agent;
    agent.code = view_at(entry, "code");
    agent.name = view_at(entry, "name");
    agent.atc = view_at(entry, "atc");
    agent.note = view_at(entry, "note");
    agent.offered = true_at(entry, "offered");
    for (dom::element one : items(entry, "loinc")) {
      const auto code = coded(view_of(one)).first;
      if (agent.loinc.empty()) agent.loinc = code;
      out_.agent_codes_.emplace(coding(kLoinc, code), id);
    }
    if (!agent.atc.empty()) out_.agent_codes_.emplace(coding(kAtc, agent.atc), id);
    for (dom::element name : items(entry, "names")) out_.agent_names_.emplace(view_of(name), id);
    out_.agents.push_back(std::move(agent));
  }
  // Abbreviations have no sound; what could be two agents is neither.
  constexpr std::size_t kLongName = 6;
  std::set<std::string> unsure;
  for (const auto& [name, id] : out_.agent_names_) {
    if (name.size() < kLongName) continue;
    const auto [known, added] = out_.agent_sounds_.emplace(name_sound(name), id);
    if (!added && known->second != id) unsure.insert(known->first);
  }
  for (const std::string& sound : unsure) out_.agent_sounds_.erase(sound);
}

void LibraryLoader::sites(dom::element root) {
  for (dom::element entry : items(root, "conditions")) {
    out_.conditions.push_back(
        {std::string(view_at(entry, "id")), std::string(view_at(entry, "label")),
         std::string(view_at(entry, "when")), true_at(entry, "unknown_counts")});
  }
  if (out_.conditions.size() > 32) problem("more than 32 conditions");
  const auto bits = [&](dom::element entry, std::string_view key) {
    std::uint32_t mask = 0;
    for (dom::element one : items(entry, key)) {
      mask |= 1u << (index(one, out_.conditions.size(), "condition") & 31u);
    }
    return mask;
  };
  for (dom::element entry : items(root, "sites")) {
    Site site;
    site.name = view_at(entry, "site");
    site.any_of = bits(entry, "any_of");
    site.none_of = bits(entry, "none_of");
    const auto route = view_at(entry, "route");
    site.route = route == "iv" ? Route::kIntravenous : route == "oral" ? Route::kOral : Route::kAny;
    site.screen = true_at(entry, "screen");
    out_.sites.push_back(std::move(site));
  }
}

void LibraryLoader::markers(dom::element root) {
  for (dom::element entry : items(root, "markers")) {
    const std::size_t id = out_.markers.size();
    for (dom::element code : items(entry, "codes")) {
      out_.marker_codes_.emplace(coding(view_of(code.at(0).value()), view_of(code.at(1).value())),
                                 id);
    }
    for (dom::element name : items(entry, "names")) {
      out_.marker_names_.emplace(view_of(name), id);
    }
    out_.markers.push_back(
        {std::string(view_at(entry, "id")), std::string(view_at(entry, "label"))});
  }
}

Row LibraryLoader::row(dom::array cells, const std::vector<std::string>& sources) {
  Row out;
  std::size_t column = 0;
  std::optional<double> numbers[4];
  const double tolerance = out_.reading.tolerance;
  for (dom::element cell : cells) {
    switch (column++) {
      case 0:
        out.id = view_of(cell);
        break;
      case 1:
        out.organism = index(cell, out_.organisms.size(), "organism");
        break;
      case 2:
        out.agent = index(cell, out_.agents.size(), "agent");
        break;
      case 3:
        out.site = index(cell, out_.sites.size(), "site");
        break;
      case 4:
      case 5:
      case 6:
      case 7:
        numbers[column - 5] = number_of(cell);
        break;
      case 8:
        out.disk = view_of(cell);
        out.disk_content = disk_content(out.disk);
        break;
      case 9:
        out.has_i = true_of(cell);
        break;
      case 10:
        out.wild_type_is_i = true_of(cell);
        break;
      case 11:
        out.bracketed = view_of(cell);
        break;
      case 12:
        out.version = view_of(cell);
        break;
      case 13:
        out.newer_check = view_of(cell);
        break;
      case 14:
        out.older_value = view_of(cell);
        break;
      case 15:
        out.note = view_of(cell);
        break;
      case 16:
        out.source = sources.empty() ? "" : sources[index(cell, sources.size(), "source")];
        break;
      default:
        break;
    }
  }
  if (column != 17) problem("breakpoint row " + out.id + " has another number of columns");
  out.has_mic = numbers[0] && numbers[1];
  out.has_zone = numbers[2] && numbers[3];
  if (out.has_mic) {
    out.mic_s = canonical_mic(*numbers[0], tolerance);
    out.mic_r = canonical_mic(*numbers[1], tolerance);
    out.mic_text = number_text(*numbers[0]) + "/" + number_text(*numbers[1]);
  }
  if (out.has_zone) {
    out.zone_s = *numbers[2];
    out.zone_r = *numbers[3];
    out.zone_text = number_text(*numbers[2]) + "/" + number_text(*numbers[3]);
  }
  if (out.version.empty() || out.source.empty()) {
    problem("breakpoint row " + out.id + " names no version or source");
  }
  return out;
}

void LibraryLoader::table(dom::element entry) {
  Table table;
  table.id = view_at(entry, "id");
  table.name = view_at(entry, "name");
  table.methods = texts_at(entry, "methods");
  table.expected_name = view_at(entry, "expected_name");
  dom::element unspecific;
  if (entry["unspecific"].get(unspecific) == simdjson::SUCCESS && whole_of(unspecific) >= 0) {
    table.unspecific = index(unspecific, out_.organisms.size(), "organism");
  }
  const std::vector<std::string> sources = texts_at(entry, "sources");
  for (dom::element cells : items(entry, "rows")) {
    dom::array list;
    if (cells.get(list) == simdjson::SUCCESS) table.rows.push_back(row(list, sources));
  }
  for (dom::element cells : items(entry, "expected")) {
    ExpectedRow one;
    one.id = view_of(cells.at(0).value());
    one.organism = index(cells.at(1).value(), out_.organisms.size(), "organism");
    dom::array list;
    if (cells.at(2).get(list) == simdjson::SUCCESS) {
      one.agents = agents_of(std::vector<dom::element>(list.begin(), list.end()));
    }
    one.agents_text = view_of(cells.at(3).value());
    one.table = view_of(cells.at(4).value());
    one.verified = true_of(cells.at(5).value());
    table.expected.push_back(std::move(one));
  }
  for (dom::element one : items(entry, "combination")) {
    const auto agents = agents_of(items(one, "agents"));
    for (dom::element organism : items(one, "organisms")) {
      table.in_combination.push_back({index(organism, out_.organisms.size(), "organism"), agents,
                                      std::string(view_at(one, "say"))});
    }
  }
  fill_cells(table);
  out_.tables.push_back(std::move(table));
}

// Every pair of organism and agent knows its rows, so that a lookup is one step.
void LibraryLoader::fill_cells(Table& table) const {
  const std::size_t agents = out_.agents.size();
  table.agents_ = agents;
  table.cells_.resize(out_.organisms.size() * agents);
  std::vector<std::vector<std::uint32_t>> of_organism(out_.organisms.size());
  std::vector<std::vector<std::uint32_t>> expected_of(out_.organisms.size());
  for (std::uint32_t i = 0; i < table.rows.size(); ++i) {
    of_organism[table.rows[i].organism].push_back(i);
  }
  for (std::uint32_t i = 0; i < table.expected.size(); ++i) {
    expected_of[table.expected[i].organism].push_back(i);
  }
  std::vector<std::pair<AgentId, Candidate>> found;
  for (std::size_t organism = 0; organism < out_.organisms.size(); ++organism) {
    Table::Cell* const cells = &table.cells_[organism * agents];
    found.clear();
    for (const Step& step : out_.organisms[organism].up) {
      for (const std::uint32_t row : of_organism[step.organism]) {
        found.push_back({table.rows[row].agent, {row, step.distance}});
      }
      for (const std::uint32_t row : expected_of[step.organism]) {
        for (const AgentId agent : table.expected[row].agents) {
          // A row that is published is preferred to a nearer one that is not.
          auto& known = cells[agent].expected;
          if (known == 0 || (!table.expected[known - 1].verified && table.expected[row].verified)) {
            known = static_cast<std::uint16_t>(row + 1);
          }
        }
      }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [agent, candidate] : found) {
      Table::Cell& cell = cells[agent];
      if (cell.count++ == 0) cell.begin = static_cast<std::uint32_t>(table.pool_.size());
      table.pool_.push_back(candidate);
    }
  }
}

std::optional<Method> LibraryLoader::method(std::string_view text) {
  if (text == "mic") return Method::kMic;
  if (text == "zone") return Method::kZone;
  return std::nullopt;
}

void LibraryLoader::rule(dom::element entry) {
  Rule rule;
  rule.id = view_at(entry, "id");
  rule.evidence = view_at(entry, "evidence");
  rule.say = view_at(entry, "say");
  rule.mark = view_at(entry, "mark");
  for (dom::element one : items(entry, "organisms")) {
    rule.organisms.push_back(index(one, out_.organisms.size(), "organism"));
  }
  for (dom::element one : items(entry, "when")) {
    RuleCondition condition;
    condition.agents = agents_of(items(one, "agents"));
    dom::element marker;
    if (one["marker"].get(marker) == simdjson::SUCCESS && whole_of(marker) >= 0) {
      condition.marker = index(marker, out_.markers.size(), "marker");
    }
    condition.is = texts_at(one, "is");
    condition.by = method(view_at(one, "by"));
    condition.screen = true_at(one, "screen");
    if (const auto over = number_in(view_at(one, "mic_over"))) {
      condition.mic_over = canonical_mic(*over, out_.reading.tolerance);
    }
    rule.when.push_back(std::move(condition));
  }
  for (dom::element one : items(entry, "then")) {
    RuleAction action;
    action.agents = agents_of(items(one, "agents"));
    action.only_with_breakpoint = true_at(one, "breakpoint");
    action.by = method(view_at(one, "by"));
    const auto report = view_at(one, "report");
    action.report = report == "S"         ? Report::kS
                    : report == "I"       ? Report::kI
                    : report == "R"       ? Report::kR
                    : report == "unknown" ? Report::kUnknown
                                          : Report::kWithdrawn;
    rule.then.push_back(std::move(action));
  }
  out_.rules.push_back(std::move(rule));
}

Answer LibraryLoader::answer(dom::element root, std::string_view key) {
  Answer out;
  dom::element entry;
  if (root["answers"][key].get(entry) != simdjson::SUCCESS) {
    problem("no words for the answer " + std::string(key));
    return out;
  }
  for (dom::element code : items(entry, "codes")) {
    out.codes.emplace(coding(view_of(code.at(0).value()), view_of(code.at(1).value())), true);
  }
  for (dom::element name : items(entry, "names")) out.names.emplace(view_of(name), true);
  return out;
}

void LibraryLoader::reading(dom::element root) {
  Reading& out = out_.reading;
  out.tolerance = number_in(view_at(root, "tolerance")).value_or(-1);
  if (!(out.tolerance >= 0 && out.tolerance < 1.0 / 3)) problem("dilution_tolerance");
  out.mic_unit = view_at(root, "mic_unit");
  out.zone_unit = view_at(root, "zone_unit");
  out.disk_diameter = number_in(view_at(root, "disk_diameter")).value_or(0);
  if (!(out.disk_diameter > 0)) problem("disk_diameter");
  out.s = answer(root, "S");
  out.i = answer(root, "I");
  out.r = answer(root, "R");
  out.no_growth = answer(root, "none");
  out.other_methods = texts_at(root, "other_methods");
  out.positive = texts_at(root, "positive");
  out.negative = texts_at(root, "negative");
  out.marker_headings = texts_at(root, "marker_headings");
  out.organism_passing = texts_at(root, "organism_passing");
  out.agent_passing = texts_at(root, "agent_passing");
  out.never = texts_at(root, "never");
  out.cut_at = texts_at(root, "cut_at");
  for (dom::element one : items(root, "rewrites")) {
    out.rewrites.emplace_back(view_of(one.at(0).value()), view_of(one.at(1).value()));
  }
  for (dom::element one : items(root, "qualifiers")) {
    out.qualifiers.push_back({std::string(view_of(one.at(0).value())),
                              index(one.at(1).value(), out_.markers.size(), "marker"),
                              true_of(one.at(2).value())});
  }
}

base::Result<Library> LibraryLoader::load(std::string_view json, std::string_view version) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS) {
    return base::fail(base::ErrorCode::kBadGuideline,
                      std::string("not JSON: ") + simdjson::error_message(error), "microbiology");
  }
  out_.version = version;
  organisms(root);
  agents(root);
  sites(root);
  markers(root);
  dom::element part;
  if (root["reading"].get(part) == simdjson::SUCCESS) reading(part);
  for (dom::element entry : items(root, "tables")) table(entry);
  for (dom::element entry : items(root, "rules")) rule(entry);
  if (out_.tables.empty()) problem("no breakpoint table");
  if (!problems_.empty()) {
    return base::fail(base::ErrorCode::kBadGuideline, problems_, "microbiology");
  }
  return std::move(out_);
}

base::Result<Library> Library::load(std::string_view json, std::string_view version) {
  return LibraryLoader().load(json, version);
}

std::span<const Candidate> Table::candidates(OrganismId organism, AgentId agent) const {
  const Cell& cell = cells_[organism * agents_ + agent];
  return {pool_.data() + cell.begin, cell.count};
}

const ExpectedRow* Table::expected_resistant(OrganismId organism, AgentId agent) const {
  const Cell& cell = cells_[organism * agents_ + agent];
  return cell.expected == 0 ? nullptr : &expected[cell.expected - 1u];
}

std::optional<OrganismId> Library::organism_named(std::string_view plain) const {
  return find(organism_names_, plain);
}
std::optional<AgentId> Library::agent_named(std::string_view plain) const {
  return find(agent_names_, plain);
}
std::optional<AgentId> Library::agent_sounding(std::string_view plain) const {
  return find(agent_sounds_, name_sound(plain));
}
std::optional<std::size_t> Library::marker_named(std::string_view plain) const {
  return find(marker_names_, plain);
}
std::optional<OrganismId> Library::organism_coded(std::string_view snomed) const {
  return find(organism_codes_, snomed);
}
std::optional<AgentId> Library::agent_coded(std::string_view system, std::string_view code) const {
  return find(agent_codes_, coding(system, code));
}
std::optional<std::size_t> Library::marker_coded(std::string_view system,
                                                 std::string_view code) const {
  return find(marker_codes_, coding(system, code));
}

const Table* Library::find_table(std::string_view id) const {
  const auto at =
      std::find_if(tables.begin(), tables.end(), [&](const Table& one) { return one.id == id; });
  return at == tables.end() ? nullptr : &*at;
}

bool Library::is_below(OrganismId organism, OrganismId above) const {
  const auto& up = organisms[organism].up;
  return std::any_of(up.begin(), up.end(),
                     [&](const Step& step) { return step.organism == above; });
}

}  // namespace nidus::microbiology
