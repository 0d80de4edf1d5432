// SPDX-License-Identifier: Apache-2.0
// LOINC and SNOMED CT codes end with a digit that the others give: a slip of the pen is no code.
// LOINC Users' Guide (modulus 10); SNOMED CT Release File Specifications (Verhoeff 1969).

// Products in the dihedral group of ten, and the permutation that each place applies once more.
const product = [..."0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210"].map(Number);
const permuted = [..."1576283094"].map(Number);

function verhoeff(digits: string): boolean {
  let sum = 0;
  for (const [place, digit] of [...digits].reverse().entries()) {
    let value = Number(digit);
    for (let i = 0; i < place % 8; ++i) value = permuted[value]!;
    sum = product[10 * sum + value]!;
  }
  return sum === 0;
}

function modulus10(code: string): boolean {
  const [body, check] = code.split("-");
  let sum = 0;
  for (const [place, digit] of [...body!].reverse().entries()) {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    sum += Math.floor(value / 10) + (value % 10);
  }
  return (10 - (sum % 10)) % 10 === Number(check);
}

// Of a system without such a digit every code may be one.
export function mayBeCode(system: string, code: string): boolean {
  if (system === "http://loinc.org") return /^\d{1,7}-\d$/.test(code) ? modulus10(code) : /^L[AP]\d+-\d$/.test(code);
  if (system === "http://snomed.info/sct") return /^[1-9]\d{5,17}$/.test(code) && verhoeff(code);
  return true;
}
