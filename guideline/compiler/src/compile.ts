// SPDX-License-Identifier: Apache-2.0
// guideline/ -> checked parts -> guideline.json.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readCases, type Case } from "./cases.js";
import { readEvidence, type EvidenceBase } from "./evidence.js";
import { Definitions, GuidelineReader, type Parts } from "./guideline.js";
import { Problems } from "./problems.js";
import { Sources } from "./sources.js";
import { TableReader, type Tables } from "./tables.js";
import { readTerminology, termsLibrary, type ValueSet } from "./terminology.js";
import { Translator, type Elm, type Helpers, type Library } from "./translate.js";

export interface Compiled {
  sets: ValueSet[];
  elm: Map<string, Elm>;
  parts: Parts;
  tables: Tables;
  evidence: EvidenceBase;
  cases: Case[];
  definitions: Definitions;
  problems: Problems;
}

export class Compiler {
  readonly problems = new Problems();
  readonly sources: Sources;

  constructor(
    readonly root: string,
    readonly out: string,
  ) {
    this.sources = new Sources(root, this.problems);
  }

  private sets?: ValueSet[];

  terminology(): ValueSet[] {
    this.sets ??= readTerminology(this.sources, this.problems);
    return this.sets;
  }

  async translate(helpers: Helpers): Promise<Map<string, Elm>> {
    const libraries: Library[] = [
      { name: "Terms", file: "guideline/terminology", text: termsLibrary(this.terminology()) },
      ...this.sources.files("cql", ".cql").map((path) => ({
        name: basename(path, ".cql"),
        file: this.sources.name(path),
        text: readFileSync(path, "utf8"),
      })),
    ];
    return new Translator(libraries, helpers, join(this.out, "elm"), this.problems).translateAll();
  }

  cases(): Case[] {
    return readCases(this.sources, this.terminology(), this.problems);
  }

  async compile(): Promise<Compiled> {
    const sets = this.terminology();
    const elm = await this.translate("external");
    const definitions = new Definitions(elm);
    const evidence = readEvidence(this.sources);
    const tableReader = new TableReader(this.sources, this.problems);
    const tables = tableReader.read();
    tableReader.conditions(tables, definitions);
    this.checkSources(evidence);
    const known = new Set(Object.keys(evidence.rules));
    const parts = new GuidelineReader(this.sources, this.problems, definitions, known, tables.optionIds).read();
    const cases = this.cases();
    this.checkCases(parts, cases, tables);
    return { sets, elm, parts, tables, evidence, cases, definitions, problems: this.problems };
  }

  private checkSources(evidence: EvidenceBase): void {
    for (const [id, rule] of Object.entries(evidence.rules)) {
      for (const key of (rule["sources"] ?? []) as string[]) {
        if (evidence.sources[key] === undefined) this.problems.add("guideline/evidence/rules.yaml", 1, `${id}: unknown source '${key}'`);
      }
    }
  }

  // Every recommendation has a worked patient for whom it fires and one for whom it must not.
  private checkCases(parts: Parts, cases: Case[], tables: Tables): void {
    const fires = new Set(cases.flatMap((one) => one.expect.advised));
    const never = new Set(cases.flatMap((one) => one.expect.never));
    const ids = new Set(parts.recommendations.map((entry) => String(entry.value["id"])));
    for (const entry of parts.recommendations) {
      const id = String(entry.value["id"]);
      if (!fires.has(id)) this.problems.add(entry.file, entry.line, `${id}: no case in which it is advised`);
      if (!never.has(id)) this.problems.add(entry.file, entry.line, `${id}: no case in which it must not be advised`);
    }
    for (const one of cases) {
      for (const id of [...one.expect.advised, ...one.expect.never, ...one.expect.undecided, ...Object.keys(one.expect.options)]) {
        if (!ids.has(id)) this.problems.add(one.file, one.line, `expects '${id}', which is no recommendation`);
      }
      for (const wanted of Object.values(one.expect.options)) {
        for (const option of [wanted.first, ...(wanted.offered ?? []), ...(wanted.never ?? [])]) {
          if (option !== undefined && !tables.optionIds.has(option)) this.problems.add(one.file, one.line, `no option '${option}'`);
        }
      }
    }
  }

  write(compiled: Compiled): string {
    const { parts, sets, elm, tables, evidence, cases } = compiled;
    const cited = new Set([
      ...parts.recommendations.flatMap((entry) => entry.value["evidence"] as string[]),
      ...parts.stops.flatMap((stop) => stop["evidence"] as string[]),
    ]);
    const rules = Object.fromEntries(Object.entries(evidence.rules).filter(([id]) => cited.has(id)));
    const usedSources = new Set(Object.values(rules).flatMap((rule) => (rule["sources"] ?? []) as string[]));
    const body = {
      format: "nidus-guideline/1",
      id: parts.head["id"],
      version: parts.head["version"],
      title: parts.head["title"],
      roles: parts.head["roles"],
      categories: parts.head["categories"],
      headline: parts.head["headline"],
      ...(parts.head["kidney"] ? { kidney: parts.head["kidney"] } : {}),
      libraries: [...elm.keys()].sort().map((name) => slim(elm.get(name)!)),
      valueSets: sets,
      facts: parts.facts,
      unreadable: parts.unreadable,
      recommendations: parts.recommendations.map((entry) => entry.value),
      stops: parts.stops,
      tables: {
        regimens: tables.regimens.filter((option) => option["when"]),
        dosing: tables.dosing,
      },
      evidence: rules,
      sources: Object.fromEntries(Object.entries(evidence.sources).filter(([key]) => usedSources.has(key))),
    };
    const hash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
    const { format, ...rest } = body;
    mkdirSync(this.out, { recursive: true });
    writeIfChanged(join(this.out, "guideline.json"), JSON.stringify({ format, hash, ...rest }) + "\n");
    const folder = join(this.out, "cases");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const one of cases) {
      writeFileSync(join(folder, `${one.id}.json`), JSON.stringify(one.bundle, null, 1) + "\n");
      writeFileSync(
        join(folder, `${one.id}.expect.json`),
        JSON.stringify({ id: one.id, title: one.title, as_of: one.asOf, expect: one.expect }, null, 1) + "\n",
      );
    }
    return `${parts.recommendations.length} recommendations, ${parts.facts.length} facts, ${parts.stops.length} stops, ${cases.length} cases, ${elm.size} libraries`;
  }
}

function writeIfChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    // not there yet
  }
  writeFileSync(path, text);
}

// Leaves out what no engine reads: empty lists and translator notes.
function slim(value: any): any {
  if (Array.isArray(value)) return value.map(slim);
  if (value === null || typeof value !== "object") return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "annotation") continue;
    if (Array.isArray(item) && item.length === 0 && ["signature", "include", "codeFilter", "dateFilter", "otherFilter", "let", "relationship"].includes(key)) continue;
    out[key] = slim(item);
  }
  return out;
}
