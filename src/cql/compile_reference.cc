// SPDX-License-Identifier: Apache-2.0
//
// Names: definitions, functions, parameters, operands, aliases, terms; and membership of value
// sets.
#include <algorithm>
#include <array>

#include "cql/compile.h"

namespace nidus::cql {

namespace {

constexpr int kDeepestCalls = 500;
constexpr std::ptrdiff_t kMostStack = 4 << 20;  // half of what a thread has

class DefinitionValue final : public Expression {
 public:
  DefinitionValue(Place place, DefinitionId id) : Expression(place), id_(id) {}
  Value eval(Frame& frame) const override { return frame.run.definition(id_); }

 private:
  DefinitionId id_;
};

// What a definition of the context Patient is for somebody who looks at all patients: the list of
// what it is for each, lists in one.
class ValueOfEveryone final : public Expression {
 public:
  ValueOfEveryone(Place place, DefinitionId id) : Expression(place), id_(id) {}
  Value eval(Frame& frame) const override { return frame.run.of_everyone(id_); }

 private:
  DefinitionId id_;
};

class ExternalCall final : public Expression {
 public:
  ExternalCall(Place place, std::string_view name) : Expression(place), name_(name) {}
  Value eval(Frame&) const override {
    fail("the function '" + std::string(name_) +
         "' is external: only those of FHIRHelpers are known here");
  }

 private:
  std::string_view name_;
};

class ParameterValue final : public Expression {
 public:
  ParameterValue(Place place, std::size_t index) : Expression(place), index_(index) {}
  Value eval(Frame& frame) const override { return frame.run.parameter(index_); }

 private:
  std::size_t index_;
};

class SlotValue final : public Expression {
 public:
  SlotValue(Place place, std::size_t slot) : Expression(place), slot_(slot) {}
  Value eval(Frame& frame) const override { return frame.slots[slot_]; }

 private:
  std::size_t slot_;
};

std::span<Value> slots_of(Run& run, const Body& body, std::size_t operands) {
  return run.arena->make_array<Value>(std::max(body.slots, operands));
}

Value run_body(const Expression& caller, Run& run, const Body& body, std::span<Value> slots) {
  if (++run.depth > kDeepestCalls) caller.fail("functions call each other without end");
  run.check_stack();
  Frame inner{run, slots.data()};
  const Value out = body.expression->eval(inner);
  --run.depth;
  return out;
}

Value call_function(const Expression& caller, Run& run, const Function& function,
                    std::span<const Value> given) {
  const auto compute = [&] {
    const Body& body = run.bodies->body(function.body);
    const auto slots = slots_of(run, body, given.size());
    std::copy(given.begin(), given.end(), slots.begin());
    return run_body(caller, run, body, slots);
  };
  const bool remembered = function.remembered && !given.empty() &&
                          given.size() <= CallMemo::kMostOperands && run.sources == nullptr &&
                          run.steps == nullptr;  // seen at every call
  if (!remembered) return compute();
  const CallMemo::Call call(&function, given);
  const Value* known = run.calls.find(call);
  if (run.bodies->counts_calls) {
    ++function.asked;
    if (known != nullptr) ++function.known;
  }
  if (known != nullptr) return *known;
  const Value out = compute();
  run.calls.keep(call, out, *run.arena);
  return out;
}

class FunctionCall final : public Expression {
 public:
  FunctionCall(Place place, const Function* function, std::vector<ExpressionPtr> operands)
      : Expression(place), function_(function), operands_(std::move(operands)) {}
  Value eval(Frame& frame) const override {
    Run& run = frame.run;
    if (operands_.size() > CallMemo::kMostOperands) {
      const Body& body = run.bodies->body(function_->body);
      const auto slots = slots_of(run, body, operands_.size());
      for (std::size_t i = 0; i < operands_.size(); ++i) slots[i] = operands_[i]->eval(frame);
      return run_body(*this, run, body, slots);
    }
    // Most are remembered, and need no room of their own.
    std::array<Value, CallMemo::kMostOperands> values;
    const auto given = std::span(values).first(operands_.size());
    for (std::size_t i = 0; i < given.size(); ++i) given[i] = operands_[i]->eval(frame);
    return call_function(*this, run, *function_, given);
  }

