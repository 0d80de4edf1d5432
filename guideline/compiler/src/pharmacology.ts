// SPDX-License-Identifier: Apache-2.0
// pharmacology/*.yaml: formulas, inputs, kidney measures, models, drugs, guard rails and states of `nidus dose`; markers of `nidus response`.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Checks, type Context } from "./context.js";
import { marks } from "./evidence.js";
import { formulaProblem } from "./formula.js";
import type { Entry } from "./sources.js";
import { systemUrl } from "./terminology.js";
import { dictionary, filled, flag, list, map, mark, may, must, near, oneOf, pattern, text, whole, type Read, type Reader } from "./yaml_reader.js";

const number = pattern(/^-?\d+(\.\d+)?$/, "1.5");
const cited = { evidence: may(list(mark)), source: may(text), mark: may(oneOf(marks)) };
const ranges = list(map({ label: must(filled), of: must(mark), low: may(number), high: may(number) }));
const steps = map({ from: must(number), to: must(number), step: must(number) });

const coding = map({ code: must(filled), display: must(filled) });
// What each kind of course needs.
const markerParts = { exponential: ["floor", "near_normal", "half_life", "scatter", "operation", "codes"], trend: ["settles", "least_days"] } as const;

const shapes = {
  formula: map({ id: must(filled), title: must(filled), of: must(list(filled)), value: must(mark), unit: must(text), ...cited }),
  input: map({ id: must(filled), label: must(filled), unit: must(text), define: must(mark), learn: must(filled), low: may(number), high: may(number) }),
  kidney: map({ id: must(filled), title: must(filled), unit: must(text), value: must(mark), note: must(text), when: may(ranges), ...cited }),
  weight: map({ id: must(filled), label: must(filled), basis: must(list(filled)), value: must(mark), ...cited }),
  model: map({
    id: must(filled),
    version: must(filled),
    drug: must(filled),
    title: must(filled),
    compartments: must(whole(1, 3)),
    absorption: may(oneOf(["first-order", "transit"])),
    lag: may(number),
    binding: may(flag),
    covariates: must(list(map({ id: must(filled), value: must(mark), assume: may(number) }))),
    parameters: must(
      list(
        map({
          id: must(filled),
          role: may(oneOf(["CL", "V1", "Q", "V2", "Q3", "V3", "KA", "F", "Bmax", "KD", "NS"])),
          value: must(mark),
          eta: may(oneOf(["log-normal", "proportional"])),
          occasion: may(oneOf(["log-normal", "proportional"])),
        }),
      ),
    ),
    typical_only: may(filled),
    not_averaged: may(filled),
    omega: may(list(list(mark))),
    omega_occasion: may(list(list(mark))),
    residual: may(map({ kind: must(oneOf(["combined1", "combined2", "log-additive"])), additive: must(number), proportional: must(number) })),
    population: must(filled),
    ranges: may(ranges),
    source: must(filled),
    mark: must(oneOf(marks)),
    choices: may(list(filled)),
  }),
  drug: map({
    atc: must(filled),
    name: must(filled),
    dose_row: must(mark),
    models: must(list(mark)),
    averaged: must(list(mark)),
    hand_method: must(flag),
    mic: may(map({ assume: may(number), highest: may(number), text: may(filled), ...cited })),
    amounts_text: may(filled),
    plausible_low: must(number),
    plausible_high: must(number),
    targets: must(
      list(
        map({
          id: must(filled),
          quantity: must(oneOf(["auc24", "trough", "peak"])),
          label: must(filled),
          low: may(number),
          high: may(number),
          toxic: may(number),
          per_mic: may(number),
          least_mic: may(number),
          text: must(filled),
          ...cited,
        }),
      ),
    ),
    regimens: must(
      map({
        amounts: may(steps),
        intervals: must(list(number)),
        infusion: may(mark),
        continuous: may(steps),
        oral: may(steps),
        loading: may(map({ low: must(mark), high: must(mark), step: must(number), text: must(filled), ...cited })),
        ...cited,
      }),
    ),
    limits: must(map({ single: may(number), daily: may(number), daily_without_level: may(number), text: may(text), ...cited })),
  }),
  marker: map({
    id: must(filled),
    name: must(filled),
    unit: must(filled),
    kind: must(oneOf(["exponential", "trend"])),
    define: must(mark),
    peak: must(map({ before: must(number), after: must(number), earliest: must(number) })),
    floor: may(number),
    near_normal: may(number),
    half_life: may(map({ median: must(number), sd_log: must(number), shortest: must(number), text: must(filled) })),
    scatter: may(number),
    operation: may(map({ half_life: must(number), settles: must(number), median: must(number), sd_log: must(number) })),
    codes: may(map({ half_life: must(coding), expected: must(coding) })),
    settles: may(number),
    least_days: may(number),
    choices: may(list(filled)),
    ...cited,
  }),
  state: map({
    id: must(filled),
    check: must(filled),
    label: must(filled),
    when: must(list(mark)),
    act: must(oneOf(["warn", "refuse"])),
    built_on: may(list(mark)),
    text: must(filled),
    ...cited,
  }),
  rail: map({ id: must(filled), check: must(filled), limits: may(dictionary(number)), text: must(filled), ...cited }),
};

