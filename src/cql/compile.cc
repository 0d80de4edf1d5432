// SPDX-License-Identifier: Apache-2.0
#include "cql/compile.h"

#include <algorithm>

#include "base/parallel.h"
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
void each_in(const Json& root, std::string_view name, const Visit& visit) {
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

std::string Compiler::type_text_at(const Json& node, std::string_view name,
                                   std::string_view specifier) const {
  Json inner;
  if (node[specifier].into(inner)) return type_text(inner);
  return short_type(text_at(node, name));
}

Kind Compiler::static_kind(const Json& node) const {
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
  const auto include = current_->includes.find(alias);
  if (include == current_->includes.end()) {
    problem(node, "no library is included as '" + std::string(alias) + "'");
    return nullptr;
  }
  const auto at = names_->by_name.find(include->second);
  if (at == names_->by_name.end()) {
    problem(node, "library '" + include->second + "' is missing");
    return nullptr;
  }
  return at->second;
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
    library.includes.emplace(std::string(text_at(def, "localIdentifier")),
                             std::string(text_at(def, "path")));
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
    const auto name = text_at(def, "name");
    if (text_at(def, "type") == "FunctionDef") {
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
      if (std::any_of(overloads.begin(), overloads.end(), [&](const Library::Overload& other) {
            return program_.functions[other.index]->operand_types == function->operand_types;
          })) {
        problem(def, "function '" + std::string(name) +
                         "' of these operands stands twice in its library");
      }
      overloads.push_back({program_.functions.size(), def});
      program_.functions.push_back(std::move(function));
      return;
    }
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
    Json body;
    if (def["expression"].into(body)) {
      const Kind declared = static_kind(def), made = static_kind(body);
      const auto is = [&](Kind kind) { return declared == kind || made == kind; };
      definition.is_boolean = is(Kind::kBoolean);
      definition.is_list = is(Kind::kList);
      auto type = text_at(body, "resultTypeName");
      if (type.empty()) type = text_at(def, "resultTypeName");
      definition.result_type = type.substr(type.find('}') + 1);
    }
    const auto id = static_cast<DefinitionId>(program_.definitions.size());
    if (!library.definitions->emplace(name, id).second) {
      problem(def, "definition '" + std::string(name) + "' stands twice in its library");
    }
    program_.definitions.push_back(std::move(definition));
  });
}

void Compiler::compile_bodies(Library& library) {
  constexpr std::size_t kCheapNodes = 10;
  current_ = &library;
  std::unordered_map<std::string_view, std::size_t>
      next;  // overloads come in the order they were declared
  each_in(library.root, "parameters", [&](const Json& def) {
    Json fallback;
    if (!def["default"].into(fallback)) return;
    user_.reset();
    scope_.clear();
    slots_ = 0;
    Parameter& parameter =
        program_.parameters[library.parameters.find(text_at(def, "name"))->second];
    parameter.fallback = expression(fallback);
    parameter.slots = slots_;
  });
  each_in(library.root, "statements", [&](const Json& def) {
    const auto name = text_at(def, "name");
    scope_.clear();
    slots_ = 0;
    Json body;
    const bool has_body = def["expression"].into(body);
    if (text_at(def, "type") == "FunctionDef") {
      const std::size_t index = library.functions.find(name)->second[next[name]++].index;
      Function& function = *program_.functions[index];
      if (!has_body) {
        if (!function.external) {
          problem(def, "function '" + std::string(name) + "' has no expression");
        }
        return;
      }
      user_ = static_cast<std::uint32_t>(program_.definitions.size() + index);
      each(def, "operand", [&](const Json& operand) { new_slot(text_at(operand, "name")); });
      nodes_ = 0;
      loops_ = false;
      unfiltered_ = is_unfiltered(text_at(def, "context"));
      function.body = expression(body);
      function.slots = slots_;
      function.cheap = !loops_ && nodes_ <= kCheapNodes;
      return;
    }
    const DefinitionId id = library.definitions->find(name)->second;
    if (!has_body) {
      problem(def, "definition '" + std::string(name) + "' has no expression");
      return;
    }
    user_ = id;
    unfiltered_ = !program_.definitions[id].per_patient;
    program_.bodies[id].body = expression(body);
    program_.bodies[id].slots = slots_;
  });
}

