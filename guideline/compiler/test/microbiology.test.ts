// SPDX-License-Identifier: Apache-2.0
// A small microbiology folder without a fault, and each fault told with file, line and reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Definitions } from "../src/definitions.js";
import { MicrobiologyReader } from "../src/microbiology.js";
import { Problems } from "../src/problems.js";
import { Sources } from "../src/sources.js";
import { good, inFolder, problemsOf, type Files } from "./fixture.js";

const head =
  "row_id,eucast_version,organism,agent_code,indication_or_site,mic_S_le_mgL,mic_R_gt_mgL,zone_S_ge_mm,zone_R_lt_mm,disk_content," +
  "has_I_category,S_offscale_means_wildtype_is_I,bracketed_breakpoint,v16_1_check,v15_0_value_if_changed,note,source";
const row = "BP-1,v15,Staphylococcus aureus,VAN,all,2,2,,,,no,no,no,confirmed,,,table";

const files: Files = {
  "microbiology/organisms.yaml": `- { name: Staphylococcus, rank: genus }
- { name: Staphylococcus aureus, rank: species, above: [Staphylococcus], snomed: ["3092008 C"] }
`,
  "microbiology/agents.yaml": `- { code: VAN, name: Vancomycin, atc: J01XA01, classes: [glycopeptides] }
`,
  "microbiology/classes.yaml": `- { class: glycopeptides, agents: [glycopeptides] }
`,
  "microbiology/sites.yaml": `conditions:
  - { id: meningitis, label: meningitis, when: Logic.High, unknown: counts }
sites:
  - { site: all }
`,
  "microbiology/markers.yaml": `- { id: esbl, label: ESBL, names: [esbl] }
`,
  "microbiology/tables.yaml": `- { id: t, name: Table, file: points.csv, methods: [eucast] }
`,
  "microbiology/expert_rules.yaml": `- id: DX-101
  organisms: [Staphylococcus]
  when: [{ agents: [VAN], is: [S] }]
  then: [{ agents: [glycopeptides], report: S }]
  say: "S."
  mark: C
`,
  "microbiology/reading.yaml": `dilution_tolerance: 0.045
mic_unit: mg/L
zone_unit: mm
disk_diameter: 6
marker_headings: [resistance mechanism]
answers: { S: CRP, I: CRP, R: CRP, none: CRP }
other_methods: [clsi]
positive: [positive]
negative: [negative]
organism_passing: [growth of]
agent_passing: [mic]
never: ["no"]
cut_at: [subsp]
rewrites: { mrsa: staphylococcus aureus }
qualifiers: [{ words: [esbl], marker: esbl, is: positive }]
`,
  "tables/points.csv": `${head}\n${row}\n`,
};

const changed = (file: string, from: string, to: string): Files => {
  assert.ok(files[file]!.includes(from), from);
  return { ...files, [file]: files[file]!.replace(from, to) };
};

test("a microbiology folder without a fault is not refused", async () => {
  assert.ok(good);
  assert.deepEqual(await problemsOf(files), []);
});

