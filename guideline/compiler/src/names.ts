// SPDX-License-Identifier: Apache-2.0
// From a word of a case file to a coded concept, through the value sets' names and texts.
import { systemUrl, type ValueSet } from "./terminology.js";
import { near } from "./yaml_reader.js";

export interface Concept {
  coding?: { system: string; code: string; display?: string }[];
  text?: string;
}

const ownSystem = systemUrl("nidus");

export class Names {
  private readonly byName = new Map<string, ValueSet>();
  private readonly byText = new Map<string, ValueSet[]>();

  constructor(sets: readonly ValueSet[]) {
    for (const set of sets) {
      this.byName.set(set.name.toLowerCase(), set);
      for (const text of set.texts) {
        const key = text.toLowerCase();
        this.byText.set(key, [...(this.byText.get(key) ?? []), set]);
      }
    }
  }

  has(name: string): boolean {
    return this.byName.has(name.toLowerCase()) || this.byText.has(name.toLowerCase());
  }

  // The words as a concept. A value set's name brings its first code; any other word only a code that is displayed
  // with the same words, for a value set may hold narrower things. `as`: "text" the words alone, "code" the code alone.
  concept(words: string, as?: string, sameWords = false): Concept {
    const key = words.toLowerCase();
    const named = this.byName.get(key);
    const sets = named ? [named] : (this.byText.get(key) ?? []);
    const codes = sets.flatMap((set) => set.codes);
    const code = codes.find((one) => one.display.toLowerCase() === key && one.system !== ownSystem);
    const chosen = named && !sameWords ? named.codes[0] : (code ?? codes.find((one) => one.display.toLowerCase() === key));
    if (chosen === undefined || as === "text") return { text: words };
    const coding = [{ system: chosen.system, code: chosen.code, ...(chosen.display ? { display: chosen.display } : {}) }];
    return as === "code" ? { coding } : { coding, text: words };
  }

  unknown(name: string): string {
    return `no value set is named '${name}'${near(name, [...this.byName.values()].map((set) => set.name))}`;
  }
}

const ucum = "http://unitsofmeasure.org";

export interface Quantity {
  value: number;
  comparator?: string;
  unit: string;
  system: string;
  code: string;
}

// "148 mg/L", "< 0.5 mg/L", "60 %", "3".
export function quantityOf(words: string): Quantity | undefined {
  const match = /^([<>]=?)?\s*(-?\d+(?:\.\d+)?)(?:\s+(\S.*)|(%))?$/.exec(words.trim());
  if (!match) return undefined;
  const unit = match[3] ?? match[4] ?? "1";
  return { value: Number(match[2]), ...(match[1] ? { comparator: match[1] } : {}), unit, system: ucum, code: unit };
}
