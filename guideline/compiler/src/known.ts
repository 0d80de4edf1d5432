// SPDX-License-Identifier: Apache-2.0
// What was known at a moment, as `nidus` reads a record (src/fhir/describe.cc): cql-execution takes whatever it is given.
type Json = Record<string, unknown>;

const knownNames = ["issued", "recordedDate", "recordedOn", "dateAsserted", "authoredOn", "authored", "recorded", "receivedTime"];
const whenNames = [
  "effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod",
  "onsetDateTime", "onsetPeriod", "collectedDateTime", "collectedPeriod", "started", "period", "whenHandedOver", "whenPrepared", "date", "created",
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

function firstDate(resource: Json, names: readonly string[], offset: string): number | undefined {
  for (const name of names) {
    const value = resource[name];
    const period = value as { start?: unknown; end?: unknown } | undefined;
    const ms = firstMoment(typeof value === "object" && value ? (period!.start ?? period!.end) : value, offset);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

// The Bundle without what became known after `asOf`; the same one when nothing did.
export function knownAt<T>(bundle: T, asOf: string): T {
  const entries = (bundle as { entry?: { resource?: Json }[] }).entry;
  const limit = Date.parse(asOf);
  if (!Array.isArray(entries) || Number.isNaN(limit)) return bundle;
  const offset = offsetOf(asOf);
  const known = entries.filter(({ resource }) => {
    const at = resource && (firstDate(resource, knownNames, offset) ?? firstDate(resource, whenNames, offset));
    return at === undefined || at <= limit;
  });
  return known.length === entries.length ? bundle : { ...bundle, entry: known };
}
