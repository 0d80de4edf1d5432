// SPDX-License-Identifier: Apache-2.0
// usage: node differential.mjs NIDUS CASES_FOLDER REFERENCE.json KNOWN.json
// Compares `nidus values` with the recorded results of cql-execution. A difference must be in
// KNOWN.json with whose fault it is: [{"definition": "Library.Name", "case": "id or *", "why": "..."}].
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [nidus, folder, referenceFile, knownFile] = process.argv.slice(2);
const reference = JSON.parse(readFileSync(referenceFile, "utf8"));
const known = existsSync(knownFile) ? JSON.parse(readFileSync(knownFile, "utf8")) : [];

// Engines may spell an instant in another zone or with other trailing digits; compare the instant.
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
function canonical(value) {
  if (typeof value === "string") {
    if (instant.test(value)) return new Date(value).toISOString();
    if (/^-?\d+(\.\d+)?$/.test(value)) return String(Number(value));
    return value;
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]));
  }
  return value;
}
// Results that are FHIR elements are compared by the definitions that read them.
const opaque = (value) => value !== null && typeof value === "object" && ("fhir" in value || (!Array.isArray(value) && "resourceType" in value));

let compared = 0;
const differences = [];
const used = new Set();
for (const [id, expected] of Object.entries(reference)) {
  const asOf = JSON.parse(readFileSync(join(folder, `${id}.expect.json`), "utf8")).as_of;
  const actual = JSON.parse(
    execFileSync(nidus, ["values", join(folder, `${id}.json`), "--as-of", asOf], { maxBuffer: 1 << 28 }).toString(),
  );
  for (const [name, value] of Object.entries(expected)) {
    if (!(name in actual)) {
      differences.push({ case: id, definition: name, reference: value, nidus: "(missing)" });
      continue;
    }
    if (opaque(value) || opaque(actual[name])) continue;
    if (Array.isArray(value) && value.some(opaque)) continue;
    compared += 1;
    if (JSON.stringify(canonical(value)) === JSON.stringify(canonical(actual[name]))) continue;
    const excuse = known.findIndex((entry) => entry.definition === name && (entry.case === "*" || entry.case === id));
    if (excuse >= 0) used.add(excuse);
    else differences.push({ case: id, definition: name, reference: value, nidus: actual[name] });
  }
}
for (const difference of differences.slice(0, 40)) {
  console.error(
    `${difference.case}: ${difference.definition}\n   cql-execution ${JSON.stringify(difference.reference).slice(0, 200)}\n   nidus         ${JSON.stringify(difference.nidus).slice(0, 200)}`,
  );
}
known.forEach((entry, index) => {
  if (!used.has(index)) console.error(`known difference no longer seen: ${entry.definition} (${entry.case})`);
});
console.log(`differential: ${compared} values compared, ${differences.length} unexplained differences, ${used.size} explained`);
process.exit(differences.length > 0 ? 1 : 0);
