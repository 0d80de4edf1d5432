// SPDX-License-Identifier: Apache-2.0
// One spelling for a CQL value, the same for every engine: docs/guideline-format.md, "Normal form of values".

export type Normal = null | boolean | string | Normal[] | { [name: string]: Normal };

export function normal(value: any): Normal {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return number(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(normal);
  if (value.isDateTime || value.isDate || value.isTime?.()) return value.toString();
  if (value.isQuantity) return { value: number(value.value), unit: value.unit ?? "1" };
  if (value.isCode) return { code: value.code, system: value.system ?? null };
  if (value.isConcept) return { codes: value.codes.map(normal) };
  if (value.isUncertainty) return value.isPoint() ? normal(value.low) : `Interval[${show(normal(value.low))}, ${show(normal(value.high))}]`;
  if (value.isInterval) {
    return { low: normal(value.low), high: normal(value.high), lowClosed: value.lowClosed, highClosed: value.highClosed };
  }
  if (value._typeInfo) return element(value._json, isPrimitive(value));
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, normal(value[key])]),
  );
}

// What the FHIR data provider wraps: a resource is named, a primitive is its value, another element its JSON.
function element(json: any, primitive: boolean): Normal {
  if (json === null || typeof json !== "object") return normal(json);
  if (json.resourceType) return `${String(json.resourceType)}/${String(json.id ?? "")}`;
  return primitive ? normal(json.value) : plain(json);
}

// Primitives have small letters; codes bound to a value set are types of their own whose only element is `value`.
function isPrimitive({ _typeInfo }: any): boolean {
  const name = String(_typeInfo.name).replace(/^FHIR\./, "");
  return /^[a-z]/.test(name) || (_typeInfo.baseTypeSpecifier?.name === "Element" && _typeInfo.elements.map((one: any) => one.name).join() === "value");
}

function plain(json: any): Normal {
  if (Array.isArray(json)) return json.map(plain);
  if (json === null || typeof json !== "object") return normal(json);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, plain(value)]));
}

// A double to the eight places that a CQL Decimal has.
function number(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  return value.toFixed(8).replace(/0+$/, "").replace(/\.$/, "");
}

// A value in normal form for people and for `expect.definitions`.
export function show(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? null);
}
