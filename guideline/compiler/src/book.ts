// SPDX-License-Identifier: Apache-2.0
// The printable guideline book: one HTML file that needs nothing else.
import { bookStyle } from "./book_style.js";
import { dosing, interactions, regimens } from "./book_tables.js";
import type { Compiled } from "./compile.js";
import { readsRecord } from "./explain.js";
import { conflictOf } from "./evidence.js";
import { byId } from "./evidence_ids.js";
import { escaped, list, paragraph, section, table } from "./html.js";
import { shows } from "./outputs.js";
import type { Recommendation } from "./recommendations.js";
import type { Row } from "./sources.js";
import type { Trace } from "./trace.js";
import type { Said, Words } from "./words.js";

export const markWords: Record<string, string> = {
  P: "read in the primary source",
  C: "read in code or data that cites the source",
  S: "read in a secondary source",
  D: "calculated from read figures",
  J: "our own choice, to be ratified",
  U: "unverified",
  "": "not marked",
};

const stageTitles: Record<string, string> = {
  suspicion: "Suspicion",
  "work-up": "Work-up, imaging, microbiology",
  start: "Start or wait",
  empirical: "Empirical treatment",
  targeted: "Targeted treatment",
  duration: "Duration",
  "oral-switch": "Oral switch",
  surgery: "Surgery and drainage",
  brace: "Brace, getting up, checks, thrombosis",
  team: "Team",
  response: "Response and monitoring",
  "follow-up": "Follow-up",
  prevention: "Prevention",
  safety: "Safety",
};

