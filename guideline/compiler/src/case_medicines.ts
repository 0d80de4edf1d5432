// SPDX-License-Identifier: Apache-2.0
// medication: what a person takes (stated), is prescribed (ordered) or was given (given).
import { subject, type CaseBuilder } from "./case_builder.js";
import { quantityOf } from "./names.js";
import { filled, map, mark, may, moment, must, oneOf, type Read } from "./yaml_reader.js";

export const medicationFields = {
  state: may(oneOf(["stated", "ordered", "given"])),
  start: may(moment),
  end: may(moment),
  at: may(moment),
  dose: may(filled),
  interval: may(filled),
  route: may(filled),
  status: may(filled),
  indication: may(filled),
  as: may(oneOf(["text", "code"])),
};
const medication = map({ name: must(mark), ...medicationFields });

const routes: Record<string, { code: string; display: string }> = {
  IV: { code: "47625008", display: "Intravenous route" },
  PO: { code: "26643006", display: "Oral route" },
  IM: { code: "78421000", display: "Intramuscular route" },
  SC: { code: "34206005", display: "Subcutaneous route" },
};

const routeOf = (word: string | undefined) => {
  const known = word && routes[word.toUpperCase()];
  return word && { ...(known ? { coding: [{ system: "http://snomed.info/sct", ...known }] } : {}), text: word };
};

// "q8h" -> every 8 hours.
const timingOf = (word: string | undefined) => {
  const every = /^q(\d+)h$/.exec(word ?? "");
  return word && { ...(every ? { repeat: { frequency: 1, period: Number(every[1]), periodUnit: "h" } } : {}), code: { text: word } };
};

export function addMedication(build: CaseBuilder, fact: Read<typeof medication>): void {
  const what = { medicationCodeableConcept: build.concept(fact.name, fact.as), subject };
  const reason = fact.indication && [build.word(fact.indication)];
  const amount = fact.dose && quantityOf(fact.dose);
  const text = [fact.dose, fact.route, fact.interval].filter(Boolean).join(" ") || undefined;
  const start = fact.start ?? fact.at;
  const period = start || fact.end ? { start, end: fact.end } : undefined;
  const dosage = text && {
    text,
    timing: timingOf(fact.interval),
    route: routeOf(fact.route),
    doseAndRate: amount && [{ doseQuantity: amount }],
  };
  switch (fact.state ?? "stated") {
    case "ordered":
      build.add("MedicationRequest", {
        status: fact.status ?? (fact.end ? "completed" : "active"),
        intent: "order",
        ...what,
        authoredOn: fact.at ?? fact.start,
        reasonCode: reason,
        dosageInstruction: dosage || period ? [{ ...(dosage || {}), timing: { ...timingOf(fact.interval), repeat: { boundsPeriod: period, ...timingOf(fact.interval)?.repeat } } }] : undefined,
      });
      return;
    case "given":
      build.add("MedicationAdministration", {
        status: fact.status ?? (fact.at || fact.end ? "completed" : "in-progress"),
        ...what,
        ...(fact.at && !fact.end ? { effectiveDateTime: fact.at } : { effectivePeriod: period }),
        reasonCode: reason,
        dosage: text && { text, route: routeOf(fact.route), dose: amount },
      });
      return;
    default:
      build.add("MedicationStatement", {
        status: fact.status ?? (fact.end ? "completed" : "active"),
        ...what,
        effectivePeriod: period,
        dateAsserted: fact.at,
        reasonCode: reason,
        dosage: dosage && [dosage],
      });
  }
}
