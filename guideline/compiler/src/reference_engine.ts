// SPDX-License-Identifier: Apache-2.0
// cql-execution as published, without its pauses.
//
// Every expression of the engine is an `async` function, for a terminology server might have to be asked in between. Ours lies in
// memory, so nothing is ever waited for, and much of the time went into promises that were kept at once. The text of
// the engine is therefore loaded without the words `async` and `await`, and with a list in the place of `Promise.all`: the same
// statements in the same order. A promise that was left over would be no CQL value, so it would show as a difference; another way of
// waiting in a later version of the package is refused below. test/evaluate.test.ts compares with the package as it is.
import { createRequire, Module } from "node:module";

const require = createRequire(import.meta.url);

const isEngine = (file: string) => /[\\/]node_modules[\\/]cql-execution[\\/]lib[\\/]/.test(file);

// Exported for its test.
export function withoutPauses(text: string, file: string): string {
  const plain = text.replace(/\b(?<!for\s+)(?:async|await)\s+/g, "").replace(/\bPromise\.all\(/g, "Array.from(");
  const bare = plain.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const left = /\b(?:async|await|Promise)\b|\.then\(/.exec(bare);
  if (left) throw new Error(`${file}: '${left[0]}' is a way of waiting that is not known here`);
  return plain;
}

type Compile = (this: unknown, text: string, file: string, ...rest: unknown[]) => unknown;
const loader = Module.prototype as unknown as { _compile: Compile };
const compile = loader._compile;
loader._compile = function (text, file, ...rest) {
  return compile.call(this, isEngine(file) ? withoutPauses(text, file) : text, file, ...rest);
};
export const cql = require("cql-execution") as any;
export const reusable = require("cql-execution/lib/elm/reusable.js") as any;
export const external = require("cql-execution/lib/elm/external.js") as any;
export const list = require("cql-execution/lib/elm/list.js") as any;
export const expression = require("cql-execution/lib/elm/expression.js") as any;
export const { ValueSetRef } = require("cql-execution/lib/elm/clinical.js") as any;
export const { ValueSet } = require("cql-execution/lib/datatypes/clinical.js") as any;
export const { Context } = require("cql-execution/lib/runtime/context.js") as any;
export const util = require("cql-execution/lib/util/util.js") as any;
export const keys = require("cql-execution/lib/util/immutableUtil.js") as any;
loader._compile = compile;

export const fhir = require("cql-exec-fhir") as any;
