// SPDX-License-Identifier: Apache-2.0
//
// ELM JSON -> expressions. Internal to the room: compile.cc reads libraries and resolves names;
// compile_expression.cc, compile_query.cc and compile_reference.cc build nodes by chapter.
// Thread rule: one Compiler, one thread; once names are declared, several share them and compile
// the bodies of different libraries. Problems are collected; nothing throws.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cql/elm_json.h"
#include "cql/node.h"

namespace nidus::cql {

struct Function {
  std::string name;
  std::vector<std::string> operand_types;
  ExpressionPtr body;
  std::size_t slots = 0;
  bool external = false;
  bool cheap = false;  // to find a result again would take as long as to compute it
  // The same operands give the same, as it looks at no definition of the patient but fixed lists,
  // and says nothing; and it is not cheap.
  bool remembered = false;
};

struct CompiledDefinition {
  ExpressionPtr body;
  std::size_t slots = 0;
  bool failed = false;
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
  std::vector<std::uint8_t> packed;  // the ELM, when it came as text
  std::vector<base::Arena> arenas;   // of the compilers
  std::vector<Definition> definitions;
  std::vector<CompiledDefinition> bodies;
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<Parameter> parameters;
  std::vector<std::string> libraries;
  // By library and name; the names lie in the packed ELM.
  std::map<std::string, DefinitionNames, std::less<>> names;
  std::map<std::pair<fhir::TypeId, std::string>, std::size_t> code_indexes;  // by type and path
  // Who refers to a definition, or to a function (its index stands behind the definitions).
  std::vector<std::vector<std::uint32_t>> users;
  bool with_steps = false;
  // Of these, a definition of one patient and who, in the context Unfiltered, looks at it.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> of_everyone;
  std::vector<std::pair<std::uint32_t, fhir::TypeId>> retrieves;  // by whom, and of what type
};

struct SortKey {
  bool descending = false;
  std::vector<PathStep> path;  // by column
  ExpressionPtr expression;    // by expression; the item stands in `slot`
  std::size_t slot = 0;
};

class Compiler {
 public:
  explicit Compiler(Program::Impl& program)
      : program_(program), names_(std::make_shared<Names>()) {}

  base::Result<void> compile(std::span<const std::string_view> libraries,
                             std::span<const ValueSetContent> value_sets);
  // What is packed outlives the program. `declared` is called once definitions can be found.
  base::Result<void> compile(const Json& libraries, const Json& value_sets,
                             const std::function<void()>& declared);

 private:
  struct Library {
    std::string name;
    std::uint16_t index = 0;
    Json root;
    std::map<std::string, std::string, std::less<>> includes;  // alias -> library
    // Their names lie in the packed ELM, which outlives the compiler.
    DefinitionNames* definitions = nullptr;  // in the program
    struct Overload {
      std::size_t index = 0;  // into the program's functions
      Json def;
    };
    std::unordered_map<std::string_view, std::vector<Overload>> functions;  // as declared
    std::map<std::string, std::size_t, std::less<>> parameters;
    std::map<std::string, const ValueSet*, std::less<>> value_sets;
    std::map<std::string, const ValueSet*, std::less<>> code_systems;
    std::map<std::string, const Code*, std::less<>> codes;
    std::map<std::string, const Concept*, std::less<>> concepts;
  };
  struct Names {  // constant while bodies are compiled, but for what the lock guards
    std::vector<std::unique_ptr<Library>> libraries;
    std::map<std::string, Library*, std::less<>> by_name;
    std::mutex code_indexes;
  };

  Compiler(Program::Impl& program, std::shared_ptr<Names> names)
      : program_(program), names_(std::move(names)) {}

