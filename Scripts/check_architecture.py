#!/usr/bin/env python3
"""Compares Documentation/architecture.md with Package.swift.

    python3 Scripts/check_architecture.py

The table has to hold every room once, below all that it uses; what it names as used has to be declared, and what is declared has to
be named or used by what is named. The steps of a way name rooms of the table and never come back to one that they have left.
Prints one line for each fault and exits 1 when there is any.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "Documentation/architecture.md"


def declared():
    """Rooms of Package.swift by name, with the rooms that they depend on."""
    text = subprocess.run(
        ["swift", "package", "--package-path", ROOT, "dump-package"], check=True, capture_output=True, text=True).stdout
    targets = [each for each in json.loads(text)["targets"] if each["type"] in ("regular", "executable")]
    rooms = {each["name"]: each for each in targets if not (each.get("path") or "").startswith("Tests/")}
    uses = {}
    for name, target in rooms.items():
        names = [next(iter(entry.values()))[0] for entry in target["dependencies"]]
        uses[name] = {other for other in names if other in rooms}
    return uses


def page():
    """The table's rooms in order with what they use, and the ways: titles with the rooms of their steps."""
    table, ways = {}, []
    for line in (ROOT / PAGE).read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `([\w-]+)` \|.*\| (.*) \|", line)
        if row:
            table[row[1]] = re.findall(r"`([\w-]+)`", row[2])
        elif line.startswith("## The way of"):
            ways.append((line[3:], []))
        elif ways and (step := re.match(r"\d+\. `([\w-]+)`:", line)):
            ways[-1][1].append(step[1])
    return table, ways


def faults():
    uses, (table, ways) = declared(), page()
    for name in sorted(uses.keys() ^ table.keys()):
        yield f"{name}: " + ("not in the table" if name in uses else "in the table, but no target of Package.swift")
    known, reach = set(), {}
    for name, named in table.items():
        for other in named:
            if other not in known:
                yield f"{name}: uses {other}, which does not stand above it"
            if other not in uses.get(name, set()):
                yield f"{name}: Package.swift does not let it use {other}"
        reach[name] = set(named).union(*(reach.get(other, set()) for other in named))
        for other in sorted(uses.get(name, set()) - reach[name]):
            yield f"{name}: uses {other} in Package.swift, which the table does not lead to"
        known.add(name)
    for title, steps in ways:
        if not steps:
            yield f"{title}: no steps"
        left = []
        for step in steps:
            if step not in table:
                yield f"{title}: there is no room {step}"
            if step in left[:-1]:
                yield f"{title}: comes back to {step}"
            left.append(step)


def main():
    found = list(faults())
    for fault in found:
        print(f"{PAGE}: {fault}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
