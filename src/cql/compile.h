// SPDX-License-Identifier: Apache-2.0
//
// ELM JSON -> expressions. Internal to the room: compile.cc reads libraries and resolves names;
// compile_expression.cc, compile_query.cc and compile_reference.cc build nodes by chapter.
// Thread rule: one Compiler, one thread at a time; once names are declared, several share them and
// compile different bodies. Problems are collected; nothing throws.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cql/compilation.h"

namespace nidus::cql {

struct SortKey {
  bool descending = false;
  std::vector<PathStep> path;  // by column
  ExpressionPtr expression;    // by expression; the item stands in `slot`
  std::size_t slot = 0;
};

// What its type says; kNull: not of CQL, or not said.
Kind static_kind(const Json& node);

class Compiler {
 public:
  explicit Compiler(Compilation& whole) : program_(whole.program_), whole_(whole) {}

  void declare(Compilation::Library& library, const ValueSets& sets);
  void compile_defaults(Compilation::Library& library);  // of its parameters
  void compile_body(std::uint32_t at);

 private:
  friend class Compilation;
  using Library = Compilation::Library;

  // compile.cc
  void declare_terms(Library& library, const ValueSets& sets);
  void declare_function(Library& library, const Json& def);
  void declare_definition(Library& library, const Json& def);
  void note_use(std::size_t used);        // by the body being compiled
  Library* library_of(const Json& node);  // libraryName's, else the one being compiled
  const Compilation::Include* include_of(std::string_view alias) const;  // null: none
  Place place_of(const Json& node);
  void problem(const Json& node, const std::string& text);
  std::string type_text(const Json& specifier) const;  // canonical, to compare signatures
  std::string type_text_at(const Json& node, const base::MemberName& name,
                           const base::MemberName& specifier) const;
  TypeTest type_test(const Json& specifier);
  TypeTest type_test_named(const Json& node, std::string_view qualified);

  // compile_expression.cc
  ExpressionPtr expression(const Json& node);
  ExpressionPtr bare_expression(const Json& node);                     // that tells no step
  ExpressionPtr child(const Json& node, const base::MemberName& key);  // constant null when absent
  std::vector<ExpressionPtr> operands(const Json& node);
  ExpressionPtr constant(const Json& node, const Value& value);
  Value literal(const Json& node, bool negated = false);
  static std::optional<base::Decimal> wide_literal(const Json& conversion);
  std::optional<Value> literals(const Json& list);       // when it holds nothing else
  std::optional<Value> split_literal(const Json& node);  // Split of two of them
  ExpressionPtr matches_literal(const Json& node);
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
  ExpressionPtr call_by_values(const Json& node, std::span<const std::size_t> overloads,
                               std::vector<ExpressionPtr> list);
  ExpressionPtr membership(const Json& node, std::string_view type);
  const ValueSet* value_set_named(const Json& node, bool code_system);
  const Code* code_named(const Json& node);

  // Slots by name inside the body being compiled.
  std::size_t new_slot(std::string_view name);
  std::optional<std::size_t> find_slot(std::string_view name) const;

  Program::Impl& program_;
  Compilation& whole_;
  base::Arena arena_;
  base::Arena words_;  // of the list being read
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
