// SPDX-License-Identifier: Apache-2.0
//
// `nidus cql check` and `nidus cql run`: anybody's CQL over FHIR R4.
#include <simdjson.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/json_read.h"
#include "cli/cohort.h"
#include "cli/command.h"
#include "cli/cql_parameter.h"
#include "cli/cql_result.h"
#include "cli/elm_uses.h"
#include "cli/translator.h"
#include "cli/value_sets.h"
#include "cql/everyone.h"
#include "cql/versioned_url.h"

namespace nidus::cli {

namespace {

namespace dom = simdjson::dom;
using base::ErrorCode;
using base::string_at;

struct Arguments {
  std::string library;
  std::vector<std::string> folders;
  std::vector<std::string> value_sets;
  std::vector<std::string> parameters;
  std::vector<std::string> defines;
  std::string format = "ndjson";
  std::string resources = "reference";
  bool known = false;    // leave out what became known after as_of
  bool because = false;  // and what each value came from
  bool steps = false;    // down to single expressions
  Common common;         // as_of
  CohortArguments cohort;
};

// "{urn:hl7-org:elm-types:r1}DateTime" -> "DateTime"; others with what they hold: "List<Code>",
// "Choice<Integer,String>", "Tuple<low:Integer,high:Integer>".
std::string type_of(dom::element specifier) {
  const std::string type = string_at(specifier, "type");
  dom::element inner;
  if (type == "ListTypeSpecifier" && specifier["elementType"].get(inner) == simdjson::SUCCESS) {
    return "List<" + type_of(inner) + ">";
  }
  if (type == "IntervalTypeSpecifier" && specifier["pointType"].get(inner) == simdjson::SUCCESS) {
    return "Interval<" + type_of(inner) + ">";
  }
  const bool choice = type == "ChoiceTypeSpecifier";
  if (choice || type == "TupleTypeSpecifier") {
    std::string parts;
    base::for_each(specifier, choice ? "choice" : "element", [&](dom::element part) {
      if (!parts.empty()) parts += ",";
      dom::element element;
      if (choice) {
        parts += type_of(part);
      } else if (part["elementType"].get(element) == simdjson::SUCCESS) {
        parts += string_at(part, "name") + ":" + type_of(element);
      }
    });
    return (choice ? "Choice<" : "Tuple<") + parts + ">";
  }
  const std::string name = string_at(specifier, "name");
  return name.substr(name.find('}') + 1);
}

struct DeclaredParameter {
  std::string library;
  std::string name;
  std::string type;
  bool has_default = false;
};

// What the command has to know of a library beside its definitions.
struct Declared {
  std::set<std::string> value_sets;
  std::vector<DeclaredParameter> parameters;
  std::set<std::string> hidden;    // private definitions, "Library.Name"
  std::set<std::string> external;  // functions, "Library.Name"
};

Declared declared_in(const std::vector<std::string>& elm) {
  Declared out;
  dom::parser parser;
  for (const auto& text : elm) {
    const dom::element library = parser.parse(text)["library"];
    const std::string name = string_at(library["identifier"].value(), "id");
    each_def(library, "valueSets", [&](dom::element def) {
      out.value_sets.insert(cql::versioned_url(string_at(def, "id"), string_at(def, "version")));
    });
    each_def(library, "parameters", [&](dom::element def) {
      DeclaredParameter one{name, string_at(def, "name"), {}, false};
      dom::element value;
      one.has_default = def["default"].get(value) == simdjson::SUCCESS;
      for (const char* key : {"parameterTypeSpecifier", "resultTypeSpecifier"}) {
        dom::element specifier;
        if (one.type.empty() && def[key].get(specifier) == simdjson::SUCCESS) {
          one.type = type_of(specifier);
        }
      }
      for (const char* key : {"parameterType", "resultTypeName"}) {
        const std::string qualified = string_at(def, key);
        if (one.type.empty()) one.type = qualified.substr(qualified.find('}') + 1);
      }
      out.parameters.push_back(std::move(one));
    });
    each_def(library, "statements", [&](dom::element def) {
      bool external = false;
      if (def["external"].get(external) == simdjson::SUCCESS && external) {
        out.external.insert(name + "." + string_at(def, "name"));
      }
      if (string_at(def, "accessLevel") == "Private") {
        out.hidden.insert(name + "." + string_at(def, "name"));
      }
    });
  }
  return out;
}

void print_messages(const TranslatedLibraries& libraries, std::FILE* to, bool warnings) {
  for (const auto& message : libraries.messages) {
    if (!message.is_error && !message.of_results && !warnings) continue;
    std::fprintf(to, "%s:%d:%d: %s: %s\n", message.file.c_str(), message.line, message.column,
                 message.is_error ? "error" : "warning", message.text.c_str());
  }
}

// What the engine refuses, as the translator's messages are printed; how many.
std::size_t print_refusals(const base::Error& error, const TranslatedLibraries& libraries,
                           std::FILE* to) {
  std::size_t count = 0;
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++count;
    const auto colon = line.find(": ");
    const auto head = line.substr(0, colon);  // "Library 3:1-3:9"
    const auto space = head.find(' ');
    const auto file = libraries.files.find(std::string(head.substr(0, space)));
    if (colon == std::string_view::npos || file == libraries.files.end()) {
      std::fprintf(to, "error: %.*s\n", static_cast<int>(line.size()), line.data());
      continue;
    }
    std::string place = file->second;
    if (space != std::string_view::npos) {
      const auto locator = head.substr(space + 1);
      place += ":" + std::string(locator.substr(0, locator.find('-')));
    }
    const auto text = line.substr(colon + 2);
    std::fprintf(to, "%s: error: %.*s\n", place.c_str(), static_cast<int>(text.size()),
                 text.data());
  }
  return count;
}

base::Result<cql::Program> compile(const TranslatedLibraries& libraries,
                                   const std::vector<cql::ValueSetContent>& sets,
                                   bool with_steps = false) {
  std::vector<simdjson::padded_string> padded(libraries.elm.begin(), libraries.elm.end());
  const std::vector<std::string_view> texts(padded.begin(), padded.end());
  return cql::Program::compile(texts, sets, with_steps);
}

// Whether `run` writes it when no definition is asked for by name.
bool is_written(const cql::Definition& definition, const std::string& main,
                const Declared& declared) {
  return definition.library == main && definition.name != "Patient" &&
         !declared.hidden.contains(main + "." + std::string(definition.name));
}

int check(const Arguments& arguments, std::FILE* to) {
  const auto libraries = translate(arguments.library, arguments.folders);
  if (!libraries) return report(libraries.error());
  print_messages(*libraries, to, true);
  const auto count = [&](bool errors) {
    return std::count_if(libraries->messages.begin(), libraries->messages.end(),
                         [&](const LibraryMessage& message) { return message.is_error == errors; });
  };
  if (libraries->has_errors()) {
    std::fprintf(to, "%td error(s), %td warning(s)\n", count(true), count(false));
    return kBadInput;
  }
  const Declared declared = declared_in(libraries->elm);
  // Their content is asked for when the library runs.
  std::vector<cql::ValueSetContent> sets;
  for (const auto& url : declared.value_sets) sets.push_back({url, url, {}});
  const auto program = compile(*libraries, sets);
  if (!program) {
    const auto errors = print_refusals(program.error(), *libraries, to);
    std::fprintf(to, "%zu error(s), %td warning(s)\n", errors, count(false));
    return kBadInput;
  }
  const auto definitions = program->definitions();
  std::fprintf(
      to, "%s: no errors, %td warning(s), %td definitions\n", libraries->main.c_str(), count(false),
      std::count_if(definitions.begin(), definitions.end(), [&](const cql::Definition& definition) {
        return is_written(definition, libraries->main, declared);
      }));
  for (const auto& [url, use] : value_sets_used(libraries->elm, libraries->main, {})) {
    std::fprintf(to, "needs the value set %s\n", url.c_str());
  }
  for (const auto& name : declared.external) {
    std::fprintf(to, "the external function %s is not known: what calls it fails\n", name.c_str());
  }
  for (const auto& parameter : declared.parameters) {
    std::fprintf(to, "parameter %s.%s: %s\n", parameter.library.c_str(), parameter.name.c_str(),
                 parameter.type.c_str());
  }
  return kFine;
}

// What is checked is held back until it can be said whether it was written.
int print_check(const Arguments& arguments) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* to = open_memstream(&text, &size);
  const int checked = check(arguments, to);
  std::fclose(to);
  const int printed = print({text, size});
  std::free(text);
  return printed != kFine ? printed : checked;
}

