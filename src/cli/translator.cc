// SPDX-License-Identifier: Apache-2.0
#include "cli/translator.h"

#include <simdjson.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "base/json_read.h"
#include "cli/command.h"

extern "C" const char nidus_translate_begin[];
extern "C" const char nidus_translate_end[];
extern "C" char** environ;

namespace nidus::cli {

namespace {

namespace dom = simdjson::dom;
using base::string_at;
namespace fs = std::filesystem;
using base::ErrorCode;

constexpr const char* kPlaceVariable = "NIDUS_TRANSLATOR";

bool holds_translator(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "node_modules/@cqframework/cql/cql-to-elm.mjs", error);
}

// Where the packages are: as the user says, else beside the program, as built or as installed.
base::Result<std::string> translator_home() {
  constexpr const char* kHow =
      "a folder in which `npm install @cqframework/cql@5.3.0 @lhncbc/ucum-lhc@7.1.10 "
      "cql-exec-fhir@2.2.0` was run, named by NIDUS_TRANSLATOR; or ELM JSON, which needs neither";
  if (const char* said = std::getenv(kPlaceVariable); said != nullptr && *said != '\0') {
    if (holds_translator(said)) return std::string(said);
    return base::fail(ErrorCode::kNotFound, std::string("the CQL translator is not in ") + said,
                      kPlaceVariable, {}, kHow);
  }
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (int up = 0; up < 4 && !folder.empty(); ++up, folder = folder.parent_path()) {
    for (const char* below : {"guideline/compiler", "share/nidus/translator"}) {
      if (holds_translator(folder / below)) return (folder / below).string();
    }
  }
  return base::fail(ErrorCode::kNotFound, "the CQL translator was not found", {}, {}, kHow);
}

// A file without a name that holds `text`, read from its start.
int file_of(std::string_view text) {
  const int file = memfd_create("nidus", MFD_CLOEXEC);
  if (file < 0) return file;
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t got = write(file, text.data() + written, text.size() - written);
    if (got <= 0) break;
    written += static_cast<std::size_t>(got);
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

std::string text_of(int file) {
  std::string out;
  lseek(file, 0, SEEK_SET);
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = read(file, buffer, sizeof buffer);
    if (got <= 0) break;
    out.append(buffer, static_cast<std::size_t>(got));
  }
  return out;
}

struct NodeRun {
  int result = 0;  // of starting it
  int status = 0;
  std::string out;
  std::string err;
};

NodeRun run_node(std::vector<std::string> arguments, std::string_view script) {
  NodeRun run;
  const int in = file_of(script), out = file_of({}), err = file_of({});
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  std::vector<char*> argv;
  std::transform(arguments.begin(), arguments.end(), std::back_inserter(argv),
                 [](std::string& argument) { return argument.data(); });
  argv.push_back(nullptr);
  pid_t child = 0;
  run.result = posix_spawnp(&child, "node", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (run.result == 0) {
    while (waitpid(child, &run.status, 0) < 0 && errno == EINTR) {
    }
    run.out = text_of(out);
    run.err = text_of(err);
  }
  for (const int file : {in, out, err}) close(file);
  return run;
}

base::Result<TranslatedLibraries> translate_cql(const std::string& file,
                                                const std::vector<std::string>& folders) {
  const auto home = translator_home();
  if (!home) return std::unexpected(home.error());
  std::vector<std::string> arguments{"node", "--input-type=module", "-", *home, file};
  arguments.insert(arguments.end(), folders.begin(), folders.end());
  const NodeRun run =
      run_node(std::move(arguments),
               {nidus_translate_begin,
                static_cast<std::size_t>(nidus_translate_end - nidus_translate_begin)});
  if (run.result == ENOENT) {
    return base::fail(ErrorCode::kNotFound, "Node.js, which runs the CQL translator, was not found",
                      "node", {}, "Node.js 20 or newer in PATH; or ELM JSON, which needs none");
  }
  dom::parser parser;
  dom::element answer;
  if (run.result != 0 || run.status != 0 ||
      parser.parse(run.out).get(answer) != simdjson::SUCCESS) {
    const std::string why = run.result != 0
                                ? std::strerror(run.result)
                                : run.err.substr(0, std::min<std::size_t>(run.err.size(), 2000));
    return base::fail(ErrorCode::kBadProgram, "the CQL translator failed: " + why, file);
  }
  TranslatedLibraries out;
  out.main = string_at(answer, "main");
  for (dom::element one : answer["messages"].get_array()) {
    LibraryMessage message{
        string_at(one, "file"), 1, 1, string_at(one, "severity") == "error", false,
        string_at(one, "text")};
    message.line = static_cast<int>(one["line"].get_int64().value());
    message.column = static_cast<int>(one["column"].get_int64().value());
    out.messages.push_back(std::move(message));
  }
  for (dom::element one : answer["libraries"].get_array()) {
    out.elm.push_back(simdjson::minify(one));
  }
  for (const auto [name, place] : dom::object(answer["files"].get_object())) {
    out.files.emplace(name, base::view_of(place));
  }
  return out;
}

// ELM and what it includes, included ones first.
class ElmReader {
 public:
  explicit ElmReader(const std::vector<std::string>& folders) : folders_(folders) {}

  base::Result<std::string> add(const std::string& file, TranslatedLibraries& out) {
    auto text = read_file(file);
    if (!text) return std::unexpected(text.error());
    dom::parser parser;
    dom::element root, library;
    if (const auto error = parser.parse(*text).get(root); error != simdjson::SUCCESS) {
      return base::fail(ErrorCode::kBadArgument,
                        std::string("not JSON: ") + simdjson::error_message(error), file, {},
                        "ELM JSON, or CQL");
    }
    if (root["library"].get(library) != simdjson::SUCCESS) {
      return base::fail(ErrorCode::kBadArgument, "JSON, but not ELM", file, {},
                        "an object with a library, or a FHIR Library that holds CQL");
    }
    dom::element identifier;
    std::string name;
    if (library["identifier"].get(identifier) == simdjson::SUCCESS) {
      name = string_at(identifier, "id");
    }
    if (name.empty()) {
      return base::fail(ErrorCode::kBadArgument, "ELM without library.identifier.id", file, {},
                        "a library that is named");
    }
    if (!seen_.insert(name).second) return name;
    note_models(library, file, out);
    versions_[name] = string_at(identifier, "version");
    note_translation(library, file, out);
    out.files.emplace(name, file);
    dom::array includes;
    if (library["includes"]["def"].get(includes) == simdjson::SUCCESS) {
      for (dom::element include : includes) {
        const std::string path = string_at(include, "path");
        if (path == "FHIRHelpers" || path.ends_with("/FHIRHelpers")) continue;
        const std::string wanted = string_at(include, "version");
        const std::string found = find(file, path, wanted);
        if (found.empty()) {
          return base::fail(ErrorCode::kNotFound, "the included library " + path + " was not found",
                            file, {}, path + ".json beside it, or in a folder of --include");
        }
        if (auto added = add(found, out); !added) return added;
        const std::string& has = versions_[path.substr(path.rfind('/') + 1)];
        if (!wanted.empty() && !has.empty() && wanted != has) {
          return base::fail(ErrorCode::kBadArgument,
                            "the library " + path + " is included in version '" + wanted + "'; " +
                                found + " is version '" + has + "'",
                            file, {}, path + "-" + wanted + ".json, and one version in a run");
        }
      }
    }
    out.elm.push_back(*std::move(text));
    return name;
  }

 private:
  // Over a profiled model (QI-Core) a retrieve means resources of a profile; here it is of a type.
  static void note_models(dom::element library, const std::string& file, TranslatedLibraries& out) {
    dom::element usings;
    if (library["usings"].get(usings) != simdjson::SUCCESS) return;
    base::for_each(usings, "def", [&](dom::element one) {
      const std::string model = string_at(one, "localIdentifier");
      if (model.empty() || model == "System" || model == "FHIR") return;
      LibraryMessage message{
          file,
          1,
          1,
          false,
          true,
          "written over the model " + model + " " + string_at(one, "version") +
              ": its retrieves give all resources of their type, whatever their profile"};
      out.messages.push_back(std::move(message));
    });
  }

  // What the translator that wrote it found wrong: in place of such an expression stands a null.
  static void note_translation(dom::element library, const std::string& file,
                               TranslatedLibraries& out) {
    base::for_each(library, "annotation", [&](dom::element one) {
      if (string_at(one, "type") != "CqlToElmError") return;
      const auto number = [&](const char* key) {
        std::int64_t value = 1;
        const bool there = one[key].get(value) == simdjson::SUCCESS && std::in_range<int>(value);
        return there ? static_cast<int>(value) : 1;
      };
      const std::string said = string_at(one, "message");
      out.messages.push_back({file, number("startLine"), number("startChar"),
                              string_at(one, "errorSeverity") == "error", false,
                              said.empty() ? "its translator notes an error without words" : said});
    });
  }

  std::string find(const std::string& beside, const std::string& name,
                   const std::string& version) const {
    std::vector<fs::path> places{fs::path(beside).parent_path()};
    places.insert(places.end(), folders_.begin(), folders_.end());
    std::error_code error;
    for (const auto& place : places) {
      for (const std::string& ending :
           {"-" + version + ".json", std::string(".json"), std::string(".elm.json")}) {
        if (fs::exists(place / (name + ending), error)) return (place / (name + ending)).string();
      }
    }
    return {};
  }

  const std::vector<std::string>& folders_;
  std::set<std::string> seen_;
  std::map<std::string, std::string> versions_;  // by name
};

}  // namespace

namespace {

bool is_library(std::string_view text) {
  dom::parser parser;
  dom::element root;
  return parser.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS &&
         string_at(root, "resourceType") == "Library";
}

}  // namespace

bool TranslatedLibraries::has_errors() const {
  return std::any_of(messages.begin(), messages.end(),
                     [](const LibraryMessage& message) { return message.is_error; });
}

base::Result<TranslatedLibraries> translate(const std::string& file,
                                            const std::vector<std::string>& folders) {
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  const auto first = text->find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string::npos || (*text)[first] != '{' || is_library(*text)) {
    return translate_cql(file, folders);
  }
  TranslatedLibraries out;
  auto main = ElmReader(folders).add(file, out);
  if (!main) return std::unexpected(main.error());
  out.main = *std::move(main);
  return out;
}

}  // namespace nidus::cli