const T = "tables/points.csv";
const refusals: [string, Files, string][] = [
  ["an organism above that is not there", changed("microbiology/organisms.yaml", "[Staphylococcus]", "[Staphylococus]"), "microbiology/organisms.yaml:2: Staphylococcus aureus: no organism 'Staphylococus'; did you mean 'Staphylococcus'?"],
  ["a code with a slip", changed("microbiology/organisms.yaml", "3092008 C", "3092080 C"), "microbiology/organisms.yaml:2: Staphylococcus aureus: 3092080 is no code of snomed: its form or its check digit is wrong"],
  ["a code without a mark", changed("microbiology/organisms.yaml", "3092008 C", "3092008"), "microbiology/organisms.yaml:2: Staphylococcus aureus: 'snomed' is '3092008', not like 3092008 C"],
  ["an organism of the table that is not known", changed(T, "Staphylococcus aureus", "Staphylococcus aureos"), `${T}:2: no organism 'Staphylococcus aureos' in microbiology/organisms.yaml; did you mean 'Staphylococcus aureus'?`],
  ["an agent of the table that is not known", changed(T, "VAN", "TEC"), `${T}:2: BP-1: no agent 'TEC' in microbiology/agents.yaml`],
  ["a site of the table that is not known", changed(T, ",all,", ",urine,"), `${T}:2: BP-1: no site 'urine' in microbiology/sites.yaml`],
  ["S above R", changed(T, ",2,2,", ",4,2,"), `${T}:2: BP-1: S up to 4 mg/L is above R beyond 2 mg/L`],
  ["half a breakpoint", changed(T, ",2,2,", ",2,,"), `${T}:2: BP-1: one of the two MIC breakpoints is missing`],
  ["a category that the numbers do not have", changed(T, ",no,no,no,", ",yes,no,no,"), `${T}:2: BP-1: has_I_category is 'yes', the breakpoints say 'no'`],
  ["a zone without a disk", changed(T, ",2,2,,,", ",,,20,20,"), `${T}:2: BP-1: a zone without the content of the disk`],
  ["two rows for the same", changed(T, `${row}\n`, `${row}\n${row.replace("BP-1", "BP-2")}\n`), `${T}:3: BP-2: the same organism, agent and site as BP-1`],
  ["a table that is not there", changed("microbiology/tables.yaml", "points.csv", "pints.csv"), "microbiology/tables.yaml:1: t: no file tables/pints.csv"],
  ["a rule without evidence", changed("microbiology/expert_rules.yaml", "DX-101", "DX-109"), "microbiology/expert_rules.yaml:1: DX-109: unknown evidence id 'DX-109'; did you mean 'DX-101'?"],
  ["a rule on an unknown agent", changed("microbiology/expert_rules.yaml", "[VAN]", "[VAM]"), "microbiology/expert_rules.yaml:3: DX-101: no agent or class 'VAM'; did you mean 'VAN'?"],
  ["a condition that is not Boolean", changed("microbiology/sites.yaml", "Logic.High", "Logic.CRP"), "microbiology/sites.yaml:2: meningitis: 'Logic.CRP' is Decimal, not Boolean"],
  ["an unknown marker", changed("microbiology/reading.yaml", "marker: esbl", "marker: esbk"), "microbiology/reading.yaml:15: no marker 'esbk'; did you mean 'esbl'?"],
];
for (const [what, given, told] of refusals) {
  test(`refused: ${what}`, async () => {
    assert.ok((await problemsOf(given)).includes(`guideline/${told}`), (await problemsOf(given)).join("\n"));
  });
}

test("resistance by nature reaches the logic: with what stands above, without what is given on purpose", async () => {
  const nature = {
    ...files,
    "microbiology/agents.yaml": `- { code: VAN, name: Vancomycin, atc: J01XA01, classes: [glycopeptides] }
- { code: TEC, name: Teicoplanin, atc: J01XA02, classes: [glycopeptides] }
`,
    "microbiology/tables.yaml": `- id: t
  name: Table
  file: points.csv
  methods: [eucast]
  expected_resistance: nature.csv
  combination: [{ organisms: [Staphylococcus aureus], agents: [TEC], evidence: [DX-101], say: "Never alone." }]
`,
    "tables/nature.csv": "row_id,organism,agent_type,agent_or_class,agent_codes,expected_phenotype,eucast_table,source\nIR-1,Staphylococcus,class,glycopeptides,VAN|TEC,R,Table 1,read\n",
  };
  const found = await inFolder({ ...good, ...nature }, (root) => {
    const problems = new Problems();
    const context = { sources: new Sources(root, problems), problems, definitions: new Definitions(new Map(), new Set()), evidence: { rules: {}, sources: {}, ids: new Set<string>() } };
    return Promise.resolve(new MicrobiologyReader(context, [], new Set()).byNature());
  });
  assert.deepEqual(found.rows, [{ id: "IR-1", atc: ["J01XA01", "J01XA02"], verified: true }]);
  assert.deepEqual(found.organisms.map(({ name, rows, except }) => [name, rows, except]), [
    ["Staphylococcus", ["IR-1"], []],
    ["Staphylococcus aureus", ["IR-1"], ["J01XA02"]],
  ]);
  assert.ok(found.organisms[1]!.names.includes("s aureus"));
  assert.deepEqual(found.tests, []);
});
