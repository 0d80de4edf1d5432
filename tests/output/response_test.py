#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON of response against docs/schemas/response.schema.json, for worked patients with several values and for none.
usage: response_test.py NIDUS"""
import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "build/guideline/cases"
schema = json.loads((ROOT / "docs/schemas/response.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
failed = curves = slopes = 0

records = [(path, "2025-03-18T10:00:00+01:00") for path in sorted((ROOT / "tests/cli/records").glob("*.json"))]
for expected in sorted(CASES.glob("*.expect.json")):
    path = expected.with_name(expected.name.replace(".expect", ""))
    if path.read_text().count('"1988-5"') > 2 or len(records) % 40 == 0:
        records.append((path, json.loads(expected.read_text())["as_of"]))
for path, as_of in records:
    run = subprocess.run([sys.argv[1], "response", str(path), "--as-of", as_of, "--format", "json"],
                         capture_output=True, text=True, check=True)
    report = json.loads(run.stdout)
    for error in check.iter_errors(report):
        print(f"{path.name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        failed += 1
    for marker in report["markers"]:
        curves += "half_life_days" in marker
        slopes += "weekly_change" in marker
        for key in ["half_life_days", "expected_now"]:
            band = marker.get(key)
            if band and not band["p5"] <= band["middle"] <= band["p95"]:
                print(f"{path.name}: {key} is not in order: {band}")
                failed += 1
    # The schema refuses what it should.
    for key in ["format", "markers"]:
        if check.is_valid({name: value for name, value in report.items() if name != key}):
            print(f"a report without {key} is taken")
            failed += 1
    if check.is_valid({**report, "extra": 1}):
        print("a report with more is taken")
        failed += 1
if len(records) < 50 or curves < 20 or slopes < 3:
    print(f"too little was seen: {len(records)} records, {curves} curves, {slopes} slopes")
    failed += 1
sys.exit(1 if failed else 0)
