// SPDX-License-Identifier: Apache-2.0
// usage: node bench/cohort/prepare.mjs OUT PATIENTS
// Translates Cohort.cql twice, with FHIRHelpers built in for our engine and written out for the npm engine, and writes PATIENTS
// patients of 87 resources, a Bundle a line. The same call gives the same bytes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problems } from "../../build/compiler/src/problems.js";
import { Translator } from "../../build/compiler/src/translate.js";
import { bundleOf } from "./patients.mjs";
import { valueSets } from "./value_sets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [out, count] = [process.argv[2], Number(process.argv[3])];
mkdirSync(out, { recursive: true });

const library = { name: "Cohort", file: "bench/cohort/Cohort.cql", text: readFileSync(join(here, "Cohort.cql"), "utf8") };
for (const helpers of ["external", "written"]) {
  const problems = new Problems();
  const elm = await new Translator([library], helpers, join(out, "elm"), problems).translateAll();
  if (problems.lines().length > 0) {
    console.error(problems.lines().join("\n"));
    process.exit(1);
  }
  writeFileSync(join(out, `${helpers}.json`), JSON.stringify(Object.fromEntries(elm)));
}
writeFileSync(join(out, "Cohort.json"), JSON.stringify(JSON.parse(readFileSync(join(out, "external.json"), "utf8")).Cohort));
writeFileSync(join(out, "value_sets.json"), JSON.stringify(valueSets));
const lines = Array.from({ length: count }, (_, i) => JSON.stringify(bundleOf(i)));
writeFileSync(join(out, "patients.ndjson"), lines.join("\n") + "\n");
