// SPDX-License-Identifier: Apache-2.0
// microbiology/*.yaml and the breakpoint tables: organisms, agents, sites, markers, expert rules of `nidus interpret`.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mayBeCode } from "./check_digit.js";
import { Checks, type Context } from "./context.js";
import { marks } from "./evidence.js";
import type { Entry, Row } from "./sources.js";
import { systemUrl, type ValueSet } from "./terminology.js";
import { dictionary, filled, list, map, mark, may, must, near, oneOf, pattern, type Mark, type Read, type Reader } from "./yaml_reader.js";

const marked = pattern(/^\S+ [CK]$/, "3092008 C");
const coded =
  (system: string): Reader<string> =>
  (node, at, key) => {
    const value = marked(node, at, key);
    const [code] = value?.split(" ") ?? [];
    if (code !== undefined && !mayBeCode(systemUrl(system)!, code)) at.bad(node, `${code} is no code of ${system}: its form or its check digit is wrong`);
    return value;
  };
const number = pattern(/^\d+(\.\d+)?$/, "0.25");
const categories = ["S", "I", "R", "unknown", "untested"];
const methods = oneOf(["mic", "zone"]);

const shapes = {
  organism: map({
    name: must(filled),
    rank: must(oneOf(["species", "complex", "genus", "group", "order", "gram", "none"])),
    above: may(list(mark)),
    snomed: may(list(coded("snomed"))),
    names: may(list(filled)),
    tables: may(list(filled)),
  }),
  agent: map({
    code: must(filled),
    name: must(filled),
    atc: may(pattern(/^[A-Z]\d\d[A-Z]{2}\d\d$/, "J01CF04")),
    classes: may(list(filled)),
    names: may(list(filled)),
    loinc: may(list(coded("loinc"))),
    also: may(list(filled)),
    short: may(list(filled)),
    note: may(filled),
  }),
  agentClass: map({ class: must(filled), agents: must(list(mark)) }),
  sites: map({
    conditions: must(
      list(map({ id: must(filled), label: must(filled), when: may(mark), unknown: may(oneOf(["counts", "does-not-count"])) })),
    ),
    sites: must(
      list(
        map({
          site: must(mark),
          any_of: may(list(mark)),
          none_of: may(list(mark)),
          route: may(oneOf(["iv", "oral"])),
          use: may(oneOf(["screen"])),
        }),
      ),
    ),
  }),
  table: map({
    id: must(filled),
    name: must(filled),
    file: must(mark),
    methods: must(list(filled)),
    expected_resistance: may(mark),
    expected_name: may(filled),
    unspecific: may(mark),
    combination: may(list(map({ organisms: must(list(mark)), agents: must(list(mark)), say: must(filled), evidence: must(list(mark)) }))),
  }),
  marker: map({ id: must(filled), label: must(filled), set: may(mark), names: may(list(filled)), loinc: may(list(coded("loinc"))) }),
  rule: map({
    id: must(filled),
    evidence: may(mark),
    organisms: must(list(mark)),
    when: may(
      list(
        map({
          agents: may(list(mark)),
          is: may(list(oneOf([...categories, "positive", "negative"]))),
          by: may(methods),
          use: may(oneOf(["screen"])),
          mic_over: may(number),
          marker: may(mark),
        }),
      ),
    ),
    then: may(
      list(
        map({
          agents: must(list(mark)),
          except: may(list(mark)),
          only: may(oneOf(["breakpoint"])),
          by: may(methods),
          report: must(oneOf(["S", "I", "R", "unknown", "none"])),
        }),
      ),
    ),
    say: must(filled),
    mark: must(oneOf(marks)),
  }),
  reading: map({
    dilution_tolerance: must(number),
    mic_unit: must(filled),
    zone_unit: must(filled),
    disk_diameter: must(number),
    marker_headings: must(list(filled)),
    answers: must(map({ S: must(mark), I: must(mark), R: must(mark), none: must(mark) })),
    other_methods: must(list(filled)),
    positive: must(list(filled)),
    negative: must(list(filled)),
    organism_passing: must(list(filled)),
    agent_passing: must(list(filled)),
    never: must(list(filled)),
    cut_at: must(list(filled)),
    rewrites: must(dictionary(filled)),
    qualifiers: must(list(map({ words: must(list(filled)), marker: must(mark), is: must(oneOf(["positive", "negative"])) }))),
  }),
};

