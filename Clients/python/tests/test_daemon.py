"""The client and the command-line tool against a real daemon process."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import time

import numpy as np
import pytest
import zmq

import kmmd
from conftest import ROOT, Daemon, binary, start
from kinematics import body_positions


def exchange(
    endpoint: str, *parts: bytes, kind: int = zmq.DEALER, timeout: float = 60, name: bytes | None = None,
) -> dict:
    """Sends raw bytes and returns the answer; `name` is what the client calls itself."""
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        if name:
            socket.setsockopt(zmq.ROUTING_ID, name)
        socket.connect(endpoint)
        socket.send_multipart(parts)
        assert socket.poll(int(1000 * timeout)), "no answer"
        return json.loads(socket.recv_multipart()[-1])


# Commands and motion


def test_a_sentence_is_acknowledged_and_the_stream_moves(client: kmmd.Client) -> None:
    with client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(10)
        ack = client.say("a person waves with the right hand")
        assert ack.command.startswith("c-")
        assert ack.state == "queued"
        assert ack.robot == "unitree_g1"
        assert [segment["text"] for segment in ack.segments]
        frames, events = [], []
        for message in stream:
            if isinstance(message, kmmd.Frame):
                if message.command == ack.command:
                    frames.append(message)
            elif message.command == ack.command:
                events.append(message.name)
                if message.name == "done":
                    break
        states = [name for name in events if name in ("queued", "generating", "ready", "playing", "done")]
        assert states == ["queued", "generating", "ready", "playing", "done"]
        positions = np.stack([frame.joint_pos for frame in frames])
        assert np.all(np.isfinite(positions))
        assert np.ptp(positions, axis=0).max() > 0.1


def test_a_walk_advances_along_its_heading(client: kmmd.Client) -> None:
    frames = frames_of(client, "a person walks forward", duration_s=4, seed=1)
    w, x, y, z = frames[0].root_quat
    heading = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    way = frames[-1].root_pos[:2] - frames[0].root_pos[:2]
    assert way @ [np.cos(heading), np.sin(heading)] > 0.5


def test_in_a_wave_a_wrist_rises_above_its_shoulder(client: kmmd.Client) -> None:
    names = client.robot()["joint_names"]
    frames = frames_of(client, "wave with the right hand", seed=1)
    highest = -np.inf
    for frame in frames[::5]:
        body = body_positions(frame.robot, names, frame.joint_pos, frame.root_pos, frame.root_quat)
        for side in ("left", "right"):
            highest = max(highest, (body[f"{side}_wrist_yaw_link"] - body[f"{side}_shoulder_pitch_link"])[2])
    assert highest > 0


def frames_of(client: kmmd.Client, text: str, **options: float) -> list[kmmd.Frame]:
    """The frames that a command plays."""
    with client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(10)
        ack = client.say(text, **options)  # type: ignore[arg-type]
        frames = []
        for message in stream:
            if isinstance(message, kmmd.Frame) and message.command == ack.command:
                frames.append(message)
            elif isinstance(message, kmmd.Event) and message.command == ack.command:
                assert message.name not in ("failed", "expired", "preempted"), message
                if message.name == "done":
                    return frames
    raise AssertionError("the stream ended")


def test_every_published_frame_keeps_the_limits(client: kmmd.Client) -> None:
    robot = client.robot()
    lower, upper = np.array(robot["joint_lower"]), np.array(robot["joint_upper"])
    frames = []
    with client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(10)
        first = client.say("a person jumps and kicks")
        last = None
        for message in stream:
            if isinstance(message, kmmd.Frame):
                frames.append(message)
            elif message.command == first.command and message.name == "playing":
                last = client.say("a person walks backward", replace=True, duration_s=2)
            elif last is not None and message.command == last.command and message.name == "done":
                break
    # On a busy machine a subscriber loses messages: neighbours may be several frames apart.
    gaps = np.diff([frame.frame for frame in frames])
    assert gaps.min() > 0 and np.array_equal(np.diff([frame.seq for frame in frames]), gaps)
    positions = np.stack([frame.joint_pos for frame in frames]).astype(float)
    assert np.all(positions >= lower - 1e-4) and np.all(positions <= upper + 1e-4)
    speed = np.abs(np.diff(positions, axis=0)) / gaps[:, None] * robot["rate_hz"]
    assert np.all(speed <= np.array(robot["joint_velocity"]) * 1.01 + 1e-3)


def test_two_plain_lines_of_pyzmq(daemon: Daemon, client: kmmd.Client) -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.connect(daemon.endpoints["command"])
        socket.send_string("walk forward")
        assert socket.poll(10_000)
        assert json.loads(socket.recv())["ok"] is True


def test_replace_stop_hold_and_cancel(client: kmmd.Client) -> None:
    first = client.say("a person walks forward", duration_s=20)
    waiting = client.say("a person jumps")
    assert client.cancel(waiting.command)["state"] == "cancelled"
    with pytest.raises(kmmd.KmmdError) as refused:
        client.cancel(waiting.command)
    assert refused.value.code == "unknown_command"
    second = client.say("a person waves", replace=True)
    deadline = time.monotonic() + 60
    while [entry["command"] for entry in client.status()["robots"][0]["queue"]] != [second.command]:
        assert time.monotonic() < deadline, "the first command was not preempted"
        time.sleep(0.05)
    assert client.hold() > 0
    assert client.status()["robots"][0]["held"] is True
    assert client.resume() > 0
    assert client.stop() > 0
    while client.status()["robots"][0]["queue"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert first.command != second.command


def test_halt_latches_until_reset(client: kmmd.Client) -> None:
    frame = client.halt()
    assert client.halt() == frame
    deadline = time.monotonic() + 60
    while client.status()["robots"][0]["state"] != "halted":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(kmmd.KmmdError) as refused:
        client.say("walk")
    assert refused.value.code == "halted" and refused.value.retryable
    while client.status()["robots"][0]["state"] == "halted":
        # Refused while the robot still moves.
        with contextlib.suppress(kmmd.KmmdError):
            client.reset()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_questions(client: kmmd.Client) -> None:
    hello = client.hello()
    assert hello["versions"] == [1]
    assert abs(hello["clock_skew_ms"]) < 1000
    assert client.robots() == ["unitree_g1"]
    robot = client.robot("unitree_g1")
    assert len(robot["joint_names"]) == len(robot["joint_lower"]) == len(robot["stand"]) == 29
    status = client.status()
    assert status["ready"] is True
    assert status["publisher"]["lateness"]["ticks"] > 0


def test_the_retained_profile_comes_to_every_subscriber(client: kmmd.Client) -> None:
    for _ in range(2):
        with client.subscribe(frames=False, timeout=60) as stream:
            for event in stream:
                if event.topic == "profile.unitree_g1.":
                    assert event.data["joint_names"] == client.robot()["joint_names"]
                    break


# Bad input


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b'{"type":"say","robot":"r2d2","body":{"text":"walk"}}', "unknown_robot", "robot"),
        (b"", "empty_text", None),
        (b'{"type":"say","body":{"text":"   "}}', "empty_text", "body.text"),
        (b"a" * 2001, "text_too_long", None),
        (b"walk \xff\xfe", "invalid_utf8", None),
        (b'{"type":"say","body":{"text":"\xff"}}', "invalid_utf8", None),
        (b'{"type":"say"', "invalid_json", None),
        (b"[" * 10_000, "invalid_json", None),
        (b"[1]", "invalid_type", None),
        (b'{"type":"say","body":{"text":7}}', "invalid_type", "body.text"),
        (b'{"type":"say","body":"walk"}', "invalid_type", "body"),
        (b'{"type":"say","body":{}}', "missing_field", "body.text"),
        (b'{"type":"say","body":{"text":"walk","duration_s":1e6}}', "out_of_range", "body.duration_s"),
        (b'{"type":"say","body":{"text":"walk","at":"end"}}', "invalid_combination", "body.at"),
        (b'{"type":"dance"}', "unknown_verb", "type"),
        (b'{"v":9,"type":"say","body":{"text":"walk"}}', "unsupported_version", "v"),
        (b'{"type":"say","deadline_ms":5,"sent_ns":1,"body":{"text":"walk"}}', "expired", "deadline_ms"),
        (b'{"type":"cancel","body":{"command":"c-999999"}}', "unknown_command", "body.command"),
        (b"\x81\xa4type\xa5hell", "invalid_msgpack", None),
        (b"x" * 100_000, "too_large", None),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else None,
)
def test_bad_input_gets_its_error(daemon: Daemon, body: bytes, code: str, field: str | None) -> None:
    reply = exchange(daemon.endpoints["command"], body)
    assert reply["ok"] is False
    assert (reply["error"]["code"], reply["error"]["field"]) == (code, field)
    assert reply["error"]["message"]
    assert exchange(daemon.endpoints["command"], b'{"type":"robots"}')["ok"] is True


def test_too_many_parts(daemon: Daemon) -> None:
    assert exchange(daemon.endpoints["command"], b"", b"a", b"b", b"c")["error"]["code"] == "bad_framing"
    assert exchange(daemon.endpoints["command"], *[b"x"] * 100)["error"]["code"] == "bad_framing"


def test_a_message_of_10_mb_drops_the_peer_and_nothing_else(daemon: Daemon, client: kmmd.Client) -> None:
    before = client.status()["counts"]["dropped_peers"]
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, -1)
        socket.connect(daemon.endpoints["command"])
        # The daemon tells a dropped peer from one that left once it knows that it came.
        for _ in range(2):
            socket.send(b'{"type":"robots"}')
            assert socket.poll(60_000)
            socket.recv()
        socket.send(b"x" * 10_000_000)
        deadline = time.monotonic() + 60
        while client.status()["counts"]["dropped_peers"] == before:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert "dropped" in daemon.log.read_text()
    assert client.robots() == ["unitree_g1"]


def test_unknown_keys_are_listed_and_the_same_id_gets_the_same_answer(daemon: Daemon, client: kmmd.Client) -> None:
    body = b'{"type":"say","id":"only-once","colour":"red","body":{"text":"walk"}}'
    first = exchange(daemon.endpoints["command"], body, name=b"one")
    assert first["ok"] is True
    assert any("colour" in warning for warning in first["warnings"])
    assert exchange(daemon.endpoints["command"], body, name=b"one") == first
    other = exchange(daemon.endpoints["command"], body.replace(b"walk", b"jump"), name=b"one")
    assert other["error"]["code"] == "duplicate_id"


def test_nobody_there() -> None:
    with kmmd.Client(command="ipc:///tmp/kmmd-nobody-there", timeout=0.2) as client:
        with pytest.raises(kmmd.NoAnswer):
            client.hello()


# The process


def test_sigterm_comes_to_rest_and_exits_0() -> None:
    daemon = start(scheme="tcp")
    with daemon.client() as client:
        client.say("a person walks forward", duration_s=20)
        with client.subscribe(events=False, timeout=5) as stream:
            frames = [next(frame for frame in stream if frame.state == "playing")]
            daemon.process.terminate()
            with pytest.raises(kmmd.NoAnswer):
                for frame in stream:
                    frames.append(frame)
    assert daemon.process.wait(timeout=60) == 0
    assert np.abs(frames[-1].joint_vel).max() < 0.05, "the robot was left moving"
    for a, b in itertools.pairwise(frames):
        assert np.abs(b.joint_pos - a.joint_pos).max() * 50 / (b.frame - a.frame) < 13


def test_readiness_and_watchdog_are_reported() -> None:
    daemon = start(watchdog_usec=400_000)
    try:
        assert daemon.ready.startswith("READY=1")
        heard = [daemon.notify.recv(4096).decode() for _ in range(3)]  # type: ignore[attr-defined]
        assert heard == ["WATCHDOG=1"] * 3
    finally:
        assert daemon.stop() == 0
    messages = ""
    while "STOPPING=1" not in messages:
        messages = daemon.notify.recv(4096).decode()  # type: ignore[attr-defined]


def test_a_second_daemon_on_the_same_endpoints_fails(daemon: Daemon) -> None:
    flags = daemon.endpoint_flags("command", "priority", "events", "stream", "state")
    second = subprocess.run([binary("kmmd"), *flags], capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "in use" in second.stderr
    with daemon.client() as client:
        assert client.robots() == ["unitree_g1"]


def test_the_command_line_tool(daemon: Daemon, client: kmmd.Client) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary("kmmctl"), *arguments], capture_output=True, text=True, timeout=60)

    flags = daemon.endpoint_flags("command", "priority", "events", "stream")
    said = run("say", "a person waves", "--wait", "--duration", "1.5", *flags)
    assert said.returncode == 0, said.stderr
    assert "done" in said.stdout
    assert run("status", *flags).stdout.startswith("ready")
    assert run("robots", *flags).stdout == "unitree_g1\n"
    assert "Hz" in run("watch", "--seconds", "2.5", *flags).stdout
    assert json.loads(run("hello", "--json", *flags).stdout)["service"] == "kmmd"
    for verb in ("hold", "resume", "stop"):
        assert run(verb, *flags).returncode == 0
    refused = run("say", "walk", "--robot", "r2d2", *flags)
    assert refused.returncode == 1 and "unknown_robot" in refused.stderr


def test_the_example(daemon: Daemon, client: kmmd.Client) -> None:
    example = subprocess.run(
        [
            sys.executable, ROOT / "Clients/python/examples/say.py", "wave with the right hand",
            "--command", daemon.endpoints["command"], "--events", daemon.endpoints["events"],
            "--stream", daemon.endpoints["stream"],
        ],
        capture_output=True, text=True, timeout=60,
    )
    assert example.returncode == 0, example.stderr
    assert "right_shoulder_pitch_joint" in example.stdout
