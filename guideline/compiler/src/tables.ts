// SPDX-License-Identifier: Apache-2.0
// tables/*.csv -> the options and dose rows of guideline.json.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readBands, type Band } from "./bands.js";
import { Checks, type Context } from "./context.js";
import { highDose } from "./interactions.js";
import type { Row } from "./sources.js";
import { near } from "./yaml_reader.js";

type Cells = Record<string, string>;

export interface Option extends Record<string, unknown> {
  option_id: string;
  when?: string;
  note?: string;
  components: Cells[];
}

export interface DoseRow extends Record<string, unknown> {
  bands: Band[];
  ihd: string;
  highForI: string; // empty: no high dose of its own
}

export interface Tables {
  regimens: Option[];
  dosing: Record<string, DoseRow>;
  optionIds: Set<string>;
  words: { organism_group: Set<string>; phase: Set<string> };
}

const optionKeys = ["organism_group", "organism_detail", "condition", "setting", "rank", "role", "phase", "duration_default", "adjunct_rifampicin", "strength_evidence", "source"];
const componentKeys = ["reg_id", "agent", "atc", "route", "dose", "interval", "dose_id", "notes", "verification"];
const roles = ["adjunct", "allergy_alternative", "alternative", "empirical", "first_line", "oral_stepdown", "salvage", "suppression", "withhold"];
const phases = ["iv_initial", "oral_stepdown", "suppression", "whole_course"];

const pick = (cells: Cells, keys: readonly string[]): Cells => Object.fromEntries(keys.map((key) => [key, cells[key] ?? ""]));

export class TableReader {
  private readonly check: Checks;

  constructor(private readonly context: Context) {
    this.check = new Checks(context);
  }

  private bad(row: Row, message: string): void {
    this.context.problems.add(row.file, row.line, message);
  }

  read(): Tables {
    const dosing = this.dosing();
    const options = this.options(dosing);
    this.conditions(options);
    this.rows("interactions.csv", "ix_id", []);
    this.rows("breakpoints_eucast.csv", "row_id", []);
    this.rows("intrinsic_resistance.csv", "row_id", []);
    const regimens = inOrder([...options.values()], dosing);
    const wordsOf = (key: string) => new Set(regimens.map((option) => String(option[key])));
    return {
      regimens,
      dosing,
      optionIds: new Set(options.keys()),
      words: { organism_group: wordsOf("organism_group"), phase: wordsOf("phase") },
    };
  }

  // Rows of a table whose key column is filled and unique and whose other needed columns exist.
  private rows(name: string, key: string, columns: readonly string[]): Row[] {
    const path = join(this.context.sources.root, "tables", name);
    if (!existsSync(path)) return [];
    const rows = this.context.sources.csv(path);
    const head = rows[0];
    for (const column of [key, ...columns]) {
      if (head && head.cells[column] === undefined) {
        this.context.problems.add(head.file, 1, `column '${column}' is missing`);
        return [];
      }
    }
    const seen = new Map<string, number>();
    return rows.filter((row) => {
      const id = row.cells[key]!;
      if (id === "") this.bad(row, `a row without ${key}`);
      else if (seen.has(id)) this.bad(row, `${key} '${id}' stands twice, first in line ${seen.get(id)}`);
      else {
        seen.set(id, row.line);
        return true;
      }
      return false;
    });
  }

  private dosing(): Record<string, DoseRow> {
    const out: Record<string, DoseRow> = {};
    for (const row of this.rows("dosing.csv", "dose_id", ["agent", "route", "renal_bands_crcl_mlmin", "ihd_dose"])) {
      const words = row.cells["renal_bands_crcl_mlmin"]!;
      const bands = words === "" ? [] : readBands(words);
      if (typeof bands === "string") this.bad(row, bands);
      out[row.cells["dose_id"]!] = { ...row.cells, ihd: row.cells["ihd_dose"]!, highForI: highDose(row.cells["eucast_v15_high_dose_for_I"] ?? ""), bands: typeof bands === "string" ? [] : bands };
    }
    return out;
  }

  private options(dosing: Record<string, DoseRow>): Map<string, Option> {
    const options = new Map<string, Option>();
    const first = new Map<string, Row>();
    for (const row of this.rows("regimens.csv", "reg_id", ["option_id", ...optionKeys, ...componentKeys])) {
      const { cells } = row;
      const id = cells["option_id"]!;
      if (id === "") {
        this.bad(row, "a row without option_id");
        continue;
      }
      if (!/^[1-9]\d*$/.test(cells["rank"]!)) this.bad(row, `${id}: rank '${cells["rank"]}' is not a whole number`);
      for (const [key, words] of [["role", roles], ["phase", phases]] as const) {
        if (!words.includes(cells[key]!)) this.bad(row, `${id}: ${key} '${cells[key]}' is none of ${words.join(", ")}`);
      }
      this.dose(row, dosing);
      const option = options.get(id);
      if (option) {
        option.components.push(pick(cells, componentKeys));
        for (const key of ["organism_group", "rank", "phase"]) {
          if (first.get(id)!.cells[key] !== cells[key]) this.bad(row, `${id}: ${key} differs from line ${first.get(id)!.line}`);
        }
        continue;
      }
      first.set(id, row);
      options.set(id, { option_id: id, ...pick(cells, optionKeys), components: [pick(cells, componentKeys)] });
    }
    return options;
  }

