"""SmartBody (worldforge/smartbody, USC Institute for Creative Technologies, LGPL 2.1): skeletons .sk, motions .skm, some BVH."""

from __future__ import annotations

import hashlib
import pathlib
import re
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from collection import Set
from rig import Poses, carried, evenly, sided
from skeleton import BVH, Array, Motion

TEXTS = pathlib.Path(__file__).with_name("smartbody.tsv")
"""Names of motions and what they show, with bars between the sentences."""


@dataclass
class Rig:
    """How a skeleton's joints are called: which turn as the 21 do, which lie elsewhere, and the middle finger."""

    turns: dict[str, str]
    lies: dict[str, str] = field(default_factory=dict)
    tips: dict[str, str] = field(default_factory=dict)


def rig(left: dict[str, str], right: dict[str, str], turns: dict[str, str], lies: dict[str, str], tip: str) -> Rig:
    tips = sided({"*": tip}, left, right)
    return Rig(sided(turns, left, right), sided(lies, left, right), tips)


RIGS = {  # by a joint that only one has
    "JtRoot": rig({"*": "Lf"}, {"*": "Rt"}, {
        "Hips": "JtRoot", "Spine": "JtSpineA", "Spine1": "JtSpineC", "Neck": "JtNeckA", "Head": "JtSkullA", "*UpLeg": "JtHip*",
        "*Leg": "JtKnee*", "*Foot": "JtAnkle*", "*ToeBase": "JtBall*", "*Shoulder": "JtClavicle*", "*Arm": "JtUpperArmTwistB*",
        "*ForeArm": "JtElbow*", "*Hand": "JtWrist*"}, {"*Arm": "JtShoulder*"}, "JtMiddleA*"),
    "base": rig({"*": "l_"}, {"*": "r_"}, {
        "Hips": "base", "Spine": "spine1", "Spine1": "spine3", "Neck": "spine4", "Head": "skullbase", "*UpLeg": "*hip", "*Leg": "*knee",
        "*Foot": "*ankle", "*ToeBase": "*forefoot", "*Shoulder": "*acromioclavicular", "*Arm": "*shoulder", "*ForeArm": "*elbow",
        "*Hand": "*wrist"}, {"*Shoulder": "*sternoclavicular"}, "*middle1"),
    "reference": rig({"*": "Left"}, {"*": "Right"}, {
        "Hips": "Hips", "Spine": "Spine", "Spine1": "Spine2", "Neck": "Neck", "Head": "Head", "*UpLeg": "*UpLeg", "*Leg": "*Leg",
        "*Foot": "*Foot", "*ToeBase": "*Toe", "*Shoulder": "*Shoulder", "*Arm": "*Arm", "*ForeArm": "*ForeArm", "*Hand": "*Hand"},
        {}, "*HandMiddle1"),
    "Hip": rig({"*": "L"}, {"*": "R"}, {
        "Hips": "Hip", "Spine": "LowerSpine", "Spine1": "Chest", "Neck": "Neck", "Head": "Head", "*UpLeg": "*Thigh", "*Leg": "*Shin",
        "*Foot": "*Foot", "*ToeBase": "*Toe", "*Shoulder": "*Clavicle", "*Arm": "*Shoulder", "*ForeArm": "*Forearm", "*Hand": "*Hand"},
        {}, "*Finger2"),
}
# Folders of motions and the skeleton that moves in them, below data/; none where the motions bring their own.
FOLDERS = [
    ("Gestures2", "Gestures2/skeletons/ChrBrad2.sk"), ("Gestures", "Gestures/skeletons/ChrBrad.sk"),
    ("../ChrMaarten/motion", "../ChrMaarten/ChrBrad.sk"), ("MaleGestures", "MaleGestures/skeletons/ChrGarza.sk"),
    ("FemaleGestures", "FemaleGestures/skeletons/ChrConnor.sk"), ("FemaleLocomotion", "FemaleLocomotion/skeletons/ChrHarmony.sk"),
    ("MaleLocomotion", "MaleLocomotion/skeletons/test_utah.sk"), ("MaleMocapLocomotion", "MaleMocapLocomotion/skeletons/ChrBackovic.sk"),
    ("MocapReaching", "MocapReaching/skeletons/ChrGarza.sk"), ("jumping", "jumping/skeletons/ChrGarza.sk"),
    ("kicking", "kicking/skeletons/ChrGarza.sk"), ("punching", "punching/skeletons/ChrGarza.sk"),
    ("reaching", "MaleLocomotion/skeletons/test_utah.sk"), ("PNGestures", "PNGestures/skeletons/pnskeleton.bvh"), ("catching", ""),
    ("swatting", ""), ("../sbm-common/common-sk/motion", "MaleLocomotion/skeletons/test_utah.sk"),
]
NEEDED = ("LeftUpLeg", "LeftLeg", "RightLeg", "LeftForeArm", "RightForeArm", "Spine")
"""Joints that a motion of the whole body moves."""


