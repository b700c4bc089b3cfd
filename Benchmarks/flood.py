#!/usr/bin/env python3
"""`halt` on the priority socket while the command socket is flooded: ticks until it takes effect."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import time
from typing import Any

import zmq

import support
from support import kmmd, quantiles

TICK_NS = 20_000_000
BATCH_S = 0.01
"""The flood comes in batches, a hundred times a second."""


def pour(endpoint: str, rate: int, mode: str, counts: Any, ending: Any) -> None:
    """Sends commands at a rate without waiting for answers, and counts what was sent and answered."""
    body = {"type": "say", "body": {"text": "walk forward", "mode": mode}}
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 100_000)
        socket.setsockopt(zmq.RCVHWM, 100_000)
        socket.connect(endpoint)
        due = time.monotonic()
        while not ending.is_set():
            for _ in range(round(rate * BATCH_S)):
                try:
                    socket.send(json.dumps(body).encode(), zmq.NOBLOCK)
                except zmq.Again:
                    break
                counts[0] += 1
            while socket.poll(0):
                socket.recv()
                counts[1] += 1
            due = max(due + BATCH_S, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))


def rest(client: kmmd.Client) -> None:
    """Ends the halt as soon as the robot rests."""
    while True:
        try:
            client.reset()
            return
        except kmmd.KmmdError as error:
            if error.code != "still_moving":
                raise
            time.sleep(0.02)


def measure(client: kmmd.Client, stops: int, chance: random.Random) -> dict[str, list[float]]:
    """Ticks from the one at which the halt was sent to that of its effect, and milliseconds to the reply."""
    ticks, replies = [], []
    with client.subscribe(events=False, timeout=60) as stream:
        for _ in range(stops):
            rest(client)
            follow(stream, "playing")
            until = time.monotonic() + chance.uniform(0.2, 1)
            while time.monotonic() < until:
                newest = next(stream)
            start = time.monotonic_ns()
            frame = client.halt()
            replies.append((time.monotonic_ns() - start) / 1e6)
            # What counts is what the stream does; in 1 of 60 replies the frame was one too early, as the publisher was just
            # then making a frame and could not look.
            effect = next(message.frame for message in stream if message.frame >= frame and message.state == "halted")
            # The newest frame may have waited here, but it says when it was due.
            ticks.append(effect - newest.frame - (start - newest.header["t_mono_ns"]) // TICK_NS)
            while abs(next(stream).joint_vel).max() > 1e-3:
                pass
    return {"ticks": ticks, "reply_ms": replies}


def follow(stream: kmmd.Subscription, state: str) -> None:
    while next(stream).state != state:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--rate", type=int, default=10_000, help="commands a second")
    parser.add_argument("--stops", type=int, default=30, help="halts of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine_before": support.machine()}
    for mode in ("append", "replace"):
        spawn = multiprocessing.get_context("spawn")
        counts, ending = spawn.Array("q", 2), spawn.Event()
        with support.running_daemon(KMMD_RATE_LIMIT="0") as daemon, daemon.client() as client:
            flood = spawn.Process(
                target=pour, args=(daemon.endpoints["command"], options.rate, mode, counts, ending), daemon=True)
            # The first reset has a halt to end.
            client.halt()
            flood.start()
            while counts[0] == 0:
                time.sleep(0.05)
            start, before = time.monotonic(), list(counts)
            measured = measure(client, options.stops, random.Random(options.seed))
            seconds = time.monotonic() - start
            sent, answered = (counts[index] - before[index] for index in range(2))
            ending.set()
            flood.join(20)
            flood.terminate()
            result[mode] = {
                "sent_per_s": sent / seconds, "answered_per_s": answered / seconds,
                "ticks": quantiles(measured["ticks"]), "reply_ms": quantiles(measured["reply_ms"]),
                "lateness": client.status()["publisher"]["lateness"],
            }
    result["machine_after"] = support.machine()
    if options.json:
        print(json.dumps(result))
        return
    support.show_machine(result["machine_before"], result["machine_after"])
    rows = []
    for mode in ("append", "replace"):
        for key, label in (("ticks", "ticks to the halt"), ("reply_ms", "milliseconds to its answer")):
            values = result[mode][key]
            numbers = [f"{values[name]:.1f}" for name in ("p50", "p99", "max")]
            rows.append([f"flood of `{mode}`: {label}", *numbers, str(values["count"])])
    support.show_table(["", "p50", "p99", "max", "n"], rows)
    for mode in ("append", "replace"):
        each = result[mode]
        print(f"{mode}: {each['sent_per_s']:.0f} commands a second sent, {each['answered_per_s']:.0f} answered")


if __name__ == "__main__":
    main()
