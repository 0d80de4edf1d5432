// SPDX-License-Identifier: Apache-2.0
// guideline/ -> checked parts.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readCases, type Case } from "./cases.js";
import { Checks, type Context } from "./context.js";
import { Definitions } from "./definitions.js";
import { readConflicts, readEvidence, type Conflict, type EvidenceBase } from "./evidence.js";
import { readFacts, type Facts } from "./facts.js";
import { emptyHead, readHead, type Head } from "./head.js";
import { checkOptions, readInteractions, tableLibrary, type Interaction } from "./interactions.js";
import { readMedicineNames, type MedicineName } from "./medicine_names.js";
import { MicrobiologyReader, type Nature } from "./microbiology.js";
import { PharmacologyReader } from "./pharmacology.js";
import { Problems } from "./problems.js";
import { noRecommendation, readRecommendations, type Recommendation } from "./recommendations.js";
import { Sources, type Entry } from "./sources.js";
import { expandScreens, readScreening, type Screening } from "./screening.js";
import { readStops, stopLibrary, type Stop } from "./stops.js";
import { TableReader, type Tables } from "./tables.js";
import { Terminology, termsLibrary, type ValueSet } from "./terminology.js";
import { helpersWithBodies, Translator, type Elm, type Library } from "./translate.js";
import type { Mark } from "./yaml_reader.js";

export interface Compiled {
  head: Head;
  sets: ValueSet[];
  elm: Map<string, Elm>;
  facts: Facts;
  recommendations: Entry<Recommendation>[];
  stops: Stop[];
  screening: Screening | undefined;
  tables: Tables;
  interactions: Interaction[];
  pharmacology: Record<string, unknown> | undefined;
  microbiology: { version: string; text: string } | undefined;
  evidence: EvidenceBase;
  conflicts: Record<string, Conflict>;
  cases: Case[];
  definitions: Definitions;
  medicineNames: MedicineName[];
}

export class Compiler {
  readonly problems = new Problems();
  readonly sources: Sources;
  private terminology?: Terminology;
  private readCasesOnce?: Case[];
  private readInteractionsOnce?: Interaction[];
  private readNamesOnce?: MedicineName[];
  private translatedOnce?: Promise<Map<string, Elm>>;

  // `root` holds the sources, `out` receives what is built.
  constructor(
    root: string,
    readonly out: string,
  ) {
    this.sources = new Sources(root, this.problems);
  }

  sets(): ValueSet[] {
    return this.terms().sets;
  }

  private terms(): Terminology {
    this.terminology ??= new Terminology(this.sources);
    return this.terminology;
  }

  cases(): Case[] {
    this.readCasesOnce ??= readCases(this.sources, this.sets());
    return this.readCasesOnce;
  }

  private interactions(): Interaction[] {
    this.readInteractionsOnce ??= readInteractions(this.sources);
    return this.readInteractionsOnce;
  }

  private medicineNames(): MedicineName[] {
    this.readNamesOnce ??= readMedicineNames(this.sources, this.terms().medicines);
    return this.readNamesOnce;
  }

  // Before there are definitions. What is wrong with these files is told when they are read for `nidus interpret`.
  private nature(): Nature {
    const { root } = this.sources;
    if (!existsSync(join(root, "microbiology"))) return { rows: [], organisms: [], tests: [] };
    const problems = new Problems();
    const none = new Definitions(new Map(), new Set());
    const context = { sources: new Sources(root, problems), problems, definitions: none, evidence: { rules: {}, sources: {}, ids: new Set<string>() } };
    return new MicrobiologyReader(context, [], new Set()).byNature();
  }

  private libraries(): Library[] {
    const written = this.sources.files("cql", ".cql").map((path) => ({
      name: basename(path, ".cql"),
      file: this.sources.name(path),
      text: readFileSync(path, "utf8"),
    }));
    const rows = this.interactions();
    const generated = [{ name: "Terms", file: "terminology (library Terms)", text: termsLibrary(this.sets()) }];
    if (rows.length > 0) generated.push({ name: "TableRows", file: "tables/ (library TableRows)", text: tableLibrary(this.sources, rows, this.nature(), this.medicineNames()) });
    if (written.some(({ text }) => /^include StopRows /m.test(text))) {
      generated.push({ name: "StopRows", file: "stops/ (library StopRows)", text: stopLibrary(new Sources(this.sources.root, new Problems())) });
    }
    return [...generated, ...written];
  }

  // ELM by library name; what does not translate is a problem.
  translate(): Promise<Map<string, Elm>> {
    this.translatedOnce ??= this.translated(this.libraries());
    return this.translatedOnce;
  }

