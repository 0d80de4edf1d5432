// SPDX-License-Identifier: Apache-2.0
// facts/*.yaml: what a definition means to a person; and facts/unreadable.yaml: what could not be read.
import { basename } from "node:path";
import { Checks, type Context } from "./context.js";
import { emptyHead, type Head } from "./head.js";
import { filled, list, map, mark, may, must, oneOf, scalar, text } from "./yaml_reader.js";

export interface Fact {
  id: string;
  define: string;
  label: string;
  unit?: string;
  learn?: string;
  owner?: string;
  alternatives?: unknown[];
}

export interface Facts {
  facts: Fact[];
  unreadable: { define: string; what: string }[];
  ids: Set<string>;
}

// A value tried in place of the real one; null is written as null.
const alternative = (node: any, at: any, key: string): unknown =>
  node?.value === null ? { none: true } : scalar(node, at, key);

const unreadable = map({ define: must(mark), what: must(filled) });

export function readFacts(context: Context, head: Head): Facts {
  const { sources, problems } = context;
  const check = new Checks(context);
  const fact = map({
    id: must(filled),
    define: must(mark),
    label: must(filled),
    unit: may(text),
    learn: may(text),
    owner: may(head === emptyHead ? text : oneOf(Object.keys(head.roles))),
    alternatives: may(list(alternative)),
  });
  const isUnreadable = (path: string) => basename(path) === "unreadable.yaml";
  const paths = sources.files("facts", ".yaml");
  const ids = new Map<string, string>();
  const byDefine = new Map<string, string>();
  const facts = sources.entries(paths.filter((path) => !isUnreadable(path)), fact, ids, "fact").map((entry) => {
    const { value } = entry;
    const define = check.define(value.define, entry);
    const other = byDefine.get(define);
    if (other !== undefined) problems.add(entry.file, value.define.line, `${entry.id}: fact '${other}' shows '${define}' already`);
    byDefine.set(define, entry.id);
    const alternatives = value.alternatives?.map((one) => (typeof one === "object" ? null : one));
    return { ...value, define, ...(alternatives ? { alternatives } : {}) };
  });
  return {
    facts,
    unreadable: sources
      .entries(paths.filter(isUnreadable), unreadable, new Map(), "entry", "define")
      .map((entry) => ({ define: check.define(entry.value.define, { file: entry.file, id: "unreadable" }), what: entry.value.what })),
    ids: new Set(ids.keys()),
  };
}
