// SPDX-License-Identifier: Apache-2.0
//
// Literals, constructors, logic, conditions, casts, properties, and the strict operators.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "cql/compile.h"
#include "cql/operator_patterns.h"
#include "cql/operator_support.h"
#include "cql/pattern_needs.h"
#include "cql/word_list.h"

namespace nidus::cql {

namespace {

using base::Precision;

class Constant final : public Expression {
 public:
  Constant(Place place, const Value& value) : Expression(place), value_(value) {}
  Value eval(Frame&) const override { return value_; }

 private:
  Value value_;
};

Value run_operator(const Expression& node, Run& run, StrictOperator what,
                   const NodeOptions& options, std::span<const Value> values) {
  Call call = run.call();
  const Value out = what(call, options, values);
  if (!run.error.empty()) {
    std::string message = std::move(run.error);
    run.error.clear();
    node.fail(std::move(message));
  }
  return out;
}

// All operands, then the function of the operator tables.
// An operator whose operands are all evaluated first; most have one or two.
class Strict : public Expression {
 public:
  Strict(Place place, StrictOperator run, NodeOptions options, std::vector<ExpressionPtr> operands,
         bool as_is)
      : Expression(place),
        run_(run),
        options_(options),
        operands_(std::move(operands)),
        as_is_(as_is) {}
  Value eval(Frame& frame) const override {
    std::vector<Value> values(operands_.size());
    return apply(frame, values);
  }

 protected:
  // `values`: where to put the operands' values.
  Value apply(Frame& frame, std::span<Value> values) const {
    bool any_list = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = operands_[i]->eval(frame);
      any_list |= values[i].is(Kind::kList);
    }
    // A FHIR primitive counts as the value it holds; but not to find it in a list of its kind, nor
    // to ask whether it is there at all.
    if (!as_is_ && !any_list) {
      for (Value& value : values) value = system_value(frame.run, value);
    }
    return run_operator(*this, frame.run, run_, options_, values);
  }

 private:
  StrictOperator run_;
  NodeOptions options_;
  std::vector<ExpressionPtr> operands_;
  bool as_is_;
};

template <std::size_t kOperands>
class StrictOf final : public Strict {
 public:
  using Strict::Strict;
  Value eval(Frame& frame) const override {
    std::array<Value, kOperands> values;
    return apply(frame, values);
  }
};

ExpressionPtr make_strict(base::Arena& arena, Place place, StrictOperator run, NodeOptions options,
                          std::vector<ExpressionPtr> operands, bool as_is) {
  switch (operands.size()) {
    case 1:
      return make_node<StrictOf<1>>(arena, place, run, options, std::move(operands), as_is);
    case 2:
      return make_node<StrictOf<2>>(arena, place, run, options, std::move(operands), as_is);
    default:
      return make_node<Strict>(arena, place, run, options, std::move(operands), as_is);
  }
}

// Matches with a pattern that is written out: most texts hold nothing that it needs, and that is
// seen before the operator looks for the pattern.
class MatchesLiteral final : public Expression {
 public:
  MatchesLiteral(Place place, ExpressionPtr text, const Value& pattern,
                 const ops::PatternNeeds& needs)
      : Expression(place), text_(std::move(text)), pattern_(pattern), needed_(needs) {}
  Value eval(Frame& frame) const override {
    const Value text = system_value(frame.run, text_->eval(frame));
    if (text.is(Kind::kString) && text.as_string().size() <= kLongestMatchedText &&
        !needed_.may_match(text.as_string())) {
      return Value::boolean(false);
    }
    const std::array operands{text, pattern_};
    return run_operator(*this, frame.run, ops::run_matches, {}, operands);
  }

 private:
  ExpressionPtr text_;
  Value pattern_;
  ops::NeededPairs needed_;
};

class Logic final : public Expression {
 public:
  enum class Operator { kAnd, kOr, kXor, kImplies, kNot };
  Logic(Place place, Operator what, std::vector<ExpressionPtr> operands)
      : Expression(place), what_(what), operands_(std::move(operands)) {}
  Value eval(Frame& frame) const override {
    const Value a = system_value(frame.run, operands_[0]->eval(frame));
    if (what_ == Operator::kNot) return a.is_null() ? a : Value::boolean(a.is_false());
    if (what_ == Operator::kAnd && a.is_false()) return a;
    if (what_ == Operator::kOr && a.is_true()) return a;
    if (what_ == Operator::kImplies && a.is_false()) return Value::boolean(true);
    const Value b = system_value(frame.run, operands_[1]->eval(frame));
    switch (what_) {
      case Operator::kAnd:
        if (b.is_false()) return b;
        return a.is_null() || b.is_null() ? Value() : Value::boolean(true);
      case Operator::kOr:
      case Operator::kImplies:
        if (b.is_true()) return b;
        return a.is_null() || b.is_null() ? Value() : Value::boolean(false);
      case Operator::kXor:
        if (a.is_null() || b.is_null()) return {};
        return Value::boolean(a.is_true() != b.is_true());
      case Operator::kNot:
        break;
    }
    return {};
  }

