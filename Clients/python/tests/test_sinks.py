"""What the daemon sends to other controllers, read as they read it, beside its own stream."""

from __future__ import annotations

import itertools
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import zmq

import kmmd
from conftest import Daemon, free_ports, start
from kinematics import body_positions
from receivers import MUJOCO_G1, Redis, Sonic, from_isaaclab, packed, roll_pitch_yaw, rotate_back, smpl_bones

WALK = 0.5
"""How far the robot walks before it shall wave, metres."""
SOCKETS = ["sonic", "holomotion", "obs65", "sim2real", "sonic_smpl", "sim2real_smpl", "lerobot_smpl"]


class RedisServer:
    """A Redis server of the test's own, which keeps nothing."""

    def __init__(self, password: str | None = None) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed; Scripts/bootstrap --tests does that")
        self.program = program
        self.password = password
        (self.port,) = free_ports(1)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--save", "", "--appendonly", "no"]
            + (["--requirepass", self.password] if self.password else []),
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client = Redis(self.port, self.password)
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@dataclass
class Sinks:
    daemon: Daemon
    endpoints: dict[str, str]
    redis: RedisServer


@pytest.fixture(scope="module")
def sinks() -> Iterator[Sinks]:
    redis = RedisServer()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kmmd-"))
    endpoints = {name: f"ipc://{folder}/{name}" for name in SOCKETS}
    flags = [flag for name, endpoint in endpoints.items() for flag in (
        "--sink", f"{name}={endpoint}" + (",control" if name == "sonic" else ""))]
    for name in ("twist", "twist2"):
        flags += ["--sink", f"{name}=redis://127.0.0.1:{redis.port}"]
    with pytest.MonkeyPatch.context() as patch:
        # As users have it: a wave is the one that the model has learnt.
        patch.setenv("KMMD_UNDERSTANDING", "strict")
        daemon = start(*flags)
    yield Sinks(daemon, endpoints, redis)
    daemon.stop()
    redis.stop()


@dataclass
class Heard:
    """One session of commands, as every receiver saw it.

    The queues of the sinks are short, so that on a busy machine some messages are lost.
    """

    frames: dict[int, kmmd.Frame]
    messages: dict[str, list[bytes]]
    redis: list[dict[str, bytes | None]]


@pytest.fixture(scope="module")
def heard(sinks: Sinks) -> Heard:
    messages: dict[str, list[bytes]] = {name: [] for name in SOCKETS}
    frames: dict[int, kmmd.Frame] = {}
    values = []
    with zmq.Context() as context, sinks.daemon.client() as client:
        sockets = {}
        for name, endpoint in sinks.endpoints.items():
            sockets[name] = context.socket(zmq.SUB)
            sockets[name].setsockopt(zmq.LINGER, 0)
            sockets[name].setsockopt(zmq.SUBSCRIBE, b"")
            sockets[name].connect(endpoint)
        with client.subscribe(timeout=60) as stream:
            stream.wait_until_connected(60)
            first = client.say("a person walks forward", duration_s=10, seed=1)
            second, begin = None, None
            for message in stream:
                for name, socket in sockets.items():
                    while socket.poll(0):
                        messages[name].append(socket.recv())
                if isinstance(message, kmmd.Frame):
                    frames[message.frame] = message
                    keys = ("action_body_unitree_g1_with_hands", "action_mimic_g1", "t_action")
                    values.append({key: sinks.redis.client.get(key) for key in keys})
                    begin = message.root_pos if begin is None else begin
                    # How soon the walk is replaced depends on its way and not on how quick the machine is.
                    if second is None and np.linalg.norm((message.root_pos - begin)[:2]) > WALK:
                        second = client.say("wave with the right hand", replace=True, seed=1)
                elif message.command == first.command:
                    assert message.name != "done", f"the robot walked no {WALK} m"
                elif second is not None and message.command == second.command and message.name == "done":
                    break
        for socket in sockets.values():
            socket.close(0)
    assert len(frames) > 100
    return Heard(frames, messages, values)


