// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { importEvidence } from "../src/import_evidence.js";

const diagnosis = `# Diagnosis
| ID | Rule | Source |
|---|---|---|
| DX-101 | **Fever** counts. It is not needed. | [S01] IDSA |
| DX-102a | A proposal of ours (project proposal) that is long enough to stand without its heading | [S01] |
| DX-103 | Read in a summary only, which is a secondary page and says so in its own list of sources | [S02] |
| DX-104 | Half of it read, half of it (from general knowledge, unverified here) | [S01],[S02] |

| ID | DX-611 SCORE (blood) | Points |
|---|---|---|
| DX-611a | meningitis | 5 |

Rule DX-250: absence of fever must never lower priority [S01].
It speaks of DX-999 without laying it down.

## 12. Sources
| Key | Source |
|---|---|
| S01 | A guideline, doi 10.1000/x (A) |
| S02 | A summary of it (SEC) |
`;
const antimicrobials = `| ID | Rule | Mark |
|---|---|---|
| ABX-101 | Start within 1 h | IDSA S/L [A01] V |
| ABX-S01 | Stop: aorta; see dossier 03 SUR-01 | [A02] S |

### 13.2 Sources
| Ref | Source | Read |
|---|---|---|
| A01 | IDSA 2015 | abs |
| A02 | A label | sec |
`;
const surgery = `### 2.1 A table of its own — STA-01
| ID | Rule | Evidence |
|---|---|---|
| SUR-01 | Operate within 12 h | V:S04,S05 |
| SUR-02 | Not sacral S4-5; two weeks | DESIGN |
| SUR-03 | Read elsewhere | V2:S05 |

Vaccination rules: VAC-01 pneumococcal vaccine once — V:S04. VAC-02 influenza yearly — (from general knowledge, unverified here).

### 13.2 Sources (seen unless marked)
- S04 A first paper; S05 B second paper, with a comma
`;

test("evidence is imported with text, mark and sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "nidus-evidence-"));
  try {
    writeFileSync(join(folder, "01-diagnosis.md"), diagnosis);
    writeFileSync(join(folder, "02-antimicrobials.md"), antimicrobials);
    writeFileSync(join(folder, "03-surgery-rehab-followup-prevention.md"), surgery);
    assert.equal(importEvidence(folder, folder), "14 rules, 6 sources");
    const text = readFileSync(join(folder, "evidence", "rules.yaml"), "utf8");
    assert.ok(!text.includes(folder));
    const rules = parse(text);
    const shown = Object.entries(rules).map(([id, rule]: [string, any]) => [id, rule.mark, rule.sources.join(" "), rule.text]);
    assert.deepEqual(shown, [
      ["ABX-101", "P", "02:A01", "Start within 1 h; IDSA S/L"],
      ["ABX-S01", "S", "02:A02", "Stop: aorta; see dossier 03 SUR-01"],
      ["DX-101", "P", "01:S01", "Fever counts. It is not needed.; IDSA"],
      ["DX-102a", "J", "01:S01", "A proposal of ours that is long enough to stand without its heading"],
      ["DX-103", "S", "01:S02", "Read in a summary only, which is a secondary page and says so in its own list of sources"],
      ["DX-104", "U", "01:S01 01:S02", "Half of it read, half of it"],
      ["DX-250", "P", "01:S01", "absence of fever must never lower priority."],
      ["DX-611a", "", "", "DX-611 SCORE (blood): meningitis; Points 5"],
      ["STA-01", "", "", "A table of its own"],
      ["SUR-01", "P", "03:S04 03:S05", "Operate within 12 h"],
      ["SUR-02", "J", "", "Not sacral S4-5; two weeks"],
      ["SUR-03", "S", "03:S05", "Read elsewhere"],
      ["VAC-01", "P", "03:S04", "pneumococcal vaccine once"],
      ["VAC-02", "U", "", "influenza yearly"],
    ]);
    const sources = parse(readFileSync(join(folder, "evidence", "sources.yaml"), "utf8"));
    assert.equal(sources["03:S05"], "B second paper, with a comma");
    assert.equal(rules["DX-101"].file, "01-diagnosis.md");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
