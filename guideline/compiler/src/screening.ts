// SPDX-License-Identifier: Apache-2.0
// screening.yaml: whom `nidus screen` shows among many people, and in which order.
import { join } from "node:path";
import { Checks, type Context } from "./context.js";
import { type Case } from "./cases.js";
import { filled, list, map, mark, may, must } from "./yaml_reader.js";

export interface Screening {
  flag: string;
  score?: string;
  notes: string[];
  facts: string[];
  tiers: { id: string; title: string; when: string; evidence: string[] }[];
}

const shape = map({
  flag: must(mark),
  score: may(mark),
  notes: may(list(filled)),
  facts: must(list(mark)),
  tiers: must(list(map({ id: must(mark), title: must(filled), when: must(mark), evidence: must(list(mark)) }))),
});

// A guideline without this file screens nobody.
export function readScreening(context: Context, facts: ReadonlySet<string>): Screening | undefined {
  const { sources, problems } = context;
  const loaded = sources.yaml(join(sources.root, "screening.yaml"));
  const read = loaded && shape(loaded.root, loaded.at, "");
  if (!loaded || !read) return undefined;
  const check = new Checks(context);
  const where = { file: loaded.at.file, id: "screening" };
  const ids = new Set<string>();
  for (const { id } of read.tiers) {
    if (ids.has(id.text)) problems.add(where.file, id.line, `tier '${id.text}' stands twice`);
    ids.add(id.text);
  }
  return {
    flag: check.boolean(read.flag, where),
    score: read.score && check.define(read.score, where),
    notes: read.notes ?? [],
    facts: check.names(read.facts, facts, "fact", where),
    tiers: read.tiers.map((tier) => ({
      id: tier.id.text,
      title: tier.title,
      when: check.boolean(tier.when, where),
      evidence: check.evidence(tier.evidence, { ...where, line: tier.id.line }),
    })),
  };
}

// `screen` of a case as expectations of the definitions it stands for: the flag, and the condition of the tier.
export function expandScreens(context: Context, screening: Screening | undefined, cases: readonly Case[]): void {
  for (const one of cases) {
    const wanted = one.expect.screen;
    if (!wanted) continue;
    const tier = screening?.tiers.find(({ id }) => id === wanted.text);
    if (!screening || (!tier && wanted.text !== "no" && wanted.text !== "undecided")) {
      context.problems.add(one.file, wanted.line, `${one.id}: '${wanted.text}' is no tier of screening.yaml, nor 'no', nor 'undecided'`);
      continue;
    }
    const flag = tier ? "true" : wanted.text === "no" ? "false" : "null";
    one.expect.definitions = {
      ...one.expect.definitions,
      [screening.flag]: { text: flag, line: wanted.line },
      ...(tier ? { [tier.when]: { text: "true", line: wanted.line } } : {}),
    };
  }
}
