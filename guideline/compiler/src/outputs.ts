// SPDX-License-Identifier: Apache-2.0
// What a person gets to see and the definitions below it: recommendations, stops, options, facts, the headline. With the
// worked patients whose expectations name it.
import type { Compiled } from "./compile.js";
import type { Graph } from "./graph.js";
import type { Recommendation } from "./recommendations.js";
import type { Option } from "./tables.js";

const named = (words: string): string[] => [...words.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]!);

type Many = Map<string, Set<string>>;
const put = (map: Many, key: string, value: string) => map.set(key, (map.get(key) ?? new Set()).add(value));

export class Outputs {
  private readonly tops: Many = new Map(); // definition -> what rests on it: "recommendation WUP-1", "stop STOP-1" ...
  private readonly cases: Many = new Map(); // "recommendation WUP-1" -> case ids
  private readonly definitionCases: Many = new Map(); // definition -> cases that name its value
  private readonly resting = new Map<string, ReadonlySet<string>>();
  private readonly setUsers: Many = new Map();
  private readonly options = new Set<string>();

  constructor(
    private readonly compiled: Compiled,
    private readonly graph: Graph,
  ) {
    for (const { id, value } of compiled.recommendations) this.top(`recommendation ${id}`, definitionsOf(value));
    for (const stop of compiled.stops) this.top(`stop ${stop.id}`, [stop.when, ...named(stop.text), ...(stop.remove.agents ? [stop.remove.agents] : [])]);
    for (const option of compiled.tables.regimens) {
      if (option.when === undefined || !compiled.recommendations.some(({ value }) => shows(value, option))) continue;
      this.options.add(option.option_id);
      this.top(`option ${option.option_id}`, [option.when]);
    }
    for (const fact of compiled.facts.facts) this.top(`fact ${fact.id}`, [fact.define]);
    const { head } = compiled;
    this.top("headline", head.headline.flatMap((entry) => [entry.when, ...named(entry.text)]));
    this.top("options", [...(head.interactions ? [head.interactions.taken] : []), ...(head.increased_exposure ? [head.increased_exposure] : [])]);
    this.top("dose", ["Dosing.Remarks", ...(head.kidney ? [head.kidney.clearance, head.kidney.haemodialysis, ...[head.kidney.clearance_least, head.kidney.clearance_most, head.kidney.continuous, head.kidney.other_dialysis].filter((name) => name !== undefined)] : []), "Dosing.Harms", ...inputsOf(compiled.pharmacology, "inputs")]);
    this.top("response", ["FollowUp.Response Start", "FollowUp.Response End", "FollowUp.Response Operations", ...inputsOf(compiled.pharmacology, "markers")]);
    this.top("what could not be read", compiled.facts.unreadable.map((entry) => entry.define));
    this.readCases();
    for (const definition of graph.definitions.values()) {
      for (const name of definition.valueSets) put(this.setUsers, name, definition.name);
      for (const name of definition.uses) if (name.startsWith("Terms.") && name.endsWith(" texts")) put(this.setUsers, name.slice(6, -6), definition.name);
    }
  }

  private top(name: string, definitions: readonly string[]): void {
    for (const definition of definitions) for (const below of this.graph.below(definition)) put(this.tops, below, name);
  }

  private readCases(): void {
    const { compiled } = this;
    for (const { id, expect } of compiled.cases) {
      const all = [...(expect.advised ?? []), ...(expect.undecided ?? []), ...(expect.never ?? [])].map(({ text }) => text);
      for (const name of [...all, ...Object.keys(expect.options ?? {})]) put(this.cases, `recommendation ${name}`, id);
      for (const { first, offered, never } of Object.values(expect.options ?? {})) {
        for (const option of [...(first ? [first] : []), ...(offered ?? []), ...(never ?? [])]) put(this.cases, `option ${option.text}`, id);
      }
      for (const name of Object.keys(expect.definitions ?? {})) {
        const full = compiled.definitions.find(name);
        if (full !== undefined) put(this.definitionCases, full, id);
      }
    }
    for (const { id, expect } of compiled.cases) {
      for (const stop of [...Object.values(expect.cautions ?? {}), ...Object.values(expect.removed ?? {})].flat()) put(this.cases, `stop ${stop}`, id);
    }
    for (const stop of compiled.stops) for (const id of this.definitionCases.get(stop.when) ?? []) put(this.cases, `stop ${stop.id}`, id);
  }

  shown(definition: string): boolean {
    return this.tops.has(definition);
  }

  // Recommendations, stops, options and facts that rest on a definition.
  restingOn(definition: string): ReadonlySet<string> {
    return this.tops.get(definition) ?? new Set();
  }

  // Cases that name the definition's value first, then those of what rests on it.
  casesOf(definition: string): ReadonlySet<string> {
    const known = this.resting.get(definition);
    if (known) return known;
    const out = new Set(this.definitionCases.get(definition) ?? []);
    for (const [name, ids] of this.definitionCases) if (this.graph.below(name).has(definition)) for (const id of ids) out.add(id);
    // What rests on it alone says more about it than what rests on everything.
    const tops = [...this.restingOn(definition)].sort((a, b) => Number(b.startsWith("recommendation")) - Number(a.startsWith("recommendation")));
    for (const top of tops) for (const id of this.cases.get(top) ?? []) out.add(id);
    this.resting.set(definition, out);
    return out;
  }

  recommendationCases(id: string): ReadonlySet<string> {
    return this.cases.get(`recommendation ${id}`) ?? new Set();
  }

  stopCases(id: string): ReadonlySet<string> {
    return this.cases.get(`stop ${id}`) ?? new Set();
  }

  // Cases that expect a row of interactions.csv: on an option, or in the value of a definition.
  rowCases(row: string): ReadonlySet<string> {
    const names = (text: string) => text.split(/[^A-Za-z0-9-]+/).includes(row);
    const expecting = this.compiled.cases.filter(({ expect }) =>
      [...Object.values(expect.cautions ?? {}).flat(), ...Object.values(expect.removed ?? {}).flat(), ...Object.values(expect.definitions ?? {}).map(({ text }) => text)].some(names),
    );
    return new Set(expecting.map(({ id }) => id));
  }

  optionCases(id: string): ReadonlySet<string> {
    return this.cases.get(`option ${id}`) ?? new Set();
  }

  optionShown(option: Option): boolean {
    return this.options.has(option.option_id);
  }

  // Definitions that reach the plan and use a value set by its codes or its texts.
  usersOfSet(name: string): string[] {
    return [...(this.setUsers.get(name) ?? [])].filter((definition) => this.shown(definition));
  }
}

export function definitionsOf(recommendation: Recommendation): string[] {
  const { when, unless } = recommendation;
  const due = recommendation["due"] as { from?: string } | undefined;
  return [when, ...unless, ...named(String(recommendation["do"])), ...(due?.from ? [due.from] : [])];
}

export function shows(recommendation: Recommendation, option: Option): boolean {
  const filter = recommendation["options"] as { organism_group?: string[]; option?: string[]; phase?: string[] } | undefined;
  if (!filter) return false;
  const fits = (words: string[] | undefined, word: unknown) => !words?.length || words.includes(String(word));
  return fits(filter.organism_group, option["organism_group"]) && fits(filter.option, option.option_id) && fits(filter.phase, option["phase"]);
}

function inputsOf(pharmacology: Record<string, unknown> | undefined, part: "inputs" | "markers"): string[] {
  const inputs = (pharmacology?.[part] ?? []) as { define?: string }[];
  return inputs.flatMap((one) => (one.define ? [one.define] : []));
}
