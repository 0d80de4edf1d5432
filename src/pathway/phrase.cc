// SPDX-License-Identifier: Apache-2.0
#include "pathway/phrase.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <tuple>

namespace nidus::pathway {

namespace {

constexpr std::size_t kSourcesShown = 3;
constexpr std::size_t kReasonsShown = 4;
constexpr std::size_t kMissingShown = 3;
constexpr std::size_t kFlipsShown = 3;
constexpr std::size_t kEvidenceShown = 2;
constexpr std::size_t kUnknownShown = 4;
constexpr int kSharedByAtLeast = 4;

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string day_and_month(const base::DateTime& when, bool with_year) {
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::string out;
  if (when.precision >= base::Precision::kDay) out = std::to_string(when.day) + " ";
  if (when.precision >= base::Precision::kMonth) out += kMonths[when.month - 1u];
  if (with_year || out.empty()) out += (out.empty() ? "" : " ") + std::to_string(when.year);
  return out;
}

std::string time_of_day(const base::DateTime& when) {
  const int minute = when.precision >= base::Precision::kMinute ? when.minute : 0;
  return two_digits(when.hour) + ":" + two_digits(minute);
}

std::string upper_first(std::string text) {
  if (!text.empty()) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::string counted_more(std::size_t count) { return "and " + std::to_string(count) + " more"; }

// What is left out is counted at the end of the last line.
void count_left_out(std::vector<std::string>& lines, std::size_t left_out) {
  if (left_out > 0 && !lines.empty()) lines.back() += "; " + counted_more(left_out);
}

const char* flip_words(Standing becomes) {
  switch (becomes) {
    case Standing::kAdvised:
      return "Advised";
    case Standing::kUndecided:
      return "Undecided";
    case Standing::kNotAdvised:
      return "Not advised";
    case Standing::kBlocked:
      return "Held back";
    case Standing::kReplaced:
      return "Replaced";
  }
  return "";
}

std::string component_list(const ShownOption& option) {
  std::vector<std::string> parts;
  for (const auto& component : option.components) parts.push_back(component_text(component));
  return joined(parts, " + ");
}

std::string stop_list(const std::vector<const Stop*>& stops) {
  std::vector<std::string> parts;
  for (const Stop* stop : stops) parts.push_back(stop->title + " [" + stop->id + "]");
  return joined(parts, "; ");
}

bool is_known_pivot(const Item& item, const Flip& flip) {
  return std::any_of(item.because.begin(), item.because.end(), [&](const ShownFact& fact) {
    return fact.fact == flip.fact && !fact.sources.empty();
  });
}

}  // namespace

std::string date_text(const base::DateTime& when) {
  std::string out = day_and_month(when, true);
  if (when.precision >= base::Precision::kHour) out += ", " + time_of_day(when);
  return out;
}

std::string day_text(std::string_view iso, const base::DateTime& as_of) {
  const auto when = base::parse_date_time(iso);
  return when ? day_and_month(*when, when->year != as_of.year) : std::string(iso);
}

std::string moment_text(std::string_view iso, const base::DateTime& as_of) {
  const auto when = base::parse_date_time(iso);
  if (!when) return std::string(iso);
  std::string out = day_and_month(*when, when->year != as_of.year);
  if (when->precision >= base::Precision::kHour) out += ", " + time_of_day(*when);
  return out;
}

std::string duration_text(std::int64_t minutes) {
  constexpr std::int64_t kHour = 60, kDay = 24 * kHour;
  const auto counted = [](std::int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (minutes > 0 && minutes % kDay == 0) return counted(minutes / kDay, "day");
  if (minutes > 0 && minutes % kHour == 0) return counted(minutes / kHour, "hour");
  return std::to_string(minutes) + " min";
}

std::string lower_first(std::string text) {
  const auto letter = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (text.size() > 1 && std::isupper(letter(0)) != 0 && std::islower(letter(1)) != 0) {
    text[0] = static_cast<char>(std::tolower(letter(0)));
  }
  return text;
}

std::string sentence(std::string text) {
  if (!text.empty() && std::string_view(".!?)").find(text.back()) == std::string_view::npos) {
    text += '.';
  }
  return text;
}

std::string sources_text(const std::vector<Source>& sources, const base::DateTime& as_of) {
  std::string out, last_day, last_type;
  std::size_t shown = 0;
  for (const Source& source : sources) {
    if (shown == kSourcesShown) {
      return out + " " + counted_more(sources.size() - shown);
    }
    const std::string day = source.at.empty() ? "" : day_text(source.at, as_of);
    const std::string type = source.reference.substr(0, source.reference.find('/'));
    const bool same = shown > 0 && day == last_day && type == last_type;
    const bool is_last = shown + 1 == sources.size();
    if (shown > 0) out += same ? (is_last ? " and " : ", ") : "; ";
    if (!same && !day.empty()) out += day + ", ";
    out += same ? source.reference.substr(std::min(source.reference.size(), type.size() + 1))
                : source.reference;
    last_day = day;
    last_type = type;
    ++shown;
  }
  return out;
}

namespace {

// "3 Jan to 4 Mar", "4 Mar", "3 Jan to 4 Mar, 2 undated".
std::string days_of(const std::vector<const LeftOut*>& entries, const base::DateTime& as_of) {
  std::string first, last;
  std::size_t undated = 0;
  for (const LeftOut* entry : entries) {
    const auto at = base::parse_date_time(entry->at);
    if (!at) {
      ++undated;
      continue;
    }
    const std::string day = base::format_date(*at);
    if (first.empty() || day < first) first = day;
    if (last.empty() || day > last) last = day;
  }
  std::string out = first.empty() ? "" : day_text(first, as_of);
  if (first != last) out += " to " + day_text(last, as_of);
  if (undated > 0 && !out.empty()) out += ", " + std::to_string(undated) + " undated";
  return out;
}

}  // namespace

std::vector<std::string> lines_of(const std::vector<LeftOut>& entries, const base::DateTime& as_of,
                                  bool all) {
  constexpr std::size_t kAlike = 3;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::vector<const LeftOut*>>
      alike;
  const auto key = [](const LeftOut& entry) {
    return std::tuple<std::string_view, std::string_view, std::string_view>(entry.type, entry.name,
                                                                            entry.reason);
  };
  for (const auto& entry : entries) alike[key(entry)].push_back(&entry);
  std::vector<std::string> out;
  for (const auto& entry : entries) {
    const auto& group = alike[key(entry)];
    if (all || entry.type.empty() || group.size() < kAlike) {
      out.push_back(entry.line);
    } else if (group.front() == &entry) {
      const std::string days = days_of(group, as_of);
      out.push_back(std::to_string(group.size()) + " " + entry.type + "s of \"" + entry.name +
                    "\"" + (days.empty() ? "" : ", " + days) +
                    (entry.reason.empty() ? "" : ": " + entry.reason));
    }
  }
  return out;
}

std::string component_text(const ShownComponent& component) {
  const RegimenComponent& part = *component.component;
  std::string dose;
  for (const auto* text : {&part.dose, &part.interval}) {
    if (text->empty() || *text == "n/a" || *text == "0") continue;
    dose += (dose.empty() ? "" : " ") + *text;
  }
  std::string out = part.agent;
  if (!part.route.empty() && part.route != "n/a") out += " " + part.route;
  if (!dose.empty()) out += " " + dose;
  if (component.for_kidney.empty()) return out;
  const auto band = component.for_kidney.find(": ");
  const bool same = band != std::string::npos && component.for_kidney.substr(band + 2) == dose;
  return out + (same ? " (the dose " + component.for_kidney.substr(0, band) + ")"
                     : " (" + component.for_kidney + ")");
}

std::string mark_text(std::string_view mark) {
  if (mark == "U") return "from general knowledge, unverified";
  if (mark == "J") return "project choice, to be ratified";
  if (mark == "S") return "secondary source";
  return {};
}

Phrases::Phrases(const Plan& plan, bool all) : plan_(plan), all_(all) {
  for (const auto& item : plan.advised) {
    for (const auto& flip : item.flips) ++advice_resting_on_[flip.fact];
  }
}

std::string Phrases::title_line() const {
  std::string out = plan_.patient.empty() ? "No Patient resource" : plan_.patient;
  return plan_.description.empty() ? out : out + ", " + plan_.description;
}

std::string Phrases::as_of() const { return date_text(plan_.as_of); }

std::string Phrases::due_by(const Item& item) const {
  if (item.due_at.empty()) return {};
  const auto due = base::parse_date_time(item.due_at);
  const bool today = due && due->year == plan_.as_of.year && due->month == plan_.as_of.month &&
                     due->day == plan_.as_of.day;
  return "by " + (today ? time_of_day(*due) : moment_text(item.due_at, plan_.as_of));
}

std::string Phrases::who_when(const Item& item) const {
  const Due& due = item.recommendation->due;
  std::string out = plan_.guideline->role_name(item.recommendation->owner);
  const std::string by = due_by(item);
  if (!item.within.empty()) {
    out += ", " + item.within + " (" + by + ")";
  } else if (!by.empty()) {
    out += ", " + by;
  }
  if (!due.text.empty()) out += ", " + due.text;
  return out;
}

std::string Phrases::overdue(const Item& item) const {
  return item.overdue ? "overdue since " + moment_text(item.due_at, plan_.as_of) : "";
}

std::string Phrases::fact(const ShownFact& shown) const {
  return shown.fact->label + ": " + shown.value;
}

// Facts read from the same resources share one line; those without a resource stand together.
std::vector<std::string> Phrases::facts(const std::vector<const ShownFact*>& list) const {
  std::vector<std::pair<std::string, std::string>> lines;  // sources, facts
  for (const ShownFact* shown : list) {
    const std::string sources = sources_text(shown->sources, plan_.as_of);
    const auto at = std::find_if(lines.begin(), lines.end(),
                                 [&](const auto& line) { return line.first == sources; });
    if (at == lines.end()) {
      lines.emplace_back(sources, fact(*shown));
    } else {
      at->second += "; " + lower_first(fact(*shown));
    }
  }
  std::vector<std::string> out;
  for (const auto& [sources, text] : lines) {
    out.push_back(sources.empty() ? text : text + " (" + sources + ")");
  }
  return out;
}

std::vector<std::string> Phrases::reasons(std::vector<const ShownFact*> chosen) const {
  std::size_t left_out = 0;
  if (!all_ && chosen.size() > kReasonsShown) {
    left_out = chosen.size() - kReasonsShown;
    chosen.resize(kReasonsShown);
  }
  auto out = facts(chosen);
  count_left_out(out, left_out);
  return out;
}

std::vector<std::string> Phrases::because(const Item& item) const {
  const auto& named = item.recommendation->because;
  std::vector<const ShownFact*> chosen, shared, rest;
  for (const auto& shown : item.because) {
    const bool listed = std::find(named.begin(), named.end(), shown.fact->id) != named.end();
    // A named fact that is absent and changes nothing here is no reason.
    const bool telling = shown.pivotal || (listed && shown.value != "no");
    if (all_ || (telling && !is_shared(shown.fact))) {
      chosen.push_back(&shown);
    } else if (telling) {
      shared.push_back(&shown);
    } else if (listed) {
      rest.push_back(&shown);
    }
  }
  if (chosen.empty()) chosen = std::move(shared);
  if (chosen.empty()) chosen = std::move(rest);
  return reasons(std::move(chosen));
}

std::vector<std::string> Phrases::because(const ActiveStop& stop) const {
  std::vector<const ShownFact*> chosen;
  for (const auto& shown : stop.because) {
    if (all_ || shown.value != "no") chosen.push_back(&shown);
  }
  return reasons(std::move(chosen));
}

bool Phrases::is_shared(const Fact* fact) const {
  const auto at = advice_resting_on_.find(fact);
  return !all_ && at != advice_resting_on_.end() && at->second >= kSharedByAtLeast &&
         3 * static_cast<std::size_t>(at->second) >= plan_.advised.size();
}

std::vector<std::string> Phrases::shared() const {
  std::vector<std::string> out;
  std::set<const Fact*> said;
  for (const auto& item : plan_.advised) {
    for (const auto& flip : item.flips) {
      if (!is_shared(flip.fact) || !said.insert(flip.fact).second) continue;
      const auto shown =
          std::find_if(item.because.begin(), item.because.end(),
                       [&](const ShownFact& fact) { return fact.fact == flip.fact; });
      const std::string what = shown == item.because.end() ? "Not known. " + question(*flip.fact)
                                                           : facts({&*shown}).front();
      out.push_back(what + ". If " + flip.to + ", " +
                    std::to_string(advice_resting_on_.at(flip.fact)) + " of " +
                    std::to_string(plan_.advised.size()) + " fall away.");
    }
  }
  return out;
}

std::string Phrases::question(const Fact& fact) const {
  if (fact.learn.empty()) return fact.label;
  // "Record ..., yes or no: neutrophils below 0.5" needs no label in front.
  if (lower(fact.learn).find(lower(fact.label)) != std::string::npos) return fact.learn;
  return fact.label + ": " + lower_first(fact.learn);
}

std::vector<std::string> Phrases::missing(const Item& item) const {
  std::vector<std::string> out;
  std::size_t left_out = 0;
  for (const auto& entry : item.missing) {
    if (!all_ && (!entry.decisive || is_shared(entry.fact))) continue;
    if (!all_ && out.size() == kMissingShown) {
      ++left_out;
      continue;
    }
    std::string text = question(*entry.fact);
    for (const auto& flip : item.flips) {
      if (flip.fact != entry.fact || flip.becomes == item.standing) continue;
      text += " (" + lower_first(flip_words(flip.becomes)) + " if " + flip.to + ")";
    }
    out.push_back(std::move(text));
  }
  count_left_out(out, left_out);
  return out;
}

std::vector<std::string> Phrases::would_flip(const Item& item) const {
  // What is unknown is said under `missing`.
  std::vector<const Flip*> flips;
  for (const auto& flip : item.flips) {
    const bool is_missing =
        std::any_of(item.missing.begin(), item.missing.end(),
                    [&](const Missing& entry) { return entry.fact == flip.fact; });
    if (!is_missing && !is_shared(flip.fact)) flips.push_back(&flip);
  }
  std::size_t left_out = 0;
  if (!all_ && flips.size() > kFlipsShown) {
    left_out = flips.size() - kFlipsShown;
    flips.resize(kFlipsShown);
  }
  std::vector<std::string> out;
  for (const auto becomes : {Standing::kNotAdvised, Standing::kBlocked, Standing::kReplaced,
                             Standing::kUndecided, Standing::kAdvised}) {
    std::vector<std::string> conditions;
    for (const Flip* flip : flips) {
      if (flip->becomes == becomes) {
        conditions.push_back("if " + lower_first(flip->fact->label) + ": " + flip->to);
      }
    }
    if (!conditions.empty()) {
      out.push_back(std::string(flip_words(becomes)) + " " + joined(conditions, "; or "));
    }
  }
  count_left_out(out, left_out);
  return out;
}

std::vector<OptionLine> Phrases::options(const Item& item) const {
  std::vector<OptionLine> out;
  std::size_t offered = 0;
  for (const auto& shown : item.options) {
    OptionLine line;
    line.standing = shown.standing;
    line.id = shown.option->id;
    line.text = component_list(shown);
    if (shown.standing == OptionStanding::kRemoved) {
      std::vector<std::string> why;
      if (!shown.removed_by.empty()) why.push_back(stop_list(shown.removed_by));
      for (const auto& met : shown.interactions) {
        if (met.row->forbids()) why.push_back(interaction_text(met));
      }
      line.remarks.push_back("Removed: " + joined(why, "; "));
    }
    if (shown.standing == OptionStanding::kUndecided) {
      std::string why = "Only if " + lower_first(shown.option->condition);
      if (!shown.option->note.empty()) why += " (" + shown.option->note + ")";
      std::vector<std::string> unknown;
      std::size_t left_out = 0;
      for (const Fact* fact : shown.missing) {
        if (!all_ && unknown.size() == kUnknownShown) {
          ++left_out;
        } else {
          unknown.push_back(lower_first(fact->label));
        }
      }
      if (!unknown.empty()) why += ". Not known: " + joined(unknown, ", ");
      if (left_out > 0) why += " " + counted_more(left_out);
      line.remarks.push_back(std::move(why));
    }
    if (shown.standing != OptionStanding::kRemoved) {
      std::set<std::string> agents;
      for (const auto& component : shown.components) {
        if (component.component->verification.find("unverified") != std::string::npos) {
          agents.insert(component.component->agent);
        }
      }
      for (const auto& agent : agents) {
        line.warnings.push_back("Dose not verified" +
                                (shown.components.size() > 1 ? ": " + lower_first(agent) : ""));
      }
      for (const auto& component : shown.components) {
        if (component.for_exposure.empty()) continue;
        line.warnings.push_back(component.component->agent +
                                " is in category I: at least the high dose, " +
                                component.for_exposure);
      }
      if (!shown.cautions.empty()) {
        line.warnings.push_back("Check first: " + stop_list(shown.cautions));
      }
      for (const auto& [stop, text] : shown.warnings) {
        line.warnings.push_back(stop->title + " [" + stop->id + "]: " + text);
      }
      for (const auto& met : shown.interactions) {
        line.warnings.push_back(interaction_text(met));
      }
    }
    if (shown.standing == OptionStanding::kOffered) {
      // One regimen may stand in two rows of the table, each for a reason of its own.
      const auto same = std::ranges::find_if(out, [&](const OptionLine& before) {
        return before.standing == line.standing && before.text == line.text &&
               before.warnings == line.warnings;
      });
      if (same != out.end()) {
        same->id += ", " + line.id;
        ++same->count;
        continue;
      }
      if (!all_ && ++offered > plan_.guideline->options_shown) continue;
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string Phrases::options_left_out(const Item& item) const {
  auto left = static_cast<std::size_t>(
      std::ranges::count(item.options, OptionStanding::kOffered, &ShownOption::standing));
  for (const auto& line : options(item)) {
    if (line.standing == OptionStanding::kOffered) left -= line.count;
  }
  return left == 0 ? "" : counted_more(left) + " that fit (--all)";
}

std::vector<std::string> Phrases::conflicts(const Item& item) const {
  std::vector<std::string> out;
  const int own = item.recommendation->priority;
  for (const Recommendation* other : item.conflicts) {
    out.push_back("Against " + other->title + " [" + other->id + "]: " +
                  (other->priority < own   ? "that comes first"
                   : other->priority > own ? "this comes first"
                                           : "both stand, decide together"));
  }
  return out;
}

std::string interaction_text(const ShownInteraction& met) {
  std::vector<std::string> agents, taken;
  for (const auto& name : met.agents) agents.push_back(lower_first(name));
  for (const auto& name : met.taken) taken.push_back(name);
  const std::string pair = taken.empty()
                               ? joined(agents, " with ")
                               : joined(agents, " and ") + " with " + joined(taken, " and ");
  return upper_first(pair) + (taken.empty() ? " (both in this option)" : ", which is taken") +
         " [" + met.row->id + ", " + met.row->severity + "]: " + met.row->text;
}

std::string cite(const pharmacology::Source& source) {
  std::string out;
  for (const std::string& id : source.evidence) out += (out.empty() ? "" : ", ") + id;
  if (!source.source.empty()) out += (out.empty() ? "" : "; ") + source.source;
  const std::string mark = mark_text(source.mark);
  if (!mark.empty()) out += (out.empty() ? "" : " - ") + mark;
  return out;
}

std::string grade_text(const Recommendation& recommendation) {
  std::string certainty = recommendation.certainty;
  std::ranges::replace(certainty, '-', ' ');
  return recommendation.strength + ", certainty " + certainty;
}

std::string Phrases::evidence(const Item& item) const {
  const Recommendation& recommendation = *item.recommendation;
  std::vector<std::string> ids;
  bool unverified = false;
  bool disputed = false;
  std::size_t left_out = 0;
  for (const auto& id : recommendation.evidence) {
    const Evidence* evidence = plan_.guideline->find_evidence(id);
    unverified |= evidence != nullptr && !mark_text(evidence->mark).empty();
    disputed |= evidence != nullptr && !evidence->conflict.empty();
    if (!all_ && ids.size() == kEvidenceShown) {
      ++left_out;
    } else {
      ids.push_back(id);
    }
  }
  return upper_first(grade_text(recommendation)) + (unverified ? ", partly unverified" : "") +
         (disputed ? ", sources disagree" : "") + " (" + joined(ids, ", ") +
         (left_out > 0 ? ", +" + std::to_string(left_out) : "") + ")";
}

bool Phrases::worth_a_look(const Item& item) {
  if (item.standing != Standing::kNotAdvised) return true;
  return std::any_of(item.flips.begin(), item.flips.end(), [&](const Flip& flip) {
    return flip.becomes == Standing::kAdvised && is_known_pivot(item, flip);
  });
}

std::vector<Question> Phrases::questions() const {
  std::vector<const Item*> open;
  for (const auto& item : plan_.undecided) open.push_back(&item);
  std::vector<Question> out;
  while (true) {
    // The fact that decides most of what is still open; the first met among equals.
    std::vector<Question> candidates;
    for (const Item* item : open) {
      for (const auto& missing : item->missing) {
        if (!missing.decisive) continue;
        auto at = std::find_if(candidates.begin(), candidates.end(), [&](const Question& question) {
          return question.fact == missing.fact;
        });
        if (at == candidates.end()) at = candidates.insert(at, Question{missing.fact, {}});
        at->decides.push_back(item);
      }
    }
    if (candidates.empty()) break;
    const auto best = std::max_element(
        candidates.begin(), candidates.end(),
        [](const Question& a, const Question& b) { return a.decides.size() < b.decides.size(); });
    std::erase_if(open, [&](const Item* item) {
      return std::find(best->decides.begin(), best->decides.end(), item) != best->decides.end();
    });
    out.push_back(std::move(*best));
  }
  // plan_.undecided is in order of urgency, and each question's entries follow it.
  std::stable_sort(out.begin(), out.end(), [](const Question& a, const Question& b) {
    return a.decides.front() < b.decides.front();
  });
  return out;
}

std::vector<const Item*> Phrases::not_decided_by_one() const {
  std::vector<const Item*> out;
  for (const auto& item : plan_.undecided) {
    if (std::none_of(item.missing.begin(), item.missing.end(),
                     [](const Missing& missing) { return missing.decisive; })) {
      out.push_back(&item);
    }
  }
  return out;
}

}  // namespace nidus::pathway
