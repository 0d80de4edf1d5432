// SPDX-License-Identifier: Apache-2.0
// Many people in the reference engine, on every core; who was evaluated before with the same guideline is not again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Person, Results } from "./evaluate.js";
import { knownAt } from "./known.js";
import type { ValueSet } from "./terminology.js";
import type { Elm } from "./translate.js";

export interface Guideline {
  elm: ReadonlyMap<string, Elm>;
  sets: readonly Pick<ValueSet, "url" | "codes">[];
}

export type Progress = (done: number, all: number) => void;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// Of everything that a result depends on beside the person.
function hashOf({ elm, sets }: Guideline): string {
  const hash = createHash("sha256");
  for (const name of ["evaluate.js", "evaluate_people.js", "reference_engine.js", "reference_memo.js", "normal.js", "../node_modules/.package-lock.json"]) hash.update(readFileSync(here(name)));
  for (const [name, library] of elm) hash.update(`\0${name}\0`).update(JSON.stringify(library));
  return hash.update(JSON.stringify(sets.map(({ url, codes }) => [url, codes]))).digest("hex");
}

// One in `oneIn` of the people. Another guideline draws others, so that with time everybody is met.
export function drawn<Who extends Person>(guideline: Guideline, people: readonly Who[], oneIn: number): Who[] {
  if (oneIn === 1) return [...people];
  const base = hashOf(guideline);
  const number = (id: string) => createHash("sha256").update(`${base}\0${id}`).digest().readUInt32BE();
  return people.filter(({ id }) => number(id) % oneIn === 0);
}

// A person to be evaluated, and the file that takes the results: the key on the first line, the values on the second.
export interface Task {
  person: Person;
  key: string;
  file: string;
}

const split = (text: string): [key: string, values: string] => {
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
};

// Another run may read at the same time: it must see the whole file or none.
export function keep({ key, file }: Task, results: Results): void {
  writeFileSync(`${file}.${process.pid}`, `${key}\n${JSON.stringify(Object.fromEntries(results))}`);
  renameSync(`${file}.${process.pid}`, file);
}

// Results by person. Those of all people at once are more than fits into the memory of this process, so each is read when it is
// asked for.
export class Evaluated {
  constructor(private readonly store: string) {}

  text(person: string): string {
    return split(readFileSync(fileOf(this.store, person), "utf8"))[1];
  }

  of(person: string): Results {
    return new Map(Object.entries(JSON.parse(this.text(person))));
  }
}

const fileOf = (store: string, id: string) => join(store, `${id}.json`);

// `store` is a folder of results that are still good, and where the new ones go.
export async function evaluatePeople(guideline: Guideline, people: readonly Person[], store: string, progress: Progress): Promise<Evaluated> {
  const base = hashOf(guideline);
  const tasks = people.map(({ id, asOf, bundle }): Task => {
    const person = { id, asOf, bundle: knownAt(bundle, asOf) };
    const key = createHash("sha256").update(`${base}\0${asOf}\0${JSON.stringify(person.bundle)}`).digest("hex");
    return { person, key, file: fileOf(store, id) };
  });
  const missing = tasks.filter(({ file, key }) => !existsSync(file) || split(readFileSync(file, "utf8"))[0] !== key);
  mkdirSync(store, { recursive: true });
  let done = tasks.length - missing.length;
  await inWorkers(guideline, missing, () => progress((done += 1), tasks.length));
  return new Evaluated(store);
}

async function inWorkers(guideline: Guideline, tasks: readonly Task[], taken: () => void): Promise<void> {
  const waiting = [...tasks];
  const run = (): Promise<void> =>
    new Promise((finish, fail) => {
      const worker = new Worker(here("evaluate_worker.js"), { workerData: guideline });
      const next = (): void => {
        const task = waiting.shift();
        if (task) worker.postMessage(task);
        else void worker.terminate().then(() => finish());
      };
      worker.on("message", () => {
        taken();
        next();
      });
      worker.on("error", fail);
      next();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, run));
}
