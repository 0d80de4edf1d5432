// SPDX-License-Identifier: Apache-2.0
// Reading guideline/: YAML with line numbers, CSV with row numbers.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Problems } from "./problems.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Entry = Record<string, any>;

export interface Located {
  file: string;
  line: number;
  value: Entry;
}

export class Sources {
  constructor(
    readonly root: string,
    readonly problems: Problems,
  ) {}

  name(path: string): string {
    return relative(join(this.root, ".."), path);
  }

  files(folder: string, ending: string): string[] {
    const path = join(this.root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => join(path, name));
  }

  // A YAML file that is a list of maps, each with the line it begins on.
  yamlList(path: string): Located[] {
    const parsed = this.yaml(path);
    if (!parsed) return [];
    const { document, counter, file } = parsed;
    if (document.contents === null) return [];
    if (!isSeq(document.contents)) {
      this.problems.add(file, 1, "a list of entries was expected");
      return [];
    }
    const out: Located[] = [];
    for (const item of document.contents.items) {
      const offset = (item as { range?: [number, number, number] }).range?.[0] ?? 0;
      const line = counter.linePos(offset).line;
      if (!isMap(item)) {
        this.problems.add(file, line, "an entry with keys was expected");
        continue;
      }
      out.push({ file, line, value: item.toJSON() as Entry });
    }
    return out;
  }

  yamlMap(path: string): Located | undefined {
    const parsed = this.yaml(path);
    if (!parsed) return undefined;
    if (!isMap(parsed.document.contents)) {
      this.problems.add(parsed.file, 1, "keys and values were expected");
      return undefined;
    }
    return { file: parsed.file, line: 1, value: parsed.document.toJSON() as Entry };
  }

  // Line of a top-level key of a map file, for messages.
  lineOfKey(path: string, key: string): number {
    const parsed = this.yaml(path);
    if (!parsed || !isMap(parsed.document.contents)) return 1;
    for (const pair of parsed.document.contents.items) {
      if (isScalar(pair.key) && pair.key.value === key) {
        return parsed.counter.linePos(pair.key.range?.[0] ?? 0).line;
      }
    }
    return 1;
  }

  private yaml(path: string) {
    const file = this.name(path);
    if (!existsSync(path)) return undefined;
    const counter = new LineCounter();
    const document = parseDocument(readFileSync(path, "utf8"), {
      lineCounter: counter,
      // Dates stay the text they were written as.
      schema: "core",
    });
    for (const error of document.errors) {
      this.problems.add(file, counter.linePos(error.pos[0]).line, error.message.split("\n")[0] ?? "bad YAML");
    }
    return document.errors.length > 0 ? undefined : { document, counter, file };
  }

  csv(path: string): Located[] {
    const file = this.name(path);
    if (!existsSync(path)) return [];
    try {
      const rows = parseCsv(readFileSync(path, "utf8"), { columns: true, info: true, bom: true }) as {
        record: Entry;
        info: { lines: number };
      }[];
      return rows.map((row) => ({ file, line: row.info.lines, value: row.record }));
    } catch (error) {
      const lines = (error as { lines?: number }).lines ?? 1;
      this.problems.add(file, lines, (error as Error).message);
      return [];
    }
  }
}
