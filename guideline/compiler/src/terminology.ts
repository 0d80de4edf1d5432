// SPDX-License-Identifier: Apache-2.0
// Value sets from terminology/*.yaml, and the library Terms that lets CQL use them by name.
import { mayBeCode } from "./check_digit.js";
import { fold, foldWord } from "./fold.js";
import type { Sources } from "./sources.js";
import { filled, list, map, may, must, pattern, near, text, type Reader } from "./yaml_reader.js";

export interface Code {
  system: string;
  code: string;
  display: string;
  status?: string;
}

export interface ValueSet {
  name: string;
  url: string;
  source: string;
  codes: Code[];
  texts: string[];
  units: string[];
  possible?: Possible | undefined;
}

// The numbers that a fact can have at all, in the unit in which it is kept; `by` says what gives the limits, or they are our own.
export interface Possible {
  from: string;
  to: string;
  unit?: string | undefined;
  by?: string | undefined;
}

const systems: Record<string, string> = {
  loinc: "http://loinc.org",
  snomed: "http://snomed.info/sct",
  icd10: "http://hl7.org/fhir/sid/icd-10",
  icd10cm: "http://hl7.org/fhir/sid/icd-10-cm",
  icd10gm: "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
  rxnorm: "http://www.nlm.nih.gov/research/umls/rxnorm",
  atc: "http://www.whocc.no/atc",
  ucum: "http://unitsofmeasure.org",
  dicom: "http://dicom.nema.org/resources/ontology/DCM",
  interpretation: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
  category: "http://terminology.hl7.org/CodeSystem/observation-category",
  nidus: "https://nidus.example/CodeSystem/finding",
};

// Other addresses under which senders write a system.
const otherAddresses: Record<string, string[]> = {
  "http://loinc.org": ["https://loinc.org", "http://loinc.org/", "urn:oid:2.16.840.1.113883.6.1"],
  "http://snomed.info/sct": ["https://snomed.info/sct", "http://snomed.info/id", "urn:oid:2.16.840.1.113883.6.96"],
  "http://hl7.org/fhir/sid/icd-10": ["urn:oid:2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10-am"],
  "http://hl7.org/fhir/sid/icd-10-cm": ["urn:oid:2.16.840.1.113883.6.90"],
  "http://www.nlm.nih.gov/research/umls/rxnorm": ["urn:oid:2.16.840.1.113883.6.88"],
  "http://www.whocc.no/atc": ["https://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"],
};

// Editions of one classification: a code that only one of them lists is meant by the same letters in another.
const editions = [systems["icd10"]!, systems["icd10cm"]!, systems["icd10gm"]!];

// A short name of the list above, or an address.
export const systemUrl = (name: string): string | undefined =>
  systems[name] ?? (/^(https?:|urn:)/.test(name) ? name : undefined);

const system: Reader<string> = (node, at, key) => {
  const name = text(node, at, key);
  if (name === undefined) return undefined;
  return systemUrl(name) ?? at.bad(node, `unknown code system '${name}'${near(name, Object.keys(systems))}`);
};

const number = pattern(/^-?\d+(\.\d+)?$/, "0.5");

const valueSet = map({
  name: must(filled),
  url: may(filled),
  source: may(text),
  codes: may(list(map({ system: must(system), code: must(filled), display: may(text), status: may(text) }))),
  texts: may(list(filled)),
  units: may(list(filled)),
  possible: may(map({ from: must(number), to: must(number), unit: may(text), by: may(filled) })),
});

const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

export class Terminology {
  readonly sets: ValueSet[] = [];
  readonly medicines: ValueSet[] = []; // those of drugs.yaml, in its order

