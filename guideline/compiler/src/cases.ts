// SPDX-License-Identifier: Apache-2.0
// Worked patients: cases/*.yaml -> a FHIR Bundle and what must come out.
import { basename } from "node:path";
import { isMap, isSeq } from "yaml";
import { CaseBuilder, withoutGaps, type Resource } from "./case_builder.js";
import { readFact } from "./case_facts.js";
import { Names } from "./names.js";
import type { Sources } from "./sources.js";
import type { ValueSet } from "./terminology.js";
import { anything, dictionary, filled, flag, list, map, mark, may, moment, must, oneOf, pattern, peek, type Mark, type Place, type Read, type Reader } from "./yaml_reader.js";

// Text of a value; null is "null". What stands in quotes is meant as it stands, with the blanks at its ends, and may be empty.
const written: Reader<Mark> = (node: any, at, key) => {
  if (node?.value === null) return { text: "null", line: at.line(node) };
  const quoted = node?.type === "QUOTE_DOUBLE" || node?.type === "QUOTE_SINGLE";
  return quoted ? { text: node.value, line: at.line(node) } : mark(node, at, key);
};

const expectShape = map({
  advised: may(list(mark)),
  undecided: may(list(mark)),
  never: may(list(mark)),
  options: may(dictionary(map({ first: may(mark), offered: may(list(mark)), never: may(list(mark)) }))),
  categories: may(map({ advised: may(list(mark)), never: may(list(mark)) })),
  avoid_drugs: may(list(filled)),
  cautions: may(dictionary(list(filled))),
  removed: may(dictionary(list(filled))),
  // Words that the sentence of an advice holds, and words that it must not hold.
  says: may(dictionary(list(filled))),
  unsaid: may(dictionary(list(filled))),
  definitions: may(dictionary(written)),
  // What `nidus screen` says of the person: the id of a tier, "no" or "undecided".
  screen: may(mark),
});
const name = pattern(/^[a-z0-9]+(-[a-z0-9]+)*$/, "nvo-mssa-blood");
const instant = pattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/, "2025-03-04T10:00:00+01:00");
const shape = map({
  id: must(name),
  title: must(filled),
  story: may(filled),
  as_of: may(instant),
  patient: must(map({ born: may(moment), sex: may(oneOf(["male", "female", "other", "unknown"])), died: may(moment) })),
  facts: may(anything),
  resources: may(list(anything)),
  derives: may(flag),
  expect: may(expectShape),
  // Several looks at one record, in place of as_of and expect.
  moments: may(list(map({ id: must(name), as_of: must(instant), expect: must(expectShape) }))),
});

export interface Case {
  id: string;
  title: string;
  story: string;
  asOf: string;
  bundle: { resourceType: "Bundle"; type: "collection"; entry: { resource: Resource }[] };
  // Expectations rest on facts that the command derives; the second engine derives none.
  derives: boolean;
  expect: Read<typeof expectShape>;
  file: string;
}

export function readCases(sources: Sources, sets: readonly ValueSet[]): Case[] {
  const names = new Names(sets);
  const ids = new Map<string, string>();
  return sources.files("cases", ".yaml").flatMap((path) => {
    const loaded = sources.yaml(path);
    if (!loaded) return [];
    const id = peek(loaded.root, "id") ?? "";
    const at = loaded.at.named(id);
    if (id !== "" && !ids.has(id) && id !== basename(path, ".yaml")) at.bad(loaded.root, `the file must be named ${id}.yaml`);
    const read = readCase(loaded.root, at, names);
    for (const one of [id, ...read.map((moment) => moment.id).filter((moment) => moment !== id)]) {
      const first = ids.get(one);
      if (first !== undefined) at.bad(loaded.root, `this case stands twice, first in ${first}`);
      else ids.set(one, at.file);
    }
    return read;
  });
}

function onlyLook(node: unknown, at: Place, { as_of, expect }: Read<typeof shape>): { id: string; as_of: string; expect: Read<typeof expectShape> }[] {
  if (as_of !== undefined && expect) return [{ id: "", as_of, expect }];
  if (as_of === undefined) at.bad(node, "'as_of' is missing");
  if (!expect) at.bad(node, "'expect' is missing");
  return [];
}

// One case for each moment at which the record is looked at.
function readCase(node: unknown, at: Place, names: Names): Case[] {
  const value = shape(node, at, "");
  const build = new CaseBuilder(names, at);
  build.put({
    resourceType: "Patient",
    id: "p1",
    gender: value?.patient.sex,
    birthDate: value?.patient.born,
    deceasedDateTime: value?.patient.died,
  });
  const facts = isMap(node) ? node.get("facts", true) : undefined;
  if (isSeq(facts)) for (const fact of facts.items) readFact(fact, build);
  else if (facts !== undefined) at.bad(facts, "'facts' must be a list");
  for (const resource of (value?.resources ?? []) as Resource[]) {
    if (typeof resource?.resourceType !== "string") at.problems.add(at.file, 1, `${at.label}: a resource without resourceType`);
    else if (resource.id === undefined) build.add(resource.resourceType, resource);
    else build.put(resource);
  }
  if (!value) return [];
  if (value.moments && (value.as_of !== undefined || value.expect)) at.bad(node, "'moments' stands in place of 'as_of' and 'expect'");
  const looks = value.moments ?? onlyLook(node, at, value);
  const bundle = { resourceType: "Bundle" as const, type: "collection" as const, entry: build.resources.map((resource) => ({ resource })) };
  return looks.map((look) => ({
    id: look.id ? `${value.id}-${look.id}` : value.id,
    title: look.id ? `${value.title}: ${look.id}` : value.title,
    story: value.story ?? "",
    asOf: look.as_of,
    bundle,
    derives: value.derives ?? false,
    expect: look.expect,
    file: at.file,
  }));
}

// What the tests of a case read: plain words, every list present.
export function plainExpect({ expect }: Case) {
  const plain = (marks: readonly Mark[] | undefined) => (marks ?? []).map(({ text }) => text);
  return {
    advised: plain(expect.advised),
    undecided: plain(expect.undecided),
    never: plain(expect.never),
    options: Object.fromEntries(
      Object.entries(expect.options ?? {}).map(([id, wanted]) => [
        id,
        withoutGaps({ first: wanted.first?.text, offered: wanted.offered && plain(wanted.offered), never: wanted.never && plain(wanted.never) }),
      ]),
    ) as Record<string, { first?: string; offered?: string[]; never?: string[] }>,
    categories: { advised: plain(expect.categories?.advised), never: plain(expect.categories?.never) },
    avoid_drugs: expect.avoid_drugs ?? [],
    cautions: expect.cautions ?? {},
    removed: expect.removed ?? {},
    says: expect.says ?? {},
    unsaid: expect.unsaid ?? {},
    definitions: Object.fromEntries(Object.entries(expect.definitions ?? {}).map(([name, value]) => [name, value.text])),
    ...(expect.screen && { screen: expect.screen.text }),
  };
}
