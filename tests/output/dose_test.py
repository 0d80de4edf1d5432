#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON of dose against docs/schemas/dose.schema.json, for the records of tests/cli/records/ and for drugs not given.
usage: dose_test.py NIDUS"""
import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((ROOT / "docs/schemas/dose.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
failed = 0
for record in sorted((ROOT / "tests/cli/records").glob("*.json")):
    for drug in ["", "linezolid", "cefazolin", "daptomycin", "gentamicin", "rifampicin"]:
        asked = ["--drug", drug] if drug else []
        run = subprocess.run([sys.argv[1], "dose", str(record), "--as-of", "2025-03-04T10:00:00+01:00", "--format", "json", *asked],
                             capture_output=True, text=True, check=True)
        report = json.loads(run.stdout)
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
sys.exit(1 if failed else 0)
