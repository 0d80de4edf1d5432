// SPDX-License-Identifier: Apache-2.0
// Reads YAML nodes into typed values and says, with the line, what does not fit.
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node } from "yaml";
import type { Problems } from "./problems.js";

// Where a reader stands: the file, and the entry's name for messages.
export class Place {
  constructor(
    readonly file: string,
    readonly counter: LineCounter,
    readonly problems: Problems,
    readonly label = "",
  ) {}

  named(label: string): Place {
    return new Place(this.file, this.counter, this.problems, label);
  }

  line(node: unknown): number {
    return this.counter.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  }

  bad(node: unknown, message: string): undefined {
    this.problems.add(this.file, this.line(node), this.label ? `${this.label}: ${message}` : message);
    return undefined;
  }
}

// undefined: it is of another kind, and the problem has been told. A value of the right kind that does not fit is told
// and returned all the same, so that the rest of its entry is read.
export type Reader<T> = (node: unknown, at: Place, key: string) => T | undefined;
export type Read<R> = R extends Reader<infer T> ? T : never;

// A word that names something elsewhere, with the line it stands on.
export interface Mark {
  text: string;
  line: number;
}

interface Field<T, Must extends boolean> {
  reader: Reader<T>;
  must: Must;
}
type Fields = Record<string, Field<any, boolean>>;
type MapOf<F extends Fields> = {
  [K in keyof F as F[K]["must"] extends true ? K : never]: F[K] extends Field<infer T, any> ? T : never;
} & {
  [K in keyof F as F[K]["must"] extends true ? never : K]?: F[K] extends Field<infer T, any> ? T : never;
};

export const must = <T>(reader: Reader<T>): Field<T, true> => ({ reader, must: true });
export const may = <T>(reader: Reader<T>): Field<T, false> => ({ reader, must: false });

// A scalar exactly as it is written: 0.10 stays 0.10.
export const text: Reader<string> = (node, at, key) => {
  if (!isScalar(node) || node.value === null) return at.bad(node, `'${key}' must be a text`);
  if (typeof node.value === "string") return node.value.trim();
  return node.source ?? String(node.value);
};

export const filled: Reader<string> = (node, at, key) => {
  const value = text(node, at, key);
  return value === "" ? at.bad(node, `'${key}' is empty`) : value;
};

export const mark: Reader<Mark> = (node, at, key) => {
  const value = filled(node, at, key);
  return value === undefined ? undefined : { text: value, line: at.line(node) };
};

export const flag: Reader<boolean> = (node, at, key) =>
  isScalar(node) && typeof node.value === "boolean" ? node.value : at.bad(node, `'${key}' must be true or false`);

export const whole =
  (low: number, high: number): Reader<number> =>
  (node, at, key) => {
    const value = isScalar(node) ? node.value : undefined;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;
    if (!fits) at.bad(node, `'${key}' must be a whole number from ${low} to ${high}`);
    return typeof value === "number" ? value : undefined;
  };

export const scalar: Reader<string | number | boolean> = (node, at, key) => {
  const value = isScalar(node) ? node.value : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : at.bad(node, `'${key}' must be a text, a number, true or false`);
};

export const pattern =
  (shape: RegExp, like: string): Reader<string> =>
  (node, at, key) => {
    const value = text(node, at, key);
    if (value !== undefined && !shape.test(value)) at.bad(node, `'${key}' is '${value}', not like ${like}`);
    return value;
  };

export const moment = pattern(
  /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/,
  "2025-03-04 or 2025-03-04T10:00:00+01:00",
);

export const oneOf =
  (words: readonly string[]): Reader<string> =>
  (node, at, key) => {
    const value = text(node, at, key);
    if (value !== undefined && !words.includes(value)) at.bad(node, `unknown ${key} '${value}': ${shown(words)}`);
    return value;
  };

export const anything: Reader<any> = (node) => (node as Node | null)?.toJSON() ?? null;

export const list =
  <T>(item: Reader<T>): Reader<T[]> =>
  (node, at, key) => {
    if (!isSeq(node)) return at.bad(node, `'${key}' must be a list`);
    const out = node.items.map((one) => item(one, at, key));
    return out.every((one) => one !== undefined) ? (out as T[]) : undefined;
  };

export const dictionary =
  <T>(item: Reader<T>): Reader<Record<string, T>> =>
  (node, at, key) => {
    if (!isMap(node)) return at.bad(node, `'${key}' must have keys and values`);
    const out: Record<string, T> = {};
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : "";
      const value = item(pair.value, at, name);
      if (value !== undefined) out[name] = value;
    }
    return out;
  };

export const map =
  <F extends Fields>(fields: F): Reader<MapOf<F>> =>
  (node, at, key) => {
    if (!isMap(node)) return at.bad(node, key ? `'${key}' must have keys and values` : "an entry with keys was expected");
    const out: Record<string, unknown> = {};
    let fits = true;
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : "";
      const field = fields[name];
      if (field === undefined) {
        at.bad(pair.key, `unknown key '${key ? `${key}.` : ""}${name}'${near(name, Object.keys(fields))}`);
        continue;
      }
      const value = field.reader(pair.value, at, name);
      if (value !== undefined) out[name] = value;
      else if (field.must) fits = false;
    }
    for (const [name, field] of Object.entries(fields)) {
      if (!field.must || out[name] !== undefined || node.has(name)) continue;
      at.bad(node, `'${key ? `${key}.` : ""}${name}' is missing`);
      fits = false;
    }
    return fits ? (out as MapOf<F>) : undefined;
  };

// The value of one key of a map, without judging the rest: for the entry's name in messages.
export function peek(node: unknown, key: string): string | undefined {
  const value = isMap(node) ? node.get(key, true) : undefined;
  return isScalar(value) && value.value !== null ? String(value.value) : undefined;
}

export interface Loaded {
  root: unknown;
  at: Place;
}

export function load(content: string, file: string, problems: Problems): Loaded | undefined {
  const counter = new LineCounter();
  const at = new Place(file, counter, problems);
  // The core schema leaves dates as the text they were written as.
  const document = parseDocument(content, { lineCounter: counter, schema: "core" });
  for (const error of document.errors) {
    problems.add(file, counter.linePos(error.pos[0]).line, error.message.split("\n")[0]!.replace(/ at line .*$/, ""));
  }
  return document.errors.length > 0 ? undefined : { root: document.contents, at };
}

export const shown = (words: readonly string[]): string =>
  words.length <= 16 ? `it is one of ${words.filter(Boolean).join(", ")}` : `there are ${words.length} others`;

// "; did you mean 'x'?" for a slip or two.
export function near(word: string, known: Iterable<string>): string {
  let best = "";
  let least = Math.min(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const steps = slips(word.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best === "" ? "" : `; did you mean '${best}'?`;
}

// Letters added, left out, changed, or swapped with their neighbour.
function slips(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let steps = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, before[j - 2]! + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
