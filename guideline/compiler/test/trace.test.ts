// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Compiler } from "../src/compile.js";
import { commentsIn } from "../src/cql_comments.js";
import { idsIn, KnownIds } from "../src/evidence_ids.js";
import { traceOf } from "../src/trace.js";
import { countsOf, tracePage } from "../src/trace_page.js";
import { good, inFolder, type Files } from "./fixture.js";

test("ids are read alone, in ranges and by letters, and not out of other words", () => {
  const ids = (text: string) => idsIn(text).flatMap((written) => written.ids);
  assert.deepEqual(ids("// ABX-524: alone; SUR-20..22, DX-549a..DX-549c, C-05"), ["ABX-524", "SUR-20", "SUR-21", "SUR-22", "DX-549a", "DX-549b", "DX-549c", "C-05"]);
  assert.deepEqual(ids("ABX-S01 and PK-3.10 and O-5"), ["ABX-S01", "PK-3.10", "O-5"]);
  assert.deepEqual(ids("PK-G01, WUP-1, ICD-10, vitamin C-reactive, CO-2, 10.1000/ABX-101"), []);
});

test("a family stands for its letters; the ends of a range must be known", () => {
  const known = new KnownIds(new Set(["DX-561a", "DX-561b", "DX-562", "DX-520", "DX-520b"]));
  assert.deepEqual(known.expandAll(idsIn("DX-561")[0]!), { known: ["DX-561a", "DX-561b"], unknown: [] });
  assert.deepEqual(known.expandAll(idsIn("DX-520")[0]!).known, ["DX-520"]);
  assert.deepEqual(known.expandAll(idsIn("DX-561..563")[0]!), { known: ["DX-561a", "DX-561b", "DX-562"], unknown: ["DX-563"] });
});

test("a comment speaks for the definition it touches", () => {
  const text = `// DX-101: of the library
library L

// DX-102: a heading

// DX-103: above
define "A b":
  // DX-104: inside
  1 // DX-105: behind

define function F(x String): x = '// DX-106: no comment'
`;
  assert.deepEqual(
    commentsIn(text).map(({ define, line, text: said }) => `${define} ${line} ${said.trim().slice(0, 6)}`),
    ["A b 6 DX-103", "A b 8 DX-104", "A b 9 DX-105"],
  );
});

async function traced(files: Files) {
  return inFolder(files, async (root, store) => {
    const compiler = new Compiler(root, store);
    const compiled = await compiler.compile();
    assert.deepEqual(compiler.problems.lines(), []);
    const trace = traceOf(compiler.sources, compiled);
    return { problems: compiler.problems.lines(), trace, page: tracePage(trace, compiled) };
  });
}

const accounted = {
  "evidence/not-implemented.yaml": `- { ids: [DX-102a, DOS-001..DOS-003], reason: "not yet: nothing needs it" }
- { ids: [REG-001..REG-003, OPT-001, OPT-002], reason: "a table of a test" }
`,
};

test("what is cited is held and tested; what is not needs a reason", async () => {
  const { problems } = await traced({});
  assert.ok(problems.includes("guideline/evidence/not-implemented.yaml:1: DX-102a is held nowhere and has no reason"), problems.join("\n"));
  assert.ok(!problems.some((line) => line.includes("DX-101 ")));
});

test("a reason for what is held is refused", async () => {
  const { problems } = await traced({ "evidence/not-implemented.yaml": `- { ids: [DX-101], reason: "no rule" }\n` });
  assert.ok(problems.some((line) => line.startsWith("guideline/evidence/not-implemented.yaml:1: DX-101 has a reason and is held by recommendation TST-")), problems.join("\n"));
});

test("a comment holds only what reaches the plan", async () => {
  const logic = good["cql/Logic.cql"]!;
  const used = await traced({ "cql/Logic.cql": logic.replace('define "High"', '// DX-102a\ndefine "High"') });
  assert.ok(!used.problems.some((line) => line.includes("DX-102a")), used.problems.join("\n"));
  const unused = await traced({ "cql/Logic.cql": `${logic}\n// DX-102a\ndefine "Unused": 1\n` });
  assert.ok(unused.problems.some((line) => line.includes("DX-102a is held nowhere and has no reason (Logic.Unused names it and reaches nothing)")), unused.problems.join("\n"));
});

test("an unknown id anywhere is told with file and line", async () => {
  const { problems } = await traced({ "cql/Logic.cql": `${good["cql/Logic.cql"]!}\n// DX-999\ndefine "More": 1\n` });
  assert.ok(problems.some((line) => /^guideline\/cql\/Logic\.cql:\d+: unknown evidence id 'DX-999'$/.test(line)), problems.join("\n"));
});

test("a place must exist and reach the plan", async () => {
  const { problems } = await traced({ "evidence/places.yaml": `- { ids: [DX-102a], held_by: [Logic.Nowhere, fact nothing, terms Nothing, file README.md] }\n` });
  for (const why of ["no definition 'Logic.Nowhere'", "no fact 'nothing'", "no value set 'Nothing' that the plan uses", "README.md does not name it"]) {
    assert.ok(problems.includes(`guideline/evidence/places.yaml:1: DX-102a: ${why}`), problems.join("\n"));
  }
});

test("the page counts what is held, tested, not yet and without a rule", async () => {
  const { trace, page } = await traced(accounted);
  const c = countsOf(trace.traced.filter(({ id }) => id.startsWith("DX-")));
  assert.deepEqual(c, { all: 2, held: 1, tested: 1, notYet: 1, without: 0 });
  assert.match(page, /\| DX-101 \| A rule \| recommendation TST-1/);
  assert.match(page, /\| DX-102a \| Another \| not yet: nothing needs it \| \|/);
});