 private:
  Operator what_;
  std::vector<ExpressionPtr> operands_;
};

class If final : public Expression {
 public:
  If(Place place, ExpressionPtr condition, ExpressionPtr then, ExpressionPtr otherwise)
      : Expression(place),
        condition_(std::move(condition)),
        then_(std::move(then)),
        otherwise_(std::move(otherwise)) {}
  Value eval(Frame& frame) const override {
    const bool truth = system_value(frame.run, condition_->eval(frame)).is_true();
    return (truth ? then_ : otherwise_)->eval(frame);
  }

 private:
  ExpressionPtr condition_, then_, otherwise_;
};

class Case final : public Expression {
 public:
  struct Branch {
    ExpressionPtr when, then;
  };
  Case(Place place, ExpressionPtr comparand, std::vector<Branch> branches, ExpressionPtr otherwise)
      : Expression(place),
        comparand_(std::move(comparand)),
        branches_(std::move(branches)),
        otherwise_(std::move(otherwise)) {}
  Value eval(Frame& frame) const override {
    Value comparand;
    if (comparand_) comparand = system_value(frame.run, comparand_->eval(frame));
    for (const auto& branch : branches_) {
      const Value when = system_value(frame.run, branch.when->eval(frame));
      bool hit = when.is_true();
      if (comparand_) {
        Call call = frame.run.call();
        hit = equal(call, comparand, when).is_true();
      }
      if (hit) return branch.then->eval(frame);
    }
    return otherwise_->eval(frame);
  }

 private:
  ExpressionPtr comparand_;
  std::vector<Branch> branches_;
  ExpressionPtr otherwise_;
};

class FirstKnown final : public Expression {
 public:
  FirstKnown(Place place, std::vector<ExpressionPtr> operands)
      : Expression(place), operands_(std::move(operands)) {}
  Value eval(Frame& frame) const override {
    for (const auto& operand : operands_) {
      const Value value = operand->eval(frame);
      if (operands_.size() == 1 && value.is(Kind::kList)) {
        for (const auto& item : value.as_list()) {
          if (!item.is_null()) return item;
        }
        return {};
      }
      if (!value.is_null()) return value;
    }
    return {};
  }

 private:
  std::vector<ExpressionPtr> operands_;
};

class MakeList final : public Expression {
 public:
  MakeList(Place place, std::vector<ExpressionPtr> items)
      : Expression(place), items_(std::move(items)) {}
  Value eval(Frame& frame) const override {
    auto out = frame.run.arena->make_array<Value>(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) out[i] = items_[i]->eval(frame);
    return Value::list(out);
  }

 private:
  std::vector<ExpressionPtr> items_;
};

class MakeTuple final : public Expression {
 public:
  MakeTuple(Place place, const TupleShape* shape, std::vector<ExpressionPtr> items)
      : Expression(place), shape_(shape), items_(std::move(items)) {}
  Value eval(Frame& frame) const override {
    auto values = frame.run.arena->make_array<Value>(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) values[i] = items_[i]->eval(frame);
    return Value::of(frame.run.arena->make<Tuple>(shape_, values.data()));
  }

 private:
  const TupleShape* shape_;
  std::vector<ExpressionPtr> items_;
};

// System.Quantity { value: ..., unit: ... } and its like.
class MakeInstance final : public Expression {
 public:
  MakeInstance(Place place, Kind kind, std::vector<std::string_view> names,
               std::vector<ExpressionPtr> items)
      : Expression(place), kind_(kind), names_(std::move(names)), items_(std::move(items)) {}
  Value eval(Frame& frame) const override {
    auto& arena = *frame.run.arena;
    const auto get = [&](std::string_view name) {
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) return system_value(frame.run, items_[i]->eval(frame));
      }
      return Value();
    };
    const auto text = [&](std::string_view name) {
      const Value value = get(name);
      return value.is(Kind::kString) ? value.as_string() : std::string_view();
    };
    if (kind_ == Kind::kQuantity) {
      const Value value = get("value");
      if (!value.is(Kind::kDecimal) && !value.is(Kind::kInteger)) return {};
      const auto number = value.is(Kind::kDecimal) ? value.as_decimal()
                                                   : base::Decimal::from_int(value.as_integer());
      const auto unit = text("unit");
      return Value::of(arena.make<Quantity>(number, unit.empty() ? std::string_view("1") : unit));
    }
    if (kind_ == Kind::kCode) {
      return Value::of(
          arena.make<Code>(text("code"), text("system"), text("version"), text("display")));
    }
    if (kind_ == Kind::kConcept) {
      std::vector<Code> codes;
      const Value list = get("codes");
      if (list.is(Kind::kList)) {
        for (const auto& item : list.as_list()) {
          if (item.is(Kind::kCode)) codes.push_back(item.as_code());
        }
      }
      auto kept = arena.make_array<Code>(codes.size());
      std::copy(codes.begin(), codes.end(), kept.begin());
      auto* out = arena.make<Concept>();
      out->codes = kept;
      out->display = text("display");
      return Value::of(out);
    }
    const Value above = get("numerator"), below = get("denominator");
    if (!above.is(Kind::kQuantity) || !below.is(Kind::kQuantity)) return {};
    return Value::of(arena.make<Ratio>(above.as_quantity(), below.as_quantity()));
  }

 private:
  Kind kind_;
  std::vector<std::string_view> names_;
  std::vector<ExpressionPtr> items_;
};

