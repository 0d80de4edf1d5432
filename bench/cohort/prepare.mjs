// SPDX-License-Identifier: Apache-2.0
// usage: node bench/cohort/prepare.mjs OUT PATIENTS
// Translates Cohort.cql, for the npm engine with FHIRHelpers written out, and writes PATIENTS
// patients of 87 resources, a Bundle a line. The same call gives the same bytes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problems } from "../../build/compiler/src/problems.js";
import { helpersWithBodies, Translator } from "../../build/compiler/src/translate.js";
import { bundleOf } from "./patients.mjs";
import { valueSets } from "./value_sets.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [out, count] = [process.argv[2], Number(process.argv[3])];
mkdirSync(out, { recursive: true });

const library = { name: "Cohort", file: "bench/cohort/Cohort.cql", text: readFileSync(join(here, "Cohort.cql"), "utf8") };
const translated = async (libraries) => {
  const problems = new Problems();
  const elm = await new Translator(libraries, join(out, "elm"), problems).translateAll();
  if (problems.lines().length > 0) {
    console.error(problems.lines().join("\n"));
    process.exit(1);
  }
  return Object.fromEntries(elm);
};
const external = await translated([library]);
writeFileSync(join(out, "written.json"), JSON.stringify({ ...external, ...(await translated([helpersWithBodies()])) }));
writeFileSync(join(out, "Cohort.json"), JSON.stringify(external.Cohort));
writeFileSync(join(out, "value_sets.json"), JSON.stringify(valueSets));
const lines = Array.from({ length: count }, (_, i) => JSON.stringify(bundleOf(i)));
writeFileSync(join(out, "patients.ndjson"), lines.join("\n") + "\n");
