// SPDX-License-Identifier: Apache-2.0
// usage: node phrases_test.mjs NIDUS GUIDELINE.json FACTS_FOLDER PHRASES.csv ...
// Each row of a table is one wording in one small record: guideline/cases/phrases/README.md. The guideline's logic is run over all
// records of a table at once (`nidus cql run`). What is read otherwise than the row says is told with file and line, by kind of mistake; a row
// whose `gap` gives a reason is known to be read wrongly: it is counted apart, and told once it is read rightly.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { asOf, collection, patient, shown } from "./reading.mjs";

const [nidus, guidelineFile, factsFolder, ...files] = process.argv.slice(2);
const at = "2025-03-03T08:00:00+01:00";
const factsPerRun = 10;
const columns = ["fact", "shape", "heading", "text", "expected", "note", "gap"];

// --- the tables

function rowsOf(file) {
  const lines = readFileSync(file, "utf8").split("\n");
  if (lines.shift() !== columns.join(",")) throw new Error(`${file}:1: the columns are ${columns.join(",")}`);
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
    if (cells.length !== columns.length) throw new Error(`${file}:${index + 2}: ${cells.length} cells, and should be ${columns.length}`);
    return [{ place: `${file}:${index + 2}`, ...Object.fromEntries(columns.map((name, column) => [name, cells[column]])) }];
  });
}

function definitionsByFact() {
  const out = new Map();
  for (const file of readdirSync(factsFolder).filter((name) => name.endsWith(".yaml"))) {
    const text = readFileSync(join(factsFolder, file), "utf8");
    for (const [, id, define] of text.matchAll(/^- id: (\S+)\n\s+define: (.+)$/gm)) out.set(id, define.replaceAll('"', "").trim());
  }
  return out;
}

// --- the records