base::Result<std::vector<std::pair<std::string, cql::Value>>> parameters_of(
    const Arguments& arguments, const Declared& declared, int offset_minutes, base::Arena& arena) {
  std::vector<std::pair<std::string, cql::Value>> out;
  for (const auto& given : arguments.parameters) {
    const auto equals = given.find('=');
    const std::string name = given.substr(0, equals);
    const auto at = std::find_if(declared.parameters.begin(), declared.parameters.end(),
                                 [&](const DeclaredParameter& one) {
                                   return name == one.name || name == one.library + "." + one.name;
                                 });
    if (equals == std::string::npos || at == declared.parameters.end()) {
      std::string known;
      for (const auto& one : declared.parameters) known += (known.empty() ? "" : ", ") + one.name;
      return base::fail(ErrorCode::kBadArgument,
                        equals == std::string::npos ? "'" + given + "' gives no value"
                                                    : "no parameter is named '" + name + "'",
                        "--parameter", {},
                        "NAME=VALUE; the library has " + (known.empty() ? "none" : known));
    }
    auto value = parse_parameter(std::string_view(given).substr(equals + 1), at->type,
                                 offset_minutes, arena);
    if (!value) return std::unexpected(value.error());
    out.emplace_back(name, *value);
  }
  return out;
}

