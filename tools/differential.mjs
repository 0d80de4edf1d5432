// SPDX-License-Identifier: Apache-2.0
// usage: node differential.mjs NIDUS NIDUS_OUTPUTS KNOWN.json [GUIDELINE.json PEOPLE_FOLDER REFERENCE.ndjson] ...
//
// Compares `nidus values` (by nidus_outputs: one start for many people) with the results of cql-execution, definition by definition, for every person of
// REFERENCE.ndjson, a line each. PEOPLE_FOLDER holds ID.json (a Bundle) and ID.expect.json (as_of). A difference must be in KNOWN.json:
//   {"definitions": ["Library.Name"], "people": ["ID", "start of IDs*"], "within": 1e-7, "fault": "cql-execution", "why": "...",
//    "test": "the unit test that sets the right value by hand"}
// `within` (optional) excuses numbers that are no further apart. What is listed and not seen is told, and is no failure.
import { execFile } from "node:child_process";
import { createReadStream, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Outputs } from "../tests/output/outputs.mjs";

const [nidus, nidusOutputs, knownFile, ...sets] = process.argv.slice(2);
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const known = readJson(knownFile);
const run = promisify(execFile);

// Engines may write an instant in another zone or a number with other trailing digits; neither is a difference.
const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
function canonical(value) {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    const [, , seconds, milliseconds] = instant.exec(value) ?? [];
    // The precision stays a part of the value.
    if (instant.test(value)) return `${new Date(value).toISOString()} ${seconds ? (milliseconds ? "ms" : "s") : "min"}`;
    return /^-?\d+(\.\d+)?$/.test(value) ? String(Number(value)) : value;
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  // What the guideline makes of a report (FactsMicro.AsCulture) or of an order (FactsTreatment) is no FHIR to cql-execution: choices without their type, codes as objects.
  const made = value.id?.value ?? value.id;
  if (typeof made === "string" && /^(report|order) /.test(made)) {
    const parts = Object.entries(value).filter(([key, part]) => key !== "resourceType" && part !== null);
    const plain = parts.map(([key, part]) => [key.replace(/^(effective|value|medication)[A-Z].*/, "$1"), canonical(key === "id" || key === "status" || key === "code" || key === "method" ? unwrapped(part) : part)]);
    return Object.fromEntries(plain.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, canonical(part)]),
  );
}
// A text that the guideline made is an object to cql-execution: {text: {value: "..."}}.
function unwrapped(part) {
  if (typeof part.value === "string") return part.value;
  return typeof part.text?.value === "string" ? { ...part, text: part.text.value } : part;
}
const written = (value) => JSON.stringify(canonical(value)) ?? "(missing)";

// Numbers that differ by no more than `within`, everything else alike.
function near(a, b, within) {
  if (a === b) return true;
  if (typeof a === "string" && typeof b === "string") return Math.abs(Number(a) - Number(b)) <= within;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Array.isArray(a) === Array.isArray(b) && [...names].every((name) => near(a[name], b[name], within));
}

const used = new Set();
function isKnown(definition, person, theirs, ours) {
  const entry = known.find(
    ({ definitions, people, within }) =>
      definitions.includes(definition) &&
      people.some((one) => (one.endsWith("*") ? person.startsWith(one.slice(0, -1)) : one === person)) &&
      (within === undefined || near(canonical(theirs), canonical(ours), within)),
  );
  if (entry) used.add(entry);
  return entry !== undefined;
}

const differences = new Map(); // by definition
let unexplained = 0;
const momentOf = (folder, person) => readJson(join(folder, `${person}.expect.json`)).as_of;
async function compare(outputs, folder, person, theirs) {
  const ours = JSON.parse(await outputs.of("values", join(folder, `${person}.json`), momentOf(folder, person)));
  let explained = 0;
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  for (const name of names) {
    if (JSON.stringify(theirs[name]) === JSON.stringify(ours[name])) continue;
    const both = [written(theirs[name]), written(ours[name])];
    if (both[0] === both[1]) continue;
    if (isKnown(name, person, theirs[name], ours[name])) {
      explained += 1;
      continue;
    }
    unexplained += 1;
    if (!differences.has(name)) differences.set(name, []);
    differences.get(name).push({ person, both });
  }
  return { compared: names.size, explained };
}

// The command itself prints what nidus_outputs does.
async function same(outputs, guideline, folder, person) {
  const [file, asOf] = [join(folder, `${person}.json`), momentOf(folder, person)];
  const { stdout } = await run(nidus, ["values", file, "--as-of", asOf, "--guideline", guideline], { maxBuffer: 1 << 28 });
  if (stdout !== (await outputs.of("values", file, asOf))) throw new Error(`${file}: the command prints other values than nidus_outputs`);
}

for (let at = 0; at + 2 < sets.length; at += 3) {
  const [guideline, folder, reference] = [sets[at], sets[at + 1], sets[at + 2]];
  const lines = createInterface({ input: createReadStream(reference), crlfDelay: Infinity })[Symbol.asyncIterator]();
  const before = unexplained;
  let people = 0;
  let compared = 0;
  let explained = 0;
  const work = async () => {
    const outputs = new Outputs(nidusOutputs, guideline);
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const { person, values } = JSON.parse(line.value);
      const result = await compare(outputs, folder, person, values);
      people += 1;
      if (people === 1) await same(outputs, guideline, folder, person);
      compared += result.compared;
      explained += result.explained;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(`  ${folder}: ${people} people, ${compared} values, ${explained} known differences, ${unexplained - before} others`);
}

const short = (text) => (text.length > 300 ? `${text.slice(0, 300)} ...` : text);
for (const [name, list] of [...differences].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const { both } = list.sort((a, b) => (a.person < b.person ? -1 : 1))[0];
  const people = [...new Set(list.map(({ person }) => person))];
  console.error(`${name}: ${people.length} people, ${people.slice(0, 8).join(", ")}${people.length > 8 ? " ..." : ""}; of the first\n   cql-execution ${short(both[0])}\n   nidus         ${short(both[1])}`);
}
for (const entry of known) if (!used.has(entry)) console.error(`known difference not seen: ${entry.definitions.join(", ")}`);
console.log(unexplained > 0 ? `differential: ${unexplained} unexplained differences` : "differential: both engines agree");
process.exit(unexplained > 0 ? 1 : 0);
