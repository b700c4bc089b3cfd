#!/usr/bin/env python3
"""Ways in numbers, on a simulated robot: does "walk two metres forward" end two metres on, with and without measured state?

    python3 Benchmarks/ways.py                          # 10 texts x 2 seeds, with and without: 5 minutes
    python3 Benchmarks/ways.py --seeds 4 --robots 4 -o ways.jsonl

Simulated G1s under the tracker follow one daemon's live stream. Half of them tell where they are, so that the planner can correct its
course; the others do not. A way is measured on the simulated robot, from where it stood before the sentence to where it stands after
it, in the axes of its heading then. Needs the package kmmd[sim].
"""

from __future__ import annotations

import argparse
import json
import pathlib
import queue
import sys
import tempfile
import threading
from typing import Any

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "tracker"), str(HERE.parent / "Clients/python")]

import said
import support
from kmmd import Event, Frame, StateSender
from kmmd.requests import FINAL
from kmmd.sim import World
from kmmd.sim.live import Follower
from kmmd.sim.reference import RATE, Array, euler
from kmmd.sim.tracker import TWIST2

# What is said; which way is stated (0 ahead, 1 to the left, 2 turned to the left), and how far, m or degrees.
WAYS: dict[str, tuple[int, float]] = {
    "walk two metres forward": (0, 2),
    "walk forward 3.5 meters": (0, 3.5),
    "go one metre ahead": (0, 1),
    "walk back one metre": (0, -1),
    "walk two metres backwards": (0, -2),
    "sidestep one metre to the left": (1, 1),
    "step 60 cm to the right": (1, -0.6),
    "turn 90 degrees to the left": (2, 90),
    "turn right by 45 degrees": (2, -45),
    "turn 150 degrees to the right": (2, -150),
}
UNITS = ("m", "m", "°")
# The robot is at its end when its reference has rested for so long behind the stand that it goes to, and a trial is given up after.
REST_S, GIVEN_UP_S = 2.5, 60


class Walker(threading.Thread):
    """One simulated robot that does one trial after the other."""

    def __init__(self, daemon: support.Daemon, robot: str, tells: bool, trials: queue.SimpleQueue[tuple[str, int]]) -> None:
        super().__init__(daemon=True)
        self.results: list[dict[str, Any]] = []
        self._daemon, self._robot, self._tells, self._trials = daemon, robot, tells, trials
        self._quiet = self._since = 0
        self._command: str | None = None
        self._trial: tuple[str, int] | None = None

    def run(self) -> None:
        world = World(TWIST2())
        with self._daemon.client() as self._client, StateSender(self._robot, self._daemon.endpoints["state"]) as states:
            follower = Follower(world, self._client, states if self._tells else None, robot=self._robot)
            self._follower = follower
            try:
                follower.run(lambda: self._is_over, lambda frame: self._tick(frame, world), self._event)
            finally:
                follower.close()

    _is_over = False

    def _tick(self, frame: Frame, world: World) -> None:
        self._since += 1
        rests = frame.state == "holding" and self._command is None and np.abs(frame.joint_vel).max() < 1e-3
        self._quiet = self._quiet + 1 if rests else 0
        if self._quiet < REST_S * RATE and self._since < GIVEN_UP_S * RATE:
            return
        if self._trial is not None:
            self.results.append(self._judged(world.data.qpos[:7]))
        self._quiet = self._since = 0
        try:
            self._trial = self._trials.get_nowait()
        except queue.Empty:
            self._is_over = True
            return
        self._start, self._falls, self._missed = world.data.qpos[:7].copy(), self._follower.falls, self._follower.missed
        self._achieved: Any = None
        self._command = self._client.say(self._trial[0], robot=self._robot, seed=self._trial[1]).command

    def _event(self, event: Event) -> None:
        if event.command == self._command and event.data.get("state") in FINAL:
            self._command, self._achieved = None, event.data.get("achieved", event.name)

    def _judged(self, end: Array) -> dict[str, Any]:
        assert self._trial is not None
        text, seed = self._trial
        axis, asked = WAYS[text]
        done = way(self._start, end)[axis]
        return {
            "text": text, "seed": seed, "measured": self._tells, "asked": asked, "done": round(done, 3),
            "error": round(abs(done - asked) / abs(asked), 3), "said": self._achieved,
            "fell": self._follower.falls > self._falls, "missed": self._follower.missed - self._missed,
        }


def way(start: Array, end: Array) -> tuple[float, float, float]:
    """From one pelvis [7] to another: metres ahead and to the left, and degrees to the left (to the nearer side)."""
    yaw = [float(euler(pose[None, 3:])[2][0]) for pose in (start, end)]
    x, y = end[:2] - start[:2]
    c, s = np.cos(yaw[0]), np.sin(yaw[0])
    turn = np.remainder(yaw[1] - yaw[0] + np.pi, 2 * np.pi) - np.pi
    return float(c * x + s * y), float(c * y - s * x), float(np.degrees(turn))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--robots", type=int, default=4, help="simulated at once, half of them telling where they are (default: 4)")
    parser.add_argument("--texts", type=int, default=len(WAYS), help=f"of {len(WAYS)}, the first so many")
    parser.add_argument("-o", "--out", type=pathlib.Path, help="a line of JSON for each trial")
    arguments = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="kmmd-ways-") as folder:
        names = said.named_profiles(pathlib.Path(folder), max(2, arguments.robots))
        flags = [flag for name in names for flag in ("--robot", name)]
        with support.running_daemon(*flags, profiles=folder) as daemon:
            queues = {tells: queue.SimpleQueue[tuple[str, int]]() for tells in (True, False)}
            for trials in queues.values():
                for seed in range(arguments.seeds):
                    for text in list(WAYS)[:arguments.texts]:
                        trials.put((text, seed))
            walkers = [Walker(daemon, name, index % 2 == 0, queues[index % 2 == 0]) for index, name in enumerate(names)]
            for walker in walkers:
                walker.start()
            for walker in walkers:
                walker.join()
                results += walker.results
    if arguments.out is not None:
        arguments.out.write_text("".join(json.dumps(line) + "\n" for line in results))
    show(results)


def show(results: list[dict[str, Any]]) -> None:
    rows = []
    for text, (axis, asked) in WAYS.items():
        row = [text, f"{asked:g} {UNITS[axis]}"]
        for tells in (False, True):
            lines = [line for line in results if line["text"] == text and line["measured"] is tells]
            row.append(", ".join("fell" if line["fell"] else f"{line['done']:.{0 if axis == 2 else 2}f}" for line in lines))
            row.append(f"{100 * np.mean([line['error'] for line in lines]):.0f} %" if lines else "–")
        rows.append(row)
    support.show_table(["", "asked", "unmeasured", "error", "measured", "error"], rows)
    for tells in (False, True):
        errors = [line["error"] for line in results if line["measured"] is tells]
        print(f"{'measured' if tells else 'unmeasured'}: within 10 % {sum(e <= 0.1 for e in errors)} of {len(errors)}, "
              f"mean error {100 * np.mean(errors):.1f} %")
    missed = sum(line["missed"] > 0 for line in results)
    if missed:
        print(f"{missed} trials had gaps in the stream that the simulation did not make up for (a busy machine)")


if __name__ == "__main__":
    main()
