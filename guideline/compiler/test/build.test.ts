// SPDX-License-Identifier: Apache-2.0
// What is written: complete, compact, the same each time.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failures, standings } from "../src/case_tests.js";
import { build } from "../src/commands.js";
import { Compiler } from "../src/compile.js";
import { Reference } from "../src/evaluate.js";
import { Problems } from "../src/problems.js";
import { Sources } from "../src/sources.js";
import { stop } from "../src/stops.js";
import { guidelineJson, overloadedIn, slim, write } from "../src/write.js";
import { conversions, externalHelpers, modelInfoXml } from "../src/model.js";
import { helpersWithBodies, Translator } from "../src/translate.js";
import { changed, inFolder, type Files } from "./fixture.js";

const compile = (files: Files = {}) =>
  inFolder(files, async (root, store) => {
    const compiler = new Compiler(root, store);
    return { compiled: await compiler.compile(), written: await compiler.translateWithHelpers(), problems: compiler.problems.lines() };
  });

test("guideline.json has every part, and a hash of the rest", async () => {
  const { compiled } = await compile();
  const json = JSON.parse(guidelineJson(compiled));
  const { hash, ...rest } = json;
  assert.equal(hash, createHash("sha256").update(JSON.stringify(rest)).digest("hex"));
  assert.equal(json.format, "nidus-guideline/1");
  assert.deepEqual(json.libraries.map((one: any) => one.library.identifier.id), ["Terms", "Logic"]);
  assert.deepEqual(json.headline, [{ when: "Logic.High", text: "CRP is {Logic.CRP}" }]);
  assert.deepEqual(json.facts[0].alternatives, [5, 150, null]);
  assert.deepEqual(json.unreadable, [{ define: "Logic.High", what: "a CRP without a unit" }]);
  const addresses = ["http://loinc.org", "https://loinc.org", "http://loinc.org/", "urn:oid:2.16.840.1.113883.6.1"];
  assert.deepEqual(json.valueSets[0].codes, addresses.map((system) => ({ system, code: "1988-5", display: "C reactive protein", status: "C" })));
  assert.equal(json.valueSets[1].url, "https://nidus.example/ValueSet/cefazolin");
  assert.deepEqual(json.recommendations[0].due, { within: "7 d", text: "in a week" });
  assert.deepEqual(json.recommendations[0].unless, ["Logic.Never"]);
  assert.deepEqual(json.stops[0].remove, { atc: ["J01DB"], except: [] });
  assert.deepEqual(json.tables.regimens.map((one: any) => [one.option_id, one.when, one.note, one.components.length]), [
    ["OPT-001", "Logic.High", "when it is high", 2],
    ["OPT-002", "Logic.High", "", 1],
  ]);
  assert.deepEqual(json.tables.dosing["DOS-002|DOS-003"].bands, [
    { from: "0", to: "30", text: "PO: 500 mg; IV: 400 mg q24h" },
    { from: "30", to: "50", text: "PO: 500 mg; IV: 400 mg q8h" },
    { from: "50", text: "PO: 750 mg; IV: 400 mg q8h" },
  ]);
  assert.deepEqual(Object.keys(json.evidence), ["DX-101", "DX-102a"]);
  assert.deepEqual(json.sources, { "01:S01": "A paper" });
});

test("the same sources give the same bytes; another source another hash", async () => {
  const first = guidelineJson((await compile()).compiled);
  assert.equal(guidelineJson((await compile()).compiled), first);
  const other = guidelineJson((await compile(changed("facts/facts.yaml", "label: CRP", "label: CRP today"))).compiled);
  assert.notEqual(JSON.parse(other).hash, JSON.parse(first).hash);
});

