// SPDX-License-Identifier: Apache-2.0
//
// One self-contained page: no script, no request to anywhere; prints on A4.
#include <algorithm>

#include "pathway/write.h"

namespace nidus::pathway {

namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1a1d21;
       max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; }
header { border-bottom: 2px solid #1a1d21; padding-bottom: .6rem; }
h1 { font-size: 1.3rem; margin: .4rem 0; }
h2 { font-size: 1rem; letter-spacing: .08em; text-transform: uppercase; margin: 1.6rem 0 .4rem; }
h3 { font-size: 1rem; margin: 0; }
.due { font-weight: 600; margin: .3rem 0 0; }
.faint { color: #5a6270; font-size: .86rem; }
article { border-left: 4px solid #9aa3af; padding: .1rem 0 .1rem .8rem; margin: 0 0 1rem;
          break-inside: avoid; }
.now article { border-color: #b42318; } .now h2 { color: #b42318; }
.next article { border-color: #175cd3; } .next h2 { color: #175cd3; }
.watch article { border-color: #067647; } .watch h2 { color: #067647; }
.avoid article { border-color: #b54708; } .avoid h2 { color: #b54708; }
dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .15rem .6rem; margin: .3rem 0 0; }
dt { color: #5a6270; } dd { margin: 0; } dd ul, dd ol { margin: 0; padding-left: 1.1rem; }
.warn { color: #8a3c06; } .removed { color: #5a6270; text-decoration: line-through; }
.grey { color: #5a6270; }
.overdue { color: #b42318; font-weight: 600; }
ul.plain { padding-left: 1.1rem; margin: .2rem 0; }
footer { border-top: 1px solid #9aa3af; margin-top: 1.6rem; padding-top: .5rem; }
@page { size: A4; margin: 16mm; }
@media print { body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
               h2 { break-after: avoid; } }
)css";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string element(std::string_view tag, std::string_view text, std::string_view css = {}) {
  std::string out = "<" + std::string(tag);
  if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
  return out + ">" + escape(text) + "</" + std::string(tag) + ">\n";
}

std::string row(std::string_view name, const std::string& html) {
  return html.empty() ? "" : element("dt", name) + "<dd>" + html + "</dd>\n";
}

std::string fact_html(const ShownFact& fact) {
  std::string out = "<li>" + escape(fact.fact->label + ": " + fact.value);
  for (const auto& source : fact.sources) {
    out += " <span class=\"faint\">" +
           escape((source.at.empty() ? "" : source.at.substr(0, 10) + " ") + source.reference) +
           "</span>";
  }
  return out + "</li>\n";
}

std::string options_html(const Item& item) {
  std::string out;
  for (const auto& option : item.options) {
    std::string text;
    for (const auto& component : option.components) {
      text += (text.empty() ? "" : " + ") + component_text(component);
    }
    const char* css = option.standing == OptionStanding::kOffered     ? ""
                      : option.standing == OptionStanding::kUndecided ? "grey"
                                                                      : "removed";
    out += "<li><span class=\"" + std::string(css) + "\">" + escape(text) +
           "</span> <span class=\"faint\">" + escape(option.option->id) + "</span>";
    for (const Stop* stop : option.removed_by) {
      out += "<br><span class=\"warn\">removed: " + escape(stop->title) + "</span>";
    }
    if (option.standing == OptionStanding::kUndecided) {
      out += "<br><span class=\"grey\">only if: " + escape(option.option->condition);
      for (const Fact* fact : option.missing) out += "; unknown: " + escape(fact->label);
      out += "</span>";
    }
    if (option.standing == OptionStanding::kOffered) {
      for (const Stop* stop : option.cautions) {
        out += "<br><span class=\"warn\">check first: " + escape(stop->title) + "</span>";
      }
      for (const auto& component : option.components) {
        if (component.component->verification.find("unverified") == std::string::npos) continue;
        out += "<br><span class=\"warn\">" + escape(component.component->agent) +
               ": dose row is unverified</span>";
      }
    }
    out += "</li>\n";
  }
  return out.empty() ? out : "<ol>" + out + "</ol>";
}

std::string evidence_html(const Plan& plan, const Recommendation& recommendation) {
  std::string out = "<span class=\"faint\">";
  for (const auto& id : recommendation.evidence) {
    const Evidence* evidence = plan.guideline->find_evidence(id);
    const std::string mark = evidence == nullptr ? "" : mark_text(evidence->mark);
    out += "<span title=\"" + escape(evidence == nullptr ? "" : evidence->text) + "\">" +
           escape(id) + (mark.empty() ? "" : " (" + escape(mark) + ")") + "</span> ";
  }
  return out + escape("- " + recommendation.strength + ", certainty " + recommendation.certainty) +
         "</span>";
}

std::string item_html(const Plan& plan, const Item& item) {
  const Recommendation& recommendation = *item.recommendation;
  std::string out = "<article id=\"" + escape(recommendation.id) + "\">\n";
  out += "<h3>" + escape(recommendation.title) + " <span class=\"faint\">" +
         escape(recommendation.id) + "</span></h3>\n<dl>\n";
  out += row("What", escape(item.what));
  std::string who = escape(plan.guideline->role_name(recommendation.owner));
  if (!item.due.empty()) who += ", " + escape(item.due);
  if (item.overdue)
    who += " <span class=\"overdue\">overdue since " + escape(item.due_at) + "</span>";
  out += row("Who, when", who);
  out += row("Options", options_html(item));
  out += row("Why", escape(recommendation.reason));
  std::string facts, missing, flips;
  const auto& named = recommendation.because;
  for (const auto& fact : item.because) {
    const bool listed = std::find(named.begin(), named.end(), fact.fact->id) != named.end();
    if (listed || fact.pivotal) facts += fact_html(fact);
  }
  if (!facts.empty()) facts = "<ul>" + facts + "</ul>";
  out += row("Because", facts);
  for (const auto& entry : item.missing) {
    if (!entry.decisive) continue;
    missing +=
        "<li>" +
        escape(entry.fact->label + (entry.fact->learn.empty() ? "" : ": ") + entry.fact->learn) +
        "</li>\n";
  }
  if (!missing.empty()) missing = "<ul>" + missing + "</ul>";
  out += row("Missing", missing);
  for (const auto& flip : item.flips) {
    flips += "<li>" +
             escape(flip.fact->label + " " + flip.to + " instead of " + flip.from + ": " +
                    word(flip.becomes)) +
             "</li>\n";
  }
  if (!flips.empty()) flips = "<ul>" + flips + "</ul>";
  out += row("Would flip", flips);
  std::string conflicts;
  for (const Recommendation* other : item.conflicts) {
    conflicts += escape(other->id + " " + other->title) + " ";
  }
  out += row("Conflict", conflicts);
  out += row("Evidence", evidence_html(plan, recommendation));
  return out + "</dl>\n</article>\n";
}

std::string list_html(std::string_view title, const std::vector<std::string>& lines,
                      std::string_view css = {}) {
  if (lines.empty()) return {};
  std::string out = "<section>" + element("h2", title) + "<ul class=\"plain\">\n";
  for (const auto& line : lines) out += element("li", line, css);
  return out + "</ul></section>\n";
}

}  // namespace

std::string write_html(const Plan& plan) {
  const std::string as_of = base::format_date_time(plan.as_of);
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += element("title", "Nidus plan - " + plan.patient + " - " + as_of);
  out += "<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n<header>\n";
  out +=
      element("p",
              (plan.patient.empty() ? "No Patient resource" : plan.patient) +
                  (plan.description.empty() ? "" : ", " + plan.description) + " - as of " + as_of,
              "faint");
  out += element("h1", plan.state.empty() ? plan.guideline->title : plan.state);
  out += element("p", plan.due, "due");
  out += "</header>\n<main>\n";
  for (const Group group : {Group::kNow, Group::kNext, Group::kWatch, Group::kAvoid}) {
    std::string body;
    for (const auto& item : plan.advised) {
      if (item.recommendation->group == group) body += item_html(plan, item);
    }
    if (body.empty()) continue;
    out += "<section class=\"" + std::string(word(group)) + "\">\n" + element("h2", word(group)) +
           body + "</section>\n";
  }
  std::vector<std::string> lines;
  for (const auto& active : plan.stops) {
    lines.push_back(active.stop->title + ": " + active.stop->text + " [" + active.stop->id + "]");
  }
  out += list_html("Stops in force", lines, "warn");
  lines.clear();
  for (const auto& item : plan.undecided) {
    lines.push_back(item.recommendation->title + " [" + item.recommendation->id +
                    "]: " + item.note);
  }
  out += list_html("Undecided, until more is known", lines);
  lines.clear();
  for (const auto& item : plan.not_advised) {
    lines.push_back(item.recommendation->title + " [" + item.recommendation->id +
                    "]: " + item.note);
  }
  out += list_html("Considered and not advised", lines, "grey");
  out += list_html("Could not be read", plan.unreadable, "warn");
  out += list_html("In the record, not used", plan.unused, "grey");
  lines = plan.messages;
  for (const auto& issue : plan.issues) {
    lines.push_back(issue.resource + " " + issue.path + ": " + issue.message);
  }
  out += list_html("Notes on the record", lines, "grey");
  out += "</main>\n<footer>\n";
  out += element("p",
                 plan.guideline->title + " " + plan.guideline->version +
                     ". Decision support for a named clinician, who decides. Not a cleared medical "
                     "device. Guideline " +
                     plan.guideline->hash,
                 "faint");
  return out + "</footer>\n</body>\n</html>\n";
}

}  // namespace nidus::pathway
