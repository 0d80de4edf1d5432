// SPDX-License-Identifier: Apache-2.0
//
// Steps of a path: FHIR elements, tuple elements and the parts of System types; and the System
// value of a FHIR primitive.
#include <algorithm>

#include "cql/node.h"

namespace nidus::cql {

// How a step reads elements of one FHIR type.
struct StepForm {
  fhir::TypeId owner = fhir::kNoType;
  bool primitive = false;     // one of its spellings is: it may have a sibling
  bool any_resource = false;  // the resource itself says what it is (contained)
  std::span<const fhir::Spelling> spellings;
  std::uint64_t likely = 0;  // a bit for each spelling: most members are told apart by it
  const StepForm* next = nullptr;
  // Where a member stood last and how it was spelled: senders write the same again and again.
  struct Hint {
    std::uint16_t position = 0;
    std::uint16_t spelling = 0;
  };
  mutable std::atomic<Hint> hint = Hint{};

  static std::uint64_t bit_of(fhir::NameId name) { return std::uint64_t{1} << (name & 63u); }
};

// Types are few at any one step, and met again and again: each is looked up once, by whichever
// thread comes first, and then only read.
class StepForms {
 public:
  StepForms() = default;
  StepForms(const StepForms&) = delete;
  StepForms& operator=(const StepForms&) = delete;
  ~StepForms() {
    for (const StepForm* form = first_.load(); form != nullptr;) {
      const StepForm* next = form->next;
      delete form;
      form = next;
    }
  }

  const StepForm& of(fhir::TypeId owner, std::string_view name) {
    const StepForm* first = first_.load(std::memory_order_acquire);
    for (const StepForm* form = first; form != nullptr; form = form->next) {
      if (form->owner == owner) return *form;
    }
    auto learned = std::make_unique<StepForm>();
    learned->owner = owner;
    if (const auto model = fhir::element_of(owner, name)) {
      static const fhir::TypeId kResource = fhir::type_id("Resource");
      learned->spellings = model->spellings;
      for (const fhir::Spelling& spelling : model->spellings) {
        learned->primitive |= fhir::is_primitive(spelling.type);
        learned->any_resource |= spelling.type == kResource;
        learned->likely |= StepForm::bit_of(spelling.json_name);
      }
    }
    // Two threads may learn the same type; both entries say the same.
    learned->next = first;
    while (!first_.compare_exchange_weak(learned->next, learned.get(), std::memory_order_acq_rel)) {
    }
    return *learned.release();
  }

