// SPDX-License-Identifier: Apache-2.0
// What was known at a moment, as `nidus` reads a record (src/fhir/describe.cc): cql-execution takes whatever it is given.
type Json = Record<string, unknown>;

const knownNames = ["issued", "recordedDate", "recordedOn", "dateAsserted", "authoredOn", "authored", "recorded", "receivedTime"];
const whenNames = [
  "effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming", "performedDateTime", "performedPeriod", "occurrenceDateTime",
  "occurrencePeriod", "occurrenceTiming", "onsetDateTime", "onsetPeriod", "collectedDateTime", "collectedPeriod", "started", "whenHandedOver",
  "whenPrepared", "timingDateTime", "timingPeriod", "createdDateTime", "createdPeriod", "executionPeriod", "period", "startDate", "start",
  "authoredOn", "authored", "recordedDate", "recordedOn", "dateAsserted", "receivedTime", "sent", "date", "dateTime", "created", "recorded",
  "issued", "lastOccurrence",
];

const offsetOf = (moment: string) => /(Z|[+-]\d\d:\d\d)$/.exec(moment)?.[0] ?? "Z";

// The first moment of a date that may be partial, in milliseconds; undefined when it is none.
function firstMoment(date: unknown, offset: string): number | undefined {
  if (typeof date !== "string") return undefined;
  const [day, clock] = date.split("T");
  const whole = `${day}${"-01-01".slice(day!.length - 4)}`;
  const ms = Date.parse(clock === undefined ? `${whole}T00:00:00${offset}` : /(Z|[+-]\d\d:\d\d)$/.test(clock) ? date : `${date}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

// A moment, the start of a Period (its end when it has no start), the first event of a Timing or the start of its bounds.
function dateIn(value: unknown, offset: string): number | undefined {
  if (typeof value !== "object" || !value) return firstMoment(value, offset);
  const { start, end, event, repeat } = value as { start?: unknown; end?: unknown; event?: unknown[]; repeat?: { boundsPeriod?: unknown } };
  if (start !== undefined || end !== undefined) return firstMoment(start ?? end, offset);
  return firstMoment(event?.[0], offset) ?? (repeat?.boundsPeriod ? dateIn(repeat.boundsPeriod, offset) : undefined);
}

function firstDate(resource: Json, names: readonly string[], offset: string): number | undefined {
  for (const name of names) {
    const ms = dateIn(resource[name], offset);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

// A specimen says when it was taken inside `collection`, a document its time inside `context`.
function whenOf(resource: Json, offset: string): number | undefined {
  for (const name of ["collection", "context"]) {
    const inside = resource[name];
    const at = typeof inside === "object" && inside ? firstDate(inside as Json, whenNames, offset) : undefined;
    if (at !== undefined) return at;
  }
  return firstDate(resource, whenNames, offset);
}

// An examination before its result (src/fhir/awaited.cc).
const beforeResult = new Set([
  "resourceType", "id", "meta", "identifier", "basedOn", "partOf", "category", "code", "subject", "focus", "encounter", "effectiveDateTime",
  "effectivePeriod", "effectiveTiming", "effectiveInstant", "performer", "bodySite", "method", "specimen", "device",
]);
const hasResult = (resource: Json) => resource["resourceType"] === "Observation" || resource["resourceType"] === "DiagnosticReport";
const withoutResult = (resource: Json): Json => ({ ...Object.fromEntries(Object.entries(resource).filter(([name]) => beforeResult.has(name))), status: "registered" });

// The Bundle without what became known after `asOf`; the same one when nothing did.
export function knownAt<T>(bundle: T, asOf: string): T {
  const entries = (bundle as { entry?: { resource?: Json }[] }).entry;
  const limit = Date.parse(asOf);
  if (!Array.isArray(entries) || Number.isNaN(limit)) return bundle;
  const offset = offsetOf(asOf);
  const isPast = (at: number | undefined) => at === undefined || at <= limit;
  let changed = false;
  const known = entries.flatMap((entry) => {
    const { resource } = entry;
    if (!resource || isPast(firstDate(resource, knownNames, offset) ?? whenOf(resource, offset))) return [entry];
    changed = true;
    return hasResult(resource) && isPast(whenOf(resource, offset)) ? [{ ...entry, resource: withoutResult(resource) }] : [];
  });
  return changed ? { ...bundle, entry: known } : bundle;
}