class MakeInterval final : public Expression {
 public:
  MakeInterval(Place place, ExpressionPtr low, ExpressionPtr high, ExpressionPtr low_closed,
               ExpressionPtr high_closed)
      : Expression(place),
        low_(std::move(low)),
        high_(std::move(high)),
        low_closed_(std::move(low_closed)),
        high_closed_(std::move(high_closed)) {}
  Value eval(Frame& frame) const override {
    const Value low = system_value(frame.run, low_->eval(frame));
    const Value high = system_value(frame.run, high_->eval(frame));
    const Value low_closed = low_closed_->eval(frame);
    const Value high_closed = high_closed_->eval(frame);
    // How the translator changes the points of an interval to another type: of one that is null,
    // it asks for parts that are not there.
    if (low_closed.is_null() && high_closed.is_null()) return {};
    Call call = frame.run.call();
    const Value out =
        checked_interval(call, low, low_closed.is_true(), high, high_closed.is_true());
    if (!frame.run.error.empty()) {
      std::string message = std::move(frame.run.error);
      frame.run.error.clear();
      fail(std::move(message));
    }
    return out;
  }

 private:
  ExpressionPtr low_, high_, low_closed_, high_closed_;
};

class IsType final : public Expression {
 public:
  IsType(Place place, TypeTest test, ExpressionPtr operand)
      : Expression(place), test_(std::move(test)), operand_(std::move(operand)) {}
  Value eval(Frame& frame) const override {
    const Value value = operand_->eval(frame);
    return Value::boolean(!value.is_null() && test_.matches(value));
  }

 private:
  TypeTest test_;
  ExpressionPtr operand_;
};

class AsType final : public Expression {
 public:
  AsType(Place place, TypeTest test, bool strict, ExpressionPtr operand)
      : Expression(place), test_(std::move(test)), strict_(strict), operand_(std::move(operand)) {}
  Value eval(Frame& frame) const override {
    const Value value = operand_->eval(frame);
    if (value.is_null() || test_.matches(value)) return value;
    // A System type asked of a FHIR primitive is its value.
    const Value inner = system_value(frame.run, value);
    if (!inner.is_null() && test_.matches(inner)) return inner;
    if (strict_) fail("a value of another type cannot be cast");
    return {};
  }

 private:
  TypeTest test_;
  bool strict_;
  ExpressionPtr operand_;
};

class Steps final : public Expression {
 public:
  Steps(Place place, ExpressionPtr source, std::vector<PathStep> steps)
      : Expression(place), source_(std::move(source)), steps_(std::move(steps)) {}
  Value eval(Frame& frame) const override {
    Value value = source_->eval(frame);
    for (const auto& step : steps_) value = step_into(frame.run, value, step);
    return value;
  }

 private:
  ExpressionPtr source_;
  std::vector<PathStep> steps_;
};

class Slot final : public Expression {
 public:
  Slot(Place place, std::size_t slot) : Expression(place), slot_(slot) {}
  Value eval(Frame& frame) const override { return frame.slots[slot_]; }

 private:
  std::size_t slot_;
};

class NotedStep final : public Expression {
 public:
  NotedStep(Place place, std::string_view operation, std::string_view name, ExpressionPtr bare)
      : Expression(place), operation_(operation), name_(name), bare_(std::move(bare)) {}
  Value eval(Frame& frame) const override {
    constexpr std::size_t kMostSteps = 10000;
    Run& run = frame.run;
    if (run.steps == nullptr || run.steps->size() >= kMostSteps) return bare_->eval(frame);
    const std::size_t at = run.steps->size();
    run.steps->push_back({place().library, place().locator, operation_, name_, run.step_depth});
    ++run.step_depth;
    const Value value = bare_->eval(frame);
    --run.step_depth;
    (*run.steps)[at].value = value;
    (*run.steps)[at].ended = true;
    return value;
  }

