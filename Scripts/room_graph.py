#!/usr/bin/env python3
"""Prints which folders of Sources use the types of which others, and fails when they do so in a circle.

A folder uses another when one of its files names a type, function or constant that the other declares at the top level and
that the file can see: the same target, or one that it imports. What extensions add to types counts for nobody.

    Scripts/room_graph.py             the folders of every target
    Scripts/room_graph.py --targets   the targets alone
    Scripts/room_graph.py --why A B   the names of B that A uses, with their files
    Scripts/room_graph.py --sizes     lines of each target and its share of all
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "Sources"
DECLARATION = re.compile(
    r"^((?:@[\w.()\"]+\s+)*)((?:public|package|internal|private|fileprivate|final|indirect|nonisolated(?:\(unsafe\))?"
    r"|distributed|open)\s+)*(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+(\w+)"
)
IMPORT = re.compile(r"^\s*(?:@\w+\s+)?(?:public|package|internal)?\s*import\s+(\w+)", re.MULTILINE)
NOISE = re.compile(r"//[^\n]*|/\*.*?\*/|#\"[^\n]*?\"#|\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)


def without_noise(text):
    """Swift source without comments and without texts, but with what is interpolated into them."""

    def keep(match):
        found = match.group()
        if found.startswith("/"):
            return " "
        return '"" ' + " ".join(re.findall(r"\\#?\(([^\n\"]*)\)", found))

    return NOISE.sub(keep, text)


def declarations(text):
    """The names that a file declares at the top level for others of its target."""
    names, depth = set(), 0
    for line in text.splitlines():
        if depth == 0 and "private" not in line.split("{")[0]:
            match = DECLARATION.match(line)
            if match:
                names.add(match.group(3))
        depth += line.count("{") - line.count("}")
    return names


def read_sources():
    """Every Swift file with its folder, target, code, names and imports."""
    files = []
    for path in sorted(SOURCES.rglob("*.swift")):
        code = without_noise(path.read_text())
        folder = path.parent.relative_to(SOURCES)
        files.append(
            {
                "path": path.relative_to(SOURCES),
                "folder": str(folder),
                "target": folder.parts[0],
                "declares": declarations(code),
                "names": set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", code)),
                "imports": set(IMPORT.findall(code)),
                "lines": path.read_text().count("\n"),
            }
        )
    return files


def references(files):
    """From folder to folder: the names used, with the file that uses them."""
    homes = defaultdict(set)
    for file in files:
        for name in file["declares"]:
            homes[name].add((file["target"], file["folder"]))
    uses = defaultdict(lambda: defaultdict(set))
    for file in files:
        seen = file["imports"] | {file["target"]}
        for name in file["names"]:
            places = {folder for target, folder in homes.get(name, ()) if target in seen}
            if not places or file["folder"] in places:
                continue
            for folder in places:
                uses[file["folder"], folder][name].add(str(file["path"]))
    return uses


def circles(nodes, edges):
    """The strongly connected parts with more than one member (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = []
            while True:
                part.append(stack.pop())
                if part[-1] == node:
                    break
            if len(part) > 1:
                found.append(sorted(part))

    for node in nodes:
        if node not in index:
            visit(node)
    return found


def levels(nodes, edges):
    """How many steps down each node reaches at most; nodes on circles count once."""
    level = {}

    def measure(node, above):
        if node not in level:
            below = [measure(other, above | {node}) for other in edges.get(node, ()) if other not in above]
            level[node] = 1 + max(below, default=-1)
        return level[node]

    for node in nodes:
        measure(node, frozenset())
    return level


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", action="store_true", help="the targets alone")
    parser.add_argument("--why", nargs=2, metavar=("FOLDER", "USED"), help="the names that a folder uses of another")
    parser.add_argument("--sizes", action="store_true", help="lines of each target")
    arguments = parser.parse_args()
    files = read_sources()
    if arguments.sizes:
        total = sum(file["lines"] for file in files)
        sizes = defaultdict(int)
        for file in files:
            sizes[file["target"]] += file["lines"]
        for target, lines in sorted(sizes.items(), key=lambda size: -size[1]):
            print(f"{target:16}{lines:7}{lines / total:7.1%}")
        return 0
    uses = references(files)
    if arguments.why:
        for name, paths in sorted(uses[tuple(arguments.why)].items()):
            print(f"{name}: {', '.join(sorted(paths))}")
        return 0
    edges = defaultdict(set)
    for folder, used in uses:
        if arguments.targets:
            folder, used = folder.split("/")[0], used.split("/")[0]
        if folder != used:
            edges[folder].add(used)
    nodes = sorted({file["target"] if arguments.targets else file["folder"] for file in files})
    level = levels(nodes, edges)
    for node in sorted(nodes, key=lambda node: (-level[node], node)):
        print(f"{node} → {', '.join(sorted(edges[node])) or 'nothing'}")
    found = circles(nodes, edges)
    for circle in found:
        print(f"a circle: {', '.join(circle)}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
