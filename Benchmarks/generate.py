#!/usr/bin/env python3
"""Generating human motion from text: wall time of kmmctl, and of it the part that is not start-up."""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time

import support

FRAME_RATE = 30
"""Of the generated motion, Hz."""


def generate(text: str, duration: float, seed: int) -> tuple[int, float]:
    """Frames made, and wall seconds of the whole process."""
    with tempfile.NamedTemporaryFile(suffix=".npz") as output:
        command = [
            support.program("kmmctl"), "generate", text, "--duration", str(duration), "--seed", str(seed),
            "--models", support.models(), "--output", output.name,
        ]
        start = time.monotonic()
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        seconds = time.monotonic() - start
    frames = re.search(r": (\d+) frames", told)
    if frames is None:
        raise SystemExit(f"kmmctl generate told no frames:\n{told}")
    return int(frames[1]), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--text", default="a person walks forward and waves with the right hand")
    parser.add_argument("--short", type=float, default=2, help="length of the short motion, seconds")
    parser.add_argument("--long", type=float, default=10, help="length of the long motion, seconds")
    parser.add_argument("--repeats", type=int, default=10, help="motions made of each length, in turns")
    options = parser.parse_args()
    if not 0 < options.short < options.long or options.repeats < 1:
        parser.error("--short has to be shorter than --long, and --repeats 1 or more")

    before = support.machine()
    short, long = [], []
    for seed in range(options.repeats):
        short.append(generate(options.text, options.short, seed))
        long.append(generate(options.text, options.long, seed))
    # Medians, as other work on the machine makes single runs slower.
    frames = long[0][0] - short[0][0]
    short_s, long_s = (statistics.median(seconds for _, seconds in runs) for runs in (short, long))
    if frames <= 0 or long_s <= short_s:
        raise SystemExit("the long motion took no longer than the short one: give a longer one")
    rate = frames / (long_s - short_s)
    result = {
        "machine_before": before, "machine_after": support.machine(), "text": options.text,
        "short": {"frames": short[0][0], "seconds": [seconds for _, seconds in short]},
        "long": {"frames": long[0][0], "seconds": [seconds for _, seconds in long]},
        "frames_per_s": rate, "start_up_s": short_s - short[0][0] / rate,
    }
    if options.json:
        print(json.dumps(result))
        return
    support.show_machine(before, result["machine_after"])
    rows = []
    for duration, runs in ((options.short, short), (options.long, long)):
        seconds = [each for _, each in runs]
        rows.append(
            [f"{duration:g} s of motion", str(runs[0][0]), f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}",
             f"{max(seconds):.2f}"])
    support.show_table(["kmmctl generate", "frames", "median s", "min", "max"], rows)
    print(
        f"\n{rate:.0f} frames/s, {rate / FRAME_RATE:.1f} times as fast as the motion plays; "
        f"start-up of the tool {result['start_up_s']:.2f} s")


if __name__ == "__main__":
    main()
