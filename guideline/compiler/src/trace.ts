// SPDX-License-Identifier: Apache-2.0
// From every id of the evidence base to where it is held and which worked patients test it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readAccounts } from "./accounts.js";
import type { Compiled } from "./compile.js";
import { commentsIn } from "./cql_comments.js";
import { byId, idsIn, KnownIds } from "./evidence_ids.js";
import { Graph } from "./graph.js";
import { Outputs } from "./outputs.js";
import type { Row, Sources } from "./sources.js";
import type { Mark } from "./yaml_reader.js";

export interface Held {
  by: string; // in words: "recommendation WUP-1", "WorkUp.Name"
  cases: ReadonlySet<string>;
}

export interface Traced {
  id: string;
  held: Held[];
  namedOnly: string[]; // definitions that name it and lead nowhere
  cases: string[]; // closest first
  reason?: string;
}

export interface Trace {
  traced: Traced[];
  outputs: Outputs;
  graph: Graph;
  known: KnownIds;
}

const tableIds: [file: string, column: string][] = [
  ["regimens.csv", "reg_id"],
  ["regimens.csv", "option_id"],
  ["dosing.csv", "dose_id"],
  ["interactions.csv", "ix_id"],
  ["breakpoints_eucast.csv", "row_id"],
  ["intrinsic_resistance.csv", "row_id"],
];

const rowsOf = (sources: Sources, file: string): Row[] => sources.csv(join(sources.root, "tables", file));

export function knownIds(sources: Sources, compiled: Compiled): KnownIds {
  const all = new Set([...compiled.evidence.ids, ...Object.keys(compiled.conflicts)]);
  for (const [file, column] of tableIds) for (const row of rowsOf(sources, file)) all.add(row.cells[column] ?? "");
  all.delete("");
  return new KnownIds(all);
}

// An id that no part of the evidence base has, wherever it is written.
export function checkWrittenIds(sources: Sources, known: KnownIds): void {
  const folders: [string, string][] = [
    ["", ".yaml"],
    ["cql", ".cql"],
    ["facts", ".yaml"],
    ["recommendations", ".yaml"],
    ["stops", ".yaml"],
    ["terminology", ".yaml"],
    ["pharmacology", ".yaml"],
    ["pharmacology/models", ".yaml"],
    ["tables", ".csv"],
    ["cases", ".yaml"],
  ];
  for (const path of folders.flatMap(([folder, ending]) => sources.files(folder, ending))) {
    readFileSync(path, "utf8")
      .split("\n")
      .forEach((line, i) => {
        for (const written of idsIn(line)) {
          for (const id of known.expandAll(written).unknown) sources.problems.add(sources.name(path), i + 1, `unknown evidence id '${id}'`);
        }
      });
  }
}

class Tracer {
  private readonly held = new Map<string, Held[]>();
  private readonly namedOnly = new Map<string, Set<string>>();
  readonly graph: Graph;
  readonly outputs: Outputs;
  readonly known: KnownIds;

  constructor(
    private readonly sources: Sources,
    private readonly compiled: Compiled,
  ) {
    this.graph = new Graph(compiled.elm);
    this.outputs = new Outputs(compiled, this.graph);
    this.known = knownIds(sources, compiled);
  }

  private hold(id: string, by: string, cases: Iterable<string>): void {
    const list = this.held.get(id) ?? [];
    if (!list.some((one) => one.by === by)) list.push({ by, cases: new Set(cases) });
    this.held.set(id, list);
  }

  private holdAll(text: string, by: string, cases: Iterable<string>): void {
    const known = [...cases];
    for (const written of idsIn(text)) for (const id of this.known.expandAll(written).known) this.hold(id, by, known);
  }

  private define(id: string, name: string): void {
    if (this.outputs.shown(name)) this.hold(id, name, this.outputs.casesOf(name));
    else this.namedOnly.set(id, (this.namedOnly.get(id) ?? new Set()).add(name));
  }

