// SPDX-License-Identifier: Apache-2.0
// The commands of the guideline compiler. Exit codes: 0 fine, 1 our failure, 2 the sources are wrong.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./cases.js";
import { Compiler } from "./compile.js";
import { Reference, normal, type Results } from "./evaluate.js";
import { importEvidence } from "./evidence.js";
import { Problems } from "./problems.js";
import { Translator, type Library } from "./translate.js";

const repository = resolve(fileURLToPath(import.meta.url), "../../../..");

function report(problems: Problems): number {
  const lines = problems.lines();
  for (const line of lines) console.error(line);
  if (lines.length > 0) console.error(`${lines.length} problems`);
  return problems.any ? 2 : 0;
}

async function reference(compiler: Compiler): Promise<Reference | undefined> {
  const elm = await compiler.translate("written");
  return compiler.problems.any ? undefined : new Reference(elm, compiler.terminology());
}

async function evaluateCases(compiler: Compiler, cases: Case[]): Promise<Map<string, Results> | undefined> {
  const engine = await reference(compiler);
  if (!engine) return undefined;
  const out = new Map<string, Results>();
  for (const one of cases) out.set(one.id, await engine.evaluate(one.bundle, one.asOf));
  return out;
}

// Advice as the plan computes it, from definitions alone.
function standing(recommendation: any, results: Results): string {
  const when = results.get(recommendation.when) ?? null;
  if (when === false) return "not-advised";
  if ((recommendation.unless as string[]).some((name) => results.get(name) === true)) return "blocked";
  return when === true ? "advised" : "undecided";
}

async function testCases(compiler: Compiler): Promise<number> {
  const compiled = await compiler.compile();
  const all = await evaluateCases(compiler, compiled.cases);
  if (!all) return report(compiler.problems);
  let failed = 0;
  for (const one of compiled.cases) {
    const results = all.get(one.id)!;
    const wrong: string[] = [];
    const standings = new Map(compiled.parts.recommendations.map((entry) => [String(entry.value["id"]), standing(entry.value, results)]));
    const replaced = new Set(
      compiled.parts.recommendations
        .filter((entry) => standings.get(String(entry.value["id"])) === "advised")
        .flatMap((entry) => (entry.value["replaces"] ?? []) as string[]),
    );
    const of = (id: string) => (replaced.has(id) && standings.get(id) !== "not-advised" ? "replaced" : standings.get(id));
    for (const id of one.expect.advised) if (of(id) !== "advised") wrong.push(`${id} must be advised, is ${of(id)}`);
    for (const id of one.expect.never) if (of(id) === "advised") wrong.push(`${id} must never be advised`);
    for (const id of one.expect.undecided) if (of(id) !== "undecided") wrong.push(`${id} must be undecided, is ${of(id)}`);
    for (const [name, text] of Object.entries(one.expect.definitions)) {
      const full = compiled.definitions.resolve(name);
      if (full === undefined) wrong.push(`no definition '${name}'`);
      else if (show(results.get(full)) !== text) wrong.push(`${name} is ${show(results.get(full))}, expected ${text}`);
    }
    console.log(`${wrong.length === 0 ? "ok  " : "FAIL"} ${one.id}`);
    for (const line of wrong) console.log(`       ${line}`);
    if (wrong.length > 0) failed += 1;
  }
  console.log(`${compiled.cases.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 2 : 0;
}

function show(value: unknown): string {
  const plain = normal(value);
  if (plain === null) return "null";
  return typeof plain === "string" ? plain : typeof plain === "boolean" ? String(plain) : JSON.stringify(plain);
}

async function evalCase(compiler: Compiler, [wanted, ...names]: string[]): Promise<number> {
  const cases = compiler.cases();
  const one = cases.find((candidate) => candidate.id === wanted || candidate.file.endsWith(String(wanted)));
  if (!one) {
    console.error(`no case '${wanted}'; known: ${cases.map((candidate) => candidate.id).join(", ")}`);
    return 2;
  }
  const all = await evaluateCases(compiler, [one]);
  if (!all) return report(compiler.problems);
  const results = all.get(one.id)!;
  for (const [name, value] of results) {
    if (names.length > 0 && !names.some((want) => name === want || name.endsWith(`.${want}`) || name.startsWith(`${want}.`))) continue;
    console.log(`${name} = ${show(value)}`);
  }
  return 0;
}

async function evaluateAll(compiler: Compiler, out: string): Promise<number> {
  const cases = compiler.cases();
  const all = await evaluateCases(compiler, cases);
  if (!all) return report(compiler.problems);
  const plain: Record<string, unknown> = {};
  for (const [id, results] of all) {
    plain[id] = Object.fromEntries([...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, normal(value)]));
  }
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(out, JSON.stringify(plain) + "\n");
  return 0;
}

async function translateFiles(words: string[]): Promise<number> {
  const at = words.indexOf("-o");
  const folder = at >= 0 ? words[at + 1] : undefined;
  const files = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  if (!folder || files.length === 0) {
    console.error("usage: elm FILE.cql ... -o DIR");
    return 2;
  }
  const problems = new Problems();
  const libraries: Library[] = files.map((file) => ({ name: basename(file, ".cql"), file, text: readFileSync(file, "utf8") }));
  const elm = await new Translator(libraries, "external", join(repository, "build", "guideline", "elm"), problems).translateAll();
  mkdirSync(folder, { recursive: true });
  for (const [name, library] of elm) writeFileSync(join(folder, `${name}.elm.json`), JSON.stringify(library) + "\n");
  return report(problems);
}

export async function main([command, ...words]: string[]): Promise<number> {
  const compiler = new Compiler(join(repository, "guideline"), join(repository, "build", "guideline"));
  switch (command) {
    case "check":
      if (words[0] === "cql") await compiler.translate("external");
      else await compiler.compile();
      return report(compiler.problems);
    case "build": {
      const compiled = await compiler.compile();
      if (compiler.problems.any) return report(compiler.problems);
      console.log(compiler.write(compiled));
      return 0;
    }
    case "eval":
      return evalCase(compiler, words);
    case "test":
      return testCases(compiler);
    case "evaluate":
      return evaluateAll(compiler, words[0] ?? join(repository, "build", "guideline", "reference.json"));
    case "elm":
      return translateFiles(words);
    case "import-evidence":
      console.log(importEvidence(words[0] ?? "", join(repository, "guideline")));
      return 0;
    default:
      console.error("commands: check [cql] | build | eval CASE [definition ...] | test | evaluate [OUT.json] | elm FILE.cql ... -o DIR | import-evidence FOLDER");
      return 2;
  }
}
