// SPDX-License-Identifier: Apache-2.0
// Worked patients: shorthand -> FHIR Bundle. The shapes are those of docs/input.md.
import type { Problems } from "./problems.js";
import type { Entry, Located, Sources } from "./sources.js";
import type { ValueSet } from "./terminology.js";

export interface Case {
  id: string;
  title: string;
  story: string;
  asOf: string;
  bundle: Entry;
  expect: Expect;
  file: string;
  line: number;
}

export interface Expect {
  advised: string[];
  undecided: string[];
  never: string[];
  options: Record<string, { first?: string; offered?: string[]; never?: string[] }>;
  categories: { advised: string[]; never: string[] };
  avoid_drugs: string[];
  definitions: Record<string, string>;
}

const caseKeys = new Set(["id", "title", "story", "as_of", "patient", "facts", "resources", "expect"]);
const expectKeys = new Set(["advised", "undecided", "never", "options", "categories", "avoid_drugs", "definitions"]);

export function readCases(sources: Sources, sets: ValueSet[], problems: Problems): Case[] {
  const out: Case[] = [];
  const seen = new Set<string>();
  for (const path of sources.files("cases", ".yaml")) {
    const entry = sources.yamlMap(path);
    if (!entry) continue;
    const built = new CaseReader(entry, path, sources, sets, problems).read();
    if (!built) continue;
    if (seen.has(built.id)) problems.add(built.file, 1, `case '${built.id}' stands twice`);
    seen.add(built.id);
    out.push(built);
  }
  return out;
}

class CaseReader {
  private readonly byName: Map<string, ValueSet>;
  private readonly resources: Entry[] = [];
  private count = 0;

  constructor(
    private readonly entry: Located,
    private readonly path: string,
    private readonly sources: Sources,
    sets: ValueSet[],
    private readonly problems: Problems,
  ) {
    this.byName = new Map();
    for (const set of sets) {
      for (const name of [set.name, ...set.texts]) {
        const key = name.toLowerCase();
        if (!this.byName.has(key)) this.byName.set(key, set);
      }
    }
    for (const set of sets) this.byName.set(set.name.toLowerCase(), set);
  }

  private bad(key: string, message: string): void {
    this.problems.add(this.entry.file, this.sources.lineOfKey(this.path, key), message);
  }

  read(): Case | undefined {
    const value = this.entry.value;
    for (const key of Object.keys(value)) if (!caseKeys.has(key)) this.bad(key, `unknown key '${key}'`);
    for (const key of ["id", "title", "as_of", "expect"]) {
      if (value[key] === undefined) {
        this.bad(key, `a case needs '${key}'`);
        return undefined;
      }
    }
    const patient = (value["patient"] ?? {}) as Entry;
    this.resources.push({
      resourceType: "Patient",
      id: "p1",
      ...(patient["sex"] ? { gender: patient["sex"] } : {}),
      ...(patient["born"] ? { birthDate: String(patient["born"]) } : {}),
    });
    for (const fact of (value["facts"] ?? []) as Entry[]) this.fact(fact);
    for (const resource of (value["resources"] ?? []) as Entry[]) {
      this.count += 1;
      this.resources.push({ id: `${String(resource["resourceType"]).toLowerCase()}-${this.count}`, ...resource });
    }
    const expect = (value["expect"] ?? {}) as Entry;
    for (const key of Object.keys(expect)) if (!expectKeys.has(key)) this.bad("expect", `unknown key 'expect.${key}'`);
    return {
      id: String(value["id"]),
      title: String(value["title"]),
      story: String(value["story"] ?? ""),
      asOf: String(value["as_of"]),
      bundle: {
        resourceType: "Bundle",
        type: "collection",
        entry: this.resources.map((resource) => ({ resource })),
      },
      expect: {
        advised: expect["advised"] ?? [],
        undecided: expect["undecided"] ?? [],
        never: expect["never"] ?? [],
        options: expect["options"] ?? {},
        categories: { advised: expect["categories"]?.advised ?? [], never: expect["categories"]?.never ?? [] },
        avoid_drugs: expect["avoid_drugs"] ?? [],
        definitions: Object.fromEntries(Object.entries(expect["definitions"] ?? {}).map(([k, v]) => [k, v === null ? "null" : String(v)])),
      },
      file: this.entry.file,
      line: 1,
    };
  }

  // A concept by value-set name or one of its texts; free text when no value set knows it.
  private concept(name: string, strict = true): Entry {
    const set = this.byName.get(name.toLowerCase());
    if (!set) {
      if (strict) this.bad("facts", `no value set is named '${name}'`);
      return { text: name };
    }
    const code = set.codes[0];
    return {
      ...(code ? { coding: [{ system: code.system, code: code.code, ...(code.display ? { display: code.display } : {}) }] } : {}),
      text: name,
    };
  }