@dataclass
class Skeleton:
    """Joints lie at an offset and what the channels add, and turn by a turn of their own and then by that of the channels."""

    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[Array] = field(default_factory=list)
    turns: list[Array] = field(default_factory=list)

    def add(self, name: str, parent: int, offset: Array | None = None) -> None:
        self.names.append(name)
        self.parents.append(parent)
        self.offsets.append(np.zeros(3) if offset is None else np.asarray(offset, float))
        self.turns.append(np.eye(3))

    @classmethod
    def of_sk(cls, text: str) -> Skeleton:
        """A .sk file."""
        result, open_joints = cls(), []
        for line in text.splitlines():
            words = line.replace("{", " { ").replace("}", " } ").split("#")[0].split()
            at = 0
            while at < len(words):
                word = words[at]
                if word in ("root", "joint"):
                    result.add(words[at + 1], open_joints[-1] if open_joints else -1)
                    at += 2
                elif word == "{":
                    open_joints.append(len(result.names) - 1)
                    at += 1
                elif word == "}":
                    open_joints.pop()
                    at += 1
                elif word == "offset":
                    result.offsets[open_joints[-1]] = np.array(words[at + 1 : at + 4], float)
                    at += 4
                elif word == "prerot":  # prerot axis x y z ang degrees
                    axis, angle = np.array(words[at + 2 : at + 5], float), float(words[at + 6])
                    length = np.linalg.norm(axis)
                    if length > 0:
                        turn = Rotation.from_rotvec(axis / length * np.radians(angle)).as_matrix()
                        result.turns[open_joints[-1]] = result.turns[open_joints[-1]] @ turn
                    at += 7
                else:
                    at = len(words) if word == "channel" else at + 1
        return result

    @classmethod
    def of_bvh(cls, file: BVH) -> Skeleton:
        """A BVH file's."""
        result = cls()
        for name, parent, offset in zip(file.names, file.parents, file.offsets):
            result.add(name, parent, offset)
        return result

    def poses(self, turns: dict[int, Array] | None = None, places: dict[int, Array] | None = None, count: int = 1) -> Poses:
        """The pose at rest, or those of channels by joint."""
        local = np.tile(np.stack(self.turns), (count, 1, 1, 1))
        where = np.tile(np.stack(self.offsets), (count, 1, 1))
        for joint, turn in (turns or {}).items():
            local[:, joint] = self.turns[joint] @ turn
        for joint, place in (places or {}).items():
            where[:, joint] += place
        return Poses.of(self.names, self.parents, where, local)


def channels(text: str) -> tuple[Array, dict[str, Array], dict[str, Array]]:
    """Times, turns and places by joint of a .skm file."""
    body = text[text.index("channels") :]
    kinds = re.findall(r"^(\S+)\s+(XPos|YPos|ZPos|Quat|XRot|YRot|ZRot|Swing|Twist)\s*$", body, re.MULTILINE)
    rows = re.findall(r"^\s*kt\s+(\S+)\s+fr\s+(.*)$", body, re.MULTILINE)
    if not rows:
        raise ValueError("no frames")
    values = np.array([row.split() for _, row in rows], float)
    turns, places, at = {}, {}, 0
    for joint, kind in kinds:
        width = {"Quat": 3, "Swing": 2}.get(kind, 1)
        part = values[:, at : at + width]
        at += width
        if kind == "Quat":  # an axis times an angle
            turns[joint] = Rotation.from_rotvec(part).as_matrix()
        elif kind.endswith("Pos"):
            places.setdefault(joint, np.zeros((len(values), 3)))[:, "XYZ".index(kind[0])] = part[:, 0]
    if at != values.shape[1]:
        raise ValueError(f"{values.shape[1]} numbers a frame for {at} channels")
    return np.array([float(time) for time, _ in rows]), turns, places