 private:
  const Function* function_;
  std::vector<ExpressionPtr> operands_;
};

// A call in ELM without signatures, where several functions have this name and this many operands:
// the values tell which is meant. A null fits every type; then all that fit must agree.
class CallByValues final : public Expression {
 public:
  struct Candidate {
    const Function* function;
    std::vector<TypeTest> operands;
  };
  CallByValues(Place place, std::string_view name, std::vector<Candidate> candidates,
               std::vector<ExpressionPtr> operands)
      : Expression(place),
        name_(name),
        candidates_(std::move(candidates)),
        operands_(std::move(operands)) {}
  Value eval(Frame& frame) const override {
    Run& run = frame.run;
    Call call = run.call();
    const auto given = run.arena->make_array<Value>(operands_.size());
    for (std::size_t i = 0; i < operands_.size(); ++i) given[i] = operands_[i]->eval(frame);
    std::optional<Value> out;
    for (const Candidate& candidate : candidates_) {
      if (!fits(candidate, given)) continue;
      if (candidate.function->external)
        fail("the function '" + std::string(name_) + "' is external");
      const Value value = call_function(*this, run, *candidate.function, given);
      if (out && !same(call, *out, value)) {
        fail("several functions '" + std::string(name_) +
             "' fit these operands; translate with signatures");
      }
      out = value;
    }
    if (!out) fail("no function '" + std::string(name_) + "' takes these operands");
    return *out;
  }

 private:
  static bool fits(const Candidate& candidate, std::span<const Value> given) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!given[i].is_null() && !candidate.operands[i].matches(given[i])) return false;
    }
    return true;
  }

  std::string_view name_;
  std::vector<Candidate> candidates_;
  std::vector<ExpressionPtr> operands_;
};

class IntrinsicCall final : public Expression {
 public:
  IntrinsicCall(Place place, Intrinsic run, ExpressionPtr operand)
      : Expression(place), run_(run), operand_(std::move(operand)) {}
  Value eval(Frame& frame) const override {
    const Value value = operand_->eval(frame);
    return value.is_null() ? value : run_(frame.run, value);
  }

 private:
  Intrinsic run_;
  ExpressionPtr operand_;
};

// `code in "VS"`; for a code system, any code of that system.
class InSet final : public Expression {
 public:
  InSet(Place place, ExpressionPtr code, const ValueSet* set, ExpressionPtr set_expression,
        bool system)
      : Expression(place),
        code_(std::move(code)),
        set_(set),
        set_expression_(std::move(set_expression)),
        system_(system) {}
  Value eval(Frame& frame) const override {
    const Value code = code_->eval(frame);
    if (code.is_null()) return Value::boolean(false);
    const ValueSet* set = set_;
    if (set == nullptr) {
      const Value value = set_expression_->eval(frame);
      if (!value.is(Kind::kValueSet) && !value.is(Kind::kCodeSystem)) return {};
      set = &value.as_value_set();
    }
    if (!system_) return Value::boolean(any_code_in(code, *set));
    return Value::boolean(any_code_of_system(code, *set));
  }

 private:
  ExpressionPtr code_;
  const ValueSet* set_;
  ExpressionPtr set_expression_;
  bool system_;
};

class Expansion final : public Expression {
 public:
  Expansion(Place place, ExpressionPtr set) : Expression(place), set_(std::move(set)) {}
  Value eval(Frame& frame) const override {
    const Value set = set_->eval(frame);
    if (!set.is(Kind::kValueSet)) return set;
    const auto codes = set.as_value_set().codes;
    auto out = frame.run.arena->make_array<Value>(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) out[i] = Value::of(&codes[i]);
    return Value::list(out);
  }

 private:
  ExpressionPtr set_;
};

