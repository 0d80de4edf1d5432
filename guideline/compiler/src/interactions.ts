// SPDX-License-Identifier: Apache-2.0
// tables/interactions.csv -> the pairs of drugs that are in force: as data of guideline.json for what may be offered, and as the CQL
// library TableRows for what is already taken. A row is said once, in the table.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBands } from "./bands.js";
import { cellMark, table } from "./cql_rows.js";
import { fold } from "./fold.js";
import type { MedicineName } from "./medicine_names.js";
import type { Nature } from "./microbiology.js";
import type { Row, Sources } from "./sources.js";
import { atcPattern } from "./stops.js";
import type { Option } from "./tables.js";

export const severities = ["contraindicated", "major", "moderate"] as const;
export type Severity = (typeof severities)[number];

export interface Interaction {
  id: string;
  severity: Severity;
  agents: string[]; // ATC prefixes
  agentRoute: string; // PO or IV where the pair matters by that route alone, else empty
  partners: string[];
  partnerRoute: string;
  text: string; // what happens and what to do, with the mark of the source
}

const prefixes = (words: string): string[] => words.split("|").map((word) => word.trim()).filter((word) => word !== "");

const sentence = (text: string): string => (text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`);

const marks: Record<string, string> = { secondary: " (Read in a secondary source.)", unverified: " (From general knowledge, unverified.)" };

function textOf(cells: Record<string, string>): string {
  const effect = ["", "no number found"].includes(cells["effect_size"]!) ? "" : `: ${cells["effect_size"]}`;
  return `${sentence(cells["mechanism"]! + effect)} ${sentence(cells["action"]!)}${marks[cells["verification"]!] ?? ""}`.trim();
}

// A row of two drugs that is more than minor. Others are held by stops and warnings of their own.
export const isInForce = (cells: Record<string, string>): boolean =>
  cells["interaction_type"] === "drug-drug" && (severities as readonly string[]).includes(cells["severity"]!);

export function readInteractions(sources: Sources): Interaction[] {
  const path = join(sources.root, "tables", "interactions.csv");
  if (!existsSync(path)) return [];
  const bad = (row: Row, why: string) => sources.problems.add(row.file, row.line, `${row.cells["ix_id"]}: ${why}`);
  const out: Interaction[] = [];
  for (const row of sources.csv(path)) {
    const { cells } = row;
    if (![...severities, "minor"].includes(cells["severity"]!)) bad(row, `severity '${cells["severity"]}' is none of ${severities.join(", ")}, minor`);
    for (const column of ["agent_route", "interacting_route"]) {
      if (!["", "PO", "IV"].includes(cells[column] ?? "")) bad(row, `${column} '${cells[column]}' is neither PO nor IV`);
    }
    if (!isInForce(cells)) continue;
    const [agents, partners] = [prefixes(cells["agent_atc"]!), prefixes(cells["interacting_atc"]!)];
    for (const code of [...agents, ...partners]) if (!atcPattern.test(code)) bad(row, `'${code}' is no ATC code or beginning of one`);
    if (agents.length === 0 || partners.length === 0) bad(row, "a pair of drugs needs ATC codes on both sides");
    out.push({
      id: cells["ix_id"]!,
      severity: cells["severity"] as Severity,
      agents,
      agentRoute: cells["agent_route"] ?? "",
      partners,
      partnerRoute: cells["interacting_route"] ?? "",
      text: textOf(cells),
    });
  }
  return out;
}

const among = (list: readonly string[], atc: string): boolean => list.some((prefix) => atc.startsWith(prefix));

// A drug with its route: PO, IV, "PO/IV" or unknown, which fits any.
export interface Given {
  atc: string;
  route: string;
}

const fits = (list: readonly string[], route: string, drug: Given): boolean =>
  among(list, drug.atc) && (route === "" || drug.route === "" || drug.route.includes(route));

// Whether the row speaks of the two, either way round.
export const pairs = (row: Interaction, one: Given, other: Given): boolean =>
  one.atc !== other.atc &&
  ((fits(row.agents, row.agentRoute, one) && fits(row.partners, row.partnerRoute, other)) ||
    (fits(row.partners, row.partnerRoute, one) && fits(row.agents, row.agentRoute, other)));

// An option must not hold a pair that its own table forbids.
export function checkOptions(sources: Sources, options: readonly Option[], rows: readonly Interaction[]): void {
  const forbidden = rows.filter(({ severity }) => severity === "contraindicated");
  for (const option of options) {
    const drugs = option.components.map((part) => ({ atc: part["atc"] ?? "", route: part["route"] ?? "" }));
    for (const row of forbidden) {
      if (drugs.some((one) => drugs.some((other) => pairs(row, one, other)))) {
        sources.problems.add("guideline/tables/regimens.csv", 1, `${option.option_id} holds a pair that ${row.id} forbids`);
      }
    }
  }
}


// The high dose that EUCAST asks for in category I, where it has one.
export const highDose = (words: string): string => (/^(no separate|not in EUCAST)/.test(words) ? "" : words);

function highDoses(sources: Sources): string[][] {
  const path = join(sources.root, "tables", "dosing.csv");
  const rows = existsSync(path) ? sources.csv(path) : [];
  return rows
    .map(({ cells }) => ["atc", "route", "agent", "eucast_v15_high_dose_for_I"].map((column) => cells[column] ?? ""))
    .filter(([atc, , , words]) => atc !== "" && highDose(words!) !== "")
    .map((cells) => [...cells, dailyMilligrams(cells[3]!)]);
}

// "12 g/day", "800 mg/day (1200 CNS)": mg a day that a prescription stays within as a rule.
export function dailyMaximum(words: string): string {
  const first = /^(\d+(?:\.\d+)?) (g|mg)\/day\b/.exec(words);
  return first === null ? "" : String(Math.round(Number(first[1]) * (first[2] === "g" ? 1000 : 1)));
}

// "total >4.5 g/day only with TDM": mg a day that nobody passes without levels.
const levelGuided = (words: string): string => {
  const found = /total >(\d+(?:\.\d+)?) g\/day only with TDM/.exec(words);
  return found === null ? "" : String(Math.round(Number(found[1]) * 1000));
};

function maximumDoses(sources: Sources): string[][] {
  const path = join(sources.root, "tables", "dosing.csv");
  const rows = existsSync(path) ? sources.csv(path) : [];
  return rows
    .map(({ cells }) => [cells["atc"] ?? "", cells["route"] ?? "", dailyMaximum(cells["max_dose"] ?? "") || levelGuided(cells["max_dose"] ?? "")])
    .filter(([atc, , most]) => atc !== "" && most !== "");
}

// "(4 g piperacillin + 0.5 g tazobactam) x 4 iv", "0.75-1 g x 3 oral": mg a day of the larger part, from the lower end, by the first way.
export function dailyMilligrams(words: string): string {
  const first = words.split(";")[0]!;
  const times = / x (\d+)/.exec(first);
  const grams = [...first.matchAll(/(\d+(?:\.\d+)?)(?:-\d+(?:\.\d+)?)? g/g)].map((match) => Number(match[1]));
  return times === null || grams.length === 0 ? "" : String(Math.round(Math.max(...grams) * 1000 * Number(times[1])));
}

// "2 g q6-8h", "400 mg (6 mg/kg) q24h", "15-20 mg/kg q8-12h": mg a day, or mg/kg a day, from the least to the most that the words name.
interface Amount {
  low: number;
  high: number;
  perKg: boolean;
}

const everyHours =
  /(\d+(?:\.\d+)?)(?:\/\d+(?:\.\d+)?)?(?:-(\d+(?:\.\d+)?))? ?(mg|g)(\/kg)?(?: \([^)]*\))? q(\d+)(?:h?-q?(\d+))?h/g;
const aDay = /(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))? (mg|g)\/day/g;

// Undefined where the words do not say it as an amount and an interval: nothing is compared then. Trimethoprim is counted by its own part,
// and three doses a week by no interval.
export function dailyAmount(words: string): Amount | undefined {
  if (/TMP|\/week/.test(words)) return undefined;
  const grams = (text: string, unit: string) => Number(text) * (unit === "g" ? 1000 : 1);
  const found: Amount[] = [...words.matchAll(everyHours)].map((match) => ({
    low: (grams(match[1]!, match[3]!) * 24) / Number(match[6] ?? match[5]),
    high: (grams(match[2] ?? match[1]!, match[3]!) * 24) / Number(match[5]),
    perKg: match[4] !== undefined,
  }));
  for (const match of words.matchAll(aDay)) {
    found.push({ low: grams(match[1]!, match[3]!), high: grams(match[2] ?? match[1]!, match[3]!), perKg: false });
  }
  if (found.length === 0 || found.some((one) => one.perKg !== found[0]!.perKg)) return undefined;
  return { low: Math.min(...found.map((one) => one.low)), high: Math.max(...found.map((one) => one.high)), perKg: found[0]!.perKg };
}

// A band counts from its beginning: an amount and an interval, after a first dose or not. "Reduce with the pharmacist" and "by level" say none.
const regular = /^((?:IV |PO )?\d[^;]* q\d|\d[^;]* (?:once|load) then \d)/;

// After haemodialysis: so much after a session, and no more than one a day.
const afterSession = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))? (mg|g)(\/kg)? after (?:each session|HD)/;

// Rows of [atc, route, agent, kind, from, to, low, high, per kg, words]: the doses of every band of the kidney, of haemodialysis and of
// continuous replacement, as far as they are said in numbers.
function doseRows(sources: Sources): string[][] {
  const path = join(sources.root, "tables", "dosing.csv");
  const rows = existsSync(path) ? sources.csv(path) : [];
  const shown = (value: number | undefined) => (value === undefined ? "" : String(Math.round(value * 100) / 100));
  return rows.flatMap(({ cells }) => {
    const [atc, route, agent] = ["atc", "route", "agent"].map((column) => cells[column] ?? "") as [string, string, string];
    if (atc === "") return [];
    const usual = cells["standard_adult_dose_spine"] ?? "";
    const full = dailyAmount(usual);
    const row = (kind: string, from: string, to: string, low?: number, high?: number, perKg?: boolean, words = "") => [
      ...[atc, route, agent, kind, from, to, shown(low), shown(high), perKg === true ? "kg" : "", words],
    ];
    const bands = readBands(cells["renal_bands_crcl_mlmin"] ?? "");
    const out = (typeof bands === "string" ? [] : bands).map((band) => {
      if (/^(full dose|no change)/.test(band.text)) return row("band", band.from, band.to ?? "", full?.low, undefined, full?.perKg, usual);
      if (/^(not recommended|avoid)\b/.test(band.text)) return row("band", band.from, band.to ?? "", undefined, 0, false, band.text);
      const said = regular.test(band.text) ? dailyAmount(band.text) : undefined;
      return row("band", band.from, band.to ?? "", said?.low, said?.high, said?.perKg, band.text);
    });
    const session = cells["ihd_dose"] ?? "";
    const once = afterSession.exec(session);
    const said = regular.test(session) ? dailyAmount(session) : undefined;
    const most = once === null ? said?.high : Number(once[2] ?? once[1]) * (once[3] === "g" ? 1000 : 1);
    out.push(row("session", "", "", undefined, most, once === null ? said?.perKg : once[4] !== undefined, session));
    out.push(row("continuous", "", "", undefined, undefined, false, cells["crrt_dose"] ?? ""));
    return out;
  });
}

// Rows of tables/ that logic asks for.
export function tableLibrary(sources: Sources, rows: readonly Interaction[], nature: Nature, names: readonly MedicineName[]): string {
  const cells = rows.map(({ id, severity, agents, agentRoute, partners, partnerRoute, text }) => [
    ...[id, severity, agents.join("|"), agentRoute, partners.join("|"), partnerRoute],
    text.replace(/\.$/, ""),
  ]);
  const natures = nature.organisms.map((one) => [one.name, [...new Set(one.names.map(fold))].join("|"), one.rows.join("|"), one.except.join("|")]);
  const resistances = nature.rows.map((row) => [row.id, row.atc.join("|"), row.verified ? "yes" : "no"]);
  const called = names.map((one) => [one.atc, one.name, one.found.join("|")]);
  return `library TableRows version '0.1.0'

context Unfiltered

define function Pair(F List<System.String>):
  Tuple { id: F[0], severity: F[1], agents: Split(F[2], '|'), agentRoute: F[3], partners: Split(F[4], '|'), partnerRoute: F[5], says: F[6] }

define "Interactions": ${table(cells, sources)} L return all Pair(Split(L, '${cellMark}'))

define function Dose(F List<System.String>):
  Tuple { atc: F[0], route: F[1], agent: F[2], high: F[3], daily: F[4] }

define "High Doses": ${table(highDoses(sources), sources)} L return all Dose(Split(L, '${cellMark}'))

define function Most(F List<System.String>):
  Tuple { atc: F[0], route: F[1], daily: ToDecimal(F[2]) }

define "Maximum Doses": ${table(maximumDoses(sources), sources)} L return all Most(Split(L, '${cellMark}'))

define function Number(S System.String) returns System.Decimal: if S = '' then null as System.Decimal else ToDecimal(S)

define function DoseRow(F List<System.String>):
  Tuple { atc: F[0], route: F[1], agent: F[2], kind: F[3], least: Number(F[4]), below: Number(F[5]), low: Number(F[6]), high: Number(F[7]), perKg: F[8] = 'kg', says: F[9] }

define "Dose Rows": ${table(doseRows(sources), sources)} L return all DoseRow(Split(L, '${cellMark}'))

define function Called(F List<System.String>):
  Tuple { atc: F[0], name: F[1], found: (Split(F[2], '|')) X return all Split(X, '&') }

define "Medicine Names": ${table(called, sources)} L return all Called(Split(L, '${cellMark}'))

define function Nature(F List<System.String>):
  Tuple { organism: F[0], names: Split(F[1], '|'), rows: Split(F[2], '|'), except: if F[3] = '' then List<System.String>{} else Split(F[3], '|') }

define "Natures": ${table(natures, sources)} L return all Nature(Split(L, '${cellMark}'))

define function Resistance(F List<System.String>):
  Tuple { id: F[0], agents: Split(F[1], '|'), verified: F[2] = 'yes' }

define "Natural Resistances": ${table(resistances, sources)} L return all Resistance(Split(L, '${cellMark}'))

define function Test(F List<System.String>):
  Tuple { loinc: F[0], atc: F[1] }

define "Susceptibility Tests": ${table(nature.tests, sources)} L return all Test(Split(L, '${cellMark}'))
`;
}
