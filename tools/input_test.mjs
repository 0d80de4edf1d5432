// SPDX-License-Identifier: Apache-2.0
// usage: node input_test.mjs NIDUS INPUT.md
// Every ```json block of the page is a resource, a list of resources or a Bundle. Before it stand comments:
//   <!-- reads: FactsLabs.CRP = 148 -->        that definition has that value (JSON, or plain words)
//   <!-- lists: Observation/x: no date -->     the plan's `unreadable` or `unused` holds a line with these words
//   <!-- refuses: mm[Hg] -->                   the input is refused (exit code 2) and the message holds these words
// A block without any of them is a mistake of the page.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { asOf, collection, patient, shown } from "./reading.mjs";

const [nidus, page] = process.argv.slice(2);

function blocks(text) {
  const out = [];
  let said = [];
  let json;
  text.split("\n").forEach((line, index) => {
    const comment = /^<!-- (reads|lists|refuses): (.*) -->$/.exec(line);
    if (json !== undefined) {
      if (line === "```") {
        out.push({ line: json.line, said, text: json.lines.join("\n") });
        json = undefined;
        said = [];
      } else json.lines.push(line);
    } else if (comment) said.push({ kind: comment[1], words: comment[2] });
    else if (line === "```json") json = { line: index + 1, lines: [] };
  });
  return out;
}

function bundleOf(block) {
  const found = JSON.parse(block.text);
  if (found.resourceType === "Bundle") return found;
  const resources = Array.isArray(found) ? found : [found];
  const people = resources.some((one) => one.resourceType === "Patient") ? [] : [patient];
  return collection([...people, ...resources]);
}

function run(verb, bundle, extra = []) {
  const result = spawnSync(nidus, [verb, "-", "--as-of", asOf, ...extra], { input: JSON.stringify(bundle), maxBuffer: 1 << 28 });
  return { code: result.status, out: result.stdout.toString(), err: result.stderr.toString() };
}

const problems = [];
let checks = 0;
const all = blocks(readFileSync(page, "utf8"));
for (const block of all) {
  const wrong = (words) => problems.push(`${page}:${block.line}: ${words}`);
  if (block.said.length === 0) {
    wrong("this example has no <!-- reads: --> beside it");
    continue;
  }
  let bundle;
  try {
    bundle = bundleOf(block);
  } catch (error) {
    wrong(`not JSON: ${error.message}`);
    continue;
  }
  const asked = (kind) => block.said.filter((one) => one.kind === kind).map((one) => one.words);
  checks += block.said.length;
  for (const words of asked("refuses")) {
    const result = run("plan", bundle);
    if (result.code !== 2 || !result.err.includes(words)) wrong(`must be refused with '${words}': exit ${result.code} ${result.err}`);
  }
  if (asked("reads").length > 0) {
    const result = run("values", bundle);
    if (result.code !== 0) {
      wrong(`exit ${result.code}: ${result.err}`);
      continue;
    }
    const values = JSON.parse(result.out);
    for (const words of asked("reads")) {
      const [name, wanted] = words.split(/ = (.*)/);
      if (!(name in values)) wrong(`there is no definition '${name}'`);
      else if (shown(values[name]) !== wanted) wrong(`${name} is ${shown(values[name])}, and should be ${wanted}`);
    }
  }
  if (asked("lists").length > 0) {
    const result = run("plan", bundle, ["--format", "json"]);
    if (result.code !== 0) {
      wrong(`exit ${result.code}: ${result.err}`);
      continue;
    }
    const plan = JSON.parse(result.out);
    const lines = [...(plan.unreadable ?? []), ...(plan.unused ?? [])];
    for (const words of asked("lists")) {
      if (!lines.some((line) => line.includes(words))) wrong(`'${words}' is not listed; listed are ${JSON.stringify(lines)}`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(`input: ${all.length} examples, ${checks} checks, ${problems.length} wrong`);
process.exit(problems.length > 0 || all.length === 0 ? 1 : 0);
