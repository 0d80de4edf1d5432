// SPDX-License-Identifier: Apache-2.0
// What `nidus guideline explain` prints beside what guideline.json holds: logic in words, and cases. A file of its own, which
// a plan never reads.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Compiled } from "./compile.js";
import { Graph } from "./graph.js";
import type { Sources } from "./sources.js";
import { namedIn, Words, type Said } from "./words.js";
import { dictionary, filled } from "./yaml_reader.js";

// Definitions by which the record is read: their names say what they are, their logic is how entries are found.
export const readsRecord = (definition: string): boolean => /^(Facts|Terms|Drugs|TableRows)/.test(definition);

export function wordsOf(sources: Sources, compiled: Compiled, graph: Graph): Words {
  const texts = new Map(sources.files("cql", ".cql").map((path) => [basename(path, ".cql"), readFileSync(path, "utf8")]));
  const file = sources.yaml(join(sources.root, "words.yaml"));
  const functions = (file && dictionary(filled)(file.root, file.at, "")) ?? {};
  for (const name of Object.keys(functions)) {
    if (!name.includes(" ") && !graph.definitions.get(name)?.isFunction) sources.problems.add(file!.at.file, 1, `there is no function '${name}'`);
  }
  return new Words(compiled, graph, texts, functions);
}

const spoken = (text: string, words: Words): string => text.replace(/\[\[([^\]]+)\]\]/g, (_, name: string) => words.label(name));

const width = 92;

function wrapped(text: string, indent: string, begin: string): string[] {
  const out: string[] = [];
  let line = indent + begin;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > width && line.trim() !== begin.trim()) {
      out.push(line);
      line = indent + " ".repeat(begin.length) + word;
    } else line += (line.endsWith(" ") || line === "" ? "" : " ") + word;
  }
  return [...out, line];
}

export function lines(said: Said, words: Words, indent = "", begin = ""): string[] {
  if (typeof said === "string") return wrapped(spoken(said, words), indent, begin);
  const under = indent + " ".repeat(begin.length);
  return [...wrapped(`${spoken(said.head, words)}:`, indent, begin), ...said.items.flatMap((item) => lines(item, words, under, "- "))];
}

// The logic of what a condition names, once each, without that by which the record is read.
export function below(definition: string, words: Words, facts: ReadonlySet<string>, graph: Graph): string[] {
  const out: string[] = [];
  const seen = new Set([definition]);
  const open = [definition];
  while (open.length > 0) {
    const said = words.definition(open.shift()!);
    for (const name of said === undefined ? [] : namedIn(said)) {
      if (seen.has(name) || readsRecord(name) || !graph.definitions.has(name)) continue;
      seen.add(name);
      out.push(name);
      if (!facts.has(name)) open.push(name);
    }
  }
  return out;
}

function logicText(definition: string, words: Words): string {
  const said = words.definition(definition);
  return said === undefined ? "" : lines(said, words, "    ").join("\n") + "\n";
}

export function explainJson(sources: Sources, compiled: Compiled, hash: string): string {
  const graph = new Graph(compiled.elm);
  const words = wordsOf(sources, compiled, graph);
  const definitions = new Set([...compiled.recommendations.flatMap(({ value }) => [value.when, ...value.unless]), ...compiled.stops.map((stop) => stop.when)]);
  const facts = new Set(compiled.facts.facts.map((fact) => fact.define));
  for (const definition of [...definitions]) for (const name of below(definition, words, new Set(), graph)) definitions.add(name);
  const logic = Object.fromEntries(
    [...definitions].sort().map((name) => [name, { label: words.label(name), fact: facts.has(name), logic: logicText(name, words), uses: namedIn(words.definition(name) ?? "").filter((used) => definitions.has(used)) }]),
  );
  const cases = (key: "advised" | "never" | "undecided") => (id: string) =>
    compiled.cases.filter((one) => (one.expect[key] ?? []).some(({ text }) => text === id)).map((one) => one.id);
  const recommendations = Object.fromEntries(
    compiled.recommendations.map(({ id }) => [id, { advised: cases("advised")(id), never: cases("never")(id), undecided: cases("undecided")(id) }]),
  );
  return JSON.stringify({ format: "nidus-guideline-words/1", hash, logic, recommendations }) + "\n";
}