 private:
  std::string_view operation_, name_;
  ExpressionPtr bare_;
};

class SendMessage final : public Expression {
 public:
  SendMessage(Place place, std::vector<ExpressionPtr> parts)
      : Expression(place), parts_(std::move(parts)) {}
  Value eval(Frame& frame) const override {
    const Value source = parts_[0]->eval(frame);
    if (!system_value(frame.run, parts_[1]->eval(frame)).is_true()) return source;
    const auto text = [&](std::size_t i) {
      const Value value = system_value(frame.run, parts_[i]->eval(frame));
      return value.is(Kind::kString) ? std::string(value.as_string()) : std::string();
    };
    const std::string code = text(2), severity = text(3), message = text(4);
    const std::string all = (code.empty() ? "" : code + ": ") + message;
    if (severity == "Error") fail(all);
    frame.run.message(all);
    return source;
  }

 private:
  std::vector<ExpressionPtr> parts_;
};

struct PrecisionName {
  std::string_view name;
  Precision precision;
};
constexpr PrecisionName kPrecisions[] = {
    {"Year", Precision::kYear},     {"Month", Precision::kMonth},
    {"Week", Precision::kDay},      {"Day", Precision::kDay},
    {"Hour", Precision::kHour},     {"Minute", Precision::kMinute},
    {"Second", Precision::kSecond}, {"Millisecond", Precision::kMillisecond}};

// Which part of the compiler makes a node; a strict operator's has an entry.
enum class Maker : std::uint8_t {
  kConstruct,
  kLogic,
  kReference,
  kMembership,
  kScope,
  kCast,
  kNegate,
  kToDecimal,
  kProperty,
  kQuery,
  kRetrieve,
  kMessage,
  kStrict
};
struct NodeKind {
  Maker maker = Maker::kStrict;
  const OperatorEntry* entry = nullptr;
};

// Names of nodes are few and short, and every node is looked up.
struct HashOfName {
  std::size_t operator()(std::string_view name) const {
    if (name.empty()) return 0;
    const auto letter = [name](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(name[at]));
    };
    std::size_t hash = name.size();
    for (const std::size_t at : {std::size_t{0}, name.size() / 3, name.size() / 2, name.size() - 1})
      hash = hash * 33 + letter(at);
    return hash;
  }
};

NodeKind kind_of_node(std::string_view type) {
  static const auto kinds = [] {
    std::unordered_map<std::string_view, NodeKind, HashOfName> out;
    for (const auto family :
         {arithmetic_operators(), comparison_operators(), string_operators(), date_time_operators(),
          interval_operators(), list_operators(), aggregate_operators(), type_operators(),
          clinical_operators(), nullological_operators()}) {
      for (const auto& entry : family) out[entry.elm_name].entry = &entry;
    }
    const auto add = [&out](Maker maker, std::initializer_list<std::string_view> types) {
      for (const auto name : types) out[name].maker = maker;
    };
    add(Maker::kConstruct, {"Null", "Literal", "Quantity", "Ratio", "Code", "Concept", "List",
                            "Interval", "Tuple", "Instance"});
    add(Maker::kLogic, {"If", "Case", "Coalesce", "And", "Or", "Xor", "Implies", "Not"});
    add(Maker::kReference,
        {"ExpressionRef", "FunctionRef", "ParameterRef", "OperandRef", "AliasRef", "QueryLetRef",
         "IdentifierRef", "CodeRef", "ConceptRef", "ValueSetRef", "CodeSystemRef"});
    add(Maker::kMembership,
        {"InValueSet", "AnyInValueSet", "InCodeSystem", "AnyInCodeSystem", "ExpandValueSet"});
    add(Maker::kScope, {"Sort", "Filter", "ForEach", "Current", "Total"});
    add(Maker::kCast, {"Is", "As"});
    add(Maker::kNegate, {"Negate"});
    add(Maker::kToDecimal, {"ToDecimal"});
    add(Maker::kProperty, {"Property"});
    add(Maker::kQuery, {"Query"});
    add(Maker::kRetrieve, {"Retrieve"});
    add(Maker::kMessage, {"Message"});
    return out;
  }();
  const auto at = kinds.find(type);
  return at == kinds.end() ? NodeKind() : at->second;
}

