// SPDX-License-Identifier: Apache-2.0
// Shorthand of cases -> FHIR.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CaseBuilder } from "../src/case_builder.js";
import { readFact } from "../src/case_facts.js";
import { Names } from "../src/names.js";
import { Problems } from "../src/problems.js";
import type { ValueSet } from "../src/terminology.js";
import { load } from "../src/yaml_reader.js";

const set = (name: string, codes: [string, string, string][], texts: string[] = []): ValueSet => ({
  name,
  url: `urn:${name}`,
  source: "",
  codes: codes.map(([system, code, display]) => ({ system, code, display })),
  texts,
  units: [],
});
const atc = "http://www.whocc.no/atc";
const sets = [
  set("CRP", [["http://loinc.org", "1988-5", "C reactive protein"]], ["crp", "c-reactive protein"]),
  set("Back Pain", [["http://snomed.info/sct", "161891005", "Backache"]], ["backache", "lumbago"]),
  set("Temperature", [["http://loinc.org", "8310-5", "Body temperature"]]),
  set("Motor Grade", []),
  set("Infected Level", []),
  set("MRI Spine", [], ["mri"]),
  set("Epidural Abscess", []),
  set("Blood Culture", [["http://loinc.org", "600-7", "Blood culture"]], ["blood cultures"]),
  set("Staphylococcus aureus", [["http://snomed.info/sct", "3092008", "Staphylococcus aureus"], ["http://snomed.info/sct", "115329001", "MRSA"]], ["mrsa", "s. aureus"]),
  set("No Growth", [], ["no growth"]),
  set("Cefoxitin", [[atc, "J01DC01", "Cefoxitin"]]),
  set("Vancomycin", [[atc, "J01XA01", "Vancomycin"]]),
  set("No Known Allergy", [["http://snomed.info/sct", "716186003", "No known allergy"]]),
];

function resources(yaml: string): { resources: any[]; problems: string[] } {
  const problems = new Problems();
  const loaded = load(yaml, "case.yaml", problems)!;
  const build = new CaseBuilder(new Names(sets), loaded.at);
  readFact(loaded.root, build);
  return { resources: build.resources, problems: problems.lines() };
}

function only(yaml: string): any {
  const { resources: all, problems } = resources(yaml);
  assert.deepEqual(problems, []);
  assert.equal(all.length, 1);
  return all[0];
}

test("a laboratory value has code, quantity, time and reference range", () => {
  assert.deepEqual(only("{ lab: CRP, value: <0.5 mg/L, at: 2025-03-03T08:00:00+01:00, high: 5 mg/L }"), {
    resourceType: "Observation",
    id: "observation-1",
    status: "final",
    category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
    code: { coding: [{ system: "http://loinc.org", code: "1988-5", display: "C reactive protein" }], text: "CRP" },
    subject: { reference: "Patient/p1" },
    effectiveDateTime: "2025-03-03T08:00:00+01:00",
    valueQuantity: { value: 0.5, comparator: "<", unit: "mg/L", system: "http://unitsofmeasure.org", code: "mg/L" },
    referenceRange: [{ high: { value: 5, unit: "mg/L", system: "http://unitsofmeasure.org", code: "mg/L" } }],
  });
});

const values: [string, object][] = [
  ["true", { valueBoolean: true }],
  ["3", { valueInteger: 3 }],
  ["38.4 Cel", { valueQuantity: { value: 38.4, unit: "Cel", system: "http://unitsofmeasure.org", code: "Cel" } }],
  ["60 %", { valueQuantity: { value: 60, unit: "%", system: "http://unitsofmeasure.org", code: "%" } }],
  ["2025-02-01", { valueDateTime: "2025-02-01" }],
  ["C", { valueCodeableConcept: { text: "C" } }],
];
for (const [written, expected] of values) {
  test(`a value written ${written}`, () => {
    const { valueBoolean, valueInteger, valueQuantity, valueDateTime, valueCodeableConcept } = only(`{ finding: Back Pain, value: ${written} }`);
    assert.deepEqual(JSON.parse(JSON.stringify({ valueBoolean, valueInteger, valueQuantity, valueDateTime, valueCodeableConcept })), expected);
  });
}

test("a finding without a value is present; present: false is absent; since opens a period", () => {
  assert.equal(only("{ finding: Back Pain }").valueBoolean, true);
  assert.equal(only("{ finding: Back Pain, present: false }").valueBoolean, false);
  const lasting = only("{ finding: Back Pain, since: 2025-02-01, at: 2025-03-01 }");
  assert.deepEqual([lasting.effectivePeriod, lasting.issued, lasting.effectiveDateTime], [{ start: "2025-02-01" }, "2025-03-01", undefined]);
});

test("a synonym is coded only by a code of the same words", () => {
  assert.deepEqual(only("{ finding: lumbago }").code, { text: "lumbago" });
  assert.deepEqual(only("{ finding: backache }").code, { coding: [{ system: "http://snomed.info/sct", code: "161891005", display: "Backache" }], text: "backache" });
  assert.deepEqual(only("{ finding: Back Pain, as: code }").code, { coding: [{ system: "http://snomed.info/sct", code: "161891005", display: "Backache" }] });
  assert.deepEqual(only("{ finding: Sore Spine, as: text }").code, { text: "Sore Spine" });
});

