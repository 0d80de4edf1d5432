// SPDX-License-Identifier: Apache-2.0
// The JSON of plan and replay for every worked patient, and the example of a hospital's own figures
// with a plan that uses it, against docs/schemas/; the schemas against changed plans that they must refuse.
// usage: schema_test.mjs NIDUS NIDUS_OUTPUTS FOLDER ...   folders of ID.json with ID.expect.json
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Outputs } from "./outputs.mjs";

const Ajv = createRequire(import.meta.url)("ajv/dist/2020");
const run = promisify(execFile);
const [nidus, nidusOutputs, ...folders] = process.argv.slice(2);
const ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false });
const schemas = Object.fromEntries(
  ["plan", "replay", "local"].map((verb) => [verb, JSON.parse(readFileSync(new URL(`../../docs/schemas/${verb}.schema.json`, import.meta.url), "utf8"))]),
);
const checks = Object.fromEntries(Object.entries(schemas).map(([verb, schema]) => [verb, ajv.compile(schema)]));

function problemsOf(verb, value) {
  return checks[verb](value) ? [] : checks[verb].errors.map(({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`);
}

// Places of a schema where an object may hold anything.
function* openObjects(node, path = "#") {
  if (node === null || typeof node !== "object") return;
  if (!Array.isArray(node) && node.properties && node.type === "object" && node.additionalProperties !== false) yield path;
  for (const [key, value] of Object.entries(node)) yield* openObjects(value, `${path}/${key}`);
}

// Each must be refused; the item is the first advised one, with options.
const changes = {
  "a member more": (plan) => (plan.extra = 1),
  "a member more in an item": (plan, item) => (item.colour = "red"),
  "another standing": (plan, item) => (item.standing = "advise"),
  "an advice that is not advised": (plan, item) => (item.standing = "undecided"),
  "another group": (plan, item) => (item.group = "soon"),
  "a category in words": (plan, item) => (item.category = "Blood cultures"),
  "another id": (plan, item) => (item.id = "wup-1"),
  "no reason": (plan, item) => delete item.because,
  "no evidence": (plan, item) => (item.evidence.rules = []),
  "another strength": (plan, item) => (item.evidence.strength = "very strong"),
  "a due time without its zone": (plan, item) => Object.assign(item.when, { dueAt: "2025-03-04T10:00:00", overdue: false }),
  "a source without reference": (plan, item) => item.because[0].sources.push({ label: "x" }),
  "a flip to nowhere": (plan, item) => item.wouldFlip.push({ fact: "x", label: "x", from: "a", to: "b", becomes: "no" }),
  "an option without drugs": (plan, item) => (item.options[0].components = []),
  "a dose without verification": (plan, item) => delete item.options[0].components[0].verification,
  "no headline": (plan) => delete plan.headline.due,
  "a moment that is none": (plan) => (plan.asOf = "today"),
};

let failed = 0;
function fail(text) {
  failed += 1;
  console.error(`FAIL ${text}`);
}

for (const [verb, schema] of Object.entries(schemas)) {
  for (const place of openObjects(schema)) fail(`${verb}.schema.json ${place} lets any member in`);
}

const example = new URL("../../guideline/local/example.json", import.meta.url).pathname;
for (const problem of problemsOf("local", JSON.parse(readFileSync(example, "utf8")))) fail(`local/example.json: ${problem}`);

const jobs = folders.flatMap((folder) => {
  const guideline = folder.includes("small-guideline") ? ["--guideline", join(folder, "..", "guideline.json")] : [];
  const expects = readdirSync(folder).sort().filter((file) => file.endsWith(".expect.json"));
  // Plans by one start for all people; the command itself for what is asked of one in ten.
  const outputs = new Outputs(nidusOutputs, ...guideline.slice(1));
  return expects.flatMap((name, index) => {
    const patient = name.slice(0, -".expect.json".length);
    const file = join(folder, `${patient}.json`);
    const { as_of } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    const command = async (verb, ...more) =>
      (await run(nidus, [verb, file, "--as-of", as_of, "--format", "json", ...guideline, ...more], { maxBuffer: 1 << 28 })).stdout;
    const jobs = [{ patient, verb: "plan", ask: () => outputs.of("plan-json", file, as_of) }];
    // A replay is a plan for every moment of the record: one in ten is enough.
    if (index % 10 === 0) jobs.push({ patient, verb: "replay", ask: () => command("replay") });
    if (index % 10 === 5 && guideline.length === 0) jobs[0].ask = () => command("plan", "--local", example);
    if (index % 10 === 7) jobs[0].ask = async () => same(patient, await command("plan"), await outputs.of("plan-json", file, as_of));
    return jobs;
  });
});

let tried = false;
function check({ patient, verb }, value) {
  const problems = problemsOf(verb, value);
  if (problems.length > 0) {
    fail(`${patient} ${verb}:\n     ${problems.slice(0, 10).join("\n     ")}`);
    return;
  }
  const index = (value.items ?? []).findIndex(({ options, because }) => options.length > 0 && because.length > 0);
  if (index < 0 || tried) return;
  tried = true;
  for (const [name, change] of Object.entries(changes)) {
    const changed = structuredClone(value);
    change(changed, changed.items[index]);
    if (problemsOf(verb, changed).length === 0) fail(`${name} was not refused`);
  }
}

// The command and the program that stands for it write the same bytes.
function same(patient, one, other) {
  if (one !== other) fail(`${patient}: the command prints another plan than nidus_outputs`);
  return one;
}

// One more is asked for while one is checked.
for (let at = 0, next = jobs[0].ask(); at < jobs.length; at += 1) {
  const text = await next;
  if (at + 1 < jobs.length) next = jobs[at + 1].ask();
  check(jobs[at], JSON.parse(text));
}
if (!tried) fail("no plan to change");
console.log(`${jobs.length} outputs against their schema, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
