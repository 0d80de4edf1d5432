// SPDX-License-Identifier: Apache-2.0
// One spelling for a CQL value, the same for every engine: docs/guideline-format.md, "Normal form of values".

export function normal(value: any): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return number(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(normal);
  if (value.isDateTime || value.isDate || value.isTime?.()) return value.toString();
  if (value.isQuantity) return { value: number(value.value), unit: value.unit ?? "1" };
  if (value.isCode) return { code: value.code, system: value.system ?? null };
  if (value.isConcept) return { codes: value.codes.map(normal) };
  if (value.isInterval) {
    return { low: normal(value.low), high: normal(value.high), lowClosed: value.lowClosed, highClosed: value.highClosed };
  }
  const json = value._json; // what the FHIR data provider wraps
  if (json?.resourceType) return `${String(json.resourceType)}/${String(json.id ?? "")}`;
  if (json !== undefined) return json !== null && typeof json === "object" ? json : normal(json);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, normal(value[key])]),
  );
}

// A double to the eight places that a CQL Decimal has.
function number(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  return value.toFixed(8).replace(/0+$/, "").replace(/\.$/, "");
}

// For people and for `expect.definitions`.
export function show(value: unknown): string {
  const plain = normal(value);
  if (plain === null) return "null";
  return typeof plain === "object" ? JSON.stringify(plain) : String(plain);
}