  // The same with FHIRHelpers, for the reference engine.
  async translateWithHelpers(): Promise<Map<string, Elm>> {
    return new Map([...(await this.translate()), ...(await this.translated([helpersWithBodies()]))]);
  }

  private translated(libraries: Library[]): Promise<Map<string, Elm>> {
    return new Translator(libraries, join(this.out, "elm"), this.problems).translateAll();
  }

  async compile(): Promise<Compiled> {
    const { sources, problems } = this;
    const sets = this.sets();
    const elm = await this.translate();
    const broken = new Set(this.libraries().map(({ name }) => name).filter((name) => !elm.has(name)));
    const definitions = new Definitions(elm, broken);
    const evidence = readEvidence(sources);
    const context: Context = { sources, problems, definitions, evidence };
    const head = readHead(context, sets);
    const tables = new TableReader(context).read();
    const interactions = this.interactions();
    checkOptions(sources, tables.regimens, interactions);
    // A guideline that doses nothing has no such folder.
    const doses = existsSync(join(sources.root, "pharmacology"));
    const pharmacology = doses ? new PharmacologyReader(context, new Set(Object.keys(tables.dosing))).read() : undefined;
    const offered = new Set(tables.regimens.flatMap(({ components }) => components.map((part) => part["atc"] ?? "")));
    const interprets = existsSync(join(sources.root, "microbiology"));
    const microbiology = interprets ? new MicrobiologyReader(context, sets, offered).read() : undefined;
    const facts = readFacts(context, head);
    const { list: recommendations, ids } = readRecommendations(context, head, facts.ids, tables);
    const stops = readStops(context);
    const screening = readScreening(context, facts.ids);
    const cases = this.cases();
    expandScreens(context, screening, cases);
    this.checkCoverage(recommendations, cases);
    for (const one of cases) this.checkExpectations(one, ids, head, tables, context);
    const conflicts = readConflicts(sources);
    return {
      head, sets, elm, facts, recommendations, stops, screening, tables, interactions, pharmacology, microbiology, evidence, conflicts, cases, definitions,
      medicineNames: head.barred ? this.medicineNames() : [],
    };
  }

  // Every recommendation has a worked patient for whom it fires and one for whom it must not.
  private checkCoverage(recommendations: Entry<Recommendation>[], cases: Case[]): void {
    const among = (key: "advised" | "never") => new Set(cases.flatMap((one) => (one.expect[key] ?? []).map(({ text }) => text)));
    const fires = among("advised");
    const never = among("never");
    for (const { file, line, id } of recommendations) {
      if (!fires.has(id)) this.problems.add(file, line, `${id}: no case in which it is advised`);
      if (!never.has(id)) this.problems.add(file, line, `${id}: no case in which it must not be advised`);
    }
  }

  private checkExpectations({ expect, file, id }: Case, ids: ReadonlySet<string>, head: Head, tables: Tables, context: Context): void {
    const check = new Checks(context);
    const where = { file, id };
    const all = [...(expect.advised ?? []), ...(expect.undecided ?? []), ...(expect.never ?? [])];
    for (const name of all) if (!ids.has(name.text)) this.problems.add(file, name.line, `${id}: ${noRecommendation(name.text, ids)}`);
    const advised = new Set((expect.advised ?? []).map(({ text }) => text));
    for (const other of [...(expect.never ?? []), ...(expect.undecided ?? [])]) {
      if (advised.has(other.text)) this.problems.add(file, other.line, `${id}: '${other.text}' is expected to be advised and not to be`);
    }
    for (const [recommendation, wanted] of Object.entries(expect.options ?? {})) {
      if (!ids.has(recommendation)) this.problems.add(file, 1, `${id}: expect.options: ${noRecommendation(recommendation, ids)}`);
      check.names([...(wanted.first ? [wanted.first] : []), ...(wanted.offered ?? []), ...(wanted.never ?? [])], tables.optionIds, "option", where);
    }
    for (const key of ["says", "unsaid"] as const) {
      for (const recommendation of Object.keys(expect[key] ?? {})) {
        if (!ids.has(recommendation)) this.problems.add(file, 1, `${id}: expect.${key}: ${noRecommendation(recommendation, ids)}`);
      }
    }
    const categories = new Set(Object.keys(head.categories));
    if (head !== emptyHead) check.names([...(expect.categories?.advised ?? []), ...(expect.categories?.never ?? [])], categories, "category", where);
    for (const [name, value] of Object.entries(expect.definitions ?? {})) {
      const named: Mark = { text: name, line: value.line };
      context.definitions.resolve(named, file, id, this.problems);
    }
  }
}
