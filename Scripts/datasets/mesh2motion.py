"""Animations of Mesh2Motion (Mesh2Motion/mesh2motion-app, CC0): glTF in .glb files."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from collection import Set
from rig import Poses, carried, sided
from skeleton import RATE, Array, Motion

# Bones of the files of 2025, without the prefix DEF-, and of those of 2026.
BONES = [
    sided({
        "Hips": "hips", "Spine": "spine.001", "Spine1": "spine.003", "Neck": "neck", "Head": "head", "*UpLeg": "thigh.*", "*Leg": "shin.*",
        "*Foot": "foot.*", "*ToeBase": "toe.*", "*Shoulder": "shoulder.*", "*Arm": "upper_arm.*", "*ForeArm": "forearm.*",
        "*Hand": "hand.*", "*Tip": "f_middle.01.*"}, {"*": "L"}, {"*": "R"}),
    sided({
        "Hips": "pelvis", "Spine": "spine_01", "Spine1": "spine_03", "Neck": "neck_01", "Head": "head", "*UpLeg": "thigh_*",
        "*Leg": "calf_*", "*Foot": "foot_*", "*ToeBase": "ball_*", "*Shoulder": "clavicle_*", "*Arm": "upperarm_*",
        "*ForeArm": "lowerarm_*", "*Hand": "hand_*", "*Tip": "middle_01_*"}, {"*": "l"}, {"*": "r"}),
]
TEXTS = {
    "Crouch_Idle_Loop": "a person crouches and waits|a person stays crouched", "Dance_Loop": "a person dances",
    "Death01": "a person collapses to the ground", "Driving_Loop": "a person sits and drives a car",
    "Fixing_Kneeling": "a person kneels down and fixes something|a person works on something while kneeling",
    "Idle_Talking_Loop": "a person talks and gestures", "Idle_Torch_Loop": "a person holds up a torch",
    "Interact": "a person reaches out and uses something in front|a person presses a button",
    "Push_Loop": "a person pushes something heavy", "PickUp_Table": "a person picks something up from a table",
    "Punch_Cross": "a person throws a cross punch with the right hand", "Punch_Jab": "a person throws a jab with the left hand",
    "Punch_Enter": "a person raises the fists to fight", "Roll_RM": "a person rolls forward on the ground|a person does a forward roll",
    "Sitting_Enter": "a person sits down on a chair|a person sits down",
    "Sitting_Exit": "a person stands up from a chair|a person stands up",
    "Sitting_Idle_Loop": "a person sits on a chair|a person sits still",
    "Sitting_Talking_Loop": "a person sits and talks|a person gestures while sitting",
    "Spell_Simple_Shoot": "a person casts a spell with one hand", "Sword_Attack_RM": "a person swings a sword",
    "Sword_Idle": "a person holds a sword ready", "Angry": "a person is angry", "Backflip": "a person does a backflip",
    "Bow": "a person bows|a person takes a bow", "Confused": "a person looks confused|a person scratches the head in confusion",
    "Consume Item": "a person drinks something|a person brings something to the mouth",
    "Crawl RM": "a person crawls forward|a person crawls on hands and knees",
    "Dance Body Roll": "a person dances and rolls the body", "Dance Charleston": "a person dances the charleston",
    "Dance Reach Hip": "a person dances with a hand on the hip",
    "Defend": "a person raises the arms to defend themselves|a person blocks with both arms", "Dizzy": "a person is dizzy and sways",
    "Fighting Idle": "a person stands in a fighting stance", "Fighting Left Jab": "a person jabs with the left fist",
    "Fighting Right Jab": "a person jabs with the right fist", "Greeting": "a person waves hello|a person greets someone and waves",
    "Head Nod": "a person nods", "Idle Listening": "a person stands and listens", "Jumping Jacks": "a person does jumping jacks",
    "Kneeling Tired": "a person kneels on the ground, tired", "Meditate": "a person sits cross-legged and meditates",
    "Pushup": "a person does push-ups", "Reject": "a person shakes the head and refuses|a person says no",
    "Shivering": "a person shivers from the cold", "Sleeping": "a person lies on the ground and sleeps",
    "Throw Object": "a person throws something|a person throws a ball",
    "Tired Hunched": "a person is hunched over, tired, and catches their breath", "Victory": "a person celebrates a victory",
    "Victory Fist Pump": "a person pumps the fist in victory",
}
LEAST = 75
"""Frames to which short cycles are repeated."""


class GLB:
    """Nodes and animations of a .glb file; scales are left out."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"glTF":
            raise ValueError("this is no .glb file")
        length = int.from_bytes(data[12:16], "little")
        self.content: dict[str, Any] = json.loads(data[20 : 20 + length])
        self.binary = data[28 + length :]
        nodes = self.content["nodes"]
        above = {child: node for node, one in enumerate(nodes) for child in one.get("children", [])}
        self.order: list[int] = [node for node in range(len(nodes)) if node not in above]
        for node in self.order:
            self.order += nodes[node].get("children", [])
        place = {node: index for index, node in enumerate(self.order)}
        self.names = [nodes[node].get("name", "") for node in self.order]
        self.parents = [place[above[node]] if node in above else -1 for node in self.order]

    def numbers(self, accessor: int) -> Array:
        """The rows of an accessor of floats."""
        of = self.content["accessors"][accessor]
        view = self.content["bufferViews"][of["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[of["type"]]
        if of["componentType"] != 5126:
            raise ValueError("an animation whose numbers are no floats")
        start = view.get("byteOffset", 0) + of.get("byteOffset", 0)
        return np.frombuffer(self.binary, "<f4", of["count"] * width, start).reshape(-1, width).astype(float)

    def poses(self, animation: dict[str, Any] | None = None) -> Poses:
        """The pose at rest, or an animation at 30 frames a second."""
        steps, tracks = np.zeros(1), {}
        if animation:
            inputs = [self.numbers(sampler["input"])[:, 0] for sampler in animation["samplers"]]
            end = max(float(times[-1]) for times in inputs)
            steps = np.minimum(np.arange(round(end * RATE) + 1) / RATE, end)
            for channel in animation["channels"]:
                sampler = animation["samplers"][channel["sampler"]]
                kind, values = sampler.get("interpolation", "LINEAR"), self.numbers(sampler["output"])
                # Of a cubic spline the middle one of three is the value.
                values = values[1::3] if kind == "CUBICSPLINE" else values
                target = channel["target"]
                tracks[target.get("node"), target["path"]] = (inputs[channel["sampler"]], values, kind)
        turns = np.tile(np.eye(3), (len(steps), len(self.order), 1, 1))
        places = np.zeros((len(steps), len(self.order), 3))
        for index, node in enumerate(self.order):
            one = self.content["nodes"][node]
            turns[:, index] = Rotation.from_quat(one.get("rotation", [0, 0, 0, 1])).as_matrix()
            places[:, index] = one.get("translation", [0, 0, 0])
            if (node, "rotation") in tracks:
                turns[:, index] = between_keys(steps, *tracks[node, "rotation"])
            if (node, "translation") in tracks:
                times, values, _ = tracks[node, "translation"]
                places[:, index] = np.stack([np.interp(steps, times, column) for column in values.T], axis=1)
        return Poses.of(self.names, self.parents, places, turns)


def between_keys(steps: Array, times: Array, values: Array, kind: str) -> Array:
    """Turns at even steps of quaternions x, y, z, w at some times."""
    if kind == "STEP" or len(times) < 2:
        before = np.clip(np.searchsorted(times, steps + 1e-6) - 1, 0, len(times) - 1)
        return Rotation.from_quat(values[before]).as_matrix()
    return Slerp(times, Rotation.from_quat(values))(np.clip(steps, times[0], times[-1])).as_matrix()


def repeated(motion: Motion) -> Motion:
    """Short motions that end as they began, as often as it takes."""
    count = len(motion)
    first, last = (motion.root[0], motion.turns[0]), (motion.root[-1], motion.turns[-1])
    is_cycle = count > 4 and np.abs(last[0] - first[0]).max() < 2 and np.abs(last[1] - first[1]).max() < 0.12
    times = max(1, int(np.ceil(LEAST / count))) if is_cycle else 1
    if times > 1:
        motion.root = np.concatenate([motion.root[:-1]] * times + [motion.root[-1:]])
        motion.turns = np.concatenate([motion.turns[:-1]] * times + [motion.turns[-1:]])
    return motion


def convert(source: pathlib.Path) -> list[Set]:
    result, seen = Set("mesh2motion", "mesh2motion"), set()
    for path in sorted(source.rglob("*.glb")):
        file = GLB(path.read_bytes())
        known = {name.removeprefix("DEF-"): name for name in file.names}
        bones = next((bones for bones in BONES if set(bones.values()) <= set(known)), None)
        if bones is None or not file.content.get("animations"):
            continue
        turns = {joint: known[bone] for joint, bone in bones.items() if not joint.endswith("Tip")}
        tips = {side: known[bones[f"{side}Tip"]] for side in ("Left", "Right")}
        rest = file.poses()
        for animation in file.content["animations"]:
            name = animation["name"]
            if name in seen or name not in TEXTS:
                continue
            seen.add(name)
            motion = repeated(carried(rest, file.poses(animation), turns, tips=tips, scale=100))
            if len(motion) < 20:
                result.left_out.append(f"{name}: {len(motion)} frames")
                continue
            clip = result.add("m2m_" + re.sub(r"\W+", "_", name), motion, "mesh2motion", "train", label=name)
            for text in TEXTS[name].split("|"):
                result.say(clip, text, "mesh2motion-label")
    return [result]