// A bare name inside `sort by`: an element of the item.
class ItemElement final : public Expression {
 public:
  ItemElement(Place place, std::size_t slot, PathStep step)
      : Expression(place), slot_(slot), step_(std::move(step)) {}
  Value eval(Frame& frame) const override {
    return step_into(frame.run, frame.slots[slot_], step_);
  }

 private:
  std::size_t slot_;
  PathStep step_;
};

}  // namespace

void Run::check_stack() const {
  const auto* here = static_cast<const char*>(__builtin_frame_address(0));
  if (stack_start_ != nullptr && stack_start_ - here > kMostStack) {
    throw Failure{"too many definitions wait for each other", {}};
  }
}

const ValueSet* Compiler::value_set_named(const Json& node, bool code_system) {
  Library* library = library_of(node);
  if (library == nullptr) return nullptr;
  const auto& table = code_system ? library->code_systems : library->value_sets;
  const auto at = table.find(text_at(node, "name"));
  if (at != table.end()) return at->second;
  problem(node, std::string(code_system ? "code system '" : "value set '") +
                    std::string(text_at(node, "name")) + "' is not declared or has no content");
  return nullptr;
}

const Code* Compiler::code_named(const Json& node) {
  Library* library = library_of(node);
  if (library == nullptr) return nullptr;
  const auto at = library->codes.find(text_at(node, "name"));
  if (at != library->codes.end()) return at->second;
  problem(node, "code '" + std::string(text_at(node, "name")) + "' is not declared");
  return nullptr;
}

ExpressionPtr Compiler::reference(const Json& node, std::string_view type) {
  const auto name = text_at(node, "name");
  if (type == "FunctionRef") return function_reference(node);
  if (type == "OperandRef" || type == "AliasRef" || type == "QueryLetRef") {
    if (const auto slot = find_slot(name)) {
      return make_node<SlotValue>(arena_, place_of(node), *slot);
    }
    problem(node, "nothing is called '" + std::string(name) + "' here");
    return constant(node, Value());
  }
  if (type == "IdentifierRef") {
    if (name == "$this" && !this_slots_.empty()) {
      return make_node<SlotValue>(arena_, place_of(node), this_slots_.back());
    }
    if (!this_slots_.empty()) {
      return make_node<ItemElement>(arena_, place_of(node), this_slots_.back(),
                                    PathStep(name, arena_));
    }
    if (const auto slot = find_slot(name)) {
      return make_node<SlotValue>(arena_, place_of(node), *slot);
    }
  }
  Library* library = library_of(node);
  if (library == nullptr) return constant(node, Value());
  if (type == "ExpressionRef" || type == "IdentifierRef") {
    const auto at = library->definitions->find(name);
    if (at != library->definitions->end()) {
      note_use(at->second);
      const Definition& definition = program_.definitions[at->second];
      if (unfiltered_ && definition.per_patient) {
        if (user_) of_everyone_.emplace_back(at->second, *user_);
        return make_node<ValueOfEveryone>(arena_, place_of(node), at->second);
      }
      return make_node<DefinitionValue>(arena_, place_of(node), at->second);
    }
  } else if (type == "ParameterRef") {
    const auto at = library->parameters.find(name);
    if (at != library->parameters.end()) {
      return make_node<ParameterValue>(arena_, place_of(node), at->second);
    }
  } else if (type == "CodeRef") {
    const Code* code = code_named(node);
    return constant(node, code == nullptr ? Value() : Value::of(code));
  } else if (type == "ConceptRef") {
    const auto at = library->concepts.find(name);
    if (at != library->concepts.end()) return constant(node, Value::of(at->second));
  } else {
    const bool system = type == "CodeSystemRef";
    const ValueSet* set = value_set_named(node, system);
    if (set == nullptr) return constant(node, Value());
    auto value = constant(node, Value::of(set, system ? Kind::kCodeSystem : Kind::kValueSet));
    // Without `preserve` a value set stands for its codes.
    if (system || flag_at(node, "preserve", false)) return value;
    return make_node<Expansion>(arena_, place_of(node), std::move(value));
  }
  problem(node, std::string(type) + " names nothing: '" + std::string(name) + "'");
  return constant(node, Value());
}