test("grades make one observation for each place", () => {
  const { resources: all } = resources("{ exam: Motor Grade, grades: { L5 left: 3, L4 left: 5 }, at: 2025-03-04 }");
  assert.deepEqual(all.map((one) => [one.bodySite.text, one.valueInteger]), [["L5 left", 3], ["L4 left", 5]]);
});

test("a blood culture is one observation for each set", () => {
  const { resources: all, problems } = resources(
    '{ culture: blood, sets: 3, positive: 2, organism: MRSA, at: 2025-03-02, resistant: [Cefoxitin], susceptible: [Vancomycin], mic: { Vancomycin: "1" } }',
  );
  assert.deepEqual(problems, []);
  const cultures = all.filter((one) => one.resourceType === "Observation");
  assert.deepEqual(cultures.map((one) => one.valueCodeableConcept.text), ["MRSA", "MRSA", "no growth"]);
  assert.equal(cultures[0].valueCodeableConcept.coding[0].code, "115329001");
  assert.equal(cultures[0].code.coding[0].code, "600-7");
  assert.deepEqual(cultures[0].component.map((one: any) => [one.code.coding[0].code, one.interpretation[0].coding[0].code, one.valueQuantity?.value]), [
    ["J01XA01", "S", 1],
    ["J01DC01", "R", undefined],
  ]);
  assert.equal(cultures[2].component, undefined);
  assert.equal(all.filter((one) => one.resourceType === "Specimen").length, 3);
});

test("a pending culture has no value; a negative one says no growth", () => {
  const pending = resources("{ culture: blood, pending: true, at: 2025-03-02 }").resources[1];
  assert.deepEqual([pending.status, pending.valueCodeableConcept], ["registered", undefined]);
  assert.equal(resources("{ culture: blood, negative: true }").resources[1].valueCodeableConcept.text, "no growth");
});

test("imaging has its findings and levels as members; pending imaging is only ordered", () => {
  const { resources: all } = resources("{ imaging: mri, result: discitis, at: 2025-03-03, findings: { Epidural Abscess: false }, levels: [L3, L4] }");
  assert.deepEqual(all.map((one) => one.code.text), ["Epidural Abscess", "Infected Level", "Infected Level", "mri"]);
  assert.equal(all[0].valueBoolean, false);
  assert.deepEqual(all[3].hasMember.map((one: any) => one.reference), ["Observation/observation-1", "Observation/observation-2", "Observation/observation-3"]);
  const order = only("{ imaging: mri, pending: true, at: 2025-03-03 }");
  assert.deepEqual([order.resourceType, order.status, order.authoredOn], ["ServiceRequest", "active", "2025-03-03"]);
});

test("a condition that is not present is refuted; one that ended is resolved", () => {
  const refuted = only("{ condition: Back Pain, present: false }");
  assert.deepEqual([refuted.verificationStatus.coding[0].code, refuted.clinicalStatus], ["refuted", undefined]);
  const ended = only("{ condition: Back Pain, since: 2024, until: 2025-01 }");
  assert.deepEqual([ended.clinicalStatus.coding[0].code, ended.onsetDateTime, ended.abatementDateTime], ["resolved", "2024", "2025-01"]);
});

test("no allergy is said by its concept", () => {
  assert.equal(only("{ allergy: none }").code.coding[0].code, "716186003");
  const two = only("{ allergy: Vancomycin, reaction: [hives, wheeze], severity: severe }");
  assert.deepEqual(two.reaction, [{ manifestation: [{ text: "hives" }, { text: "wheeze" }], severity: "severe" }]);
});

test("a medicine is stated, ordered or given", () => {
  const stated = only("{ medication: Vancomycin, start: 2025-03-01, dose: 1 g, interval: q12h, route: IV }");
  assert.deepEqual([stated.resourceType, stated.status, stated.effectivePeriod], ["MedicationStatement", "active", { start: "2025-03-01" }]);
  assert.deepEqual(stated.dosage[0].timing.repeat, { frequency: 1, period: 12, periodUnit: "h" });
  const given = only("{ medication: Vancomycin, state: given, at: 2025-03-01T08:00:00Z, dose: 1 g, route: IV }");
  assert.deepEqual([given.resourceType, given.status, given.effectiveDateTime, given.dosage.dose.value], ["MedicationAdministration", "completed", "2025-03-01T08:00:00Z", 1]);
  const ordered = only("{ medication: Vancomycin, state: ordered, start: 2025-03-01, end: 2025-03-10 }");
  assert.deepEqual([ordered.resourceType, ordered.status, ordered.authoredOn], ["MedicationRequest", "completed", "2025-03-01"]);
  assert.deepEqual(ordered.dosageInstruction[0].timing.repeat.boundsPeriod, { start: "2025-03-01", end: "2025-03-10" });
});

const refused: [string, RegExp][] = [
  ["{ lab: CPR, value: 3 mg/L }", /no value set is named 'CPR'; did you mean 'CRP'/],
  ["{ finding: Back Pain, reaction: hives }", /unknown key 'reaction'/],
  ["{ culture: blood, organism: Nothing }", /no value set is named 'Nothing'/],
  ["{ culture: blood, organism: MRSA, resistant: [Unknownycin] }", /no value set is named 'Unknownycin'/],
  ["{ encounter: hotel }", /an encounter is one of/],
  ["{ lab: CRP, value: 3 mg/L, high: much }", /'much' is not a number with a unit/],
  ["[lab, CRP]", /a fact must have keys/],
];
for (const [yaml, reason] of refused) {
  test(`refused: ${yaml}`, () => assert.match(resources(yaml).problems.join("\n"), reason));
}