type Where = { file: string; line: number };

// Words as names are compared: without case and punctuation.
export const plainWords = (words: string): string =>
  words
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();

// Row id, organism, agents, how the table names them, its place in the source, whether a published table holds it.
type ExpectedRow = [string, number, number[], string, string, boolean];

export interface Nature {
  rows: { id: string; atc: string[]; verified: boolean }[];
  organisms: { name: string; names: string[]; rows: string[]; except: string[] }[]; // names in plain words; except: ATC codes
  tests: [loinc: string, atc: string][]; // "[Susceptibility]" tests and what they test
}

// Columns that every breakpoint table has.
const columns = [
  "eucast_version", "organism", "agent_code", "indication_or_site", "mic_S_le_mgL", "mic_R_gt_mgL", "zone_S_ge_mm", "zone_R_lt_mm", "disk_content",
  "has_I_category", "S_offscale_means_wildtype_is_I", "bracketed_breakpoint", "v16_1_check", "v15_0_value_if_changed", "note", "source",
]; // prettier-ignore

export class MicrobiologyReader {
  private readonly check: Checks;
  private readonly organisms = new Map<string, number>(); // every name, plain
  private readonly inTables = new Map<string, number>(); // as the tables write it
  private readonly agents = new Map<string, number>(); // every code
  private readonly classes = new Map<string, number[]>();

  constructor(
    private readonly context: Context,
    private readonly sets: readonly ValueSet[],
    private readonly offered: ReadonlySet<string>, // ATC codes of the regimens
  ) {
    this.check = new Checks(context);
  }

  // tables/intrinsic_resistance.csv for the logic: what acts on no organism of a name. Without agents that no ATC code names, and
  // without those that are given on purpose in combination.
  byNature(): Nature {
    this.readOrganisms();
    this.readAgents();
    const expected = this.readClasses();
    const organisms = this.entries("organisms.yaml", shapes.organism, "organism", "name");
    const agents = this.entries("agents.yaml", shapes.agent, "agent", "code").map(({ value }) => value);
    const atcs = agents.map((agent) => agent.atc ?? "");
    const tests = agents.flatMap(({ atc, loinc }) => (atc === undefined ? [] : (loinc ?? []).map((code): [string, string] => [code.split(" ")[0]!, atc])));
    const names = organisms.map(({ value }) => [...this.organisms].filter(([, at]) => organisms[at]!.value.name === value.name).map(([name]) => name));
    const byName = new Map(organisms.map(({ value }, i) => [value.name, i]));
    const above = organisms.map((_, i) => new Set(this.above(i, organisms, byName).map(([up]) => up)));
    const [first] = this.entries("tables.yaml", shapes.table, "table").filter(({ value }) => value.expected_resistance !== undefined);
    if (!first) return { rows: [], organisms: [], tests };
    const rows = this.expectedRows(first.value.expected_resistance!, first, expected).map(([id, organism, agents, , , verified]) => ({ id, organism, agents, verified }));
    const given = (first.value.combination ?? []).map((one) => ({ organisms: this.organismsOf(one.organisms, first), agents: this.agentsOf(one.agents, first) }));
    return {
      rows: rows.map((row) => ({ id: row.id, atc: row.agents.map((agent) => atcs[agent]!).filter((atc) => atc !== ""), verified: row.verified })),
      organisms: organisms.map(({ value }, i) => {
        const onPurpose = given.filter((one) => one.organisms.some((organism) => above[i]!.has(organism))).flatMap((one) => one.agents);
        return {
          name: value.name,
          names: names[i]!,
          rows: rows.filter((row) => above[i]!.has(row.organism)).map(({ id }) => id),
          except: [...new Set(onPurpose.map((agent) => atcs[agent]!).filter((atc) => atc !== ""))],
        };
      }).filter((one) => one.rows.length > 0),
      tests,
    };
  }

