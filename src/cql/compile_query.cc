// SPDX-License-Identifier: Apache-2.0
//
// Queries, retrieves and sorting.
#include <algorithm>
#include <array>

#include "cql/compile.h"

namespace nidus::cql {

namespace {

using Values = base::ArenaList<Value>;

void remove_same(Run& run, Values& items) {
  Call call = run.call();
  const auto all = items.items();
  std::size_t kept = 0;
  for (const auto& item : all) {
    const auto known = all.first(kept);
    if (std::none_of(known.begin(), known.end(),
                     [&](const Value& earlier) { return same(call, earlier, item); })) {
      all[kept++] = item;
    }
  }
  items.truncate(kept);
}

Value key_of(Frame& frame, const SortKey& key, const Value& item) {
  Value out = item;
  if (key.expression) {
    frame.slots[key.slot] = item;
    out = key.expression->eval(frame);
  } else {
    for (const auto& step : key.path) out = step_into(frame.run, out, step);
  }
  out = system_value(frame.run, out);
  // FHIR quantities are in the order of what they measure; other elements have none.
  static const fhir::TypeId quantity = fhir::type_id("Quantity");
  static const Intrinsic to_quantity = find_intrinsic("ToQuantity");
  if (out.is(Kind::kElement) && fhir::is_subtype(out.element_type(), quantity)) {
    return to_quantity(frame.run, out);
  }
  return out;
}

// Milliseconds of a moment that is written to the second or finer; such moments are in the order of
// their instants.
std::optional<std::int64_t> instant_of(const Value& key, int default_offset_minutes) {
  if (!key.is(Kind::kDateTime)) return std::nullopt;
  const base::DateTime moment = key.as_date_time();
  if (moment.precision < base::Precision::kSecond) return std::nullopt;
  return base::epoch_ms(moment, default_offset_minutes);
}

// Stable; by instants, never by the text of a date.
void sort_values(Frame& frame, const std::vector<SortKey>& keys, std::span<Value> items) {
  struct Row {
    const Value* keys;
    Value item;
    std::int64_t instant;
  };
  Call call = frame.run.call();
  const auto all_keys = frame.run.arena->make_array<Value>(items.size() * keys.size());
  const auto rows = frame.run.arena->make_array<Row>(items.size());
  bool instants = keys.size() == 1;
  Value* next = all_keys.data();
  for (std::size_t i = 0; i < items.size(); ++i) {
    rows[i] = {next, items[i], 0};
    for (const auto& key : keys) *next++ = key_of(frame, key, items[i]);
    const auto instant = instants ? instant_of(*rows[i].keys, call.offset_minutes) : std::nullopt;
    instants = instant.has_value();
    rows[i].instant = instant.value_or(0);
  }
  if (instants) {
    const bool descending = keys[0].descending;
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
      return descending ? b.instant < a.instant : a.instant < b.instant;
    });
  } else {
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        int order = sort_order(call, a.keys[i], b.keys[i]);
        if (keys[i].descending) order = -order;
        if (order != 0) return order < 0;
      }
      return false;
    });
  }
  for (std::size_t i = 0; i < rows.size(); ++i) items[i] = rows[i].item;
}

struct QuerySource {
  ExpressionPtr expression;
  std::size_t slot = 0;
  std::string_view alias;
};
struct Relationship {
  ExpressionPtr expression;
  ExpressionPtr such_that;
  std::size_t slot = 0;
  bool without = false;
};
struct Let {
  ExpressionPtr expression;
  std::size_t slot = 0;
};

struct QueryPlan {
  std::vector<QuerySource> sources;
  std::vector<Let> lets;
  std::vector<Relationship> relationships;
  ExpressionPtr where;
  ExpressionPtr returned;
  bool distinct = false;
  ExpressionPtr aggregate;  // with its accumulator in `accumulator`
  ExpressionPtr starting;
  std::size_t accumulator = 0;
  bool aggregate_distinct = false;
  std::vector<SortKey> sort;
  const TupleShape* shape = nullptr;  // of a row of several sources without a return
};

class Query final : public Expression {
 public:
  Query(Place place, QueryPlan plan) : Expression(place), plan_(std::move(plan)) {}

