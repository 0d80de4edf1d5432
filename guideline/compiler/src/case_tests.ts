// SPDX-License-Identifier: Apache-2.0
// What a worked patient expects against what the reference engine says.
import { plainExpect, type Case } from "./cases.js";
import type { Compiled } from "./compile.js";
import { failed, type Results } from "./evaluate.js";
import { pairs, type Given } from "./interactions.js";
import { show } from "./normal.js";
import type { Recommendation } from "./recommendations.js";

type Standing = "advised" | "undecided" | "not-advised" | "blocked" | "replaced";

// Advice as the plan computes it, from definitions alone.
function standing({ when, unless }: Recommendation, results: Results): Standing {
  const decided = results.get(when);
  if (decided === false) return "not-advised";
  if (unless.some((name) => results.get(name) === true)) return "blocked";
  return decided === true ? "advised" : "undecided";
}

export function standings(recommendations: readonly Recommendation[], results: Results): Map<string, Standing> {
  const out = new Map(recommendations.map((one) => [one.id, standing(one, results)]));
  const replaced = recommendations.filter((one) => out.get(one.id) === "advised").flatMap((one) => one.replaces ?? []);
  for (const id of replaced) if (out.get(id) === "advised" || out.get(id) === "undecided") out.set(id, "replaced");
  return out;
}

const listed = (definition: string | undefined, results: Results): string[] => {
  const list = definition === undefined ? undefined : results.get(definition);
  return Array.isArray(list) ? list.map(String) : [];
};

const startsWith = (prefixes: readonly string[], atc: string) => prefixes.some((prefix) => atc.startsWith(prefix));

// What is taken, as the definition named in guideline.yaml says.
function takenIn({ head }: Compiled, results: Results): Given[] {
  const drugs = head.interactions ? results.get(head.interactions.taken) : undefined;
  const word = (drug: unknown, key: string) => String((drug as Record<string, unknown> | null)?.[key] ?? "");
  return Array.isArray(drugs) ? drugs.map((drug) => ({ atc: word(drug, "atc"), route: word(drug, "route") })) : [];
}

// Options of a recommendation that nothing forbids, best first.
function offered(recommendation: Recommendation, compiled: Compiled, results: Results): { id: string; atc: string[] }[] {
  const filter = recommendation["options"] as Record<string, string[] | undefined> | undefined;
  if (!filter) return [];
  const removed = compiled.stops.filter((stop) => !stop.caution && results.get(stop.when) === true).map(({ remove }) => ({ ...remove, all: listed(remove.agents, results) }));
  const behind = compiled.stops.filter((stop) => stop.behind && results.get(stop.when) === true).map(({ remove }) => ({ ...remove, all: listed(remove.agents, results) }));
  const forbidden = compiled.interactions.filter(({ severity }) => severity === "contraindicated");
  const taken = takenIn(compiled, results);
  const meetsForbidden = (drug: Given) => taken.some((other) => forbidden.some((row) => pairs(row, drug, other)));
  const fits = (words: string[] | undefined, word: unknown) => !words?.length || words.includes(String(word));
  const open = compiled.tables.regimens
    .filter((row) => row.when !== undefined && results.get(row.when) === true)
    .filter((row) => fits(filter["organism_group"], row["organism_group"]) && fits(filter["option"], row.option_id) && fits(filter["phase"], row["phase"]))
    .filter((row) => !row.components.some((part) => meetsForbidden({ atc: part["atc"] ?? "", route: part["route"] ?? "" })))
    .map((row) => ({ id: row.option_id, atc: row.components.map((part) => part["atc"] ?? "") }))
    .filter(({ atc }) => !removed.some((stop) => atc.some((code) => startsWith(stop.atc, code) && !startsWith(stop.except, code)) || atc.every((code) => stop.all.includes(code))));
  const stands = ({ atc }: { atc: string[] }) => behind.some((stop) => atc.some((code) => stop.all.includes(code) || (startsWith(stop.atc, code) && !startsWith(stop.except, code))));
  return [...open.filter((option) => !stands(option)), ...open.filter(stands)];
}

// Everything that is not as expected, in words.
export function failures(one: Case, compiled: Compiled, results: Results, known: ReadonlySet<string> = new Set()): string[] {
  const wrong: string[] = [];
  for (const [name, value] of results) if (failed(value)) wrong.push(`${name} cannot be evaluated: ${value.error}`);
  if (one.derives) return wrong; // the native engine's tests hold it
  const expect = plainExpect(one);
  const recommendations = compiled.recommendations.map(({ value }) => value);
  const byId = new Map(recommendations.map((recommendation) => [recommendation.id, recommendation]));
  const is = standings(recommendations, results);
  const why = (id: string) => `${id} is ${is.get(id)} (${byId.get(id)?.when} = ${show(results.get(byId.get(id)?.when ?? ""))})`;
  for (const id of expect.advised) if (is.get(id) !== "advised") wrong.push(`must be advised: ${why(id)}`);
  for (const id of expect.never) if (is.get(id) === "advised") wrong.push(`must never be advised: ${why(id)}`);
  for (const id of expect.undecided) if (is.get(id) !== "undecided") wrong.push(`must be undecided: ${why(id)}`);
  const advised = recommendations.filter(({ id }) => is.get(id) === "advised");
  const categories = new Set(advised.map((recommendation) => String(recommendation["category"])));
  for (const category of expect.categories.advised) if (!categories.has(category)) wrong.push(`nothing of category '${category}' is advised`);
  for (const category of expect.categories.never) if (categories.has(category)) wrong.push(`something of category '${category}' is advised`);
  for (const [id, wanted] of Object.entries(expect.options)) {
    const options = byId.has(id) ? offered(byId.get(id)!, compiled, results).map((option) => option.id) : [];
    const said = options.join(", ") || "none";
    if (wanted.first !== undefined && options[0] !== wanted.first) wrong.push(`${id}: first option must be ${wanted.first}; offered: ${said}`);
    for (const option of wanted.offered ?? []) if (!options.includes(option)) wrong.push(`${id}: ${option} must be offered; offered: ${said}`);
    for (const option of wanted.never ?? []) if (options.includes(option)) wrong.push(`${id}: ${option} must not be offered`);
  }
  for (const recommendation of advised) {
    for (const option of offered(recommendation, compiled, results)) {
      const drug = option.atc.find((atc) => startsWith(expect.avoid_drugs, atc));
      if (drug !== undefined) wrong.push(`${recommendation.id}: ${option.id} offers ${drug}, which must be avoided`);
    }
  }
  for (const [name, text] of Object.entries(expect.definitions)) {
    const full = compiled.definitions.find(name) ?? name;
    if (known.has(full)) continue; // the native engine's tests hold it
    if (show(results.get(full)) !== text) wrong.push(`${full} is ${show(results.get(full))}, expected ${text}`);
  }
  return wrong;
}