def test_joints_are_in_the_order_that_receivers_expect(sinks: Sinks) -> None:
    with sinks.daemon.client() as client:
        assert client.robot()["joint_names"] == MUJOCO_G1


def test_sonic_plays_what_is_published_and_never_begins_anew(heard: Heard) -> None:
    sonic = Sonic()
    same = []
    for message in heard.messages["sonic"]:
        if not message.startswith(b"pose"):
            continue
        sonic.receive(message)
        if sonic.step() and sonic.cursor in heard.frames:
            same.append(np.array_equal(sonic.window[sonic.cursor], heard.frames[sonic.cursor].joint_pos))
    assert sonic.resets == ["first message"]
    # It takes frames a little before they are published: a few are still of the walk when the wave takes its place.
    assert sum(same) > 100 and len(same) - sum(same) < 10


def test_sonic_is_told_to_start_again_and_again(heard: Heard) -> None:
    commands = [packed(data, "command") for data in heard.messages["sonic"] if data.startswith(b"command")]
    assert len(commands) >= 3
    for command in commands:
        assert (list(command["start"]), list(command["stop"]), list(command["planner"])) == ([1], [0], [0])


def test_holomotion_gets_every_frame_once(heard: Heard) -> None:
    messages = [packed(data, "reference_qpos") for data in heard.messages["holomotion"]]
    indices = [int(message["frame_index"][0]) for message in messages]
    assert indices == sorted(set(indices))
    compared = 0
    for index, message in zip(indices, messages):
        frame = heard.frames.get(index)
        if frame is None:
            continue
        wanted = np.concatenate([frame.root_pos, frame.root_quat, frame.joint_pos])
        assert np.array_equal(message["reference_qpos"], wanted)
        assert abs(message["timestamp_realtime"][0] - frame.header["t_play_ns"] * 1e-9) < 1e-5
        compared += 1
    assert compared > 100


def test_obs65_is_the_same_with_velocities(heard: Heard) -> None:
    known = {frame.joint_pos.tobytes() + frame.joint_vel.tobytes(): frame for frame in heard.frames.values()}
    compared = 0
    for data in heard.messages["obs65"]:
        observation = packed(data, "obs65")["latest_obs"]
        frame = known.get(observation[:58].tobytes())
        if frame is not None:
            assert np.array_equal(observation[58:], np.concatenate([frame.root_pos, frame.root_quat]))
            compared += 1
    assert compared > 100


def test_sim2real_names_its_joints_and_places_its_bodies(heard: Heard) -> None:
    messages = [json.loads(data) for data in heard.messages["sim2real"]]
    assert {message["seq"] - message["frame"] for message in messages} == {messages[0]["seq"] - messages[0]["frame"]}
    assert np.diff([message["seq"] for message in messages]).min() > 0
    # A flag later than the stream's very beginning would make the receiver shift the motion.
    assert all(message["motion_first_frame"] == (message["seq"] < 5) for message in messages)
    compared = 0
    for message in messages[::10]:
        frame = heard.frames.get(message["frame"])
        if frame is None:
            continue
        assert message["joint_names"] == MUJOCO_G1 and message["body_names"][0] == "pelvis"
        assert np.allclose(message["joint_pos"], frame.joint_pos, atol=2e-6)
        assert np.allclose(message["body_pos_w"][0], frame.root_pos, atol=2e-5)
        # q and -q are the same rotation.
        turned = np.multiply(message["body_quat_w"][0], np.sign(np.dot(message["body_quat_w"][0], frame.root_quat)))
        assert np.allclose(turned, frame.root_quat, atol=2e-6)
        bodies = body_positions(frame.robot, MUJOCO_G1, frame.joint_pos, frame.root_pos, frame.root_quat)
        for name, place in zip(message["body_names"], message["body_pos_w"]):
            assert np.allclose(place, bodies[name], atol=1e-4), name
        assert message["publish_t_ns"] == frame.header["t_play_ns"]
        compared += 1
    assert compared > 10


