#!/usr/bin/env python3
"""Frames per second of retargeting: one thread, processor time, the motion capture of the tests' fixtures."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess

import support


def measure(path: str, robot: str, repeats: int) -> dict[str, float]:
    """Frames of the file, frames per second of processor time."""
    command = [
        support.program("kmmctl"), "retarget", path, "--robot", robot, "--profiles", support.profiles_folder(),
        "--repeats", str(repeats),
    ]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    frames = re.search(r"^frames\s+(\d+)$", output, re.MULTILINE)
    speed = re.search(r"^speed\s+(\d+) frames/s", output, re.MULTILINE)
    if frames is None or speed is None:
        raise SystemExit(f"kmmctl retarget told no speed:\n{output}")
    return {"frames": int(frames[1]), "frames_per_s": int(speed[1])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--robot", default="unitree_g1")
    parser.add_argument("--repeats", type=int, default=200, help="times over that each file is retargeted")
    options = parser.parse_args()

    before = support.machine()
    paths = sorted(support.FIXTURES.glob("*.bvh"))
    files = {path.stem: measure(str(path), options.robot, options.repeats) for path in paths}
    frames = sum(file["frames"] for file in files.values())
    seconds = sum(file["frames"] / file["frames_per_s"] for file in files.values())
    result = {
        "machine_before": before, "machine_after": support.machine(), "robot": options.robot,
        "repeats": options.repeats, "files": files, "frames_per_s": frames / seconds,
    }
    if options.json:
        print(json.dumps(result))
        return
    support.show_machine(before, result["machine_after"])
    rows = [
        [name, str(file["frames"]), str(file["frames_per_s"])]
        for name, file in files.items()
    ]
    rows.append(["all", str(frames), f"{frames / seconds:.0f}"])
    support.show_table([options.robot, "frames", "frames/s"], rows)


if __name__ == "__main__":
    main()
