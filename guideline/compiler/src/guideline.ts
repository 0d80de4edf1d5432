// SPDX-License-Identifier: Apache-2.0
// Everything but CQL: recommendations, facts, stops, headline; checked against the definitions.
import { join } from "node:path";
import type { Problems } from "./problems.js";
import type { Entry, Located, Sources } from "./sources.js";
import type { Elm } from "./translate.js";

const stages = ["suspicion", "work-up", "start", "empirical", "targeted", "duration", "oral-switch", "surgery", "brace", "team", "response", "follow-up", "prevention", "safety"];
const groups = ["now", "next", "watch", "avoid"];
const actions = ["test", "imaging", "procedure", "medication", "consult", "monitor", "instruct", "restrict"];
const strengths = ["strong", "weak", "consensus", "proposal"];
const certainties = ["high", "moderate", "low", "very-low"];

const keys = {
  guideline: ["id", "version", "title", "libraries", "roles", "categories", "headline", "kidney"],
  recommendation: ["id", "title", "stage", "category", "group", "action", "when", "unless", "because", "do", "reason", "not_advised", "owner", "due", "options", "evidence", "strength", "certainty", "priority", "replaces", "conflicts", "code"],
  fact: ["id", "define", "label", "unit", "learn", "owner", "alternatives"],
  stop: ["id", "title", "when", "remove", "text", "evidence"],
  unreadable: ["define", "what"],
};

export class Definitions {
  private readonly types = new Map<string, string>();
  private readonly short = new Map<string, string[]>();

  constructor(libraries: Map<string, Elm>) {
    for (const [library, elm] of libraries) {
      for (const definition of (elm["library"].statements?.def ?? []) as any[]) {
        if (definition.type === "FunctionDef") continue;
        const type: string = definition.expression?.resultTypeName ?? definition.resultTypeName ?? "";
        this.types.set(`${library}.${definition.name}`, type.replace(/^\{.*\}/, ""));
        const list = this.short.get(definition.name) ?? [];
        list.push(`${library}.${definition.name}`);
        this.short.set(definition.name, list);
      }
    }
  }

  // The full name, or undefined when no definition or several have this one.
  resolve(name: string): string | undefined {
    if (this.types.has(name)) return name;
    const list = this.short.get(name);
    return list?.length === 1 ? list[0] : undefined;
  }

  type(full: string): string {
    return this.types.get(full) ?? "";
  }
}

export interface Parts {
  head: Entry;
  facts: Entry[];
  unreadable: Entry[];
  recommendations: Located[];
  stops: Entry[];
}

export class GuidelineReader {
  constructor(
    private readonly sources: Sources,
    private readonly problems: Problems,
    private readonly definitions: Definitions,
    private readonly evidence: Set<string>,
    private readonly optionIds: Set<string>,
  ) {}

  read(): Parts {
    const path = join(this.sources.root, "guideline.yaml");
    const head = this.sources.yamlMap(path);
    if (!head) {
      this.problems.add("guideline/guideline.yaml", 1, "missing or unreadable");
      return { head: {}, facts: [], unreadable: [], recommendations: [], stops: [] };
    }
    this.known({ ...head }, keys.guideline, "guideline.yaml");
    const roles = new Set(Object.keys(head.value["roles"] ?? {}));
    const categories = new Set(Object.keys(head.value["categories"] ?? {}));
    const headline = ((head.value["headline"] ?? []) as Entry[]).map((entry) => ({
      when: this.define(head, String(entry["when"]), true, "headline"),
      text: this.template(head, String(entry["text"] ?? ""), "headline"),
    }));
    const kidney = head.value["kidney"] as Entry | undefined;
    const out: Parts = {
      head: {
        ...head.value,
        headline,
        ...(kidney
          ? {
              kidney: {
                clearance: this.define(head, String(kidney["clearance"]), false, "kidney"),
                haemodialysis: this.define(head, String(kidney["haemodialysis"]), true, "kidney"),
              },
            }
          : {}),
      },
      facts: [],
      unreadable: [],
      recommendations: [],
      stops: [],
    };
    const facts = new Set<string>();
    for (const file of this.sources.files("facts", ".yaml")) {
      for (const entry of this.sources.yamlList(file)) {
        if (file.endsWith("unreadable.yaml")) {
          this.known(entry, keys.unreadable, "unreadable fact");
          out.unreadable.push({ ...entry.value, define: this.define(entry, String(entry.value["define"]), false, "unreadable") });
          continue;
        }
        this.known(entry, keys.fact, "fact");
        this.once(entry, facts, "fact");
        if (entry.value["owner"] !== undefined) this.one(entry, "owner", roles);
        out.facts.push({ ...entry.value, define: this.define(entry, String(entry.value["define"]), false, `fact ${entry.value["id"]}`) });
      }
    }
    const stopIds = new Set<string>();
    for (const file of this.sources.files("stops", ".yaml")) {
      for (const entry of this.sources.yamlList(file)) out.stops.push(this.stop(entry, stopIds));
    }
    const ids = new Set<string>();
    for (const file of this.sources.files("recommendations", ".yaml")) {
      for (const entry of this.sources.yamlList(file)) {
        out.recommendations.push({ ...entry, value: this.recommendation(entry, ids, roles, categories, facts) });
      }
    }
    for (const entry of out.recommendations) {
      for (const key of ["replaces", "conflicts"]) {
        for (const other of (entry.value[key] ?? []) as string[]) {
          if (!ids.has(other)) this.add(entry, `${entry.value["id"]}: ${key} names no recommendation '${other}'`);
        }
      }
    }
    return out;
  }

