// SPDX-License-Identifier: Apache-2.0
//
// ELM -> Program (compiled once, shared by threads) -> Evaluation (one record, one thread).
// All names are resolved at load; evaluation looks up no string. Unknown ELM nodes refuse to load,
// all listed at once. Knows FHIR R4 and CQL 1.5; knows nothing clinical.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_writer.h"
#include "cql/value.h"
#include "fhir/record.h"

namespace nidus::base {
class PackedJson;
}

namespace nidus::cql {

using DefinitionId = std::uint32_t;
class Everyone;

// Bytes of a text in which Matches and its kin look for a pattern; of a longer one they say an
// error.
inline constexpr std::size_t kLongestMatchedText = 65536;

struct ValueSetCode {
  std::string system;
  std::string code;
  std::string display;
};
struct ValueSetContent {
  std::string url;
  std::string name;
  std::vector<ValueSetCode> codes;
};

struct Definition {
  std::string_view library;
  std::string_view name;
  std::string_view locator;  // "line:col-line:col"
  bool per_patient = true;   // context Patient (false: Unfiltered)
  bool fixed = false;        // a list of the library's own: words, rows; the same for every patient

  std::string full_name() const { return std::string(library).append(".").append(name); }
};

// An expression that was evaluated for a definition. What it looked at stands behind it, one
// deeper.
struct Step {
  std::uint16_t library = 0;   // see Program::library
  std::string_view locator;    // "line:col-line:col"
  std::string_view operation;  // of ELM: "Exists", "FunctionRef"
  std::string_view name;       // of what it refers to, if it does
  std::uint32_t depth = 0;
  bool ended = false;  // false: it, or what it looked at, failed
  Value value = {};
};

// What only a program that is compiled whole knows of itself. With it another process can put off
// most of the work.
struct Findings {
  std::string fixed;       // '1' or '0' by definition
  std::string remembered;  // likewise by function: its calls are worth remembering
  std::string needed;      // by definition, then by function: what to compile first; may be empty
  std::size_t code_indexes = 0;
};

class Program {
 public:
  // `libraries`: ELM JSON texts, any order. FHIRHelpers is built in. A value set that is named but
  // not given is an error. `with_steps`: evaluations can tell their steps, and take longer.
  static base::Result<Program> compile(std::span<const std::string_view> libraries,
                                       std::span<const ValueSetContent> value_sets,
                                       bool with_steps = false);
  // The same from packed JSON, which outlives the program: a list of ELM and one of
  // {url, name, codes: [{system, code, display}]}. `meanwhile` is called once definitions can be
  // found, by the caller's thread, while others compile what they say.
  static base::Result<Program> compile(
      const base::PackedJson& libraries, const base::PackedJson& value_sets,
      const std::function<void(const Program&)>& meanwhile = [](const Program&) {});
  // What compile() has found sound is only declared: a definition is compiled when it is first
  // evaluated; those `needed` also ahead of that, by another thread (empty: none are). `known`: the
  // findings() of the same libraries.
  static base::Result<Program> open(const base::PackedJson& libraries,
                                    const base::PackedJson& value_sets, const Findings& known);
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  std::span<const Definition> definitions() const;
  bool is_boolean(DefinitionId id) const;
  bool is_list(DefinitionId id) const;
  // Without its model ("Boolean", "Observation"); empty for lists etc.
  std::string_view result_type(DefinitionId id) const;
  std::string_view library(std::uint16_t index) const;
  Findings findings() const;     // compiles what was put off
  std::string compiled() const;  // by now; as Findings::needed
  // From here on counts what is asked of remembered functions. REQUIRES: one thread evaluates.
  void count_calls();
  // As Findings::remembered, without functions that were asked often and hardly ever the same.
  std::string worth_remembering() const;
  // "Library.Name" or, when only one library has it, "Name".
  std::optional<DefinitionId> find(std::string_view name) const;
  // All definitions that can use `id`, directly or not (itself included), ascending.
  std::vector<DefinitionId> dependents(DefinitionId id) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct EvaluationOptions {
  base::DateTime as_of;  // Now(); its offset is the request's offset. REQUIRES: has_offset()
  bool trace = false;    // remember which definitions each definition looked at
  std::vector<std::pair<std::string, Value>> parameters = {};  // "Library.Name" or "Name"
  bool sources = false;  // with trace: and the resources each definition rests on
  // Of a run over many people, for definitions of the context Unfiltered (everyone.h). Without it
  // the record is all there is.
  const Everyone* everyone = nullptr;
  bool unfiltered = false;  // the record is everyone's; no definition of one patient can be had
};

// Results are memoised per definition. A run-time error belongs to the definition that met it and
// to all that use it; others are unaffected.
class Evaluation {
 public:
  Evaluation(const Program& program, const fhir::Record& record, const EvaluationOptions& options);
  ~Evaluation();
  Evaluation(Evaluation&&) noexcept;

  base::Result<Value> value(DefinitionId id);

  // Definitions that `id` looked at while it was computed, in order of first use, not transitive.
  // REQUIRES: options.trace and value(id) was called.
  std::span<const DefinitionId> looked_at(DefinitionId id) const;

  // Roots of the resources that the retrieves and queries of `id` itself, and of functions it
  // calls, came down to while it was computed; each once. REQUIRES: as looked_at, and
  // options.sources.
  std::span<const fhir::Node* const> sources(DefinitionId id) const;

  // The expressions of `id`, as they were entered. What is done for each item of a list is left
  // out, and so is what comes after the first 10,000. REQUIRES: as looked_at, and a program with
  // steps.
  std::span<const Step> steps(DefinitionId id) const;

  // Definitions computed so far that looked at `id`, directly or not, itself included; without a
  // trace, all that could. Until the next call.
  std::span<const DefinitionId> dependents(DefinitionId id);

  // What `ask` would be if `changed` had the value `instead`: only what depends on `changed` is
  // computed again, with a trace only what looked at something that did change; this evaluation's
  // own results stay as they are. REQUIRES: `changed` is neither Unfiltered nor fixed: calls that
  // look only at such definitions are remembered (CallMemo).
  std::vector<base::Result<Value>> what_if(DefinitionId changed, Value instead,
                                           std::span<const DefinitionId> ask);

  // Messages (CQL Message below Error severity), in order.
  std::span<const std::string> messages() const;
  base::Arena& arena();  // for values handed to what_if

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// CQL text form of a value ("120 'mg/L'", "@2025-03-04", "{1, 2}"), for people and for tests.
std::string to_string(const Value& value);
// JSON form; FHIR elements as their FHIR JSON, quantities as {value, unit}.
std::string to_json(const Value& value);
void write_json(base::JsonWriter& out, const Value& value);

}  // namespace nidus::cql
