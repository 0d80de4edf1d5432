#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""interpret as a user meets it: JSON against its schema for every worked patient with a tested isolate, the answers for
tests/cli/records/aureus-mic.json, what it writes it reads, and bad input.
usage: interpret_test.py NIDUS CASES"""
import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((ROOT / "docs/schemas/interpret.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
problems = []


def run(*arguments, given=None):
    return subprocess.run([sys.argv[1], "interpret", *map(str, arguments), "--as-of", "2025-03-04T10:00:00+01:00"], input=given, capture_output=True, text=True)


def need(truth, what):
    if not truth:
        problems.append(what)


record = ROOT / "tests/cli/records/aureus-mic.json"
for path in [record, *sorted(pathlib.Path(sys.argv[2]).glob("*mic-*.json"))]:
    if path.name.endswith(".expect.json"):
        continue
    done = run(path, "--format", "json")
    need(done.returncode == 0, f"{path.name}: exit {done.returncode}: {done.stderr}")
    report = json.loads(done.stdout)
    problems += [f"{path.name}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in check.iter_errors(report)]
    for key in ["format", "isolates", "not_read"]:
        need(not check.is_valid({k: v for k, v in report.items() if k != key}), f"a report without {key} is taken")
    need(not check.is_valid({**report, "extra": 1}), "a report with more is taken")

report = json.loads(run(record, "--format", "json").stdout)
agents = {one["agent"]: one for one in report["isolates"][0]["agents"]}
for agent, category in {
    "Vancomycin": "S", "Erythromycin": "R", "Clindamycin": "unknown", "Levofloxacin": "I", "Rifampicin": "unknown", "Aztreonam": "R",
    "Linezolid": "unknown", "Benzylpenicillin": "unknown", "Flucloxacillin": "S", "Cefazolin": "I",
}.items():  # fmt: skip
    need(agents.get(agent, {}).get("category") == category, f"{agent}: {agents.get(agent, {}).get('category')}, not {category}")
need(agents["Levofloxacin"]["disagrees"] and agents["Levofloxacin"]["laboratory"] == "S", "levofloxacin: the laboratory's S is not kept")
need(agents["Aztreonam"]["identification_doubt"], "aztreonam S is not flagged")
need(agents["Vancomycin"]["row"]["version"] == "v16.1 (2026)", "no version")
listed = {one["what"]: one for one in report["not_read"]}
for what in ["Wonderomycin", "1 mol", "Xylella fastidiosa"]:
    need(what in listed and listed[what]["path"] and listed[what]["resource"], f"'{what}' is not listed")

# A bare code without its system, as many laboratories send it.
patient = {"resourceType": "Patient", "id": "p"}
bare = {
    "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Blood culture"}, "subject": {"reference": "Patient/p"},
    "effectiveDateTime": "2025-03-01", "valueCodeableConcept": {"text": "Staphylococcus aureus"},
    "component": [{"code": {"text": "Vancomycin"}, "interpretation": [{"coding": [{"code": "S"}]}]}],
}  # fmt: skip
done = run("-", "--format", "json", given=json.dumps(patient) + "\n" + json.dumps(bare) + "\n")
laboratory = {one["agent"]: one["laboratory"] for one in json.loads(done.stdout)["isolates"][0]["agents"]}
need(laboratory.get("Vancomycin") == "S", "a bare S is not read")

fhir = run(record, "--format", "fhir")
bundle = json.loads(fhir.stdout)
need(len(bundle["entry"]) > 5, "no Observations")
for entry in bundle["entry"]:
    one = entry["resource"]
    need(one["derivedFrom"][0]["reference"] == "Observation/org" and one["method"]["text"] and one["note"], f"{one['id']}: no source")
need(run("-", given=fhir.stdout).returncode == 0, "what it writes it does not read")
need(run(record).stdout == run(record).stdout, "two runs differ")
need("Benzylpenicillin" in run(record).stdout, "no text")

for arguments, given in [(["-"], "{"), (["-", "--table", "nobody"], record.read_text()), (["/nowhere.json"], None), ([record, "--format", "html"], None)]:
    done = run(*arguments, given=given)
    need(done.returncode == 2 and done.stderr, f"{arguments}: exit {done.returncode}")
for line in problems:
    print(line)
sys.exit(1 if problems else 0)