  private recommendation(entry: Located, ids: Set<string>, roles: Set<string>, categories: Set<string>, facts: Set<string>): Entry {
    const value = entry.value;
    const id = String(value["id"]);
    this.known(entry, keys.recommendation, id);
    this.once(entry, ids, "recommendation");
    for (const key of ["title", "do", "reason"]) {
      if (typeof value[key] !== "string" || value[key] === "") this.add(entry, `${id}: '${key}' is missing`);
    }
    this.one(entry, "stage", new Set(stages));
    this.one(entry, "group", new Set(groups));
    this.one(entry, "action", new Set(actions));
    this.one(entry, "strength", new Set(strengths));
    this.one(entry, "certainty", new Set(certainties));
    this.one(entry, "owner", roles);
    this.one(entry, "category", categories);
    for (const fact of (value["because"] ?? []) as string[]) {
      if (!facts.has(fact)) this.add(entry, `${id}: because names no fact '${fact}'`);
    }
    this.citations(entry, id);
    const priority = value["priority"];
    if (!Number.isInteger(priority) || priority < 0 || priority > 14) this.add(entry, `${id}: priority is a whole number 0 to 14`);
    for (const option of (value["options"]?.option ?? []) as string[]) {
      if (!this.optionIds.has(option)) this.add(entry, `${id}: no option '${option}' in tables/regimens.csv`);
    }
    const within = value["due"]?.within;
    if (within !== undefined && !/^\d+ (min|h|d|wk)$/.test(String(within))) this.add(entry, `${id}: due.within '${within}' is not like '30 min', '4 h', '7 d', '2 wk'`);
    const due = value["due"]?.from ? { ...value["due"], from: this.define(entry, String(value["due"].from), false, id) } : value["due"];
    return {
      ...value,
      when: this.define(entry, String(value["when"]), true, id),
      unless: ((value["unless"] ?? []) as string[]).map((name) => this.define(entry, name, true, id)),
      do: this.template(entry, String(value["do"] ?? ""), id),
      ...(due ? { due } : {}),
    };
  }

  private stop(entry: Located, ids: Set<string>): Entry {
    const id = String(entry.value["id"]);
    this.known(entry, keys.stop, id);
    this.once(entry, ids, "stop");
    this.citations(entry, id);
    if (((entry.value["remove"]?.atc ?? []) as string[]).length === 0) this.add(entry, `${id}: remove.atc names no drug`);
    return { ...entry.value, when: this.define(entry, String(entry.value["when"]), true, id) };
  }

  private citations(entry: Located, id: string): void {
    const list = (entry.value["evidence"] ?? []) as string[];
    if (list.length === 0) this.add(entry, `${id}: no evidence`);
    for (const key of list) if (!this.evidence.has(key)) this.add(entry, `${id}: unknown evidence id '${key}'`);
  }

  private define(entry: Located, name: string, boolean: boolean, where: string): string {
    const full = this.definitions.resolve(name);
    if (full === undefined) {
      this.add(entry, `${where}: no definition is named '${name}'`);
      return name;
    }
    const type = this.definitions.type(full);
    if (boolean && type !== "Boolean") this.add(entry, `${where}: '${full}' is ${type || "of no simple type"}, not Boolean`);
    return full;
  }

  private template(entry: Located, text: string, where: string): string {
    return text.replace(/\{([^}]*)\}/g, (_, name: string) => `{${this.define(entry, name, false, where)}}`);
  }

  private known(entry: Located, list: string[], where: string): void {
    for (const key of Object.keys(entry.value)) if (!list.includes(key)) this.add(entry, `${where}: unknown key '${key}'`);
  }

  private one(entry: Located, key: string, allowed: Set<string>): void {
    const value = entry.value[key];
    if (!allowed.has(String(value))) this.add(entry, `${entry.value["id"]}: ${key} '${String(value)}' is none of the known ones`);
  }

  private once(entry: Located, ids: Set<string>, what: string): void {
    const id = String(entry.value["id"] ?? "");
    if (id === "") this.add(entry, `a ${what} without an id`);
    if (ids.has(id)) this.add(entry, `${what} '${id}' stands twice`);
    ids.add(id);
  }

  private add(entry: Located, message: string): void {
    this.problems.add(entry.file, entry.line, message);
  }
}
