// SPDX-License-Identifier: Apache-2.0
// Every refusal has a guideline with exactly that one fault; what is told names file, line and reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, good, problemsOf, type Files } from "./fixture.js";

const R = "recommendations/watch.yaml";
const one = (file: string, line: number, reason: string): string[] => [`guideline/${file}:${line}: ${reason}`];

test("a guideline without a fault is not refused", async () => {
  assert.deepEqual(await problemsOf({}), []);
});

const refusals: [string, Files, string[]][] = [
  ["CQL that does not parse", changed("cql/Logic.cql", '"CRP" > 10.0', '"CRP" > > 10.0'), ["guideline/cql/Logic.cql:12:23: Syntax error at >"]],
  ["CQL that names nothing", changed("cql/Logic.cql", '"CRP" > 10.0', '"CPR" > 10.0'), ["guideline/cql/Logic.cql:12:16: Could not resolve identifier CPR in the current library."]],
  ["a unit that is not UCUM", changed("cql/Logic.cql", "define \"Never\": false", "define \"Never\": 1 'mg/Ll' > 1 'g'"), ["guideline/cql/Logic.cql:14:17: 'mg/Ll' is not a UCUM unit"]],
  ["a pattern the engine does not take", changed("cql/Logic.cql", 'define "Never": false', `define "Never": Matches('a', '${"a|".repeat(128)}b')`), ["guideline/cql/Logic.cql:14:30: a pattern of 257 bytes; the engine takes 256"]],
  ["two functions of one name and the same operands", changed("cql/Logic.cql", "define function Twice(x System.Decimal): x * 2.0", "define function Twice(x System.Decimal): x * 2.0\n\ndefine function Twice(y System.Decimal): y + y"), ["guideline/cql/Logic.cql:18: function 'Twice' stands twice for the same operands: the translator keeps the first alone"]],
  ["a library named unlike its file", changed("cql/Logic.cql", "library Logic", "library Logical"), ["guideline/cql/Logic.cql:1:1: the library is named 'Logical', its file 'Logic'"]],
  ["when without a definition", changed(R, "  when: Logic.High\n  unless", "  when: Logic.Hihg\n  unless"), one(R, 7, "TST-1: no definition is named 'Logic.Hihg'; did you mean 'Logic.High'?")],
  ["when that is not Boolean", changed(R, "  when: Logic.High\n  unless", "  when: Logic.CRP\n  unless"), one(R, 7, "TST-1: 'Logic.CRP' is Decimal, not Boolean")],
  ["when that is a function", changed(R, "  when: Logic.High\n  unless", "  when: Logic.Twice\n  unless"), one(R, 7, "TST-1: 'Logic.Twice' is a function, not a definition")],
  ["unless without a definition", changed(R, "[Logic.Never]", "[Logic.Nothing]"), one(R, 8, "TST-1: no definition is named 'Logic.Nothing'")],
  ["unless that is not Boolean", changed(R, "[Logic.Never]", "[Logic.CRP]"), one(R, 8, "TST-1: 'Logic.CRP' is Decimal, not Boolean")],
  ["an interpolation naming nothing", changed(R, "{Logic.CRP}", "{Logic.XYZ}"), one(R, 10, "TST-1: no definition is named 'Logic.XYZ'")],
  ["no evidence", changed(R, "  evidence: [DX-101]\n", ""), one(R, 19, "TST-2: no evidence")],
  ["unknown evidence", changed(R, "  evidence: [DX-101]\n", "  evidence: [DX-109]\n"), one(R, 29, "TST-2: unknown evidence id 'DX-109'; did you mean 'DX-101'?")],
  ["a family of evidence ids", changed(R, "  evidence: [DX-101]\n", "  evidence: [DX-102]\n"), one(R, 29, "TST-2: evidence 'DX-102' is a family; name one of DX-102a")],
  ["an unknown source of evidence", changed("evidence/rules.yaml", "01:S01", "01:S99"), one("evidence/rules.yaml", 1, "DX-101: unknown source '01:S99'")],
  ["an unknown mark of evidence", changed("evidence/rules.yaml", "mark: P", "mark: X"), one("evidence/rules.yaml", 1, "unknown mark 'X': it is one of P, C, S, D, J, U")],
  ["no case in which it fires", changed("cases/high.yaml", "[TST-1, TST-2]", "[TST-1]"), one(R, 19, "TST-2: no case in which it is advised")],
  ["no case in which it must not", changed("cases/none.yaml", "never: [TST-1, TST-2]", "never: [TST-1]"), one(R, 19, "TST-2: no case in which it must not be advised")],
  ["a key with a slip", changed(R, "reason: It was high.\n  owner: ward-physician\n  due", "reasn: x\n  reason: It was high.\n  owner: ward-physician\n  due"), one(R, 11, "TST-1: unknown key 'reasn'; did you mean 'reason'?")],
  ["a key missing", changed(R, "  title: Leave it\n", ""), one(R, 19, "TST-2: 'title' is missing")],
  ["a list that is none", changed(R, "because: [crp]", "because: crp"), one(R, 9, "TST-1: 'because' must be a list")],
  ["an unknown role", changed(R, "owner: ward-physician\n  due", "owner: ward-fysician\n  due"), one(R, 12, "TST-1: no role 'ward-fysician'; did you mean 'ward-physician'?")],
  ["an unknown category", changed(R, "crp-monitoring\n  group: next", "crp\n  group: next"), one(R, 4, "TST-1: no category 'crp'")],
  ["an unknown stage", changed(R, "response\n  category: crp-monitoring\n  group: next", "respond\n  category: crp-monitoring\n  group: next"), one(R, 3, "TST-1: unknown stage 'respond': it is one of suspicion, work-up, start, empirical, targeted, duration, oral-switch, surgery, brace, team, response, follow-up, prevention, safety")],
  ["an unknown group", changed(R, "group: next", "group: later"), one(R, 5, "TST-1: unknown group 'later': it is one of now, next, watch, avoid")],
  ["a priority out of range", changed(R, "priority: 6", "priority: 15"), one(R, 18, "TST-1: 'priority' must be a whole number from 0 to 14")],
  ["a time that cannot be read", changed(R, "within: 7 d", "within: a week"), one(R, 13, "TST-1: 'within' is 'a week', not like 30 min, 4 h, 7 d, 2 wk")],
  ["a reason that fills in a value", changed(R, "  reason: It was high.\n  owner: ward-physician\n  due", "  reason: \"It was {Logic.CRP}.\"\n  owner: ward-physician\n  due"), one(R, 11, "TST-1: 'reason' is 'It was {Logic.CRP}.', not like words without {values}, which only 'do' fills in")],
  ["an unknown fact", changed(R, "because: [crp]", "because: [cpr]"), one(R, 9, "TST-1: no fact 'cpr'; did you mean 'crp'?")],
  ["replaces naming nothing", changed(R, "priority: 7\n", "priority: 7\n  replaces: [TST-9]\n"), one(R, 33, "TST-2: no recommendation 'TST-9'; did you mean 'TST-1'?")],
  ["an unknown option", changed(R, "{ organism_group: [EMPIRICAL] }", "{ option: [OPT-001, OPT-9] }"), one(R, 14, "TST-1: no option 'OPT-9'")],
  ["options that match nothing", changed(R, "{ organism_group: [EMPIRICAL] }", "{ organism_group: [EMPIRICAL], option: [OPT-003] }"), [...one(R, 1, "TST-1: options match no row that tables/regimen_conditions.csv offers"), ...one(R, 14, "TST-1: no option 'OPT-003'; did you mean 'OPT-001'?")]],
  ["two recommendations of one id", changed(R, "id: TST-2", "id: TST-1"), [...one("cases/high.yaml", 10, "high: 'TST-2' is no recommendation; did you mean 'TST-1'?"), ...one("cases/none.yaml", 7, "none: 'TST-2' is no recommendation; did you mean 'TST-1'?"), ...one(R, 19, "TST-1: this recommendation stands twice, first in guideline/recommendations/watch.yaml:1")]],
  ["a fact without a definition", changed("facts/facts.yaml", "Logic.CRP", "Logic.Fever"), one("facts/facts.yaml", 2, "crp: no definition is named 'Logic.Fever'; did you mean 'Logic.Never'?")],
  ["an unreadable fact without a definition", changed("facts/unreadable.yaml", "Logic.High", "Logic.Higher"), one("facts/unreadable.yaml", 1, "unreadable: no definition is named 'Logic.Higher'; did you mean 'Logic.High'?")],
  ["a stop that is not Boolean", changed("stops/stops.yaml", "Logic.Never", "Logic.CRP"), one("stops/stops.yaml", 3, "SAFE-1: 'Logic.CRP' is Decimal, not Boolean")],
  ["a stop that removes nothing", changed("stops/stops.yaml", "[J01DB]", "[]"), one("stops/stops.yaml", 1, "SAFE-1: remove.atc names no drug")],
  ["a caution that fills in an unknown value", changed("stops/stops.yaml", "remove: { atc: [J01DB] }\n  text: Not this one.", "caution: { atc: [J01DB] }\n  text: \"Not {Logic.CPR}.\""), one("stops/stops.yaml", 5, "SAFE-1: no definition is named 'Logic.CPR'; did you mean 'Logic.CRP'?")],
  ["a stop that stands behind", changed("stops/stops.yaml", "{ atc: [J01DB] }", "{ atc: [J01DB], behind: true }"), one("stops/stops.yaml", 4, "SAFE-1: unknown key 'remove.behind'")],
  ["local figures without a value set", changed("guideline.yaml", "libraries:", "local: { resistance: CRP, formulary: Nothing }\nlibraries:"), one("guideline.yaml", 4, "there is no value set 'Nothing' with a code")],
  ["a stop whose agents are no definition", changed("stops/stops.yaml", "{ atc: [J01DB] }", "{ agents: Logic.Nothing }"), one("stops/stops.yaml", 4, "SAFE-1: no definition is named 'Logic.Nothing'")],
  ["a stop that removes a word", changed("stops/stops.yaml", "[J01DB]", "[cefazolin]"), one("stops/stops.yaml", 4, "SAFE-1: 'atc' is 'cefazolin', not like J01C or J01CR02")],
  ["a headline without a definition", changed("guideline.yaml", "when: Logic.High", "when: Logic.Low"), one("guideline.yaml", 10, "no definition is named 'Logic.Low'")],
  ["a library without a file", changed("guideline.yaml", "[Logic]", "[Logic, Other]"), one("guideline.yaml", 4, "there is no cql/Other.cql")],
  ["a code without a system", changed("terminology/labs.yaml", "system: loinc, ", ""), ["guideline/terminology/labs.yaml:5: CRP: 'codes.system' is missing"]],
  ["a code of LOINC with a slip", changed("terminology/labs.yaml", "1988-5", "1988-6"), ["guideline/terminology/labs.yaml:1: CRP: 1988-6 is no code of http://loinc.org: its form or its check digit is wrong"]],
  ["a code of an unknown system", changed("terminology/labs.yaml", "system: loinc", "system: lonic"), ["guideline/terminology/labs.yaml:5: CRP: unknown code system 'lonic'; did you mean 'loinc'?"]],
  ["two value sets of one address", changed("terminology/labs.yaml", "name: Cefazolin\n", "name: Cefazolin\n  url: https://nidus.example/ValueSet/crp\n"), one("terminology/labs.yaml", 8, "Cefazolin: the address https://nidus.example/ValueSet/crp stands twice, first in guideline/terminology/labs.yaml:1")],
  ["two value sets of one name", changed("terminology/labs.yaml", "name: Cefazolin\n", "name: CRP\n  url: https://nidus.example/x\n"), one("terminology/labs.yaml", 8, "CRP: this value set stands twice, first in guideline/terminology/labs.yaml:1")],
  ["a range of possible numbers that holds none", changed("terminology/labs.yaml", "name: Cefazolin\n", "name: Cefazolin\n  possible: { from: 5, to: 1 }\n"), one("terminology/labs.yaml", 8, "Cefazolin: possible from 5 to 1 is nothing")],
  ["a possible number that is none", changed("terminology/labs.yaml", "name: Cefazolin\n", "name: Cefazolin\n  possible: { from: low, to: 1 }\n"), ["guideline/terminology/labs.yaml:9: Cefazolin: 'from' is 'low', not like 0.5"]],
  ["a row with too few columns", changed("tables/regimen_conditions.csv", "OPT-002,Logic.High,", "OPT-002,Logic.High"), one("tables/regimen_conditions.csv", 3, "2 columns instead of 3")],
  ["a row without its key", changed("tables/regimens.csv", "REG-002,", ","), one("tables/regimens.csv", 3, "a row without reg_id")],
  ["a row that stands twice", changed("tables/regimens.csv", "REG-002,", "REG-001,"), one("tables/regimens.csv", 3, "reg_id 'REG-001' stands twice, first in line 2")],
  ["a rank that is none", changed("tables/regimens.csv", "native,2,alternative", "native,second,alternative"), one("tables/regimens.csv", 4, "OPT-002: rank 'second' is not a whole number")],
  ["components that disagree", changed("tables/regimens.csv", "native,1,empirical,iv_initial,Vancomycin", "native,3,empirical,iv_initial,Vancomycin"), one("tables/regimens.csv", 3, "OPT-001: rank differs from line 2")],
  ["an unknown dose row", changed("tables/regimens.csv", "DOS-001", "DOS-009"), one("tables/regimens.csv", 2, "no dose row 'DOS-009'; did you mean 'DOS-001'?")],
  ["a missing column", changed("tables/dosing.csv", "ihd_dose", "ihd"), [...one("tables/dosing.csv", 1, "column 'ihd_dose' is missing"), ...one("tables/regimens.csv", 2, "no dose row 'DOS-001'"), ...one("tables/regimens.csv", 4, "no dose row 'DOS-002'"), ...one("tables/regimens.csv", 4, "no dose row 'DOS-003'")]],
  ["renal bands with a gap", changed("tables/dosing.csv", "[0,30]=2 g q12h", "[0,20]=2 g q12h"), one("tables/dosing.csv", 2, "renal bands leave a gap or overlap at 30: the band below ends at 20")],
  ["a condition for no option", changed("tables/regimen_conditions.csv", "OPT-002", "OPT-902"), ["guideline/tables/regimen_conditions.csv:3: no option 'OPT-902' in tables/regimens.csv; did you mean 'OPT-002'?"]],
  ["a condition that is not Boolean", changed("tables/regimen_conditions.csv", "OPT-002,Logic.High", "OPT-002,Logic.CRP"), one("tables/regimen_conditions.csv", 3, "OPT-002: 'Logic.CRP' is Decimal, not Boolean")],
  ["a case expecting an unknown recommendation", changed("cases/none.yaml", "undecided: [TST-1]", "undecided: [TST-7]"), one("cases/none.yaml", 6, "none: 'TST-7' is no recommendation; did you mean 'TST-1'?")],
  ["a case expecting both ways", changed("cases/high.yaml", "  categories", "  never: [TST-1]\n  categories"), one("cases/high.yaml", 12, "high: 'TST-1' is expected to be advised and not to be")],
  ["a case expecting an unknown option", changed("cases/high.yaml", "[OPT-002]", "[OPT-404]"), one("cases/high.yaml", 11, "high: no option 'OPT-404'; did you mean 'OPT-001'?")],
  ["a case expecting an unknown definition", changed("cases/high.yaml", "High: true", "Hi: true"), one("cases/high.yaml", 13, "high: no definition is named 'Hi'")],
  ["a case with an unknown name", changed("cases/high.yaml", "lab: crp", "lab: cpr"), one("cases/high.yaml", 6, "high: no value set is named 'cpr'; did you mean 'CRP'?")],
  ["a case with an unknown kind of fact", changed("cases/high.yaml", "lab: crp", "lap: crp"), one("cases/high.yaml", 6, "high: a fact of no known kind (lap, value, at, issued, as); did you mean 'lab'?")],
  ["a case with an unknown key of a fact", changed("cases/high.yaml", "value: 148 mg/L", "valu: 148 mg/L"), one("cases/high.yaml", 6, "high: unknown key 'valu'; did you mean 'value'?")],
  ["a case with a time that is none", changed("cases/high.yaml", "at: 2025-03-03T08:00:00+01:00", "at: yesterday"), one("cases/high.yaml", 6, "high: 'at' is 'yesterday', not like 2025-03-04 or 2025-03-04T10:00:00+01:00")],
  ["a case without a moment", changed("cases/none.yaml", "as_of: 2025-03-04T10:00:00Z\n", ""), [...one("cases/none.yaml", 1, "none: 'as_of' is missing"), ...one(R, 1, "TST-1: no case in which it must not be advised"), ...one(R, 19, "TST-2: no case in which it must not be advised")]],
  ["a case with a moment and moments", changed("cases/none.yaml", "expect:", "moments: []\nexpect:"), [...one("cases/none.yaml", 1, "none: 'moments' stands in place of 'as_of' and 'expect'"), ...one(R, 1, "TST-1: no case in which it must not be advised"), ...one(R, 19, "TST-2: no case in which it must not be advised")]],
  ["a case in a file of another name", changed("cases/none.yaml", "id: none", "id: nothing"), one("cases/none.yaml", 1, "nothing: the file must be named nothing.yaml")],
  ["YAML that does not parse", changed("facts/unreadable.yaml", "what: a CRP", "what: [a CRP"), ["guideline/facts/unreadable.yaml:3: Flow sequence in block collection must be sufficiently indented and end with a ]"]],
  ["no guideline.yaml", { "guideline.yaml": "" }, ["guideline/guideline.yaml:1: this file is missing"]],
];

for (const [name, files, expected] of refusals) {
  test(name, async () => {
    assert.deepEqual(await problemsOf(files), expected);
  });
}

test("every refusal of the table starts from the good guideline", () => {
  for (const [name, files] of refusals) for (const [file, text] of Object.entries(files)) assert.notEqual(text, good[file], name);
});

test("all problems are told at once", async () => {
  const told = await problemsOf({
    ...changed(R, "because: [crp]", "because: [cpr]", "group: next", "group: later"),
    ...changed("facts/facts.yaml", "label: CRP", "lable: CRP"),
  });
  assert.equal(told.length, 4, told.join("\n"));
});