type Cited = { evidence?: { text: string; line: number }[]; source?: string; mark?: string };

export class PharmacologyReader {
  private readonly check: Checks;
  private functions: Record<string, number> = {};
  private inputs: ReadonlySet<string> = new Set();

  constructor(
    private readonly context: Context,
    private readonly doseRows: ReadonlySet<string>,
  ) {
    this.check = new Checks(context);
  }

  read(): Record<string, unknown> {
    const formulas = this.entries("formulas.yaml", shapes.formula, "formula");
    this.functions = Object.fromEntries(formulas.map(({ id, value }) => [id, value.of.length]));
    const inputs = this.entries("inputs.yaml", shapes.input, "input");
    this.inputs = new Set(inputs.map(({ id }) => id));
    const models = this.modelEntries();
    const body = {
      formulas: formulas.map((entry) => ({
        ...entry.value,
        value: this.formula(entry.value.value, new Set(entry.value.of), entry),
        ...this.cited(entry.value, entry),
      })),
      inputs: inputs.map((entry) => ({ ...entry.value, define: this.check.define(entry.value.define, entry) })),
      kidney: this.entries("kidney.yaml", shapes.kidney, "measure").map((entry) => ({
        ...entry.value,
        value: this.formula(entry.value.value, this.inputs, entry),
        when: this.ranges(entry.value.when, entry),
        ...this.cited(entry.value, entry),
      })),
      weights: this.entries("weights.yaml", shapes.weight, "weight").map((entry) => ({
        ...entry.value,
        value: this.formula(entry.value.value, this.inputs, entry),
        ...this.cited(entry.value, entry),
      })),
      models: models.map((entry) => this.model(entry)),
      drugs: this.drugs(new Map(models.map(({ id, value }) => [id, value]))),
      markers: this.markers(),
      states: this.states(new Set(models.map(({ id }) => id))),
      rails: this.entries("rails.yaml", shapes.rail, "guard rail").map((entry) => ({ ...entry.value, ...this.cited(entry.value, entry) })),
    };
    const version = createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 12);
    return { version, ...body };
  }

  private entries<T>(name: string, reader: Reader<T>, what: string, key = "id"): Entry<T>[] {
    const { sources } = this.context;
    return sources.entries([join(sources.root, "pharmacology", name)], reader, new Map(), what, key);
  }

  private modelEntries(): Entry<Read<typeof shapes.model>>[] {
    const { sources } = this.context;
    return sources.entries(sources.files(join("pharmacology", "models"), ".yaml"), shapes.model, new Map(), "model");
  }

  private formula(value: { text: string; line: number }, names: ReadonlySet<string>, { file, id }: { file: string; id: string }): string {
    const problem = formulaProblem(value.text, names, this.functions);
    if (problem !== undefined) this.context.problems.add(file, value.line, `${id}: ${problem}`);
    return value.text;
  }

  private ranges(list: Read<typeof ranges> | undefined, entry: { file: string; id: string }): unknown[] {
    return (list ?? []).map((range) => ({ ...range, of: this.formula(range.of, this.inputs, entry) }));
  }

  // A number stands on a rule of the evidence base, or on a source with its mark.
  private cited(value: Cited, entry: { file: string; id: string; line: number }): Cited & { evidence: never[] } {
    const evidence = value.evidence === undefined ? [] : this.check.evidence(value.evidence, entry);
    if (evidence.length === 0 && !(value.source && value.mark)) {
      this.context.problems.add(entry.file, entry.line, `${entry.id}: neither evidence nor a source with its mark`);
    }
    return { evidence: evidence as never[], source: value.source ?? "", mark: value.mark ?? "" };
  }

  private model(entry: Entry<Read<typeof shapes.model>>): unknown {
    const { value } = entry;
    const names = new Set<string>();
    const covariates = value.covariates.map((covariate) => {
      names.add(covariate.id);
      return { ...covariate, value: this.formula(covariate.value, this.inputs, entry) };
    });
    const parameters = value.parameters.map((parameter) => {
      const formula = this.formula(parameter.value, names, entry);
      if (names.has(parameter.id)) this.context.problems.add(entry.file, parameter.value.line, `${entry.id}: two things are named '${parameter.id}'`);
      names.add(parameter.id);
      return { ...parameter, value: formula };
    });
    this.variances(entry);
    const matrix = (rows: { text: string; line: number }[][] | undefined) =>
      (rows ?? []).map((row, i) => {
        if (row.length !== i + 1) this.context.problems.add(entry.file, entry.line, `${entry.id}: row ${i + 1} of omega has ${row.length} numbers`);
        return row.map((cell) => this.formula(cell, new Set(), entry));
      });
    return {
      ...value,
      covariates,
      parameters,
      omega: matrix(value.omega),
      omega_occasion: matrix(value.omega_occasion),
      ranges: this.ranges(value.ranges, entry),
      choices: value.choices ?? [],
    };
  }

  // A model has its variances and its residual error, or says why it has typical values alone.
  private variances({ value, file, line, id }: Entry<Read<typeof shapes.model>>): void {
    const random = value.parameters.some((parameter) => parameter.eta !== undefined || parameter.occasion !== undefined);
    const some = random || value.omega !== undefined || value.omega_occasion !== undefined || value.residual !== undefined;
    if (value.typical_only !== undefined) {
      if (some) this.context.problems.add(file, line, `${id}: 'typical_only', and yet variances or a residual error`);
    } else if (value.omega === undefined || value.residual === undefined) {
      this.context.problems.add(file, line, `${id}: needs 'omega' and 'residual', or says why not in 'typical_only'`);
    }
  }

  private states(models: ReadonlySet<string>): unknown[] {
    return this.entries("states.yaml", shapes.state, "state").map((entry) => {
      const { value } = entry;
      for (const name of value.built_on ?? []) {
        if (!models.has(name.text)) this.context.problems.add(entry.file, name.line, `${entry.id}: no model '${name.text}'${near(name.text, models)}`);
      }
      return {
        ...value,
        when: value.when.map((formula) => this.formula(formula, this.inputs, entry)),
        ...(value.built_on && { built_on: value.built_on.map((name) => name.text) }),
        ...this.cited(value, entry),
      };
    });
  }

  private markers(): unknown[] {
    const system = systemUrl("nidus");
    return this.entries("markers.yaml", shapes.marker, "marker").map((entry) => {
      const { value } = entry;
      for (const part of markerParts[value.kind as keyof typeof markerParts]) {
        if (value[part] === undefined) this.context.problems.add(entry.file, entry.line, `${entry.id}: ${value.kind} needs '${part}'`);
      }
      const { codes } = value;
      return {
        ...value,
        define: this.check.define(value.define, entry),
        ...(codes && { codes: { half_life: { system, ...codes.half_life }, expected: { system, ...codes.expected } } }),
        choices: value.choices ?? [],
        ...this.cited(value, entry),
      };
    });
  }

  private drugs(models: ReadonlyMap<string, Read<typeof shapes.model>>): unknown[] {
    return this.entries("drugs.yaml", shapes.drug, "drug", "name").map((entry) => {
      const { value } = entry;
      const bad = (line: number, message: string) => this.context.problems.add(entry.file, line, `${entry.id}: ${message}`);
      for (const name of [...value.models, ...value.averaged]) {
        if (!models.has(name.text)) bad(name.line, `no model '${name.text}'${near(name.text, models.keys())}`);
        else if (models.get(name.text)?.drug !== value.atc) bad(name.line, `model '${name.text}' is of ${models.get(name.text)?.drug}`);
      }
      for (const name of value.averaged) {
        if (models.get(name.text)?.typical_only !== undefined) bad(name.line, `model '${name.text}' has typical values alone: it cannot take part in an average`);
      }
      // A reader is told why a model that fits does not count.
      for (const name of value.models.slice(1)) {
        const model = models.get(name.text);
        if (value.averaged.some(({ text }) => text === name.text) || model === undefined || model.typical_only !== undefined) continue;
        if (model.not_averaged === undefined) bad(name.line, `model '${name.text}' takes no part in an average: say why in its 'not_averaged'`);
      }
      if (!this.doseRows.has(value.dose_row.text)) bad(value.dose_row.line, `no dose row '${value.dose_row.text}' in tables/dosing.csv`);
      const { regimens, limits } = value;
      const slug = value.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
      const code = (what: string, words: string) => ({ system: systemUrl("nidus"), code: `${slug}-${what}`, display: `${value.name} ${words}` });
      return {
        ...value,
        dose_row: value.dose_row.text,
        models: value.models.map((name) => name.text),
        averaged: value.averaged.map((name) => name.text),
        ...(value.mic && { mic: { ...value.mic, ...this.cited(value.mic, entry) } }),
        targets: value.targets.map((target) => ({ ...target, ...this.cited(target, entry) })),
        regimens: {
          ...regimens,
          ...(regimens.infusion && { infusion: this.formula(regimens.infusion, new Set(["DOSE"]), entry) }),
          ...(regimens.loading && {
            loading: {
              ...regimens.loading,
              low: this.formula(regimens.loading.low, this.inputs, entry),
              high: this.formula(regimens.loading.high, this.inputs, entry),
              ...this.cited(regimens.loading, entry),
            },
          }),
          ...this.cited(regimens, entry),
        },
        limits: { ...limits, ...this.cited(limits, entry) },
        codes: { auc24: code("auc24", "AUC24"), trough: code("predicted-trough", "predicted trough"), peak: code("predicted-peak", "predicted peak") },
      };
    });
  }
}
