// SPDX-License-Identifier: Apache-2.0
// The second engine: same values with and without what is kept; zones; many people; results that are still good.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { Compiler } from "../src/compile.js";
import { Reference } from "../src/evaluate.js";
import { drawn, evaluatePeople } from "../src/evaluate_people.js";
import { withoutPauses } from "../src/reference_engine.js";
import { inFolder } from "./fixture.js";

const require = createRequire(import.meta.url);

const logic = `library Logic version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
include Terms version '0.1.0' called T
context Patient

define "CRP Observation": Last([Observation: T."CRP"] O sort by issued)
define "CRP": ("CRP Observation".value as FHIR.Quantity).value.value
define "High": "CRP" > 10.0
define "Never": false
define function Twice(x System.Decimal): x * 2.0
define function Twice(x System.String): x + x
define "Twice": { Twice("CRP"), Twice(10.0), Twice("CRP") }
define "Twice Text": { Twice('a'), Twice('b'), Twice('a') }
define "Names": [Observation] O return all O.code.text.value
define "All": [Observation] O return all O
define "Distinct": Count((("All") union ("All")) O return O)
define "In Set": [Observation] O return all O.code in T."CRP"
define "Letters": { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i' }
define "Some Letters": { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', null as System.String }
define "In Letters": { 'i' in "Letters", 'z' in "Letters", 'a' in "Some Letters", 'z' in "Some Letters", (null as System.String) in "Some Letters" }
define "Element": First([Observation]).code
define "Status": First([Observation]).status
define "Hour": hour from FHIRHelpers.ToDateTime(First([Observation]).effective as FHIR.dateTime)
define "Since Midnight": hours between FHIRHelpers.ToDateTime(Last([Observation]).effective as FHIR.dateTime) and Now()
define "Midnight": DateTime(2025, 3, 4, 0, 0, 0, 0)
define "Age": AgeInYears()
define "Broken": singleton from { 1, 2 }
`;

const crp = (id: string, value: number, more: object = {}) => ({
  resource: {
    resourceType: "Observation",
    id,
    status: "final",
    code: { coding: [{ system: "http://loinc.org", code: "1988-5" }], text: "CRP" },
    subject: { reference: "Patient/p1" },
    valueQuantity: { value, unit: "mg/L" },
    ...more,
  },
});
const bundle = {
  resourceType: "Bundle",
  type: "collection",
  entry: [
    { resource: { resourceType: "Patient", id: "p1", birthDate: "1961" } },
    crp("one", 148, { issued: "2025-03-03T09:00:00+01:00", effectiveDateTime: "2025-03-04T08:00:00+05:45" }),
    crp("two", 12.5, { issued: "2025-03-02T09:00:00+01:00", effectiveDateTime: "2025-03-04T00:00:00" }),
    { resource: { ...crp("three", 1).resource, code: { text: "other" }, effectiveDateTime: "2025-03-04" } },
  ],
};
const person = { id: "person", bundle, asOf: "2025-03-04T10:00:00+03:00" };

const open = () =>
  inFolder({ "cql/Logic.cql": logic }, async (root, store) => {
    const compiler = new Compiler(root, store);
    const elm = await compiler.translateWithHelpers();
    assert.deepEqual(compiler.problems.lines(), []);
    return { elm, sets: compiler.sets() };
  });

