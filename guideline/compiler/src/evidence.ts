// SPDX-License-Identifier: Apache-2.0
// The evidence base as ids: evidence/rules.yaml and evidence/sources.yaml, and their import from the dossiers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Entry, Sources } from "./sources.js";

export interface EvidenceBase {
  rules: Record<string, Entry>;
  sources: Record<string, string>;
}

export function readEvidence(sources: Sources): EvidenceBase {
  const rules = sources.yamlMap(join(sources.root, "evidence", "rules.yaml"))?.value ?? {};
  const citations = sources.yamlMap(join(sources.root, "evidence", "sources.yaml"))?.value ?? {};
  return { rules: rules as Record<string, Entry>, sources: citations as Record<string, string> };
}

const dossiers = [
  { file: "01-diagnosis.md", key: "01", families: /^(DX)-\d{3}[a-z]?$/ },
  { file: "02-antimicrobials.md", key: "02", families: /^ABX-(\d{3,4}[a-z]?|[SEWXO]\d{2})$/ },
  { file: "03-surgery-rehab-followup-prevention.md", key: "03", families: /^(NEU|STA|SUR|PRC|IMM|VTE|MDT|REH|OUT|FUP|DEF|ALM|PRV|IMC|VAC|EDU|QI|BAS|SIM|COD|OPN)-\d{2}[a-z]?$/ },
];

const ids = /\b(?:DX-\d{3}[a-z]?|ABX-(?:\d{3,4}[a-z]?|[SEWXO]\d{2})|(?:NEU|STA|SUR|PRC|IMM|VTE|MDT|REH|OUT|FUP|DEF|ALM|PRV|IMC|VAC|EDU|QI|BAS|SIM|COD|OPN)-\d{2}[a-z]?)\b/g;

export function importEvidence(folder: string, root: string): string {
  const rules: Record<string, Entry> = {};
  const citations: Record<string, string> = {};
  for (const dossier of dossiers) {
    for (const line of readFileSync(join(folder, dossier.file), "utf8").split("\n")) {
      for (const [key, citation] of sourceRow(line)) citations[`${dossier.key}:${key}`] ??= citation;
      const defined = definedIds(line);
      if (defined.length === 0) continue;
      const text = clean(line);
      const keys = [...new Set([...line.matchAll(/\[?\b([SA]\d{2,3})\b/g)].map((match) => match[1]!))];
      for (const id of defined) {
        if (!dossier.families.test(id) || rules[id]) continue;
        rules[id] = { text, file: dossier.file, mark: mark(line), sources: keys.map((key) => `${dossier.key}:${key}`) };
      }
    }
  }
  // Rows cite source keys before the list at the end defines them.
  for (const rule of Object.values(rules)) rule["sources"] = (rule["sources"] as string[]).filter((key) => citations[key] !== undefined);
  const out = join(root, "evidence");
  mkdirSync(out, { recursive: true });
  const sorted = (map: Record<string, unknown>) => Object.fromEntries(Object.entries(map).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })));
  writeFileSync(join(out, "rules.yaml"), "# Rule ids of the evidence base: text, dossier, verification mark, sources.\n" + stringify(sorted(rules), { lineWidth: 0 }));
  writeFileSync(join(out, "sources.yaml"), "# dossier:key -> citation\n" + stringify(sorted(citations), { lineWidth: 0 }));
  return `${Object.keys(rules).length} rules, ${Object.keys(citations).length} sources`;
}

// Ids a line defines: in its first cell, as a bold or list head; ranges and lists count.
function definedIds(line: string): string[] {
  const head = /^\s*(?:\|\s*([^|]+)\||[-*]\s+(?:\*\*)?([^:.*]+)|(?:#+\s+.*?|\*\*)((?:[A-Z]{2,3}-[A-Z]?\d{2,4}[a-z]?).*))/.exec(line);
  const cell = head?.[1] ?? head?.[2] ?? head?.[3];
  if (!cell) return [];
  const found = [...cell.matchAll(ids)].map((match) => match[0]);
  const range = /\b([A-Z]{2,3}-)(\d{2,4})\s*\.\.\s*(?:[A-Z]{2,3}-)?(\d{2,4})\b/.exec(cell);
  if (range) {
    const width = range[2]!.length;
    for (let n = Number(range[2]); n <= Number(range[3]); n += 1) found.push(range[1]! + String(n).padStart(width, "0"));
  }
  return [...new Set(found)];
}

function clean(line: string): string {
  const cells = line.replace(/^\s*\|/, "").replace(/\|\s*$/, "").split("|").map((cell) => cell.trim());
  const body = cells.length > 1 ? cells.slice(1).filter((cell) => cell !== "").join("; ") : cells[0]!;
  const plain = body.replace(/\*\*|`/g, "").replace(/\s+/g, " ").trim();
  return plain.length <= 240 ? plain : plain.slice(0, 237).replace(/\s\S*$/, "") + " ...";
}

function mark(line: string): string {
  if (/unverified here|from general knowledge|\bK\b\s*\|?\s*$/.test(line)) return "U";
  if (/project proposal|DESIGN/.test(line)) return "J";
  if (/V2:S\d|secondary|\bSEC\b/.test(line)) return "S";
  if (/\(derived\)|\bderived\b/.test(line)) return "D";
  if (/\[[SA]\d{2,3}|V:S\d/.test(line)) return "P";
  return "";
}

function sourceRow(line: string): [string, string][] {
  const match = /^\s*(?:\|\s*|[-*]\s+)?\*{0,2}\[?([SA]\d{2,3})\]?\*{0,2}\s*(?:\||:|\.|\s-|\s)\s*(\S.*)$/.exec(line);
  if (!match) return [];
  const text = match[2]!.replace(/\|\s*$/, "").replace(/\s*\|\s*/g, "; ").replace(/\*\*|`/g, "").trim();
  return text.length < 12 ? [] : [[match[1]!, text.length <= 300 ? text : text.slice(0, 297) + "..."]];
}
