// SPDX-License-Identifier: Apache-2.0
// What a medicine is called -> its ATC code: tables/medicine_names.csv, in which a word stands for all languages that share it, then
// the names of terminology/drugs.yaml, then tables/medicine_names_other.csv: medicines that are known and that hardly any rule
// names, so that they never hide one that is named beside them ("calcium gluconate in sodium chloride"). The first found counts.
import { join } from "node:path";
import { fold } from "./fold.js";
import type { Sources } from "./sources.js";
import { atcPattern } from "./stops.js";
import { systemUrl, type ValueSet } from "./terminology.js";

export interface MedicineName {
  atc: string;
  name: string; // as a sentence names it; empty for what is no antimicrobial
  found: string[]; // parts of a name, compared as FactsCommon.Clean writes it; "a&b": both
}

// Without accents, as Drugs.Unaccented leaves them out of what a record says.
const plain = (words: string): string => fold(words.normalize("NFD").replace(/\p{M}/gu, ""));

export function readMedicineNames(sources: Sources, medicines: readonly ValueSet[]): MedicineName[] {
  const read = (file: string): MedicineName[] => sources.csv(join(sources.root, "tables", file)).map((row) => {
    const { atc = "", name = "", found_by: words = "" } = row.cells;
    if (!atcPattern.test(atc)) sources.problems.add(row.file, row.line, `'${atc}' is no ATC code or beginning of one`);
    const found = [...new Set(words.split("|").map((word) => word.split("&").map(plain).join("&")))];
    // Two letters stand in too many words.
    if (found.some((word) => word.split("&").some((part) => part.length < 3))) sources.problems.add(row.file, row.line, `${atc}: '${words}' holds a part of less than three letters`);
    return { atc, name, found };
  });
  const rows = read("medicine_names.csv");
  const others = read("medicine_names_other.csv");
  const seen = new Map<string, string>();
  for (const { atc, found } of [...rows, ...others]) {
    for (const word of found) {
      const before = seen.get(word);
      if (before !== undefined) sources.problems.add("guideline/tables/medicine_names.csv", 1, `'${word}' names ${before} and ${atc}`);
      seen.set(word, atc);
    }
  }
  const english = medicines.flatMap((set) => {
    const code = set.codes.find(({ system }) => system === systemUrl("atc"));
    return code === undefined || set.texts.length === 0 ? [] : [{ atc: code.code, name: "", found: set.texts.map(plain) }];
  });
  return [...rows, ...english, ...others];
}
