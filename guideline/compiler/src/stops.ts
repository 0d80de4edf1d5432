// SPDX-License-Identifier: Apache-2.0
// stops/*.yaml: when which drugs must not be offered, or only with a caution.
import { Checks, type Context } from "./context.js";
import { filled, flag, list, map, mark, may, must, pattern } from "./yaml_reader.js";

export interface Stop {
  id: string;
  title: string;
  when: string;
  remove: { atc: string[]; except: string[]; agents?: string }; // agents: definition, a list of ATC codes of this person; an option of nothing else is removed, one with any of them warned on
  caution: boolean; // warns on the options it hits, and removes none
  behind?: true; // a caution: what it hits stands behind what it does not
  text: string;
  evidence: string[];
}

export const atcPattern = /^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$/;
export const atcPrefix = pattern(atcPattern, "J01C or J01CR02");

const drugs = { atc: may(list(atcPrefix)), except: may(list(atcPrefix)), agents: may(mark) };
const stop = map({
  id: must(filled),
  title: must(filled),
  when: must(mark),
  remove: may(map(drugs)),
  caution: may(map({ ...drugs, behind: may(flag) })),
  text: must(mark),
  evidence: may(list(mark)),
});

export function readStops(context: Context): Stop[] {
  const check = new Checks(context);
  return context.sources.entries(context.sources.files("stops", ".yaml"), stop, new Map(), "stop").map((entry) => {
    const { value } = entry;
    const { remove, caution } = value;
    const hit = remove ?? caution ?? {};
    const atc = hit.atc ?? [];
    if ((remove === undefined) === (caution === undefined)) context.problems.add(entry.file, entry.line, `${entry.id}: either 'remove' or 'caution' is needed`);
    else if (atc.length === 0 && hit.agents === undefined) context.problems.add(entry.file, entry.line, `${entry.id}: ${remove ? "remove" : "caution"}.atc names no drug`);
    return {
      id: value.id,
      title: value.title,
      text: check.template(value.text, entry),
      when: check.boolean(value.when, entry),
      remove: { atc, except: hit.except ?? [], ...(hit.agents ? { agents: check.define(hit.agents, entry) } : {}) },
      caution: caution !== undefined,
      ...(caution?.behind ? { behind: true as const } : {}),
      evidence: check.evidence(value.evidence, entry),
    };
  });
}