  // compile.cc
  base::Result<void> compile(const Json& libraries, const ValueSets& sets,
                             const std::function<void()>& declared);
  ValueSets value_sets_of(std::span<const ValueSetContent> contents);
  ValueSets value_sets_of(const Json& contents);
  void declare(Library& library, const ValueSets& sets);
  void declare_terms(Library& library, const ValueSets& sets);
  void compile_bodies(const std::function<void()>& meanwhile);  // of all libraries
  void compile_bodies(Library& library);
  void add_findings(Compiler& other);
  base::Result<void> add_library(const Json& root);
  void note_use(std::size_t used);   // by the body being compiled
  void mark_fixed_and_repeatable();  // once all bodies are compiled
  std::vector<bool> reached_from(std::vector<std::uint32_t> bodies) const;  // by their users
  Library* library_of(const Json& node);  // libraryName's, else the one being compiled
  Place place_of(const Json& node);
  void problem(const Json& node, const std::string& text);
  std::string type_text(const Json& specifier) const;  // canonical, to compare signatures
  std::string type_text_at(const Json& node, std::string_view name,
                           std::string_view specifier) const;
  Kind static_kind(const Json& node) const;
  TypeTest type_test(const Json& specifier);
  TypeTest type_test_named(const Json& node, std::string_view qualified);

  // compile_expression.cc
  ExpressionPtr expression(const Json& node);
  ExpressionPtr bare_expression(const Json& node);              // that tells no step
  ExpressionPtr child(const Json& node, std::string_view key);  // constant null when absent
  std::vector<ExpressionPtr> operands(const Json& node);
  ExpressionPtr constant(const Json& node, const Value& value);
  Value literal(const Json& node, bool negated = false);
  static std::optional<base::Decimal> wide_literal(const Json& conversion);
  std::optional<std::span<const Value>> literals(const Json& list);  // when it holds nothing else
  std::optional<std::span<const Value>> split_literal(const Json& node);  // Split of two of them
  ExpressionPtr construct(const Json& node, std::string_view type);
  ExpressionPtr logic(const Json& node, std::string_view type);
  ExpressionPtr cast(const Json& node, std::string_view type);
  ExpressionPtr strict(const Json& node, std::string_view type);
  Kind kind_of_operands(const Json& node, std::string_view type) const;
  ExpressionPtr property(const Json& node);
  std::optional<Quantity> quantity_of(const Json& node);

  // compile_query.cc
  ExpressionPtr query(const Json& node);
  ExpressionPtr retrieve(const Json& node);
  void sort_keys(const Json& node, std::vector<SortKey>& keys);
  ExpressionPtr sort_and_scope(const Json& node, std::string_view type);

  // compile_reference.cc
  ExpressionPtr reference(const Json& node, std::string_view type);
  ExpressionPtr function_reference(const Json& node);
  ExpressionPtr call_by_values(const Json& node, std::span<const Library::Overload> overloads,
                               std::vector<ExpressionPtr> list);
  ExpressionPtr membership(const Json& node, std::string_view type);
  const ValueSet* value_set_named(const Json& node, bool code_system);
  const Code* code_named(const Json& node);

  // Slots by name inside the body being compiled.
  std::size_t new_slot(std::string_view name);
  std::optional<std::size_t> find_slot(std::string_view name) const;

  Program::Impl& program_;
  std::shared_ptr<Names> names_;
  base::Arena arena_;
  Library* current_ = nullptr;
  std::vector<std::pair<std::string_view, std::size_t>> scope_;
  std::size_t slots_ = 0;
  std::size_t nodes_ = 0;                // of the body being compiled
  bool loops_ = false;                   // it holds a query or calls a function
  bool unfiltered_ = false;              // it stands in the context Unfiltered
  std::vector<std::size_t> this_slots_;  // `$this` and the item of a sort by expression
  std::vector<std::pair<std::size_t, std::uint32_t>> uses_;  // what, by whom, as in `users`
  std::vector<std::pair<std::uint32_t, std::uint32_t>> of_everyone_;  // as in the program
  std::vector<std::pair<std::uint32_t, fhir::TypeId>> retrieves_;
  std::vector<std::uint32_t> speakers_;  // bodies that hold a Message
  std::optional<std::uint32_t> user_;    // the definition or function being compiled, as in `users`
  std::set<std::string> problems_;
};

}  // namespace nidus::cql
