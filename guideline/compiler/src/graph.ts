// SPDX-License-Identifier: Apache-2.0
// Which definition names which: the references of the translated libraries.
import type { Elm } from "./translate.js";

export interface Definition {
  name: string; // Library.Name
  library: string;
  elm: Elm[]; // one, or every overload of a function
  isFunction: boolean;
  uses: Set<string>; // definitions and functions it names
  literals: Set<string>; // texts written in it
  valueSets: Set<string>; // names
}

export class Graph {
  readonly definitions = new Map<string, Definition>();
  private readonly aliases = new Map<string, Map<string, string>>(); // library -> alias -> library
  private readonly reached = new Map<string, ReadonlySet<string>>();

  constructor(libraries: ReadonlyMap<string, Elm>) {
    for (const [library, elm] of libraries) {
      const includes: Elm[] = elm["library"].includes?.def ?? [];
      this.aliases.set(library, new Map(includes.map((one) => [String(one["localIdentifier"]), String(one["path"])])));
    }
    for (const [library, elm] of libraries) {
      for (const definition of (elm["library"].statements?.def ?? []) as Elm[]) {
        const name = `${library}.${definition["name"]}`;
        const isFunction = definition["type"] === "FunctionDef";
        const known = this.definitions.get(name) ?? { name, library, elm: [], isFunction, uses: new Set(), literals: new Set(), valueSets: new Set() };
        known.elm.push(definition);
        this.collect(definition["expression"], known);
        this.definitions.set(name, known);
      }
    }
  }

  // The full name of what a reference in `library` names.
  target(node: Elm, library: string): string {
    const alias = node["libraryName"];
    return `${alias === undefined ? library : (this.aliases.get(library)?.get(alias) ?? alias)}.${node["name"]}`;
  }

  private collect(node: unknown, into: Definition): void {
    if (Array.isArray(node)) {
      for (const item of node) this.collect(item, into);
      return;
    }
    if (node === null || typeof node !== "object") return;
    const elm = node as Elm;
    if (elm["type"] === "ExpressionRef" || elm["type"] === "FunctionRef") into.uses.add(this.target(elm, into.library));
    if (elm["type"] === "ValueSetRef") into.valueSets.add(String(elm["name"]));
    if (elm["type"] === "Literal" && /String$/.test(String(elm["valueType"]))) into.literals.add(String(elm["value"]));
    for (const [key, value] of Object.entries(elm)) if (key !== "annotation") this.collect(value, into);
  }

  // The definition and all that it rests on.
  below(name: string): ReadonlySet<string> {
    const known = this.reached.get(name);
    if (known) return known;
    const seen = new Set<string>();
    const open = [name];
    while (open.length > 0) {
      const next = open.pop()!;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.definitions.get(next)?.uses ?? []));
    }
    this.reached.set(name, seen);
    return seen;
  }
}
