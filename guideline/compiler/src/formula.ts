// SPDX-License-Identifier: Apache-2.0
// Formulas of pharmacology/: is one well formed, and are its names known? The command evaluates them; here they are read.
import { near } from "./yaml_reader.js";

const builtins: Record<string, number> = { min: 2, max: 2, exp: 1, ln: 1, log10: 1, sqrt: 1, if: 3 };

// Why a formula is refused, or undefined. `functions`: names of formulas with their number of arguments.
export function formulaProblem(text: string, names: ReadonlySet<string>, functions: Readonly<Record<string, number>>): string | undefined {
  const tokens = text.match(/\d+(\.\d+)?|[A-Za-z_][A-Za-z0-9_]*|[<>=]=|[-+*/^(),<>]|\S/g) ?? [];
  let at = 0;
  let problem: string | undefined;
  const take = (...words: string[]): boolean => words.includes(tokens[at] ?? "") && (at += 1) > 0;
  const complain = (what: string): void => void (problem ??= `formula '${text}': ${what}`);
  const chain = (item: () => void, ...operators: string[]): void => {
    item();
    while (problem === undefined && take(...operators)) item();
  };
  const comparison = (): void => {
    sum();
    if (take("<", "<=", ">", ">=", "==")) sum();
  };
  const sum = (): void => chain(product, "+", "-");
  const product = (): void => chain(power, "*", "/");
  const power = (): void => {
    if (take("-")) return power();
    primary();
    if (take("^")) power();
  };
  const call = (name: string): void => {
    let count = 0;
    do {
      comparison();
      count += 1;
    } while (problem === undefined && take(","));
    if (!take(")")) complain(`'${tokens[at] ?? "the end"}' where ')' was expected`);
    const wanted = builtins[name] ?? functions[name];
    if (wanted === undefined) complain(`no function '${name}'${near(name, [...Object.keys(builtins), ...Object.keys(functions)])}`);
    else if (wanted !== count) complain(`'${name}' takes ${wanted} arguments`);
  };
  const primary = (): void => {
    const token = tokens[at] ?? "";
    at += 1;
    if (/^\d/.test(token)) return;
    if (token === "(") {
      comparison();
      if (!take(")")) complain(`'${tokens[at] ?? "the end"}' where ')' was expected`);
    } else if (!/^[A-Za-z_]/.test(token)) complain(`'${token || "the end"}' where a number or a name was expected`);
    else if (take("(")) call(token);
    else if (!names.has(token)) complain(`no '${token}' is known here${near(token, names)}`);
  };
  comparison();
  if (at < tokens.length) complain(`'${tokens[at]}' is not understood`);
  return problem;
}
