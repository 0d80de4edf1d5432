// SPDX-License-Identifier: Apache-2.0
// What each command does. Exit codes: 0 fine, 1 our own failure, 2 the sources or a case are wrong.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Book } from "./book.js";
import { failures } from "./case_tests.js";
import type { Case } from "./cases.js";
import { Compiler } from "./compile.js";
import { wordsOf } from "./explain.js";
import { failed, Reference, type Person } from "./evaluate.js";
import { drawn, evaluatePeople, type Evaluated, type Guideline } from "./evaluate_people.js";
import { fingerprint } from "./fingerprint.js";
import { show } from "./normal.js";
import { Problems } from "./problems.js";
import { traceOf } from "./trace.js";
import { countsOf, tracePage } from "./trace_page.js";
import { Translator, includesOf, type Library } from "./translate.js";
import { guidelineJson, write } from "./write.js";

const compilerFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../../../guideline/compiler");

export function report(problems: Problems): number {
  const lines = problems.lines();
  for (const line of lines) console.error(line);
  if (lines.length > 0) console.error(`${lines.length} problem${lines.length === 1 ? "" : "s"}`);
  return lines.length > 0 ? 2 : 0;
}

export async function check(compiler: Compiler, part?: string): Promise<number> {
  if (part === "cql") await compiler.translate();
  else await compiler.compile();
  return report(compiler.problems);
}

// What was built of the same sources by the same compiler, and still stands, is not built again.
export async function build(compiler: Compiler): Promise<number> {
  const sources = fingerprint([compiler.sources.root, compilerFolder]);
  const outputs = ["guideline.json", "guideline-words.json", "cases"].map((name) => join(compiler.out, name));
  const stamp = join(compiler.out, "built.json");
  const before = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : {};
  if (before.sources === sources && before.outputs === fingerprint(outputs)) {
    console.log(`${before.counts}; as built before`);
    return 0;
  }
  rmSync(stamp, { force: true });
  const compiled = await compiler.compile();
  if (compiler.problems.any) return report(compiler.problems);
  write(compiler.sources, compiled, compiler.out);
  if (compiler.problems.any) return report(compiler.problems);
  const { recommendations, facts, stops, cases, elm } = compiled;
  const counts = `${recommendations.length} recommendations, ${facts.facts.length} facts, ${stops.length} stops, ${cases.length} cases, ${elm.size} libraries`;
  console.log(counts);
  writeFileSync(stamp, JSON.stringify({ sources, outputs: fingerprint(outputs), counts }) + "\n");
  return 0;
}

// Libraries that do not translate are problems, and are left out.
async function openReference(compiler: Compiler): Promise<Guideline> {
  return { elm: await compiler.translateWithHelpers(), sets: compiler.sets() };
}

// Of the people one in `oneIn`, and their results, which serve `test` and `evaluate`.
async function evaluated<Who extends Person>(compiler: Compiler, all: readonly Who[], oneIn: number): Promise<{ people: Who[]; results: Evaluated }> {
  const guideline = await openReference(compiler);
  const people = drawn(guideline, all, oneIn);
  if (oneIn > 1) console.log(`  ${people.length} of ${all.length} people are drawn; another guideline draws others`);
  const step = 200;
  const results = await evaluatePeople(guideline, people, join(compiler.out, "reference"), (done, of) => {
    if (done % step === 0 || done === of) console.log(`  ${done} of ${of} people in cql-execution`);
  });
  return { people, results };
}

export async function evalCase(compiler: Compiler, wanted: string | undefined, names: readonly string[]): Promise<number> {
  const cases = compiler.cases();
  const one = cases.find((candidate) => candidate.id === wanted || (wanted !== undefined && basename(candidate.file) === basename(wanted)));
  if (!one) {
    report(compiler.problems);
    console.error(`no case '${wanted ?? ""}'; there are ${cases.map((candidate) => candidate.id).join(", ") || "none"}`);
    return 2;
  }
  const asked = (full: string) =>
    names.length === 0 || names.some((name) => full === name || full.endsWith(`.${name}`) || full.startsWith(`${name}.`));
  const { elm, sets } = await openReference(compiler);
  const code = report(compiler.problems);
  const results = new Reference(elm, sets).evaluate(one, asked);
  for (const [name, value] of results) console.log(`${name} = ${failed(value) ? `failed: ${value.error}` : show(value)}`);
  return code;
}

// Values in which another engine is known to differ: a file as tests/differential-known.json is.
type KnownDifference = { definitions: string[]; people: string[] };

function knownIn(known: readonly KnownDifference[], person: string): Set<string> {
  const here = known.filter(({ people }) => people.some((one) => (one.endsWith("*") ? person.startsWith(one.slice(0, -1)) : one === person)));
  return new Set(here.flatMap(({ definitions }) => definitions));
}

