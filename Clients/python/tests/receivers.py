"""Readers of the formats that other controllers read, written from the formats' descriptions alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MUJOCO_G1 = [
    f"{side}_{joint}_joint" for side in ("left", "right")
    for joint in ("hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll")
] + ["waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint"] + [
    f"{side}_{joint}_joint" for side in ("left", "right")
    for joint in (
        "shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow", "wrist_roll", "wrist_pitch", "wrist_yaw")
]
"""The 29 motors of a G1 by index."""

ISAACLAB = [
    0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10, 16, 23, 5, 11, 17, 24, 18, 25, 19, 26, 20, 27, 21, 28,
]
"""Entry i: the motor at place i of IsaacLab's order."""

_TYPES = {"f32": "<f4", "f64": "<f8", "i32": "<i4", "i64": "<i8", "u8": "u1", "bool": "?"}


def unpacked(data: bytes, types: Mapping[str, str] = _TYPES) -> tuple[str, dict[str, Any], dict[str, NDArray]]:
    """Topic, header and arrays of a packed message: the topic, 1280 bytes of header, arrays of these types without gaps."""
    start = data.index(b"{")
    header = json.loads(data[start : start + 1280].rstrip(b"\0"))
    arrays, offset = {}, start + 1280
    for entry in header["fields"]:
        dtype = np.dtype(types[entry["dtype"]])
        count = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
        offset += count * dtype.itemsize
    assert offset == len(data), "bytes follow the last array"
    return data[:start].decode(), header, arrays


def packed(data: bytes, topic: str) -> dict[str, NDArray]:
    """The arrays of a packed message of a topic, and its version."""
    name, header, arrays = unpacked(data)
    assert name == topic, data[:40]
    assert header["endian"] == "le"
    return {"v": header["v"], **arrays}


def from_isaaclab(values: NDArray) -> NDArray:
    """Values by motor index of values in IsaacLab's order."""
    result = np.empty_like(values)
    result[..., ISAACLAB] = values
    return result


@dataclass
class Sonic:
    """SONIC's sliding window: merges what comes, and says when it would begin anew."""

    version: int = 1
    window: dict[int, NDArray] = field(default_factory=dict)
    cursor: int = 0
    resets: list[str] = field(default_factory=list)

    def receive(self, data: bytes) -> None:
        pose = packed(data, "pose")
        assert pose["v"] == self.version
        index, joints = pose["frame_index"], from_isaaclab(pose["joint_pos"])
        assert pose["body_quat"].shape == (len(index), 4) and pose["joint_vel"].shape == joints.shape
        assert list(pose["catch_up"]) == [0]
        reason = ""
        if not self.window:
            reason = "first message"
        elif index[0] <= min(self.window):
            reason = f"begins at {index[0]}, the window at {min(self.window)}"
        elif index[-1] <= max(self.window):
            reason = f"ends at {index[-1]}, the window at {max(self.window)}"
        elif index[0] > max(self.window) + 1:
            reason = f"a gap between {max(self.window)} and {index[0]}"
        if reason:
            self.resets.append(reason)
            self.window = {}
            self.cursor = int(index[0])
        start = min(self.cursor - 5, int(index[0]))
        self.window = {k: v for k, v in self.window.items() if start <= k < index[0]}
        self.window.update({int(k): joints[i] for i, k in enumerate(index)})

    def step(self, look_ahead: int = 46) -> bool:
        """One control step; whether the motion advanced."""
        if self.cursor < max(self.window) + 1 - look_ahead:
            self.cursor += 1
            return True
        return False


SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
"""SMPL's 22 joints and a point in each hand."""


def smpl_bones(joints: NDArray, pose: NDArray) -> NDArray:
    """The bones of a body in its rest pose (y up, facing +z), [24,3], from joints in the root's axes (z up, x forward) and
    rotation vectors in SMPL's: the same for every pose, if joints and rotations are of one convention."""
    local = [np.eye(3), *(rotation_matrix(vector) for vector in pose), np.eye(3), np.eye(3)]
    turns: list[NDArray] = []
    bones = np.zeros((24, 3))
    for joint, parent in enumerate(SMPL_PARENTS):
        if parent < 0:
            turns.append(local[joint])
            continue
        step = joints[joint] - joints[parent]
        # The world's x is SMPL's z, its y SMPL's x, its z SMPL's y.
        bones[joint] = turns[parent].T @ np.array([step[1], step[2], step[0]])
        turns.append(turns[parent] @ local[joint])
    return bones


def rotation_matrix(vector: NDArray) -> NDArray:
    """Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = np.asarray(vector, float) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def roll_pitch_yaw(quat: NDArray) -> NDArray:
    """Angles about the fixed axes x, y, z."""
    w, x, y, z = (float(value) for value in quat)
    return np.array([
        np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)), np.arcsin(np.clip(2 * (w * y - z * x), -1, 1)),
        np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    ])


def rotate_back(quat: NDArray, vector: NDArray) -> NDArray:
    """A vector of the world in the axes of a body."""
    w, x, y, z = (float(value) for value in quat)
    matrix = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])
    return matrix.T @ np.asarray(vector, float)


class Redis:
    """GET, as a controller polls a Redis server."""

    def __init__(self, port: int, password: str | None = None) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=10).makefile("rwb")
        if password is not None:
            self._ask("AUTH", password)

    def select(self, database: int) -> None:
        self._ask("SELECT", str(database))

    def get(self, key: str) -> bytes | None:
        length = int(self._ask("GET", key))
        return None if length < 0 else self.stream.read(length + 2)[:-2]

    def _ask(self, *words: str) -> str:
        """The first line of the answer, without the letter of its kind."""
        parts = [f"*{len(words)}", *(part for word in words for part in (f"${len(word)}", word))]
        self.stream.write("".join(part + "\r\n" for part in parts).encode())
        self.stream.flush()
        head = self.stream.readline().decode()
        assert head[0] in "+$", head
        return head[1:].strip()