struct Column {
  cql::DefinitionId id = 0;
  std::string name;
};

base::Result<std::vector<Column>> columns_of(const Arguments& arguments,
                                             const cql::Program& program, const std::string& main,
                                             const Declared& declared) {
  std::vector<Column> out;
  const auto definitions = program.definitions();
  for (const auto& name : arguments.defines) {
    auto id = program.find(main + "." + name);
    if (!id) id = program.find(name);
    if (!id) {
      return base::fail(ErrorCode::kNotFound, "no definition is named '" + name + "'", "--define",
                        {}, "a definition of " + main + ", or Library.Name");
    }
    out.push_back({*id, name});
  }
  if (!arguments.defines.empty()) return out;
  for (cql::DefinitionId id = 0; id < definitions.size(); ++id) {
    const auto& definition = definitions[id];
    if (!is_written(definition, main, declared)) continue;
    out.push_back({id, std::string(definition.name)});
  }
  return out;
}

// What a run sees of a person.
struct Seen {
  Seen(const Arguments& arguments, const cql::EvaluationOptions& options,
       const fhir::CohortPerson& person)
      : whole(person.record) {
    if (!arguments.known) return;
    past.emplace(person.record.as_known_at(options.as_of, options.as_of.offset_minutes));
  }
  const fhir::Record& record() const { return past ? *past : whole; }
  const fhir::Record& whole;
  std::optional<fhir::Record> past;
};

