"""The mapping of references to ROS messages, tried without ROS, on messages of the same shape."""

from __future__ import annotations

import pathlib
import re
import sys
import threading
import time
import types
from typing import Any, Callable
from xml.etree import ElementTree

import numpy as np
import pytest

import kmmd
import ros_stand_ins
from conftest import ROOT, free_ports, start

sys.path.insert(0, str(ROOT / "Clients/ros2/kmmd_bridge"))
from kmmd_bridge import messages  # noqa: E402

NAMED = ("command", "priority", "events", "stream", "people")

NAMES = ["left_knee_joint", "right_knee_joint"]


@pytest.fixture
def frame() -> kmmd.Frame:
    f32 = lambda *values: np.array(values, np.float32)  # noqa: E731
    return kmmd.Frame(
        "unitree_g1", {"t_play_ns": 1_790_000_000_123_456_789, "frame_id": "world"}, f32(1, 2, 0.75), f32(0.5, -0.5, 0.1, 0.7),
        f32(0, 0, 0), f32(0, 0, 0), f32(0.25, -1.5), f32(2, -3), f32(1, 1, 1, 1))


def test_joint_state_has_one_entry_for_each_name(frame: kmmd.Frame) -> None:
    state = messages.joint_state(frame, NAMES)
    assert state["header"]["stamp"] == {"sec": 1_790_000_000, "nanosec": 123_456_789}
    assert state["name"] == NAMES
    assert state["position"] == [0.25, -1.5] and state["velocity"] == [2, -3] and state["effort"] == []
    assert all(type(value) is float for value in state["position"] + state["velocity"])


def test_the_root_keeps_its_quaternion(frame: kmmd.Frame) -> None:
    pose = messages.root_pose(frame)
    assert pose["pose"]["position"] == {"x": 1, "y": 2, "z": 0.75}
    orientation = pose["pose"]["orientation"]
    assert [orientation[axis] for axis in "wxyz"] == pytest.approx([0.5, -0.5, 0.1, 0.7])
    assert pose["header"]["frame_id"] == "world"


def test_a_trajectory_reaches_its_point_in_time(frame: kmmd.Frame) -> None:
    trajectory = messages.joint_trajectory(frame, NAMES, 1.25)
    (point,) = trajectory["points"]
    assert point["time_from_start"] == {"sec": 1, "nanosec": 250_000_000}
    assert point["positions"] == [0.25, -1.5] and point["velocities"] == [2, -3]
    # A joint_trajectory_controller takes derivatives for all joints or none.
    assert point["accelerations"] == [] and point["effort"] == []
    assert messages.hold(NAMES)["points"] == []


def test_messages_are_filled_field_by_field(frame: kmmd.Frame) -> None:
    def message(**fields: Any) -> types.SimpleNamespace:
        return types.SimpleNamespace(**fields)

    header = message(stamp=message(sec=0, nanosec=0), frame_id="")
    pose = message(position=message(x=0.0, y=0.0, z=0.0), orientation=message(x=0.0, y=0.0, z=0.0, w=1.0))
    filled = messages.assign(message(header=header, pose=pose), messages.root_pose(frame))
    assert filled.header.stamp.sec == 1_790_000_000 and filled.pose.orientation.w == 0.5
    with pytest.raises(AttributeError):
        messages.assign(message(), {"velocity": [1.0]})


