// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, foldWord } from "../src/fold.js";

const same: [string, string][] = [
  ["C-reactive protein (CRP)", "c reactive protein crp"],
  ["Haemodialysis", "hemodialysis"],
  ["Discitis/osteomyelitis", "discitis osteomyelitis"],
  ["Fevers", "fever"],
  ["Psoas abscesses", "psoas abscess"],
  ["S.aureus", "s aureus"],
  ["Pott’s disease of the spine", "potts disease spine"],
  ["diagnosis", "diagnosis"],
  ["abscess", "abscess"],
  ["+", "+"],
  ["-", "-"],
];
for (const [words, folded] of same) test(`fold: ${words}`, () => assert.equal(fold(words), folded));

test("folding twice changes nothing more", () => {
  for (const [words] of same) assert.equal(fold(fold(words)), fold(words));
});

const words: [string, string[]][] = [["bodies", ["bodie", "bodies"]], ["Relatives", ["relative", "relatives"]], ["bone", ["bone", "bone"]], ["the", ["the"]]];
for (const [word, forms] of words) test(`fold, a word of a list: ${word}`, () => assert.deepEqual(foldWord(word), forms));
