// SPDX-License-Identifier: Apache-2.0
#include "cql/everyone.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

#include "cql/compilation.h"

namespace nidus::cql {

namespace {

using NodeOf = std::function<const fhir::Node*(const Value&)>;

// A value that lies in `arena`; where an element lies `node_of` says.
Value copied(const Value& value, base::Arena& arena, const NodeOf& node_of) {
  const auto code = [&](const Code& from) {
    return Code{arena.copy(from.code), arena.copy(from.system), arena.copy(from.version),
                arena.copy(from.display)};
  };
  const auto quantity = [&](const Quantity& from) {
    return Quantity{from.value, arena.copy(from.unit)};
  };
  const auto all = [&](std::span<const Value> from) {
    const auto out = arena.make_array<Value>(from.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = copied(from[i], arena, node_of);
    return out;
  };
  switch (value.kind()) {
    case Kind::kDecimal:
      return Value::decimal(arena, value.as_decimal());
    case Kind::kString:
      return Value::string(arena.copy(value.as_string()));
    case Kind::kQuantity:
      return Value::of(arena.make<Quantity>(quantity(value.as_quantity())));
    case Kind::kRatio:
      return Value::of(arena.make<Ratio>(
          Ratio{quantity(value.as_ratio().numerator), quantity(value.as_ratio().denominator)}));
    case Kind::kCode:
      return Value::of(arena.make<Code>(code(value.as_code())));
    case Kind::kConcept: {
      const Concept& from = value.as_concept();
      const auto codes = arena.make_array<Code>(from.codes.size());
      std::transform(from.codes.begin(), from.codes.end(), codes.begin(), code);
      return Value::of(arena.make<Concept>(Concept{codes, arena.copy(from.display)}));
    }
    case Kind::kInterval:
    case Kind::kUncertainty: {
      const Interval& from = value.as_interval();
      const auto* interval = arena.make<Interval>(Interval{copied(from.low, arena, node_of),
                                                           copied(from.high, arena, node_of),
                                                           from.low_closed, from.high_closed});
      return value.is(Kind::kInterval) ? Value::of(interval) : Value::uncertainty(interval);
    }
    case Kind::kList:
      return Value::list(all(value.as_list()));
    case Kind::kTuple: {
      const Tuple& from = value.as_tuple();
      const auto names = arena.make_array<std::string_view>(from.shape->names.size());
      for (std::size_t i = 0; i < names.size(); ++i) names[i] = arena.copy(from.shape->names[i]);
      const auto elements = all({from.elements, names.size()});
      auto* shape = arena.make<TupleShape>();
      shape->names = names;
      return Value::of(arena.make<Tuple>(Tuple{shape, elements.data()}));
    }
    case Kind::kElement:
      return Value::element(node_of(value), value.element_type());
    default:
      return value;  // holds itself, or lies in the program
  }
}

// Which bodies (definitions, then functions: as in Program::Impl::users) look at what.
class Plan {
 public:
  Plan(const Program::Impl& program, std::span<const DefinitionId> wanted) : program_(program) {
    program.complete();
    const std::size_t bodies = program.users.size();
    uses_.resize(bodies);
    of_everyone_.resize(bodies);
    retrieves_.resize(bodies);
    for (const auto& [used, user] : program.of_everyone) {
      of_everyone_[user].push_back(used);
      apart_.emplace(used, user);
    }
    for (std::uint32_t used = 0; used < bodies; ++used) {
      for (const auto user : program.users[used]) {
        if (!apart_.contains({used, user})) uses_[user].push_back(used);
      }
    }
    for (const auto& [user, type] : program.retrieves) retrieves_[user].push_back(type);
    personal_.resize(bodies);
    for (std::uint32_t at = 0; at < bodies; ++at) {
      if (!retrieves_[at].empty()) mark_personal(at);
    }
    stages_.resize(bodies);
    std::set<std::uint32_t> seen;
    for (const auto id : wanted) reach(id, seen);
  }

  std::size_t passes = 0;
  std::map<DefinitionId, std::size_t> unfiltered;  // in which pass each is made up
  std::map<DefinitionId, std::size_t> lists;       // definitions of all patients, likewise
  std::set<fhir::TypeId> types;                    // that are retrieved of all patients
  std::string circle;                              // a definition that waits for itself

  bool is_personal(std::uint32_t body) const { return personal_[body]; }

 private:
  bool is_definition(std::uint32_t body) const { return body < program_.definitions.size(); }
  bool is_unfiltered(std::uint32_t body) const {
    return is_definition(body) && !program_.definitions[body].per_patient;
  }

  // What a body gives depends on the patient when it retrieves, or uses what does; what looks at
  // all patients gives every one of them the same.
  void mark_personal(std::uint32_t from) {
    std::vector<std::uint32_t> open{from};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      if (personal_[at] || is_unfiltered(at)) continue;
      personal_[at] = true;
      for (const auto user : program_.users[at]) {
        if (!apart_.contains({at, user})) open.push_back(user);
      }
    }
  }

  // Bodies that are evaluated with `from`, in its context, itself included; what they look at in
  // another context goes to `unfiltered_used` and `lists_used`.
  void walk(std::uint32_t from, std::set<std::uint32_t>& bodies,
            std::set<std::uint32_t>& unfiltered_used, std::set<std::uint32_t>& lists_used) const {
    std::vector<std::uint32_t> open{from};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      if (!bodies.insert(at).second) continue;
      lists_used.insert(of_everyone_[at].begin(), of_everyone_[at].end());
      for (const auto used : uses_[at]) {
        if (is_unfiltered(used)) {
          unfiltered_used.insert(used);
        } else {
          open.push_back(used);
        }
      }
    }
  }

