// SPDX-License-Identifier: Apache-2.0
// What names in the logic are called by people: facts by their labels, drugs by their names, functions as words.yaml says.
import type { Compiled } from "./compile.js";
import type { Fact } from "./facts.js";

// "SepsisOrShock" and "Sepsis Sign" -> "sepsis or shock", "sepsis sign"; what is all capitals stays.
export function plain(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z0-9])/g, "$1 $2").replace(/([A-Z]{2,})([A-Z][a-z])/g, "$1 $2");
  return spaced
    .split(" ")
    .map((word) => (/^[A-Z][a-z]+$/.test(word) || /^[A-Z]$/.test(word) ? word.toLowerCase() : word))
    .join(" ");
}

export class Vocabulary {
  private readonly facts: ReadonlyMap<string, Fact>;
  private readonly drugs = new Map<string, string>(); // ATC -> name

  constructor(
    compiled: Compiled,
    private readonly functions: Readonly<Record<string, string>>,
  ) {
    this.facts = new Map(compiled.facts.facts.map((fact) => [fact.define, fact]));
    for (const set of compiled.sets) {
      for (const { system, code } of set.codes) if (system === "http://www.whocc.no/atc" && !this.drugs.has(code)) this.drugs.set(code, set.name.toLowerCase());
    }
    for (const option of compiled.tables.regimens) {
      for (const { agent, atc } of option.components) if (atc && agent && !this.drugs.has(atc)) this.drugs.set(atc, agent.toLowerCase());
    }
    for (const [code, name] of Object.entries(functions)) if (code.startsWith("atc ")) this.drugs.set(code.slice(4), name);
  }

  fact(definition: string): Fact | undefined {
    return this.facts.get(definition);
  }

  label(definition: string): string {
    return this.facts.get(definition)?.label ?? plain(definition.split(".").slice(1).join("."));
  }

  unit(definition: string): string {
    return this.facts.get(definition)?.unit ?? "";
  }

  literal(value: string, type: string): string {
    if (!type.endsWith("String")) return value;
    if (/^[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?$/.test(value)) {
      const name = this.drugs.get(value);
      return name === undefined ? `class ${value}` : name;
    }
    return `'${value}'`;
  }

  variable(name: string): string {
    return this.functions[`variable ${name}`] ?? "it";
  }

  path(path: string): string {
    return path.replace(/\.value$/, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  }

  call(name: string): string | undefined {
    return this.functions[name];
  }
}
