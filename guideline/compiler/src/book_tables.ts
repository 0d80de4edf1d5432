// SPDX-License-Identifier: Apache-2.0
// The book's tables: regimens by organism, doses by kidney function, interactions.
import type { Compiled } from "./compile.js";
import { byId } from "./evidence_ids.js";
import { escaped, paragraph, section, table } from "./html.js";
import type { Row } from "./sources.js";
import type { Option } from "./tables.js";
import type { Trace } from "./trace.js";
import type { Words } from "./words.js";

const unsure = (verification: string): string => (/^(unverified|secondary)/.test(verification) ? ` <span class="warn">${escaped(verification)}</span>` : "");

function option(one: Option, words: Words): string {
  const drugs = one.components.map((part) => `<b>${escaped(part["agent"]!)}</b> ${escaped([part["dose"], part["interval"], part["route"]].filter((word) => word && word !== "n/a" && word !== "0").join(" "))} <span class="faint">${escaped(part["dose_id"]!)}</span>${unsure(part["verification"] ?? "")}`);
  const offered = one.when === undefined ? '<span class="faint">never offered</span>' : `<a class="def" href="#${one.when.replace(/[^A-Za-z0-9.-]+/g, "-")}">${escaped(words.label(one.when))}</a>`;
  const parts = [one["organism_detail"], one["condition"], one["setting"]].map(String).filter((word) => word && word !== "any");
  const condition = [...new Set(parts)].join("; ");
  return `<tr id="${one.option_id}"${one.when === undefined ? ' class="grey"' : ""}><td class="id">${one.option_id}</td><td>${one["rank"]}</td><td>${escaped(condition)}${one.note ? `<br><i>${escaped(one.note)}</i>` : ""}</td><td>${drugs.join("<br>")}</td><td>${escaped(String(one["duration_default"]))}</td><td>${offered}</td></tr>`;
}

export function regimens(compiled: Compiled, words: Words): string {
  const groups = [...new Set(compiled.tables.regimens.map((one) => String(one["organism_group"])))];
  const body = groups.map((group) => {
    const here = compiled.tables.regimens.filter((one) => one["organism_group"] === group).sort((a, b) => Number(a["rank"]) - Number(b["rank"]) || byId(a.option_id, b.option_id));
    return `<h3>${escaped(group)}</h3><table class="regimens"><thead><tr><th>Option</th><th>Rank</th><th>For whom</th><th>Drugs</th><th>Length</th><th>Offered when</th></tr></thead><tbody>${here.map((one) => option(one, words)).join("")}</tbody></table>`;
  });
  return section("regimens", "Regimens by organism", paragraph("The lowest rank that fits comes first. Grey rows are stored and offered by no recommendation.") + body.join("\n"));
}

// "[10,30)=2 g q12h" -> "10 to below 30: 2 g q12h".
function band(text: string): string {
  const found = /^([[(])([\d.]+),([\d.]+|inf)([)\]])( [^=]*)?=(.*)$/.exec(text.trim());
  if (!found) return text.trim();
  const [, begins, from, to, ends, note, dose] = found;
  const high = to === "inf" ? "" : ends === "]" ? `to ${to}` : `below ${to}`;
  const low = begins === "[" ? `from ${from}` : `above ${from}`;
  const span = from === "0" ? high || "any" : high === "" ? low : `${begins === "[" ? from : low} ${ends === "]" ? high : `to ${high}`}`;
  return `${span}${note ?? ""}: ${dose}`;
}

// "dose=verified;renal=general knowledge;rest=general knowledge" -> "dose: verified; renal, rest: general knowledge". Who sorted the drug is no figure.
function readHow(text: string): string {
  const parts = text.split(";").map((part) => part.split("=").map((word) => word.trim()));
  const hows = [...new Set(parts.filter(([what, how]) => how !== undefined && what !== "AWaRe").map(([, how]) => how!))];
  const plain = parts.filter(([, how]) => how === undefined).map(([what]) => what!);
  return [...hows.map((how) => `${parts.filter((part) => part[1] === how && part[0] !== "AWaRe").map(([what]) => what).join(", ")}: ${how}`), ...plain].join("; ");
}

export function dosing(rows: readonly Row[]): string {
  const shown = rows.map(({ cells }) => [
    cells["dose_id"]!,
    `${cells["agent"]} ${cells["route"]}`,
    cells["standard_adult_dose_spine"] ?? "",
    (cells["renal_bands_crcl_mlmin"] ?? "").split(";").map(band).join("; "),
    cells["ihd_dose"] ?? "",
    cells["monitoring_labs"] ?? "",
    readHow(cells["verification"] ?? ""),
  ]);
  return section("dosing", "Doses by kidney function", paragraph("Bands are creatinine clearance (Cockcroft-Gault) in mL/min.") + table(["Row", "Agent", "Dose", "Bands", "After haemodialysis", "Watch", "Read"], shown, "dosing"));
}

export function interactions(rows: readonly Row[], trace: Trace): string {
  const held = new Map(trace.traced.map((one) => [one.id, one.held.map(({ by }) => by)]));
  const shown = rows.map(({ cells }) => {
    const by = (held.get(cells["ix_id"]!) ?? []).filter((name) => name.startsWith("stop ")).map((name) => name.slice(5));
    const how = by.length > 0 ? by.join(", ") : (held.get(cells["ix_id"]!) ?? []).length > 0 ? "warning or advice" : "stored only";
    return [cells["ix_id"]!, `${cells["agent"]} with ${cells["interacting"]}`, cells["severity"] ?? "", cells["action"] ?? "", cells["verification"] ?? "", how];
  });
  return section("interactions", "Interactions", table(["Row", "Pair", "Severity", "What to do", "Read", "Held by"], shown, "interactions"));
}
