// SPDX-License-Identifier: Apache-2.0
// culture: samples taken together, what grew, and what it is susceptible to.
import { subject, type CaseBuilder } from "./case_builder.js";
import { dictionary, filled, flag, list, map, mark, may, moment, must, oneOf, whole, type Read } from "./yaml_reader.js";

export const cultureFields = {
  sets: may(whole(1, 20)),
  samples: may(whole(1, 20)),
  positive: may(whole(0, 20)),
  organism: may(mark),
  negative: may(flag),
  pending: may(flag),
  preliminary: may(flag),
  at: may(moment),
  result_at: may(moment),
  site: may(filled),
  susceptible: may(list(mark)),
  intermediate: may(list(mark)),
  resistant: may(list(mark)),
  mic: may(dictionary(filled)),
  as: may(oneOf(["text", "code"])),
};
const culture = map({ name: must(mark), ...cultureFields });

const interpretationSystem = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
const laboratory = [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }];

// "blood" is short for the value set "Blood Culture", "tissue" for "Tissue Culture".
const longName = (build: CaseBuilder, name: string): string => (build.hasSet(`${name} culture`) ? `${name} culture` : name);

export function addCulture(build: CaseBuilder, fact: Read<typeof culture>): void {
  const sets = fact.sets ?? fact.samples ?? 1;
  const positive = fact.organism ? (fact.positive ?? sets) : 0;
  const code = build.concept({ ...fact.name, text: longName(build, fact.name.text) }, fact.as);
  for (let set = 1; set <= sets; set += 1) {
    const specimen = build.add("Specimen", {
      type: { text: fact.name.text },
      subject,
      collection: { collectedDateTime: fact.at, bodySite: fact.site && build.word(fact.site) },
    });
    const grew = set <= positive;
    const tested = grew
      ? (
          [
            ["S", fact.susceptible],
            ["I", fact.intermediate],
            ["R", fact.resistant],
          ] as const
        ).flatMap(([category, agents]) =>
          (agents ?? []).map((agent) => ({
            code: build.concept(agent),
            valueQuantity: fact.mic?.[agent.text] ? build.quantity(`${fact.mic[agent.text]} mg/L`, agent.line) : undefined,
            interpretation: [{ coding: [{ system: interpretationSystem, code: category }] }],
          })),
        )
      : [];
    build.add("Observation", {
      status: fact.pending ? "registered" : fact.preliminary ? "preliminary" : "final",
      category: laboratory,
      code,
      subject,
      specimen,
      effectiveDateTime: fact.at,
      issued: fact.result_at,
      bodySite: fact.site && build.word(fact.site),
      valueCodeableConcept: fact.pending ? undefined : grew ? build.concept(fact.organism!, undefined, true) : build.word("no growth"),
      component: tested,
    });
  }
}
