"""Forward kinematics from a robot profile: enough to say where a hand is."""

from __future__ import annotations

import json
import pathlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

PROFILES = pathlib.Path(__file__).resolve().parents[3] / "RobotProfiles"


def rotation(quaternion: ArrayLike) -> NDArray[np.float64]:
    """The matrix of a unit quaternion w, x, y, z."""
    w, x, y, z = np.asarray(quaternion, float)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def body_positions(
    robot: str, names: list[str], joints: ArrayLike, root_pos: ArrayLike, root_quat: ArrayLike
) -> dict[str, NDArray[np.float64]]:
    """Where the origin of each body is, m in the world, for joint positions in the order of `names`."""
    profile = json.loads((PROFILES / f"{robot}.json").read_text())
    values = dict(zip(names, np.asarray(joints, float)))
    joint_of = {joint["body"]: joint for joint in profile["joints"]}
    poses: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for body in profile["bodies"]:
        joint = joint_of.get(body["name"], {"kind": "fixed"})
        if body.get("parent") is None:
            poses[body["name"]] = (np.asarray(root_pos, float), rotation(root_quat))
            continue
        position, orientation = poses[body["parent"]]
        position = position + orientation @ np.asarray(body["offset"], float)
        orientation = orientation @ rotation(body["rotation"])
        if joint["kind"] in ("revolute", "continuous"):
            assert not np.any(joint.get("origin", 0)), "joints that lie off their body's origin are not needed here"
            half = values[joint["name"]] / 2
            orientation = orientation @ rotation([np.cos(half), *(np.sin(half) * np.asarray(joint["axis"]))])
        poses[body["name"]] = (position, orientation)
    return {name: position for name, (position, _) in poses.items()}
