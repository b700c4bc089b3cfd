"""A fuzzer for the command sockets: whatever comes, the daemon answers, forgets it, and moves on as before.

`KMMD_FUZZ_REQUESTS` says how many requests are sent; a run of a million is for the night.
"""

from __future__ import annotations

import copy
import json
import os
import pathlib
import random
import threading
import time

import numpy as np
import pytest
import zmq

import kmmd
from conftest import Daemon, start

COUNT = int(os.environ.get("KMMD_FUZZ_REQUESTS", 20_000))
VERBS = [
    "hello", "say", "play", "cancel", "hold", "resume", "stop", "halt", "reset", "status", "robots", "robot", "reload",
    "record", "replay", "dance", "", "\0",
]
# What a mutated request may really do must not move the robot: its verbs are questions, or are refused for what they name.
VALID = [
    {"v": 1, "type": "hello"}, {"v": 1, "type": "robots", "id": "x"}, {"v": 1, "type": "robot", "robot": "unitree_g1"},
    {"v": 1, "type": "status", "robot": "unitree_g1"}, {"v": 1, "type": "cancel", "body": {"command": "c-999999"}},
    {"v": 1, "type": "say", "robot": "nobody", "body": {"text": "walk", "duration_s": 3, "seed": 1, "repeat": 2}},
    {"v": 1, "type": "record", "body": {"action": "stop"}}, {"v": 1, "type": "replay", "body": {"name": "nothing"}},
]
VALUES = [
    None, True, False, 0, -1, 1, 2**63 - 1, -(2**63), 2**64, 10**400, 1e308, -1e-308, 0.1, "", "\0", "walk", "é", "\U0001F916",
    "x" * 3000, [], {}, [[]], [None] * 50, {"a": {"b": {"c": []}}},
]


def mutated(random: random.Random) -> bytes:
    """One hostile message body."""
    kind = random.randrange(9)
    if kind == 0:
        # Not UTF-8: bytes that are would be a text to carry out.
        return random.randbytes(random.choice([0, 1, 2, 7, 64, 1000])) + b"\xff"
    if kind == 1:
        return random.choice([b"[", b'{"a":', b"[{", b"\x91", b"\x81\xa1a"]) * random.choice([1, 40, 5000])
    if kind == 2:
        return b'{"type":' + random.choice([b"1e999", b"-", b"1" * 500, b"0x1", b"NaN", b"-0.0e-0"]) + b"}"
    if kind == 3:
        return b'{"type":"say","robot":"nobody","body":{"text":"' + random.randbytes(20).replace(b'"', b"") + b'"}}'
    if kind == 4:
        return bytes([random.choice([0x80, 0x81, 0x8F, 0xDE, 0xDF])]) + random.randbytes(random.randrange(60))
    request = json.loads(json.dumps(random.choice(VALID)))
    if kind == 5:
        # Any verb, with a robot that is not there: nothing may come of it.
        request = {"type": random.choice(VERBS), "robot": "nobody", "body": {random.choice(["text", "name", "x"]): copy.deepcopy(random.choice(VALUES))}}
    for _ in range(random.randrange(4)):
        place = request if random.random() < 0.6 or not isinstance(request.get("body"), dict) else request["body"]
        key = random.choice([*place.keys(), "id", "v", "deadline_ms", "sent_ns", "body", "mode", "at"])
        if key != "robot":
            place[key] = copy.deepcopy(random.choice(VALUES))
    if request.get("type") in ("say", "play", "hold", "resume", "stop", "halt", "reset", "record", "replay", "reload"):
        request["robot"] = "nobody"
    if request.get("type") in ("record", "reload"):
        request["type"] = "dance"
    body = json.dumps(request).encode()
    if kind == 6:
        return body[: random.randrange(len(body) + 1)] if random.random() < 0.9 else body + body
    if kind == 7:
        # Damage anywhere but in what keeps the request harmless.
        damaged = bytearray(body)
        damaged[random.randrange(len(damaged))] = random.choice(b'\x00\xff{}[]",:\\')
        is_harmless = b'"robot": "nobody"' in damaged or request.get("type") in ("hello", "robots", "robot", "status")
        return bytes(damaged) if is_harmless and damaged[:1] in (b"{", b"[", b"\xff") else body
    return body


