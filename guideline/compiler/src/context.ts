// SPDX-License-Identifier: Apache-2.0
// What every reader of the guideline's parts is given.
import type { Definitions } from "./definitions.js";
import { unknownRule, type EvidenceBase } from "./evidence.js";
import type { Problems } from "./problems.js";
import type { Entry, Sources } from "./sources.js";
import { near, type Mark } from "./yaml_reader.js";

export interface Context {
  sources: Sources;
  problems: Problems;
  definitions: Definitions;
  evidence: EvidenceBase;
}

type Where = Pick<Entry<unknown>, "file" | "id">;

export class Checks {
  constructor(private readonly context: Context) {}

  define(name: Mark, { file, id }: Where): string {
    return this.context.definitions.resolve(name, file, id, this.context.problems) ?? name.text;
  }

  boolean(name: Mark, { file, id }: Where): string {
    return this.context.definitions.boolean(name, file, id, this.context.problems) ?? name.text;
  }

  template(words: Mark, { file, id }: Where): string {
    return this.context.definitions.template(words, file, id, this.context.problems);
  }

  // Ids that must be among `known`, as plain words.
  names(list: readonly Mark[], known: ReadonlySet<string>, what: string, { file, id }: Where): string[] {
    for (const { text, line } of list) {
      if (!known.has(text)) this.context.problems.add(file, line, `${id}: no ${what} '${text}'${near(text, known)}`);
    }
    return list.map(({ text }) => text);
  }

  evidence(list: readonly Mark[] | undefined, { file, id, line }: Where & { line: number }): string[] {
    if (list === undefined || list.length === 0) this.context.problems.add(file, line, `${id}: no evidence`);
    for (const { text, line: at } of list ?? []) {
      const why = unknownRule(text, this.context.evidence);
      if (why !== undefined) this.context.problems.add(file, at, `${id}: ${why}`);
    }
    return (list ?? []).map(({ text }) => text);
  }
}
