// SPDX-License-Identifier: Apache-2.0
// The files of guideline/: where they are, YAML by node, CSV by row.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { isSeq } from "yaml";
import type { Problems } from "./problems.js";
import { load, peek, type Loaded, type Place, type Reader } from "./yaml_reader.js";

export interface Row {
  file: string;
  line: number;
  cells: Record<string, string>;
}

export interface Entry<T> {
  file: string;
  line: number;
  id: string;
  value: T;
}

export class Sources {
  constructor(
    readonly root: string,
    readonly problems: Problems,
  ) {}

  // As shown in messages.
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

  yaml(path: string): Loaded | undefined {
    return existsSync(path) ? load(readFileSync(path, "utf8"), this.name(path), this.problems) : undefined;
  }

  // Entries of all list files of a folder. `ids` receives every name, even of an entry that does not fit,
  // so that one mistake does not drag others behind it.
  entries<T>(paths: string[], reader: Reader<T>, ids: Map<string, string>, what: string, idKey = "id"): Entry<T>[] {
    const out: Entry<T>[] = [];
    for (const path of paths) {
      const loaded = this.yaml(path);
      if (!loaded || loaded.root === null) continue;
      if (!isSeq(loaded.root)) {
        loaded.at.bad(loaded.root, "a list of entries was expected");
        continue;
      }
      for (const node of loaded.root.items) {
        const id = peek(node, idKey) ?? "";
        const place: Place = loaded.at.named(id);
        if (id !== "" && ids.has(id)) place.bad(node, `this ${what} stands twice, first in ${ids.get(id)}`);
        else if (id !== "") ids.set(id, `${loaded.at.file}:${place.line(node)}`);
        const value = reader(node, place, "");
        if (value !== undefined) out.push({ file: loaded.at.file, line: place.line(node), id, value });
      }
    }
    return out;
  }

  csv(path: string): Row[] {
    const file = this.name(path);
    if (!existsSync(path)) return [];
    let records: { record: string[]; info: { lines: number } }[];
    try {
      records = parseCsv(readFileSync(path, "utf8"), { info: true, bom: true, relax_column_count: true }) as unknown as typeof records;
    } catch (error) {
      this.problems.add(file, (error as { lines?: number }).lines ?? 1, (error as Error).message);
      return [];
    }
    const [head, ...rows] = records;
    if (head === undefined) {
      this.problems.add(file, 1, "a table without a heading");
      return [];
    }
    const out: Row[] = [];
    for (const { record, info } of rows) {
      if (record.length !== head.record.length) {
        this.problems.add(file, info.lines, `${record.length} columns instead of ${head.record.length}`);
        continue;
      }
      out.push({ file, line: info.lines, cells: Object.fromEntries(head.record.map((name, i) => [name, record[i]!.trim()])) });
    }
    return out;
  }
}
