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

# As laboratories write: codes of their own, answers of several systems, mechanisms under a heading, no unit, a comma.
def observation(name, **more):
    return {"resourceType": "Observation", "id": name, "status": "final", "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2025-03-01", **more}


def asked(resources):
    people = [{"resourceType": "Patient", "id": "p"}, *resources]
    done = run("-", "--format", "json", given=json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in people]}))
    return json.loads(done.stdout) if done.returncode == 0 else {"isolates": [], "not_read": []}


def one_result(organism, code, **result):
    code = {"text": code} if isinstance(code, str) else code
    return asked([observation("o", code={"text": "Blood culture"}, valueCodeableConcept={"text": organism}, component=[{"code": code, **result}])])


for code, written, category in [
    ("VAN", "<=0,5 mg/L", "S"), ("VAN_NM", "4 mg/L", "R"), ({"coding": [{"system": "http://lab.example", "code": "VAN"}]}, "1", "S"),
    ({"coding": [{"system": "http://loinc.org", "code": "524-9"}]}, "1 ug/mL", "S"), ("SXT", "<=0.5/9.5", "S"), ("SXT", ">8/152", "R"), ("Vancomicina", "1", "S"),
]:  # fmt: skip
    found = one_result("Staphylococcus aureus", code, valueString=written)
    seen = [agent["category"] for one in found["isolates"] for agent in one["agents"] if agent["tests"]]
    need(seen == [category], f"{code} {written}: {seen}, not {category}: {found['not_read']}")
for written in ["16", "1,024", "0.5 - 1"]:
    found = one_result("Staphylococcus aureus", "Vancomycin", valueString=written)
    need(found["not_read"] and not found["isolates"], f"'{written}' is read, or not listed")
for system, code, said in [
    ("http://terminology.hl7.org/CodeSystem/v2-0078", "R", "R"), ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "I", "I"),
    ("http://loinc.org", "LA6676-6", "R"), ("http://loinc.org", "LA24225-7", "S"), ("http://snomed.info/sct", "131196009", "S"),
]:  # fmt: skip
    for result in [{"interpretation": [{"coding": [{"system": system, "code": code}]}]}, {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}]:
        found = one_result("Staphylococcus aureus", "Vancomycin", **result)
        seen = [agent["laboratory"] for one in found["isolates"] for agent in one["agents"] if agent["tests"]]
        need(seen == [said], f"{system}|{code}: {seen}, not {said}")
for name, written, marker in [
    ("Resistance mechanism", "ESBL", "esbl"), ("Resistance gene", "blaKPC", "carbapenemase"), ("Phenotype", "AmpC", "ampc"), ("Beta-lactamase", "ESBL", "esbl"),
    ("ESBL", "R", "esbl"), ("Resistance mechanism", "none", None), ("Resistance mechanism", "efflux", None),
]:  # fmt: skip
    found = one_result("Escherichia coli", name, valueString=written)
    seen = [one["marker"] for isolate in found["isolates"] for one in isolate["markers"] if one["sign"] == "positive"]
    need(seen == ([marker] if marker else []), f"{name}: {written}: {seen}, not {marker}")
    need(written != "efflux" or found["not_read"], "a mechanism that is not known is not listed")
# A test that hangs on no culture is listed; a number that may be a level is not.
alone = asked([observation("a", code={"text": "Vancomycin MIC"}, valueQuantity={"value": 1, "unit": "mg/L"}), observation("b", code={"text": "Oxacillin"}, valueString="R"),
               observation("c", code={"text": "Vancomycin"}, valueQuantity={"value": 19, "unit": "mg/L"})])  # fmt: skip
need([one["resource"] for one in alone["not_read"]] == ["Observation/a", "Observation/b"], f"tests without an organism: {alone['not_read']}")

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
