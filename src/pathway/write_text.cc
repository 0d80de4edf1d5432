// SPDX-License-Identifier: Apache-2.0
//
// The plan for a terminal. The short form keeps what a person acts on and counts the rest.
#include <algorithm>

#include "pathway/phrase.h"
#include "pathway/text_page.h"
#include "pathway/write.h"

namespace nidus::pathway {

namespace {

constexpr std::size_t kNotesShown = 8;
constexpr std::size_t kDecidesShown = 5;

std::string bracketed(const Recommendation& recommendation) {
  return recommendation.title + " [" + recommendation.id + "]";
}

std::string numbered(int number) {
  std::string out = std::to_string(number) + ". ";
  if (out.size() < 5) out.insert(0, 5 - out.size(), ' ');
  return out;
}

Ink ink_of(Group group) {
  switch (group) {
    case Group::kNow:
      return Ink::kRed;
    case Group::kNext:
      return Ink::kBlue;
    case Group::kWatch:
      return Ink::kGreen;
    case Group::kAvoid:
      return Ink::kYellow;
  }
  return Ink::kPlain;
}

std::string title_of(Group group) {
  std::string out = word(group);
  for (auto& letter : out) letter = static_cast<char>(letter - 'a' + 'A');
  return out;
}

class TextWriter {
 public:
  TextWriter(const Plan& plan, const TextStyle& style)
      : plan_(plan), style_(style), say_(plan, style.verbose), page_(style.width, style.colour) {}

  void head();
  void at_a_glance();
  void shared();
  void advised();
  void stops();
  void undecided();
  void considered();
  void notes();
  void foot();

  void item(const Item& item, int number);
  TextPage& page() { return page_; }

 private:
  void options(const Item& item);
  std::string summary_of_rest() const;
  void some_of(const std::vector<std::string>& lines);

