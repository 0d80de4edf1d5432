// SPDX-License-Identifier: Apache-2.0
#include "cql/compile.h"

#include <algorithm>

#include "cql/versioned_url.h"

namespace nidus::cql {

namespace {

// "{http://hl7.org/fhir}Quantity" -> "FHIR.Quantity", "{urn:hl7-org:elm-types:r1}Any" ->
// "System.Any".
std::string short_type(std::string_view qualified) {
  const auto close = qualified.find('}');
  if (close == std::string_view::npos) return std::string(qualified);
  const auto model = qualified.substr(1, close - 1);
  const auto name = qualified.substr(close + 1);
  return (model == "http://hl7.org/fhir" ? "FHIR." : "System.") + std::string(name);
}

Kind kind_named(std::string_view name) {
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"Boolean", Kind::kBoolean},   {"Integer", Kind::kInteger},
      {"Long", Kind::kLong},         {"Decimal", Kind::kDecimal},
      {"String", Kind::kString},     {"Date", Kind::kDate},
      {"DateTime", Kind::kDateTime}, {"Time", Kind::kTime},
      {"Quantity", Kind::kQuantity}, {"Ratio", Kind::kRatio},
      {"Code", Kind::kCode},         {"Concept", Kind::kConcept},
      {"ValueSet", Kind::kValueSet}, {"CodeSystem", Kind::kCodeSystem}};
  const auto at = std::find_if(std::begin(kKinds), std::end(kKinds),
                               [name](const auto& kind) { return kind.first == name; });
  return at == std::end(kKinds) ? Kind::kNull : at->second;
}

// "{urn:hl7-org:elm-types:r1}Boolean" -> kBoolean; kNull for a type of another model.
Kind kind_of_type(std::string_view qualified) {
  constexpr std::string_view kSystem = "{urn:hl7-org:elm-types:r1}";
  return qualified.starts_with(kSystem) ? kind_named(qualified.substr(kSystem.size()))
                                        : Kind::kNull;
}

// What earlier CQL called Population.
bool is_unfiltered(std::string_view context) {
  return context == "Unfiltered" || context == "Population";
}

template <class Visit>
void each_in(const Json& root, const base::MemberName& name, const Visit& visit) {
  Json library;
  Json part;
  if (!root["library"].into(library)) return;
  if (library[name].into(part)) each(part, "def", visit);
}

}  // namespace

Place Compiler::place_of(const Json& node) {
  return {current_ == nullptr ? std::uint16_t{0} : current_->index, text_at(node, "locator")};
}

void Compiler::problem(const Json& node, const std::string& text) {
  const auto locator = text_at(node, "locator");
  problems_.insert(current_->name + (locator.empty() ? "" : " " + std::string(locator)) + ": " +
                   text);
}

std::string Compiler::type_text(const Json& specifier) const {
  const auto type = text_at(specifier, "type");
  Json inner;
  if (type == "NamedTypeSpecifier") return short_type(text_at(specifier, "name"));
  if (type == "ListTypeSpecifier" && specifier["elementType"].into(inner)) {
    return "List<" + type_text(inner) + ">";
  }
  if (type == "IntervalTypeSpecifier" && specifier["pointType"].into(inner)) {
    return "Interval<" + type_text(inner) + ">";
  }
  std::string out(type == "ChoiceTypeSpecifier" ? "Choice<" : "Tuple{");
  each(specifier, type == "ChoiceTypeSpecifier" ? "choice" : "element", [&](const Json& part) {
    Json element;
    if (part["elementType"].into(element)) {
      out += std::string(text_at(part, "name")) + ":" + type_text(element) + ",";
    } else {
      out += type_text(part) + ",";
    }
  });
  return out + ">";
}

std::string Compiler::type_text_at(const Json& node, const base::MemberName& name,
                                   const base::MemberName& specifier) const {
  Json inner;
  if (node[specifier].into(inner)) return type_text(inner);
  return short_type(text_at(node, name));
}

Kind static_kind(const Json& node) {
  Json specifier;
  if (node["resultTypeSpecifier"].into(specifier)) {
    const auto type = text_at(specifier, "type");
    if (type == "ListTypeSpecifier") return Kind::kList;
    if (type == "IntervalTypeSpecifier") return Kind::kInterval;
    if (type == "TupleTypeSpecifier") return Kind::kTuple;
    return type == "NamedTypeSpecifier" ? kind_of_type(text_at(specifier, "name")) : Kind::kNull;
  }
  // Nodes the translator inserts have no type of their own: look at what they make.
  const auto type = text_at(node, "type");
  if (type == "As" || type == "Is") {
    Json as;
    if (node["asTypeSpecifier"].into(as)) {
      const auto inner = text_at(as, "type");
      if (inner == "ListTypeSpecifier") return Kind::kList;
      if (inner == "IntervalTypeSpecifier") return Kind::kInterval;
    }
  }
  if (type == "ToList" || type == "List") return Kind::kList;
  if (type == "Interval") return Kind::kInterval;
  return kind_of_type(text_at(node, "resultTypeName"));
}

