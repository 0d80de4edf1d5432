// SPDX-License-Identifier: Apache-2.0
// Rows of tables/interactions.csv: what is in force, what is refused, whom a row names, and the order of options.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Compiler, type Compiled } from "../src/compile.js";
import { dailyMaximum, dailyMilligrams, pairs, type Interaction } from "../src/interactions.js";
import { changed, inFolder, problemsOf, type Files } from "./fixture.js";

const compiledOf = (files: Files): Promise<Compiled> => inFolder(files, (root, out) => new Compiler(root, out).compile());

const head = "ix_id,interaction_type,agent,agent_atc,interacting,interacting_atc,severity,mechanism,effect_size,action,source,verification,agent_route,interacting_route,mended\n";
const table = (...rows: string[]) => ({ "tables/interactions.csv": head + rows.map((row) => row + "\n").join("") });
const row = (change: Record<string, string> = {}) =>
  ["IX-001", change["type"] ?? "drug-drug", "A", change["agent"] ?? "J01DB", "B", change["partner"] ?? "B01AF02", change["severity"] ?? "major", "slows", "no number found", "wait", "a paper", "unverified", change["route"] ?? "", "", ""].join(",");

test("a drug-drug row that is more than minor is in force, with its mark", async () => {
  const compiled = await compiledOf(table(row(), row({ severity: "minor" }).replace("IX-001", "IX-002"), row({ type: "drug-food" }).replace("IX-001", "IX-003")));
  assert.deepEqual(compiled.interactions.map(({ id, text }) => [id, text]), [["IX-001", "Slows. Wait. (From general knowledge, unverified.)"]]);
});

const refused: [string, string, string][] = [
  ["a severity that is none", row({ severity: "bad" }), "IX-001: severity 'bad' is none of contraindicated, major, moderate, minor"],
  ["a word for a code", row({ partner: "apixaban" }), "IX-001: 'apixaban' is no ATC code or beginning of one"],
  ["a pair with one side", row({ partner: "" }), "IX-001: a pair of drugs needs ATC codes on both sides"],
  ["a route that is none", row({ route: "by mouth" }), "IX-001: agent_route 'by mouth' is neither PO nor IV"],
];
for (const [name, line, reason] of refused) {
  test(`refused: ${name}`, async () => assert.deepEqual(await problemsOf(table(line)), [`guideline/tables/interactions.csv:2: ${reason}`]));
}

test("an option that holds a forbidden pair is refused", async () => {
  const told = await problemsOf(table(row({ partner: "J01XA01", severity: "contraindicated" })));
  assert.deepEqual(told, ["guideline/tables/regimens.csv:1: OPT-001 holds a pair that IX-001 forbids"]);
});

test("a row names a pair either way round, by its route", () => {
  const one: Interaction = { id: "IX-1", severity: "major", agents: ["J01MA"], agentRoute: "PO", partners: ["B03A"], partnerRoute: "", text: "" };
  const iron = { atc: "B03AA07", route: "" };
  assert.equal(pairs(one, { atc: "J01MA12", route: "PO/IV" }, iron), true);
  assert.equal(pairs(one, iron, { atc: "J01MA12", route: "" }), true);
  assert.equal(pairs(one, { atc: "J01MA12", route: "IV" }, iron), false);
  assert.equal(pairs(one, iron, iron), false);
});

test("options of one rank: Access before Watch before Reserve", async () => {
  const aware = changed("tables/dosing.csv", "dose_id,agent,route,", "dose_id,who_aware_2023,agent,route,");
  const text = aware["tables/dosing.csv"]!.replace("DOS-001,", "DOS-001,Watch,").replace("DOS-002,", "DOS-002,Access,").replace("DOS-003,", "DOS-003,Access,");
  const ranks = changed("tables/regimens.csv", "native,2,alternative", "native,1,alternative");
  const compiled = await compiledOf({ "tables/dosing.csv": text, ...ranks });
  assert.deepEqual(compiled.tables.regimens.map((option) => option.option_id), ["OPT-002", "OPT-001"]);
});

test("the high dose a day, in milligrams of the larger part", () => {
  assert.equal(dailyMilligrams("2 g x 3 iv over 3 hours"), "6000");
  assert.equal(dailyMilligrams("0.75-1 g x 3 oral"), "2250");
  assert.equal(dailyMilligrams("(4 g piperacillin + 0.5 g tazobactam) x 4 iv by extended 3-hour infusion"), "16000");
  assert.equal(dailyMilligrams("0.5 g x 2 iv; 0.5 g x 2 oral"), "1000");
  assert.equal(dailyMilligrams("as the expert says"), "");
});

const names = (...rows: string[]) => ({ ...table(row()), "tables/medicine_names.csv": "atc,name,found_by\n" + rows.map((line) => line + "\n").join("") });

test("names of medicines without a fault are not refused", async () => {
  assert.deepEqual(await problemsOf(names("J01CR02,amoxicillin-clavulanate,amoxicil&clavulan|augmentin", "J01CA04,amoxicillin,amoxicil")), []);
});

const badNames: [string, string[], string][] = [
  ["a word for a code", ["amoxicillin,amoxicillin,amoxicil"], "2: 'amoxicillin' is no ATC code or beginning of one"],
  ["a part of two letters", ["J01CA04,amoxicillin,am"], "2: J01CA04: 'am' holds a part of less than three letters"],
  ["one name for two drugs", ["J01DD04,ceftriaxone,ceftriaxon", "J01DD01,cefotaxime,céftriaxon"], "1: 'ceftriaxon' names J01DD04 and J01DD01"],
];
for (const [name, lines, reason] of badNames) {
  test(`refused: ${name}`, async () => assert.deepEqual(await problemsOf(names(...lines)), [`guideline/tables/medicine_names.csv:${reason}`]));
}

test("the largest dose a day is read where the table gives one in grams or milligrams", () => {
  assert.equal(dailyMaximum("12 g/day"), "12000");
  assert.equal(dailyMaximum("1.8 g/day"), "1800");
  assert.equal(dailyMaximum("800 mg/day (1200 CNS)"), "800");
  assert.equal(dailyMaximum("5 mg/kg/day (10 mucor CNS)"), "");
  assert.equal(dailyMaximum("24 MU/day (14.4 g)"), "");
  assert.equal(dailyMaximum("1200 mg/dose"), "");
  assert.equal(dailyMaximum("none"), "");
});
