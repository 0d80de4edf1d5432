// SPDX-License-Identifier: Apache-2.0
// Shorthand of cases/*.yaml: each kind of fact and the FHIR it stands for. Described in guideline/cases/README.md.
import { isMap, isScalar } from "yaml";
import { CaseBuilder, subject } from "./case_builder.js";
import { addCulture, cultureFields } from "./case_cultures.js";
import { addMedication, medicationFields } from "./case_medicines.js";
import { dictionary, filled, flag, list, map, mark, may, moment, must, near, oneOf, scalar, type Read, type Reader } from "./yaml_reader.js";

const terms = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const coded = (system: string, code: string | undefined) => code && { coding: [{ system, code }] };
const as = may(oneOf(["text", "code"]));

const observationStatus = ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"];
const observationFields = {
  value: may(scalar),
  present: may(flag),
  at: may(moment),
  since: may(moment),
  issued: may(moment),
  site: may(filled),
  components: may(dictionary(scalar)),
  low: may(filled),
  high: may(filled),
  status: may(oneOf(observationStatus)),
  note: may(filled),
  as,
};
const observation = map({ name: must(mark), ...observationFields });
type ObservationFact = Read<typeof observation>;

function addObservation(build: CaseBuilder, category: string | undefined, fact: ObservationFact, more: Record<string, unknown> = {}): { reference: string } {
  const { name, value, present } = fact;
  const range = { low: fact.low && build.quantity(fact.low, name.line), high: fact.high && build.quantity(fact.high, name.line) };
  const parts = Object.entries(fact.components ?? {}).map(([part, said]) => ({ code: build.concept({ text: part, line: name.line }), ...build.value(said) }));
  const plain = value !== undefined ? build.value(value) : parts.length > 0 || fact.status === "registered" ? {} : { valueBoolean: present ?? true };
  return build.add("Observation", {
    status: fact.status ?? "final",
    category: category && [coded(terms("observation-category"), category)],
    code: build.concept(name, fact.as),
    subject,
    ...(fact.since ? { effectivePeriod: { start: fact.since }, issued: fact.issued ?? fact.at } : { effectiveDateTime: fact.at, issued: fact.issued }),
    ...plain,
    bodySite: fact.site && build.word(fact.site),
    component: parts,
    referenceRange: range.low || range.high ? [range] : undefined,
    note: fact.note && [{ text: fact.note }],
    ...more,
  });
}

const observationKind = (category?: string): Kind => ({
  fields: observationFields,
  add: (build, fact) => void addObservation(build, category, fact as ObservationFact),
});

// One examination of several places: grades: { "L5 left": 3, ... }.
const examFields = { ...observationFields, grades: may(dictionary(scalar)) };
const addExam = (build: CaseBuilder, { grades, ...fact }: ObservationFact & { grades?: Record<string, string | number | boolean> }): void => {
  if (grades === undefined) return void addObservation(build, "exam", fact);
  for (const [site, value] of Object.entries(grades)) addObservation(build, "exam", { ...fact, site, value });
};

// A report: its result, what it shows and at which levels.
const imagingFields = { ...observationFields, result: may(filled), findings: may(dictionary(scalar)), levels: may(list(filled)), pending: may(flag) };
type ImagingFact = ObservationFact & { result?: string; findings?: Record<string, string | number | boolean>; levels?: string[]; pending?: boolean };
const addImaging = (build: CaseBuilder, { result, findings, levels, pending, ...fact }: ImagingFact): void => {
  if (pending) return void addOrder(build, { name: fact.name, at: fact.at, as: fact.as });
  const line = fact.name.line;
  const member = (name: string, value: string | number | boolean) =>
    addObservation(build, "imaging", { name: { text: name, line }, at: fact.at, issued: fact.issued, value });
  const members = [
    ...Object.entries(findings ?? {}).map(([name, value]) => member(name, value)),
    ...(levels ?? []).map((level) => member("Infected Level", level)),
  ];
  addObservation(build, "imaging", { ...fact, value: result ?? fact.value }, { hasMember: members });
};

const conditionFields = { present: may(flag), since: may(moment), until: may(moment), at: may(moment), status: may(oneOf(["active", "recurrence", "relapse", "inactive", "remission", "resolved"])), certainty: may(oneOf(["unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"])), site: may(filled), severity: may(filled), as };
const condition = map({ name: must(mark), ...conditionFields });
const addCondition = (build: CaseBuilder, fact: Read<typeof condition>): void => {
  const certainty = fact.certainty ?? (fact.present === false ? "refuted" : "confirmed");
  const over = certainty === "refuted" || certainty === "entered-in-error";
  build.add("Condition", {
    clinicalStatus: over ? undefined : coded(terms("condition-clinical"), fact.status ?? (fact.until ? "resolved" : "active")),
    verificationStatus: coded(terms("condition-ver-status"), certainty),
    code: build.concept(fact.name, fact.as),
    bodySite: fact.site && [build.word(fact.site)],
    severity: fact.severity && build.word(fact.severity),
    subject,
    onsetDateTime: fact.since,
    abatementDateTime: fact.until,
    recordedDate: fact.at,
  });
};

