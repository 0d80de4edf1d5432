#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON of dose against docs/schemas/dose.schema.json, for the records of tests/cli/records/ and for drugs not given.
usage: dose_test.py NIDUS"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((ROOT / "docs/schemas/dose.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
failed = 0


def person(reference, **more):
    return {"subject": {"reference": reference}, "status": "final", "effectiveDateTime": "2025-03-01T10:00:00+01:00", **more}


def mic(value, comparator):
    quantity = {"value": value, "unit": "mg/L", "system": "http://unitsofmeasure.org", "code": "mg/L"}
    if comparator:
        quantity["comparator"] = comparator
    return person("Patient/p1", resourceType="Observation", id="culture", code={"text": "Blood culture"},
                  valueCodeableConcept={"text": "Staphylococcus aureus"},
                  component=[{"code": {"text": "Vancomycin MIC"}, "valueQuantity": quantity}])


SESSION = {"resourceType": "Procedure", "id": "session", "status": "completed", "code": {"text": "Haemodialysis"},
           "subject": {"reference": "Patient/p1"},
           "performedPeriod": {"start": "2025-03-03T11:00:00+01:00", "end": "2025-03-03T15:00:00+01:00"}}
LIVER = person("Patient/p1", resourceType="Observation", id="liver", code={"text": "Child-Pugh class"}, valueString="B")
STATEMENT = {"resourceType": "MedicationStatement", "id": "taken", "status": "active", "subject": {"reference": "Patient/p1"},
             "medicationCodeableConcept": {"text": "Daptomycin"}, "effectivePeriod": {"start": "2025-03-03T08:00:00+01:00"}}
base = json.loads((ROOT / "tests/cli/records/vancomycin-two-levels.json").read_text())
made = pathlib.Path(tempfile.mkdtemp())
for number, extra in enumerate([[mic(0.5, "")], [mic(1, "<=")], [mic(2, "<=")], [mic(4, ">")], [SESSION], [LIVER, STATEMENT]]):
    bundle = {**base, "entry": base["entry"] + [{"resource": one} for one in extra]}
    (made / f"made-{number}.json").write_text(json.dumps(bundle))
# Above 80 years a model without variances speaks too.
(made / "made-old.json").write_text(json.dumps(base).replace("1957-01-20", "1938-01-20"))
# States of a person by the record's own words, codes and machines; harms; a level under a bare name.
def said(text, code=None):
    concept = {"text": text} if text else {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]}
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return {"resourceType": "Condition", "id": "state", "subject": {"reference": "Patient/p1"}, "clinicalStatus": active, "code": concept}


def machine(name, start, end):
    return {**SESSION, "code": {"text": name}, "performedPeriod": {"start": start, "end": end}}


def number(name, value, unit, at="2025-03-04T09:00:00+01:00", **more):
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"resourceType": "Observation", "id": name.replace(" ", "-").lower()[:40] + at[8:10], "status": "final", "subject": {"reference": "Patient/p1"},
            "code": {"text": name}, "effectiveDateTime": at, "valueQuantity": quantity, **more}


def report(extra, drug="vancomycin"):
    path = made / "asked.json"
    path.write_text(json.dumps({**base, "entry": base["entry"] + [{"resource": one} for one in extra]}))
    run = subprocess.run([sys.argv[1], "dose", str(path), "--as-of", "2025-03-04T10:00:00+01:00", "--format", "json", "--drug", drug],
                         capture_output=True, text=True)
    path.unlink()
    return json.loads(run.stdout)


def rules(extra, drug="vancomycin"):
    return {one["rule"] for one in report(extra, drug)["drugs"][0]["findings"]}


plain = rules([])
BEFORE, AFTER = "2025-02-01T08:00:00+01:00", "2025-02-02T08:00:00+01:00"
for extra, rule in [
    (said("VV-ECMO"), "PK-G44"), (machine("ECMO", "2025-03-03T08:00:00+01:00", "2025-03-03T20:00:00+01:00"), "PK-G44"),
    (machine("ECMO", BEFORE, AFTER), None), (said("Severe burns"), "PK-G45"), (said("Burn of 40% of body surface"), "PK-G45"), (said(None, "T31.4"), "PK-G45"),
    (said("SLED"), "PK-G46"), (machine("PIRRT", "2025-03-03T08:00:00+01:00", "2025-03-03T16:00:00+01:00"), "PK-G46"),
    (said(None, "E84.0"), "PK-G47"), (said("Augmented renal clearance"), "PK-G48"), (said("Cachexia"), "PK-G50"), (said("Above knee amputation"), "PK-G50"),
    (machine("Below knee amputation", BEFORE, AFTER), "PK-G50"), (said("Sunburn"), None), (said("Family history of cystic fibrosis"), None),
    (person("Patient/p1", resourceType="Observation", id="no", code={"text": "ECMO"}, valueBoolean=False), None),
]:  # fmt: skip
    found = rules([extra]) - plain
    wanted = {rule} if rule else set()
    if found != wanted:
        failed += 1
        print(f"{json.dumps(extra['code'])}: {sorted(found)}, expected {sorted(wanted)}")