// The input is read as often as definitions that look at all people need it: nullopt when that
// ended the command, with its exit code.
std::optional<cql::Everyone> look_at_everyone(const Arguments& arguments,
                                              const cql::Program& program,
                                              const std::vector<Column>& columns,
                                              const cql::EvaluationOptions& options,
                                              int& exit_code) {
  std::vector<cql::DefinitionId> ids;
  for (const auto& column : columns) ids.push_back(column.id);
  auto everyone = cql::Everyone::of(program, ids, options);
  if (!everyone) {
    exit_code = report(everyone.error());
    return std::nullopt;
  }
  if (everyone->passes() == 0) return std::move(*everyone);
  for (const auto& path : arguments.cohort.paths) {
    std::error_code error;
    const bool again = !std::filesystem::exists(path, error) ||
                       std::filesystem::is_regular_file(path, error) ||
                       std::filesystem::is_directory(path, error);
    if (again && path != "-") continue;
    const auto& first = program.definitions()[everyone->unfiltered().front()];
    exit_code = report({ErrorCode::kBadArgument,
                        "'" + std::string(first.name) + "' of " + std::string(first.library) +
                            " looks at all patients (context Unfiltered): the input is read more "
                            "than once",
                        path == "-" ? "standard input" : path,
                        {},
                        "files or folders for --data, or --define without what needs it"});
    return std::nullopt;
  }
  CohortArguments quiet = arguments.cohort;
  quiet.quiet = true;
  for (std::size_t pass = 0; pass < everyone->passes(); ++pass) {
    using Look = std::shared_ptr<cql::Everyone::Look>;
    const CohortRun done = run_cohort<Look>(
        quiet,
        [&](const fhir::CohortPerson& person) {
          return everyone->look(Seen(arguments, options, person).record());
        },
        [&](Look&& look) {
          everyone->add(*look);
          return true;
        });
    if (done.ended_early) {
      exit_code = done.exit_code;
      return std::nullopt;
    }
    everyone->end_pass();
  }
  for (const auto& message : everyone->messages()) {
    std::fprintf(stderr, "nidus: all patients: %s\n", message.c_str());
  }
  return std::move(*everyone);
}

struct Answer {
  std::string line;
  std::string complaints;  // for standard error
  std::uint64_t errors = 0;
};

class Runner {
 public:
  Runner(const Arguments& arguments, const cql::Program& program, std::vector<Column> columns,
         cql::EvaluationOptions options)
      : arguments_(arguments),
        program_(program),
        columns_(std::move(columns)),
        options_(std::move(options)),
        resources_(arguments.resources == "whole" ? ResourceForm::kWhole
                                                  : ResourceForm::kReference) {
    if (options_.everyone == nullptr) return;
    // What looks at all patients is the same on every line, and may be long: written once.
    const auto& all = options_.everyone->record();
    for (const auto& column : columns_) {
      const auto* value = options_.everyone->find(column.id);
      if (value == nullptr || !*value) continue;
      base::JsonWriter json;
      write_result(json, **value, form_of(all));
      same_for_all_[column.id] =
          arguments_.format == "csv" ? csv_field(**value, form_of(all)) : json.text();
    }
  }

  std::string head() const {
    if (arguments_.format != "csv") return {};
    std::string out = "patient";
    for (const auto& column : columns_) out += "," + csv_text(column.name);
    return out + ",errors\r\n";
  }

