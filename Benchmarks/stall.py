#!/usr/bin/env python3
"""A subscriber that stalls, one that comes and dies over and over, and one that listens: what the last one sees, and the memory.

    python3 Benchmarks/stall.py --robots 10 --rate 500 --messages 1000000
"""

from __future__ import annotations

import argparse
import json
import pathlib
import tempfile
import time

import zmq

import support
import ticks


class Listener(ticks.Listener):
    """Counts messages, and those that are missing by their numbers."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.count = self.missing = 0
        self.last: dict[str, int] = {}

    def take(self, topic: str, text: bytes) -> None:
        number = text.index(b'"seq":') + 6
        sequence = int(text[number : text.index(b",", number)])
        self.missing += sequence - self.last.get(topic, sequence - 1) - 1
        self.last[topic] = sequence
        self.count += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--robots", type=int, default=10)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--messages", type=int, default=1_000_000)
    options = parser.parse_args()
    before = support.machine()
    with tempfile.TemporaryDirectory() as folder:
        names = ticks.named_profiles(pathlib.Path(folder), options.robots, options.rate)
        flags = [flag for name in names for flag in ("--robot", name)]
        with support.running_daemon(*flags, profiles=folder) as daemon, zmq.Context() as context:
            endpoint = daemon.endpoints["stream"]
            stalled = context.socket(zmq.SUB)
            stalled.setsockopt(zmq.LINGER, 0)
            stalled.setsockopt(zmq.RCVHWM, 1)
            stalled.setsockopt(zmq.SUBSCRIBE, b"")
            stalled.connect(endpoint)
            listener = Listener(endpoint)
            listener.start()
            memory, start = [], time.monotonic()
            while listener.count < options.messages:
                # One that dies with messages unread.
                dying = context.socket(zmq.SUB)
                dying.setsockopt(zmq.LINGER, 0)
                dying.setsockopt(zmq.SUBSCRIBE, b"")
                dying.connect(endpoint)
                time.sleep(0.5)
                dying.close()
                memory.append((listener.count, daemon.memory_mib()["rss"]))
            seconds = time.monotonic() - start
            listener.done.set()
            listener.join()
            stalled.close()
            with daemon.client() as client:
                lateness = client.status()["publisher"]["lateness"]
    support.show_machine(before, support.machine())
    print(f"{listener.count} messages in {seconds:.0f} s, {listener.missing} missed by the one that listens")
    step = max(1, len(memory) // 8)
    print("MiB after thousands of messages:", ", ".join(f"{count // 1000}: {size:.1f}" for count, size in memory[::step]))
    print("lateness:", json.dumps(lateness))


if __name__ == "__main__":
    main()