  Value eval(Frame& frame) const override {
    const auto inputs = frame.run.arena->make_array<Value>(plan_.sources.size());
    const std::size_t noted = frame.run.sources == nullptr ? 0 : frame.run.sources->size();
    bool any_list = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = plan_.sources[i].expression->eval(frame);
      if (inputs[i].is_null()) return plan_.aggregate ? start(frame) : Value();
      any_list |= inputs[i].is(Kind::kList);
    }
    Values out(*frame.run.arena);
    // Of what was retrieved, the items of the rows that stay are what the result rests on.
    if (frame.run.sources != nullptr) frame.run.sources->resize(noted);
    const NoSteps quiet(frame.run);
    Value total = plan_.aggregate ? start(frame) : Value();
    walk(frame, inputs, 0, out, total);
    if (plan_.aggregate) {
      if (!plan_.aggregate_distinct) return total;
      remove_same(frame.run, out);
      total = start(frame);
      for (const auto& row : out.items()) accumulate(frame, row, total);
      return total;
    }
    if (plan_.distinct && any_list) remove_same(frame.run, out);
    if (!plan_.sort.empty()) sort_values(frame, plan_.sort, out.items());
    if (!any_list) return out.empty() ? Value() : out.items().front();
    return Value::list(out.items());
  }

 private:
  Value start(Frame& frame) const { return plan_.starting ? plan_.starting->eval(frame) : Value(); }

  void walk(Frame& frame, std::span<const Value> inputs, std::size_t depth, Values& out,
            Value& total) const {
    if (depth == inputs.size()) {
      row(frame, out, total);
      return;
    }
    const std::size_t slot = plan_.sources[depth].slot;
    if (!inputs[depth].is(Kind::kList)) {
      frame.slots[slot] = inputs[depth];
      walk(frame, inputs, depth + 1, out, total);
      return;
    }
    for (const auto& item : inputs[depth].as_list()) {
      frame.slots[slot] = item;
      walk(frame, inputs, depth + 1, out, total);
    }
  }

  void row(Frame& frame, Values& out, Value& total) const {
    auto* sources = frame.run.sources;
    const std::size_t noted = sources == nullptr ? 0 : sources->size();
    if (!take_row(frame, out, total)) {
      if (sources != nullptr) sources->resize(noted);
      return;
    }
    if (sources == nullptr) return;
    for (const auto& source : plan_.sources) note(*sources, frame.slots[source.slot]);
  }

  static void note(std::vector<const fhir::Node*>& sources, const Value& item) {
    if (item.is(Kind::kElement)) sources.push_back(item.as_node());
  }

  // Whether the row stays.
  bool take_row(Frame& frame, Values& out, Value& total) const {
    for (const auto& let : plan_.lets) frame.slots[let.slot] = let.expression->eval(frame);
    for (const auto& relationship : plan_.relationships) {
      if (related(frame, relationship) == relationship.without) return false;
    }
    if (plan_.where && !system_value(frame.run, plan_.where->eval(frame)).is_true()) return false;
    if (plan_.aggregate) {
      if (plan_.aggregate_distinct) {
        out.push_back(item(frame));
      } else {
        frame.slots[plan_.accumulator] = total;
        total = plan_.aggregate->eval(frame);
      }
      return true;
    }
    out.push_back(plan_.returned ? plan_.returned->eval(frame) : item(frame));
    return true;
  }

  // The row itself: the one source's item, or a tuple of all.
  Value item(Frame& frame) const {
    if (plan_.sources.size() == 1) return frame.slots[plan_.sources[0].slot];
    auto values = frame.run.arena->make_array<Value>(plan_.sources.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = frame.slots[plan_.sources[i].slot];
    return Value::of(frame.run.arena->make<Tuple>(plan_.shape, values.data()));
  }

  void accumulate(Frame& frame, const Value& row, Value& total) const {
    if (plan_.sources.size() == 1) {
      frame.slots[plan_.sources[0].slot] = row;
    } else {
      for (std::size_t i = 0; i < plan_.sources.size(); ++i) {
        frame.slots[plan_.sources[i].slot] = row.as_tuple().elements[i];
      }
    }
    frame.slots[plan_.accumulator] = total;
    total = plan_.aggregate->eval(frame);
  }

  bool related(Frame& frame, const Relationship& relationship) const {
    auto* sources = frame.run.sources;
    const std::size_t noted = sources == nullptr ? 0 : sources->size();
    const Value others = relationship.expression->eval(frame);
    if (sources != nullptr) sources->resize(noted);
    const auto test = [&](const Value& other) {
      frame.slots[relationship.slot] = other;
      if (!system_value(frame.run, relationship.such_that->eval(frame)).is_true()) return false;
      if (sources != nullptr) note(*sources, other);
      return true;
    };
    if (others.is_null()) return false;
    if (!others.is(Kind::kList)) return test(others);
    return std::any_of(others.as_list().begin(), others.as_list().end(), test);
  }

  QueryPlan plan_;
};

