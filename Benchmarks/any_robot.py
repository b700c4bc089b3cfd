#!/usr/bin/env python3
"""Imports every robot of a folder of descriptions with no help, and says what became of it.

    python3 Benchmarks/any_robot.py [--robots ../shared/robots] [--kmmctl .build/release/kmmctl] [--table FILE] [ROBOT ...]

For each folder: the model that its README prints in bold (an MJCF), and every URDF. Each description is copied alone into an
empty folder, so that nothing beside it can help; then `kmmctl profile import`, `kmmctl profile check`, and three real clips
(walk, wave, squat) on what came out. A robot is good when the import succeeds, the check finds no error, no joint leaves
its range or its speed limit, the soles of standing feet stay within 5 mm of the floor, and the hand of the arm that waves is over
its shoulder; a robot without legs or arms is judged by what it has. With --table the figures are written between the marks of
that Markdown file.
"""
import argparse
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKS = ("<!-- any robot -->", "<!-- end of any robot -->")


def descriptions(robots: pathlib.Path) -> list[tuple[str, pathlib.Path]]:
    """Folder and file of every bold model and every URDF."""
    found = []
    for line in (robots / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        bold = re.search(r"\*\*([^*]+\.xml)\*\*", line)
        if len(cells) > 2 and bold and (robots / cells[1]).is_dir():
            folder = robots / cells[1]
            found.append((cells[1], folder / bold[1]))
            found += [(cells[1], file) for file in sorted(folder.glob("*.urdf"))]
    return found


def run(command: list[str]) -> tuple[int, str, str, float, float]:
    """Exit status, output, errors, wall and processor time in seconds."""
    before, start = os.times(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return done.returncode, done.stdout, done.stderr, time.monotonic() - start, used


def judge(kmmctl: pathlib.Path, robot: str, file: pathlib.Path) -> dict:
    """What became of one description."""
    row = {"robot": robot, "format": file.suffix[1:].replace("xml", "mjcf"), "file": file.name, "faults": []}
    with tempfile.TemporaryDirectory() as folder:
        alone = shutil.copy(file, folder)
        output = pathlib.Path(folder) / "profile.json"
        status, text, errors, row["wall"], row["cpu"] = run(
            [str(kmmctl), "profile", "import", str(alone), "--name", "any_robot", "-o", str(output), "--json",
             "--profiles", str(ROOT / "RobotProfiles")])
        # 1 is usable with reservations, which the report names.
        if status > 1:
            row["faults"].append("import: " + errors.strip().splitlines()[0].replace(folder + "/", ""))
            return row
        report = json.loads(text)
        checked = json.loads(run([str(kmmctl), "profile", "check", str(output), "--json"])[1])[0]
    row |= {key: report[key] for key in ("joints", "feet", "hands")}
    for severity in ("error", "warning"):
        row[severity + "s"] = [
            f"{each['path']}: {each['problem']}" for each in checked["findings"] if each["severity"] == severity]
    row["faults"] += [f"check: {error}" for error in row["errors"][:1]]
    motions = {motion["clip"]: motion for motion in report["motions"]}
    for clip, motion in motions.items():
        if "error" in motion:
            row["faults"].append(f"{clip}: {motion['error']}")
            return row
    row["violations"] = sum(m["position_violations"] + m["velocity_violations"] for m in motions.values())
    row["soles"] = {clip: motion["sole_height_peak"] * 1000 for clip, motion in motions.items()} if report["feet"] else {}
    row["limb"] = {clip: motion["limb_error"] * 1000 for clip, motion in motions.items()}
    row["arm"] = motions["wave"].get("raised_arm")
    if row["violations"]:
        row["faults"].append(f"{row['violations']} limit violations")
    row["faults"] += [f"{clip}: a sole {height:.1f} mm off" for clip, height in row["soles"].items() if height > 5]
    if row["arm"] and not row["arm"]["raised"]:
        row["faults"].append(f"wave: the arm stays at {math.degrees(row['arm']['robot']):.0f}°")
    if report["hands"] and not row["arm"]:
        row["faults"].append("wave: no arm to be judged")
    return row


def table(rows: list[dict]) -> str:
    lines = [
        "| robot | from | joints | import, CPU s | check | violations | soles off the floor, mm (walk, wave, squat) | limb error, mm |"
        " arm (human 55°) | |".replace("human 55°", human_angle(rows)),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        soles = ", ".join(f"{height:.1f}" for height in row.get("soles", {}).values()) or "–"
        limbs = ", ".join(f"{error:.0f}" for error in row.get("limb", {}).values()) or "–"
        arm = f"{math.degrees(row['arm']['robot']):.0f}°" if row.get("arm") else "–"
        warnings = len(row.get("warnings", []))
        check = "–" if "warnings" not in row else f"{warnings} warning{'s' * (warnings > 1)}" if warnings else "clean"
        verdict = "; ".join(row["faults"]) or "good"
        lines.append(
            f"| {row['robot']} | {row['format']} | {row.get('joints', '–')} | {row['cpu']:.1f} | {check} | {row.get('violations', '–')} |"
            f" {soles} | {limbs} | {arm} | {verdict} |")
    return "\n".join(lines)


def human_angle(rows: list[dict]) -> str:
    angles = [math.degrees(row["arm"]["human"]) for row in rows if row.get("arm")]
    return f"human {statistics.median(angles):.0f}°" if angles else "human"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="ROBOT", help="folders; without any all")
    parser.add_argument("--robots", type=pathlib.Path, default=ROOT.parent / "shared/robots")
    parser.add_argument("--kmmctl", type=pathlib.Path, default=ROOT / ".build/release/kmmctl")
    parser.add_argument("--table", type=pathlib.Path, help="a Markdown file with the marks of the table")
    parser.add_argument("--json", type=pathlib.Path, help="where all figures go")
    options = parser.parse_args()
    rows = []
    for robot, file in descriptions(options.robots):
        if options.names and robot not in options.names:
            continue
        rows.append(judge(options.kmmctl, robot, file))
        row = rows[-1]
        print(f"{robot:28} {row['format']:5} {row['cpu']:5.1f} s  {'; '.join(row['faults']) or 'good'}", flush=True)
    good = [row for row in rows if not row["faults"]]
    imported = [row for row in rows if "joints" in row]
    times = sorted(row["cpu"] for row in imported)
    summary = (
        f"{len(imported)} of {len(rows)} descriptions of {len({row['robot'] for row in rows})} robots were imported with no help"
        f" (processor time: median {statistics.median(times):.1f} s, longest {times[-1]:.1f} s); {len(good)} are good in all"
        f" figures, {sum(not row['errors'] + row['warnings'] for row in imported)} without a warning,"
        f" {sum(row.get('violations') == 0 for row in imported)} without a limit violation,"
        f" {sum(max(row['soles'].values(), default=0) <= 5 for row in imported if 'soles' in row)} with all soles within 5 mm,"
        f" {sum(bool(row.get('arm') and row['arm']['raised']) for row in imported)} of"
        f" {sum(bool(row.get('arm')) for row in imported)} with the waving arm raised.")
    print(summary)
    if options.json:
        options.json.write_text(json.dumps({"summary": summary, "rows": rows}, indent=1))
    if options.table:
        text = options.table.read_text()
        start, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
        options.table.write_text(f"{text[:start]}\n{summary}\n\n{table(rows)}\n{text[end:]}")
    sys.exit(0 if len(good) == len(rows) else 1)


if __name__ == "__main__":
    main()
