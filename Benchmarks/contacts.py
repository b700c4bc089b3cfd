#!/usr/bin/env python3
"""Whether what the stream says of the robots' soles is true: heights and speeds of soles by kinematics of this script's own.

    Benchmarks/contacts.py [--seconds 120] [--robots unitree_g1 unitree_h1 booster_t1] [--seed 1]

Says everyday texts to a daemon, one after the other, and then again with replacements every 1.5 to 2.5 s, and looks at every
frame: of the samples that claim contact, how many move faster than 0.1 m/s; of those that lie within 5 mm of the floor and are slower than
0.05 m/s, how many claim it. A sample is one end of one sole (its heel or its toe) in one frame; its speed is that of its lowest
corner, from frame to frame. `foot` counts soles instead of ends.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import threading
import time
from dataclasses import dataclass

import numpy as np
import support
import zmq

from kmmd import container

TEXTS = [
    "walk forward", "walk backward", "turn left", "turn around to the right", "wave with the right hand", "squat down and stand up", "step to the left",
    "jog forward", "kick with the right foot", "raise both arms", "bow", "walk in a circle", "clap your hands", "march on the spot", "lean to the right",
    "jump", "stretch your arms", "look around", "sit down slowly", "dance"]
FAST, SLOW, NEAR = 0.1, 0.05, 0.005

Rotations = np.ndarray


def quaternion_matrix(q: np.ndarray) -> Rotations:
    """Rotation matrices of quaternions w, x, y, z."""
    w, x, y, z = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]
    return np.stack(rows, -1).reshape(*q.shape[:-1], 3, 3)


class Soles:
    """The corners of both ends of both soles of a robot, by its profile."""

    def __init__(self, profile: dict) -> None:
        self.bodies = {body["name"]: body for body in profile["bodies"]}
        self.joints = {joint["body"]: joint for joint in profile["joints"]}
        self.ends: list[tuple[str, np.ndarray]] = []
        for side in ("left", "right"):
            foot = profile["feet"][side]
            heel, toe = np.array(foot["heel"], float), np.array(foot["toe"], float)
            along, corners = toe - heel, np.array(foot["sole"], float)
            is_toe = corners @ along > (heel + toe) @ along / 2
            self.ends += [(foot["body"], np.vstack([heel, corners[~is_toe]])), (foot["body"], np.vstack([toe, corners[is_toe]]))]

    def places(self, names: list[str], roots: np.ndarray, quats: np.ndarray, joints: np.ndarray) -> list[np.ndarray]:
        """Corners [frame, corner, 3] of left heel, left toe, right heel, right toe."""
        poses: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        placed = []
        for body, corners in self.ends:
            place, turn = self._pose(body, names, roots, quats, joints, poses)
            placed.append(np.einsum("fij,cj->fci", turn, corners) + place[:, None])
        return placed

    def _pose(self, name, names, roots, quats, joints, known):  # noqa: ANN001, ANN202
        if name in known:
            return known[name]
        body = self.bodies[name]
        if body.get("parent") is None:
            known[name] = (roots, quaternion_matrix(quats))
            return known[name]
        place, turn = self._pose(body["parent"], names, roots, quats, joints, known)
        place = place + turn @ np.array(body.get("offset", [0, 0, 0]), float)
        turn = turn @ quaternion_matrix(np.array(body.get("rotation", [1, 0, 0, 0]), float))
        joint = self.joints.get(name)
        mimic = (joint or {}).get("mimic")
        driver = mimic["joint"] if mimic else (joint or {}).get("name")
        if joint and driver in names and joint["kind"] in ("revolute", "continuous", "prismatic"):
            q = joints[:, names.index(driver)]
            if mimic:
                q = mimic.get("ratio", 1) * q + mimic.get("offset", 0)
            axis = np.array(joint["axis"], float)
            if joint["kind"] == "prismatic":
                place = place + turn @ axis * q[:, None]
            else:
                own = quaternion_matrix(np.concatenate([np.cos(q / 2)[:, None], np.sin(q / 2)[:, None] * axis], 1))
                origin = np.array(joint.get("origin", [0, 0, 0]), float)
                place = place + np.einsum("fij,fj->fi", turn, origin - np.einsum("fij,j->fi", own, origin))
                turn = turn @ own
        known[name] = (place, turn)
        return known[name]


@dataclass
class Tally:
    """Samples, and those that are wrong."""

    claims: int = 0
    fast: int = 0
    still: int = 0
    unclaimed: int = 0
    lowest: float = 0.0

    def add(self, claims: np.ndarray, heights: np.ndarray, speeds: np.ndarray) -> None:
        still = (np.abs(heights) < NEAR) & (speeds < SLOW)
        self.claims += int(claims.sum())
        self.fast += int((claims & (speeds > FAST)).sum())
        self.still += int(still.sum())
        self.unclaimed += int((still & ~claims).sum())
        if heights.size:
            self.lowest = min(self.lowest, float(heights.min()))

    @property
    def row(self) -> str:
        fast, claimed = 100 * self.fast / max(self.claims, 1), 100 * (1 - self.unclaimed / max(self.still, 1))
        return f"{self.claims:9d} {fast:8.2f} {self.still:9d} {claimed:9.2f} {1000 * self.lowest:9.1f}"


def judge(frames: list, soles: Soles, names: list[str], rate: float, ends: Tally, feet: Tally) -> None:
    """Adds what a run of frames without a gap shows."""
    if len(frames) < 3:
        return
    fields = {key: np.array([each[1][key] for each in frames], float) for key in ("root_pos", "root_quat", "joint_pos", "contacts")}
    corners = soles.places(names, fields["root_pos"], fields["root_quat"], fields["joint_pos"])
    claims = fields["contacts"][1:] > 0.5
    for side in (0, 2):
        both = []
        for end in (side, side + 1):
            both.append((corners[end], claims[:, end]))
            ends.add(claims[:, end], *lowest_of(corners[end], rate))
        feet.add(both[0][1] | both[1][1], *lowest_of(np.concatenate([both[0][0], both[1][0]], 1), rate))


def lowest_of(corners: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights and speeds of the lowest corner from the second frame on."""
    index = corners[1:, :, 2].argmin(1)
    rows = np.arange(len(index))
    now, before = corners[1:][rows, index], corners[:-1][rows, index]
    return now[:, 2], np.linalg.norm(now - before, axis=1) * rate