TypeTest Compiler::type_test_named(const Json& node, std::string_view qualified) {
  TypeTest out;
  const auto name = short_type(qualified);
  if (name.starts_with("FHIR.")) {
    out.what = TypeTest::What::kFhir;
    out.fhir = fhir::type_id(std::string_view(name).substr(5));
    if (out.fhir == fhir::kNoType) problem(node, "FHIR R4 has no type '" + name + "'");
    return out;
  }
  if (name == "System.Any") return out;
  if (name == "System.Vocabulary") {
    out.what = TypeTest::What::kChoice;
    for (const Kind kind : {Kind::kValueSet, Kind::kCodeSystem}) {
      TypeTest& one = out.choices.emplace_back();
      one.what = TypeTest::What::kSystem;
      one.kind = kind;
    }
    return out;
  }
  out.what = TypeTest::What::kSystem;
  out.kind = kind_named(std::string_view(name).substr(name.find('.') + 1));
  if (out.kind == Kind::kNull) problem(node, "CQL has no type '" + name + "'");
  return out;
}

TypeTest Compiler::type_test(const Json& specifier) {
  const auto type = text_at(specifier, "type");
  if (type == "NamedTypeSpecifier") return type_test_named(specifier, text_at(specifier, "name"));
  TypeTest out;
  Json inner;
  if (type == "ListTypeSpecifier") {
    out.what = TypeTest::What::kList;
    if (specifier["elementType"].into(inner)) out.choices = {type_test(inner)};
  } else if (type == "IntervalTypeSpecifier") {
    out.what = TypeTest::What::kInterval;
    if (specifier["pointType"].into(inner)) out.choices = {type_test(inner)};
  } else if (type == "TupleTypeSpecifier") {
    out.what = TypeTest::What::kTuple;
  } else {
    out.what = TypeTest::What::kChoice;
    each(specifier, "choice", [&](const Json& part) { out.choices.push_back(type_test(part)); });
  }
  return out;
}

Compiler::Library* Compiler::library_of(const Json& node) {
  const auto alias = text_at(node, "libraryName");
  if (alias.empty()) return current_;
  const auto* include = include_of(alias);
  if (include == nullptr) {
    problem(node, "no library is included as '" + std::string(alias) + "'");
    return nullptr;
  }
  if (include->library == nullptr) {
    problem(node, "library '" + std::string(include->name) + "' is missing");
  }
  return include->library;
}

const Compilation::Include* Compiler::include_of(std::string_view alias) const {
  const auto& all = current_->includes;
  // What is packed holds the same text once.
  auto at = std::find_if(all.begin(), all.end(),
                         [&](const auto& one) { return one.alias.data() == alias.data(); });
  if (at == all.end() || at->alias != alias) {
    at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.alias == alias; });
  }
  return at == all.end() ? nullptr : &*at;
}

std::size_t Compiler::new_slot(std::string_view name) {
  scope_.emplace_back(name, slots_);
  return slots_++;
}

std::optional<std::size_t> Compiler::find_slot(std::string_view name) const {
  for (auto at = scope_.rbegin(); at != scope_.rend(); ++at) {
    if (at->first == name) return at->second;
  }
  return std::nullopt;
}

void Compiler::declare_terms(Library& library, const ValueSets& sets) {
  auto& arena = arena_;
  each_in(library.root, "codeSystems", [&](const Json& def) {
    auto* system = arena.make<ValueSet>();
    system->url = arena.copy(text_at(def, "id"));
    system->name = arena.copy(text_at(def, "name"));
    system->version = arena.copy(text_at(def, "version"));
    library.code_systems.emplace(std::string(system->name), system);
  });
  each_in(library.root, "valueSets", [&](const Json& def) {
    const std::string url = versioned_url(text_at(def, "id"), text_at(def, "version"));
    const auto at = sets.find(url);
    if (at == sets.end()) {
      problem(def,
              "value set '" + std::string(text_at(def, "name")) + "' (" + url + ") has no content");
      return;
    }
    library.value_sets.emplace(std::string(text_at(def, "name")), at->second);
  });
  each_in(library.root, "codes", [&](const Json& def) {
    auto* code = arena.make<Code>();
    code->code = arena.copy(text_at(def, "id"));
    code->display = arena.copy(text_at(def, "display"));
    Json system;
    if (def["codeSystem"].into(system)) {
      if (const auto* found = value_set_named(system, true)) {
        code->system = found->url;
        code->version = found->version;
      }
    }
    library.codes.emplace(std::string(text_at(def, "name")), code);
  });
  each_in(library.root, "concepts", [&](const Json& def) {
    std::vector<Code> codes;
    each(def, "code", [&](const Json& reference) {
      if (const auto* code = code_named(reference)) codes.push_back(*code);
    });
    auto kept = arena.make_array<Code>(codes.size());
    std::copy(codes.begin(), codes.end(), kept.begin());
    auto* out = arena.make<Concept>();
    out->codes = kept;
    out->display = arena.copy(text_at(def, "display"));
    library.concepts.emplace(std::string(text_at(def, "name")), out);
  });
}

