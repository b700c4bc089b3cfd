#!/usr/bin/env python3
"""How long a live person's frames take to the stream: the age of what each published frame shows, at several rates and delays.

    python3 Benchmarks/live_people.py [--seconds 20] [--robots unitree_g1]

A person who moves an arm is sent over the people socket; sender and daemon share the clock. With no delay the age is the time
from the frame's sending to the tick that shows it.
"""

from __future__ import annotations

import argparse
import math
import threading
import time

import numpy as np
from support import running_daemon

import kmmd


def send(endpoint: str, person: str, rate: float, is_over: threading.Event) -> None:
    with kmmd.PersonSender(person, endpoint) as sender:
        start, number = time.monotonic(), 0
        while not is_over.is_set():
            time.sleep(max(start + number / rate - time.monotonic(), 0))
            angle = 0.3 * math.sin(2 * math.pi * 0.5 * number / rate)
            rot = np.tile([1.0, 0, 0, 0], (22, 1))
            for joint, sign in ((16, -1), (17, 1)):
                rot[joint] = [math.cos(0.6), 0, 0, sign * math.sin(0.6)]
            rot[18] = [math.cos(angle / 2), 0, math.sin(angle / 2), 0]
            sender.send(rot=rot, root_pos=[0, 0.95, 0])
            number += 1


def ages(client: kmmd.Client, robot: str, seconds: float) -> np.ndarray:
    found, end = [], time.monotonic() + seconds
    with client.subscribe(robot=robot) as stream:
        for message in stream:
            if time.monotonic() > end:
                break
            if isinstance(message, kmmd.Frame) and message.header["human_state"] == "following":
                found.append(message.header["human_age_ms"])
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--robots", nargs="+", default=["unitree_g1"])
    arguments = parser.parse_args()
    flags = [flag for robot in arguments.robots for flag in ("--robot", robot)]
    with running_daemon(*flags) as daemon, daemon.client() as client:
        print("| in, Hz | delay, ms | age p50, ms | p99 | frames |\n|---|---|---|---|---|")
        for rate, delay in ((50, 0), (60, 0), (60, 40), (60, 120), (240, 0)):
            person, is_over = f"p{rate}_{delay}", threading.Event()
            thread = threading.Thread(target=send, args=(daemon.endpoints["people"], person, rate, is_over))
            thread.start()
            try:
                time.sleep(1)
                client.follow(person, robot=arguments.robots, far="ramp", delay_ms=delay)
                time.sleep(2)
                found = ages(client, arguments.robots[0], arguments.seconds)
                p50, p99 = np.percentile(found, [50, 99])
                print(f"| {rate} | {delay} | {p50:.0f} | {p99:.0f} | {len(found)} |", flush=True)
            finally:
                is_over.set()
                thread.join()


if __name__ == "__main__":
    main()
