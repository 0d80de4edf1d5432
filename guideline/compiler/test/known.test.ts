// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { knownAt } from "../src/known.js";

const rows: [string, object, string, boolean][] = [
  ["issued later than it was taken", { effectiveDateTime: "2025-03-04T08:00:00Z", issued: "2025-03-09T12:00:00+03:00" }, "2025-03-06T09:00:00+03:00", false],
  ["issued at the moment itself", { issued: "2025-03-09T12:00:00+03:00" }, "2025-03-09T09:00:00Z", true],
  ["a day counts from its first moment", { effectiveDateTime: "2025-03-04" }, "2025-03-04T10:00:00+01:00", true],
  ["the day after", { effectiveDateTime: "2025-03-05" }, "2025-03-04T23:59:00+01:00", false],
  ["a month", { recordedDate: "2025-03" }, "2025-03-01T00:00:00Z", true],
  ["a year", { recordedDate: "2026" }, "2025-12-31T23:59:59Z", false],
  ["a period by its start", { effectivePeriod: { start: "2025-03-06", end: "2025-04-01" } }, "2025-03-05T00:00:00Z", false],
  ["a specimen by its collection", { collection: { collectedDateTime: "2025-03-06T08:00:00Z" } }, "2025-03-05T00:00:00Z", false],
  ["the first event of a timing", { effectiveTiming: { event: ["2025-03-06T08:00:00Z"] } }, "2025-03-05T00:00:00Z", false],
  ["undated", {}, "2025-03-05T00:00:00Z", true],
];

for (const [name, resource, asOf, known] of rows) {
  test(`known: ${name}`, () => {
    const bundle = { resourceType: "Bundle", entry: [{ resource: resource as Record<string, unknown> }] };
    assert.equal(knownAt(bundle, asOf).entry.length, known ? 1 : 0);
  });
}

test("known: drawn and not issued is awaited, without its result", () => {
  const culture = { resourceType: "Observation", id: "c", status: "final", code: { text: "Blood culture" }, effectiveDateTime: "2025-03-03T08:00:00Z", issued: "2025-03-05T08:00:00Z", valueString: "MRSA", note: [] };
  const bundle = { resourceType: "Bundle", entry: [{ fullUrl: "urn:c", resource: culture as Record<string, unknown> }] };
  const { valueString: _value, issued: _issued, note: _note, ...before } = culture;
  assert.deepEqual(knownAt(bundle, "2025-03-04T08:00:00Z").entry, [{ fullUrl: "urn:c", resource: { ...before, status: "registered" } }]);
  assert.equal(knownAt(bundle, "2025-03-05T08:00:00Z"), bundle);
  assert.equal(knownAt(bundle, "2025-03-03T07:00:00Z").entry.length, 0);
  const condition = { resourceType: "Condition", onsetDateTime: "2025-03-03", recordedDate: "2025-03-05" };
  assert.equal(knownAt({ entry: [{ resource: condition as Record<string, unknown> }] }, "2025-03-04T08:00:00Z").entry.length, 0);
});