  // The passes that must be over before `body` can be evaluated; plans what it looks at.
  std::size_t stage(std::uint32_t body) {
    State& state = stages_[body];
    if (state.done) return state.stage;
    if (state.open) {
      if (is_definition(body)) circle = program_.definitions[body].name;
      return 0;
    }
    state.open = true;
    std::set<std::uint32_t> bodies, unfiltered_used, lists_used;
    walk(body, bodies, unfiltered_used, lists_used);
    std::size_t out = 0;
    bool looks = false;
    for (const auto used : unfiltered_used) out = std::max(out, stage(used));
    for (const auto used : lists_used) {
      const std::size_t pass = stage(used) + 1;
      lists[used] = pass;
      out = std::max(out, pass);
      looks = true;
    }
    if (is_unfiltered(body)) {
      for (const auto at : bodies) {
        // A definition of the patient that a function looks at cannot be had for all: it is said
        // when it is met.
        if (is_definition(at) && at != body) continue;
        for (const auto type : retrieves_[at]) {
          types.insert(type);
          out = std::max<std::size_t>(out, 1);
          looks = true;
        }
      }
      for (const auto used : unfiltered_used) looks |= unfiltered.contains(used);
      for (const auto at : bodies) looks |= is_definition(at) && at != body && personal_[at];
      if (looks) {
        out = std::max<std::size_t>(out, 1);
        unfiltered[body] = out;
      }
    }
    passes = std::max(passes, out);
    stages_[body] = {true, true, out};
    return out;
  }

  void reach(std::uint32_t body, std::set<std::uint32_t>& seen) {
    if (seen.insert(body).second) stage(body);
  }

  const Program::Impl& program_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> apart_;  // program_.of_everyone, to look in
  std::vector<std::vector<std::uint32_t>> uses_;             // without these
  std::vector<std::vector<std::uint32_t>> of_everyone_;
  std::vector<std::vector<fhir::TypeId>> retrieves_;
  std::vector<bool> personal_;
  struct State {
    bool open = false;
    bool done = false;
    std::size_t stage = 0;
  };
  std::vector<State> stages_;
};

}  // namespace

// The record shares the memory of the person's, so that values stay where they are.
struct Everyone::Look {
  Look(const Program& program, fhir::Record seen, const EvaluationOptions& options)
      : record(std::move(seen)), evaluation(program, record, options) {}
  fhir::Record record;
  Evaluation evaluation;
  std::vector<std::pair<DefinitionId, base::Result<Value>>> values;
};

struct Everyone::Impl {
  struct List {
    std::vector<Value> items;
    std::optional<base::Error> error;  // the first
  };

  Impl(const Program& compiled, std::span<const DefinitionId> wanted,
       const EvaluationOptions& given)
      : program(compiled), options(given), plan(compiled.impl(), wanted) {
    options.trace = options.sources = false;  // nobody asks
    for (const auto& one : plan.unfiltered) unfiltered.push_back(one.first);
  }

  const Program& program;
  EvaluationOptions options;
  Plan plan;
  std::vector<DefinitionId> unfiltered;
  std::size_t current = 1;  // the pass that is on
  fhir::Gathered gathered;
  fhir::Record record = gathered.record();
  std::map<DefinitionId, List> open;  // of the pass that is on
  base::Arena arena;
  std::map<DefinitionId, base::Result<Value>> lists;
  std::map<DefinitionId, base::Result<Value>> values;
  std::vector<std::unique_ptr<fhir::Record>> records;  // of the evaluations
  std::vector<std::unique_ptr<Evaluation>> evaluations;
  std::vector<std::string> messages;
};

