// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Compiler } from "../src/compile.js";
import { explainJson, lines, wordsOf } from "../src/explain.js";
import { Graph } from "../src/graph.js";
import { plain } from "../src/words_vocabulary.js";
import { good, inFolder, problemsOf } from "./fixture.js";

// The words of definitions written below the small guideline's own.
async function said(defines: string, name: string): Promise<string> {
  return inFolder({ "cql/Logic.cql": `${good["cql/Logic.cql"]!}\n${defines}\n` }, async (root, store) => {
    const compiler = new Compiler(root, store);
    const compiled = await compiler.compile();
    assert.deepEqual(compiler.problems.lines(), []);
    const words = wordsOf(compiler.sources, compiled, new Graph(compiled.elm));
    return lines(words.definition(`Logic.${name}`)!, words).join("\n");
  });
}

const base = `define "Yes": true
define "Maybe": null as Boolean
define "Level": 12.5
`;

test("names of definitions become words", () => {
  assert.equal(plain("SepsisOrShock"), "sepsis or shock");
  assert.equal(plain("CRP Rising"), "CRP rising");
});

test("all of, any of, none of", async () => {
  assert.equal(await said(`${base}define "X": "Yes" and "Maybe"`, "X"), "yes and maybe");
  assert.equal(await said(`${base}define "X": "Yes" or "Maybe" or "Level" > 10`, "X"), "any of:\n- yes\n- maybe\n- level is above 10");
  assert.equal(await said(`${base}define "X": not ("Yes" or "Maybe")`, "X"), "none of:\n- yes\n- maybe");
  assert.equal(await said(`${base}define "X": not ("Level" > 10)`, "X"), "level is at most 10");
});

test("what unknown means is said", async () => {
  assert.equal(await said(`${base}define "X": "Maybe" is true`, "X"), "maybe (unknown counts as no)");
  assert.equal(await said(`${base}define "X": "Maybe" is not true`, "X"), "maybe (not so, or unknown)");
  assert.equal(await said(`${base}define "X": "Maybe" is null`, "X"), "maybe is unknown");
  assert.equal(await said(`${base}define "X": "Maybe" is not null`, "X"), "maybe is known");
  assert.equal(await said(`${base}define "X": Coalesce("Maybe", true)`, "X"), "maybe (when unknown: yes)");
});

test("cases are read from the top", async () => {
  const text = await said(`${base}define "X": case when "Maybe" then true when "Yes" is null then null else false end`, "X");
  assert.equal(text, "the first that fits:\n- yes, if maybe\n- unknown, if yes is unknown\n- otherwise no");
});

test("what has no words is shown as its CQL", async () => {
  assert.equal(await said(`${base}define "X": Length(Upper('abc')) > 2`, "X"), "`Length(Upper('abc'))` is above 2");
});

test("a fact has its label and its unit", async () => {
  assert.match(await said(`define "X": "CRP" > 10`, "X"), /^CRP is above 10 mg\/L$/);
});

test("the words belong to a guideline and name its cases", async () => {
  await inFolder({}, async (root, store) => {
    const compiler = new Compiler(root, store);
    const json = JSON.parse(explainJson(compiler.sources, await compiler.compile(), "abc"));
    assert.equal(json.hash, "abc");
    assert.deepEqual(json.recommendations["TST-1"], { advised: ["high"], never: ["none"], undecided: ["none"] });
    assert.ok(json.logic["Logic.High"].logic.length > 0);
  });
});

test("words for a function that does not exist are refused", async () => {
  const lines = await inFolder({ "words.yaml": "Logic.Nothing: \"{1}\"\n" }, async (root, store) => {
    const compiler = new Compiler(root, store);
    const compiled = await compiler.compile();
    wordsOf(compiler.sources, compiled, new Graph(compiled.elm));
    return compiler.problems.lines();
  });
  assert.deepEqual(lines, ["guideline/words.yaml:1: there is no function 'Logic.Nothing'"]);
  assert.deepEqual(await problemsOf({}), []);
});
