"""Robot motions of `kmmctl retarget` (.npz) in the pickles and tables that other projects read.

    python -m kmmd.convert walk.npz wave.npz --to gmr -o out/                   # GMR, TWIST, TWIST2: one .pkl each
    python -m kmmd.convert walk.npz wave.npz --to phc --profile unitree_g1.json -o clips.pkl     # PHC, ASAP: one for all
    python -m kmmd.convert walk.npz --to protomotions -o out/                   # CSV as Kimodo writes it

The daemon itself writes no pickles: they run code when they are read. Read only your own.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import pickle
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class ConvertError(ValueError):
    """A file cannot be converted; the message says why."""


@dataclass(frozen=True)
class Motion:
    """A robot's motion: `root_pos` [T, 3] m, `root_quat` [T, 4] (w, x, y, z), `joint_pos` [T, n] rad."""

    fps: float
    joint_names: tuple[str, ...]
    root_pos: Array
    root_quat: Array
    joint_pos: Array

    @classmethod
    def load(cls, path: str | pathlib.Path) -> Motion:
        """Reads an .npz of `kmmctl retarget` or `kmmctl export --format npz`."""
        with np.load(path) as arrays:
            missing = {"fps", "joint_names", "root_pos", "root_quat", "joint_pos"} - set(arrays.files)
            if missing:
                raise ConvertError(f"{path} lacks {', '.join(sorted(missing))}: not a file of kmmctl retarget")
            return cls(
                float(arrays["fps"]), tuple(str(name) for name in arrays["joint_names"]),
                *(np.asarray(arrays[name], float) for name in ("root_pos", "root_quat", "joint_pos")),
            )

    @property
    def root_xyzw(self) -> Array:
        """The root's quaternion with the scalar last."""
        return np.roll(self.root_quat, -1, axis=1)


def gmr(motion: Motion, profile: dict[str, Any] | None = None) -> dict[str, Any]:
    """What GMR writes and TWIST2 reads; with a profile also where the bodies are with the root at the origin, unturned."""
    names, places = (None, None) if profile is None else body_positions(motion, profile)
    return {
        "fps": motion.fps, "root_pos": motion.root_pos, "root_rot": motion.root_xyzw, "dof_pos": motion.joint_pos,
        "local_body_pos": places, "link_body_list": names,
    }


def phc(motion: Motion, profile: dict[str, Any]) -> dict[str, Any]:
    """A clip as PHC and ASAP read it. `pose_aa` has the root's turn, then that of every joint about its axis."""
    axes = {joint["name"]: joint.get("axis", [0, 0, 0]) for joint in profile["joints"]}
    missing = [name for name in motion.joint_names if name not in axes]
    if missing:
        raise ConvertError(f"the profile has no joint {missing[0]}: it is another robot's")
    turns = motion.joint_pos[:, :, None] * np.array([axes[name] for name in motion.joint_names], float)
    return {
        "root_trans_offset": motion.root_pos, "root_rot": motion.root_xyzw, "dof": motion.joint_pos,
        "pose_aa": np.concatenate([_rotation_vector(motion.root_quat)[:, None], turns], axis=1).astype(np.float32),
        "fps": motion.fps,
    }


def table(motion: Motion) -> str:
    """CSV without a header as Kimodo writes it and ProtoMotions imports it: x y z, w x y z, joints."""
    rows = np.concatenate([motion.root_pos, motion.root_quat, motion.joint_pos], axis=1)
    return "".join(",".join(f"{value:.6f}" for value in row) + "\n" for row in rows)


def body_positions(motion: Motion, profile: dict[str, Any]) -> tuple[list[str], Array]:
    """Names of the profile's bodies and their origins [T, bodies, 3], m, with the root at the origin, unturned."""
    columns = {name: motion.joint_pos[:, index] for index, name in enumerate(motion.joint_names)}
    joints = {joint["body"]: joint for joint in profile["joints"]}
    count = len(motion.root_pos)
    names: list[str] = []
    poses: dict[str, tuple[Array, Array]] = {}
    for body in profile["bodies"]:
        place, turn = np.zeros((count, 3)), np.broadcast_to(np.eye(3), (count, 3, 3))
        if body.get("parent") is not None:
            base, facing = poses[body["parent"]]
            joint = joints.get(body["name"], {"kind": "fixed"})
            mimic = joint.get("mimic")
            driver = mimic["joint"] if mimic else joint.get("name")
            value = columns.get(driver, np.zeros(count))
            if mimic:
                value = mimic.get("ratio", 1) * value + mimic.get("offset", 0)
            place = base + facing @ np.asarray(body["offset"], float)
            turn = facing @ _matrix(np.asarray([body["rotation"]], float))
            axis, origin = np.asarray(joint.get("axis", [0, 0, 0]), float), np.asarray(joint.get("origin", [0, 0, 0]), float)
            if joint["kind"] in ("revolute", "continuous"):
                half = value[:, None] / 2
                own = _matrix(np.concatenate([np.cos(half), np.sin(half) * axis], axis=1))
                # About an axis through a point of the body that need not be its origin.
                place = place + (turn @ (origin - own @ origin)[:, :, None])[:, :, 0]
                turn = turn @ own
            elif joint["kind"] == "prismatic":
                place = place + turn @ axis * value[:, None]
        names.append(body["name"])
        poses[body["name"]] = (place, turn)
    return names, np.stack([poses[name][0] for name in names], axis=1)


def _rotation_vector(quaternion: Array) -> Array:
    quaternion = np.where(quaternion[:, :1] < 0, -quaternion, quaternion)
    length = np.linalg.norm(quaternion[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(length, quaternion[:, :1])
    return quaternion[:, 1:] * np.where(length > 1e-9, angle / np.maximum(length, 1e-9), 2)


def _matrix(quaternion: Array) -> Array:
    w, x, y, z = quaternion.T
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
        ],
        -2,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("motions", nargs="+", type=pathlib.Path, help=".npz files of kmmctl retarget")
    parser.add_argument("--to", required=True, choices=("gmr", "twist2", "phc", "asap", "protomotions"))
    parser.add_argument("--profile", type=pathlib.Path, help="the robot's profile; phc and asap need it")
    parser.add_argument("-o", "--out", required=True, type=pathlib.Path, help="a folder; for phc and asap a file")
    given = parser.parse_args(arguments)
    profile = json.loads(given.profile.read_text()) if given.profile else None
    try:
        motions = {path.stem: Motion.load(path) for path in given.motions}
        if given.to in ("phc", "asap"):
            if profile is None:
                parser.error("--profile is needed: the clips hold the joints' axes")
            given.out.parent.mkdir(parents=True, exist_ok=True)
            # joblib.load reads plain pickles too.
            given.out.write_bytes(pickle.dumps({name: phc(motion, profile) for name, motion in motions.items()}))
            return
        given.out.mkdir(parents=True, exist_ok=True)
        for name, motion in motions.items():
            if given.to == "protomotions":
                (given.out / f"{name}.csv").write_text(table(motion))
            else:
                (given.out / f"{name}.pkl").write_bytes(pickle.dumps(gmr(motion, profile)))
    except (ConvertError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
