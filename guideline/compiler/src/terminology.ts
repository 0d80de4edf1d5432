// SPDX-License-Identifier: Apache-2.0
// Value sets from terminology/*.yaml, and the library Terms that lets CQL use them by name.
import type { Problems } from "./problems.js";
import type { Located, Sources } from "./sources.js";

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

export const systemUrl = (name: string): string | undefined =>
  systems[name] ?? (/^(https?:|urn:)/.test(name) ? name : undefined);

const keys = new Set(["name", "url", "source", "codes", "texts", "units"]);

export function readTerminology(sources: Sources, problems: Problems): ValueSet[] {
  const out: ValueSet[] = [];
  const names = new Map<string, string>();
  for (const path of sources.files("terminology", ".yaml")) {
    for (const entry of sources.yamlList(path)) {
      const set = valueSet(entry, problems);
      if (!set) continue;
      for (const key of [set.name, set.url]) {
        const first = names.get(key);
        if (first !== undefined) problems.add(entry.file, entry.line, `'${key}' stands twice, first in ${first}`);
        names.set(key, `${entry.file}:${entry.line}`);
      }
      out.push(set);
    }
  }
  return out;
}

function valueSet({ file, line, value }: Located, problems: Problems): ValueSet | undefined {
  for (const key of Object.keys(value)) if (!keys.has(key)) problems.add(file, line, `unknown key '${key}'`);
  if (typeof value["name"] !== "string") {
    problems.add(file, line, "a value set needs a name");
    return undefined;
  }
  const name: string = value["name"];
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const codes: Code[] = [];
  for (const item of (value["codes"] ?? []) as Record<string, unknown>[]) {
    const system = typeof item["system"] === "string" ? systemUrl(item["system"]) : undefined;
    if (!system) {
      problems.add(file, line, `${name}: code '${String(item["code"])}' has no known system ('${String(item["system"] ?? "")}')`);
      continue;
    }
    if (item["code"] === undefined || item["code"] === null || item["code"] === "") {
      problems.add(file, line, `${name}: an entry without a code`);
      continue;
    }
    codes.push({
      system,
      code: String(item["code"]),
      display: String(item["display"] ?? ""),
      ...(item["status"] === undefined ? {} : { status: String(item["status"]) }),
    });
  }
  return {
    name,
    url: typeof value["url"] === "string" ? value["url"] : `https://nidus.example/ValueSet/${slug}`,
    source: String(value["source"] ?? ""),
    codes,
    texts: ((value["texts"] ?? []) as unknown[]).map(String),
    units: ((value["units"] ?? []) as unknown[]).map(String),
  };
}

const identifier = (text: string) => `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
const literal = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

// Library Terms: each value set, and the free-text words beside it.
export function termsLibrary(sets: ValueSet[]): string {
  const lines = ["library Terms version '0.1.0'", "", "using FHIR version '4.0.1'", ""];
  for (const set of sets) lines.push(`valueset ${identifier(set.name)}: ${literal(set.url)}`);
  lines.push("", "context Unfiltered", "");
  for (const set of sets) {
    const texts = set.texts.length > 0 ? `{ ${set.texts.map(literal).join(", ")} }` : "List<System.String>{}";
    lines.push(`define ${identifier(`${set.name} texts`)}: ${texts}`);
  }
  return lines.join("\n") + "\n";
}