class Recorder(threading.Thread):
    """Keeps all frames of all robots."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(daemon=True)
        self.endpoint, self.is_over = endpoint, threading.Event()
        self.frames: dict[str, list] = {}

    def run(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
            subscriber.setsockopt(zmq.LINGER, 0)
            subscriber.setsockopt(zmq.RCVHWM, 0)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"reference.")
            subscriber.connect(self.endpoint)
            while not self.is_over.is_set():
                if subscriber.poll(100):
                    message = container.decode(subscriber.recv())
                    self.frames.setdefault(message.topic.split(".")[1], []).append((message.header, message.fields))


    def rests(self, robot: str) -> bool:
        """Whether a robot has rested for half a second."""
        return all(header["state"] == "holding" for header, _ in self.frames.get(robot, [])[-25:])


def runs(frames: list) -> list[list]:
    """Cuts where frames are missing."""
    cut: list[list] = [[]]
    for each in frames:
        if cut[-1] and each[0]["frame"] != cut[-1][-1][0]["frame"] + 1:
            cut.append([])
        cut[-1].append(each)
    return cut


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--robots", nargs="+", default=["unitree_g1", "unitree_h1", "booster_t1"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    profiles = {
        name: json.loads((pathlib.Path(support.profiles_folder()) / f"{name}.json").read_text()) for name in options.robots}
    print(f"{'':34s}{'claims':>9s} {'fast %':>8s} {'still':>9s} {'claimed %':>9s} {'lowest mm':>9s}")
    with support.running_daemon(*[flag for name in options.robots for flag in ("--robot", name)], KMMD_UNDERSTANDING="any") as daemon:
        with daemon.client() as client:
            about = {name: client.robot(name) for name in options.robots}
            for kind in ("undisturbed", "replaced"):
                recorder = Recorder(daemon.endpoints["stream"])
                recorder.start()
                end = time.monotonic() + options.seconds
                while time.monotonic() < end:
                    if kind == "replaced":
                        for name in options.robots:
                            client.say(draw.choice(TEXTS), robot=name, replace=True)
                        time.sleep(draw.uniform(1.5, 2.5))
                        continue
                    for name in options.robots:
                        if recorder.rests(name):
                            client.say(draw.choice(TEXTS), robot=name)
                    time.sleep(1)
                recorder.is_over.set()
                recorder.join()
                for name in options.robots:
                    ends, feet = Tally(), Tally()
                    for run in runs(recorder.frames.get(name, [])):
                        judge(run, Soles(profiles[name]), list(about[name]["joint_names"]), float(profiles[name].get("stream", {}).get("rate", 50)), ends, feet)
                    print(f"{name:16s}{kind:12s}  ends{ends.row}", flush=True)
                    print(f"{'':28s}  foot{feet.row}", flush=True)


if __name__ == "__main__":
    main()
