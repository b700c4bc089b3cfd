#!/usr/bin/env python3
"""Motion files of many kinds, read by kmmd and judged by forward kinematics of the file and of what became of it.

    pip install mujoco numpy
    python3 Benchmarks/motion_corpus.py --shared SHARED                    # all of it, with the robot
    python3 Benchmarks/motion_corpus.py --only lafan1 --only ground/       # kinds whose name has that in it
    python3 Benchmarks/motion_corpus.py --shared SHARED --markdown Documentation/motion-corpus.md

Three sources: the small cases of SHARED/cases/motions, and one real clip written as programs of many kinds export it
(`corpus/dialects.py`) and as data sets, trackers and models write it (`corpus/arrays.py`), which need nothing but this repository. What is right is in `corpus/cases.json`: degrees between the limbs
of the file and those of the human clip and of the robot, mean and 95th percentile; words of a note; or that a file is refused, and why.
A part of a file has to be read as the whole. `--clips` judges the reading alone, without MuJoCo. The exit status is 1 when a case misses.

The program is `.build/release/kmmctl` or KMMCTL_BIN.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Any

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "corpus"))

import arrays  # noqa: E402
import dialects  # noqa: E402
import figures  # noqa: E402

ROOT = HERE.parent
DATA = json.loads((HERE / "corpus/cases.json").read_text())
SOURCE = ROOT / "Tests/HumanMotionTests/Fixtures/walk.bvh"
REST_PELVIS = arrays.REST_PELVIS
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
"""From AMASS's world to y up."""


class Kmmctl:
    """The program under test."""

    def __init__(self) -> None:
        self.program = os.environ.get("KMMCTL_BIN", str(ROOT / ".build/release/kmmctl"))

    def run(self, *words: str) -> tuple[bool, str]:
        """Whether it went well, and what was printed."""
        done = subprocess.run([self.program, *words], capture_output=True, text=True, timeout=300, check=False)
        return done.returncode == 0, done.stdout + done.stderr


def person(path: pathlib.Path) -> figures.Array:
    """Directions [T, 8, 3] of the limbs of a case, in the file's world."""
    if path.suffix == ".npz":
        return figures.directions(figures.npz(path)[0])
    places, _ = figures.bvh(path)
    for names in DATA["skeletons"].values():
        found = {
            f"{side}_{part}": places.get(name.format(Side=side.title(), s=side[0]))
            for side in ("left", "right") for part, name in names.items()
        }
        if all(place is not None for place in found.values()):
            return figures.directions(found)  # type: ignore[arg-type]
    raise SystemExit(f"{path}: no skeleton of corpus/cases.json")


def spread(truth: figures.Array, found: figures.Array) -> list[float]:
    """Mean and 95th percentile of the angles, degrees."""
    count = min(len(truth), len(found))
    # The first frames are those of a robot that comes to the pose.
    errors = figures.errors(truth[:count], found[:count])[min(5, count - 1):]
    return [float(errors.mean()), float(np.percentile(errors, 95))]


def judge(
    kmmctl: Kmmctl, path: pathlib.Path, truth: figures.Array | None, right: dict[str, Any], robots: pathlib.Path | None,
    folder: pathlib.Path,
) -> dict[str, Any]:
    """What became of one file, and what of it is not right."""
    row: dict[str, Any] = {"missed": []}
    clip = folder / "clip.npz"
    options = right.get("options", [])
    ok, words = kmmctl.run("convert", str(path), "-o", str(clip), *options)
    row["words"] = words.strip()
    if "refused" in right:
        if ok or not re.search(right["refused"], words):
            row["missed"].append(f"is not refused for {right['refused']}")
        return row
    if not ok:
        row["missed"].append("is refused")
        return row
    if "note" in right and not re.search(right["note"], words):
        row["missed"].append(f"no note of {right['note']}")
    assert truth is not None
    row["clip"] = spread(truth, figures.z_up(figures.directions(figures.npz(clip)[0]), "z"))
    if robots is not None:
        out = folder / "robot.npz"
        ok, _ = kmmctl.run("retarget", str(path), "--robot", "unitree_g1", "-o", str(out), *options)
        if ok:
            row["robot"] = spread(truth, figures.robot(out, robots))
        else:
            row["missed"].append("is not retargeted")
    for key in ("clip", "robot"):
        for found, bound, name in zip(row.get(key, []), right.get(key, []), ("mean", "95 %")):
            if found > bound:
                row["missed"].append(f"{key} {name} over {bound}")
    return row