const clinical = (code) => ({ coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code }] });
const verified = (code) => ({ coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-ver-status", code }] });
const condition = (row, more) => ({ resourceType: "Condition", clinicalStatus: clinical("active"), code: { text: row.text }, recordedDate: at, ...more });
const observation = (name, more) => ({ resourceType: "Observation", status: "final", code: { text: name }, effectiveDateTime: at, ...more });
const procedure = (row, status, when) => ({ resourceType: "Procedure", status, code: { text: row.text }, performedDateTime: when });
const medicine = (row, status, effectivePeriod) => ({
  resourceType: "MedicationStatement", status, medicationCodeableConcept: { text: row.text }, effectivePeriod,
});
const about = { subject: { reference: `Patient/${patient.id}` } };
const whose = { patient: about.subject };

const shapes = {
  condition: (row) => condition(row, about),
  resolved: (row) => condition(row, { ...about, clinicalStatus: clinical("resolved"), abatementDateTime: "2025-03-03" }),
  doubtful: (row) => condition(row, { ...about, verificationStatus: verified("provisional") }),
  code: (row) => {
    const [system, code] = row.heading.split(" ");
    return condition(row, { ...about, code: { coding: [{ system: `http://hl7.org/fhir/sid/${system}`, code }] } });
  },
  family: (row) => ({
    resourceType: "FamilyMemberHistory", status: "completed", ...whose, relationship: { text: "mother" }, condition: [{ code: { text: row.text } }],
  }),
  finding: (row) => observation(row.text, about),
  yes: (row) => observation(row.text, { ...about, valueBoolean: true }),
  no: (row) => observation(row.text, { ...about, valueBoolean: false }),
  answer: (row) => observation(row.heading, { ...about, valueString: row.text }),
  choice: (row) => observation(row.heading, { ...about, valueCodeableConcept: { text: row.text } }),
  report: (row) => ({
    resourceType: "DiagnosticReport", status: "final", ...about, code: { text: row.heading }, effectiveDateTime: at, conclusion: row.text,
  }),
  procedure: (row) => ({ ...procedure(row, "completed", at), ...about }),
  "procedure old": (row) => ({ ...procedure(row, "completed", "2024-11-20"), ...about }),
  "procedure not done": (row) => ({ ...procedure(row, "not-done", at), ...about }),
  medication: (row) => ({ ...medicine(row, "active", { start: "2025-03-02" }), ...about }),
  "medication stopped": (row) => ({ ...medicine(row, "completed", { start: "2024-11-02", end: "2024-11-20" }), ...about }),
  allergy: (row) => ({
    resourceType: "AllergyIntolerance", ...whose, code: { text: row.heading }, recordedDate: "2020-05-01", reaction: [{ manifestation: [{ text: row.text }] }],
  }),
  "allergy label": (row) => ({ resourceType: "AllergyIntolerance", ...whose, code: { text: row.text }, recordedDate: "2020-05-01" }),
  device: (row) => ({ resourceType: "Device", status: "active", ...whose, type: { text: row.text } }),
};

// --- the guideline's logic, as libraries that `nidus cql run` reads

function unpack(folder) {
  const guideline = JSON.parse(readFileSync(guidelineFile, "utf8"));
  const libraries = guideline.libraries.map((one) => one.library);
  mkdirSync(join(folder, "sets"));
  for (const library of libraries) writeFileSync(join(folder, `${library.identifier.id}.json`), JSON.stringify({ library }));
  guideline.valueSets.forEach(({ url, codes }, index) => {
    const include = codes.map(({ system, code }) => ({ system, concept: [{ code }] }));
    writeFileSync(join(folder, "sets", `${index}.json`), JSON.stringify({ resourceType: "ValueSet", url, status: "active", compose: { include } }));
  });
  // One library that includes all others, so that each definition can be asked for.
  const includes = libraries.map(({ identifier }) => ({ localIdentifier: identifier.id, path: identifier.id, version: identifier.version }));
  const { schemaIdentifier, usings } = libraries.find((one) => one.usings?.def.length > 1);
  const all = {
    identifier: { id: "Phrases" }, schemaIdentifier, usings, includes: { def: includes }, contexts: { def: [{ name: "Patient" }] },
    statements: { def: [{ name: "Patient", context: "Patient", expression: { type: "Null" } }] },
  };
  writeFileSync(join(folder, "Phrases.json"), JSON.stringify({ library: all }));
}

// The values of the asked definitions, a record a row.
function evaluate(folder, records, asked) {
  const data = join(folder, "records.ndjson");
  const written = records.map((record, index) => JSON.stringify(record).replaceAll(`"${patient.id}"`, `"p${index}"`).replaceAll(`Patient/${patient.id}"`, `Patient/p${index}"`));
  writeFileSync(data, written.join("\n") + "\n");
  const defines = asked.flatMap((name) => ["--define", name]);
  const command = ["cql", "run", join(folder, "Phrases.json"), "--data", data, "--as-of", asOf, "--known", "--valueset", join(folder, "sets"), ...defines];
  const run = spawnSync(nidus, command, { maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`exit ${run.status}: ${run.stderr}`);
  return run.stdout.toString().trim().split("\n").map((line) => JSON.parse(line).results);
}

// --- the comparison

function kindOfMistake(expected, value) {
  const said = shown(value);
  if (expected === "not true") return said === "true" ? "read as true, and must not be" : undefined;
  if (expected === "not false") return said === "false" ? "read as denied, and must not be" : undefined;
  if (said === (expected === "unknown" ? "null" : expected)) return undefined;
  if (expected === "true") return said === "false" ? "there, and read as absent" : "there, and not read";
  if (expected === "false") return said === "true" ? "denied, and read as there" : "denied, and not read";
  if (expected === "unknown") return "not known, and read";
  return said === "null" ? "a value that is not read" : "another value";
}

const folder = mkdtempSync(join(tmpdir(), "nidus-phrases-"));
const problems = [];
const totals = { phrases: 0, wrong: 0, gaps: 0 };
try {
  unpack(folder);
  const facts = definitionsByFact();
  for (const file of files) {
    const rows = rowsOf(file);
    const seen = new Map();
    for (const row of rows) {
      row.define = facts.get(row.fact) ?? row.fact;
      if (!(row.shape in shapes)) throw new Error(`${row.place}: there is no shape '${row.shape}'`);
      if (!row.define.includes(".")) throw new Error(`${row.place}: there is no fact '${row.fact}'`);
      const same = [row.fact, row.shape, row.heading, row.text].join("|");
      if (seen.has(same)) problems.push(`${row.place}: the same as ${seen.get(same)}`);
      seen.set(same, row.place);
    }
    const kinds = new Map();
    let wrong = 0;
    let gaps = 0;
    // What is asked of a record is computed for all records of a run: so a few facts a run.
    const groups = new Map();
    for (const row of rows) groups.set(row.define, [...(groups.get(row.define) ?? []), row]);
    const defines = [...groups.keys()];
    for (let from = 0; from < defines.length; from += factsPerRun) {
      const asked = defines.slice(from, from + factsPerRun);
      const group = asked.flatMap((define) => groups.get(define));
      const records = group.map((row) => collection([patient, { id: "it", ...shapes[row.shape](row) }]));
      const values = evaluate(folder, records, asked);
      group.forEach((row, index) => {
        const value = values[index][row.define];
        const kind = kindOfMistake(row.expected, value);
        const words = `'${row.text || row.heading}'${row.text && row.heading ? ` (${row.heading})` : ""} as ${row.shape}: ${row.fact} is ${shown(value)}, and should be ${row.expected}`;
        if (kind !== undefined && row.gap !== "") gaps += 1;
        else if (kind !== undefined) {
          wrong += 1;
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          problems.push(`${row.place}: ${kind}: ${words}`);
        } else if (row.gap !== "") {
          wrong += 1;
          kinds.set("a gap that is none", (kinds.get("a gap that is none") ?? 0) + 1);
          problems.push(`${row.place}: no gap any more: ${words}`);
        }
      });
    }
    const told = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
    console.log(`  ${basename(file, ".csv")}: ${rows.length} phrases, ${wrong} wrong, ${gaps} known gaps${told.length > 0 ? ` (${told.join("; ")})` : ""}`);
    totals.phrases += rows.length;
    totals.wrong += wrong;
    totals.gaps += gaps;
  }
} catch (error) {
  problems.push(error.message);
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.error(problem);
console.log(`phrases: ${totals.phrases} phrases, ${totals.wrong} wrong, ${totals.gaps} known gaps`);
process.exit(problems.length > 0 || totals.phrases === 0 ? 1 : 0);
