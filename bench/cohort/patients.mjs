// SPDX-License-Identifier: Apache-2.0
// Made-up patients for measuring: 87 resources, about 113 kB each, the same for the same number. Identifiers, narratives and
// categories are there because real records carry them and an engine has to walk past them.
const LOINC = "http://loinc.org", SNOMED = "http://snomed.info/sct", ATC = "http://www.whocc.no/atc";
const ICD = "http://hl7.org/fhir/sid/icd-10", HL7 = "http://terminology.hl7.org/CodeSystem";

// A small generator of numbers in [0, 1) from a seed (multiply with carry).
function generator(seed) {
  let a = (seed * 2654435761 + 12345) >>> 0, b = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    a = (36969 * (a & 65535) + (a >>> 16)) >>> 0;
    b = (18000 * (b & 65535) + (b >>> 16)) >>> 0;
    return (((a << 16) + (b & 65535)) >>> 0) / 4294967296;
  };
}

const LABS = [
  ["1988-5", "C reactive protein", "mg/L", 3, 260, 1, 9],
  ["2160-0", "Creatinine", "mg/dL", 0.6, 3.2, 2, 7],
  ["718-7", "Haemoglobin", "g/dL", 8, 16, 1, 6],
  ["4548-4", "Haemoglobin A1c", "%", 5, 10, 1, 3],
  ["6690-2", "Leukocytes", "10*9/L", 3, 21, 1, 7],
];
const SIGNS = [
  ["8310-5", "Body temperature", "Cel", 36, 39.9, 1, 8],
  ["8480-6", "Systolic blood pressure", "mm[Hg]", 78, 170, 0, 6],
  ["29463-7", "Body weight", "kg", 48, 110, 1, 4],
];
const CONDITIONS = [["M46.4", "Discitis"], ["E11.9", "Type 2 diabetes"], ["N18.3", "Chronic kidney disease, stage 3"], ["I50.9", "Heart failure"], ["M54.5", "Low back pain"], ["I10", "Hypertension"], ["J44.9", "Chronic obstructive lung disease"], ["K21.9", "Reflux disease"]];
const MEDICINES = [["J01CF05", "flucloxacillin"], ["J01DB04", "cefazolin"], ["J01DD04", "ceftriaxone"], ["J01XA01", "vancomycin"], ["B01AF02", "apixaban"], ["C09AA05", "ramipril"], ["A10BA02", "metformin"], ["N02BE01", "paracetamol"], ["A02BC01", "omeprazole"], ["C07AB02", "metoprolol"]];
const OPERATIONS = [["112730002", "Decompression of spinal cord"], ["55705006", "Spinal fusion"], ["277762005", "Lumbar puncture"]];
const DAY = 86400000, END = Date.UTC(2025, 2, 4, 9);

