// SPDX-License-Identifier: Apache-2.0
// Population models: with variances and residual error, or with the reason why there are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { good, problemsOf, type Files } from "./fixture.js";

const M = "pharmacology/models/one.yaml";
const head = `- id: one
  version: "1"
  drug: J01XA01
  title: One
  compartments: 1
  covariates: []
`;
const plain = `  parameters:
    - { id: CL, role: CL, value: "4" }
    - { id: V1, role: V1, value: "40" }
`;
const random = plain.replace('"4" }', '"4", eta: log-normal }');
const foot = `  population: adults
  source: a paper
  mark: S
`;
const omega = `  omega: [["0.1"]]
`;
const residual = `  residual: { kind: combined2, additive: 1, proportional: 0.1 }
`;
const typical = `  typical_only: none was published
`;
const drug = `- atc: J01XA01
  name: Vancomycin
  dose_row: DOS-001
  models: [one]
  averaged: [one]
  hand_method: false
  plausible_low: 1
  plausible_high: 100
  targets: []
  regimens: { intervals: [12], source: ours, mark: J }
  limits: { text: none, source: ours, mark: J }
`;

const folder = (model: string, drugs = "[]\n"): Files => ({
  ...Object.fromEntries(["formulas", "inputs", "kidney", "weights", "markers", "rails", "states"].map((name) => [`pharmacology/${name}.yaml`, "[]\n"])),
  "pharmacology/drugs.yaml": drugs,
  [M]: model,
});
const told = (reason: string): string[] => [`guideline/${M}:1: one: ${reason}`];
const needs = told("needs 'omega' and 'residual', or says why not in 'typical_only'");
const both = told("'typical_only', and yet variances or a residual error");

const cases: [string, string, string[]][] = [
  ["with variances and residual error", head + random + omega + residual + foot, []],
  ["of typical values, with the reason", head + plain + typical + foot, []],
  ["without variances", head + plain + residual + foot, needs],
  ["without residual error", head + random + omega + foot, needs],
  ["of typical values with a random effect", head + random + typical + foot, both],
  ["of typical values with variances", head + plain + omega + typical + foot, both],
  ["of typical values with a residual error", head + plain + residual + typical + foot, both],
];
for (const [name, model, expected] of cases) {
  test(`a model ${name}`, async () => assert.deepEqual(await problemsOf(folder(model)), expected));
}

test("a model of typical values is not averaged", async () => {
  const average = (await problemsOf(folder(head + plain + typical + foot, drug))).filter((line) => line.includes("average"));
  assert.deepEqual(average, ["guideline/pharmacology/drugs.yaml:5: Vancomycin: model 'one' has typical values alone: it cannot take part in an average"]);
  const fitted = await problemsOf(folder(head + random + omega + residual + foot, drug));
  assert.deepEqual(fitted.filter((line) => line.includes("average")), []);
});

test("a model that fits and is not averaged says why", async () => {
  const two = (model: string) => head + random + omega + residual + foot + model.replace("id: one", "id: two");
  const drugs = drug.replace("models: [one]", "models: [one, two]");
  const silent = (await problemsOf(folder(two(head + random + omega + residual + foot), drugs))).filter((line) => line.includes("average"));
  assert.deepEqual(silent, ["guideline/pharmacology/drugs.yaml:4: Vancomycin: model 'two' takes no part in an average: say why in its 'not_averaged'"]);
  const said = await problemsOf(folder(two(head + random + omega + residual + foot + "  not_averaged: built on twelve people\n"), drugs));
  assert.deepEqual(said.filter((line) => line.includes("average")), []);
});

test("a state names models that are there, and inputs that are known", async () => {
  const state = `- id: PK-1
  check: ecmo
  label: ECMO
  when: [ECMO]
  act: refuse
  built_on: [won]
  text: "No."
  source: ours
  mark: J
`;
  const problems = await problemsOf({ ...folder(head + random + omega + residual + foot), "pharmacology/states.yaml": state });
  assert.ok(problems.some((line) => line.includes("PK-1: no model 'won'")), problems.join("\n"));
  assert.ok(problems.some((line) => line.includes("PK-1") && line.includes("ECMO")), problems.join("\n"));
});

test("the good guideline doses nothing", () => assert.ok(!Object.keys(good).some((file) => file.startsWith("pharmacology/"))));
