// SPDX-License-Identifier: Apache-2.0
// recommendations/*.yaml, each checked against definitions, facts, evidence and tables.
import { Checks, type Context } from "./context.js";
import { emptyHead, type Head } from "./head.js";
import type { Entry } from "./sources.js";
import type { Tables } from "./tables.js";
import { systemUrl } from "./terminology.js";
import { filled, list, map, mark, may, must, near, oneOf, pattern, text, whole } from "./yaml_reader.js";

const stages = ["suspicion", "work-up", "start", "empirical", "targeted", "duration", "oral-switch", "surgery", "brace", "team", "response", "follow-up", "prevention", "safety"];
const groups = ["now", "next", "watch", "avoid"];
const actions = ["test", "imaging", "procedure", "medication", "consult", "monitor", "instruct", "restrict"];
const strengths = ["strong", "weak", "consensus", "proposal"];
const certainties = ["high", "moderate", "low", "very-low"];

export interface Recommendation {
  id: string;
  when: string;
  unless: string[];
  evidence: string[];
  replaces?: string[];
  conflicts?: string[];
  [other: string]: unknown;
}

export type Recommendations = Entry<Recommendation>[];

export function readRecommendations(context: Context, head: Head, facts: ReadonlySet<string>, tables: Tables): { list: Recommendations; ids: Set<string> } {
  const { sources, problems } = context;
  const check = new Checks(context);
  const fixed = pattern(/^[^{}]+$/, "words without {values}, which only 'do' fills in");
  const shape = map({
    id: must(pattern(/^[A-Z]+-\d+$/, "WUP-1")),
    title: must(filled),
    stage: must(oneOf(stages)),
    category: must(mark),
    group: must(oneOf(groups)),
    action: must(oneOf(actions)),
    when: must(mark),
    unless: may(list(mark)),
    because: may(list(mark)),
    do: must(mark),
    reason: must(fixed),
    not_advised: may(fixed),
    no_option: may(fixed),
    owner: must(mark),
    due: may(map({ within: may(pattern(/^\d+ (min|h|d|wk)$/, "30 min, 4 h, 7 d, 2 wk")), text: may(text), from: may(mark) })),
    options: may(map({ organism_group: may(list(mark)), option: may(list(mark)), phase: may(list(mark)) })),
    evidence: may(list(mark)),
    strength: must(oneOf(strengths)),
    certainty: must(oneOf(certainties)),
    priority: must(whole(0, 14)),
    replaces: may(list(mark)),
    conflicts: may(list(mark)),
    code: may(map({ system: must(filled), code: must(filled), display: may(text) })),
  });
  const roles = new Set(Object.keys(head.roles));
  const categories = new Set(Object.keys(head.categories));
  const ids = new Map<string, string>();
  const entries = sources.entries(sources.files("recommendations", ".yaml"), shape, ids, "recommendation");
  const known = new Set(ids.keys());
  const read = entries.map((entry) => {
    const { value, file, id } = entry;
    if (head !== emptyHead) {
      check.names([value.category], categories, "category", entry);
      check.names([value.owner], roles, "role", entry);
    }
    const others = (key: "replaces" | "conflicts") => {
      const list = value[key];
      for (const other of list ?? []) if (other.text === id) problems.add(file, other.line, `${id}: ${key} itself`);
      return list && { [key]: check.names(list, known, "recommendation", entry) };
    };
    const { options, due, code } = value;
    if (options) {
      const filter = {
        organism_group: check.names(options.organism_group ?? [], tables.words.organism_group, "organism_group in tables/regimens.csv:", entry),
        option: check.names(options.option ?? [], tables.optionIds, "option", entry),
        phase: check.names(options.phase ?? [], tables.words.phase, "phase in tables/regimens.csv:", entry),
      };
      const wanted = (words: string[], word: unknown) => words.length === 0 || words.includes(String(word));
      const offered = tables.regimens.filter(
        (row) => row.when !== undefined && wanted(filter.organism_group, row.organism_group) && wanted(filter.option, row.option_id) && wanted(filter.phase, row.phase),
      );
      if (offered.length === 0) problems.add(file, entry.line, `${id}: options match no row that tables/regimen_conditions.csv offers`);
    }
    const system = code && systemUrl(code.system);
    if (code && system === undefined) problems.add(file, entry.line, `${id}: unknown code system '${code.system}'`);
    const plain = (words: readonly { text: string }[] | undefined) => words?.map((word) => word.text);
    const recommendation: Recommendation = {
      ...value,
      category: value.category.text,
      owner: value.owner.text,
      when: check.boolean(value.when, entry),
      unless: (value.unless ?? []).map((name) => check.boolean(name, entry)),
      because: check.names(value.because ?? [], facts, "fact", entry),
      do: check.template(value.do, entry),
      ...(due ? { due: { ...due, from: due.from && check.define(due.from, entry) } } : {}),
      ...(options ? { options: { organism_group: plain(options.organism_group), option: plain(options.option), phase: plain(options.phase) } } : {}),
      ...others("replaces"),
      ...others("conflicts"),
      ...(code ? { code: { ...code, system } } : {}),
      evidence: check.evidence(value.evidence, entry),
    } as Recommendation;
    return { ...entry, value: recommendation };
  });
  return { list: read, ids: known };
}

export const noRecommendation = (id: string, known: ReadonlySet<string>): string => `'${id}' is no recommendation${near(id, known)}`;