export function bundleOf(number) {
  const random = generator(number + 1);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const chance = (share) => random() < share;
  const id = `p${number}`, subject = { reference: `Patient/${id}`, display: `Patient ${number}` };
  const zones = ["Z", "+01:00", "+02:00", "-05:00"];
  const minutesOf = { Z: 0, "+01:00": 60, "+02:00": 120, "-05:00": -300 };
  const moment = (ms) => {
    const zone = pick(zones);
    return new Date(ms + minutesOf[zone] * 60000).toISOString().slice(0, 19) + zone;
  };
  const back = (days) => END - Math.floor(random() * days * DAY);
  const resources = [];
  const add = (resourceType, title, rest) => {
    const key = `${id}-${resources.length}`;
    resources.push({
      resourceType,
      id: key,
      meta: { versionId: "1", lastUpdated: "2025-03-04T08:00:00.000Z", profile: [`http://hl7.org/fhir/StructureDefinition/${resourceType}`] },
      text: { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml"><p><b>${resourceType}</b> ${key}</p><p>${title}; released by the department in charge.</p></div>` },
      identifier: [{ use: "official", system: "https://hospital.example/identifiers", value: `${resourceType}-${key}` }],
      ...rest,
    });
  };
  const concept = (system, [code, display], text = display) => ({ coding: [{ system, code, display }], text });
  const measured = (kind, [code, display, unit, low, high, places, count]) => {
    for (let i = 0; i < count; ++i) {
      const at = back(120);
      add("Observation", display, {
        status: chance(0.92) ? "final" : "preliminary",
        category: [concept(`${HL7}/observation-category`, [kind, kind])],
        code: concept(LOINC, [code, display]),
        subject,
        encounter: { reference: `Encounter/${id}-1` },
        ...(chance(0.9) ? { effectiveDateTime: moment(at) } : { effectivePeriod: { start: moment(at), end: moment(at + 3600000) } }),
        issued: moment(at + 5400000),
        performer: [{ reference: "Organization/laboratory", display: "Department of laboratory medicine" }],
        ...(chance(0.96) ? { valueQuantity: { value: Number((low + random() * (high - low)).toFixed(places)), unit, system: "http://unitsofmeasure.org", code: unit } } : { dataAbsentReason: concept(`${HL7}/data-absent-reason`, ["unknown", "Unknown"]) }),
        referenceRange: [{ low: { value: low, unit, system: "http://unitsofmeasure.org", code: unit }, high: { value: high, unit, system: "http://unitsofmeasure.org", code: unit }, text: `${low} to ${high} ${unit}` }],
      });
    }
  };
  const born = Date.UTC(1935 + Math.floor(random() * 60), Math.floor(random() * 12), 1 + Math.floor(random() * 28));
  resources.push({
    resourceType: "Patient", id, active: true, gender: chance(0.5) ? "female" : "male", birthDate: new Date(born).toISOString().slice(0, 10),
    name: [{ use: "official", family: `Family${number}`, given: ["Given"] }], telecom: [{ system: "phone", value: "000" }],
    address: [{ use: "home", line: ["1 Street"], city: "Town", country: "XX" }],
  });
  for (let i = 0; i < 5; ++i) {
    const from = back(300);
    add("Encounter", "Stay", {
      status: chance(0.85) ? "finished" : "in-progress", class: { system: `${HL7}/v3-ActCode`, code: "IMP", display: "inpatient encounter" },
      type: [concept(`${HL7}/encounter-type`, chance(0.8) ? ["ADMS", "Inpatient stay"] : ["CHECK", "Check up"])], subject,
      period: { start: moment(from), end: moment(from + Math.floor(random() * 14 * DAY)) },
      serviceProvider: { reference: "Organization/hospital", display: "University hospital" },
    });
  }
  for (const one of CONDITIONS) {
    add("Condition", one[1], {
      clinicalStatus: concept(`${HL7}/condition-clinical`, chance(0.65) ? ["active", "Active"] : ["resolved", "Resolved"]),
      verificationStatus: concept(`${HL7}/condition-ver-status`, ["confirmed", "Confirmed"]),
      category: [concept(`${HL7}/condition-category`, ["problem-list-item", "Problem List Item"])], code: concept(ICD, one), subject,
      ...(chance(0.8) ? { onsetDateTime: moment(back(400)) } : { onsetString: "some time ago" }), recordedDate: moment(back(200)),
    });
  }
  for (const lab of LABS) measured("laboratory", lab);
  for (const sign of SIGNS) measured("vital-signs", sign);
  for (let i = 0; i < 4; ++i) {
    const at = back(60), positive = chance(0.4);
    add("Observation", "Blood culture", {
      status: "final", category: [concept(`${HL7}/observation-category`, ["laboratory", "Laboratory"])], code: concept(LOINC, ["600-7", "Bacteria identified in blood by culture"]), subject,
      effectiveDateTime: moment(at), issued: moment(at + 2 * DAY),
      ...(chance(0.8) ? { valueCodeableConcept: concept(SNOMED, positive ? ["10828004", "Positive"] : ["260385009", "Negative"]) } : { valueString: positive ? "Staphylococcus aureus" : "No growth" }),
      interpretation: [concept(`${HL7}/v3-ObservationInterpretation`, positive ? ["POS", "Positive"] : ["NEG", "Negative"])],
    });
  }
  for (let i = 0; i < 14; ++i) {
    const [code, name] = pick(MEDICINES);
    add("MedicationRequest", name, {
      status: chance(0.7) ? "active" : chance(0.5) ? "completed" : "stopped", intent: chance(0.9) ? "order" : "plan",
      medicationCodeableConcept: concept(ATC, [code, name]), subject, authoredOn: moment(back(120)),
      requester: { reference: "Practitioner/ward", display: "Ward physician" },
      dosageInstruction: [{ sequence: 1, text: "as charted", timing: { repeat: { frequency: 3, period: 1, periodUnit: "d" } }, route: concept(SNOMED, ["47625008", "Intravenous route"]), doseAndRate: [{ doseQuantity: { value: 2, unit: "g", system: "http://unitsofmeasure.org", code: "g" } }] }],
    });
  }
  for (let i = 0; i < 4; ++i) {
    const from = back(200);
    add("Procedure", "Operation", {
      status: chance(0.85) ? "completed" : "not-done", category: concept(SNOMED, ["387713003", "Surgical procedure"]), code: concept(SNOMED, pick(OPERATIONS)), subject,
      performedPeriod: { start: moment(from), end: moment(from + 7200000) }, performer: [{ actor: { reference: "Practitioner/surgeon", display: "Spine surgeon" } }],
    });
  }
  add("AllergyIntolerance", "Allergy", {
    clinicalStatus: concept(`${HL7}/allergyintolerance-clinical`, ["active", "Active"]), verificationStatus: concept(`${HL7}/allergyintolerance-verification`, ["confirmed", "Confirmed"]),
    ...(chance(0.7) ? { criticality: chance(0.5) ? "high" : "low" } : {}), code: concept(SNOMED, chance(0.4) ? ["764146007", "Penicillin"] : ["227493005", "Cashew nuts"]), patient: subject,
  });
  return { resourceType: "Bundle", id: `bundle-${number}`, type: "collection", entry: resources.map((resource) => ({ fullUrl: `https://hospital.example/fhir/${resource.resourceType}/${resource.id}`, resource })) };
}
