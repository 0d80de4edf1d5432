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
  for (const name of ["evaluate.js", "reference_engine.js", "reference_memo.js", "normal.js", "../node_modules/.package-lock.json"]) hash.update(readFileSync(here(name)));
  for (const [name, library] of elm) hash.update(`\0${name}\0`).update(JSON.stringify(library));
  return hash.update(JSON.stringify(sets.map(({ url, codes }) => [url, codes]))).digest("hex");
}

// The results of one person, by id.
export type ResultsOf = (person: string) => Results;

// `store` is a folder of results that are still good, and where the new ones go: those of all people at once are more than fits into
// the memory of this process, so each is read when it is asked for.
export async function evaluatePeople(guideline: Guideline, whole: readonly Person[], store: string, progress: Progress): Promise<ResultsOf> {
  const base = hashOf(guideline);
  const people = whole.map((person) => ({ ...person, bundle: knownAt(person.bundle, person.asOf) }));
  const keyOf = (person: Person) => createHash("sha256").update(`${base}\0${person.asOf}\0${JSON.stringify(person.bundle)}`).digest("hex");
  const fileOf = (id: string) => join(store, `${id}.json`);
  const read = (id: string): { key: string; results: Record<string, unknown> } => JSON.parse(readFileSync(fileOf(id), "utf8"));
  const missing = people.filter((person) => !existsSync(fileOf(person.id)) || read(person.id).key !== keyOf(person));
  mkdirSync(store, { recursive: true });
  let done = people.length - missing.length;
  await inWorkers(guideline, missing, (person, results) => {
    // Another run may read at the same time: it must see the whole file or none.
    const file = fileOf(person.id);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ key: keyOf(person), results: Object.fromEntries(results) }));
    renameSync(`${file}.${process.pid}`, file);
    progress((done += 1), people.length);
  });
  return (id) => new Map(Object.entries(read(id).results)) as Results;
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