  Answer answer(const fhir::CohortPerson& person) const {
    const Seen seen(arguments_, options_, person);
    const fhir::Record& record = seen.record();
    cql::Evaluation evaluation(program_, record, options_);
    std::vector<base::Result<cql::Value>> values;
    values.reserve(columns_.size());
    for (const auto& column : columns_) values.push_back(evaluation.value(column.id));
    Answer out;
    const std::string patient =
        record.patient() == nullptr ? std::string() : record.patient()->reference();
    const std::string who = patient.empty() ? "a person without Patient" : patient;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i]) continue;
      ++out.errors;
      const FailurePlace place = place_of(values[i].error());
      out.complaints += "nidus: " + who + ", " + columns_[i].name + ": ";
      if (!place.library.empty()) {
        out.complaints += place.library + ":" + std::to_string(place.line) + ":" +
                          std::to_string(place.column) + ": ";
      }
      out.complaints += place.message + "\n";
    }
    for (const auto& message : evaluation.messages()) {
      out.complaints += "nidus: " + who + ": " + message + "\n";
    }
    out.line = arguments_.format == "csv" ? csv(patient, values, record)
                                          : json(patient, values, person, record, evaluation);
    return out;
  }

 private:
  std::string json(const std::string& patient, const std::vector<base::Result<cql::Value>>& values,
                   const fhir::CohortPerson& person, const fhir::Record& record,
                   cql::Evaluation& evaluation) const {
    base::JsonWriter out;
    out.begin_object().key("patient");
    patient.empty() ? out.null() : out.value(patient);
    out.key("results").begin_object();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) continue;
      out.key(columns_[i].name);
      const auto same = same_for_all_.find(columns_[i].id);
      if (same != same_for_all_.end()) {
        out.raw(same->second);
      } else {
        write_result(out, *values[i], form_of(record));
      }
    }
    out.end_object();
    if (std::any_of(values.begin(), values.end(), [](const auto& value) { return !value; })) {
      out.key("errors").begin_object();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) continue;
        const FailurePlace place = place_of(values[i].error());
        out.key(columns_[i].name).begin_object().member("message", place.message);
        if (!place.library.empty()) {
          out.member("library", place.library).member("line", place.line);
          out.member("column", place.column);
        }
        out.end_object();
      }
      out.end_object();
    }
    if (arguments_.because) write_because(out, record, evaluation);
    if (!person.left_out.empty()) {
      out.key("leftOut").begin_array();
      for (const auto& bad : person.left_out) {
        out.begin_object().member("place", bad.place).member("message", bad.message).end_object();
      }
      out.end_array();
    }
    return out.end_object().text() + "\n";
  }

  // The steps at this depth, each with those behind it that are deeper; what is left over in
  // `steps`.
  void write_steps(base::JsonWriter& out, const fhir::Record& record,
                   std::span<const cql::Step>& steps, std::uint32_t depth) const {
    out.begin_array();
    while (!steps.empty() && steps.front().depth >= depth) {
      const cql::Step& step = steps.front();
      steps = steps.subspan(1);
      const auto locator = step.locator.substr(0, step.locator.find('-'));
      out.begin_object();
      out.member("at", std::string(program_.library(step.library)) + ":" + std::string(locator));
      out.member("is", step.operation);
      if (!step.name.empty()) out.member("name", step.name);
      if (step.ended) {
        out.key("value");
        write_result(out, step.value, form_of(record));
      } else {
        out.member("failed", true);
      }
      if (!steps.empty() && steps.front().depth > depth) {
        write_steps(out.key("of"), record, steps, depth + 1);
      }
      out.end_object();
    }
    out.end_array();
  }

  // Every definition that the results came from, once: those written first, then what they looked
  // at, in order of first use.
  void write_because(base::JsonWriter& out, const fhir::Record& record,
                     cql::Evaluation& evaluation) const {
    const auto definitions = program_.definitions();
    std::vector<cql::DefinitionId> order;
    std::vector<bool> seen(definitions.size(), false);
    const auto add = [&](cql::DefinitionId id) {
      if (!seen[id]) order.push_back(id);
      seen[id] = true;
    };
    for (const auto& column : columns_) add(column.id);
    out.key("because").begin_object();
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto id = order[i];
      const cql::Definition& definition = definitions[id];
      out.key(definition.full_name()).begin_object();
      const auto value = evaluation.value(id);
      if (value) {
        out.key("value");
        write_result(out, *value, form_of(record));
      } else {
        out.member("error", place_of(value.error()).message);
      }
      out.member("line", std::atoi(std::string(definition.locator).c_str()));
      if (options_.everyone != nullptr && options_.everyone->find(id) != nullptr) {
        out.member("of", "all patients");
      }
      if (const auto nodes = evaluation.sources(id); !nodes.empty()) {
        out.key("resources").begin_array();
        for (const auto* node : nodes) out.value(record.resource_of(node)->reference());
        out.end_array();
      }
      if (const auto looked_at = evaluation.looked_at(id); !looked_at.empty()) {
        out.key("from").begin_array();
        for (const auto other : looked_at) {
          add(other);
          out.value(definitions[other].full_name());
        }
        out.end_array();
      }
      std::span<const cql::Step> steps = evaluation.steps(id);
      if (!steps.empty()) write_steps(out.key("steps"), record, steps, 0);
      out.end_object();
    }
    out.end_object();
  }

  std::string csv(const std::string& patient, const std::vector<base::Result<cql::Value>>& values,
                  const fhir::Record& record) const {
    std::string out = patient.empty() ? std::string() : csv_text(patient);
    std::string errors;
    for (std::size_t i = 0; i < values.size(); ++i) {
      out += ",";
      if (values[i]) {
        const auto same = same_for_all_.find(columns_[i].id);
        out += same != same_for_all_.end() ? same->second : csv_field(*values[i], form_of(record));
      } else {
        errors +=
            (errors.empty() ? "" : "; ") + columns_[i].name + ": " + values[i].error().message;
      }
    }
    return out + "," + (errors.empty() ? std::string() : csv_text(errors)) + "\r\n";
  }

  ResultForm form_of(const fhir::Record& record) const {
    return {record, options_.everyone == nullptr ? nullptr : &options_.everyone->record(),
            resources_};
  }

  const Arguments& arguments_;
  const cql::Program& program_;
  std::vector<Column> columns_;
  cql::EvaluationOptions options_;
  ResourceForm resources_;
  std::map<cql::DefinitionId, std::string> same_for_all_;
};

