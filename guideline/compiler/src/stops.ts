// SPDX-License-Identifier: Apache-2.0
// stops/*.yaml: when which drugs must not be offered.
import { Checks, type Context } from "./context.js";
import { filled, list, map, mark, may, must, pattern } from "./yaml_reader.js";

export interface Stop {
  id: string;
  title: string;
  when: string;
  remove: { atc: string[]; except: string[] };
  text: string;
  evidence: string[];
}

export const atcPrefix = pattern(/^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$/, "J01C or J01CR02");

const stop = map({
  id: must(filled),
  title: must(filled),
  when: must(mark),
  remove: must(map({ atc: must(list(atcPrefix)), except: may(list(atcPrefix)) })),
  text: must(filled),
  evidence: may(list(mark)),
});

export function readStops(context: Context): Stop[] {
  const check = new Checks(context);
  return context.sources.entries(context.sources.files("stops", ".yaml"), stop, new Map(), "stop").map((entry) => {
    const { value } = entry;
    if (value.remove.atc.length === 0) context.problems.add(entry.file, entry.line, `${entry.id}: remove.atc names no drug`);
    return {
      ...value,
      when: check.boolean(value.when, entry),
      remove: { atc: value.remove.atc, except: value.remove.except ?? [] },
      evidence: check.evidence(value.evidence, entry),
    };
  });
}
