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
  for (const name of ["evaluate.js", "reference_memo.js", "normal.js", "../node_modules/.package-lock.json"]) hash.update(readFileSync(here(name)));
  for (const [name, library] of elm) hash.update(`\0${name}\0`).update(JSON.stringify(library));
  return hash.update(JSON.stringify(sets.map(({ url, codes }) => [url, codes]))).digest("hex");
}

// Results by person, in the order of `people`. `store` is a folder of results that are still good.
export async function evaluatePeople(guideline: Guideline, whole: readonly Person[], store: string, progress: Progress): Promise<Map<string, Results>> {
  const base = hashOf(guideline);
  const people = whole.map((person) => ({ ...person, bundle: knownAt(person.bundle, person.asOf) }));
  const keyOf = (person: Person) => createHash("sha256").update(`${base}\0${person.asOf}\0${JSON.stringify(person.bundle)}`).digest("hex");
  const fileOf = (person: Person) => join(store, `${person.id}.json`);
  const found = new Map<string, Results>();
  const missing: Person[] = [];
  for (const person of people) {
    const stored = existsSync(fileOf(person)) ? JSON.parse(readFileSync(fileOf(person), "utf8")) : undefined;
    if (stored?.key === keyOf(person)) found.set(person.id, new Map(Object.entries(stored.results)) as Results);
    else missing.push(person);
  }
  mkdirSync(store, { recursive: true });
  await inWorkers(guideline, missing, (person, results) => {
    found.set(person.id, results);
    // Another run may read at the same time: it must see the whole file or none.
    const file = fileOf(person);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ key: keyOf(person), results: Object.fromEntries(results) }));
    renameSync(`${file}.${process.pid}`, file);
    progress(found.size, people.length);
  });
  return new Map(people.map(({ id }) => [id, found.get(id)!]));
}

type Take = (person: Person, results: Results) => void;

async function inWorkers(guideline: Guideline, people: readonly Person[], take: Take): Promise<void> {
  const waiting = [...people];
  const run = (): Promise<void> =>
    new Promise((finish, fail) => {
      const worker = new Worker(here("evaluate_worker.js"), { workerData: guideline });
      let current: Person | undefined;
      const next = (): void => {
        current = waiting.shift();
        if (current) worker.postMessage(current);
        else void worker.terminate().then(() => finish());
      };
      worker.on("message", (results: Results) => {
        take(current!, results);
        next();
      });
      worker.on("error", fail);
      next();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), people.length) }, run));
}
