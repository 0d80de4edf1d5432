// SPDX-License-Identifier: Apache-2.0
// evidence/rules.yaml and evidence/sources.yaml from the evidence dossiers (Markdown): every rule id with its short
// text, the dossier, a verification mark and its sources. Ids that only head a family of lettered ids are left out.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

interface Rule {
  text: string;
  file: string;
  mark: string;
  sources: string[];
}

interface Dossier {
  file: string;
  key: string; // of its sources: "01:S01"
  ids: string; // of its rules
  marks(line: string, depth: (key: string) => string): string[];
}

const shared = (line: string): string[] => [
  ...(/from general knowledge|unverified here/.test(line) ? ["U"] : []),
  ...(/project proposal|\bDESIGN\b|design assumption/.test(line) ? ["J"] : []),
  ...(/\(derived|\bderived\b/.test(line) ? ["D"] : []),
];

const lastCell = (line: string): string => line.replace(/\s*\|\s*$/, "").split("|").at(-1)!.trim();

const dossiers: Dossier[] = [
  {
    file: "01-diagnosis.md",
    key: "01",
    ids: "DX-\\d{3}[a-z]?",
    marks: (line, depth) => [
      ...shared(line),
      ...keysOf(line, "S").map(depth),
      ...(lastCell(line) === "C" ? ["C"] : /^K$|^C\/K$/.test(lastCell(line)) ? ["U"] : []),
    ],
  },
  {
    file: "02-antimicrobials.md",
    key: "02",
    ids: "ABX-(?:\\d{3,4}[a-z]?|[SEWXO]\\d{2})",
    marks: (line) => [
      ...shared(line),
      ...(/(?:^|[\s;(|])V(?=[\s;).,|]|$)/.test(line) ? ["P"] : []),
      ...(/\] S(?=[\s;).,|]|$)/.test(line) || lastCell(line) === "S" ? ["S"] : []),
      ...(/(?:^|[\s;(|])U(?=[\s;).,|]|$)/.test(line) ? ["U"] : []),
      ...(/\bcode\b/.test(lastCell(line)) ? ["C"] : []),
    ],
  },
  {
    file: "03-surgery-rehab-followup-prevention.md",
    key: "03",
    ids: "(?:NEU|STA|SUR|PRC|IMM|VTE|MDT|REH|OUT|FUP|DEF|ALM|PRV|IMC|VAC|EDU|QI|BAS|SIM|COD|OPN)-\\d{2}[a-z]?",
    marks: (line) => [...shared(line), ...(/\bV:S\d/.test(line) ? ["P"] : []), ...(/\bV2:S\d/.test(line) ? ["S"] : [])],
  },
];

// Strongest first: a composite mark takes its weakest part.
const strength = ["P", "C", "S", "D", "J", "U"];

const keysOf = (line: string, letter: string): string[] => [
  ...new Set([...line.matchAll(new RegExp(`(?<![-A-Za-z0-9])${letter}\\d{2,3}[a-z]?(?![A-Za-z0-9])`, "g"))].map((match) => match[0])),
];

export function importEvidence(folder: string, root: string): string {
  const rules: Record<string, Rule> = {};
  const sources: Record<string, string> = {};
  for (const dossier of dossiers) {
    const lines = readFileSync(join(folder, dossier.file), "utf8").split("\n");
    for (const [key, citation] of sourcesOf(lines)) sources[`${dossier.key}:${key}`] ??= citation;
    for (const [id, rule] of rulesOf(lines, dossier, sources)) rules[id] ??= rule;
  }
  const out = join(root, "evidence");
  mkdirSync(out, { recursive: true });
  // What stands there already was read by people and given its mark: it is never written over.
  const keep = (name: string, map: Record<string, unknown>) => {
    if (existsSync(join(out, name))) Object.assign(map, parse(readFileSync(join(out, name), "utf8")));
  };
  keep("rules.yaml", rules);
  keep("sources.yaml", sources);
  const sorted = (map: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(map).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })));
  const save = (name: string, comment: string, map: Record<string, unknown>) =>
    writeFileSync(join(out, name), `# ${comment}\n${stringify(sorted(map), { lineWidth: 0, flowCollectionPadding: false })}`);
  save("rules.yaml", "Rule ids of the evidence base: short text, dossier, verification mark (P C S D J U), sources.", rules);
  save("sources.yaml", "dossier:key -> citation, with the depth of reading where the dossier says it.", sources);
  return `${Object.keys(rules).length} rules, ${Object.keys(sources).length} sources`;
}

