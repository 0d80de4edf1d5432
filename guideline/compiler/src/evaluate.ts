// SPDX-License-Identifier: Apache-2.0
// The guideline in the reference engine of npm (cql-execution): for authors, and as our second opinion.
import { normal, type Normal } from "./normal.js";
import { cql } from "./reference_engine.js";
import { openPatient, setOffset } from "./reference_memo.js";
import type { ValueSet } from "./terminology.js";
import type { Elm } from "./translate.js";

export interface Person {
  id: string;
  bundle: unknown; // FHIR R4 Bundle of one person
  asOf: string; // the moment of evaluation
}

// A definition that could not be evaluated.
export interface Failure {
  error: string;
}

export type Results = Map<string, Normal | Failure>; // by "Library.Definition"

export const failed = (result: unknown): result is Failure =>
  typeof result === "object" && result !== null && Object.keys(result).join() === "error";

// The engine builds a library anew for every path that leads to it, and ours are reached by hundreds.
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

// So it does with contexts, which keep the values of definitions: one for each patient and library is enough.
const contexts = new WeakMap<object, Map<string, unknown>>(); // of a patient, by library

function contextOf(patient: object, library: any, make: () => unknown): any {
  let known = contexts.get(patient);
  if (known === undefined) contexts.set(patient, (known = new Map()));
  const id: string = library.source.library.identifier.id;
  if (!known.has(id)) known.set(id, make());
  return known.get(id);
}

const libraryContext = cql.PatientContext.prototype.getLibraryContext;
cql.PatientContext.prototype.getLibraryContext = function (alias: string): any {
  return contextOf(this.patient, this.get(alias), () => libraryContext.call(this, alias));
};

export class Reference {
  private readonly repository: any;
  private readonly codes: any;

  constructor(
    private readonly elm: ReadonlyMap<string, Elm>,
    sets: readonly Pick<ValueSet, "url" | "codes">[],
  ) {
    this.repository = new SharedRepository(Object.fromEntries(elm));
    this.codes = new cql.CodeService(Object.fromEntries(sets.map((set) => [set.url, { "": set.codes }])));
  }

  evaluate({ bundle, asOf }: Omit<Person, "id">, wanted: (name: string) => boolean = () => true): Results {
    const out: Results = new Map();
    const patient = openPatient(bundle);
    const moment = cql.DateTime.parse(asOf);
    setOffset(moment.timezoneOffset);
    for (const [name, elm] of this.elm) {
      if (name === "FHIRHelpers") continue;
      const library = this.repository.resolve(name, elm["library"].identifier.version);
      const context = contextOf(patient, library, () => new cql.PatientContext(library, patient, this.codes, {}, moment));
      for (const [definition, expression] of Object.entries<any>(library.expressions)) {
        const full = `${name}.${definition}`;
        if (definition === "Patient" || !wanted(full)) continue;
        try {
          out.set(full, normal(expression.execute(context)));
        } catch (error) {
          out.set(full, { error: (error as Error).message });
        }
      }
    }
    return out;
  }
}