  // `text` is JSON that is read only when a record holds a tested isolate.
  read(): { version: string; text: string } {
    const organisms = this.readOrganisms();
    const agents = this.readAgents();
    const expected = this.readClasses();
    const sites = this.readSites();
    const markers = this.readMarkers();
    const tables = this.entries("tables.yaml", shapes.table, "table").map((entry) => this.table(entry, sites.names, expected));
    if (tables.length === 0) this.bad({ file: this.path("tables.yaml"), line: 1 }, "no table");
    const body = {
      organisms,
      agents,
      conditions: sites.conditions,
      sites: sites.sites,
      tables,
      markers: markers.list,
      rules: this.readRules(markers.ids),
      reading: this.readReading(markers.ids),
    };
    const json = JSON.stringify(body);
    return { version: createHash("sha256").update(json).digest("hex").slice(0, 12), text: json };
  }

  private path(name: string): string {
    return this.context.sources.name(join(this.context.sources.root, "microbiology", name));
  }

  private bad({ file, line }: Where, message: string): void {
    this.context.problems.add(file, line, message);
  }

  private entries<T>(name: string, reader: Reader<T>, what: string, key = "id"): Entry<T>[] {
    const { sources } = this.context;
    return sources.entries([join(sources.root, "microbiology", name)], reader, new Map(), what, key);
  }

  private one<T>(name: string, reader: Reader<T>): T | undefined {
    const { sources } = this.context;
    const loaded = sources.yaml(join(sources.root, "microbiology", name));
    if (loaded === undefined) {
      this.bad({ file: this.path(name), line: 1 }, "this file is missing");
      return undefined;
    }
    return reader(loaded.root, loaded.at, "");
  }

  private readOrganisms(): unknown[] {
    const entries = this.entries("organisms.yaml", shapes.organism, "organism", "name");
    const byName = new Map(entries.map(({ value }, i) => [value.name, i]));
    const names = entries.map(() => new Set<string>());
    const add = (i: number, words: string, entry: Where) => {
      const plain = plainWords(words);
      const other = this.organisms.get(plain);
      if (other !== undefined && other !== i) this.bad(entry, `${entries[i]!.value.name}: '${words}' is also ${entries[other]!.value.name}`);
      this.organisms.set(plain, i);
      names[i]!.add(plain);
    };
    const codes = new Map<string, string>();
    entries.forEach((entry, i) => {
      const { value } = entry;
      for (const words of [value.name, ...(value.names ?? [])]) add(i, words, entry);
      for (const words of [value.name, ...(value.names ?? []), ...(value.tables ?? [])]) this.inTables.set(words, i);
      for (const code of value.snomed ?? []) {
        const [digits] = code.split(" ") as [string];
        if (codes.has(digits)) this.bad(entry, `${value.name}: SNOMED CT ${digits} is also ${codes.get(digits)}`);
        codes.set(digits, value.name);
      }
    });
    // "S. aureus", "Klebsiella spp.": unless two organisms would be meant.
    const short = new Map<string, number[]>();
    entries.forEach(({ value }, i) => {
      const words = plainWords(value.name).split(" ");
      const forms = value.rank === "species" && words.length === 2 ? [`${words[0]![0]} ${words[1]}`] : [];
      if (value.rank === "genus") forms.push(...["sp", "spp", "species"].map((ending) => `${words[0]} ${ending}`));
      for (const form of forms) short.set(form, [...(short.get(form) ?? []), i]);
    });
    for (const [form, owners] of short) {
      if (owners.length > 1 || this.organisms.has(form)) continue;
      this.organisms.set(form, owners[0]!);
      names[owners[0]!]!.add(form);
    }
    return entries.map((entry, i) => ({
      name: entry.value.name,
      rank: entry.value.rank,
      up: this.above(i, entries, byName),
      snomed: entry.value.snomed ?? [],
      names: [...names[i]!],
    }));
  }