export async function test(compiler: Compiler, wanted: readonly string[], oneIn: number, knownFile?: string): Promise<number> {
  const known: KnownDifference[] = knownFile === undefined ? [] : JSON.parse(readFileSync(knownFile, "utf8"));
  const compiled = await compiler.compile();
  const asked = compiled.cases.filter((one) => wanted.length === 0 || wanted.includes(one.id));
  let failed = 0;
  const { people: cases, results } = await evaluated(compiler, asked, oneIn);
  for (const one of cases) {
    const wrong = failures(one, compiled, results.of(one.id), knownIn(known, one.id));
    if (wrong.length > 0 || wanted.length > 0) console.log(`${wrong.length === 0 ? "ok  " : "FAIL"} ${one.id}`);
    for (const line of wrong) console.log(`       ${line}`);
    if (wrong.length > 0) failed += 1;
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  // Cases can be tried while other parts are still being written.
  const problems = compiler.problems.lines().length;
  if (problems > 0) console.log(`${problems} problems in the sources: see check`);
  return failed > 0 || problems > 0 ? 2 : 0;
}

// Bundles of a folder; the moment stands in NAME.expect.json beside them or is given.
function peopleOf(folder: string, asOf: string | undefined): Person[] {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const names = readdirSync(folder).sort();
  return names
    .filter((name) => name.endsWith(".json") && !name.endsWith(".expect.json"))
    .map((name) => {
      const id = basename(name, ".json");
      const beside = `${id}.expect.json`;
      const moment = asOf ?? (names.includes(beside) ? String(read(beside).as_of) : undefined);
      if (moment === undefined) throw new Error(`${name}: no moment of evaluation: give --as-of`);
      return { id, bundle: read(name), asOf: moment };
    });
}

export async function evaluateAll(compiler: Compiler, options: { patients?: string; asOf?: string; oneIn: number; out: string }): Promise<number> {
  const all: Person[] = options.patients ? peopleOf(options.patients, options.asOf) : compiler.cases().map((one: Case) => ({ ...one }));
  const { people, results } = await evaluated(compiler, all, options.oneIn);
  if (compiler.problems.any) return report(compiler.problems);
  mkdirSync(dirname(resolve(options.out)), { recursive: true });
  // A person a line: all together are longer than a text can be.
  const out = openSync(options.out, "w");
  for (const { id: person } of people) {
    writeSync(out, `{"person":${JSON.stringify(person)},"values":${results.text(person)}}\n`);
  }
  closeSync(out);
  console.log(`${people.length} people, ${options.out}`);
  return 0;
}

// The named libraries and those they include, which stand beside the first of them.
export async function translateFiles(files: readonly string[], folder: string, cache: string): Promise<number> {
  const problems = new Problems();
  const libraries = new Map<string, Library>();
  const read = (file: string): void => {
    const library = { name: basename(file, ".cql"), file, text: readFileSync(file, "utf8") };
    libraries.set(library.name, library);
    for (const name of includesOf(library.text)) {
      const beside = join(dirname(files[0]!), `${name}.cql`);
      if (!libraries.has(name) && existsSync(beside)) read(beside);
    }
  };
  for (const file of files) read(file);
  const elm = await new Translator([...libraries.values()], cache, problems).translateAll();
  mkdirSync(folder, { recursive: true });
  for (const [name, library] of elm) writeFileSync(join(folder, `${name}.elm.json`), JSON.stringify(library) + "\n");
  return report(problems);
}

// docs/safety/trace.md, written anew or only compared.
export async function trace(compiler: Compiler, page: string, only: "write" | "check"): Promise<number> {
  const compiled = await compiler.compile();
  if (compiler.problems.any) return report(compiler.problems);
  const traced = traceOf(compiler.sources, compiled);
  const text = tracePage(traced, compiled);
  const name = compiler.sources.name(page);
  if (only === "write") {
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(page, text);
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
    compiler.problems.add(name, 1, "is not up to date: make trace");
  }
  const { all, held, tested, notYet, without } = countsOf(traced.traced.filter(({ id }) => !id.startsWith("C-")));
  console.log(`${all} ids: ${held} held, of these ${tested} tested; ${notYet} not yet, ${without} carry no rule`);
  return report(compiler.problems);
}

// The printable book, with what of the evidence base is not held.
export async function book(compiler: Compiler, file: string): Promise<number> {
  const { sources } = compiler;
  const compiled = await compiler.compile();
  if (compiler.problems.any) return report(compiler.problems);
  const trace = traceOf(sources, compiled);
  const words = wordsOf(sources, compiled, trace.graph);
  const rows = (name: string) => sources.csv(join(sources.root, "tables", name));
  const html = new Book(compiled, words, trace, rows, String(JSON.parse(guidelineJson(compiled)).hash)).html();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, html);
  console.log(`${compiler.sources.name(file)}, ${Math.round(html.length / 1024)} kB`);
  return report(compiler.problems);
}
