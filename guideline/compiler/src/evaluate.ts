// SPDX-License-Identifier: Apache-2.0
// The guideline in the reference engine of npm (cql-execution): for authors, and as our second opinion.
import { createRequire } from "node:module";
import type { ValueSet } from "./terminology.js";
import type { Elm } from "./translate.js";

const require = createRequire(import.meta.url);
const cql = require("cql-execution") as any;
const fhir = require("cql-exec-fhir") as any;

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
    this.repository = new cql.Repository(Object.fromEntries(elm));
    this.codes = new cql.CodeService(Object.fromEntries(sets.map((set) => [set.url, { "": set.codes }])));
  }

  async evaluate(bundle: unknown, asOf: string, wanted: (name: string) => boolean = () => true): Promise<Results> {
    const out: Results = new Map();
    const moment = cql.DateTime.parse(asOf);
    for (const [name, elm] of this.elm) {
      if (name === "FHIRHelpers") continue;
      const definitions = ((elm["library"].statements?.def ?? []) as any[]).filter(
        (definition) => definition.type !== "FunctionDef" && definition.name !== "Patient" && wanted(`${name}.${definition.name}`),
      );
      if (definitions.length === 0) continue;
      const executor = new cql.Executor(new cql.Library(elm, this.repository), this.codes, {});
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
