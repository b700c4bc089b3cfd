"""SMPL motions of ASAP (LeCAR-Lab/ASAP), estimated from video: raw_tairantestbed_smpl/video_NAME_…amass.npz."""

from __future__ import annotations

import pathlib
import re

import numpy as np
from scipy.spatial.transform import Rotation

from collection import Set
from rig import PARENTS, Poses, carried, on_the_floor
from skeleton import RATE, euler

NAMES = [
    "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot", "Spine2", "LeftToeBase",
    "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand",
    "RightHand",
]
ABOVE = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
# A usual body, centimetres, both sides alike: only lengths and directions of bones.
LEFT = {1: (6.9, -9.1, -0.6), 4: (3.6, -37.9, -0.7), 7: (-1.5, -39.8, -4.3), 10: (2.6, -5.2, 12.1), 13: (8.0, 12.0, -3.6),
        16: (9.3, 3.2, -0.9), 18: (25.7, -1.3, -2.4), 20: (25.2, 0.8, -0.3)}
MIDDLE = {0: (0, 0, 0), 3: (0, 10.9, -2.7), 6: (0, 13.5, 0.1), 9: (0, 5.3, 2.5), 12: (0, 21.4, -4.3), 15: (0, 6.5, 5.1)}
OFFSETS = np.array([MIDDLE.get(joint) or LEFT.get(joint) or np.array(LEFT[joint - 1]) * [-1, 1, 1] for joint in range(22)], float)
TEXTS = [
    ("side_jump", ["a person jumps to the side", "a person does a side jump"]),
    ("jump_forward", ["a person jumps forward", "a person does a forward jump"]),
    ("jump_degree", ["a person jumps and turns in the air", "a person does a turning jump"]),
    ("single_foot_jump", ["a person hops on one foot", "a person jumps on one leg"]),
    ("single_foot_balance", ["a person balances on one foot", "a person stands on one leg"]),
    ("kick", ["a person kicks", "a person does a kick"]),
    ("squat", ["a person squats", "a person does a squat"]),
    ("step_forward_back", ["a person steps forward and back", "a person takes a step forward and steps back again"]),
    ("step_forward_forward", ["a person takes steps forward", "a person steps forward twice"]),
    ("walk", ["a person walks forward", "a person walks"]),
    ("shoot", ["a person throws a basketball", "a person shoots a basketball"]),
    ("CR7", ["a person jumps, turns in the air and lands with the arms spread", "a person celebrates a goal with a turning jump"]),
    ("Kobe", ["a person does a fadeaway basketball shot"]),
    ("lebron", ["a person celebrates with a silencing gesture"]),
    ("TigerWoods", ["a person swings a golf club and pumps the fist"]),
    ("Bolt", ["a person strikes a victory pose with the arms like drawing a bow"]),
    ("APT", ["a person dances"]),
    ("SpiderMan", ["a person strikes a superhero pose"]),
]


def convert(source: pathlib.Path) -> list[Set]:
    result = Set("asap", "asap")
    upright = euler("X", np.array([[-90.0]]))[0]
    turns = {joint: joint for joint in PARENTS} | {"Spine1": "Spine2"}
    rest = Poses.of(NAMES, ABOVE, OFFSETS[None], np.tile(np.eye(3), (1, 22, 1, 1)))
    for file in sorted(source.rglob("*amass.npz")):
        named = re.search(r"video_(\w+?)_(?:filter_)?amass\.npz$", file.name)
        if not named:
            continue
        name = named[1]
        texts = next((said for key, said in TEXTS if key in name), None)
        # Arrays of objects hold programs and are not read.
        with np.load(file, allow_pickle=False) as data:
            rate, vectors, root = float(data["mocap_framerate"]), data["poses"][:, :66].reshape(-1, 3), data["trans"].astype(float)
        if texts is None or round(rate) != RATE:
            result.left_out.append(f"{file.name}: {f'{rate:g} frames a second' if texts else 'no text for this label'}")
            continue
        local = Rotation.from_rotvec(vectors).as_matrix().reshape(-1, 22, 3, 3)
        local[:, 0] = upright @ local[:, 0]
        places = np.tile(OFFSETS, (len(local), 1, 1))
        places[:, 0] = 100 * root @ upright.T
        motion = on_the_floor(carried(rest, Poses.of(NAMES, ABOVE, places, local), turns))
        clip = result.add(f"asap_{name}", motion, "asap", "train", label=name)
        for text in texts:
            result.say(clip, text, "asap-label")
    return [result]
