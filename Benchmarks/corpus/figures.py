"""Where the limbs of a person and of a robot point, found without kmmd: BVH and SMPL by forward kinematics of their own, robots by
MuJoCo."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LIMBS = ["left_thigh", "left_shank", "right_thigh", "right_shank", "left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm"]
"""The columns of every array of directions here."""
ENDS = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]
"""From where to where, twice: legs, then arms; left before right."""
UP = {
    "x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0), "-x": (-1.0, 0.0, 0.0), "-y": (0.0, -1.0, 0.0),
    "-z": (0.0, 0.0, -1.0),
}


def pairs() -> list[tuple[str, str]]:
    """Joints at the ends of the limbs, in the order of LIMBS."""
    return [
        (f"{side}_{a}", f"{side}_{b}") for ends in (ENDS[:2], ENDS[2:]) for side in ("left", "right") for a, b in ends
    ]


def directions(places: dict[str, Array]) -> Array:
    """[T, 8, 3] unit vectors of joint positions [T, 3] by name."""
    lines = np.stack([places[b] - places[a] for a, b in pairs()], axis=1)
    return np.asarray(lines / np.maximum(np.linalg.norm(lines, axis=-1, keepdims=True), 1e-12))


def z_up(vectors: Array, up: str) -> Array:
    """Vectors turned so that a file's up axis is z."""
    axis = np.array(UP[up])
    first = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.5 else np.array([0, 1.0, 0])
    second = np.cross(axis, first)
    return np.asarray(vectors @ np.stack([first, second, axis], axis=1))


def errors(person: Array, robot: Array) -> Array:
    """[T, 8] angles between limbs, degrees, after the one turn about the vertical that brings both clips nearest."""
    a, b = person[..., :2].reshape(-1, 2), robot[..., :2].reshape(-1, 2)
    angle = np.arctan2(np.sum(b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]), np.sum(a * b))
    c, s = np.cos(angle), np.sin(angle)
    turned = robot @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
    return np.asarray(np.degrees(np.arccos(np.clip(np.sum(person * turned, -1), -1, 1))))


# People ---------------------------------------------------------------------------------------------------------------


def turn(axis: str, degrees: Array) -> Array:
    """Matrices [T, 3, 3] of turns about an axis."""
    angle = np.radians(degrees)
    c, s, one, zero = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        "X": [one, zero, zero, zero, c, -s, zero, s, c], "Y": [c, zero, s, zero, one, zero, -s, zero, c],
        "Z": [c, -s, zero, s, c, zero, zero, zero, one],
    }[axis]
    return np.stack(rows, -1).reshape(-1, 3, 3)


def bvh(path: pathlib.Path) -> tuple[dict[str, Array], float]:
    """World positions [T, 3] of all joints by name, and the frame rate; as lenient as a reference has to be."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    head, motion = re.split(r"\bMOTION\b", text, maxsplit=1, flags=re.IGNORECASE)
    joints: list[dict[str, Any]] = []
    stack: list[dict[str, Any] | None] = []
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        words = line.split()
        word = words[0].upper()
        if word in ("ROOT", "JOINT"):
            above = next((item for item in reversed(stack) if item), None)
            joints.append({"name": " ".join(words[1:]), "parent": above, "channels": [], "offset": None})
            pending: dict[str, Any] | None = joints[-1]
        elif word == "END":
            pending = None
        elif word == "{":
            stack.append(pending)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET" and stack[-1] is not None:
            stack[-1]["offset"] = np.array([float(v) for v in words[1:4]])
        elif word == "CHANNELS" and stack[-1] is not None:
            stack[-1]["channels"] = words[2:]
    time = float(re.search(r"Time:\s*(\S+)", motion, re.IGNORECASE)[1])  # type: ignore[index]
    numbers = re.split(r"Time:\s*\S+", motion, maxsplit=1, flags=re.IGNORECASE)[1].split()
    width = sum(len(joint["channels"]) for joint in joints)
    rows = np.array([float(v) for v in numbers[: len(numbers) // width * width]]).reshape(-1, width)
    column = 0
    places: dict[str, Array] = {}
    for joint in joints:
        place = np.tile(joint["offset"], (len(rows), 1))
        rotation = np.tile(np.eye(3), (len(rows), 1, 1))
        for channel in joint["channels"]:
            if channel.lower().endswith("position"):
                place[:, "XYZ".index(channel[0].upper())] = rows[:, column]
            elif channel.lower().endswith("rotation"):
                rotation = rotation @ turn(channel[0].upper(), rows[:, column])
            column += 1
        if joint["parent"] is not None:
            above = joint["parent"]
            place = above["place"] + np.einsum("tij,tj->ti", above["rotation"], place)
            rotation = above["rotation"] @ rotation
        joint["place"], joint["rotation"] = place, rotation
        places[joint["name"]] = place
    return places, 1 / time


SMPL = [
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle", "spine3",
    "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist",
]
PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]


def offsets() -> Array:
    """SMPL's mean bones [22, 3], as the sources state them."""
    source = (pathlib.Path(__file__).resolve().parents[2] / "Sources/HumanBody/SMPLSkeleton.swift").read_text()
    block = re.search(r"static let offsets[^=]*= \[(.*?)\n    \]", source, re.DOTALL)
    rows = re.findall(r"\.zero|Vector3\(([^)]*)\)", block[1])  # type: ignore[index]
    return np.array([[float(v) for v in row.split(",")] if row else [0.0] * 3 for row in rows])