class Retrieve final : public Expression {
 public:
  Retrieve(Place place, fhir::TypeId type, std::vector<PathStep> code_path, std::size_t code_index,
           ExpressionPtr codes, std::vector<PathStep> date_path, ExpressionPtr date_range)
      : Expression(place),
        type_(type),
        code_index_(code_index),
        code_path_(std::move(code_path)),
        codes_(std::move(codes)),
        date_path_(std::move(date_path)),
        date_range_(std::move(date_range)) {}

  Value eval(Frame& frame) const override {
    const Value found = find(frame);
    if (frame.run.sources != nullptr) {
      for (const Value& item : found.as_list()) frame.run.sources->push_back(item.as_node());
    }
    return found;
  }

 private:
  Value find(Frame& frame) const {
    const auto resources = frame.run.record->of_type(type_);
    Value codes, range;
    if (codes_) codes = codes_->eval(frame);
    if (date_range_) range = date_range_->eval(frame);
    Values out(*frame.run.arena);
    const auto add = [&](const fhir::Resource& resource) {
      const Value element = Value::element(resource.node, type_);
      if (!date_range_ || dated(frame, element, range)) out.push_back(element);
    };
    if (codes.is(Kind::kInterval)) fail("a retrieve is filtered by codes; a period needs a where");
    if (!codes_) {
      for (const auto& resource : resources) add(resource);
      return Value::list(out.items());
    }
    const CodeIndex& known = index(frame, resources);
    const auto wanted = frame.run.arena->make_array<bool>(known.codes.size());
    std::transform(known.codes.begin(), known.codes.end(), wanted.begin(),
                   [&](const SoughtCode& code) { return is_wanted(code, codes); });
    std::optional<std::uint32_t> last;
    for (const IndexedCode& entry : known.entries) {
      if (!wanted[entry.code] || entry.resource == last) continue;
      last = entry.resource;
      add(resources[entry.resource]);
    }
    return Value::list(out.items());
  }

  static bool is_wanted(const SoughtCode& code, const Value& codes) {
    if (codes.is(Kind::kValueSet)) return holds(codes.as_value_set(), code);
    if (!codes.is(Kind::kCodeSystem)) return is_equivalent_to_any(code, codes);
    return !code.any_system && code.system == codes.as_value_set().url;
  }

  Value codes_of(Frame& frame, const fhir::Resource& resource) const {
    Value holder = Value::element(resource.node, type_);
    for (const auto& step : code_path_) holder = step_into(frame.run, holder, step);
    return holder;
  }

  const CodeIndex& index(Frame& frame, std::span<const fhir::Resource> resources) const {
    CodeIndex& known = frame.run.code_indexes[code_index_];
    if (known.made) return known;
    CodeIndexBuilder builder(*frame.run.arena);
    for (std::uint32_t i = 0; i < resources.size(); ++i) {
      add_codes_of(codes_of(frame, resources[i]), i, builder);
    }
    return known = builder.made();
  }

  bool dated(Frame& frame, const Value& element, const Value& range) const {
    Value date = element;
    for (const auto& step : date_path_) date = step_into(frame.run, date, step);
    date = system_value(frame.run, date);
    if (date.is(Kind::kElement)) date = find_intrinsic("ToInterval")(frame.run, date);
    if (date.is_null() || !range.is(Kind::kInterval)) return false;
    Call call = frame.run.call();
    const char* name = date.is(Kind::kInterval) ? "IncludedIn" : "In";
    for (const auto& entry : interval_operators()) {
      if (entry.elm_name != name) continue;
      const std::array<Value, 2> operands = {date, range};
      return entry.run(call, NodeOptions{}, operands).is_true();
    }
    return false;
  }

