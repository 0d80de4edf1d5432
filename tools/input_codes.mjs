// SPDX-License-Identifier: Apache-2.0
// Writes docs/input-codes.md: every value set of guideline/terminology/ with its codes, units and free texts.
// usage: node tools/input_codes.mjs > docs/input-codes.md
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { parse } = createRequire(join(root, "guideline", "compiler", "package.json"))("yaml");
const folder = join(root, "guideline", "terminology");
const names = { loinc: "LOINC", snomed: "SNOMED CT", icd10: "ICD-10", icd10cm: "ICD-10-CM", rxnorm: "RxNorm", atc: "ATC", nidus: "Nidus", dicom: "DICOM",
  "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS", "http://www.ama-assn.org/go/cpt": "CPT", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS" };

console.log("# Codes, units and words Nidus reads");
console.log("");
console.log("Generated from `guideline/terminology/` by `node tools/input_codes.mjs`. How each kind of fact is encoded stands in");
console.log("[input.md](input.md). A word counts when it is the whole text; capitals, punctuation, the plural and British or American");
console.log("spelling make no difference. `(K)` marks a code not yet checked against an official release. `Nidus` codes are of the");
console.log("system `https://nidus.example/CodeSystem/finding`.");
for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml")).sort()) {
  console.log(`\n## ${file.replace(".yaml", "").replaceAll("_", " ")}\n`);
  console.log("| what | codes | units | words |\n|---|---|---|---|");
  for (const set of parse(readFileSync(join(folder, file), "utf8")) ?? []) {
    const bySystem = new Map();
    for (const { system, code, status } of set.codes ?? []) {
      const list = bySystem.get(system) ?? [];
      list.push(`${code}${status === "K" ? " (K)" : ""}`);
      bySystem.set(system, list);
    }
    const codes = [...bySystem].map(([system, list]) => `${names[system] ?? system}: ${list.join(", ")}`).join("; ");
    const cell = (text) => String(text).replaceAll("|", "\\|");
    console.log(`| ${cell(set.name)} | ${cell(codes)} | ${cell((set.units ?? []).join(", "))} | ${cell((set.texts ?? []).join("; "))} |`);
  }
}
