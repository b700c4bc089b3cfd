"""BVH files as programs of many kinds export them, made of one motion of the SMPL body, so that what is right is known.

A dialect names the joints, says how their frames lie in the T pose (along the world, or along the bones as in LAFAN1 and SOMA), which
way is up, the unit, the order of angles, joints that twist a bone in line, and what hangs above the hips.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass, field

import numpy as np
from figures import PARENTS, SMPL, Array, offsets, rotations

SIDES = ("left", "right")
PARTS = ["hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist"]


@dataclass
class Dialect:
    """How one program writes."""

    trunk: list[str]
    """Names of pelvis, spine1, spine2, spine3, neck, head; an empty one is left out."""
    limbs: dict[str, str]
    """Names of the parts of limbs, with {L}, {l}, {Left}, {left} for the side; parts without a name are left out."""
    order: str = "ZXY"
    unit: float = 100.0
    """Units in a metre."""
    up: str = "y"
    """Axis of the motion's world and, unless `turned`, of the rest pose."""
    turned: bool = False
    """The rest pose is y up whatever the motion is."""
    axes: dict[str, list[list[int]]] = field(default_factory=dict)
    """By group (trunk, left_leg, right_leg, left_arm, right_arm, ...): left, up and ahead of the T pose in the joints' frames."""
    twists: dict[str, str] = field(default_factory=dict)
    """Names of joints in the middle of a bone, by the part that begins it."""
    above: list[str] = field(default_factory=list)
    """Joints above the hips: the first is the root of the file; only the hips move."""
    arms_down: float = 0.0
    """Arms hang so far from the T pose in the rest pose, degrees."""
    end: float = 0.1
    """Length of end sites, m."""


def _sided(name: str, side: str) -> str:
    return name.format(L=side[0].upper(), l=side[0], Left=side.title(), left=side, jp="左" if side == "left" else "右")


ALONG_WORLD = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
MOTION_BUILDER = {
    "hip": "{Left}UpLeg", "knee": "{Left}Leg", "ankle": "{Left}Foot", "foot": "{Left}ToeBase", "collar": "{Left}Shoulder",
    "shoulder": "{Left}Arm", "elbow": "{Left}ForeArm", "wrist": "{Left}Hand",
}
SPINE = ["Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"]

