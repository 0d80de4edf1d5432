#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The answers of the microbiology room against a second implementation that reads the tables by itself.

It shares no code and no method with src/microbiology: an interval is tried out on points inside it, and the rows that
count are found by striking out those that do not. Every organism x agent x site x method x comparator x value.
usage: grid.py GRID_PROGRAM"""
import csv
import math
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2] / "guideline"
MICS = [0.001, 0.002, 0.004, 0.008, 0.015, 0.016, 0.03, 0.032, 0.06, 0.0625, 0.064, 0.12, 0.125, 0.13, 0.19, 0.25, 0.38, 0.5,
        0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024]
ZONES = range(5, 56)
COMPARATORS = ["", "<", "<=", ">=", ">"]


def read(name):
    return yaml.safe_load((ROOT / "microbiology" / name).read_text())


organisms = read("organisms.yaml")
agents = read("agents.yaml")
sites = read("sites.yaml")
tolerance = float(read("reading.yaml")["dilution_tolerance"])
parents = {one["name"]: one.get("above", []) for one in organisms}
called = {name: one["name"] for one in organisms for name in [one["name"], *one.get("names", []), *one.get("tables", [])]}
agent_of = {code: one["code"] for one in agents for code in [one["code"], *one.get("also", [])]}
site_of = {one["site"]: one for one in sites["sites"]}


def family(name):
    """Generations: [itself], [parents], [grandparents] ..., each organism in the nearest one."""
    seen, generation, out = set(), [name], []
    while generation:
        out.append(generation)
        seen.update(generation)
        generation = [up for one in generation for up in parents[one] if up not in seen]
        generation = list(dict.fromkeys(generation))
    return out


def dilution(value):
    power = 2.0 ** round(math.log2(value))
    return power if abs(value / power - 1) <= tolerance else value


def category(value, s, r, unreachable, zone):
    if (value < r) if zone else (value > r):
        return "R"
    if not unreachable and ((value >= s) if zone else (value <= s)):
        return "S"
    return "I"


def tried(comparator, value, s, r, unreachable, zone):
    points = {1e-9, 1e9} if not zone else {0.0, 1e9}
    for edge in (s, r, value):
        points.update({edge, edge * (1 + 1e-9), edge * (1 - 1e-9)})
    inside = {"": lambda x: x == value, "<": lambda x: x < value, "<=": lambda x: x <= value, ">=": lambda x: x >= value, ">": lambda x: x > value}[comparator]
    found = {category(x, s, r, unreachable, zone) for x in points if inside(x)}
    return found.pop() if len(found) == 1 else "?"


strings = {}


def answers(row, zone, comparator):
    key = (row["row_id"] if row else None, zone, comparator)
    if key not in strings:
        columns = ("zone_S_ge_mm", "zone_R_lt_mm") if zone else ("mic_S_le_mgL", "mic_R_gt_mgL")
        values = ZONES if zone else MICS
        if row is None or row[columns[0]] == "":
            strings[key] = "-" * len(values)
        else:
            s, r = (float(row[column]) for column in columns)
            if not zone:
                s, r, values = dilution(s), dilution(r), [dilution(value) for value in values]
            unreachable = row["S_offscale_means_wildtype_is_I"] == "yes"
            strings[key] = "".join(tried(comparator, float(value), s, r, unreachable, zone) for value in values)
    return strings[key]


def counts(row, conditions, route, screen):
    site = site_of[row["indication_or_site"]]
    wanted, unwanted = site.get("any_of", []), site.get("none_of", [])
    return (not wanted or set(wanted) & conditions) and not set(unwanted) & conditions


def choose(generations, conditions, route, screen):
    for rows in generations:
        rows = [row for row in rows if (site_of[row["indication_or_site"]].get("use") == "screen") == screen]
        rows = [row for row in rows if site_of[row["indication_or_site"]].get("route", route) == route]
        fitting = [row for row in rows if counts(row, conditions, route, screen)]
        for test in (lambda site: "any_of" in site, lambda site: "route" in site, lambda site: "none_of" in site, lambda site: True):
            narrow = [row for row in fitting if test(site_of[row["indication_or_site"]])]
            if narrow:
                return min(narrow, key=lambda row: float(row["mic_R_gt_mgL"] or "inf"))
        if rows:
            return None
    return None


def expected_lines(entry):
    classes = {}
    for one in agents:
        for name in one.get("classes", []):
            classes.setdefault(name, []).append(one["code"])
    codes = lambda words: [code for word in words for code in ([agent_of[word]] if word in agent_of else classes[word])]
    named = {one["class"]: codes(one["agents"]) for one in read("classes.yaml")}
    found = {}
    for row in csv.DictReader((ROOT / "tables" / entry["expected_resistance"]).open()):
        listed = named[row["agent_or_class"]] if row["agent_type"] == "class" else codes(row["agent_codes"].split("|"))
        word = "unverified" if "unverified" in row["source"] else "published"
        for one in organisms:
            if any(called[row["organism"]] in generation for generation in family(one["name"])):
                for code in listed:
                    known = found.get((one["name"], code))
                    found[one["name"], code] = "published" if "published" in (known, word) else word
    return {f"{name}|{code}|expected|{word}" for (name, code), word in found.items()}


ours = set()
for entry in read("tables.yaml"):
    ours.add(f"table|{entry['id']}")
    ours |= expected_lines(entry)
    table = {}
    for row in csv.DictReader((ROOT / "tables" / entry["file"]).open()):
        table.setdefault((called[row["organism"]], agent_of[row["agent_code"]]), []).append(row)
    for one in organisms:
        generations = family(one["name"])
        for agent in (other["code"] for other in agents):
            rows = [[row for name in generation for row in table.get((name, agent), [])] for generation in generations]
            if not any(rows):
                continue
            contexts = [("vein", set(), "iv", False), ("mouth", set(), "oral", False), ("screen", set(), "iv", True)]
            contexts += [(condition["id"], {condition["id"]}, "iv", False) for condition in sites["conditions"]]
            for name, conditions, route, screen in contexts:
                row = choose(rows, conditions, route, screen)
                for comparator in COMPARATORS:
                    for method, zone in (("mic", False), ("zone", True)):
                        ours.add(f"{one['name']}|{agent}|{name}|{method}{comparator}|{answers(row, zone, comparator)}")

theirs = set(subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True).stdout.splitlines())
for line in sorted(theirs - ours)[:20]:
    print(f"the room says   {line}")
for line in sorted(ours - theirs)[:20]:
    print(f"the tables say  {line}")
cells = sum(len(line.rsplit("|", 1)[1]) for line in ours if "|mic" in line or "|zone" in line)
if cells < 1_000_000:
    print(f"only {cells} cells: the grid is not whole")
    sys.exit(1)
print(f"{cells} answers compared, {len(ours ^ theirs)} lines differ")
sys.exit(1 if ours != theirs else 0)