const reactions: Reader<string[]> = (node, at, key) => {
  if (!isScalar(node)) return list(filled)(node, at, key);
  const one = filled(node, at, key);
  return one === undefined ? undefined : [one];
};
const allergyFields = { reaction: may(reactions), severity: may(oneOf(["mild", "moderate", "severe"])), criticality: may(oneOf(["low", "high", "unable-to-assess"])), type: may(oneOf(["allergy", "intolerance"])), status: may(oneOf(["active", "inactive", "resolved"])), certainty: may(oneOf(["unconfirmed", "confirmed", "refuted", "entered-in-error"])), since: may(moment), at: may(moment), note: may(filled), as };
const allergy = map({ name: must(mark), ...allergyFields });
const addAllergy = (build: CaseBuilder, fact: Read<typeof allergy>): void => {
  const name = fact.name.text === "none" ? { ...fact.name, text: "No Known Allergy" } : fact.name;
  build.add("AllergyIntolerance", {
    clinicalStatus: fact.certainty === "entered-in-error" ? undefined : coded(terms("allergyintolerance-clinical"), fact.status ?? "active"),
    verificationStatus: coded(terms("allergyintolerance-verification"), fact.certainty ?? "confirmed"),
    type: fact.type,
    criticality: fact.criticality,
    code: build.concept(name, fact.as),
    patient: subject,
    onsetDateTime: fact.since,
    recordedDate: fact.at,
    note: fact.note && [{ text: fact.note }],
    reaction: fact.reaction && [{ manifestation: fact.reaction.map((word) => build.word(word)), severity: fact.severity }],
  });
};

const procedureFields = { at: may(moment), until: may(moment), status: may(oneOf(["preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"])), site: may(filled), outcome: may(filled), note: may(filled), as };
const procedure = map({ name: must(mark), ...procedureFields });
const addProcedure = (build: CaseBuilder, fact: Read<typeof procedure>): void => {
  build.add("Procedure", {
    status: fact.status ?? "completed",
    code: build.concept(fact.name, fact.as),
    subject,
    ...(fact.until ? { performedPeriod: { start: fact.at, end: fact.until } } : { performedDateTime: fact.at }),
    bodySite: fact.site && [build.word(fact.site)],
    outcome: fact.outcome && build.word(fact.outcome),
    note: fact.note && [{ text: fact.note }],
  });
};

const orderFields = { at: may(moment), status: may(oneOf(["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"])), as };
const order = map({ name: must(mark), ...orderFields });
const addOrder = (build: CaseBuilder, fact: Read<typeof order>): void => {
  build.add("ServiceRequest", { status: fact.status ?? "active", intent: "order", code: build.concept(fact.name, fact.as), subject, authoredOn: fact.at });
};

const reportFields = { at: may(moment), issued: may(moment), status: may(oneOf(observationStatus)), conclusion: may(filled), as };
const report = map({ name: must(mark), ...reportFields });
const addReport = (build: CaseBuilder, fact: Read<typeof report>): void => {
  build.add("DiagnosticReport", {
    status: fact.status ?? "final",
    code: build.concept(fact.name, fact.as),
    subject,
    effectiveDateTime: fact.at,
    issued: fact.issued,
    conclusion: fact.conclusion,
  });
};

const encounterClasses: Record<string, string> = { inpatient: "IMP", emergency: "EMER", outpatient: "AMB", home: "HH" };
const encounterFields = { start: may(moment), end: may(moment), reason: may(filled) };
const encounter = map({ name: must(mark), ...encounterFields });
const addEncounter = (build: CaseBuilder, fact: Read<typeof encounter>): void => {
  const code = encounterClasses[fact.name.text];
  if (!code) build.at.problems.add(build.at.file, fact.name.line, `${build.at.label}: an encounter is one of ${Object.keys(encounterClasses).join(", ")}`);
  build.add("Encounter", {
    status: fact.end ? "finished" : "in-progress",
    class: { system: terms("v3-ActCode"), code },
    subject,
    period: { start: fact.start, end: fact.end },
    reasonCode: fact.reason && [build.word(fact.reason)],
  });
};

export interface Kind {
  fields: Parameters<typeof map>[0];
  add(build: CaseBuilder, fact: any): void;
}

export const kinds: Record<string, Kind> = {
  lab: observationKind("laboratory"),
  vital: observationKind("vital-signs"),
  finding: observationKind(),
  exposure: observationKind("social-history"),
  exam: { fields: examFields, add: addExam },
  imaging: { fields: imagingFields, add: addImaging },
  culture: { fields: cultureFields, add: addCulture },
  condition: { fields: conditionFields, add: addCondition },
  allergy: { fields: allergyFields, add: addAllergy },
  medication: { fields: medicationFields, add: addMedication },
  procedure: { fields: procedureFields, add: addProcedure },
  order: { fields: orderFields, add: addOrder },
  report: { fields: reportFields, add: addReport },
  encounter: { fields: encounterFields, add: addEncounter },
};

// One entry of `facts:`; its kind is the key that is a kind's name.
export function readFact(node: unknown, build: CaseBuilder): void {
  if (!isMap(node)) return void build.at.bad(node, "a fact must have keys and values");
  const keys = node.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ""));
  const kind = keys.find((key) => kinds[key] !== undefined);
  if (kind === undefined) {
    build.at.bad(node, `a fact of no known kind (${keys.join(", ")})${near(keys[0] ?? "", Object.keys(kinds))}`);
    return;
  }
  const fact = map({ [kind]: must(mark), ...kinds[kind]!.fields })(node, build.at, "") as Record<string, unknown> | undefined;
  if (fact === undefined) return;
  const { [kind]: name, ...rest } = fact;
  kinds[kind]!.add(build, { name, ...rest });
}

