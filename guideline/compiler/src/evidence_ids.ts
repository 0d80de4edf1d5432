// SPDX-License-Identifier: Apache-2.0
// Ids of the evidence base as they are written in texts: one, or a range "SUR-20..24".
const rules = "DX|ABX|NEU|STA|SUR|PRC|IMM|VTE|MDT|REH|OUT|FUP|DEF|ALM|PRV|IMC|VAC|EDU|QI|BAS|SIM|COD|OPN";
const rows = "OPT|REG|DOS|IX|BP|IR";
// "C-05" and "O-5" are too short to be told from other words unless they are written in full.
const id = `(?:PK-\\d+(?:\\.\\d+)?|(?:${rules}|${rows})-[A-Z]{0,2}\\d+[a-z]?|ABX-X[A-Z]|C-\\d\\d|O-\\d{1,2})`;
const written = new RegExp(`(?<![-\\w/.])(${id})(?:\\.\\.((?:[A-Z]+-)?[A-Z]?\\d+[a-z]?))?(?![-\\w])`, "g");

export interface Written {
  text: string;
  ids: string[]; // as written; a range has all its numbers
  at: number; // place of the first letter
}

// "SUR-20..24" or "SUR-20..SUR-24" -> SUR-20, SUR-21 ... with the digits of the first; "DX-549a..DX-549h" by letters.
function range(first: string, last: string): string[] {
  const [, stem, digits, letter] = /^(.*?)(\d+)([a-z]?)$/.exec(first)!;
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const end = /^.*?(\d+)([a-z])$/.exec(last);
  if (letter && end && end[1] === digits) {
    return [...letters.slice(letters.indexOf(letter), letters.indexOf(end[2]!) + 1)].map((one) => stem! + digits! + one);
  }
  const count = Number(/\d+/.exec(last)![0]) - Number(digits) + 1;
  if (count < 2) return [first];
  return Array.from({ length: count }, (_, i) => stem + String(Number(digits) + i).padStart(digits!.length, "0"));
}

export function idsIn(text: string): Written[] {
  return [...text.matchAll(written)].map((match) => ({
    text: match[0],
    ids: match[2] === undefined ? [match[1]!] : range(match[1]!, match[2]),
    at: match.index,
  }));
}

export const familyOf = (name: string): string => /^(ABX-[SEWXO]|[A-Z]+)/.exec(name)![1]!;

export const byId = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

// What is known, and what a written id stands for there: itself, or all of a lettered family.
export class KnownIds {
  private readonly letters = new Map<string, string[]>();

  constructor(readonly all: ReadonlySet<string>) {
    for (const name of all) {
      const stem = /^(.*\d)[a-z]$/.exec(name)?.[1];
      if (stem !== undefined) this.letters.set(stem, [...(this.letters.get(stem) ?? []), name]);
    }
  }

  // Empty when it is unknown. A number that has its own entry and lettered ones ("ABX-520", "ABX-520b") is itself alone.
  expand(name: string): string[] {
    return this.all.has(name) ? [name] : (this.letters.get(name) ?? []);
  }

  // Of a range, with what is lettered in it; gaps inside are allowed, ends are not.
  expandAll({ ids }: Written): { known: string[]; unknown: string[] } {
    const unknown = ids.length === 1 ? ids : [ids[0]!, ids.at(-1)!];
    const withLetters = ids.flatMap((name) => [...new Set([...this.expand(name), ...(ids.length > 1 ? (this.letters.get(name) ?? []) : [])])]);
    return { known: withLetters, unknown: unknown.filter((name) => this.expand(name).length === 0) };
  }
}
