// SPDX-License-Identifier: Apache-2.0
// Checked parts -> guideline.json and the worked patients. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainExpect } from "./cases.js";
import type { Compiled } from "./compile.js";
import { conflictOf } from "./evidence.js";
import { explainJson } from "./explain.js";
import type { Sources } from "./sources.js";

// The plan's files: what is cited, and no more of the evidence base than that.
export function guidelineJson(compiled: Compiled): string {
  const { head, sets, elm, facts, recommendations, stops, screening, tables, interactions, pharmacology, microbiology, evidence, conflicts, medicineNames } = compiled;
  const cited = new Set([...recommendations.flatMap(({ value }) => value.evidence), ...stops.flatMap((stop) => stop.evidence), ...(screening?.tiers ?? []).flatMap((tier) => tier.evidence)]);
  const rules = Object.entries(evidence.rules)
    .filter(([id]) => cited.has(id))
    .map(([id, rule]) => [id, { ...rule, sources: rule.sources.map(({ text }) => text), conflict: conflictOf(id, conflicts) }] as const);
  const citedSources = new Set(rules.flatMap(([, rule]) => rule.sources));
  const offered = tables.regimens.filter((option) => option.when !== undefined);
  const order = [...new Set(["Terms", ...head.libraries, ...[...elm.keys()].sort()])].filter((name) => elm.has(name));
  const overloaded = overloadedIn(elm.values());
  const body = {
    id: head.id,
    version: head.version,
    title: head.title,
    roles: head.roles,
    categories: head.categories,
    headline: head.headline,
    kidney: head.kidney,
    increasedExposure: head.increased_exposure,
    optionsShown: head.options_shown,
    barred: head.barred && { ...head.barred, names: medicineNames.filter(({ name }) => name !== "").map(({ atc, name }) => ({ atc, name })) },
    local: head.local,
    interactions: head.interactions && { ...head.interactions, rows: interactions },
    reading: head.reading && { ...head.reading, common: commonWords(head.reading, elm) },
    facts: facts.facts,
    unreadable: facts.unreadable,
    recommendations: recommendations.map(({ value }) => value),
    stops,
    screening,
    tables: { regimens: offered, dosing: tables.dosing },
    pharmacology,
    microbiology,
    evidence: Object.fromEntries(rules),
    sources: Object.fromEntries(Object.entries(evidence.sources).filter(([key]) => citedSources.has(key))),
  };
  const libraries = order.map((name) => slim(elm.get(name)!, overloaded));
  const format = "nidus-guideline/1";
  const hash = createHash("sha256").update(JSON.stringify({ format, ...body, valueSets: sets, libraries })).digest("hex");
  // The value sets and each library on a line of its own, so that two of these files can be compared line by line.
  const rest = JSON.stringify({ format, hash, ...body }).slice(0, -1);
  return [`${rest},`, `"valueSets":${JSON.stringify(sets)},`, `"libraries":[`, libraries.map((library) => JSON.stringify(library)).join(",\n"), "]}\n"].join("\n");
}

// Lists of words that functions of the entries' library hold ("no", "normal", "back pain"), with the definitions that name one themselves:
// whoever calls such a function looks at the list, and asks for it only if it names it.
function commonWords(reading: NonNullable<Compiled["head"]["reading"]>, elm: Compiled["elm"]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const eachIn = (library: any, functions: boolean, visit: (words: string, definition: string) => void) => {
    const alias = library?.includes?.def?.find((included: any) => included.path === reading.words)?.localIdentifier;
    const look = (node: any, definition: string): void => {
      if (node === null || typeof node !== "object") return;
      if (node.type === "ExpressionRef" && node.libraryName === alias) visit(`${reading.words}.${node.name}`, definition);
      for (const value of Object.values(node)) look(value, definition);
    };
    for (const statement of library?.statements?.def ?? []) if ((statement.type === "FunctionDef") === functions) look(statement.expression, `${library.identifier.id}.${statement.name}`);
  };
  for (const name of new Set((reading.entries ?? []).map((entry) => entry.split(".")[0]!))) {
    eachIn((elm.get(name) as any)?.library, true, (words) => (found[words] ??= []));
  }
  for (const one of elm.values()) {
    eachIn((one as any).library, false, (words, definition) => {
      if (found[words] && !found[words].includes(definition)) found[words].push(definition);
    });
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a.localeCompare(b, "en")));
}

