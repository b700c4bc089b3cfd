"""What the daemon serves over HTTP."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import numpy as np
import pytest

import kmmd
from conftest import ROOT, Daemon, free_ports, start
from kinematics import rotation


class Web:
    """A client of the HTTP server that says exactly what it is told to say."""

    def __init__(self, daemon: Daemon, port: int, token: str) -> None:
        self.daemon, self.port, self.token = daemon, port, token

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()

    def command(self, request: dict[str, Any], **headers: str) -> tuple[int, Any]:
        headers.setdefault("Authorization", f"Bearer {self.token}")
        status, _, body = self.ask("/command", "POST", json.dumps(request).encode(), **headers)
        return status, json.loads(body) if body[:1] == b"{" else body.decode()

    def metrics(self) -> dict[str, float]:
        """Every sample by its name with labels; the format is checked line by line."""
        status, headers, body = self.ask("/metrics")
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
        samples, types = {}, {}
        for line in body.decode().splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                types[name] = kind
            elif not line.startswith("# HELP "):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
                family = name.split("{")[0]
                assert any(family.removesuffix(end) in types for end in ("", "_bucket", "_sum", "_count")), line
        return samples


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    (port,) = free_ports(1)
    clips = folder / "clips"
    (clips / "dances").mkdir(parents=True)
    for name in ("wave.npz", "dances/waltz.bvh", ".hidden.npz", "notes.txt"):
        (clips / name).write_bytes(b"")
    daemon = start("--http", f"http://127.0.0.1:{port}", "--state", str(folder), "--clips", str(clips))
    yield Web(daemon, port, (folder / "http.token").read_text().strip())
    daemon.stop()


def test_health_and_readiness_are_told(web: Web) -> None:
    assert web.ask("/healthz")[0] == 200
    assert web.ask("/readyz")[0] == 200
    assert web.ask("/nothing")[0] == 404
    assert web.ask("/", "DELETE")[0] == 405


def test_metrics_have_their_names_and_move(web: Web) -> None:
    before = web.metrics()
    with web.daemon.client() as client:
        client.say("wave", duration_s=1, wait=True)
        with pytest.raises(kmmd.KmmdError):
            client.say("wave", robot="nobody")
    after = web.metrics()
    name = '{robot="unitree_g1"'
    grew = [
        "kmmd_tick_lateness_seconds_count", "kmmd_tick_lateness_seconds_sum", 'kmmd_commands_total{code="ok"}',
        'kmmd_commands_total{code="unknown_robot"}', "kmmd_command_first_frame_seconds_count",
        "kmmd_generation_seconds_count", "kmmd_retarget_seconds_count",
        f'kmmd_frames_published_total{name},sink="native"}}',
    ]
    for sample in grew:
        assert after[sample] > before.get(sample, 0), sample
    for sample in [f"kmmd_queue_depth{name}}}", f"kmmd_underruns_total{name}}}", "kmmd_auth_failures_total"]:
        assert after[sample] == 0, sample
    assert after[f'kmmd_limiter_activations_total{name},kind="jerk"}}'] >= 0
    assert any(sample.startswith("kmmd_build_info{version=") for sample in after)
    # A histogram rises and ends with all that was counted.
    for family in ("kmmd_tick_lateness_seconds", "kmmd_generation_seconds"):
        buckets = [value for sample, value in after.items() if sample.startswith(family + "_bucket")]
        assert buckets == sorted(buckets) and buckets[-1] == after[family + "_count"]


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_other_names_and_origins_are_refused(web: Web, headers: dict[str, str]) -> None:
    for path in ("/", "/metrics", "/readyz"):
        assert web.ask(path, **headers)[0] == 403
    assert web.command({"type": "robots"}, **headers)[0] == 403


def test_files_that_can_be_played_are_listed_for_those_with_the_token(web: Web) -> None:
    assert web.ask("/files.json")[0] == 401
    status, _, body = web.ask("/files.json", Authorization=f"Bearer {web.token}")
    files = json.loads(body)
    assert status == 200 and files["clips"] == ["dances/waltz.bvh", "wave.npz"] and isinstance(files["recordings"], list)
    # Every name is one that `play` finds.
    for name in files["clips"]:
        reply = web.command({"type": "play", "robot": "unitree_g1", "body": {"file": name, "deadline_ms": 1}})[1]
        assert reply.get("error", {}).get("code") != "unknown_motion", reply


def test_commands_need_the_token(web: Web) -> None:
    assert web.command({"type": "robots"})[1]["robots"] == ["unitree_g1"]
    for authorization in ("", "Bearer", "Bearer x", f"bearer {web.token}", f"Bearer {web.token}x"):
        assert web.command({"type": "halt"}, Authorization=authorization)[0] == 401
    with web.daemon.client() as client:
        assert client.status()["robots"][0]["state"] != "halted"
    status, reply = web.command({"type": "say", "robot": "nobody", "body": {"text": "walk"}})
    assert status == 400 and reply["error"]["code"] == "unknown_robot"
    # Verbs that take their time are answered too.
    assert web.command({"type": "reload"})[1]["ok"]
    assert web.ask("/command", "POST", b"x" * 100_000, Authorization=f"Bearer {web.token}")[0] == 413


def handshake(web: Web, **headers: str) -> tuple[socket.socket, bytes]:
    """Asks for the WebSocket; returns the connection and the head of the answer."""
    connection = socket.create_connection(("127.0.0.1", web.port), timeout=60)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = {
        "Host": f"127.0.0.1:{web.port}", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key, **headers,
    }
    connection.sendall(("GET /live HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1) or pytest.fail("the connection was closed")
    return connection, answer


def frames(connection: socket.socket) -> Iterator[dict[str, Any]]:
    def read(count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += connection.recv(count - len(data))
        return data

    while True:
        first, length = read(2)
        assert first == 0x81
        if length == 126:
            (length,) = struct.unpack(">H", read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", read(8))
        yield json.loads(read(length))


def test_the_live_feed_tells_robots_events_and_lateness(web: Web) -> None:
    connection, answer = handshake(web)
    assert answer.startswith(b"HTTP/1.1 101")
    seen: dict[str, Any] = {}
    with connection, web.daemon.client() as client:
        for message in frames(connection):
            if message["type"] == "hello":
                client.say("wave", duration_s=1)
            seen[message["type"]] = message
            if {"hello", "pose", "status", "event"} <= set(seen):
                break
        client.stop()
    robot, pose = seen["hello"]["robots"][0], seen["pose"]["robots"][0]
    assert len(pose["bodies"]) == 7 * len(robot["bodies"]) == 7 * len(robot["sides"])
    assert len(pose["joints"]) == len(robot["joints"]) == 29 and len(pose["contacts"]) == 4
    assert robot["joints"][0]["name"] == "left_hip_pitch_joint" and robot["joints"][0]["range"][0] < robot["joints"][0]["range"][1]
    # It stands on the floor, about as tall as it is, with a head over its shoulders.
    heights = [end[2] - segment["radius"] for segment in robot["segments"] for end in ends(segment, pose["bodies"])]
    # An arm that waves may be over the head, so that trunk and head tell the height.
    upright = [segment for segment in robot["segments"] if not robot["sides"][segment["body"]]]
    tops = [end[2] + segment["radius"] for segment in upright for end in ends(segment, pose["bodies"])]
    assert -0.05 < min(heights) < 0.1 and 1.1 < max(tops) < 1.5
    assert {segment["body"] for segment in robot["segments"]} <= set(range(len(robot["bodies"])))
    assert len(seen["status"]["lateness"]) == len(seen["status"]["bounds_us"]) + 1


def ends(segment: dict[str, Any], bodies: list[float]) -> list[Any]:
    """Where both ends of a capsule are in the world."""
    x, y, z, *turn = bodies[7 * segment["body"]:7 * segment["body"] + 7]
    return [np.array([x, y, z]) + rotation(turn) @ np.array(segment[end]) for end in ("from", "to")]


def test_who_comes_late_hears_what_has_happened_and_sees_the_person(web: Web) -> None:
    with web.daemon.client() as client:
        command = client.say("wave", duration_s=1, wait=True).command
        connection, _ = handshake(web)
        with connection:
            told = next(message for message in frames(connection) if message["type"] == "history")["events"]
            assert [each["event"]["event"] for each in told if each["event"].get("command") == command][:2] == ["queued", "generating"]
            assert not any(each["event"]["event"] == "limits" or each["topic"].startswith("profile.") for each in told)
            client.say("walk forward", duration_s=2)
            pose = next(
                robot for message in frames(connection) if message["type"] == "pose" for robot in message["robots"] if "person" in robot)
        client.stop()
    person = np.array(pose["person"]).reshape(22, 3)
    # Head over pelvis over feet, at the robot's place.
    assert person[15, 2] > person[0, 2] > max(person[7, 2], person[8, 2]) > -0.05
    assert np.allclose(person[0, :2], pose["bodies"][:2], atol=1e-3)


def test_who_comes_late_can_go_back_to_what_the_robot_did(web: Web) -> None:
    with web.daemon.client() as client:
        command = client.say("walk forward", duration_s=2, wait=True).command
        client.stop()
    status, headers, body = web.ask("/past/unitree_g1.json")
    assert status == 200 and headers["Content-Type"].startswith("application/json")
    poses = json.loads(body)["poses"]
    frames = np.array([pose["frame"] for pose in poses])
    assert np.all(np.diff(frames) > 0) and len(poses) <= 600
    # Ten a second, on a machine that has other work too.
    assert np.median(np.diff(frames)) <= 10
    walked = [pose for pose in poses if pose.get("command") == command]
    assert len(walked) > 10 and all(len(pose["person"]) == 66 and len(pose["bodies"]) % 7 == 0 for pose in walked[3:-3])
    assert np.hypot(*np.subtract(walked[-1]["bodies"][:2], walked[0]["bodies"][:2])) > 0.5
    assert web.ask("/past/nobody.json")[0] == 404


def test_a_person_followed_in_part_stands_on_the_legs_of_the_plan(web: Web) -> None:
    """Arms straight up over a robot that walks: they are seen on the page, and so are the legs that walk."""
    rotations = np.tile(np.array([1.0, 0, 0, 0]), (22, 1))
    turn = np.pi / 2 * 0.9
    rotations[16] = [np.cos(turn / 2), 0, 0, np.sin(turn / 2)]
    rotations[17] = [np.cos(turn / 2), 0, 0, -np.sin(turn / 2)]
    is_over = threading.Event()

    def send() -> None:
        with kmmd.PersonSender("gus", web.daemon.endpoints["people"]) as sender:
            while not is_over.wait(1 / 60):
                sender.send(rot=rotations)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with web.daemon.client() as client:
            for _ in range(100):
                if "gus" in [person["person"] for person in client.people()["people"]]:
                    break
                time.sleep(0.05)
            client.follow("gus", part="upper", far="ramp")
            connection, _ = handshake(web)
            with connection:
                people = (np.array(robot["person"]).reshape(22, 3) for message in frames(connection) if message["type"] == "pose"
                          for robot in message["robots"] if "person" in robot)
                stands = next(person for person in people if min(person[20, 2], person[21, 2]) > person[15, 2])
                assert max(stands[7, 2], stands[8, 2]) < 0.15
                client.say("walk forward", duration_s=3)
                strides = (np.linalg.norm(person[7, :2] - person[8, :2]) for person in people if person[20, 2] > person[15, 2])
                assert next(stride for stride in strides if stride > 0.35)
            client.stop()
    finally:
        is_over.set()
        thread.join()


def test_the_page_suggests_what_the_model_can_do(web: Web) -> None:
    actions = json.loads(web.ask("/actions.json")[2])["actions"]
    assert len(actions) > 50 and all(set(action) == {"text", "family"} and "{" not in action["text"] for action in actions)


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
def test_other_pages_get_no_live_feed(web: Web, headers: dict[str, str]) -> None:
    connection, answer = handshake(web, **headers)
    connection.close()
    assert answer.startswith(b"HTTP/1.1 403")


def test_connections_that_ask_for_nothing_keep_nobody_out(web: Web) -> None:
    dripping = [socket.create_connection(("127.0.0.1", web.port), timeout=60) for _ in range(70)]
    for connection in dripping:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
    idle = [handshake(web)[0] for _ in range(40)]
    assert web.ask("/healthz")[0] == 200
    assert handshake(web)[1].startswith(b"HTTP/1.1 101")
    # Who waited longest has given way.
    assert dripping[0].recv(1) == b""
    for connection in dripping + idle:
        connection.close()


def test_a_websocket_that_pings_on_and_on_is_closed(web: Web) -> None:
    connection, _ = handshake(web)
    ping = b"\x89\x84mask" + b"ping"
    with connection, contextlib.suppress(OSError):
        for _ in range(100_000):
            connection.sendall(ping)
        pytest.fail("it takes pings without end")
    connection, _ = handshake(web)
    with connection:
        connection.sendall(ping)
        seen = b""
        while b"\x8a\x04" not in seen:
            seen += connection.recv(4096)


def test_the_page_brings_what_it_needs(web: Web) -> None:
    status, headers, page = web.ask("/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    total = len(page)
    for path in re.findall(r'(?:src|href)="([^"#:]+)"', page.decode()):
        status, headers, body = web.ask("/" + path)
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[path.rsplit(".", 1)[1]]
        assert status == 200 and headers["Content-Type"].startswith(kind) and len(body) > 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        total += len(body)
    assert total < 1_000_000
    assert web.ask("/", "POST")[0] == 405 and web.ask("/../etc/passwd")[0] == 404


def test_monitoring_asks_for_metrics_that_there_are(web: Web) -> None:
    # Histograms are there once something is in them.
    with web.daemon.client() as client:
        client.say("wave", duration_s=1, wait=True)
    there = {sample.split("{")[0] for sample in web.metrics()}
    for file in ("alerts.yml", "grafana-dashboard.json"):
        asked = set(re.findall(r"kmmd_[a-z_]+", (ROOT / "Examples/Monitoring" / file).read_text()))
        # Measured states are counted once there are some.
        assert asked - there <= {"kmmd_feedback_age_seconds"}, asked - there


def test_promtool_finds_the_alerts_good() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("there is no promtool (Debian: prometheus)")
    checked = subprocess.run(
        ["promtool", "check", "rules", str(ROOT / "Examples/Monitoring/alerts.yml")], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_log_keeps_to_its_schema(tmp_path: pathlib.Path) -> None:
    schema = json.loads((ROOT / "Examples/Monitoring/log.schema.json").read_text())
    daemon = start("--log-format", "json")
    with daemon.client() as client:
        command = client.say("wave", duration_s=1, wait=True).command
    daemon.stop()
    lines = [json.loads(line) for line in daemon.log.read_text().splitlines()]
    for line in lines:
        jsonschema.validate(line, schema)
    assert any(line.get("command") == command for line in lines)
