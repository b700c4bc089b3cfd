"""A fuzzer for the command sockets: whatever comes, the daemon answers, forgets it, and moves on as before.

`KMMD_FUZZ_REQUESTS` says how many requests are sent; a run of a million is for the night.
"""

from __future__ import annotations

import copy
import json
import os
import pathlib
import random
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import zmq

import kmmd
from conftest import Daemon, binary, start

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
    daemon = start("--robot", "unitree_g1", "--robot", "booster_t1", "--rate-limit", "0")
    yield daemon
    daemon.stop()


def flood(daemon: Daemon, seed: int, count: int) -> int:
    """Sends hostile messages to both sockets and takes the answers; returns how many came."""
    generator = random.Random(seed)
    answers = 0
    with zmq.Context() as context:
        sockets = [context.socket(zmq.DEALER), context.socket(zmq.DEALER)]
        for each, name in zip(sockets, ("command", "priority")):
            each.setsockopt(zmq.LINGER, 0)
            each.connect(daemon.endpoints[name])
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
        for each in sockets:
            each.close(0)
    return answers


class Watcher(threading.Thread):
    """Follows the stream of two robots, of which one stands and the other does what it is told, again and again."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__()
        self.daemon_process, self.done = daemon, threading.Event()
        self.numbers: dict[str, list[int]] = {"unitree_g1": [], "booster_t1": []}
        self.states: dict[str, set[str]] = {"unitree_g1": set(), "booster_t1": set()}
        self.lowest: dict[str, np.ndarray] = {}
        self.highest: dict[str, np.ndarray] = {}
        self.fastest = 0.0
        self.commands, self.failures = 0, []

    def run(self) -> None:
        mover = threading.Thread(target=self.move)
        mover.start()
        previous: dict[str, kmmd.Frame] = {}
        with self.daemon_process.client(timeout=60) as client:
            limits = np.array(client.robot("booster_t1")["joint_velocity"]) / client.robot("booster_t1")["rate_hz"]
            with client.subscribe(events=False, timeout=60) as stream:
                for frame in stream:
                    name = frame.robot
                    self.numbers[name].append(frame.frame)
                    self.states[name].add(frame.state)
                    self.lowest[name] = np.minimum(self.lowest.get(name, np.inf), frame.joint_pos)
                    self.highest[name] = np.maximum(self.highest.get(name, -np.inf), frame.joint_pos)
                    before = previous.get(name)
                    if name == "booster_t1" and before is not None and frame.frame == before.frame + 1:
                        self.fastest = max(self.fastest, float((np.abs(frame.joint_pos - before.joint_pos) / limits).max()))
                    previous[name] = frame
                    if self.done.is_set():
                        break
        mover.join()

    def move(self) -> None:
        with self.daemon_process.client(timeout=60) as client:
            while not self.done.is_set():
                try:
                    client.say("wave with the right hand", robot="booster_t1", duration_s=1, wait=True)
                    self.commands += 1
                except (kmmd.KmmdError, kmmd.CommandEnded, kmmd.NoAnswer) as error:
                    self.failures.append(error)
                    return

    def spread(self, name: str) -> float:
        return float((self.highest[name] - self.lowest[name]).max())


def test_hostile_requests_change_nothing(target: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    flood(target, 0, 3000)
    with target.client(timeout=60) as client:
        client.say("wave with the right hand", robot="booster_t1", duration_s=1, wait=True)
    memory = [resident(target)]
    watcher = Watcher(target)
    watcher.start()
    answers, began = 0, time.monotonic()
    for part in range(10):
        answers += flood(target, 1 + part, COUNT // 10)
        memory.append(resident(target))
    lasted = time.monotonic() - began
    watcher.done.set()
    watcher.join()
    with capsys.disabled():
        missing = {name: numbers[-1] - numbers[0] + 1 - len(numbers) for name, numbers in watcher.numbers.items()}
        print(f"\n{COUNT} hostile messages in {lasted:.0f} s, {answers} answers, memory {memory} kB, "
              f"{watcher.commands} commands done, frames missed by the subscriber {missing}")

    assert target.process.poll() is None, target.log.read_text()[-2000:]
    # Parts that break the framing are answered or passed over; most messages must be answered.
    assert answers > 0.9 * COUNT
    assert memory[-1] < memory[0] + 20_000
    # One robot stood all the time; the other moved as it was told, within its limits.
    assert watcher.spread("unitree_g1") < 1e-6 and watcher.states["unitree_g1"] == {"holding"}
    assert not watcher.failures
    assert watcher.commands and watcher.spread("booster_t1") > 0.3 and watcher.fastest < 1.0001
    for numbers in watcher.numbers.values():
        assert numbers == sorted(set(numbers))
    with target.client(timeout=60) as client:
        status = client.status()
        assert status["publisher"]["refused_frames"] == 0
        assert not any(robot["queue"] for robot in status["robots"])
        # And it still does what it is asked.
        client.say("wave with the right hand", duration_s=1, wait=True)


def let_stand(target: Daemon) -> None:
    """Waits until the robot that shall stand does: a motion of the test before is followed by a way to the stand."""
    with target.client(timeout=60) as client, client.subscribe(robot="unitree_g1", events=False, timeout=60) as stream:
        position, since = None, time.monotonic()
        for frame in stream:
            if position is None or np.abs(frame.joint_pos - position).max() > 1e-6:
                position, since = frame.joint_pos, time.monotonic()
            if time.monotonic() - since > 3:
                return


def watched(target: Daemon, work: Callable[[], None]) -> Watcher:
    """Does the work while one robot stands and another moves; nothing of it may reach either."""
    let_stand(target)
    watcher = Watcher(target)
    watcher.start()
    # The mover has begun when it is attacked, and goes on for as long.
    while not watcher.numbers["booster_t1"]:
        time.sleep(0.05)
    work()
    watcher.done.set()
    watcher.join()
    assert target.process.poll() is None, target.log.read_text()[-2000:]
    assert watcher.spread("unitree_g1") < 1e-6
    assert not watcher.failures and watcher.commands and watcher.fastest < 1.0001
    for numbers in watcher.numbers.values():
        assert numbers == sorted(set(numbers))
    with target.client(timeout=60) as client:
        assert client.robots() == ["unitree_g1", "booster_t1"]
    return watcher


def test_hostile_state_and_subscriptions(target: Daemon) -> None:
    generator = random.Random(2)

    def attack() -> None:
        with zmq.Context() as context:
            push, sub = context.socket(zmq.PUSH), context.socket(zmq.XSUB)
            for each, name in ((push, "state"), (sub, "events")):
                each.setsockopt(zmq.LINGER, 0)
                each.connect(target.endpoints[name])
            deadline = time.monotonic() + 120
            for _ in range(4000):
                fields = [{"name": "joint_pos", "dtype": "f32", "shape": generator.choice([[29], [-1], [2**62, 8], []])}]
                if generator.random() < 0.3:
                    fields.append({"name": "t_wall_ns", "dtype": generator.choice(["i64", "f32", "u8"]), "shape": [1]})
                header = json.dumps({"fields": fields, "t_wall_ns": copy.deepcopy(generator.choice(VALUES))}, default=str)
                body = generator.choice([b"state.unitree_g1.", b"state.nobody.", b""]) + header.encode()[:1280].ljust(1280, b"\0")
                body += generator.choice([b"", b"\xff" * 116, generator.randbytes(116), generator.randbytes(124)])
                try:
                    push.send(body[: generator.randrange(len(body) + 1)] if generator.random() < 0.5 else body, zmq.DONTWAIT)
                    sub.send(generator.choice([b"\x01", b"\x00", b"\x02", b""]) + generator.randbytes(5), zmq.DONTWAIT)
                except zmq.Again:
                    time.sleep(0.01)
                assert time.monotonic() < deadline
            push.close(0)
            sub.close(0)

    watched(target, attack)


def test_connections_that_break_off_anywhere() -> None:
    """TCP clients that speak half of ZeroMQ's protocol, none of it, or a message that never ends, and hang up."""
    generator = random.Random(3)
    target = start("--robot", "unitree_g1", "--robot", "booster_t1", scheme="tcp")
    # Greeting (version 3.1, NULL), READY, and the beginning of a message.
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + b"\0" * 32
    ready = b"\x04\x26\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
    request = b'{"type":"say","body":{"text":"walk forward"}}'
    beginnings = [
        b"", greeting[:11], greeting, greeting + ready, greeting + ready + b"\0\xff" + request,
        greeting + ready + b"\x02" + (2**63).to_bytes(8, "big") + b"x" * 1000, greeting + ready + b"\x01\x00" * 500,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + bytes(200), greeting + ready[:20] + b"\xff" * 300,
    ]

    def attack() -> None:
        for _ in range(600):
            name = generator.choice(["command", "priority", "events", "stream", "state"])
            port = int(target.endpoints[name].rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                data = generator.choice(beginnings)
                if generator.random() < 0.5:
                    data = data[: generator.randrange(len(data) + 1)]
                if generator.random() < 0.3:
                    data += generator.randbytes(generator.randrange(300))
                try:
                    connection.sendall(data)
                    if generator.random() < 0.3:
                        connection.settimeout(0.02)
                        connection.recv(1000)
                except (TimeoutError, ConnectionError):
                    pass
                if generator.random() < 0.5:
                    # A reset instead of a goodbye.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    try:
        before = resident(target)
        watched(target, attack)
        assert resident(target) < before + 40_000
        # Connections that are gone leave no open files behind.
        deadline = time.monotonic() + 40
        while len(os.listdir(f"/proc/{target.process.pid}/fd")) > 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert len(os.listdir(f"/proc/{target.process.pid}/fd")) <= 200
    finally:
        target.stop()


def test_no_request_does_more_than_its_role_may(tmp_path: pathlib.Path) -> None:
    """Real commands, mutated, from a client that may only look on, and orders of an operator from one that may only command."""
    generator = random.Random(4)
    bodies = {
        "say": {"text": "walk forward"}, "play": {"file": "walk.bvh"}, "cancel": {"command": "c-000001"},
        "record": {"action": "start"}, "replay": {"name": "x"},
    }
    operator = ["reset", "reload", "record", "replay"]
    forbidden = {"observe": ["say", "play", "cancel", "hold", "resume", "stop", "halt", *operator], "command": operator}
    keys = tmp_path / "keys"
    for role in forbidden:
        command = ["keys", "make", role, "--role", role, "--keys", str(keys), "-o", str(tmp_path / f"{role}.json")]
        made = subprocess.run([str(binary("kmmctl")), *command], capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stderr
    target = start("--keys", str(keys), scheme="tcp")
    refusals = 0
    try:
        for role, verbs in forbidden.items():
            with zmq.Context() as context:
                asking = []
                for name in ("command", "priority"):
                    asking.append(context.socket(zmq.DEALER))
                    asking[-1].setsockopt(zmq.LINGER, 0)
                    kmmd.Keys.load(tmp_path / f"{role}.json").apply(asking[-1])
                    asking[-1].connect(target.endpoints[name])
                for _ in range(1500):
                    request = {"v": 1, "type": generator.choice(verbs)}
                    request["body"] = copy.deepcopy(bodies.get(request["type"], {}))
                    for _ in range(generator.randrange(3)):
                        place = generator.choice([request, request["body"]])
                        key = generator.choice(["id", "v", "deadline_ms", "sent_ns", "mode", "at", "robot", "role", "user"])
                        place[key] = copy.deepcopy(generator.choice(VALUES))
                    asked = generator.choice(asking)
                    asked.send(json.dumps(request).encode())
                    assert asked.poll(60_000)
                    reply = json.loads(asked.recv())
                    assert not reply["ok"], request
                    refusals += reply["error"]["code"] == "forbidden"
                for each in asking:
                    each.close(0)
            with kmmd.Client(**{name: target.endpoints[name] for name in ("command", "priority", "events", "stream")},
                             key=tmp_path / f"{role}.json", timeout=60) as client:
                robots = client.status()["robots"]
                assert all(robot["state"] == "holding" and not robot["queue"] for robot in robots)
                assert client.status()["counts"]["accepted"] == 0
        assert refusals > 1500
    finally:
        target.stop()