test("libraries keep what the engine reads: places, types of definitions and operands, signatures of overloaded calls", async () => {
  const { compiled } = await compile();
  const library = slim(compiled.elm.get("Logic"), overloadedIn(compiled.elm.values()));
  const text = JSON.stringify(library);
  assert.match(text, /"locator":"12:16-12:27"/);
  for (const definition of library.library.statements.def) {
    if (definition.type !== "FunctionDef" && definition.name !== "Patient") assert.ok(definition.resultTypeName ?? definition.resultTypeSpecifier, definition.name);
  }
  const named = (name: string, localId?: string) => ({ type: "NamedTypeSpecifier", ...(localId ? { localId } : {}), name });
  const call = { type: "FunctionRef", locator: "1:1-1:9", name: "F", operand: [] };
  const signed = { ...call, localId: "1", resultTypeName: "X", signature: [named("X", "2")] };
  assert.deepEqual(slim(signed, new Set(["F"])), { ...call, signature: [named("X")] });
  assert.deepEqual(slim(signed, new Set(["G"])), call);
  assert.deepEqual(slim({ type: "Not", locator: "1:1-1:9", signature: [named("X", "2")], operand: call }, new Set(["F"])), { type: "Not", operand: call });
  const list = { type: "ListTypeSpecifier", elementType: named("X") };
  assert.deepEqual(slim({ accessLevel: "Public", name: "D", locator: "1:1-1:9", resultTypeSpecifier: list, expression: call }, new Set()), {
    name: "D", locator: "1:1-1:9", resultTypeSpecifier: { type: "ListTypeSpecifier" }, expression: call,
  });
  assert.deepEqual(slim({ locator: "1:1-1:9", operandTypeSpecifier: list }, new Set()), { operandTypeSpecifier: list });
  const functions = (...names: string[]) => ({ library: { statements: { def: names.map((name) => ({ type: "FunctionDef", name })) } } });
  assert.deepEqual([...overloadedIn([functions("F", "G", "F"), functions("G"), { library: {} }])], ["F"]);
  assert.doesNotMatch(text, /"annotation"|"localId"|"accessLevel"|:\[\]/);
});

test("what was built before and still stands is not built again", async () => {
  await inFolder({}, async (root, store) => {
    const said: string[] = [];
    const log = console.log;
    console.log = (line: string) => said.push(line);
    const built = async () => {
      said.length = 0;
      assert.equal(await build(new Compiler(root, store)), 0);
      return said.join("\n").endsWith("; as built before");
    };
    try {
      assert.equal(await built(), false);
      const bytes = readFileSync(join(store, "guideline.json"), "utf8");
      assert.equal(await built(), true);
      rmSync(join(store, "cases", "high.json"));
      assert.equal(await built(), false, "a case is gone");
      writeFileSync(join(store, "guideline.json"), "{}");
      assert.equal(await built(), false, "the guideline is another");
      assert.equal(readFileSync(join(store, "guideline.json"), "utf8"), bytes);
      const facts = join(root, "facts", "facts.yaml");
      writeFileSync(facts, readFileSync(facts, "utf8").replace("label: CRP", "label: CRP today"));
      assert.equal(await built(), false, "a source is another");
      assert.notEqual(readFileSync(join(store, "guideline.json"), "utf8"), bytes);
      assert.equal(await built(), true);
    } finally {
      console.log = log;
    }
  });
});

test("cases are written as bundles beside their expectations", async () => {
  await inFolder({}, async (root, store) => {
    const compiler = new Compiler(root, store);
    const compiled = await compiler.compile();
    const out = join(root, "out");
    write(compiler.sources, compiled, out);
    assert.deepEqual(readdirSync(join(out, "cases")).sort(), ["high.expect.json", "high.json", "none.expect.json", "none.json"]);
    const bundle = JSON.parse(readFileSync(join(out, "cases", "high.json"), "utf8"));
    assert.deepEqual(bundle.entry.map((one: any) => `${one.resource.resourceType}/${one.resource.id}`), ["Patient/p1", "Observation/observation-1", "Flag/flag-1"]);
    const expect = JSON.parse(readFileSync(join(out, "cases", "none.expect.json"), "utf8"));
    assert.deepEqual([expect.as_of, expect.expect.undecided, expect.expect.definitions], ["2025-03-04T10:00:00Z", ["TST-1"], { "Logic.CRP": "null" }]);
  });
});

test("an expected text in quotes keeps the blanks at its ends, and may be empty", async () => {
  const words = `definitions: { Logic.CRP: "", High: " so high. ", Logic.High: ' x' }`;
  await inFolder(changed("cases/none.yaml", "definitions: { Logic.CRP: null }", words), async (root, store) => {
    const compiler = new Compiler(root, store);
    const out = join(root, "out");
    write(compiler.sources, await compiler.compile(), out);
    const { expect } = JSON.parse(readFileSync(join(out, "cases", "none.expect.json"), "utf8"));
    assert.deepEqual(expect.definitions, { "Logic.CRP": "", High: " so high. ", "Logic.High": " x" });
  });
});

test("a record looked at in two moments is two cases", async () => {
  const moments = `moments:
  - { id: early, as_of: 2025-03-04T10:00:00Z, expect: { never: [TST-1, TST-2] } }
  - { id: late, as_of: 2025-03-05T10:00:00Z, expect: { never: [TST-1] } }
`;
  await inFolder({ "cases/none.yaml": `id: none\ntitle: Nothing known\npatient: { born: 1961 }\n${moments}` }, async (root, store) => {
    const compiled = await new Compiler(root, store).compile();
    const looks = compiled.cases.filter(({ id }) => id.startsWith("none"));
    assert.deepEqual(looks.map(({ id, title, asOf }) => [id, title, asOf]), [
      ["none-early", "Nothing known: early", "2025-03-04T10:00:00Z"],
      ["none-late", "Nothing known: late", "2025-03-05T10:00:00Z"],
    ]);
  });
});

