// SPDX-License-Identifier: Apache-2.0
// Renal bands of tables/dosing.csv: "(50,inf)=2 g q8h;[0,50]=1 g q8h" -> ordered bands [from, to).

export interface Band {
  from: string;
  to?: string; // missing: no upper end
  text: string;
}

// Clearance is a CQL Decimal, whose next value above x is x + 0.00000001: so an end that belongs to the lower
// band ("(50" or "50]") is exactly the half-open end at the next Decimal.
interface End {
  number: number;
  after: boolean;
}

const shown = ({ number, after }: End): string => (after ? (number + 1e-8).toFixed(8) : String(number));

const same = (a: End, b: End): boolean => a.number === b.number && a.after === b.after;

// The bands, or why they are refused.
export function readBands(words: string): Band[] | string {
  const bands: { from: End; to: End; text: string }[] = [];
  for (const part of words.split(/;(?=\s*[[(])/)) {
    const match = /^\s*([[(])\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?|inf)\s*([)\]])\s*([^=]*)=\s*(.*\S)\s*$/s.exec(part);
    if (!match) return `renal band '${part.trim()}' is not like '[30,inf)=2 g q8h'`;
    const [, open, low, high, close, note, dose] = match;
    bands.push({
      from: { number: Number(low), after: open === "(" },
      to: { number: high === "inf" ? Infinity : Number(high), after: close === "]" },
      text: note!.trim() === "" ? dose! : `${dose!} (${note!.trim()})`,
    });
  }
  bands.sort((a, b) => a.from.number - b.from.number || Number(a.from.after) - Number(b.from.after));
  let reached: End = { number: 0, after: false };
  for (const band of bands) {
    if (!same(band.from, reached)) return `renal bands leave a gap or overlap at ${band.from.number}: the band below ends at ${reached.number}`;
    if (band.to.number < band.from.number || same(band.from, band.to)) return `the renal band from ${band.from.number} ends before it begins`;
    reached = band.to;
  }
  if (reached.number !== Infinity) return `renal bands end at ${reached.number}: nothing above it`;
  return bands.map((band) => ({ from: shown(band.from), ...(band.to.number === Infinity ? {} : { to: shown(band.to) }), text: band.text }));
}