  private cited(): void {
    for (const { id, value } of this.compiled.recommendations) {
      for (const evidence of value.evidence) this.hold(evidence, `recommendation ${id}`, this.outputs.recommendationCases(id));
    }
    for (const stop of this.compiled.stops) for (const evidence of stop.evidence) this.hold(evidence, `stop ${stop.id}`, this.outputs.stopCases(stop.id));
  }

  private comments(): void {
    for (const path of this.sources.files("cql", ".cql")) {
      const library = basename(path, ".cql");
      for (const { define, text } of commentsIn(readFileSync(path, "utf8"))) {
        for (const written of idsIn(text)) for (const id of this.known.expandAll(written).known) this.define(id, `${library}.${define}`);
      }
    }
  }

  private terms(): void {
    for (const set of this.compiled.sets) {
      const users = this.outputs.usersOfSet(set.name);
      if (users.length > 0) this.holdAll(set.source, `value set ${set.name}`, users.flatMap((name) => [...this.outputs.casesOf(name)]));
    }
  }

  private regimens(): void {
    const offered = new Map(this.compiled.tables.regimens.filter((option) => this.outputs.optionShown(option)).map((option) => [option.option_id, option]));
    for (const { cells } of rowsOf(this.sources, "regimens.csv")) {
      const option = offered.get(cells["option_id"]!);
      if (!option) continue;
      const cases = this.outputs.optionCases(option.option_id);
      this.hold(option.option_id, `condition ${option.when}`, cases);
      this.hold(cells["reg_id"]!, `option ${option.option_id}`, cases);
      for (const column of ["condition", "setting", "notes", "duration_default", "strength_evidence"]) {
        this.holdAll(cells[column] ?? "", `option ${option.option_id}`, cases);
      }
      for (const dose of cells["dose_id"]!.split("|")) if (this.known.all.has(dose)) this.hold(dose, `option ${option.option_id}`, cases);
    }
  }

  // A pair of drugs in force holds for whatever is offered or taken. Beyond that it is held where one definition that reaches the plan names both, or where a stop removes the one when the other is taken.
  private interactions(): void {
    const prefixes = (text: string) => text.split(/[|;,\s]+/).filter((word) => /^[A-Z]\d\d[A-Z]{0,2}\d{0,2}$/.test(word));
    const names = (words: Iterable<string>, code: string) => [...words].some((word) => /^[A-Z]\d\d/.test(word) && code.startsWith(word));
    for (const row of this.compiled.interactions) this.hold(row.id, "options and what is taken", this.outputs.rowCases(row.id));
    for (const { cells } of rowsOf(this.sources, "interactions.csv")) {
      const agents = prefixes(cells["agent_atc"]!);
      const others = prefixes(cells["interacting_atc"]!);
      if (agents.length === 0 || others.length === 0) continue;
      const hits = (words: Iterable<string>, codes: string[]) => codes.every((code) => names(words, code));
      for (const stop of this.compiled.stops) {
        const near = [stop.when, ...(this.graph.definitions.get(stop.when)?.uses ?? [])].filter((name) => name.startsWith("Safety."));
        const words = near.flatMap((name) => [...(this.graph.definitions.get(name)?.literals ?? [])]);
        const barred = stop.remove.atc;
        if ((hits(barred, agents) && hits(words, others)) || (hits(barred, others) && hits(words, agents))) {
          this.hold(cells["ix_id"]!, `stop ${stop.id}`, this.outputs.stopCases(stop.id));
        }
      }
      for (const definition of this.graph.definitions.values()) {
        if (!definition.library.startsWith("Safety") || !this.outputs.shown(definition.name)) continue;
        if (hits(definition.literals, agents) && hits(definition.literals, others)) this.hold(cells["ix_id"]!, definition.name, this.outputs.casesOf(definition.name));
      }
    }
  }