// Whether all value sets that the definitions to write can reach are given; those that are only
// declared are added without content.
bool complete(const Arguments& arguments, const TranslatedLibraries& libraries,
              const Declared& declared, std::vector<cql::ValueSetContent>& sets) {
  const auto used = value_sets_used(libraries.elm, libraries.main, arguments.defines);
  bool all = true;
  for (const auto& url : declared.value_sets) {
    const auto given = [&](const cql::ValueSetContent& set) { return set.url == url; };
    if (std::any_of(sets.begin(), sets.end(), given)) continue;
    sets.push_back({url, url, {}});
    const auto use = used.find(url);
    if (use == used.end()) continue;
    all = false;
    std::fprintf(stderr, "nidus: value set '%s' (%s), which %s needs, is not given\n",
                 use->second.name.c_str(), url.c_str(), use->second.definition.c_str());
  }
  if (!all) std::fputs("nidus: give value sets with --valueset FILE or FOLDER\n", stderr);
  return all;
}

int run_cql(const Arguments& arguments) {
  const auto moment = as_of(arguments.common);
  if (!moment) return report(moment.error());
  if (arguments.steps && !arguments.because) {
    return report({ErrorCode::kBadArgument,
                   "steps are part of the answer to --because",
                   "--steps",
                   {},
                   "--because --steps"});
  }
  if (arguments.because && arguments.format == "csv") {
    return report({ErrorCode::kBadArgument,
                   "a tree has no place in csv",
                   "--because",
                   {},
                   "--format ndjson"});
  }
  for (const auto& path : arguments.value_sets) {  // told before the translator takes its time
    std::error_code error;
    if (std::filesystem::exists(path, error)) continue;
    return report({ErrorCode::kNotFound, "there is no such file or folder", path, {}, {}});
  }
  const auto libraries = translate(arguments.library, arguments.folders);
  if (!libraries) return report(libraries.error());
  print_messages(*libraries, stderr, false);
  if (libraries->has_errors()) return kBadInput;
  const Declared declared = declared_in(libraries->elm);
  auto sets = read_value_sets(arguments.value_sets, declared.value_sets);
  if (!sets) return report(sets.error());
  if (!complete(arguments, *libraries, declared, *sets)) return kBadInput;
  const auto program = compile(*libraries, *sets, arguments.steps);
  if (!program) {
    print_refusals(program.error(), *libraries, stderr);
    return kBadInput;
  }
  base::Arena arena;
  cql::EvaluationOptions options;
  options.as_of = *moment;
  options.trace = options.sources = arguments.because;
  auto parameters = parameters_of(arguments, declared, moment->offset_minutes, arena);
  if (!parameters) return report(parameters.error());
  options.parameters = *std::move(parameters);
  auto columns = columns_of(arguments, *program, libraries->main, declared);
  if (!columns) return report(columns.error());
  for (const auto& parameter : declared.parameters) {
    const auto given = [&](const auto& one) {
      return one.first == parameter.name || one.first == parameter.library + "." + parameter.name;
    };
    if (parameter.has_default ||
        std::any_of(options.parameters.begin(), options.parameters.end(), given)) {
      continue;
    }
    std::fprintf(stderr, "nidus: parameter %s.%s is not given and has no default: null\n",
                 parameter.library.c_str(), parameter.name.c_str());
  }
  int ended = kFine;
  const auto everyone = look_at_everyone(arguments, *program, *columns, options, ended);
  if (!everyone) return ended;
  if (everyone->passes() > 0) options.everyone = &*everyone;
  const Runner runner(arguments, *program, *std::move(columns), options);

  std::uint64_t errors = 0;
  int unwritten = 0;  // why, as errno has it
  const auto note = [&](bool written) {
    if (!written && unwritten == 0) unwritten = errno;
    return unwritten == 0;
  };
  const auto write = [&](const std::string& text) {
    return note(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
  };
  write(runner.head());
  const CohortRun done = run_cohort<Answer>(
      arguments.cohort, [&](const fhir::CohortPerson& person) { return runner.answer(person); },
      [&](Answer&& answer) {
        errors += answer.errors;
        if (!answer.complaints.empty()) {
          note(std::fflush(stdout) == 0);
          std::fputs(answer.complaints.c_str(), stderr);
        }
        return write(answer.line);
      });
  note(std::fflush(stdout) == 0);
  if (ended = report_unwritten(unwritten); ended != kFine) return ended;
  if (done.exit_code != kFine) return done.exit_code;
  return errors > 0 ? kBadInput : kFine;
}

}  // namespace