def wrapped(angle: float) -> float:
    return (angle + np.pi) % (2 * np.pi) - np.pi


def test_sonic_gets_the_human_and_never_begins_anew(heard: Heard) -> None:
    sonic = Sonic(version=3)
    bones, played, highest = None, 0, -1.0
    previous = None
    for data in heard.messages["sonic_smpl"]:
        sonic.receive(data)
        sonic.step(look_ahead=10)
        pose = packed(data, "pose")
        joints, rotations = pose["smpl_joints"].astype(float), pose["smpl_pose"].astype(float)
        assert joints.shape == (40, 24, 3) and rotations.shape == (40, 21, 3) and pose["body_quat"].shape == (40, 4)
        frame = heard.frames.get(int(pose["frame_index"][0]))
        if frame is None:
            continue
        # The first frame of the window is the one that is published with it.
        assert np.array_equal(from_isaaclab(pose["joint_pos"])[0], frame.joint_pos)
        own = smpl_bones(joints[0], rotations[0])
        bones = own if bones is None else bones
        assert np.allclose(own, bones, atol=1e-5)
        assert 0.3 < np.linalg.norm(bones[4]) < 0.5 and bones[4][1] < -0.3, "a thigh hangs down"
        # The human looks about where the robot looks.
        apart = roll_pitch_yaw(pose["body_quat"][0])[2] - roll_pitch_yaw(frame.root_quat)[2]
        assert abs(wrapped(apart)) < 0.6
        if previous is not None and previous[0] == frame.frame - 1:
            assert np.abs(joints[0] - previous[1]).max() < 0.15, "no joint jumps"
        previous = (frame.frame, joints[0])
        if frame.state == "playing":
            highest = max(highest, joints[0][21][2] - joints[0][15][2])
        played += 1
    assert sonic.resets == ["first message"]
    assert played > 100
    # The second command waves with the right hand: it rises to about the head.
    assert highest > -0.3


def test_lerobot_gets_one_human_a_frame(heard: Heard) -> None:
    by_frame = {}
    for data in heard.messages["sonic_smpl"]:
        pose = packed(data, "pose")
        by_frame[int(pose["frame_index"][0])] = pose
    compared, places = 0, {}
    for data in heard.messages["lerobot_smpl"]:
        message = json.loads(data)
        assert message["topic"] == "rt/smpl"
        human = message["data"]
        joints = np.array(human["smpl_joints_local"])
        assert joints.shape == (72,) and len(human["root_quat"]) == 4 and len(human["root_transl"]) == 3
        places[human["frame_index"]] = np.array(human["root_transl"])
        pose = by_frame.get(human["frame_index"])
        if pose is not None:
            assert np.allclose(joints, pose["smpl_joints"][0].ravel(), atol=2e-6)
            assert np.allclose(human["root_quat"], pose["body_quat"][0], atol=2e-6)
            compared += 1
    assert compared > 100
    steps = [np.abs(places[b] - places[a]).max() / (b - a) for a, b in itertools.pairwise(sorted(places))]
    assert max(steps) < 0.1, "the person does not jump"
    # It walks the way that the robot walks, with longer legs.
    both = sorted(places.keys() & heard.frames.keys())
    robot = {number: heard.frames[number].root_pos for number in both}
    ways = [complex(*(path[both[-1]] - path[both[0]])[:2]) for path in (places, robot)]
    assert abs(ways[1]) > 0.8 * WALK and 0.7 < abs(ways[0] / ways[1]) < 2
    assert abs(np.angle(ways[0] / ways[1])) < 0.5