// Operands that stand under names of their own, in the order the operators take them.
std::vector<const char*> named_operands(std::string_view type) {
  if (type == "Date") return {"year", "month", "day"};
  if (type == "Time") return {"hour", "minute", "second", "millisecond"};
  if (type == "DateTime") {
    return {"year", "month", "day", "hour", "minute", "second", "millisecond", "timezoneOffset"};
  }
  if (type == "Combine") return {"source", "separator"};
  if (type == "Split") return {"stringToSplit", "separator"};
  if (type == "SplitOnMatches") return {"stringToSplit", "separatorPattern"};
  if (type == "Substring") return {"stringToSub", "startIndex", "length"};
  if (type == "PositionOf" || type == "LastPositionOf") return {"pattern", "string"};
  if (type == "IndexOf") return {"source", "element"};
  if (type == "Slice") return {"source", "startIndex", "endIndex"};
  if (type == "Round") return {"operand", "precision"};
  return {};
}

}  // namespace

ExpressionPtr Compiler::constant(const Json& node, const Value& value) {
  return make_node<Constant>(arena_, place_of(node), value);
}

ExpressionPtr Compiler::child(const Json& node, const base::MemberName& key) {
  Json inner;
  return node[key].into(inner) ? expression(inner) : constant(node, Value());
}

std::vector<ExpressionPtr> Compiler::operands(const Json& node) {
  std::vector<ExpressionPtr> out;
  Json operand;
  if (node["operand"].into(operand)) {
    if (!operand.is_list()) {
      out.push_back(expression(operand));
      return out;
    }
    const std::size_t count = operand.size();
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) out.push_back(expression(operand.at(i)));
    return out;
  }
  if (has(node, "source")) out.push_back(child(node, "source"));
  return out;
}

std::optional<Quantity> Compiler::quantity_of(const Json& node) {
  Json number;
  if (!node["value"].into(number)) return std::nullopt;
  const auto value = base::Decimal::parse(number.written());
  if (!value) return std::nullopt;
  std::string_view unit = text_at(node, "unit");
  return Quantity{*value, unit.empty() ? std::string_view("1") : unit};
}

// Floor(2147483648): digits that no Integer holds, where a Decimal is wanted, are that Decimal.
std::optional<base::Decimal> Compiler::wide_literal(const Json& conversion) {
  Json number;
  if (!conversion["operand"].into(number)) return std::nullopt;
  const bool negated = text_at(number, "type") == "Negate";
  if (negated && !number["operand"].into(number)) return std::nullopt;
  if (!text_at(number, "valueType").ends_with("}Integer")) return std::nullopt;
  const auto value =
      base::Decimal::parse((negated ? "-" : "") + std::string(text_at(number, "value")));
  if (!value) return std::nullopt;
  const auto whole = value->truncate_to_int64();
  const bool fits = whole && *whole <= INT32_MAX && *whole >= INT32_MIN;
  return fits ? std::nullopt : value;
}

Value Compiler::literal(const Json& node, bool negated) {
  auto& arena = arena_;
  auto type = text_at(node, "valueType");
  type = type.substr(type.find('}') + 1);
  std::string_view text = text_at(node, "value");
  if (type == "Boolean" && !negated) return Value::boolean(text == "true");
  if (type == "String" && !negated) return Value::string(text);
  if (text.ends_with('L')) text.remove_suffix(1);
  // The sign belongs to the number: the least Integer has no positive counterpart.
  const std::string digits = (negated ? "-" : "") + std::string(text);
  const auto point = digits.find('.');
  const bool fits =
      point == std::string::npos || digits.size() - point - 1 <= base::Decimal::kMaxScale;
  const auto number = fits ? base::Decimal::parse(digits) : std::nullopt;
  const auto whole = number ? number->truncate_to_int64() : std::nullopt;
  if (type == "Integer" && whole && *whole <= INT32_MAX && *whole >= INT32_MIN) {
    return Value::integer(static_cast<std::int32_t>(*whole));
  }
  if (type == "Long" && whole) return Value::long_integer(*whole);
  if (type == "Decimal" && number) return Value::decimal(arena, *number);
  problem(node, "literal '" + digits + "' is no " + std::string(type));
  return Value();
}

std::optional<Value> Compiler::literals(const Json& list) {
  std::vector<Value> values;
  bool all = true;
  each(list, "element", [&](const Json& item) {
    all = all && text_at(item, "type") == "Literal";
    if (all) values.push_back(literal(item));
  });
  if (!all) return std::nullopt;
  return constant_list(arena_, values);
}

std::optional<Value> Compiler::split_literal(const Json& node) {
  Json text;
  Json separator;
  if (!node["stringToSplit"].into(text) || !node["separator"].into(separator) ||
      text_at(text, "type") != "Literal" || text_at(separator, "type") != "Literal") {
    return std::nullopt;
  }
  const Value whole = literal(text);
  const Value mark = literal(separator);
  if (!whole.is(Kind::kString) || !mark.is(Kind::kString)) return std::nullopt;
  words_.reset();
  return constant_list(arena_, ops::split(words_, whole.as_string(), mark.as_string()));
}

