// SPDX-License-Identifier: Apache-2.0
// The value sets of Cohort.cql, and what patients.mjs draws from.
const LOINC = "http://loinc.org", SNOMED = "http://snomed.info/sct", ATC = "http://www.whocc.no/atc";
const ICD = "http://hl7.org/fhir/sid/icd-10", CLASS = "http://terminology.hl7.org/CodeSystem/encounter-type";

const set = (name, system, codes) => ({
  url: `https://nidus.example/bench/${name}`,
  name,
  codes: codes.map(([code, display]) => ({ system, code, display })),
});

export const valueSets = [
  set("crp", LOINC, [["1988-5", "C reactive protein"], ["30522-7", "C reactive protein, high sensitivity"]]),
  set("creatinine", LOINC, [["2160-0", "Creatinine"]]),
  set("haemoglobin", LOINC, [["718-7", "Haemoglobin"]]),
  set("hba1c", LOINC, [["4548-4", "Haemoglobin A1c"]]),
  set("leukocytes", LOINC, [["6690-2", "Leukocytes"]]),
  set("temperature", LOINC, [["8310-5", "Body temperature"]]),
  set("systolic", LOINC, [["8480-6", "Systolic blood pressure"]]),
  set("weight", LOINC, [["29463-7", "Body weight"]]),
  set("blood-culture", LOINC, [["600-7", "Bacteria identified in blood by culture"]]),
  set("diabetes", ICD, [["E10.9", "Type 1 diabetes"], ["E11.9", "Type 2 diabetes"]]),
  set("kidney-disease", ICD, [["N18.3", "Chronic kidney disease, stage 3"], ["N18.4", "Chronic kidney disease, stage 4"]]),
  set("heart-failure", ICD, [["I50.9", "Heart failure"]]),
  set("spine-infection", ICD, [["M46.4", "Discitis"], ["M46.2", "Osteomyelitis of vertebra"]]),
  set("antibiotics", ATC, [["J01CF05", "flucloxacillin"], ["J01DB04", "cefazolin"], ["J01DD04", "ceftriaxone"], ["J01XA01", "vancomycin"]]),
  set("anticoagulants", ATC, [["B01AF02", "apixaban"], ["B01AA03", "warfarin"]]),
  set("spine-surgery", SNOMED, [["112730002", "Decompression of spinal cord"], ["55705006", "Spinal fusion"]]),
  set("inpatient", CLASS, [["ADMS", "Inpatient stay"]]),
  set("penicillins", SNOMED, [["764146007", "Penicillin"]]),
];
