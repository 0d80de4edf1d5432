// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pathway/write.h"

namespace nidus::pathway {

namespace {

enum class Ink { kPlain, kBold, kFaint, kRed, kYellow, kGreen, kBlue };

// Columns a UTF-8 text takes (every code point counts as one; enough for what guidelines hold).
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  std::string ink(std::string_view text, Ink ink) const {
    if (!style_.colour || ink == Ink::kPlain) return std::string(text);
    static constexpr std::array<const char*, 7> kCodes = {"", "1", "2", "1;31", "33", "32", "36"};
    return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(ink)]) + "m" + std::string(text) +
           "\x1b[0m";
  }

  void line(std::string_view text = {}, Ink how = Ink::kPlain) {
    out_ += text.empty() ? std::string() : ink(text, how);
    out_ += '\n';
  }

  // Wraps `text` behind `lead` (already `indent` columns wide, shown once).
  void wrap(const std::string& lead, std::size_t indent, std::string_view text,
            Ink how = Ink::kPlain) {
    const auto width = static_cast<std::size_t>(std::max(style_.width, 60));
    std::string current;
    std::string head = lead;
    const auto flush = [&] {
      out_ += head + ink(current, how) + '\n';
      head = std::string(indent, ' ');
      current.clear();
    };
    while (!text.empty()) {
      const auto space = text.find_first_of(" \n");
      std::string_view next = text.substr(0, space);
      const bool forced = space != std::string_view::npos && text[space] == '\n';
      text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
      if (!next.empty()) {
        if (!current.empty() && indent + columns(current) + 1 + columns(next) > width) flush();
        if (!current.empty()) current += ' ';
        current += next;
      }
      if (forced) flush();
    }
    if (!current.empty()) flush();
  }

  void field(std::string_view name, std::string_view text, Ink how = Ink::kPlain) {
    if (text.empty()) return;
    std::string lead = "     " + std::string(name);
    lead.resize(kFieldIndent, ' ');
    wrap(ink(lead, Ink::kFaint), kFieldIndent, text, how);
  }

  // A further entry under the same field.
  void more(std::string_view text, Ink how = Ink::kPlain) {
    wrap(std::string(kFieldIndent, ' '), kFieldIndent, text, how);
  }

  const TextStyle& style() const { return style_; }
  std::string take() { return std::move(out_); }

  static constexpr std::size_t kFieldIndent = 17;

 private:
  const TextStyle& style_;
  std::string out_;
};

std::string source_text(const ShownFact& fact) {
  std::string out = fact.fact->label + ": " + fact.value;
  if (fact.sources.empty()) return out;
  out += " (";
  for (std::size_t i = 0; i < fact.sources.size(); ++i) {
    const Source& source = fact.sources[i];
    if (i > 0) out += "; ";
    if (!source.at.empty()) out += source.at.substr(0, 10) + " ";
    out += source.reference;
  }
  return out + ")";
}

void write_options(Page& page, const Item& item) {
  bool first = true;
  int number = 0;
  for (const auto& option : item.options) {
    std::string text;
    Ink how = Ink::kPlain;
    if (option.standing == OptionStanding::kOffered) {
      text = std::to_string(++number) + ". ";
    } else if (option.standing == OptionStanding::kUndecided) {
      text = "?  ";
      how = Ink::kFaint;
    } else {
      text = "x  ";
      how = Ink::kFaint;
    }
    for (std::size_t i = 0; i < option.components.size(); ++i) {
      if (i > 0) text += "  + ";
      text += component_text(option.components[i]);
    }
    text += "  [" + option.option->id + "]";
    if (first) {
      page.field("options", text, how);
    } else {
      page.more(text, how);
    }
    first = false;
    if (option.standing == OptionStanding::kRemoved) {
      for (const Stop* stop : option.removed_by) {
        page.more("   removed: " + stop->id + " " + stop->title, Ink::kRed);
      }
    }
    if (option.standing == OptionStanding::kUndecided) {
      std::string why = "   only if: " + option.option->condition;
      if (!option.option->note.empty()) why += " (" + option.option->note + ")";
      if (!option.missing.empty()) {
        why += "; unknown: ";
        for (std::size_t i = 0; i < option.missing.size() && i < 4; ++i) {
          why += (i > 0 ? ", " : "") + option.missing[i]->label;
        }
      }
      page.more(why, Ink::kFaint);
    }
    for (const auto& component : option.components) {
      if (component.component->verification.find("unverified") != std::string::npos &&
          option.standing == OptionStanding::kOffered) {
        page.more("   ! " + component.component->agent + ": dose row " +
                      component.component->reg_id + " is unverified",
                  Ink::kYellow);
      }
    }
    if (option.standing == OptionStanding::kOffered) {
      for (const Stop* stop : option.cautions) {
        page.more("   ! check first: " + stop->title, Ink::kYellow);
      }
    }
  }
}

