#!/usr/bin/env python3
"""Many robots of one daemon that get texts at once, again and again: how often a plan ran dry, and how long commands waited to begin.

    Benchmarks/twenty.py [--robots 20] [--seconds 30]
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "tracker"))

import said
import support
import zmq

TEXTS = [
    "walk forward", "wave", "turn left", "kick", "raise both arms", "squat", "jog", "clap", "step to the left", "bow"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--robots", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = said.named_profiles(pathlib.Path(folder), options.robots)
        flags = [flag for name in names for flag in ("--robot", name)]
        with support.running_daemon(*flags, profiles=folder) as daemon, daemon.client() as client, zmq.Context() as context:
            for name in names:
                client.stop(name)
            time.sleep(2)
            events = context.socket(zmq.SUB)
            events.setsockopt(zmq.LINGER, 0)
            events.setsockopt(zmq.RCVHWM, 0)
            events.setsockopt(zmq.SUBSCRIBE, b"event.")
            events.connect(daemon.endpoints["events"])
            time.sleep(0.5)
            said_at: dict[str, tuple[str, float]] = {}
            waits: list[float] = []
            ends: dict[str, int] = {}
            count = underruns = 0

            def say(name: str) -> None:
                nonlocal count
                command = client.say(TEXTS[count % len(TEXTS)], robot=name).command
                said_at[command] = (name, time.monotonic())
                count += 1

            for name in names:
                say(name)
            end = time.monotonic() + options.seconds
            while time.monotonic() < end:
                if not events.poll(200):
                    continue
                event = json.loads(events.recv_multipart()[1])
                underruns += event["event"] == "underrun"
                if event.get("command") not in said_at:
                    continue
                name, start = said_at[event["command"]]
                if event["event"] == "playing":
                    waits.append(time.monotonic() - start)
                if event["event"] in said.FINAL:
                    ends[event["event"]] = ends.get(event["event"], 0) + 1
                    del said_at[event["command"]]
                    say(name)
            events.close()
            waits.sort()
            print(
                f"{options.robots} robots, {options.seconds:.0f} s, {count} commands: {underruns} underruns; until playing "
                f"{waits[len(waits) // 2]:.2f} s (p50), {waits[-1]:.2f} s at most; {ends}; {daemon.memory_mib()['rss']:.0f} MiB")


if __name__ == "__main__":
    main()