def rotations(vectors: Array) -> Array:
    """Matrices [..., 3, 3] of rotation vectors [..., 3]."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors / np.maximum(angle[..., 0], 1e-12), -1, 0)
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*x.shape, 3, 3)
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k))


def smpl(local: Array, translation: Array | None = None) -> dict[str, Array]:
    """World positions by joint of local rotations [T, 22, 3, 3]."""
    bones = offsets()
    count = len(local)
    world = np.zeros((count, 22, 3, 3))
    places = np.zeros((count, 22, 3))
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            world[:, 0] = local[:, 0]
            places[:, 0] = 0 if translation is None else translation[:count]
        else:
            world[:, joint] = world[:, parent] @ local[:, joint]
            places[:, joint] = places[:, parent] + world[:, parent] @ bones[joint]
    return {name: places[:, index] for index, name in enumerate(SMPL)}


def npz(path: pathlib.Path) -> tuple[dict[str, Array], float]:
    """World positions of a SMPL body in any of the layouts of the corpus, and the frame rate."""
    file = dict(np.load(path, allow_pickle=False))
    rate = float(next(file[key] for key in ("mocap_framerate", "mocap_frame_rate", "fps") if key in file))

    def matrices(values: Array) -> Array:
        if values.shape[-2:] == (3, 3):
            return values.reshape(len(values), -1, 3, 3)
        return rotations(values.reshape(len(values), -1, 3))

    def unbatched(values: Array) -> Array:
        return values[0] if values.shape[0] == 1 and values.shape[1] > 55 else values

    whole = next((file[key] for key in ("poses", "pose_world") if key in file), None)
    root = next((file[key] for key in ("root_orient", "global_orient") if key in file), None)
    body = next((file[key] for key in ("pose_body", "body_pose") if key in file), None)
    if whole is not None and (root is None or matrices(whole).shape[1] in (22, 24, 52, 55)):
        local = matrices(whole)
    else:
        local = np.concatenate(
            [matrices(unbatched(root)), matrices(unbatched(whole if body is None else body))], axis=1)  # type: ignore[arg-type]
    trans = next((file[key] for key in ("trans", "transl", "trans_world") if key in file), None)
    return smpl(local[:, :22], None if trans is None else unbatched(trans).reshape(-1, 3)), rate


# Robots ---------------------------------------------------------------------------------------------------------------

ROBOTS: dict[str, dict[str, Any]] = {
    "unitree_g1": {
        "model": "unitree_g1_29dof/g1.nomesh.xml",
        "joints": {
            "hip": "{side}_hip_roll_joint", "knee": "{side}_knee_joint", "ankle": "{side}_ankle_roll_joint",
            "shoulder": "{side}_shoulder_roll_joint", "elbow": "{side}_elbow_joint", "wrist": "{side}_wrist_roll_joint",
        },
    },
}


def robot(path: pathlib.Path, robots: pathlib.Path, name: str = "unitree_g1") -> Array:
    """Directions [T, 8, 3] of the robot's limbs in what `kmmctl retarget` wrote, straightened by those of the zero pose."""
    import mujoco

    entry = ROBOTS[name]
    model = mujoco.MjModel.from_xml_path(str(robots / entry["model"]))
    data = mujoco.MjData(model)
    with np.load(path) as file:
        joints = [str(joint) for joint in file["joint_names"]]
        positions, root, quaternion = file["joint_pos"], file["root_pos"], file["root_quat"]
    addresses = [int(model.joint(joint).qposadr[0]) for joint in joints]
    rows = []
    for frame in range(len(positions)):
        data.qpos[:3], data.qpos[3:7] = root[frame], quaternion[frame]
        data.qpos[addresses] = positions[frame]
        mujoco.mj_kinematics(model, data)
        rows.append({
            f"{side}_{part}": data.xanchor[model.joint(joint.format(side=side)).id].copy()
            for side in ("left", "right") for part, joint in entry["joints"].items()
        })
    return directions({key: np.array([row[key] for row in rows]) for key in rows[0]})
