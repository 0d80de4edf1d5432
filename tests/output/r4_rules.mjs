// SPDX-License-Identifier: Apache-2.0
// What R4 says beside types, cardinality and value sets: its invariants (named in each message) and its rules for JSON, ids,
// dates, references and narrative, for the resources that Nidus writes. https://hl7.org/fhir/R4/json.html, /datatypes.html, /bundle.html
const dateTime = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/;
const instant = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))$/;
const moments = /^(.*DateTime|authoredOn|lastModified|created|start|end|startDate|statusDate|event|identified.*|time|date)$/;
const htmlTags = new Set(
  "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var".split(" "),
);

// Narrative: well formed, of the tags that are allowed, and not empty (txt-1, txt-2).
function narrative(div) {
  if (!/^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml"[ >]/.test(div)) return "txt-1: no div of XHTML";
  const open = [];
  for (const [whole, close, tag, rest] of div.matchAll(/<(\/?)([a-zA-Z0-9]+)((?:"[^"]*"|[^">])*)>/g)) {
    if (!htmlTags.has(tag)) return `txt-1: <${tag}>`;
    if (/ (on[a-z]+|style *= *"[^"]*expression)/.test(rest)) return `txt-1: ${whole}`;
    if (close) {
      if (open.pop() !== tag) return `the narrative is not well formed at </${tag}>`;
    } else if (!rest.endsWith("/")) open.push(tag);
  }
  if (open.length > 0) return `the narrative does not close <${open.at(-1)}>`;
  const said = div.replace(/<[^>]*>/g, "");
  if (/&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.test(said)) return "the narrative has a bare &";
  return said.trim() === "" && !/<img/.test(div) ? "txt-2: an empty narrative" : undefined;
}

const absolute = (url) => typeof url === "string" && /^(https?:\/\/|urn:(uuid|oid|ietf):)\S+$/.test(url);

function* elements(value, path, key) {
  yield { value, path, key };
  if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* elements(one, `${path}[${i}]`, key);
  else if (value && typeof value === "object") for (const [name, child] of Object.entries(value)) yield* elements(child, `${path}.${name}`, name);
}

function* actionsOf(actions) {
  for (const action of actions ?? []) {
    yield action;
    yield* actionsOf(action.action);
  }
}

function ofElement({ value, path, key }) {
  if (value === null) return [`${path}: null`];
  if (value === "" || (Array.isArray(value) && value.length === 0)) return [`${path}: ele-1, nothing in it`];
  if (typeof value === "number" && !Number.isFinite(value)) return [`${path}: no number`];
  if (typeof value === "string") {
    const out = [];
    if (value.trim() !== value && key !== "div") out.push(`${path}: begins or ends with a space`);
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)) out.push(`${path}: a control character`);
    if (moments.test(key) && !dateTime.test(value)) out.push(`${path}: '${value}' is no dateTime`);
    if (["timestamp", "issued", "lastUpdated"].includes(key) && !instant.test(value)) out.push(`${path}: '${value}' is no instant`);
    if (["system", "fullUrl", "url", "instantiatesUri", "moduleUri"].includes(key) && !absolute(value)) out.push(`${path}: '${value}' is no absolute address`);
    if (["instantiatesCanonical", "moduleCanonical", "profile"].includes(key) && !absolute(value)) out.push(`${path}: '${value}' is no canonical address`);
    return out;
  }
  if (Array.isArray(value) || typeof value !== "object") return [];
  const out = [];
  const has = (name) => value[name] !== undefined;
  if (Object.keys(value).filter((name) => name !== "id").length === 0) out.push(`${path}: ele-1, nothing in it`);
  if (has("code") && typeof value.code === "string" && has("display") && !has("system")) out.push(`${path}: a code without a system`);
  if (has("value") && has("code") && !has("system")) out.push(`${path}: qty-3`);
  if (has("low") && has("high") && value.low.value > value.high.value) out.push(`${path}: rng-2`);
  if (has("start") && has("end") && Date.parse(value.start) > Date.parse(value.end)) out.push(`${path}: per-1`);
  if (key === "extension" || key === "modifierExtension") {
    const values = Object.keys(value).filter((name) => name.startsWith("value"));
    if (!absolute(value.url) || values.length + (has("extension") ? 1 : 0) !== 1) out.push(`${path}: ext-1`);
  }
  // att-1, sqty, and what a reference needs
  if (has("reference") && typeof value.reference === "string" && value.reference.includes(" ")) out.push(`${path}: '${value.reference}'`);
  if (has("repeat") && value.repeat) {
    const { duration, durationUnit, period, periodUnit, frequency } = value.repeat;
    if ((duration !== undefined) !== (durationUnit !== undefined)) out.push(`${path}: tim-1`);
    if ((period !== undefined) !== (periodUnit !== undefined)) out.push(`${path}: tim-2`);
    if (duration < 0 || period < 0 || frequency < 1) out.push(`${path}: tim-4, tim-5`);
  }
  return out;
}

