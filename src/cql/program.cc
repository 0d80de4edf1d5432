// SPDX-License-Identifier: Apache-2.0
#include "cql/program.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "cql/compilation.h"
#include "cql/everyone.h"

namespace nidus::cql {

Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

base::Result<Program> Program::compile(std::span<const std::string_view> libraries,
                                       std::span<const ValueSetContent> value_sets,
                                       bool with_steps) {
  base::Packer packer(base::Share::kNames);
  const auto list = packer.open();
  simdjson::dom::parser parser;
  for (const auto text : libraries) {
    simdjson::dom::element library;
    if (const auto error = parser.parse(text.data(), text.size()).get(library);
        error != simdjson::SUCCESS) {
      return base::fail(base::ErrorCode::kBadProgram,
                        std::string("ELM that is not JSON: ") + simdjson::error_message(error));
    }
    packer.add(library);
  }
  packer.close(list);
  Program program(std::make_unique<Impl>());
  Impl& impl = *program.impl_;
  impl.with_steps = with_steps;
  impl.packed = std::move(packer).bytes();
  auto& whole = *impl.compilation;
  auto compiled = whole.declare(Json(impl.packed), whole.value_sets_of(value_sets));
  if (compiled) compiled = whole.compile_all([] {});
  if (!compiled) return std::unexpected(compiled.error());
  return program;
}

base::Result<Program> Program::compile(const base::PackedJson& libraries,
                                       const base::PackedJson& value_sets,
                                       const std::function<void(const Program&)>& meanwhile) {
  Program program(std::make_unique<Impl>());
  auto& whole = *program.impl_->compilation;
  auto compiled = whole.declare(libraries, whole.value_sets_of(value_sets));
  if (compiled) compiled = whole.compile_all([&] { meanwhile(program); });
  if (!compiled) return std::unexpected(compiled.error());
  return program;
}

base::Result<Program> Program::open(const base::PackedJson& libraries,
                                    const base::PackedJson& value_sets, const Findings& known) {
  Program program(std::make_unique<Impl>());
  auto& whole = *program.impl_->compilation;
  auto opened = whole.declare(libraries, whole.value_sets_of(value_sets));
  if (opened) opened = whole.put_off(known);
  if (!opened) return std::unexpected(opened.error());
  return program;
}

namespace {

template <class Range, class Is>
std::string bits(const Range& of, const Is& is) {
  std::string out;
  for (const auto& one : of) out += is(one) ? '1' : '0';
  return out;
}

}  // namespace

Findings Program::findings() const {
  impl_->complete();
  return {.fixed = bits(impl_->definitions, [](const auto& one) { return one.fixed; }),
          .remembered = bits(impl_->functions, [](const auto& one) { return one->remembered; }),
          .needed = {},
          .code_indexes = impl_->code_indexes};
}

std::string Program::compiled() const {
  return bits(impl_->bodies, [](const auto& one) { return one.state == BodyState::kReady; });
}

void Program::count_calls() { impl_->counts_calls = true; }

std::string Program::worth_remembering() const {
  constexpr std::uint32_t kOften = 20;
  constexpr std::uint32_t kHardlyEver = 20;  // one of so many
  const auto in_vain = [](const Function& one) {
    return one.asked >= kOften && one.known * kHardlyEver < one.asked;
  };
  return bits(impl_->functions, [&](const auto& one) { return one->remembered && !in_vain(*one); });
}

std::span<const Definition> Program::definitions() const { return impl_->definitions; }

bool Program::is_boolean(DefinitionId id) const {
  return impl_->compilation->is_of_kind(id, Kind::kBoolean);
}

bool Program::is_list(DefinitionId id) const {
  return impl_->compilation->is_of_kind(id, Kind::kList);
}

std::string_view Program::result_type(DefinitionId id) const {
  return impl_->compilation->result_type(id);
}

std::string_view Program::library(std::uint16_t index) const { return impl_->libraries[index]; }

std::optional<DefinitionId> Program::find(std::string_view name) const {
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const auto library = impl_->names.find(name.substr(0, dot));
    if (library == impl_->names.end()) continue;
    const auto at = library->second.find(name.substr(dot + 1));
    if (at != library->second.end()) return at->second;
  }
  std::optional<DefinitionId> only;
  for (const auto& [library, definitions] : impl_->names) {
    const auto at = definitions.find(name);
    if (at == definitions.end()) continue;
    if (only) return std::nullopt;
    only = at->second;
  }
  return only;
}

