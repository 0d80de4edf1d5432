// SPDX-License-Identifier: Apache-2.0
// CQL -> ELM through the reference translator, cached by the hash of everything a library can see.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { conversions, externalHelpers, modelInfoXml, writtenHelpers } from "./model.js";
import type { Problems } from "./problems.js";

const require = createRequire(import.meta.url);

export interface Library {
  name: string;
  file: string; // as shown in messages
  text: string;
}

export type Elm = Record<string, any>;

const formatVersion = "4"; // of the cache

export const includesOf = (text: string): string[] =>
  [...text.matchAll(/^\s*include\s+"?([A-Za-z0-9_.]+)"?/gm)].map((match) => match[1]!);

export class Translator {
  private readonly texts = new Map<string, string>();
  private readonly done = new Map<string, Elm | undefined>();
  private engine: Promise<Engine> | undefined;

  constructor(
    private readonly libraries: Library[],
    private readonly cache: string,
    private readonly problems: Problems,
  ) {
    this.texts.set("FHIRHelpers", externalHelpers(conversions(modelInfoXml())));
    for (const library of libraries) this.texts.set(library.name, library.text);
  }

  // ELM of every library that translates; the others are problems.
  async translateAll(): Promise<Map<string, Elm>> {
    const out = new Map<string, Elm>();
    for (const library of this.libraries) {
      const elm = await this.translate(library);
      if (elm) out.set(library.name, elm);
    }
    return out;
  }

  // Names of a library and of all it includes, directly or not.
  private closure(name: string, seen = new Set<string>()): Set<string> {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const include of includesOf(this.texts.get(name) ?? "")) this.closure(include, seen);
    return seen;
  }

  private async translate(library: Library): Promise<Elm | undefined> {
    if (this.done.has(library.name)) return this.done.get(library.name);
    this.done.set(library.name, undefined); // also ends an include of itself
    // A library whose includes do not translate would only repeat their messages.
    for (const name of includesOf(library.text)) {
      const included = this.libraries.find((one) => one.name === name);
      if (included && (await this.translate(included)) === undefined) {
        if (this.closure(name).has(library.name)) this.problems.add(library.file, 1, `${library.name} includes itself through ${name}`);
        return undefined;
      }
    }
    const elm = await this.cached(library);
    for (const { at, length } of longPatterns(elm)) {
      const [line, column] = at.split(/[:-]/).map(Number); // "14:30-14:290"
      this.problems.add(library.file, line ?? 1, `a pattern of ${length} bytes; the engine takes ${longestPattern}`, column);
    }
    for (const { name, line } of elm ? droppedFunctions(library.text, elm) : []) {
      this.problems.add(library.file, line, `function '${name}' stands twice for the same operands: the translator keeps the first alone`);
    }
    this.done.set(library.name, elm);
    return elm;
  }

  private async cached(library: Library): Promise<Elm | undefined> {
    const hash = createHash("sha256").update(formatVersion);
    for (const name of [...this.closure(library.name)].sort()) hash.update(`\0${name}\0`).update(this.texts.get(name) ?? "");
    const stem = `${library.name}-`;
    const file = `${stem}${hash.digest("hex").slice(0, 32)}.json`;
    const path = join(this.cache, file);
    if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Elm;
    this.engine ??= openEngine(this.texts);
    const result = (await this.engine)(library);
    for (const message of result.errors) this.problems.add(library.file, message.line, message.text, message.column);
    if (result.errors.length > 0 || !result.elm) return undefined;
    mkdirSync(this.cache, { recursive: true });
    for (const old of readdirSync(this.cache)) if (old.startsWith(stem)) rmSync(join(this.cache, old), { force: true });
    // Another run may read at the same time: it must see the whole file or none.
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(result.elm));
    renameSync(`${path}.${process.pid}`, path);
    return result.elm;
  }
}

// FHIRHelpers for an engine that does not know it. Its functions have the names, operands and results of those without bodies
// (test/build.test.ts), so the libraries that call them are the same for both.
export const helpersWithBodies = (): Library => ({ name: "FHIRHelpers", file: "FHIRHelpers", text: writtenHelpers(conversions(modelInfoXml())) });

const longestPattern = 256; // src/cql/operator_patterns.h; a longer one fails in front of the patient
const patterned = new Set(["Matches", "ReplaceMatches", "SplitOnMatches"]);

