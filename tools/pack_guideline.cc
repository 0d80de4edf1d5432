// SPDX-License-Identifier: Apache-2.0
//
// guideline.json -> the form that is embedded in the command. What plans of the worked patients
// need of it (CASE.json, CASE.expect.json) is compiled first when the command starts, and their
// plans tell which calls are worth remembering.
// usage: pack_guideline FILE OUT CASE...
#include <simdjson.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "base/date_time.h"
#include "pathway/guideline.h"
#include "pathway/plan.h"

namespace {

using nidus::pathway::Guideline;
using Bytes = std::vector<std::uint8_t>;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) std::fprintf(stderr, "pack_guideline: %s cannot be opened\n", path.c_str());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Compiled whole, which finds every fault; then again as the command will, to see what it needs.
nidus::base::Result<Bytes> packed(const char* guideline_file, std::span<char* const> people) {
  const std::string json = content(guideline_file);
  const auto whole = Guideline::load(json, guideline_file);
  if (!whole) return std::unexpected(whole.error());
  auto findings = whole->program().findings();
  const auto first = Guideline::pack(json, findings, guideline_file);
  if (!first) return first;
  auto guideline = Guideline::load_packed(*first, guideline_file);
  if (!guideline) return std::unexpected(guideline.error());
  guideline->program().count_calls();
  for (const std::string person : people) {
    const auto record = nidus::fhir::Record::parse(content(person + ".json"), person);
    if (!record) return std::unexpected(record.error());
    simdjson::dom::parser parser;
    simdjson::dom::element expected;
    std::string_view moment;
    const std::string text = content(person + ".expect.json");
    if (parser.parse(text).get(expected) == simdjson::SUCCESS) {
      [[maybe_unused]] const auto error = expected["as_of"].get(moment);
    }
    const auto as_of = nidus::base::parse_date_time(moment);
    if (!as_of || !as_of->has_offset()) {
      return nidus::base::fail(nidus::base::ErrorCode::kBadDate, "no as_of with its offset",
                               person + ".expect.json");
    }
    const auto plan = nidus::pathway::make_plan(*guideline, *record, {*as_of, true, {}});
    if (!plan) return std::unexpected(plan.error());
  }
  findings.needed = guideline->program().compiled();
  findings.remembered = guideline->program().worth_remembering();
  return Guideline::pack(json, findings, guideline_file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: pack_guideline FILE OUT CASE...\n");
    return 2;
  }
  const auto bytes = packed(argv[1], {argv + 3, static_cast<std::size_t>(argc - 3)});
  if (!bytes) {
    std::fprintf(stderr, "pack_guideline: %s\n", bytes.error().to_string().c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes->data()),
            static_cast<std::streamsize>(bytes->size()));
  if (!out.flush()) {
    std::fprintf(stderr, "pack_guideline: cannot write %s\n", argv[2]);
    return 1;
  }
  return 0;
}
