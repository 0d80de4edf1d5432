// SPDX-License-Identifier: Apache-2.0
// The FHIR output of every worked patient against the R4 definitions (types, cardinality, unknown
// elements, required value sets), by a validator that is not ours; and what R4 says in words only.
// usage: fhir_test.mjs NIDUS NIDUS_OUTPUTS FOLDER ...: folders of ID.json with ID.expect.json.
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Outputs } from "./outputs.mjs";
import { brokenRules } from "./r4_rules.mjs";

const { Fhir } = createRequire(import.meta.url)("fhir");
const run = promisify(execFile);
const validator = new Fhir();
const [nidus, nidusOutputs, ...folders] = process.argv.slice(2);

// Where a reference may lead, of the elements that the plan uses (R4, resource definitions).
const targets = {
  "CarePlan.activity.reference": ["RequestGroup"],
  "CarePlan.goal": ["Goal"],
  "ServiceRequest.reasonReference": ["Condition", "Observation", "DiagnosticReport", "DocumentReference"],
  "MedicationRequest.reasonReference": ["Condition", "Observation"],
  "GuidanceResponse.result": ["CarePlan", "RequestGroup"],
  "GuidanceResponse.evaluationMessage": ["OperationOutcome"],
};

function* referencesOf(value, path) {
  if (Array.isArray(value)) for (const one of value) yield* referencesOf(one, path);
  else if (value && typeof value === "object") {
    if (typeof value.reference === "string") yield { path, to: value.reference };
    for (const [name, child] of Object.entries(value)) yield* referencesOf(child, `${path}.${name}`);
  }
}

function* actionsOf(actions) {
  for (const action of actions ?? []) {
    yield action;
    yield* actionsOf(action.action);
  }
}

export function problemsOf(bundle) {
  const problems = validator
    .validate(bundle, { errorOnUnexpected: true })
    .messages.filter(({ severity }) => severity === "error" || severity === "fatal")
    .map(({ resourceId, location, message }) => `${resourceId} ${location}: ${message}`);
  problems.push(...brokenRules(bundle));
  const entries = new Map(bundle.entry.map(({ fullUrl, resource }) => [fullUrl, resource]));
  if (entries.size !== bundle.entry.length) problems.push("two entries of one fullUrl");
  const used = new Set();
  for (const { resource } of bundle.entry) {
    const name = `${resource.resourceType}/${resource.id}`;
    // bdl-7, and the id rule of R4
    if (!/^[A-Za-z0-9\-.]{1,64}$/.test(resource.id ?? "")) problems.push(`${name}: no id`);
    for (const { path, to } of referencesOf(resource, resource.resourceType)) {
      const inside = entries.get(to);
      if (to.startsWith("urn:") && !inside) problems.push(`${name} ${path}: ${to} leads nowhere`);
      if (!to.startsWith("urn:") && !/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(to)) problems.push(`${name} ${path}: '${to}'`);
      const type = inside?.resourceType ?? to.split("/")[0];
      if (targets[path] && !targets[path].includes(type)) problems.push(`${name} ${path}: a ${type} is not allowed here`);
      if (inside) used.add(to);
    }
    if (resource.intent !== undefined && resource.intent !== "proposal") problems.push(`${name}: intent is ${resource.intent}`);
    if (["CarePlan", "RequestGroup", "ServiceRequest", "MedicationRequest", "Task"].includes(resource.resourceType) && resource.status !== "draft")
      problems.push(`${name}: status is ${resource.status}`);
    // per-1: a period begins before it ends
    for (const period of [resource.occurrencePeriod, ...[...actionsOf(resource.action)].map((action) => action.timingPeriod)]) {
      if (period?.start && period.end && Date.parse(period.start) > Date.parse(period.end)) problems.push(`${name}: a period ends before it begins`);
    }
    if (resource.resourceType !== "RequestGroup") continue;
    for (const action of actionsOf(resource.action)) {
      // rqg-1: a resource or actions, not both
      if ((action.resource === undefined) === (action.action === undefined)) problems.push(`${name}: action '${action.title}' breaks rqg-1`);
    }
  }
  for (const [url, { resourceType, id }] of entries) {
    if (["ServiceRequest", "MedicationRequest", "Task", "RequestGroup"].includes(resourceType) && !used.has(url)) problems.push(`${resourceType}/${id}: nothing leads to it`);
  }
  return problems;
}