  fhir::TypeId type_;
  std::size_t code_index_;
  std::vector<PathStep> code_path_;
  ExpressionPtr codes_;
  std::vector<PathStep> date_path_;
  ExpressionPtr date_range_;
};

// A retrieve of Resource or DomainResource: those of every type that is one.
class RetrieveAll final : public Expression {
 public:
  RetrieveAll(Place place, fhir::TypeId type) : Expression(place), type_(type) {}
  Value eval(Frame& frame) const override {
    Values out(*frame.run.arena);
    for (const auto& resource : frame.run.record->resources()) {
      if (resource.contained || !fhir::is_subtype(resource.type, type_)) continue;
      out.push_back(Value::element(resource.node, resource.type));
      if (frame.run.sources != nullptr) frame.run.sources->push_back(resource.node);
    }
    return Value::list(out.items());
  }

 private:
  fhir::TypeId type_;
};

class SortList final : public Expression {
 public:
  SortList(Place place, ExpressionPtr source, std::vector<SortKey> keys)
      : Expression(place), source_(std::move(source)), keys_(std::move(keys)) {}
  Value eval(Frame& frame) const override {
    const Value source = source_->eval(frame);
    if (!source.is(Kind::kList)) return source;
    const auto before = source.as_list();
    const auto items = frame.run.arena->make_array<Value>(before.size());
    std::copy(before.begin(), before.end(), items.begin());
    const NoSteps quiet(frame.run);
    sort_values(frame, keys_, items);
    return Value::list(items);
  }

 private:
  ExpressionPtr source_;
  std::vector<SortKey> keys_;
};

// Filter and ForEach: one item at a time in a slot.
class EachItem final : public Expression {
 public:
  EachItem(Place place, ExpressionPtr source, ExpressionPtr body, std::size_t slot, bool filter)
      : Expression(place),
        source_(std::move(source)),
        body_(std::move(body)),
        slot_(slot),
        filter_(filter) {}
  Value eval(Frame& frame) const override {
    const Value source = source_->eval(frame);
    if (!source.is(Kind::kList)) return {};
    const NoSteps quiet(frame.run);
    Values out(*frame.run.arena);
    for (const auto& item : source.as_list()) {
      frame.slots[slot_] = item;
      const Value value = body_->eval(frame);
      if (!filter_) {
        out.push_back(value);
      } else if (system_value(frame.run, value).is_true()) {
        out.push_back(item);
      }
    }
    return Value::list(out.items());
  }

 private:
  ExpressionPtr source_, body_;
  std::size_t slot_;
  bool filter_;
};

class CurrentItem final : public Expression {
 public:
  CurrentItem(Place place, std::size_t slot) : Expression(place), slot_(slot) {}
  Value eval(Frame& frame) const override { return frame.slots[slot_]; }

 private:
  std::size_t slot_;
};

}  // namespace

// The `by` items of a query or a Sort node; the item to compare stands in a slot.
void Compiler::sort_keys(const Json& node, std::vector<SortKey>& keys) {
  each(node, "by", [&](const Json& by) {
    SortKey key;
    const auto direction = text_at(by, "direction");
    key.descending = direction == "desc" || direction == "descending";
    const auto kind = text_at(by, "type");
    if (kind == "ByColumn") {
      key.path = steps_of(text_at(by, "path"), arena_);
    } else if (kind == "ByExpression") {
      key.slot = new_slot("$this");
      this_slots_.push_back(key.slot);
      key.expression = child(by, "expression");
      this_slots_.pop_back();
    }
    keys.push_back(std::move(key));
  });
}

