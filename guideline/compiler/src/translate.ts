// SPDX-License-Identifier: Apache-2.0
// CQL -> ELM through the reference translator, cached by the hash of everything a library can see.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
export type Helpers = "external" | "written";

const formatVersion = "3"; // of the cache

const includesOf = (text: string): string[] =>
  [...text.matchAll(/^\s*include\s+"?([A-Za-z0-9_.]+)"?/gm)].map((match) => match[1]!);

export class Translator {
  private readonly texts = new Map<string, string>();
  private engine: Promise<Engine> | undefined;

  constructor(
    private readonly libraries: Library[],
    private readonly helpers: Helpers,
    private readonly cache: string,
    private readonly problems: Problems,
  ) {
    const list = conversions(modelInfoXml());
    this.texts.set("FHIRHelpers", helpers === "external" ? externalHelpers(list) : writtenHelpers(list));
    for (const library of libraries) this.texts.set(library.name, library.text);
  }

  // ELM of every library that translates; the others are problems.
  async translateAll(): Promise<Map<string, Elm>> {
    const out = new Map<string, Elm>();
    for (const library of this.libraries) {
      const elm = await this.translate(library);
      if (elm) out.set(library.name, elm);
    }
    if (this.helpers === "written") {
      const elm = await this.translate({ name: "FHIRHelpers", file: "FHIRHelpers", text: this.texts.get("FHIRHelpers")! });
      if (elm) out.set("FHIRHelpers", elm);
    }
    return out;
  }

  private key(name: string): string {
    const seen = new Set<string>();
    const visit = (library: string): void => {
      if (seen.has(library)) return;
      seen.add(library);
      for (const include of includesOf(this.texts.get(library) ?? "")) visit(include);
    };
    visit(name);
    const hash = createHash("sha256").update(formatVersion).update(this.helpers);
    for (const library of [...seen].sort()) hash.update(library).update("\0").update(this.texts.get(library) ?? "").update("\0");
    return hash.digest("hex").slice(0, 32);
  }

  private async translate(library: Library): Promise<Elm | undefined> {
    const cached = join(this.cache, `${library.name}-${this.key(library.name)}.json`);
    if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8")) as Elm;
    this.engine ??= openEngine(this.texts);
    const result = (await this.engine)(library.text);
    for (const message of result.errors) {
      this.problems.add(library.file, message.line, message.text, message.column);
    }
    if (result.errors.length > 0 || !result.elm) return undefined;
    mkdirSync(this.cache, { recursive: true });
    writeFileSync(cached, JSON.stringify(result.elm));
    return result.elm;
  }
}

interface Message {
  line: number;
  column: number;
  text: string;
}
type Engine = (text: string) => { errors: Message[]; elm?: Elm };

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

async function openEngine(texts: Map<string, string>): Promise<Engine> {
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
  return (text) => {
    let translator: any;
    try {
      translator = cql.CqlTranslator.fromText(text, libraries);
    } catch (error) {
      return { errors: [{ line: 1, column: 1, text: String((error as Error).message ?? error) }] };
    }
    // What is wrong in an included library is told where that library is translated.
    const own = /^\s*library\s+"?([A-Za-z0-9_.]+)/m.exec(text)?.[1];
    const all: any[] = translator.errors.asJsReadonlyArrayView();
    const mine = all.filter((error) => {
      const at = Object.values(error.locator ?? {}).find((value: any) => value?.id !== undefined) as any;
      return at === undefined || at.id === own;
    });
    const errors: Message[] = (mine.length > 0 ? mine : all).map((error: any) => {
      const at = /startLine=(\d+), startChar=(\d+)/.exec(String(error.locator ?? ""));
      return { line: Number(at?.[1] ?? 1), column: Number(at?.[2] ?? 1), text: String(error.message ?? error) };
    });
    return errors.length > 0 ? { errors } : { errors, elm: JSON.parse(translator.toJson()) as Elm };
  };
}