// The test can fail: each of these must be found.
function faults(bundle) {
  const broken = (change) => {
    const copy = structuredClone(bundle);
    change(copy);
    return problemsOf(copy);
  };
  const of = (copy, type) => copy.entry.find(({ resource }) => resource.resourceType === type).resource;
  const changes = {
    "an unknown element": (copy) => (of(copy, "MedicationRequest").supportingInfo = [{ reference: "Observation/1" }]),
    "a missing element": (copy) => delete of(copy, "MedicationRequest").subject,
    "an unknown code": (copy) => (of(copy, "Task").status = "drafty"),
    "an order": (copy) => (of(copy, "MedicationRequest").intent = "order"),
    "a lost reference": (copy) => copy.entry.splice(copy.entry.findIndex(({ resource }) => resource.resourceType === "Task"), 1),
    "a forbidden target": (copy) => (of(copy, "MedicationRequest").reasonReference = [{ reference: "Procedure/1" }]),
    "an empty list": (copy) => (of(copy, "CarePlan").note = []),
    "an empty text": (copy) => (of(copy, "Task").description = ""),
    "a code without its system": (copy) => (of(copy, "MedicationRequest").category = [{ coding: [{ code: "x", display: "y" }] }]),
    "a moment that cannot be": (copy) => (of(copy, "Task").authoredOn = "2025-13-01T10:00:00Z"),
    "a script in the narrative": (copy) => (of(copy, "CarePlan").text = { status: "generated", div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' }),
    "a contained resource that nothing leads to": (copy) => (of(copy, "CarePlan").contained = [{ resourceType: "Observation", id: "c", status: "final", code: { text: "x" } }]),
    "two entries of one address": (copy) => (copy.entry[1].fullUrl = copy.entry[0].fullUrl),
    "an action without anything": (copy) => delete of(copy, "RequestGroup").action[0].resource,
  };
  return Object.entries(changes).filter(([, change]) => broken(change).length === 0).map(([name]) => name);
}

// What the rooms write: Observations alone, or a Bundle of nothing.
async function ofOtherVerbs(file, asOf, guideline) {
  const problems = [];
  for (const verb of guideline.length > 0 ? [] : ["dose", "interpret", "response"]) {
    const { stdout } = await run(nidus, [verb, file, "--as-of", asOf, "--format", "fhir"], { maxBuffer: 1 << 28 });
    const bundle = JSON.parse(stdout);
    const found = validator.validate(bundle, { errorOnUnexpected: true }).messages.filter(({ severity }) => severity === "error" || severity === "fatal");
    problems.push(...found.map(({ location, message }) => `${verb} ${location}: ${message}`), ...brokenRules(bundle).map((rule) => `${verb} ${rule}`));
  }
  return problems;
}

let failed = 0;
let count = 0;
let tried = false;
const jobs = folders.flatMap((folder) => {
  const guideline = folder.includes("small-guideline") ? ["--guideline", join(folder, "..", "guideline.json")] : [];
  const outputs = new Outputs(nidusOutputs, ...guideline.slice(1));
  const expects = readdirSync(folder).sort().filter((name) => name.endsWith(".expect.json"));
  return expects.map((name, index) => {
    const id = name.slice(0, -".expect.json".length);
    const file = join(folder, `${id}.json`);
    const { as_of } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    const ask = () => outputs.of("plan-fhir", file, as_of);
    const command = async () => (await run(nidus, ["plan", file, "--as-of", as_of, "--format", "fhir", ...guideline], { maxBuffer: 1 << 28 })).stdout;
    // Plans by one start for all people; of one in ten the command itself prints the same.
    const both = async () => {
      const text = await command();
      if (text !== (await ask())) throw new Error(`${id}: the command prints another plan than nidus_outputs`);
      return text;
    };
    return { id, file, as_of, guideline, ask: index % 10 === 0 ? both : ask };
  });
});

// One more is asked for while one is checked.
for (let at = 0, next = jobs[0].ask(); at < jobs.length; at += 1) {
  const { id, file, as_of, guideline } = jobs[at];
  const text = await next;
  if (at + 1 < jobs.length) next = jobs[at + 1].ask();
  const bundle = JSON.parse(text);
  const problems = [...problemsOf(bundle), ...(count % 20 === 0 ? await ofOtherVerbs(file, as_of, guideline) : [])];
  count += 1;
  if (problems.length > 0) {
    failed += 1;
    console.error(`FAIL ${id}`);
    for (const problem of problems.slice(0, 10)) console.error(`     ${problem}`);
    if (problems.length > 10) console.error(`     and ${problems.length - 10} more`);
  }
  const first = bundle.entry.find(({ resource }) => resource.resourceType === "RequestGroup")?.resource.action[0];
  if (!tried && first?.resource && bundle.entry.some(({ resource }) => resource.resourceType === "MedicationRequest")) {
    tried = true;
    for (const name of faults(bundle)) {
      failed += 1;
      console.error(`FAIL ${name} was not found`);
    }
  }
}
if (!tried || count === 0) {
  failed += 1;
  console.error("FAIL no patient to try the faults on");
}
console.log(`${count} plans as FHIR R4, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
