// SPDX-License-Identifier: Apache-2.0
// usage: node differential_people.mjs CASES_FOLDER OUT_FOLDER COUNT
//
// Synthetic people to compare two engines with: ID.json (a Bundle) and ID.expect.json (as_of). Each is made of the
// entries of two worked patients, moved to another day (often around a daylight-saving change), written with odd
// offsets, and damaged: elements missing, dates shortened, entries doubled, other statuses, units and comparators.
// They mean nothing clinically. The same worked patients give the same people: the seed is the number of the person.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [cases, out, count] = process.argv.slice(2);
const minute = 60_000;
const day = 24 * 60 * minute;

// Mulberry32: small, and the same on every machine.
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { chance: (share) => next() < share, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

// ---------------------------------------------------------------- time

const pad = (n, width = 2) => String(n).padStart(width, "0");
const offsetText = (minutes) =>
  minutes === 0 ? "Z" : `${minutes < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
const lastSunday = (year, month) => {
  const end = new Date(Date.UTC(year, month + 1, 0));
  return end.getTime() - end.getUTCDay() * day;
};
// Central Europe: clocks change at 01:00 UTC of the last Sunday of March and October.
function european(instant) {
  const year = new Date(instant).getUTCFullYear();
  return instant >= lastSunday(year, 2) + 60 * minute && instant < lastSunday(year, 9) + 60 * minute ? 120 : 60;
}
const oddOffsets = [345, 330, 765, -210, -300, -570, 0, 600, 840, -720];
function written(instant, offset, { seconds = true, milliseconds = false } = {}) {
  const local = new Date(instant + offset * minute).toISOString();
  return local.slice(0, seconds ? 19 : 16) + (milliseconds ? `.${pad(new Date(instant).getUTCMilliseconds(), 3)}` : "") + offsetText(offset);
}
const wholeTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const wholeDate = /^\d{4}-\d\d-\d\d$/;
const instants = new Set(["issued"]); // FHIR wants these whole
const dates = new Set(["birthDate"]);

function moved(value, key, move, random) {
  if (Array.isArray(value)) return value.map((item) => moved(item, key, move, random));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, moved(part, name, move, random)]));
  }
  if (typeof value !== "string" || dates.has(key)) return value;
  if (wholeDate.test(value)) {
    const text = new Date(Date.parse(value) + Math.floor(move / day) * day).toISOString();
    if (random.chance(0.06)) return text.slice(0, 7);
    return random.chance(0.03) ? text.slice(0, 4) : text.slice(0, 10);
  }
  if (!wholeTime.test(value)) return value;
  const instant = Date.parse(value) + move;
  if (!instants.has(key)) {
    if (random.chance(0.05)) return new Date(instant).toISOString().slice(0, 7);
    if (random.chance(0.12)) return new Date(instant).toISOString().slice(0, 10);
  }
  const offset = random.chance(0.5) ? european(instant) : random.pick(oddOffsets);
  return written(instant, offset, { milliseconds: random.chance(0.2) });
}

// ---------------------------------------------------------------- damage

// Entries in error are no part of this: our reader leaves them out before any definition can see them.
const statuses = {
  Observation: ["final", "final", "preliminary", "amended", "corrected", "cancelled", "registered", "unknown"],
  Procedure: ["completed", "in-progress", "not-done", "stopped", "unknown"],
  MedicationStatement: ["active", "completed", "stopped", "not-taken", "on-hold", "unknown"],
  MedicationRequest: ["active", "completed", "stopped", "cancelled", "draft"],
  MedicationAdministration: ["completed", "in-progress", "not-done", "stopped"],
  ServiceRequest: ["active", "completed", "revoked", "draft"],
  DiagnosticReport: ["final", "preliminary", "amended", "cancelled"],
};
const removable = [
  "effectiveDateTime", "effectivePeriod", "issued", "valueQuantity", "valueCodeableConcept", "component", "interpretation", "category",
  "clinicalStatus", "verificationStatus", "onsetDateTime", "abatementDateTime", "recordedDate", "dosage", "dosageInstruction",
  "performedDateTime", "performedPeriod", "authoredOn", "reaction", "criticality", "bodySite", "referenceRange", "specimen", "hasMember", "derivedFrom",
];
const otherUnits = { "mg/L": ["mg/dL", 10], "mg/dL": ["mg/L", 0.1], "g/L": ["g/dL", 10], "g/dL": ["g/L", 0.1], kg: ["g", 0.001], cm: ["m", 100], mm: ["cm", 10] };

function damagedConcept(concept, random) {
  const out = structuredClone(concept);
  if (random.chance(0.06)) delete out.text;
  if (random.chance(0.06)) delete out.coding;
  for (const coding of out.coding ?? []) {
    if (random.chance(0.05)) delete coding.system;
    if (random.chance(0.08)) delete coding.display;
  }
  if (out.text && random.chance(0.1)) out.text = ` ${out.text.toUpperCase()}  `;
  if (out.coding && random.chance(0.05)) out.coding.push(structuredClone(out.coding[0]));
  return Object.keys(out).length > 0 ? out : { text: "unreadable" };
}

function damagedQuantity(quantity, random) {
  const out = { ...quantity };
  const other = otherUnits[out.code ?? out.unit];
  if (other && random.chance(0.15)) {
    out.value = Number((out.value / other[1]).toPrecision(10));
    out.unit = other[0];
    if (out.code) out.code = other[0];
  }
  if (random.chance(0.05)) out.comparator = random.pick(["<", ">", "<=", ">="]);
  if (random.chance(0.05)) delete out.code;
  if (random.chance(0.03)) delete out.value;
  return out;
}

function damaged(resource, random) {
  const out = { ...resource };
  for (const [name, value] of Object.entries(out)) {
    if (/CodeableConcept$|^code$/.test(name) && value?.coding) out[name] = damagedConcept(value, random);
    if (name === "valueQuantity") out[name] = damagedQuantity(value, random);
  }
  if (out.component) {
    out.component = out.component.map((part) => ({ ...part, code: damagedConcept(part.code, random) }));
  }
  if (out.valueCodeableConcept && random.chance(0.08)) {
    out.valueString = out.valueCodeableConcept.text ?? "present";
    delete out.valueCodeableConcept;
  }
  for (const name of removable) if (name in out && random.chance(0.04)) delete out[name];
  if (statuses[out.resourceType] && random.chance(0.12)) out.status = random.pick(statuses[out.resourceType]);
  return out;
}

function person(number, worked) {
  const random = generator(number);
  const [first, second] = [random.pick(worked), random.pick(worked)];
  const targets = [
    Date.parse("2025-03-30T01:30:00Z"), // an hour of local time that was skipped is just past
    Date.parse("2025-10-26T00:30:00Z"), // an hour that comes twice
    Date.parse("2024-02-29T12:00:00Z"),
    Date.parse("2024-12-31T23:30:00Z"),
    Date.parse(first.asOf) + random.below(400) * day,
  ];
  const asOf = random.pick(targets) + random.below(3) * 12 * 60 * minute;
  const offset = random.chance(0.6) ? european(asOf) : random.pick(oddOffsets);
  const patient = { ...first.patient };
  if (random.chance(0.1)) delete patient.birthDate;
  else if (random.chance(0.2)) patient.birthDate = patient.birthDate?.slice(0, random.pick([4, 7]));
  if (random.chance(0.1)) delete patient.gender;
  const resources = [];
  const add = (resource, mark) => resources.push(renamed({ ...resource, id: `${mark}-${resource.id}` }, mark));
  for (const [source, mark, share] of [[first, "a", 0.94], [second, "b", 0.4]]) {
    const move = asOf - Date.parse(source.asOf);
    for (const resource of source.others) {
      if (!random.chance(share)) continue;
      const changed = damaged(moved(resource, "", move, random), random);
      add(changed, mark);
      // Doubled: word for word, or told again with the same moments in other zones.
      if (random.chance(0.06)) add({ ...changed, id: `${resource.id}-copy` }, mark);
      if (random.chance(0.06)) add({ ...moved(resource, "", move, random), id: `${resource.id}-again` }, mark);
    }
  }
  // What lies after the moment is not given to our engine; both must see the same record.
  const past = resources.filter((resource) => !later(resource, asOf, offset));
  return {
    bundle: { resourceType: "Bundle", type: "collection", entry: [patient, ...past].map((resource) => ({ resource })) },
    asOf: written(asOf, offset, { milliseconds: true }),
  };
}

// References lead to the entries of the same worked patient.
function renamed(value, mark) {
  if (Array.isArray(value)) return value.map((item) => renamed(item, mark));
  if (value === null || typeof value !== "object") return value;
  const out = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, renamed(part, mark)]));
  if (typeof out.reference === "string" && !out.reference.startsWith("Patient/")) out.reference = out.reference.replace("/", `/${mark}-`);
  return out;
}

// Whether any of its dates begins after the moment, read in the zone of the evaluation.
function later(value, asOf, offset) {
  if (Array.isArray(value)) return value.some((item) => later(item, asOf, offset));
  if (value !== null && typeof value === "object") return Object.values(value).some((part) => later(part, asOf, offset));
  if (typeof value !== "string") return false;
  if (wholeTime.test(value)) return Date.parse(value) > asOf;
  return /^\d{4}(-\d\d(-\d\d)?)?$/.test(value) && Date.parse(value) - offset * minute > asOf;
}

// Our reader leaves entries in error out; cql-exec-fhir does not know the type of a contained resource.
const inError = (concept) => concept?.coding?.some(({ code }) => code === "entered-in-error");
const bothRead = (resource) => resource.status !== "entered-in-error" && !inError(resource.verificationStatus) && !resource.contained;

const read = (name) => JSON.parse(readFileSync(join(cases, name), "utf8"));
const worked = readdirSync(cases)
  .filter((name) => name.endsWith(".expect.json"))
  .sort()
  .map((name) => {
    const resources = read(name.replace(".expect.json", ".json")).entry.map(({ resource }) => resource).filter(bothRead);
    const isPatient = ({ resourceType }) => resourceType === "Patient";
    return { asOf: read(name).as_of, patient: resources.find(isPatient), others: resources.filter((one) => !isPatient(one)) };
  });
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (let number = 1; number <= Number(count); number += 1) {
  const { bundle, asOf } = person(number, worked);
  const id = `synthetic-${pad(number, 3)}`;
  writeFileSync(join(out, `${id}.json`), JSON.stringify(bundle, null, 1) + "\n");
  writeFileSync(join(out, `${id}.expect.json`), JSON.stringify({ as_of: asOf }) + "\n");
}
console.log(`${count} synthetic people in ${out}`);
