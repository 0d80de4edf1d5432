// SPDX-License-Identifier: Apache-2.0
// One thread of evaluate_people.ts: a person comes, the results go.
import { parentPort, workerData } from "node:worker_threads";
import { Reference, type Person } from "./evaluate.js";
import type { Guideline } from "./evaluate_people.js";

const { elm, sets } = workerData as Guideline;
const reference = new Reference(elm, sets);

parentPort!.on("message", (person: Person) => {
  parentPort!.postMessage(reference.evaluate(person));
});