// What a library becomes depends on these alone, so one translation serves both engines.
test("FHIRHelpers has the same names, operands and results with bodies and without", async () => {
  await inFolder({}, async (_root, store) => {
    const signatures = async (text: string): Promise<string[]> => {
      const problems = new Problems();
      const elm = await new Translator([{ name: "FHIRHelpers", file: "FHIRHelpers", text }], store, problems).translateAll();
      assert.deepEqual(problems.lines(), []);
      const definitions: any[] = elm.get("FHIRHelpers")!["library"].statements.def;
      const type = (one: any): string =>
        one.resultTypeName ?? one.name ?? `${one.type}<${type(one.pointType ?? one.elementType)}>`;
      return definitions
        .filter(({ name }) => name !== "ToCalendarUnit") // asked for by the bodies alone
        .map((one) => `${one.name}(${one.operand.map((each: any) => type(each.operandTypeSpecifier))}): ${one.resultTypeName ?? type(one.resultTypeSpecifier)}`)
        .sort();
    };
    const without = await signatures(externalHelpers(conversions(modelInfoXml())));
    assert.ok(without.length > 20 && without.includes("ToQuantity({http://hl7.org/fhir}Quantity): {urn:hl7-org:elm-types:r1}Quantity"), without.join("\n"));
    assert.deepEqual(await signatures(helpersWithBodies().text), without);
  });
});

test("worked patients: met expectations are quiet, each broken one is told", async () => {
  const { compiled, written, problems } = await compile();
  assert.deepEqual(problems, []);
  const reference = new Reference(written, compiled.sets);
  const [high, none] = compiled.cases;
  const results = reference.evaluate(high!);
  assert.deepEqual(failures(high!, compiled, results), []);
  assert.equal(results.get("Logic.CRP"), "148");
  assert.equal(results.get("Logic.CRP Observation"), "Observation/observation-1");
  assert.deepEqual(failures(none!, compiled, reference.evaluate(none!)), []);
  const swapped = failures({ ...none!, bundle: high!.bundle }, compiled, results);
  assert.equal(swapped.length, 4, swapped.join("\n"));
});

test("standing: blocked by any true unless, replaced by what is advised", () => {
  const base = { evidence: [], unless: [] as string[] };
  const results = new Map<string, boolean>([["yes", true], ["no", false]]);
  const standing = standings(
    [
      { ...base, id: "A", when: "yes", replaces: ["B", "C", "D"] },
      { ...base, id: "B", when: "yes" },
      { ...base, id: "C", when: "unknown" },
      { ...base, id: "D", when: "no" },
      { ...base, id: "E", when: "unknown", unless: ["no", "yes"] },
      { ...base, id: "F", when: "yes", unless: ["unknown", "no"] },
    ],
    results,
  );
  assert.deepEqual([...standing.values()], ["advised", "replaced", "replaced", "not-advised", "blocked", "advised"]);
});

// tables/dosing.csv says of each drug what pregnancy and breast-feeding mean; the stops and cautions that act on it must reach each row.
test("no row of the dosing table is barred in pregnancy or breast-feeding without a stop or a caution", () => {
  const root = join(import.meta.dirname, "..", "..", "..");
  const problems = new Problems();
  const sources = new Sources(join(root, "guideline"), problems);
  const stops = sources.entries(sources.files("stops", ".yaml"), stop, new Map(), "stop").map(({ value }) => value);
  const reaching = (word: RegExp, atc: string) => stops.filter(({ when, title, remove, caution }) => word.test(`${when.text} ${title}`) && ((remove ?? caution)?.atc ?? []).some((prefix) => atc.startsWith(prefix)));
  const missed = sources.csv(join(root, "guideline", "tables", "dosing.csv")).flatMap(({ cells }) => {
    const { dose_id = "", atc = "", pregnancy_note = "", breastfeeding_note = "" } = cells;
    const speaks = (note: string) => /avoid|contraindicated|not recommended|no data|limited/.test(note);
    return [
      ...(speaks(pregnancy_note) && reaching(/pregnan|trimester|aminoglycoside barred/i, atc).length === 0 ? [`${dose_id} pregnancy: ${pregnancy_note}`] : []),
      ...(speaks(breastfeeding_note) && reaching(/breast-feeding/i, atc).length === 0 ? [`${dose_id} breast-feeding: ${breastfeeding_note}`] : []),
    ];
  });
  assert.deepEqual(missed, []);
  assert.deepEqual(problems.lines(), []);
});
