"""The four clips of Animated Drawings (facebookresearch/AnimatedDrawings, examples/bvh/fair1): BVH, z up."""

from __future__ import annotations

import pathlib

import numpy as np
from scipy.spatial.transform import Rotation

from collection import Set
from rig import PARENTS, Poses, carried, evenly, on_the_floor
from skeleton import BVH, Array, Motion, euler

TEXTS = {
    "wave_hello": ["a person waves hello", "a person raises a hand and waves"],
    "dab": ["a person dabs", "a person does a dab dance move"],
    "jumping": ["a person jumps up and down", "a person jumps on the spot"],
    "zombie": ["a person walks like a zombie", "a person staggers forward with the arms held out like a zombie"],
}
THIGH = 41.0
"""Centimetres; the files have units of their own."""


def without_t_pose(motion: Motion) -> Motion:
    """Leaves out the seconds in a T pose with which these begin."""
    arms = [motion.names.index(name) for name in ("LeftArm", "RightArm", "LeftForeArm", "RightForeArm")]
    angles: Array = np.degrees(Rotation.from_matrix(motion.turns[:, arms].reshape(-1, 3, 3)).magnitude()).reshape(-1, 4).max(axis=1)
    moving = np.nonzero(angles >= 30)[0]
    start = int(moving[0]) if len(moving) else 0
    motion.root, motion.turns = motion.root[start:], motion.turns[start:]
    return motion


def convert(source: pathlib.Path) -> list[Set]:
    result = Set("animateddrawings", "animateddrawings")
    upright = euler("X", np.array([[-90.0]]))[0]
    turns = {joint: joint for joint in PARENTS} | {"Spine1": "Spine2"}
    for name, texts in TEXTS.items():
        file = next(iter(sorted(source.rglob(f"{name}.bvh"))), None)
        if file is None:
            result.left_out.append(f"{name}.bvh: there is none")
            continue
        read = BVH.of(file.read_text())
        rest = Poses.of(read.names, read.parents, read.offsets[None], np.tile(np.eye(3), (1, len(read.names), 1, 1)))
        local, places = evenly(np.arange(len(read.turns)) / read.rate, read.turns, read.places)
        moving = Poses.of(read.names, read.parents, places, local)
        tips = {side: f"{side}HandEnd" for side in ("Left", "Right") if f"{side}HandEnd" in read.names}
        scale = THIGH / float(np.linalg.norm(read.offsets[read.names.index("LeftLeg")]))
        motion = on_the_floor(without_t_pose(carried(rest.turned(upright), moving.turned(upright), turns, tips=tips, scale=scale)))
        clip = result.add(f"ad_{name}", motion, "animateddrawings", "train", label=name)
        for text in texts:
            result.say(clip, text, "animateddrawings-label")
    return [result]
