// SPDX-License-Identifier: Apache-2.0
// The evidence base as ids: evidence/rules.yaml and evidence/sources.yaml.
import { join } from "node:path";
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
}

// P primary text, C code or data, S secondary page, D derived here, J judgement, U unverified; "" not marked.
export const marks = ["P", "C", "S", "D", "J", "U", ""] as const;

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
  return { rules, sources: citations };
}

// Why an id is not good enough to cite, or undefined when it is.
export function unknownRule(id: string, base: EvidenceBase): string | undefined {
  if (base.rules[id] !== undefined) return undefined;
  const letters = Object.keys(base.rules).filter((known) => known.startsWith(id) && /^[a-z]$/.test(known.slice(id.length)));
  if (letters.length > 0) return `evidence '${id}' is a family; name ${letters[0]} ... ${letters.at(-1)}`;
  return `unknown evidence id '${id}'${near(id, Object.keys(base.rules).filter((known) => known.slice(0, 4) === id.slice(0, 4)))}`;
}
