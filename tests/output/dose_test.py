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
