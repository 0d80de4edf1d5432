// SPDX-License-Identifier: Apache-2.0
#include "cli/elm_uses.h"

#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "cql/versioned_url.h"

namespace nidus::cli {

namespace {

namespace dom = simdjson::dom;
using base::string_at;

struct Library {
  std::string name;
  std::map<std::string, std::string> includes;    // library by the name it is called here
  std::map<std::string, std::string> value_sets;  // url by name
  std::multimap<std::string, dom::element> statements;
};

class Uses {
 public:
  explicit Uses(const std::vector<std::string>& elm) {
    for (const auto& text : elm) {
      auto& parser = parsers_.emplace_back(std::make_unique<dom::parser>());
      const dom::element root = parser->parse(text)["library"];
      Library library;
      library.name = string_at(root["identifier"].value(), "id");
      each_def(root, "includes", [&](dom::element def) {
        const std::string path = string_at(def, "path");
        library.includes[string_at(def, "localIdentifier")] = path.substr(path.rfind('/') + 1);
      });
      each_def(root, "valueSets", [&](dom::element def) {
        library.value_sets[string_at(def, "name")] =
            cql::versioned_url(string_at(def, "id"), string_at(def, "version"));
      });
      each_def(root, "statements",
               [&](dom::element def) { library.statements.emplace(string_at(def, "name"), def); });
      const std::string name = library.name;
      libraries_.emplace(name, std::move(library));
    }
  }

  void add(const std::string& library, const std::string& name) {
    const auto at = libraries_.find(library);
    if (at == libraries_.end() || !seen_.insert(library + "." + name).second) return;
    const auto [first, last] = at->second.statements.equal_range(name);
    for (auto one = first; one != last; ++one) {
      open_.push_back({&at->second, one->second, library + "." + name});
    }
  }

  void add_all(const std::string& library) {
    const Library* found = find(library);
    if (found == nullptr) return;
    for (const auto& [name, def] : found->statements) {
      if (string_at(def, "type") != "FunctionDef") add(library, name);
    }
  }

  // What was added, with all that it refers to. One after another: definitions can refer to each
  // other further than calls of a function can nest.
  void follow() {
    while (!open_.empty()) {
      const Open next = std::move(open_.front());
      open_.pop_front();
      visit(next.node, *next.library, next.statement);
    }
  }

  const Library* find(const std::string& name) const {
    const auto at = libraries_.find(name);
    return at == libraries_.end() ? nullptr : &at->second;
  }

  std::map<std::string, ValueSetUse> used;

 private:
  // The library that a reference with `libraryName` means.
  std::string meant(dom::element node, const Library& here) const {
    const std::string alias = string_at(node, "libraryName");
    if (alias.empty()) return here.name;
    const auto at = here.includes.find(alias);
    return at == here.includes.end() ? alias : at->second;
  }

  void note(dom::element node, const Library& here, const std::string& statement) {
    const Library* library = find(meant(node, here));
    if (library == nullptr) return;
    const std::string name = string_at(node, "name");
    const auto at = library->value_sets.find(name);
    if (at != library->value_sets.end()) used.emplace(at->second, ValueSetUse{name, statement});
  }

  void visit(dom::element node, const Library& here, const std::string& statement) {
    dom::array items;
    if (node.get(items) == simdjson::SUCCESS) {
      for (const dom::element item : items) visit(item, here, statement);
      return;
    }
    dom::object object;
    if (node.get(object) != simdjson::SUCCESS) return;
    const std::string type = string_at(node, "type");
    if (type == "ExpressionRef" || type == "FunctionRef") {
      add(meant(node, here), string_at(node, "name"));
    } else if (type == "ValueSetRef") {
      note(node, here, statement);
    }
    for (const auto [key, value] : object) {
      // Its class follows from its place, so that it is not written.
      if (key == "valueset") note(value, here, statement);
      visit(value, here, statement);
    }
  }

  std::vector<std::unique_ptr<dom::parser>> parsers_;
  std::map<std::string, Library> libraries_;
  std::set<std::string> seen_;
  struct Open {
    const Library* library;
    dom::element node;
    std::string statement;
  };
  std::deque<Open> open_;
};

}  // namespace

std::map<std::string, ValueSetUse> value_sets_used(const std::vector<std::string>& elm,
                                                   const std::string& library,
                                                   const std::vector<std::string>& wanted) {
  Uses uses(elm);
  if (wanted.empty()) uses.add_all(library);
  for (const auto& name : wanted) {
    uses.add(library, name);
    const auto point = name.find('.');
    if (point != std::string::npos) uses.add(name.substr(0, point), name.substr(point + 1));
  }
  uses.follow();
  return std::move(uses.used);
}

}  // namespace nidus::cli
