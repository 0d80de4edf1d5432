// SPDX-License-Identifier: Apache-2.0
//
// One self-contained page: no script, no request to anywhere; prints black on white on A4.
#include <algorithm>
#include <cctype>
#include <set>

#include "pathway/html_text.h"
#include "pathway/page_style.h"
#include "pathway/phrase.h"
#include "pathway/report_style.h"
#include "pathway/response.h"
#include "pathway/write.h"

namespace nidus::pathway {

namespace {

// A CSS string that no text from a record can end: everything but letters, digits, spaces and
// UTF-8 bytes is written as its number.
std::string css_string(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0 || c == ' ') {
      out += c;
    } else {
      out += {'\\', kHex[byte >> 4U], kHex[byte & 15U], ' '};
    }
  }
  return out + "\"";
}

std::string element(std::string_view tag, std::string_view text, std::string_view css = {}) {
  std::string out = "<" + std::string(tag);
  if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
  return out + ">" + html_text(text) + "</" + std::string(tag) + ">\n";
}

// One line stands as it is; more become a list.
std::string lines_html(const std::vector<std::string>& lines) {
  if (lines.size() == 1) return html_text(lines.front());
  std::string out;
  for (const auto& line : lines) out += element("li", line);
  return out.empty() ? out : "<ul>\n" + out + "</ul>";
}

std::string row(std::string_view name, const std::string& html, std::string_view css = {}) {
  if (html.empty()) return {};
  std::string out = element("dt", name) + "<dd";
  if (!css.empty()) out += " class=\"" + std::string(css) + "\"";
  return out + ">" + html + "</dd>\n";
}

// "LOOK" and "halves in" as "Look" and "Halves in".
std::string capitalised(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    c = static_cast<char>(&c == text.data() ? std::toupper(byte) : std::tolower(byte));
  }
  return text;
}

class HtmlWriter {
 public:
  HtmlWriter(const Plan& plan, bool all, const ResponseReport* response)
      : plan_(plan), all_(all), response_(response), say_(plan, all) {}
  std::string write();

 private:
  std::string head(bool charts) const;
  std::string at_a_glance() const;
  std::string shared() const;
  std::string group(Group group, int& number) const;
  std::string item(const Item& item, int number) const;
  std::string options(const Item& item) const;
  std::string stops() const;
  std::string response() const;
  std::string marker(const pharmacology::MarkerReport& marker) const;
  std::string undecided() const;
  std::string considered() const;
  std::string notes() const;
  std::string evidence() const;
  std::string heading(const Recommendation& recommendation) const {
    return html_text(recommendation.title) + " <span class=\"id\">" + html_text(recommendation.id) +
           "</span>";
  }

  const Plan& plan_;
  bool all_;
  const ResponseReport* response_;
  Phrases say_;
};

std::string HtmlWriter::head(bool charts) const {
  const std::string who = say_.title_line();
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += element("title", "Plan: " + who + ", as of " + say_.as_of());
  out += "<style>" + std::string(kPageStyle) + (charts ? kChartStyle : "");
  // The person and the moment stand on every sheet.
  out += "@page { @top-left { content: " + css_string(who) +
         " } @top-right { content: " + css_string("as of " + say_.as_of()) +
         " } }\n</style>\n</head>\n<body>\n";
  out += "<header>\n" + element("p", who + ", as of " + say_.as_of(), "faint");
  out += element("h1", plan_.state.empty() ? plan_.guideline->title : plan_.state);
  return out + element("p", plan_.due, "due") + "</header>\n<main>\n";
}

std::string HtmlWriter::at_a_glance() const {
  std::string rows;
  int number = 0;
  for (const auto& item : plan_.advised) {
    if (item.recommendation->group != Group::kNow) continue;
    const std::string when =
        item.overdue ? "<strong>overdue</strong>" : html_text(say_.due_by(item));
    rows += "<tr><td>" + std::to_string(++number) + "</td><td><a href=\"#" +
            html_text(item.recommendation->id) + "\">" + html_text(item.recommendation->title) +
            "</a></td><td>" + when + "</td><td>" +
            html_text(plan_.guideline->role_name(item.recommendation->owner)) + "</td></tr>\n";
  }
  if (number < 2) return {};
  return "<table>\n<caption>Now, at a glance</caption>\n<thead><tr><th scope=\"col\">No</th>"
         "<th scope=\"col\">What</th><th scope=\"col\">When</th><th scope=\"col\">Who</th></tr>"
         "</thead>\n<tbody>\n" +
         rows + "</tbody>\n</table>\n";
}

std::string HtmlWriter::shared() const {
  const auto lines = say_.shared();
  if (lines.empty()) return {};
  std::string out = "<section>\n" + element("h2", "Most of this rests on") + "<ul>\n";
  for (const auto& line : lines) out += element("li", line);
  return out + "</ul>\n</section>\n";
}

