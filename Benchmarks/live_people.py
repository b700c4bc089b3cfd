#!/usr/bin/env python3
"""How long a living person's frames take to the stream, and whether it keeps up.

    python3 Benchmarks/live_people.py                      # one person on one robot, several rates and delays
    python3 Benchmarks/live_people.py --crowd 20           # twenty people on twenty robots at 60 Hz, beside a bare thread
    python3 Benchmarks/live_people.py --minutes 60         # one person for an hour: age and memory, a line a minute
    python3 Benchmarks/live_people.py --network            # 5 % lost, 30 ms of jitter, a gap of 200 ms every 4 s, beside none of it
    python3 Benchmarks/live_people.py --peer ../robots     # GMR's time for each frame of the same clip, in the same run

A recorded walk is sent over the people socket by a process of its own; sender and daemon share the clock. With no delay the age
of a published frame is the time from the sending of what it shows to its tick. `--peer` takes the folder of robot descriptions
and needs mujoco, mink, daqp and scipy from PyPI.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import numpy as np

import support
import ticks
from support import kmmd

CLIP = pathlib.Path(__file__).parent.parent / "Tests/HumanMotionTests/Fixtures/walk.bvh"
ROBOT = "unitree_g1"
LOSS, JITTER_S, GAP_S, GAP_EVERY_S = 0.05, 0.03, 0.2, 4.0
"""The bad network: Wi-Fi in a full hall."""
SETTLED_S = 4
"""From `follow` until the robot has come to the person's pose."""


