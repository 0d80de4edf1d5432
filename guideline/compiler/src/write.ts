// SPDX-License-Identifier: Apache-2.0
// Checked parts -> guideline.json and the worked patients. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainExpect } from "./cases.js";
import type { Compiled } from "./compile.js";

// The plan's files: what is cited, and no more of the evidence base than that.
export function guidelineJson(compiled: Compiled): string {
  const { head, sets, elm, facts, recommendations, stops, tables, pharmacology, evidence } = compiled;
  const cited = new Set([...recommendations.flatMap(({ value }) => value.evidence), ...stops.flatMap((stop) => stop.evidence)]);
  const rules = Object.entries(evidence.rules)
    .filter(([id]) => cited.has(id))
    .map(([id, rule]) => [id, { ...rule, sources: rule.sources.map(({ text }) => text) }] as const);
  const citedSources = new Set(rules.flatMap(([, rule]) => rule.sources));
  const offered = tables.regimens.filter((option) => option.when !== undefined);
  const order = [...new Set(["Terms", ...head.libraries, ...[...elm.keys()].sort()])].filter((name) => elm.has(name));
  const body = {
    id: head.id,
    version: head.version,
    title: head.title,
    roles: head.roles,
    categories: head.categories,
    headline: head.headline,
    kidney: head.kidney,
    libraries: order.map((name) => slim(elm.get(name)!)),
    valueSets: sets,
    facts: facts.facts,
    unreadable: facts.unreadable,
    recommendations: recommendations.map(({ value }) => value),
    stops,
    tables: { regimens: offered, dosing: tables.dosing },
    pharmacology,
    evidence: Object.fromEntries(rules),
    sources: Object.fromEntries(Object.entries(evidence.sources).filter(([key]) => citedSources.has(key))),
  };
  const format = "nidus-guideline/1";
  const hash = createHash("sha256").update(JSON.stringify({ format, ...body })).digest("hex");
  return JSON.stringify({ format, hash, ...body }) + "\n";
}

export function write(compiled: Compiled, out: string): void {
  mkdirSync(out, { recursive: true });
  writeIfChanged(join(out, "guideline.json"), guidelineJson(compiled));
  const folder = join(out, "cases");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const save = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value, null, 1) + "\n");
  for (const one of compiled.cases) {
    save(`${one.id}.json`, one.bundle);
    save(`${one.id}.expect.json`, { id: one.id, title: one.title, as_of: one.asOf, expect: plainExpect(one) });
  }
}

// An unchanged file keeps its time, so that what embeds it is not built again.
function writeIfChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    // not there yet
  }
  writeFileSync(path, text);
}

const emptyLists = new Set(["signature", "include", "codeFilter", "dateFilter", "otherFilter", "let", "relationship"]);

// Leaves out what no engine reads: translator notes, and the lists that are written although empty.
export function slim(value: any): any {
  if (Array.isArray(value)) return value.map(slim);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => key !== "annotation" && !(emptyLists.has(key) && Array.isArray(item) && item.length === 0))
      .map(([key, item]) => [key, slim(item)]),
  );
}