void add_cql(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("cql", "Anybody's CQL library over FHIR R4");
  verb->require_subcommand(1);
  const auto add_library = [](CLI::App& sub, Arguments& arguments) {
    sub.add_option("LIBRARY", arguments.library,
                   "A CQL library, or ELM JSON; FHIR 4.0.1 and FHIRHelpers are built in")
        ->required();
    sub.add_option("--include", arguments.folders,
                   "Folder in which included libraries are looked for, beside LIBRARY's own");
  };

  auto checked = std::make_shared<Arguments>();
  CLI::App* check_verb = verb->add_subcommand(
      "check", "What the translator and the engine say of a library, with line and column");
  add_library(*check_verb, *checked);
  check_verb->callback([checked, &exit_code] { exit_code = print_check(*checked); });

  auto ran = std::make_shared<Arguments>();
  CLI::App* run_verb = verb->add_subcommand("run", "A library's results, one line a patient");
  add_library(*run_verb, *ran);
  run_verb
      ->add_option("--data", ran->cohort.paths,
                   "NDJSON of Bundles or of resources, or a folder of it; plain, .gz or .zst; - is "
                   "standard input")
      ->required();
  run_verb->add_option("--as-of", ran->common.as_of,
                       "Now() for every patient, e.g. 2025-03-04T10:00:00+01:00 (default: the "
                       "moment the run starts)");
  run_verb->add_option("--define", ran->defines,
                       "Definitions to write (default: all public ones of LIBRARY)");
  run_verb->add_option("--valueset", ran->value_sets,
                       "FHIR ValueSet JSON with its codes, or a folder of such files");
  run_verb->add_option("--parameter", ran->parameters,
                       "NAME=VALUE, as \"Measurement Period=Interval[@2024-01-01, @2025-01-01)\"");
  run_verb->add_option("--format", ran->format, "Form of the output")
      ->check(CLI::IsMember({"ndjson", "csv"}))
      ->capture_default_str();
  run_verb->add_option("--resources", ran->resources, "How a resource is written")
      ->check(CLI::IsMember({"reference", "whole"}))
      ->capture_default_str();
  run_verb->add_flag("--known", ran->known,
                     "Leave out what became known after --as-of (default: the whole record)");
  run_verb->add_flag("--because", ran->because,
                     "Also what each value came from: definitions and resources (not with csv)");
  run_verb->add_flag("--steps", ran->steps, "With --because: every expression and its value");
  add_cohort_options(*run_verb, ran->cohort);
  ran->cohort.keep_retracted = true;  // an engine for CQL shows what is there
  run_verb->callback([ran, &exit_code] { exit_code = run_cql(*ran); });
}

}  // namespace nidus::cli
