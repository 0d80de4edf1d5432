// SPDX-License-Identifier: Apache-2.0
#include "cql/compilation.h"

#include <algorithm>
#include <cassert>

#include "base/parallel.h"
#include "cql/compile.h"

namespace nidus::cql {

namespace {

constexpr unsigned kMostThreads = 4;

}  // namespace

Program::Impl::Impl() : compilation(std::make_unique<Compilation>(*this)) {}
Program::Impl::~Impl() { compilation->end_ahead(); }

// Compilers are handed from thread to thread: each keeps an arena, which thousands of small bodies
// should share.
class Compilation::Lease {
 public:
  explicit Lease(Compilation& whole) : whole_(whole) {
    const std::lock_guard lock(whole_.compilers_lock_);
    if (whole_.idle_.empty()) {
      compiler_ = whole_.compilers_.emplace_back(std::make_unique<Compiler>(whole_)).get();
    } else {
      compiler_ = whole_.idle_.back();
      whole_.idle_.pop_back();
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(whole_.compilers_lock_);
    whole_.idle_.push_back(compiler_);
  }
  Compiler& operator*() const { return *compiler_; }
  Compiler* operator->() const { return compiler_; }

 private:
  Compilation& whole_;
  Compiler* compiler_ = nullptr;
};

Compilation::Compilation(Program::Impl& program) : program_(program) {}

Compilation::~Compilation() = default;

base::Result<void> Compilation::add_library(const Json& root) {
  auto library = std::make_unique<Library>();
  library->root = root;
  Json library_part;
  Json identifier;
  if (!root["library"].into(library_part) || !library_part["identifier"].into(identifier) ||
      text_at(identifier, "id").empty()) {
    return base::fail(base::ErrorCode::kBadProgram, "ELM without library.identifier.id");
  }
  library->name = text_at(identifier, "id");
  if (library->name == "FHIRHelpers") return {};  // built in
  library->index = static_cast<std::uint16_t>(libraries_.size());
  if (!by_name_.emplace(library->name, library.get()).second) {
    return base::fail(base::ErrorCode::kBadProgram,
                      "library '" + library->name + "' is given twice");
  }
  library->definitions = &program_.names[library->name];
  program_.libraries.push_back(library->name);
  libraries_.push_back(std::move(library));
  return {};
}

base::Result<void> Compilation::declare(const Json& libraries, const ValueSets& sets) {
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    if (auto added = add_library(libraries.at(i)); !added) return added;
  }
  std::size_t statements = 0;
  for (auto& library : libraries_) {
    const std::size_t own = library->root["library"]["statements"]["def"].size();
    library->definitions->reserve(own);
    statements += own;
  }
  program_.definitions.reserve(statements);
  definitions_.reserve(statements);
  const Lease compiler(*this);
  // Included libraries first: codes refer to code systems of other libraries.
  std::set<std::string> done;
  const auto declare_one = [&](auto&& self, Library& library) -> void {
    if (!done.insert(library.name).second) return;
    each(library.root["library"]["includes"], "def", [&](const Json& def) {
      const auto at = by_name_.find(text_at(def, "path"));
      if (at != by_name_.end()) self(self, *at->second);
    });
    compiler->declare(library, sets);
  };
  for (auto& library : libraries_) declare_one(declare_one, *library);
  const auto definitions = static_cast<std::uint32_t>(program_.definitions.size());
  for (std::uint32_t i = 0; i < program_.functions.size(); ++i) {
    program_.functions[i]->body = definitions + i;
  }
  program_.bodies = std::vector<Body>(definitions + program_.functions.size());
  for (auto& library : libraries_) compiler->compile_defaults(*library);
  return {};
}

void Compilation::compile_if_waiting(std::uint32_t at, Compiler& compiler) {
  auto& state = program_.bodies[at].state;
  auto expected = BodyState::kWaiting;
  if (!state.compare_exchange_strong(expected, BodyState::kClaimed)) return;
  compiler.compile_body(at);
  state.store(BodyState::kReady, std::memory_order_release);
  state.notify_all();
}

void Compilation::make_ready(std::uint32_t at) {
  auto& state = program_.bodies[at].state;
  if (state == BodyState::kWaiting) {
    const Lease compiler(*this);
    compile_if_waiting(at, *compiler);
    assert(compiler->problems_.empty());
  }
  while (state != BodyState::kReady) state.wait(BodyState::kClaimed);
}

bool Compilation::is_of_kind(DefinitionId id, Kind kind) const {
  const Json& def = definitions_[id].def;
  Json body;
  return def["expression"].into(body) && (static_kind(def) == kind || static_kind(body) == kind);
}

std::string_view Compilation::result_type(DefinitionId id) const {
  const Json& def = definitions_[id].def;
  auto type = text_at(def["expression"], "resultTypeName");
  if (type.empty()) type = text_at(def, "resultTypeName");
  return type.substr(type.find('}') + 1);
}

// By several threads, when there is enough for them to do.
base::Result<void> Compilation::compile_all(const std::function<void()>& meanwhile) {
  constexpr std::size_t kWorthThreads = 500;  // bodies
  const std::size_t count = program_.bodies.size();
  const unsigned threads = count >= kWorthThreads ? base::threads_at_most(kMostThreads) : 1;
  std::vector<std::unique_ptr<Lease>> compilers;
  for (unsigned i = 0; i < threads; ++i) compilers.push_back(std::make_unique<Lease>(*this));
  base::in_parallel(
      threads, count,
      [&](unsigned worker, std::size_t at) {
        compile_if_waiting(static_cast<std::uint32_t>(at), **compilers[worker]);
      },
      meanwhile);
  compilers.clear();
  std::call_once(completed_, [&] { gather(); });
  mark_fixed_and_repeatable();
  program_.code_indexes = code_indexes_.size();
  return without_problems();
}

void Compilation::complete() {
  std::call_once(completed_, [&] {
    for (std::uint32_t at = 0; at < program_.bodies.size(); ++at) make_ready(at);
    gather();
  });
}

void Compilation::gather() {
  const std::lock_guard lock(compilers_lock_);
  auto& users_of = program_.users;
  users_of.resize(program_.bodies.size());
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const auto& compiler : compilers_) {
    for (const auto& [used, user] : compiler->uses_) {
      auto& users = users_of[used];
      if (users.empty() || users.back() != user) users.push_back(user);
    }
    add(program_.of_everyone, compiler->of_everyone_);
    add(program_.retrieves, compiler->retrieves_);
    add(speakers_, compiler->speakers_);
  }
}