// "| S06 | text |" or "- S27 A text; S28 B text".
function sourcesOf(lines: string[]): [string, string][] {
  const start = lines.findLastIndex((line) => /^##+ .*\bSources\b/.test(line));
  const out: [string, string][] = [];
  for (const line of lines.slice(start)) {
    const row = /^\|\s*([SA]\d{2,3}[a-z]?)\s*\|\s*(.*\S)\s*\|\s*$/.exec(line);
    if (row) out.push([row[1]!, row[2]!.replace(/\s*\|\s*/g, "; ")]);
    if (!line.startsWith("- ")) continue;
    for (const part of line.slice(2).split(/;\s+(?=[SA]\d{2,3}[a-z]?\s)/)) {
      const item = /^([SA]\d{2,3}[a-z]?)\s+(\S.*)$/.exec(part);
      if (item) out.push([item[1]!, item[2]!.trim()]);
    }
  }
  return out;
}

function rulesOf(lines: string[], dossier: Dossier, sources: Record<string, string>): Map<string, Rule> {
  const found = new Map<string, Rule>();
  const letter = dossier.key === "02" ? "A" : "S";
  const whole = new RegExp(`^(?:${dossier.ids})$`);
  const any = new RegExp(dossier.ids, "g");
  const depth = (key: string) => (/\((?:SEC|T)\b/.test(sources[`${dossier.key}:${key}`] ?? "") ? "S" : "P");
  const add = (id: string, text: string, line: string): void => {
    if (found.has(id) || text === "") return;
    const marks = dossier.marks(line, depth);
    const mark = strength.findLast((one) => marks.includes(one)) ?? "";
    const keys = keysOf(line, letter).map((key) => `${dossier.key}:${key}`);
    found.set(id, { text: short(text), file: dossier.file, mark, sources: keys.filter((key) => sources[key] !== undefined) });
  };
  // Rows first: a row is where a rule is laid down; elsewhere it may only be spoken of.
  let head: string[] = [];
  lines.forEach((line, i) => {
    if (!line.startsWith("|")) return;
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (/^\|\s*:?-+/.test(lines[i + 1] ?? "")) head = cells;
    const id = cells[0]!.replace(/[*`]/g, "");
    if (whole.test(id)) add(id, rowText(cells, head), line);
  });
  for (const line of lines) {
    const prose = new RegExp(`^(?:[-*]\\s+)?(?:\\*\\*)?(?:Rule )?(${dossier.ids})(?:\\*\\*)?(?: \\([^)]*\\))?:?\\s+(.+)$`).exec(line);
    if (prose) add(prose[1]!, prose[2]!, line);
    const titled = /^#+\s/.test(line) ? [...line.matchAll(any)].map((match) => match[0]) : [];
    for (const id of titled) add(id, line.replace(/^#+\s*[\d.]*\s*/, "").replace(new RegExp(`\\s*[—-]?\\s*${id}`), ""), line);
    // "Rules: VAC-01 text. VAC-02 text."
    const run = new RegExp(`^[A-Z][a-z]+ rules: (?=${dossier.ids})`).exec(line);
    if (!run) continue;
    for (const part of line.slice(run[0].length).split(new RegExp(`\\s+(?=${dossier.ids}\\s)`))) {
      const [, id, text] = new RegExp(`^(${dossier.ids})\\s+(.*)$`).exec(part) ?? [];
      if (id && text) add(id, text, part);
    }
  }
  return found;
}

const plainHeads = /^(rule|definition|text|statement|evidence|source|sources|mark|grade|type|.*, source)s?$/i;

// Cells of a row in words; a row of a few words says what its table and columns are about.
function rowText(cells: string[], head: string[]): string {
  const rest = cells.map(clean).map((cell) => (cell === "-" ? "" : cell));
  const plain = rest.slice(1).filter(Boolean).join("; ");
  if (plain.length >= 60 || head.length !== cells.length) return plain;
  return rest
    .map((cell, i) => (i === 0 || cell === "" ? "" : plainHeads.test(head[i]!) ? cell : `${head[i]}${i === 1 ? ":" : ""} ${cell}`))
    .filter(Boolean)
    .join("; ");
}

// Without typography and without what `mark` and `sources` say already.
function clean(text: string): string {
  return text
    .replace(/\*\*|`/g, "")
    .replace(/\(from general knowledge, unverified here\)|\(project proposal\)|\bDESIGN\b/g, "")
    .replace(/(?:\[[SA]\d{2,3}[a-z]?\](?:,\s*)?)+(?: (?:V|S|U)(?=[\s;).,|]|$))?/g, "")
    .replace(/\bV2?:S\d{2,3}[a-z]?(?:,\s*S\d{2,3}[a-z]?)*/g, "")
    .replace(/\(\s*[;,]?\s*\)/g, "")
    .replace(/\s+/g, " ")
    .replace(/\s+([;,.)])/g, "$1")
    .replace(/([;,])(?:\s*[;,])+/g, "$1")
    .replace(/\s*—\.?$/, "")
    .replace(/^[\s;,—-]+|[\s;,—-]+$/g, "");
}

function short(text: string): string {
  const plain = clean(text);
  if (plain.length <= 240) return plain;
  // A full stop after a word, not after an initial.
  const sentence = [...plain.slice(0, 240).matchAll(/[a-z0-9)]{2}\.(?= )/g)].at(-1);
  return sentence && sentence.index >= 80 ? plain.slice(0, sentence.index + 3) : plain.slice(0, 237).replace(/\s\S*$/, "").replace(/[;,(]+$/, "") + " ...";
}