ExpressionPtr Compiler::function_reference(const Json& node) {
  loops_ = true;
  const auto name = text_at(node, "name");
  auto list = operands(node);
  const auto* include = include_of(text_at(node, "libraryName"));
  if (include != nullptr && include->name == "FHIRHelpers") {
    const Intrinsic run = find_intrinsic(name);
    if (run != nullptr && list.size() == 1) {
      return make_node<IntrinsicCall>(arena_, place_of(node), run, std::move(list[0]));
    }
    problem(node, "FHIRHelpers has no function '" + std::string(name) + "'");
    return constant(node, Value());
  }
  Library* library = library_of(node);
  if (library == nullptr) return constant(node, Value());
  const Function* found = nullptr;
  std::size_t found_index = 0;
  bool ambiguous = false;
  const auto at = library->functions.find(name);
  if (at != library->functions.end()) {
    std::vector<std::string> signature;
    if (at->second.size() > 1) {
      each(node, "signature", [&](const Json& type) { signature.push_back(type_text(type)); });
    }
    for (const std::size_t overload : at->second) {
      const Function& candidate = *program_.functions[overload];
      if (candidate.operand_types.size() != list.size()) continue;
      const bool exact = candidate.operand_types == signature;
      ambiguous = found != nullptr && !exact;
      if (found == nullptr || exact) {
        found = &candidate;
        found_index = overload;
      }
      if (exact) break;
    }
  }
  if (ambiguous) return call_by_values(node, at->second, std::move(list));
  if (found == nullptr) {
    problem(node, "no function '" + std::string(name) + "' with " + std::to_string(list.size()) +
                      " operands");
    return constant(node, Value());
  }
  if (found->external) return make_node<ExternalCall>(arena_, place_of(node), name);
  note_use(program_.definitions.size() + found_index);
  return make_node<FunctionCall>(arena_, place_of(node), found, std::move(list));
}

ExpressionPtr Compiler::call_by_values(const Json& node, std::span<const std::size_t> overloads,
                                       std::vector<ExpressionPtr> list) {
  std::vector<CallByValues::Candidate> candidates;
  for (const std::size_t index : overloads) {
    const Function* function = program_.functions[index].get();
    if (function->operand_types.size() != list.size()) continue;
    CallByValues::Candidate candidate{function, {}};
    each(whole_.functions_[index].def, "operand", [&](const Json& operand) {
      Json specifier;
      candidate.operands.push_back(operand["operandTypeSpecifier"].into(specifier)
                                       ? type_test(specifier)
                                       : type_test_named(operand, text_at(operand, "operandType")));
    });
    note_use(program_.definitions.size() + index);
    candidates.push_back(std::move(candidate));
  }
  return make_node<CallByValues>(arena_, place_of(node), text_at(node, "name"),
                                 std::move(candidates), std::move(list));
}

ExpressionPtr Compiler::membership(const Json& node, std::string_view type) {
  if (type == "ExpandValueSet") {
    auto list = operands(node);
    if (list.size() == 1) return make_node<Expansion>(arena_, place_of(node), std::move(list[0]));
    problem(node, "ExpandValueSet needs one operand");
    return constant(node, Value());
  }
  const bool system = type.ends_with("CodeSystem");
  auto code = child(node, type.starts_with("Any") ? "codes" : "code");
  const char* by_name = system ? "codesystem" : "valueset";
  const char* by_value = system ? "codesystemExpression" : "valuesetExpression";
  Json reference;
  const ValueSet* set = nullptr;
  ExpressionPtr expression_of_set;
  if (node[by_name].into(reference)) {
    set = value_set_named(reference, system);
    if (set == nullptr) return constant(node, Value());
  } else {
    expression_of_set = child(node, by_value);
  }
  return make_node<InSet>(arena_, place_of(node), std::move(code), set,
                          std::move(expression_of_set), system);
}

}  // namespace nidus::cql
