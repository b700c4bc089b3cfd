"""Profiles that change while a real daemon runs: what takes over, when, and what a subscriber sees of it."""

from __future__ import annotations

import json
import pathlib
import signal
import threading
import time
import typing
from collections.abc import Iterator

import numpy as np
import pytest
import zmq
from conftest import ROOT, Daemon, start

import kmmd
from kmmd import container

ROBOT = "unitree_h1"


class Observer:
    """Keeps every reference and every event of the robot, as they come."""

    def __init__(self, daemon: Daemon) -> None:
        self.frames: list[kmmd.Frame] = []
        self.events: list[dict[str, typing.Any]] = []
        self.profiles: list[dict[str, typing.Any]] = []
        self._sockets = []
        for name, topics in {"stream": [f"reference.{ROBOT}."], "events": [f"robot.{ROBOT}.", f"profile.{ROBOT}."]}.items():
            socket = zmq.Context.instance().socket(zmq.SUB)
            socket.linger, socket.rcvhwm = 0, 100_000
            for topic in topics:
                socket.subscribe(topic.encode())
            socket.connect(daemon.endpoints[name])
            self._sockets.append(socket)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.wait(lambda: self.frames and self.profiles)

    def _run(self) -> None:
        poller = zmq.Poller()
        for socket in self._sockets:
            poller.register(socket, zmq.POLLIN)
        while not self._ends.is_set():
            for socket, _ in poller.poll(50):
                parts = socket.recv_multipart()
                if len(parts) == 1:
                    self.frames.append(kmmd.Frame.of(container.decode(parts[0])))
                else:
                    (self.profiles if parts[0].startswith(b"profile.") else self.events).append(json.loads(parts[1]))
        for socket in self._sockets:
            socket.close()

    def wait(self, condition: typing.Callable[[], typing.Any]) -> typing.Any:
        deadline = time.monotonic() + 60
        while not (found := condition()):
            assert time.monotonic() < deadline, self.events[-5:]
            time.sleep(0.02)
        return found

    def event(self, state: str, after: int = 0) -> dict[str, typing.Any]:
        """The first event about the profile with that state, from the event with index `after` on."""
        return self.wait(
            lambda: next((e for e in self.events[after:] if e["event"] == "profile" and e["state"] == state), None)
        )

    def close(self) -> None:
        self._ends.set()
        self._thread.join()


class Setup(typing.NamedTuple):
    daemon: Daemon
    client: kmmd.Client
    observer: Observer
    file: pathlib.Path
    good: dict[str, typing.Any]

    def write(self, **changes: typing.Any) -> None:
        """Puts a changed profile in place at once, as an editor does."""
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.good | changes))
        new.rename(self.file)

    def in_force(self) -> dict[str, typing.Any]:
        """What the daemon says of the robot."""
        return {k: v for k, v in self.client.robot(ROBOT).items() if k != "id"}

    def slower(self) -> list[dict[str, typing.Any]]:
        """The joints, with half the speed."""
        return [j | {"velocity": j["velocity"] / 2} if "velocity" in j else j for j in self.good["joints"]]


@pytest.fixture
def setup(tmp_path: pathlib.Path) -> Iterator[Setup]:
    file = tmp_path / f"{ROBOT}.json"
    file.write_bytes((ROOT / "RobotProfiles" / f"{ROBOT}.json").read_bytes())
    daemon = start("--profiles", str(tmp_path), "--robot", ROBOT)
    observer = Observer(daemon)
    try:
        with daemon.client() as client:
            yield Setup(daemon, client, observer, file, json.loads(file.read_text()))
    finally:
        observer.close()
        assert daemon.stop() == 0


