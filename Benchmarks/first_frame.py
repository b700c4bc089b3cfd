#!/usr/bin/env python3
"""The daemon from outside: start-up, memory, acknowledgement, first changed frame, lateness of the ticks."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import zmq

import support
from support import Daemon, kmmd, quantiles

CHANGED = 0.005
"""A frame is changed when a joint differs by more than this from what would have been published, radians."""
TICK_S = 0.02
"""Time between two frames: commands are sent at any moment of it, and not just after a frame came."""
BATCH = 50
"""Commands said before they are given up again: the daemon queues 64 for a robot."""
ENDED = {"failed", "expired", "cancelled", "interrupted"}


def unseen_texts(seed: int) -> Iterator[str]:
    """Sentences without end, none twice, so that no text embedding is ever at hand."""
    actions = [
        "walks forward", "walks backward", "waves with the right hand", "waves with the left hand", "jumps", "kicks",
        "turns left", "turns right", "steps to the side", "raises both arms", "claps", "bends down", "throws a ball",
        "stretches", "bows", "punches", "marches", "points ahead", "squats", "runs forward",
    ]
    manners = [
        "slowly", "quickly", "carefully", "happily", "like a robot", "like an old man", "as if tired", "with joy",
        "calmly", "in a hurry", "as if dancing", "like a soldier", "with small movements", "with large movements",
    ]
    people = ["a person", "someone", "a man", "a woman", "a tall person", "a child"]
    sentences = [" ".join(parts) for parts in itertools.product(people, actions, manners)]
    random.Random(seed).shuffle(sentences)
    return iter(sentences)


# Start-up


def measure_start_up(times: int) -> list[float]:
    """Seconds from the start of the process to READY=1, for each of several processes."""
    seconds = []
    for _ in range(times):
        with support.running_daemon() as daemon:
            seconds.append(daemon.start_up_s)
    return seconds


# Acknowledgement


def serve_echo(endpoint: str) -> None:
    """The peer: the least that a ROUTER in Python can do with a request."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.bind(endpoint)
        while True:
            socket.send_multipart(socket.recv_multipart())


def measure_acknowledgement(daemon: Daemon, client: kmmd.Client, texts: Iterator[str], count: int) -> dict[str, Any]:
    """Round trips of `say`, milliseconds, and of the same bytes to an echo, in turns so that both see the same load."""
    said, echoed = [], []
    commands: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kmmd-bench-") as folder:
        echo = f"ipc://{folder}/echo"
        server = multiprocessing.get_context("spawn").Process(target=serve_echo, args=(echo,), daemon=True)
        server.start()
        try:
            with zmq.Context() as context, context.socket(zmq.DEALER) as ours, context.socket(zmq.DEALER) as peer:
                for socket, endpoint in ((ours, daemon.endpoints["command"]), (peer, echo)):
                    socket.setsockopt(zmq.LINGER, 0)
                    socket.connect(endpoint)
                    round_trip(socket, b'{"type":"robots"}')
                for index in range(count):
                    body = json.dumps({"v": 1, "type": "say", "body": {"text": next(texts)}}).encode()
                    milliseconds, reply = round_trip(ours, body)
                    answer = json.loads(reply)
                    if answer.get("ok") is not True:
                        raise SystemExit(f"`say` was refused: {reply.decode()}")
                    commands.append(answer["command"])
                    said.append(milliseconds)
                    echoed.append(round_trip(peer, body)[0])
                    if index % BATCH == BATCH - 1:
                        clear(client, commands)
        finally:
            server.terminate()
            server.join()
    clear(client, commands)
    ours_ms, peer_ms = quantiles(said), quantiles(echoed)
    ratio = {key: ours_ms[key] / peer_ms[key] for key in ("p50", "p99")}
    return {"say_ms": ours_ms, "echo_ms": peer_ms, "ratio": ratio}


def clear(client: kmmd.Client, commands: list[str]) -> None:
    """Gives up those of the commands that are not over, and waits until none is left."""
    for command in reversed(commands):
        with contextlib.suppress(kmmd.KmmdError):
            client.cancel(command)
    commands.clear()
    deadline = time.monotonic() + 20
    while any(robot["queue"] for robot in client.status()["robots"]):
        if time.monotonic() > deadline:
            raise SystemExit("cancelled commands are still there after 20 s")
        time.sleep(0.01)