  // Of the pharmacology room; its tests are C++.
  private pharmacology(): void {
    const tests = join(this.sources.root, "..", "tests", "pharmacology");
    const texts = existsSync(tests) ? readdirSync(tests).map((name) => ({ name, text: readFileSync(join(tests, name), "utf8") })) : [];
    for (const path of [...this.sources.files("pharmacology", ".yaml"), ...this.sources.files("pharmacology/models", ".yaml")]) {
      for (const written of idsIn(readFileSync(path, "utf8"))) {
        for (const id of this.known.expandAll(written).known) {
          const named = texts.filter(({ text }) => idsIn(text).some((one) => one.ids.includes(id))).map(({ name }) => `tests/pharmacology/${name}`);
          this.hold(id, this.sources.name(path), named);
        }
      }
    }
  }

  // "Library.Name", "fact ID", "terms NAME", "file PATH" (which must name the id).
  private byHand(id: string, { text, line }: Mark, file: string): void {
    const bad = (why: string) => this.sources.problems.add(file, line, `${id}: ${why}`);
    const [kind, ...words] = text.split(" ");
    const name = words.join(" ");
    if (kind === "fact") {
      const fact = this.compiled.facts.facts.find((one) => one.id === name);
      if (fact) this.hold(id, text, this.outputs.casesOf(fact.define));
      else bad(`no fact '${name}'`);
    } else if (kind === "terms") {
      const users = this.outputs.usersOfSet(name);
      if (users.length > 0) this.hold(id, `value set ${name}`, users.flatMap((user) => [...this.outputs.casesOf(user)]));
      else bad(`no value set '${name}' that the plan uses`);
    } else if (kind === "file") {
      const path = join(this.sources.root, "..", name);
      const inside = existsSync(path) ? readFileSync(path, "utf8") : "";
      if (new RegExp(`(?<![\\w-])${id.replace(".", "\\.")}(?![\\w-])`).test(inside)) this.hold(id, name, name.startsWith("tests/") ? [name] : []);
      else bad(`${name} does not name it`);
    } else if (!this.graph.definitions.has(text)) bad(`no definition '${text}'`);
    else if (!this.outputs.shown(text)) bad(`'${text}' reaches no recommendation, stop, option or fact`);
    else this.hold(id, text, this.outputs.casesOf(text));
  }

  trace(): Traced[] {
    const { problems } = this.sources;
    this.cited();
    this.comments();
    this.terms();
    this.regimens();
    this.interactions();
    this.pharmacology();
    const accounts = readAccounts(this.sources, this.known);
    for (const { id, value, file } of accounts.places) for (const place of value) this.byHand(id, place, file);
    const reasons = new Map(accounts.reasons.map((one) => [one.id, one]));
    // A row is left out for the reason for which its option is.
    for (const { cells } of rowsOf(this.sources, "regimens.csv")) {
      const reason = reasons.get(cells["option_id"]!);
      if (reason && !reasons.has(cells["reg_id"]!)) reasons.set(cells["reg_id"]!, { ...reason, id: cells["reg_id"]! });
    }
    const traced = [...this.known.all].sort(byId).map((id): Traced => {
      const held = this.held.get(id) ?? [];
      const reason = reasons.get(id);
      if (held.length > 0 && reason) problems.add(reason.file, reason.line, `${id} has a reason and is held by ${held[0]!.by}: remove the reason`);
      const cases = [...new Set(held.flatMap((one) => [...one.cases]))];
      return { id, held, namedOnly: [...(this.namedOnly.get(id) ?? [])], cases, ...(reason ? { reason: reason.value } : {}) };
    });
    for (const { id, held, namedOnly, reason } of traced) {
      if (held.length > 0 || reason !== undefined || id.startsWith("C-")) continue;
      const only = namedOnly.length > 0 ? ` (${namedOnly.join(", ")} names it and reaches nothing)` : "";
      problems.add("guideline/evidence/not-implemented.yaml", 1, `${id} is held nowhere and has no reason${only}`);
    }
    return traced;
  }
}

export function traceOf(sources: Sources, compiled: Compiled): Trace {
  const tracer = new Tracer(sources, compiled);
  checkWrittenIds(sources, tracer.known);
  return { traced: tracer.trace(), outputs: tracer.outputs, graph: tracer.graph, known: tracer.known };
}
