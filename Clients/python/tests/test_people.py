"""Real motion capture played into the daemon through senders' formats: the robot moves as `kmmctl retarget` has it.

Each way into the daemon is tested once; KMMD_LONG=1 plays all formats, all clips.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import people
import pytest
import zmq
from conftest import ROOT, Daemon, binary, free_ports, start

import kmmd

CLIPS = ROOT / "Tests/HumanMotionTests/Fixtures"
IS_LONG = bool(os.environ.get("KMMD_LONG"))
PELVIS = np.array([-0.001795, -0.223333, 0.028219])
# The senders' skeleton has longer legs than SMPL's: its pelvis is higher.
SIZE = 0.85 / 0.7815
LIMIT_S = 30


def quaternion(vector: np.ndarray) -> np.ndarray:
    angle = float(np.linalg.norm(vector))
    axis = vector / angle if angle > 1e-9 else vector
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * axis)])


class Motion:
    """A clip as a person does it, and what `kmmctl retarget` makes of it at 50 Hz."""

    def __init__(self, clip: str, folder: pathlib.Path) -> None:
        self._clip, self._folder = CLIPS / f"{clip}.bvh", folder
        self._frames: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        robot = folder / "robot.npz"
        subprocess.run([binary("kmmctl"), "retarget", self._clip, "-o", robot, "--rate", "50"], check=True, timeout=60)
        with np.load(robot) as file:
            self.joints = file["joint_pos"]

    def frames(self, rate: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Rotations [22, 4] in their parents and the pelvis, in SMPL's axes."""
        if rate not in self._frames:
            human = self._folder / f"human{rate}.npz"
            command = [binary("kmmctl"), "convert", self._clip, "-o", human, "--rate", str(rate)]
            subprocess.run(command, check=True, timeout=60)
            with np.load(human) as file:
                poses, places = file["poses"].reshape(-1, 22, 3), file["trans"] + PELVIS
            # AMASS has z up and faces -y.
            turn = quaternion(np.array([-np.pi / 2, 0, 0]))
            frames = []
            for pose, place in zip(poses, places):
                rotations = np.array([quaternion(v) for v in pose])
                rotations[0] = people.multiply(turn, rotations[0])
                frames.append((rotations, np.array([place[0], place[2], -place[1]])))
            self._frames[rate] = frames
        return self._frames[rate]

    def wanted(self, seconds: float) -> np.ndarray | None:
        index = int(seconds * 50)
        if index < 0 or index + 1 >= len(self.joints):
            return None
        share = seconds * 50 - index
        return self.joints[index] * (1 - share) + self.joints[index + 1] * share


@pytest.fixture(scope="module")
def motions(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Motion]:
    known: dict[str, Motion] = {}

    def motion(clip: str) -> Motion:
        if clip not in known:
            known[clip] = Motion(clip, tmp_path_factory.mktemp(clip))
        return known[clip]

    return motion


@pytest.fixture(scope="module")
def motion(motions: Callable[[str], Motion]) -> Motion:
    return motions("walk")


FORMATS = ["vmc", "mocopi", "rokoko", "xsens", "axis", "natnet", "xrobotoolkit", "sonic_smpl", "sim2real_smpl", "lerobot_smpl"]
PORTS = dict(zip(FORMATS, free_ports(len(FORMATS))))


@pytest.fixture(scope="module")
def listener() -> Iterator[Daemon]:
    daemon = start(*(flag for name, port in PORTS.items() for flag in ("--people", f"{name}://127.0.0.1:{port}")))
    yield daemon
    daemon.stop()


# ------------------------------------------------------------------------------------------------------ transports


def datagrams(port: int) -> Callable[[bytes], object]:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return lambda packet: sender.sendto(packet, ("127.0.0.1", port))


def stream(port: int) -> Callable[[bytes], object]:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    return connection.sendall


def publisher(port: int) -> Callable[[bytes], object]:
    sender = zmq.Context.instance().socket(zmq.PUB)
    sender.setsockopt(zmq.LINGER, 0)
    sender.bind(f"tcp://127.0.0.1:{port}")
    return sender.send


