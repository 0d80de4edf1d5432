// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayBeCode } from "../src/check_digit.js";

test("the last digit of a code of LOINC or SNOMED CT is given by the others", () => {
  const loinc = "http://loinc.org";
  const snomed = "http://snomed.info/sct";
  for (const code of ["1988-5", "4537-7", "8310-5", "2160-0", "LA6576-8"]) assert.ok(mayBeCode(loinc, code), code);
  for (const code of ["1988-6", "8319-5", "19885", "1988-", "x", ""]) assert.ok(!mayBeCode(loinc, code), code);
  for (const code of ["138875005", "302835009", "404684003", "22298006"]) assert.ok(mayBeCode(snomed, code), code);
  // One digit other, two neighbours changed, too short.
  for (const code of ["302835008", "302853009", "404684004", "0", "12345", "M80"]) assert.ok(!mayBeCode(snomed, code), code);
  assert.ok(mayBeCode("http://www.whocc.no/atc", "J01CF05"));
});
