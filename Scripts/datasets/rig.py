"""Motion of any rig, whose pose at rest is known, on the 21 joints that `kmmctl train prepare` knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from skeleton import RATE, Array, Motion, euler


def sided(names: Mapping[str, str], left: Mapping[str, str], right: Mapping[str, str]) -> dict[str, str]:
    """Both sides of names with a star: what the star is on a side in the value is told by `left` and `right`, in the key it is the side."""
    result = {}
    for name, of in names.items():
        for side, words in (("Left", left), ("Right", right)) if "*" in name else (("", {}),):
            value = of
            for mark, word in words.items():
                value = value.replace(mark, word)
            result[name.replace("*", side)] = value
    return result


PARENTS = {"Hips": "", **{name: parent for side in ("Left", "Right") for name, parent in (
    (f"{side}UpLeg", "Hips"), (f"{side}Leg", f"{side}UpLeg"), (f"{side}Foot", f"{side}Leg"), (f"{side}ToeBase", f"{side}Foot"))},
    "Spine": "Hips", "Spine1": "Spine", "Neck": "Spine1", "Head": "Neck",
    **{name: parent for side in ("Left", "Right") for name, parent in (
        (f"{side}Shoulder", "Spine1"), (f"{side}Arm", f"{side}Shoulder"), (f"{side}ForeArm", f"{side}Arm"), (f"{side}Hand", f"{side}ForeArm"))}}
"""The 21 joints and their parents, parents first."""
ENDS = {"LeftToeBase": (0, 0, 6), "RightToeBase": (0, 0, 6), "Head": (0, 15, 0), "LeftHand": (8, 0, 0), "RightHand": (-8, 0, 0)}
# Degrees by which a foot that stands flat, and its toes, are pitched from their frames at rest: as in Bandai-Namco's sets.
SOLE, TOES = 39.0, 21.5


@dataclass
class Poses:
    """Where the joints of a rig are in the world and how they lie: (frames, joints, 3) and (frames, joints, 3, 3)."""

    names: list[str]
    places: Array
    frames: Array

    @classmethod
    def of(cls, names: list[str], parents: list[int], places: Array, turns: Array) -> Poses:
        """Of places and turns in the parents' frames."""
        where, frames = np.zeros_like(places), np.zeros_like(turns)
        for joint, parent in enumerate(parents):
            if parent < 0:
                where[:, joint], frames[:, joint] = places[:, joint], turns[:, joint]
            else:
                frames[:, joint] = frames[:, parent] @ turns[:, joint]
                where[:, joint] = where[:, parent] + np.einsum("tij,tj->ti", frames[:, parent], places[:, joint])
        return cls(names, where, frames)

    def turned(self, matrix: Array) -> Poses:
        """In a world that is turned."""
        return Poses(self.names, self.places @ matrix.T, matrix @ self.frames)


def between(start: Array, end: Array) -> Array:
    """The least rotation of one direction to another one."""
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(start, end)
    length = np.linalg.norm(axis)
    return np.eye(3) if length < 1e-9 else Rotation.from_rotvec(axis / length * np.arctan2(length, start @ end)).as_matrix()


def evenly(times: Array, turns: Array, places: Array, rate: float = RATE) -> tuple[Array, Array]:
    """Turns (frames, joints, 3, 3) and places (frames, joints, 3) at even steps."""
    times, kept = np.unique(times, return_index=True)
    turns, places = turns[kept], places[kept]
    if len(times) < 2:
        return turns, places
    steps = np.minimum(times[0] + np.arange(int(np.floor((times[-1] - times[0]) * rate + 1e-4)) + 1) / rate, times[-1])
    even = [Slerp(times, Rotation.from_matrix(turns[:, joint]))(steps).as_matrix() for joint in range(turns.shape[1])]
    flat = places.reshape(len(times), -1)
    columns = [np.interp(steps, times, flat[:, column]) for column in range(flat.shape[1])]
    return np.stack(even, axis=1), np.stack(columns, axis=1).reshape(len(steps), -1, 3)


def lift(rest: Poses, lies: Mapping[str, str], tips: Mapping[str, str]) -> dict[str, Array]:
    """What turns each joint from the rig's pose at rest, which stands on flat feet, into a T pose with straight legs."""
    place = {joint: rest.places[0, rest.names.index(name)] for joint, name in lies.items()}
    result = {joint: np.eye(3) for joint in PARENTS}
    for side, out in (("Left", np.array([1.0, 0, 0])), ("Right", np.array([-1.0, 0, 0]))):
        for bone, child, way in (("Arm", "ForeArm", out), ("ForeArm", "Hand", out), ("UpLeg", "Leg", [0, -1, 0]), ("Leg", "Foot", [0, -1, 0])):
            result[side + bone] = between(place[side + child] - place[side + bone], np.asarray(way, float))
        hand = rest.places[0, rest.names.index(tips[side])] - place[f"{side}Hand"] if side in tips else None
        result[f"{side}Hand"] = result[f"{side}ForeArm"] if hand is None else between(hand, out)
        ahead = place[f"{side}ToeBase"] - place[f"{side}Foot"]
        straight = Rotation.from_euler("Y", -np.arctan2(ahead[0], ahead[2])).as_matrix()
        result[f"{side}Foot"] = euler("X", np.array([[-SOLE]]))[0] @ straight
        result[f"{side}ToeBase"] = euler("X", np.array([[-TOES]]))[0] @ straight
    return result


def carried(
    rest: Poses, moving: Poses, turns: Mapping[str, str], lies: Mapping[str, str] | None = None, tips: Mapping[str, str] | None = None,
    scale: float = 1, rate: float = RATE,
) -> Motion:
    """A motion of a rig whose `rest` faces +z, with the left side at +x and y up.

    `turns` names the rig's joint that turns as each of the 21 does, `lies` those that lie elsewhere, `tips` a middle finger of each side;
    `scale` makes centimetres.
    """
    lies = {**turns, **(lies or {})}
    lifted = lift(rest, lies, tips or {})
    index = {name: place for place, name in enumerate(rest.names)}
    frames = {
        joint: moving.frames[:, index[turns[joint]]] @ (lifted[joint] @ rest.frames[0, index[turns[joint]]]).T for joint in PARENTS}
    names = list(PARENTS)
    local, offsets = [], []
    for joint, parent in PARENTS.items():
        if not parent:
            local.append(frames[joint])
            offsets.append(np.zeros(3))
            continue
        back = np.swapaxes(frames[parent], 1, 2)
        local.append(back @ frames[joint])
        if parent in ("Hips", "Spine", "Spine1", "Neck") or parent.endswith("Shoulder"):
            # Joints between two of these bend: the bone is what it mostly is in the clip.
            way = moving.places[:, index[lies[joint]]] - moving.places[:, index[lies[parent]]]
            offsets.append(scale * np.median(np.einsum("tij,tj->ti", back, way), axis=0))
        else:
            offsets.append(scale * lifted[parent] @ (rest.places[0, index[lies[joint]]] - rest.places[0, index[lies[parent]]]))
    return Motion(
        names, [names.index(parent) if parent else -1 for parent in PARENTS.values()], np.array(offsets),
        {name: np.array(end, float) for name, end in ENDS.items()}, scale * moving.places[:, index[lies["Hips"]]],
        np.stack(local, axis=1), rate)


def on_the_floor(motion: Motion) -> Motion:
    """The motion with its lowest feet 2 cm over the floor, as soles are."""
    motion.root[:, 1] += 2 - np.percentile(motion.lowest(), 5)
    return motion