  // "DOS-036|DOS-037": one agent by two routes. The two rows become one whose bands say both.
  private dose(row: Row, dosing: Record<string, DoseRow>): void {
    const words = row.cells["dose_id"]!;
    if (["", "none"].includes(words) || dosing[words] !== undefined) return;
    const parts: DoseRow[] = [];
    for (const id of words.split("|")) {
      const part = dosing[id];
      if (part === undefined) this.bad(row, `no dose row '${id}'${near(id, Object.keys(dosing))}`);
      else parts.push(part);
    }
    if (parts.length !== words.split("|").length) return;
    dosing[words] = joinDoses(words, parts);
  }

  // Joins the conditions under which an option is offered.
  private conditions(options: Map<string, Option>): void {
    for (const row of this.rows("regimen_conditions.csv", "option_id", ["when", "note"])) {
      const id = row.cells["option_id"]!;
      const option = options.get(id);
      if (!option) {
        this.bad(row, `no option '${id}' in tables/regimens.csv${near(id, options.keys())}`);
        continue;
      }
      option.when = this.check.boolean({ text: row.cells["when"]!, line: row.line }, { file: row.file, id });
      option.note = row.cells["note"]!;
    }
  }
}

const awareClasses = ["access", "watch", "reserve"];

// As a plan shows them (ABX-338): rank; then AWaRe class, of which the worst component counts (ABX-W01, ABX-W02, ABX-W05); then fewer drugs;
// then by mouth before by vein in the oral phase. What AWaRe does not class counts as Access.
function inOrder(options: Option[], dosing: Record<string, DoseRow>): Option[] {
  const byAtc = new Map(Object.values(dosing).map((row) => [`${String(row["atc"])} ${String(row["route"])}`, String(row["who_aware_2023"] ?? "")]));
  const classOf = (part: Cells) => {
    const row = dosing[part["dose_id"]!];
    const words = (row ? String(row["who_aware_2023"] ?? "") : (byAtc.get(`${part["atc"]} ${part["route"]}`) ?? "")).toLowerCase();
    return Math.max(0, ...awareClasses.map((name, i) => (words.includes(name) ? i : 0)));
  };
  const keys = (option: Option): number[] => [
    Number(option["rank"]),
    Math.max(0, ...option.components.map(classOf)),
    option.components.length,
    option["phase"] === "oral_stepdown" && option.components.some((part) => !part["route"]!.includes("PO")) ? 1 : 0,
  ];
  const keyed = options.map((option) => ({ option, key: keys(option) }));
  keyed.sort((a, b) => {
    const at = a.key.findIndex((value, i) => value !== b.key[i]);
    return at < 0 ? (a.option.option_id < b.option.option_id ? -1 : 1) : a.key[at]! - b.key[at]!;
  });
  return keyed.map(({ option }) => option);
}

function joinDoses(id: string, parts: DoseRow[]): DoseRow {
  const said = (text: (part: DoseRow) => unknown): string => {
    const words = parts.map((part) => String(text(part) ?? ""));
    return words.every((word) => word === words[0]) ? words[0]! : parts.map((part, i) => `${String(part["route"])}: ${words[i]!}`).join("; ");
  };
  const at = (part: DoseRow, from: string) =>
    part.bands.find((band) => Number(band.from) <= Number(from) && (band.to === undefined || Number(from) < Number(band.to)))?.text;
  const starts = [...new Set(parts.flatMap((part) => part.bands.map((band) => band.from)))].sort((a, b) => Number(a) - Number(b));
  const cells = Object.keys(parts[0]!).filter((key) => typeof parts[0]![key] === "string");
  return {
    ...Object.fromEntries(cells.map((key) => [key, said((part) => part[key])])),
    dose_id: id,
    route: parts.map((part) => part["route"]).join("/"),
    ihd: said((part) => part.ihd),
    highForI: said((part) => part.highForI),
    bands: starts.map((from, i) => {
      const to = starts[i + 1];
      return { from, ...(to === undefined ? {} : { to }), text: said((part) => at(part, from)) };
    }),
  };
}