def source(kmmctl: Kmmctl, folder: pathlib.Path) -> tuple[figures.Array, figures.Array, float]:
    """Local rotations and pelvis, y up, of a real clip, and its rate."""
    path = folder / "source.npz"
    ok, words = kmmctl.run("convert", str(SOURCE), "-o", str(path))
    if not ok:
        raise SystemExit(words)
    with np.load(path) as file:
        poses, pelvis, rate = file["poses"], file["trans"] + REST_PELVIS, float(file["mocap_framerate"])
    local = figures.rotations(poses[:, :66].reshape(len(poses), 22, 3))
    local[:, 0] = Y_UP @ local[:, 0]
    return local, pelvis @ Y_UP.T, rate


def unpickled(kmmctl: Kmmctl, path: pathlib.Path, folder: pathlib.Path) -> pathlib.Path | None:
    """The .npz that the Python client makes of a file with Python objects, of which kmmctl has to say so."""
    ok, words = kmmctl.run("convert", str(path), "-o", str(folder / "none.npz"))
    if ok or "kmmd.unpickle" not in words:
        return None
    clients = {**os.environ, "PYTHONPATH": str(ROOT / "Clients/python")}
    done = subprocess.run(
        [sys.executable, "-m", "kmmd.unpickle", str(path), "-o", str(folder / "plain"), "--fps", "30"], capture_output=True, text=True,
        check=False, env=clients)
    written = [pathlib.Path(line) for line in done.stdout.splitlines()]
    return written[0] if len(written) == 1 else None


def judge_kind(
    kmmctl: Kmmctl, name: str, body: arrays.Body, truth: figures.Array, robots: pathlib.Path | None, folder: pathlib.Path
) -> dict[str, Any]:
    """What became of the motion as a data set, a tracker or a model writes it."""
    kind = arrays.KINDS[name]
    path: pathlib.Path | None = folder / f"{name}.{kind.ending}"
    arrays.write(kind, body, path)  # type: ignore[arg-type]
    if kind.packed:
        path = unpickled(kmmctl, path, folder)  # type: ignore[arg-type]
        if path is None:
            return {"missed": ["kmmd.unpickle is not named, or makes no file of it"]}
    return judge(kmmctl, path, truth, {**DATA["dialects"], **kind.right}, robots, folder)  # type: ignore[arg-type]


def world_turns(local: figures.Array) -> figures.Array:
    """World rotations of local ones [T, 22, 3, 3]."""
    turns = local.copy()
    for joint, parent in enumerate(figures.PARENTS):
        if parent >= 0:
            turns[:, joint] = turns[:, parent] @ turns[:, joint]
    return turns


def read_turns(path: pathlib.Path) -> figures.Array:
    """World rotations in a clip of kmmctl, its z up."""
    with np.load(path) as file:
        return world_turns(figures.rotations(file["poses"][:, :66].reshape(-1, 22, 3)))


def angles(a: figures.Array, b: figures.Array) -> figures.Array:
    """[T, 22], degrees."""
    trace = np.trace(np.swapaxes(a, -1, -2) @ b, axis1=-2, axis2=-1)
    return np.asarray(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))