def test_sim2real_gets_the_last_ten_humans(heard: Heard) -> None:
    known = {}
    for data in heard.messages["lerobot_smpl"]:
        human = json.loads(data)["data"]
        known[human["frame_index"]] = human
    compared = 0
    for data in heard.messages["sim2real_smpl"][::10]:
        message = json.loads(data)
        assert (message["topic"], message["version"], message["joint_names"]) == ("pose", 3, MUJOCO_G1)
        indices = message["frame_index"]
        assert indices == list(range(indices[0], indices[0] + 10))
        assert np.shape(message["smpl_body_pose_aa"]) == (10, 21, 3) and np.shape(message["joint_vel"]) == (10, 29)
        newest = heard.frames.get(indices[-1])
        if newest is None or any(index not in known for index in indices):
            continue
        assert message["publish_t_ns"] == [newest.header["t_play_ns"]]
        for place, index in enumerate(indices):
            assert np.allclose(np.ravel(message["smpl_joint_pos_root"][place]), known[index]["smpl_joints_local"], atol=2e-6)
            assert np.allclose(message["smpl_root_quat_w"][place], known[index]["root_quat"], atol=2e-6)
            if index in heard.frames:
                assert np.allclose(message["joint_pos"][place], heard.frames[index].joint_pos, atol=2e-6)
        compared += 1
    assert compared > 10


def test_redis_holds_the_newest_reference(heard: Heard) -> None:
    by_time = {frame.header["t_wall_ns"] // 1_000_000: frame for frame in heard.frames.values()}
    without = [i for i, name in enumerate(MUJOCO_G1) if "wrist_pitch" not in name and "wrist_yaw" not in name]
    compared = 0
    for values in heard.redis:
        # The keys are read one by one, maybe while the first frame of all is written.
        if None in values.values():
            continue
        body = np.array(json.loads(values["action_body_unitree_g1_with_hands"]))
        mimic = np.array(json.loads(values["action_mimic_g1"]))
        assert body.shape == (35,) and mimic.shape == (33,)
        frame = by_time.get(int(values["t_action"]))
        # The keys are read one by one: now and then a new frame comes in between.
        if frame is None or np.abs(frame.joint_pos - body[6:]).max() > 2e-6:
            continue
        if np.abs(frame.joint_pos[without] - mimic[8:]).max() > 2e-6:
            continue
        velocity = rotate_back(frame.root_quat, frame.root_lin_vel)
        yaw_rate = rotate_back(frame.root_quat, frame.root_ang_vel)[2]
        angles = roll_pitch_yaw(frame.root_quat)
        assert np.allclose(body[:6], [*velocity[:2], frame.root_pos[2], *angles[:2], yaw_rate], atol=1e-4)
        assert np.allclose(mimic[:8], [frame.root_pos[2], *angles, *velocity, yaw_rate], atol=1e-4)
        compared += 1
    assert compared > 10


def test_status_counts_what_each_sink_got(sinks: Sinks, heard: Heard) -> None:
    with sinks.daemon.client() as client:
        reports = client.status()["publisher"]["sinks"]
    assert [report["format"] for report in reports] == [*SOCKETS, "twist", "twist2"]
    for report in reports:
        assert report["sent"] > 100 and report["refused"] == 0 and report["problem"] is None, report


def test_a_redis_server_that_dies_is_told_and_found_again(sinks: Sinks) -> None:
    with sinks.daemon.client() as client, client.subscribe(timeout=60) as stream:
        stream.wait_until_connected(60)
        sinks.redis.stop()
        problem = next_sink_event(stream, "twist2")
        assert problem["problem"]
        ack = client.say("wave with the right hand", duration_s=1)
        wait_for(stream, ack.command, "done")
        sinks.redis.start()
        assert next_sink_event(stream, "twist2")["problem"] is None
        deadline = time.monotonic() + 60
        while sinks.redis.client.get("t_action") is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_redis_server_that_demands_a_password(tmp_path: pathlib.Path) -> None:
    redis = RedisServer(password="open-sesame")
    redis.stop()
    other, server = f"ipc://{tmp_path}/obs65", f"127.0.0.1:{redis.port}"
    endpoints = {
        f"obs65={other}": None,
        f"twist=redis://{server}": "NOAUTH",
        # What comes of a wrong password is told by the server in both ways.
        f"twist2=redis://:wrong@{server}": "WRONGPASS|NOAUTH",
        f"twist=redis://default:open-sesame@{server}": None,
        f"twist2=redis://:open-sesame@{server}/2": None,
    }
    daemon = start(*[flag for sink in endpoints for flag in ("--sink", sink)])
    try:
        with (
            daemon.client() as client, client.subscribe(timeout=60) as stream, zmq.Context() as context,
            context.socket(zmq.SUB) as socket,
        ):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SUBSCRIBE, b"")
            socket.connect(other)
            stream.wait_until_connected(60)
            redis.start()
            for format in ("twist", "twist2"):
                while not re.search("NOAUTH|WRONGPASS", next_sink_event(stream, format)["problem"] or ""):
                    pass
            deadline = time.monotonic() + 60
            while any(reached := [report["problem"] for report in sinks_of(client)][3:]):
                assert time.monotonic() < deadline, reached
                time.sleep(0.05)
            # With the right one the references arrive, and the others go on beside it.
            before = sinks_of(client)
            wait_for(stream, client.say("wave with the right hand", duration_s=2).command, "done")
            for problem, former, report in zip(endpoints.values(), before, sinks_of(client)):
                assert report["refused"] == 0 and report["robot"] == "unitree_g1"
                if problem is None:
                    assert report["problem"] is None and report["sent"] > former["sent"] + 50, report
                else:
                    assert re.match(problem, report["problem"]), report
            assert socket.poll(0) and len(packed(socket.recv(), "obs65")["latest_obs"]) == 65
            frames = [next(frame for frame in stream if isinstance(frame, kmmd.Frame)) for _ in range(50)]
            assert all(b.frame - a.frame == b.seq - a.seq > 0 for a, b in itertools.pairwise(frames))
            assert redis.client.get("action_mimic_g1") and redis.client.get("t_action") is None
            redis.client.select(2)
            assert redis.client.get("t_action") and redis.client.get("action_mimic_g1") is None
            # A password is presented again when the server comes back.
            redis.stop()
            while [report["problem"] for report in sinks_of(client)][3] is None:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            redis.start()
            while redis.client.get("action_mimic_g1") is None:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    finally:
        daemon.stop()
        redis.stop()