GIVEN = {"resourceType": "MedicationAdministration", "status": "completed", "subject": {"reference": "Patient/p1"}}
for drug, name, values, unit, expected in [
    ("Daptomycin", "Creatine kinase", (100, 350), "U/L", True), ("Daptomycin", "Creatine kinase", (100, 1500), "U/L", True),
    ("Daptomycin", "Creatine kinase", (100, 180), "U/L", False), ("Linezolid", "Platelets", (250, 180), "10*9/L", True),
    ("Linezolid", "Platelets", (250, 90), "10*9/L", True), ("Linezolid", "Platelets", (250, 230), "10*9/L", False),
]:  # fmt: skip
    dose = {**GIVEN, "id": "given", "medicationCodeableConcept": {"text": drug}, "effectivePeriod": {"start": "2025-03-02T08:00:00+01:00", "end": "2025-03-02T09:00:00+01:00"},
            "dosage": {"dose": {"value": 600, "unit": "mg"}, "route": {"text": "Intravenous"}}}
    extra = [dose, number(name, values[0], unit, "2025-03-02T10:00:00+01:00"), number(name, values[1], unit)]
    if ("PK-G43" in rules(extra, drug)) != expected:
        failed += 1
        print(f"{name} {values} on {drug}: PK-G43 expected: {expected}")
# What is read under a bare name is told, and so is what is not; a result of an isolate is neither.
GROWN = person("Patient/p1", resourceType="Observation", id="grown", status="final", code={"text": "Tissue culture"}, specimen={"reference": "Specimen/pus"},
               effectiveDateTime="2025-03-04T07:40:00+01:00", valueString="Enterococcus faecium")
OF_PUS = {"specimen": {"reference": "Specimen/pus"}}
REPORT = person("Patient/p1", resourceType="DiagnosticReport", id="cultures", status="final", code={"text": "Microbiology"}, effectiveDateTime="2025-03-04T07:40:00+01:00",
                result=[{"reference": "Observation/grown"}, {"reference": "Observation/vancomycin04"}])
for name, value, unit, more, others, told in [
    ("Vancomycin", 19.4, "mg/L", {}, [], "Read as a level"), ("VANCOMYCIN", 19.4, "ug/mL", {}, [], "Read as a level"), ("Vancomycin Lvl", 19.4, "mg/L", {}, [], "Read as a level"),
    ("Vancomycin", 1, "mg/L", {}, [], "Not read as a level"), ("Vancomycin", 1940, "mg/L", {}, [], "Not read as a level"),
    ("Vancomycin", 16, "mg/L", {"interpretation": [{"text": "R"}]}, [], None), ("Vancomycin", 16, "mg/L", {"method": {"text": "MIC"}}, [], None),
    ("Vancomycin", 16, "mg/L", OF_PUS, [GROWN], None), ("Vancomycin", 16, "mg/L", {"specimen": {"reference": "Specimen/serum"}}, [GROWN], "Read as a level"),
    ("Vancomycin", 16, "mg/L", {}, [GROWN, REPORT], None),
]:  # fmt: skip
    one = number(name, value, unit, "2025-03-04T07:40:00+01:00", **more)
    found = report([one, *others])
    # As an MIC of the isolate it refuses any estimate (PK-G16): then there is no model.
    is_read = any(level["at"].startswith("2025-03-04T07:40") for model in found["drugs"][0]["models"][:1] for level in model["levels"])
    remarks = [remark for remark in found["remarks"] if f"Observation/{one['id']}" in remark]
    wanted = told is not None and all("a choice of this guideline, unverified" in remark for remark in remarks)
    if is_read != (told == "Read as a level") or [remark.startswith(told or "") for remark in remarks] != ([True] if told else []) or (told and not wanted):
        failed += 1
        print(f"{name} {value} {unit} {more}: read {is_read}, told {remarks}; expected {told}")
for record in [*sorted((ROOT / "tests/cli/records").glob("*.json")), *sorted(made.glob("*.json"))]:
    for drug in ["", "linezolid", "cefazolin", "daptomycin", "gentamicin", "rifampicin"]:
        asked = ["--drug", drug] if drug else []
        run = subprocess.run([sys.argv[1], "dose", str(record), "--as-of", "2025-03-04T10:00:00+01:00", "--format", "json", *asked],
                             capture_output=True, text=True, check=True)
        report = json.loads(run.stdout)
        if record.name == "made-old.json" and not drug and len(report["drugs"][0]["typical_models"]) != 1:
            print("made-old.json: no model of the very old")
            failed += 1
        for error in check.iter_errors(report):
            print(f"{record.name} {drug}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
            failed += 1
        # The schema refuses what it should.
        for key in ["format", "kidney", "drugs"]:
            if check.is_valid({name: value for name, value in report.items() if name != key}):
                print(f"a report without {key} is taken")
                failed += 1
        if check.is_valid({**report, "extra": 1}):
            print("a report with more is taken")
            failed += 1
shutil.rmtree(made)
sys.exit(1 if failed else 0)