constexpr unsigned kMostThreads = 4;

// By several threads, when there is enough for them to do.
void Compiler::compile_bodies(const std::function<void()>& meanwhile) {
  constexpr std::size_t kWorthThreads = 500;  // bodies
  std::vector<std::pair<std::size_t, Library*>> order;
  for (auto& library : names_->libraries) {
    order.emplace_back(library->definitions->size() + library->functions.size(), library.get());
  }
  // The largest first, so that none is left over for one thread at the end.
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const bool worth = program_.definitions.size() + program_.functions.size() >= kWorthThreads;
  const unsigned threads = worth ? base::threads_at_most(kMostThreads) : 1;
  std::vector<std::unique_ptr<Compiler>> helpers;
  for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(new Compiler(program_, names_));
  const auto compile_one = [&](unsigned worker, std::size_t at) {
    Compiler& compiler = worker == 0 ? *this : *helpers[worker - 1];
    compiler.compile_bodies(*order[at].second);
  };
  base::in_parallel(threads, order.size(), compile_one, meanwhile);
  for (auto& helper : helpers) add_findings(*helper);
  for (const auto& [used, user] : uses_) {
    auto& users = program_.users[used];
    if (users.empty() || users.back() != user) users.push_back(user);
  }
  program_.of_everyone = std::move(of_everyone_);
  program_.retrieves = std::move(retrieves_);
}

void Compiler::add_findings(Compiler& other) {
  uses_.insert(uses_.end(), other.uses_.begin(), other.uses_.end());
  of_everyone_.insert(of_everyone_.end(), other.of_everyone_.begin(), other.of_everyone_.end());
  retrieves_.insert(retrieves_.end(), other.retrieves_.begin(), other.retrieves_.end());
  speakers_.insert(speakers_.end(), other.speakers_.begin(), other.speakers_.end());
  problems_.merge(other.problems_);
  program_.arenas.push_back(std::move(other.arena_));
}

void Compiler::note_use(std::size_t used) {
  if (user_) uses_.emplace_back(used, *user_);
}

std::vector<bool> Compiler::reached_from(std::vector<std::uint32_t> bodies) const {
  std::vector<bool> reached(program_.users.size(), false);
  while (!bodies.empty()) {
    const auto at = bodies.back();
    bodies.pop_back();
    if (reached[at]) continue;
    reached[at] = true;
    bodies.insert(bodies.end(), program_.users[at].begin(), program_.users[at].end());
  }
  return reached;
}

void Compiler::mark_fixed_and_repeatable() {
  auto& definitions = program_.definitions;
  const auto count = static_cast<std::uint32_t>(definitions.size());
  std::vector<std::uint32_t> changing = speakers_;
  for (const auto& [user, type] : program_.retrieves) changing.push_back(user);
  for (const auto& [used, user] : program_.of_everyone) changing.push_back(user);
  // What is no list may be a fact that nobody has entered yet.
  for (std::uint32_t id = 0; id < count; ++id) {
    if (definitions[id].per_patient && !definitions[id].is_list) changing.push_back(id);
  }
  const auto of_patient = reached_from(changing);
  for (std::uint32_t id = 0; id < count; ++id) {
    definitions[id].fixed = definitions[id].per_patient && !of_patient[id];
  }
  changing = speakers_;
  for (std::uint32_t id = 0; id < count; ++id) {
    if (definitions[id].per_patient && !definitions[id].fixed) changing.push_back(id);
  }
  const auto marked = reached_from(std::move(changing));
  for (std::size_t i = 0; i < program_.functions.size(); ++i) {
    program_.functions[i]->remembered = !marked[count + i] && !program_.functions[i]->cheap;
  }
}

base::Result<void> Compiler::add_library(const Json& root) {
  auto library = std::make_unique<Library>();
  library->root = root;
  Json library_part;
  Json identifier;
  if (!root["library"].into(library_part) || !library_part["identifier"].into(identifier) ||
      text_at(identifier, "id").empty()) {
    return base::fail(base::ErrorCode::kBadProgram, "ELM without library.identifier.id");
  }
  library->name = text_at(identifier, "id");
  if (library->name == "FHIRHelpers") return {};  // built in
  library->index = static_cast<std::uint16_t>(names_->libraries.size());
  if (!names_->by_name.emplace(library->name, library.get()).second) {
    return base::fail(base::ErrorCode::kBadProgram,
                      "library '" + library->name + "' is given twice");
  }
  library->definitions = &program_.names[library->name];
  program_.libraries.push_back(library->name);
  names_->libraries.push_back(std::move(library));
  return {};
}