Everyone::Everyone(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Everyone::Everyone(Everyone&&) noexcept = default;
Everyone& Everyone::operator=(Everyone&&) noexcept = default;
Everyone::~Everyone() = default;

base::Result<Everyone> Everyone::of(const Program& program, std::span<const DefinitionId> wanted,
                                    const EvaluationOptions& options) {
  auto impl = std::make_unique<Impl>(program, wanted, options);
  if (!impl->plan.circle.empty()) {
    return base::fail(base::ErrorCode::kBadProgram,
                      "'" + impl->plan.circle +
                          "' looks at all patients and, for each, at itself: it is defined in a "
                          "circle");
  }
  return Everyone(std::move(impl));
}

std::size_t Everyone::passes() const { return impl_->plan.passes; }
const std::vector<DefinitionId>& Everyone::unfiltered() const { return impl_->unfiltered; }
const fhir::Record& Everyone::record() const { return impl_->record; }
const std::vector<std::string>& Everyone::messages() const { return impl_->messages; }
bool Everyone::is_personal(DefinitionId id) const { return impl_->plan.is_personal(id); }

const base::Result<Value>* Everyone::find(DefinitionId id) const {
  const auto at = impl_->values.find(id);
  return at == impl_->values.end() ? nullptr : &at->second;
}

const base::Result<Value>& Everyone::value(DefinitionId id) const {
  const auto* found = find(id);
  assert(found != nullptr);
  return *found;
}

const base::Result<Value>* Everyone::values_of(DefinitionId id) const {
  const auto at = impl_->lists.find(id);
  return at == impl_->lists.end() ? nullptr : &at->second;
}

std::shared_ptr<Everyone::Look> Everyone::look(const fhir::Record& record) const {
  EvaluationOptions options = impl_->options;
  options.everyone = this;
  auto out = std::make_shared<Look>(
      impl_->program, record.without([](const fhir::Resource&) { return false; }), options);
  for (const auto& [id, pass] : impl_->plan.lists) {
    if (pass == impl_->current) out->values.emplace_back(id, out->evaluation.value(id));
  }
  return out;
}

void Everyone::add(const Look& look) {
  Impl& impl = *impl_;
  impl.gathered.begin_person();
  std::unordered_map<const fhir::Node*, const fhir::Node*> copies;
  const auto keep = [&](const fhir::Resource& resource) {
    return copies.emplace(resource.node, impl.gathered.add(look.record, resource)).first->second;
  };
  const auto is_retrieved = [&](fhir::TypeId type) {
    return std::any_of(impl.plan.types.begin(), impl.plan.types.end(),
                       [&](fhir::TypeId of) { return fhir::is_subtype(type, of); });
  };
  if (impl.current == 1) {
    for (const auto& resource : look.record.resources()) {
      if (!resource.contained && is_retrieved(resource.type)) keep(resource);
    }
  }
  const NodeOf node_of = [&](const Value& value) -> const fhir::Node* {
    const fhir::Node* node = value.as_node();
    if (const auto at = copies.find(node); at != copies.end()) return at->second;
    const fhir::Resource* resource = look.record.resource_of(node);
    if (resource != nullptr && !resource->contained) {
      const fhir::Node* known = impl.gathered.find(*resource);
      if (known != nullptr) return copies.emplace(node, known).first->second;
      // One more of a type that is retrieved would be seen twice.
      if (!is_retrieved(resource->type)) return keep(*resource);
    }
    return copies.emplace(node, fhir::copy_of(*node, impl.arena)).first->second;
  };
  for (const auto& [id, value] : look.values) {
    auto& list = impl.open[id];
    if (!value) {
      if (list.error) continue;
      list.error = value.error();
      const auto* patient = look.record.patient();
      list.error->message = (patient == nullptr ? "of a person without Patient: "
                                                : "of " + patient->reference() + ": ") +
                            list.error->message;
      continue;
    }
    const Value kept = copied(*value, impl.arena, node_of);
    if (!impl.program.is_list(id)) {
      list.items.push_back(kept);
    } else if (kept.is(Kind::kList)) {  // null: nothing to add
      list.items.insert(list.items.end(), kept.as_list().begin(), kept.as_list().end());
    }
  }
}

void Everyone::end_pass() {
  Impl& impl = *impl_;
  for (const auto& [id, pass] : impl.plan.lists) {
    if (pass != impl.current) continue;
    const auto& list = impl.open[id];
    if (list.error) {
      impl.lists.emplace(id, std::unexpected(*list.error));
      continue;
    }
    const auto items = impl.arena.make_array<Value>(list.items.size());
    std::copy(list.items.begin(), list.items.end(), items.begin());
    impl.lists.emplace(id, Value::list(items));
  }
  impl.open.clear();
  impl.record = impl.gathered.record();
  impl.records.push_back(std::make_unique<fhir::Record>(impl.gathered.record()));
  EvaluationOptions options = impl.options;
  options.everyone = this;
  options.unfiltered = true;
  impl.evaluations.push_back(
      std::make_unique<Evaluation>(impl.program, *impl.records.back(), options));
  Evaluation& evaluation = *impl.evaluations.back();
  for (const auto& [id, pass] : impl.plan.unfiltered) {
    if (pass == impl.current) impl.values.emplace(id, evaluation.value(id));
  }
  for (const auto& text : evaluation.messages()) impl.messages.push_back(text);
  ++impl.current;
}

}  // namespace nidus::cql