def motive(port: int) -> Callable[[bytes], object]:
    """A server that is asked before it sends: it answers whoever connects with its version and model."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    server.setblocking(False)
    asked: list[Any] = []

    def send(packet: bytes) -> None:
        while True:
            try:
                request, address = server.recvfrom(2048)
            except BlockingIOError:
                break
            if request[:2] == b"\0\0":
                asked[:] = [address]
                server.sendto(people.natnet_server(), address)
            if request[:2] == b"\4\0":
                server.sendto(people.natnet_model(), address)
        for address in asked:
            server.sendto(packet, address)

    return send


TRANSPORTS = {"xrobotoolkit": stream, "natnet": motive} | dict.fromkeys(
    ["sonic_smpl", "sim2real_smpl", "lerobot_smpl"], publisher
)
# Those whose messages carry no time, but frames at 50 Hz.
RATES = dict.fromkeys(["sonic_smpl", "sim2real_smpl", "lerobot_smpl"], 50)
PERSON = {"xsens": "xsens0", "rokoko": "anna", "axis": "Avatar", "natnet": "Anna", "xrobotoolkit": "pico"}


class Player:
    """Plays a person from a thread: in the first pose for a while, then the motion, then in the last pose."""

    def __init__(self, frames: list[Any], rate: int, send: Callable[[Any, float, int], object], still: float) -> None:
        self._is_over = threading.Event()
        count = int(still * rate)
        # Nobody stands as still as to the bit: some senders would count as frozen.
        first = [(frames[0][0], frames[0][1] + [0, 1e-5 * np.sin(number), 0]) for number in range(count)]
        frames = first + frames + [frames[-1]] * (2 * rate)
        start = time.monotonic() + 0.1
        self.began = int((start + count / rate) * 1e9)

        def run() -> None:
            for number, frame in enumerate(frames):
                if self._is_over.wait(max(start + number / rate - time.monotonic(), 0)):
                    return
                send(frame, number / rate, number)

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


def play(motion: Motion, name: str, daemon: Daemon, still: float = 1.5, person: str = "native") -> Player:
    """Plays a motion through a format."""
    rate = RATES.get(name, 60)
    frames = motion.frames(rate)
    if name == "native":
        sender = kmmd.PersonSender(person, daemon.endpoints["people"])
        return Player(
            frames, rate,
            lambda frame, seconds, _: sender.send(rot=frame[0], root_pos=frame[1], t_src_ns=int(seconds * 1e9)), still,
        )  # fmt: skip
    out = TRANSPORTS.get(name, datagrams)(PORTS[name])
    make = people.SENDERS[name]

    def send(frame: Any, seconds: float, number: int) -> None:
        for packet in make((frame[0], frame[1] * SIZE), 1000 + seconds, 100 + number):
            out(packet)

    if name == "mocopi":
        for packet in people.mocopi_skeleton():
            out(packet)
    return Player(frames, rate, send, still)


def heard(client: kmmd.Client, person: str) -> Any:
    for _ in range(100):
        for found in client.people()["people"]:
            if found["person"] == person and found["tracked"]:
                return found
        time.sleep(0.05)
    raise AssertionError(client.people())


def until(messages: kmmd.Subscription, seconds: float = LIMIT_S) -> Iterator[kmmd.Frame | kmmd.Event]:
    """What comes, for so long; then the test has failed."""
    end = time.monotonic() + seconds
    for message in messages:
        if time.monotonic() > end:
            break
        yield message
    raise AssertionError(f"not within {seconds} s")


# ----------------------------------------------------------------------------------------------------------- tests


def follow(daemon: Daemon, motion: Motion, name: str, delay: float) -> tuple[float, np.ndarray, float]:
    """Plays a motion; the joints' mean difference from the offline result in degrees, that of each joint, the median age."""
    person = PERSON.get(name, name)
    with daemon.client() as client, play(motion, name, daemon) as player, client.subscribe(timeout=10) as messages:
        assert heard(client, person)["joints"] >= 18
        messages.wait_until_connected(10)
        client.follow(person, delay_ms=delay, far="ramp")
        misses, ages = [], []
        for message in until(messages):
            if not isinstance(message, kmmd.Frame) or message.header["human"] is None:
                continue
            assert message.header["human"] == person
            age = message.header["human_age_ms"]
            seconds = (message.header["t_mono_ns"] - player.began) / 1e9 - age / 1e3
            if message.header["human_state"] != "following" or seconds < 0.1:
                continue
            wanted = motion.wanted(seconds)
            if wanted is None:
                break
            misses.append(np.abs(message.joint_pos - wanted))
            ages.append(age)
        client.stop()
    joints = np.degrees(np.mean(misses, axis=0))
    print(f"{name}: {joints.mean():.2f} degrees over {len(misses)} frames, age {np.median(ages):.0f} ms")
    assert len(misses) > 50
    return float(joints.mean()), joints, float(np.median(ages))


