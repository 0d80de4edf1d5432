// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string_view>

#include "cli/command.h"
#include "cli/guideline_words.h"
#include "pathway/phrase.h"
#include "pathway/text_page.h"
#include "pathway/write.h"

extern "C" const char nidus_guideline_words_begin[];
extern "C" const char nidus_guideline_words_end[];

namespace nidus::cli {

namespace {

using Guideline = pathway::Guideline;

// The words that were made with this guideline: in the binary, or beside the file.
base::Result<GuidelineWords> load_words(const Common& common, const Guideline& guideline) {
  if (common.guideline_file.empty()) {
    return GuidelineWords::load(
        {nidus_guideline_words_begin,
         static_cast<std::size_t>(nidus_guideline_words_end - nidus_guideline_words_begin)},
        guideline.hash, "built-in guideline");
  }
  std::filesystem::path path = common.guideline_file;
  path.replace_filename(path.stem().string() + "-words.json");
  auto bytes = read_file(path.string());
  if (!bytes) return std::unexpected(bytes.error());
  return GuidelineWords::load(*bytes, guideline.hash, path.string());
}

// A definition's logic, with the definitions that it names in turn.
std::string logic_text(const GuidelineWords& words, const std::string& name) {
  const auto* logic = words.find_logic(name);
  std::string out = "  " + name;
  if (logic == nullptr) return out + "\n";
  out += "  (" + logic->label + ")\n" + logic->text;
  bool first = true;
  for (const auto& used : logic->uses) {
    const auto* below = words.find_logic(used);
    if (below == nullptr || below->is_fact || below->text.empty()) continue;
    out += (first ? "    where\n" : "") + std::string("      ") + below->label + ": " + used + "\n";
    first = false;
  }
  return out;
}

std::string evidence_text(const Guideline& guideline, const std::vector<std::string>& ids) {
  std::string out;
  for (const auto& id : ids) {
    const auto* evidence = guideline.find_evidence(id);
    const auto mark = pathway::mark_text(evidence->mark);
    out += "    " + id + "  " + evidence->text + (mark.empty() ? "" : " [" + mark + "]") + "\n";
    for (const auto& source : evidence->sources) {
      const auto at = guideline.source_citations.find(source);
      if (at != guideline.source_citations.end())
        out += "      " + source + "  " + at->second + "\n";
    }
    if (!evidence->conflict.empty()) out += "      " + evidence->conflict + "\n";
  }
  return out;
}

std::string cases_text(const char* title, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  std::string out = std::string("  ") + title;
  for (const auto& id : ids) out += (&id == &ids.front() ? "  " : ", ") + id;
  return out + "\n";
}

std::string explain(const Guideline& guideline, const GuidelineWords& words,
                    const pathway::Recommendation& recommendation) {
  std::string out = recommendation.id + "  " + recommendation.title + "\n";
  out += "  stage      " + recommendation.stage + ", category " + recommendation.category + "\n";
  out += "  who        " + guideline.role_name(recommendation.owner) + "\n";
  out += "  why        " + recommendation.reason + "\n";
  out += "  priority   " + std::to_string(recommendation.priority) + "\n";
  out += "\nADVISED WHEN\n" +
         logic_text(words, guideline.program().definitions()[recommendation.when].full_name());
  for (const auto id : recommendation.unless) {
    out += "\nUNLESS\n" + logic_text(words, guideline.program().definitions()[id].full_name());
  }
  out += "\nEVIDENCE  " + recommendation.strength + ", certainty " + recommendation.certainty +
         "\n" + evidence_text(guideline, recommendation.evidence);
  if (const auto* cases = words.find_cases(recommendation.id)) {
    out += "\nWORKED PATIENTS\n" + cases_text("advised:", cases->advised) +
           cases_text("must not be:", cases->never) + cases_text("undecided:", cases->undecided);
  }
  return out;
}

std::string explain(const Guideline& guideline, const GuidelineWords& words,
                    const pathway::Stop& stop) {
  std::string out = stop.id + "  " + stop.title + "\n  " + stop.text +
                    (stop.caution ? "\n  warns on   " : "\n  removes    ");
  for (const auto& code : stop.remove_atc) {
    out += (&code == &stop.remove_atc.front() ? "" : ", ") + code;
  }
  if (stop.remove_agents) {
    out += (stop.remove_atc.empty() ? "what " : ", and what ") +
           guideline.program().definitions()[*stop.remove_agents].full_name() + " lists";
  }
  return out + "\n\nHOLDS WHEN\n" +
         logic_text(words, guideline.program().definitions()[stop.when].full_name()) +
         "\nEVIDENCE\n" + evidence_text(guideline, stop.evidence);
}

// A line that is too long goes on under its own text: behind its dash, or behind the short name in
// its first column.
std::string fitted(std::string_view text, int width) {
  constexpr std::size_t kLongestName = 12;
  pathway::TextPage page(width, false);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pathway::columns(line) <= page.width()) {
      page.verbatim(line);
      continue;
    }
    std::size_t lead = line.find_first_not_of(' ');
    const auto gap = line.find("  ", lead);
    if (line.substr(lead).starts_with("- ")) {
      lead += 2;
    } else if (gap != std::string_view::npos && gap - lead <= kLongestName) {
      lead = line.find_first_not_of(' ', gap);
    }
    page.wrap(line.substr(0, lead), line.substr(lead));
  }
  return page.take();
}

int run_list(const Common& common) {
  const auto guideline = load_guideline(common);
  if (!guideline) return report(guideline.error());
  std::string out = guideline->title + " " + guideline->version + "\n" + guideline->hash + "\n\n";
  for (const auto& recommendation : guideline->recommendations) {
    std::string id = recommendation.id;
    id.resize(std::max<std::size_t>(id.size() + 1, 10), ' ');
    out += id + recommendation.title + "\n";
  }
  return print(fitted(out, text_width(common)));
}

int run_explain(const Common& common, const std::string& id) {
  const auto guideline = load_guideline(common);
  if (!guideline) return report(guideline.error());
  const auto words = load_words(common, *guideline);
  if (!words) return report(words.error());
  if (const auto* recommendation = guideline->find_recommendation(id)) {
    return print(fitted(explain(*guideline, *words, *recommendation), text_width(common)));
  }
  for (const auto& stop : guideline->stops) {
    if (stop.id == id) {
      return print(fitted(explain(*guideline, *words, stop), text_width(common)));
    }
  }
  if (words->find_logic(id) != nullptr) {
    return print(fitted(logic_text(*words, id), text_width(common)));
  }
  return report({base::ErrorCode::kBadArgument,
                 "no recommendation, stop or definition is called '" + id + "'",
                 "ID",
                 {},
                 "an id that `nidus guideline list` prints, STOP-1, Library.Name"});
}

}  // namespace

void add_guideline(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>();
  auto id = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("guideline", "Look into the guideline");
  verb->require_subcommand(1);
  verb->add_option("--guideline", common->guideline_file, "Another guideline.json");
  verb->add_option("--width", common->width, "Columns")->check(CLI::Range(60, 200));
  verb->add_subcommand("list", "Every recommendation")->callback([common, &exit_code] {
    exit_code = run_list(*common);
  });
  CLI::App* one = verb->add_subcommand(
      "explain", "One recommendation, stop or definition: logic in words, evidence, cases");
  one->add_option("ID", *id, "WUP-1, STOP-1 or Library.Name")->required();
  one->callback([common, id, &exit_code] { exit_code = run_explain(*common, *id); });
}

}  // namespace nidus::cli