base::Result<void> Compilation::without_problems() const {
  std::set<std::string> problems;
  for (const auto& compiler : compilers_) {
    problems.insert(compiler->problems_.begin(), compiler->problems_.end());
  }
  if (problems.empty()) return {};
  std::string all;
  for (const auto& text : problems) all += (all.empty() ? "" : "\n") + text;
  return base::fail(base::ErrorCode::kBadProgram, all);
}

base::Result<void> Compilation::put_off(const Findings& known) {
  if (auto sound = without_problems(); !sound) return sound;
  auto& definitions = program_.definitions;
  auto& functions = program_.functions;
  if (known.fixed.size() != definitions.size() || known.remembered.size() != functions.size() ||
      (!known.needed.empty() && known.needed.size() != program_.bodies.size())) {
    return base::fail(base::ErrorCode::kBadProgram, "findings of other libraries");
  }
  for (std::size_t i = 0; i < definitions.size(); ++i) definitions[i].fixed = known.fixed[i] == '1';
  for (std::size_t i = 0; i < functions.size(); ++i) {
    functions[i]->remembered = known.remembered[i] == '1';
  }
  program_.code_indexes = known.code_indexes;
  if (known.needed.empty() || base::threads_at_most(kMostThreads) == 1) return {};
  ahead_ = std::jthread([this, needed = known.needed](const std::stop_token& stop) {
    const Lease compiler(*this);
    for (std::uint32_t at = 0; at < needed.size() && !stop.stop_requested(); ++at) {
      if (needed[at] == '1') compile_if_waiting(at, *compiler);
    }
    assert(compiler->problems_.empty());
  });
  return {};
}

std::vector<bool> Compilation::reached_from(std::vector<std::uint32_t> bodies) const {
  std::vector<bool> reached(program_.users.size(), false);
  while (!bodies.empty()) {
    const auto at = bodies.back();
    bodies.pop_back();
    if (reached[at]) continue;
    reached[at] = true;
    bodies.insert(bodies.end(), program_.users[at].begin(), program_.users[at].end());
  }
  return reached;
}

void Compilation::mark_fixed_and_repeatable() {
  auto& definitions = program_.definitions;
  const auto count = static_cast<std::uint32_t>(definitions.size());
  std::vector<std::uint32_t> changing = speakers_;
  for (const auto& [user, type] : program_.retrieves) changing.push_back(user);
  for (const auto& [used, user] : program_.of_everyone) changing.push_back(user);
  // What is no list may be a fact that nobody has entered yet.
  for (std::uint32_t id = 0; id < count; ++id) {
    if (definitions[id].per_patient && !is_of_kind(id, Kind::kList)) changing.push_back(id);
  }
  const auto of_patient = reached_from(changing);
  for (std::uint32_t id = 0; id < count; ++id) {
    definitions[id].fixed = definitions[id].per_patient && !of_patient[id];
  }
  changing = speakers_;
  for (std::uint32_t id = 0; id < count; ++id) {
    if (definitions[id].per_patient && !definitions[id].fixed) changing.push_back(id);
  }
  const auto marked = reached_from(std::move(changing));
  for (std::size_t i = 0; i < program_.functions.size(); ++i) {
    program_.functions[i]->remembered = !marked[count + i] && !program_.functions[i]->cheap;
  }
}

ValueSets Compilation::value_sets_of(std::span<const ValueSetContent> contents) {
  ValueSets out;
  for (const auto& content : contents) {
    const auto codes = arena_.make_array<Code>(content.codes.size());
    std::transform(content.codes.begin(), content.codes.end(), codes.begin(),
                   [&](const auto& code) {
                     return Code{.code = arena_.copy(code.code),
                                 .system = arena_.copy(code.system),
                                 .version = {},
                                 .display = arena_.copy(code.display)};
                   });
    auto* set = arena_.make<ValueSet>();
    const auto url = arena_.copy(content.url);
    const auto bar = url.find('|');
    *set = make_value_set(arena_, url.substr(0, bar), arena_.copy(content.name), codes);
    if (bar != std::string_view::npos) set->version = url.substr(bar + 1);
    out.emplace(url, set);
  }
  return out;
}

ValueSets Compilation::value_sets_of(const Json& contents) {
  ValueSets out;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const Json content = contents.at(i);
    const Json listed = content["codes"];
    const auto codes = arena_.make_array<Code>(listed.size());
    for (std::size_t at = 0; at < codes.size(); ++at) {
      const Json code = listed.at(at);
      codes[at] = Code{.code = text_at(code, "code"),
                       .system = text_at(code, "system"),
                       .version = {},
                       .display = text_at(code, "display")};
    }
    auto* set = arena_.make<ValueSet>();
    *set = make_value_set(arena_, text_at(content, "url"), text_at(content, "name"), codes);
    out.emplace(set->url, set);
  }
  return out;
}

}  // namespace nidus::cql