std::string evidence_text(const Plan& plan, const Recommendation& recommendation) {
  std::string out;
  bool unverified = false;
  for (const auto& id : recommendation.evidence) {
    out += (out.empty() ? "" : ", ") + id;
    const Evidence* evidence = plan.guideline->find_evidence(id);
    unverified |= evidence != nullptr && !mark_text(evidence->mark).empty();
  }
  out += " - " + recommendation.strength + ", certainty " + recommendation.certainty;
  if (unverified) out += " (rests in part on unverified figures)";
  return out;
}

void write_reasons(Page& page, const Item& item, bool all) {
  bool first = true;
  const auto show = [&](const ShownFact& fact) {
    if (first) {
      page.field("because", source_text(fact));
    } else {
      page.more(source_text(fact));
    }
    first = false;
  };
  const auto& named = item.recommendation->because;
  std::size_t shown = 0;
  for (const auto& fact : item.because) {
    const bool listed = std::find(named.begin(), named.end(), fact.fact->id) != named.end();
    if (!all && !listed && !fact.pivotal) continue;
    if (!all && shown++ == 6) break;
    show(fact);
  }
  first = true;
  shown = 0;
  for (const auto& missing : item.missing) {
    if (!all && (!missing.decisive || shown++ == 4)) continue;
    std::string text = missing.fact->label;
    if (!missing.fact->learn.empty()) text += ": " + missing.fact->learn;
    if (first) {
      page.field("missing", text, Ink::kYellow);
    } else {
      page.more(text, Ink::kYellow);
    }
    first = false;
  }
  first = true;
  shown = 0;
  for (const auto& flip : item.flips) {
    if (!all && shown++ == 3) break;
    const std::string text =
        flip.fact->label + " " + flip.to + " instead of " + flip.from + ": " + word(flip.becomes);
    if (first) {
      page.field("would flip", text);
    } else {
      page.more(text);
    }
    first = false;
  }
}

void write_item(Page& page, const Plan& plan, const Item& item, int number, bool all) {
  const Recommendation& recommendation = *item.recommendation;
  std::string lead = std::to_string(number) + ".";
  lead.insert(0, 4 - std::min<std::size_t>(4, lead.size()), ' ');
  page.wrap(page.ink(lead + " ", Ink::kBold), 5, recommendation.title, Ink::kBold);
  page.field("what", item.what);
  std::string who = plan.guideline->role_name(recommendation.owner);
  if (!item.due.empty()) who += ", " + item.due;
  page.field("who, when", who, item.overdue ? Ink::kRed : Ink::kPlain);
  if (item.overdue) page.more("overdue since " + item.due_at, Ink::kRed);
  write_options(page, item);
  page.field("why", recommendation.reason);
  write_reasons(page, item, all);
  for (const Recommendation* other : item.conflicts) {
    page.field("conflict",
               other->id + " " + other->title +
                   (other->priority < recommendation.priority   ? " comes first"
                    : other->priority > recommendation.priority ? " comes second"
                                                                : ""),
               Ink::kYellow);
  }
  page.field("evidence", evidence_text(plan, recommendation), Ink::kFaint);
  page.field("id", recommendation.id + " (" + recommendation.category + ")", Ink::kFaint);
}

void heading(Page& page, std::string_view title, Ink how) {
  page.line();
  page.line(title, how);
  page.line();
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

void list_considered(Page& page, const Plan& plan, bool all) {
  if (!plan.undecided.empty()) {
    heading(page, "UNDECIDED, until more is known", Ink::kBold);
    for (const auto& item : plan.undecided) {
      page.wrap("   ? ", 5,
                item.recommendation->title + " [" + item.recommendation->id + "]: " + item.note);
    }
  }
  heading(page, "CONSIDERED AND NOT ADVISED", Ink::kBold);
  std::size_t hidden = 0;
  for (const auto& item : plan.not_advised) {
    const bool telling =
        item.standing != Standing::kNotAdvised || !item.recommendation->not_advised.empty();
    if (!all && !telling) {
      ++hidden;
      continue;
    }
    page.wrap("   - ", 5,
              item.recommendation->title + " [" + item.recommendation->id + "]: " + item.note,
              Ink::kFaint);
  }
  if (hidden > 0) {
    page.wrap("   - ", 5,
              std::to_string(hidden) + " more whose condition is not met (--all lists them)",
              Ink::kFaint);
  }
}

}  // namespace

std::string component_text(const ShownComponent& component) {
  const RegimenComponent& part = *component.component;
  std::string out = part.agent;
  for (const auto* text : {&part.route, &part.dose, &part.interval}) {
    if (text->empty() || *text == "n/a" || *text == "0") continue;
    out += " " + *text;
  }
  if (!component.for_kidney.empty()) out += " (" + component.for_kidney + ")";
  return out;
}