def turned(clip: pathlib.Path, local: figures.Array) -> tuple[float, str]:
    """The joint whose turn is farthest from the motion's, in the mean, degrees; feet left out, whose shape differs."""
    found, right = read_turns(clip), world_turns(local)
    count = min(len(found), len(right))
    right = np.swapaxes(Y_UP, 0, 1) @ right[:count]
    # One heading for all.
    apart = found[:count, 0] @ np.swapaxes(right[:, 0], 1, 2)
    heading = np.median(np.arctan2(apart[:, 1, 0] - apart[:, 0, 1], apart[:, 0, 0] + apart[:, 1, 1]))
    c, s = np.cos(heading), np.sin(heading)
    means = angles(np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ right, found[:count]).mean(axis=0)
    means[[figures.SMPL.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot")]] = 0
    return float(means.max()), figures.SMPL[int(means.argmax())]


def cut(kmmctl: Kmmctl, name: str, motion: tuple[figures.Array, figures.Array, float], folder: pathlib.Path) -> float:
    """The largest mean difference of a joint's turn between a part of a file and the whole, degrees."""
    local, pelvis, rate = motion
    part = slice(len(local) // 2, len(local) // 2 + max(len(local) // 3, 12))
    results = []
    for label, rows in (("whole", slice(None)), ("part", part)):
        path, out = folder / f"{label}.bvh", folder / f"{label}.npz"
        dialects.write(dialects.DIALECTS[name], local[rows], pelvis[rows], rate, path)
        if not kmmctl.run("convert", str(path), "-o", str(out), "--rate", str(rate))[0]:
            return float("inf")
        results.append(read_turns(out))
    whole = results[0][part][: len(results[1])]
    return float(angles(whole, results[1][: len(whole)]).mean(axis=0).max())


def markdown(rows: dict[str, dict[str, Any]]) -> str:
    """The table."""

    def pair(values: list[float] | None) -> str:
        return f"{values[0]:.1f} / {values[1]:.1f}" if values else "–"

    lines = [
        "| file | clip, degrees mean / 95 % | G1, degrees mean / 95 % | a part against the whole | |", "|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        apart = f"{row['cut']:.1f}" if "cut" in row else ""
        state = "; ".join(row["missed"]) or ("refused, as is right" if "clip" not in row else "")
        lines.append(f"| {name} | {pair(row.get('clip'))} | {pair(row.get('robot'))} | {apart} | {state} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=pathlib.Path, default=os.environ.get("KMMD_SHARED"))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--clips", action="store_true", help="judge the reading alone")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--markdown", type=pathlib.Path, help="write the table behind the line <!-- table --> of this file")
    options = parser.parse_args()
    kmmctl = Kmmctl()
    robots = None if options.clips or options.shared is None else options.shared / "robots"

    def wanted(name: str) -> bool:
        return not options.only or any(word in name for word in options.only)

    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        if options.shared is not None:
            for name, right in DATA["cases"].items():
                path = options.shared / "cases/motions" / name
                if wanted(name):
                    truth = None if "refused" in right else figures.z_up(person(path), right["up"])
                    rows[name] = judge(kmmctl, path, truth, right, robots, folder)
        motion = source(kmmctl, folder)
        truth = figures.z_up(figures.directions(figures.smpl(*motion[:2])), "y")
        for name in dialects.DIALECTS:
            if not wanted(name):
                continue
            path = folder / f"{name}.bvh"
            dialects.write(dialects.DIALECTS[name], *motion, path)
            row = rows[f"as {name} writes"] = judge(kmmctl, path, truth, DATA["dialects"], robots, folder)
            row["cut"] = cut(kmmctl, name, motion, folder)
            if name not in DATA.get("needs_rest", []) and (folder / "whole.npz").exists():
                worst, joint = turned(folder / "whole.npz", motion[0])
                if worst > DATA["turn"]:
                    row["missed"].append(f"{joint} is turned by {worst:.1f}")
            # Frames along the bones of no known skeleton say nothing by themselves; --rest does.
            if row["cut"] > DATA["cut"] and name not in DATA.get("needs_rest", []):
                row["missed"].append(f"a part is not read as the whole: {row['cut']:.1f}")
        body = arrays.Body(*motion)
        for name in arrays.KINDS:
            if wanted(name):
                rows[f"as {name} writes"] = judge_kind(kmmctl, name, body, truth, robots, folder)
    table = markdown(rows)
    print(table)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1))
    if options.markdown is not None:
        head = options.markdown.read_text().split("<!-- table -->")[0]
        options.markdown.write_text(head + "<!-- table -->\n\n" + table)
    missed = [name for name, row in rows.items() if row["missed"]]
    print(f"{len(rows)} files, {len(missed)} missed" + (": " + ", ".join(missed) if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
