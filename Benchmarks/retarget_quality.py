#!/usr/bin/env python3
"""Quality of retargeting over real clips, judged by MuJoCo: kmmd, and beside it the published GMR algorithm.

    pip install mujoco mink daqp scipy numpy
    python3 Benchmarks/retarget_quality.py --shared SHARED                          # kmmd on the G1, all clips
    python3 Benchmarks/retarget_quality.py --shared SHARED --clips walk cmu_16_03 --pairs --per-clip
    python3 Benchmarks/retarget_quality.py --shared SHARED --robot unitree_g1 unitree_h1 --gmr --stress --json out.json

SHARED (or KMMD_SHARED) holds `data` (motion capture) and `robots` (descriptions). The program is `.build/release/kmmctl`
or KMMCTL_BIN; `--option="..."` hands it further options, and `--variant NAME="..."` adds a column of its own with them. `--stress` adds
the rows that need many runs: body size, headings, noise. Rows are means over clips, but for the deepest point (worst clip).
What each row means is written in `retargeting/referee.py` and `retargeting/human.py`, whose thresholds hold for all columns.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from retargeting import human
from retargeting.referee import ROBOTS, Motion, Referee

HERE = pathlib.Path(__file__).resolve().parent
TABLES = json.loads((HERE / "retargeting/gmr_tables.json").read_text())
HEADINGS = 36
HEADING_FRAMES = 30
SIZES = (1.15, 0.85)

ROWS = [
    ("live_frames_per_second", "frames per CPU second, live", "{:.0f}"),
    ("frames_per_second", "  whole clips", "{:.0f}"),
    ("frame_p99_ms", "99th percentile of a live frame, ms", "{:.3f}"),
    ("skating", "foot skating in contact, cm/s", "{:.2f}"),
    ("skating_p99", "  99th percentile", "{:.1f}"),
    ("sole_height", "sole height in contact, cm: mean", "{:+.2f}"),
    ("sole_distance", "  mean of absolute", "{:.2f}"),
    ("deepest", "  deepest point of all frames", "{:.2f}"),
    ("collisions", "frames in self-collision over 1 cm, %", "{:.1f}"),
    ("acceleration", "joint acceleration, rad/s² rms", "{:.1f}"),
    ("jerk", "joint jerk, rad/s³ rms", "{:.0f}"),
    ("over_velocity", "frames over a velocity limit, %", "{:.2f}"),
    ("over_3pi", "  over 3 pi rad/s, %", "{:.2f}"),
    ("velocity_max", "  fastest joint, rad/s", "{:.1f}"),
    ("bone_error", "bone direction error, degrees", "{:.1f}"),
    ("turn_error", "torso, foot, hand orientation error, degrees", "{:.1f}"),
    ("torso_error", "  torso", "{:.1f}"),
    ("foot_error", "  feet", "{:.1f}"),
    ("hand_error", "  hands", "{:.1f}"),
    ("path_ratio", "root path / (human's x leg ratio)", "{:.3f}"),
    ("contacts_kept", "human's contact frames kept, %", "{:.1f}"),
    ("at_limit", "frames with a joint at its limit, %", "{:.1f}"),
    ("outside_range", "joint positions outside their range", "{:.0f}"),
    ("balanced", "centre of mass over the feet while standing, %", "{:.1f}"),
    ("size_difference", "body 15 % larger or smaller: joint difference, degrees rms", "{:.2f}"),
    ("failed_starts", "failed starts over all headings and clips, %", "{:.2f}"),
    ("noise_gain", "acceleration gain under 2 mm, 1 degree noise", "{:.2f}"),
]
WORST = {"deepest", "velocity_max"}
SUMS = {"outside_range", "frames"}


class Kmmctl:
    """Retargets files with the program."""

    def __init__(self, program: str, profiles: str, options: list[str]) -> None:
        self.program, self.options = program, ["--profiles", profiles, *options]

    def run(self, *words: str) -> None:
        command = [self.program, "retarget", *words, *self.options]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{shlex.join(command)}\n{done.stderr}")

    def timed(self, robot: str, clip: human.Clip, folder: pathlib.Path) -> tuple[Motion, dict[str, float]]:
        """The motion, and the speed in processor time of one thread."""
        target, report = folder / f"{clip.name}.npz", folder / f"{clip.name}.json"
        repeats = max(1, 200 // clip.count)
        self.run(str(clip.path), "--robot", robot, "-o", str(target), "--report", str(report), "--repeats", str(repeats))
        told = json.loads(report.read_text())["files"][0]
        speed = {
            "frames_per_second": told["frames_per_second"], "live_frames_per_second": told["live_frames_per_second"],
            "frame_p99_ms": told["live_frame_p99"]}
        return Motion.read(target), speed

    def many(self, robot: str, sources: dict[str, pathlib.Path], folder: pathlib.Path) -> dict[str, Motion]:
        """The motions of files that lie in one folder."""
        inputs = next(iter(sources.values())).parent
        self.run(str(inputs), "--robot", robot, "-o", str(folder))
        return {name: Motion.read(folder / robot / f"{source.stem}.npz") for name, source in sources.items()}


class GMR:
    """Retargets clips with the published algorithm."""

    def __init__(self, robots: pathlib.Path) -> None:
        self.robots = robots

    def motion(self, robot: str, clip: human.Clip) -> tuple[Motion, list[float]]:
        from retargeting.gmr import Retargeter

        return Retargeter(robot, self.robots, TABLES[robot]).retarget(clip)

    def timed(self, robot: str, clip: human.Clip, folder: pathlib.Path) -> tuple[Motion, dict[str, float]]:
        motion, seconds = self.motion(robot, clip)
        speed = len(seconds) / sum(seconds)
        p99 = 1000 * float(np.percentile(seconds, 99))
        return motion, {"frames_per_second": speed, "live_frames_per_second": speed, "frame_p99_ms": p99}

    def many(self, robot: str, sources: dict[str, pathlib.Path], folder: pathlib.Path) -> dict[str, Motion]:
        return {name: self.motion(robot, human.read(source))[0] for name, source in sources.items()}


def judge(
    method: Kmmctl | GMR, referee: Referee, clips: list[human.Clip], folder: pathlib.Path, pairs: dict[Any, int]
) -> dict[str, dict[str, float]]:
    """Scores by clip."""
    scores = {}
    for clip in clips:
        motion, speed = method.timed(referee.name, clip, folder)
        scores[clip.name] = {**speed, **referee.judge(clip, motion)}
        for pair, count in referee.pairs.items():
            pairs[pair] = pairs.get(pair, 0) + count
        progress(f"{referee.name} {type(method).__name__} {clip.name}")
    return scores


def stress(
    method: Kmmctl | GMR, referee: Referee, clips: list[human.Clip], headings: int
) -> dict[str, dict[str, float]]:
    """Body size, headings and noise, by clip."""
    robot = referee.name

    def rms(a: Motion, b: Motion, start: int = 0) -> float:
        count = min(len(a.positions), len(b.positions))
        return float(np.degrees(np.sqrt(np.mean((a.positions[start:count] - b.positions[start:count]) ** 2))))

    def acceleration(of: Motion) -> float:
        return float(np.sqrt(np.mean((np.diff(of.positions[10:], 2, axis=0) * of.fps**2) ** 2)))

    scores = {}
    for clip in clips:
        with tempfile.TemporaryDirectory(prefix="kmmd-stress-") as name:
            inputs, outputs = pathlib.Path(name) / "in", pathlib.Path(name) / "out"
            inputs.mkdir()
            sources = {"base": inputs / "base.npz", "noisy": inputs / "noisy.npz", "0": inputs / "heading0.npz"}
            shutil.copy(clip.path, sources["base"])
            human.write_variant(clip.path, sources["noisy"], noise=1)
            with np.load(clip.path) as file:
                short = {key: value[:HEADING_FRAMES] if value.ndim == 2 else value for key, value in dict(file).items()}
            np.savez(sources["0"], **short)
            for step in range(1, headings):
                sources[str(step)] = inputs / f"heading{step}.npz"
                human.write_variant(sources["0"], sources[str(step)], heading=2 * np.pi * step / headings)
            if isinstance(method, Kmmctl):
                # Another body reads like another file; GMR is given the larger SMPL body, and its height.
                bvh = clip.path.parents[1] / "bvh" / f"{clip.name}.bvh"
                for size in (1, *SIZES):
                    sources[f"size {size}"] = inputs / f"size{size}.bvh"
                    human.scaled_bvh(bvh, sources[f"size {size}"], size)
            motions = method.many(robot, sources, outputs)
            if isinstance(method, GMR):
                motions["size 1"] = motions["base"]
                for size in SIZES:
                    scaled = human.read(clip.path)
                    scaled.positions *= size
                    motions[f"size {size}"] = method.motion(robot, scaled)[0]
        scores[clip.name] = {
            "size_difference": float(np.mean([rms(motions["size 1"], motions[f"size {size}"]) for size in SIZES])),
            "noise_gain": acceleration(motions["noisy"]) / acceleration(motions["base"]),
            "failed_starts": 100 * float(
                np.mean([rms(motions["0"], motions[str(step)], HEADING_FRAMES // 2) > 5 for step in range(1, headings)])),
        }
        progress(f"{robot} {type(method).__name__} stress {clip.name}")
    return scores


def progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words}\033[K", end="", file=sys.stderr)


def summary(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """Over the clips."""
    rows: dict[str, float] = {}
    for key in next(iter(scores.values())):
        values = np.array([clip.get(key, np.nan) for clip in scores.values()])
        values = values[np.isfinite(values)]
        if not len(values):
            rows[key] = float("nan")
        elif key.endswith("frames_per_second"):
            frames = np.array([clip["frames"] for clip in scores.values()])
            rows[key] = float(frames.sum() / (frames / values).sum())
        else:
            rows[key] = float(np.max(values) if key in WORST else np.sum(values) if key in SUMS else np.mean(values))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=pathlib.Path, default=os.environ.get("KMMD_SHARED", HERE.parents[1] / "shared"))
    parser.add_argument("--robot", nargs="+", default=["unitree_g1"], choices=[*ROBOTS, "all"])
    parser.add_argument("--clips", nargs="+", help="only these kinds or ids")
    parser.add_argument("--gmr", action="store_true", help="run GMR beside")
    parser.add_argument("--stress", action="store_true", help="body size, headings and noise too")
    parser.add_argument("--headings", type=int, default=HEADINGS)
    parser.add_argument("--peer-every", type=int, default=1, help="stress GMR with every so many clips only")
    parser.add_argument("--option", default="", help="further options of kmmctl retarget")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=OPTIONS", help="one more column")
    parser.add_argument("--pairs", action="store_true", help="tell which bodies collided")
    parser.add_argument("--per-clip", action="store_true", help="tell each clip's scores")
    parser.add_argument("--json", type=pathlib.Path, help="write all scores to a file")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the tables into a file, below its preface")
    parser.add_argument("--from-json", nargs="+", type=pathlib.Path, help="show the scores of these files; run nothing")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "kmmd-retargeting")
    options = parser.parse_args()

    if options.from_json:
        parts = [json.loads(path.read_text()) for path in options.from_json]
        tables = {robot: table for part in parts for robot, table in part["robots"].items()}
        for robot, table in tables.items():
            show(robot, table, options.pairs, options.per_clip)
        write_markdown(options.markdown, tables)
        return

    kmmctl = os.environ.get("KMMCTL_BIN", str(HERE.parent / ".build/release/kmmctl"))
    profiles = os.environ.get("KMMD_PROFILES", str(HERE.parent / "RobotProfiles"))
    clips = human.load(kmmctl, pathlib.Path(options.shared) / "data", options.work)
    if options.clips:
        clips = [clip for clip in clips if {clip.kind, clip.name} & set(options.clips)]
    robots = list(ROBOTS) if "all" in options.robot else options.robot
    result: dict[str, Any] = {"clips": [clip.name for clip in clips], "robots": {}}
    started = time.time()
    for robot in robots:
        if not (pathlib.Path(profiles) / f"{robot}.json").exists():
            print(f"{robot}: no profile in {profiles}, left out\n")
            continue
        referee = Referee(robot, pathlib.Path(options.shared) / "robots", TABLES)
        methods: dict[str, Kmmctl | GMR] = {"kmmd": Kmmctl(kmmctl, profiles, shlex.split(options.option))}
        for variant in options.variant:
            name, _, words = variant.partition("=")
            methods[name] = Kmmctl(kmmctl, profiles, shlex.split(options.option) + shlex.split(words))
        if options.gmr:
            methods["GMR"] = GMR(pathlib.Path(options.shared) / "robots")
        table: dict[str, Any] = {}
        for name, method in methods.items():
            pairs: dict[Any, int] = {}
            with tempfile.TemporaryDirectory(prefix="kmmd-quality-") as folder:
                scores = judge(method, referee, clips, pathlib.Path(folder), pairs)
                if options.stress:
                    chosen = clips[:: options.peer_every] if name == "GMR" else clips
                    for clip, more in stress(method, referee, chosen, options.headings).items():
                        scores[clip].update(more)
            ordered = sorted(pairs.items(), key=lambda item: -item[1])
            table[name] = {"mean": summary(scores), "clips": scores, "pairs": {" ".join(k): v for k, v in ordered}}
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        result["robots"][robot] = table
        show(robot, table, options.pairs, options.per_clip)
    print(f"{len(clips)} clips, {sum(clip.count for clip in clips)} frames, {time.time() - started:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    write_markdown(options.markdown, result["robots"])


def write_markdown(path: pathlib.Path | None, tables: dict[str, Any]) -> None:
    """Puts the tables into a file; what is written by hand above the first one stays."""
    if path is not None:
        preface = path.read_text().split("\n<!-- tables -->", 1)[0] if path.exists() else "# Quality"
        path.write_text(f"{preface.rstrip()}\n\n<!-- tables -->\n\n{markdown(tables)}")


def markdown(tables: dict[str, Any]) -> str:
    """One table a robot."""
    text = ""
    for robot, table in tables.items():
        text += f"## {robot}\n\n| | {' | '.join(table)} |\n|---|{'---|' * len(table)}\n"
        for key, label, form in ROWS:
            values = [method["mean"].get(key) for method in table.values()]
            if any(value is not None for value in values):
                cells = ["–" if value is None or np.isnan(value) else form.format(value) for value in values]
                words = f"– {label.strip()}" if label.startswith(" ") else label
                text += f"| {words} | {' | '.join(cells)} |\n"
        text += "\n"
    return text


def show(robot: str, table: dict[str, Any], pairs: bool, per_clip: bool) -> None:
    width = max(len(label) for _, label, _ in ROWS) + 2
    print(f"{robot:<{width}}" + "".join(f"{name:>12}" for name in table))
    for key, label, form in ROWS:
        values = [method["mean"].get(key) for method in table.values()]
        if any(value is not None for value in values):
            cells = ["-" if value is None or np.isnan(value) else form.format(value) for value in values]
            print(f"{label:<{width}}" + "".join(f"{cell:>12}" for cell in cells))
    print()
    for name, method in table.items():
        if per_clip:
            keys = [key for key, _, _ in ROWS if key in method["mean"]]
            print(f"{name}: " + " ".join(keys))
            for clip, scores in method["clips"].items():
                print(f"  {clip:<42}" + " ".join(f"{scores[key]:8.2f}" for key in keys))
            print()
        if pairs:
            for pair, count in list(method["pairs"].items())[:15]:
                print(f"  {name} {count:6d} {pair}")
            print()


if __name__ == "__main__":
    main()
