// SPDX-License-Identifier: Apache-2.0
// stops/*.yaml: when which drugs must not be offered, or only with a caution.
import { Checks, type Context } from "./context.js";
import { cellMark, literal, quoted, table } from "./cql_rows.js";
import type { Sources } from "./sources.js";
import { filled, flag, list, map, mark, may, must, oneOf, pattern } from "./yaml_reader.js";

export interface Stop {
  id: string;
  title: string;
  when: string;
  remove: { atc: string[]; except: string[]; agents?: string }; // agents: definition, a list of ATC codes of this person; an option of nothing else is removed, one with any of them warned on
  caution: boolean; // warns on the options it hits, and removes none
  behind?: true; // a caution: what it hits stands behind what it does not
  text: string;
  evidence: string[];
}

// What a stop means for a drug that runs already: it is stopped, or asked about first, or a row of tables/interactions.csv says it, or it is judged elsewhere.
const runningKinds = ["stop", "ask", "pair", "stays"] as const;

export const atcPattern = /^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$/;
export const atcPrefix = pattern(atcPattern, "J01C or J01CR02");

const drugs = { atc: may(list(atcPrefix)), except: may(list(atcPrefix)), agents: may(mark) };
export const stop = map({
  id: must(filled),
  title: must(filled),
  when: must(mark),
  remove: may(map(drugs)),
  caution: may(map({ ...drugs, behind: may(flag) })),
  running: may(oneOf(runningKinds)),
  text: must(mark),
  evidence: may(list(mark)),
});

// The library StopRows: which drugs each stop removes, and whether it holds, asked one by one so that only what a drug meets is looked at.
export function stopLibrary(sources: Sources): string {
  const rows = sources
    .entries(sources.files("stops", ".yaml"), stop, new Map(), "stop")
    .map(({ value }) => value)
    .filter(({ remove, running }) => (remove?.atc ?? []).length > 0 && running !== "stays");
  const libraries = [...new Set(rows.map(({ when }) => String(when.text).split(".", 1)[0] ?? ""))].sort();
  const cells = rows.map(({ id, title, running, remove }) => [id, title, running ?? "stop", (remove?.atc ?? []).join("|"), (remove?.except ?? []).join("|")]);
  const holds = rows.map(({ id, when }) => {
    const [library = "", name = ""] = String(when.text).split(/\.(.*)/s);
    return `    when ${literal(id)} then ${library}.${quoted(name)}`;
  });
  return `library StopRows version '0.1.0'
using FHIR version '4.0.1'
include FHIRHelpers version '4.0.1'
${libraries.map((name) => `include ${name} version '0.1.0' called ${name}`).join("\n")}
context Patient

define function Row(F List<System.String>):
  Tuple { id: F[0], title: F[1], running: F[2], agents: Split(F[3], '|'), except: if F[4] = '' then List<System.String>{} else Split(F[4], '|') }

define "Stops": ${table(cells, sources)} L return all Row(Split(L, '${cellMark}'))

define function Holds(id System.String) returns System.Boolean:
  case id
${holds.join("\n")}
    else false
  end
`;
}

export function readStops(context: Context): Stop[] {
  const check = new Checks(context);
  return context.sources.entries(context.sources.files("stops", ".yaml"), stop, new Map(), "stop").map((entry) => {
    const { value } = entry;
    const { remove, caution } = value;
    const hit = remove ?? caution ?? {};
    const atc = hit.atc ?? [];
    if ((remove === undefined) === (caution === undefined)) context.problems.add(entry.file, entry.line, `${entry.id}: either 'remove' or 'caution' is needed`);
    else if (atc.length === 0 && hit.agents === undefined) context.problems.add(entry.file, entry.line, `${entry.id}: ${remove ? "remove" : "caution"}.atc names no drug`);
    return {
      id: value.id,
      title: value.title,
      text: check.template(value.text, entry),
      when: check.boolean(value.when, entry),
      remove: { atc, except: hit.except ?? [], ...(hit.agents ? { agents: check.define(hit.agents, entry) } : {}) },
      caution: caution !== undefined,
      ...(caution?.behind ? { behind: true as const } : {}),
      evidence: check.evidence(value.evidence, entry),
    };
  });
}
