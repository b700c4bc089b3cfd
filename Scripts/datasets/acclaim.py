"""Acclaim's skeletons (.asf) and motions (.amc), the form of CMU's and HDM05's recordings."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from skeleton import Array, Motion, euler

# Names by which `kmmctl train prepare` knows the joints.
NAMES = {
    "root": "Hips", "lowerback": "LowerBack", "upperback": "Spine", "thorax": "Spine1", "lowerneck": "Neck", "upperneck": "Neck1",
    "head": "Head",
    **{
        f"{letter}{bone}": name.replace("*", side).replace("%", letter.upper())
        for letter, side in (("l", "Left"), ("r", "Right"))
        for bone, name in {
            "hipjoint": "%HipJoint", "femur": "*UpLeg", "tibia": "*Leg", "foot": "*Foot", "toes": "*ToeBase", "clavicle": "*Shoulder",
            "humerus": "*Arm", "radius": "*ForeArm", "wrist": "*Hand", "hand": "*FingerBase", "fingers": "*HandIndex1",
            "thumb": "%Thumb",
        }.items()
    },
}


@dataclass
class Bone:
    """A bone: the way it points at rest, how long it is (cm), the frame of its angles, and which it has."""

    way: Array
    length: float
    frame: Array
    angles: list[str]


class Skeleton:
    """An .asf file."""

    def __init__(self, text: str) -> None:
        units = re.search(r":units(.*?):", text, re.DOTALL)
        # A unit of length is 1/0.45 of an inch where the file says 0.45.
        scale = 2.54 / float(re.search(r"length\s+(\S+)", units[1])[1])
        self.scale = scale
        self.bones: dict[str, Bone] = {}
        body = text[text.index(":bonedata") : text.index(":hierarchy")]
        for block in re.findall(r"\bbegin\s(.*?)\bend\b", body, re.DOTALL):
            def three(key: str) -> Array:
                return np.array(re.search(rf"{key}\s+(\S+)\s+(\S+)\s+(\S+)", block).groups(), float)

            dof = re.search(r"^\s*dof\s+(.*)$", block, re.MULTILINE)
            way = three("direction")
            self.bones[re.search(r"name\s+(\S+)", block)[1]] = Bone(
                way / np.linalg.norm(way), scale * float(re.search(r"length\s+(\S+)", block)[1]), euler("ZYX", three("axis")[::-1]),
                dof[1].split() if dof else [])
        self.parents: dict[str, str] = {}
        for line in text[text.index(":hierarchy") :].splitlines():
            words = line.split()
            if len(words) > 1 and words[0] not in ("begin", "end") and not words[0].startswith(":"):
                self.parents.update((child, words[0]) for child in words[1:])
        self.order = ["root"]
        for bone in self.order:
            self.order += [child for child in self.bones if self.parents.get(child) == bone]

    def motion(self, text: str, rate: float) -> Motion:
        """The motion of an .amc file on this skeleton."""
        frames = poses(text)
        root = np.array([frame["root"] for frame in frames])
        index = {name: place for place, name in enumerate(self.order)}
        names, parents, offsets, turns, ends = ["Hips"], [-1], [np.zeros(3)], [euler("ZYX", root[:, [5, 4, 3]])], {}
        for name in self.order[1:]:
            bone, parent = self.bones[name], self.parents[name]
            names.append(NAMES[name])
            parents.append(index[parent])
            above = self.bones.get(parent)
            offsets.append(above.way * above.length if above else np.zeros(3))
            angles = np.zeros((len(frames), 3))
            for column, axis in enumerate(bone.angles):
                if axis[0] == "r":
                    angles[:, "xyz".index(axis[1])] = [frame.get(name, [0] * len(bone.angles))[column] for frame in frames]
            turns.append(bone.frame @ euler("ZYX", angles[:, ::-1]) @ bone.frame.T)
            if name not in self.parents.values():
                ends[NAMES[name]] = bone.way * bone.length
        return Motion(names, parents, np.array(offsets), ends, root[:, :3] * self.scale, np.stack(turns, axis=1), rate)


def poses(text: str) -> list[dict[str, list[float]]]:
    """Angles by bone, frame by frame."""
    frames: list[dict[str, list[float]]] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdigit():
            frames.append({})
        elif frames:
            frames[-1][words[0]] = [float(word) for word in words[1:]]
    return [frame for frame in frames if "root" in frame]
