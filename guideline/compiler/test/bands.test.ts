// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { readBands } from "../src/bands.js";

const read: [string, unknown][] = [
  ["[0,inf)=no change", [{ from: "0", text: "no change" }]],
  ["[30,inf)=2 g q8h;[0,30)=1 g q8h", [{ from: "0", to: "30", text: "1 g q8h" }, { from: "30", text: "2 g q8h" }]],
  // 50 belongs to the lower band: the upper one begins at the next Decimal.
  ["(50,inf)=3 g;(12.5,50]=2 g;[0,12.5]=1 g", [
    { from: "0", to: "12.50000001", text: "1 g" },
    { from: "12.50000001", to: "50.00000001", text: "2 g" },
    { from: "50.00000001", text: "3 g" },
  ]],
  ["[30,inf)=1500 mg;[0,30) not on HD=1125 mg", [{ from: "0", to: "30", text: "1125 mg (not on HD)" }, { from: "30", text: "1500 mg" }]],
  ["[40,inf)=a = b; then [c];[0,40)=d", [{ from: "0", to: "40", text: "d" }, { from: "40", text: "a = b; then [c]" }]],
];
for (const [words, bands] of read) test(`bands: ${words}`, () => assert.deepEqual(readBands(words), bands));

const refused: [string, RegExp][] = [
  ["2 g q8h", /is not like/],
  ["[30,inf)=a;[0,20)=b", /gap or overlap at 30: the band below ends at 20/],
  ["[30,inf)=a;[0,40)=b", /gap or overlap at 30/],
  ["(30,inf)=a;[0,30)=b", /gap or overlap at 30/],
  ["[30,inf)=a;[0,30]=b", /gap or overlap at 30/],
  ["[30,inf)=a", /gap or overlap at 30: the band below ends at 0/],
  ["[0,30)=a", /end at 30/],
  ["(0,inf)=a", /gap or overlap at 0/],
  ["[0,30)=a;[30,20)=b;[20,inf)=c", /gap or overlap|ends before/],
];
for (const [words, reason] of refused) {
  test(`bands refused: ${words}`, () => {
    const said = readBands(words);
    assert.equal(typeof said, "string");
    assert.match(said as string, reason);
  });
}