std::vector<DefinitionId> Program::dependents(DefinitionId id) const {
  impl_->complete();
  const std::size_t count = impl_->definitions.size();
  std::vector<bool> seen(impl_->users.size(), false);
  std::vector<std::uint32_t> open{id};
  seen[id] = true;
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    for (const auto user : impl_->users[at]) {
      if (seen[user]) continue;
      seen[user] = true;
      open.push_back(user);
    }
  }
  std::vector<DefinitionId> out;
  for (DefinitionId at = 0; at < count; ++at) {
    if (seen[at]) out.push_back(at);
  }
  return out;
}

namespace {

enum class State : std::uint8_t { kUnset, kRunning, kDone, kFailed };

struct Memo {
  State state = State::kUnset;
  Value value;
  std::uint32_t error = 0;  // index into errors
};

bool alike(const Memo& a, const Memo& b) {
  return a.state == State::kDone && b.state == State::kDone && alike(a.value, b.value);
}

}  // namespace

struct Evaluation::Impl final : Run {
  const Program& program;
  EvaluationOptions options;
  base::Arena memory;
  std::vector<Memo> memos;
  std::vector<base::Error> errors;
  std::vector<std::vector<DefinitionId>> looked_at;
  std::vector<std::vector<DefinitionId>> lookers;          // the same the other way round
  std::vector<std::vector<const fhir::Node*>> sources_of;  // by definition
  std::vector<std::vector<Step>> steps_of;                 // likewise
  std::vector<DefinitionId> last_looker;  // by definition: who looked at it last, plus one
  std::vector<DefinitionId> open;         // definitions being computed, outermost first
  std::vector<std::optional<Value>> parameters;
  std::vector<bool> opening;  // whose default is being computed
  std::vector<std::string> messages;
  bool tracing = false;
  bool trying = false;  // inside a what_if
  // By definition, during a what_if: may differ from before; does differ from before.
  std::vector<bool> suspect;
  std::vector<bool> changed;
  // Of the definition that was asked for last: several values of one are tried one after another.
  std::optional<DefinitionId> dependents_id;
  std::vector<DefinitionId> dependents;
  std::vector<std::pair<DefinitionId, Memo>> before;  // what what_if has to put back

  Impl(const Program& compiled, const fhir::Record& source, const EvaluationOptions& wanted)
      : program(compiled), options(wanted), memos(compiled.impl().definitions.size()) {
    assert(options.as_of.has_offset());
    bodies = &compiled.impl();
    record = &source;
    arena = &memory;
    code_indexes = memory.make_array<CodeIndex>(compiled.impl().code_indexes);
    as_of = options.as_of;
    tracing = options.trace;
    if (tracing) {
      looked_at.resize(memos.size());
      lookers.resize(memos.size());
      last_looker.resize(memos.size());
      if (options.sources) sources_of.resize(memos.size());
      if (compiled.impl().with_steps) steps_of.resize(memos.size());
    }
    suspect.resize(memos.size());
    changed.resize(memos.size());
    const auto& declared = compiled.impl().parameters;
    parameters.resize(declared.size());
    opening.resize(declared.size());
    for (std::size_t i = 0; i < declared.size(); ++i) {
      for (const auto& [name, value] : options.parameters) {
        if (name == declared[i].name || name == declared[i].library + "." + declared[i].name) {
          parameters[i] = value;
        }
      }
    }
  }

