// SPDX-License-Identifier: Apache-2.0
// Keeps cql-execution from computing the same value twice.
//
// The engine is used as it is: its own code evaluates every expression. But it evaluates a definition again for
// each library that reaches it, a function again for each equal call, and makes a FHIR element anew each time a
// property is read; our guideline asks for the same thousands of times. CQL is pure and its values are never
// changed after they are made, so what was computed once for a patient is kept for that patient. Nothing here
// computes a value; what is replaced by a table (codes of a value set) answers as the engine's own search does.
import { Context, expression, external, fhir, keys, list, reusable, util, ValueSet, ValueSetRef } from "./reference_engine.js";

const { ExpressionDef, FunctionRef } = reusable;
const { Retrieve } = external;

// ---------------------------------------------------------------- FHIR data

// Reading and parsing the FHIR model info takes longer than most patients.
const patients = fhir.PatientSource.FHIRv401();

export function openPatient(bundle: unknown): any {
  patients.reset();
  patients.loadBundles([bundle]);
  return patients.currentPatient();
}

const patientClass = Object.getPrototypeOf(openPatient({ entry: [{ resource: { resourceType: "Patient" } }] }));
const elementClass = Object.getPrototypeOf(patientClass);

const retrieved = new WeakMap<object, Map<string, unknown>>(); // of a patient, by resource type
const findRecords = patientClass.findRecords;
patientClass.findRecords = function (profile: string, details?: { datatype?: string }): unknown {
  let known = retrieved.get(this);
  if (known === undefined) retrieved.set(this, (known = new Map()));
  const type = details?.datatype ?? profile;
  if (!known.has(type)) known.set(type, findRecords.call(this, profile, details));
  return known.get(type);
};

const properties = new WeakMap<object, Map<string, unknown>>(); // of an element, by path
const getProperty = elementClass.get;
elementClass.get = function (path: string): unknown {
  let known = properties.get(this);
  if (known === undefined) properties.set(this, (known = new Map()));
  if (!known.has(path)) known.set(path, getProperty.call(this, path));
  return known.get(path);
};

// ---------------------------------------------------------------- the zone of the evaluation

// A date-time without an offset is in the zone of the evaluation; the engine takes that of its process.
let offsetMinutes = 0;
util.jsDate = class extends Date {
  override getTimezoneOffset(): number {
    return -offsetMinutes;
  }
};

export function setOffset(hours: number): void {
  offsetMinutes = hours * 60;
}

// ---------------------------------------------------------------- equal values

// What the engine compares to drop duplicates: a key made of everything an object holds.
const normalizedKey = keys.toNormalizedKey;
const keyOf = new WeakMap<object, unknown>();
keys.toNormalizedKey = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return normalizedKey(value);
  let key = keyOf.get(value);
  if (key === undefined) keyOf.set(value, (key = normalizedKey(value)));
  return key;
};

// ---------------------------------------------------------------- codes

const tables = new WeakMap<object, Map<string, Set<string | undefined>>>(); // of a value set: code -> its systems
const hasMatch = ValueSet.prototype.hasMatch;
ValueSet.prototype.hasMatch = function (code: any): boolean {
  // Strings have rules of their own there.
  const list: any[] = Array.isArray(code) ? code : Array.isArray(code?.codes) ? code.codes : [code];
  if (!list.every((one) => one?.isCode)) return hasMatch.call(this, code);
  let table = tables.get(this);
  if (table === undefined) {
    tables.set(this, (table = new Map()));
    for (const { code: word, system } of this.codes) table.set(word, (table.get(word) ?? new Set()).add(system));
  }
  return list.some(({ code: word, system }) => table.get(word)?.has(system) ?? false);
};

// ---------------------------------------------------------------- lists of words

// A word in a list of words is one that is the same; the engine looks at each.
const wordsOf = new WeakMap<object, Set<unknown> | null>(); // null: there is something else in the list
const contains = list.doContains;
list.doContains = (container: unknown[], item: unknown): unknown => {
  if (typeof item !== "string" || container.length < 8) return contains(container, item);
  let words = wordsOf.get(container);
  if (words === undefined) wordsOf.set(container, (words = container.every((one) => typeof one === "string") ? new Set(container) : null));
  return words === null ? contains(container, item) : words.has(item);
};

// ---------------------------------------------------------------- definitions, functions, retrieves

// One tree of answers for each context (a patient and a library): what was asked, word by word, leads to the answer.
class Answers {
  private readonly next = new Map<unknown, Answers>();
  private answered = false;
  private answer: unknown;