def round_trip(socket: zmq.Socket[bytes], body: bytes) -> tuple[float, bytes]:
    """Milliseconds until the answer, and the answer."""
    start = time.monotonic_ns()
    socket.send(body)
    if not socket.poll(20_000):
        raise SystemExit("no answer within 20 s")
    reply = socket.recv_multipart()[-1]
    return (time.monotonic_ns() - start) / 1e6, reply


# First changed frame


class Latencies:
    """Times from the sending of commands to their first changed frames."""

    def __init__(self) -> None:
        self.seen_ms: list[float] = []
        """At the subscriber, by its clock."""
        self.told_ms: list[float] = []
        """As the daemon foretells them in `spliced`, from receipt on."""
        self.missed: list[str] = []
        """What came of commands without a changed frame."""

    def add(self, seen_ms: float, splice: kmmd.Event) -> None:
        self.seen_ms.append(seen_ms)
        self.told_ms.append(float(splice.data["latency_ms"]))

    def summary(self) -> dict[str, Any]:
        if not self.seen_ms:
            raise SystemExit(f"no command changed a frame: {self.missed}")
        return {
            "seen_ms": quantiles(self.seen_ms), "told_ms": quantiles(self.told_ms), "missed": self.missed,
            "each": list(zip(self.seen_ms, self.told_ms)),
        }


def measure_from_standing(client: kmmd.Client, texts: Iterator[str], count: int, chance: random.Random) -> Latencies:
    """From a robot at rest: the first frame with a joint that left the held pose."""
    result = Latencies()
    with client.subscribe(timeout=20) as stream:
        stream.wait_until_connected(20)
        for _ in range(count):
            client.stop()
            held = rest(stream, chance.uniform(0.1, 0.3))
            time.sleep(chance.uniform(0, TICK_S))
            start = time.monotonic_ns()
            command = client.say(next(texts), replace=True).command
            seen: float | None = None
            splice: kmmd.Event | None = None
            while seen is None or splice is None:
                message = next(stream)
                if isinstance(message, kmmd.Frame):
                    if seen is None and np.abs(message.joint_pos - held).max() > CHANGED:
                        seen = (time.monotonic_ns() - start) / 1e6
                elif message.command == command and message.name == "spliced":
                    splice = message
                elif message.command == command and message.data.get("state") in ENDED | {"done"}:
                    result.missed.append(str(message.data["state"]))
                    break
            else:
                result.add(seen, splice)
    client.stop()
    return result


def rest(stream: kmmd.Subscription, seconds: float) -> np.ndarray:
    """Waits until the robot stands, and for some time more; returns the pose that it holds."""
    since = None
    while True:
        message = next(stream)
        if not isinstance(message, kmmd.Frame):
            continue
        if message.state != "holding" or np.abs(message.joint_vel).max() > 1e-3:
            since = None
        else:
            since = since or time.monotonic()
            if time.monotonic() - since > seconds:
                return message.joint_pos.copy()


def measure_in_motion(client: kmmd.Client, texts: Iterator[str], count: int, chance: random.Random) -> Latencies:
    """While other motion plays: the arrival of the frame that `spliced` names as the first changed one."""
    result = Latencies()
    with client.subscribe(timeout=20) as stream:
        stream.wait_until_connected(20)
        client.say("a person walks forward", duration_s=10, replace=True)
        wait_until_playing(stream)
        for _ in range(count):
            play(stream, chance.uniform(1.5, 2.5))
            time.sleep(chance.uniform(0, TICK_S))
            start = time.monotonic_ns()
            command = client.say(next(texts), duration_s=10, replace=True).command
            arrivals: list[tuple[int, int]] = []
            splice: kmmd.Event | None = None
            while splice is None or not arrivals or arrivals[-1][0] < splice.data["changed_frame"]:
                message = next(stream)
                if isinstance(message, kmmd.Frame):
                    arrivals.append((message.frame, time.monotonic_ns()))
                elif message.command == command and message.name == "spliced":
                    splice = message
                    if splice.data["changed_frame"] is None:
                        result.missed.append("unchanged")
                        break
                elif message.command == command and message.data.get("state") in ENDED:
                    result.missed.append(str(message.data["state"]))
                    break
            else:
                arrival = next(at for frame, at in arrivals if frame >= splice.data["changed_frame"])
                result.add((arrival - start) / 1e6, splice)
    client.stop()
    return result