@pytest.mark.parametrize("clip", ["walk", "turn_left", "jump"] if IS_LONG else ["walk"])
@pytest.mark.parametrize("name", [*FORMATS, "native"] if IS_LONG else ["vmc", "xrobotoolkit", "sonic_smpl", "native"])
def test_the_robot_does_what_the_person_does(
    listener: Daemon, motions: Callable[[str], Motion], name: str, clip: str
) -> None:
    miss, joints, age = follow(listener, motions(clip), name, delay=120)
    if name == "lerobot_smpl":
        # Places of joints tell no twist of forearm and hand: the wrists are the reader's guess.
        with listener.client() as client:
            names = client.robot()["joint_names"]
        miss = joints[[index for index, joint in enumerate(names) if "wrist" not in joint]].mean()
    assert miss < 5
    assert 100 <= age <= 160


def sent(sender: kmmd.PersonSender, **frame: Any) -> None:
    """Sends a frame, once the daemon is there."""
    for _ in range(100):
        if sender.send(**frame):
            return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


def ways(messages: kmmd.Subscription) -> Iterator[Any]:
    """How it stands with a robot that follows, as it is told."""
    for message in until(messages):
        if isinstance(message, kmmd.Event) and message.name == "follow":
            yield message.data


def test_a_text_takes_over_from_a_person_and_a_person_from_a_text(listener: Daemon, motion: Motion) -> None:
    with listener.client() as client, play(motion, "native", listener, 20, "ben"):
        heard(client, "ben")
        with client.subscribe(timeout=10) as messages:
            messages.wait_until_connected(10)
            client.follow("ben", far="ramp")
            told = ways(messages)
            assert next(told)["state"] == "ramping"
            assert next(told)["state"] == "following"
            ack = client.say("a person walks forward", duration_s=4)
            ended = next(told)
            assert (ended["state"], ended["reason"]) == ("ended", "command")
            client.follow("ben", far="ramp")
            assert next(told)["state"] == "ramping"
            assert next(told)["state"] == "following"
            assert client.status(command=ack.command)["state"] == "preempted"
            client.stop()
            ended = next(told)
            assert (ended["state"], ended["reason"]) == ("ended", "stop")


def test_an_upper_body_over_the_plan(listener: Daemon, motion: Motion) -> None:
    with listener.client() as client, play(motion, "native", listener, 20, "cleo"):
        heard(client, "cleo")
        with client.subscribe(timeout=10) as messages:
            messages.wait_until_connected(10)
            joints = client.follow("cleo", part="upper", far="ramp")["joints"]
            assert "left_elbow_joint" in joints and not any("knee" in joint for joint in joints)
            told = ways(messages)
            assert next(told)["state"] == "ramping"
            assert next(told)["state"] == "following"
            ack = client.say("a person walks forward", duration_s=2)
            way = []
            for message in until(messages):
                if isinstance(message, kmmd.Frame) and message.header["command"] == ack.command:
                    assert message.header["human"] == "cleo"
                    way.append(message.root_pos[:2])
                if isinstance(message, kmmd.Event) and message.name == "done":
                    break
        assert np.linalg.norm(way[-1] - way[0]) > 0.3
        assert [f["state"] for f in heard(client, "cleo")["followers"]] == ["following"]
        client.stop()


def test_who_is_lost_is_let_go_and_joined_again_only_soon(listener: Daemon, motion: Motion) -> None:
    """Eased to rest within a second; by itself the robot follows again within one more."""
    frame = motion.frames(60)[0]
    silent, is_over = threading.Event(), threading.Event()

    def send() -> None:
        with kmmd.PersonSender("hal", listener.endpoints["people"]) as sender:
            while not is_over.wait(1 / 60):
                if not silent.is_set():
                    sender.send(rot=frame[0], root_pos=frame[1])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with listener.client() as client, client.subscribe(timeout=10) as messages:
            messages.wait_until_connected(10)
            heard(client, "hal")
            client.follow("hal", far="ramp")
            told = ways(messages)
            assert [next(told)["state"] for _ in range(2)] == ["ramping", "following"]
            silent.set()
            assert [next(told)["state"] for _ in range(2)] == ["holding", "lost"]
            silent.clear()
            assert [next(told)["state"] for _ in range(2)] == ["ramping", "following"]
            silent.set()
            assert [next(told)["state"] for _ in range(2)] == ["holding", "lost"]
            ended = next(told)
            assert (ended["state"], ended["reason"]) == ("ended", "lost")
            silent.clear()
            for message in until(messages):
                if isinstance(message, kmmd.Frame) and message.header["state"] == "holding":
                    assert message.header["human"] is None
                    break
    finally:
        is_over.set()
        thread.join()