// "Yusuf 2019, doi ..." -> "Yusuf 2019": the whole stands in the bibliography.
const shortCitation = (citation: string): string => {
  const name = citation.split(/,? (?:doi|PMID|PMC)|[;(]/)[0]!.trim();
  return name.length <= 60 ? name : `${name.slice(0, 57).replace(/\s\S*$/, "")} ...`;
};

const anchor = (name: string): string => name.replace(/[^A-Za-z0-9.-]+/g, "-");

export class Book {
  private readonly glossary = new Set<string>();

  constructor(
    private readonly compiled: Compiled,
    private readonly words: Words,
    private readonly trace: Trace,
    private readonly rows: (file: string) => Row[],
    private readonly hash: string,
  ) {}

  // ---------------------------------------------------------------- logic

  private linked(text: string): string {
    return escaped(text)
      .replace(/`([^`]*)`/g, "<code>$1</code>")
      .replace(/\[\[([^\]]+)\]\]/g, (_, name: string) => {
        this.glossary.add(name);
        return `<a class="def" href="#${anchor(name)}">${escaped(this.words.label(name))}</a>`;
      });
  }

  private said(said: Said): string {
    if (typeof said === "string") return this.linked(said);
    return `<span class="head">${this.linked(said.head)}:</span><ul>${said.items.map((item) => `<li>${this.said(item)}</li>`).join("")}</ul>`;
  }

  private logic(definition: string): string {
    this.glossary.add(definition);
    const said = this.words.definition(definition);
    const name = `<a class="def" href="#${anchor(definition)}">${escaped(this.words.label(definition))}</a>`;
    return `<div class="logic"><b>${name}</b>: ${said === undefined ? "" : this.said(said)}</div>`;
  }

  // "{Library.Name}" in a text to be filled in.
  private template(text: string): string {
    return escaped(text).replace(/\{([^{}]+)\}/g, (_, name: string) => {
      this.glossary.add(name);
      return `<a class="slot" href="#${anchor(name)}">${escaped(this.words.label(name))}</a>`;
    });
  }

  // A sentence that is chosen as a whole: what it can say stands below it.
  private sentences(text: string): string {
    const slots = [...text.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name!);
    const own = text.replace(/\{[^{}]*\}|[^A-Za-z]/g, "").length;
    return own >= 40 ? "" : slots.map((name) => this.logic(name)).join("");
  }

  // ---------------------------------------------------------------- evidence

  private evidence(ids: readonly string[]): string {
    const rows = [...ids].sort(byId).map((id) => {
      const rule = this.compiled.evidence.rules[id];
      if (rule === undefined) return "";
      const sources = rule.sources.map(({ text }) => `<a href="#${anchor(`source-${text}`)}">${escaped(shortCitation(this.compiled.evidence.sources[text] ?? text))}</a> <span class="faint">${escaped(text)}</span>`).join("<br>");
      const unsure = ["U", "J", ""].includes(rule.mark) ? ' class="unsure"' : "";
      const disputed = conflictOf(id, this.compiled.conflicts);
      return `<tr${unsure}><td class="id">${id}</td><td>${escaped(rule.text)}${disputed ? `<br><span class="warn">${escaped(disputed)}</span>` : ""}</td><td>${markWords[rule.mark] ?? ""}</td><td>${sources}</td></tr>`;
    });
    return `<table class="evidence"><thead><tr><th>Id</th><th>Evidence</th><th>How it was read</th><th>Source</th></tr></thead>${rows.join("")}</table>`;
  }

  private cases(id: string): string {
    const of = (key: "advised" | "undecided" | "never") =>
      this.compiled.cases
        .filter((one) => (one.expect[key] ?? []).some(({ text }) => text === id))
        .map((one) => `<li><b>${escaped(one.title)}</b> <span class="faint">${one.id}</span></li>`);
    const few = (items: string[]) => items.slice(0, 4).join("") + (items.length > 4 ? `<li class="faint">and ${items.length - 4} more</li>` : "");
    const block = (title: string, items: string[]) => (items.length === 0 ? "" : `<div><h5>${title}</h5><ul>${few(items)}</ul></div>`);
    return `<div class="cases">${block("Worked patients who get it", of("advised"))}${block("Who must not", of("never"))}${block("In whom it cannot be decided", of("undecided"))}</div>`;
  }

  // ---------------------------------------------------------------- a recommendation

  private recommendation(id: string, value: Recommendation): string {
    const one = value as Recommendation & Record<string, any>;
    const { head, tables } = this.compiled;
    const due = one["due"] as { within?: string; text?: string; from?: string } | undefined;
    const when = [due?.within ? `within ${due.within}` : "", due?.text ?? "", due?.from ? `counted from ${this.words.label(due.from)}` : ""].filter(Boolean).join(", ");
    const marks = one.evidence.map((name) => this.compiled.evidence.rules[name]?.mark ?? "");
    const unsure = marks.filter((mark) => ["U", "J", ""].includes(mark)).length;
    const options = tables.regimens.filter((option) => option.when !== undefined && shows(value, option));
    const links = (ids: string[]) => ids.map((other) => `<a href="#${other}">${other}</a>`).join(", ");
    const facts: [string, string][] = [
      ["Who", escaped(head.roles[String(one["owner"])] ?? String(one["owner"]))],
      ["When", `${escaped(String(one["group"]))}${when ? `; ${escaped(when)}` : ""}`],
      ["Rests on", `${escaped(String(one["strength"]))}, certainty ${escaped(String(one["certainty"]))}${unsure > 0 ? `; <span class="warn">${unsure} of ${marks.length} entries unverified or our own choice</span>` : ""}`],
      ["Priority", `<a href="#priority">${one["priority"]}</a>`],
      ...(one.replaces ? ([["Replaces", links(one.replaces)]] as [string, string][]) : []),
      ...(one.conflicts ? ([["Conflicts with", `${links(one.conflicts)} (both are shown; the lower priority number wins)`]] as [string, string][]) : []),
      ...(options.length > 0 ? ([["Options", options.map((option) => `<a href="#${option.option_id}">${option.option_id}</a>`).join(", ")]] as [string, string][]) : []),
    ];
    return `<article id="${id}" class="rec ${one["group"]}"><h3><span class="rid">${id}</span> ${escaped(String(one["title"]))}</h3>
<p class="do">${this.template(String(one["do"]))}</p>${this.sentences(String(one["do"]))}<p class="why">${escaped(String(one["reason"]))}</p>
<dl>${facts.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join("")}</dl>
<h4>Advised when</h4>${this.logic(value.when)}
${value.unless.length === 0 ? "" : `<h4>Unless</h4>${value.unless.map((name) => this.logic(name)).join("")}`}
${one["not_advised"] ? `<p class="not"><b>Not advised:</b> ${escaped(String(one["not_advised"]))}</p>` : ""}
<h4>Evidence</h4>${this.evidence(one.evidence)}${this.cases(id)}</article>`;
  }

  private recommendations(): string {
    const stages = [...new Set(this.compiled.recommendations.map(({ value }) => String(value["stage"])))].sort((a, b) => Object.keys(stageTitles).indexOf(a) - Object.keys(stageTitles).indexOf(b));
    return stages
      .map((stage) => {
        const here = this.compiled.recommendations.filter(({ value }) => value["stage"] === stage).sort((a, b) => byId(a.id, b.id));
        return section(`stage-${stage}`, stageTitles[stage] ?? stage, here.map(({ id, value }) => this.recommendation(id, value)).join("\n"));
      })
      .join("\n");
  }

  private stops(): string {
    const all = [...this.compiled.stops].sort((a, b) => byId(a.id, b.id));
    const body = all.map(
      (stop) => `<article id="${stop.id}" class="stop"><h3><span class="rid">${stop.id}</span> ${escaped(stop.title)}</h3><p class="do">${escaped(stop.text)}</p>
<dl><dt>${stop.caution ? "Warns on" : "Removes"}</dt><dd>${[...stop.remove.atc.map((code) => escaped(this.words.drug(code))), ...(stop.remove.agents ? [`what ${escaped(stop.remove.agents)} lists`] : [])].join(", ")}${stop.remove.except.length ? `; not ${stop.remove.except.map((code) => escaped(this.words.drug(code))).join(", ")}` : ""}</dd><dt>Evidence</dt><dd>${stop.evidence.join(", ")}</dd></dl>${this.logic(stop.when)}</article>`,
    );
    return section("stops", "Safety stops", paragraph("A stop that holds removes every option with one of its drugs, whatever any recommendation says. A stop that cannot be decided puts a caution on those options, and a caution that holds does nothing more.") + body.join("\n"));
  }

  // ---------------------------------------------------------------- the back

  // Every definition that was named, and what those name in turn.
  private definitions(): string {
    const facts = new Map(this.compiled.facts.facts.map((fact) => [fact.define, fact]));
    const done = new Map<string, string>();
    while (done.size < this.glossary.size) {
      for (const name of [...this.glossary]) {
        if (done.has(name)) continue;
        const fact = facts.get(name);
        const said = this.words.definition(name);
        const logic = said === undefined || readsRecord(name) ? "" : this.said(said);
        const learn = fact?.learn && !readsRecord(name) ? `<p class="faint">When it is not known: ${escaped(fact.learn)}.</p>` : "";
        done.set(name, `<article id="${anchor(name)}" class="term"><h4>${escaped(this.words.label(name))} <span class="faint">${escaped(name)}${fact?.unit ? `, ${escaped(fact.unit)}` : ""}</span></h4>${logic ? `<div class="logic">${logic}</div>` : ""}${learn}</article>`);
      }
    }
    const order = [...done].sort(([a], [b]) => this.words.label(a).localeCompare(this.words.label(b), "en", { numeric: true }));
    const logic = order.filter(([name]) => !readsRecord(name)).map(([, html]) => html);
    const read = order.filter(([name]) => readsRecord(name));
    const rows = read.map(([name]) => {
      const fact = facts.get(name);
      return `<tr id="${anchor(name)}"><td>${escaped(this.words.label(name))}${fact?.unit ? `, ${escaped(fact.unit)}` : ""}</td><td class="faint">${escaped(name)}</td><td>${escaped(fact?.learn ?? "")}</td></tr>`;
    });
    return (
      section("glossary", "Glossary of definitions", logic.join("\n")) +
      section("read", "Read from the record", `${paragraph("Under which codes and words, and in which units, is written in docs/input.md.")}<table><thead><tr><th>What</th><th>Definition</th><th>When it is not known</th></tr></thead><tbody>${rows.join("")}</tbody></table>`)
    );
  }

  private openPoints(): string {
    const rules = Object.entries(this.compiled.evidence.rules).filter(([id]) => /^(O-|OPN-|ABX-O|PK-14)/.test(id));
    const conflicts = Object.entries(this.compiled.conflicts).map(([id, one]) => [id, one.between, one.chosen, one.why]);
    const missing = this.trace.traced.filter((one) => one.held.length === 0 && one.reason?.startsWith("not yet") && !/^(BP|IR|REG|IX|OPT)-/.test(one.id));
    return (
      section("conflicts", "Conflicts of the evidence base, and what was chosen", table(["Id", "Between", "Chosen", "Why"], conflicts)) +
      section("open", "Open points", table(["Id", "Open point"], rules.sort(([a], [b]) => byId(a, b)).map(([id, rule]) => [id, rule.text]))) +
      section("missing", "Known to be missing", paragraph("Evidence that no recommendation, stop or option holds yet; all of it with table rows is in docs/safety/trace.md.") +
        table(["Id", "Evidence", "What is missing"], missing.map((one) => [one.id, this.compiled.evidence.rules[one.id]?.text ?? "", one.reason!.replace(/^not yet: /, "")])))
    );
  }

  private bibliography(): string {
    const cited = new Set(Object.values(this.compiled.evidence.rules).flatMap((rule) => rule.sources.map(({ text }) => text)));
    const linked = (text: string) =>
      escaped(text)
        .replace(/\b(10\.\d{4,9}\/[^\s;,)]*[A-Za-z0-9])/g, '<a href="https://doi.org/$1">$1</a>')
        .replace(/\bPMID (\d+)/g, 'PMID <a href="https://pubmed.ncbi.nlm.nih.gov/$1/">$1</a>');
    const rows = Object.entries(this.compiled.evidence.sources).filter(([key]) => cited.has(key)).sort(([a], [b]) => byId(a, b));
    return section("sources", "Bibliography", `<table class="sources">${rows.map(([key, text]) => `<tr id="${anchor(`source-${key}`)}"><td class="id">${escaped(key)}</td><td>${linked(text)}</td></tr>`).join("")}</table>`);
  }

  private priority(): string {
    const levels = this.compiled.head.priorities ?? [];
    return section("priority", "Priority when advice collides", paragraph("The lower number wins; inside a level the earlier deadline, then the more specific advice. What is not known takes the safer branch.") + list(levels.map((text, i) => `<b>${i}</b> ${escaped(text)}`)));
  }

  html(): string {
    const { head, recommendations, stops, cases } = this.compiled;
    const parts = [
      this.priority(),
      this.recommendations(),
      this.stops(),
      regimens(this.compiled, this.words),
      dosing(this.rows("dosing.csv")),
      interactions(this.rows("interactions.csv"), this.trace),
    ];
    const back = [this.definitions(), this.openPoints(), this.bibliography()];
    const body = [...parts, ...back].join("\n");
    const contents = [...body.matchAll(/<section id="([^"]+)"><h2>([^<]*)<\/h2>/g)].map((match) => `<li><a href="#${match[1]}">${match[2]}</a></li>`);
    const index = [...recommendations].sort((a, b) => byId(a.id, b.id)).map(({ id, value }) => `<li><a href="#${id}"><b>${id}</b> ${escaped(String(value["title"]))}</a></li>`);
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(head.title)}: guideline book</title><style>${bookStyle}</style></head><body>
<header><p class="over">Nidus guideline book</p><h1>${escaped(head.title)}</h1>
<p class="lead">Every recommendation with its logic in words, its evidence and the worked patients that test it. For review by clinicians.</p>
<p>Version ${escaped(head.version)} · ${recommendations.length} recommendations · ${stops.length} safety stops · ${cases.length} worked patients<br><span class="faint">${this.hash}</span></p>
<p class="warn box">Decision support for named clinicians, not a cleared medical device. What is marked unverified has not been checked against its source.</p></header>
${section("reading", "How to read the logic", `<p>A statement is true, false or unknown, and unknown is never taken for safe. <i>All of</i> is true when every item is, and unknown when none is false and one is unknown. <i>Any of</i> is true when one item is, and unknown when none is true and one is unknown. Where unknown is given a meaning, it stands in brackets: <i>(unknown counts as no)</i>. <i>The first that fits</i> is read from the top; an unknown line does not fit. An advice whose condition is unknown is shown as undecided, with what is missing. Underlined words are definitions, explained in the glossary. The colour beside a recommendation says when: red now, blue next, green watch, grey avoid.</p>`)}
<section id="contents"><h2>Contents</h2><ol class="toc">${contents.join("")}</ol><h3>Recommendations</h3><ul class="index">${index.join("")}</ul></section>
${body}</body></html>
`;
  }
}