def wait_until_playing(stream: kmmd.Subscription) -> None:
    for message in stream:
        if isinstance(message, kmmd.Frame) and message.state == "playing":
            return


def play(stream: kmmd.Subscription, seconds: float) -> None:
    """Reads what comes for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        next(stream)


# All of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--starts", type=int, default=5, help="processes started for the start-up time")
    parser.add_argument("--acks", type=int, default=200, help="commands sent for the acknowledgement time")
    parser.add_argument("--commands", type=int, default=30, help="commands for the first changed frame, of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the texts and the moments at which they are sent")
    options = parser.parse_args()
    if min(options.starts, options.acks, options.commands) < 1:
        parser.error("--starts, --acks and --commands have to be 1 or more")
    texts, chance = unseen_texts(options.seed), random.Random(options.seed)

    before = support.machine()
    start_up = measure_start_up(options.starts)
    with support.running_daemon() as daemon, daemon.client() as client:
        time.sleep(2)
        idle = daemon.memory_mib()
        acknowledgement = measure_acknowledgement(daemon, client, texts, options.acks)
        standing = measure_from_standing(client, texts, options.commands, chance).summary()
        moving = measure_in_motion(client, texts, options.commands, chance).summary()
        memory = {"idle": idle, "after": daemon.memory_mib()}
        publisher = client.status()["publisher"]
        version = client.hello().get("version")
    result = {
        "machine_before": before, "machine_after": support.machine(), "version": version, "start_up_s": start_up,
        "memory_mib": memory, "acknowledgement": acknowledgement,
        "first_frame": {"standing": standing, "in_motion": moving}, "publisher": publisher,
    }
    if options.json:
        print(json.dumps(result))
    else:
        show(result)


def show(result: dict[str, Any]) -> None:
    support.show_machine(result["machine_before"], result["machine_after"])
    starts, memory, lateness = result["start_up_s"], result["memory_mib"], result["publisher"]["lateness"]
    print(
        f"start-up to READY=1: {statistics.median(starts):.2f} s (median of {len(starts)}, "
        f"{min(starts):.2f} to {max(starts):.2f})\n"
        f"resident memory: {memory['idle']['rss']:.0f} MiB idle, {memory['after']['rss']:.0f} MiB after the run, "
        f"{memory['after']['peak']:.0f} MiB at most\n"
        f"ticks: {lateness['ticks']}, late by up to {lateness['p50_us']} us (p50), {lateness['p99_us']} us (p99), "
        f"{lateness['max_us']} us (worst); schedule moved {lateness['reanchored']} times, "
        f"{'real-time' if result['publisher']['real_time'] else 'ordinary'} scheduling\n"
    )
    rows = []
    acknowledgement, first = result["acknowledgement"], result["first_frame"]
    for label, values, digits in [
        ("`say` to acknowledgement", acknowledgement["say_ms"], 2),
        ("same bytes, Python echo", acknowledgement["echo_ms"], 2),
        ("`replace` to first changed frame, standing", first["standing"]["seen_ms"], 0),
        ("  as `spliced` tells it", first["standing"]["told_ms"], 0),
        ("`replace` to first changed frame, in motion", first["in_motion"]["seen_ms"], 0),
        ("  as `spliced` tells it", first["in_motion"]["told_ms"], 0),
    ]:
        numbers = [f"{values[key]:.{digits}f}" for key in ("p50", "p99", "min", "max")]
        rows.append([label, *numbers, str(values["count"])])
    support.show_table(["milliseconds", "p50", "p99", "min", "max", "n"], rows)
    ratio = acknowledgement["ratio"]
    print(f"\nacknowledgement against echo: {ratio['p50']:.2f} times (p50), {ratio['p99']:.2f} times (p99)")
    for name, latencies in first.items():
        if latencies["missed"]:
            print(f"commands without a changed frame, {name}: {', '.join(latencies['missed'])}")


if __name__ == "__main__":
    main()
