// SPDX-License-Identifier: Apache-2.0
// The guideline in the reference engine of npm (cql-execution): for authors, and as our second opinion.
import { createRequire } from "node:module";
import type { ValueSet } from "./terminology.js";
import type { Elm } from "./translate.js";

const require = createRequire(import.meta.url);
const cql = require("cql-execution") as any;
const fhir = require("cql-exec-fhir") as any;

// The engine builds a library and a context anew for every path that leads to it, and ours are reached by hundreds:
// one of each per run gives the same values, a thousand times sooner.
class SharedRepository extends (cql.Repository as { new (elm: Record<string, unknown>): any }) {
  private readonly made = new Map<string, unknown>();

  resolve(id: string, version?: string): unknown {
    const known = this.made.get(id);
    if (known !== undefined) return known;
    const library: unknown = super.resolve(id, version);
    this.made.set(id, library);
    return library;
  }
}

let contexts = new Map<string, unknown>(); // of the patient being evaluated

const libraryContext = cql.PatientContext.prototype.getLibraryContext;
cql.PatientContext.prototype.getLibraryContext = function (alias: string): any {
  const id: string | undefined = this.get(alias)?.source?.library?.identifier?.id;
  if (id === undefined) return libraryContext.call(this, alias);
  let context: unknown = contexts.get(id);
  if (context === undefined) {
    context = libraryContext.call(this, alias);
    contexts.set(id, context);
  }
  return context;
};

export type Results = Map<string, unknown>; // "Library.Definition" -> the engine's value

// A definition that could not be evaluated.
export class Failure {
  constructor(readonly error: string) {}
}

export class Reference {
  private readonly repository: any;
  private readonly codes: any;

  constructor(
    private readonly elm: Map<string, Elm>,
    sets: readonly ValueSet[],
  ) {
    this.repository = new SharedRepository(Object.fromEntries(elm));
    this.codes = new cql.CodeService(Object.fromEntries(sets.map((set) => [set.url, { "": set.codes }])));
  }

  async evaluate(bundle: unknown, asOf: string, wanted: (name: string) => boolean = () => true): Promise<Results> {
    const out: Results = new Map();
    contexts = new Map();
    const moment = cql.DateTime.parse(asOf);
    for (const [name, elm] of this.elm) {
      if (name === "FHIRHelpers") continue;
      const definitions = ((elm["library"].statements?.def ?? []) as any[]).filter(
        (definition) => definition.type !== "FunctionDef" && definition.name !== "Patient" && wanted(`${name}.${definition.name}`),
      );
      if (definitions.length === 0) continue;
      const executor = new cql.Executor(this.repository.resolve(name, elm["library"].identifier.version), this.codes, {});
      const source = () => {
        const patients = fhir.PatientSource.FHIRv401();
        patients.loadBundles([bundle]);
        return patients;
      };
      const valueOf = (results: any, definition: any): unknown => {
        const patient = Object.values(results.patientResults)[0] as Record<string, unknown> | undefined;
        return patient?.[definition.name] ?? results.unfilteredResults?.[definition.name] ?? null;
      };
      try {
        const results = await executor.exec(source(), moment);
        for (const definition of definitions) out.set(`${name}.${definition.name}`, valueOf(results, definition));
      } catch {
        // One definition fails: find out which by asking for each.
        for (const definition of definitions) {
          const full = `${name}.${definition.name}`;
          try {
            out.set(full, valueOf(await executor.exec_expression(definition.name, source(), moment), definition));
          } catch (error) {
            out.set(full, new Failure((error as Error).message));
          }
        }
      }
    }
    return out;
  }
}