test("values in normal form", async () => {
  const { elm, sets } = await open();
  const results = Object.fromEntries(new Reference(elm, sets).evaluate(person));
  const value = (name: string) => results[`Logic.${name}`];
  assert.equal(value("CRP"), "148");
  assert.deepEqual(value("Twice"), ["296", "20", "296"]);
  assert.deepEqual(value("Twice Text"), ["aa", "bb", "aa"]);
  assert.deepEqual(value("All"), ["Observation/one", "Observation/two", "Observation/three"]);
  assert.equal(value("Distinct"), "3");
  assert.deepEqual(value("In Set"), [true, true, false]);
  assert.deepEqual(value("In Letters"), [true, false, true, false, true]);
  assert.deepEqual(value("Element"), { coding: [{ system: "http://loinc.org", code: "1988-5" }], text: "CRP" });
  assert.equal(value("Status"), "final");
  assert.equal(value("Age"), "Interval[63, 64]");
  assert.match(JSON.stringify(value("Broken")), /^\{"error":/);
});

test("a date-time without an offset is in the zone of the evaluation, whatever that of the process", async () => {
  const { elm, sets } = await open();
  const reference = new Reference(elm, sets);
  const of = (asOf: string, name: string) => reference.evaluate({ bundle, asOf }).get(`Logic.${name}`);
  assert.equal(of("2025-03-04T10:00:00+03:00", "Midnight"), "2025-03-04T00:00:00.000+03:00");
  assert.equal(of("2025-03-04T10:00:00-05:00", "Midnight"), "2025-03-04T00:00:00.000-05:00");
  assert.equal(of("2025-03-04T10:00:00+03:00", "Hour"), "8");
});

// The packages as they are, in a process of their own registry: one executor for each library.
test("what is kept changes no value", async () => {
  const { elm, sets } = await open();
  const kept = new Reference(elm, sets).evaluate(person);
  const isMine = (path: string) => /node_modules[\\/](cql-execution|cql-exec-fhir)[\\/]/.test(path);
  const before = Object.keys(require.cache).filter(isMine);
  const saved = before.map((path) => [path, require.cache[path]] as const);
  for (const path of before) delete require.cache[path];
  try {
    const cql = require("cql-execution") as any;
    const fhir = require("cql-exec-fhir") as any;
    const repository = new cql.Repository(Object.fromEntries(elm));
    const codes = new cql.CodeService(Object.fromEntries(sets.map((set) => [set.url, { "": set.codes }])));
    const patients = fhir.PatientSource.FHIRv401();
    for (const name of ["CRP", "High", "Twice", "Twice Text", "Names", "Distinct", "In Set", "In Letters"]) {
      patients.reset();
      patients.loadBundles([bundle]);
      const executor = new cql.Executor(repository.resolve("Logic", "1"), codes, {});
      const results = await executor.exec_expression(name, patients, cql.DateTime.parse(person.asOf));
      const plain = Object.values<any>(results.patientResults)[0][name];
      const text = (value: unknown): unknown => (Array.isArray(value) ? value.map(text) : typeof value === "number" ? String(value) : value);
      assert.deepEqual(kept.get(`Logic.${name}`), text(plain), name);
    }
  } finally {
    for (const path of Object.keys(require.cache).filter(isMine)) delete require.cache[path];
    for (const [path, module] of saved) require.cache[path] = module;
  }
});

test("the engine without pauses: the same statements; another way of waiting is refused", () => {
  assert.equal(withoutPauses("async exec(ctx) { const [a] = await Promise.all(list.map(async (x) => x)); }", "x.js"), "exec(ctx) { const [a] = Array.from(list.map((x) => x)); }");
  for (const text of ["for await (const x of y) {}", "return x.then(y);", "return new Promise(run);", "Promise.race(list)"]) {
    assert.throws(() => withoutPauses(text, "lib/x.js"), /lib\/x\.js: '.*' is a way of waiting that is not known here/, text);
  }
});

test("many people: results by person, and only what changed is evaluated again", async () => {
  const guideline = await open();
  const people = ["a", "b", "c"].map((id) => ({ ...person, id }));
  await inFolder({}, async (_root, store) => {
    const seen: number[] = [];
    const evaluate = (list: typeof people) => evaluatePeople(guideline, list, join(store, "reference"), (done) => seen.push(done));
    const first = await evaluate(people);
    assert.equal(first.of("b").get("Logic.CRP"), "148");
    const before = people.map(({ id }) => first.of(id));
    assert.deepEqual(seen.splice(0), [1, 2, 3]);
    assert.deepEqual(people.map(({ id }) => first.of(id)), before);
    const again = await evaluate(people);
    assert.deepEqual(people.map(({ id }) => again.of(id)), before);
    assert.deepEqual(seen.splice(0), []);
    await evaluate([people[0]!, { ...people[1]!, asOf: "2025-03-04T11:00:00+03:00" }]);
    assert.deepEqual(seen.splice(0), [2]);
    const sets = guideline.sets.map((set) => ({ ...set, codes: [] }));
    const without = await evaluatePeople({ ...guideline, sets }, people.slice(0, 1), join(store, "reference"), () => {});
    assert.equal(without.of("a").get("Logic.CRP"), null);
  });
});

test("people drawn: the same for the same guideline, others for another, about one in so many", async () => {
  const guideline = await open();
  const people = Array.from({ length: 3000 }, (_, number) => ({ ...person, id: `person-${number}` }));
  assert.deepEqual(drawn(guideline, people, 1), people);
  const third = drawn(guideline, people, 3);
  assert.deepEqual(drawn(guideline, people, 3), third);
  assert.ok(third.length > 850 && third.length < 1150, `${third.length}`);
  const other = drawn({ ...guideline, sets: [] }, people, 3);
  const both = other.filter((one) => third.includes(one)).length;
  assert.ok(both > 220 && both < 450, `${both}`);
});