  Value definition(DefinitionId id) override {
    if (tracing && !open.empty()) {
      note_look(open.back(), id);
    }
    if (suspect[id]) settle(id);
    Memo& memo = memos[id];
    if (memo.state == State::kDone) return memo.value;
    if (memo.state == State::kFailed) throw Failure{errors[memo.error].message, {}};
    if (memo.state == State::kRunning) {
      throw Failure{
          "'" + std::string(program.impl().definitions[id].name) + "' is defined in a circle", {}};
    }
    check_stack();
    if (trying) before.emplace_back(id, memo);
    if (options.everyone != nullptr && settle_for_all(id, memo)) return memo.value;
    memo.state = State::kRunning;
    const auto& body = program.impl().body(id);
    const int depth_before = depth;
    open.push_back(id);
    const auto outer =
        std::exchange(sources, tracing && !sources_of.empty() ? &sources_of[id] : nullptr);
    const auto outer_steps =
        std::exchange(steps, tracing && !steps_of.empty() ? &steps_of[id] : nullptr);
    const auto outer_depth = std::exchange(step_depth, 0);
    const auto leave = [&] {
      open.pop_back();
      sources = outer;
      steps = outer_steps;
      step_depth = outer_depth;
    };
    try {
      auto slots = memory.make_array<Value>(body.slots);
      Frame frame{*this, slots.data()};
      memo.value = body.expression->eval(frame);
      memo.state = State::kDone;
      leave();
    } catch (const Failure& failure) {
      leave();
      depth = depth_before;
      error.clear();
      memo.state = State::kFailed;
      memo.error = static_cast<std::uint32_t>(errors.size());
      errors.push_back(error_of(id, failure));
      throw Failure{errors.back().message, {}};
    }
    return memo.value;
  }

  // Of a run over many people: what is the same for all of them was computed before.
  bool settle_for_all(DefinitionId id, Memo& memo) {
    const Definition& asked = program.impl().definitions[id];
    const auto* known = asked.per_patient ? nullptr : options.everyone->find(id);
    if (known != nullptr && *known) {
      memo = {State::kDone, **known, 0};
      return true;
    }
    const bool of_one =
        options.unfiltered && asked.per_patient && options.everyone->is_personal(id);
    if (known == nullptr && !of_one) return false;
    memo.state = State::kFailed;
    memo.error = static_cast<std::uint32_t>(errors.size());
    errors.push_back(
        known != nullptr
            ? known->error()
            : error_of(id, {"a function looks at '" + std::string(asked.name) +
                                "' of one patient, where all are looked at (context "
                                "Unfiltered) (" +
                                std::string(asked.library) + " " + std::string(asked.locator) + ")",
                            {}}));
    throw Failure{errors.back().message, {}};
  }

  Value of_everyone(DefinitionId id) override {
    if (options.everyone == nullptr) {
      const Value value = definition(id);
      if (program.is_list(id)) return value;
      const auto items = memory.make_array<Value>(1);
      items[0] = value;
      return Value::list(items);
    }
    const auto* values = options.everyone->values_of(id);
    assert(values != nullptr);
    if (!*values) throw Failure{values->error().message, {}};
    return **values;
  }

  void note_look(DefinitionId from, DefinitionId at) {
    if (last_looker[at] == from + 1) return;  // most looks repeat the one before
    last_looker[at] = from + 1;
    auto& list = looked_at[from];
    if (std::find(list.begin(), list.end(), at) != list.end()) return;
    list.push_back(at);
    lookers[at].push_back(from);
    dependents_id.reset();
  }

  // What looked at `id`, directly or not, itself included; without a trace, all that could. What
  // was not computed yet is missing: it is not known to depend on anything.
  const std::vector<DefinitionId>& dependents_of(DefinitionId id) {
    if (dependents_id == id) return dependents;
    dependents_id = id;
    if (looked_at.empty()) return dependents = program.dependents(id);
    std::vector<bool> seen(memos.size(), false);
    seen[id] = true;
    dependents.assign(1, id);
    for (std::size_t next = 0; next < dependents.size(); ++next) {
      for (const auto looker : lookers[dependents[next]]) {
        if (seen[looker]) continue;
        seen[looker] = true;
        dependents.push_back(looker);
      }
    }
    return dependents;
  }

  // Makes the memo of a suspect true again. What a definition looked at stands in the order it was
  // first needed: as long as none of it differs, the definition would take the same way again.
  void settle(DefinitionId id) {
    suspect[id] = false;
    bool differs = memos[id].state == State::kUnset || looked_at.empty();
    if (!differs) {
      for (const auto used : looked_at[id]) {
        if (suspect[used]) settle(used);
        if (!changed[used]) continue;
        differs = true;
        break;
      }
    }
    if (!differs) return;
    const Memo old = std::exchange(memos[id], Memo{});
    before.emplace_back(id, old);
    [[maybe_unused]] const auto computed = result(id);
    changed[id] = !alike(old, memos[id]);
  }