def motion(skeleton: Skeleton, times: Array, turns: dict[int, Array], places: dict[int, Array]) -> Motion | None:
    """The motion of a body; nothing when it moves only a part of one."""
    kind = next((rig for mark, rig in RIGS.items() if mark in skeleton.names), None)
    if kind is None or times[-1] - times[0] < 0.9:
        return None
    if not {skeleton.names.index(kind.turns[joint]) for joint in NEEDED} <= set(turns):
        return None
    moved, placed = list(turns), list(places)
    local, where = evenly(
        times - times[0], np.stack([turns[joint] for joint in moved], axis=1),
        np.stack([places[joint] for joint in placed], axis=1) if placed else np.zeros((len(times), 0, 3)))
    rest = skeleton.poses()
    moving = skeleton.poses(dict(zip(moved, np.moveaxis(local, 1, 0))), dict(zip(placed, np.moveaxis(where, 1, 0))), len(local))
    # Some are in metres.
    scale = 100.0 if np.ptp(rest.places[0, :, 1]) < 3 else 1.0
    tips = {side: name for side, name in kind.tips.items() if name in skeleton.names}
    return carried(rest, moving, kind.turns, kind.lies, tips, scale)


def split_of(name: str) -> str:
    """One for all takes of an action: 90 : 5 : 5."""
    action = re.sub(r"\d+$", "", re.sub(r"^Chr[A-Za-z0-9]+?[@_]", "", name))
    share = int(hashlib.sha256(f"sb{action}".encode()).hexdigest()[:8], 16) / 2**32
    return "test" if share < 0.05 else "val" if share < 0.1 else "train"


def convert(source: pathlib.Path) -> list[Set]:
    base = next((folder for folder in (source / "data/behaviorsets", source / "behaviorsets", source) if folder.is_dir()), source)
    texts = dict(line.split("\t") for line in TEXTS.read_text().splitlines())
    result, seen = Set("smartbody", "smartbody"), set()
    for folder, skeleton_file in FOLDERS:
        top = base / folder if folder.startswith("..") else base / folder / "motions"
        if not top.is_dir():
            continue
        skeleton = None
        if skeleton_file.endswith(".sk"):
            skeleton = Skeleton.of_sk((base / skeleton_file).read_text(errors="replace"))
        elif skeleton_file:
            skeleton = Skeleton.of_bvh(BVH.of((base / skeleton_file).read_text(errors="replace")))
            for side in ("Left", "Right"):  # it has no toes
                skeleton.add(f"{side}Toe", skeleton.names.index(f"{side}Foot"), np.array([0, -8, 17.5]))
        for file in sorted(top.rglob("*")):
            if file.suffix not in (".skm", ".bvh") or "face" in file.parts or file.stem in seen:
                continue
            text = file.read_text(errors="replace")
            try:
                if file.suffix == ".bvh":
                    read = BVH.of(text)
                    own = Skeleton.of_bvh(read)
                    turns, places = dict(enumerate(np.moveaxis(read.turns, 1, 0))), {0: read.places[:, 0] - read.offsets[0]}
                    made = motion(own, np.arange(len(read.turns)) / read.rate, turns, places)
                elif skeleton:
                    times, by_name, place_by_name = channels(text)
                    index = {name: joint for joint, name in enumerate(skeleton.names)}
                    made = motion(
                        skeleton, times, {index[name]: turn for name, turn in by_name.items() if name in index},
                        {index[name]: place for name, place in place_by_name.items() if name in index})
                else:
                    made = None
            except (ValueError, KeyError) as error:
                result.left_out.append(f"{file.name}: {error}")
                continue
            if made is None:
                continue
            seen.add(file.stem)
            label = f"{folder}/{file.stem}" if folder in ("catching", "swatting", "PNGestures") else file.stem
            if label not in texts or len(made) < 30:
                result.left_out.append(f"{file.name}: {'no text for this name' if label not in texts else f'{len(made)} frames'}")
                continue
            clip = result.add("sb_" + re.sub(r"[@/]", "_", label), made, "smartbody", split_of(file.stem), label=file.stem)
            for said in texts[label].split("|"):
                result.say(clip, said, "smartbody-label")
    return [result]