def test_a_robot_follows_only_while_the_switch_is_pressed(listener: Daemon, motion: Motion) -> None:
    frame = motion.frames(60)[0]
    pressed, is_over = threading.Event(), threading.Event()

    def send() -> None:
        with kmmd.PersonSender("iris", listener.endpoints["people"]) as sender:
            while not is_over.wait(1 / 60):
                sender.send(rot=frame[0], root_pos=frame[1])
                if pressed.is_set():
                    sender.press()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with listener.client() as client, client.subscribe(timeout=10) as messages:
            messages.wait_until_connected(10)
            heard(client, "iris")
            client.follow("iris", far="ramp", deadman=True)
            told = ways(messages)
            assert next(told)["state"] == "waiting"
            pressed.set()
            assert [next(told)["state"] for _ in range(2)] == ["ramping", "following"]
            pressed.clear()
            assert next(told)["state"] == "lost"
            ended = next(told)
            assert (ended["state"], ended["reason"]) == ("ended", "deadman")
    finally:
        is_over.set()
        thread.join()


def test_what_is_shown_and_said_becomes_data(listener: Daemon, motion: Motion, tmp_path: pathlib.Path) -> None:
    with listener.client() as client, play(motion, "native", listener, 1, "ida"):
        heard(client, "ida")
        with pytest.raises(kmmd.KmmdError):
            client.caption("a person walks")
        name = client.start_recording()
        client.caption("a person walks", person="ida")
        time.sleep(2)
        client.caption("")
        time.sleep(0.3)
        client.stop_recording()
    recording = listener.log.parent / "recordings" / f"{name}.mcap"
    command = [binary("kmmctl"), "train", "prepare", "--layout", "recordings", "--plain"]
    command += ["--data", str(recording), "--out", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "data" / "index.json").read_text())
    clips = [clip for clip in index["clips"] if not clip["mirrored"]]
    assert len(clips) == 1 and "a person walks" in json.dumps(clips[0]["captions"])


def test_what_cannot_be_is_told_and_harmless(listener: Daemon, motion: Motion) -> None:
    rest = motion.frames(60)[0]
    bad = rest[0].copy()
    bad[5] = np.nan
    endpoint = listener.endpoints["people"]
    with listener.client() as client, kmmd.PersonSender("dora", endpoint) as sender:
        before = client.people()["refused"]
        with client.subscribe(frames=False, timeout=10) as messages:
            messages.wait_until_connected(10)
            sent(sender, rot=bad)
            sent(sender, rot=rest[0][:7])
            with kmmd.PersonSender("dora", endpoint, skeleton="centipede") as other:
                sent(other, rot=rest[0])
                time.sleep(0.2)
            send = datagrams(PORTS["vmc"])
            for packet in (b"\xff" * 60_000, b"", b"/VMC/Ext/Bone/Pos\0\0\0", people.vmc(rest, 1.0)[0][:700]):
                send(packet)
            wanted = {"`rot` of joint 5", "28 numbers", "centipede", "OSC"}
            for message in until(messages, 10):
                if isinstance(message, kmmd.Event) and message.name == "refused":
                    wanted -= {part for part in wanted if part in message.data["reason"]}
                    if not wanted:
                        break
        assert client.people()["refused"] >= before + 5
        with pytest.raises(kmmd.KmmdError) as refusal:
            client.follow("nobody")
        assert refusal.value.code == "unknown_person"
        # Two under one name: the first keeps it.
        with kmmd.PersonSender("emil", endpoint) as first, kmmd.PersonSender("emil", endpoint) as second:
            for _ in range(10):
                sent(first, rot=rest[0])
                time.sleep(0.02)
            sent(second, rot=rest[0])
            time.sleep(0.2)
            assert heard(client, "emil")["frames"] == 10
        assert client.people()["people"] and client.status()["robots"][0]["robot"] == "unitree_g1"


def test_thirty_three_points_make_a_person(listener: Daemon, motion: Motion) -> None:
    """MediaPipe's points made from motion capture, through the webcam example's sender."""
    with kmmd.PersonSender("fay", listener.endpoints["people"], skeleton="mediapipe33", axes="camera") as sender:
        places, confidence = mediapipe(motion.frames(60)[30])
        for _ in range(30):
            sender.send(pos=places, confidence=confidence)
            time.sleep(1 / 60)
        with listener.client() as client:
            found = heard(client, "fay")
            assert found["joints"] == 20 and abs(found["leg_length"] - 0.85) < 0.01