ExpressionPtr Compiler::query(const Json& node) {
  QueryPlan plan;
  const std::size_t outer = scope_.size();
  std::vector<std::string_view> names;
  each(node, "source", [&](const Json& source) {
    QuerySource entry;
    entry.expression = child(source, "expression");
    entry.alias = text_at(source, "alias");
    names.push_back(entry.alias);
    entry.slot = new_slot(entry.alias);
    plan.sources.push_back(std::move(entry));
  });
  each(node, "let", [&](const Json& let) {
    Let entry;
    entry.expression = child(let, "expression");
    entry.slot = new_slot(text_at(let, "identifier"));
    plan.lets.push_back(std::move(entry));
  });
  each(node, "relationship", [&](const Json& relationship) {
    const std::size_t inner = scope_.size();
    Relationship entry;
    entry.without = text_at(relationship, "type") == "Without";
    entry.expression = child(relationship, "expression");
    entry.slot = new_slot(text_at(relationship, "alias"));
    entry.such_that = child(relationship, "suchThat");
    plan.relationships.push_back(std::move(entry));
    scope_.resize(inner);
  });
  if (has(node, "where")) plan.where = child(node, "where");
  Json part;
  if (node["aggregate"].into(part)) {
    plan.starting = child(part, "starting");
    plan.aggregate_distinct = flag_at(part, "distinct", false);
    plan.accumulator = new_slot(text_at(part, "identifier"));
    plan.aggregate = child(part, "expression");
  } else if (node["return"].into(part)) {
    plan.distinct = flag_at(part, "distinct", true);
    plan.returned = child(part, "expression");
  }
  if (node["sort"].into(part)) sort_keys(part, plan.sort);
  auto kept = arena_.make_array<std::string_view>(names.size());
  std::copy(names.begin(), names.end(), kept.begin());
  auto* shape = arena_.make<TupleShape>();
  shape->names = kept;
  plan.shape = shape;
  scope_.resize(outer);
  return make_node<Query>(arena_, place_of(node), std::move(plan));
}

ExpressionPtr Compiler::retrieve(const Json& node) {
  auto name = text_at(node, "dataType");
  name = name.substr(name.find('}') + 1);
  const fhir::TypeId type = fhir::type_id(name);
  if (!fhir::is_resource_type(type)) {
    problem(node, "'" + std::string(name) + "' is no FHIR R4 resource type");
    return constant(node, Value());
  }
  if (has(node, "context")) {
    problem(node, "a retrieve in the context of another than the patient is not known");
    return constant(node, Value());
  }
  if (user_) retrieves_.emplace_back(*user_, type);
  if (!fhir::is_concrete_resource(type)) {
    if (!has(node, "codes") && !has(node, "dateRange")) {
      return make_node<RetrieveAll>(arena_, place_of(node), type);
    }
    problem(node, "a retrieve of " + std::string(name) + " cannot be filtered");
    return constant(node, Value());
  }
  ExpressionPtr codes, range;
  std::vector<PathStep> code_path;
  std::size_t code_index = 0;
  if (has(node, "codes")) {
    auto path = text_at(node, "codeProperty");
    if (path.empty()) path = fhir::primary_code_path(type);
    {
      const std::lock_guard lock(whole_.code_indexes_lock_);
      auto& indexes = whole_.code_indexes_;
      code_index = indexes.try_emplace({type, std::string(path)}, indexes.size()).first->second;
    }
    code_path = steps_of(path, arena_);
    codes = child(node, "codes");
  }
  std::vector<PathStep> date_path;
  if (has(node, "dateRange")) {
    date_path = steps_of(text_at(node, "dateProperty"), arena_);
    range = child(node, "dateRange");
  }
  return make_node<Retrieve>(arena_, place_of(node), type, std::move(code_path), code_index,
                             std::move(codes), std::move(date_path), std::move(range));
}

ExpressionPtr Compiler::sort_and_scope(const Json& node, std::string_view type) {
  const std::size_t outer = scope_.size();
  if (type == "Sort") {
    auto source = child(node, "source");
    std::vector<SortKey> keys;
    sort_keys(node, keys);
    scope_.resize(outer);
    return make_node<SortList>(arena_, place_of(node), std::move(source), std::move(keys));
  }
  if (type == "Filter" || type == "ForEach") {
    auto source = child(node, "source");
    const auto slot = new_slot(text_at(node, "scope"));
    this_slots_.push_back(slot);
    auto body = child(node, type == "Filter" ? "condition" : "element");
    this_slots_.pop_back();
    scope_.resize(outer);
    return make_node<EachItem>(arena_, place_of(node), std::move(source), std::move(body), slot,
                               type == "Filter");
  }
  const auto scope = text_at(node, "scope");
  auto slot = scope.empty() ? std::nullopt : find_slot(scope);
  if (!slot && !this_slots_.empty()) slot = this_slots_.back();
  if (type == "Total" || !slot) {
    problem(node, "ELM node '" + std::string(type) + "' stands outside its scope");
    return constant(node, Value());
  }
  return make_node<CurrentItem>(arena_, place_of(node), *slot);
}

}  // namespace nidus::cql
