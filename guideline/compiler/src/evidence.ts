// SPDX-License-Identifier: Apache-2.0
// The evidence base as ids: evidence/rules.yaml and evidence/sources.yaml.
import { join } from "node:path";
import { isMap } from "yaml";
import type { Sources } from "./sources.js";
import { dictionary, list, map, mark, must, near, oneOf, text, type Mark } from "./yaml_reader.js";

export interface Rule {
  text: string;
  file: string;
  mark: string;
  sources: Mark[];
}

export interface EvidenceBase {
  rules: Record<string, Rule>;
  sources: Record<string, string>;
  ids: ReadonlySet<string>; // also of rules that could not be read
}

// P primary text, C code or data, S secondary page, D derived here, J judgement, U unverified; "" not marked.
export const marks = ["P", "C", "S", "D", "J", "U", ""] as const;

// Where parts of the evidence base speak against each other.
export interface Conflict {
  between: string;
  chosen: string;
  why: string;
}

const conflict = map({ between: must(text), chosen: must(text), why: must(text) });

export function readConflicts(sources: Sources): Record<string, Conflict> {
  const file = sources.yaml(join(sources.root, "evidence", "conflicts.yaml"));
  return (file && dictionary(conflict)(file.root, file.at, "")) ?? {};
}

// What a reader of a rule must know when the evidence base says something else elsewhere; undefined when no conflict names the rule.
export function conflictOf(id: string, conflicts: Record<string, Conflict>): string | undefined {
  const named = Object.entries(conflicts).filter(([, { between }]) => [...between.matchAll(/[A-Z]{2,4}-[A-Z]?\d+[a-z]?/g)].some(([found]) => found === id));
  if (named.length === 0) return undefined;
  return named.map(([name, { between, chosen, why }]) => `${name}, the sources disagree: ${between}. Chosen: ${chosen}, because ${why}.`).join(" ");
}

const rule = map({ text: must(text), file: must(text), mark: must(oneOf(marks)), sources: must(list(mark)) });

export function readEvidence(sources: Sources): EvidenceBase {
  const read = (name: string) => sources.yaml(join(sources.root, "evidence", name));
  const rulesFile = read("rules.yaml");
  const sourcesFile = read("sources.yaml");
  const rules = (rulesFile && dictionary(rule)(rulesFile.root, rulesFile.at, "")) ?? {};
  const citations = (sourcesFile && dictionary(text)(sourcesFile.root, sourcesFile.at, "")) ?? {};
  for (const [id, { sources: keys }] of Object.entries(rules)) {
    for (const key of keys) {
      if (citations[key.text] === undefined) rulesFile!.at.problems.add(rulesFile!.at.file, key.line, `${id}: unknown source '${key.text}'`);
    }
  }
  const ids = new Set(isMap(rulesFile?.root) ? rulesFile.root.items.map((pair) => String(pair.key)) : []);
  return { rules, sources: citations, ids };
}

// Why an id is not good enough to cite, or undefined when it is.
export function unknownRule(id: string, base: EvidenceBase): string | undefined {
  if (base.ids.has(id)) return undefined;
  const letters = [...base.ids].filter((known) => known.startsWith(id) && /^[a-z]$/.test(known.slice(id.length)));
  if (letters.length > 0) return `evidence '${id}' is a family; name one of ${letters.join(", ")}`;
  return `unknown evidence id '${id}'${near(id, [...base.ids].filter((known) => known.slice(0, 4) === id.slice(0, 4)))}`;
}