  // Itself and all that stands above it, with the number of steps, nearest first.
  private above(start: number, entries: Entry<Read<typeof shapes.organism>>[], byName: ReadonlyMap<string, number>): [number, number][] {
    const steps = new Map<number, number>([[start, 0]]);
    const queue = [start];
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      const entry = entries[at]!;
      for (const parent of entry.value.above ?? []) {
        const up = byName.get(parent.text);
        if (up === undefined) {
          if (at === start) this.bad({ file: entry.file, line: parent.line }, `${entry.id}: no organism '${parent.text}'${near(parent.text, byName.keys())}`);
        } else if (up === start) this.bad(entry, `${entry.id}: stands above itself`);
        else if (!steps.has(up)) {
          steps.set(up, steps.get(at)! + 1);
          queue.push(up);
        }
      }
    }
    return [...steps];
  }

  private readAgents(): unknown[] {
    const entries = this.entries("agents.yaml", shapes.agent, "agent", "code");
    const names = new Map<string, string>();
    const codes = new Map<string, string>();
    return entries.map((entry, i) => {
      const { value } = entry;
      for (const code of [value.code, ...(value.also ?? [])]) {
        if (this.agents.has(code)) this.bad(entry, `${value.name}: code '${code}' is another agent's`);
        this.agents.set(code, i);
      }
      const plain = new Set([value.name, ...(value.names ?? []), value.code, ...(value.short ?? [])].map(plainWords));
      for (const name of plain) {
        if (names.has(name)) this.bad(entry, `${value.name}: '${name}' is also ${names.get(name)}`);
        names.set(name, value.name);
      }
      for (const code of value.loinc ?? []) {
        const [digits] = code.split(" ") as [string];
        if (codes.has(digits)) this.bad(entry, `${value.name}: LOINC ${digits} is also ${codes.get(digits)}`);
        codes.set(digits, value.name);
      }
      for (const name of value.classes ?? []) this.classes.set(name, [...(this.classes.get(name) ?? []), i]);
      return {
        code: value.code,
        name: value.name,
        atc: value.atc ?? "",
        names: [...plain],
        loinc: value.loinc ?? [],
        offered: value.atc !== undefined && this.offered.has(value.atc),
        note: value.note ?? "",
      };
    });
  }

  // Codes of agents and names of classes -> agents.
  private agentsOf(words: readonly Mark[], { file, id }: { file: string; id: string }): number[] {
    return [
      ...new Set(
        words.flatMap(({ text: word, line }) => {
          const agent = this.agents.get(word);
          const found = agent !== undefined ? [agent] : this.classes.get(word);
          if (found === undefined) this.bad({ file, line }, `${id}: no agent or class '${word}'${near(word, [...this.agents.keys(), ...this.classes.keys()])}`);
          return found ?? [];
        }),
      ),
    ];
  }

  private organismsOf(words: readonly Mark[], { file, id }: { file: string; id: string }): number[] {
    return words.flatMap(({ text: word, line }) => {
      const found = this.organisms.get(plainWords(word));
      if (found === undefined) this.bad({ file, line }, `${id}: no organism '${word}'${near(plainWords(word), this.organisms.keys())}`);
      return found === undefined ? [] : [found];
    });
  }

  private readClasses(): Map<string, number[]> {
    return new Map(this.entries("classes.yaml", shapes.agentClass, "class", "class").map((entry) => [entry.value.class, this.agentsOf(entry.value.agents, entry)]));
  }

  private readSites(): { conditions: unknown[]; sites: unknown[]; names: Map<string, number> } {
    const file = this.path("sites.yaml");
    const value = this.one("sites.yaml", shapes.sites);
    const ids = new Map((value?.conditions ?? []).map(({ id }, i) => [id, i]));
    if (ids.size > 32) this.bad({ file, line: 1 }, "more than 32 conditions");
    const conditions = (value?.conditions ?? []).map((one) => ({
      id: one.id,
      label: one.label,
      when: one.when === undefined ? "" : this.check.boolean(one.when, { file, id: one.id }),
      unknown_counts: one.unknown === "counts",
    }));
    const names = new Map<string, number>();
    const sites = (value?.sites ?? []).map((one, i) => {
      if (names.has(one.site.text)) this.bad({ file, line: one.site.line }, `the site '${one.site.text}' stands twice`);
      names.set(one.site.text, i);
      const bits = (words: Mark[] | undefined) =>
        (words ?? []).flatMap((word) => {
          const bit = ids.get(word.text);
          if (bit === undefined) this.bad({ file, line: word.line }, `${one.site.text}: no condition '${word.text}'${near(word.text, ids.keys())}`);
          return bit === undefined ? [] : [bit];
        });
      return { site: one.site.text, any_of: bits(one.any_of), none_of: bits(one.none_of), route: one.route ?? "", screen: one.use === "screen" };
    });
    return { conditions, sites, names };
  }

  private readMarkers(): { list: unknown[]; ids: Map<string, number> } {
    const ids = new Map<string, number>();
    const list = this.entries("markers.yaml", shapes.marker, "marker").map((entry, i) => {
      ids.set(entry.id, i);
      const set = entry.value.set && this.set(entry.value.set, entry);
      const codes = (set?.codes ?? []).map(({ system, code }) => [system, code]);
      for (const code of entry.value.loinc ?? []) codes.push([systemUrl("loinc")!, code.split(" ")[0]!]);
      const names = new Set([...(set?.texts ?? []), ...(entry.value.names ?? [])].map(plainWords));
      return { id: entry.id, label: entry.value.label, codes, names: [...names] };
    });
    return { list, ids };
  }

  private set(name: Mark, { file, id }: { file: string; id: string }): ValueSet | undefined {
    const found = this.sets.find((set) => set.name === name.text);
    if (!found) this.bad({ file, line: name.line }, `${id}: no value set '${name.text}'${near(name.text, this.sets.map((set) => set.name))}`);
    return found;
  }

  private readRules(markers: ReadonlyMap<string, number>): unknown[] {
    return this.entries("expert_rules.yaml", shapes.rule, "expert rule").map((entry) => {
      const { value, file, line, id } = entry;
      const evidence = this.check.evidence([value.evidence ?? { text: id, line }], entry);
      const when = (value.when ?? []).map((one) => {
        if ((one.agents === undefined) === (one.marker === undefined)) this.bad(entry, `${id}: a condition names agents or a marker`);
        const words = new Set(one.marker === undefined ? categories : ["positive", "negative", "unknown"]);
        for (const word of one.is ?? []) if (!words.has(word)) this.bad(entry, `${id}: '${word}' is not said of ${one.marker ? "a marker" : "an agent"}`);
        if (one.is === undefined && one.mic_over === undefined && one.by === undefined) this.bad(entry, `${id}: a condition that says nothing`);
        if (one.marker !== undefined && !markers.has(one.marker.text)) {
          this.bad({ file, line: one.marker.line }, `${id}: no marker '${one.marker.text}'${near(one.marker.text, markers.keys())}`);
        }
        return {
          agents: this.agentsOf(one.agents ?? [], entry),
          marker: one.marker === undefined ? -1 : (markers.get(one.marker.text) ?? -1),
          is: one.is ?? [],
          by: one.by ?? "",
          screen: one.use === "screen",
          mic_over: one.mic_over ?? "",
        };
      });
      const then = (value.then ?? []).map((one) => {
        const except = new Set(this.agentsOf(one.except ?? [], entry));
        return {
          agents: this.agentsOf(one.agents, entry).filter((agent) => !except.has(agent)),
          breakpoint: one.only === "breakpoint",
          by: one.by ?? "",
          report: one.report,
        };
      });
      if (when.length === 0 && then.length === 0) this.bad(entry, `${id}: neither 'when' nor 'then'`);
      return { id, evidence: evidence[0], organisms: this.organismsOf(value.organisms, entry), when, then, say: value.say, mark: value.mark };
    });
  }

  private readReading(markers: ReadonlyMap<string, number>): unknown {
    const file = this.path("reading.yaml");
    const value = this.one("reading.yaml", shapes.reading);
    if (!value) return {};
    const words = (list: readonly string[]) => [...new Set(list.map(plainWords))].filter((word) => word !== "");
    const answers = Object.fromEntries(
      (["S", "I", "R", "none"] as const).map((key) => {
        const set = this.set(value.answers[key], { file, id: key });
        return [key, { codes: (set?.codes ?? []).map(({ system, code }) => [system, code]), names: words(set?.texts ?? []) }];
      }),
    );
    return {
      tolerance: value.dilution_tolerance,
      mic_unit: value.mic_unit,
      zone_unit: value.zone_unit,
      disk_diameter: value.disk_diameter,
      marker_headings: words(value.marker_headings),
      answers,
      other_methods: words(value.other_methods),
      positive: words(value.positive),
      negative: words(value.negative),
      organism_passing: words(value.organism_passing),
      agent_passing: words(value.agent_passing),
      never: words(value.never),
      cut_at: words(value.cut_at),
      rewrites: Object.entries(value.rewrites).map(([from, to]) => [plainWords(from), plainWords(to)]),
      qualifiers: value.qualifiers.flatMap((one) => {
        const marker = markers.get(one.marker.text);
        if (marker === undefined) this.bad({ file, line: one.marker.line }, `no marker '${one.marker.text}'${near(one.marker.text, markers.keys())}`);
        return words(one.words).map((phrase) => [phrase, marker ?? -1, one.is === "positive"]);
      }),
    };
  }

  private table(entry: Entry<Read<typeof shapes.table>>, sites: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number[]>): unknown {
    const { value } = entry;
    const sources: string[] = [];
    const seen = new Map<string, string>();
    const rows = this.csv(value.file, entry, columns).map((row) => this.breakpoint(row, sites, sources, seen));
    const unspecific = value.unspecific && this.inTables.get(value.unspecific.text);
    if (value.unspecific && unspecific === undefined) this.bad({ file: entry.file, line: value.unspecific.line }, `${entry.id}: no organism '${value.unspecific.text}'`);
    return {
      id: value.id,
      name: value.name,
      methods: value.methods.map(plainWords),
      unspecific: unspecific ?? -1,
      sources,
      rows,
      expected_name: value.expected_name ?? "",
      combination: (value.combination ?? []).map((one) => {
        this.check.evidence(one.evidence, entry);
        return { organisms: this.organismsOf(one.organisms, entry), agents: this.agentsOf(one.agents, entry), say: one.say };
      }),
      expected: value.expected_resistance ? this.expectedRows(value.expected_resistance, entry, expected) : [],
    };
  }

  private csv(name: Mark, entry: { file: string; id: string }, needed: readonly string[]): Row[] {
    const { sources } = this.context;
    const path = join(sources.root, "tables", name.text);
    if (!existsSync(path)) {
      this.bad({ file: entry.file, line: name.line }, `${entry.id}: no file tables/${name.text}`);
      return [];
    }
    const rows = sources.csv(path);
    const missing = needed.filter((column) => rows[0] !== undefined && rows[0].cells[column] === undefined);
    for (const column of missing) this.bad({ file: rows[0]!.file, line: 1 }, `column '${column}' is missing`);
    return missing.length > 0 ? [] : rows;
  }

  private organismIn(row: Row): number {
    const name = row.cells["organism"]!;
    const found = this.inTables.get(name);
    if (found === undefined) this.bad(row, `no organism '${name}' in microbiology/organisms.yaml${near(name, this.inTables.keys())}`);
    return found ?? 0;
  }

  private breakpoint(row: Row, sites: ReadonlyMap<string, number>, sources: string[], seen: Map<string, string>): unknown[] {
    const { cells } = row;
    const id = cells["row_id"]!;
    const organism = this.organismIn(row);
    const agent = this.agents.get(cells["agent_code"]!);
    if (agent === undefined) this.bad(row, `${id}: no agent '${cells["agent_code"]}' in microbiology/agents.yaml${near(cells["agent_code"]!, this.agents.keys())}`);
    const site = sites.get(cells["indication_or_site"]!);
    if (site === undefined) this.bad(row, `${id}: no site '${cells["indication_or_site"]}' in microbiology/sites.yaml${near(cells["indication_or_site"]!, sites.keys())}`);
    const key = [cells["organism"], cells["agent_code"], cells["indication_or_site"]].join("|");
    if (seen.has(key)) this.bad(row, `${id}: the same organism, agent and site as ${seen.get(key)}`);
    seen.set(key, id);
    const value = (column: string): number | null => {
      const words = cells[column]!;
      if (words === "") return null;
      if (!/^\d+(\.\d+)?$/.test(words) || Number(words) === 0) this.bad(row, `${id}: ${column} '${words}' is not a number above 0`);
      return Number(words);
    };
    const [s, r, zoneS, zoneR] = [value("mic_S_le_mgL"), value("mic_R_gt_mgL"), value("zone_S_ge_mm"), value("zone_R_lt_mm")];
    if ((s === null) !== (r === null)) this.bad(row, `${id}: one of the two MIC breakpoints is missing`);
    if ((zoneS === null) !== (zoneR === null)) this.bad(row, `${id}: one of the two zone breakpoints is missing`);
    if (s === null && zoneS === null) this.bad(row, `${id}: neither an MIC nor a zone`);
    if (s !== null && r !== null && s > r) this.bad(row, `${id}: S up to ${s} mg/L is above R beyond ${r} mg/L`);
    if (zoneS !== null && zoneR !== null && zoneS < zoneR) this.bad(row, `${id}: S from ${zoneS} mm is below R under ${zoneR} mm`);
    if (zoneS !== null && cells["disk_content"] === "") this.bad(row, `${id}: a zone without the content of the disk`);
    const between = s !== r || zoneS !== zoneR;
    const yes = (column: string): boolean => {
      if (!["yes", "no"].includes(cells[column]!)) this.bad(row, `${id}: ${column} '${cells[column]}' is neither yes nor no`);
      return cells[column] === "yes";
    };
    const hasI = yes("has_I_category");
    if (hasI !== between) this.bad(row, `${id}: has_I_category is '${cells["has_I_category"]}', the breakpoints say '${between ? "yes" : "no"}'`);
    const offscale = yes("S_offscale_means_wildtype_is_I");
    if (offscale && !hasI) this.bad(row, `${id}: wild type cannot be I without the category`);
    for (const column of ["eucast_version", "source"]) if (cells[column] === "") this.bad(row, `${id}: ${column} is empty`);
    if (!sources.includes(cells["source"]!)) sources.push(cells["source"]!);
    const bracketed = cells["bracketed_breakpoint"]!;
    return [
      id, organism, agent ?? 0, site ?? 0, s, r, zoneS, zoneR, cells["disk_content"], hasI, offscale, bracketed.startsWith("yes") ? bracketed : "",
      cells["eucast_version"], cells["v16_1_check"], cells["v15_0_value_if_changed"], cells["note"], sources.indexOf(cells["source"]!),
    ]; // prettier-ignore
  }

  private expectedRows(name: Mark, entry: { file: string; id: string }, expected: ReadonlyMap<string, number[]>): ExpectedRow[] {
    const needed = ["row_id", "organism", "agent_type", "agent_or_class", "agent_codes", "expected_phenotype", "eucast_table", "source"];
    return this.csv(name, entry, needed).map((row) => {
      const { cells } = row;
      const id = cells["row_id"]!;
      if (cells["expected_phenotype"] !== "R") this.bad(row, `${id}: expected_phenotype '${cells["expected_phenotype"]}' is not R`);
      let agents: number[] = [];
      if (cells["agent_type"] === "class") {
        const found = expected.get(cells["agent_or_class"]!);
        if (found === undefined) this.bad(row, `${id}: no class '${cells["agent_or_class"]}' in microbiology/classes.yaml`);
        agents = found ?? [];
      } else {
        agents = this.agentsOf(cells["agent_codes"]!.split("|").map((word) => ({ text: word, line: row.line })), { file: row.file, id });
      }
      // Rows that stand in no published table are from general knowledge.
      return [id, this.organismIn(row), agents, cells["agent_or_class"], cells["eucast_table"], !cells["source"]!.includes("unverified")];
    });
  }
}
