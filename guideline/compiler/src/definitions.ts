// SPDX-License-Identifier: Apache-2.0
// The definitions that the translated libraries offer, and texts that name them.
import type { Elm } from "./translate.js";
import type { Problems } from "./problems.js";
import { near, type Mark } from "./yaml_reader.js";

export class Definitions {
  private readonly types = new Map<string, string>(); // full name -> simple type, "" for others
  private readonly byShort = new Map<string, string[]>();
  private readonly functions = new Set<string>();

  // `broken`: libraries that did not translate; what they would define is not held against others.
  constructor(
    libraries: Map<string, Elm>,
    private readonly broken: ReadonlySet<string>,
  ) {
    for (const [library, elm] of libraries) {
      for (const definition of (elm["library"].statements?.def ?? []) as Elm[]) {
        const name = String(definition["name"]);
        const full = `${library}.${name}`;
        if (definition["type"] === "FunctionDef") {
          this.functions.add(full);
          continue;
        }
        const type = String(definition["expression"]?.resultTypeName ?? definition["resultTypeName"] ?? "");
        this.types.set(full, type.replace(/^\{.*\}/, ""));
        this.byShort.set(name, [...(this.byShort.get(name) ?? []), full]);
      }
    }
  }

  // The full name of a definition; undefined when there is none, which is told.
  resolve(name: Mark, file: string, where: string, problems: Problems): string | undefined {
    if (this.types.has(name.text)) return name.text;
    const candidates = this.byShort.get(name.text) ?? [];
    if (candidates.length === 1) return candidates[0];
    // A library that does not translate might define it.
    if (name.text.includes(".") ? this.broken.has(name.text.split(".")[0]!) : this.broken.size > 0) return undefined;
    const why =
      candidates.length > 1
        ? `'${name.text}' could be ${candidates.join(" or ")}`
        : this.functions.has(name.text)
          ? `'${name.text}' is a function, not a definition`
          : `no definition is named '${name.text}'${near(name.text, this.types.keys())}`;
    problems.add(file, name.line, where ? `${where}: ${why}` : why);
    return undefined;
  }

  boolean(name: Mark, file: string, where: string, problems: Problems): string | undefined {
    const full = this.resolve(name, file, where, problems);
    if (full !== undefined && this.types.get(full) !== "Boolean") {
      problems.add(file, name.line, `${where ? `${where}: ` : ""}'${full}' is ${this.types.get(full) || "a list or a choice"}, not Boolean`);
    }
    return full;
  }

  // "{Name}" in a text becomes "{Library.Name}".
  template(words: Mark, file: string, where: string, problems: Problems): string {
    return words.text.replace(/\{([^{}]*)\}/g, (all, name: string) => {
      const full = this.resolve({ text: name, line: words.line }, file, where, problems);
      return full === undefined ? all : `{${full}}`;
    });
  }

  has(full: string): boolean {
    return this.types.has(full);
  }

  // For a caller that has no place to tell: the full name or nothing.
  find(name: string): string | undefined {
    if (this.types.has(name)) return name;
    const candidates = this.byShort.get(name) ?? [];
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  names(): string[] {
    return [...this.types.keys()];
  }
}