ExpressionPtr Compiler::construct(const Json& node, std::string_view type) {
  auto& arena = arena_;
  if (type == "Null") return constant(node, Value());
  if (type == "Literal") return constant(node, literal(node));
  if (type == "Quantity") {
    const auto quantity = quantity_of(node);
    if (!quantity) problem(node, "a quantity without a number");
    return constant(node, quantity ? Value::of(arena.make<Quantity>(*quantity)) : Value());
  }
  if (type == "Ratio") {
    Json above, below;
    if (!node["numerator"].into(above) || !node["denominator"].into(below)) {
      problem(node, "a ratio without its parts");
      return constant(node, Value());
    }
    const auto top = quantity_of(above), bottom = quantity_of(below);
    if (!top || !bottom) return constant(node, Value());
    return constant(node, Value::of(arena.make<Ratio>(*top, *bottom)));
  }
  if (type == "Code") {
    auto* code = arena.make<Code>();
    code->code = arena.copy(text_at(node, "code"));
    code->display = arena.copy(text_at(node, "display"));
    Json system;
    if (node["system"].into(system)) {
      if (const auto* found = value_set_named(system, true)) code->system = found->url;
    }
    return constant(node, Value::of(code));
  }
  if (type == "Concept") {
    std::vector<Code> codes;
    each(node, "code", [&](const Json& item) {
      Code code;
      code.code = arena.copy(text_at(item, "code"));
      code.display = arena.copy(text_at(item, "display"));
      Json system;
      if (item["system"].into(system)) {
        if (const auto* found = value_set_named(system, true)) code.system = found->url;
      }
      codes.push_back(code);
    });
    auto kept = arena.make_array<Code>(codes.size());
    std::copy(codes.begin(), codes.end(), kept.begin());
    auto* out = arena.make<Concept>();
    out->codes = kept;
    out->display = arena.copy(text_at(node, "display"));
    return constant(node, Value::of(out));
  }
  if (type == "List") {
    if (const auto values = literals(node)) return constant(node, *values);
    std::vector<ExpressionPtr> items;
    each(node, "element", [&](const Json& item) { items.push_back(expression(item)); });
    return make_node<MakeList>(arena_, place_of(node), std::move(items));
  }
  if (type == "Interval") {
    const auto closed = [&](std::string_view flag, std::string_view key) -> ExpressionPtr {
      if (has(node, key)) return child(node, key);
      return constant(node, Value::boolean(flag_at(node, flag, true)));
    };
    return make_node<MakeInterval>(arena_, place_of(node), child(node, "low"), child(node, "high"),
                                   closed("lowClosed", "lowClosedExpression"),
                                   closed("highClosed", "highClosedExpression"));
  }
  // Tuple and Instance
  std::vector<std::string_view> names;
  std::vector<ExpressionPtr> items;
  each(node, "element", [&](const Json& item) {
    names.push_back(arena.copy(text_at(item, "name")));
    items.push_back(child(item, "value"));
  });
  if (type == "Instance") {
    const TypeTest made = type_test_named(node, text_at(node, "classType"));
    if (made.what == TypeTest::What::kSystem) {
      constexpr Kind kMade[] = {Kind::kQuantity, Kind::kRatio, Kind::kCode, Kind::kConcept};
      if (std::find(std::begin(kMade), std::end(kMade), made.kind) == std::end(kMade)) {
        problem(node, "no instance of " + std::string(text_at(node, "classType")) + " can be made");
      }
      return make_node<MakeInstance>(arena_, place_of(node), made.kind, std::move(names),
                                     std::move(items));
    }
    if (made.fhir == fhir::kNoType) return constant(node, Value());  // a problem already
    for (const auto& name : names) {
      const bool known =
          fhir::element_of(made.fhir, name) || (name == "value" && fhir::is_primitive(made.fhir));
      if (!known) problem(node, "FHIR has no element '" + std::string(name) + "' here");
    }
    return make_fhir_instance(arena_, place_of(node), made.fhir, std::move(names),
                              std::move(items));
  }
  auto kept = arena.make_array<std::string_view>(names.size());
  std::copy(names.begin(), names.end(), kept.begin());
  auto* shape = arena.make<TupleShape>();
  shape->names = kept;
  return make_node<MakeTuple>(arena_, place_of(node), shape, std::move(items));
}

