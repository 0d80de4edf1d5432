#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON of plan and replay for every worked patient against docs/schemas/, and the schemas
against changed plans that they must refuse.
usage: schema_test.py NIDUS FOLDER ...   folders of ID.json with ID.expect.json"""
import copy
import functools
import json
import multiprocessing
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.cache
def validator(name):
    schema = json.loads((ROOT / "docs/schemas" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def problems_of(check, value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in check.iter_errors(value)]


def open_objects(node, path="#"):
    """Places of a schema where an object may hold anything."""
    if isinstance(node, dict):
        if "properties" in node and node.get("type") == "object" and node.get("additionalProperties") is not False:
            yield path
        for key, value in node.items():
            yield from open_objects(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from open_objects(value, f"{path}/{index}")


# Each must be refused; the item is the first advised one, with options.
CHANGES = {
    "a member more": lambda plan, item: plan.update(extra=1),
    "a member more in an item": lambda plan, item: item.update(colour="red"),
    "another standing": lambda plan, item: item.update(standing="advise"),
    "an advice that is not advised": lambda plan, item: item.update(standing="undecided"),
    "another group": lambda plan, item: item.update(group="soon"),
    "a category in words": lambda plan, item: item.update(category="Blood cultures"),
    "another id": lambda plan, item: item.update(id="wup-1"),
    "no reason": lambda plan, item: item.pop("because"),
    "no evidence": lambda plan, item: item["evidence"].update(rules=[]),
    "another strength": lambda plan, item: item["evidence"].update(strength="very strong"),
    "a due time without its zone": lambda plan, item: item["when"].update(dueAt="2025-03-04T10:00:00", overdue=False),
    "a source without reference": lambda plan, item: item["because"][0]["sources"].append({"label": "x"}),
    "a flip to nowhere": lambda plan, item: item["wouldFlip"].append({"fact": "x", "label": "x", "from": "a", "to": "b", "becomes": "no"}),
    "an option without drugs": lambda plan, item: item["options"][0].update(components=[]),
    "a dose without verification": lambda plan, item: item["options"][0]["components"][0].pop("verification"),
    "no headline": lambda plan, item: plan["headline"].pop("due"),
    "a moment that is none": lambda plan, item: plan.update(asOf="today"),
}


def outcome(job):
    nidus, verb, expect, own = job
    patient = expect.name.removesuffix(".expect.json")
    out = subprocess.run(
        [nidus, verb, str(expect.parent / f"{patient}.json"), "--as-of", json.loads(expect.read_text())["as_of"], "--format", "json", *own],
        check=True, capture_output=True, text=True).stdout
    value = json.loads(out)
    return patient, verb, value, problems_of(validator(verb), value)


def main(nidus, *folders):
    failed = count = 0
    tried = False
    checks = {name: validator(name) for name in ("plan", "replay")}
    for name, check in checks.items():
        for place in open_objects(check.schema):
            failed += 1
            print(f"FAIL {name}.schema.json {place} lets any member in")
    jobs = []
    for folder in map(pathlib.Path, folders):
        own = ["--guideline", str(folder.parent / "guideline.json")] if "small-guideline" in str(folder) else []
        for index, expect in enumerate(sorted(folder.glob("*.expect.json"))):
            for verb in checks:
                # A replay is a plan for every moment of the record: one in ten is enough.
                if verb == "plan" or index % 10 == 0:
                    jobs.append((nidus, verb, expect, own))
    with multiprocessing.Pool() as pool:
        for patient, verb, value, problems in pool.imap(outcome, jobs, chunksize=4):
            count += 1
            failed += len(problems) > 0
            for problem in problems[:10]:
                print(f"FAIL {patient} {verb}: {problem}")
            if problems:
                continue
            item = next((one for one in value.get("items", []) if one["options"] and one["because"]), None)
            if item is None or tried:
                continue
            tried = True
            for name, change in CHANGES.items():
                changed = copy.deepcopy(value)
                change(changed, changed["items"][value["items"].index(item)])
                if not problems_of(checks[verb], changed):
                    failed += 1
                    print(f"FAIL {name} was not refused")
    if not tried:
        failed += 1
        print("FAIL no plan to change")
    print(f"{count} outputs against their schema, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
