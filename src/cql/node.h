// SPDX-License-Identifier: Apache-2.0
//
// The compiled form of an ELM expression: a tree of nodes with every name resolved. Internal to the
// room. Thread rule: nodes are constant after compile; a Run belongs to one evaluation.
// Errors: a node throws Failure; Evaluation::value turns it into a base::Error.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cql/call_memo.h"
#include "cql/operators.h"
#include "cql/program.h"

namespace nidus::cql {

struct Place {  // of a node in its library's text
  std::uint16_t library = 0;
  std::string_view locator;  // "12:3-12:40"
};

struct Failure {
  std::string message;
  Place place;
};

// A code that is looked for in many value sets, hashed once.
struct SoughtCode {
  std::string_view system;
  std::string_view code;
  std::uint64_t hash = 0;
  bool any_system = false;  // a bare text or FHIR code names none
};
SoughtCode sought(std::string_view system, std::string_view code, bool any_system);
bool holds(const ValueSet& set, const SoughtCode& wanted);

// The codes of the resources of one type at one path: retrieves by different value sets ask for the
// same ones, and resources repeat each other's.
struct IndexedCode {
  std::uint32_t resource = 0;  // position among the record's resources of that type
  std::uint32_t code = 0;      // position in CodeIndex::codes
};
struct CodeIndex {
  bool made = false;
  std::span<const IndexedCode> entries;  // in the order of the resources
  std::span<const SoughtCode> codes;     // each once
};
class CodeIndexBuilder {
 public:
  explicit CodeIndexBuilder(base::Arena& arena) : entries_(arena), codes_(arena) {}
  // REQUIRES: the texts outlive the index.
  void add(std::uint32_t resource, std::string_view system, std::string_view code, bool any_system);
  CodeIndex made() const { return {true, entries_.items(), codes_.items()}; }

 private:
  std::uint32_t position_of(const SoughtCode& code);
  void grow();

  base::ArenaList<IndexedCode> entries_;
  base::ArenaList<SoughtCode> codes_;
  std::vector<std::uint32_t> slots_;  // by hash: 1 + position in codes_; open addressing
  // Texts that were met lately: what a record shares need not be hashed again.
  struct Met {
    std::string_view system;
    std::string_view code;
    bool any_system = false;
    std::uint32_t position = 0;
  };
  std::array<Met, 16> met_{};
};

// What an evaluation in progress holds.
class Run {
 public:
  virtual ~Run() = default;
  virtual Value definition(DefinitionId id) = 0;
  virtual Value of_everyone(DefinitionId id) = 0;  // a patient's definition, of all patients
  virtual Value parameter(std::size_t index) = 0;
  virtual void message(std::string text) = 0;

  const Program::Impl* bodies = nullptr;
  const fhir::Record* record = nullptr;
  base::Arena* arena = nullptr;
  base::DateTime as_of;
  std::string error;  // of the operator that runs; see Call
  int depth = 0;      // of function calls
  std::span<CodeIndex> code_indexes;
  CallMemo calls;
  // Where sources of the definition being computed are noted, when they are asked for.
  std::vector<const fhir::Node*>* sources = nullptr;
  // Likewise its steps.
  std::vector<Step>* steps = nullptr;
  std::uint32_t step_depth = 0;

  // Definitions, defaults and functions that wait for each other lie on one stack: throws Failure
  // before it is full.
  void check_stack() const;
  // Where the outermost of them began.
  class StackStart {
   public:
    explicit StackStart(Run& run) : run_(run), outermost_(run.stack_start_ == nullptr) {
      if (outermost_) run.stack_start_ = static_cast<const char*>(__builtin_frame_address(0));
    }
    StackStart(const StackStart&) = delete;
    StackStart& operator=(const StackStart&) = delete;
    ~StackStart() {
      if (outermost_) run_.stack_start_ = nullptr;
    }

   private:
    Run& run_;
    bool outermost_;
  };

  Call call() { return Call{*arena, as_of, as_of.offset_minutes, &error}; }

