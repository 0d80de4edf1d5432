// SPDX-License-Identifier: Apache-2.0
// What the tests of reading share (input_test.mjs, phrases_test.mjs): the moment, the person, and how a value is shown.
export const asOf = "2025-03-04T12:00:00+01:00";
export const patient = { resourceType: "Patient", id: "p1", gender: "male", birthDate: "1961-05-02" };

export const collection = (resources) => ({ resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) });

// Numbers are compared as numbers, everything else as it is shown.
export const shown = (value) => {
  const number = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
  return number ? String(Number(value)) : typeof value === "string" ? value : JSON.stringify(value);
};