def until(reached: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def follow(node: Any) -> None:
    """A person on a topic is followed by an action, until that is cancelled."""
    array = sys.modules["geometry_msgs.msg"].PoseArray
    is_over = threading.Event()

    def send() -> None:
        while not is_over.wait(1 / 60):
            poses, now = array(), time.monotonic_ns()
            poses.header.stamp.sec, poses.header.stamp.nanosec = now // 10**9, now % 10**9
            # In a T pose, all joints in a heap: rotations alone count.
            poses.poses = [messages.assign(sys.modules["geometry_msgs.msg"].Pose(), {"orientation": {"w": 1.0}}) for _ in range(22)]
            node.calls["~/person"](poses)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        until(lambda: any(person["person"] == "ros" for person in node.client.people()["people"]))
        wanted = sys.modules["kmmd_interfaces.action"].Follow.Goal()
        wanted.person, wanted.ramp = "ros", True
        goal = ros_stand_ins.Goal(wanted)
        ended: list[Any] = []
        action = threading.Thread(target=lambda: ended.append(node.calls["~/follow"](goal)))
        action.start()
        until(lambda: any(feedback.state == "following" for feedback in goal.feedback))
        goal.is_cancel_requested = True
        action.join(timeout=20)
        assert (ended[0].reason, goal.state) == ("hold", "canceled")
        node.client.resume()
    finally:
        is_over.set()
        sender.join()


def test_the_node_finds_a_daemon_that_starts_after_it(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    ros_stand_ins.install()
    from kmmd_bridge import node as bridge

    urdf = tmp_path / "robot.urdf"
    urdf.write_text("<robot name='r'/>")
    ports = free_ports(5)
    for name, port in zip((name.upper() for name in NAMED), ports):
        monkeypatch.setenv(f"KMMD_ENDPOINT_{name}", f"tcp://127.0.0.1:{port}")
    ros_stand_ins.Node.parameters = {"mode": "trajectory", "urdf": str(urdf)}
    node = bridge.Bridge()
    daemon = None
    try:
        until(lambda: any("asking again" in line for line in node.logged))
        node.calls["timer"]()
        assert node.published["/diagnostics"][-1].status[0].level == b"\x02"
        flags = [flag for name, port in zip(NAMED, ports) for flag in (f"--endpoint-{name}", f"tcp://127.0.0.1:{port}")]
        daemon = start(*flags)
        until(lambda: len(node.published["~/joint_states"]) > 20)
        state, pose = node.published["~/joint_states"][-1], node.published["~/root"][-1]
        assert len(state.name) == len(state.position) == 29 and 0.5 < pose.pose.position.z < 1
        assert node.published["/tf"][-1].child_frame_id == "pelvis"
        assert len(node.published["~/joint_trajectory"][-1].points[0].positions) == 29
        assert node.published["robot_description"][0].data == urdf.read_text()

        say = sys.modules["kmmd_interfaces.action"].Say.Goal()
        say.text, say.duration = "wave", 1.0
        goal = ros_stand_ins.Goal(say)
        result = node.calls["~/say_action"](goal)
        assert (result.state, goal.state) == ("done", "succeeded")
        assert [feedback.event for feedback in goal.feedback][:2] == ["queued", "generating"]

        follow(node)

        trigger = sys.modules["std_srvs.srv"].Trigger
        for verb in ("halt", "reset", "hold", "stop"):
            for _ in range(100):
                answer = node.calls[f"~/{verb}"](trigger.Request(), trigger.Response())
                # A robot that still comes to rest cannot be reset.
                if answer.success or not answer.message.startswith("still_moving"):
                    break
                time.sleep(0.1)
            assert answer.success, answer.message

        def is_well() -> bool:
            node.calls["timer"]()
            return bool(node.published["/diagnostics"][-1].status[0].level == b"\0")

        until(is_well)
        daemon.stop()
        until(lambda: node.published["~/joint_trajectory"][-1].points == [])
    finally:
        node.is_over.set()
        node.thread.join(timeout=10)
        # Sockets that are left to the garbage collector make it wait for them.
        node.client.close()
        node.sender.close()
        if daemon is not None and daemon.process.poll() is None:
            daemon.stop()


def test_packages_name_what_they_import() -> None:
    packages = ROOT / "Clients/ros2"
    told = {element.text for element in ElementTree.parse(packages / "kmmd_bridge/package.xml").getroot() if element.text}
    source = (packages / "kmmd_bridge/kmmd_bridge/node.py").read_text()
    imported = set(re.findall(r"^from (\w+)\.(?:msg|srv|action)", source, re.MULTILINE)) | {"rclpy", "tf2_ros"}
    assert imported <= told, imported - told
    assert (packages / "kmmd_interfaces/action/Say.action").read_text().count("---") == 2