  // What fails is asked again, and fails again.
  once(compute: () => unknown): unknown {
    if (!this.answered) {
      this.answer = compute();
      this.answered = true;
    }
    return this.answer;
  }

  at(...words: readonly unknown[]): Answers {
    let node: Answers = this;
    for (const word of words) {
      let next = node.next.get(word);
      if (next === undefined) node.next.set(word, (next = new Answers()));
      node = next;
    }
    return node;
  }
}

const answers = new WeakMap<object, Answers>();
function answersOf(context: object): Answers {
  let known = answers.get(context);
  if (known === undefined) answers.set(context, (known = new Answers()));
  return known;
}

const define = ExpressionDef.prototype.execute;
ExpressionDef.prototype.execute = function (context: any): unknown {
  return answersOf(context.rootContext()).at(this).once(() => define.call(this, context));
};

// The engine also keeps what every node gave, for who asks for it by its place in the text; nobody here does.
Context.prototype.setLocalIdWithResult = (): void => {};

// A short list of words is the same list wherever it is written; other objects are the same when they are one.
const isShortList = (value: unknown): boolean => Array.isArray(value) && value.length <= 8 && value.every((one) => typeof one === "string");
const word = (value: unknown): unknown => (isShortList(value) ? JSON.stringify(value) : value);

// Looks at nothing but its operands: neither at the patient nor at the clock, itself or through what it uses.
const OUTSIDE = new Set(["Retrieve", "Now", "Today", "TimeOfDay", "ParameterRef", "Message"]);
const textual = new WeakMap<object, Map<string, boolean>>(); // of a library, by function or definition

function isTextual(library: any, name: string): boolean {
  let known = textual.get(library);
  if (known === undefined) textual.set(library, (known = new Map()));
  const before = known.get(name);
  if (before !== undefined) return before;
  known.set(name, true); // while it is looked at: what calls itself decides by the rest
  const definitions: any[] = library.source.library.statements.def.filter((one: any) => one.name === name);
  const answer = definitions.length > 0 && definitions.every((one) => (one.type === "FunctionDef" || one.context === "Unfiltered") && looksInside(library, one.expression));
  known.set(name, answer);
  return answer;
}

function looksInside(library: any, node: any): boolean {
  if (typeof node !== "object" || node === null) return true;
  if (OUTSIDE.has(node.type)) return false;
  if (node.type === "FunctionRef" || node.type === "ExpressionRef") {
    const home = node.libraryName === undefined ? library : library.includes[node.libraryName];
    if (home === undefined || !isTextual(home, node.name)) return false;
  }
  return Object.values(node).every((part) => looksInside(library, part));
}

const isText = (value: unknown): boolean => value === null || typeof value === "string" || isShortList(value);

// The same words stand in many records: what a function makes of words alone is kept for all of them.
const MOST_KEPT = 200_000;
let kept = new Map<string, unknown>();

function overWords(library: any, name: string, values: readonly unknown[], compute: () => unknown): unknown {
  const key = JSON.stringify([library.source.library.identifier.id, name, ...values]);
  if (!kept.has(key)) {
    const answer = compute();
    if (kept.size >= MOST_KEPT) kept = new Map();
    kept.set(key, answer);
  }
  return kept.get(key);
}

// The engine chooses the overload and evaluates its body; the arguments it would evaluate again are at hand. It asks for them before
// it evaluates anything else.
let given: readonly unknown[] | undefined;
const execArgs = expression.Expression.prototype.execArgs;
FunctionRef.prototype.execArgs = function (context: any): unknown {
  const values = given;
  given = undefined;
  return values ?? execArgs.call(this, context);
};

const call = FunctionRef.prototype.exec;
FunctionRef.prototype.exec = function (context: any): unknown {
  const values: unknown[] = this.execArgs(context);
  const home = this.library ? context.getLibraryContext(this.library) : context.rootContext();
  const compute = (): unknown => {
    given = values;
    return call.call(this, context);
  };
  const library = home.rootContext().parent;
  if (values.every(isText) && isTextual(library, this.name)) return overWords(library, this.name, values, compute);
  return answersOf(home).at(this.name, ...values.map(word)).once(compute);
};

const retrieve = Retrieve.prototype.exec;
Retrieve.prototype.exec = function (context: any): unknown {
  const codes = this.codes;
  if (this.dateRange || (codes && !(codes instanceof ValueSetRef))) return retrieve.call(this, context);
  const set = codes && context.getValueSet(codes.name, codes.libraryName);
  return answersOf(context.rootContext().patient).at(this.datatype, this.codeProperty, set?.id, set?.version).once(() => retrieve.call(this, context));
};
