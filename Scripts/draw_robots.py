#!/usr/bin/env python3
"""Draws the stand poses of the shipped profiles as stick figures, and writes the table of RobotProfiles/README.md.

    python3 Scripts/draw_robots.py
"""
import json
import math
import pathlib

PROFILES = pathlib.Path(__file__).resolve().parent.parent / "RobotProfiles"
CELL, FLOOR, COLUMNS = (130, 170), 140, 8
TABLE = ("<!-- table -->", "<!-- end of table -->")


def multiply(a, b):
    return [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]


def rotate(q, v):
    return multiply(multiply(q, [0, *v]), [q[0], -q[1], -q[2], -q[3]])[1:]


def add(a, b):
    return [x + y for x, y in zip(a, b)]


def poses(profile):
    """World poses of all bodies in the stand pose: position, rotation, and the point about which the body's joint turns."""
    stand = profile["poses"]["stand"]
    moves = {joint["body"]: joint for joint in profile["joints"]}
    world = {}
    for body in profile["bodies"]:
        if "parent" not in body:
            world[body["name"]] = (
                stand["root_position"], stand.get("root_rotation", [1, 0, 0, 0]), stand["root_position"])
            continue
        position, rotation, _ = world[body["parent"]]
        place = add(position, rotate(rotation, body.get("offset", [0, 0, 0])))
        turn = multiply(rotation, body.get("rotation", [1, 0, 0, 0]))
        joint = moves.get(body["name"], {})
        origin, axis = joint.get("origin", [0, 0, 0]), joint.get("axis", [0, 0, 1])
        value = stand["joints"].get(joint.get("name"), 0)
        if "mimic" in joint:
            mimic = joint["mimic"]
            value = mimic.get("ratio", 1) * stand["joints"].get(mimic["joint"], 0) + mimic.get("offset", 0)
        anchor = add(place, rotate(turn, origin))
        if joint.get("kind") == "prismatic":
            place = add(place, rotate(turn, [value * c for c in axis]))
        elif joint.get("kind") in ("revolute", "continuous"):
            turn = multiply(turn, [math.cos(value / 2), *(math.sin(value / 2) * c for c in axis)])
            place = add(anchor, [-c for c in rotate(turn, origin)])
        world[body["name"]] = (place, turn, anchor)
    return world


def figure(profile, left, top):
    """SVG of one robot, looked at from the front and its left, a little from above."""
    world = poses(profile)
    lines = []
    for body in profile["bodies"]:
        if "parent" in body:
            lines.append(("bone", [world[body["parent"]][2], world[body["name"]][2]]))
    for side in profile.get("feet", {}).values():
        position, rotation, _ = world[side["body"]]
        corners = [add(position, rotate(rotation, corner)) for corner in side["sole"]]
        lines.append(("sole", corners + corners[:1]))
        lines.append(("bone", [world[side["body"]][2], [sum(c) / len(corners) for c in zip(*corners)]]))
    for side in profile.get("hands", {}).values():
        position, rotation, anchor = world[side["body"]]
        lines.append(("bone", [anchor, add(position, rotate(rotation, side.get("offset", [0, 0, 0])))]))
    yaw, pitch = math.radians(-60), math.radians(10)

    def project(p):
        x, y = p[0] * math.cos(yaw) - p[1] * math.sin(yaw), p[0] * math.sin(yaw) + p[1] * math.cos(yaw)
        return -y, p[2] * math.cos(pitch) - x * math.sin(pitch)

    flat = [project(p) for _, points in lines for p in points]
    width = max(x for x, _ in flat) - min(x for x, _ in flat)
    height = max(y for _, y in flat) - min(y for _, y in flat)
    scale = min((FLOOR - 16) / max(height, 1e-3), (CELL[0] - 20) / max(width, 1e-3))
    middle = (max(x for x, _ in flat) + min(x for x, _ in flat)) / 2
    lowest = min(y for _, y in flat)
    out = []
    for kind, points in lines:
        path = " ".join(
            f"{left + CELL[0] / 2 + (x - middle) * scale:.1f},{top + FLOOR - (y - lowest) * scale:.1f}"
            for x, y in map(project, points))
        out.append(f'<polyline class="{kind}" points="{path}"/>')
    out.append(f'<text x="{left + CELL[0] / 2}" y="{top + FLOOR + 16}">{profile["name"]}</text>')
    return "\n".join(out)


def main():
    profiles = [json.loads(p.read_text()) for p in sorted(PROFILES.glob("*.json")) if p.name != "schema.json"]
    rows = (len(profiles) + COLUMNS - 1) // COLUMNS
    cells = [figure(p, i % COLUMNS * CELL[0], i // COLUMNS * CELL[1]) for i, p in enumerate(profiles)]
    (PROFILES / "robots.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * CELL[0]} {rows * CELL[1]}">\n'
        "<style>polyline{fill:none;stroke-linecap:round;stroke-linejoin:round}.bone{stroke:#2b4c7e;stroke-width:2}"
        ".sole{stroke:#c0392b;stroke-width:1.5}text{font:9px sans-serif;text-anchor:middle;fill:#333}"
        "rect{fill:#fff}</style>\n"
        '<rect width="100%" height="100%"/>\n' + "\n".join(cells) + "\n</svg>\n")
    table = ["| name | robot | joints | mass kg | licence | source |", "|---|---|---|---|---|---|"]
    for p in profiles:
        driven = sum("mimic" not in j and j["kind"] in ("revolute", "continuous", "prismatic") for j in p["joints"])
        source = p["source"]
        table.append(
            f'| `{p["name"]}` | {p["display_name"]} ({p["maker"]}) | {driven} | '
            f'{sum(b["mass"] for b in p["bodies"]):.1f} | {p["licence"]} | '
            f'[{source["repository"]}](https://github.com/{source["repository"]})@{source["commit"]} '
            f'`{source["file"]}` |')
    readme = PROFILES / "README.md"
    text = readme.read_text()
    start, end = text.index(TABLE[0]) + len(TABLE[0]), text.index(TABLE[1])
    readme.write_text(text[:start] + "\n" + "\n".join(table) + "\n" + text[end:])


if __name__ == "__main__":
    main()