def assert_continuous(frames: list[kmmd.Frame], joints: list[str], later: list[str] | None = None) -> None:
    """Frames and messages are counted on, and nothing steps, at whatever frame the profile changed.

    On a busy machine a subscriber loses messages, so neighbours may be several frames apart.
    """
    for a, b in zip(frames, frames[1:]):
        gap = b.frame - a.frame
        assert gap >= 1 and b.seq - a.seq == gap
        if len(a.joint_pos) == len(b.joint_pos):
            assert np.abs(a.joint_pos - b.joint_pos).max() < gap * 12 / 50 + 1e-3
        if a.header["profile"] != b.header["profile"]:
            own = [joints.index(name) for name in later or joints]
            np.testing.assert_allclose(a.joint_pos[own], b.joint_pos, atol=1e-6)
            np.testing.assert_allclose(a.root_pos, b.root_pos, atol=1e-6)
            assert np.abs(b.joint_vel).max() < 1e-6 and b.state in ("holding", "halted")


def test_reload_takes_a_changed_profile_over_at_once_while_the_robot_holds(setup: Setup) -> None:
    _, client, observer, _, good = setup
    old = setup.in_force()
    assert client.reload()["changes"] == []
    setup.write(joints=setup.slower(), stream={"rate": 100}, display_name="Slow H1")
    answer = client.reload()
    assert [(c["change"], c["profile"]) for c in answer["changes"]] == [("replaced", ROBOT)]
    taken = observer.event("in_force")
    new = setup.in_force()
    assert taken["in_force"] == new["profile"] != old["profile"]
    assert new["joint_velocity"] == pytest.approx([v / 2 for v in old["joint_velocity"]])
    assert new["rate_hz"] == 100 and new["display_name"] == "Slow H1"

    # The new profile begins with the frame that the event named, and nothing steps.
    observer.wait(lambda: observer.frames[-1].frame > taken["frame"] + 20)
    for frame in observer.frames:
        is_new = frame.frame >= taken["frame"]
        assert frame.header["profile"] == (new if is_new else old)["profile"]
        assert frame.header["rate_hz"] == (100 if is_new else 50)
    assert_continuous(observer.frames, old["joint_names"])
    # The retained message came anew, and late subscribers get only that.
    observer.wait(lambda: observer.profiles[-1]["profile"] == new["profile"])
    late = Observer(setup.daemon)
    late.close()
    assert {each["profile"] for each in late.profiles} == {new["profile"]}

    # From now on the motion keeps the new limits.
    client.say("a person walks forward", duration_s=3, seed=1, wait=True)
    later = [f for f in observer.frames if f.frame >= taken["frame"]]
    speeds = [np.abs(b.joint_pos - a.joint_pos) * 100 / (b.frame - a.frame) for a, b in zip(later, later[1:])]
    assert np.max(speeds) > 0.1
    assert (np.max(speeds, axis=0) <= np.asarray(new["joint_velocity"]) + 1e-3).all()
    assert_continuous(observer.frames, old["joint_names"])


def test_a_profile_waits_for_the_end_of_the_motion(setup: Setup) -> None:
    daemon, client, observer, _, _ = setup
    old = setup.in_force()
    command = client.say("a person walks forward", duration_s=4, seed=1)
    observer.wait(lambda: observer.frames[-1].state == "playing")
    setup.write(joints=setup.slower())
    daemon.process.send_signal(signal.SIGHUP)
    waiting = observer.event("waiting")
    assert waiting["in_force"] == old["profile"] != waiting["profile"] and waiting["problem"] is None
    assert setup.in_force()["profile"] == old["profile"]
    assert client.reload()["robots"] == [
        {"robot": ROBOT, "in_force": old["profile"], "waiting": waiting["profile"]}
    ]
    taken = observer.event("in_force")
    assert client.status(command=command.command)["state"] == "done"
    observer.wait(lambda: observer.frames[-1].frame > taken["frame"])
    assert {f.header["profile"] for f in observer.frames if f.state == "playing"} == {old["profile"]}
    assert_continuous(observer.frames, old["joint_names"])
    # The daemon says to the service manager when it has read them.
    told = b""
    while b"READY=1" not in told or b"RELOADING=1\nMONOTONIC_USEC=" not in told:
        told += daemon.notify.recv(4096) + b"\n"  # type: ignore[attr-defined]
    # What follows plays with the new profile.
    again = client.say("a person raises both arms", duration_s=2, wait=True)
    assert {f.header["profile"] for f in observer.frames if f.command == again.command} == {taken["in_force"]}
    assert_continuous(observer.frames, old["joint_names"])


