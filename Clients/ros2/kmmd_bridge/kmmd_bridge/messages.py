# SPDX-License-Identifier: Apache-2.0
"""What a reference of kmmd is in ROS messages, as plain dictionaries of the messages' fields. Needs no ROS.

Frames and units are REP-103's on both sides. Quaternions are w, x, y, z in kmmd and named fields in ROS.
"""

from __future__ import annotations

from typing import Any

import kmmd


def stamp(nanoseconds: int) -> dict[str, int]:
    """builtin_interfaces/Time or Duration."""
    return {"sec": nanoseconds // 1_000_000_000, "nanosec": nanoseconds % 1_000_000_000}


def joint_state(frame: kmmd.Frame, names: list[str]) -> dict[str, Any]:
    """sensor_msgs/JointState of one reference, stamped with when it is meant to be carried out."""
    return {
        "header": {"stamp": stamp(frame.header["t_play_ns"]), "frame_id": ""},
        "name": list(names),
        "position": [float(value) for value in frame.joint_pos],
        "velocity": [float(value) for value in frame.joint_vel],
        "effort": [],
    }


def root_pose(frame: kmmd.Frame) -> dict[str, Any]:
    """geometry_msgs/PoseStamped of the root body."""
    w, x, y, z = (float(value) for value in frame.root_quat)
    px, py, pz = (float(value) for value in frame.root_pos)
    return {
        "header": {"stamp": stamp(frame.header["t_play_ns"]), "frame_id": str(frame.header["frame_id"])},
        "pose": {"position": {"x": px, "y": py, "z": pz}, "orientation": {"x": x, "y": y, "z": z, "w": w}},
    }


def joint_trajectory(frame: kmmd.Frame, names: list[str], horizon: float) -> dict[str, Any]:
    """trajectory_msgs/JointTrajectory that brings a controller to the reference `horizon` seconds after it is meant.

    One point with position and velocity, so that the controller interpolates with cubics; each message replaces what the
    ones before it had planned from its own time on.
    """
    return {
        "header": {"stamp": stamp(frame.header["t_play_ns"]), "frame_id": ""},
        "joint_names": list(names),
        "points": [
            {
                "positions": [float(value) for value in frame.joint_pos],
                "velocities": [float(value) for value in frame.joint_vel],
                "accelerations": [],
                "effort": [],
                "time_from_start": stamp(round(horizon * 1e9)),
            }
        ],
    }


def hold(names: list[str]) -> dict[str, Any]:
    """trajectory_msgs/JointTrajectory without points: a joint_trajectory_controller stops and holds."""
    return {"header": {"stamp": stamp(0), "frame_id": ""}, "joint_names": list(names), "points": []}


def assign(message: Any, fields: dict[str, Any]) -> Any:
    """Fills a ROS message from a dictionary of its fields, nested ones too; returns it."""
    for name, value in fields.items():
        current = getattr(message, name)
        if isinstance(value, dict):
            assign(current, value)
        else:
            setattr(message, name, value)
    return message
