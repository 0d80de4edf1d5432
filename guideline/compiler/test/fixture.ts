// SPDX-License-Identifier: Apache-2.0
// A small guideline without a fault, and changes to it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Compiler } from "../src/compile.js";

export type Files = Record<string, string>;

export const good: Files = {
  "guideline.yaml": `id: fixture
version: 0.1.0
title: A small guideline
libraries: [Logic]
roles:
  ward-physician: Ward physician
categories:
  crp-monitoring: CRP at set intervals
headline:
  - { when: Logic.High, text: "CRP is {Logic.CRP}" }
kidney: { clearance: Logic.CRP, haemodialysis: Logic.High }
`,
  "cql/Logic.cql": `library Logic version '1'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
include Terms version '0.1.0' called T
context Patient

define "CRP Observation":
  Last([Observation: T."CRP"] O sort by issued)

define "CRP": ("CRP Observation".value as FHIR.Quantity).value.value

define "High": "CRP" > 10.0

define "Never": false

define function Twice(x System.Decimal): x * 2.0
`,
  "terminology/labs.yaml": `- name: CRP
  url: https://nidus.example/ValueSet/crp
  source: LOINC
  codes:
    - { system: loinc, code: 1988-5, display: C reactive protein, status: C }
  texts: [crp, c-reactive protein]
  units: [mg/L]
- name: Cefazolin
  codes:
    - { system: atc, code: J01DB04, display: Cefazolin }
`,
  "facts/facts.yaml": `- id: crp
  define: Logic.CRP
  label: CRP
  unit: mg/L
  learn: Measure CRP
  owner: ward-physician
  alternatives: [5, 150, null]
`,
  "facts/unreadable.yaml": `- define: Logic.High
  what: a CRP without a unit
`,
  "recommendations/watch.yaml": `- id: TST-1
  title: Measure CRP again
  stage: response
  category: crp-monitoring
  group: next
  action: test
  when: Logic.High
  unless: [Logic.Never]
  because: [crp]
  do: "Measure again, it was {Logic.CRP}"
  reason: It was high.
  owner: ward-physician
  due: { within: 7 d, text: in a week }
  options: { organism_group: [EMPIRICAL] }
  evidence: [DX-101, DX-102a]
  strength: strong
  certainty: low
  priority: 6
- id: TST-2
  title: Leave it
  stage: response
  category: crp-monitoring
  group: watch
  action: monitor
  when: Logic.High
  do: Leave it
  reason: It was high.
  owner: ward-physician
  evidence: [DX-101]
  strength: weak
  certainty: low
  priority: 7
`,
  "stops/stops.yaml": `- id: SAFE-1
  title: A stop
  when: Logic.Never
  remove: { atc: [J01DB] }
  text: Not this one.
  evidence: [DX-101]
`,
  "tables/regimens.csv": `reg_id,option_id,component_no,components_in_option,organism_group,organism_detail,condition,setting,rank,role,phase,agent,atc,route,dose,interval,dose_id,duration_default,adjunct_rifampicin,notes,strength_evidence,source,verification
REG-001,OPT-001,1,2,EMPIRICAL,any,stable,native,1,empirical,iv_initial,Cefazolin,J01DB04,IV,2 g,q8h,DOS-001,6 weeks,no,"a, b",strong,here,verified
REG-002,OPT-001,2,2,EMPIRICAL,any,stable,native,1,empirical,iv_initial,Vancomycin,J01XA01,IV,15 mg/kg,q12h,none,6 weeks,no,,strong,here,verified
REG-003,OPT-002,1,1,EMPIRICAL,any,stable,native,2,alternative,iv_initial,Ciprofloxacin,J01MA02,PO/IV,x,q12h,DOS-002|DOS-003,6 weeks,no,,strong,here,verified
`,
  "tables/dosing.csv": `dose_id,agent,route,renal_bands_crcl_mlmin,ihd_dose
DOS-001,Cefazolin,IV,"(30,inf)=2 g q8h;[0,30]=2 g q12h",2 g after each session
DOS-002,Ciprofloxacin,PO,"[50,inf)=750 mg;[0,50)=500 mg",250 mg
DOS-003,Ciprofloxacin,IV,"[30,inf)=400 mg q8h;[0,30)=400 mg q24h",200 mg
`,
  "tables/regimen_conditions.csv": `option_id,when,note
OPT-001,Logic.High,when it is high
OPT-002,Logic.High,
`,
  "evidence/rules.yaml": `DX-101: { text: A rule, file: 01-diagnosis.md, mark: P, sources: ["01:S01"] }
DX-102a: { text: Another, file: 01-diagnosis.md, mark: "", sources: [] }
`,
  "evidence/sources.yaml": `01:S01: A paper
`,
  "cases/high.yaml": `id: high
title: High CRP
as_of: 2025-03-04T10:00:00+01:00
patient: { born: 1961-05-02, sex: male }
facts:
  - { lab: crp, value: 148 mg/L, at: 2025-03-03T08:00:00+01:00, issued: 2025-03-03T09:00:00+01:00, as: code }
resources:
  - { resourceType: Flag, status: active, code: { text: x }, subject: { reference: Patient/p1 } }
expect:
  advised: [TST-1, TST-2]
  options: { TST-1: { first: OPT-001, offered: [OPT-002] } }
  categories: { advised: [crp-monitoring] }
  definitions: { Logic.CRP: 148, High: true }
`,
  "cases/none.yaml": `id: none
title: Nothing known
as_of: 2025-03-04T10:00:00Z
patient: { born: 1961 }
expect:
  undecided: [TST-1]
  never: [TST-1, TST-2]
  definitions: { Logic.CRP: null }
`,
};

// In the file named first, each text becomes the next: exactly one occurrence each.
export function changed(file: string, ...replacements: string[]): Files {
  let text = good[file] ?? "";
  for (let i = 0; i < replacements.length; i += 2) {
    const parts = text.split(replacements[i]!);
    if (parts.length !== 2) throw new Error(`'${replacements[i]}' stands ${parts.length - 1} times in ${file}`);
    text = parts.join(replacements[i + 1]!);
  }
  return { [file]: text };
}

// Translating is slow: one store of translated libraries for all tests of a run.
const store = join(tmpdir(), `nidus-compiler-test-${process.ppid}`);

export async function inFolder<T>(files: Files, work: (root: string, store: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "nidus-guideline-"));
  const root = join(home, "guideline");
  try {
    for (const [name, text] of Object.entries({ ...good, ...files })) {
      if (text === "") continue;
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return await work(root, store);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export function problemsOf(files: Files): Promise<string[]> {
  return inFolder(files, async (root, out) => {
    const compiler = new Compiler(root, out);
    await compiler.compile();
    return compiler.problems.lines();
  });
}