 private:
  const char* stack_start_ = nullptr;
};

// While it lives no steps are noted: what is done for each item would hide the rest.
class NoSteps {
 public:
  explicit NoSteps(Run& run) : run_(run), before_(run.steps) { run.steps = nullptr; }
  NoSteps(const NoSteps&) = delete;
  NoSteps& operator=(const NoSteps&) = delete;
  ~NoSteps() { run_.steps = before_; }

 private:
  Run& run_;
  std::vector<Step>* before_;
};

// Slots of one definition or function call: operands, aliases, lets.
struct Frame {
  Run& run;
  Value* slots;
};

class Expression {
 public:
  explicit Expression(Place place) : place_(place) {}
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  virtual ~Expression() = default;
  virtual Value eval(Frame& frame) const = 0;

  const Place& place() const { return place_; }
  [[noreturn]] void fail(std::string message) const { throw Failure{std::move(message), place_}; }

 private:
  Place place_;
};
// Nodes lie in the arenas of their program, which give the memory back.
struct DestroyNode {
  void operator()(const Expression* node) const { node->~Expression(); }
};
using ExpressionPtr = std::unique_ptr<const Expression, DestroyNode>;
template <class Node, class... Arguments>
ExpressionPtr make_node(base::Arena& arena, Arguments&&... arguments) {
  static_assert(alignof(Node) <= base::Arena::kMaxAlign);
  void* at = arena.allocate(sizeof(Node), alignof(Node));
  return ExpressionPtr(new (at) Node(std::forward<Arguments>(arguments)...));
}

// A type to test or cast to. No names at run time.
struct TypeTest {
  enum class What { kAny, kSystem, kFhir, kList, kInterval, kTuple, kChoice };
  What what = What::kAny;
  Kind kind = Kind::kNull;            // kSystem
  fhir::TypeId fhir = fhir::kNoType;  // kFhir
  std::vector<TypeTest> choices;  // kChoice; or the one element / point type of a list, interval

  bool matches(const Value& value) const;
};

// The System value of a FHIR primitive; the value itself when it is no primitive element.
Value element_value(Run& run, const Value& element);  // REQUIRES: kElement
inline Value system_value(Run& run, const Value& value) {
  return value.is(Kind::kElement) ? element_value(run, value) : value;
}
Value primitive_value(Run& run, const fhir::Node& node, fhir::TypeId type);

// One step of a path: FHIR element, tuple element, or part of a System type. It learns the FHIR
// types it meets (element_path.cc); safe to share between threads.
class StepForms;
class PathStep {
 public:
  PathStep(std::string_view name, base::Arena& arena);
  PathStep(PathStep&&) noexcept;
  PathStep& operator=(PathStep&&) noexcept;
  ~PathStep();

  std::string_view name() const { return name_; }
  bool is_value() const { return is_value_; }
  StepForms& forms() const { return *forms_; }

 private:
  std::string_view name_;
  bool is_value_;
  std::unique_ptr<StepForms> forms_;
};
std::vector<PathStep> steps_of(std::string_view path, base::Arena& arena);  // "birthDate.value"
Value step_into(Run& run, const Value& source, const PathStep& step);

ExpressionPtr make_fhir_instance(base::Arena& arena, Place place, fhir::TypeId type,
                                 std::vector<std::string_view> names,
                                 std::vector<ExpressionPtr> items);

// FHIRHelpers, by name ("ToQuantity"); nullptr when there is no such function.
using Intrinsic = Value (*)(Run&, const Value&);
Intrinsic find_intrinsic(std::string_view name);

// Codes of whatever holds them: Code, Concept, FHIR Coding, CodeableConcept, code; lists of these.
bool any_code_in(const Value& holder, const ValueSet& set);
void add_codes_of(const Value& holder, std::uint32_t resource, CodeIndexBuilder& index);
bool any_code_of_system(const Value& holder, const ValueSet& system);
bool is_equivalent_to_any(const SoughtCode& code, const Value& codes);

}  // namespace nidus::cql
