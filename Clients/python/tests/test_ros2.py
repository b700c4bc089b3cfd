"""The mapping of references to ROS messages, tried without ROS, on messages of the same shape."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

import kmmd
from conftest import ROOT

sys.path.insert(0, str(ROOT / "Clients/ros2"))
import kmmd_messages as messages  # noqa: E402

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
