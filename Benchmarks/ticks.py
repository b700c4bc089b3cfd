#!/usr/bin/env python3
"""How late the publisher's ticks come, beside a bare thread of the same rate and priority in the same run.

    python3 Benchmarks/ticks.py --robots 20 --rate 50 --seconds 120
    python3 Benchmarks/ticks.py --robots 1 --rate 500 --sink sonic --sink sim2real

The bare thread is `cyclictest` (Debian's rt-tests), which does nothing but sleep until absolute deadlines.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import zmq

import support
from support import kmmd

TEXTS = ["a person walks forward", "a person waves with the right hand", "a person jumps", "a person turns left",
         "a person kicks with the right leg", "a person squats", "a person walks backward", "a person raises both arms"]
PRIORITY = 50
"""The publisher's own, SCHED_FIFO."""


def named_profiles(folder: pathlib.Path, count: int, rate: int) -> list[str]:
    """The same robot under several names."""
    original = json.loads((pathlib.Path(support.profiles_folder()) / "unitree_g1.json").read_text())
    names = [f"g1_{index:02}" for index in range(count)]
    for name in names:
        profile = {**original, "name": name, "stream": {**original["stream"], "rate": rate}}
        (folder / f"{name}.json").write_text(json.dumps(profile))
    return names


class Listener(threading.Thread):
    """Takes every frame: how late its tick was, and whether any is missing."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint, self.done = endpoint, threading.Event()
        self.late_ns: list[int] = []
        self.moments: dict[str, list[tuple[int, int]]] = {}

    def run(self) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVHWM, 1_000_000)
            socket.setsockopt(zmq.SUBSCRIBE, b"reference.")
            socket.connect(self.endpoint)
            while not self.done.is_set():
                if not socket.poll(200):
                    continue
                data = socket.recv()
                start = data.index(b"{")
                self.take(data[:start].decode(), data[start : start + 1280].rstrip(b"\0"))

    def take(self, topic: str, text: bytes) -> None:
        """Takes a message's header."""
        header = json.loads(text)
        # Both from one tick: when it should have been, and when it was.
        self.late_ns.append(header["t_wall_ns"] - header["t_play_ns"])
        due = header["t_mono_ns"] - self.late_ns[-1]
        self.moments.setdefault(topic, []).append((header["frame"], due))


class Talker(threading.Thread):
    """Keeps the generator busy: whichever robot has nothing left to do is told to do more."""

    def __init__(self, client: kmmd.Client, robots: Sequence[str]) -> None:
        super().__init__()
        self.client, self.robots, self.done, self.commands = client, robots, threading.Event(), 0

    def run(self) -> None:
        while not self.done.is_set():
            for robot in self.client.status()["robots"]:
                if len(robot["queue"]) < 2 and not self.done.is_set():
                    self.client.say(TEXTS[self.commands % len(TEXTS)], robot=robot["robot"], duration_s=6)
                    self.commands += 1
            time.sleep(0.2)


def bare_thread(rate: int, seconds: int) -> subprocess.Popen[str]:
    program = shutil.which("cyclictest") or sys.exit("cyclictest is not there: apt-get install rt-tests")
    interval = 1_000_000 // rate
    return subprocess.Popen(
        [program, "--laptop", "--quiet", "--policy=fifo", f"--priority={PRIORITY}", f"--interval={interval}",
         f"--loops={seconds * rate}", "--histogram=100000"], stdout=subprocess.PIPE, text=True)


def histogram(output: str) -> np.ndarray:
    """Latenesses in microseconds, from cyclictest's table."""
    values: list[int] = []
    for line in output.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[0].isdigit():
            values += [int(parts[0])] * int(parts[1])
    return np.array(values, float)


def distribution(microseconds: np.ndarray) -> dict[str, float]:
    names = {"p50": 50, "p90": 90, "p99": 99, "p99.9": 99.9}
    result = {name: float(np.percentile(microseconds, share)) for name, share in names.items()}
    return {**result, "max": float(microseconds.max()), "count": int(microseconds.size)}


def schedule(moments: dict[str, list[tuple[int, int]]], rate: int) -> dict[str, int]:
    """Frames that the subscriber did not get, ticks that came twice, and times that a schedule was moved."""
    result = {"not_received": 0, "doubled": 0, "moved": 0}
    period = 1_000_000_000 // rate
    for frames in moments.values():
        for (before, due_before), (after, due) in zip(frames, frames[1:]):
            if after <= before:
                result["doubled"] += 1
                continue
            result["not_received"] += after - before - 1
            result["moved"] += abs(due - due_before - (after - before) * period) > period // 4
    return result


def measure(count: int, rate: int, seconds: int, sinks: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="kmmd-ticks-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        robots = named_profiles(folder, count, rate)
        flags = [flag for robot in robots for flag in ("--robot", robot)]
        for robot in robots:
            for sink in sinks:
                flags += ["--sink", f"{robot}:{sink}=ipc://{folder}/{robot}-{sink}"]
        daemon = stack.enter_context(support.running_daemon(*flags, profiles=str(folder)))
        client = stack.enter_context(daemon.client())
        listener, talker = Listener(daemon.endpoints["stream"]), Talker(client, robots)
        listener.start()
        talker.start()
        # Until the generator is at work for everybody.
        time.sleep(3)
        listener.late_ns.clear()
        listener.moments.clear()
        bare, err = bare_thread(rate, seconds).communicate()
        late = np.array(listener.late_ns, float) / 1000
        moments = {topic: list(frames) for topic, frames in listener.moments.items()}
        talker.done.set()
        listener.done.set()
        talker.join()
        listener.join()
        status = client.status()
        result = {
            "robots": count, "rate_hz": rate, "seconds": seconds, "sinks": list(sinks),
            "publisher_us": distribution(late), "bare_us": distribution(histogram(bare)), **schedule(moments, rate),
            "reanchored": status["publisher"]["lateness"]["reanchored"], "real_time": status["publisher"]["real_time"],
            "underruns": sum(robot["underruns"] for robot in status["robots"]), "commands": talker.commands,
            "memory_mib": daemon.memory_mib(),
        }
        result["above_us"] = result["publisher_us"]["p99.9"] - result["bare_us"]["p99.9"]
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robots", type=int, default=20)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--sink", action="append", default=[], help="a sink of every robot; may be repeated")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    at_start = support.machine()
    result = measure(arguments.robots, arguments.rate, arguments.seconds, arguments.sink)
    at_end = support.machine()
    if arguments.json:
        print(json.dumps({"at_start": at_start, "at_end": at_end, **result}))
        return
    support.show_machine(at_start, at_end)
    print(f"{result['robots']} robots at {result['rate_hz']} Hz for {result['seconds']} s, sinks of each: "
          f"{', '.join(result['sinks']) or 'none'}; {result['commands']} commands, {result['underruns']} underruns, "
          f"real time: {result['real_time']}")
    columns = ["p50", "p90", "p99", "p99.9", "max", "count"]
    support.show_table(
        ["lateness, us", *columns],
        [[name, *(f"{result[key][column]:.0f}" for column in columns)]
         for name, key in (("publisher", "publisher_us"), ("bare thread", "bare_us"))])
    print(f"p99.9 above the bare thread's: {result['above_us'] / 1000:.2f} ms; schedule moved {result['moved']} times, "
          f"ticks doubled {result['doubled']}, frames that the subscriber missed {result['not_received']}")


if __name__ == "__main__":
    main()