std::string mark_text(std::string_view mark) {
  if (mark == "U") return "from general knowledge, unverified";
  if (mark == "J") return "project choice, to be ratified";
  if (mark == "S") return "secondary source";
  return {};
}

const Item* find_item(const Plan& plan, std::string_view id) {
  for (const auto* list : {&plan.advised, &plan.undecided, &plan.not_advised}) {
    for (const auto& item : *list) {
      if (item.recommendation->id == id) return &item;
    }
  }
  return nullptr;
}

std::string write_text(const Plan& plan, const TextStyle& style) {
  Page page(style);
  std::string who = plan.patient.empty() ? "No Patient resource" : plan.patient;
  if (!plan.description.empty()) who += ", " + plan.description;
  page.line(who + " - as of " + base::format_date_time(plan.as_of).substr(0, 16), Ink::kFaint);
  page.line();
  page.wrap("", 0, plan.state, Ink::kBold);
  page.wrap("", 0, plan.due, Ink::kBold);

  for (const Group group : {Group::kNow, Group::kNext, Group::kWatch, Group::kAvoid}) {
    int number = 0;
    for (const auto& item : plan.advised) {
      if (item.recommendation->group != group) continue;
      if (number == 0) {
        std::string title = word(group);
        for (auto& letter : title) letter = static_cast<char>(letter - 'a' + 'A');
        heading(page, title, ink_of(group));
      } else {
        page.line();
      }
      write_item(page, plan, item, ++number, style.verbose);
    }
  }
  if (!plan.stops.empty()) {
    heading(page, "STOPS in force", Ink::kYellow);
    for (const auto& active : plan.stops) {
      page.wrap("   x ", 5,
                active.stop->title + ": " + active.stop->text + " [" + active.stop->id + "]");
      for (const auto& fact : active.because) {
        page.wrap("     because ", 13, source_text(fact), Ink::kFaint);
        break;
      }
    }
  }
  list_considered(page, plan, style.verbose);
  if (!plan.unreadable.empty()) {
    heading(page, "COULD NOT BE READ", Ink::kYellow);
    for (const auto& text : plan.unreadable) page.wrap("   ! ", 5, text);
  }
  if (!plan.unused.empty()) {
    heading(page, "IN THE RECORD, NOT USED", Ink::kBold);
    std::size_t shown = 0;
    for (const auto& text : plan.unused) {
      if (!style.verbose && shown++ == 8) {
        page.wrap("   - ", 5, std::to_string(plan.unused.size() - 8) + " more (--all lists them)",
                  Ink::kFaint);
        break;
      }
      page.wrap("   - ", 5, text, Ink::kFaint);
    }
  }
  if (!plan.messages.empty() || !plan.issues.empty()) {
    heading(page, "NOTES ON THE RECORD", Ink::kBold);
    std::size_t shown = 0;
    for (const auto& text : plan.messages) page.wrap("   ! ", 5, text, Ink::kYellow);
    for (const auto& issue : plan.issues) {
      if (!style.verbose && shown++ == 8) {
        page.wrap("   - ", 5, std::to_string(plan.issues.size() - 8) + " more (--all lists them)",
                  Ink::kFaint);
        break;
      }
      page.wrap("   - ", 5, issue.resource + " " + issue.path + ": " + issue.message, Ink::kFaint);
    }
  }
  page.line();
  page.wrap("", 0,
            plan.guideline->title + " " + plan.guideline->version +
                ". Advice to a named clinician, who decides. `nidus why FILE ID` takes one advice "
                "apart.",
            Ink::kFaint);
  return page.take();
}

std::string write_item_text(const Plan& plan, const Item& item, const TextStyle& style) {
  Page page(style);
  const Recommendation& recommendation = *item.recommendation;
  page.line(recommendation.id + ": " + word(item.standing), Ink::kBold);
  page.line();
  write_item(page, plan, item, 1, true);
  if (!item.note.empty()) page.field("note", item.note);
  page.line();
  for (const auto& id : recommendation.evidence) {
    const Evidence* evidence = plan.guideline->find_evidence(id);
    if (evidence == nullptr) continue;
    std::string text = evidence->text;
    if (const auto mark = mark_text(evidence->mark); !mark.empty()) text += " [" + mark + "]";
    page.field(id, text);
    for (const auto& key : evidence->sources) {
      const auto at = plan.guideline->source_citations.find(key);
      if (at != plan.guideline->source_citations.end()) {
        page.more(key + " " + at->second, Ink::kFaint);
      }
    }
  }
  return page.take();
}

}  // namespace nidus::pathway