def test_a_headset_moves_the_arms(listener: Daemon, motion: Motion) -> None:
    """Head and wrists of motion capture, as matrices in a headset's axes, through the example's sender."""
    sys.path.insert(0, str(ROOT / "Clients/python/examples"))
    import three_points

    turns, places = people.world(motion.frames(60)[30])
    poses = np.tile(np.eye(4), (3, 1, 1))
    for index, joint in enumerate(("head", "left_wrist", "right_wrist")):
        turn = people.openxr_q(turns[people.J[joint]])
        poses[index, :3, :3] = np.transpose([people.rotate(turn, axis) for axis in np.eye(3)])
        poses[index, :3, 3] = people.openxr_p(places[people.J[joint]])
        assert abs(abs(three_points.quaternion(poses[index, :3, :3]) @ turn) - 1) < 1e-6
    with (
        kmmd.PersonSender("gus", listener.endpoints["people"], skeleton="points3", axes="openxr") as sender,
        listener.client() as client,
    ):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            three_points.send(sender, poses)
            time.sleep(1 / 60)
        assert heard(client, "gus")["joints"] >= 8
        joints = client.follow("gus", part="arms", far="ramp")["joints"]
        assert len(joints) == 14 and not any("waist" in joint or "hip" in joint for joint in joints)
        client.stop()


def test_a_file_plays_a_person(listener: Daemon, motion: Motion, tmp_path: pathlib.Path) -> None:
    """The example for those without a suit sends what the file holds."""
    sys.path.insert(0, str(ROOT / "Clients/python/examples"))
    import play_person

    file = tmp_path / "walk.npz"
    subprocess.run([binary("kmmctl"), "convert", CLIPS / "walk.bvh", "-o", file], check=True, timeout=60)
    clip = kmmd.load(file)
    frames = motion.frames(30)
    rotations, places = kmmd.people.poses(clip)
    np.testing.assert_allclose(rotations, [turns for turns, _ in frames], atol=1e-9)
    np.testing.assert_allclose(places, [pelvis for _, pelvis in frames], atol=1e-9)
    command = [sys.executable, play_person.__file__, str(file), "--person", "pia", "--endpoint", listener.endpoints["people"]]
    player = subprocess.Popen(command)
    try:
        with listener.client() as client:
            assert heard(client, "pia")["joints"] == 22
    finally:
        player.kill()
        player.wait(10)


def test_a_sender_in_cpp_is_followed(listener: Daemon, tmp_path: pathlib.Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    source, program = ROOT / "Clients/cpp/person.cpp", tmp_path / "person"
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", str(source.parent), str(source), "-lzmq"]
    subprocess.run([compiler, *flags, "-o", str(program)], check=True, timeout=120)
    environment = dict(os.environ) | {f"KMMD_ENDPOINT_{name.upper()}": end for name, end in listener.endpoints.items()}
    with listener.client() as client, client.subscribe(timeout=10) as messages:
        messages.wait_until_connected(10)
        sender = subprocess.Popen([str(program), "carl", "20"], env=environment)
        try:
            states = []
            for told in ways(messages):
                states.append(told["state"])
                if told["state"] == "following":
                    break
            assert set(states) <= {"waiting", "ramping", "following"}
        finally:
            sender.kill()
            sender.wait(10)
        client.stop()


def mediapipe(frame: Any) -> tuple[np.ndarray, np.ndarray]:
    """33 points of a frame, in the camera's axes, the hips in the origin."""
    turns, joints = people.world(frame)
    j = people.J
    head = lambda x, y, z: joints[j["head"]] + people.rotate(turns[j["head"]], np.array([x, y, z]))  # noqa: E731
    points = [head(0, 0.05, 0.1)] + [head(x, 0.08, 0.08) for x in (0.02, 0.03, 0.04, -0.02, -0.03, -0.04)]
    points += [head(0.07, 0.05, 0), head(-0.07, 0.05, 0), head(0.02, 0, 0.09), head(-0.02, 0, 0.09)]
    sides = ("left", "right")
    for part in ("shoulder", "elbow", "wrist"):
        points += [joints[j[f"{side}_{part}"]] for side in sides]
    for across in (-0.03, 0.03, 0.05):
        for side, sign in zip(sides, (1, -1)):
            wrist = j[f"{side}_wrist"]
            points.append(joints[wrist] + people.rotate(turns[wrist], np.array([0.08 * sign, 0, across])))
    for part in ("hip", "knee", "ankle"):
        points += [joints[j[f"{side}_{part}"]] for side in sides]
    for ahead in (-0.05, 0.18):
        for side in sides:
            ankle = j[f"{side}_ankle"]
            points.append(joints[ankle] + people.rotate(turns[ankle], np.array([0, -0.07, ahead])))
    hips = (joints[j["left_hip"]] + joints[j["right_hip"]]) / 2
    return np.array([[p[0], -p[1], -p[2]] for p in np.array(points) - hips]), np.ones(33)
