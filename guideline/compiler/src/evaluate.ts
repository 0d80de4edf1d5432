// SPDX-License-Identifier: Apache-2.0
// The guideline in the npm reference engine (cql-execution): for authors, and as our second opinion.
import { createRequire } from "node:module";
import type { ValueSet } from "./terminology.js";
import type { Elm } from "./translate.js";

const require = createRequire(import.meta.url);
const cql = require("cql-execution") as any;
const fhir = require("cql-exec-fhir") as any;

export type Results = Map<string, unknown>; // "Library.Definition" -> engine value

export class Reference {
  private readonly repository: any;
  private readonly codes: any;

  constructor(
    private readonly elm: Map<string, Elm>,
    sets: ValueSet[],
  ) {
    this.repository = new cql.Repository(Object.fromEntries(elm));
    const expansions: Record<string, any> = {};
    for (const set of sets) expansions[set.url] = { "": set.codes };
    this.codes = new cql.CodeService(expansions);
  }

  async evaluate(bundle: unknown, asOf: string): Promise<Results> {
    const out: Results = new Map();
    const moment = cql.DateTime.parse(asOf);
    for (const [name, elm] of this.elm) {
      if (name === "FHIRHelpers") continue;
      const library = new cql.Library(elm, this.repository);
      const executor = new cql.Executor(library, this.codes, {});
      const source = fhir.PatientSource.FHIRv401();
      source.loadBundles([bundle]);
      const results = await executor.exec(source, moment);
      const patient = Object.values(results.patientResults)[0] as Record<string, unknown> | undefined;
      for (const definition of (elm["library"].statements?.def ?? []) as any[]) {
        if (definition.type === "FunctionDef" || definition.name === "Patient") continue;
        const value =
          definition.context === "Unfiltered"
            ? (results.unfilteredResults ?? {})[definition.name] ?? patient?.[definition.name]
            : patient?.[definition.name];
        out.set(`${name}.${definition.name}`, value);
      }
    }
    return out;
  }
}

// One spelling for a value, the same in every engine (see docs/guideline-format.md, "Differential").
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
  const type = value.json?.resourceType ?? value.resourceType;
  if (type) return `${String(type)}/${String(value.json?.id ?? value.id?.value ?? "")}`;
  if (value.constructor?.name && value.constructor.name.startsWith("FHIRObject") === false && value.json !== undefined) {
    return typeof value.json === "object" ? { fhir: value.json } : normal(value.json);
  }
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) out[key] = normal(value[key]);
  return out;
}

// Doubles at eight places: what a CQL Decimal can say.
function number(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  return Number(value.toFixed(8)).toString();
}
