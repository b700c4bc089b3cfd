# SPDX-License-Identifier: Apache-2.0
"""What a reference of kmmd is in ROS messages, as plain dictionaries of the messages' fields. Needs no ROS.

Frames and units are REP-103's on both sides. Quaternions are w, x, y, z in kmmd and named fields in ROS.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def root_transform(frame: kmmd.Frame, child: str) -> dict[str, Any]:
    """geometry_msgs/TransformStamped of the root body; robot_state_publisher has the rest from the joints."""
    pose = root_pose(frame)
    return {
        "header": pose["header"], "child_frame_id": child,
        "transform": {"translation": pose["pose"]["position"], "rotation": pose["pose"]["orientation"]},
    }


FINAL = ("done", "cancelled", "preempted", "failed", "expired", "interrupted")


def feedback(event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """kmmd_interfaces/Say feedback of an event of the command."""
    return {"event": event, "segment": int(data.get("segment") or 0)}


JOINTS = 22


def person(poses: Any) -> tuple[list[list[float]], list[list[float]]]:
    """Orientations (w, x, y, z) and places of the poses of a geometry_msgs/PoseArray."""
    turns = [[pose.orientation.w, pose.orientation.x, pose.orientation.y, pose.orientation.z] for pose in poses.poses]
    places = [[pose.position.x, pose.position.y, pose.position.z] for pose in poses.poses]
    return turns, places


def following(told: Mapping[str, Any]) -> dict[str, Any]:
    """kmmd_interfaces/Follow feedback of an event `follow`."""
    return {"state": str(told["state"]), "farthest": str(told.get("farthest") or ""), "distance": float(told.get("distance") or 0)}


class Watch:
    """How the stream fares, as diagnostic_msgs/DiagnosticStatus."""

    OK, WARN, ERROR = 0, 1, 2

    def __init__(self) -> None:
        self._count = 0
        self._since: float | None = None
        self._last: tuple[float, kmmd.Frame] | None = None

    def heard(self, frame: kmmd.Frame, now: float) -> None:
        """Takes a reference in that came at a time, seconds."""
        self._count += 1
        self._since = now if self._since is None else self._since
        self._last = (now, frame)

    def status(self, now: float) -> dict[str, Any]:
        """Level, message and values since the last time it was asked."""
        if self._last is None:
            return {"level": self.ERROR, "name": "kmmd: stream", "hardware_id": "", "message": "nothing heard", "values": {}}
        at, frame = self._last
        rate = self._count / max(1e-3, now - (self._since or now))
        self._count, self._since = 0, now
        stale = float(frame.header.get("stale_after_ms", 150)) / 1000
        is_silent = now - at > stale
        level = self.ERROR if is_silent else self.WARN if frame.state == "halted" else self.OK
        return {
            "level": level, "name": "kmmd: stream", "hardware_id": frame.robot,
            "message": f"silent for {now - at:.1f} s" if is_silent else str(frame.state),
            "values": {"rate_hz": f"{rate:.1f}", "frame": str(frame.frame), "state": str(frame.state),
                       "command": str(frame.command or "")},
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