DIALECTS: dict[str, Dialect] = {
    "motionbuilder": Dialect(SPINE, MOTION_BUILDER),
    "mixamo": Dialect([f"mixamorig:{name}" for name in SPINE], {k: f"mixamorig:{v}" for k, v in MOTION_BUILDER.items()}, order="XYZ"),
    "lafan1": Dialect(
        SPINE, {**MOTION_BUILDER, "foot": "{Left}Toe"}, order="ZYX", axes={
            "trunk": [[0, 0, 1], [1, 0, 0], [0, 1, 0]], "left_leg": [[0, 0, -1], [-1, 0, 0], [0, 1, 0]],
            "right_leg": [[0, 0, -1], [-1, 0, 0], [0, 1, 0]], "left_foot": [[0, 0, -1], [0, 1, 0], [1, 0, 0]],
            "right_foot": [[0, 0, -1], [0, 1, 0], [1, 0, 0]], "left_arm": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
            "right_arm": [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
        }),
    "soma": Dialect(
        ["Hips", "Spine1", "Spine2", "Chest", "Neck1", "Head"],
        {**MOTION_BUILDER, "hip": "{Left}Leg", "knee": "{Left}Shin"}, order="ZYX", above=["Root"], axes={
            "trunk": [[0, 0, 1], [1, 0, 0], [0, 1, 0]], "left_leg": [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
            "right_leg": [[0, 0, 1], [1, 0, 0], [0, 1, 0]], "left_foot": [[0, 0, 1], [0, -1, 0], [1, 0, 0]],
            "right_foot": [[0, 0, 1], [0, 1, 0], [-1, 0, 0]], "left_arm": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
            "right_arm": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
        }),
    "along_y": Dialect(
        ["Pelvis", "Spine", "Spine1", "Spine2", "Neck", "Head"], MOTION_BUILDER, order="XYZ", axes={
            "trunk": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "left_leg": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
            "right_leg": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]], "left_foot": [[-1, 0, 0], [0, 0, -1], [0, 1, 0]],
            "right_foot": [[-1, 0, 0], [0, 0, -1], [0, 1, 0]], "left_arm": [[0, 1, 0], [1, 0, 0], [0, 0, -1]],
            "right_arm": [[0, -1, 0], [-1, 0, 0], [0, 0, -1]],
        }),
    "xsens": Dialect(
        ["Hips", "Chest", "Chest2", "Chest4", "Neck", "Head"], {
            "hip": "{Left}Hip", "knee": "{Left}Knee", "ankle": "{Left}Ankle", "foot": "{Left}Toe", "collar": "{Left}Collar",
            "shoulder": "{Left}Shoulder", "elbow": "{Left}Elbow", "wrist": "{Left}Wrist",
        }, order="YXZ"),
    "rokoko": Dialect(
        ["Hips", "Spine1", "Spine2", "Spine3", "Neck", "Head"],
        {**MOTION_BUILDER, "hip": "{Left}Thigh", "knee": "{Left}Shin", "foot": "{Left}Toe"}, order="YXZ"),
    "noitom": Dialect([f"Robot_{n}" for n in SPINE], {k: f"Robot_{v}" for k, v in MOTION_BUILDER.items() if k != "foot"}, order="YXZ"),
    "optitrack": Dialect(
        ["Hip", "Ab", "", "Chest", "Neck", "Head"], {
            "hip": "{L}Thigh", "knee": "{L}Shin", "ankle": "{L}Foot", "foot": "{L}Toe", "collar": "{L}Shoulder",
            "shoulder": "{L}UArm", "elbow": "{L}FArm", "wrist": "{L}Hand",
        }, order="XYZ", unit=1.0),
    "unreal": Dialect(
        ["pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"], {
            "hip": "thigh_{l}", "knee": "calf_{l}", "ankle": "foot_{l}", "foot": "ball_{l}", "collar": "clavicle_{l}",
            "shoulder": "upperarm_{l}", "elbow": "lowerarm_{l}", "wrist": "hand_{l}",
        }, order="XYZ", up="z", above=["root"], arms_down=45),
    "unreal_turned": Dialect(
        ["pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"], {
            "hip": "thigh_{l}", "knee": "calf_{l}", "ankle": "foot_{l}", "foot": "ball_{l}", "collar": "clavicle_{l}",
            "shoulder": "upperarm_{l}", "elbow": "lowerarm_{l}", "wrist": "hand_{l}",
        }, order="ZYX", up="z", turned=True),
    "biped": Dialect(
        ["Bip01 Pelvis", "Bip01 Spine", "Bip01 Spine1", "Bip01 Spine2", "Bip01 Neck", "Bip01 Head"], {
            "hip": "Bip01 {L} Thigh", "knee": "Bip01 {L} Calf", "ankle": "Bip01 {L} Foot", "foot": "Bip01 {L} Toe0",
            "collar": "Bip01 {L} Clavicle", "shoulder": "Bip01 {L} UpperArm", "elbow": "Bip01 {L} Forearm",
            "wrist": "Bip01 {L} Hand",
        }, unit=1000.0, up="z", above=["Bip01"]),
    "daz": Dialect(
        ["hip", "abdomenLower", "abdomenUpper", "chestUpper", "neckLower", "head"], {
            "hip": "{l}ThighBend", "knee": "{l}Shin", "ankle": "{l}Foot", "foot": "{l}Toe", "collar": "{l}Collar",
            "shoulder": "{l}ShldrBend", "elbow": "{l}ForearmBend", "wrist": "{l}Hand",
        }, order="XYZ", twists={"hip": "{l}ThighTwist", "shoulder": "{l}ShldrTwist", "elbow": "{l}ForearmTwist"}),
    "autorigpro": Dialect(
        ["root_ref.x", "spine_01.x", "spine_02.x", "spine_03.x", "neck.x", "head.x"], {
            "hip": "thigh_stretch.{l}", "knee": "leg_stretch.{l}", "ankle": "foot.{l}", "foot": "toes_01.{l}",
            "collar": "shoulder.{l}", "shoulder": "arm_stretch.{l}", "elbow": "forearm_stretch.{l}", "wrist": "hand.{l}",
        }, order="YZX", up="z", unit=1.0),
    "rigify": Dialect(
        ["DEF-spine", "DEF-spine.001", "DEF-spine.002", "DEF-spine.003", "DEF-spine.004", "DEF-spine.006"], {
            "hip": "DEF-thigh.{L}", "knee": "DEF-shin.{L}", "ankle": "DEF-foot.{L}", "foot": "DEF-toe.{L}",
            "collar": "DEF-shoulder.{L}", "shoulder": "DEF-upper_arm.{L}", "elbow": "DEF-forearm.{L}", "wrist": "DEF-hand.{L}",
        }, twists={"hip": "DEF-thigh.{L}.001", "knee": "DEF-shin.{L}.001", "shoulder": "DEF-upper_arm.{L}.001", "elbow": "DEF-forearm.{L}.001"},
        up="z", unit=1.0),
    "vrm": Dialect(
        ["J_Bip_C_Hips", "J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest", "J_Bip_C_Neck", "J_Bip_C_Head"], {
            "hip": "J_Bip_{L}_UpperLeg", "knee": "J_Bip_{L}_LowerLeg", "ankle": "J_Bip_{L}_Foot", "foot": "J_Bip_{L}_ToeBase",
            "collar": "J_Bip_{L}_Shoulder", "shoulder": "J_Bip_{L}_UpperArm", "elbow": "J_Bip_{L}_LowerArm",
            "wrist": "J_Bip_{L}_Hand",
        }, order="YXZ", unit=1.0, above=["Root"]),
    "mmd": Dialect(
        ["下半身", "上半身", "", "上半身2", "首", "頭"], {
            "hip": "{jp}足", "knee": "{jp}ひざ", "ankle": "{jp}足首", "foot": "{jp}つま先", "collar": "{jp}肩", "shoulder": "{jp}腕",
            "elbow": "{jp}ひじ", "wrist": "{jp}手首",
        }, order="YXZ", unit=12.5, above=["全ての親", "センター"], arms_down=35,
        twists={"shoulder": "{jp}腕捩", "elbow": "{jp}手捩"}),
    "smpl_names": Dialect(
        ["m_avg_Pelvis", "m_avg_Spine1", "m_avg_Spine2", "m_avg_Spine3", "m_avg_Neck", "m_avg_Head"], {
            "hip": "m_avg_{L}_Hip", "knee": "m_avg_{L}_Knee", "ankle": "m_avg_{L}_Ankle", "foot": "m_avg_{L}_Foot",
            "collar": "m_avg_{L}_Collar", "shoulder": "m_avg_{L}_Shoulder", "elbow": "m_avg_{L}_Elbow", "wrist": "m_avg_{L}_Wrist",
        }, above=["m_avg_root"]),
    "poser": Dialect(
        ["hip", "abdomen", "", "chest", "neck", "head"], {
            "hip": "{l}Thigh", "knee": "{l}Shin", "ankle": "{l}Foot", "foot": "{l}Toe", "collar": "{l}Collar", "shoulder": "{l}Shldr",
            "elbow": "{l}ForeArm", "wrist": "{l}Hand",
        }, order="XZY", unit=38.1),
    "mocopi": Dialect(
        ["root", "torso_1", "torso_4", "torso_7", "neck_1", "head"], {
            "hip": "{l}_up_leg", "knee": "{l}_low_leg", "ankle": "{l}_foot", "foot": "{l}_toes", "collar": "{l}_shoulder",
            "shoulder": "{l}_up_arm", "elbow": "{l}_low_arm", "wrist": "{l}_hand",
        }),
    "mvn": Dialect(
        ["Pelvis", "L5", "T12", "T8", "Neck", "Head"], {
            "hip": "{Left}UpperLeg", "knee": "{Left}LowerLeg", "ankle": "{Left}Foot", "foot": "{Left}Toe", "collar": "{Left}Shoulder",
            "shoulder": "{Left}UpperArm", "elbow": "{Left}ForeArm", "wrist": "{Left}Hand",
        }, order="YXZ"),
    "unity": Dialect(
        ["Hips", "Spine", "Chest", "UpperChest", "Neck", "Head"], {
            "hip": "{Left}UpperLeg", "knee": "{Left}LowerLeg", "ankle": "{Left}Foot", "foot": "{Left}Toes", "collar": "{Left}Shoulder",
            "shoulder": "{Left}UpperArm", "elbow": "{Left}LowerArm", "wrist": "{Left}Hand",
        }, unit=1.0),
    "character_creator": Dialect(
        ["CC_Base_Hip", "CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02", "CC_Base_NeckTwist01", "CC_Base_Head"], {
            "hip": "CC_Base_{L}_Thigh", "knee": "CC_Base_{L}_Calf", "ankle": "CC_Base_{L}_Foot", "foot": "CC_Base_{L}_ToeBase",
            "collar": "CC_Base_{L}_Clavicle", "shoulder": "CC_Base_{L}_Upperarm", "elbow": "CC_Base_{L}_Forearm",
            "wrist": "CC_Base_{L}_Hand",
        }, order="XYZ", arms_down=40),
    "makehuman": Dialect(
        ["root", "spine05", "spine03", "spine01", "neck01", "head"], {
            "hip": "upperleg01.{L}", "knee": "lowerleg01.{L}", "ankle": "foot.{L}", "foot": "toe1-1.{L}", "collar": "clavicle.{L}",
            "shoulder": "upperarm01.{L}", "elbow": "lowerarm01.{L}", "wrist": "wrist.{L}",
        }, twists={
            "hip": "upperleg02.{L}", "knee": "lowerleg02.{L}", "shoulder": "upperarm02.{L}", "elbow": "lowerarm02.{L}",
        }, up="z", unit=10.0, arms_down=45),
    "metarig": Dialect(
        ["spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"], {
            "hip": "thigh.{L}", "knee": "shin.{L}", "ankle": "foot.{L}", "foot": "toe.{L}", "collar": "shoulder.{L}",
            "shoulder": "upper_arm.{L}", "elbow": "forearm.{L}", "wrist": "hand.{L}",
        }, order="XYZ", unit=1.0, arms_down=50),
    "acclaim": Dialect(
        ["root", "lowerback", "upperback", "thorax", "lowerneck", "head"], {
            "hip": "{l}femur", "knee": "{l}tibia", "ankle": "{l}foot", "foot": "{l}toes", "collar": "{l}clavicle",
            "shoulder": "{l}humerus", "elbow": "{l}radius", "wrist": "{l}wrist",
        }, order="XYZ", unit=17.7165),
    "arkit": Dialect(
        ["hips_joint", "spine_1_joint", "spine_4_joint", "spine_7_joint", "neck_1_joint", "head_joint"], {
            "hip": "{left}_upLeg_joint", "knee": "{left}_leg_joint", "ankle": "{left}_foot_joint", "foot": "{left}_toes_joint",
            "collar": "{left}_shoulder_1_joint", "shoulder": "{left}_arm_joint", "elbow": "{left}_forearm_joint",
            "wrist": "{left}_hand_joint",
        }, order="XYZ", unit=1.0, above=["root"]),
    "meta": Dialect(
        ["Hips", "SpineLower", "SpineMiddle", "Chest", "Neck", "Head"], {
            "hip": "{Left}UpperLeg", "knee": "{Left}LowerLeg", "ankle": "{Left}FootAnkle", "foot": "{Left}FootBall",
            "collar": "{Left}Shoulder", "shoulder": "{Left}ArmUpper", "elbow": "{Left}ArmLower", "wrist": "{Left}HandWrist",
        }, order="YXZ", unit=1.0, above=["Root"]),
    "kinect": Dialect(
        ["SpineBase", "SpineMid", "", "SpineShoulder", "Neck", "Head"], {
            "hip": "Hip{Left}", "knee": "Knee{Left}", "ankle": "Ankle{Left}", "foot": "Foot{Left}", "shoulder": "Shoulder{Left}",
            "elbow": "Elbow{Left}", "wrist": "Wrist{Left}",
        }, unit=1.0),
    "nameless": Dialect([f"joint{k}" for k in range(6)], {part: f"{{L}}{k}" for k, part in enumerate(PARTS)}, order="XZY"),
}

