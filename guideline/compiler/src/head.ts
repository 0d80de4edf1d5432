// SPDX-License-Identifier: Apache-2.0
// guideline.yaml: who acts, what kinds of advice exist, how a plan opens.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Checks, type Context } from "./context.js";
import { atcPrefix } from "./stops.js";
import type { Code, ValueSet } from "./terminology.js";
import { dictionary, filled, list, map, mark, may, must, whole, type Mark } from "./yaml_reader.js";

const shape = map({
  id: must(filled),
  version: must(filled),
  title: must(filled),
  libraries: must(list(mark)),
  roles: must(dictionary(filled)),
  categories: must(dictionary(filled)),
  headline: must(list(map({ when: must(mark), text: must(mark) }))),
  kidney: may(map({ clearance: must(mark), clearance_least: may(mark), clearance_most: may(mark), haemodialysis: must(mark), continuous: may(mark), other_dialysis: may(mark) })),
  interactions: may(map({ taken: must(mark) })),
  increased_exposure: may(mark),
  options_shown: may(whole(1, 99)),
  barred: may(map({ mark: must(filled), no_option: must(filled), none_sure: may(filled), classes: may(dictionary(list(atcPrefix))) })),
  local: may(map({ resistance: must(mark), formulary: must(mark) })),
  priorities: may(list(filled)),
  reading: may(map({ words: must(filled), parts: may(filled), rows: must(list(mark)), answers: must(mark), entries: may(list(mark)), types: must(list(filled)) })),
});

export interface Head {
  id: string;
  version: string;
  title: string;
  libraries: string[];
  roles: Record<string, string>;
  categories: Record<string, string>;
  headline: { when: string; text: string }[];
  // clearance_least, clearance_most: what bounds a clearance that is not known; other_dialysis: the words of a kind the dose table has no column for
  kidney?: { clearance: string; clearance_least?: string; clearance_most?: string; haemodialysis: string; continuous?: string; other_dialysis?: string };
  interactions?: { taken: string }; // what is taken: tuples {atc, name, route}
  increased_exposure?: string; // ATC codes of what an accepted isolate is in category I for
  options_shown?: number; // of what is offered, in the short forms of a plan
  barred?: { mark: string; no_option: string; none_sure?: string; classes?: Record<string, string[]> }; // how a sentence marks a drug that a stop bars ({1}: why); what is said first when no option is left
  local?: { resistance: Code; formulary: Code }; // value sets whose first code marks what a hospital says of itself
  priorities?: string[]; // what wins when advice collides, by number from 0
  reading?: { words: string; parts?: string; rows: string[]; answers: string; entries?: string[]; types: string[] };
}

// Stands for a head that could not be read: its words are not held against others.
export const emptyHead: Head = { id: "", version: "", title: "", libraries: [], roles: {}, categories: {}, headline: [] };

export function readHead(context: Context, sets: readonly ValueSet[]): Head {
  const { sources, problems } = context;
  const path = join(sources.root, "guideline.yaml");
  const loaded = sources.yaml(path);
  if (!loaded) {
    if (!existsSync(path)) problems.add(sources.name(path), 1, "this file is missing");
    return emptyHead;
  }
  const head = shape(loaded.root, loaded.at, "");
  if (!head) return emptyHead;
  const check = new Checks(context);
  const where = { file: loaded.at.file, id: "" };
  for (const { text: name, line } of head.libraries) {
    if (!existsSync(join(sources.root, "cql", `${name}.cql`))) problems.add(where.file, line, `there is no cql/${name}.cql`);
  }
  const firstCode = ({ text, line }: Mark): Code => {
    const code = sets.find(({ name }) => name === text)?.codes[0];
    if (!code) problems.add(where.file, line, `there is no value set '${text}' with a code`);
    return code ?? { system: "", code: "", display: "" };
  };
  return {
    ...head,
    local: head.local && { resistance: firstCode(head.local.resistance), formulary: firstCode(head.local.formulary) },
    libraries: head.libraries.map(({ text: name }) => name),
    headline: head.headline.map((entry) => ({ when: check.boolean(entry.when, where), text: check.template(entry.text, where) })),
    kidney: head.kidney && {
      clearance: check.define(head.kidney.clearance, where),
      ...(head.kidney.clearance_least && { clearance_least: check.define(head.kidney.clearance_least, where) }),
      ...(head.kidney.clearance_most && { clearance_most: check.define(head.kidney.clearance_most, where) }),
      haemodialysis: check.boolean(head.kidney.haemodialysis, where),
      ...(head.kidney.continuous && { continuous: check.boolean(head.kidney.continuous, where) }),
      ...(head.kidney.other_dialysis && { other_dialysis: check.define(head.kidney.other_dialysis, where) }),
    },
    increased_exposure: head.increased_exposure && check.define(head.increased_exposure, where),
    interactions: head.interactions && { taken: check.define(head.interactions.taken, where) },
    reading: head.reading && {
      ...head.reading,
      rows: head.reading.rows.map((name) => check.define(name, where)),
      answers: check.define(head.reading.answers, where),
      entries: head.reading.entries?.map((name) => check.define(name, where)),
    },
  };
}
