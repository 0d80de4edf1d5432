// SPDX-License-Identifier: Apache-2.0
// tables/*.csv -> the options and dose rows of guideline.json.
import { join } from "node:path";
import type { Definitions } from "./guideline.js";
import type { Problems } from "./problems.js";
import type { Entry, Located, Sources } from "./sources.js";

export interface Tables {
  regimens: Entry[];
  dosing: Record<string, Entry>;
  optionIds: Set<string>;
}

const optionKeys = ["organism_group", "organism_detail", "condition", "setting", "rank", "role", "phase", "duration_default", "adjunct_rifampicin", "strength_evidence", "source"];
const componentKeys = ["reg_id", "agent", "atc", "route", "dose", "interval", "dose_id", "notes", "verification"];

export class TableReader {
  constructor(
    private readonly sources: Sources,
    private readonly problems: Problems,
  ) {}

  read(): Tables {
    const dosing: Record<string, Entry> = {};
    for (const row of this.rows("dosing.csv", "dose_id")) {
      const id = String(row.value["dose_id"]);
      dosing[id] = { ...row.value, ihd: row.value["ihd_dose"], bands: this.bands(row, String(row.value["renal_bands_crcl_mlmin"] ?? "")) };
    }
    const options = new Map<string, Entry>();
    for (const row of this.rows("regimens.csv", "reg_id")) {
      const id = String(row.value["option_id"] ?? "");
      if (id === "") {
        this.problems.add(row.file, row.line, "a regimen row without option_id");
        continue;
      }
      const doseId = String(row.value["dose_id"] ?? "");
      if (doseId !== "" && doseId !== "none" && doseId !== "n/a" && !dosing[doseId]) {
        this.problems.add(row.file, row.line, `no dose row '${doseId}'`);
      }
      let option = options.get(id);
      if (!option) {
        option = { option_id: id, ...pick(row.value, optionKeys), components: [] as Entry[] };
        options.set(id, option);
      }
      (option["components"] as Entry[]).push(pick(row.value, componentKeys));
    }
    this.rows("interactions.csv", "ix_id");
    this.rows("breakpoints_eucast.csv", "row_id");
    this.rows("intrinsic_resistance.csv", "row_id");
    return { regimens: [...options.values()], dosing, optionIds: new Set(options.keys()) };
  }

  // Joins the conditions under which an option is offered.
  conditions(tables: Tables, definitions: Definitions): void {
    const byId = new Map(tables.regimens.map((option) => [option["option_id"] as string, option]));
    for (const row of this.rows("regimen_conditions.csv", "option_id")) {
      const option = byId.get(String(row.value["option_id"]));
      if (!option) {
        this.problems.add(row.file, row.line, `no option '${row.value["option_id"]}' in regimens.csv`);
        continue;
      }
      const full = definitions.resolve(String(row.value["when"]));
      if (full === undefined) this.problems.add(row.file, row.line, `no definition is named '${row.value["when"]}'`);
      else if (definitions.type(full) !== "Boolean") this.problems.add(row.file, row.line, `'${full}' is not Boolean`);
      option["when"] = full ?? "";
      option["note"] = row.value["note"] ?? "";
    }
  }

  private rows(name: string, key: string): Located[] {
    const rows = this.sources.csv(join(this.sources.root, "tables", name));
    const seen = new Set<string>();
    for (const row of rows) {
      const id = String(row.value[key] ?? "");
      if (id === "") this.problems.add(row.file, row.line, `a row without ${key}`);
      else if (seen.has(id)) this.problems.add(row.file, row.line, `${key} '${id}' stands twice`);
      seen.add(id);
    }
    return rows;
  }

  // "[30,inf)=2 g q8h;[0,30)=2 g q12h": must cover 0 to infinity without a gap.
  private bands(row: Located, text: string): Entry[] {
    if (text === "") return [];
    const out: { from: number; to?: number; text: string }[] = [];
    for (const part of text.split(/;(?=\s*\[)/)) {
      const match = /^\s*\[\s*([0-9.]+)\s*,\s*([0-9.]+|inf)\s*[)\]]\s*=\s*(.+)$/s.exec(part);
      if (!match) {
        this.problems.add(row.file, row.line, `renal band '${part.trim()}' is not like '[30,inf)=2 g q8h'`);
        return [];
      }
      out.push({ from: Number(match[1]), ...(match[2] === "inf" ? {} : { to: Number(match[2]) }), text: match[3]!.trim() });
    }
    out.sort((a, b) => a.from - b.from);
    let reached = 0;
    for (const band of out) {
      if (band.from !== reached) this.problems.add(row.file, row.line, `renal bands leave a gap or overlap at ${reached}`);
      reached = band.to ?? Infinity;
    }
    if (reached !== Infinity) this.problems.add(row.file, row.line, `renal bands end at ${reached}`);
    return out.map((band) => ({ from: String(band.from), ...(band.to === undefined ? {} : { to: String(band.to) }), text: band.text }));
  }
}

const pick = (row: Entry, keys: string[]): Entry => Object.fromEntries(keys.filter((key) => row[key] !== undefined).map((key) => [key, row[key]]));
