// SPDX-License-Identifier: Apache-2.0
// One thread of evaluate_people.ts: a person comes, the results go into their file.
import { parentPort, workerData } from "node:worker_threads";
import { Reference } from "./evaluate.js";
import { keep, type Guideline, type Task } from "./evaluate_people.js";

const { elm, sets } = workerData as Guideline;
const reference = new Reference(elm, sets);

parentPort!.on("message", (task: Task) => {
  keep(task, reference.evaluate(task.person));
  parentPort!.postMessage("kept");
});