  // The innermost place is kept: definitions further out pass it on.
  base::Error error_of(DefinitionId id, const Failure& failure) const {
    base::Error out;
    out.code = base::ErrorCode::kEvaluation;
    const auto& definition = program.impl().definitions[id];
    out.resource = definition.full_name();
    out.message = failure.message;
    if (!failure.place.locator.empty()) {
      out.message += " (" + program.impl().libraries[failure.place.library] + " " +
                     std::string(failure.place.locator) + ")";
    }
    return out;
  }

  Value parameter(std::size_t index) override {
    if (parameters[index]) return *parameters[index];
    const auto& declared = program.impl().parameters[index];
    if (!declared.fallback) return {};
    if (opening[index]) {
      throw Failure{"the default of parameter '" + declared.name + "' refers to itself", {}};
    }
    check_stack();
    opening[index] = true;
    auto slots = memory.make_array<Value>(declared.slots);
    Frame frame{*this, slots.data()};
    try {
      parameters[index] = declared.fallback->eval(frame);
    } catch (const Failure&) {
      opening[index] = false;
      throw;
    }
    opening[index] = false;
    return *parameters[index];
  }

  void message(std::string text) override { messages.push_back(std::move(text)); }

  base::Result<Value> result(DefinitionId id) {
    const StackStart start(*this);
    try {
      return definition(id);
    } catch (const Failure&) {
      assert(memos[id].state == State::kFailed);
      return std::unexpected(errors[memos[id].error]);
    }
  }
};

Evaluation::Evaluation(const Program& program, const fhir::Record& record,
                       const EvaluationOptions& options)
    : impl_(std::make_unique<Impl>(program, record, options)) {}
Evaluation::~Evaluation() = default;
Evaluation::Evaluation(Evaluation&&) noexcept = default;

base::Result<Value> Evaluation::value(DefinitionId id) { return impl_->result(id); }

std::span<const DefinitionId> Evaluation::looked_at(DefinitionId id) const {
  if (!impl_->tracing || id >= impl_->looked_at.size()) return {};
  return impl_->looked_at[id];
}

std::span<const fhir::Node* const> Evaluation::sources(DefinitionId id) const {
  if (id >= impl_->sources_of.size()) return {};
  auto& nodes = impl_->sources_of[id];
  std::set<const fhir::Node*> seen;
  std::erase_if(nodes, [&](const fhir::Node* node) {
    return impl_->record->resource_of(node) == nullptr || !seen.insert(node).second;
  });
  return nodes;
}

std::span<const Step> Evaluation::steps(DefinitionId id) const {
  if (id >= impl_->steps_of.size()) return {};
  return impl_->steps_of[id];
}

std::span<const DefinitionId> Evaluation::dependents(DefinitionId id) {
  return impl_->dependents_of(id);
}

std::vector<base::Result<Value>> Evaluation::what_if(DefinitionId changed, Value instead,
                                                     std::span<const DefinitionId> ask) {
  auto& run = *impl_;
  assert(run.program.definitions()[changed].per_patient);
  assert(!run.program.definitions()[changed].fixed);
  const auto messages_before = run.messages.size();
  // Nothing of this stays, and a definition first computed here would have no trace.
  const bool tracing = std::exchange(run.tracing, false);
  run.trying = true;
  const auto& dependents = run.dependents_of(changed);
  for (const auto id : dependents) run.suspect[id] = true;
  run.suspect[changed] = false;
  run.before.emplace_back(changed, std::exchange(run.memos[changed], {State::kDone, instead, 0}));
  run.changed[changed] = !alike(run.before.back().second, run.memos[changed]);
  std::vector<base::Result<Value>> out;
  out.reserve(ask.size());
  for (const auto id : ask) out.push_back(run.result(id));
  for (const auto id : dependents) {
    run.suspect[id] = false;
    run.changed[id] = false;
  }
  while (!run.before.empty()) {
    run.memos[run.before.back().first] = run.before.back().second;
    run.before.pop_back();
  }
  run.messages.resize(messages_before);
  run.tracing = tracing;
  run.trying = false;
  return out;
}

std::span<const std::string> Evaluation::messages() const { return impl_->messages; }
base::Arena& Evaluation::arena() { return impl_->memory; }

}  // namespace nidus::cql
