// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { formulaProblem } from "../src/formula.js";

const names = new Set(["WT", "CRCL"]);
const problem = (text: string) => formulaProblem(text, names, { twice: 1 });

test("formulas that are read", () => {
  for (const text of ["4.5 * (CRCL / 120)^0.8", "if(WT > 70, twice(WT), -WT^-2)", "max(WT, 1) <= CRCL", "exp(ln(2))"]) {
    assert.equal(problem(text), undefined, text);
  }
});

test("formulas that are refused, with the reason", () => {
  const rows: [string, RegExp][] = [
    ["4.5 * CRC", /no 'CRC' is known here; did you mean 'CRCL'/],
    ["twise(WT)", /no function 'twise'; did you mean 'twice'/],
    ["min(WT)", /'min' takes 2 arguments/],
    ["(WT", /where '\)' was expected/],
    ["WT 2", /'2' is not understood/],
    ["WT +", /'the end' where a number or a name was expected/],
  ];
  for (const [text, why] of rows) assert.match(problem(text) ?? "", why, text);
});