def test_a_bad_profile_changes_nothing_and_the_place_is_named(setup: Setup) -> None:
    _, client, observer, file, good = setup
    old = setup.in_force()
    setup.write(stream={"rate": "fast"})
    answer = client.reload()
    assert [c["change"] for c in answer["changes"]] == ["refused"]
    assert "/stream/rate" in answer["failures"][0]["problem"] and answer["failures"][0]["file"] == str(file)
    event = observer.event("refused")
    assert "/stream/rate" in event["problem"] and event["in_force"] == old["profile"]
    assert setup.in_force() == old
    # Told once: the file is as bad as it was.
    assert client.reload()["changes"] == []
    file.unlink()
    assert [c["change"] for c in client.reload()["changes"]] == ["removed"]
    assert setup.in_force() == old
    client.say("a person nods", duration_s=1, wait=True)
    assert {f.header["profile"] for f in observer.frames} == {old["profile"]}


def test_a_pose_outside_of_the_new_limits_keeps_the_old_profile(setup: Setup) -> None:
    _, client, observer, _, good = setup
    old = setup.in_force()
    stand = good["poses"]["stand"] | {"joints": good["poses"]["stand"]["joints"] | {"left_shoulder_pitch": -0.3}}
    joints = [
        joint | {"range": [joint["range"][0], 0.0]} if joint["name"] == "left_shoulder_pitch" else joint
        for joint in good["joints"]
    ]
    setup.write(joints=joints, poses={"stand": stand})
    client.reload()
    problem = observer.wait(lambda: next((e for e in observer.events if e.get("problem")), None))
    assert problem["state"] == "waiting" and "left_shoulder_pitch" in problem["problem"]
    time.sleep(0.5)
    assert setup.in_force() == old
    # Back again: nothing waits any more.
    setup.write()
    client.reload()
    assert client.reload()["robots"][0]["waiting"] is None


def test_a_profile_may_move_other_joints(setup: Setup) -> None:
    """One that fixes the torso: every later message has a joint less."""
    _, client, observer, _, good = setup
    old = setup.in_force()
    keys = {"name", "body", "origin", "axis"}
    joints = [
        {k: v for k, v in joint.items() if k in keys - {"axis"}} | {"kind": "fixed"} if joint["name"] == "torso" else joint
        for joint in good["joints"]
    ]
    targets = {
        name: target | {"joints": [j for j in target["joints"] if j != "torso"]} for name, target in good["targets"].items()
    }
    poses = {
        name: pose | {"joints": {k: v for k, v in pose["joints"].items() if k != "torso"}}
        for name, pose in good["poses"].items()
    }
    setup.write(joints=joints, targets=targets, poses=poses)
    answer = client.reload()
    assert [c["change"] for c in answer["changes"]] == ["replaced"], answer
    taken = observer.event("in_force")
    names = setup.in_force()["joint_names"]
    assert names == [name for name in old["joint_names"] if name != "torso"]
    client.say("a person waves with the right hand", duration_s=2, wait=True)
    assert {len(f.joint_pos) for f in observer.frames if f.frame < taken["frame"]} == {len(names) + 1}
    assert {len(f.joint_pos) for f in observer.frames if f.frame >= taken["frame"]} == {len(names)}
    assert_continuous(observer.frames, old["joint_names"], names)


def test_a_halt_outlasts_a_reload(setup: Setup) -> None:
    _, client, observer, _, _ = setup
    client.halt()
    observer.wait(lambda: observer.frames[-1].state == "halted")
    setup.write(joints=setup.slower())
    client.reload()
    taken = observer.event("in_force")
    observer.wait(lambda: observer.frames[-1].frame > taken["frame"] + 5)
    assert observer.frames[-1].state == "halted"
    with pytest.raises(kmmd.KmmdError) as refused:
        client.say("a person walks")
    assert refused.value.code == "halted"
    client.reset()
    observer.wait(lambda: observer.frames[-1].state == "holding")
    client.say("a person nods", duration_s=1, wait=True)
