// SPDX-License-Identifier: Apache-2.0
// Rows of data as CQL, for libraries that are made when the guideline is compiled.
import type { Sources } from "./sources.js";

export const literal = (word: string) => `'${word.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

// A name of a definition.
export const quoted = (name: string) => `"${name.replace(/"/g, '\\"')}"`;

// As one text, split: ELM writes a list of texts with ninety bytes about each of them.
export const [rowMark, cellMark] = ["#", "~"];

export function table(rows: readonly string[][], sources: Sources): string {
  for (const cell of rows.flat()) {
    if (cell.includes(rowMark) || cell.includes(cellMark)) sources.problems.add("guideline/tables", 1, `'${cell}' holds ${rowMark} or ${cellMark}`);
  }
  const lines = `Split(${literal(rows.map((row) => row.join(cellMark)).join(rowMark))}, '${rowMark}')`;
  return `(${rows.length > 0 ? lines : "List<System.String>{}"})`;
}