ExpressionPtr Compiler::logic(const Json& node, std::string_view type) {
  if (type == "If") {
    return make_node<If>(arena_, place_of(node), child(node, "condition"), child(node, "then"),
                         child(node, "else"));
  }
  if (type == "Case") {
    std::vector<Case::Branch> branches;
    ExpressionPtr comparand;
    if (has(node, "comparand")) comparand = child(node, "comparand");
    each(node, "caseItem", [&](const Json& item) {
      branches.push_back({child(item, "when"), child(item, "then")});
    });
    return make_node<Case>(arena_, place_of(node), std::move(comparand), std::move(branches),
                           child(node, "else"));
  }
  if (type == "Coalesce") return make_node<FirstKnown>(arena_, place_of(node), operands(node));
  const auto what = type == "And"       ? Logic::Operator::kAnd
                    : type == "Or"      ? Logic::Operator::kOr
                    : type == "Xor"     ? Logic::Operator::kXor
                    : type == "Implies" ? Logic::Operator::kImplies
                                        : Logic::Operator::kNot;
  auto list = operands(node);
  if (list.size() != (what == Logic::Operator::kNot ? 1 : 2)) {
    problem(node, std::string(type) + " with " + std::to_string(list.size()) + " operands");
    return constant(node, Value());
  }
  return make_node<Logic>(arena_, place_of(node), what, std::move(list));
}

ExpressionPtr Compiler::cast(const Json& node, std::string_view type) {
  TypeTest test;
  Json specifier;
  const bool asks = type == "Is";
  if ((asks ? node["isTypeSpecifier"] : node["asTypeSpecifier"]).into(specifier)) {
    test = type_test(specifier);
  } else {
    test = type_test_named(node, asks ? text_at(node, "isType") : text_at(node, "asType"));
  }
  // A value set or code system made in place has no content, so that nothing but its type is known.
  Json made;
  if (type == "Is" && node["operand"].into(made) && text_at(made, "type") == "Instance") {
    const Kind kind = type_test_named(made, text_at(made, "classType")).kind;
    if (kind == Kind::kValueSet || kind == Kind::kCodeSystem) {
      static const ValueSet kEmpty;
      return constant(node, Value::boolean(test.matches(Value::of(&kEmpty, kind))));
    }
  }
  auto list = operands(node);
  if (list.size() != 1) {
    problem(node, std::string(type) + " needs one operand");
    return constant(node, Value());
  }
  if (type == "Is")
    return make_node<IsType>(arena_, place_of(node), std::move(test), std::move(list[0]));
  return make_node<AsType>(arena_, place_of(node), std::move(test), flag_at(node, "strict", false),
                           std::move(list[0]));
}

ExpressionPtr Compiler::property(const Json& node) {
  auto steps = steps_of(text_at(node, "path"), arena_);
  ExpressionPtr source;
  if (const auto alias = text_at(node, "scope"); !alias.empty()) {
    const auto slot = find_slot(alias);
    if (!slot) {
      problem(node, "nothing is called '" + std::string(alias) + "' here");
      return constant(node, Value());
    }
    source = make_node<Slot>(arena_, place_of(node), *slot);
  } else {
    source = child(node, "source");
  }
  return make_node<Steps>(arena_, place_of(node), std::move(source), std::move(steps));
}

namespace {

// null as the author wrote it, without a type of its own.
bool is_written_null(const Json& node) {
  const auto type = text_at(node, "type");
  if (type == "Null") return true;
  Json inside;
  return type == "As" && has(node, "asType") && node["operand"].into(inside) &&
         inside.is_object() && text_at(inside, "type") == "Null";
}

// Operators to which a null means something else when it stands for a list.
bool asks_kind(std::string_view type) {
  return type == "In" || type == "Contains" || type == "Includes" || type == "IncludedIn" ||
         type == "Length";
}

}  // namespace

// The first that is known; kNull also where a written null may be a whole list.
Kind Compiler::kind_of_operands(const Json& node, std::string_view type) const {
  Kind known = Kind::kNull;
  bool null_written = false;
  const auto look = [&](const Json& operand) {
    if (is_written_null(operand)) null_written = true;
    if (known == Kind::kNull) known = static_kind(operand);
  };
  Json operand;
  if (node["operand"].into(operand)) {
    if (operand.is_list()) {
      each(node, "operand", look);
    } else {
      look(operand);
    }
  }
  // `null included in X` is translated to In.
  return null_written && (type == "In" || type == "Contains") ? Kind::kNull : known;
}

// Empty when the pattern is not written out, is not valid for certain or needs nothing known.
ExpressionPtr Compiler::matches_literal(const Json& node) {
  const Json both = node["operand"];
  if (both.size() != 2 || text_at(both.at(1), "type") != "Literal") return {};
  const Value pattern = literal(both.at(1));
  if (!pattern.is(Kind::kString) || pattern.as_string().size() > ops::kLongestPattern) return {};
  const auto needs = ops::needs_of(pattern.as_string());
  if (!needs.sound || needs.texts.empty()) return {};
  return make_node<MatchesLiteral>(arena_, place_of(node), expression(both.at(0)), pattern, needs);
}