std::string HtmlWriter::options(const Item& item) const {
  std::string offered, open, removed;
  for (const auto& line : say_.options(item)) {
    std::string entry =
        "<li>" + html_text(line.text) + " <span class=\"id\">" + html_text(line.id) + "</span>";
    for (const auto& warning : line.warnings) {
      entry += "<br><span class=\"warn\">" + html_text(warning) + ".</span>";
    }
    for (const auto& remark : line.remarks) {
      entry += "<br><span class=\"faint\">" + html_text(remark) + ".</span>";
    }
    entry += "</li>\n";
    (line.standing == OptionStanding::kOffered     ? offered
     : line.standing == OptionStanding::kUndecided ? open
                                                   : removed) += entry;
  }
  std::string out;
  if (!offered.empty()) {
    out += row("Options", "first choice first<ol>\n" + offered + "</ol>" +
                              html_text(say_.options_left_out(item)));
  }
  if (!open.empty()) out += row("Not settled", "<ul>\n" + open + "</ul>");
  if (!removed.empty()) out += row("Removed", "<ul>\n" + removed + "</ul>");
  return out;
}

std::string HtmlWriter::item(const Item& item, int number) const {
  const Recommendation& recommendation = *item.recommendation;
  std::string out = "<article id=\"" + html_text(recommendation.id) + "\">\n<h3>" +
                    std::to_string(number) + ". " + heading(recommendation) + "</h3>\n";
  out += "<p class=\"who\">" + html_text(say_.who_when(item));
  if (item.overdue) out += " <strong>" + html_text(say_.overdue(item)) + "</strong>";
  out += "</p>\n" + element("p", item.what, "what") + "<dl>\n";
  out += options(item);
  out += row("Why", html_text(recommendation.reason));
  out += row("Because", lines_html(say_.because(item)));
  out += row("Missing", lines_html(say_.missing(item)), "warn");
  out += row("Would flip", lines_html(say_.would_flip(item)));
  out += row("Conflict", lines_html(say_.conflicts(item)), "warn");
  return out + row("Evidence", html_text(say_.evidence(item)), "faint") + "</dl>\n</article>\n";
}

std::string HtmlWriter::group(Group group, int& number) const {
  std::string body;
  for (const auto& entry : plan_.advised) {
    if (entry.recommendation->group == group) body += item(entry, ++number);
  }
  if (body.empty()) return body;
  const std::string name = word(group);
  return "<section class=\"" + name + "\" aria-labelledby=\"h-" + name + "\">\n<h2 id=\"h-" + name +
         "\">" + name + "</h2>\n" + body + "</section>\n";
}

std::string HtmlWriter::stops() const {
  if (plan_.stops.empty()) return {};
  std::string out = "<section class=\"avoid\">\n" + element("h2", "Stops in force");
  for (const auto& active : plan_.stops) {
    out += "<article>\n<h3>" + html_text(active.stop->title) + " <span class=\"id\">" +
           html_text(active.stop->id) + "</span></h3>\n" + element("p", active.text, "what");
    const std::string because = row("Because", lines_html(say_.because(active)));
    if (!because.empty()) out += "<dl>\n" + because + "</dl>\n";
    out += "</article>\n";
  }
  return out + "</section>\n";
}

std::string HtmlWriter::marker(const pharmacology::MarkerReport& marker) const {
  std::string rows, basis;
  for (const ResponseWords& words : marker_words(*response_, marker)) {
    if (words.faint) {
      basis += element("li", words.text);
    } else {
      rows += row(capitalised(words.name), html_text(words.text), words.warns ? "warn" : "");
    }
  }
  std::string out = "<article>\n" + element("h3", marker.marker->name + ", " + marker.marker->unit);
  if (marker.points.size() > 1) {
    out += "<figure>\n" + response_svg(*response_, marker) + "</figure>\n";
  }
  return out + "<dl>\n" + rows + "</dl>\n<details" + (all_ ? " open" : "") +
         "><summary>What this rests on</summary>\n<ul>\n" + basis +
         "</ul>\n</details>\n</article>\n";
}

// Of a person who is treated; what there is of the markers before it stands in the items.
std::string HtmlWriter::response() const {
  if (response_ == nullptr || !response_->start) return {};
  std::string markers;
  for (const pharmacology::MarkerReport& one : response_->markers) {
    if (!one.record.readings.empty()) markers += marker(one);
  }
  if (markers.empty()) return {};
  return "<section>\n" + element("h2", "CRP and ESR on treatment") +
         element("p", treatment_words(*response_), "who") + markers + "</section>\n";
}

