// SPDX-License-Identifier: Apache-2.0
// Written by hand beside the evidence base: evidence/places.yaml, where an id is held when nothing else says so, and
// evidence/not-implemented.yaml, why an id is not.
import { join } from "node:path";
import { idsIn, type KnownIds } from "./evidence_ids.js";
import type { Sources } from "./sources.js";
import { filled, list, map, mark, must, type Mark, type Place } from "./yaml_reader.js";
import { isSeq } from "yaml";

export interface Account<T> {
  id: string;
  file: string;
  line: number;
  value: T;
}

export interface Accounts {
  places: Account<Mark[]>[];
  reasons: Account<string>[];
}

const placesShape = map({ ids: must(list(mark)), held_by: must(list(mark)) });
const reasonShape = map({ ids: must(list(mark)), reason: must(filled) });

export function readAccounts(sources: Sources, known: KnownIds): Accounts {
  const out: Accounts = { places: [], reasons: [] };
  const each = (name: string, visit: (node: unknown, at: Place) => void): void => {
    const loaded = sources.yaml(join(sources.root, "evidence", name));
    if (!loaded || loaded.root === null) return;
    if (isSeq(loaded.root)) for (const node of loaded.root.items) visit(node, loaded.at);
    else loaded.at.bad(loaded.root, "a list of entries was expected");
  };
  const expand = (ids: Mark[], at: Place): { id: string; line: number }[] =>
    ids.flatMap(({ text, line }) => {
      const written = idsIn(text);
      const whole = written.length === 1 && written[0]!.text === text ? written[0]! : { text, ids: [text], at: 0 };
      const { known: names, unknown } = known.expandAll(whole);
      for (const id of unknown) at.problems.add(at.file, line, `unknown evidence id '${id}'`);
      return names.map((id) => ({ id, line }));
    });
  each("places.yaml", (node, at) => {
    const entry = placesShape(node, at, "");
    if (entry) out.places.push(...expand(entry.ids, at).map(({ id, line }) => ({ id, line, file: at.file, value: entry.held_by })));
  });
  const seen = new Map<string, number>();
  each("not-implemented.yaml", (node, at) => {
    const entry = reasonShape(node, at, "");
    if (!entry) return;
    for (const { id, line } of expand(entry.ids, at)) {
      if (seen.has(id)) at.problems.add(at.file, line, `${id} has a reason in line ${seen.get(id)} already`);
      seen.set(id, line);
      out.reasons.push({ id, line, file: at.file, value: entry.reason });
    }
  });
  return out;
}