function ofResource(resource, name) {
  const out = [];
  const contained = resource.contained ?? [];
  for (const one of contained) {
    if (one.contained) out.push(`${name}: dom-2, contained in a contained resource`);
    if (one.meta?.versionId || one.meta?.lastUpdated) out.push(`${name}: dom-4`);
    if (one.meta?.security) out.push(`${name}: dom-5`);
    if (!JSON.stringify(resource).includes(`"#${one.id}"`)) out.push(`${name}: dom-3, nothing leads to #${one.id}`);
  }
  for (const [, to] of JSON.stringify(resource).matchAll(/"reference":"#([^"]+)"/g)) {
    if (!contained.some((one) => one.id === to)) out.push(`${name}: ref-1, #${to} leads nowhere`);
  }
  if (resource.text) {
    const fault = narrative(resource.text.div ?? "");
    if (fault) out.push(`${name}: ${fault}`);
  }
  const actions = [...actionsOf(resource.resourceType === "RequestGroup" ? resource.action : [])];
  const ids = actions.map(({ id }) => id).filter(Boolean);
  if (new Set(ids).size !== ids.length) out.push(`${name}: two actions of one id`);
  for (const action of actions) {
    for (const { actionId } of action.relatedAction ?? []) if (!ids.includes(actionId)) out.push(`${name}: relatedAction leads to no '${actionId}'`);
  }
  if (resource.resourceType === "CarePlan") {
    for (const activity of resource.activity ?? []) if (activity.detail && activity.reference) out.push(`${name}: cpl-3`);
  }
  if (resource.resourceType === "Goal") {
    for (const target of resource.target ?? []) {
      const detail = Object.keys(target).some((key) => key.startsWith("detail"));
      if (detail && !target.measure) out.push(`${name}: gol-1`);
    }
  }
  if (resource.resourceType === "Task" && Date.parse(resource.lastModified) < Date.parse(resource.authoredOn)) out.push(`${name}: inv-1`);
  if (resource.resourceType === "ServiceRequest" && resource.orderDetail && !resource.code) out.push(`${name}: prr-1`);
  return out;
}

// Problems of a Bundle of type collection, one line each.
export function brokenRules(bundle) {
  const out = [];
  if (bundle.total !== undefined) out.push("bdl-1");
  const urls = new Set();
  for (const entry of bundle.entry ?? []) {
    const { fullUrl, resource } = entry;
    const name = `${resource?.resourceType}/${resource?.id}`;
    if (entry.search) out.push(`${name}: bdl-2`);
    if (entry.request || entry.response) out.push(`${name}: bdl-3, bdl-4`);
    if (!resource) out.push(`${fullUrl}: bdl-5`);
    if (urls.has(fullUrl)) out.push(`${name}: bdl-7`);
    urls.add(fullUrl);
    if (/\/_history\//.test(fullUrl ?? "")) out.push(`${name}: bdl-8`);
    if (fullUrl?.startsWith("urn:uuid:") && !/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(fullUrl)) out.push(`${name}: '${fullUrl}' is no UUID`);
    if (fullUrl?.startsWith("http") && resource && !fullUrl.endsWith(`/${name}`)) out.push(`${name}: '${fullUrl}' is another id`);
    if (resource) out.push(...ofResource(resource, name));
  }
  for (const element of elements(bundle, "Bundle", "")) out.push(...ofElement(element));
  return out;
}
