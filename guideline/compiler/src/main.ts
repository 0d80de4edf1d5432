// SPDX-License-Identifier: Apache-2.0
// The words of the command line.
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { book, build, check, evalCase, evaluateAll, test, trace, translateFiles } from "./commands.js";
import { Compiler } from "./compile.js";
import { importEvidence } from "./import_evidence.js";

const repository = resolve(fileURLToPath(import.meta.url), "../../../..");

const usage = `usage: run.mjs COMMAND [--guideline DIR] [--build DIR]
  check [cql]                       read and check everything, or the CQL alone
  build                             check, then guideline.json and the worked patients as FHIR
  eval CASE [DEFINITION ...]        values in one worked patient, by the npm engine
  test [--known FILE] [--one-in N] [CASE ...]
                                    expectations of the worked patients, by the npm engine; values that FILE names as
                                    known faults of that engine are not held against it
  evaluate [--patients DIR] [--as-of TIME] [--one-in N] [--out FILE]
                                    every definition for every patient, in normal form
                                    --one-in N draws one patient in N, by the guideline's content
  trace [check]                     docs/safety/trace.md, written or only compared
  book                              build/book/nidus-guideline.html
  elm FILE.cql ... -o DIR           translate any libraries
  import-evidence FOLDER            evidence/rules.yaml and sources.yaml from the dossiers`;

// What was asked for in words that mean nothing here.
class UsageError extends Error {}

// Takes "--name value" out of the words.
function take(words: string[], name: string): string | undefined {
  const at = words.indexOf(name);
  if (at < 0) return undefined;
  const value = words.splice(at, 2)[1];
  if (value === undefined) throw new UsageError(`${name}: a value is needed`);
  return value;
}

// How many people there are for one that is drawn.
function takeOneIn(words: string[]): number {
  const said = take(words, "--one-in") ?? "1";
  if (!/^[1-9]\d{0,5}$/.test(said)) throw new UsageError(`--one-in ${said}: a whole number from 1 is needed`);
  return Number(said);
}

// The exit code: 0 done, 1 something was found wrong, 2 words that are not understood.
export async function main(words: string[]): Promise<number> {
  try {
    return await run(words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(words: string[]): Promise<number> {
  const root = resolve(take(words, "--guideline") ?? join(repository, "guideline"));
  const out = resolve(take(words, "--build") ?? join(repository, "build", "guideline"));
  const [command, ...rest] = words;
  const compiler = new Compiler(root, out);
  switch (command) {
    case "help":
      console.log(usage);
      return 0;
    case "check":
      return check(compiler, rest[0]);
    case "build":
      return build(compiler);
    case "eval":
      return evalCase(compiler, rest[0], rest.slice(1));
    case "test": {
      const known = take(rest, "--known");
      const oneIn = takeOneIn(rest);
      return test(compiler, rest, oneIn, known);
    }
    case "evaluate": {
      const patients = take(rest, "--patients");
      const asOf = take(rest, "--as-of");
      const oneIn = takeOneIn(rest);
      const file = take(rest, "--out") ?? rest[0] ?? join(out, "reference.ndjson");
      return evaluateAll(compiler, { ...(patients ? { patients } : {}), ...(asOf ? { asOf } : {}), oneIn, out: file });
    }
    case "trace":
      return trace(compiler, join(root, "..", "docs", "safety", "trace.md"), rest[0] === "check" ? "check" : "write");
    case "book":
      return book(compiler, join(out, "..", "book", "nidus-guideline.html"));
    case "elm": {
      const folder = take(rest, "-o");
      if (folder !== undefined && rest.length > 0) return translateFiles(rest, folder, join(out, "elm"));
      break;
    }
    case "import-evidence":
      if (rest[0] === undefined) break;
      console.log(importEvidence(rest[0], root));
      return 0;
  }
  console.error(usage);
  return 2;
}