def resident(daemon: Daemon) -> int:
    """Memory of the daemon, kB."""
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


@pytest.fixture(scope="module")
def target() -> Daemon:
    daemon = start()
    yield daemon
    daemon.stop()


def flood(daemon: Daemon, seed: int, count: int) -> int:
    """Sends hostile messages to both sockets and takes the answers; returns how many came."""
    generator = random.Random(seed)
    answers = 0
    with zmq.Context() as context:
        sockets = [context.socket(zmq.DEALER), context.socket(zmq.DEALER)]
        for socket, name in zip(sockets, ("command", "priority")):
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(daemon.endpoints[name])
        waiting = [0, 0]
        for _ in range(count):
            which = 0 if generator.random() < 0.9 else 1
            body = mutated(generator)
            parts = [body] if generator.random() < 0.95 else [mutated(generator)[:200] for _ in range(generator.randrange(1, 8))]
            sockets[which].send_multipart(parts)
            waiting[which] += 1
            # A window, so that the daemon's queues and not its limits are tried.
            while waiting[which] > 50 and sockets[which].poll(60_000):
                reply = json.loads(sockets[which].recv_multipart()[-1])
                assert reply["ok"] in (True, False) and ("error" in reply) != reply["ok"]
                waiting[which] -= 1
                answers += 1
        for which in (0, 1):
            while waiting[which] and sockets[which].poll(60_000 if which == 0 else 5_000):
                json.loads(sockets[which].recv_multipart()[-1])
                waiting[which] -= 1
                answers += 1
        for socket in sockets:
            socket.close(0)
    return answers


def test_hostile_requests_change_nothing(target: Daemon) -> None:
    flood(target, 0, 3000)
    before = resident(target)
    frames: list[kmmd.Frame] = []
    done = threading.Event()

    def watch() -> None:
        with target.client(timeout=60) as client, client.subscribe(events=False, timeout=60) as stream:
            for frame in stream:
                frames.append(frame)
                if done.is_set():
                    return

    watcher = threading.Thread(target=watch)
    watcher.start()
    answers = flood(target, 1, COUNT)
    done.set()
    watcher.join()

    assert target.process.poll() is None, target.log.read_text()[-2000:]
    # Parts that break the framing are answered or passed over; most messages must be answered.
    assert answers > 0.9 * COUNT
    assert resident(target) < before + 20_000
    # The robot stood all the time, and no frame is missing but for what the subscriber lost.
    positions = np.stack([frame.joint_pos for frame in frames])
    assert np.ptp(positions, axis=0).max() < 1e-6
    assert {frame.state for frame in frames} == {"holding"}
    numbers = [frame.frame for frame in frames]
    assert numbers == sorted(set(numbers))
    with target.client(timeout=60) as client:
        status = client.status()
        assert status["publisher"]["refused_frames"] == 0
        assert not status["robots"][0]["queue"]
        # And it still does what it is asked.
        client.say("wave with the right hand", duration_s=1, wait=True)


def test_hostile_state_and_subscriptions(target: Daemon) -> None:
    generator = random.Random(2)
    with zmq.Context() as context:
        push, sub = context.socket(zmq.PUSH), context.socket(zmq.XSUB)
        for socket, name in ((push, "state"), (sub, "events")):
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(target.endpoints[name])
        deadline = time.monotonic() + 60
        for _ in range(2000):
            header = json.dumps({"fields": [{"name": "joint_pos", "dtype": "f32", "shape": generator.choice([[29], [-1], [2**62, 8], []])}]})
            body = generator.choice([b"state.unitree_g1.", b"state.nobody.", b""]) + header.encode().ljust(1280, b"\0")
            body += generator.choice([b"", b"\xff" * 116, generator.randbytes(116)])
            try:
                push.send(body[: generator.randrange(len(body) + 1)] if generator.random() < 0.5 else body, zmq.DONTWAIT)
                sub.send(generator.choice([b"\x01", b"\x00", b"\x02", b""]) + generator.randbytes(5), zmq.DONTWAIT)
            except zmq.Again:
                time.sleep(0.01)
            assert time.monotonic() < deadline
        push.close(0)
        sub.close(0)
    with target.client(timeout=60) as client:
        assert client.robots() == ["unitree_g1"]
    assert target.process.poll() is None