  private quantity(text: string): Entry {
    const match = /^([<>]=?)?\s*(-?[0-9.]+)\s*(.*)$/.exec(text.trim());
    if (!match) {
      this.bad("facts", `'${text}' is not a number with a unit`);
      return {};
    }
    const unit = match[3] || "1";
    return {
      value: Number(match[2]),
      ...(match[1] ? { comparator: match[1] } : {}),
      unit,
      system: "http://unitsofmeasure.org",
      code: unit,
    };
  }

  private add(type: string, body: Entry): void {
    this.count += 1;
    const id = `${type.toLowerCase()}-${this.count}`;
    this.resources.push({ resourceType: type, id, ...body });
  }

  private readonly subject = { reference: "Patient/p1" };

  private fact(fact: Entry): void {
    const at = fact["at"] === undefined ? {} : { effectiveDateTime: String(fact["at"]) };
    const observation = (name: string, rest: Entry): void =>
      this.add("Observation", { status: "final", code: this.concept(name), subject: this.subject, ...at, ...rest });
    if (fact["lab"] !== undefined || fact["vital"] !== undefined) {
      observation(String(fact["lab"] ?? fact["vital"]), { valueQuantity: this.quantity(String(fact["value"])) });
    } else if (fact["finding"] !== undefined) {
      const value =
        typeof fact["value"] === "string" && /^[<>]?=?\s*-?[0-9]/.test(fact["value"])
          ? { valueQuantity: this.quantity(fact["value"]) }
          : fact["value"] !== undefined && typeof fact["value"] !== "boolean"
            ? typeof fact["value"] === "number"
              ? { valueInteger: fact["value"] }
              : { valueCodeableConcept: this.concept(String(fact["value"]), false) }
            : { valueBoolean: fact["present"] ?? fact["value"] ?? true };
      observation(String(fact["finding"]), {
        ...value,
        ...(fact["site"] ? { bodySite: this.concept(String(fact["site"]), false) } : {}),
      });
    } else if (fact["condition"] !== undefined) {
      this.add("Condition", {
        clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: fact["present"] === false ? "inactive" : "active" }] },
        verificationStatus: {
          coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-ver-status", code: fact["present"] === false ? "refuted" : "confirmed" }],
        },
        code: this.concept(String(fact["condition"])),
        subject: this.subject,
        ...(fact["at"] ? { recordedDate: String(fact["at"]) } : {}),
        ...(fact["since"] ? { onsetDateTime: String(fact["since"]) } : {}),
      });
    } else if (fact["allergy"] !== undefined) {
      this.add("AllergyIntolerance", {
        clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", code: "active" }] },
        code: this.concept(String(fact["allergy"])),
        patient: this.subject,
        ...(fact["at"] ? { recordedDate: String(fact["at"]) } : {}),
        ...(fact["criticality"] ? { criticality: String(fact["criticality"]) } : {}),
        ...(fact["reaction"]
          ? {
              reaction: [
                {
                  manifestation: [this.concept(String(fact["reaction"]), false)],
                  ...(fact["severity"] ? { severity: String(fact["severity"]) } : {}),
                },
              ],
            }
          : {}),
      });
    } else if (fact["medication"] !== undefined) {
      const period = {
        ...(fact["start"] ? { start: String(fact["start"]) } : {}),
        ...(fact["end"] ? { end: String(fact["end"]) } : {}),
      };
      this.add("MedicationStatement", {
        status: fact["end"] ? "completed" : "active",
        medicationCodeableConcept: this.concept(String(fact["medication"])),
        subject: this.subject,
        ...(Object.keys(period).length > 0 ? { effectivePeriod: period } : {}),
        ...(fact["route"] || fact["dose"]
          ? {
              dosage: [
                {
                  ...(fact["dose"] ? { text: String(fact["dose"]) } : {}),
                  ...(fact["route"] ? { route: { text: String(fact["route"]) } } : {}),
                },
              ],
            }
          : {}),
      });
    } else if (fact["procedure"] !== undefined) {
      this.add("Procedure", {
        status: fact["status"] ?? "completed",
        code: this.concept(String(fact["procedure"])),
        subject: this.subject,
        ...(fact["at"] ? { performedDateTime: String(fact["at"]) } : {}),
      });
    } else {
      this.bad("facts", `a fact of no known kind: ${JSON.stringify(fact)}; write it under resources`);
    }
  }
}