  constructor(sources: Sources) {
    const urls = new Map<string, string>();
    const names = new Map<string, string>();
    const seen = new Set<string>();
    for (const entry of sources.entries(sources.files("terminology", ".yaml"), valueSet, names, "value set", "name")) {
      const { name, codes = [], texts = [], units = [] } = entry.value;
      const url = entry.value.url ?? `https://nidus.example/ValueSet/${slug(name)}`;
      const first = urls.get(url);
      if (first !== undefined) sources.problems.add(entry.file, entry.line, `${name}: the address ${url} stands twice, first in ${first}`);
      else urls.set(url, `${entry.file}:${entry.line}`);
      const twice = codes.find((code, i) => codes.findIndex((other) => other.code === code.code && other.system === code.system) < i);
      if (twice) sources.problems.add(entry.file, entry.line, `${name}: code ${twice.code} stands twice`);
      const slip = codes.find(({ system: address, code }) => !mayBeCode(address, code));
      if (slip) sources.problems.add(entry.file, entry.line, `${name}: ${slip.code} is no code of ${slip.system}: its form or its check digit is wrong`);
      if (seen.has(name)) continue;
      seen.add(name);
      const limits = entry.value.possible;
      if (limits && Number(limits.from) >= Number(limits.to)) {
        sources.problems.add(entry.file, entry.line, `${name}: possible from ${limits.from} to ${limits.to} is nothing`);
      }
      // What is told above does not reach the logic.
      const possible = limits && Number(limits.from) < Number(limits.to) ? limits : undefined;
      const set = { name, url, source: entry.value.source ?? "", codes: codes.map((code) => ({ ...code, display: code.display ?? "" })), texts, units, possible };
      this.sets.push(set);
      if (entry.file.endsWith("/drugs.yaml")) this.medicines.push(set);
    }
    // One that does not fit is told; its name still stands, so that the logic is not blamed for it.
    for (const name of names.keys()) {
      if (!seen.has(name)) this.sets.push({ name, url: `urn:unread:${slug(name)}`, source: "", codes: [], texts: [], units: [] });
    }
    this.addSpellings();
  }

  // The same code in another edition of ICD-10, where no value set says what it is there, and under the other addresses of its system.
  private addSpellings(): void {
    const key = (address: string, code: string) => `${address}|${code}`;
    const said = new Set(this.sets.flatMap(({ codes }) => codes.map(({ system: address, code }) => key(address, code))));
    for (const { codes } of this.sets) {
      for (const one of [...codes]) {
        if (!editions.includes(one.system)) continue;
        for (const other of editions) if (!said.has(key(other, one.code))) codes.push({ ...one, system: other });
      }
      const own = new Set<string>();
      const distinct = codes.filter(({ system: address, code }) => !own.has(key(address, code)) && own.add(key(address, code)));
      codes.splice(0, codes.length, ...distinct, ...distinct.flatMap((one) => (otherAddresses[one.system] ?? []).map((address) => ({ ...one, system: address }))));
    }
  }
}

const identifier = (name: string) => `"${name.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
const literal = (word: string) => `'${word.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

// As one text, split: ELM writes a list of texts with ninety bytes about each of them. No folded word holds the mark.
const mark = "|";
const wordList = (words: string[]) => (words.length > 0 ? `Split(${literal(words.join(mark))}, '${mark}')` : "List<System.String>{}");

// The code of a component, of a conclusion or of an answer is found among its words, also when nobody gives its display.
const codesAsWords = ({ codes }: ValueSet) =>
  codes.filter(({ system: address }) => address === systems["loinc"] || address === systems["snomed"]).map(({ code }) => code);

const decimal = (digits: string) => (digits.includes(".") ? digits : `${digits}.0`);

// "3 to 15 (by the scale)", "15 to 47 Cel (a choice of this guideline, unverified)".
const possibleSaid = ({ from, to, unit = "", by }: Possible) =>
  `${from} to ${to}${unit === "" ? "" : ` ${unit}`} (${by === undefined ? "a choice of this guideline, unverified" : `by ${by}`})`;

// Library Terms: each value set, and the free-text words beside it, in the form in which words are compared.
export function termsLibrary(sets: ValueSet[]): string {
  const lines = ["library Terms version '0.1.0'", "", "using FHIR version '4.0.1'", ""];
  for (const set of sets) lines.push(`valueset ${identifier(set.name)}: ${literal(set.url)}`);
  lines.push("", "context Unfiltered", "");
  for (const set of sets) {
    const folds = set.name.endsWith(" Word") ? foldWord : (text: string) => [fold(text)];
    const folded = [...new Set([...set.texts, ...codesAsWords(set)].flatMap(folds))];
    lines.push(`define ${identifier(`${set.name} texts`)}: ${wordList(folded)}`);
    const { possible } = set;
    if (possible) {
      lines.push(
        `define ${identifier(`${set.name} possible`)}: Tuple { low: ${decimal(possible.from)}, high: ${decimal(possible.to)}, said: ${literal(possibleSaid(possible))} }`,
      );
    }
  }
  return lines.join("\n") + "\n";
}