std::string HtmlWriter::undecided() const {
  if (plan_.undecided.empty()) return {};
  std::string out = "<section>\n" + element("h2", "Undecided, until more is known") + "<ul>\n";
  for (const auto& question : say_.questions()) {
    out += "<li>" + html_text(sentence(say_.question(*question.fact)));
    std::string decides;
    for (const Item* item : question.decides) {
      decides += (decides.empty() ? "" : "; ") + heading(*item->recommendation);
    }
    out += "<br><span class=\"faint\">Decides: " + decides + "</span></li>\n";
  }
  out += "</ul>\n";
  const auto others = say_.not_decided_by_one();
  if (others.empty()) return out + "</section>\n";
  out += "<details" + std::string(all_ ? " open" : "") + "><summary>" +
         std::to_string(others.size()) +
         " more, which no single answer is known to decide</summary>\n<ul>\n";
  for (const Item* item : others) {
    out += "<li>" + heading(*item->recommendation) + ". " + html_text(sentence(item->note)) +
           "</li>\n";
  }
  return out + "</ul>\n</details>\n</section>\n";
}

std::string HtmlWriter::considered() const {
  if (plan_.not_advised.empty()) return {};
  std::string near, rest;
  std::size_t hidden = 0;
  for (const auto& item : plan_.not_advised) {
    const std::string entry =
        "<li>" + heading(*item.recommendation) + ". " + html_text(sentence(item.note)) + "</li>\n";
    if (Phrases::worth_a_look(item)) {
      near += entry;
    } else {
      rest += entry;
      ++hidden;
    }
  }
  std::string out = "<section>\n" + element("h2", "Considered and not advised");
  if (!near.empty()) out += "<ul>\n" + near + "</ul>\n";
  if (hidden > 0) {
    out += "<details" + std::string(all_ ? " open" : "") + "><summary>" + std::to_string(hidden) +
           " more, which no single recorded fact keeps from being advised</summary>\n<ul>\n" +
           rest + "</ul>\n</details>\n";
  }
  return out + "</section>\n";
}

std::string HtmlWriter::notes() const {
  std::string out;
  const auto list = [&](std::string_view title, const std::vector<std::string>& lines,
                        std::string_view css) {
    if (lines.empty()) return;
    out += "<section>\n" + element("h2", title) + "<ul>\n";
    for (const auto& line : lines) out += element("li", line, css);
    out += "</ul>\n</section>\n";
  };
  list("Not read, or set aside", lines_of(plan_.unreadable, plan_.as_of, all_), "warn");
  list("In the record, not used", lines_of(plan_.unused, plan_.as_of, all_), "faint");
  std::vector<std::string> lines = plan_.messages;
  for (const auto& issue : plan_.issues) {
    lines.push_back(issue.resource + " " + issue.path + ": " + issue.message);
  }
  list("Notes on the record", lines, "faint");
  return out;
}

std::string HtmlWriter::evidence() const {
  std::set<std::string> ids;
  for (const auto& item : plan_.advised) {
    ids.insert(item.recommendation->evidence.begin(), item.recommendation->evidence.end());
  }
  for (const auto& active : plan_.stops) {
    ids.insert(active.stop->evidence.begin(), active.stop->evidence.end());
  }
  std::string list;
  std::size_t count = 0;
  for (const auto& id : ids) {
    const Evidence* evidence = plan_.guideline->find_evidence(id);
    if (evidence == nullptr) continue;
    ++count;
    list += element("dt", id) + "<dd>" + html_text(evidence->text);
    if (const auto mark = mark_text(evidence->mark); !mark.empty()) {
      list += " <span class=\"warn\">" + html_text(mark) + "</span>";
    }
    for (const auto& key : evidence->sources) {
      const auto at = plan_.guideline->source_citations.find(key);
      if (at != plan_.guideline->source_citations.end()) {
        list += "<br><span class=\"faint\">" + html_text(at->second) + "</span>";
      }
    }
    if (!evidence->conflict.empty()) {
      list += "<br><span class=\"warn\">" + html_text(evidence->conflict) + "</span>";
    }
    list += "</dd>\n";
  }
  if (list.empty()) return {};
  return "<section>\n" + element("h2", "Evidence") + "<details" + std::string(all_ ? " open" : "") +
         "><summary>" + std::to_string(count) + " rules this plan rests on</summary>\n<dl>\n" +
         list + "</dl>\n</details>\n</section>\n";
}

std::string HtmlWriter::write() {
  const std::string courses = response();
  std::string out = head(!courses.empty()) + at_a_glance() + shared();
  int number = 0;
  for (const Group each : {Group::kNow, Group::kNext, Group::kWatch, Group::kAvoid}) {
    out += group(each, number);
  }
  out += stops() + courses + undecided() + considered() + notes() + evidence();
  out += "</main>\n<footer>\n";
  out += element("p",
                 plan_.guideline->title + ", version " + plan_.guideline->version +
                     (plan_.local.empty() ? "" : ", with the local figures of " + plan_.local) +
                     ". Decision support for a named clinician, who decides. Not a cleared medical "
                     "device. Guideline " +
                     plan_.guideline->hash,
                 "faint");
  return out + "</footer>\n</body>\n</html>\n";
}

}  // namespace

std::string write_html(const Plan& plan, bool all, const ResponseReport* response) {
  return HtmlWriter(plan, all, response).write();
}

}  // namespace nidus::pathway