export function write(sources: Sources, compiled: Compiled, out: string): void {
  mkdirSync(out, { recursive: true });
  const json = guidelineJson(compiled);
  writeIfChanged(join(out, "guideline.json"), json);
  writeIfChanged(join(out, "guideline-words.json"), explainJson(sources, compiled, String(JSON.parse(json).hash)));
  const folder = join(out, "cases");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const save = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value, null, 1) + "\n");
  for (const one of compiled.cases) {
    save(`${one.id}.json`, one.bundle);
    save(`${one.id}.expect.json`, { id: one.id, title: one.title, as_of: one.asOf, expect: plainExpect(one) });
  }
}

// An unchanged file keeps its time, so that what embeds it is not built again.
function writeIfChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    // not there yet
  }
  writeFileSync(path, text);
}

const emptyLists = new Set(["signature", "include", "codeFilter", "dateFilter", "otherFilter", "let", "relationship"]);
const translatorNotes = new Set(["annotation", "localId", "accessLevel", "templateId"]);
const resultTypes = new Set(["resultTypeName", "resultTypeSpecifier"]);
// Nodes whose operands' types decide nothing: they are logic, or say the types they take themselves.
const typedByThemselves = new Set(["And", "Or", "Not", "Xor", "Implies", "Coalesce", "FunctionRef", "Is", "As"]);
// Nodes that cannot fail themselves, so that no message ever names their place; what they hold may fail, and has its own.
const placeless = new Set([
  "Literal", "Null", "AliasRef", "OperandRef", "QueryLetRef", "ValueSetRef", "NamedTypeSpecifier", "ExpressionRef", "And", "Or", "Not", "IsNull",
  "IsTrue", "IsFalse", "Exists", "Coalesce", "List", "Tuple", "Case", "If",
]);

// Names that stand for several functions, so that a call of one has to say which.
export function overloadedIn(libraries: Iterable<any>): Set<string> {
  const repeated = new Set<string>();
  for (const { library } of libraries) {
    const seen = new Set<string>();
    for (const { type, name } of library.statements?.def ?? []) {
      if (type !== "FunctionDef") continue;
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  }
  return repeated;
}

// Of the type of a list, an interval or a tuple the engine asks no more than that it is one.
const outerType = (specifier: any) => (specifier.type === "NamedTypeSpecifier" ? { type: specifier.type, name: specifier.name } : { type: specifier.type });

// Leaves out what the engine does not read, which is three quarters of what the translator writes: its notes, lists that are written
// although empty, the result types of all but definitions and operands, the signatures of all but calls of an overloaded function, the
// context that definitions have when they name none, and the places of what cannot fail: some kinds of nodes, and parts of a node or of
// a library that are no expressions (a case's item, the declaration of a code).
export function slim(value: any, overloaded: Set<string>, typed = false): any {
  if (Array.isArray(value)) return value.map((item) => slim(item, overloaded, typed));
  if (value === null || typeof value !== "object") return value;
  const type: string | undefined = value.type;
  const definition = value.accessLevel !== undefined;
  const unread = (key: string, item: unknown) =>
    translatorNotes.has(key) ||
    (emptyLists.has(key) && Array.isArray(item) && item.length === 0) ||
    (resultTypes.has(key) && !typed && !definition) ||
    (key === "signature" && !(type === "FunctionRef" && overloaded.has(value.name))) ||
    (key === "context" && item === "Patient") ||
    (key === "locator" && (type === undefined ? value.expression === undefined : placeless.has(type)));
  const below = (key: string) => key === "operand" && type !== undefined && !typedByThemselves.has(type);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !unread(key, item))
      .map(([key, item]) => [key, key === "resultTypeSpecifier" ? outerType(item) : slim(item, overloaded, below(key))]),
  );
}
