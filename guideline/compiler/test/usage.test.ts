// SPDX-License-Identifier: Apache-2.0
// Words of the command line that mean nothing: one clear line and exit code 2, nothing done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../src/main.js";

const refused: [string[], string][] = [
  [["test", "--one-in", "zero"], "--one-in zero: a whole number from 1 is needed"],
  [["evaluate", "--one-in", "0"], "--one-in 0: a whole number from 1 is needed"],
  [["test", "--one-in"], "--one-in: a value is needed"],
  [["evaluate", "--out"], "--out: a value is needed"],
];

for (const [words, said] of refused)
  test(`run.mjs ${words.join(" ")} is refused`, async (context) => {
    const errors = context.mock.method(console, "error", () => undefined);
    assert.equal(await main(words), 2);
    assert.deepEqual(
      errors.mock.calls.map((call) => call.arguments as unknown[]),
      [[said]],
    );
  });
