// SPDX-License-Identifier: Apache-2.0
// Collects the FHIR resources of one worked patient.
import { quantityOf, type Concept, type Names } from "./names.js";
import type { Mark, Place } from "./yaml_reader.js";

export type Resource = { resourceType: string; id: string; [key: string]: unknown };

export const subject = { reference: "Patient/p1" };

export class CaseBuilder {
  readonly resources: Resource[] = [];
  private readonly counts = new Map<string, number>();
  private readonly ids = new Set<string>();

  constructor(
    private readonly names: Names,
    readonly at: Place,
  ) {}

  add(resourceType: string, body: Record<string, unknown>): { reference: string } {
    const count = (this.counts.get(resourceType) ?? 0) + 1;
    this.counts.set(resourceType, count);
    return this.put({ resourceType, id: `${resourceType.toLowerCase()}-${count}`, ...body });
  }

  put(resource: Resource): { reference: string } {
    const reference = `${resource.resourceType}/${resource.id}`;
    if (this.ids.has(reference)) this.at.problems.add(this.at.file, 1, `${this.at.label}: two resources are ${reference}`);
    this.ids.add(reference);
    this.resources.push(withoutGaps(resource) as Resource);
    return { reference };
  }

  // A name that must be known.
  concept(name: Mark, as?: string, sameWords = false): Concept {
    if (!this.names.has(name.text) && as !== "text") {
      this.at.problems.add(this.at.file, name.line, `${this.at.label}: ${this.names.unknown(name.text)}`);
    }
    return this.names.concept(name.text, as, sameWords);
  }

  // A word that may be known: free text otherwise.
  word(words: string): Concept {
    return this.names.concept(words, undefined, true);
  }

  hasSet(name: string): boolean {
    return this.names.has(name);
  }

  quantity(words: string, line: number): unknown {
    const quantity = quantityOf(words);
    if (!quantity) this.at.problems.add(this.at.file, line, `${this.at.label}: '${words}' is not a number with a unit`);
    return quantity;
  }

  // value[x] of an observation: true, 3, "148 mg/L", "2025-03-04", "positive".
  value(value: string | number | boolean): Record<string, unknown> {
    if (typeof value === "boolean") return { valueBoolean: value };
    if (typeof value === "number") {
      return Number.isInteger(value) ? { valueInteger: value } : { valueQuantity: quantityOf(String(value)) };
    }
    if (/^\d{4}-\d\d(-\d\d|$)/.test(value)) return { valueDateTime: value };
    const quantity = quantityOf(value);
    return quantity ? { valueQuantity: quantity } : { valueCodeableConcept: this.word(value) };
  }
}

// Leaves out what was not said.
export function withoutGaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutGaps);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0))
      .map(([key, item]) => [key, withoutGaps(item)]),
  );
}