 private:
  std::atomic<const StepForm*> first_ = nullptr;
};

namespace {

using fhir::Node;

struct PrimitiveTypes {
  fhir::TypeId boolean = fhir::type_id("boolean");
  fhir::TypeId integer = fhir::type_id("integer");
  fhir::TypeId positive = fhir::type_id("positiveInt");
  fhir::TypeId unsigned_ = fhir::type_id("unsignedInt");
  fhir::TypeId decimal = fhir::type_id("decimal");
  fhir::TypeId date = fhir::type_id("date");
  fhir::TypeId date_time = fhir::type_id("dateTime");
  fhir::TypeId instant = fhir::type_id("instant");
  fhir::TypeId time = fhir::type_id("time");
};

const PrimitiveTypes kTypes;
const fhir::NameId kValueName = fhir::name_id("value");

template <class Parsed, class Make>
Value made(const std::optional<Parsed>& parsed, const Make& make) {
  return parsed ? make(*parsed) : Value();
}

// A primitive that has both a value and extensions: one object with the member `value` beside them.
const Node* with_sibling(Run& run, const Node* scalar, const Node* sibling) {
  if (sibling == nullptr || sibling->kind != Node::Kind::kObject) return scalar;
  if (scalar == nullptr || scalar->kind == Node::Kind::kNull) return sibling;
  const auto members = sibling->items();
  const auto children = run.arena->make_array<Node>(members.size() + 1);
  children[0] = *scalar;
  children[0].name = kValueName;
  std::copy(members.begin(), members.end(), children.begin() + 1);
  auto* merged = run.arena->make<Node>();
  merged->kind = Node::Kind::kObject;
  merged->name = scalar->name;
  merged->size = static_cast<std::uint32_t>(children.size());
  merged->children = children.data();
  return merged;
}

fhir::TypeId resource_type(const Node& node, fhir::TypeId otherwise) {
  static const fhir::NameId kResourceType = fhir::name_id("resourceType");
  const Node* type = node.find(kResourceType);
  return type == nullptr ? otherwise : fhir::type_id(type->str());
}

Value one(Run& run, const StepForm& form, fhir::TypeId type, const Node* node,
          const Node* sibling) {
  const Node* merged = with_sibling(run, node, sibling);
  if (merged == nullptr || merged->kind == Node::Kind::kNull) return {};
  return Value::element(merged, form.any_resource ? resource_type(*merged, type) : type);
}

Value many(Run& run, const StepForm& form, fhir::TypeId type, const Node* array,
           const Node* siblings) {
  const auto items = array == nullptr ? std::span<const Node>() : array->items();
  const auto extras = siblings == nullptr ? std::span<const Node>() : siblings->items();
  const auto out = run.arena->make_array<Value>(std::max(items.size(), extras.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = one(run, form, type, i < items.size() ? &items[i] : nullptr,
                 i < extras.size() ? &extras[i] : nullptr);
  }
  return Value::list(out);
}

Value member_of(Run& run, const Node& node, const StepForm& form) {
  const auto members = node.items();
  const bool alone = !form.primitive || node.plain;  // no sibling to look for
  const auto hint = form.hint.load(std::memory_order_relaxed);
  if (alone && hint.position < members.size() && hint.spelling < form.spellings.size()) {
    const Node& member = members[hint.position];
    const fhir::Spelling& spelling = form.spellings[hint.spelling];
    if (member.name == spelling.json_name) {
      if (member.kind == Node::Kind::kArray) {
        return many(run, form, spelling.type, &member, nullptr);
      }
      if (member.kind == Node::Kind::kNull) return {};
      return Value::element(
          &member, form.any_resource ? resource_type(member, spelling.type) : spelling.type);
    }
  }
  const Node* found = nullptr;
  const Node* sibling = nullptr;
  fhir::TypeId type = fhir::kNoType;
  for (const Node& member : members) {
    if ((form.likely & StepForm::bit_of(member.name)) == 0) continue;
    for (const fhir::Spelling& spelling : form.spellings) {
      if (member.name == spelling.json_name) {
        found = &member;
        type = spelling.type;
        // Beyond the first 65,536 members a hint leads astray, which costs a search.
        form.hint.store({static_cast<std::uint16_t>(&member - members.data()),
                         static_cast<std::uint16_t>(&spelling - form.spellings.data())},
                        std::memory_order_relaxed);
        break;
      }
      if (form.primitive && member.name == fhir::sibling_name(spelling.json_name)) {
        sibling = &member;
        if (found == nullptr) type = spelling.type;
        break;
      }
    }
    if (found != nullptr && (alone || sibling != nullptr)) break;
  }
  if (found == nullptr && sibling == nullptr) return {};
  const Node* either = found != nullptr ? found : sibling;
  if (either->kind == Node::Kind::kArray) return many(run, form, type, found, sibling);
  return one(run, form, type, found, sibling);
}

Value text_or_null(std::string_view text) { return text.empty() ? Value() : Value::string(text); }

Value part_of(const Code& code, std::string_view name) {
  if (name == "code") return text_or_null(code.code);
  if (name == "system") return text_or_null(code.system);
  if (name == "version") return text_or_null(code.version);
  if (name == "display") return text_or_null(code.display);
  return {};
}

Value part_of(const Interval& interval, std::string_view name) {
  if (name == "low") return interval.low;
  if (name == "high") return interval.high;
  if (name == "lowClosed") return Value::boolean(interval.low_closed);
  if (name == "highClosed") return Value::boolean(interval.high_closed);
  return {};
}

Value codes_of(Run& run, const Concept& concept_value) {
  const auto out = run.arena->make_array<Value>(concept_value.codes.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = Value::of(&concept_value.codes[i]);
  return Value::list(out);
}

Value part_of_system(Run& run, const Value& source, std::string_view name) {
  switch (source.kind()) {
    case Kind::kTuple:
      return source.as_tuple().get(name);
    case Kind::kQuantity:
      if (name == "value") return Value::decimal(*run.arena, source.as_quantity().value);
      return name == "unit" ? text_or_null(source.as_quantity().unit) : Value();
    case Kind::kCode:
      return part_of(source.as_code(), name);
    case Kind::kConcept:
      if (name == "display") return text_or_null(source.as_concept().display);
      return name == "codes" ? codes_of(run, source.as_concept()) : Value();
    case Kind::kRatio:
      if (name == "numerator") return Value::of(&source.as_ratio().numerator);
      return name == "denominator" ? Value::of(&source.as_ratio().denominator) : Value();
    case Kind::kInterval:
      return part_of(source.as_interval(), name);
    case Kind::kValueSet:
    case Kind::kCodeSystem:
      if (name == "id") return text_or_null(source.as_value_set().url);
      if (name == "version") return text_or_null(source.as_value_set().version);
      return name == "name" ? text_or_null(source.as_value_set().name) : Value();
    default:
      return {};
  }
}

Value step_into_list(Run& run, std::span<const Value> items, const PathStep& step) {
  base::ArenaList<Value> out(*run.arena);
  for (const Value& item : items) {
    const Value inner = step_into(run, item, step);
    if (inner.is(Kind::kList)) {
      for (const Value& one : inner.as_list()) out.push_back(one);
    } else if (!inner.is_null()) {
      out.push_back(inner);
    }
  }
  return Value::list(out.items());
}

}  // namespace

PathStep::PathStep(std::string_view name, base::Arena& arena)
    : name_(arena.copy(name)), is_value_(name == "value"), forms_(std::make_unique<StepForms>()) {}
PathStep::PathStep(PathStep&&) noexcept = default;
PathStep& PathStep::operator=(PathStep&&) noexcept = default;
PathStep::~PathStep() = default;

std::vector<PathStep> steps_of(std::string_view path, base::Arena& arena) {
  std::vector<PathStep> out;
  while (!path.empty()) {
    const auto dot = path.find('.');
    out.emplace_back(path.substr(0, dot), arena);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return out;
}

Value step_into(Run& run, const Value& source, const PathStep& step) {
  switch (source.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kElement: {
      const fhir::TypeId type = source.element_type();
      if (step.is_value() && fhir::is_primitive(type)) return system_value(run, source);
      return member_of(run, *source.as_node(), step.forms().of(type, step.name()));
    }
    case Kind::kList:
      return step_into_list(run, source.as_list(), step);
    case Kind::kTuple:
    case Kind::kQuantity:
      return part_of_system(run, source, step.name());
    default:
      // A System value already taken out of its primitive: ".value" of it is itself.
      return step.is_value() ? source : part_of_system(run, source, step.name());
  }
}

Value primitive_value(Run& run, const fhir::Node& node, fhir::TypeId type) {
  if (node.kind == Node::Kind::kObject) {
    const Node* scalar = node.find(kValueName);
    return scalar == nullptr ? Value() : primitive_value(run, *scalar, type);
  }
  const std::string_view text = node.str();
  switch (node.kind) {
    case Node::Kind::kBoolean:
      return Value::boolean(text == "true");
    case Node::Kind::kNumber: {
      const auto number = base::Decimal::parse(text);
      if (!number) return {};
      if (type != kTypes.integer && type != kTypes.positive && type != kTypes.unsigned_) {
        return Value::decimal(*run.arena, *number);
      }
      const auto whole = number->truncate_to_int64();
      if (!whole || *whole > INT32_MAX || *whole < INT32_MIN) return {};
      return Value::integer(static_cast<std::int32_t>(*whole));
    }
    case Node::Kind::kString:
      if (type == kTypes.date_time || type == kTypes.instant) {
        return made(base::parse_date_time(text), Value::date_time);
      }
      if (type == kTypes.date) return made(base::parse_date(text), Value::date);
      if (type == kTypes.time) return made(base::parse_time(text), Value::time);
      return Value::string(text);
    default:
      return {};
  }
}

Value element_value(Run& run, const Value& element) {
  if (!fhir::is_primitive(element.element_type())) return element;
  return primitive_value(run, *element.as_node(), element.element_type());
}

}  // namespace nidus::cql
