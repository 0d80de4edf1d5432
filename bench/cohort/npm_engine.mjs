// SPDX-License-Identifier: Apache-2.0
// usage: node bench/cohort/npm_engine.mjs PREPARED COUNT AS_OF RESULTS
// The npm engine (cql-execution) on the first COUNT patients: prints patients a second and writes what it found, a patient a line.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(new URL("../../guideline/compiler/package.json", import.meta.url));
const cql = require("cql-execution");
const fhir = require("cql-exec-fhir");
const [folder, count, asOf, results] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

const elm = read("written.json");
const library = new cql.Library(elm.Cohort, new cql.Repository(elm));
const codes = new cql.CodeService(Object.fromEntries(read("value_sets.json").map((set) => [set.url, { "": set.codes }])));
const lines = readFileSync(join(folder, "patients.ndjson"), "utf8").split("\n").slice(0, Number(count));

const start = process.hrtime.bigint();
const found = [];
for (const line of lines) {
  const patients = fhir.PatientSource.FHIRv401();
  patients.loadBundles([JSON.parse(line)]);
  const answer = await new cql.Executor(library, codes, {}).exec(patients, cql.DateTime.parse(asOf));
  found.push(Object.values(answer.patientResults)[0]);
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(lines.length / seconds);

// What a definition comes to, as far as both engines can say it in the same words.
const plain = (value) => {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (value.isQuantity) return `${value.value} ${value.unit ?? "1"}`;
  return "other";
};
writeFileSync(
  results,
  found.map((one) => JSON.stringify(Object.fromEntries(Object.entries(one).map(([name, value]) => [name, plain(value)])))).join("\n") + "\n",
);
