// SPDX-License-Identifier: Apache-2.0
//
// A program while, and after, it is compiled: names are declared at once, what definitions and
// functions say is compiled all together, or each when it is first needed. Internal to the room.
// Thread rule: declaring is one thread's; afterwards any number of threads ask for bodies, and what
// is ready does not change.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cql/elm_json.h"
#include "cql/node.h"

namespace nidus::cql {

class Compiler;
class Compilation;

enum class BodyState : std::uint8_t { kWaiting, kClaimed, kReady };

// What a definition or a function says.
struct Body {
  ExpressionPtr expression;  // empty: nothing
  std::size_t slots = 0;
  std::atomic<BodyState> state = BodyState::kWaiting;
};

struct Function {
  std::string name;
  std::vector<std::string> operand_types;
  std::uint32_t body = 0;  // in Program::Impl::bodies
  bool external = false;
  bool cheap = false;  // to find a result again would take as long as to compute it
  // The same operands give the same, as it looks at no definition of the patient but fixed lists,
  // and says nothing; and it is not cheap.
  bool remembered = false;
  // Of a program that counts its calls: those that were remembered, and those of them that were
  // known.
  mutable std::uint32_t asked = 0;
  mutable std::uint32_t known = 0;
};

struct Parameter {
  std::string library;
  std::string name;
  ExpressionPtr fallback;  // may be empty
  std::size_t slots = 0;
};

using DefinitionNames = std::unordered_map<std::string_view, DefinitionId>;
using ValueSets = std::map<std::string_view, const ValueSet*>;  // by URL

struct Program::Impl {
  Impl();
  ~Impl();

  std::unique_ptr<Compilation> compilation;  // outlives what its arenas hold
  std::vector<std::uint8_t> packed;          // the ELM, when it came as text
  std::vector<Definition> definitions;
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<Parameter> parameters;
  std::vector<std::string> libraries;
  // By library and name; the names lie in the packed ELM.
  std::map<std::string, DefinitionNames, std::less<>> names;
  std::size_t code_indexes = 0;  // how many an evaluation can come to need
  bool with_steps = false;
  bool counts_calls = false;

  // Of a definition, or of a function, which stand behind the definitions. Compiles it if need be.
  const Body& body(std::uint32_t at) const;

  // Known once all bodies are compiled: REQUIRES complete().
  // Who refers to a definition or to a function, numbered like bodies.
  std::vector<std::vector<std::uint32_t>> users;
  // Of these, a definition of one patient and who, in the context Unfiltered, looks at it.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> of_everyone;
  std::vector<std::pair<std::uint32_t, fhir::TypeId>> retrieves;  // by whom, and of what type
  void complete() const;

  std::vector<Body> bodies;  // through body()
};

class Compilation {
 public:
  explicit Compilation(Program::Impl& program);
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;
  ~Compilation();

  // What is packed outlives the program. Errors: kBadProgram, all problems at once.
  base::Result<void> declare(const Json& libraries, const ValueSets& sets);
  // `meanwhile`: called by the caller's thread, while others compile.
  base::Result<void> compile_all(const std::function<void()>& meanwhile);
  // Instead of compile_all: bodies are compiled when they are asked for, those that are marked in
  // `needed` ahead of that, by another thread. REQUIRES: the libraries compile without a problem.
  base::Result<void> put_off(const Findings& known);
  void make_ready(std::uint32_t at);
  void complete();
  void end_ahead() { ahead_ = {}; }
  bool is_of_kind(DefinitionId id, Kind kind) const;  // what its type says, or that of what it says
  std::string_view result_type(DefinitionId id) const;

  ValueSets value_sets_of(std::span<const ValueSetContent> contents);
  ValueSets value_sets_of(const Json& contents);

 private:
  friend class Compiler;
  struct Library;
  struct Include {
    std::string_view alias;
    std::string_view name;
    Library* library = nullptr;  // none: built in, or missing
  };
  struct Library {
    std::string name;
    std::uint16_t index = 0;
    Json root;
    std::vector<Include> includes;
    // Their names lie in the packed ELM, which outlives the compiler.
    DefinitionNames* definitions = nullptr;  // in the program
    // By name, as declared: indices of the program's functions.
    std::unordered_map<std::string_view, std::vector<std::size_t>> functions;
    std::map<std::string, std::size_t, std::less<>> parameters;
    std::map<std::string, const ValueSet*, std::less<>> value_sets;
    std::map<std::string, const ValueSet*, std::less<>> code_systems;
    std::map<std::string, const Code*, std::less<>> codes;
    std::map<std::string, const Concept*, std::less<>> concepts;
  };
  struct Source {  // of a body
    Library* library = nullptr;
    Json def;
  };
  class Lease;  // of a compiler, by one thread

  base::Result<void> add_library(const Json& root);
  void compile_if_waiting(std::uint32_t at, Compiler& compiler);
  void gather();  // what the compilers found
  void mark_fixed_and_repeatable();
  std::vector<bool> reached_from(std::vector<std::uint32_t> bodies) const;  // by their users
  base::Result<void> without_problems() const;

  Program::Impl& program_;
  // Constant once all is declared.
  std::vector<std::unique_ptr<Library>> libraries_;
  std::map<std::string, Library*, std::less<>> by_name_;
  std::vector<Source> definitions_, functions_;  // in the order of the program's
  base::Arena arena_;                            // of the value sets

  std::mutex compilers_lock_;
  std::vector<std::unique_ptr<Compiler>> compilers_;  // whose arenas hold what they made
  std::vector<Compiler*> idle_;
  std::mutex code_indexes_lock_;
  std::map<std::pair<fhir::TypeId, std::string>, std::size_t> code_indexes_;  // by type and path
  std::once_flag completed_;
  std::vector<std::uint32_t> speakers_;  // bodies that hold a Message
  std::jthread ahead_;
};

inline const Body& Program::Impl::body(std::uint32_t at) const {
  const Body& out = bodies[at];
  if (out.state.load(std::memory_order_acquire) != BodyState::kReady) compilation->make_ready(at);
  return out;
}

inline void Program::Impl::complete() const { compilation->complete(); }

}  // namespace nidus::cql