ExpressionPtr Compiler::strict(const Json& node, std::string_view type) {
  const OperatorEntry* entry = kind_of_node(type).entry;
  if (entry == nullptr) {
    problem(node, "ELM node '" + std::string(type) + "' is not known");
    return constant(node, Value());
  }
  // A list of words may be written so; it is the same in every evaluation.
  if (type == "Split") {
    if (const auto words = split_literal(node)) return constant(node, *words);
  }
  if (type == "Matches") {
    if (auto matches = matches_literal(node)) return matches;
  }
  NodeOptions options;
  if (const auto name = text_at(node, "precision"); !name.empty()) {
    for (const auto& precision : kPrecisions) {
      if (precision.name != name) continue;
      options.has_precision = true;
      options.precision = precision.precision;
    }
    options.is_week = name == "Week";
    options.component = name;
  }
  std::vector<ExpressionPtr> list;
  const auto names = named_operands(type);
  if (!names.empty()) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (has(node, names[i])) last = i + 1;
    }
    for (std::size_t i = 0; i < last; ++i) list.push_back(child(node, names[i]));
  } else {
    list = operands(node);
  }
  if (type == "ToString") {
    Json operand;
    options.without_offset = node["operand"].into(operand) &&
                             text_at(operand, "type") == "DateTime" &&
                             !has(operand, "timezoneOffset");
  }
  if (type == "MinValue" || type == "MaxValue") {
    options.point = type_test_named(node, text_at(node, "valueType")).kind;
  }
  if (asks_kind(type)) options.operand = kind_of_operands(node, type);
  if (type == "Convert" || type == "CanConvert") {
    Json specifier;
    const std::string target = node["toTypeSpecifier"].into(specifier)
                                   ? type_text(specifier)
                                   : type_text_at(node, "toType", "toTypeSpecifier");
    options.as_type = arena_.copy(target.substr(target.find('.') + 1));
  }
  const auto count = static_cast<int>(list.size());
  if (count < entry->min_operands || (entry->max_operands >= 0 && count > entry->max_operands &&
                                      entry->max_operands >= entry->min_operands)) {
    problem(node, std::string(type) + " with " + std::to_string(count) + " operands");
    return constant(node, Value());
  }
  return make_strict(arena_, place_of(node), entry->run, options, std::move(list),
                     type == "IsNull" || type == "ToList");
}

ExpressionPtr Compiler::expression(const Json& node) {
  auto bare = bare_expression(node);
  if (!program_.with_steps) return bare;
  // Literals say what they are, and aliases what was said before; what the translator put in has
  // no place in the text.
  constexpr std::string_view kSilent[] = {"Literal", "Null", "AliasRef", "OperandRef",
                                          "QueryLetRef"};
  const auto type = text_at(node, "type");
  if (text_at(node, "locator").empty() ||
      std::find(std::begin(kSilent), std::end(kSilent), type) != std::end(kSilent)) {
    return bare;
  }
  return make_node<NotedStep>(arena_, place_of(node), type, text_at(node, "name"), std::move(bare));
}

ExpressionPtr Compiler::bare_expression(const Json& node) {
  ++nodes_;
  const auto type = text_at(node, "type");
  switch (kind_of_node(type).maker) {
    case Maker::kConstruct:
      return construct(node, type);
    case Maker::kLogic:
      return logic(node, type);
    case Maker::kReference:
      return reference(node, type);
    case Maker::kMembership:
      return membership(node, type);
    case Maker::kScope:
      return sort_and_scope(node, type);
    case Maker::kCast:
      return cast(node, type);
    case Maker::kNegate: {
      Json number;
      if (node["operand"].into(number) && text_at(number, "type") == "Literal") {
        return constant(node, literal(number, true));
      }
      return strict(node, type);
    }
    case Maker::kToDecimal: {
      const auto wide = wide_literal(node);
      return wide ? constant(node, Value::decimal(arena_, *wide)) : strict(node, type);
    }
    case Maker::kProperty:
      return property(node);
    case Maker::kQuery:
      loops_ = true;
      return query(node);
    case Maker::kRetrieve:
      return retrieve(node);
    case Maker::kMessage: {
      if (user_) speakers_.push_back(*user_);
      std::vector<ExpressionPtr> parts;
      for (const std::string_view key : {"source", "condition", "code", "severity", "message"}) {
        parts.push_back(child(node, key));
      }
      return make_node<SendMessage>(arena_, place_of(node), std::move(parts));
    }
    case Maker::kStrict:
      break;
  }
  return strict(node, type);
}

}  // namespace nidus::cql
