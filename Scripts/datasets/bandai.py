"""Bandai-Namco-Research-Motiondataset 1 and 2: BVH whose joint frames are turned by quarters against the world."""

from __future__ import annotations

import itertools
import pathlib
import re

import numpy as np
from scipy.spatial.transform import Rotation

from collection import Set, drawn_split
from skeleton import BVH, Array, Motion

NAMES = {
    "Hips": "Hips", "Spine": "Spine", "Chest": "Spine1", "Neck": "Neck", "Head": "Head",
    **{
        f"{bone}_{side[0]}": name.replace("*", side)
        for side in ("Left", "Right")
        for bone, name in {
            "Shoulder": "*Shoulder", "UpperArm": "*Arm", "LowerArm": "*ForeArm", "Hand": "*Hand", "UpperLeg": "*UpLeg",
            "LowerLeg": "*Leg", "Foot": "*Foot", "Toes": "*ToeBase",
        }.items()
    },
}
ENDS = {"LeftToeBase": (0, 0, 6), "RightToeBase": (0, 0, 6), "Head": (0, 15, 0), "LeftHand": (8, 0, 0), "RightHand": (-8, 0, 0)}
CONTENTS = {
    "walk": "walks forward", "walk-left": "walks forward and drifts to the left", "walk-right": "walks forward and drifts to the right",
    "walk-back": "walks backward", "walk-turn-left": "walks and turns left", "walk-turn-right": "walks and turns right",
    "run": "runs forward", "dash": "dashes forward", "bow": "bows", "bye": "waves goodbye", "byebye": "waves bye-bye",
    "call": "calls out to someone", "guide": "shows someone the way", "respond": "responds to someone", "kick": "kicks",
    "punch": "punches", "slash": "slashes with a sword", "dance-short": "dances", "dance-long": "dances",
    **{
        f"{label}-{which}": f"{verb} {words}"
        for label, verb in (("wave", "waves"), ("raise-up", "raises"))
        for which, words in {"both-hands": "both hands", "left-hand": "the left hand", "right-hand": "the right hand"}.items()
    },
}
STYLES = {
    "normal": "", "not-confident": "in an unconfident way", "masculinity": "in a masculine way", "old": "like an old person",
    "giant": "like a giant", "chimpira": "like a street thug", "elderly": "like an elderly person",
    **{style: f"in {'an' if style[0] in 'aeiou' else 'a'} {style} way" for style in (
        "active", "tired", "sad", "proud", "musical", "masculine", "happy", "feminine", "childish", "angry", "exhausted", "youthful")},
}
QUARTERS = np.array([
    np.stack([x, y, np.cross(x, y)], axis=1)
    for x, y in itertools.permutations(np.concatenate([np.eye(3), -np.eye(3)]), 2) if abs(x @ y) < 0.5
])
MOST_OF_A_STYLE = 12
"""Clips of waving and raising that are taken of each style: there are hundreds, all alike."""


def rest(stand: BVH) -> dict[str, Array]:
    """The joints' frames at rest: those of a stance that is turned to +z, its arms lifted to a T, as quarter turns."""
    frames, places = stand.in_world()
    frames, places = frames[:5], places[:5]
    index = {name: place for place, name in enumerate(stand.names)}
    left = places[:, index["UpperLeg_L"]] - places[:, index["UpperLeg_R"]]
    back = Rotation.from_euler("Y", np.arctan2(left[:, 2], left[:, 0])[:, None]).as_matrix()
    result = {}
    for name in NAMES.keys() & index.keys():
        mean = Rotation.from_matrix(back @ frames[:, index[name]]).mean().as_matrix()
        if re.match("(Upper|Lower)Arm|Hand", name):
            mean = Rotation.from_euler("Z", 90 if name.endswith("L") else -90, degrees=True).as_matrix() @ mean
        result[name] = QUARTERS[np.argmax(np.einsum("nij,ij->n", QUARTERS, mean))]
    return result


def motion(file: BVH, at_rest: dict[str, Array]) -> Motion:
    """The motion with joint frames that are parallel to the world at rest."""
    frames, places = file.in_world()
    kept = [place for place, name in enumerate(file.names) if name in NAMES]
    index = {place: new for new, place in enumerate(kept)}
    parents = [index.get(file.parents[place], -1) for place in kept]
    world = np.stack([frames[:, place] @ at_rest[file.names[place]].T for place in kept], axis=1)
    turns, offsets = world.copy(), np.zeros((len(kept), 3))
    for new, parent in enumerate(parents):
        if parent >= 0:
            turns[:, new] = np.swapaxes(world[:, parent], 1, 2) @ world[:, new]
            offsets[new] = at_rest[file.names[kept[parent]]] @ file.offsets[kept[new]]
    ends = {name: np.array(end, float) for name, end in ENDS.items()}
    return Motion(
        [NAMES[file.names[place]] for place in kept], parents, offsets, ends, places[:, kept[0]], turns, round(file.rate))


def left_turn(moved: Motion) -> float:
    """How far the pelvis turns to the left, degrees."""
    places, _ = moved.places()
    across = places[:, moved.names.index("LeftUpLeg")] - places[:, moved.names.index("RightUpLeg")]
    heading = np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))
    return float(np.degrees(heading[-1] - heading[0]))


def convert(source: pathlib.Path) -> list[Set]:
    """Both data sets, where they lie below `source`."""
    files = sorted(source.rglob("dataset-[12]_*.bvh"))
    if not files:
        raise SystemExit(f"{source}: there is no dataset-1_….bvh or dataset-2_….bvh below it")
    stands = {"1": "bow_normal", "2": "raise-up-right-hand_normal"}
    # One index for both, as the folder is one.
    result, rests, seen = Set("bandai", "bandai-nc"), {}, {}
    for number, label in stands.items():
        stand = next((file for file in files if file.name.startswith(f"dataset-{number}_{label}")), None)
        if stand:
            rests[number] = rest(BVH.of(stand.read_text()))
    for file in files:
        number, content, style, count = re.fullmatch(r"dataset-(\d)_([a-z-]+)_([a-z-]+)_(\d+)\.bvh", file.name).groups()
        kind = (number, content, style)
        if number not in rests or content not in CONTENTS or style not in STYLES:
            result.left_out.append(f"{file.name}: unknown label, or no {stands[number]} to take the rest pose from")
            continue
        if content.startswith(("raise", "wave")) and seen.get(kind, 0) >= MOST_OF_A_STYLE and number == "2":
            continue
        moved = motion(BVH.of(file.read_text()), rests[number])
        turned = left_turn(moved)
        if (content == "walk-turn-right" and turned > 20) or (content == "walk-turn-left" and turned < -20):
            result.left_out.append(f"{file.name}: turns by {turned:.0f} degrees to the left")
            continue
        seen[kind] = seen.get(kind, 0) + 1
        identity = f"bn{number}_{content}_{style}_{count}"
        result.name = f"bandai{number}"
        clip = result.add(identity, moved, f"bandai{number}", drawn_split(identity), label=content, style=style)
        result.say(clip, f"a person {CONTENTS[content]} {STYLES[style]}".strip(), "bandai-label")
    result.name = "bandai"
    return [result]