UP_TURNS = {
    "y": np.eye(3), "z": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]]), "-y": np.diag([1.0, -1, -1]),
    "x": np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]]),
}
"""From y up to a world with another axis up."""


def _group(joint: str) -> str:
    for side in SIDES:
        if joint.startswith(side):
            part = joint.removeprefix(side + "_")
            return f"{side}_" + ("leg" if part in ("hip", "knee") else "foot" if part in ("ankle", "foot") else "arm")
    return "trunk"


def euler(matrices: Array, order: str) -> Array:
    """Angles [T, 3] about the axes of the order, multiplying from left to right, degrees."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = matrices
    # Where the middle turn is a right angle the other two are one: all of it goes to the first.
    locked = np.abs(m[:, i, k]) > 1 - 1e-9
    first = np.where(
        locked, np.arctan2(sign * m[:, k, j], m[:, j, j]), np.arctan2(-sign * m[:, j, k], m[:, k, k]))
    last = np.where(locked, 0, np.arctan2(-sign * m[:, i, j], m[:, i, i]))
    angles = np.stack([first, np.arcsin(np.clip(sign * m[:, i, k], -1, 1)), last], -1)
    return np.degrees(angles)


def write(dialect: Dialect, local: Array, pelvis: Array, rate: float, path: pathlib.Path) -> None:
    """Writes a motion: local rotations [T, 22, 3, 3] and pelvis [T, 3], y up, metres."""
    bones = offsets()
    count = len(local)
    world = np.zeros((count, 22, 3, 3))
    for joint, parent in enumerate(PARENTS):
        world[:, joint] = local[:, 0] if parent < 0 else world[:, parent] @ local[:, joint]
    turn = UP_TURNS[dialect.up]
    rest_turn = np.eye(3) if dialect.turned else turn
    names = dict(zip(["pelvis", "spine1", "spine2", "spine3", "neck", "head"], dialect.trunk))
    for side in SIDES:
        for part, name in dialect.limbs.items():
            names[f"{side}_{part}"] = _sided(name, side)
    kept = [joint for joint in SMPL if names.get(joint)]
    # SMPL's world rotation in the rest pose, and how the joint's frame lies to it.
    rest = {joint: np.eye(3) for joint in SMPL}
    for side, sign in zip(SIDES, (-1, 1)):
        down = rotations(np.array([0, 0, sign * np.radians(dialect.arms_down)]))
        for part in ("shoulder", "elbow", "wrist"):
            rest[f"{side}_{part}"] = down
    frames = {}
    for joint in SMPL:
        own = np.array(dialect.axes.get(_group(joint), ALONG_WORLD), dtype=float).T
        # Frames along the world have it as theirs at rest.
        frames[joint] = own if dialect.axes else rest_turn @ rest[joint]

    def parent_of(joint: str) -> str | None:
        index = PARENTS[SMPL.index(joint)]
        while index >= 0 and SMPL[index] not in kept:
            index = PARENTS[index]
        return SMPL[index] if index >= 0 else None

    def bone(joint: str) -> Array:
        """From the parent that is kept, in the parent's frame, metres."""
        above, total, index = parent_of(joint), np.zeros(3), SMPL.index(joint)
        if above is None:
            return total
        while SMPL[index] != above:
            total = total + bones[index]
            index = PARENTS[index]
        return np.asarray(frames[above] @ total)

    def frame_world(joint: str) -> Array:
        # Joint's frame in the world: SMPL's, then from SMPL's axes to the frame's.
        return np.asarray(turn @ world[:, SMPL.index(joint)] @ frames[joint].T)

    lines: list[str] = []
    columns: list[Array] = []

    def emit(name: str, offset: Array, channels: list[Array], depth: int, root: bool, position: bool) -> None:
        pad = "\t" * depth
        lines.append(f"{pad}{'ROOT' if root else 'JOINT'} {name}")
        lines.append(pad + "{")
        lines.append(pad + "\tOFFSET " + " ".join(f"{v:.6f}" for v in offset * dialect.unit))
        turns = " ".join(f"{axis}rotation" for axis in dialect.order)
        lines.append(pad + (f"\tCHANNELS 6 Xposition Yposition Zposition {turns}" if position else f"\tCHANNELS 3 {turns}"))
        columns.extend(channels)

    def node(joint: str, depth: int) -> None:
        above = parent_of(joint)
        own = frame_world(joint)
        parent = frame_world(above) if above else np.tile(np.eye(3), (count, 1, 1))
        offset = bone(joint)
        place = [] if above else [(pelvis @ turn.T) * dialect.unit]
        side, _, part = joint.partition("_")
        start = above.partition("_")[2] if above else ""
        twist = dialect.twists.get(start) if above and above.startswith(side) and PARTS.index(part) == PARTS.index(start) + 1 else None
        opened = 0
        if twist:
            # Half way along the bone; it takes nothing but a turn about it, which the next joint makes undone.
            emit(_sided(twist, side), offset / 2, [np.zeros((count, 3))], depth, False, False)
            depth, opened, offset = depth + 1, 1, offset / 2
        emit(names[joint], offset, place + [euler(np.swapaxes(parent, 1, 2) @ own, dialect.order)], depth, depth == 0, not above)
        children = [child for child in kept if parent_of(child) == joint]
        for child in children:
            node(child, depth + 1)
        pad = "\t" * depth
        if not children:
            far = bones[SMPL.index(joint)]
            if joint.endswith(("foot", "ankle")):
                far = np.array([0, -0.05 if joint.endswith("ankle") else 0, 0.12])
            end = frames[joint] @ (far / max(np.linalg.norm(far), 1e-9)) * dialect.end * dialect.unit
            lines.extend([pad + "\tEnd Site", pad + "\t{", pad + "\t\tOFFSET " + " ".join(f"{v:.6f}" for v in end), pad + "\t}"])
        lines.append(pad + "}")
        for _ in range(opened):
            lines.append("\t" * (depth - 1) + "}")

    for depth, name in enumerate(dialect.above):
        still = [np.zeros((count, 3))] if depth else [np.zeros((count, 3)), np.zeros((count, 3))]
        emit(name, np.zeros(3), still, depth, depth == 0, depth == 0)
    depth = len(dialect.above)
    node("pelvis", depth)
    for level in reversed(range(depth)):
        lines.append("\t" * level + "}")
    if depth:
        # The hips keep their positions.
        assert columns[0].shape == (count, 3)
    rows = np.concatenate(columns, axis=1)
    text = "HIERARCHY\n" + "\n".join(lines) + f"\nMOTION\nFrames: {count}\nFrame Time: {1 / rate:.8f}\n"
    text += "\n".join(" ".join(f"{v:.5f}" for v in row) for row in rows) + "\n"
    path.write_text(text)