ValueSets Compiler::value_sets_of(std::span<const ValueSetContent> contents) {
  ValueSets out;
  for (const auto& content : contents) {
    const auto codes = arena_.make_array<Code>(content.codes.size());
    std::transform(content.codes.begin(), content.codes.end(), codes.begin(),
                   [&](const auto& code) {
                     return Code{.code = arena_.copy(code.code),
                                 .system = arena_.copy(code.system),
                                 .version = {},
                                 .display = arena_.copy(code.display)};
                   });
    auto* set = arena_.make<ValueSet>();
    const auto url = arena_.copy(content.url);
    const auto bar = url.find('|');
    *set = make_value_set(arena_, url.substr(0, bar), arena_.copy(content.name), codes);
    if (bar != std::string_view::npos) set->version = url.substr(bar + 1);
    out.emplace(url, set);
  }
  return out;
}

ValueSets Compiler::value_sets_of(const Json& contents) {
  ValueSets out;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const Json content = contents.at(i);
    const Json listed = content["codes"];
    const auto codes = arena_.make_array<Code>(listed.size());
    for (std::size_t at = 0; at < codes.size(); ++at) {
      const Json code = listed.at(at);
      codes[at] = Code{.code = text_at(code, "code"),
                       .system = text_at(code, "system"),
                       .version = {},
                       .display = text_at(code, "display")};
    }
    auto* set = arena_.make<ValueSet>();
    *set = make_value_set(arena_, text_at(content, "url"), text_at(content, "name"), codes);
    out.emplace(set->url, set);
  }
  return out;
}

base::Result<void> Compiler::compile(std::span<const std::string_view> texts,
                                     std::span<const ValueSetContent> value_sets) {
  base::Packer packer(base::Share::kNames);
  const auto list = packer.open();
  simdjson::dom::parser parser;
  for (const auto text : texts) {
    simdjson::dom::element library;
    if (const auto error = parser.parse(text.data(), text.size()).get(library);
        error != simdjson::SUCCESS) {
      return base::fail(base::ErrorCode::kBadProgram,
                        std::string("ELM that is not JSON: ") + simdjson::error_message(error));
    }
    packer.add(library);
  }
  packer.close(list);
  program_.packed = std::move(packer).bytes();
  return compile(Json(program_.packed), value_sets_of(value_sets), [] {});
}

base::Result<void> Compiler::compile(const Json& libraries, const Json& value_sets,
                                     const std::function<void()>& declared) {
  return compile(libraries, value_sets_of(value_sets), declared);
}

base::Result<void> Compiler::compile(const Json& libraries, const ValueSets& sets,
                                     const std::function<void()>& declared) {
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    if (auto added = add_library(libraries.at(i)); !added) return added;
  }
  // Included libraries first: codes refer to code systems of other libraries.
  std::set<std::string> done;
  const auto declare_one = [&](auto&& self, Library& library) -> void {
    if (!done.insert(library.name).second) return;
    each_in(library.root, "includes", [&](const Json& def) {
      const auto at = names_->by_name.find(text_at(def, "path"));
      if (at != names_->by_name.end()) self(self, *at->second);
    });
    declare(library, sets);
  };
  std::size_t statements = 0;
  for (auto& library : names_->libraries) {
    const std::size_t own = library->root["library"]["statements"]["def"].size();
    library->definitions->reserve(own);
    statements += own;
  }
  program_.definitions.reserve(statements);
  for (auto& library : names_->libraries) declare_one(declare_one, *library);
  program_.bodies.resize(program_.definitions.size());
  program_.users.resize(program_.definitions.size() + program_.functions.size());
  compile_bodies(declared);
  mark_fixed_and_repeatable();
  program_.arenas.push_back(std::move(arena_));
  if (!problems_.empty()) {
    std::string all;
    for (const auto& text : problems_) all += (all.empty() ? "" : "\n") + text;
    return base::fail(base::ErrorCode::kBadProgram, all);
  }
  return {};
}

}  // namespace nidus::cql