def sinks_of(client: kmmd.Client) -> list[dict]:
    return client.status()["publisher"]["sinks"]


def test_a_halt_stops_sonic_three_times(sinks: Sinks) -> None:
    with sinks.daemon.client() as client, zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SUBSCRIBE, b"command")
        socket.connect(sinks.endpoints["sonic"])
        assert socket.poll(60_000), "no start came"
        client.halt()
        stops, deadline = 0, time.monotonic() + 60
        while stops < 3:
            assert time.monotonic() < deadline
            assert socket.poll(60_000)
            stops += int(packed(socket.recv(), "command")["stop"][0])
        # None follows, not even a start, until an operator resets the robot.
        assert not socket.poll(1500)
        while client.status()["robots"][0]["state"] == "halted":
            assert time.monotonic() < deadline
            try:
                client.reset()
            except kmmd.KmmdError:
                pass
            time.sleep(0.05)
        assert socket.poll(60_000)
        assert list(packed(socket.recv(), "command")["start"]) == [1]


def next_sink_event(stream: kmmd.Subscription, format: str) -> dict:
    for message in stream:
        if isinstance(message, kmmd.Event) and message.name == "sink" and message.data["format"] == format:
            return dict(message.data)
    raise AssertionError("the stream ended")


def wait_for(stream: kmmd.Subscription, command: str, state: str) -> None:
    for message in stream:
        if isinstance(message, kmmd.Event) and message.command == command:
            assert message.name != "failed", message
            if message.name == state:
                return