  const Plan& plan_;
  const TextStyle& style_;
  Phrases say_;
  TextPage page_;
};

void TextWriter::head() {
  page_.wrap("", say_.title_line() + ", as of " + say_.as_of(), Ink::kFaint);
  page_.blank();
  if (!plan_.state.empty()) page_.wrap("", plan_.state + ".", Ink::kBold);
  page_.wrap("", plan_.due, Ink::kBold);
}

// "8 now, 11 next, 4 to avoid; 2 stops in force; 24 undecided."
std::string TextWriter::summary_of_rest() const {
  const auto count = [&](Group group) {
    return std::count_if(plan_.advised.begin(), plan_.advised.end(),
                         [&](const Item& item) { return item.recommendation->group == group; });
  };
  std::string out;
  const auto add = [&](std::size_t number, const std::string& what) {
    if (number > 0) out += (out.empty() ? "" : ", ") + std::to_string(number) + " " + what;
  };
  add(static_cast<std::size_t>(count(Group::kNext)), "next");
  add(static_cast<std::size_t>(count(Group::kWatch)), "to watch");
  add(static_cast<std::size_t>(count(Group::kAvoid)), "to avoid");
  add(plan_.stops.size(), plan_.stops.size() == 1 ? "stop in force" : "stops in force");
  add(plan_.undecided.size(), "undecided");
  return out;
}

void TextWriter::at_a_glance() {
  std::vector<const Item*> now;
  for (const auto& item : plan_.advised) {
    if (item.recommendation->group == Group::kNow) now.push_back(&item);
  }
  const std::string rest = summary_of_rest();
  if (now.size() < 2) {
    if (!rest.empty()) {
      page_.blank();
      page_.wrap("", "Below: " + rest + ".", Ink::kFaint);
    }
    return;
  }
  page_.heading("NOW, at a glance", Ink::kRed);
  std::size_t who_width = 0, when_width = 0;
  for (const Item* item : now) {
    who_width =
        std::max(who_width, columns(plan_.guideline->role_name(item->recommendation->owner)));
    when_width = std::max(when_width, columns(item->overdue ? "OVERDUE" : say_.due_by(*item)));
  }
  // The title gives way first: it stands in full further down.
  const std::size_t taken = 5 + 2 + when_width + 2 + who_width;
  const std::size_t title_width =
      std::max<std::size_t>(page_.width() - std::min(page_.width(), taken), 24);
  int number = 0;
  for (const Item* item : now) {
    const Recommendation& recommendation = *item->recommendation;
    const std::string who = plan_.guideline->role_name(recommendation.owner);
    const std::string when = item->overdue ? "OVERDUE" : say_.due_by(*item);
    const std::string middle = when_width > 0 ? "  " + padded(when, when_width) + "  " : "  ";
    if (columns(recommendation.title) <= title_width) {
      page_.wrap(numbered(++number) + padded(recommendation.title, title_width) + middle, who,
                 Ink::kFaint);
    } else {
      page_.wrap(numbered(++number), recommendation.title);
      page_.wrap(std::string(5 + title_width, ' ') + middle, who, Ink::kFaint);
    }
  }
  if (!rest.empty()) {
    page_.blank();
    page_.wrap("     ", "Further below: " + rest + ".", Ink::kFaint);
  }
}

void TextWriter::shared() {
  const auto lines = say_.shared();
  if (lines.empty()) return;
  page_.heading("MOST OF THIS RESTS ON", Ink::kBold);
  for (const auto& line : lines) page_.wrap("   - ", line);
}

void TextWriter::options(const Item& item) {
  const auto lines = say_.options(item);
  int number = 0;
  const auto put = [&](const OptionLine& line, const std::string& lead) {
    const bool offered = line.standing == OptionStanding::kOffered;
    std::string text = line.text + " [" + line.id + "]";
    page_.wrap(lead, text, offered ? Ink::kPlain : Ink::kFaint);
    const std::string under(columns(lead), ' ');
    for (const auto& warning : line.warnings) page_.wrap(under, sentence(warning), Ink::kYellow);
    for (const auto& remark : line.remarks) page_.wrap(under, sentence(remark), Ink::kFaint);
  };
  for (const auto standing :
       {OptionStanding::kOffered, OptionStanding::kUndecided, OptionStanding::kRemoved}) {
    bool first = true;
    for (const auto& line : lines) {
      if (line.standing != standing) continue;
      if (first) {
        page_.wrap("     ",
                   standing == OptionStanding::kOffered     ? "Options, first choice first:"
                   : standing == OptionStanding::kUndecided ? "Not settled:"
                                                            : "Removed:",
                   Ink::kFaint);
      }
      first = false;
      std::string lead = "       - ";
      if (standing == OptionStanding::kOffered) lead = "      " + std::to_string(++number) + ". ";
      put(line, lead);
    }
    const auto more = say_.options_left_out(item);
    if (standing == OptionStanding::kOffered && !more.empty()) {
      page_.wrap("         ", more, Ink::kFaint);
    }
  }
}

void TextWriter::item(const Item& item, int number) {
  const Recommendation& recommendation = *item.recommendation;
  page_.wrap(numbered(number), bracketed(recommendation), Ink::kBold, Ink::kBold);
  page_.wrap("     ", say_.who_when(item), Ink::kFaint);
  if (item.overdue) page_.wrap("     ", say_.overdue(item), Ink::kRed);
  page_.wrap("     ", item.what);
  options(item);
  page_.field("why", {recommendation.reason});
  page_.field("because", say_.because(item));
  page_.field("missing", say_.missing(item), Ink::kYellow);
  page_.field("flips", say_.would_flip(item));
  page_.field("conflict", say_.conflicts(item), Ink::kYellow);
  page_.field("evidence", {say_.evidence(item)}, Ink::kFaint);
  if (style_.verbose) page_.field("category", {recommendation.category}, Ink::kFaint);
}

void TextWriter::advised() {
  int number = 0;
  for (const Group group : {Group::kNow, Group::kNext, Group::kWatch, Group::kAvoid}) {
    bool first = true;
    for (const auto& entry : plan_.advised) {
      if (entry.recommendation->group != group) continue;
      if (first) {
        page_.heading(title_of(group), ink_of(group));
      } else {
        page_.blank();
      }
      first = false;
      item(entry, ++number);
    }
  }
}

void TextWriter::stops() {
  if (plan_.stops.empty()) return;
  page_.heading("STOPS IN FORCE", Ink::kYellow);
  for (const auto& active : plan_.stops) {
    page_.wrap("   x ", active.stop->title + " [" + active.stop->id + "]", Ink::kBold);
    page_.wrap("     ", active.text);
    page_.field("because", say_.because(active));
  }
}

void TextWriter::undecided() {
  if (plan_.undecided.empty()) return;
  page_.heading("UNDECIDED, until more is known", Ink::kBold);
  if (style_.verbose) {
    for (const auto& item : plan_.undecided) {
      page_.wrap("   ? ", bracketed(*item.recommendation) + ". " + sentence(item.note));
    }
    return;
  }
  for (const auto& question : say_.questions()) {
    page_.wrap("   ? ", sentence(say_.question(*question.fact)));
    std::string decides;
    std::size_t named = 0;
    for (const Item* item : question.decides) {
      if (++named > kDecidesShown) continue;
      decides += (decides.empty() ? "" : "; ") + lower_first(bracketed(*item->recommendation));
    }
    if (named > kDecidesShown) {
      decides += " and " + std::to_string(named - kDecidesShown) + " more";
    }
    page_.wrap("     ", "decides: " + decides, Ink::kFaint);
  }
  if (const auto rest = say_.not_decided_by_one().size(); rest > 0) {
    page_.wrap("   - ",
               std::to_string(rest) +
                   " more, which no single answer is known to decide (--all lists them).",
               Ink::kFaint);
  }
}

void TextWriter::considered() {
  if (plan_.not_advised.empty()) return;
  page_.heading("CONSIDERED AND NOT ADVISED", Ink::kBold);
  std::size_t hidden = 0;
  for (const auto& item : plan_.not_advised) {
    if (!style_.verbose && !Phrases::worth_a_look(item)) {
      ++hidden;
      continue;
    }
    page_.wrap("   - ", bracketed(*item.recommendation) + ". " + sentence(item.note), Ink::kFaint);
  }
  if (hidden > 0) {
    page_.wrap("   - ",
               std::to_string(hidden) +
                   " more, which no single recorded fact keeps from being advised (--all lists "
                   "them).",
               Ink::kFaint);
  }
}

void TextWriter::notes() {
  if (!plan_.unreadable.empty()) {
    page_.heading("NOT READ, OR SET ASIDE", Ink::kYellow);
    for (const auto& text : lines_of(plan_.unreadable, plan_.as_of, style_.verbose)) {
      page_.wrap("   ! ", text);
    }
  }
  if (!plan_.unused.empty()) {
    page_.heading("IN THE RECORD, NOT USED", Ink::kBold);
    some_of(lines_of(plan_.unused, plan_.as_of, style_.verbose));
  }
  if (plan_.messages.empty() && plan_.issues.empty()) return;
  page_.heading("NOTES ON THE RECORD", Ink::kBold);
  for (const auto& text : plan_.messages) page_.wrap("   ! ", text, Ink::kYellow);
  std::vector<std::string> issues;
  for (const auto& issue : plan_.issues) {
    issues.push_back(issue.resource + " " + issue.path + ": " + issue.message);
  }
  some_of(issues);
}

// The first few lines, and how many more there are.
void TextWriter::some_of(const std::vector<std::string>& lines) {
  const std::size_t shown = style_.verbose ? lines.size() : std::min(lines.size(), kNotesShown);
  for (std::size_t i = 0; i < shown; ++i) page_.wrap("   - ", lines[i], Ink::kFaint);
  if (shown < lines.size()) {
    page_.wrap("   - ", std::to_string(lines.size() - shown) + " more (--all lists them).",
               Ink::kFaint);
  }
}

void TextWriter::foot() {
  page_.blank();
  page_.wrap("",
             plan_.guideline->title + ", version " + plan_.guideline->version +
                 (plan_.local.empty() ? "" : ", with the local figures of " + plan_.local) +
                 ". Advice to a named clinician, who decides; not a cleared medical device.",
             Ink::kFaint);
  page_.wrap("",
             style_.verbose ? "`nidus why FILE ID` takes one advice apart."
                            : "Short form: --all shows every fact and entry, `nidus why FILE ID` "
                              "takes one advice apart.",
             Ink::kFaint);
}

const char* standing_sentence(Standing standing) {
  switch (standing) {
    case Standing::kAdvised:
      return "Advised now.";
    case Standing::kUndecided:
      return "Undecided: more must be known.";
    case Standing::kNotAdvised:
      return "Considered and not advised.";
    case Standing::kBlocked:
      return "It would be advised, but is held back.";
    case Standing::kReplaced:
      return "It would be advised, but another advice replaces it.";
  }
  return "";
}

}  // namespace

const Item* find_item(const Plan& plan, std::string_view id) {
  for (const auto* list : {&plan.advised, &plan.undecided, &plan.not_advised}) {
    for (const auto& item : *list) {
      if (item.recommendation->id == id) return &item;
    }
  }
  return nullptr;
}

std::string write_text(const Plan& plan, const TextStyle& style) {
  TextWriter writer(plan, style);
  writer.head();
  writer.at_a_glance();
  writer.shared();
  writer.advised();
  writer.stops();
  writer.undecided();
  writer.considered();
  writer.notes();
  writer.foot();
  return writer.page().take();
}

std::string write_item_text(const Plan& plan, const Item& item, const TextStyle& style) {
  TextWriter writer(plan, style);
  TextPage& page = writer.page();
  const Phrases say(plan, style.verbose);
  page.wrap("", say.title_line() + ", as of " + say.as_of(), Ink::kFaint);
  page.blank();
  page.wrap("", standing_sentence(item.standing), Ink::kBold);
  if (!item.note.empty()) page.wrap("", sentence(item.note));
  page.blank();
  writer.item(item, 1);
  page.heading("Evidence", Ink::kBold);
  for (const auto& id : item.recommendation->evidence) {
    const Evidence* evidence = plan.guideline->find_evidence(id);
    if (evidence == nullptr) continue;
    std::string text = evidence->text;
    if (const auto mark = mark_text(evidence->mark); !mark.empty()) text += " [" + mark + "]";
    page.wrap("  " + padded(id, 9), text);
    for (const auto& key : evidence->sources) {
      const auto at = plan.guideline->source_citations.find(key);
      if (at != plan.guideline->source_citations.end()) {
        page.wrap("             ", at->second + " [" + key + "]", Ink::kFaint);
      }
    }
    if (!evidence->conflict.empty()) page.wrap("           ", evidence->conflict);
  }
  return page.take();
}

}  // namespace nidus::pathway