void Compiler::declare(Library& library, const ValueSets& sets) {
  current_ = &library;
  each_in(library.root, "includes", [&](const Json& def) {
    const auto path = text_at(def, "path");
    const auto at = whole_.by_name_.find(path);
    library.includes.push_back({text_at(def, "localIdentifier"), path,
                                at == whole_.by_name_.end() ? nullptr : at->second});
  });
  declare_terms(library, sets);
  each_in(library.root, "parameters", [&](const Json& def) {
    const auto name = std::string(text_at(def, "name"));
    if (!library.parameters.emplace(name, program_.parameters.size()).second) {
      problem(def, "parameter '" + name + "' stands twice in its library");
    }
    program_.parameters.push_back({library.name, name, nullptr, 0});
  });
  each_in(library.root, "statements", [&](const Json& def) {
    if (text_at(def, "type") == "FunctionDef") {
      declare_function(library, def);
    } else {
      declare_definition(library, def);
    }
  });
}

void Compiler::declare_function(Library& library, const Json& def) {
  const auto name = text_at(def, "name");
  auto function = std::make_unique<Function>();
  function->name = name;
  function->external = flag_at(def, "external", false);
  each(def, "operand", [&](const Json& operand) {
    Json specifier;
    if (operand["operandTypeSpecifier"].into(specifier)) {
      function->operand_types.push_back(type_text(specifier));
    } else {
      function->operand_types.push_back(short_type(text_at(operand, "operandType")));
    }
  });
  auto& overloads = library.functions[name];
  if (std::any_of(overloads.begin(), overloads.end(), [&](std::size_t other) {
        return program_.functions[other]->operand_types == function->operand_types;
      })) {
    problem(def,
            "function '" + std::string(name) + "' of these operands stands twice in its library");
  }
  overloads.push_back(program_.functions.size());
  whole_.functions_.push_back({&library, def});
  program_.functions.push_back(std::move(function));
}

void Compiler::declare_definition(Library& library, const Json& def) {
  const auto name = text_at(def, "name");
  Definition definition;
  definition.library = library.name;
  definition.name = name;
  definition.locator = text_at(def, "locator");
  const auto context = text_at(def, "context");
  definition.per_patient = !is_unfiltered(context);
  // The translator defines each context by its name.
  if (name == context && context != "Patient") {
    problem(def,
            "the context " + std::string(context) + " is not known, only Patient and Unfiltered");
  }
  const auto id = static_cast<DefinitionId>(program_.definitions.size());
  if (!library.definitions->emplace(name, id).second) {
    problem(def, "definition '" + std::string(name) + "' stands twice in its library");
  }
  whole_.definitions_.push_back({&library, def});
  program_.definitions.push_back(definition);
}

void Compiler::compile_defaults(Library& library) {
  current_ = &library;
  user_.reset();
  each_in(library.root, "parameters", [&](const Json& def) {
    Json fallback;
    if (!def["default"].into(fallback)) return;
    scope_.clear();
    slots_ = 0;
    Parameter& parameter =
        program_.parameters[library.parameters.find(text_at(def, "name"))->second];
    parameter.fallback = expression(fallback);
    parameter.slots = slots_;
  });
}

void Compiler::compile_body(std::uint32_t at) {
  constexpr std::size_t kCheapNodes = 10;
  const std::size_t definitions = program_.definitions.size();
  Function* function = at < definitions ? nullptr : program_.functions[at - definitions].get();
  const auto& [library, def] =
      function == nullptr ? whole_.definitions_[at] : whole_.functions_[at - definitions];
  current_ = library;
  user_ = at;
  unfiltered_ = is_unfiltered(text_at(def, "context"));
  scope_.clear();
  slots_ = 0;
  nodes_ = 0;
  loops_ = false;
  Json source;
  if (!def["expression"].into(source)) {
    if (function != nullptr && function->external) return;
    problem(def, (function == nullptr ? "definition '" : "function '") +
                     std::string(text_at(def, "name")) + "' has no expression");
    return;
  }
  if (function != nullptr) {
    each(def, "operand", [&](const Json& operand) { new_slot(text_at(operand, "name")); });
  }
  Body& body = program_.bodies[at];
  body.expression = expression(source);
  body.slots = slots_;
  if (function != nullptr) function->cheap = !loops_ && nodes_ <= kCheapNodes;
}

void Compiler::note_use(std::size_t used) {
  if (user_) uses_.emplace_back(used, *user_);
}

}  // namespace nidus::cql