function longPatterns(node: any, out: { at: string; length: number }[] = []): { at: string; length: number }[] {
  if (node === null || typeof node !== "object") return out;
  const pattern = patterned.has(node.type) ? node.operand?.[1] : undefined;
  const length = pattern?.type === "Literal" ? Buffer.byteLength(pattern.value) : 0;
  if (length > longestPattern) out.push({ at: pattern.locator ?? node.locator ?? "1:1", length });
  for (const part of Object.values(node)) longPatterns(part, out);
  return out;
}

// Of two functions of one name and the same operands the translator keeps one and says nothing: then the text has more of them than the ELM.
function droppedFunctions(text: string, elm: Elm): { name: string; line: number }[] {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'/g, (part) => part.replace(/[^\n]/g, " "));
  const written = [...bare.matchAll(/^\s*define\s+(?:public\s+|private\s+)?(?:fluent\s+)?function\s+("[^"]+"|\w+)\s*\(/gm)].map((match) => ({
    name: match[1]!.replaceAll('"', ""),
    line: bare.slice(0, match.index + match[0].indexOf("define")).split("\n").length,
  }));
  const kept = ((elm["library"].statements?.def ?? []) as Elm[]).filter((def) => def["type"] === "FunctionDef").map((def) => String(def["name"]));
  const count = (names: string[], name: string) => names.filter((one) => one === name).length;
  return [...new Set(written.map(({ name }) => name))]
    .filter((name) => count(kept, name) < count(written.map((one) => one.name), name))
    .map((name) => written.findLast((one) => one.name === name)!);
}

interface Message {
  line: number;
  column: number;
  text: string;
}
type Engine = (library: Library) => { errors: Message[]; elm?: Elm };

// The translator asks only whether a unit is UCUM; it never calculates.
function unitService(cql: any): unknown {
  const ucum = (require("@lhncbc/ucum-lhc") as any).UcumLhcUtils.getInstance();
  const never = () => {
    throw new Error("the translator must not calculate with units");
  };
  const validate = (unit: string) => {
    const result = ucum.validateUnitString(unit);
    return result.status === "valid" ? null : `'${unit}' is not a UCUM unit`;
  };
  return cql.createUcumService(never, validate, never, never);
}

// The translator's log greets on standard output, which is ours.
function muteGreeting(): void {
  const write = process.stdout.write.bind(process.stdout) as (...words: unknown[]) => boolean;
  process.stdout.write = ((...words: unknown[]) => String(words[0]).startsWith("kotlin-logging:") || write(...words)) as typeof process.stdout.write;
}

async function openEngine(texts: Map<string, string>): Promise<Engine> {
  muteGreeting();
  const cql = (await import("@cqframework/cql/cql-to-elm")) as any;
  const system = (await import("@cqframework/cql/cql")) as any;
  const models = new cql.ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(new system.SystemModelInfoProvider());
  const xml = modelInfoXml();
  models.modelInfoLoader.registerModelInfoProvider(
    cql.createModelInfoProvider((id: string) => (id === "FHIR" ? cql.stringAsSource(xml) : null)),
  );
  const flags = cql.CqlCompilerOptions.Options;
  const options = cql.CqlCompilerOptions.defaultOptions();
  options.setOptions([flags.EnableLocators, flags.EnableResultTypes, flags.DisableListDemotion, flags.DisableListPromotion]);
  options.withCompatibilityLevel("1.5").withSignatureLevel(cql.LibraryBuilder.SignatureLevel.All);
  const libraries = new cql.LibraryManager(models, options, undefined, unitService(cql));
  libraries.librarySourceLoader.registerProvider(
    cql.createLibrarySourceProvider((id: string) => {
      const text = texts.get(id);
      return text === undefined ? null : cql.stringAsSource(text);
    }),
  );
  return ({ name, text }) => {
    let translator: any;
    try {
      translator = cql.CqlTranslator.fromText(text, libraries);
    } catch (error) {
      return { errors: [{ line: 1, column: 1, text: String((error as Error).message ?? error) }] };
    }
    const errors: Message[] = translator.errors.asJsReadonlyArrayView().map((error: any) => {
      const at = /startLine=(\d+), startChar=(\d+)/.exec(String(error.locator ?? ""));
      return { line: Number(at?.[1] ?? 1), column: Number(at?.[2] ?? 1), text: String(error.message ?? error) };
    });
    if (errors.length > 0) return { errors };
    const elm = JSON.parse(translator.toJson()) as Elm;
    const id = elm["library"].identifier?.id;
    return id === name ? { errors, elm } : { errors: [{ line: 1, column: 1, text: `the library is named '${id}', its file '${name}'` }] };
  };
}
