// SPDX-License-Identifier: Apache-2.0
//
// What the ELM fuzzer starts from: every operator once or more, each library small and without the notes of the
// translator.
//
//   node tools/elm_seeds.mjs OUT_DIR CONFORMANCE.ndjson LIBRARY.elm.json...
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [out, conformance, ...libraries] = process.argv.slice(2);
if (!conformance) {
  console.error("usage: node tools/elm_seeds.mjs OUT_DIR CONFORMANCE.ndjson LIBRARY.elm.json...");
  process.exit(2);
}
const notes = new Set(["annotation", "locator", "localId"]);
const bare = (elm) => JSON.stringify(elm, (key, value) => (notes.has(key) ? undefined : value));

const tests = readFileSync(conformance, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
tests.forEach((test, i) => {
  if (test.elm) writeFileSync(join(out, `test-${i}.json`), bare(test.elm));
});
for (const file of libraries) writeFileSync(join(out, basename(file)), bare(JSON.parse(readFileSync(file, "utf8"))));