def recorded(folder: pathlib.Path) -> pathlib.Path:
    """The walk in the layout of AMASS."""
    path = folder / "walk.npz"
    if not path.exists():
        subprocess.run([support.program("kmmctl"), "convert", str(CLIP), "-o", str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


def quaternions(vectors: np.ndarray) -> np.ndarray:
    """Of rotation vectors [..., 3]: [..., 4], w first."""
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    share = np.where(angle > 1e-8, np.sin(angle / 2) / np.maximum(angle, 1e-8), 0.5)
    return np.concatenate([np.cos(angle / 2), vectors * share], axis=-1)


def poses(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Rotations [T, 22, 4] and places of the pelvis [T, 3], y up, and their rate; there and back, so that it may go on for ever."""
    with np.load(path) as file:
        rot = quaternions(file["poses"][:, :66].reshape(-1, 22, 3).astype(float))
        place, rate = file["trans"].astype(float), float(file["mocap_framerate"])
    # From z up to y up: -90 degrees about x.
    half = np.sqrt(0.5)
    w, x, y, z = (rot[:, 0, k].copy() for k in range(4))
    rot[:, 0] = half * np.stack([w + x, x - w, y + z, z - y], axis=1)
    place = place[:, [0, 2, 1]] * [1, 1, -1]
    order = np.r_[0 : len(rot), len(rot) - 2 : 0 : -1]
    return rot[order], place[order], rate


def send(endpoint: str, people: list[str], rate: float, path: pathlib.Path) -> None:
    """Sends people until it is ended, each at another place of the clip."""
    rot, place, own_rate = poses(path)
    with contextlib.ExitStack() as stack:
        senders = [stack.enter_context(kmmd.PersonSender(person, endpoint)) for person in people]
        start, number = time.monotonic(), 0
        while True:
            for index, sender in enumerate(senders):
                # People are spread over the time between two frames, as devices are.
                time.sleep(max(start + (number + index / len(senders)) / rate - time.monotonic(), 0))
                frame = (int(number / rate * own_rate) + 7 * index) % len(rot)
                sender.send(rot=rot[frame], root_pos=place[frame])
            number += 1


def send_badly(endpoint: str, person: str, rate: float, path: pathlib.Path) -> None:
    """Sends a person over a bad network: every frame at its own delay, some never."""
    rot, place, own_rate = poses(path)
    chance = np.random.default_rng(7)
    waiting: list[tuple[float, int, int]] = []
    with kmmd.PersonSender(person, endpoint) as sender:
        start, number = time.monotonic(), 0
        while True:
            moment = number / rate
            if chance.random() >= LOSS and moment % GAP_EVERY_S > GAP_S:
                heapq.heappush(waiting, (start + moment + chance.random() * JITTER_S, number, time.monotonic_ns()))
            number += 1
            until = start + number / rate
            while waiting and waiting[0][0] < until:
                at, seen, stamp = heapq.heappop(waiting)
                time.sleep(max(at - time.monotonic(), 0))
                frame = int(seen / rate * own_rate) % len(rot)
                sender.send(rot=rot[frame], root_pos=place[frame], t_src_ns=stamp)
            time.sleep(max(until - time.monotonic(), 0))


@contextlib.contextmanager
def sending(
    endpoint: str, people: list[str], rate: float, path: pathlib.Path, mode: str = "--send"
) -> Iterator[None]:
    command = [sys.executable, __file__, mode, endpoint, str(rate), str(path), *people]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def follow(client: kmmd.Client, person: str, robot: str, delay_ms: float) -> None:
    """Has the robot follow once the person is heard."""
    end = time.monotonic() + 20
    while person not in [heard["person"] for heard in client.people()["people"]]:
        if time.monotonic() > end:
            sys.exit(f"{person} is not heard")
        time.sleep(0.1)
    client.follow(person, robot=robot, far="ramp", delay_ms=delay_ms)


def ages(client: kmmd.Client, robot: str, seconds: float) -> np.ndarray:
    found, end = [], time.monotonic() + seconds
    with client.subscribe(robot=robot) as stream:
        for message in stream:
            if time.monotonic() > end:
                break
            if isinstance(message, kmmd.Frame) and message.header.get("human_state") == "following":
                found.append(message.header["human_age_ms"])
    if not found:
        sys.exit(f"{robot} followed nobody")
    return np.array(found)


def one_on_one(path: pathlib.Path, seconds: float) -> None:
    rows = []
    with support.running_daemon("--robot", ROBOT) as daemon, daemon.client() as client:
        for rate, delay in ((50, 0), (60, 0), (60, 40), (60, 120), (240, 0)):
            person = f"p{rate}_{delay}"
            with sending(daemon.endpoints["people"], [person], rate, path):
                follow(client, person, ROBOT, delay)
                time.sleep(SETTLED_S)
                found = ages(client, ROBOT, seconds)
            p50, p99 = np.percentile(found, [50, 99])
            rows.append([f"{rate}", f"{delay}", f"{p50:.1f}", f"{p99:.1f}", f"{found.max():.1f}", f"{len(found)}"])
    support.show_table(["in, Hz", "delay, ms", "age p50, ms", "p99", "max", "frames"], rows)


class AgeListener(ticks.Listener):
    """Takes the ages of what frames show, too."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.ages: list[float] = []

    def take(self, topic: str, text: bytes) -> None:
        super().take(topic, text)
        header = json.loads(text)
        if header.get("human_state") == "following":
            self.ages.append(header["human_age_ms"])


def crowd(path: pathlib.Path, count: int, seconds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kmmd-crowd-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        robots = ticks.named_profiles(folder, count, 50)
        people = [f"p{index:02}" for index in range(count)]
        flags = [flag for robot in robots for flag in ("--robot", robot)]
        daemon = stack.enter_context(support.running_daemon(*flags, profiles=str(folder)))
        client = stack.enter_context(daemon.client())
        stack.enter_context(sending(daemon.endpoints["people"], people, 60, path))
        for person, robot in zip(people, robots):
            follow(client, person, robot, 0)
        time.sleep(SETTLED_S)
        listener = AgeListener(daemon.endpoints["stream"])
        listener.start()
        bare, _ = ticks.bare_thread(50, seconds).communicate()
        listener.done.set()
        listener.join()
        rows = [[who, *(f"{figures[column]:.0f}" for column in ("p50", "p99", "p99.9", "max", "count"))]
                for who, figures in (("publisher", ticks.distribution(np.array(listener.late_ns, float) / 1000)),
                                     ("bare thread", ticks.distribution(ticks.histogram(bare))))]
        support.show_table(["lateness, us", "p50", "p99", "p99.9", "max", "count"], rows)
        p50, p99 = np.percentile(listener.ages, [50, 99])
        print(f"{count} people at 60 Hz on {count} robots for {seconds} s: age {p50:.1f} ms (p50), {p99:.1f} (p99), "
              f"{len(listener.ages)} of {len(listener.late_ns)} frames follow; {ticks.schedule(listener.moments, 50)}")


def accelerations(client: kmmd.Client, seconds: float) -> tuple[float, float]:
    """Root mean square over all joints, and the highest, rad/s2, of the published positions."""
    positions, end = [], time.monotonic() + seconds
    with client.subscribe(robot=ROBOT) as stream:
        for message in stream:
            if time.monotonic() > end:
                break
            if isinstance(message, kmmd.Frame):
                positions.append((message.frame, message.joint_pos.astype(float)))
    number = np.array([frame for frame, _ in positions])
    joints = np.array([pose for _, pose in positions])
    found = (joints[2:] - 2 * joints[1:-1] + joints[:-2]) * 50**2
    found = found[(number[2:] - number[:-2]) == 2]
    return float(np.sqrt((found**2).mean())), float(np.abs(found).max())


def network(path: pathlib.Path, seconds: float) -> None:
    rows = []
    with support.running_daemon("--robot", ROBOT) as daemon, daemon.client() as client:
        for delay in (0, 40, 120):
            found = {}
            for name, mode in (("clean", "--send"), ("bad", "--send-badly")):
                person = f"{name}{delay}"
                with sending(daemon.endpoints["people"], [person], 60, path, mode):
                    follow(client, person, ROBOT, delay)
                    time.sleep(SETTLED_S)
                    found[name] = accelerations(client, seconds)
            (clean, _), (bad, highest) = found["clean"], found["bad"]
            rows.append([f"{delay}", f"{clean:.2f}", f"{bad:.2f}", f"{bad / clean:.2f}", f"{highest:.0f}"])
        limits = client.status()["robots"][0]["limits"]
    support.show_table(["delay, ms", "clean, rad/s2", "bad", "ratio", "highest"], rows)
    print(f"limiter: {json.dumps(limits)}")


def long(path: pathlib.Path, minutes: int) -> None:
    with support.running_daemon("--robot", ROBOT) as daemon, daemon.client() as client:
        with sending(daemon.endpoints["people"], ["person"], 60, path):
            follow(client, "person", ROBOT, 40)
            time.sleep(SETTLED_S)
            print("minute  age p50, ms  p99  frames  memory, MiB")
            for minute in range(minutes):
                found = ages(client, ROBOT, 60)
                p50, p99 = np.percentile(found, [50, 99])
                print(f"{minute + 1:6}  {p50:11.1f}  {p99:.1f}  {len(found):6}  {daemon.memory_mib()['rss']:.1f}", flush=True)
                if not client.people()["people"][0]["followers"]:
                    # Where others take the processor for over a second the sender is silent, and a person who is lost stays lost.
                    print("        lost, and followed anew")
                    follow(client, "person", ROBOT, 40)
                    time.sleep(SETTLED_S)


def peer(path: pathlib.Path, robots: pathlib.Path) -> None:
    from retargeting import gmr, human

    clip = human.read(path)
    tables = json.loads((pathlib.Path(gmr.__file__).parent / "gmr_tables.json").read_text())
    _, seconds = gmr.Retargeter(ROBOT, robots, tables[ROBOT]).retarget(clip)
    p50, p99 = np.percentile(np.array(seconds[5:]) * 1000, [50, 99])
    print(f"GMR on the same clip: {p50:.1f} ms a frame (p50), {p99:.1f} (p99), {len(seconds)} frames, processor time alone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--crowd", type=int, metavar="N")
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--peer", type=pathlib.Path, metavar="ROBOTS")
    parser.add_argument("--network", action="store_true")
    parser.add_argument("--send", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--send-badly", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send:
        endpoint, rate, path, *people = arguments.send
        return send(endpoint, people, float(rate), pathlib.Path(path))
    if arguments.send_badly:
        endpoint, rate, path, person = arguments.send_badly
        return send_badly(endpoint, person, float(rate), pathlib.Path(path))
    before = support.machine()
    with tempfile.TemporaryDirectory(prefix="kmmd-people-") as folder:
        path = recorded(pathlib.Path(folder))
        if arguments.crowd:
            crowd(path, arguments.crowd, arguments.seconds)
        elif arguments.network:
            network(path, arguments.seconds)
        elif arguments.minutes:
            long(path, arguments.minutes)
        else:
            one_on_one(path, arguments.seconds)
        if arguments.peer:
            peer(path, arguments.peer)
    support.show_machine(before, support.machine())


if __name__ == "__main__":
    main()
