#!/usr/bin/env python3
"""Checks what no compiler reads: the changelog's form, the version, licences, and links between the pages.

    python3 Scripts/check_documents.py

Prints one line for each fault and exits 1 when there is any. Needs nothing but Python.
"""
import datetime
import pathlib
import re
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERSION_FILE = "Sources/Wire/Release.swift"
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def tracked(*patterns):
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z", "--", *patterns],
        check=True, capture_output=True, text=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).exists()]


def changelog():
    """Keep a Changelog 1.1.0: Unreleased first, then versions with dates, newest first, entries under known headings."""
    name = "CHANGELOG.md"
    releases, entries, kind = [], 0, None
    for number, line in enumerate(text(name).splitlines(), 1):
        where = f"{name}:{number}"
        if line.startswith("## "):
            releases.append(line)
            kind = None
            if len(releases) == 1:
                if line != "## [Unreleased]":
                    yield f"{where}: the first section has to be '## [Unreleased]'"
                continue
            match = re.fullmatch(r"## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)( \[YANKED\])?", line)
            if not match:
                yield f"{where}: expected '## [1.2.3] - 2026-01-31'"
                continue
            try:
                datetime.date.fromisoformat(match[2])
            except ValueError:
                yield f"{where}: no such day"
        elif line.startswith("### "):
            kind = line[4:]
            if kind not in KINDS:
                yield f"{where}: '{kind}' is none of {', '.join(KINDS)}"
        elif line.startswith("- "):
            entries += 1
            if not releases or kind is None:
                yield f"{where}: an entry outside of a section"
    dated = [re.findall(r"\d+", line) for line in releases[1:]]
    if dated != sorted(dated, key=lambda row: [int(part) for part in row], reverse=True):
        yield f"{name}: the newest version comes first"
    if not entries:
        yield f"{name}: no entries"


def versions():
    """The version stands in one Swift file; the papers and the Python package repeat it."""
    found = re.search(r'static let version = "(\d+\.\d+\.\d+)"', text(VERSION_FILE))
    if not found:
        yield f"{VERSION_FILE}: no version"
        return
    version = found[1]
    for name, pattern in [
        ("Clients/python/pyproject.toml", r'^version = "(.*)"$'),
        ("CITATION.cff", r"^version: (.*)$"),
        ("CHANGELOG.md", r"^## \[(\d.*?)\]"),
    ]:
        other = re.search(pattern, text(name), re.MULTILINE)
        if not other or other[1] != version:
            yield f"{name}: version {other[1] if other else 'missing'}, but {VERSION_FILE} says {version}"


def licences():
    """Every package says its licence, and NOTICE names every folder of models."""
    if text("LICENSE") != text("Clients/python/LICENSE"):
        yield "Clients/python/LICENSE: not the same as LICENSE"
    for name in [
        "README.md", "CITATION.cff", "Clients/python/pyproject.toml", "Clients/python/README.md",
        "Clients/cpp/kmmd/client.hpp", "Clients/ros2/README.md", "Clients/ros2/kmmd_bridge/kmmd_bridge/node.py",
        *tracked("Examples/*/README.md"),
    ]:
        if "Apache-2.0" not in text(name):
            yield f"{name}: does not say its licence, Apache-2.0"
    for folder in sorted(path.name for path in (ROOT / "Models").iterdir() if path.is_dir()):
        if f"Models/{folder}" not in text("NOTICE"):
            yield f"NOTICE: does not name Models/{folder}"


def links():
    """Relative links of Markdown pages lead to files of the repository."""
    for name in tracked("*.md"):
        page = re.sub(r"```.*?```|`[^`\n]*`", "", text(name), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", page):
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or not parts.path or target.startswith("doc:"):
                continue
            if not (ROOT / name).parent.joinpath(urllib.parse.unquote(parts.path)).exists():
                yield f"{name}: leads to '{target}', which is not there"


def main():
    faults = [fault for check in (changelog, versions, licences, links) for fault in check()]
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
